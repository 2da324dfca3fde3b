"""What the server's log says of a notebook, read no further than it is wanted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from nbsync.api.client import Client
from nbsync.model import Activity, Json
from nbsync.remote.listing import moment

_PAGE = 5
"""Entries: each holds the notebook's content before and after (observed.md 15)."""


def read_log(client: Client, short_id: str) -> Iterator[Activity]:
    """Read what was done to a notebook, newest first; a page is asked for when it is reached.

    Entries that are added meanwhile shift the others to later pages: what is newer than what was
    told, or was told, is passed over. So are entries of another shape than is known.

    Args:
        client: Whom to ask.
        short_id: The notebook.

    Raises:
        AuthError: The key may not read it; it needs the scope activity_log:read.
        NotFound: The notebook is deleted, or the server is too old to show this.
        APIError: It could not be read.
    """
    told: set[str] = set()
    last: datetime | None = None
    page, more = 0, True
    while more:
        page += 1
        read = client.activity(short_id, page=page, limit=_PAGE)
        more = read.more
        for entry in read.entries:
            found = _activity(entry)
            if found is None:
                continue
            known, at = str(entry.get("id", "")), moment(found.at)
            if known not in told and not (at and last and at > last):
                told.update({known} - {""})
                last = at or last
                yield found


def _activity(entry: Mapping[str, Json]) -> Activity | None:
    """One entry; None where it does not say what was done, and when (transcripts/2026/48, 68)."""
    at, action, detail = entry.get("created_at"), entry.get("activity"), entry.get("detail")
    if not isinstance(at, str) or not isinstance(action, str):
        return None
    detail = detail if isinstance(detail, dict) else {}
    title = detail.get("name")
    return Activity(
        at=at,
        by=_person(entry.get("user")),
        action=action,
        title=title if isinstance(title, str) else None,
        changes=_changes(detail.get("changes")),
    )


def _person(user: Json) -> str:
    """A name, or else an address; the system itself is a user named so (contract section 6)."""
    if not isinstance(user, dict):
        return ""
    names = [user.get(part) for part in ("first_name", "last_name")]
    name = " ".join(each for each in names if isinstance(each, str) and each)
    address = user.get("email")
    return name or (address if isinstance(address, str) else "")


def _changes(changes: Json) -> dict[str, tuple[Json, Json]]:
    """The fields that changed; none are told of the entry of a creation."""
    found: dict[str, tuple[Json, Json]] = {}
    for change in changes if isinstance(changes, list) else ():
        field = change.get("field") if isinstance(change, dict) else None
        if isinstance(change, dict) and isinstance(field, str):
            found[field] = (change.get("before"), change.get("after"))
    return found
