"""One notebook from the directory to the server: one request, and what to do when it fails."""

from __future__ import annotations

from dataclasses import replace
from shlex import quote

from nbsync import formats
from nbsync.errors import (
    AnswerLost,
    FormatError,
    NbsyncError,
    NotFound,
    VersionConflict,
)
from nbsync.model import JournalEntry, Notebook, Page, Record, Side, Unreadable
from nbsync.sync.ours import is_markdown
from nbsync.sync.receive import Outcome, receive
from nbsync.sync.selecting import NOT_KEPT_UP, is_outside
from nbsync.sync.work import Work, forget, is_moving, read

ROUNDS = 3
"""How often an edit is merged and sent again before it is left to the next run."""


def send(work: Work, short_id: str, *, gone: bool = False) -> None:
    """Send a page's edit, with the version it stands on; merge and send again where that moved.

    Args:
        work: The run.
        short_id: The notebook.
        gone: The server is known not to have it any more: it is restored by the same request.

    Raises:
        NbsyncError: It was not sent, or it is not known whether it was; the page is as it was.
    """
    was_sent, trouble, restored = None, None, gone
    for _ in range(ROUNDS):
        found = _to_send(work, short_id, was_sent)
        if found is None:
            return
        page, held, here = found
        enter(work, page, here, "push")
        trouble = _request(work, replace(held, deleted=gone), here, restored=restored)
        if trouble is None:
            return
        was_sent, work.pushed[short_id] = here, here
        record = fetch_one(work, short_id)
        if record is None:
            work.pushed.pop(short_id)
        if record is None and gone:
            record, restored = _undelete(work, page, held), True
        gone = record is None
        if record is not None and receive(work, short_id, record) is Outcome.CONFLICT:
            return
    if isinstance(trouble, AnswerLost):
        raise trouble
    raise VersionConflict(
        f"{work.paths.get(short_id)}: somebody else saved this notebook each of {ROUNDS} times "
        "that it was merged and sent; the page holds the last merge.",
        hint="nbsync sync",
    )


def _to_send(
    work: Work, short_id: str, was_sent: Notebook | None
) -> tuple[Page, Record, Notebook] | None:
    """The page, what it stands on, and what it says, if there is an edit to be sent.

    Where it is not known whether an earlier edit arrived, or whether a title that is to be
    changed is still what it was, that is found out first.
    """
    if short_id in work.pushed:
        record = fetch_one(work, short_id)
        conflict = record is not None and receive(work, short_id, record) is Outcome.CONFLICT
        work.pushed.pop(short_id, None)
        if conflict:
            return None
    page, base = work.page(short_id), work.mirror.store.base(short_id)
    if page is None or base is None:
        return None
    work.mirror.local.check_quiet()
    if is_moving(work, page):
        return _to_send(work, short_id, was_sent)
    held = base.record
    here = read(page, held.notebook)
    if here == held.notebook:
        if here == was_sent:
            _tell(work, here, held, note="the answer had been lost")
        return None
    check(page, here, held.notebook)
    if here.title != held.notebook.title and short_id not in work.looked:
        outcome = _look_at_list(work, held)
        if outcome is not None:
            return None if outcome is Outcome.CONFLICT else _to_send(work, short_id, was_sent)
    return page, held, here


def _look_at_list(work: Work, record: Record) -> Outcome | None:
    """See whether the server's title is still base's: no version guards it (observed.md 7).

    Returns:
        None if the list says so; else how the page stands after what is there was received.
    """
    listed = work.mirror.remote.scan(work.mirror.store.rows())
    work.mirror.store.put_rows(listed.memory)
    work.looked.add(record.short_id)
    if listed.tokens.get(record.short_id) == record.token:
        return None
    found = fetch_one(work, record.short_id)
    return None if found is None else receive(work, record.short_id, found)


