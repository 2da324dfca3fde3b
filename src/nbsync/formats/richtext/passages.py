"""Lines of a page without the marks of the containers around them, and where they stand."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from nbsync.errors import FormatError
from nbsync.formats.blocks import WHITESPACE
from nbsync.formats.richtext.schema import DEEPEST
from nbsync.formats.richtext.tags import tag_end

_TAB = 4


@dataclass(frozen=True, slots=True)
class Passage:
    """Some lines that follow each other.

    Attributes:
        lines: The lines, without line ends.
        line: The line of the page that the first one is, counted from 1.
        depth: How many containers they stand in.
        text: The lines as one text.
        starts: Where each line begins in it.
        ends: Where tags end that were looked for, by the lines that begin with them.
    """

    lines: Sequence[str] = field(repr=False)
    line: int = 1
    depth: int = 0
    text: str = field(init=False)
    starts: Sequence[int] = field(init=False, repr=False)
    ends: dict[int, int] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Join the lines."""
        lengths = accumulate((len(line) + 1 for line in self.lines), initial=0)
        object.__setattr__(self, "text", "\n".join(self.lines))
        object.__setattr__(self, "starts", list(lengths))

    def head(self, at: int) -> str:
        """A line without the white space around it; "" for a blank one."""
        return self.lines[at].strip(WHITESPACE)

    def after_blanks(self, at: int) -> int:
        """The first line from here on that is not blank; the number of lines where all are."""
        while at < len(self.lines) and not self.head(at):
            at += 1
        return at

    def part(self, start: int, end: int) -> Passage:
        """The lines from start up to end."""
        return Passage(self.lines[start:end], self.line + start, self.depth)

    def inside(self, lines: Sequence[str], start: int) -> Passage:
        """What is in a container: lines without its marks, of which start is the first.

        Raises:
            FormatError: It is nested too deeply.
        """
        if self.depth == DEEPEST:
            raise self.too_deep(start)
        return Passage(lines, self.line + start, self.depth + 1)

    def error(self, message: str, at: int, *, hint: str) -> FormatError:
        """The error that one of the lines cannot be read."""
        return FormatError(message, line=self.line + at, hint=hint)

    def too_deep(self, at: int) -> FormatError:
        """The error that a line is nested too deeply."""
        what = f"Lists, quotes and tags are nested more than {DEEPEST} levels deep."
        return self.error(what, at, hint="nest them less deeply")

    def moved(self, error: FormatError) -> FormatError:
        """An error in the text as one on the page."""
        line = None if error.line is None else self.line + error.line - 1
        return FormatError(error.message, line=line, hint=error.hint)

    def tag_start(self, at: int) -> int:
        """Where in the text the tag begins that a line begins with."""
        line = self.lines[at]
        return self.starts[at] + len(line) - len(line.lstrip(WHITESPACE))

    def tag_end(self, at: int) -> int:
        """Where in the text the tag ends that a line begins with.

        Raises:
            FormatError: It never ends.
        """
        if at not in self.ends:
            try:
                self.ends[at] = tag_end(self.text, self.tag_start(at))
            except FormatError as error:
                raise self.moved(error) from None
        return self.ends[at]

    def line_of(self, end: int) -> int:
        """The line that what ends at this place of the text ends on."""
        return bisect_left(self.starts, end) - 1


def columns(line: str) -> int:
    """How far a line is indented; a tab is four columns (dialect.md 4.6)."""
    indent = line[: len(line) - len(line.lstrip(" \t"))]
    return len(indent) + (_TAB - 1) * indent.count("\t")


def without_indent(lines: Sequence[str]) -> list[str]:
    """Take from lines the indentation that all of them have but the blank ones."""
    least = min((columns(line) for line in lines if line.strip(WHITESPACE)), default=0)
    return [_cut(line, least) for line in lines]


def _cut(line: str, least: int) -> str:
    at = taken = 0
    while taken < least and line[at : at + 1] in (" ", "\t"):
        taken += 1 if line[at] == " " else _TAB
        at += 1
    return " " * max(0, taken - least) + line[at:]
