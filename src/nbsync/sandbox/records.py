"""A notebook as the server holds it, and the JSON that shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from nbsync.sandbox.jsonb import dump
from nbsync.sandbox.people import USERS

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Notebook:
    """One row: times in microseconds since 1970, people by number, content as jsonb keeps it.

    Attributes:
        access: What everybody may do with it: "viewer", "editor" or "manager"; not kept in files.
    """

    short_id: str
    id: str
    title: str | None
    content: str
    text_content: str | None
    version: int
    deleted: bool
    visibility: str
    forbidden: bool
    created_at: int
    created_by: int
    last_modified_at: int
    last_modified_by: int
    access: str = "manager"


def record(notebook: Notebook, content: str | None = None, *, long: bool = True) -> str:
    """Write the body of a GET, POST or PATCH (39-retrieve).

    Args:
        notebook: What is shown.
        content: JSON to show in place of what is kept: a write answers with what it was sent.
        long: Whether with all that servers of 2026 tell.
    """
    head = dump({"id": notebook.id, "short_id": notebook.short_id, "title": notebook.title})
    text = {"text_content": notebook.text_content} if long else {}
    access = {"user_access_level": notebook.access, "parent_resource": None} if long else {}
    state = {"version": notebook.version, "deleted": notebook.deleted}
    tail = dump({**text, **state, **_history(notebook, long=long), **access})
    return f'{head[:-1]},"content":{notebook.content if content is None else content},{tail[1:]}'


def row(notebook: Notebook) -> str:
    """Write one row of a list, which has no content (transcripts/2026/51-list-default)."""
    return dump(
        {
            "id": notebook.id,
            "short_id": notebook.short_id,
            "title": notebook.title,
            "deleted": notebook.deleted,
            **_history(notebook, long=True),
            "user_access_level": notebook.access,
        }
    )


def _history(notebook: Notebook, *, long: bool) -> dict[str, object]:
    return {
        "created_at": iso(notebook.created_at),
        "created_by": USERS[notebook.created_by].record(long=long),
        "last_modified_at": iso(notebook.last_modified_at),
        "last_modified_by": USERS[notebook.last_modified_by].record(long=long),
    }


def iso(micros: int) -> str:
    """Write a time; whole seconds have no fraction (transcripts/2026/45-timestamps)."""
    return (_EPOCH + micros * _MICROSECOND).isoformat().replace("+00:00", "Z")


def micros(text: str) -> int:
    """Read an ISO 8601 time; without an offset it is UTC, the sandbox project's time zone.

    Raises:
        ValueError: It is no such time.
    """
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        time = time.replace(tzinfo=UTC)
    return (time - _EPOCH) // _MICROSECOND