def _request(
    work: Work, old: Record, here: Notebook, *, restored: bool
) -> VersionConflict | AnswerLost | None:
    """Send one edit, and take in the answer; what is returned leaves doubt about the effect.

    Raises:
        NbsyncError: It had no effect, or the page could not follow the answer.
    """
    try:
        answer = work.mirror.remote.update(old, here)
        if answer.deleted:  # a moment ago: observed.md 10
            restored = True
            answer = work.mirror.remote.update(answer, here)
    except (VersionConflict, AnswerLost) as error:
        return error
    except NotFound as error:
        raise _gone_for_good(work, old) from error
    _tell(work, here, answer, restored=restored)
    receive(work, old.short_id, answer, sent=here)
    return None


def _undelete(work: Work, page: Page, record: Record) -> Record:
    """Take a notebook that was edited and then deleted out of the bin, as it lies there.

    Raises:
        NbsyncError: It is gone for good, or could not be restored.
    """
    try:
        found = work.mirror.remote.undelete(record)
    except NotFound as error:
        raise _gone_for_good(work, record) from error
    _tell(work, read(page, record.notebook), found, restored=True)
    return found


def _gone_for_good(work: Work, record: Record) -> NbsyncError:
    """Let go of a notebook that the server cannot restore; its page stays, and can be added."""
    path = work.paths.get(record.short_id, record.short_id)
    forget(work.mirror, record.short_id)
    return NbsyncError(
        f"{path}: PostHog has no notebook {record.short_id} any more, not even a deleted one; the "
        "page stays as it is.",
        hint=f"nbsync add {quote(path)}",
    )


def _tell(
    work: Work, here: Notebook, record: Record, *, restored: bool = False, note: str = ""
) -> None:
    if restored:
        note = "it was deleted in PostHog; the edit beats the deletion, its folder is lost"
    elif not note and is_outside(work, record):
        note = NOT_KEPT_UP
    action = "restore" if restored else "update"
    work.tell(Side.REMOTE, action, record.short_id, here, version=record.version, note=note)


def check(page: Page, here: Notebook, held: Notebook | None = None) -> None:
    """See to it that a notebook can be sent, before anything says that it is.

    Raises:
        FormatError: It cannot; the message names the file and the place. What is sent has the
            form of what it replaces: rich text stays rich text, Markdown stays Markdown.
    """
    if held is not None and is_markdown(held) is not is_markdown(here):
        form = "Markdown" if is_markdown(held) else "rich text"
        raise FormatError(
            f"{page.path}: this notebook is {form} in PostHog, and its page is not: nbsync never "
            "turns one into the other.",
            hint=f"nbsync diff {quote(page.path)}",
        )
    try:
        formats.check_sendable(here)
    except FormatError as error:
        where = page.path if error.line is None else f"{page.path}:{error.line}"
        raise FormatError(f"{where}: {error.message}", line=error.line, hint=error.hint) from error


def enter(work: Work, page: Page, here: Notebook, kind: str, *, since: str = "") -> None:
    """Write down what is about to be sent, and keep the page's text, whatever comes."""
    work.mirror.local.check_quiet()
    work.mirror.store.keep_text(page)
    work.mirror.store.enter(
        JournalEntry(
            short_id=page.short_id,
            kind=kind,
            path=page.path,
            before=page.token,
            sent=here,
            since=since,
        )
    )


def fetch_one(work: Work, short_id: str) -> Record | None:
    """GET one notebook; None where it is gone.

    Raises:
        NbsyncError: It could not be read.
    """
    for _, answer in work.mirror.remote.fetch((short_id,)):
        if isinstance(answer, Unreadable):
            raise NbsyncError(answer.error, hint=answer.hint)
        return answer
    return None


def delete(work: Work, short_id: str) -> None:
    """Put a notebook whose page is missing into the server's bin.

    Raises:
        NbsyncError: It was not deleted, or that is not known.
    """
    base = work.mirror.store.base(short_id)
    work.mirror.local.check_quiet()
    found = work.mirror.local.scan(work.mirror.store.bases().keys(), work.mirror.store.seen())
    if base is None or short_id in found.paths or found.unreadable:
        return  # the page is back, or may be
    try:
        record = work.mirror.remote.delete(base.record)
    except NotFound:
        record = base.record
    work.tell(Side.REMOTE, "delete", short_id, record.notebook, version=record.version)
    work.mirror.store.keep_record(record)
    forget(work.mirror, short_id)
