"""What the index holds, and the rows of the tables that it is kept in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from nbsync import files
from nbsync.model import BaseInfo, Seen, Step

Row: TypeAlias = tuple[Any, ...]

LARGEST = (1 << 63) - 1
"""The largest number that SQLite holds."""


@dataclass(frozen=True, slots=True)
class KnownBase:
    """A base file as it was last read, whose signature vouches for it."""

    short_id: str
    signature: files.Signature
    info: BaseInfo


@dataclass(slots=True)
class Remembered:
    """All that the index holds.

    Attributes:
        bases: Base files by name.
        steps: The pairs last seen in step, by short_id.
        seen: Files as the last scan saw them, by path.
        rows: Tokens of the server's list, by short_id.
        meta: JSON by what it tells: "list" (of the server's list as a whole), "verified" and
            "view_only".
    """

    bases: dict[str, KnownBase] = field(default_factory=dict)
    steps: dict[str, Step] = field(default_factory=dict)
    seen: dict[str, Seen] = field(default_factory=dict)
    rows: dict[str, str] = field(default_factory=dict)
    meta: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Table:
    """One part of the index in its file.

    Attributes:
        name: The attribute of `Remembered` that it holds.
        schema: What makes it; its first column is the key.
        read: What tells its rows, but for those with values of another type than is written.
        write: What sets one row.
        remove: What removes the row of a key.
        decode: A row as its key and value.
        encode: The row of a key and a value.
    """

    name: str
    schema: str
    read: str
    write: str
    remove: str
    decode: Callable[[Row], tuple[str, Any]]
    encode: Callable[[str, Any], Row]


def _base_in(row: Row) -> tuple[str, KnownBase]:
    name, short_id, mtime, size, inode, ctime, digest, token, version, title = row
    info = BaseInfo(digest, token, version, title)
    return name, KnownBase(short_id, (mtime, size, int(inode), ctime), info)


def _base_row(name: str, base: KnownBase) -> Row:
    info, signature = base.info, _numbers(base.signature)
    return (name, base.short_id, *signature, info.digest, info.token, info.version, info.title)


def _step_in(row: Row) -> tuple[str, Step]:
    short_id, page, base = row
    return short_id, Step(page, base)


def _step_row(short_id: str, step: Step) -> Row:
    return (short_id, step.page, step.base)


def _seen_in(row: Row) -> tuple[str, Seen]:
    path, mtime, size, inode, ctime, checked_ns, token, short_id = row
    return path, Seen((mtime, size, int(inode), ctime), checked_ns, token, short_id)


def _seen_row(path: str, seen: Seen) -> Row:
    return (path, *_numbers(seen.signature), seen.checked_ns, seen.token, seen.short_id)


def _listed_in(row: Row) -> tuple[str, str]:
    short_id, token = row
    return short_id, token.decode("utf-8", "surrogatepass")


def _listed_row(short_id: str, token: str) -> Row:
    # A server may send a title with half a character in it, which no text of SQLite's holds.
    return (short_id, token.encode("utf-8", "surrogatepass"))


def _numbers(signature: files.Signature) -> Row:
    """A signature; on some file systems inodes are beyond SQLite's numbers, so those are text."""
    mtime, size, inode, ctime = signature
    return (mtime, size, str(inode) if inode > LARGEST else inode, ctime)


TABLES = (
    Table(
        "bases",
        "CREATE TABLE bases (name TEXT PRIMARY KEY, short_id, mtime, size, inode, ctime, digest, "
        "token, version, title)",
        "SELECT * FROM bases WHERE typeof(name) = 'text' AND typeof(short_id) = 'text' "
        "AND typeof(mtime) = 'integer' AND typeof(size) = 'integer' "
        "AND typeof(inode) IN ('integer', 'text') AND typeof(ctime) = 'integer' "
        "AND typeof(digest) = 'text' AND typeof(token) = 'text' "
        "AND typeof(version) = 'integer' AND typeof(title) IN ('text', 'null')",
        "INSERT OR REPLACE INTO bases VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        "DELETE FROM bases WHERE name = ?",
        _base_in,
        _base_row,
    ),
    Table(
        "steps",
        "CREATE TABLE steps (short_id TEXT PRIMARY KEY, page, base)",
        "SELECT * FROM steps WHERE typeof(short_id) = 'text' AND typeof(page) = 'text' "
        "AND typeof(base) = 'text'",
        "INSERT OR REPLACE INTO steps VALUES (?, ?, ?)",
        "DELETE FROM steps WHERE short_id = ?",
        _step_in,
        _step_row,
    ),
    Table(
        "seen",
        "CREATE TABLE seen (path TEXT PRIMARY KEY, mtime, size, inode, ctime, checked_ns, token, "
        "short_id)",
        "SELECT * FROM seen WHERE typeof(path) = 'text' AND typeof(mtime) = 'integer' "
        "AND typeof(size) = 'integer' AND typeof(inode) IN ('integer', 'text') "
        "AND typeof(ctime) = 'integer' AND typeof(checked_ns) = 'integer' "
        "AND typeof(token) = 'text' AND typeof(short_id) IN ('text', 'null')",
        "INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        "DELETE FROM seen WHERE path = ?",
        _seen_in,
        _seen_row,
    ),
    Table(
        "rows",
        "CREATE TABLE rows (short_id TEXT PRIMARY KEY, token)",
        "SELECT * FROM rows WHERE typeof(short_id) = 'text' AND typeof(token) = 'blob'",
        "INSERT OR REPLACE INTO rows VALUES (?, ?)",
        "DELETE FROM rows WHERE short_id = ?",
        _listed_in,
        _listed_row,
    ),
    Table(
        "meta",
        "CREATE TABLE meta (name TEXT PRIMARY KEY, value)",
        "SELECT * FROM meta WHERE typeof(name) = 'text' AND typeof(value) = 'text'",
        "INSERT OR REPLACE INTO meta VALUES (?, ?)",
        "DELETE FROM meta WHERE name = ?",
        lambda row: (row[0], row[1]),
        lambda name, value: (name, value),
    ),
)
"""Every table of the index's file."""
