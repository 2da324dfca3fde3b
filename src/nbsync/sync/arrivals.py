"""Notebooks that are new here: gathered as they arrive, and written many at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeVar

from nbsync import formats
from nbsync.errors import Busy, NbsyncError
from nbsync.model import BaseInfo, Page, Record, Side, Unreadable
from nbsync.sync.work import Work, follow, is_in_step, suffix_of
from nbsync.sync.writing import path_for

_MANY = 32
# So much text waits at most, and one notebook more.
_CHARACTERS = 1 << 20
# Below this, threads cost more than they bring.
_FEW = 8
# A disk makes many files durable in hardly more time than one, if it is asked for all at once.
_AT_A_TIME = 4


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A notebook, and the page that it is to have."""

    record: Record
    page: Page
    in_step: bool


_Written = tuple[_Arrival, NbsyncError | None]
_Landed = tuple[_Arrival, BaseInfo | NbsyncError]
T = TypeVar("T")
R = TypeVar("R")


@dataclass(slots=True)
class Arrivals:
    """What has arrived, has neither page nor base, and is not written yet.

    The order is the promise here too: each base is written after its page, durably. A page that
    is new needs no journal (see `writing.put_page`).

    Attributes:
        work: The run.
    """

    work: Work
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
        if work.dry_run or not isinstance(answer, Record):
            return False
        known = short_id in work.paths or short_id in work.barred or short_id in work.pushed
        if known or work.mirror.store.base(short_id) is not None:
            return False
        path = path_for(work, None, answer)
        suffix = suffix_of(path)
        page = Page(short_id, path, formats.render(answer.notebook, short_id, suffix))
        # That it is read back as what it says is why it may be Markdown (`formats.suffix_for`).
        in_step = suffix == formats.MARKDOWN or is_in_step(page, answer)
        self._waiting.append(_Arrival(answer, page, in_step))
        self._size += len(page.text)
        work.paths[short_id] = path
        if len(self._waiting) >= _MANY or self._size >= _CHARACTERS:
            self.settle()
        return True

    def settle(self) -> None:
        """Write all that waits; what goes wrong with one notebook holds up no other.

        Raises:
            Busy: git is at work in the directory; what was written before is written whole.
        """
        arrived, self._waiting, self._size = self._waiting, [], 0
        busy = None
        with self.work.mirror.together():
            written = _each(self._write, arrived)
        with self.work.mirror.together():
            landed = _each(self._put_base, written)
        for arrival, outcome in landed:
            if isinstance(outcome, BaseInfo):
                self._note(arrival, outcome)
                continue
            short_id = arrival.page.short_id
            self.work.paths.lift(short_id)
            if isinstance(outcome, Busy):
                busy = outcome
            else:
                self.work.fail(short_id, outcome)
                with suppress(NbsyncError):  # it may be the very record that no file can hold
                    self.work.mirror.store.keep_record(arrival.record)
        if busy is not None:
            raise busy

    def _write(self, arrival: _Arrival) -> _Written:
        try:
            self.work.mirror.local.check_quiet()
            self.work.mirror.local.write(arrival.page, old=None)
        except NbsyncError as error:
            return arrival, error
        return arrival, None

    def _put_base(self, written: _Written) -> _Landed:
        arrival, error = written
        if error is not None:
            return arrival, error
        try:
            return arrival, self.work.mirror.store.put_base(arrival.record)
        except NbsyncError as failure:
            return arrival, failure

    def _note(self, arrival: _Arrival, info: BaseInfo) -> None:
        record = arrival.record
        follow(self.work.mirror, record, arrival.page if arrival.in_step else None, info)
        version, notebook = record.version, record.notebook
        self.work.tell(Side.LOCAL, "create", record.short_id, notebook, version=version)


def _each(write: Callable[[T], R], what: Sequence[T]) -> Sequence[R]:
    """Write many files in threads; those leave alone whatever else is in memory."""
    if len(what) < _FEW:
        return [write(each) for each in what]
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - few runs need it

    with ThreadPoolExecutor(_AT_A_TIME, thread_name_prefix="nbsync-write") as pool:
        return list(pool.map(write, what))
