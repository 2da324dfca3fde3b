"""The index's SQLite file: read whole, written in part, made anew when in doubt."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from nbsync.store.remembered import LARGEST, TABLES, Remembered, Row

_VERSION = 2
_STAMP = "written"
"""The key in `meta` of what tells one writing of the file from every other."""


def load(path: Path, *, read_only: bool) -> tuple[Remembered, str]:
    """All that the file holds, and its stamp; nothing where it is missing, broken or older.

    Args:
        path: The file.
        read_only: Whether nothing may be written, not even what an interrupted run left undone.
    """
    found = Remembered()
    try:
        with _opened(path, read_only=read_only) as connection:
            for table in TABLES:
                rows = connection.execute(table.read).fetchall()
                setattr(found, table.name, dict(map(table.decode, rows)))
            counted = connection.execute("SELECT count(*) FROM rows").fetchone()[0]
    except (sqlite3.Error, ValueError):
        return Remembered(), ""
    if counted != len(found.rows):  # half a list is none
        found.meta.pop("list", None)
    return found, found.meta.pop(_STAMP, "")


def stamp_of(path: Path, *, read_only: bool) -> str:
    """The stamp of the file as it is now; "" where it is missing, broken or older."""
    with suppress(sqlite3.Error, ValueError), _opened(path, read_only=read_only) as connection:
        query = "SELECT value FROM meta WHERE name = ?"
        for row in connection.execute(query, (_STAMP,)):
            return str(row[0])
    return ""


def save(path: Path, remembered: Remembered, changed: Mapping[str, set[str]]) -> str:
    """Write what changed, as a whole or not at all; a file that cannot be used is made anew.

    Args:
        path: The file.
        remembered: All that it is to hold.
        changed: By table, the keys whose values may differ from what it holds.

    Returns:
        Its new stamp; "" where it could not be written.
    """
    stamp = os.urandom(16).hex()
    for _ in range(2):
        with suppress(sqlite3.Error, UnicodeError):
            with closing(sqlite3.connect(path, isolation_level=None)) as connection:
                _write(connection, remembered, changed, stamp)
            return stamp
        with suppress(OSError):
            path.unlink()
    return ""


@contextmanager
def _opened(path: Path, *, read_only: bool) -> Iterator[sqlite3.Connection]:
    """The file as it is at one moment, whoever writes it meanwhile.

    Raises:
        sqlite3.Error: It cannot be read.
        ValueError: It is of another version.
    """
    address = f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rw'}"
    with closing(sqlite3.connect(address, uri=True, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        if _version(connection) != _VERSION:
            raise ValueError(_VERSION)
        yield connection


def _write(
    connection: sqlite3.Connection,
    remembered: Remembered,
    changed: Mapping[str, set[str]],
    stamp: str,
) -> None:
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("BEGIN IMMEDIATE")
    version = _version(connection)
    if version not in (0, _VERSION):
        raise sqlite3.DatabaseError("of another version")
    for table in TABLES:
        values = getattr(remembered, table.name)
        if version == 0:
            connection.execute(table.schema)
        keys = set(values) if version == 0 else changed.get(table.name, set())
        gone = keys - values.keys()
        connection.executemany(table.remove, ((key,) for key in gone))
        rows = (table.encode(key, values[key]) for key in sorted(keys - gone))
        connection.executemany(table.write, (row for row in rows if _fits(row)))
    connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_STAMP, stamp))
    connection.execute(f"PRAGMA user_version = {_VERSION}")
    connection.execute("COMMIT")


def _fits(row: Row) -> bool:
    """Whether SQLite can hold a row's numbers; what it cannot is read again every time."""
    return all(abs(each) <= LARGEST for each in row if isinstance(each, int))


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
