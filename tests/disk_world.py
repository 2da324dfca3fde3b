"""The world of the laws on real components: folders under git, and a sandbox over HTTP."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from disk_place import DiskPlace, git
from effects import EFFECTS, Clock, Killed, Watched
from mirrors import never_sleep
from nbsync.api.client import Client
from nbsync.api.connecting import connect
from nbsync.local import Directory
from nbsync.model import Notebook
from nbsync.remote import Server
from nbsync.sandbox import Sandbox
from nbsync.sync import Mirror
from people import People, Reached
from place import Place
from world import World

MOMENTS = {
    "local": ("scan", "read", "write", "write_new", "remove", "check_quiet"),
    "remote": ("scan", "create", "update", "undelete", "delete"),
    "store": EFFECTS["store"],
}
"""When something else may happen, and a kill: before and after each of these."""


class DiskWorld(World):
    """A sandbox, two mirrors of it on disk, and the words that were ever written."""

    def __init__(
        self,
        sandbox: Sandbox,
        folder: Path,
        notebooks: int = 3,
        *,
        form: str = "markdown",
        rich: bool = False,
    ) -> None:
        super().__init__(notebooks, server=People(sandbox), form=form, rich=rich)
        self.folder = folder
        self._sandbox = sandbox
        self._client: Client = connect(
            sandbox.url, sandbox.key, project=sandbox.project, env={}, sleep=never_sleep
        )
        commits: list[str] = []
        shutil.rmtree(folder / "world", ignore_errors=True)
        shutil.copytree(folder / "empty/.git/objects", folder / "world/objects")
        self.places = [self._place(name, commits) for name in ("one", "two")]

    def _place(self, name: str, commits: list[str]) -> DiskPlace:
        root = self.folder / "world" / name
        objects = shutil.ignore_patterns("objects")
        shutil.copytree(self.folder / "empty", root, ignore=objects)
        (root / ".git/objects").symlink_to(self.folder / "world/objects")
        return DiskPlace(root, self._sandbox.url, commits)

    def close(self) -> None:
        self._client.close()
        shutil.rmtree(self.folder / "world")

    @contextmanager
    def opened(self, place: Place, clock: Clock | None = None) -> Iterator[Mirror]:
        assert isinstance(place, DiskPlace)
        store, server = place.disk_store(), Server(self._client, parallel=1)
        server.requests = 0
        parts: dict[str, Any] = {
            "local": Directory(place.root, clock_ns=place.now),
            "remote": Reached(self.server, server, store),
            "store": store,
        }
        if clock is not None:
            parts = {name: Watched(part, MOMENTS[name], clock) for name, part in parts.items()}
        kind = "richtext" if self.like else "markdown"
        store.__enter__()
        try:
            yield Mirror(**parts, form=self.form, new_notebooks=kind)
        except Killed:  # its lock goes with it, and what it had in mind for the index
            assert store._lock._held is not None
            store._lock._held.release()
            raise
        except BaseException:
            store.__exit__(None, None, None)
            raise
        else:
            store.__exit__(None, None, None)
            self.server.requests += server.requests

    def move_page(self, place: Place, pick: int) -> None:
        assert isinstance(place, DiskPlace)
        paths = sorted(place.local.files)
        if paths:
            path = place.root / paths[pick % len(paths)]
            (place.root / "folder").mkdir(exist_ok=True)
            path.rename(place.root / "folder" / f"{self.word()}{path.suffix}")

    def texts(self) -> set[str]:
        found, data = super().texts(), b""
        place = self.places[0]
        assert isinstance(place, DiskPlace)
        if place.commits:
            data = git(place.root, "cat-file", "--batch-all-objects", "--batch")
        while data:
            head, _, data = data.partition(b"\n")
            _, kind, size = head.split()
            if kind == b"blob":
                with suppress(UnicodeDecodeError):
                    found.add(data[: int(size)].decode())
            data = data[int(size) + 1 :]
        return found

    def ever_there(self) -> set[tuple[str, Notebook]]:
        return {
            (row.short_id, notebook)
            for row in self.server.rows()
            for *_, notebook in self.server.history(row.short_id)
        }

    def created(self) -> list[tuple[str, Notebook]]:
        return [
            (row.short_id, notebook)
            for row in self.server.rows()
            for kind, _, _, notebook in self.server.history(row.short_id)
            if kind == "created"
        ]
