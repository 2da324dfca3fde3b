"""Scenes in which somebody asks the server for something, and a stage to play them on."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from mirrors import asked, edit, go, opened, pages, sync, there
from nbsync.errors import NbsyncError
from nbsync.model import Report, canonical
from nbsync.sandbox import Sandbox
from nbsync.sync.pages import add
from nbsync.sync.removing import remove_each
from nbsync.sync.restoring import restore_each, undelete_each

ID, PAGE = "aB3dE5fG", "aB3dE5fG.md"
TEXT = "# W\n\nOne.\n\nTwo.\n\nThree."
NOTES = "# Notes\n\nOne.\n\nTwo.\n"
HEAD = ("GET", "?limit=100&offset=0")
SYNCS = 2

Order: TypeAlias = Mapping[str, Any]
Act: TypeAlias = Callable[[Path, Sandbox], Report]


@dataclass(frozen=True, slots=True)
class Scene:
    """What is there at first, what people then do, and the command whose answers get lost.

    Attributes:
        act: The command, in each of the folders, one after the other.
        seeded: Notebooks that are there besides the two of every scene, or in their place.
        here: What is done in a folder beforehand.
        there: What somebody else does on the server beforehand.
        later: What is done in a folder after the command, before anything is synced.
        form: What the mirror's pages are written as.
        folders: How many clones of the mirror there are.
        again: Where the command fails, its author runs it again, as its hint says; else only
            plain syncs follow.
        pulled: Whether the mirror was pulled beforehand; else it is empty and knows nothing.
    """

    act: Act
    seeded: tuple[Order, ...] = ()
    here: Callable[[Path, Sandbox], object] = lambda root, sandbox: None
    there: Callable[[Sandbox], object] = lambda sandbox: None
    later: Callable[[Path, Sandbox], object] = lambda root, sandbox: None
    form: str = "markdown"
    folders: int = 1
    again: bool = False
    pulled: bool = True


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


# --- what people do ------------------------------------------------------------------------------


def push(root: Path, sandbox: Sandbox) -> Report:
    return go(root, sandbox, "push")


def push_json(root: Path, sandbox: Sandbox) -> Report:
    return go(root, sandbox, "push", form="json")


def push_deletions(root: Path, sandbox: Sandbox) -> Report:
    return go(root, sandbox, "push", remove=True)


def rm(root: Path, sandbox: Sandbox) -> Report:
    with opened(root, sandbox) as mirror:
        return remove_each(mirror, [ID])


def rm_with_edits(root: Path, sandbox: Sandbox) -> Report:
    with opened(root, sandbox) as mirror:
        return remove_each(mirror, [ID], force=True)


def undelete(root: Path, sandbox: Sandbox) -> Report:
    with opened(root, sandbox) as mirror:
        return undelete_each(mirror, [ID])


def take_in(root: Path, sandbox: Sandbox, text: str = NOTES, name: str = "notes.md") -> None:
    (root / name).write_text(text)
    with opened(root, sandbox) as mirror:
        add(mirror, name, text, scope="here")


def take_in_twice(root: Path, sandbox: Sandbox) -> None:
    take_in(root, sandbox)
    take_in(root, sandbox, name="copy.md")


def write_on(root: Path, sandbox: Sandbox) -> None:
    edit(root / "notes.md", "One.", "One, later.")


def move_and_write_on(root: Path, sandbox: Sandbox) -> None:
    write_on(root, sandbox)
    (root / "notes.md").rename(root / "moved.md")


def write_on_here(root: Path, sandbox: Sandbox) -> None:
    edit(root / PAGE, "One.", "One, later.")


def take_in_rich_text(root: Path, sandbox: Sandbox) -> None:
    content = {"type": "doc", "content": [_paragraph("One."), _paragraph("Two.")]}
    take_in(root, sandbox, json.dumps({"title": "Notes", "content": content}), "notes.json")


def _paragraph(text: str) -> dict[str, Any]:
    return {"type": "paragraph", "content": [{"type": "text", "text": text}]}


def take_in_under_a_taken_id(root: Path, sandbox: Sandbox) -> None:
    take_in(root, sandbox, f'---\nshort_id: "gone1234"\n---\n\n{NOTES}')


def write_here(root: Path, sandbox: Sandbox) -> None:
    edit(root / PAGE, "Two.", "Two, here.")


def write_and_retitle(root: Path, sandbox: Sandbox) -> None:
    edit(root / PAGE, "# W", "# A new title")
    write_here(root, sandbox)


def lose_the_page(root: Path, sandbox: Sandbox) -> None:
    (root / PAGE).unlink()


def restore_and_write(root: Path, sandbox: Sandbox) -> None:
    lose_the_page(root, sandbox)
    with opened(root, sandbox) as mirror:
        restore_each(mirror, [ID])
    write_here(root, sandbox)


def write_there(sandbox: Sandbox) -> None:
    there(sandbox, ID, "Three.", "Three, there.")


def delete_there(sandbox: Sandbox) -> None:
    sandbox.write(ID, deleted=True)


def write_and_delete_there(sandbox: Sandbox) -> None:
    write_there(sandbox)
    delete_there(sandbox)


def restore_there(sandbox: Sandbox) -> None:
    sandbox.write(ID, deleted=False)


def notebook(short_id: str, text: str, **fields: object) -> Order:
    title = text.partition("\n")[0].removeprefix("# ")
    content = Sandbox.markdown(text)
    return {"short_id": short_id, "title": title, "content": content, **fields}


GONE = notebook("gone1234", "# Gone\n\nLong ago.", deleted=True)

SCENES: dict[str, Scene] = {
    "create": Scene(push, here=take_in),
    "create by a sync": Scene(sync, here=take_in),
    "create and write on": Scene(push, here=take_in, later=write_on),
    "create, move and write on": Scene(push, here=take_in, later=move_and_write_on),
    "create two that say the same": Scene(push, here=take_in_twice),
    "create rich text": Scene(push_json, here=take_in_rich_text, form="json"),
    "create under an id that a deleted notebook has": Scene(
        push, seeded=(GONE,), here=take_in_under_a_taken_id
    ),
    "create what an older notebook says, too": Scene(
        push, seeded=(notebook("older123", NOTES.removesuffix("\n")),), here=take_in, pulled=False
    ),
    "create in two clones": Scene(push, here=take_in, folders=2),
    "create in two clones under an id that a deleted notebook has": Scene(
        push, seeded=(GONE,), here=take_in_under_a_taken_id, folders=2
    ),
    "edit": Scene(push, here=write_here),
    "edit and retitle": Scene(push, here=write_and_retitle),
    "edit and write on": Scene(push, here=write_here, later=write_on_here),
    "edit on both sides": Scene(push, here=write_here, there=write_there),
    "edit and retitle on both sides": Scene(sync, here=write_and_retitle, there=write_there),
    "edit what was deleted there": Scene(push, here=write_here, there=delete_there),
    "sync an edit of what was deleted there": Scene(sync, here=write_here, there=delete_there),
    "edit what was edited and deleted there": Scene(
        push, here=write_here, there=write_and_delete_there
    ),
    "push a deletion": Scene(push_deletions, here=lose_the_page, again=True),
    "remove": Scene(rm, again=True),
    "remove with edits": Scene(rm_with_edits, here=write_here, again=True),
    "restore and edit": Scene(push, here=restore_and_write, there=write_there),
    "undelete": Scene(undelete, here=rm, there=delete_there, again=True),
    "undelete what was edited before": Scene(
        undelete, here=rm, there=write_and_delete_there, again=True
    ),
    "deleted there": Scene(sync, there=delete_there),
    "restored there": Scene(sync, seeded=(notebook(ID, TEXT, deleted=True),), there=restore_there),
}
