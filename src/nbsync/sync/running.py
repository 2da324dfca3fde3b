"""One run from top to bottom: looks at both sides, decides, carries out, remembers."""

from __future__ import annotations

from collections.abc import Callable, Collection
from shlex import quote

from nbsync.errors import AuthError, Busy, Forbidden, NbsyncError, Unavailable
from nbsync.model import (
    Change,
    Notebook,
    Plan,
    Report,
    Seen,
    Side,
    Unloaded,
)
from nbsync.reconcile import EDIT_BEATS_DELETION, check_guards, half
from nbsync.sync.create import create
from nbsync.sync.forms import write_as_markdown
from nbsync.sync.pulling import look_again, receive_all
from nbsync.sync.receive import Outcome
from nbsync.sync.recover import recover
from nbsync.sync.send import delete, send
from nbsync.sync.survey import Survey, look
from nbsync.sync.twins import adopt_created
from nbsync.sync.verify import verify as ask_versions
from nbsync.sync.work import Mirror, Paths, Work, conflict_of, unseen


def run(
    mirror: Mirror,
    *,
    pull: bool = False,
    push: bool = False,
    verify: bool = False,
    dry_run: bool = False,
    remove: bool = False,
    only: Collection[str] | None = None,
    allowed: int | None = None,
    progress: Callable[[int, int], None] = unseen,
) -> Report:
    """One run: both halves of the plan are `sync`, one of them is `pull` or `push`.

    Args:
        mirror: The two sides and the store, whose lock is held.
        pull: Bring the files up to what the server has.
        push: Send the edits of the files.
        verify: Ask every notebook for its version, whatever the list says.
        dry_run: Carry out nothing; the report says what would be done.
        remove: Delete notebooks whose page is missing.
        only: Ids to look at; all without it.
        allowed: How many deletions and overwrites were confirmed.
        progress: Called with (notebooks done, notebooks in all) while the server is asked.

    Returns:
        What was done, and what could not be.

    Raises:
        GuardTripped: It would delete or overwrite too much; nothing was done.
        Busy: git is at work in the directory.
        NbsyncError: Nothing could be done at all.
    """
    mirror.local.check_quiet()
    pushed = recover(mirror, dry_run=dry_run)

    survey = look(mirror, ask_list=pull, delete=remove, only=only)
    mirror.local.check_quiet()
    work = Work(mirror, pushed=pushed, dry_run=dry_run, progress=progress)
    _begin(work, survey)
    if not dry_run and adopt_created(work, survey):
        survey = look(mirror, ask_list=pull, delete=remove, only=only, rows=survey.rows)
        _begin(work, survey)
    verified = survey.first
    if verify:
        verified = ask_versions(mirror, survey, only=only, progress=progress)
    whole = survey.plan()
    plan = half(whole, pull=pull, push=push)
    if not dry_run:
        names = survey.names(change.short_id for change in (*plan.local, *plan.remote))
        tracked = len(survey.bases.keys() - survey.outside)
        check_guards(plan, tracked=tracked, allowed=allowed, names=names)

    if pull:
        write_as_markdown(work, survey, only=only)
    try:
        _carry_out(work, survey, plan, pull=pull, push=push)
    finally:
        _note_pages(work)
    if verified and pull and only is None and not (dry_run or work.problems or work.unreadable):
        mirror.store.note_verified()
    _tell_what_waits(work, whole, pull=pull, push=push)
    return _report(work, survey, plan)


def _begin(work: Work, survey: Survey) -> None:
    """Tell the run where the pages are that were found."""
    unreadable = survey.snapshot.unreadable
    work.paths, work.stale = Paths(survey.snapshot.paths), survey.stale
    work.looked = survey.edited if survey.rows else set()
    work.barred = {found.short_id: found for found in unreadable if found.short_id}


def _carry_out(work: Work, survey: Survey, plan: Plan, *, pull: bool, push: bool) -> None:
    """Both halves, as far as the server can be reached; what was done is done, and is told.

    Raises:
        NbsyncError: Nothing could be done at all.
    """
    if not work.dry_run:
        _close_settled(work.mirror, survey)
    try:
        edited = receive_all(work, survey, plan)
        if pull and survey.first and survey.everything and not work.dry_run:
            edited |= look_again(work)
        if push:
            _send_all(work, survey, plan, edited)
    except (AuthError, Unavailable) as error:
        if not work.changes:
            raise
        work.fail("", error)


