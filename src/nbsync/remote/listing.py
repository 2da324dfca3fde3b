"""Reading the notebooks list: as far as is needed, and without missing a row."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from types import MappingProxyType
from typing import Any

from nbsync.api.client import Client, Listing
from nbsync.errors import Unavailable
from nbsync.model import Json, Record, RemoteMemory, record_of, row_token

PAGE = 1000
"""Rows of one request, where more than the head is wanted."""

MOST = 100_000
"""Rows of a list that has no end: the largest projects known have ten thousand notebooks."""

_HEAD = 100
_CRAWLS = 3
_LARGEST = 2**63 - 1
_ALL: Mapping[str, str] = MappingProxyType({})
_Ask = Callable[..., Listing]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the list: what it tells of one notebook.

    Attributes:
        short_id: The notebook's id, as the server wrote it.
        token: Its row token.
        at: When it was modified.
        modified_at: The same as the server wrote it.
        fields: All of the row.
    """

    short_id: str
    token: str
    at: datetime
    modified_at: str
    fields: Mapping[str, Json] = field(repr=False)


@dataclass(slots=True)
class _Seen:
    """The rows of one reading of the list, by id, and what was said beside them.

    Attributes:
        rows: The rows, the newer one where there were two of one notebook.
        counts: The server's count, with each page.
        cursor: When the first row of the first page was modified.
        whole: Whether the list was read to its end, or there is no end to it.
    """

    rows: dict[str, Row] = field(default_factory=dict)
    counts: list[int] = field(default_factory=list)
    cursor: str = ""
    whole: bool = False

    def take(self, page: Listing) -> tuple[Row, ...]:
        """Take a page in, and answer its rows."""
        rows = tuple(_rows(page))
        if not self.counts:
            self.cursor = rows[0].modified_at if rows else ""
        self.counts.append(page.count)
        known = len(self.rows)
        self.add(rows)
        # A page without anything new would be followed by more of its kind.
        self.whole = not page.more or len(self.rows) == known
        # While it is read, notebooks may go, and the count with them; no more than a page of them.
        if not self.whole and len(self.rows) > min(max(self.counts) + PAGE, MOST):
            raise Unavailable(
                f"The list of notebooks has no end: the server counts {page.count} and has sent"
                f" {len(self.rows)}, and more to come.",
                hint="check `host` in nbsync.toml, and whether a proxy stands in between",
            )
        return rows

    def add(self, rows: Iterable[Row]) -> None:
        """Take rows in."""
        for row in rows:
            known = self.rows.get(row.short_id)
            if known is None or row.at >= known.at:
                self.rows[row.short_id] = row

    def adds_up(self, number: int) -> bool:
        """Whether so many notebooks are what the server counted, from first to last."""
        return set(self.counts) == {number}


def read(
    client: Client, memory: RemoteMemory | None, query: Mapping[str, str] = _ALL
) -> tuple[RemoteMemory, Mapping[str, Row]]:
    """Read the list as far as is needed to know every notebook's token.

    The walk goes from the last modified notebook down to what memory knows. Offsets shift while
    others edit (observed.md 11): a row that an edit lifts over the walk is newer than the cursor,
    so the next walk meets it; a row that a deletion lets slip past changes the count, and
    where counts do not add up the whole list is crawled in the order of creation.

    Args:
        client: Whom to ask.
        memory: What this returned the last time, for the same query; None to read it all.
        query: What the server is to select by, as parameters of its list.

    Returns:
        What to remember, ids that cannot be used among its rows; and the rows read just now.

    Raises:
        APIError: The list could not be read to its end.
    """
    ask: _Ask = partial(client.list, **dict[str, Any](query))
    known: dict[str, str] = {}
    unlisted: frozenset[str] = frozenset()
    if memory is None:
        walked = _walk(ask, None, PAGE)
    else:
        walked = _walk(ask, moment(memory.cursor), _HEAD)
        unlisted = memory.unlisted
        if not walked.whole:
            known = {each: token for each, token in memory.rows.items() if each not in unlisted}
    rows, count = {**known, **_tokens(walked)}, walked.counts[-1]
    if not walked.adds_up(len(rows)) or (known and _sank(walked.cursor, memory)):
        crawled = _crawl(ask, walked)
        rows, count = _tokens(crawled), crawled.counts[-1]
        walked.cursor = crawled.cursor
        walked.add(crawled.rows.values())
    whole = any("content" in row.fields for row in walked.rows.values())
    memory = RemoteMemory(rows, walked.cursor, count, unlisted - rows.keys(), whole)
    return memory, walked.rows


