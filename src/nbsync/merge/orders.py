"""Whether a merge has what stands in one order on both sides in that order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence


def keeps_order(local: Sequence[str], remote: Sequence[str], merged: Sequence[str]) -> bool:
    """Tell whether elements that both sides have in one order are not merged into the other one.

    That may come of two moves that cross, each of which is certain. Elements that are not
    there just once on each side and in the result do not count.
    """
    counts = [Counter(side) for side in (local, remote, merged)]
    once = [text for text in merged if all(count[text] == 1 for count in counts)]
    places = [{text: at for at, text in enumerate(side)} for side in (local, remote)]
    here, there = ([place[text] for text in once] for place in places)
    if here == sorted(here) or there == sorted(there):
        return True
    latest = _Latest(len(local))
    for ours, theirs in zip(here, there, strict=True):
        if latest.after(ours) > theirs:
            return False  # something that follows on both sides stands before it
        latest.put(ours, theirs)
    return True


class _Latest:
    """The highest of the numbers that were put after a place (a Fenwick tree)."""

    def __init__(self, places: int) -> None:
        self._tree = [-1] * (places + 1)

    def put(self, place: int, number: int) -> None:
        """Put a number at a place."""
        at = len(self._tree) - 1 - place
        while at < len(self._tree):
            self._tree[at] = max(self._tree[at], number)
            at += at & -at

    def after(self, place: int) -> int:
        """Give the highest number after a place; -1 where there is none."""
        at, highest = len(self._tree) - 2 - place, -1
        while at > 0:
            highest = max(highest, self._tree[at])
            at -= at & -at
        return highest
