"""A line's source with all that emphasis must not see into masked: escapes, code, tags, links."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from nbsync.errors import FormatError
from nbsync.formats.blocks import WHITESPACE
from nbsync.formats.richtext.escaping import CHARS, ESCAPES, NO_HREF, TAG_START, unescape
from nbsync.formats.richtext.tags import Tag, read_tag

FILLER: Final = "\0"
"""What stands in a mask for every masked character."""

CODE_SPAN: Final = re.compile(r"`((?:[^`\\]++|\\[\s\S])*+)`")
"""A code span: from a backtick to the next one that is not escaped."""

CODE: Final = re.compile(r"(?:`(?:[^`\\]++|\\[\s\S])*+`)++")
"""A run of code spans."""

_PLACE = re.compile(
    rf"{ESCAPES.pattern}|{CODE.pattern}|(?P<tail>\]\()|(?P<chars>{CHARS.pattern})|{TAG_START}"
)
_OPENER = re.compile(
    rf"<(ref|mention)[{WHITESPACE}]+id=(?:\"((?:[^\"\\\n]|\\.)++)\"|'((?:[^'\\\n]|\\.)++)')"
    rf"[{WHITESPACE}]*>"
)
_CLOSER = re.compile(r"</(ref|Mark)>")
_MENTION_END = re.compile(r"(?:[^\\<]++|\\[\s\S]?|<(?!/mention>))*+</mention>")
_PARENTHESIS = re.compile(r"\\[\s\S]|[()]")
_ID_ESCAPE = re.compile(r"\\(.)")
_NAME = re.compile("</?([A-Za-z]*)")


@dataclass(frozen=True, slots=True)
class Pair:
    """The opening tag of a `<ref>` or `<Mark>`.

    Attributes:
        what: The id that a ref names, or the tag of a Mark.
        end: Where the opening tag ends.
        inner_end: Where the closing tag begins.
        close: Where the closing tag ends.
    """

    what: str | Tag
    end: int
    inner_end: int
    close: int


@dataclass(frozen=True, slots=True)
class Mention:
    """A whole `<mention>`: its id, where its label stands, and where it ends."""

    id: str
    start: int
    inner_end: int
    end: int


Found: TypeAlias = Pair | Mention | Tag


@dataclass(slots=True)
class Mask:
    """A source, and what to look at it through.

    Attributes:
        source: The text itself.
        text: As long as the source: escapes, code spans, tags and links' addresses are filler.
        tags: What stands at a place where a tag begins.
        tails: Where each link's address ends, `)` included, by the place of its `](`.
    """

    source: str
    text: str = ""
    tags: dict[int, Found] = field(default_factory=dict)
    tails: dict[int, int] = field(default_factory=dict)


def mask(source: str) -> Mask:
    """Look through a source once.

    Raises:
        FormatError: A tag is malformed, or never closed; the line is that of source, counted
            from 1.
    """
    return _Masking(source).run()


def refusal(source: str, at: int, what: str) -> FormatError:
    """Say what is wrong with the tag at a place of a source; `{}` in it is the tag's head."""
    name = _NAME.match(source, at)
    head = name[0] if name else "<"
    line = source.count("\n", 0, at) + 1
    hint = f"mend the tag; if it is text, write \\{head}"
    return FormatError(what.replace("{}", f"{head}>"), line=line, hint=hint)


class _Masking:
    """One pass over a source."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._mask = Mask(source)
        self._parts: list[str] = []
        self._hidden_to = 0
        self._open: dict[str, tuple[int, int, str | Tag]] = {}
        self._addresses: dict[int, int] | None = None
        self._next_bad = -1

    def run(self) -> Mask:
        at = 0
        while found := _PLACE.search(self._source, at):
            start, at = found.span()
            if found.lastgroup == "tail":
                self._tail(start)
            elif self._source[start] == "<" and found.lastgroup != "chars":
                self._hide(start, self._tag(start))
            else:
                self._hide(start, at)
            at = max(at, self._hidden_to)
        for start, _, _ in self._open.values():
            raise refusal(self._source, start, "The tag {} is never closed.")
        self._parts.append(self._source[self._hidden_to :])
        self._mask.text = "".join(self._parts)
        return self._mask

    def _hide(self, start: int, end: int) -> None:
        self._parts += (self._source[self._hidden_to : start], FILLER * (end - start))
        self._hidden_to = end

    def _tail(self, start: int) -> None:
        if self._addresses is None:
            self._addresses = _addresses(self._source)
        end = self._addresses.get(start + 1)
        if end is not None and self._is_address(start + 2, end):
            self._mask.tails[start] = end + 1
            self._hide(start + 2, end + 1)

    def _is_address(self, start: int, end: int) -> bool:
        if self._next_bad < start:
            found = NO_HREF.search(self._source, start)
            self._next_bad = found.start() if found else sys.maxsize
        return end <= self._next_bad and address(self._source, start, end) != ""

    def _tag(self, start: int) -> int:
        source = self._source
        if source.startswith("</", start):
            return self._close(start)
        if source[start + 1].islower():
            return self._opener(start)
        tag = read_tag(source, start)
        if tag.closed == (tag.name == "Mark"):
            end = ">" if tag.closed else "/>"
            raise refusal(source, start, f"The tag {{}} must end in {end}.")
        if tag.name == "Mark":
            self._begin("Mark", start, tag.end, tag)
        else:
            self._mask.tags[start] = tag
        return tag.end

    def _opener(self, start: int) -> int:
        source = self._source
        opener = _OPENER.match(source, start)
        if opener is None:
            raise refusal(source, start, 'The tag {} needs an id="…" and nothing else.')
        what = _ID_ESCAPE.sub(r"\1", opener[2] or opener[3])
        if opener[1] == "ref":
            self._begin("ref", start, opener.end(), what)
            return opener.end()
        end = _MENTION_END.match(source, opener.end())
        if end is None:
            raise refusal(source, start, "The tag {} is never closed.")
        inner_end = end.end() - len("</mention>")
        self._mask.tags[start] = Mention(what, opener.end(), inner_end, end.end())
        return end.end()

    def _begin(self, name: str, start: int, end: int, what: str | Tag) -> None:
        if name in self._open:
            raise refusal(self._source, start, "The tag {} stands within another one.")
        self._open[name] = (start, end, what)

    def _close(self, start: int) -> int:
        closer = _CLOSER.match(self._source, start)
        if closer is None or closer[1] not in self._open:
            raise refusal(self._source, start, "The tag {} closes nothing.")
        opened, end, what = self._open.pop(closer[1])
        self._mask.tags[opened] = Pair(what, end, start, closer.end())
        return closer.end()


def address(source: str, start: int, end: int) -> str:
    """The address of a link that stands from start to end."""
    return unescape(source[start:end]).strip(WHITESPACE)


def _addresses(source: str) -> dict[int, int]:
    """Where the parenthesis is closed that each `](` opens, by the place of the parenthesis."""
    closed: dict[int, int] = {}
    opened: list[int] = []
    for found in _PARENTHESIS.finditer(source):
        if found[0] == "(":
            opened.append(found.start())
        elif found[0] == ")" and opened:
            start = opened.pop()
            if start and source[start - 1] == "]":
                closed[start] = found.start()
    return closed
