"""open and edit: a notebook in the browser, and in the user's own editor."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import click

from nbsync import files
from nbsync.cli.completing import notebooks as suggest
from nbsync.cli.editor import find_editor, run_editor
from nbsync.cli.log import named
from nbsync.cli.mirror import Access, Opened, copies, opened
from nbsync.cli.naming import find, known_ids, unknown
from nbsync.cli.options import Settings, common
from nbsync.cli.show import (
    exit_code,
    plain,
    sentence,
    show_changes,
    show_json,
    show_report,
    show_summary,
)
from nbsync.errors import FormatError, NbsyncError, Unavailable
from nbsync.model import Page, Report
from nbsync.sync import run
from nbsync.sync.editing import page_of, take_in


@click.command(name="open")
@click.argument("notebook", shell_complete=suggest)
@click.option("--print", "only_print", is_flag=True, help="Print the address, and open nothing.")
@common
def open_(settings: Settings, notebook: str, *, only_print: bool) -> int:
    r"""Open a notebook in PostHog, and print its address.

    It is opened with your browser ($BROWSER), but with --print and --json. Asks the server nothing.

    \b
    Examples:
      nbsync open aB3dE5fG
      nbsync open weekly.md --print
    """
    with opened(settings, online=False, access=Access.READ) as there:
        short_id = named(notebook, there, settings)
        _check_is_there(there, short_id)
        config = there.config
    address = f"{config.host}/project/{config.project}/notebooks/{short_id}"
    if settings.as_json:
        show_json("open", short_id=short_id, url=address)
        return 0
    click.echo(address)
    if not only_print and not _browse(address) and not settings.quiet:
        click.echo("No browser could be started; set BROWSER to the one you use.", err=True)
    return 0


def _check_is_there(there: Opened, short_id: str) -> None:
    """See to it that PostHog has the notebook, as far as is known.

    Raises:
        NbsyncError: It was deleted, or never sent.
    """
    store = there.mirror.store
    if short_id in store.bases():
        return
    rows = store.rows()
    token = rows.rows.get(short_id) if rows else None
    held = {kept.record.token for kept in store.kept(short_id) if kept.record is not None}
    if held and (token is None or token in held):  # restored since, it has another one
        what = f"Notebook {short_id} was deleted: it has no page in PostHog"
        raise NbsyncError(f"{what}.", hint=f"nbsync restore {short_id}")
    if token is None:
        what = f"Notebook {short_id} has not been sent to PostHog yet: it has no page there"
        raise NbsyncError(f"{what}.", hint=f"nbsync push {short_id}")


_KEYS = ("POSTHOG_PERSONAL_API_KEY", "POSTHOG_CLI_API_KEY", "POSTHOG_CLI_TOKEN")


def _browse(address: str) -> bool:
    import webbrowser

    sys.stdout.flush()  # a browser may be one for terminals
    # It may run for days, and has no use for a key.
    keys = {name: os.environ.pop(name) for name in _KEYS if name in os.environ}
    try:
        return webbrowser.open(address)
    finally:
        os.environ.update(keys)


@dataclass(frozen=True, slots=True)
class _Copy:
    """A copy of a page that somebody works on.

    Attributes:
        page: The page, as it was copied.
        file: Where the copy lies.
    """

    page: Page
    file: Path

    def text(self) -> str:
        """What it says now.

        Raises:
            NbsyncError: It cannot be read, or is no UTF-8.
        """
        with files.explained(_shown(self.file), "read"):
            data, _ = files.read(self.file)
        try:
            return data.decode()
        except UnicodeDecodeError as error:
            raise FormatError("What you wrote is not UTF-8.") from error

    def is_untouched(self) -> bool:
        """Whether nothing would be lost with it."""
        try:
            return files.read(self.file)[0] == self.page.text.encode()
        except FileNotFoundError:
            return True
        except OSError:
            return False

    def remove(self) -> None:
        """Remove it: the page says what it says."""
        files.remove(self.file)


class _KeptError(NbsyncError):
    """An edit that did not get where it was to go, and where it is now."""

    def __init__(self, error: NbsyncError, where: str, *, hint: str) -> None:
        super().__init__(f"{sentence(error.message)} {where}", hint=hint)
        self.exit_code = error.exit_code


@click.command()
@click.argument("notebook", shell_complete=suggest)
@common
def edit(settings: Settings, notebook: str) -> int:
    r"""Pull a notebook, edit it with $VISUAL or $EDITOR, and push it.

    You work on a copy, and other commands can go on meanwhile; what comes into the page until
    you are done is merged. If anything fails, what you wrote is kept, and you are told where.

    \b
    Examples:
      nbsync edit aB3dE5fG
      EDITOR="code --wait" nbsync edit "Weekly numbers"
    """
    again = f"nbsync edit {shlex.quote(notebook)}"
    editor = find_editor(again)
    copy, report = _copied(settings, notebook)
    if copy is None:
        show_report("edit", report, settings)
        return exit_code(report)
    with _kept(copy):
        run_editor(editor, copy.file, again=again, quiet=settings.as_json)
        written = copy.text()
    if written != copy.page.text:
        return _send(settings, copy, written, report)
    copy.remove()
    if settings.as_json:
        show_report("edit", report, settings)
    elif settings.chats:
        click.echo(f"{plain(copy.page.path)}: unchanged, nothing was sent.", err=True)
    return 0


def _copied(settings: Settings, notebook: str) -> tuple[_Copy | None, Report]:
    """Pull the notebook, and copy its page; no copy where the pull left something to settle."""
    with opened(settings) as there:
        [short_id] = find([notebook], there, settings, strangers=True)
        report = _pulled(there, settings, short_id)
        if exit_code(report):
            return None, report
        if settings.chats:
            show_changes(report.changes)
        if short_id not in known_ids(there):
            raise _deleted(short_id) if report.changes else unknown(notebook, there)
        page = page_of(there.mirror, short_id)
        for kept in copies(there.root, short_id):
            click.echo(f"An earlier copy of this page is still in {_shown(kept)}.", err=True)
        return _Copy(page, _place(there.root, page)), report


def _deleted(short_id: str) -> NbsyncError:
    return NbsyncError(
        f"Notebook {short_id} was deleted in PostHog.", hint=f"nbsync log {short_id} --offline"
    )


def _pulled(there: Opened, settings: Settings, short_id: str) -> Report:
    try:
        report = run(there.mirror, pull=True, only=[short_id])
    except Unavailable as error:
        with suppress(NbsyncError):
            page_of(there.mirror, short_id)
            return _offline(error, there, settings)
        raise  # without a page there is nothing to go on with
    return _about(report, short_id)


def _offline(error: Unavailable, there: Opened, settings: Settings) -> Report:
    if settings.chats:
        click.echo(f"{sentence(error.message)} You edit the page as it is here.", err=True)
    return Report(requests=there.mirror.remote.requests)


def _place(root: Path, page: Page) -> Path:
    """Copy a page to where nothing is yet.

    Raises:
        NbsyncError: The copy cannot be written.
    """
    folder = root / ".nbsync" / "edits"
    suffix = Path(page.path).suffix
    names = (f"{page.short_id}-{number}{suffix}" for number in count(1))
    with files.explained(_shown(folder), "written"):
        files.make_folder(folder)
        file = next(folder / name for name in names if not os.path.lexists(folder / name))
        files.create(file, page.text.encode())
    return file


def _shown(path: Path) -> str:
    """A path that can be typed where the command was."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


