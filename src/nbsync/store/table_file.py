"""The index's SQLite file: read whole, written in part, made anew when in doubt."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path

from nbsync.store.remembered import LARGEST, TABLES, Remembered, Row

_VERSION = 3
# What ends a journal that names another one, which SQLite removes (its file format, section 3.1).
_NAMES_ANOTHER = bytes.fromhex("d9d505f920a163d7")
# So few rows that one lot's memory does for the next.
_AT_A_TIME = 200
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
        with opened(path, read_only=read_only) as connection:
            for table in TABLES:
                told = getattr(found, table.name)
                rows = connection.execute(table.read)
                for some in iter(partial(rows.fetchmany, _AT_A_TIME), []):
                    told.update(table.read_in(some))
            counted = connection.execute("SELECT count(*) FROM rows").fetchone()[0]
    except (sqlite3.Error, ValueError):
        return Remembered(), ""
    if counted != len(found.rows):  # half a list is none
        found.meta.pop("list", None)
    return found, found.meta.pop(_STAMP, "")


def stamp_of(path: Path, *, read_only: bool) -> str:
    """The stamp of the file as it is now; "" where it is missing, broken or older."""
    with suppress(sqlite3.Error, ValueError), opened(path, read_only=read_only) as connection:
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
        with suppress(sqlite3.Error, ValueError):
            _refuse_foreign_journal(path)
            with closing(sqlite3.connect(path, isolation_level=None)) as connection:
                _write(connection, remembered, changed, stamp)
            return stamp
        for place in (path, _journal(path)):
            with suppress(OSError):
                place.unlink()
    return ""


@contextmanager
def opened(path: Path, *, read_only: bool, patience: float = 5.0) -> Iterator[sqlite3.Connection]:
    """The file as it is at one moment, whoever writes it meanwhile.

    Args:
        path: The file.
        read_only: Whether nothing may be written, not even what an interrupted run left undone.
        patience: How many seconds to wait for who writes it.

    Raises:
        sqlite3.Error: It cannot be read.
        ValueError: It is of another version, or not what is written here.
    """
    _refuse_foreign_journal(path)
    address = f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rw'}"
    with closing(
        sqlite3.connect(address, uri=True, isolation_level=None, timeout=patience)
    ) as connection:
        connection.execute("BEGIN")
        if _version(connection) != _VERSION or not _is_ours(connection):
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
    if version not in (0, _VERSION) or not (version == 0 or _is_ours(connection)):
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


def _is_ours(connection: sqlite3.Connection) -> bool:
    """Whether the file has the tables that are written here, and nothing besides.

    The index may come with a clone: a view or a trigger in it could go on without end.
    """
    found = connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    return {str(sql) for (sql,) in found} == {table.schema for table in TABLES}


def _journal(path: Path) -> Path:
    return path.with_name(f"{path.name}-journal")


def _refuse_foreign_journal(path: Path) -> None:
    """Let SQLite play back no journal but one of a change to this file alone.

    One that names another journal has that one removed, whatever file it is: a clone could
    choose which. What is written here never spans two files.

    Raises:
        ValueError: There is one that does.
    """
    try:
        with _journal(path).open("rb") as file:
            file.seek(-len(_NAMES_ANOTHER), os.SEEK_END)
            foreign = file.read() == _NAMES_ANOTHER
    except OSError:  # there is none, or hardly any
        return
    if foreign:
        raise ValueError("its journal names another one")


def _fits(row: Row) -> bool:
    """Whether SQLite can hold a row's numbers; what it cannot is read again every time."""
    return all(abs(each) <= LARGEST for each in row if isinstance(each, int))


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
