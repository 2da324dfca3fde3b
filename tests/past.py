"""A mirror in memory, of a server that logs what is written to it, as PostHog does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from memory import MemoryDirectory, MemoryStore
from memory_server import MemoryServer
from nbsync import formats
from nbsync.errors import NbsyncError
from nbsync.model import Activity, Json, Report
from nbsync.sync import Mirror, run
from nbsync.sync.older import find_here, find_there
from nbsync.sync.past import Entry, look_back
from nbsync.sync.restoring import bring_back_one
from world import EFFECTS, Clock, Watched

ID, PAGE = "aB3dE5fG", "aB3dE5fG.md"


class LoggingServer(MemoryServer):
    """A server that logs what is written, as PostHog does, and counts what is read of the log."""

    def __init__(self) -> None:
        super().__init__()
        self.read = 0
        self.refusal: NbsyncError | None = None
        self.more: list[Activity] = []

    def activity(self, short_id: str) -> Iterator[Activity]:
        for write in reversed(self.writes):
            if write.new.short_id == short_id:
                self._look()
                changes: dict[str, tuple[Json, Json]] = {}
                if write.old is not None:
                    pairs: dict[str, tuple[Json, Json]] = {
                        "title": (write.old.notebook.title, write.new.notebook.title),
                        "content": (write.old.notebook.content, write.new.notebook.content),
                        "version": (write.old.version, write.new.version),
                        "deleted": (write.old.deleted, write.new.deleted),
                    }
                    changes = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
                action = "created" if write.old is None else "updated"
                title = write.new.notebook.title
                yield Activity(write.new.modified_at, write.by, action, title, changes)
        yield from self.more

    def _look(self) -> None:
        self.read += 1
        if self.refusal is not None and self.read > 2:
            raise self.refusal


class Pair:
    """One mirror in memory, of a server that logs."""

    def __init__(self, text: str = "# Plan\n\nText 0.", *, form: str = "markdown") -> None:
        self.server = LoggingServer()
        self.files = MemoryDirectory()
        self.store = MemoryStore()
        self.form = form
        self.server.seed(ID, "Plan", formats.document_of(text))
        self.sync()

    def mirror(self, clock: Clock | None = None) -> Mirror:
        parts: dict[str, Any] = {
            "local": self.files,
            "remote": self.server,
            "store": self.store,
        }
        if clock is not None:
            parts = {name: Watched(part, EFFECTS[name], clock) for name, part in parts.items()}
        return Mirror(**parts, form=self.form)

    def sync(self, *halves: str) -> Report:
        halves = halves or ("pull", "push")
        return run(self.mirror(), pull="pull" in halves, push="push" in halves)

    @property
    def page(self) -> str:
        (text,) = self.files.files.values()
        return str(text)

    @page.setter
    def page(self, text: str) -> None:
        (path,) = self.files.files
        self.files.files[path] = text

    @property
    def there(self) -> str:
        return str(formats.markdown_of(self.server.live()[ID].content))

    def edit(self, old: str, new: str) -> None:
        assert old in self.page
        self.page = self.page.replace(old, new)

    def edit_there(self, text: str) -> None:
        self.server.edit(ID, content=formats.document_of(text))

    def restore(self, name: str) -> Report:
        older = find_here(self.mirror(), ID, name)
        if older is None:
            older = find_there(self.mirror(), ID, int(name))
        assert older is not None
        return bring_back_one(self.mirror(), ID, older)

    def log(self, limit: int = 20, *, ask: bool = True) -> tuple[Entry, ...]:
        return look_back(self.mirror(), ID, limit=limit, ask=ask).entries


def pair_with_a_past() -> Pair:
    """Versions 0 to 3, each of which this mirror has seen but version 1."""
    pair = Pair()
    pair.edit_there("# Plan\n\nText 1.")
    pair.edit_there("# Plan\n\nText 2.")
    pair.sync()
    pair.edit("Text 2.", "Text 3.")
    pair.sync()
    return pair
