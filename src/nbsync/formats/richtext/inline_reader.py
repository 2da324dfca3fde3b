"""The text of a paragraph, heading, item or cell, read as inline nodes."""

from __future__ import annotations

import re
import sys
from bisect import bisect_left
from typing import Final

from nbsync.errors import FormatError
from nbsync.formats.blocks import WHITESPACE
from nbsync.formats.richtext.escaping import (
    CHARS,
    ESCAPES,
    unescape,
    unescape_chars,
    unescape_code,
)
from nbsync.formats.richtext.inline_content import Content
from nbsync.formats.richtext.inline_marks import Marks
from nbsync.formats.richtext.inline_mask import (
    CODE,
    CODE_SPAN,
    FILLER,
    Mention,
    Pair,
    address,
    mask,
    refusal,
)
from nbsync.formats.richtext.inline_tags import Atom, atom_of, marks_of, mention_of
from nbsync.model import Json

_SPECIAL = re.compile(
    rf"(?:\*{{1,2}}+|(?<![A-Za-z0-9])_{{1,2}}+|~~)(?=[^{WHITESPACE}])|\[++|<u>|\n|{FILLER}"
)
_AFTER_TEXT = f"(?<![{WHITESPACE}])"
_CLOSERS: Final = {
    "**": re.compile(_AFTER_TEXT + r"\*\*"),
    "__": re.compile(_AFTER_TEXT + "__(?![A-Za-z0-9])"),
    "~~": re.compile(_AFTER_TEXT + "~~"),
    "*": re.compile(_AFTER_TEXT + r"\*"),
    "_": re.compile(_AFTER_TEXT + "_(?![A-Za-z0-9])"),
    "<u>": re.compile("</u>"),
}
_KINDS: Final = {
    "**": "bold",
    "__": "bold",
    "~~": "strike",
    "*": "italic",
    "_": "italic",
    "<u>": "underline",
}


def read_inline(source: str, *, line: int = 1) -> list[Json]:
    r"""Read text as inline nodes, as PostHog's editor would make them (dialect.md 5, 14).

    Args:
        source: The text; a line end in it is a line break. What belongs to blocks is taken off:
            markers, indentation, and in a table's cell the backslash of every `\|`.
        line: The line of the page that it begins on.

    Returns:
        Nodes with their marks by rank; neighbours with the same marks are one text node.

    Raises:
        FormatError: A tag is malformed, never closed, or cannot stand here; with its line.
    """
    return read_paragraphs(source, line=line, several=False)[0]


def read_paragraphs(source: str, *, line: int = 1, several: bool = True) -> list[list[Json]]:
    """Read a table's cell, in which `<Paragraph />` parts one paragraph from the next.

    Args:
        source: As for `read_inline`.
        line: As for `read_inline`.
        several: Whether `<Paragraph />` may stand here.

    Returns:
        The nodes of each paragraph, of one at least.

    Raises:
        FormatError: As for `read_inline`.
    """
    try:
        return _Reading(source, several=several).run()
    except FormatError as error:
        at = None if error.line is None else error.line + line - 1
        raise FormatError(error.message, line=at, hint=error.hint) from None


