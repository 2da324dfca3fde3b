"""Notebooks that are new here: gathered as they arrive, and written many at a time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from nbsync import formats
from nbsync.errors import Busy, NbsyncError
from nbsync.model import BaseInfo, Page, Record, Side, Unreadable
from nbsync.sync.work import Work, is_in_step, note_step, suffix_of
from nbsync.sync.writing import new_page

# A disk makes many files durable in hardly more time than one, if it is asked for all at once.
_MANY = 32
# So much text waits at most, and one notebook more.
_CHARACTERS = 1 << 20


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A notebook, and the page that it is to have."""

    record: Record
    page: Page
    in_step: bool


@dataclass(slots=True)
class Arrivals:
    """What has arrived, of which nothing is known here, and is not written yet.

    The order is the promise here too: each base is written after its page, durably. A page that
    is new needs no journal (see `writing.put_page`).

    Attributes:
        work: The run.
        known: The ids that have a base, an open conflict or an entry in the journal.
    """

    work: Work
    known: Collection[str]
    _waiting: list[_Arrival] = field(default_factory=list)
    _size: int = 0

    def takes(self, short_id: str, answer: Record | Unreadable | None) -> bool:
        """Take a notebook in, if it is new here; any other is not its business.

        Args:
            short_id: The notebook.
            answer: What the server returned.

        Raises:
            Busy: git is at work in the directory.
            NbsyncError: The notebook can have no page.
        """
        work = self.work
        if work.dry_run or not isinstance(answer, Record) or short_id in self.known:
            return False
        if short_id in work.paths or short_id in work.barred or short_id in work.pushed:
            return False
        page = new_page(work, answer)
        # A page of Markdown is one because it is read back as what it says.
        in_step = suffix_of(page.path) == formats.MARKDOWN or is_in_step(page, answer)
        self._waiting.append(_Arrival(answer, page, in_step))
        self._size += len(page.text)
        work.paths[short_id] = page.path
        if len(self._waiting) >= _MANY or self._size >= _CHARACTERS:
            self.settle()
        return True

    def settle(self) -> None:
        """Write all that waits; what goes wrong with one notebook holds up no other.

        Raises:
            Busy: git is at work in the directory; nothing of it was written.
        """
        arrived, self._waiting, self._size = self._waiting, [], 0
        if not arrived:
            return
        written = []
        for arrival, error in zip(arrived, self._write(arrived), strict=True):
            if error is None:
                written.append(arrival)
            else:
                self._fail(arrival, error)
        told = self.work.mirror.store.put_bases([arrival.record for arrival in written])
        for arrival, info in zip(written, told, strict=True):
            if isinstance(info, NbsyncError):
                self._fail(arrival, info)
            else:
                self._note(arrival, info)

    def _write(self, arrived: Sequence[_Arrival]) -> Sequence[NbsyncError | None]:
        try:
            return self.work.mirror.local.write_new([arrival.page for arrival in arrived])
        except Busy:
            for arrival in arrived:
                self.work.paths.lift(arrival.page.short_id)
            raise

    def _fail(self, arrival: _Arrival, error: NbsyncError) -> None:
        short_id = arrival.page.short_id
        self.work.paths.lift(short_id)
        self.work.fail(short_id, error)
        with suppress(NbsyncError):  # it may be the very record that no file can hold
            self.work.mirror.store.keep_record(arrival.record)

    def _note(self, arrival: _Arrival, info: BaseInfo) -> None:
        record = arrival.record
        note_step(self.work.mirror, record, arrival.page if arrival.in_step else None, info)
        version, notebook = record.version, record.notebook
        self.work.tell(Side.LOCAL, "create", record.short_id, notebook, version=version)
