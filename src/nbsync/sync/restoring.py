"""What brings texts back: missing pages, older versions, notebooks that were deleted."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from shlex import quote

from nbsync import formats
from nbsync.errors import FormatError, NbsyncError, NotFound
from nbsync.model import Notebook, Page, Record, Report, Side, Step
from nbsync.sync.acting import begin, on_each
from nbsync.sync.older import Older, page_of, says
from nbsync.sync.ours import is_markdown
from nbsync.sync.send import fetch_one
from nbsync.sync.work import Mirror, Work, read
from nbsync.sync.writing import bring, put_page


def restore(work: Work, short_id: str) -> None:
    """Bring a missing page back, or mean a stale one: it then counts as an edit.

    Raises:
        NbsyncError: There is nothing to bring back.
    """
    mirror, base = work.mirror, work.mirror.store.base(short_id)
    if base is None:
        raise NbsyncError(f"Nothing is known of a notebook {short_id}.", hint="nbsync pull")
    _check_readable(work, short_id)
    page = work.page(short_id)
    if page is not None:
        if read(page, base.record.notebook) == base.record.notebook:
            raise NbsyncError(
                f"{page.path} is there and has no edits: there is nothing to bring back. "
                "To bring back an older text, name its version.",
                hint=f"nbsync log {short_id}",
            )
        _mean(mirror, short_id)
        work.tell(Side.LOCAL, "keep", short_id, read(page, base.record.notebook))
        return
    notebook = base.record.notebook
    suffix = formats.suffix_for(notebook, mirror.form)
    path = mirror.local.place(short_id, notebook.title, suffix, work.paths.taken)
    work.paths[short_id] = path
    page = Page(short_id, path, formats.render(notebook, short_id, suffix))
    put_page(work, None, page, base.record)
    version = base.record.version
    work.tell(Side.LOCAL, "create", short_id, notebook, version=version)


def bring_back(work: Work, short_id: str, older: Older) -> None:
    """Write an older text into the page, as an edit of what the page stands on.

    What the page said goes into the history. Base stays, so that the next push sends the text
    as it sends any edit; nothing is done where the page says it already, and means it.

    Raises:
        FormatError: It is of another form than the notebook now is, or no page could say it.
        PreconditionFailed: The page changed in this very moment; nothing was overwritten.
    """
    _check_readable(work, short_id)
    mirror, base, page = work.mirror, work.mirror.store.base(short_id), work.page(short_id)
    stands_on = base.record.notebook if base else None
    here = None
    if page is not None:
        with suppress(FormatError):  # whatever is wrong in it goes
            here = read(page, stands_on)
    _check_form(short_id, older, stands_on or here)
    if page is not None and here is not None and says(here, older.notebook):
        if here != stands_on:
            _mean(mirror, short_id)
            work.tell(Side.LOCAL, "keep", short_id, here, version=older.version)
        return
    new = page_of(work, short_id, older, page, stands_on)
    mirror.local.check_quiet()
    if page is not None:
        mirror.store.keep_text(page)
    mirror.local.write(new, old=page)
    _mean(mirror, short_id)
    work.paths[short_id] = new.path
    action = "create" if page is None else "update"
    note = "the conflict stays open" if short_id in mirror.store.conflicts() else ""
    if base is None and short_id not in {entry.short_id for entry in mirror.store.journal()}:
        note = f"no notebook stands behind it: nbsync add {quote(new.path)} makes a new one"
    version = older.version
    work.tell(Side.LOCAL, action, short_id, older.notebook, version=version, note=note)


def _check_readable(work: Work, short_id: str) -> None:
    """See to it that no file stands in the way that may hold what is nowhere else.

    Raises:
        FormatError: The page is there, and cannot be read.
    """
    page = work.barred.get(short_id)
    if page is not None and page.path is not None:
        away = quote(f"{page.path}.broken")
        raise FormatError(
            f"{page.path} is there, and cannot be read: put it right, or move it away first.",
            hint=f"mv {quote(page.path)} {away} && nbsync restore {short_id}",
        )


def _mean(mirror: Mirror, short_id: str) -> None:
    """Let what the page says count as an edit, even where it was once in step."""
    info = mirror.store.bases().get(short_id)
    if info is not None:
        mirror.store.put_step(short_id, Step(page="", base=info.digest))


def _check_form(short_id: str, older: Older, now: Notebook | None) -> None:
    if now is not None and is_markdown(older.notebook) is not is_markdown(now):
        forms = ("Markdown", "rich text")
        was, is_ = forms if is_markdown(older.notebook) else reversed(forms)
        raise FormatError(
            f"{older.name} of notebook {short_id} is {was}, and the notebook is {is_} now: nbsync "
            "never turns one into the other.",
            hint=f"nbsync log {short_id}   # to choose one of the same form",
        )


def restore_each(mirror: Mirror, short_ids: Iterable[str]) -> Report:
    """Bring pages back; one that cannot be brought back holds up no other."""
    return on_each(mirror, short_ids, restore)


def bring_back_one(mirror: Mirror, short_id: str, older: Older) -> Report:
    """Write an older text into a notebook's page; what went wrong is in the report."""
    return on_each(mirror, (short_id,), lambda work, each: bring_back(work, each, older))


def deleted(mirror: Mirror, short_ids: Iterable[str]) -> list[str]:
    """Those of some notebooks that only the history knows: they were deleted, on both sides."""
    bases, paths = mirror.store.bases(), begin(mirror).paths
    return [
        short_id
        for short_id in short_ids
        if short_id not in bases and short_id not in paths and _newest(mirror, short_id)
    ]


def undelete_each(mirror: Mirror, short_ids: Iterable[str]) -> Report:
    """Take notebooks out of the server's bin, and their pages back; one holds up no other."""
    return on_each(mirror, short_ids, _undelete)


def _undelete(work: Work, short_id: str) -> None:
    """Bring a deleted notebook back, as it lies in the server's bin; its folder is lost.

    Raises:
        NbsyncError: It could not be brought back; NotFound: it is gone for good.
    """
    held = _newest(work.mirror, short_id)
    assert held is not None  # `deleted` has found it
    there = fetch_one(work, short_id)
    try:
        record = there or work.mirror.remote.undelete(held)
    except NotFound as error:
        raise NotFound(
            f"Notebook {short_id} is gone for good in PostHog; its texts are in the history.",
            hint=f"nbsync restore {short_id} --version {held.version}   # then add its page",
        ) from error
    notebook, version = record.notebook, record.version
    try:
        bring(work, None, record)
        work.tell(Side.LOCAL, "create", short_id, notebook, version=version)
    finally:
        if there is None:
            note = "its folder is lost"
            work.tell(Side.REMOTE, "restore", short_id, notebook, version=version, note=note)


def _newest(mirror: Mirror, short_id: str) -> Record | None:
    kept = (one.record for one in mirror.store.kept(short_id))
    return next((record for record in kept if record is not None), None)
