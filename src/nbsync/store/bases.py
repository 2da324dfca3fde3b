"""The records that the pages stand on."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from itertools import islice
from pathlib import Path

from nbsync import files
from nbsync.formats import page_key
from nbsync.model import Base, BaseInfo, Record, digest
from nbsync.store.folder import Folder
from nbsync.store.history import History
from nbsync.store.index import Index
from nbsync.store.remembered import KnownBase
from nbsync.store.texts import base_in, base_text

_EARLIER = 100  # 50 texts, where each has two keys


class Bases:
    """The files `base/<short_id>.json`.

    Args:
        path: The folder that they are in.
        history: Where goes what is replaced.
        index: What vouches for files that are not read again.
        clock_ns: The wall clock.
        tidy: Whether files that a killed run left half written are removed on the way.
    """

    def __init__(
        self,
        path: Path,
        history: History,
        index: Index,
        clock_ns: Callable[[], int],
        *,
        tidy: bool,
    ) -> None:
        self._folder = Folder(path, ".json")
        self._history = history
        self._index = index
        self._clock_ns = clock_ns
        self._tidy = tidy
        self._told: dict[str, BaseInfo] = {}  # what was said of files written in this run

    def all(self) -> dict[str, BaseInfo]:
        """Every base that can be read, by short_id."""
        known = self._index.bases()
        now: dict[str, KnownBase] = {}
        found: dict[str, BaseInfo] = {}
        for entry in self._folder.listed():
            base = known.get(entry.name)
            if base is not None and files.has(entry, base.signature):
                now[entry.name], found[base.short_id] = base, base.info
            elif (base := self._read(entry, now)) is not None:
                found[base.short_id] = base.info
        self._index.put_bases(now)
        return found

    def get(self, short_id: str) -> Base | None:
        """A base; None where it is missing, broken or another notebook's."""
        path = self._folder.existing(short_id)
        return None if path is None else _parsed(_bytes(path), short_id)

    def put(self, record: Record) -> BaseInfo:
        """Set a base, durably; the same bytes are not written again.

        Raises:
            FormatError: No file can hold it.
            NbsyncError: It could not be written; the older one stays.
        """
        path = self._folder.existing(record.short_id)
        before = None if path is None else _bytes(path)
        old = _parsed(before, record.short_id)
        text = base_text(Base(record, () if old is None else _earlier(old, record)))
        if text.encode() != before:
            if old is not None:
                self._history.keep_record(old.record)
            self._write(record.short_id, text.encode())
        self._told[record.short_id] = info = _info(text, record)
        return info

    def drop(self, short_id: str) -> None:
        """Remove a base; what it held goes to the history.

        Raises:
            NbsyncError: It could not be removed.
        """
        base = self.get(short_id)
        if base is not None:
            self._history.keep_record(base.record)
        for _ in range(2):  # one may have stood in another's shadow
            files.remove(self._folder.entry(short_id))
            self._folder.forget()

    def _write(self, short_id: str, data: bytes) -> None:
        with files.explained(f"{self._folder.path / short_id}.json", "written"):
            path = self._folder.claim(short_id)
            files.replace(path, data)
            files.flush_folder(path.parent)

    def _read(self, entry: os.DirEntry[str], now: dict[str, KnownBase]) -> KnownBase | None:
        """Read a base, and note it if its signature will vouch for it."""
        short_id, checked_ns = self._folder.short_id_in(entry.name), self._clock_ns()
        if short_id is None:
            if self._tidy and entry.name.startswith(files.TEMPORARY):
                with suppress(OSError):
                    Path(entry.path).unlink()
            return None
        try:
            data, signature = files.read(Path(entry.path))
            info = self._info_of(short_id, data)
        except (OSError, ValueError):
            return None
        base = KnownBase(short_id, signature, info)
        if files.vouches(signature, checked_ns):
            now[entry.name] = base
        return base

    def _info_of(self, short_id: str, data: bytes) -> BaseInfo:
        """What can be told of a base; what this run itself wrote needs no reading.

        Raises:
            ValueError: It is broken, or another notebook's.
        """
        text, told = data.decode(), self._told.get(short_id)
        if told is not None and told.digest == digest(text):
            return told
        return _info(text, base_in(data, short_id).record)


def _bytes(path: Path) -> bytes | None:
    try:
        return files.read(path)[0]
    except OSError:
        return None


def _parsed(data: bytes | None, short_id: str) -> Base | None:
    try:
        return None if data is None else base_in(data, short_id)
    except ValueError:
        return None


def _info(text: str, record: Record) -> BaseInfo:
    return BaseInfo(digest(text), record.token, record.version, record.notebook.title)


def _earlier(old: Base, new: Record) -> tuple[str, ...]:
    """The keys of what was in step: of the notebook, and of its page where that says less."""
    if old.record.notebook.key == new.notebook.key:
        return old.earlier
    now = {new.notebook.key, page_key(new.notebook)}
    keys = (old.record.notebook.key, page_key(old.record.notebook), *old.earlier)
    return tuple(islice((key for key in dict.fromkeys(keys) if key not in now), _EARLIER))
