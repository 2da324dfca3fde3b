"""What people do with pages by name: make, take in, bring back, settle a conflict."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

from nbsync import formats
from nbsync.errors import FormatError, NbsyncError
from nbsync.model import (
    Artefact,
    JournalEntry,
    Notebook,
    OpenConflict,
    Page,
    Report,
    Side,
    Step,
)
from nbsync.sync.ids import derive_id
from nbsync.sync.older import Older, page_of, says
from nbsync.sync.receive import bring, put_page
from nbsync.sync.recover import recover
from nbsync.sync.send import is_markdown
from nbsync.sync.work import Mirror, Work, conflict_of, read, remember, suffix_of


@dataclass(frozen=True, slots=True)
class Added:
    """A page that is to become a notebook with the next push."""

    short_id: str
    path: str
    title: str


def new(mirror: Mirror, title: str, *, scope: str, salt: str) -> Added:
    """Make a page with a title; push makes it a notebook.

    Args:
        mirror: The mirror.
        title: Its first heading.
        scope: Host and project.
        salt: What makes this one differ from another of the same title.

    Raises:
        FormatError: No notebook can have this title.
    """
    scanned = mirror.local.scan(mirror.store.bases().keys(), mirror.store.seen())
    short_id = derive_id(scope, title, salt, taken=scanned.tokens.keys())
    notebook = formats.new_notebook(title, kind=mirror.new_notebooks)
    formats.check_sendable(notebook)
    suffix = formats.suffix_for(notebook, mirror.form)
    path = mirror.local.place(short_id, notebook.title, suffix, scanned.paths.values())
    page = Page(short_id, path, formats.render(notebook, short_id, suffix))
    return _take_in(mirror, page, None, notebook)


def add(mirror: Mirror, path: str, text: str, *, scope: str) -> Added:
    """Take a file in: it gets a short_id, and push makes it a notebook.

    Args:
        mirror: The mirror.
        path: The file, relative to the mirror's root.
        text: What it holds.
        scope: Host and project.

    Raises:
        FormatError: It cannot be a page.
        NbsyncError: It is a notebook already.
    """
    store, suffix = mirror.store, suffix_of(path)
    if suffix not in {formats.MARKDOWN, formats.JSON}:
        raise FormatError(
            f"{path} ends in neither .md nor .json.",
            hint="Give it a name that ends in .md, then: nbsync add NAME",
        )
    bases = store.bases()
    scanned = mirror.local.scan(bases.keys(), store.seen())
    short_id = formats.short_id_in(text, suffix)
    if short_id is not None and scanned.paths.get(short_id) == path and short_id in bases:
        raise NbsyncError(
            f"{path} is a page already: notebook {short_id}.", hint=f"nbsync diff {path}"
        )
    if short_id in bases:
        raise NbsyncError(
            f"{path} has the short_id of notebook {short_id}, which is here already.",
            hint=f"Take the short_id line out of {path}, then: nbsync add {path}",
        )
    if short_id is None:
        taken = bases.keys() | scanned.tokens.keys()
        short_id = derive_id(scope, path, text, taken=taken)
    old = Page(short_id, path, text)
    page = Page(short_id, path, formats.adopt(text, short_id, suffix))
    notebook = read(page, None)
    formats.check_new(notebook, path, kind=mirror.new_notebooks)
    formats.check_sendable(notebook)
    return _take_in(mirror, page, old, notebook)


def _take_in(mirror: Mirror, page: Page, old: Page | None, notebook: Notebook) -> Added:
    """Write the page, then the intent: killed in between, `add` is said again and goes on."""
    if old is None or old.text != page.text:
        mirror.local.write(page, old=old)
    if page.short_id not in {entry.short_id for entry in mirror.store.journal()}:
        rows = mirror.store.rows()
        since = rows.cursor if rows else ""
        mirror.store.enter(JournalEntry(page.short_id, "create", page.path, since=since))
    return Added(page.short_id, page.path, notebook.title or "")


def restore(work: Work, short_id: str) -> None:
    """Bring a missing page back, or mean a stale one: it then counts as an edit.

    Raises:
        NbsyncError: There is nothing to bring back.
    """
    mirror, base = work.mirror, work.mirror.store.base(short_id)
    if base is None:
        raise NbsyncError(f"Nothing is known of a notebook {short_id}.", hint="nbsync pull")
    page = work.page(short_id)
    if page is not None:
        if read(page, base.record.notebook) == base.record.notebook:
            raise NbsyncError(
                f"{page.path} is there, and says what it stands on: nothing in it could be sent. "
                "To mean an old text, take the page alone back, on the newest commit.",
                hint=f"git checkout COMMIT -- {page.path} && nbsync push",
            )
        _mean(mirror, short_id)
        work.tell(Side.LOCAL, "keep", short_id, read(page, base.record.notebook))
        return
    notebook = base.record.notebook
    suffix = formats.suffix_for(notebook, mirror.form)
    path = mirror.local.place(short_id, notebook.title, suffix, work.paths.values())
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
    version = older.version
    work.tell(Side.LOCAL, action, short_id, older.notebook, version=version, note=note)


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


def resolve(work: Work, short_id: str, artefact: Artefact, *, ours: bool) -> None:
    """Settle a conflict for one side; base becomes the record that the conflict was with.

    Later edits on the server are then merged again, as everywhere.

    Args:
        work: The run.
        short_id: The notebook.
        artefact: Its open conflict.
        ours: The page stays and is sent with the next push; else the server's text takes its
            place, and the page's goes into the history.

    Raises:
        NbsyncError: The page is missing or cannot be read.
    """
    mirror, record = work.mirror, artefact.remote
    page = work.page(short_id)
    if not ours:
        bring(work, page, record)
        work.tell(Side.LOCAL, "theirs", short_id, record.notebook, version=record.version)
        return
    if page is None:
        raise NbsyncError(
            f"The page of notebook {short_id} is missing: there is nothing of ours to keep.",
            hint=f"nbsync resolve {short_id} --theirs",
        )
    notebook = read(page, record.notebook)
    remember(mirror, record, page)
    work.tell(Side.LOCAL, "ours", short_id, notebook, version=record.version)


def open_conflicts(mirror: Mirror) -> list[OpenConflict]:
    """Every conflict that waits for a human."""
    work = _work(mirror)
    return [
        conflict_of(work, short_id, artefact.remote, artefact.regions)
        for short_id, artefact in sorted(mirror.store.conflicts().items())
    ]


def resolve_each(mirror: Mirror, short_ids: Iterable[str], *, ours: bool) -> Report:
    """Settle conflicts for one side; one that cannot be settled holds up no other."""
    waiting = mirror.store.conflicts()

    def settle(work: Work, short_id: str) -> None:
        if short_id not in waiting:
            raise NbsyncError(f"Notebook {short_id} is in no conflict.", hint="nbsync conflicts")
        resolve(work, short_id, waiting[short_id], ours=ours)

    return _each(mirror, short_ids, settle)


def restore_each(mirror: Mirror, short_ids: Iterable[str]) -> Report:
    """Bring pages back; one that cannot be brought back holds up no other."""
    return _each(mirror, short_ids, restore)


def bring_back_one(mirror: Mirror, short_id: str, older: Older) -> Report:
    """Write an older text into a notebook's page; what went wrong is in the report."""
    return _each(mirror, (short_id,), lambda work, each: bring_back(work, each, older))


def _each(mirror: Mirror, short_ids: Iterable[str], act: Callable[[Work, str], None]) -> Report:
    mirror.local.check_quiet()
    recover(mirror)
    work = _work(mirror)
    for short_id in short_ids:
        try:
            act(work, short_id)
        except NbsyncError as error:
            work.fail(short_id, error)
    return Report(
        changes=tuple(work.changes),
        problems=tuple(work.problems),
        tracked=len(mirror.store.bases()),
        requests=mirror.remote.requests,
    )


def _work(mirror: Mirror) -> Work:
    scanned = mirror.local.scan(mirror.store.bases().keys(), mirror.store.seen())
    barred = {found.short_id: found for found in scanned.unreadable if found.short_id}
    return Work(mirror, paths=dict(scanned.paths), barred=barred)
