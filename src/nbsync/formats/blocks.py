"""Where the blocks of a notebook's Markdown begin and end, as PostHog's own parser sees them."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

# What JavaScript's trim() and \s take for white space; Python's own set is another one.
WHITESPACE = (
    "\t\n\x0b\x0c\r \xa0\u1680"
    + "".join(map(chr, range(0x2000, 0x200B)))
    + "\u2028\u2029\u202f\u205f\u3000\ufeff"
)

_LINE_END = re.compile(r"(\r\n?|\n)")
_LINE_ENDS = ("\r", "\n")
_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")
_TAG = re.compile(rf"<([A-Z][A-Za-z0-9]*)(?=[{WHITESPACE}>/])")
_TAG_MARK = re.compile(r"\\.|[\"'{}]|/>|>")
_TAG_LINES = 1_000
_FENCE = "```"
_COMMENT, _COMMENT_END = "<!--", "-->"


def lines_of(text: str) -> list[str]:
    """Split a text at LF, CRLF and lone CR, as PostHog does, and keep the line ends."""
    return _LINE.findall(text)


def cut_line_end(text: str) -> tuple[str, str]:
    """Part a text from the line end that closes it, "" where none does."""
    length = 2 if text.endswith("\r\n") else int(text.endswith(("\r", "\n")))
    return text[: len(text) - length], text[len(text) - length :]


def line_tokens(text: str) -> list[str]:
    """Split a text into line, line end, line, …, line; joined, they are the text again.

    Lines stand at even places and line ends at odd ones; the last line may be "".
    """
    return _LINE_END.split(text)


def block_tokens(text: str) -> list[str]:
    """Split Markdown into block, separator, block, …, block; joined, they are the text again.

    A block is a run of lines that are not blank; a code fence, a component's tag and a comment
    belong to one block whatever is in them. A separator is the line end that closes a block and
    the blank lines after it, those of one space (PostHog's empty paragraphs) included. Blocks
    stand at even places and separators at odd ones; the first and the last block may be blank.
    """
    lines = lines_of(text)
    verbatims = Verbatims(lines)
    tokens: list[str] = []
    at = 0
    while at < len(lines):
        start, at = at, _block_end(lines, verbatims, at)
        tokens.extend(cut_line_end("".join(lines[start:at])))
        start = at
        while at < len(lines) and _parts(lines, verbatims, at):
            at += 1
        tokens[-1] += "".join(lines[start:at])
    return tokens[:-1] if tokens and not tokens[-1] else [*tokens, ""]


def _block_end(lines: Sequence[str], verbatims: Verbatims, at: int) -> int:
    while True:
        at = max(verbatims.end(at), at + 1)
        if at == len(lines) or _parts(lines, verbatims, at):
            return at


def _parts(lines: Sequence[str], verbatims: Verbatims, at: int) -> bool:
    """Whether a line parts blocks, and is the line's own end with it.

    A separator begins at a line's end and ends with one: wherever it comes to stand, no two
    lines become one.
    """
    return not verbatims.heads[at] and lines[at].endswith(_LINE_ENDS)


class Verbatims:
    """The code fences, comments and components among some lines, whatever stands in them.

    Asked from the top to the bottom, each line is looked at a few times, however many of them
    never end.

    Attributes:
        heads: The lines without the white space around them.
    """

    def __init__(self, lines: Sequence[str]) -> None:
        """Take the lines of some Markdown, with or without their line ends."""
        self.heads = [line.strip(WHITESPACE) for line in lines]
        self._spans: dict[tuple[int, int, str], _Span] = {}

    def end(self, at: int) -> int:
        """Find the end of a code fence, comment or component that begins at a line.

        Args:
            at: The line's index.

        Returns:
            The index of the first line after it; `at` itself where nothing of the kind begins.
        """
        head = self.heads[at]
        if head.startswith(_FENCE):
            return self._fence_end(at)
        if head.startswith(_COMMENT):
            return self._comment_end(at)
        tag = _TAG.match(head)
        return self._tag_end(at, tag[1]) if tag else at

    def _fence_end(self, at: int) -> int:
        head = self.heads[at]
        ticks = len(head) - len(head.lstrip("`"))
        for number in range(at + 1, len(self.heads)):
            line = self.heads[number]
            if len(line) >= ticks and not line.strip("`"):
                return number + 1
        return len(self.heads)

    def _comment_end(self, at: int) -> int:
        if _COMMENT_END in self.heads[at][len(_COMMENT) :]:
            number, end = at, self.heads[at].index(_COMMENT_END, len(_COMMENT))
        else:
            number = _first_from(self._comment_ends, at + 1)
            if number == len(self.heads):
                return at
            end = self.heads[number].index(_COMMENT_END)
        return number + 1 if end == len(self.heads[number]) - len(_COMMENT_END) else at

    def _tag_end(self, at: int, name: str) -> int:
        limit = min(at + _TAG_LINES, len(self.heads))
        number, closed = self._opening(at, limit)
        if closed:
            return number + 1
        if number < limit and self.heads[number]:
            closer = _first_from(self._closers.get(name, [len(self.heads)]), number)
            if closer < min(limit, _first_from(self._blanks, number)):
                return closer + 1
        if self.heads[at].endswith(("/>", f"</{name}>")):
            return at + 1
        return _first_from(self._blanks, at)

    def _opening(self, at: int, limit: int) -> tuple[int, bool]:
        """Find where a tag's `>` or its `/>` at a line's end is, or a blank line that ends it.

        Returns:
            The line, the limit where there is none; and whether it is a `/>`.
        """
        quote, depth, number = "", 0, at
        while number < limit:
            line = self.heads[number]
            if not line and not quote and not depth:
                return number, False
            quote, depth, opened, closed = _tag_line(line, quote, depth)
            if opened or closed:
                return number, closed
            number, quote, depth = self._skipped(number + 1, limit, quote, depth)
        return limit, False

    def _skipped(self, at: int, limit: int, quote: str, depth: int) -> tuple[int, str, int]:
        """Pass over lines within a tag in which it cannot end."""
        size = 1
        while size:
            span = self._span(at, size, quote) if at + size <= limit else None
            if span is None or depth + span.lowest <= 0:
                size //= 2
                continue
            at, quote, depth = at + size, span.quote, depth + span.rise
            size *= 1 if at % (2 * size) else 2
        return at, quote, depth

    def _span(self, at: int, size: int, quote: str) -> _Span:
        known = self._spans.get((at, size, quote))
        if known is None:
            if size == 1:
                known = _span_of(self.heads[at], quote)
            else:
                first = self._span(at, size // 2, quote)
                known = first.then(self._span(at + size // 2, size // 2, first.quote))
            self._spans[at, size, quote] = known
        return known

    @cached_property
    def _blanks(self) -> list[int]:
        """The blank lines, and the number of lines."""
        return [*(at for at, head in enumerate(self.heads) if not head), len(self.heads)]

    @cached_property
    def _comment_ends(self) -> list[int]:
        """The lines in which a comment may end, and the number of lines."""
        ends = (at for at, head in enumerate(self.heads) if _COMMENT_END in head)
        return [*ends, len(self.heads)]

    @cached_property
    def _closers(self) -> dict[str, list[int]]:
        """The lines that end in a closing tag, by its name, and the number of lines."""
        found: dict[str, list[int]] = {}
        for at, head in enumerate(self.heads):
            if head.endswith(">") and (start := head.rfind("</")) >= 0:
                found.setdefault(head[start + 2 : -1], []).append(at)
        for ats in found.values():
            ats.append(len(self.heads))
        return found


def _first_from(places: list[int], at: int) -> int:
    return places[bisect_left(places, at)]


@dataclass(frozen=True, slots=True)
class _Span:
    """What lines do to the tag that they stand in, as long as it is not ended.

    Attributes:
        quote: The quote that is open after them.
        rise: How many more braces are open after them.
        lowest: The same at the place in them where it is lowest and the tag could end.
    """

    quote: str
    rise: int
    lowest: float

    def then(self, other: _Span) -> _Span:
        return _Span(
            other.quote, self.rise + other.rise, min(self.lowest, self.rise + other.lowest)
        )


def _span_of(line: str, quote: str) -> _Span:
    rise, lowest = 0, float("inf") if line or quote else 0
    for mark in _TAG_MARK.finditer(line):
        found = mark.group()
        if quote or found in "\"'":
            quote = _quote_after(found, quote)
            continue
        rise += {"{": 1, "}": -1}.get(found, 0)
        if found in "}/>":
            lowest = min(lowest, rise)
    return _Span(quote, rise, lowest)


def _tag_line(line: str, quote: str, depth: int) -> tuple[str, int, bool, bool]:
    """Read one line of a tag: the open quote and braces after it, then `>` met, `/>` at its end."""
    for mark in _TAG_MARK.finditer(line):
        found = mark.group()
        if quote or found in "\"'":
            quote = _quote_after(found, quote)
        elif found in "{}":
            depth = max(0, depth + (1 if found == "{" else -1))
        elif depth == 0 and found == "/>" and mark.end() == len(line):
            return quote, depth, False, True
        elif depth == 0 and found == ">":
            return quote, depth, True, False
    return quote, depth, False, False


def _quote_after(found: str, quote: str) -> str:
    if not quote:
        return found
    return "" if found == quote else quote
