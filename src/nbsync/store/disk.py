"""What nbsync remembers between runs, as files below `.nbsync/`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from nbsync import files
from nbsync.errors import NbsyncError
from nbsync.model import (
    Artefact,
    Base,
    BaseInfo,
    JournalEntry,
    Kept,
    Page,
    Record,
    RemoteMemory,
    Seen,
    Step,
)
from nbsync.store.bases import Bases
from nbsync.store.conflicts import Conflicts
from nbsync.store.history import History
from nbsync.store.index import Index
from nbsync.store.journal import Journal
from nbsync.store.lock import Lock
from nbsync.store.oddities import refuse_oddities
from nbsync.store.owner import check_owner

if TYPE_CHECKING:
    from nbsync.store.pruning import Outdated


class DiskStore:
    """A mirror's memory, as `model.Store`; entered, it is this process's alone.

    Any file of it may be deleted at any time: that forgets, and nothing fails.

    Args:
        root: The mirror's folder; the store is `.nbsync/` in it.
        host: The server's address that the mirror belongs to.
        project: The project's id there.
        wait: How many seconds to wait for another nbsync to end.
        read_only: Take no lock and write nothing at all to the disk.
        clock_ns: The wall clock, in ns since 1970.
    """

    def __init__(
        self,
        root: Path,
        *,
        host: str,
        project: str,
        wait: float = 5.0,
        read_only: bool = False,
        clock_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self._folder = root / ".nbsync"
        self._owner = (host, project)
        self._read_only = read_only
        self._clock_ns = clock_ns
        self._lock = Lock(self._folder, wait=wait, clock_ns=clock_ns)
        self._index = Index(self._folder / "index.sqlite3", read_only=read_only)
        self._open()

    def __enter__(self) -> Self:
        """Take the lock, and see whose mirror it is; this may be done again and again.

        What the index holds stays in memory between one time and the next, if no other nbsync
        has written it meanwhile.

        Raises:
            Busy: Another nbsync is at work here; the message says who.
            ConfigError: The store belongs to another host or project, or to a newer nbsync.
            NbsyncError: The system refused.
        """
        refuse_oddities(self._folder)
        if not self._read_only:
            with files.explained(str(self._folder), "made"):
                self._make()
            self._lock.take()
        try:
            check_owner(self._folder, *self._owner, read_only=self._read_only)
            if not self._read_only:
                for folder in ("", "journal"):  # that of the bases is seen to as they are looked at
                    files.sweep(self._folder / folder)
            self._index.refresh()
            self._open()
        except BaseException:
            self._lock.give_back()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Write the index, and give the lock back."""
        try:
            self._index.flush()
        finally:
            self._lock.give_back()

    def _make(self) -> None:
        """Make the folder, but never what it lies in: that may be a drive that is not mounted."""
        if not self._folder.is_dir():
            self._folder.mkdir(exist_ok=True)
            files.flush_folder(self._folder.parent)

    def _open(self) -> None:
        """Begin anew with what is known of the folders: it holds while the lock is held."""
        folder, clock_ns = self._folder, self._clock_ns
        self._history = History(folder / "history", clock_ns)
        self._bases = Bases(
            folder / "base", self._history, self._index, clock_ns, tidy=not self._read_only
        )
        self._journal = Journal(folder / "journal", read_only=self._read_only)
        self._conflicts = Conflicts(folder / "conflicts", self._history)

    def bases(self) -> Mapping[str, BaseInfo]:
        """Every base that can be read, without its content; only changed files are read."""
        return self._bases.all()

    def base(self, short_id: str) -> Base | None:
        """A base; None where it is missing, unreadable or another notebook's.

        Raises:
            FormatError: The id is none.
        """
        return self._bases.get(short_id)

    def put_base(self, record: Record) -> BaseInfo:
        """Set a base, durably; what it replaces goes to the history and into `earlier`.

        Raises:
            FormatError: The id is none, or no file can hold the record.
            NbsyncError: It could not be written.
        """
        self._check_writing()
        return self._bases.put(record)

    def put_bases(self, records: Sequence[Record]) -> list[BaseInfo | NbsyncError]:
        """Set the bases of different notebooks, durably; many at a time cost far less.

        Returns:
            For each record, in order, what `put_base` would return or raise.
        """
        self._check_writing()
        return self._bases.put_each(records)

    def drop_base(self, short_id: str) -> None:
        """Remove a base; what it held goes to the history.

        Raises:
            NbsyncError: It could not be removed.
        """
        self._check_writing()
        self._bases.drop(short_id)

    def steps(self) -> Mapping[str, Step]:
        """The (page, base) pairs that were last seen in step."""
        return self._index.steps()

    def put_step(self, short_id: str, step: Step | None) -> None:
        """Remember a pair, or that there is none."""
        self._index.put_step(short_id, step)

    def seen(self) -> Mapping[str, Seen]:
        """Files by path, as the last scan saw them."""
        return self._index.seen()

    def put_seen(self, seen: Mapping[str, Seen]) -> None:
        """Remember files as a scan saw them, in place of the earlier ones."""
        self._index.put_seen(seen)

    def rows(self) -> RemoteMemory | None:
        """What the list last told; None where that is not known."""
        return self._index.rows()

    def put_rows(self, memory: RemoteMemory) -> None:
        """Remember what the list told."""
        self._index.put_rows(memory)

    def put_row(self, short_id: str, token: str | None) -> None:
        """Remember that a notebook now has this token, or is gone, if the list was ever read."""
        self._index.put_row(short_id, token)

    def keep_text(self, page: Page) -> None:
        """Keep a page's text in the history, durably; the same text is kept once.

        Raises:
            NbsyncError: It could not be written.
        """
        self._check_writing()
        self._history.keep_text(page)

    def keep_record(self, record: Record) -> None:
        """Keep a record in the history, durably; the same record is kept once.

        Raises:
            NbsyncError: It could not be written.
        """
        self._check_writing()
        self._history.keep_record(record)

    def kept(self, short_id: str) -> tuple[Kept, ...]:
        """What the history has of a notebook, the newest first."""
        return self._history.kept(short_id)

    def outdated(self, days: int) -> tuple[Outdated, ...]:
        """What the history has of any notebook that was kept longer ago than so many days."""
        return self._history.outdated(days)

    def discard(self, which: Iterable[Outdated]) -> None:
        """Remove from the history for good, even what is nowhere else.

        Raises:
            NbsyncError: Not all of it could be removed.
        """
        self._check_writing()
        self._history.discard(which)

    def view_only(self) -> frozenset[str]:
        """The notebooks that the key's user may look at and not change, as far as was told."""
        return self._index.view_only()

    def note_access(self, access: Mapping[str, str]) -> None:
        """Remember what the user may do with some notebooks, by short_id, in PostHog's words."""
        self._index.note_access(access)

    def verified(self) -> str:
        """When every notebook was last asked for its version, ISO 8601 in UTC; "" if not known."""
        return self._index.verified()

    def note_verified(self) -> None:
        """Remember that every notebook was asked for its version now."""
        now = datetime.fromtimestamp(self._clock_ns() // 10**9, UTC)
        self._index.put_verified(now.isoformat())

    def journal(self) -> tuple[JournalEntry, ...]:
        """Every entry that was not struck, by short_id; a broken one is moved aside."""
        return self._journal.all()

    def enter(self, entry: JournalEntry) -> None:
        """Write an entry, durably; it replaces an earlier one for the same notebook.

        Raises:
            NbsyncError: It could not be written.
        """
        self._check_writing()
        self._journal.enter(entry)

    def strike(self, short_id: str) -> None:
        """Remove the entry of a notebook, if there is one.

        Raises:
            NbsyncError: It could not be removed.
        """
        self._check_writing()
        self._journal.strike(short_id)

    def conflicts(self) -> Mapping[str, Artefact]:
        """Every open conflict; a folder that is not whole is none."""
        return self._conflicts.all()

    def open_conflict(self, short_id: str, artefact: Artefact) -> None:
        """Write a conflict's files; once the user has edited the merged one, they stay.

        Raises:
            NbsyncError: They could not be written.
        """
        self._check_writing()
        self._conflicts.open(short_id, artefact)

    def close_conflict(self, short_id: str) -> None:
        """Remove a conflict's files, if there are any; what the user wrote there is kept.

        Raises:
            NbsyncError: They could not be removed.
        """
        self._check_writing()
        self._conflicts.close(short_id)

    def _check_writing(self) -> None:
        if self._read_only:
            raise NbsyncError(f"{self._folder} was opened for reading only.")
