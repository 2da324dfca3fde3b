"""new and add: pages that are to become notebooks."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

import click

from nbsync.cli.columns import column, filled
from nbsync.cli.completing import files as suggest_files
from nbsync.cli.mirror import Opened, opened
from nbsync.cli.naming import read_file
from nbsync.cli.options import Settings, common
from nbsync.cli.show import (
    plain,
    problems,
    show_json,
    show_next,
    show_trouble,
    titled,
)
from nbsync.errors import ConfigError, NbsyncError
from nbsync.model import Problem
from nbsync.sync import pages


@click.command()
@click.argument("title")
@common
def new(settings: Settings, title: str) -> int:
    r"""Make a page; the next push makes it a notebook.

    \b
    Examples:
      nbsync new "Launch review"
    """
    if not title.strip():
        raise ConfigError("The title is empty.", hint='nbsync new "Launch review"')
    with opened(settings, online=False) as there:
        page = pages.new(there.mirror, title, scope=there.scope, salt=secrets.token_hex(16))
    return _show("new", [page], [], settings)


@click.command()
@click.argument("files", nargs=-1, metavar="[FILE]...", shell_complete=suggest_files)
@click.option(
    "--all", "every", is_flag=True, help="Take in every page whose notebook is not known here."
)
@common
def add(settings: Settings, files: tuple[str, ...], *, every: bool) -> int:
    r"""Take files in; the next push makes them notebooks.

    Each file gets front matter with a short_id, and stays as it is otherwise; a page of a
    backup keeps the short_id that it has. With --all, every page with a short_id that no
    notebook is known of is taken in: in a mirror of another project, that is a whole backup.

    \b
    Examples:
      nbsync add notes.md
      nbsync add drafts/*.md
      nbsync add --all
    """
    if not files and not every:
        raise ConfigError("No file is named.", hint="nbsync add notes.md")
    with opened(settings, online=False) as there:
        names = [*files, *(_unknown(there) if every else ())]
        texts = dict(read_file(name, there, settings) for name in names)
        added, failed = _add_each(there, texts)
    return _show("add", added, failed, settings)


def _unknown(there: Opened) -> list[str]:
    """The pages whose notebooks are not known here, by path."""
    store = there.mirror.store
    bases = store.bases()
    scanned = there.mirror.local.scan(bases.keys(), store.seen())
    paths = (path for short_id, path in scanned.paths.items() if short_id not in bases)
    return [str(there.root / path) for path in sorted(paths)]


def _add_each(there: Opened, texts: dict[str, str]) -> tuple[list[pages.Added], list[Problem]]:
    """Take files in; one that cannot be taken in holds up no other."""
    added, failed = [], []
    for path, text in texts.items():
        try:
            added.append(pages.add(there.mirror, path, text, scope=there.scope))
        except NbsyncError as error:
            failed.append(Problem("", path, error.message, error.hint))
    return added, failed


def _show(
    kind: str, added: Sequence[pages.Added], failed: Sequence[Problem], settings: Settings
) -> int:
    if settings.as_json:
        show_json(kind, pages=added, problems=problems(failed))
    else:
        room = column(plain(page.path) for page in added)
        for page in added:
            click.echo(f"{filled(plain(page.path), room)}  {titled(page.title)}")
        show_trouble(failed)
        if added and settings.chats:
            show_next("nbsync push")
    return NbsyncError.exit_code if failed else 0


COMMANDS = {"new": new, "add": add}
