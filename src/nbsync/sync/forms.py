"""JSON pages that become Markdown pages, because Markdown can say what they hold."""

from __future__ import annotations

from collections.abc import Collection

from nbsync import formats
from nbsync.errors import FormatError, NbsyncError
from nbsync.model import Notebook, Page, Side
from nbsync.sync.receive import reads_back
from nbsync.sync.survey import Survey
from nbsync.sync.work import Work, read, suffix_of
from nbsync.sync.writing import put_page

_NOTE = "its page is Markdown now"


def write_as_markdown(work: Work, survey: Survey, *, only: Collection[str] | None) -> None:
    """Give notebooks that were kept as JSON a Markdown page, where there can be one.

    An earlier nbsync kept every rich-text notebook so. The JSON page goes into the history; an
    edit that it holds comes along into the new page, and waits there to be sent. One that is in
    conflict waits until that is settled, and a JSON page of a Markdown notebook is somebody's
    choice. What is outside the filter stays as it is.

    Args:
        work: The run.
        survey: What was found.
        only: Ids to look at; all without it.
    """
    if work.mirror.form == "json":
        return
    waiting = work.mirror.store.conflicts().keys() | work.barred.keys()
    for short_id in sorted(survey.bases.keys() - waiting - survey.outside):
        if suffix_of(work.paths.get(short_id, "")) != formats.JSON:
            continue
        if only is None or short_id in only:
            try:
                _write(work, short_id)
            except NbsyncError as error:
                work.fail(short_id, error)


def _write(work: Work, short_id: str) -> None:
    page, base = work.page(short_id), work.mirror.store.base(short_id)
    if page is None or base is None or not formats.is_document(base.record.notebook.content):
        return
    here = read(page, base.record.notebook)
    new = _as_markdown(work, page, here)
    if new is None or not reads_back(new, here, base.record.notebook):
        return
    put_page(work, page, new, base.record)
    if not work.dry_run:
        work.paths[short_id] = new.path
    work.tell(Side.LOCAL, "update", short_id, here, version=base.record.version, note=_NOTE)


def _as_markdown(work: Work, page: Page, notebook: Notebook) -> Page | None:
    if formats.why_json(notebook):
        return None
    local, suffix = work.mirror.local, formats.MARKDOWN
    path = page.path.removesuffix(formats.JSON) + suffix
    if path in work.paths.taken or local.read(page.short_id, path) is not None:
        path = local.place(page.short_id, notebook.title, suffix, work.paths.taken)
    try:
        return Page(page.short_id, path, formats.render(notebook, page.short_id, suffix))
    except FormatError:
        return None
