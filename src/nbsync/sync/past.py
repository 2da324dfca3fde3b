"""A notebook's past as it is listed: what is known here, and what PostHog's log says."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from itertools import islice

from nbsync.errors import APIError, FormatError
from nbsync.model import Activity, Record
from nbsync.sync.older import numbers_of, older_of, records_here
from nbsync.sync.work import Mirror

_EARLIER = "earlier"
"""What is said of a version that is known only as what a later one replaced."""


class Where(StrEnum):
    """Where an older text can be had."""

    HERE = "here"
    THERE = "posthog"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that is known of a notebook's past.

    Attributes:
        version: The server's version that it led to; None where it led to none.
        key: What names a page's text that is no version; "" for all else.
        at: When it was, ISO 8601.
        by: Whose doing it was; "" where that is not known, or it was done here.
        title: The notebook's title then.
        what: What happened, in one word or two.
        where: Where the text can be had.
    """

    version: int | None
    key: str
    at: str
    by: str
    title: str | None
    what: str
    where: Where


@dataclass(frozen=True, slots=True)
class Past:
    """A notebook's past, the newest first.

    Attributes:
        entries: What is known.
        trouble: Why PostHog's log was not read, or not to the end; None if it was, or was not
            to be.
    """

    entries: tuple[Entry, ...]
    trouble: APIError | None = None


def look_back(mirror: Mirror, short_id: str, *, limit: int, ask: bool = True) -> Past:
    """Tell what is known of a notebook's past, the newest first.

    Args:
        mirror: The mirror.
        short_id: The notebook.
        limit: So many entries at most; no more are read of the server's log.
        ask: Whether the server is asked for its log.

    Returns:
        The entries; what the server would not tell is missing, and it says why.
    """
    here, there, trouble = _held(mirror, short_id), [], None
    if ask:
        base = mirror.store.base(short_id)
        told = mirror.remote.activity
        try:
            version = base.record.version if base else None
            for entry in _told(islice(told(short_id), limit), version):
                there.append(entry)  # noqa: PERF402 - what was read before an error counts
        except APIError as error:
            trouble = error
    return Past(tuple(_joined(here, there)[:limit]), trouble)


def _held(mirror: Mirror, short_id: str) -> list[Entry]:
    """What is kept here: each version once, and the page texts that are none of them."""
    entries: dict[int, Entry] = {}
    keys = set()
    for what, record in records_here(mirror, short_id):
        keys.add(record.notebook.key)
        title, by = record.notebook.title, _saved_by(record)
        entry = Entry(record.version, "", record.modified_at, by, title, what, Where.HERE)
        entries.setdefault(record.version, entry)
    texts = _texts(mirror, short_id, keys)
    return [*entries.values(), *texts]


def _saved_by(record: Record) -> str:
    who = record.fields.get("last_modified_by")
    return str(who.get("name") or who.get("email") or "") if isinstance(who, dict) else ""


def _texts(mirror: Mirror, short_id: str, versions: Collection[str]) -> Iterator[Entry]:
    """Page texts that say what no version said that is here."""
    for kept in mirror.store.kept(short_id):
        if kept.record is not None:
            continue
        try:
            said = older_of(mirror, short_id, kept).notebook
        except FormatError:
            said = None
        if said is None or said.key not in versions:
            title = said.title if said else None
            yield Entry(None, kept.key, kept.at, "", title, "page text", Where.HERE)


def _told(activities: Iterable[Activity], version: int | None) -> Iterator[Entry]:
    """The server's log as entries.

    Args:
        activities: The log, the newest first.
        version: The version that the notebook has now, as far as is known: going back through
            the log it becomes the one that the notebook was created with.
    """
    for activity in activities:
        numbers, own = numbers_of(activity), None
        if numbers is not None:
            version, own = numbers
        elif activity.action == "created":
            own = version
        at, title = activity.at, activity.title
        yield Entry(own, "", at, activity.by, title, _what(activity), Where.THERE)
        if numbers is not None:
            yield Entry(version, "", at, "", title, _EARLIER, Where.THERE)


def _what(activity: Activity) -> str:
    if activity.action == "updated" and activity.changes.keys() == {"title"}:
        return "renamed"
    return activity.action.replace("_", " ")


def _joined(here: Iterable[Entry], there: Iterable[Entry]) -> list[Entry]:
    """Both sides' entries in one list, the newest first, each version once."""
    found: dict[int, Entry] = {}
    rest: list[Entry] = []
    for entry in sorted((*here, *there), key=lambda entry: entry.what == _EARLIER):
        if entry.version is None:
            rest.append(entry)
        elif entry.version not in found:
            found[entry.version] = entry
        elif entry.where is Where.THERE and found[entry.version].where is Where.HERE:
            known = found[entry.version]
            replaced = known.what == "saved" and entry.what != _EARLIER
            what = entry.what if replaced else known.what
            found[entry.version] = replace(known, what=what, where=Where.BOTH)
    entries = [*found.values(), *rest]
    return sorted(entries, key=lambda entry: _moment(entry.at), reverse=True)


def _moment(at: str) -> datetime:
    """A time as one that can be compared; one that is none was long ago."""
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
