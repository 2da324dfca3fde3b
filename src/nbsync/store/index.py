"""A cache of what would else be read or asked for again; it may be lost at any moment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbsync.model import Json, RemoteMemory, Seen, Step
from nbsync.store.remembered import KnownBase, Remembered
from nbsync.store.table_file import load, save, stamp_of

# So many changes are lost at most when a run is killed.
_BATCH = 2000


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
        self._memory: Remembered | None = None
        self._stamp = ""
        self._changed: dict[str, set[str]] = {}

    def refresh(self) -> None:
        """Forget what is in memory, unless the file still holds just that: a run begins."""
        if self._memory is None or self._changed:
            now = ""
        else:
            now = stamp_of(self._path, read_only=self._read_only)
        if not now or now != self._stamp:
            self._memory = None
            self._changed.clear()

    def bases(self) -> Mapping[str, KnownBase]:
        """Base files by name."""
        return self._all().bases

    def put_bases(self, bases: dict[str, KnownBase]) -> None:
        """Remember base files, in place of the earlier ones."""
        self._note_differences("bases", self._all().bases, bases)
        self._all().bases = bases

    def steps(self) -> dict[str, Step]:
        """The (page, base) pairs that were last seen in step."""
        return dict(self._all().steps)

    def put_step(self, short_id: str, step: Step | None) -> None:
        """Remember a pair, or that there is none."""
        self._set("steps", short_id, step)

    def seen(self) -> Mapping[str, Seen]:
        """Files by path, as the last scan saw them."""
        return self._all().seen

    def put_seen(self, seen: Mapping[str, Seen]) -> None:
        """Remember files as a scan saw them, in place of the earlier ones."""
        self._note_differences("seen", self._all().seen, seen)
        self._all().seen = dict(seen)

    def rows(self) -> RemoteMemory | None:
        """What the list last told; None where that is not known, all of it."""
        match _value(self._all().meta.get("list", "null")):
            case [str(cursor), int(count), list(unlisted), bool(whole)]:
                rows, absent = dict(self._all().rows), frozenset(map(str, unlisted))
                return RemoteMemory(rows, cursor, count, absent, whole)
            case _:
                return None

    def put_rows(self, memory: RemoteMemory) -> None:
        """Remember what the list told."""
        self._note_differences("rows", self._all().rows, memory.rows)
        self._all().rows = dict(memory.rows)
        unlisted: list[Json] = []
        unlisted += sorted(memory.unlisted)
        self._set("meta", "list", _text([memory.cursor, memory.count, unlisted, memory.tells_all]))

    def put_row(self, short_id: str, token: str) -> None:
        """Remember that a notebook now has this token, if the list was ever read."""
        if "list" in self._all().meta:
            self._set("rows", short_id, token)

    def verified(self) -> str:
        """When every notebook was last asked for its version; "" if that is not known."""
        value = _value(self._all().meta.get("verified", "null"))
        return value if isinstance(value, str) else ""

    def put_verified(self, at: str) -> None:
        """Remember when every notebook was asked for its version."""
        self._set("meta", "verified", _text(at))

    def flush(self) -> None:
        """Write what changed since the last time; where that fails, it is forgotten."""
        if self._changed and self._memory is not None and not self._read_only:
            self._stamp = save(self._path, self._memory, self._changed)
            self._changed = {}

    def _all(self) -> Remembered:
        if self._memory is None:
            self._memory, self._stamp = load(self._path, read_only=self._read_only)
        return self._memory

    def _note_differences(self, table: str, was: Mapping[str, Any], now: Mapping[str, Any]) -> None:
        # What a look found as it was is the very same object: most are not even compared.
        keys = was.keys() - now.keys()
        for key, value in now.items():
            before = was.get(key)
            if before is not value and before != value:
                keys.add(key)
        if keys:
            self._changed.setdefault(table, set()).update(keys)

    def _set(self, table: str, key: str, value: object) -> None:
        rows = getattr(self._all(), table)
        if rows.get(key) == value:
            return
        if value is None:
            del rows[key]
        else:
            rows[key] = value
        self._changed.setdefault(table, set()).add(key)
        if sum(map(len, self._changed.values())) >= _BATCH:
            self.flush()


def _text(value: Json) -> str:
    return json.dumps(value)


def _value(text: str) -> Json:
    try:
        value: Json = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value
