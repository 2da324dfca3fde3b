"""A cache of what would else be read or asked for again; it may be lost at any moment."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from nbsync import files
from nbsync.model import BaseInfo, Json, RemoteMemory, Seen, Step
from nbsync.store.table_file import Tables, load, save

_T = TypeVar("_T")
# So many changes are lost at most when a run is killed.
_BATCH = 2000


@dataclass(frozen=True, slots=True)
class KnownBase:
    """A base file as it was last read."""

    signature: files.Signature
    checked_ns: int
    info: BaseInfo


class Index:
    """What is remembered, held in memory and written behind, many changes at a time.

    What is on disk is always what was in memory at one moment, so a killed run leaves an older
    state and never half of one. A file that is gone, broken or of another version is made anew.

    Args:
        path: The SQLite file.
        read_only: Whether nothing is written.
    """

    def __init__(self, path: Path, *, read_only: bool) -> None:
        self._path = path
        self._read_only = read_only
        self._tables: Tables | None = None
        self._changed: set[tuple[str, str]] = set()

    def bases(self) -> dict[str, KnownBase]:
        """Base files by name."""
        return self._decoded("bases", _base_in)

    def put_bases(self, bases: Mapping[str, KnownBase]) -> None:
        """Remember base files, in place of the earlier ones."""
        values: dict[str, Json] = {}
        for name, base in bases.items():
            info = base.info
            what: list[Json] = [info.digest, info.token, info.version, info.title]
            values[name] = [list(base.signature), base.checked_ns, *what]
        self._replace("bases", values)

    def steps(self) -> dict[str, Step]:
        """The (page, base) pairs that were last seen in step."""
        return self._decoded("steps", _step_in)

    def put_step(self, short_id: str, step: Step | None) -> None:
        """Remember a pair, or that there is none."""
        self._set("steps", short_id, None if step is None else _text([step.page, step.base]))

    def seen(self) -> dict[str, Seen]:
        """Files by path, as the last scan saw them."""
        return self._decoded("seen", _seen_in)

    def put_seen(self, seen: Mapping[str, Seen]) -> None:
        """Remember files as a scan saw them, in place of the earlier ones."""
        values: dict[str, Json] = {}
        for path, file in seen.items():
            values[path] = [list(file.signature), file.checked_ns, file.token, file.short_id]
        self._replace("seen", values)

    def rows(self) -> RemoteMemory | None:
        """What the list last told; None where that is not known, all of it."""
        raw = self._all()["rows"]
        rows = self._decoded("rows", lambda value: value if isinstance(value, str) else None)
        match _value(self._all()["meta"].get("list", "null")):
            case [str(cursor), int(count), list(unlisted), bool(whole)] if len(rows) == len(raw):
                return RemoteMemory(rows, cursor, count, frozenset(map(str, unlisted)), whole)
            case _:
                return None

    def put_rows(self, memory: RemoteMemory) -> None:
        """Remember what the list told."""
        unlisted: list[Json] = []
        unlisted += sorted(memory.unlisted)
        self._replace("rows", memory.rows)
        self._set("meta", "list", _text([memory.cursor, memory.count, unlisted, memory.tells_all]))

    def put_row(self, short_id: str, token: str) -> None:
        """Remember that a notebook now has this token, if the list was ever read."""
        if "list" in self._all()["meta"]:
            self._set("rows", short_id, _text(token))

    def verified(self) -> str:
        """When every notebook was last asked for its version; "" if that is not known."""
        value = _value(self._all()["meta"].get("verified", "null"))
        return value if isinstance(value, str) else ""

    def put_verified(self, at: str) -> None:
        """Remember when every notebook was asked for its version."""
        self._set("meta", "verified", _text(at))

    def flush(self) -> None:
        """Write what changed since the last time; where that fails, it is forgotten."""
        if self._changed and self._tables is not None and not self._read_only:
            save(self._path, self._tables, self._changed)
        self._changed.clear()

    def _all(self) -> Tables:
        if self._tables is None:
            self._tables = load(self._path, read_only=self._read_only)
        return self._tables

    def _decoded(self, table: str, decode: Callable[[Json], _T | None]) -> dict[str, _T]:
        pairs = ((key, decode(_value(text))) for key, text in self._all()[table].items())
        return {key: value for key, value in pairs if value is not None}

    def _replace(self, table: str, values: Mapping[str, Json]) -> None:
        now = self._all()[table]
        new = {key: _text(value) for key, value in values.items()}
        self._changed |= {(table, key) for key in now.keys() - new.keys()}
        self._changed |= {(table, key) for key, text in new.items() if now.get(key) != text}
        self._all()[table] = new

    def _set(self, table: str, key: str, text: str | None) -> None:
        rows = self._all()[table]
        if rows.get(key) == text:
            return
        if text is None:
            del rows[key]
        else:
            rows[key] = text
        self._changed.add((table, key))
        if len(self._changed) >= _BATCH:
            self.flush()


def _text(value: Json) -> str:
    return json.dumps(value)


def _value(text: str) -> Json:
    try:
        value: Json = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value


def _base_in(value: Json) -> KnownBase | None:
    match value:
        case [
            [int(mtime), int(size), int(inode), int(ctime)],
            int(checked_ns),
            str(digest),
            str(token),
            int(version),
            (str() | None) as title,
        ]:
            info = BaseInfo(digest, token, version, title)
            return KnownBase((mtime, size, inode, ctime), checked_ns, info)
        case _:
            return None


def _step_in(value: Json) -> Step | None:
    match value:
        case [str(page), str(base)]:
            return Step(page, base)
        case _:
            return None


def _seen_in(value: Json) -> Seen | None:
    match value:
        case [
            [int(mtime), int(size), int(inode), int(ctime)],
            int(checked_ns),
            str(token),
            (str() | None) as short_id,
        ]:
            return Seen((mtime, size, inode, ctime), checked_ns, token, short_id)
        case _:
            return None
