"""pull, push and sync: the two halves of one plan, and both of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import click

from nbsync.cli.committing import committing, prepared
from nbsync.cli.completing import notebooks as suggest
from nbsync.cli.confirming import allow, confirmed, dry
from nbsync.cli.mirror import Opened, opened
from nbsync.cli.naming import find, known_ids, unknown
from nbsync.cli.options import Settings, common
from nbsync.cli.progress import progress
from nbsync.cli.show import exit_code, show_report, show_summary
from nbsync.model import Problem, Report
from nbsync.sync import run


@click.command()
@click.argument("notebooks", nargs=-1, metavar="[NOTEBOOK]...", shell_complete=suggest)
@dry
@allow
@click.option("--verify", is_flag=True, help="Ask every notebook whether it changed unlisted.")
@committing
@common
def pull(settings: Settings, notebooks: tuple[str, ...], **options: Any) -> int:
    r"""Bring the files up to what PostHog has.

    Edits of yours are merged with those made in PostHog; where they overlap, your page
    stays as it is and the conflict waits for `nbsync resolve`. Nothing is sent.

    A few of PostHog's own writers, such as its AI assistant, change a notebook without a
    trace in the list. --verify finds those: one request a notebook, with an answer only
    where something changed.

    With --commit, what came from PostHog is committed in git, as the people who wrote it; your
    own edits and what you have staged stay as they are.

    \b
    Examples:
      nbsync pull
      nbsync pull -n
      nbsync pull "Weekly numbers"
      nbsync pull --verify
      nbsync pull --commit
    """
    return _run("pull", settings, notebooks, pull=True, **options)


@click.command()
@click.argument("notebooks", nargs=-1, metavar="[NOTEBOOK]...", shell_complete=suggest)
@dry
@allow
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
@click.argument("notebooks", nargs=-1, metavar="[NOTEBOOK]...", shell_complete=suggest)
@dry
@allow
@committing
@common
def sync(settings: Settings, notebooks: tuple[str, ...], **options: Any) -> int:
    r"""Pull, merge and push: both sides then hold the same.

    With --commit, what PostHog then has is committed in git, as the people who wrote it.

    \b
    Examples:
      nbsync sync
      nbsync sync -n
      nbsync sync --commit
    """
    return _run("sync", settings, notebooks, pull=True, push=True, **options)


def _run(name: str, settings: Settings, notebooks: tuple[str, ...], **options: Any) -> int:
    said, dry_run = options.pop("commit", False), bool(options.get("dry_run"))
    with opened(settings) as there:
        commits = prepared(there, said=said, dry_run=dry_run)
        strangers = bool(options.get("pull"))
        named = find(notebooks, there, settings, strangers=strangers) if notebooks else None
        words = ["nbsync", name, *notebooks, *(["--delete"] if options.get("remove") else [])]

        def act(allowed: int | None) -> Report:
            return _with_progress(there, settings, only=named, **options, allowed=allowed)

        report = confirmed(act, words, settings, allowed=options.pop("allowed"))
        report = commits.finish(_with_unknown(report, there, named or []), there, named)
    outside = report.outside
    show_report(name, report, settings, dry_run=dry_run, outside=outside, **commits.document())
    commits.show(settings)
    if settings.chats:
        show_summary(name, report, dry_run=dry_run)
    return exit_code(report)


def _with_progress(there: Opened, settings: Settings, **options: Any) -> Report:
    with progress(settings, there.forecast) as advance:
        return run(there.mirror, progress=advance, **options)


def _with_unknown(report: Report, there: Opened, named: list[str]) -> Report:
    """The report, and a word about every id that turned out to be nobody's."""
    ids = known_ids(there) if named else ()
    errors = [(name, unknown(name, there)) for name in named if name not in ids]
    problems = [
        Problem(name, None, error.message, error.hint, error.exit_code) for name, error in errors
    ]
    return replace(report, problems=(*report.problems, *problems))


COMMANDS = {"pull": pull, "push": push, "sync": sync}