@contextmanager
def _kept(copy: _Copy) -> Iterator[None]:
    """Remove a copy that nothing was written into; of another one say where it is.

    Raises:
        _KeptError: What went wrong, and where what was written is kept.
    """
    try:
        yield
    except BaseException as error:
        if copy.is_untouched():
            copy.remove()
            raise
        line = f", line {error.line}" if isinstance(error, FormatError) and error.line else ""
        where = f"What you wrote is kept in {_shown(copy.file)}{line}."
        if not isinstance(error, NbsyncError):
            click.echo(f"\n{where}", err=True)
            raise
        buffer, short_id = shlex.quote(_shown(copy.file)), copy.page.short_id
        hint = f"nbsync edit {short_id}   # and take over what you want from {buffer}"
        raise _KeptError(error, where, hint=hint) from error


def _send(settings: Settings, copy: _Copy, written: str, pulled: Report) -> int:
    """Take what was written into the page, and push it."""
    with _kept(copy), opened(settings) as there:
        page = take_in(there.mirror, copy.page, written)
        copy.remove()
        report = _pushed(there, page)
    requests = pulled.requests + report.requests
    whole = replace(report, changes=(*pulled.changes, *report.changes), requests=requests)
    show_report("edit", whole if settings.as_json else report, settings)
    code = exit_code(report)
    if code and not settings.as_json:
        click.echo(f"Your edit is in {plain(page.path)}.", err=True)
    if settings.chats:
        show_summary("edit", whole, dry_run=False)
    return code


def _pushed(there: Opened, page: Page) -> Report:
    short_id = page.short_id
    try:
        return _about(run(there.mirror, push=True, only=[short_id]), short_id)
    except NbsyncError as error:
        push = f"nbsync push {short_id}"
        hint = f"{error.hint}; then: {push}" if error.hint else push
        raise _KeptError(error, f"Your edit is in {page.path}.", hint=hint) from error


def _about(report: Report, short_id: str) -> Report:
    """What a report says of one notebook."""
    conflicts = [each for each in report.conflicts if each.short_id == short_id]
    return replace(report, conflicts=tuple(conflicts), held=())


COMMANDS = {"open": open_, "edit": edit}
