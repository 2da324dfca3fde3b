"""A cache of what would else be read or asked for again; it may be lost at any moment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from nbsync.model import Json, RemoteMemory, Seen, Step
from nbsync.store.remembered import KnownBase, Remembered
from nbsync.store.table_file import load, save, stamp_of

# So many changes are lost at most when a run is killed.
_BATCH = 2000
# Levels of access that are not enough to change a notebook (contract sections 1, 4).
_LOOKING = frozenset({"none", "viewer"})


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

    def put_base(self, name: str, base: KnownBase) -> None:
        """Remember a base file."""
        self._set("bases", name, base)

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
            case [str(cursor), int(count), list(unlisted), bool(whole), *more]:
                rows, absent = dict(self._all().rows), frozenset(map(str, unlisted))
                memory = RemoteMemory(rows, cursor, count, absent, whole)
                return _selected(memory, more)
            case _:
                return None

    def put_rows(self, memory: RemoteMemory) -> None:
        """Remember what the list told."""
        self._note_differences("rows", self._all().rows, memory.rows)
        self._all().rows = dict(memory.rows)
        told: list[Json] = [memory.cursor, memory.count, [*sorted(memory.unlisted)]]
        told.append(memory.tells_all)
        if memory.selection:
            told += [memory.selection, [*sorted(memory.outside)], memory.me, memory.asker]
        self._set("meta", "list", _text(told))

    def put_row(self, short_id: str, token: str | None) -> None:
        """Remember that a notebook now has this token, or is gone, if the list was ever read."""
        if "list" in self._all().meta:
            self._set("rows", short_id, token)

    def view_only(self) -> frozenset[str]:
        """The notebooks that the key's user may look at and not change, as far as was told."""
        value = _value(self._all().meta.get("view_only", "[]"))
        return frozenset(map(str, value)) if isinstance(value, list) else frozenset()

    def note_access(self, access: Mapping[str, str]) -> None:
        """Remember what the user may do with some notebooks, by short_id, in PostHog's words."""
        viewed = {short_id for short_id, level in access.items() if level in _LOOKING}
        ids: list[Json] = [*sorted(self.view_only() - access.keys() | viewed)]
        if ids or "view_only" in self._all().meta:
            self._set("meta", "view_only", _text(ids))

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
        if was == now:
            return
        keys = was.keys() - now.keys()
        for key, value in now.items():
            before = was.get(key)
            if before is not value and before != value:
                keys.add(key)
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


def _selected(memory: RemoteMemory, more: list[Json]) -> RemoteMemory | None:
    """The memory of a list that was read for a selection; what is told of that follows the rest."""
    match more:
        case []:
            return memory
        case [str(selection), list(ids), str(me), str(asker)]:
            outside = frozenset(map(str, ids))
            return replace(memory, selection=selection, outside=outside, me=me, asker=asker)
        case _:
            return None


def _text(value: Json) -> str:
    return json.dumps(value)


def _value(text: str) -> Json:
    try:
        value: Json = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value
