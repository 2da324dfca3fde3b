"""Looking: what moved on either side, read no further than is needed to decide."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from nbsync import formats
from nbsync.errors import AuthError, Busy, FormatError
from nbsync.model import (
    Notebook,
    Record,
    RemoteMemory,
    RemoteSnapshot,
    State,
    Step,
    Unloaded,
    Unreadable,
)
from nbsync.reconcile import Standing, clean, standing
from nbsync.sync.found import IN_STEP, Survey
from nbsync.sync.selecting import is_current, left_out
from nbsync.sync.work import Mirror, read

__all__ = ["Survey", "look"]


def look(
    mirror: Mirror,
    *,
    ask_list: bool,
    ask_each: bool = True,
    delete: bool = False,
    only: Collection[str] | None = None,
    rows: RemoteSnapshot | None = None,
) -> Survey:
    """Look at both sides.

    Args:
        mirror: The two sides and the store.
        ask_list: Read the server's list. Without it the server is taken to be as base says,
            unless a title changed here or something is to be deleted there: neither is guarded
            by the server (observed.md 7), so that one look at the list comes first.
        ask_each: GET what only a GET can tell: whether what is not listed is gone.
        delete: Missing pages are to be deleted on the server.
        only: Ids to look at; all without it.
        rows: The server's list, if this run has read it already.

    Raises:
        Busy: Somebody moves bases at this moment, as git does.
        NbsyncError: One of the sides cannot be looked at.
    """
    store = mirror.store
    memory, steps = store.rows(), store.steps()
    survey = _begun(mirror, memory)
    known = survey.bases.keys() | survey.snapshot.tokens.keys()
    wanted = known if only is None else known & set(only)
    in_step = _in_step(survey, steps, only)
    survey.base, survey.local = dict(in_step), dict(in_step)
    for short_id in wanted - in_step.keys():
        _look_here(mirror, survey, short_id, steps.get(short_id))
    _bar(survey, only)
    survey.rows = rows
    survey.delete, survey.everything = delete, only is None
    _leave_out(mirror, survey, rows.memory if rows else memory, known)
    if rows is None and (ask_list or (ask_each and _needs_list(mirror, survey, memory))):
        survey.rows = mirror.remote.scan(memory)
        store.put_rows(survey.rows.memory)
        _leave_out(mirror, survey, survey.rows.memory, known)
    _look_there(mirror, survey, everywhere=ask_list, ask_each=ask_each, only=only)
    return survey


def _begun(mirror: Mirror, memory: RemoteMemory | None) -> Survey:
    """A survey with what is remembered, and what lies in the directory."""
    store, bases = mirror.store, mirror.store.bases()
    snapshot = mirror.local.scan(bases.keys(), store.seen())
    store.put_seen(snapshot.seen)
    return Survey(
        snapshot=snapshot,
        bases=bases,
        intents={entry.short_id: entry for entry in store.journal() if entry.kind == "create"},
        conflicts={
            short_id: conflict
            for short_id, conflict in store.conflicts().items()
            if conflict.base == (bases[short_id].stamp if short_id in bases else "")
        },
        may_choose_ids=memory is None or memory.tells_all or not memory.rows,
        first=not bases and memory is None,
    )


def _leave_out(
    mirror: Mirror, survey: Survey, memory: RemoteMemory | None, known: Collection[str]
) -> None:
    """Fill in what the filter leaves out; nothing where notebooks were named."""
    if survey.everything:
        new = survey.intents.keys() - survey.bases.keys()
        survey.outside = left_out(mirror, memory, known) - new


def _bar(survey: Survey, only: Collection[str] | None) -> None:
    """Take unreadable files for what they are: not absent, whosever they may be."""
    named = {found.short_id: found for found in survey.snapshot.unreadable if found.short_id}
    unknown = [found for found in survey.snapshot.unreadable if found.short_id is None]
    for short_id in survey.base if unknown else ():
        if short_id not in survey.local:
            named[short_id] = Unreadable(
                short_id,
                None,
                f"The page of notebook {short_id} is missing; it may be {unknown[0].path}, which "
                "cannot be read.",
                unknown[0].hint,
            )
    for short_id, found in named.items():
        if only is None or short_id in only:
            survey.local[short_id] = found


def _in_step(
    survey: Survey, steps: Mapping[str, Step], only: Collection[str] | None
) -> dict[str, State]:
    """The states of pages and bases that are as they were when they were last seen in step.

    These are nearly all of them nearly always, so what follows looks at the others alone: each
    has one and the same state in base, here, and (where nothing new is told) there.
    """
    found = clean(survey.snapshot.tokens, survey.bases, steps)
    named = found if only is None else set(only).intersection(found)
    return dict.fromkeys(named, IN_STEP)


def _look_here(mirror: Mirror, survey: Survey, short_id: str, step: Step | None) -> None:
    """Fill in one notebook's base and local state; contents only where tokens cannot tell."""
    info, token = survey.bases.get(short_id), survey.snapshot.tokens.get(short_id)
    if info is not None:
        survey.base[short_id] = Unloaded(info.digest)
    if token is None:
        return
    found = standing(token, info, step)
    if found is Standing.STALE:
        survey.local[short_id] = Unloaded(token)
        survey.stale[short_id] = token
    else:
        _compare(mirror, survey, short_id, edited=found is Standing.EDITED)


