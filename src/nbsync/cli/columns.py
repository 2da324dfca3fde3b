"""Columns of texts that other people wrote: how much room a text takes, and what fits into it."""

from __future__ import annotations

from collections.abc import Iterable
from unicodedata import bidirectional, category, east_asian_width

_GAP = "  "
_WIDEST = 40
_LEAST = 4
_CUT = "…"
_LEFT_TO_RIGHT = "\u200e"
# Vowels and final consonants of Korean, which join the letter before them.
_JOINING = range(0x1160, 0x1200)
_MARKS = frozenset({"Mn", "Me", "Cf"})
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})


def width(text: str) -> int:
    """How many cells of a terminal a text takes up."""
    if text.isascii():
        return len(text)
    return sum(map(_cells, text))


def _cells(letter: str) -> int:
    if category(letter) in _MARKS or ord(letter) in _JOINING:
        return 0
    return 2 if east_asian_width(letter) in "WF" else 1


def fitted(text: str, room: int) -> str:
    """A text, cut with an ellipsis where it takes up more cells than there are."""
    if width(text) <= room:
        return text
    kept, left = "", room - 1
    for letter in text:
        left -= _cells(letter)
        if left < 0:
            break
        kept += letter
    return kept + _CUT if room > 0 else ""


def column(texts: Iterable[str]) -> int:
    """How wide a column is for texts; longer ones than is sensible stick out."""
    return max((each for each in map(width, texts) if each <= _WIDEST), default=0)


def lined_up(rows: Iterable[Iterable[str]], room: int | None = None) -> list[list[str]]:
    """The cells of a table, filled up so that its columns stand below each other.

    Args:
        rows: As many cells each, fit to stand in a line (see `show.plain`).
        room: How wide a line may be, in cells of a terminal: the widest columns are cut until it
            fits, but never the first. None where nobody cares: nothing is cut then, and what is
            longer than is sensible sticks out.

    Returns:
        The cells of each row, to be joined by `line`. The last ones are not filled up.
    """
    table = [list(row) for row in rows]
    if room is None:
        widths = [column(cells) for cells in zip(*table, strict=True)]
    else:
        widths = [max(map(width, cells)) for cells in zip(*table, strict=True)]
        _shrink(widths, room)
        table = [list(map(fitted, row, widths)) for row in table]
    return [[*map(filled, row[:-1], widths), row[-1]] for row in table]


def line(cells: Iterable[str]) -> str:
    """Cells as one line."""
    return _GAP.join(cells).rstrip(" ")


def _shrink(widths: list[int], room: int) -> None:
    """Make columns narrower, the widest first, until a line fits or nothing would be left."""
    room -= len(_GAP) * (len(widths) - 1)
    while sum(widths) > room and (widest := max(widths[1:], default=0)) > _LEAST:
        widths[widths.index(widest, 1)] -= 1


def filled(text: str, room: int) -> str:
    """A text with spaces after it; letters read from right to left keep to their own column."""
    if text.isascii():
        return text.ljust(room)
    turns = any(bidirectional(letter) in _RIGHT_TO_LEFT for letter in text)
    return f"{text}{_LEFT_TO_RIGHT if turns else ''}{' ' * (room - width(text))}"
