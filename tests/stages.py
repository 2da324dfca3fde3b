"""A stage to play a scene on, again and again: a server and folders, put up anew each time."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mirrors import asked, go, pages, sync
from nbsync.errors import NbsyncError
from nbsync.model import canonical
from nbsync.sandbox import Sandbox
from scenes_lost import ID, TEXT, Order, Scene

HEAD = ("GET", "?limit=100&offset=0")
SYNCS = 2


@dataclass(frozen=True, slots=True)
class Ending:
    """How a play ended; two plays that ended alike are equal, whatever ids the server chose.

    Attributes:
        pages: (path, text) of every page, by folder.
        notebooks: (title, content, deleted) of every notebook there, deleted ones too.
        conflicts: Titles of the notebooks that were in conflict at any time.
        quiet: Whether at last a sync in each folder asked once, and touched nothing.
    """

    pages: tuple[tuple[tuple[str, str], ...], ...]
    notebooks: tuple[tuple[str, str, bool], ...]
    conflicts: frozenset[str]
    quiet: bool


class Stage:
    """A server and folders, put up anew for each play of one scene.

    Attributes:
        failed: The folders in which the command of the last play did not do all.
    """

    failed: Sequence[Path] = ()

    def __init__(self, scene: Scene, sandbox: Sandbox, folder: Path) -> None:
        self._scene = scene
        self._sandbox = sandbox
        self._folder = folder
        self._conflicts: set[str] = set()
        self._seed()
        for root in self._roots("before"):
            root.mkdir(parents=True)
            if scene.pulled:
                go(root, sandbox, "pull", form=scene.form)
            scene.here(root, sandbox)

    def play(self, faults: Sequence[Order] = ()) -> tuple[Ending, list[str]]:
        """Play the scene with these faults; how it ends, and the methods of its requests."""
        self._seed()
        self._scene.there(self._sandbox)
        self._sandbox.clear()
        shutil.copytree(self._folder / "before", self._folder / "play")
        roots = self._roots("play")
        self._conflicts = set()
        for order in faults:
            self._sandbox.fault(**order)
        self.failed = [root for root in roots if not self._try(root)]
        methods = [method for method, _ in asked(self._sandbox)]
        if self._scene.again:
            for root in self.failed:
                self._try(root)
        for root in roots:
            self._scene.later(root, self._sandbox)
        quiet = self._settle(roots)
        ending = self._ending(roots, quiet=quiet)
        shutil.rmtree(self._folder / "play")
        return ending, methods

    def _roots(self, name: str) -> list[Path]:
        return [self._folder / name / str(number) for number in range(self._scene.folders)]

    def _seed(self) -> None:
        """Put the notebooks there, the same to the microsecond every time."""
        self._sandbox.reset()
        markdown = self._sandbox.markdown
        w = {"short_id": ID, "title": "W", "content": markdown(TEXT)}
        other = {"short_id": "other", "title": "Other", "content": markdown("Other.")}
        for number, fields in enumerate((other, w, *self._scene.seeded)):
            at = f"2026-01-01T00:00:{number:02}.000001Z"
            self._sandbox.seed(**{"last_modified_at": at, "created_at": at, **fields})

    def _try(self, root: Path) -> bool:
        """Run the command; whether it did all that it was asked to."""
        try:
            report = self._scene.act(root, self._sandbox)
        except NbsyncError:
            return False
        self._conflicts |= {conflict.title for conflict in report.conflicts}
        return report.problems == () == report.unreadable

    def _settle(self, roots: Sequence[Path]) -> bool:
        """Sync twice at most; whether a further sync then has nothing to do."""
        for _ in range(SYNCS + 1):
            before = [_files(root) for root in roots]
            asked(self._sandbox)
            reports = [sync(root, self._sandbox, form=self._scene.form) for root in roots]
            for report in reports:
                self._conflicts |= {conflict.title for conflict in report.conflicts}
            still = all(
                report.changes == () == report.problems and report.unreadable == ()
                for report in reports
            )
            alone = asked(self._sandbox) == [HEAD] * len(roots)
            if still and alone and before == [_files(root) for root in roots]:
                return True
        return False

    def _ending(self, roots: Sequence[Path], *, quiet: bool) -> Ending:
        database = self._sandbox._control.notebooks.db
        _, rows = database.page("1", (), "short_id", window=(100, 0), full=True)
        ids = [row.short_id for row in rows]
        return Ending(
            pages=tuple(
                tuple(sorted((_nameless(path, ids), _nameless(text, ids)) for path, text in each))
                for each in (pages(root).items() for root in roots)
            ),
            notebooks=tuple(
                sorted(
                    (str(row.title), canonical(json.loads(row.content)), row.deleted)
                    for row in rows
                )
            ),
            conflicts=frozenset(self._conflicts),
            quiet=quiet,
        )


def _nameless(text: str, ids: Sequence[str]) -> str:
    for short_id in ids:
        text = text.replace(short_id, "(id)")
    return text


def _files(root: Path) -> dict[str, tuple[int, int, int]]:
    """Size, mtime and inode of every file that is more than a cache or the lock."""
    found = {}
    for path in root.rglob("*"):
        name, stat = path.relative_to(root).as_posix(), path.stat()
        if not name.startswith((".nbsync/index.sqlite3", ".nbsync/lock")) and path.is_file():
            found[name] = (stat.st_size, stat.st_mtime_ns, stat.st_ino)
    return found
