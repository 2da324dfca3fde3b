"""Scenes in which somebody asks the server for something, and the answer may get lost."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from mirrors import edit, go, opened, sync, there
from nbsync.model import Report
from nbsync.sandbox import Sandbox
from nbsync.sync.pages import add
from nbsync.sync.removing import remove_each
from nbsync.sync.restoring import restore_each, undelete_each

ID, PAGE = "aB3dE5fG", "aB3dE5fG.md"
TEXT = "# W\n\nOne.\n\nTwo.\n\nThree."
NOTES = "# Notes\n\nOne.\n\nTwo.\n"

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