def _sank(first: str, memory: RemoteMemory | None) -> bool:
    """Whether the list begins with an older row than it once did: a server put back in time.

    Rows that were put back lie below the cursor, where no walk would meet them.
    """
    now, then = moment(first), moment(memory.cursor) if memory else None
    return now is not None and then is not None and now < then


def _walk(ask: _Ask, since: datetime | None, limit: int) -> _Seen:
    """Read down from the head until rows are older than a moment; to the end without one."""
    seen, offset = _Seen(), 0
    while True:
        rows = seen.take(ask(limit=limit, offset=offset))
        # One page of rows that memory knows is no reason to stop: they may be our own writes,
        # with somebody else's edit beneath them.
        if seen.whole or (since is not None and any(row.at < since for row in rows)):
            return seen
        offset, limit = offset + len(rows), PAGE


def _crawl(ask: _Ask, walked: _Seen) -> _Seen:
    """Read the whole list; where it never adds up, take all that was seen and start anew next time.

    Edits do not change the order of creation, but deletions shift what comes after them, and a
    creation can hide them in the count: so each page begins with the last row of the one before.
    """
    every = _Seen(cursor=walked.cursor)
    every.add(walked.rows.values())
    for _ in range(_CRAWLS):
        seen, shifted = _crawl_once(ask)
        every.add(seen.rows.values())
        every.counts = seen.counts
        if not shifted and seen.adds_up(len(seen.rows)):
            every.rows = {each: every.rows[each] for each in seen.rows}
            return every
    every.cursor = ""
    return every


def _crawl_once(ask: _Ask) -> tuple[_Seen, bool]:
    """Read every page once; and whether rows shifted meanwhile."""
    seen = _Seen()
    rows = seen.take(ask(limit=PAGE, offset=0, order="created_at"))
    offset, shifted = len(rows), False
    while not seen.whole:
        last = rows[-1].short_id
        rows = seen.take(ask(limit=PAGE + 1, offset=offset - 1, order="created_at"))
        shifted = shifted or not rows or rows[0].short_id != last
        offset += len(rows) - 1
    return seen, shifted


def _rows(page: Listing) -> Iterator[Row]:
    for fields in page.rows:
        short_id, title = str(fields["short_id"]), fields["title"]
        modified_at = str(fields["last_modified_at"])
        at = moment(modified_at)
        if at is None:
            raise Unavailable(
                f"The list tells no time for {short_id[:40]!r}, but {modified_at[:40]!r}.",
                hint="nbsync status -v",
            )
        token = row_token(modified_at, None if title is None else str(title))
        yield Row(short_id, token, at, modified_at, fields)


def _tokens(seen: _Seen) -> dict[str, str]:
    return {short_id: row.token for short_id, row in seen.rows.items()}


def record_in(answer: Json) -> Record:
    """The record in an answer, if it can be kept: its version is a number that databases count.

    Raises:
        ValueError: There is none.
    """
    record = record_of(answer)
    if isinstance(record.version, bool) or not 0 <= record.version <= _LARGEST:
        raise ValueError("a version that is none")
    beside = {name: value for name, value in record.fields.items() if name != "content"}
    try:
        json.dumps(beside, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # that of the content is seen where it becomes a page
        raise ValueError("it holds half a character") from None
    return record


def whole_records(
    remembered: RemoteMemory, rows: Mapping[str, Row]
) -> Iterator[tuple[str, Record]]:
    """The records of rows that have everything (2023 servers, observed.md)."""
    for short_id, row in rows.items():
        if "content" in row.fields and "version" in row.fields:
            with suppress(ValueError):
                record = record_in(dict(row.fields))
                if remembered.rows.get(short_id) == record.token:
                    yield short_id, record


def moment(text: str) -> datetime | None:
    """Read a timestamp, None if it is none; a fraction of zero is left out (observed.md 12)."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
