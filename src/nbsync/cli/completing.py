"""What can be typed for an argument, for shells that ask while somebody types."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import click

if TYPE_CHECKING:
    from pathlib import Path

    from click.shell_completion import CompletionItem

TAKING_SEVERAL = frozenset({"diff", "list", "pull", "push", "sync", "resolve", "restore", "rm"})
TAKING_ONE = frozenset({"log", "open", "edit"})
_CONTROL = frozenset({*map(chr, range(32)), "\x7f"})


class _Known(NamedTuple):
    """A notebook as the index has it: when it was changed, its id, its title and its page."""

    changed: str
    short_id: str
    title: str
    path: str


def wants_notebook(words: Sequence[str], incomplete: str) -> bool:
    """Whether a NOTEBOOK comes next, for sure, after the words of a command line.

    It is asked before the command is loaded, which would take longer than all the rest.
    """
    if not words or any(word.startswith("-") for word in (*words, incomplete)):
        return False
    command, *given = words
    return command in TAKING_SEVERAL or (command in TAKING_ONE and not given)


def notebooks(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem[str]]:
    """What can be meant by a NOTEBOOK, in the folder that the command line names."""
    del param
    return suggested(_start(ctx), incomplete)


def suggested(start: Path, incomplete: str) -> list[CompletionItem[str]]:
    """What can be meant by a NOTEBOOK: short_ids, the last changed first, and paths.

    A path is offered where the notebook's short_id does not begin in the same way, so that a
    page named by its short_id is offered once. A part of a title that means one notebook only
    becomes its short_id. Only the index is read: no page, no base, nothing is locked or written.

    Args:
        start: Where the command is to be run.
        incomplete: What was typed of it.

    Raises:
        ConfigError: There is no mirror.
    """
    from click.shell_completion import CompletionItem

    known, here = list(_known(start, incomplete)), "./" if incomplete.startswith("./") else ""
    by_id = [one for one in known if one.short_id.startswith(incomplete)]
    by_id.sort(key=lambda one: one.short_id)
    by_id.sort(key=lambda one: one.changed, reverse=True)
    by_path = [
        (f"{here}{one.path}", one.title)
        for one in known
        if one.path.startswith(incomplete.removeprefix(here))
        and not one.short_id.startswith(incomplete)
        and one.path
        and _CONTROL.isdisjoint(one.path)
    ]
    found = [*((one.short_id, one.title) for one in by_id), *sorted(by_path)]
    if not found:
        wanted = incomplete.casefold()
        meant = [one.short_id for one in _known(start) if wanted in one.title.casefold()]
        found = [(meant[0], "")] if len(meant) == 1 else []
    return [CompletionItem(value, help=_shown(title)) for value, title in found]


def _shown(title: str) -> str | None:
    """A title that somebody else wrote, fit to stand beside its short_id."""
    if title.isprintable():
        return title or None
    from nbsync.cli.show import plain

    return plain(title)


def folders(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem[str]]:
    """Leave it to the shell to offer folders."""
    del ctx, param
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="dir")]


def files(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """Leave it to the shell to offer files."""
    del ctx, param
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="file")]


def _start(ctx: click.Context) -> Path:
    """The folder that the command will be run in: options are read, but nothing was called yet."""
    from pathlib import Path

    said = None
    here: click.Context | None = ctx
    while here is not None and said is None:
        said, here = here.params.get("folder"), here.parent
    return (said if isinstance(said, Path) else Path()).absolute()


def _known(start: Path, beginning: str = "") -> Iterator[_Known]:
    """The notebooks that the index knows, their pages as seen from a folder.

    Args:
        start: The folder.
        beginning: What their ids or pages begin with; others may be among them.
    """
    from nbsync.config import find_root
    from nbsync.store.glimpse import glimpse

    root = find_root(start)
    inside = start.resolve().relative_to(root).parts
    here, up = "".join(f"{part}/" for part in inside), "../" * len(inside)
    below = beginning.removeprefix("./")
    page = "" if below.startswith(".") else here + below
    seen = glimpse(root / ".nbsync", short_id=beginning, path=page)
    for short_id in seen.tokens.keys() | seen.paths.keys():
        changed, _, title = seen.tokens.get(short_id, "").partition(" ")
        path = seen.paths.get(short_id, "")
        if path:
            path = path.removeprefix(here) if path.startswith(here) else f"{up}{path}"
        yield _Known(changed, short_id, title.removeprefix("="), path)