class _Reading:
    """One pass over a source; what is open is on a stack, innermost last."""

    def __init__(self, source: str, *, several: bool) -> None:
        self._mask = mask(source)
        self._source, self._text = source, self._mask.text
        self._tails = list(self._mask.tails)
        self._several = several
        self._found: dict[str, tuple[int, int]] = {}
        self._content = Content()
        self._marks = Marks()
        self._start = self._at = 0
        self._end = len(source)
        self._open: list[tuple[int, int, Marks]] = []

    def run(self) -> list[list[Json]]:
        while True:
            found = _SPECIAL.search(self._text, self._at, self._end)
            if found is not None:
                self._special(found.start(), found[0])
                continue
            self._take(self._end, self._end)
            if not self._open:
                return self._content.paragraphs()
            self._at, self._end, self._marks = self._open.pop()
            self._start = self._at

    def _special(self, at: int, found: str) -> None:
        if found in _CLOSERS:
            self._span(at, found)
        elif found[0] == "[":
            self._link(at, found)
        elif found == "\n":
            self._take(at, at + 1)
            self._content.add_break()
        else:
            self._hidden(at)

    def _span(self, at: int, opener: str) -> None:
        start, length = at + len(opener), len(opener)
        if opener == "<u>":
            close, length = self._closer(opener, start), len("</u>")
        else:
            close = self._closer(opener, start + 1)
        if close + length > self._end:
            self._at = at + 1
        else:
            marks = self._marks.plus(_KINDS[opener])
            self._enter(at, start, close, close + length, marks)

    def _closer(self, opener: str, start: int) -> int:
        """Find a closer; places are asked for from left to right, and none is passed twice."""
        since, found = self._found.get(opener, (sys.maxsize, 0))
        if not since <= start <= found:
            closer = _CLOSERS[opener].search(self._text, start)
            found = closer.start() if closer else sys.maxsize
            self._found[opener] = (start, found)
        return found

    def _link(self, at: int, brackets: str) -> None:
        number = bisect_left(self._tails, at + 1)
        tail = self._tails[number] if number < len(self._tails) else sys.maxsize
        end = self._mask.tails.get(tail, sys.maxsize)
        if end > self._end or tail == at + 1:
            self._at = at + len(brackets)
            return
        href = address(self._source, tail + 2, end - 1)
        self._enter(at, at + 1, tail, end, self._marks.plus_link(href))

    def _enter(self, at: int, start: int, inner_end: int, end: int, marks: Marks) -> None:
        if _SPECIAL.search(self._text, start, inner_end) is None:
            self._take(at, end)
            self._content.add_text(self._source[start:inner_end], marks)
        else:
            self._take(at, start)
            self._open.append((end, self._end, self._marks))
            self._end, self._marks = inner_end, marks

    def _take(self, end: int, after: int) -> None:
        """Add the text up to end, and go on at after."""
        if self._start < end:
            self._content.add_text(self._source[self._start : end], self._marks)
        self._start = self._at = after

    def _hidden(self, at: int) -> None:
        source = self._source
        if at in self._mask.tags:
            self._tag(at)
        elif at - 2 in self._mask.tails:
            end = self._mask.tails[at - 2]
            self._take(at, end)
            self._content.add_text(unescape(source[at:end]), self._marks)
        elif escapes := ESCAPES.match(source, at):
            self._take(at, escapes.end())
            self._content.add_text(escapes[0][1::2], self._marks)
        elif chars := CHARS.match(source, at):
            self._take(at, chars.end())
            self._content.add_text(unescape_chars(chars[0]), self._marks)
        elif code := CODE.match(source, at):
            self._take(at, code.end())
            text = "".join(CODE_SPAN.findall(code[0]))
            self._content.add_lines(unescape_code(text), self._marks.plus("code"))
        else:
            self._at = at + 1

    def _tag(self, at: int) -> None:
        found = self._mask.tags[at]
        if isinstance(found, Pair):
            self._pair(at, found)
            return
        self._take(at, found.end)
        if isinstance(found, Mention):
            atom = self._mention(found)
        elif found.name == "Paragraph":
            if not self._several or self._open or found.props:
                raise refusal(self._source, at, "The tag {} can only part a cell's paragraphs.")
            self._content.add_paragraph()
            return
        else:
            atom = atom_of(found)
        if atom is None:
            raise refusal(self._source, at, "The tag {} cannot stand here as it is.")
        self._content.add(atom, self._marks)

    def _mention(self, found: Mention) -> Atom | None:
        try:
            label = read_inline(self._source[found.start : found.inner_end])
        except FormatError:
            return None
        return mention_of(found.id, label)

    def _pair(self, at: int, pair: Pair) -> None:
        if pair.close > self._end:
            raise refusal(self._source, at, "The tag {} begins within a mark and ends after it.")
        marks = marks_of(pair.what)
        if marks is None:
            raise refusal(self._source, at, "The tag {} has a prop that is no mark.")
        self._enter(at, pair.end, pair.inner_end, pair.close, self._marks.adding(marks))
