"""One mirror in memory, and what happens to the machine that it is on."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Any

from memory import MemoryDirectory, MemoryStore


@dataclass
class Place:
    """One mirror: its directory, its memory, and what was once committed of them."""

    local: Any = field(default_factory=MemoryDirectory)
    store: Any = field(default_factory=MemoryStore)
    commits: list[Any] = field(default_factory=list)
    lost: list[MemoryStore] = field(default_factory=list)
    locked: bool = False

    def page_of(self, short_id: str) -> str:
        """The text of a notebook's page; "" where there is none."""
        path = self.local.scan((), {}).paths.get(short_id)
        return "" if path is None else str(self.local.files[path])

    def waits(self, short_id: str) -> bool:
        return short_id in self.store.conflicts()

    def untouched(self) -> object:
        """What a run that has nothing to do leaves just as it is."""
        return dict(self.local.files), dict(self.store._bases)

    def texts(self) -> set[str]:
        """Every text that can be found again here: pages, commits, history, conflicts."""
        found = {str(text) for text in self.local.files.values()}
        found |= {str(text) for files, _ in self.commits for text in files.values()}
        for store in (self.store, *self.lost):
            found |= {text for kept, _ in store.history.values() for text in kept}
            for artefact in store.conflicts().values():
                found |= set(artefact.texts.values())
        return found

    def commit(self) -> None:
        self.commits.append((dict(self.local.files), copy.copy(self.store._bases)))

    def checkout(self, pick: int, what: str) -> None:
        """Commit what is there, and go back to an earlier commit, or to a part of it."""
        if not self.commits:
            return
        self.commit()
        pages, bases = self.commits[pick % len(self.commits)]
        if what != "bases":
            self.local.files = dict(pages)
        if what != "pages":
            self.store._bases = dict(bases)

    def merged(self) -> dict[str, str]:
        """The texts in which conflicts can be settled by hand, by short_id."""
        return {key: one.texts["merged"] for key, one in self.store.conflicts().items()}

    def merge_by_hand(self, short_id: str, text: str) -> None:
        self.store.edited[short_id, "merged"] = text

    def lose_the_index(self) -> None:
        self.store.forget_index()

    def lose_the_journal(self) -> None:
        self.store._journal.clear()

    def lose_the_state(self) -> None:
        self.lost.append(self.store)
        self.store = MemoryStore()

    def jump(self, seconds: int) -> None:
        """Set this machine's clock to another time."""
        self.store._ticks += seconds
