"""The index's SQLite file: read whole, written in part, made anew when in doubt."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from contextlib import closing, suppress
from pathlib import Path
from typing import TypeAlias

Tables: TypeAlias = dict[str, dict[str, str]]
"""By table, each key's value as JSON."""

TABLES = ("bases", "steps", "seen", "rows", "meta")

_VERSION = 1
_SCHEMA = """
CREATE TABLE entries (name TEXT, key TEXT, value TEXT NOT NULL, PRIMARY KEY (name, key))
WITHOUT ROWID
"""


def load(path: Path, *, read_only: bool) -> Tables:
    """All that the file holds; nothing where it is missing, broken or of another version.

    Args:
        path: The file.
        read_only: Whether nothing may be written, not even what an interrupted run left undone.
    """
    address = f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rw'}"
    tables: Tables = {table: {} for table in TABLES}
    try:
        with closing(sqlite3.connect(address, uri=True)) as connection:
            if _version(connection) == _VERSION:
                for table, key, value in connection.execute("SELECT * FROM entries"):
                    tables[str(table)][str(key)] = str(value)
    except (sqlite3.Error, UnicodeError, LookupError):
        return {table: {} for table in TABLES}
    return tables


def save(path: Path, tables: Tables, changed: Collection[tuple[str, str]]) -> None:
    """Write what changed, as a whole or not at all; a file that cannot be used is made anew.

    Args:
        path: The file.
        tables: All that it is to hold.
        changed: Which (table, key) pairs may differ from what it holds.
    """
    for _ in range(2):
        with suppress(sqlite3.Error, UnicodeError):
            with closing(sqlite3.connect(path, isolation_level=None)) as connection:
                _write(connection, tables, changed)
            return
        with suppress(OSError):
            path.unlink()


def _write(
    connection: sqlite3.Connection, tables: Tables, changed: Collection[tuple[str, str]]
) -> None:
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("BEGIN IMMEDIATE")
    if _version(connection) != _VERSION:
        changed = [(table, key) for table, rows in tables.items() for key in rows]
        connection.execute("DROP TABLE IF EXISTS entries")
        connection.execute(_SCHEMA)
        connection.execute(f"PRAGMA user_version = {_VERSION}")
    there = [(table, key) for table, key in changed if key in tables[table]]
    entries = [(table, key, tables[table][key]) for table, key in there]
    connection.executemany("DELETE FROM entries WHERE name = ? AND key = ?", changed)
    connection.executemany("INSERT INTO entries VALUES (?, ?, ?)", entries)
    connection.execute("COMMIT")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
