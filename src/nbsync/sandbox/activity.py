"""The activity log: what each write changed, with the whole content before and after."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from nbsync.sandbox import errors
from nbsync.sandbox.database import Entry
from nbsync.sandbox.jsonb import dump
from nbsync.sandbox.people import USERS, User
from nbsync.sandbox.records import iso

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nbsync.sandbox.database import Database
    from nbsync.sandbox.records import Notebook

_DEFAULT_LIMIT = 10
# These count as no value at all, transcripts/2026/68-activity-2026.
_NOTHING: tuple[Any, ...] = (None, "", {}, [])


def note(db: Database, before: Notebook | None, after: Notebook, user: User) -> None:
    """Log a write; one that changed nothing worth logging leaves no trace."""
    changes = None if before is None else _changes(before, after)
    if changes == []:
        return
    db.log(
        Entry(
            id=str(uuid.uuid4()),
            short_id=after.short_id,
            kind=_kind(before, after),
            name=after.title,
            changes=dump(changes),
            created_at=db.tick(),
            user=user.id,
        )
    )


def page(db: Database, short_id: str, query: Mapping[str, str], url: str) -> str:
    """Write one page of a notebook's activity, newest first (transcripts/2026/68-activity-2026).

    Args:
        db: Where the log is.
        short_id: Whose activity.
        query: The request's query: limit and page.
        url: The request's address without its query, for the links.

    Raises:
        ApiError: There is no such page (500, transcripts/2023/49-activity-paging).
    """
    try:
        limit, number = int(query.get("limit", _DEFAULT_LIMIT)), int(query.get("page", 1))
    except ValueError as error:
        raise errors.server_error() from error
    if limit < 1 or number < 1:
        raise errors.server_error()
    total, entries = db.entries(short_id, limit, (number - 1) * limit)
    if not entries and number > 1:
        raise errors.server_error()

    def link(to: int) -> str:
        return f"{url}?{urlencode({**query, 'page': to, 'limit': limit})}"

    return dump(
        {
            "results": [_line(entry) for entry in entries],
            "next": link(number + 1) if number * limit < total else None,
            "previous": link(number - 1) if number > 1 else None,
            "total_count": total,
        }
    )


def _line(entry: Entry) -> dict[str, Any]:
    user = USERS[entry.user]
    return {
        "id": entry.id,
        "user": {"first_name": user.first_name, "email": user.email},
        "activity": entry.kind,
        "scope": "Notebook",
        "item_id": entry.short_id,
        "detail": {
            "id": None,
            "changes": json.loads(entry.changes),
            "trigger": None,
            "name": entry.name,
            "short_id": entry.short_id,
            "type": None,
        },
        "created_at": iso(entry.created_at),
    }


def _kind(before: Notebook | None, after: Notebook) -> str:
    if before is None:
        return "created"
    if before.deleted != after.deleted:
        return "deleted" if after.deleted else "restored"
    return "updated"


def _changes(before: Notebook, after: Notebook) -> list[dict[str, Any]]:
    pairs = {
        "title": (before.title, after.title),
        "content": (json.loads(before.content), json.loads(after.content)),
        "deleted": (before.deleted, after.deleted),
        "version": (before.version, after.version),
    }
    changes = (_change(field, old, new) for field, (old, new) in pairs.items())
    return [change for change in changes if change is not None]


def _change(field: str, old: Any, new: Any) -> dict[str, Any] | None:
    had, has = old not in _NOTHING, new not in _NOTHING
    if old == new or not (had or has):
        return None
    action = "changed" if had and has else "created" if has else "deleted"
    return {
        "type": "Notebook",
        "action": action,
        "field": field,
        "before": old if had else None,
        "after": new if has else None,
    }
