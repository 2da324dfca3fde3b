"""pull, push and sync: the two halves of one plan, and both of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import click

from nbsync.cli.mirror import Opened, opened
from nbsync.cli.naming import find, known_ids, unknown
from nbsync.cli.options import Settings, common
from nbsync.cli.progress import progress
from nbsync.cli.show import exit_code, show_report, show_summary
from nbsync.errors import GuardTripped
from nbsync.model import Problem, Report
from nbsync.sync import run


def _allow(function: Callable[..., Any]) -> Callable[..., Any]:
    option = click.option(
        "--allow-changes",
        "allowed",
        metavar="N",
        type=click.IntRange(min=0),
        help="Confirm that up to N notebooks may be deleted or overwritten.",
    )
    return option(function)


def _dry(function: Callable[..., Any]) -> Callable[..., Any]:
    option = click.option("-n", "--dry-run", is_flag=True, help="Show what would be done.")
    return option(function)


@click.command()
@click.argument("notebooks", nargs=-1, metavar="[NOTEBOOK]...")
@_dry
@_allow
@common
def pull(settings: Settings, notebooks: tuple[str, ...], **options: Any) -> int:
    r"""Bring the files up to what PostHog has.

    Edits of yours are merged with those made in PostHog; where they overlap, your page
    stays as it is and the conflict waits for `nbsync resolve`. Nothing is sent.

    \b
    Examples:
      nbsync pull
      nbsync pull -n
      nbsync pull "Weekly numbers"
    """
    return _run("pull", settings, notebooks, pull=True, **options)


@click.command()
@click.argument("notebooks", nargs=-1, metavar="[NOTEBOOK]...")
@_dry
@_allow
@click.option("--delete", "remove", is_flag=True, help="Delete notebooks whose page is missing.")
@common
def push(settings: Settings, notebooks: tuple[str, ...], **options: Any) -> int:
    r"""Send the edits of your files to PostHog.

    One request an edit. Where somebody else has saved in the meantime, both are merged
    and sent again.

    \b
    Examples:
      nbsync push
      nbsync push weekly.md
      nbsync push --delete --allow-changes=12
    """
    return _run("push", settings, notebooks, push=True, **options)


@click.command()
@click.argument("notebooks", nargs=-1, metavar="[NOTEBOOK]...")
@_dry
@_allow
@common
def sync(settings: Settings, notebooks: tuple[str, ...], **options: Any) -> int:
    r"""Pull, merge and push: both sides then hold the same.

    \b
    Examples:
      nbsync sync
      nbsync sync -n
    """
    return _run("sync", settings, notebooks, pull=True, push=True, **options)


def _run(name: str, settings: Settings, notebooks: tuple[str, ...], **options: Any) -> int:
    with opened(settings) as there:
        strangers = bool(options.get("pull"))
        named = find(notebooks, there, settings, strangers=strangers) if notebooks else None
        try:
            report = _with_progress(there, settings, only=named, **options)
        except GuardTripped as guard:
            if not _confirmed(guard, settings):
                raise _with_command(guard, name, notebooks, options) from guard
            options["allowed"] = guard.count
            report = _with_progress(there, settings, only=named, **options)
        report = _with_unknown(report, there, named or [])
    dry_run = bool(options.get("dry_run"))
    show_report(name, report, settings, dry_run=dry_run)
    if settings.chats:
        show_summary(name, report, dry_run=dry_run)
    return exit_code(report)


def _with_progress(there: Opened, settings: Settings, **options: Any) -> Report:
    with progress(settings) as advance:
        return run(there.mirror, progress=advance, **options)


def _confirmed(guard: GuardTripped, settings: Settings) -> bool:
    """Ask whoever is there whether so much is meant."""
    if not settings.may_ask:
        return False
    click.echo(guard.message, err=True)
    return click.confirm(f"Do it to all {guard.count}?", err=True)


def _with_command(
    guard: GuardTripped, name: str, notebooks: tuple[str, ...], options: dict[str, Any]
) -> GuardTripped:
    """The same error, with the whole command that confirms it."""
    from shlex import join

    words = ["nbsync", name, *notebooks, *(["--delete"] if options.get("remove") else [])]
    command = f"{join(words)} --allow-changes={guard.count}"
    hint = f"look at nbsync status; if that is what you want: {command}"
    return GuardTripped(guard.message, count=guard.count, hint=hint)


def _with_unknown(report: Report, there: Opened, named: list[str]) -> Report:
    """The report, and a word about every id that turned out to be nobody's."""
    ids = known_ids(there) if named else ()
    errors = [(name, unknown(name)) for name in named if name not in ids]
    problems = [
        Problem(name, None, error.message, error.hint, error.exit_code) for name, error in errors
    ]
    return replace(report, problems=(*report.problems, *problems))


COMMANDS = {"pull": pull, "push": push, "sync": sync}
