"""diff: your edits, without asking the server."""

from __future__ import annotations

import difflib
import sys
from pathlib import PurePosixPath

import click

from nbsync import formats
from nbsync.cli.completing import notebooks as suggest
from nbsync.cli.mirror import Access, opened
from nbsync.cli.naming import find
from nbsync.cli.options import Settings, common
from nbsync.cli.show import plain, show_json, show_trouble
from nbsync.model import Page
from nbsync.sync import Mirror, Survey
from nbsync.sync import status as look_at

_COLOURS = {"+": "green", "-": "red", "@": "cyan"}


@click.command()
@click.argument("notebooks", nargs=-1, metavar="[NOTEBOOK]...", shell_complete=suggest)
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
    if survey.local.get(short_id) == survey.base.get(short_id):
        return ""
    path = survey.snapshot.paths[short_id]
    page, base = mirror.local.read(short_id, path), mirror.store.base(short_id)
    if not isinstance(page, Page):
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


COMMANDS = {"diff": diff}
