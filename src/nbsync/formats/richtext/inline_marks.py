"""The marks in force at a place of a line, in the order in which PostHog's editor writes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from nbsync.formats.richtext.pieces import shown_mark
from nbsync.formats.richtext.schema import MARK_RANKS
from nbsync.model import Json

_RANKS = {name: rank for rank, name in enumerate(MARK_RANKS)}


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """Marks in force; of one reading, equal ones are one and the same object.

    Attributes:
        marks: The marks, by rank.
    """

    marks: tuple[dict[str, Json], ...] = ()
    _known: dict[str, Marks] = field(default_factory=dict, repr=False)
    _after: dict[tuple[str, str], Marks] = field(default_factory=dict, repr=False)

    def plus(self, kind: str) -> Marks:
        """These and a mark that has no attributes."""
        return self._plus(kind, "", {})

    def plus_link(self, href: str) -> Marks:
        """These and a link."""
        return self._plus("link", href, {"href": href})

    def _plus(self, kind: str, key: str, attrs: dict[str, Json]) -> Marks:
        found = self._after.get((kind, key))
        if found is None:
            mark: dict[str, Json] = {"type": kind}
            found = self.adding([{**mark, "attrs": attrs} if attrs else mark])
            self._after[kind, key] = found
        return found

    def adding(self, marks: Sequence[dict[str, Json]]) -> Marks:
        """These and others, but for those that are in force already."""
        here = {shown_mark(mark) for mark in self.marks}
        new = [mark for mark in marks if shown_mark(mark) not in here]
        if not new:
            return self
        every = sorted([*self.marks, *new], key=lambda mark: _RANKS.get(str(mark["type"]), 99))
        key = "\n".join(map(shown_mark, every))
        return self._known.setdefault(key, Marks(tuple(every), self._known))

    def as_json(self) -> list[Json]:
        """What stands under `marks` in a node."""
        return list(self.marks)
