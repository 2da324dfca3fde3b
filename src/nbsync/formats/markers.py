"""Marks that a merge left in a page for somebody to settle."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from nbsync.errors import FormatError

# A complete set of marks: a line of each, in this order.
_SET = [re.compile(mark, re.MULTILINE) for mark in (r"^<{7} ", r"^={7}[ \t]*+\r?$", r"^>{7} ")]
_OPENS = "<<<<<<< "
# Each line of a mark for itself: of a set that was taken out in part, the rest is no text either.
_MARK = re.compile(r"(?:<{7}|\|{7}|>{7}) .*|={7}")


def refuse_markers(text: str, *, known: str = "") -> None:
    """Refuse a page with a complete set of conflict markers, which is nobody's text.

    Args:
        text: All of the page.
        known: The Markdown that the page stands on; markers that it has itself are its text.

    Raises:
        FormatError: There is such a set, and known has none.
    """
    start = _marked(text)
    if start >= 0 and _marked(known) < 0:
        raise FormatError(
            "Conflict markers stand in the page.",
            line=text.count("\n", 0, start) + 1,
            hint="settle the marked regions, then save",
        )


def _marked(text: str) -> int:
    """Find where a complete set of marks begins; -1 where there is none."""
    if _OPENS not in text:  # as in nearly every page: that is known sooner so
        return -1
    found = _SET[0].search(text)
    start = found.start() if found else -1
    for mark in _SET[1:]:
        found = mark.search(text, found.end()) if found else None
    return start if found else -1


def marks_left(text: str, *, known: Iterable[str]) -> list[tuple[int, str]]:
    """Find the lines of conflict marks that a merge has put into a text.

    Args:
        text: The text.
        known: The texts that were merged; a line that one of them has as often is no mark.

    Returns:
        (line, counted from 1; what stands there) of each mark, from the top.
    """
    left = Counter[str]()
    for each in known:
        left |= Counter(mark for _, mark in _marks(each))
    found = []
    for number, mark in _marks(text):
        if left[mark]:
            left[mark] -= 1
        else:
            found.append((number, mark))
    return found


def _marks(text: str) -> list[tuple[int, str]]:
    lines = (line.removesuffix("\r") for line in text.split("\n"))
    return [(number, line) for number, line in enumerate(lines, start=1) if _MARK.fullmatch(line)]
