"""list: every notebook that is known of, and how it stands, without asking the server."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any

import click

from nbsync.cli.columns import line, lined_up
from nbsync.cli.completing import notebooks as suggest
from nbsync.cli.mirror import Access, Opened, opened
from nbsync.cli.naming import relative, unknown
from nbsync.cli.options import Settings, common
from nbsync.cli.show import plain, show_json, show_next
from nbsync.cli.status import out_of_step, title_of
from nbsync.model import RemoteSnapshot
from nbsync.sync import Survey
from nbsync.sync.survey import look

_IN_STEP = "in step"
_UNREADABLE = "unreadable"
LABELS = {
    "edited": "edited here",
    "new": "new here",
    "created": "new there",
    "changed": "edited there",
    "both": "edited on both",
    "unknown": "not compared",
    "conflict": "conflict",
    "lost": "page lost",
    "missing": "page missing",
    "gone": "gone there",
    "orphan": "only here",
    "kept": "edited, outside",
}
"""What people are told of a state; those that are not here are told as they are."""
_COLOURS = {"conflict": "red", _UNREADABLE: "red"}
_NONE = "-"
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Row:
    """One notebook as it is listed.

    Attributes:
        short_id: Its id.
        path: Its page; None where there is none.
        title: Its title, as the page says, or else PostHog; "" for none.
        version: That of its base; None without one.
        state: How it stands, in one of the words of `status`, or "in step", or "unreadable".
        note: What else is to be said of that.
        modified_at: When it was last changed in PostHog, as far as is known; ISO 8601.
        by: Who changed it then.
        view_only: Whether the key's user may look at it and not change it, as far as was told.
    """

    short_id: str
    path: str | None
    title: str
    version: int | None
    state: str
    note: str
    modified_at: str | None
    by: str | None
    view_only: bool


_ORDERS: dict[str, Callable[[Row], Any]] = {
    "path": lambda row: row.path or "",
    "title": lambda row: row.title.casefold(),
    "when": lambda row: _LONG_AGO - (_moment(row.modified_at) or _LONG_AGO),
    "who": lambda row: (row.by or "").casefold(),
    "state": lambda row: row.state,
}


@click.command(name="list")
@click.argument("names", nargs=-1, metavar="[NOTEBOOK]...", shell_complete=suggest)
@click.option(
    "--sort",
    "order",
    type=click.Choice([*_ORDERS]),
    default="path",
    show_default=True,
    help="Order by this; `when` is the newest first.",
)
@common
def list_(settings: Settings, *, names: tuple[str, ...], order: str) -> int:
    r"""List the notebooks: how each stands, who changed it when.

    Asks the server nothing: PostHog is shown as it was last seen, and `nbsync status` looks at
    it again. A NOTEBOOK is a short_id, a path, a folder, a part of a title, or a pattern for
    paths and titles, as in '*weekly*'. Times are local.

    \b
    Examples:
      nbsync list
      nbsync list weekly drafts/
      nbsync list --sort when
      nbsync list --json
    """
    with opened(settings, online=False, access=Access.READ) as there:
        memory, survey = there.mirror.store.rows(), _look(there)
        rows = _rows(there, survey)
        if names:
            rows = _named(rows, names, there, settings)
    rows.sort(key=lambda row: (_ORDERS[order](row), row.path or "", row.short_id))
    newest = memory.cursor if memory is not None else ""
    if settings.as_json:
        show_json("list", notebooks=rows, newest=newest or None)
        return 0
    _show(rows)
    if settings.chats:
        _show_age(newest, asked=memory is not None, empty=not rows)
    return 0


def _rows(there: Opened, survey: Survey) -> list[Row]:
    """Every notebook that something is known of, in no order."""
    plan = survey.plan()
    apart = {each.short_id: (each.state, each.note) for each in out_of_step(survey, plan)}
    unread = {bad.short_id: bad for bad in (*survey.snapshot.unreadable, *plan.unreadable)}
    paths = {intent.short_id: intent.path for intent in survey.intents.values()}
    paths = {**paths, **{key: bad.path for key, bad in unread.items() if key and bad.path}}
    paths = {**paths, **survey.snapshot.paths}
    viewed = there.view_only
    gone = {key for key, (state, _) in apart.items() if state in {"lost", "missing"}}
    found = []
    for short_id in survey.bases.keys() | paths.keys() | apart.keys():
        info = survey.bases.get(short_id)
        state, note = apart.get(short_id, (_IN_STEP, ""))
        modified_at, by = _last_change(survey, short_id)
        row = Row(
            short_id=short_id,
            path=None if short_id in gone else paths.get(short_id),
            title=title_of(survey, short_id),
            version=info.version if info else None,
            state=_UNREADABLE if short_id in unread else state,
            note=note,
            modified_at=modified_at,
            by=by,
            view_only=short_id in viewed,
        )
        found.append(row)
    return found


def _look(there: Opened) -> Survey:
    """Both sides, PostHog's as its list last told it."""
    memory = there.mirror.store.rows()
    rows = None if memory is None else RemoteSnapshot(memory.rows, memory)
    return look(there.mirror, ask_list=rows is not None, ask_each=False, rows=rows)


