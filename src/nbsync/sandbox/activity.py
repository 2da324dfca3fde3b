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
    from nbsync.sandbox.kinds import Kind
    from nbsync.sandbox.records import Notebook

_DEFAULT_LIMIT = 10
# What counts as no value at all: transcripts/2026/68-activity-2026. In 2023 only null did.
_NOTHING: tuple[Any, ...] = (None, "", {}, [])
_OLD_NOTHING: tuple[Any, ...] = (None,)


def note(db: Database, before: Notebook | None, after: Notebook, user: User, kind: Kind) -> None:
    """Log a write; one that changed nothing worth logging leaves no trace."""
    nothing = _NOTHING if kind.activity_of_one else _OLD_NOTHING
    changes = None if before is None else _changes(before, after, nothing)
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


def page(db: Database, short_id: str | None, query: Mapping[str, str], url: str) -> str:
    """Write one page of activity, newest first (68-activity-2026, transcripts/2023/48-activity).

    Args:
        db: Where the log is.
        short_id: The notebook's; None for the whole project's, as servers of 2023 show it.
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
            "results": [_line(each) if short_id else _old_line(db, each) for each in entries],
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


def _old_line(db: Database, entry: Entry) -> dict[str, Any]:
    """In 2023 lines had no id, items were named by uuid, and deleting was updating."""
    line = _line(entry)
    notebook = db.find(entry.short_id)
    del line["id"], line["detail"]["id"]
    assert notebook is not None  # what is purged takes its lines along
    line["item_id"] = notebook.id
    if entry.kind in ("deleted", "restored"):
        line["activity"] = "updated"
    return line


def _kind(before: Notebook | None, after: Notebook) -> str:
    if before is None:
        return "created"
    if before.deleted != after.deleted:
        return "deleted" if after.deleted else "restored"
    return "updated"


def _changes(before: Notebook, after: Notebook, nothing: tuple[Any, ...]) -> list[dict[str, Any]]:
    pairs = {
        "title": (before.title, after.title),
        "content": (json.loads(before.content), json.loads(after.content)),
        "deleted": (before.deleted, after.deleted),
        "version": (before.version, after.version),
    }
    changes = (_change(field, old, new, nothing) for field, (old, new) in pairs.items())
    return [change for change in changes if change is not None]


def _change(field: str, old: Any, new: Any, nothing: tuple[Any, ...]) -> dict[str, Any] | None:
    had, has = old not in nothing, new not in nothing
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
