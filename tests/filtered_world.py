"""Mirrors in memory that are for some notebooks only, and what must hold for the others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from effects import Clock
from memory_server import MemoryServer
from nbsync.formats import text_content
from nbsync.model import EVERYTHING, Record, RemoteMemory, RemoteSnapshot, Report
from nbsync.sync import Mirror
from nbsync.sync.selecting import is_current
from place import Place
from world import World


class SelectiveServer(MemoryServer):
    """A server that selects what it lists, and tells the rest from its rows."""

    selection = EVERYTHING

    def scan(self, memory: RemoteMemory | None) -> RemoteSnapshot:
        if memory is not None and memory.selection != self.selection.token:
            memory = None
        found = super().scan(memory)
        tokens = {each: token for each, token in found.tokens.items() if self.finds(each)}
        before = memory.outside if memory else frozenset()
        outside = {each for each in tokens if not self.takes(self.record(each))}
        after = replace(
            found.memory,
            rows=tokens,
            count=len(tokens),
            unlisted=memory.unlisted - tokens.keys() if memory else frozenset(),
            selection=self.selection.token,
            outside=frozenset(outside | (before - tokens.keys())),
        )
        return RemoteSnapshot(tokens, after)

    def finds(self, short_id: str) -> bool:
        notebook = self.record(short_id).notebook
        return self.selection.search in f"{notebook.title} {text_content(notebook.content)}"

    def takes(self, record: Record) -> bool:
        return self.selection.takes(record.notebook.title, "b", me="")

    def apart(self) -> set[str]:
        """The notebooks that are there, and outside."""
        live = self.live()
        return {each for each in live if not (self.finds(each) and self.takes(self.record(each)))}


class FilteredWorld(World):
    """Two mirrors for some of the notebooks."""

    def __init__(self, notebooks: int = 3) -> None:
        super().__init__(notebooks, server=SelectiveServer())

    def mirror(self, place: Place, clock: Clock | None = None) -> Mirror:
        return replace(super().mirror(place, clock), selection=self.server.selection)

    def sync(self, place: Place, *halves: str, clock: Clock | None = None) -> Report | None:
        """One run, which leaves alone what is outside."""
        calm = clock is None or (clock.kill_at is None and clock.before_effect is None)
        apart = self.server.apart()
        apart -= {entry.short_id for entry in place.store.journal()}
        apart -= place.store.conflicts().keys()  # git may settle one, or its base may move
        before, written = self.held(place, apart), len(self.server.writes)
        report = super().sync(place, *halves, clock=clock)
        if calm and (not halves or "pull" in halves):
            assert self.held(place, apart) == before
            for write in self.server.writes[written:]:
                assert write.by != "nbsync" or write.new.short_id not in apart
        return report

    def held(self, place: Place, short_ids: set[str]) -> dict[str, Any]:
        """The page and the base of notebooks."""
        bases = place.store.bases()
        paths = place.local.scan(bases.keys(), {}).paths
        return {
            each: (place.local.files.get(paths.get(each, "")), bases.get(each))
            for each in short_ids
        }

    def check_agreement(self, place: Place, report: Report) -> None:
        """What is inside agrees; what is outside is told, where edits wait there."""
        assert is_current(self.mirror(place), place.store.rows())
        if self.server.selection == EVERYTHING:
            super().check_agreement(place, report)
        else:
            pages = place.local.scan((), {}).paths
            excused = {each.short_id for each in report.conflicts} | set(report.held)
            excused |= {each.short_id for each in report.problems}
            excused |= {str(each.short_id) for each in report.unreadable}
            inside = self.server.live().keys() - self.server.apart() - excused
            assert inside <= pages.keys()