def _last_change(survey: Survey, short_id: str) -> tuple[str | None, str | None]:
    """When a notebook was last changed in PostHog, and by whom, as far as is known."""
    listed = survey.rows.tokens.get(short_id) if survey.rows else None
    conflict, base = survey.conflicts.get(short_id), survey.bases.get(short_id)
    for known in (conflict.remote if conflict else None, base):
        if known is not None and listed in {None, known.token}:
            return _moment_in(known.token), known.by or None
    return (_moment_in(listed) if listed else None), None


def _moment_in(token: str) -> str:
    """The `last_modified_at` of a row of the list (`nbsync.model.row_token`)."""
    return token.partition(" ")[0]


def _named(
    rows: Iterable[Row], names: Sequence[str], there: Opened, settings: Settings
) -> list[Row]:
    """The rows that names mean, any number each.

    Raises:
        ConfigError: A name means none.
    """
    every, found = list(rows), set[Row]()
    for name in names:
        place = relative(name, there.root, settings)
        is_all = name and os.path.realpath(settings.start / name) == str(there.root)
        meant = {row for row in every if is_all or _means(name, place, row)}
        if not meant:
            raise unknown(name, there)
        found |= meant
    return list(found)


def _means(name: str, place: str, row: Row) -> bool:
    """Whether a name, a path from the mirror's root if it is one, means a notebook."""
    path, title, wanted = row.path or "", row.title.casefold(), name.casefold()
    if name == row.short_id or (name and wanted in title) or fnmatchcase(title, wanted):
        return True
    inside = path == place or path.startswith(f"{place}/")
    return bool(place and path) and (inside or fnmatchcase(path, place))


def _show(rows: Sequence[Row]) -> None:
    """Tell the rows, a line each, as wide as the terminal is where there is one."""
    room = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    for row, cells in zip(rows, lined_up(map(_cells, rows), room), strict=True):
        cells[1] = _coloured(cells[1], row.state)
        cells[-1] = click.style(cells[-1], bold=bool(row.title), dim=not row.title)
        click.echo(line(cells))


def _cells(row: Row) -> list[str]:
    """What is told of a notebook: the title last, since it may be long, or of any script."""
    state, title = LABELS.get(row.state, row.state), row.title or "untitled"
    state += ", view only" if row.view_only else ""
    told = (row.short_id, state, _local(row.modified_at), row.by or _NONE, row.path or _NONE, title)
    return list(map(plain, told))


def _coloured(cell: str, state: str) -> str:
    if state == _IN_STEP:
        return click.style(cell, dim=True)
    return click.style(cell, fg=_COLOURS.get(state, "yellow"))


def _show_age(newest: str, *, asked: bool, empty: bool) -> None:
    """Tell how old it is what is known of PostHog, on standard error."""
    if empty or not asked:
        what = "No notebooks here yet" if empty else "PostHog's list was not read here yet"
        click.echo(f"{what}.", err=True)
        show_next("nbsync pull")
        return
    known = f"; the newest change that is known: {_local(newest)}" if newest else ""
    click.echo(f"PostHog as it was last seen{known} (nbsync status looks again).", err=True)


def _local(at: str | None) -> str:
    """A time of the server's as the clock on the wall says it here; "-" for none."""
    moment = _moment(at)
    return _NONE if moment is None else f"{moment.astimezone():%Y-%m-%d %H:%M}"


def _moment(at: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(at or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


COMMANDS = {"list": list_}
