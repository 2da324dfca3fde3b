"""The records that the pages stand on."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path

from nbsync import files, formats
from nbsync.errors import Busy, NbsyncError
from nbsync.model import Base, BaseInfo, Record, digest
from nbsync.store.folder import Folder
from nbsync.store.history import History
from nbsync.store.index import Index
from nbsync.store.remembered import UNCHECKED, KnownBase
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
        self._looked = False  # whether the index says what was seen in this run

    def all(self) -> dict[str, BaseInfo]:
        """Every base that can be read, by short_id."""
        known = self._index.bases()
        now: dict[str, KnownBase] = {}
        found: dict[str, BaseInfo] = {}
        listed = self._folder.listed()[::-1]
        while listed:
            entry = listed.pop()  # it holds its stat for as long as it is held itself
            base = known.get(entry.name)
            if base is None or not files.has(entry, base.signature):
                base = self._read(entry, base)
            if base is not None:
                now[entry.name], found[base.short_id] = base, base.info
        self._index.put_bases(now)
        self._looked = True
        return found

    def get(self, short_id: str) -> Base | None:
        """A base; None where it is missing, broken or another notebook's."""
        path = self._folder.existing(short_id)
        return None if path is None else _parsed(_bytes(path), short_id)

    def put(self, record: Record) -> BaseInfo:
        """Set a base, durably; the same bytes are not written again.

        Raises:
            Busy: It is not the one that was seen in this run.
            FormatError: No file can hold it.
            NbsyncError: It could not be written; the older one stays.
        """
        (outcome,) = self.put_each([record])
        if isinstance(outcome, NbsyncError):
            raise outcome
        return outcome

    def put_each(self, records: Sequence[Record]) -> list[BaseInfo | NbsyncError]:
        """Set the bases of different notebooks, durably; many at a time cost far less.

        Returns:
            For each record, in order, what its base tells, or why it could not be written.
        """
        outcomes: list[BaseInfo | NbsyncError] = []
        wanted: dict[int, tuple[Path, bytes]] = {}
        for at, record in enumerate(records):
            try:
                if not wanted:
                    self._folder.make()
                path, text, is_new = self._begun(record)
                if is_new:
                    wanted[at] = path, text.encode()
                outcomes.append(_info(text, record))
            except OSError as error:
                outcomes.append(self._not_written(record.short_id, error))
            except NbsyncError as error:
                outcomes.append(error)
        for at, failure in zip(wanted, files.replace_each([*wanted.values()]), strict=True):
            if failure is not None:
                outcomes[at] = self._not_written(records[at].short_id, failure)
        for record, info in zip(records, outcomes, strict=True):
            if isinstance(info, BaseInfo):
                self._note(KnownBase(record.short_id, UNCHECKED, info))
        return outcomes

    def _begun(self, record: Record) -> tuple[Path, str, bool]:
        """Where a record's base lies, what it is to hold, and whether it has to be written.

        What it replaces is in the history by then.

        Raises:
            Busy: It is not the one that was seen in this run: git has put it there meanwhile, and
                a page that belongs to it.
        """
        path, is_there = self._folder.take(record.short_id)
        before = _bytes(path) if is_there else None
        old = _parsed(before, record.short_id)
        if before is not None and old is not None and not self._was_seen(path.name, before):
            what = f"The base of notebook {record.short_id} changed while nbsync was at work."
            raise Busy(what, hint="nbsync sync")
        text = base_text(Base(record, () if old is None else _earlier(old, record)))
        is_new = text.encode() != before
        if is_new and old is not None:
            self._history.keep_record(old.record)
        return path, text, is_new

    def _was_seen(self, name: str, data: bytes) -> bool:
        known = self._index.bases().get(name) if self._looked else None
        told = known is not None and known.info.digest == digest(data.decode())
        return told or not self._looked

    def _note(self, base: KnownBase) -> None:
        """Remember what a base that was written tells, but for what its stat is from now on."""
        name = self._folder.entry(base.short_id).name
        known = self._index.bases().get(name)
        if known is None or known.info != base.info:
            self._index.put_base(name, base)

    def _not_written(self, short_id: str, error: OSError) -> NbsyncError:
        return files.failure(f"{self._folder.path / short_id}.json", "written", error)

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

    def _read(self, entry: os.DirEntry[str], known: KnownBase | None) -> KnownBase | None:
        """Read a base; its signature is told if it will vouch for it."""
        short_id, checked_ns = self._folder.short_id_in(entry.name), self._clock_ns()
        if short_id is None:
            if self._tidy and entry.name.startswith(files.TEMPORARY):
                with suppress(OSError):
                    Path(entry.path).unlink()
            return None
        try:
            data, signature = files.read(Path(entry.path))
            info = _told(data, short_id, known)
        except (OSError, ValueError):
            return None
        vouched = files.vouches(signature, checked_ns)
        return KnownBase(short_id, signature if vouched else UNCHECKED, info)


def _told(data: bytes, short_id: str, known: KnownBase | None) -> BaseInfo:
    """What can be told of a base; what was understood before needs no more than its digest.

    Raises:
        ValueError: It is broken, or another notebook's.
    """
    text = data.decode()
    if known is not None and known.short_id == short_id and known.info.digest == digest(text):
        return known.info
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
    return BaseInfo(digest(text), record.token, record.version, record.notebook.title, record.by)


def _earlier(old: Base, new: Record) -> tuple[str, ...]:
    """The keys of what was in step: of the notebook, and of its page where that says less."""
    if old.record.notebook.key == new.notebook.key:
        return old.earlier
    now = {new.notebook.key, formats.page_key(new.notebook)}
    keys = (old.record.notebook.key, formats.page_key(old.record.notebook), *old.earlier)
    return tuple(islice((key for key in dict.fromkeys(keys) if key not in now), _EARLIER))
