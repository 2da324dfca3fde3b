"""Those who write to a sandbox in their browsers, and a mirror that reaches it meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from effects import EFFECTS
from nbsync.model import Json, Notebook, Record, canonical, parse_json
from nbsync.remote import Server
from nbsync.sandbox import Sandbox
from nbsync.sandbox.people import user_called
from nbsync.store import DiskStore


class People:
    """Those who write in their browsers, look at no version, and what befalls the server.

    Attributes:
        actions: What is done while the next writes are on their way.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._db = sandbox._control.notebooks.db
        sandbox.reset()
        self._db._latest = 0
        self._offline = False
        self.actions: list[Any] = []
        self.requests = 0

    def rows(self, where: str = "1") -> list[Any]:
        return self._db.page(where, (), "short_id", window=(1000, 0), full=True)[1]

    def live(self) -> dict[str, Notebook]:
        return {
            row.short_id: Notebook(row.title, parse_json(row.content))
            for row in self.rows("deleted = 0")
        }

    def gone(self) -> list[str]:
        return [row.short_id for row in self.rows("deleted = 1")]

    def seed(self, short_id: str, title: str, content: Json) -> None:
        self._sandbox.seed(short_id=short_id, title=title, content=content)

    def edit(self, short_id: str, **fields: Json) -> None:
        self._sandbox.write(short_id, **fields)

    def bin(self, short_id: str) -> None:
        self._sandbox.write(short_id, deleted=True)

    def restore(self, short_id: str) -> None:
        self._sandbox.write(short_id, deleted=False)

    def jump(self, seconds: int) -> None:
        """Set the server's clock forward, or, as far as it was ahead, back."""
        self._db._latest = max(0, self._db._latest + seconds * 10**6)

    def meanwhile(self, action: Any) -> None:
        self.actions.append(action)

    def fault(self, **order: Any) -> None:
        self._sandbox.fault(path="/notebooks/", **order)

    @property
    def offline(self) -> bool:
        return self._offline

    @offline.setter
    def offline(self, offline: bool) -> None:
        self._offline = offline
        self._sandbox.clear()
        if offline:
            self.fault(status=503, times=None)

    def calm(self) -> None:
        self.offline = False
        self.actions.clear()

    def history(self, short_id: str) -> Iterator[tuple[str, int, dict[str, Json], Notebook]]:
        """What the server's log tells of a notebook, newest first.

        Yields:
            What was done, by whom, what each field was before, and the notebook after.
        """
        row = self._db.find(short_id)
        assert row is not None
        title, content = row.title, parse_json(row.content)
        for entry in self._db.entries(short_id, 1000, 0)[1]:
            changes = parse_json(entry.changes) or []
            assert isinstance(changes, list)
            before: dict[str, Json] = {}
            for change in changes:
                assert isinstance(change, dict)
                before[str(change["field"])] = change["before"]
            yield entry.kind, entry.user, before, Notebook(title, content)
            was = before.get("title", title)
            title, content = None if was is None else str(was), before.get("content", content)
        yield "", 0, {}, Notebook(title, content)


class Reached:
    """The server as one mirror reaches it: others act meanwhile, and law 1 is looked after."""

    def __init__(self, there: People, server: Server, store: DiskStore) -> None:
        self._there = there
        self._server = server
        self._store = store

    def __getattr__(self, name: str) -> Any:
        if name in EFFECTS["remote"] and self._there.actions:
            self._there.actions.pop(0)()
        return getattr(self._server, name)

    def update(self, old: Record, new: Notebook) -> Record:
        """Law 1, as it happens: what is overwritten is what this mirror's base held."""
        if self._there.actions:
            self._there.actions.pop(0)()
        base = self._store.base(old.short_id)
        known = len(list(self._there.history(old.short_id)))
        try:
            return self._server.update(old, new)
        finally:
            history = list(self._there.history(old.short_id))
            for _, user, before, _ in history[: len(history) - known]:
                if "content" in before and user == user_called("ana").id and not old.deleted:
                    assert base is not None
                    held = base.record.notebook.content
                    assert canonical(before["content"]) == canonical(held)
