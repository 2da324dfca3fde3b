"""Scenes for processes that are killed: what is there, what is done, and what is said again."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from failpoints import Act
from mirrors import edit, markdown_on, opened, pages, seed_each, sync, there
from nbsync.errors import NbsyncError
from nbsync.model import Page
from nbsync.sandbox import Sandbox
from nbsync.sync import Mirror, run
from nbsync.sync.pages import add, new
from nbsync.sync.removing import remove_each
from nbsync.sync.resolving import resolve_each, take_merged_each
from nbsync.sync.restoring import restore_each

IDS = [f"nb{index}" for index in range(8)]
TITLE = "Launch"


def seed(sandbox: Sandbox) -> None:
    """Eight notebooks, the same each time but for the moment."""
    sandbox.reset()
    seed_each(sandbox, IDS)


def moved_there(root: Path, sandbox: Sandbox) -> None:
    """One of each that a pull deals with: changed there, in conflict, deleted."""
    there(sandbox, "nb0", "One.", "One, there.")
    there(sandbox, "nb3", "One.", "One, there.")
    edit(root / "nb3.md", "One.", "One, here.")
    sandbox.write("nb4", deleted=True)


def moved_here(root: Path, sandbox: Sandbox) -> None:
    """One of each that a push deals with: changed here, deleted there, retitled."""
    edit(root / "nb1.md", "One.", "One, here.")
    sandbox.write("nb5", deleted=True)
    edit(root / "nb5.md", "One.", "One, here.")
    edit(root / "nb6.md", "# Title of nb6", "# A new title")


def everything_moved(root: Path, sandbox: Sandbox) -> None:
    """All of that, a merge, and a notebook that is new there."""
    there(sandbox, "nb2", "One.", "One, there.")
    edit(root / "nb2.md", "Three.", "Three, here.")
    moved_there(root, sandbox)
    moved_here(root, sandbox)
    sandbox.seed(short_id="nb8", title="New there", content=sandbox.markdown("# New there"))


def a_conflict(root: Path, sandbox: Sandbox) -> None:
    there(sandbox, "nb3", "One.", "One, there.")
    edit(root / "nb3.md", "One.", "One, here.")
    sync(root, sandbox)


def a_conflict_merged_by_hand(root: Path, sandbox: Sandbox) -> None:
    a_conflict(root, sandbox)
    path = root / ".nbsync/conflicts/nb3/merged.md"
    lines = path.read_text().splitlines(keepends=True)
    marks = {mark * 7 for mark in "<|=>"}
    path.write_text("".join(line for line in lines if line[:7] not in marks))


def a_new_file(root: Path, sandbox: Sandbox) -> None:
    del sandbox
    (root / "notes.md").write_text("# Notes\n\nMine.\n")


def a_new_page(root: Path, sandbox: Sandbox) -> None:
    a_new_file(root, sandbox)
    with opened(root, sandbox) as mirror:
        take_in(mirror)


def a_missing_page(root: Path, sandbox: Sandbox) -> None:
    del sandbox
    (root / "nb0.md").unlink()


def an_edited_page(root: Path, sandbox: Sandbox) -> None:
    del sandbox
    edit(root / "nb0.md", "One.", "One, here.")


def nothing(root: Path, sandbox: Sandbox) -> None:
    """Everything is as it was pulled."""


def take_in(mirror: Mirror, path: str = "notes.md") -> None:
    """What `nbsync add` does, said again if it was killed."""
    page = mirror.local.read("x", path)
    text = getattr(page, "text", None)
    if text is None:  # it has its id already
        root: Path = mirror.local._root  # type: ignore[attr-defined]
        text = (root / path).read_text()
    add(mirror, path, text, scope="here")


def make(mirror: Mirror) -> None:
    new(mirror, TITLE, scope="here", salt="")


def make_again(mirror: Mirror) -> None:
    """What somebody does who finds no page, or one of which `nbsync status` says: add it."""
    scanned = mirror.local.scan(mirror.store.bases().keys(), {})
    made = sorted(scanned.paths.keys() - set(IDS))
    if not made:
        make(mirror)
        return
    page = mirror.local.read(made[0], scanned.paths[made[0]])
    assert isinstance(page, Page)
    add(mirror, page.path, page.text, scope="here")


@dataclass(frozen=True, slots=True)
class Scene:
    """A command that is killed.

    Attributes:
        words: The command, as it is typed.
        prepare: What is done before it.
        act: What it does.
        again: What its author does after it was killed; nothing, where any later run mends it.
    """

    words: tuple[str, ...]
    prepare: Callable[[Path, Sandbox], None]
    act: Act
    again: Act | None = None


def removing(*, force: bool) -> Act:
    return lambda mirror: remove_each(mirror, ["nb0"], force=force)


def settling(*, ours: bool) -> Act:
    return lambda mirror: resolve_each(mirror, ["nb3"], ours=ours)


def merging(mirror: Mirror) -> None:
    take_merged_each(mirror, ["nb3"])


def restoring(mirror: Mirror) -> None:
    restore_each(mirror, ["nb0"])


def said_again(scene: Scene, root: Path, sandbox: Sandbox) -> None:
    """What the author of a killed command does next."""
    if scene.again is not None:
        with suppress(NbsyncError), opened(root, sandbox) as mirror:
            scene.again(mirror)


SCENES = {
    "pull": Scene(("pull",), moved_there, lambda mirror: run(mirror, pull=True)),
    "push": Scene(("push",), moved_here, lambda mirror: run(mirror, push=True)),
    "sync": Scene(("sync",), everything_moved, lambda mirror: run(mirror, pull=True, push=True)),
    "create": Scene(("push",), a_new_page, lambda mirror: run(mirror, pull=True, push=True)),
    "add": Scene(("add", "notes.md"), a_new_file, take_in, take_in),
    "new": Scene(("new", TITLE), nothing, make, make_again),
    "rm": Scene(("rm", "nb0"), nothing, removing(force=False), removing(force=False)),
    "rm with edits": Scene(
        ("rm", "--force", "nb0"), an_edited_page, removing(force=True), removing(force=True)
    ),
    "ours": Scene(
        ("resolve", "nb3", "--ours"), a_conflict, settling(ours=True), settling(ours=True)
    ),
    "theirs": Scene(
        ("resolve", "nb3", "--theirs"), a_conflict, settling(ours=False), settling(ours=False)
    ),
    "merged": Scene(("resolve", "nb3", "--merged"), a_conflict_merged_by_hand, merging, merging),
    "restore": Scene(("restore", "nb0"), a_missing_page, restoring, restoring),
}


def state(root: Path, sandbox: Sandbox) -> tuple[dict[str, str], dict[str, str], set[str]]:
    """Pages, notebooks that are not deleted, and open conflicts; ids of our own without names."""
    rows = sandbox._control.notebooks.db.page(
        "deleted = 0", (), "short_id", window=(1000, 0), full=False
    )[1]
    notebooks = {row.short_id: markdown_on(sandbox, row.short_id) for row in rows}
    own = [key for key in {*notebooks, *ids_of(root)} if not key.startswith("nb")]
    conflicts = root / ".nbsync/conflicts"
    names = {path.name for path in conflicts.iterdir()} if conflicts.exists() else set()
    return (
        {nameless(path, own): nameless(text, own) for path, text in pages(root).items()},
        {nameless(short_id, own): text for short_id, text in notebooks.items()},
        names,
    )


def ids_of(root: Path) -> set[str]:
    """The ids in the names of pages."""
    return {Path(path).stem for path in pages(root)} - {"notes"}


def nameless(text: str, own: list[str]) -> str:
    for short_id in own:
        text = text.replace(short_id, "(id)")
    return text
