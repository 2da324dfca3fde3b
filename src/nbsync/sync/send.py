"""One notebook from the directory to the server: one request, and what to do when it fails."""

from __future__ import annotations

from dataclasses import replace

from nbsync import formats
from nbsync.errors import AnswerLost, FormatError, NbsyncError, NotFound, VersionConflict
from nbsync.model import JournalEntry, Notebook, Page, Record, Side, Unreadable
from nbsync.sync.receive import Outcome, put_page, receive
from nbsync.sync.work import Work, forget, read, suffix_of

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
    was_sent = None
    for _ in range(ROUNDS):
        page, base = work.page(short_id), work.mirror.store.base(short_id)
        if page is None or base is None:
            return
        here = read(page, base.record.notebook)
        if here == base.record.notebook:
            if here == was_sent:
                _tell(work, here, base.record, note="the answer had been lost")
            return
        _check(page, here)
        _enter(work, page, here, "push")
        old = replace(base.record, deleted=gone)
        answer = _request(work, old, here)
        if answer is not None:
            receive(work, short_id, answer, sent=here)
            return
        was_sent, work.pushed = here, {**work.pushed, short_id: here}
        record = fetch_one(work, short_id)
        if record is None and gone:
            record = work.mirror.remote.undelete(old)
        gone = record is None
        if record is not None and receive(work, short_id, record) is Outcome.CONFLICT:
            return
    raise VersionConflict(
        f"{work.paths.get(short_id)}: somebody else saved this notebook each of {ROUNDS} times "
        "that it was merged and sent; the page holds the last merge.",
        hint="nbsync sync",
    )


def _request(work: Work, old: Record, here: Notebook) -> Record | None:
    """Send one edit; None where the version had moved, or where no answer came."""
    try:
        answer = work.mirror.remote.update(old, here)
        restored = old.deleted or answer.deleted
        if answer.deleted:  # a moment ago: observed.md 10
            answer = work.mirror.remote.update(answer, here)
    except (VersionConflict, AnswerLost):
        return None
    _tell(work, here, answer, restored=restored)
    return answer


def _tell(
    work: Work, here: Notebook, record: Record, *, restored: bool = False, note: str = ""
) -> None:
    if restored:
        note = "it was deleted in PostHog; the edit beats the deletion, its folder is lost"
    action = "restore" if restored else "update"
    work.tell(Side.REMOTE, action, record.short_id, here, version=record.version, note=note)


def _check(page: Page, here: Notebook) -> None:
    """See to it that a notebook can be sent, before anything says that it is.

    Raises:
        FormatError: It cannot; the message names the file and the place.
    """
    try:
        formats.check_sendable(here)
    except FormatError as error:
        where = page.path if error.line is None else f"{page.path}:{error.line}"
        raise FormatError(f"{where}: {error.message}", line=error.line, hint=error.hint) from error


def _enter(work: Work, page: Page, here: Notebook, kind: str) -> None:
    """Write down what is about to be sent, and keep the page's text, whatever comes."""
    work.mirror.local.check_quiet()
    work.mirror.store.keep_text(page)
    work.mirror.store.enter(
        JournalEntry(
            short_id=page.short_id, kind=kind, path=page.path, before=page.token, sent=here
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


def create(work: Work, entry: JournalEntry) -> None:
    """Create the notebook that a page is to become, exactly once.

    What is sent is in the journal before it is sent. Where an earlier attempt may have
    arrived, the id is looked up first; so it is after every answer that leaves doubt.

    Args:
        work: The run.
        entry: The intent, and what an earlier attempt sent.

    Raises:
        NbsyncError: It was not created, or that is not known; the intent stays.
    """
    short_id, sent = entry.short_id, entry.sent
    for _ in range(ROUNDS):
        if sent is not None:
            found = fetch_one(work, short_id)
            if found is not None:
                _take(work, short_id, found, sent)
                return
        page = work.page(short_id)
        if page is None:
            return
        here = read(page, None)
        _check(page, here)
        _enter(work, page, here, "create")
        try:
            answer = work.mirror.remote.create(short_id, here)
        except AnswerLost:
            sent = here
        except VersionConflict as error:
            raise NbsyncError(
                f"{page.path}: the id {short_id} belongs to a notebook that was deleted in "
                "PostHog, and ids are never given twice.",
                hint=f"Remove the short_id line from {page.path}, then: nbsync add {page.path}",
            ) from error
        else:
            if answer.short_id != short_id:
                _rename(work, page, here, answer)
            else:
                _take(work, short_id, answer, here)
            return
    raise AnswerLost(
        f"{work.paths.get(short_id)}: the server did not answer whether it created the notebook.",
        hint="nbsync push",
    )


def _take(work: Work, short_id: str, record: Record, sent: Notebook) -> None:
    """Stand on a record that a create returned, or that a look found after one.

    A server may answer 201 with an older notebook of the same id (observed.md 13). One that
    was never written to since it was made, and is not what was sent, is somebody else's:
    then there is no base, and the two meet as a conflict.
    """
    converted = formats.markdown_of(sent.content) != formats.markdown_of(record.notebook.content)
    ours = record.notebook == sent or record.version > 0
    rewritten = converted and formats.markdown_of(sent.content) is None
    if record.notebook == sent:
        work.tell(Side.REMOTE, "create", short_id, sent, version=record.version)
    outcome = receive(work, short_id, record, sent=sent if ours or rewritten else None)
    if outcome is Outcome.EDITED:
        send(work, short_id)


def _rename(work: Work, page: Page, here: Notebook, record: Record) -> None:
    """Give a page the id that a server which ignores ours has chosen (observed.md 13)."""
    text = formats.adopt(page.text, record.short_id, suffix_of(page.path))
    work.paths.pop(page.short_id)
    work.paths[record.short_id] = page.path
    put_page(work, page, Page(record.short_id, page.path, text), record)
    work.mirror.store.strike(page.short_id)
    work.tell(Side.REMOTE, "create", record.short_id, here, version=record.version)


def delete(work: Work, short_id: str) -> None:
    """Put a notebook whose page is missing into the server's bin.

    Raises:
        NbsyncError: It was not deleted, or that is not known.
    """
    base = work.mirror.store.base(short_id)
    if base is None:
        return
    work.mirror.local.check_quiet()
    try:
        record = work.mirror.remote.delete(base.record)
    except NotFound:
        record = base.record
    work.tell(Side.REMOTE, "delete", short_id, record.notebook, version=record.version)
    work.mirror.store.keep_record(record)
    forget(work.mirror, short_id)
