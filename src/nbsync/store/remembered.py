"""What the index holds, and the rows of the tables that it is kept in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple, TypeAlias, TypeVar

from nbsync import files
from nbsync.model import BaseInfo, Seen, Step

Row: TypeAlias = tuple[Any, ...]
Columns: TypeAlias = Sequence[Row]
"""The values of all rows, column by column."""

LARGEST = (1 << 63) - 1
"""The largest number that SQLite holds."""


UNCHECKED: files.Signature = (0, 0, 0, 0)
"""The signature of no file: of one that was written or read too short a time after it changed."""


class KnownBase(NamedTuple):
    """A base file as it was last read or written, and a signature that vouches for it."""

    short_id: str
    signature: files.Signature
    info: BaseInfo


_Named = TypeVar("_Named", KnownBase, BaseInfo, Step, Seen)


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


class Table(NamedTuple):
    """One part of the index in its file.

    Attributes:
        name: The attribute of `Remembered` that it holds.
        columns: What each is called and which types of values it has; the first is the key.
        decode: What the columns' values are as keys and values. The index may have come with a
            clone, so they are looked at before, but by the column: rows there are many.
        encode: The row of a key and a value.
    """

    name: str
    columns: Mapping[str, frozenset[type]]
    decode: Callable[[Columns], dict[str, Any]]
    encode: Callable[[str, Any], Row]

    @property
    def schema(self) -> str:
        """What makes it."""
        key, *others = self.columns
        return f"CREATE TABLE {self.name} ({key} TEXT PRIMARY KEY, {', '.join(others)})"

    @property
    def read(self) -> str:
        """What tells its rows."""
        return f"SELECT {', '.join(self.columns)} FROM {self.name}"  # noqa: S608 - names of ours

    @property
    def write(self) -> str:
        """What sets one row."""
        places = ", ".join("?" * len(self.columns))
        return f"INSERT OR REPLACE INTO {self.name} VALUES ({places})"  # noqa: S608 - names of ours

    @property
    def remove(self) -> str:
        """What removes the row of a key."""
        return f"DELETE FROM {self.name} WHERE {next(iter(self.columns))} = ?"  # noqa: S608 - names of ours

    def read_in(self, rows: Sequence[Row]) -> dict[str, Any]:
        """What rows of it say, but for those with values of another type than is written.

        Raises:
            ValueError: Some text is not the number that it stands for.
        """
        columns = list(zip(*rows, strict=True))
        kinds = [*self.columns.values()]
        fits = zip(kinds, columns, strict=False)  # where there are no rows, there are no columns
        if not all(kind.issuperset(map(type, column)) for kind, column in fits):
            return self.read_in([row for row in rows if _is_of(row, kinds)])
        return self.decode(columns) if columns else {}


def _is_of(row: Row, kinds: Sequence[frozenset[type]]) -> bool:
    return all(type(value) in kind for value, kind in zip(row, kinds, strict=True))


def _made(kind: type[_Named], *columns: Any) -> Iterator[_Named]:
    """Named tuples of the values in columns, without a call of Python's for each."""
    return map(partial(tuple.__new__, kind), zip(*columns, strict=True))


def _bases(columns: Columns) -> dict[str, KnownBase]:
    names, short_ids, mtimes, sizes, inodes, ctimes, *told = columns
    signatures = zip(mtimes, sizes, map(int, inodes), ctimes, strict=True)
    bases = _made(KnownBase, short_ids, signatures, _made(BaseInfo, *told))
    return dict(zip(names, bases, strict=True))


def _base_row(name: str, base: KnownBase) -> Row:
    return (name, base.short_id, *_numbers(base.signature), *base.info)


def _steps(columns: Columns) -> dict[str, Step]:
    short_ids, *pairs = columns
    return dict(zip(short_ids, _made(Step, *pairs), strict=True))


def _step_row(short_id: str, step: Step) -> Row:
    return (short_id, *step)


def _seen(columns: Columns) -> dict[str, Seen]:
    paths, mtimes, sizes, inodes, ctimes, *told = columns
    signatures = zip(mtimes, sizes, map(int, inodes), ctimes, strict=True)
    return dict(zip(paths, _made(Seen, signatures, *told), strict=True))


def _seen_row(path: str, seen: Seen) -> Row:
    signature, *told = seen
    return (path, *_numbers(signature), *told)


def _listed(columns: Columns) -> dict[str, str]:
    short_ids, tokens = columns
    if bytes in set(map(type, tokens)):
        tokens = tuple(_text_in(token) for token in tokens)
    return dict(zip(short_ids, tokens, strict=True))


def _text_in(token: str | bytes) -> str:
    return token if isinstance(token, str) else token.decode("utf-8", "surrogatepass")


def _listed_row(short_id: str, token: str) -> Row:
    # A server may send a title with half a character in it, which no text of SQLite's holds.
    return (short_id, token if _is_whole(token) else token.encode("utf-8", "surrogatepass"))


def _is_whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _told(columns: Columns) -> dict[str, str]:
    names, values = columns
    return dict(zip(names, values, strict=True))


def _numbers(signature: files.Signature) -> Row:
    """A signature; on some file systems inodes are beyond SQLite's numbers, so those are text."""
    mtime, size, inode, ctime = signature
    return (mtime, size, str(inode) if inode > LARGEST else inode, ctime)


_Kinds: TypeAlias = frozenset[type]
_TEXT: _Kinds = frozenset({str})
_NUMBER: _Kinds = frozenset({int})
_TEXT_OR_NONE: _Kinds = frozenset({str, type(None)})
_TEXT_OR_BYTES: _Kinds = frozenset({str, bytes})
_TEXT_OR_NUMBER: _Kinds = frozenset({str, int})
_SIGNATURE = {
    "mtime": _NUMBER,
    "size": _NUMBER,
    "inode": _TEXT_OR_NUMBER,
    "ctime": _NUMBER,
}
_INFO = {
    "digest": _TEXT,
    "token": _TEXT,
    "version": _NUMBER,
    "title": _TEXT_OR_NONE,
    "changed_by": _TEXT,
}

TABLES = (
    Table("bases", {"name": _TEXT, "short_id": _TEXT, **_SIGNATURE, **_INFO}, _bases, _base_row),
    Table("steps", {"short_id": _TEXT, "page": _TEXT, "base": _TEXT}, _steps, _step_row),
    Table(
        "seen",
        {
            "path": _TEXT,
            **_SIGNATURE,
            "checked_ns": _NUMBER,
            "token": _TEXT,
            "short_id": _TEXT_OR_NONE,
        },
        _seen,
        _seen_row,
    ),
    Table("rows", {"short_id": _TEXT, "token": _TEXT_OR_BYTES}, _listed, _listed_row),
    Table("meta", {"name": _TEXT, "value": _TEXT}, _told, lambda name, value: (name, value)),
)
"""Every table of the index's file."""
