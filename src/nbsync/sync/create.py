"""One page that becomes a notebook, exactly once."""

from __future__ import annotations

from nbsync import formats
from nbsync.errors import AnswerLost, PreconditionFailed, VersionConflict
from nbsync.model import JournalEntry, Notebook, Page, Record, Side, row_token
from nbsync.sync.ids import derive_id
from nbsync.sync.receive import Outcome, receive
from nbsync.sync.send import ROUNDS, check, enter, fetch_one, is_markdown, send
from nbsync.sync.work import Work, read, suffix_of


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
    rows = work.mirror.store.rows()
    since = entry.since or (rows.cursor if rows else "")
    for _ in range(ROUNDS):
        page = work.page(short_id)
        if page is None:
            return
        found = None if sent is None else fetch_one(work, short_id) or _twin(work, sent, since)
        if found is not None and sent is not None:
            if found.short_id != short_id:
                short_id = _rename(work, page, found.short_id, sent=sent)
            _take(work, short_id, found, sent)
            return
        here = read(page, None)
        check(page, here)
        enter(work, page, here, "create", since=since)
        try:
            answer = work.mirror.remote.create(short_id, here)
        except AnswerLost:
            sent = here
        except VersionConflict:  # a deleted notebook has the id, and keeps it: observed.md 13
            short_id, sent = _rename(work, page, derive_id(short_id), sent=None), None
        else:
            if answer.short_id != short_id:  # a server that chooses ids: observed.md 13
                work.mirror.store.put_row(answer.short_id, answer.token)
                short_id = _rename(work, page, answer.short_id, sent=here)
            _take(work, short_id, answer, here)
            return
    raise AnswerLost(
        f"{work.paths.get(short_id)}: the server did not say whether it created the notebook.",
        hint="nbsync push",
    )


def _twin(work: Work, sent: Notebook, since: str) -> Record | None:
    """The notebook that a server which chooses ids has made of what was sent (observed.md 13).

    It is listed with the title that was sent, no page is its own, it was made since, and it says
    the same.
    """
    store = work.mirror.store
    listed = work.mirror.remote.scan(store.rows())
    store.put_rows(listed.memory)
    known = store.bases().keys() | work.paths.keys()
    title = row_token("", sent.title)
    alike = [key for key, token in listed.tokens.items() if token.endswith(title)]
    for _, found in work.mirror.remote.fetch(key for key in alike if key not in known):
        if not isinstance(found, Record) or found.notebook != sent:
            continue
        if str(found.fields.get("created_at")) > since:
            return found
    return None


def _take(work: Work, short_id: str, record: Record, sent: Notebook) -> None:
    """Stand on a record that a create returned, or that a look found after one.

    A server may answer 201 with an older notebook of the same id (observed.md 13), or fail
    and leave us to find one. What is not what was sent is somebody else's, unless it is new and
    only its form was changed: then there is no base, and the two meet as a conflict.
    """
    converted = is_markdown(record.notebook) and not is_markdown(sent) and not record.version
    ours = record.notebook == sent or converted
    if ours:
        work.tell(Side.REMOTE, "create", short_id, sent, version=record.version)
    work.pushed.pop(short_id, None)
    outcome = receive(work, short_id, record, sent=sent if ours else None)
    if outcome is Outcome.EDITED:
        send(work, short_id)


def _rename(work: Work, page: Page, short_id: str, *, sent: Notebook | None) -> str:
    """Give a page another id, whatever has been written into it meanwhile.

    The intent goes on under the new id, with what was sent under it, if anything was.

    Raises:
        PreconditionFailed: It is being written to without a pause.
    """
    mirror, old_id = work.mirror, page.short_id
    for tries_left in reversed(range(ROUNDS)):
        text = formats.adopt(page.text, short_id, suffix_of(page.path))
        mirror.store.keep_text(page)
        mirror.store.enter(
            JournalEntry(short_id=short_id, kind="create", path=page.path, sent=sent)
        )
        try:
            mirror.local.write(Page(short_id, page.path, text), old=page)
            break
        except PreconditionFailed:
            again = work.page(old_id)
            if again is None or not tries_left:
                raise
            page = again
    work.paths[short_id] = work.paths.pop(old_id)
    mirror.store.strike(old_id)
    return short_id