def _compare(mirror: Mirror, survey: Survey, short_id: str, *, edited: bool) -> None:
    """Load a page and its base, and tell whether it is in step, stale or an edit."""
    page = mirror.local.read(short_id, survey.snapshot.paths[short_id])
    if page is None:
        return
    if isinstance(page, Unreadable):
        survey.local[short_id] = page
        return
    base, info = mirror.store.base(short_id), survey.bases.get(short_id)
    if base is not None and (info is None or info.stamp != base.record.stamp):
        raise moved_meanwhile(short_id)
    stands_on = base.record.notebook if base else None
    try:
        notebook = read(page, stands_on or mirror.blank)
    except FormatError as error:
        survey.local[short_id] = Unreadable(short_id, page.path, error.message, error.hint)
        return
    if base is None:
        survey.base.pop(short_id, None)
        survey.local[short_id] = notebook
    elif notebook == stands_on:
        survey.local[short_id] = survey.base[short_id]
        step = Step(page=page.token, base=survey.bases[short_id].digest)
        mirror.store.put_step(short_id, step)
    else:
        survey.base[short_id] = stands_on
        survey.local[short_id] = notebook
        key = notebook.key if page.path.endswith(formats.JSON) else formats.page_key(notebook)
        if not edited and key in base.earlier:
            survey.stale[short_id] = page.token


def moved_meanwhile(short_id: str) -> Busy:
    """What to raise where a base is not what it was a moment ago, under the lock: git moves it."""
    return Busy(
        f"The base of notebook {short_id} changed while nbsync was at work.", hint="nbsync sync"
    )


def _needs_list(mirror: Mirror, survey: Survey, memory: RemoteMemory | None) -> bool:
    """Whether a push has to look at the list: what it is about to do is guarded by no version.

    Neither a deletion nor a title is (observed.md 7). A page that is to become a notebook may
    have become one, by a colleague's clone, where the server chooses ids; and an older notebook
    that says the same is told from a new one only if it is known what was there before. And where
    the list was not read for the filter as it is now, no edit is known to be inside.
    """
    edited = survey.edited - survey.outside
    unsure = survey.everything and not is_current(mirror, memory)
    if mirror.selection.token and unsure and edited:
        return True
    if survey.delete or (survey.may_choose_ids and survey.intents.keys() & survey.local.keys()):
        return True
    for short_id in edited:
        local, base = survey.local[short_id], survey.base.get(short_id)
        if isinstance(local, Notebook) and isinstance(base, Notebook) and local.title != base.title:
            return True
    return False


