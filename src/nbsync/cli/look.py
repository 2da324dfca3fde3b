"""diff and list: your edits, and what there is, without asking the server."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterable
from pathlib import PurePosixPath

import click

from nbsync import formats
from nbsync.cli.mirror import Access, opened
from nbsync.cli.naming import find
from nbsync.cli.options import Settings, common
from nbsync.cli.show import column, plain, show_json, show_next, show_trouble, titled
from nbsync.cli.status import title_of
from nbsync.model import Page
from nbsync.sync import Mirror, Survey
from nbsync.sync import status as look_at

_COLOURS = {"+": "green", "-": "red", "@": "cyan"}


@click.command()
@click.argument("notebooks", nargs=-1, metavar="[NOTEBOOK]...")
@common
def diff(settings: Settings, notebooks: tuple[str, ...]) -> int:
    r"""Show your edits: each page against what it stands on.

    Asks the server nothing.

    \b
    Examples:
      nbsync diff
      nbsync diff "Weekly numbers"
    """
    with opened(settings, online=False, access=Access.READ) as there:
        survey, plan = look_at(there.mirror, offline=True)
        paths = survey.snapshot.paths
        only = (
            find(notebooks, there, settings) if notebooks else sorted(paths, key=paths.__getitem__)
        )
        found = [
            {"short_id": short_id, "path": paths[short_id], "diff": text}
            for short_id in only
            if short_id in paths and (text := _diff(there.mirror, survey, short_id))
        ]
    unreadable = [one for one in plan.unreadable if not notebooks or one.short_id in only]
    if settings.as_json:
        show_json("diff", differences=found)
        return 0
    for each in found:
        _show_diff(each["diff"])
    show_trouble(unreadable)
    return 0


def _diff(mirror: Mirror, survey: Survey, short_id: str) -> str:
    """A unified diff from what base holds to the page; "" for a page that is no edit."""
    path = survey.snapshot.paths[short_id]
    page, base = mirror.local.read(short_id, path), mirror.store.base(short_id)
    if survey.local.get(short_id) == survey.base.get(short_id) or not isinstance(page, Page):
        return ""
    before, after = "", page.text
    if base is not None:
        suffix = PurePosixPath(path).suffix
        before = formats.render(base.record.notebook, short_id, suffix, like=page.text)
        if "\r" not in before:
            after = after.replace("\r\n", "\n")
    name = f"a/{path}" if base else "/dev/null"
    return "".join(difflib.unified_diff(_lines(before), _lines(after), name, f"b/{path}"))


def _lines(text: str) -> list[str]:
    """Lines as diff tells them; str.splitlines parts at more than line ends."""
    *lines, last = text.split("\n")
    ended = [f"{line}\n" for line in lines]
    return [*ended, f"{last}\n\\ No newline at end of file\n"] if last else ended


def _show_diff(text: str) -> None:
    """Print a diff, byte for byte into a file, without other people's controls on a terminal."""
    if not sys.stdout.isatty():
        click.echo(text, nl=False)
        return
    for line in text.removesuffix("\n").split("\n"):
        shown = "\t".join(map(plain, line.removesuffix("\r").split("\t")))
        click.secho(shown, fg=_COLOURS.get(line[:1]))


@click.command(name="list")
@common
def list_(settings: Settings) -> int:
    r"""List the notebooks of this mirror.

    Asks the server nothing.

    \b
    Examples:
      nbsync list
      nbsync list --json
    """
    with opened(settings, online=False, access=Access.READ) as there:
        survey, _ = look_at(there.mirror, offline=True)
    rows = _rows(survey)
    if settings.as_json:
        show_json("list", notebooks=rows)
        return 0
    ids = column(str(row["short_id"]) for row in rows)
    width = column(_place(row) for row in rows)
    for row in rows:
        where = plain(_place(row))
        click.echo(f"{row['short_id']:<{ids}}  {where:<{width}}  {titled(str(row['title']))}")
    if not rows and settings.chats:
        click.echo("No notebooks here yet.", err=True)
        show_next("nbsync pull")
    return 0


def _rows(survey: Survey) -> list[dict[str, str | int | None]]:
    paths, bases = survey.snapshot.paths, survey.bases
    unread = {bad.short_id: bad.path for bad in survey.snapshot.unreadable if bad.short_id}
    known: Iterable[str] = bases.keys() | paths.keys() | unread.keys()
    rows: list[dict[str, str | int | None]] = [
        {
            "short_id": short_id,
            "path": paths.get(short_id) or unread.get(short_id),
            "title": title_of(survey, short_id),
            "version": bases[short_id].version if short_id in bases else None,
        }
        for short_id in known
    ]
    return sorted(rows, key=lambda row: (str(row["path"] or ""), row["short_id"]))


def _place(row: dict[str, str | int | None]) -> str:
    return str(row["path"] or "(page missing)")


COMMANDS = {"diff": diff, "list": list_}
