"""Removing notebooks by name: from the server and from the directory, together."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from nbsync.errors import (
    AnswerLost,
    AuthError,
    Busy,
    Forbidden,
    NbsyncError,
    NotFound,
    PreconditionFailed,
    Unavailable,
)
from nbsync.model import (
    Change,
    JournalEntry,
    Notebook,
    Page,
    Plan,
    Record,
    Report,
    Side,
    Unloaded,
    Unreadable,
)
from nbsync.reconcile import check_guards
from nbsync.sync.receive import Outcome, receive
from nbsync.sync.recover import recover
from nbsync.sync.removable import held_record, is_edited, is_intent, why_not
from nbsync.sync.survey import Survey, look
from nbsync.sync.work import Mirror, Paths, Work, check_missing, read
from nbsync.sync.writing import bring

_ABOUT_ALL = (AuthError, Busy, Unavailable)


def remove_each(
    mirror: Mirror,
    short_ids: Iterable[str],
    *,
    force: bool = False,
    dry_run: bool = False,
    allowed: int | None = None,
) -> Report:
    """Delete notebooks, and their pages with them; one that has to stay holds up no other.

    No version guards a deletion on the server (observed.md 7), so one look at the list comes
    first: what was saved there since is not deleted. Pages that were never sent cost no request.

    Args:
        mirror: The two sides and the store, whose lock is held.
        short_ids: The notebooks.
        force: Delete also those whose page has edits that were never sent; the page's text stays
            in the history, as every text does.
        dry_run: Change nothing; the report says what would be done.
        allowed: How many deletions were confirmed.

    Returns:
        What was deleted, and what was not, and why.

    Raises:
        GuardTripped: These are too many at once; nothing was done.
        Busy: git is at work in the directory.
        NbsyncError: Nothing could be done at all.
    """
    mirror.local.check_quiet()
    recover(mirror, dry_run=dry_run)
    only = list(dict.fromkeys(short_ids))
    survey = _look(mirror, only)
    mirror.local.check_quiet()
    work = Work(
        mirror,
        paths=Paths(survey.snapshot.paths),
        stale=survey.stale,
        barred={found.short_id: found for found in survey.snapshot.unreadable if found.short_id},
        dry_run=dry_run,
    )
    going = [short_id for short_id in only if _may_go(work, survey, short_id, force=force)]
    if not dry_run:
        tracked = len(survey.bases)
        check_guards(_plan(survey, going), tracked=tracked, allowed=allowed, names=survey.names())
    _carry_out(work, survey, going)
    return Report(
        changes=tuple(sorted(work.changes)),
        problems=tuple(work.problems),
        unreadable=tuple(work.unreadable),
        tracked=len(mirror.store.bases()),
        requests=mirror.remote.requests,
    )


def _look(mirror: Mirror, only: Collection[str]) -> Survey:
    """Look at the named notebooks; at the server only for those that it may have."""
    intents = [entry for entry in mirror.store.journal() if entry.kind == "create"]
    own = {entry.short_id for entry in intents if entry.sent is None}
    asks = not own.issuperset(only)
    return look(mirror, ask_list=asks, ask_each=asks, delete=True, only=only)


def _may_go(work: Work, survey: Survey, short_id: str, *, force: bool) -> bool:
    """Tell whether a notebook may be deleted; if not, the report says why."""
    states = (survey.local.get(short_id), survey.remote.get(short_id))
    unreadable = [state for state in states if isinstance(state, Unreadable)]
    work.unreadable += unreadable
    refusal = None if unreadable else why_not(work, survey, short_id, force=force)
    if refusal is not None:
        work.fail(short_id, refusal)
    return not unreadable and refusal is None


def _plan(survey: Survey, going: Iterable[str]) -> Plan:
    """The deletions as the guards count them: each notebook once."""
    changes = [(each, Change(each, Unloaded(""), None)) for each in going]
    return Plan(
        local=tuple(change for each, change in changes if survey.remote.get(each) is None),
        remote=tuple(change for each, change in changes if survey.remote.get(each) is not None),
    )


def _carry_out(work: Work, survey: Survey, going: Iterable[str]) -> None:
    """Delete one after the other, as long as the server and the directory allow it.

    Raises:
        NbsyncError: Nothing could be done at all.
    """
    for short_id in going:
        try:
            _remove(work, survey, short_id)
        except NbsyncError as error:
            stops = isinstance(error, _ABOUT_ALL) and not isinstance(error, Forbidden)
            if stops and not work.changes:
                raise
            work.fail(short_id, error)
            if stops:
                return


def _remove(work: Work, survey: Survey, short_id: str) -> None:
    page = work.page(short_id)
    if page is not None and page.token != survey.snapshot.tokens.get(short_id):
        raise PreconditionFailed(
            f"{page.path} changed while nbsync was at work; nothing was deleted.",
            hint=f"nbsync rm {short_id}",
        )
    if is_intent(survey, short_id):
        _remove_intent(work, survey.intents[short_id], page)
        return
    held = held_record(work.mirror, short_id)
    edited = is_edited(survey, short_id)
    there = survey.remote.get(short_id) is not None
    if work.dry_run:
        _tell_both(work, held, there=there, here=page is not None)
        return
    if page is None:
        check_missing(work, short_id)
    _delete(work, page if edited else None, held, there=there)
    if receive(work, short_id, None) is Outcome.GONE:
        raise NbsyncError(
            f"{work.paths[short_id]} was edited while its notebook was being deleted; the page "
            "stays.",
            hint=f"nbsync push {short_id}   # brings the notebook back",
        )


def _remove_intent(work: Work, intent: JournalEntry, page: Page | None) -> None:
    """Remove a page that was to become a notebook; killed before the last step, nothing is sent."""
    short_id = intent.short_id
    if page is None:
        work.paths[short_id] = intent.path
        work.tell(Side.LOCAL, "forget", short_id, intent.sent or Notebook(None, None))
    else:
        notebook = read(page, work.mirror.blank)
        if not work.dry_run:
            work.mirror.local.check_quiet()
            work.mirror.store.keep_text(page)
            work.mirror.local.remove(page)
        work.tell(Side.LOCAL, "delete", short_id, notebook)
    if not work.dry_run:
        work.mirror.store.strike(short_id)


def _tell_both(work: Work, held: Record, *, there: bool, here: bool) -> None:
    if there:
        work.tell(Side.REMOTE, "delete", held.short_id, held.notebook, version=held.version)
    if here:
        work.tell(Side.LOCAL, "delete", held.short_id, held.notebook)


def _delete(work: Work, edited: Page | None, held: Record, *, there: bool) -> None:
    """Put a notebook into the server's bin; its page goes when that is done.

    A page with edits first becomes what it stands on: the edit of a notebook that is gone would
    bring it back, should this be killed before the page has gone, too.

    Raises:
        NbsyncError: It was not deleted, or that is not known; an edited page is as it was.
    """
    mirror = work.mirror
    mirror.local.check_quiet()
    if edited is not None:
        bring(work, edited, held)
    if not there:
        return
    try:
        record = mirror.remote.delete(held)
    except NotFound:
        record = held
    except BaseException as error:
        if edited is not None:
            mirror.local.write(edited, old=work.page(held.short_id))
            work.paths[held.short_id] = edited.path
        if isinstance(error, AnswerLost):
            forced = " --force" if edited is not None else ""
            hint = f"nbsync rm{forced} {held.short_id}"
            raise AnswerLost(error.message, hint=hint, refused=error.refused) from error
        raise
    work.tell(Side.REMOTE, "delete", held.short_id, record.notebook, version=record.version)
    mirror.store.keep_record(record)
