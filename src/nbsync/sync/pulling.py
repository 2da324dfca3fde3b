"""The pull half of a run: what the server has goes to the files, newest first, as it arrives."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from nbsync.errors import Busy, NbsyncError
from nbsync.model import Plan, Record, State, Unloaded, Unreadable
from nbsync.sync.arrivals import Arrivals
from nbsync.sync.receive import Outcome, receive
from nbsync.sync.survey import Survey
from nbsync.sync.work import Work


def receive_all(work: Work, survey: Survey, plan: Plan) -> dict[str, Outcome]:
    """The pull half: what the server has goes to the files; newest first, as it arrives.

    In a push, that is only what stands in its way: notebooks that moved on both sides.

    Returns:
        The ids whose page now holds an edit of what the server has.
    """
    wanted: dict[str, State] = {change.short_id: change.new for change in plan.local}
    wanted |= {conflict.short_id: conflict.remote for conflict in plan.conflicts}
    wanted |= {short_id: survey.remote.get(short_id) for short_id in plan.base}
    edited: dict[str, Outcome] = {}
    known = {*survey.bases, *survey.conflicts, *survey.intents}
    arrivals = Arrivals(work, known)
    try:
        for done, (short_id, answer) in enumerate(_records(work, survey, wanted), start=1):
            outcome = _one(work, short_id, answer, arrivals)
            if outcome in {Outcome.EDITED, Outcome.GONE}:
                edited[short_id] = outcome
            work.progress(done, len(wanted))
    except BaseException:
        with suppress(Busy):
            arrivals.settle()  # what the server did send is not asked for again
        raise
    arrivals.settle()
    return edited


def _records(
    work: Work, survey: Survey, wanted: dict[str, State]
) -> Iterable[tuple[str, Record | Unreadable | None]]:
    """The records of notebooks: those in hand and those gone at once, the others by GET."""
    ask = []
    for short_id, state in wanted.items():
        base = work.mirror.store.base(short_id) if state == survey.base.get(short_id) else None
        if state is None:
            yield short_id, None
        elif short_id in survey.records:
            yield short_id, survey.records[short_id]
        elif base is not None:  # the page is an old one, the server is as base says
            yield short_id, base.record
        elif isinstance(state, Unloaded):
            ask.append((state.token, short_id))
    yield from work.mirror.remote.fetch(short_id for _, short_id in sorted(ask, reverse=True))


def _one(
    work: Work,
    short_id: str,
    answer: Record | Unreadable | None,
    arrivals: Arrivals | None = None,
) -> Outcome | None:
    """Receive one notebook; what goes wrong with it is noted and holds up nothing else."""
    if isinstance(answer, Unreadable):
        work.unreadable.append(answer)
        return None
    try:
        if arrivals is not None and arrivals.takes(short_id, answer):
            return None
        return receive(work, short_id, answer)
    except Busy:
        raise
    except NbsyncError as error:
        work.fail(short_id, error)
        if answer is not None and not work.dry_run:
            with suppress(NbsyncError):  # it may be the very record that no file can hold
                work.mirror.store.keep_record(answer)
        return None


def look_again(work: Work) -> dict[str, Outcome]:
    """Read the head of the list once more: a first pull may take hours, and people go on."""
    edited: dict[str, Outcome] = {}
    memory = work.mirror.store.rows()
    try:
        listed = work.mirror.remote.scan(memory)
    except NbsyncError:
        return edited  # an extra: the next run looks anyway
    work.mirror.store.put_rows(listed.memory)
    known = memory.rows if memory else {}
    moved = [
        short_id
        for short_id, token in listed.tokens.items()
        if known.get(short_id, token) != token and short_id not in listed.memory.outside
    ]
    for short_id, answer in work.mirror.remote.fetch(moved):
        if _one(work, short_id, answer) is Outcome.EDITED:
            edited[short_id] = Outcome.EDITED
    return edited
