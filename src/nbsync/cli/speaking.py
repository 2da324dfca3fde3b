"""How a watch speaks: a line a thing for people, an object a line for programs, and a log."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from nbsync.cli.options import Settings
from nbsync.cli.show import (
    ARROWS,
    COLOURS,
    conflict_told,
    counted,
    json_text,
    located,
    plain,
    sentence,
    titled,
)
from nbsync.cli.statusline import StatusLine
from nbsync.files import reason
from nbsync.model import Done, OpenConflict, Problem, Unreadable
from nbsync.sync.notices import Notice, Standing, What

_SCHEMA = 1
_WORDS = {
    What.UNREADABLE: "unread",
    What.UNTRACKED: "new file",
    What.GUARD: "paused",
    What.GUARD_LIFTED: "goes on",
    What.GIT: "git",
    What.GIT_DONE: "git",
    What.HEAD: "git",
    What.ENDED: "stopped",
}
_GOOD = frozenset({What.ONLINE, What.WORKING, What.BACK, What.SETTLED, What.GUARD_LIFTED})


def local_time() -> datetime:
    """What the clock on the wall says here and now."""
    return datetime.now(UTC).astimezone()


class Voice:
    """Tells what happened, each thing at once.

    Args:
        settings: How to speak.
        log: A file that the same lines are added to; None for none.
        every: Seconds between two looks at the server; 0 where it is never looked at.
        clock: The time here and now.
    """

    def __init__(
        self,
        settings: Settings,
        log: Path | None,
        *,
        every: float,
        clock: Callable[[], datetime] = local_time,
    ) -> None:
        self._settings = settings
        self._log = log
        self._clock = clock
        self._lost_log = False
        self._status = StatusLine(every, clock) if settings.draws else None

    def tell(self, notice: Notice) -> None:
        """Tell one thing: on standard output, and in the log."""
        now = self._clock()
        text = line(notice, now)
        if self._settings.as_json:
            self._say(json_text(told(notice, now)))
        elif notice.what.is_wrong or not self._settings.quiet:
            self._say(f"{click.style(f'{now:%H:%M:%S}', dim=True)}  {text}")
        if self._status is not None and isinstance(notice.about, Done):
            self._status.note(f"{now:%H:%M:%S} {click.unstyle(text)}")
        self.note(notice)

    def note(self, notice: Notice) -> None:
        """Tell one thing in the log alone."""
        if self._log is not None:
            now = self._clock()
            self._write(f"{now:%Y-%m-%d %H:%M:%S}  {click.unstyle(line(notice, now))}\n")

    def show(self, standing: Standing) -> None:
        """Show how the watch stands, where there is a terminal."""
        if self._status is not None:
            self._status.show(standing)

    def close(self) -> None:
        """Leave the terminal as it was."""
        if self._status is not None:
            self._status.clear()

    def _say(self, text: str) -> None:
        if self._status is not None:
            self._status.clear()
        click.echo(text)
        sys.stdout.flush()
        if self._status is not None:
            self._status.draw()

    def _write(self, text: str) -> None:
        """Add a line to the log, which may have been moved away since the last one."""
        assert self._log is not None
        try:
            with self._log.open("a", encoding="utf-8", errors="backslashreplace") as file:
                file.write(text)
        except OSError as error:
            if not self._lost_log:
                self._lost_log, log, self._log = True, self._log, None
                why = f"{log} cannot be written: {reason(error)}; it goes on without"
                self.tell(Notice(What.LOG, why, f"ls -ld {log.parent}"))
                self._log = log
        else:
            self._lost_log = False


def line(notice: Notice, at: datetime) -> str:
    """One thing that happened then in one line, coloured."""
    if isinstance(notice.about, Done):
        return _changed(notice.about)
    word = _WORDS.get(notice.what, notice.what.value)
    colour = "green" if notice.what in _GOOD else "yellow" if notice.what.is_wrong else None
    hint = f"  next: {plain(notice.hint)}" if notice.hint else ""
    wait = notice.details.get("retry_in")
    again = at + timedelta(seconds=wait) if isinstance(wait, int | float) else None
    hint += f"  (again at {again:%H:%M:%S})" if again else ""
    return f"    {click.style(f'{word:<8}', fg=colour)}  {_said(notice)}{hint}"


def _changed(change: Done) -> str:
    """One change: direction, what, title, version."""
    past = f"{change.action}{'d' if change.action.endswith('e') else 'ed'}"
    word = click.style(f"{past:<8}", fg=COLOURS.get(change.action))
    name = titled(change.title) if change.title else plain(change.path or change.short_id)
    version = f"  v{change.version}" if change.version is not None else ""
    note = f"  [{plain(change.note)}]" if change.note else ""
    return f"{ARROWS[change.side]}  {word}  {name}{version}{note}"


def _said(notice: Notice) -> str:
    match notice.about:
        case OpenConflict() as conflict:
            where = plain(conflict.path) or f"{conflict.short_id} (page missing)"
            if notice.what is What.SETTLED:
                return f"{titled(conflict.title)}  {where}"
            regions = counted(conflict.regions, "region")
            by = f"version {conflict.remote_version} by {plain(conflict.remote_by)}"
            return f"{titled(conflict.title)}  {where} ({regions}; {by})"
        case (Problem() | Unreadable()) as found:
            return plain(sentence(located(found)))
        case _:
            return plain(sentence(notice.message))


def told(notice: Notice, at: datetime) -> dict[str, object]:
    """One thing as the JSON object for a program."""
    match notice.about:
        case Done() as change:
            fields: dict[str, object] = dataclasses.asdict(change)
        case OpenConflict() as conflict:
            fields = conflict_told(conflict, notice.hint)
        case (Problem() | Unreadable()) as found:
            fields = {"short_id": found.short_id, "path": found.path}
            fields |= {"error": sentence(found.error), "hint": found.hint}
        case _:
            fields = {"message": sentence(notice.message), "hint": notice.hint}
    head = {"type": "nbsync.watch", "schema": _SCHEMA, "at": at.isoformat(timespec="milliseconds")}
    return {**head, "event": notice.what.value, **fields, **notice.details}
