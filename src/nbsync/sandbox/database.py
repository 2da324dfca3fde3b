"""The SQLite tables that hold notebooks and their activity, and the clock that stamps them."""

from __future__ import annotations

import sqlite3
import threading
import time
from dataclasses import astuple, dataclass, fields, replace
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from nbsync.sandbox.records import Notebook

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

_SCHEMA = """
CREATE TABLE IF NOT EXISTS notebooks (
  short_id TEXT PRIMARY KEY, id TEXT NOT NULL, title TEXT, content TEXT NOT NULL,
  text_content TEXT, version INTEGER NOT NULL, deleted INTEGER NOT NULL,
  visibility TEXT NOT NULL, forbidden INTEGER NOT NULL,
  created_at INTEGER NOT NULL, created_by INTEGER NOT NULL,
  last_modified_at INTEGER NOT NULL, last_modified_by INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS notebooks_modified ON notebooks (last_modified_at);
CREATE INDEX IF NOT EXISTS notebooks_created ON notebooks (created_at);
CREATE INDEX IF NOT EXISTS notebooks_listed ON notebooks (deleted, visibility, forbidden);
CREATE TABLE IF NOT EXISTS activity (
  n INTEGER PRIMARY KEY, id TEXT NOT NULL, short_id TEXT NOT NULL, kind TEXT NOT NULL,
  name TEXT, changes TEXT NOT NULL, created_at INTEGER NOT NULL, user INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS activity_of ON activity (short_id);
"""
_COLUMNS = tuple(field.name for field in fields(Notebook) if field.name != "access")
_ALL = ", ".join(_COLUMNS)
_LIGHT = _ALL.replace(" content, text_content", " 'null', NULL")
_values = attrgetter(*_COLUMNS)
_MARKS = ", ".join("?" * len(_COLUMNS))


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the activity log; `changes` is JSON."""

    id: str
    short_id: str
    kind: str
    name: str | None
    changes: str
    created_at: int
    user: int


class Database:
    """One connection, used by one thread at a time.

    Callers that read and then write what they read hold `lock` meanwhile.

    Attributes:
        access: What everybody may do with a notebook, by short_id; "manager" where it says nothing.
    """

    def __init__(self, path: str) -> None:
        self.access: dict[str, str] = {}
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        # A sandbox need not survive a power cut, only the end of its process.
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.executescript(_SCHEMA)
        (latest,) = self._one(
            "SELECT max(last_modified_at, created_at) FROM notebooks ORDER BY 1 DESC LIMIT 1"
        ) or (0,)
        self._latest = int(latest)

    @property
    def lock(self) -> AbstractContextManager[bool]:
        """Held over everything that must not be interrupted by another writer."""
        return self._lock

    def close(self) -> None:
        """Close the connection; a file keeps what it has."""
        with self._lock:
            self._connection.close()

    def tick(self) -> int:
        """Give the time in microseconds, later than every time given before."""
        with self._lock:
            self._latest = max(time.time_ns() // 1000, self._latest + 1)
            return self._latest

    def find(self, short_id: str) -> Notebook | None:
        """Find a notebook, deleted or not."""
        found = self._one(f"SELECT {_ALL} FROM notebooks WHERE short_id = ?", short_id)  # noqa: S608
        return None if found is None else self._notebook(found)

    def save(self, notebook: Notebook) -> None:
        """Store a notebook in place of whatever has its short_id."""
        with self._lock:
            self._connection.execute(
                f"INSERT OR REPLACE INTO notebooks ({_ALL}) VALUES ({_MARKS})",  # noqa: S608
                _values(notebook),
            )

    def remove(self, short_id: str) -> None:
        """Drop a notebook and its activity for good."""
        with self._lock:
            self._connection.execute("DELETE FROM notebooks WHERE short_id = ?", (short_id,))
            self._connection.execute("DELETE FROM activity WHERE short_id = ?", (short_id,))

    def clear(self) -> None:
        """Drop everything."""
        with self._lock:
            self._connection.executescript("DELETE FROM notebooks; DELETE FROM activity;")
            self.access.clear()

    def page(
        self, where: str, values: Sequence[Any], order: str, *, window: tuple[int, int], full: bool
    ) -> tuple[int, list[Notebook]]:
        """Count the notebooks that match, and read some of them.

        Args:
            where: A condition in SQL.
            values: What stands for its question marks.
            order: An ORDER BY clause.
            window: Limit and offset.
            full: Whether the content is read too.
        """
        columns = _ALL if full else _LIGHT
        with self._lock:
            found = self._one(f"SELECT count(*) FROM notebooks WHERE {where}", *values)  # noqa: S608
            rows = self._many(
                f"SELECT {columns} FROM notebooks WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?",  # noqa: S608
                *values,
                *window,
            )
            return int((found or (0,))[0]), [self._notebook(row) for row in rows]

    def log(self, entry: Entry) -> None:
        """Add a line to the activity log."""
        with self._lock:
            self._connection.execute(
                "INSERT INTO activity (id, short_id, kind, name, changes, created_at, user)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                astuple(entry),
            )

    def entries(self, short_id: str | None, limit: int, offset: int) -> tuple[int, list[Entry]]:
        """Count a notebook's activity, or everybody's, and read some of it, newest first."""
        which, values = ("short_id = ?", (short_id,)) if short_id is not None else ("1", ())
        with self._lock:
            found = self._one(f"SELECT count(*) FROM activity WHERE {which}", *values)  # noqa: S608
            rows = self._many(
                "SELECT id, short_id, kind, name, changes, created_at, user FROM activity"  # noqa: S608
                f" WHERE {which} ORDER BY n DESC LIMIT ? OFFSET ?",
                *values,
                limit,
                offset,
            )
            return int((found or (0,))[0]), [Entry(*row) for row in rows]

    def _notebook(self, row: tuple[Any, ...]) -> Notebook:
        found = _notebook(row)
        access = self.access.get(found.short_id)
        return found if access is None else replace(found, access=access)

    def _one(self, query: str, *values: Any) -> tuple[Any, ...] | None:
        rows = self._many(query, *values)
        return rows[0] if rows else None

    def _many(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._connection.execute(query, values).fetchall()


def _notebook(row: tuple[Any, ...]) -> Notebook:
    short_id, key, title, content, text, version, deleted, visibility, forbidden, *times = row
    return Notebook(
        short_id, key, title, content, text, version, bool(deleted), visibility, bool(forbidden),
        *times,
    )  # fmt: skip