def _look_there(
    mirror: Mirror,
    survey: Survey,
    *,
    everywhere: bool,
    ask_each: bool,
    only: Collection[str] | None,
) -> None:
    """Fill in the remote states; those that only a GET can tell are asked for, or left absent."""
    listed = survey.rows.tokens.keys() if survey.rows and everywhere else frozenset[str]()
    ids = (survey.base.keys() | survey.local.keys() | listed) - survey.outside
    if only is not None and everywhere and mirror.selection.query:
        ids |= set(only)  # of what the server leaves out, only a GET can tell
    if only is None:
        survey.remote = _nothing_new(survey, everywhere=everywhere)
    ask = []
    for short_id in (ids if only is None else ids & set(only)) - survey.remote.keys():
        if isinstance(survey.local.get(short_id), Unreadable):
            continue
        moved = survey.local.get(short_id) != survey.base.get(short_id)
        state, known = _told(survey, short_id, listed=everywhere or moved)
        if state is not None and only is not None and _is_unlisted(survey, short_id):
            state, known = None, False  # named, so looked up
        if state is not None:
            survey.remote[short_id] = state
        elif not known:
            ask.append(short_id)
    if ask and ask_each:
        _ask(mirror, survey, ask)


def _nothing_new(survey: Survey, *, everywhere: bool) -> dict[str, State]:
    """The remote states of notebooks in step whose row is what base says, or was not asked for."""
    bases, local = survey.bases, survey.local
    rows = survey.rows.tokens if survey.rows and everywhere else None
    found = {
        short_id: state
        for short_id, state in survey.base.items()
        if local.get(short_id) is state
        and (rows is None or rows.get(short_id) == bases[short_id].token)
    }
    for short_id in survey.conflicts.keys() | survey.outside:
        found.pop(short_id, None)
    return found


def _told(survey: Survey, short_id: str, *, listed: bool) -> tuple[State, bool]:
    """What can be said of the server's notebook without a GET, and whether that is enough."""
    info, rows = survey.bases.get(short_id), survey.rows
    base, conflict = survey.base.get(short_id), survey.conflicts.get(short_id)
    token = rows.tokens.get(short_id) if rows and listed else None
    unread = rows is None or not listed or (token is None and _is_unlisted(survey, short_id))
    if conflict is not None and (unread or token in {conflict.remote.token, conflict.seen}):
        survey.records[short_id] = conflict.remote
        return conflict.remote.notebook, True
    if rows is None or not listed:
        return base, base is not None or short_id in survey.intents
    if token is None:
        here = survey.local.get(short_id)
        untouched = here == base or (here is None and not survey.delete)
        if base is not None and untouched and _is_unlisted(survey, short_id):
            return base, True
        return None, short_id in survey.intents and base is None
    if info is not None and base is not None and token == info.token:
        return base, True
    return Unloaded(token), True


def _is_unlisted(survey: Survey, short_id: str) -> bool:
    """Whether a notebook is known to be there without being listed."""
    return survey.rows is not None and short_id in survey.rows.memory.unlisted


def _ask(mirror: Mirror, survey: Survey, short_ids: Collection[str]) -> None:
    """GET notebooks that no list tells of: gone is 404; there, or forbidden, is unlisted.

    Where the server selects what it lists, that is what the filter leaves out.
    """
    unlisted = set()
    for short_id, answer in mirror.remote.fetch(sorted(short_ids)):
        if answer is None:
            continue
        if isinstance(answer, Record) or answer.exit_code == AuthError.exit_code:
            unlisted.add(short_id)
        if short_id in unlisted and survey.everything and mirror.selection.query:
            survey.outside.add(short_id)
        elif isinstance(answer, Record):
            survey.records[short_id] = answer
            survey.remote[short_id] = Unloaded(answer.token)
        else:
            survey.remote[short_id] = answer
    if unlisted and survey.rows is not None:
        memory = survey.rows.memory
        memory = replace(memory, unlisted=memory.unlisted | unlisted)
        survey.rows = survey.rows._replace(memory=memory)
        mirror.store.put_rows(memory)
