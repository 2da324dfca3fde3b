"""new, add and restore: pages that are to become notebooks, and texts that are to come back."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from shlex import quote

import click

from nbsync.cli.log import named
from nbsync.cli.mirror import Opened, opened
from nbsync.cli.naming import find, read_file
from nbsync.cli.options import Settings, common
from nbsync.cli.show import (
    column,
    exit_code,
    plain,
    problems,
    show_json,
    show_next,
    show_report,
    show_trouble,
    titled,
)
from nbsync.errors import APIError, ConfigError, NbsyncError
from nbsync.model import Problem, Report
from nbsync.sync import pages
from nbsync.sync.older import find_here, find_there, versions_here

_VERSION = re.compile(r"\d{1,9}|@[0-9a-f]{8}", re.ASCII)
_SHOWN = 10


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
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@common
def add(settings: Settings, files: tuple[str, ...]) -> int:
    r"""Take files in; the next push makes them notebooks.

    Each file gets front matter with a short_id, and stays as it is otherwise.

    \b
    Examples:
      nbsync add notes.md
      nbsync add drafts/*.md
    """
    with opened(settings, online=False) as there:
        texts = dict(read_file(name, there, settings) for name in files)
        added, failed = _add_each(there, texts)
    return _show("add", added, failed, settings)


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
        width = column(page.path for page in added)
        for page in added:
            click.echo(f"{plain(page.path):<{width}}  {titled(page.title)}")
        show_trouble(failed)
        if added and settings.chats:
            show_next("nbsync push")
    return NbsyncError.exit_code if failed else 0


@click.command()
@click.argument("notebooks", nargs=-1, required=True, metavar="NOTEBOOK...")
@click.option(
    "--version",
    "version",
    metavar="N|@KEY",
    help="Bring back the text of a version, or a page's text; see nbsync log.",
)
@common
def restore(settings: Settings, notebooks: tuple[str, ...], *, version: str | None) -> int:
    r"""Bring back missing pages, or an older text of one.

    A missing page comes back as it last agreed with PostHog. With --version, an older text of
    one notebook is written into its page, as an edit of yours: look at it with `nbsync diff`;
    the next push sends it. What the page said until then stays in the history.

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
        report = pages.restore_each(there.mirror, find(notebooks, there, settings))
    show_report("restore", report, settings)
    return exit_code(report)


def _restore_version(settings: Settings, notebooks: tuple[str, ...], version: str) -> int:
    _check(notebooks, version)
    report = _bring_back(settings, notebooks[0], version)
    show_report("restore", report, settings)
    done = report.changes or report.problems
    if settings.chats and not done:
        click.echo(f"Nothing to do: the page says what {_called(version)} said.", err=True)
    if settings.chats and report.changes:
        show_next("nbsync diff, then: nbsync push")
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
            return pages.bring_back_one(there.mirror, short_id, found)
        here = versions_here(there.mirror, short_id)
    why, code = "", NbsyncError.exit_code
    if not version.startswith("@"):
        try:
            with opened(settings) as there:
                found = find_there(there.mirror, short_id, int(version))
                if found is not None:
                    return pages.bring_back_one(there.mirror, short_id, found)
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


COMMANDS = {"new": new, "add": add, "restore": restore}
