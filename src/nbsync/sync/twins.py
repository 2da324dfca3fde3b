"""A notebook that was made of a page, whatever id it has: found, and taken for the page's own."""

from __future__ import annotations

from datetime import UTC, datetime

from nbsync import formats
from nbsync.errors import AuthError, NbsyncError, PreconditionFailed, Unavailable
from nbsync.model import JournalEntry, Notebook, Page, Record, RemoteSnapshot, Side, row_token
from nbsync.sync.ours import is_markdown, is_ours
from nbsync.sync.receive import Outcome, receive
from nbsync.sync.selecting import NOT_KEPT_UP, is_outside
from nbsync.sync.send import ROUNDS
from nbsync.sync.survey import Survey
from nbsync.sync.work import Work, suffix_of

# Servers that keep no text_content (2023) are older than Markdown notebooks (2026).
_TOO_OLD = "this PostHog may be too old to show Markdown; see new_notebooks in nbsync.toml"


def newest(work: Work) -> str:
    """When the newest notebook that the list tells of was modified: the time before an attempt."""
    rows = work.mirror.store.rows()
    return rows.cursor if rows else ""


def known(work: Work) -> set[str]:
    """The ids that notebooks or pages of this mirror have."""
    return {*work.mirror.store.bases(), *work.paths}


def adopt_created(work: Work, survey: Survey) -> bool:
    """Find notebooks that were made of pages under ids that the server chose (observed.md 13).

    Their pages take those ids before anything is decided: else the notebooks would come as
    pages of their own, and the pages would be sent once more. Looked for are those that were
    sent; with a server that chooses ids also those that a colleague's clone may have sent.

    Returns:
        Whether there were any: the survey is then out of date.
    """
    adopted = False
    for short_id, entry in survey.intents.items():
        rows, here = survey.rows, survey.local.get(short_id)
        if rows is None or short_id in rows.tokens or not isinstance(here, Notebook):
            continue
        said = entry.sent or (here if rows.memory.tells_all else None)
        if said is not None:
            try:
                adopted |= _adopt(work, entry, said, rows, survey.records)
            except (AuthError, Unavailable):
                raise
            except NbsyncError as error:
                work.fail(short_id, error)
    return adopted


def _adopt(
    work: Work,
    entry: JournalEntry,
    said: Notebook,
    rows: RemoteSnapshot,
    records: dict[str, Record],
) -> bool:
    page, since = work.page(entry.short_id), entry.since if entry.sent else ""
    found = _listed(work, page, said, since, rows, records) if page else None
    if page is None or found is None:
        return False
    take(work, rename(work, page, found.short_id, sent=said), found, said)
    return True


def find_twin(work: Work, page: Page, sent: Notebook, since: str) -> Record | None:
    """The notebook that was made of what was sent, as the list now tells."""
    store = work.mirror.store
    listed = work.mirror.remote.scan(store.rows())
    store.put_rows(listed.memory)
    return _listed(work, page, sent, since, listed, {})


def _listed(
    work: Work,
    page: Page,
    sent: Notebook,
    since: str,
    listed: RemoteSnapshot,
    records: dict[str, Record],
) -> Record | None:
    """The notebook that was made of what was sent, under an id that the server chose.

    It is listed with the title that was sent, no page is its own, it was made since, and it says
    the same. What is read on the way is put into the records.
    """
    others = known(work) - {page.short_id}
    title = row_token("", sent.title)
    alike = {key for key, token in listed.tokens.items() if token.endswith(title)} - others
    fetched = work.mirror.remote.fetch(sorted(alike - records.keys()))
    records |= {key: found for key, found in fetched if isinstance(found, Record)}
    for key in sorted(alike & records.keys()):
        if is_ours(records[key], sent) and _made_after(records[key], since):
            return records[key]
    return None


def _made_after(record: Record, since: str) -> bool:
    """Whether a notebook was made after a moment; when it is, both of its times are later.

    The time of making may be the later one by a hair (observed.md 12).
    """
    times = (record.modified_at, str(record.fields.get("created_at")))
    return not since or all(_moment(since) < _moment(time) for time in times)


def _moment(text: str) -> datetime:
    """A timestamp; the fraction is not there when it is zero (observed.md 12)."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def take(work: Work, short_id: str, record: Record, sent: Notebook) -> Outcome:
    """Stand on a record that a create returned, or that a look found after one.

    A server may answer 201 with an older notebook of the same id (observed.md 13), or fail
    and leave us to find one. What is not what was sent is somebody else's, unless it is new and
    only its form was changed: then there is no base, and the two meet as a conflict.
    """
    ours = is_ours(record, sent)
    if ours:
        note = NOT_KEPT_UP if is_outside(work, record) else ""
        if is_markdown(sent) and "text_content" not in record.fields:
            note = _TOO_OLD
        work.tell(Side.REMOTE, "create", short_id, sent, version=record.version, note=note)
    work.pushed.pop(short_id, None)
    return receive(work, short_id, record, sent=sent if ours else None)


def rename(work: Work, page: Page, short_id: str, *, sent: Notebook | None) -> str:
    """Give a page the id that its notebook has, whatever has been written into it meanwhile.

    The intent goes on under the new id, with what was sent under it, if anything was.

    Raises:
        PreconditionFailed: It is being written to without a pause.
    """
    mirror, old_id = work.mirror, page.short_id
    if short_id == old_id:
        return short_id
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
    work.paths[short_id] = work.paths.lift(old_id)
    mirror.store.strike(old_id)
    return short_id
