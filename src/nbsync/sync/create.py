"""One page that becomes a notebook, exactly once."""

from __future__ import annotations

from dataclasses import dataclass

from nbsync.errors import AnswerLost, VersionConflict
from nbsync.model import JournalEntry, Notebook, Page, Record
from nbsync.sync.ids import derive_id
from nbsync.sync.receive import Outcome
from nbsync.sync.send import ROUNDS, check, enter, fetch_one, send
from nbsync.sync.twins import find_twin, known, newest, rename, take
from nbsync.sync.work import Work, read

_REFUSALS = 2
"""So many errors of the server's own at one id say that a deleted notebook has it."""

_TRIES = 12
"""So many ids are asked for at most."""


@dataclass(slots=True)
class _Attempt:
    """What was tried so far to make one notebook.

    Attributes:
        asked: The id to ask for.
        sent: What was sent, and may have arrived.
        since: When the newest notebook was modified before the first attempt.
        doubts: How many answers did not say what was done.
        refusals: How many of them were errors of the server's own.
        taken: How many ids turned out to be taken.
    """

    asked: str
    sent: Notebook | None
    since: str
    doubts: int = 0
    refusals: int = 0
    taken: int = 0


def create(work: Work, entry: JournalEntry) -> None:
    """Create the notebook that a page is to become, exactly once.

    What is sent is in the journal before it is sent. Where an earlier attempt may have
    arrived, the id is looked up first; so it is after every answer that leaves doubt. An id
    that a deleted notebook keeps is told by 409, or by 500 and nothing to be found (observed.md
    13, contract section 3): then another one is asked for, and the page takes it once it is ours.

    Args:
        work: The run.
        entry: The intent, and what an earlier attempt sent.

    Raises:
        NbsyncError: It was not created, or that is not known; the intent stays.
    """
    attempt = _Attempt(entry.short_id, entry.sent, entry.since or newest(work))
    while (page := work.page(entry.short_id)) is not None:
        record = _find(work, page, attempt) or _post(work, page, attempt)
        if record is not None and attempt.sent is not None:
            short_id = rename(work, page, record.short_id, sent=attempt.sent)
            if take(work, short_id, record, attempt.sent) is Outcome.EDITED:
                send(work, short_id)
            return


def _post(work: Work, page: Page, attempt: _Attempt) -> Record | None:
    """Send a page once; None where something else is to be tried.

    Raises:
        NbsyncError: It was not created, or that is not known; the intent stays.
    """
    here = read(page, work.mirror.blank)
    check(page, here)
    enter(work, page, here, "create", since=attempt.since)
    try:
        answer = work.mirror.remote.create(attempt.asked, here)
    except AnswerLost as error:
        attempt.sent, attempt.doubts = here, attempt.doubts + 1
        attempt.refusals += error.refused
        if attempt.doubts == ROUNDS:
            raise _undecided(page) from error
        if attempt.refusals < _REFUSALS:
            return None
    except VersionConflict as error:
        if attempt.taken == _TRIES:
            raise _undecided(page) from error
    else:
        if answer.short_id != attempt.asked or _may_take(work, page, answer):
            attempt.sent = here
            return answer
    attempt.asked, attempt.taken = _next_id(work, attempt.asked), attempt.taken + 1
    return None


def _undecided(page: Page) -> AnswerLost:
    return AnswerLost(
        f"{page.path}: the server did not say whether it created the notebook.",
        hint="nbsync push",
    )


def _find(work: Work, page: Page, attempt: _Attempt) -> Record | None:
    """The notebook that an attempt has made, by the ids that it asked for, or in the list."""
    if attempt.sent is None:
        return None
    for short_id in dict.fromkeys((page.short_id, attempt.asked)):
        found = fetch_one(work, short_id)
        if found is not None and _may_take(work, page, found):
            return found
    return find_twin(work, page, attempt.sent, attempt.since)


def _may_take(work: Work, page: Page, record: Record) -> bool:
    """Whether a page and the notebook that has an id asked for may be one.

    It is ours, or a colleague's, of the same file, from which the ids follow: the two then meet,
    in conflict if they differ. One that another page of this mirror stands for it is not.
    """
    return record.short_id == page.short_id or record.short_id not in known(work)


def _next_id(work: Work, short_id: str) -> str:
    """The id that every clone asks for after one that is taken."""
    taken = known(work)
    short_id = derive_id(short_id)
    while short_id in taken:
        short_id = derive_id(short_id)
    return short_id
