"""conflicts and resolve: what waits for a human, and settling it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from shlex import join

import click

from nbsync.cli.completing import notebooks as suggest
from nbsync.cli.mirror import Access, Opened, opened
from nbsync.cli.naming import find
from nbsync.cli.options import Settings, common
from nbsync.cli.show import (
    conflict_told,
    counted,
    exit_code,
    show_conflicts,
    show_json,
    show_next,
    show_report,
)
from nbsync.errors import ConfigError
from nbsync.model import Report
from nbsync.sync.resolving import Waiting, open_conflicts, resolve_each, take_merged_each

_WAYS = ("--ours", "--theirs", "--merged", "--edit")


@click.command()
@common
def conflicts(settings: Settings) -> int:
    r"""List the open conflicts, and what to type next.

    It says who saved the other side when, and where the files are.

    Exits with 5 if there are any.

    \b
    Examples:
      nbsync conflicts
      nbsync conflicts --json
    """
    with opened(settings, online=False, access=Access.READ) as there:
        found = open_conflicts(there.mirror)
    hints = {each.conflict.short_id: _hint(each) for each in found}
    if settings.as_json:
        told = [
            conflict_told(each.conflict, hints[each.conflict.short_id])
            | {"left": each.left, "outdated": each.outdated}
            for each in found
        ]
        show_json("conflicts", conflicts=told)
    elif found:
        show_conflicts([each.conflict for each in found], hints=hints)
    elif settings.chats:
        click.echo("No conflicts.", err=True)
    return 5 if found else 0


def _hint(waiting: Waiting) -> str:
    """What to type next, as far as somebody has come; "" where nothing was begun."""
    settle = f"nbsync resolve {waiting.conflict.short_id}"
    if waiting.outdated:
        return (
            "nbsync sync   # the page was edited since its files were laid out: that lays them out "
            f"anew; to keep the page as it is: {settle} --ours"
        )
    if not waiting.left:
        return f"{settle} --merged   # no markers are left; or --edit, --ours, --theirs"
    return ""


@click.command()
@click.argument("notebooks", nargs=-1, metavar="[NOTEBOOK]...", shell_complete=suggest)
@click.option("--ours", is_flag=True, help="Keep the page; the next push sends it.")
@click.option("--theirs", is_flag=True, help="Take PostHog's text into the page.")
@click.option("--merged", is_flag=True, help="Take the conflict's merged.md as the page.")
@click.option("--edit", is_flag=True, help="Open merged.md in your merge tool or editor; take it.")
@click.option("--all", "everything", is_flag=True, help="Settle every open conflict.")
@common
def resolve(
    settings: Settings,
    notebooks: tuple[str, ...],
    *,
    everything: bool,
    **ways: bool,
) -> int:
    r"""Settle conflicts: for one side, or as merged.

    What is replaced stays in .nbsync/history/. The merge tool is the one that NBSYNC_MERGETOOL
    or your own configuration names, or else $VISUAL or $EDITOR. merged.md is taken once no
    conflict markers are left in it; the next push sends it.

    \b
    Examples:
      nbsync resolve aB3dE5fG --edit
      nbsync resolve weekly.md --theirs
      nbsync resolve --all --merged
    """
    said = [way for way in _WAYS if ways[way.removeprefix("--")]]
    way = _check(notebooks, said, everything=everything)
    words = ("nbsync", "resolve", *(["--all"] if everything else notebooks), way)

    def named(there: Opened) -> list[str]:
        if everything:
            return [waiting.conflict.short_id for waiting in open_conflicts(there.mirror)]
        return list(dict.fromkeys(find(notebooks, there, settings)))

    if way == "--edit":
        from nbsync.cli.settling import merge_each

        report, count = merge_each(settings, named, again=join(words))
    else:
        report, count = _settled(settings, named, way)
    _show(report, settings, nothing=not count, sends=way != "--theirs")
    return exit_code(report)


def _settled(
    settings: Settings, named: Callable[[Opened], list[str]], way: str
) -> tuple[Report, int]:
    """Settle them all at once, and say how many they were."""
    with opened(settings, online=False) as there:
        only = named(there)
        if way == "--merged":
            return take_merged_each(there.mirror, only), len(only)
        return resolve_each(there.mirror, only, ours=way == "--ours"), len(only)


def _show(report: Report, settings: Settings, *, nothing: bool, sends: bool) -> None:
    remaining = len(report.conflicts)
    show_report("resolve", report if settings.as_json else replace(report, conflicts=()), settings)
    if not settings.chats:
        return
    if nothing:
        click.echo("No conflicts.", err=True)
    if remaining:
        click.echo(f"{counted(remaining, 'conflict')} left (nbsync conflicts).", err=True)
    if sends and report.changes:
        show_next("nbsync push")


def _check(notebooks: tuple[str, ...], said: list[str], *, everything: bool) -> str:
    """The one way to settle; it is clear what is to be settled, too.

    Raises:
        ConfigError: It is not.
    """
    which = "--all" if everything else join(notebooks) or "NOTEBOOK"
    if len(said) != 1:
        raise ConfigError(
            "`nbsync resolve` takes one of --ours (the page stands), --theirs (PostHog's text "
            "does), --merged (merged.md does) and --edit (you finish merged.md first).",
            hint=f"nbsync resolve {which} --edit   # or --merged, --ours, --theirs",
        )
    if bool(notebooks) == everything:
        raise ConfigError(
            "`nbsync resolve` takes either the notebooks to settle, or --all.",
            hint=f"nbsync conflicts; then nbsync resolve NOTEBOOK {said[0]}",
        )
    return said[0]


COMMANDS = {"conflicts": conflicts, "resolve": resolve}