def _note_pages(work: Work) -> None:
    """Remember what new pages say, so that the next look need not understand each of them anew."""
    store = work.mirror.store
    seen, steps = store.seen(), store.steps()
    new = {
        path: Seen.written(steps[short_id].page, short_id)
        for short_id, path in work.paths.items()
        if path not in seen and short_id in steps and steps[short_id].page
    }
    if new and not work.dry_run:
        store.put_seen({**seen, **new})


def _tell_what_waits(work: Work, plan: Plan, *, pull: bool, push: bool) -> None:
    """Say where an edit beat a deletion, and the other half of the sync is to act on it."""
    for change in () if pull else plan.local:
        if change.note == EDIT_BEATS_DELETION:
            what = f"Notebook {change.short_id} was edited in PostHog while its page is missing"
            work.fail(change.short_id, NbsyncError(f"{what}: it stays.", hint="nbsync pull"))
    for change in () if push else plan.remote:
        if change.note == EDIT_BEATS_DELETION:
            what = f"{work.paths.get(change.short_id)} was edited, and deleted in PostHog"
            error = NbsyncError(f"{what}: the edit beats the deletion.", hint="nbsync push")
            work.fail(change.short_id, error)


def _close_settled(mirror: Mirror, survey: Survey) -> None:
    """Close conflicts that git has settled: their base is no longer the one they were made on."""
    for short_id in mirror.store.conflicts().keys() - survey.conflicts.keys():
        mirror.store.close_conflict(short_id)


def _send_all(work: Work, survey: Survey, plan: Plan, edited: dict[str, Outcome]) -> None:
    """The push half: one request an edit; what is in conflict is never sent."""
    changes = {change.short_id: change for change in plan.remote}
    for short_id, outcome in edited.items():
        gone = outcome is Outcome.GONE
        changes[short_id] = Change(short_id, None if gone else Unloaded(""), Unloaded("page"))
    restores = {change.short_id for change in changes.values() if change.old is None}
    barred = work.mirror.store.conflicts().keys() - restores
    wanted = sorted(changes.keys() - barred)
    for done, short_id in enumerate(wanted):
        work.progress(done, len(wanted))
        try:
            _send_one(work, survey, changes[short_id])
        except Busy:
            raise
        except NbsyncError as error:
            stops = isinstance(error, (AuthError, Unavailable)) and not isinstance(error, Forbidden)
            if stops and not work.changes:
                raise
            work.fail(short_id, error)
            if stops:
                return


def _send_one(work: Work, survey: Survey, change: Change) -> None:
    short_id, intent = change.short_id, survey.intents.get(change.short_id)
    if work.dry_run:
        state, info = survey.local.get(short_id), survey.bases.get(short_id)
        known = Notebook(info.title if info else None, None)
        notebook = state if isinstance(state, Notebook) else known
        action = "restore" if change.old is None and intent is None else change.action
        work.tell(Side.REMOTE, action, short_id, notebook, note=change.note)
    elif change.new is None:
        delete(work, short_id)
    elif change.old is None and intent is not None:
        create(work, intent)
    else:
        send(work, short_id, gone=change.old is None)


def _report(work: Work, survey: Survey, plan: Plan) -> Report:
    """Sum up: what was done, what failed, and what waits for somebody."""
    conflicts = {
        short_id: conflict_of(work, short_id, artefact.remote, artefact.regions)
        for short_id, artefact in work.mirror.store.conflicts().items()
    }
    for short_id in plan.orphans:
        work.fail(short_id, _orphan(work, short_id))
    unread = [found for found in survey.snapshot.unreadable if found.short_id is None]
    unread += survey.rows.refused if survey.rows else ()
    unread = unread if survey.everything else []
    moved = survey.first or plan.base or plan.local or plan.remote or plan.conflicts or work.changes
    return Report(
        changes=tuple(sorted(work.changes)),
        conflicts=tuple((work.conflicts | conflicts).values()),
        problems=tuple(work.problems),
        unreadable=(*plan.unreadable, *work.unreadable, *unread),
        held=tuple(sorted(work.held.union(plan.held))),
        untracked=survey.snapshot.untracked,
        tracked=len(work.mirror.store.bases() if moved else survey.bases),
        requests=work.mirror.remote.requests,
        outside=tuple(survey.kept_back),
    )


def _orphan(work: Work, short_id: str) -> NbsyncError:
    path = work.paths.get(short_id, short_id)
    return NbsyncError(
        f"{path}: PostHog has no notebook {short_id}, and nothing says that this page is to "
        "become one.",
        hint=f"nbsync add {quote(path)}",
    )
