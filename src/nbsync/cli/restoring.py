"""restore: pages that went missing, notebooks that were deleted, and older texts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from shlex import quote

import click

from nbsync.cli.completing import notebooks as suggest
from nbsync.cli.log import named
from nbsync.cli.mirror import opened
from nbsync.cli.options import Settings, common
from nbsync.cli.show import exit_code, show_next, show_report
from nbsync.errors import APIError, ConfigError, NbsyncError
from nbsync.model import Problem, Report
from nbsync.sync.older import find_here, find_there, versions_here
from nbsync.sync.restoring import bring_back_one, deleted, restore_each, undelete_each

_VERSION = re.compile(r"\d{1,9}|@[0-9a-f]{8}", re.ASCII)
_SHOWN = 10


@click.command()
@click.argument("notebooks", nargs=-1, required=True, metavar="NOTEBOOK...", shell_complete=suggest)
@click.option(
    "--version",
    "version",
    metavar="N|@KEY",
    help="Bring back the text of a version, or a page's text; see nbsync log.",
)
@common
def restore(settings: Settings, notebooks: tuple[str, ...], *, version: str | None) -> int:
    r"""Bring back missing pages, deleted notebooks, older texts.

    A missing page comes back as it last agreed with PostHog; a notebook that was deleted, with
    nbsync or in PostHog, comes back on both sides, as it lies in PostHog's bin. With --version,
    an older text of one notebook is written into its page, as an edit of yours: look at it with
    `nbsync diff`; the next push sends it. What the page said until then stays in the history.

    A page that git has taken back to an earlier text is kept as it is: restoring it says
    that the earlier text is meant, and the next push sends it.

    \b
    Examples:
      nbsync restore aB3dE5fG
      nbsync restore aB3dE5fG --version 12
      nbsync restore weekly.md --version @1a2b3c4d
    """
    if version is not None:
        return _restore_version(settings, notebooks, version)
    with opened(settings, online=False) as there:
        ids = [named(name, there, settings) for name in notebooks]
        gone = deleted(there.mirror, ids)
        report = restore_each(there.mirror, [each for each in ids if each not in gone])
    if gone:
        with opened(settings) as there:
            report = _both(report, undelete_each(there.mirror, gone))
    show_report("restore", report, settings)
    return exit_code(report)


def _both(first: Report, second: Report) -> Report:
    return replace(
        second,
        changes=(*first.changes, *second.changes),
        problems=(*first.problems, *second.problems),
    )


def _restore_version(settings: Settings, notebooks: tuple[str, ...], version: str) -> int:
    _check(notebooks, version)
    report = _bring_back(settings, notebooks[0], version)
    show_report("restore", report, settings)
    done = report.changes or report.problems
    if settings.chats and not done:
        click.echo(f"Nothing to do: the page says what {_called(version)} said.", err=True)
    for change in report.changes if settings.chats else ():
        if not change.note:
            show_next(f"nbsync diff {quote(change.path)}   # then: nbsync push")
    return exit_code(report)


def _check(notebooks: tuple[str, ...], version: str) -> None:
    """See to it that one text of one notebook is named.

    Raises:
        ConfigError: It is not.
    """
    if len(notebooks) > 1:
        raise ConfigError(
            "With --version it takes one notebook: a version is one notebook's.",
            hint=f"nbsync restore {quote(notebooks[0])} --version {quote(version)}",
        )
    if not _VERSION.fullmatch(version):
        raise ConfigError(
            f"{version!r} is no version: that is a number, or @ and eight hexadecimal digits.",
            hint=f"nbsync log {quote(notebooks[0])}",
        )


def _bring_back(settings: Settings, name: str, version: str) -> Report:
    """Bring an older text back; the server is asked only for what is not here."""
    with opened(settings, online=False) as there:
        short_id = named(name, there, settings)
        found = find_here(there.mirror, short_id, version)
        if found is not None:
            return bring_back_one(there.mirror, short_id, found)
        here = versions_here(there.mirror, short_id)
    why, code = "", NbsyncError.exit_code
    if not version.startswith("@"):
        try:
            with opened(settings) as there:
                found = find_there(there.mirror, short_id, int(version))
                if found is not None:
                    return bring_back_one(there.mirror, short_id, found)
            why = " PostHog's log does not have it, either."
        except APIError as error:
            why, code = f" PostHog's log cannot tell: {error.message}", error.exit_code
    what = f"The history of notebook {short_id} does not have {_called(version)} ({_known(here)})."
    hint = f"nbsync log {short_id}"
    return Report(problems=(Problem(short_id, None, what + why, hint, code),))


def _known(versions: Sequence[int]) -> str:
    """Which versions there are, in a few words."""
    shown = ", ".join(map(str, versions[-_SHOWN:]))
    if len(versions) > _SHOWN:
        return f"its newest versions are {shown}"
    return f"its versions are {shown}" if versions else "it has no version"


def _called(version: str) -> str:
    return version if version.startswith("@") else f"version {version}"


COMMANDS = {"restore": restore}
