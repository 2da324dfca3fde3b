"""The list of notebooks: which rows, in which order, and the links to the other pages."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from nbsync.sandbox import errors
from nbsync.sandbox.dates import moment
from nbsync.sandbox.jsonb import dump
from nbsync.sandbox.people import USERS, User
from nbsync.sandbox.records import record, row

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nbsync.sandbox.database import Database
    from nbsync.sandbox.kinds import Kind

_DEFAULT_LIMIT = 100
_SQLITE_MAXIMUM = 2**63 - 1
_FIELDS = frozenset(
    [
        "id",
        "short_id",
        "title",
        "text_content",
        "version",
        "deleted",
        "visibility",
        "created_at",
        "created_by",
        "last_modified_at",
        "last_modified_by",
    ]
)


def page(db: Database, query: Mapping[str, str], url: str, viewer: User, kind: Kind) -> str:
    """Write one page of the list (transcripts/2026/51 to 58).

    Args:
        db: Where the notebooks are.
        query: The request's query.
        url: The request's address without its query, for the links.
        viewer: Who asks.
        kind: Which filters there are, and whether rows are whole records.

    Raises:
        ApiError: An order or filter the server chokes on (500), or refuses (400).
    """
    limit = _positive(query.get("limit", ""), strict=True) or _DEFAULT_LIMIT
    offset = _positive(query.get("offset", ""), strict=False) or 0
    where, values = _filters(query, viewer, kind)
    count, rows = db.page(
        where,
        values,
        _order(query.get("order", "")),
        window=(min(limit, _SQLITE_MAXIMUM), min(offset, _SQLITE_MAXIMUM)),
        full=kind.rows_with_content,
    )
    head = dump(
        {
            "count": count,
            "next": _link(url, query, limit, offset + limit) if offset + limit < count else None,
            "previous": _link(url, query, limit, offset - limit) if offset else None,
        }
    )
    shown = (
        record(each, long=kind.long_records) if kind.rows_with_content else row(each)
        for each in rows
    )
    return f'{head[:-1]},"results":[{",".join(shown)}]}}'


def _positive(text: str, *, strict: bool) -> int | None:
    try:
        number = int(text)
    except ValueError:
        return None
    return number if number > 0 or (number == 0 and not strict) else None


def _link(url: str, query: Mapping[str, str], limit: int, offset: int) -> str:
    given = {**query, "limit": str(limit)}
    given.pop("offset", None)
    if offset > 0:
        given["offset"] = str(offset)
    return f"{url}?{urlencode(sorted(given.items()))}"


def _order(order: str) -> str:
    if order == "?":
        return "random()"
    name = order.removeprefix("-") or "last_modified_at"
    if name not in _FIELDS:
        raise errors.server_error()
    descending = order.startswith("-") or not order
    # PostgreSQL takes NULL for the greatest value.
    return f"{name} DESC NULLS FIRST" if descending else f"{name} NULLS LAST"


def _filters(query: Mapping[str, str], viewer: User, kind: Kind) -> tuple[str, list[str | int]]:
    conditions = ["NOT deleted", "visibility <> 'internal'", "NOT forbidden"]
    values: list[str | int] = []

    def add(condition: str, *given: str | int) -> None:
        conditions.append(condition)
        values.extend(given)

    if query.get("short_id"):
        add("short_id = ?", query["short_id"])
    if "user" in query:  # any value means "mine", transcripts/2026/57-list-filters
        add("created_by = ?", viewer.id)
    for name in ("created_by", "last_modified_by") if kind.searches else ("created_by",):
        if query.get(name):
            add(f"{name} = ?", (_of_uuid if kind.searches else _of_number)(query[name]))
    for name, sign in (("date_from", ">"), ("date_to", "<")):
        if name in query:
            add(f"last_modified_at {sign} ?", moment(query[name], old=kind.old_dates))
    for word in _words(query.get("search", "")) if kind.searches else ():
        add("(instr(lower(title), lower(?)) OR instr(lower(text_content), lower(?)))", word, word)
    for pair in query.get("contains", "").replace(",", " ").split() if kind.searches else ():
        _contains(add, pair)
    return " AND ".join(conditions), values


def _contains(add: Callable[..., None], pair: str) -> None:
    """Have or have not a block of a kind at the top of a rich-text document.

    Without a value it means true; any other value is a block's id (transcripts/2026/57 and 66).
    """
    target, wanted = [*pair.split(":"), ""][:2]
    target = target.removesuffix("s")
    if not target:
        return
    block = "CASE block.type WHEN 'object' THEN json_extract(block.value, '$.type') END = ?"
    given = [f"ph-{target}"]
    if wanted not in {"", "true", "false"}:
        block += " AND json_extract(block.value, '$.attrs.id') = ?"
        given.append(wanted)
    blocks = f"SELECT 1 FROM json_each(content, '$.content') AS block WHERE {block}"  # noqa: S608
    found = f"CASE WHEN json_valid(content) THEN EXISTS ({blocks}) ELSE 0 END"
    add(f"NOT {found}" if wanted == "false" else found, *given)


def _words(search: str) -> list[str]:
    if "\0" in search:
        raise errors.server_error()
    return search.split()


def _of_number(text: str) -> int:
    if text not in {str(user.id) for user in USERS.values()}:
        raise errors.invalid(
            "Select a valid choice. That choice is not one of the available choices.",
            "created_by",
            "invalid_choice",
        )
    return int(text)


def _of_uuid(text: str) -> int:
    try:
        wanted = str(uuid.UUID(text))
    except ValueError as error:
        raise errors.server_error() from error
    return next((user.id for user in USERS.values() if user.uuid == wanted), 0)
