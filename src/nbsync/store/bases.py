"""The records that the pages stand on."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from pathlib import Path

from nbsync import files
from nbsync.formats import page_key
from nbsync.model import Base, BaseInfo, Record, digest
from nbsync.store.folder import Folder
from nbsync.store.history import History
from nbsync.store.index import Index, KnownBase
from nbsync.store.texts import base_in, base_text

_EARLIER = 100  # 50 texts, where each has two keys


class Bases:
    """The files `base/<short_id>.json`.

    Args:
        path: The folder that they are in.
        history: Where goes what is replaced.
        index: What vouches for files that are not read again.
        clock_ns: The wall clock.
    """

    def __init__(
        self, path: Path, history: History, index: Index, clock_ns: Callable[[], int]
    ) -> None:
        self._folder = Folder(path, ".json")
        self._history = history
        self._index = index
        self._clock_ns = clock_ns
        self._known: dict[str, KnownBase] | None = None

    def all(self) -> dict[str, BaseInfo]:
        """Every base that can be read, by short_id."""
        known = self._index.bases() if self._known is None else self._known
        now: dict[str, KnownBase] = {}
        found: dict[str, BaseInfo] = {}
        for short_id, path in self._folder.entries().items():
            base = _vouched(path, known.get(path.name)) or self._read(short_id, path)
            if base is not None:
                now[path.name], found[short_id] = base, base.info
        if now != known:
            self._index.put_bases(now)
        self._known = now
        return found

    def get(self, short_id: str) -> Base | None:
        """A base; None where it is missing, broken or another notebook's."""
        return _parsed(_bytes(self._folder.entry(short_id)), short_id)

    def put(self, record: Record) -> BaseInfo:
        """Set a base, durably; the same bytes are not written again.

        Raises:
            FormatError: No file can hold it.
            NbsyncError: It could not be written; the older one stays.
        """
        before = _bytes(self._folder.entry(record.short_id))
        old = _parsed(before, record.short_id)
        text = base_text(Base(record, () if old is None else _earlier(old, record)))
        if text.encode() != before:
            if old is not None:
                self._history.keep_record(old.record)
            self._write(record.short_id, text.encode())
        return _info(text, record)

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

    def _read(self, short_id: str, path: Path) -> KnownBase | None:
        checked_ns = self._clock_ns()
        try:
            data, signature = files.read(path)
            record = base_in(data, short_id).record
        except (OSError, ValueError):
            return None
        return KnownBase(signature, checked_ns, _info(data.decode(), record))


def _vouched(path: Path, known: KnownBase | None) -> KnownBase | None:
    if known is None:
        return None
    try:
        now = files.signature(path.lstat())
    except OSError:
        return None
    return known if files.vouches(known.signature, now, checked_ns=known.checked_ns) else None


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
