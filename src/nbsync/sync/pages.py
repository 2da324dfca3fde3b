"""What people do with pages by name: make, take in, settle a conflict."""

from __future__ import annotations

from collections.abc import Iterable
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
)
from nbsync.sync.acting import begin, on_each
from nbsync.sync.ids import derive_id
from nbsync.sync.ours import is_markdown
from nbsync.sync.receive import bring
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
    notebook = _said_by(page, text, mirror.blank)
    formats.check_new(notebook, path, kind=mirror.new_notebooks)
    formats.check_sendable(notebook)
    return _take_in(mirror, page, old, notebook)


def _said_by(page: Page, text: str, like: Notebook | None) -> Notebook:
    """What a file is to say as a page; what is wrong with it is told by the lines it has now.

    Raises:
        FormatError: It cannot be read.
    """
    try:
        return formats.parse(page.text, suffix_of(page.path), like=like)
    except FormatError as error:
        added = page.text.count("\n") - text.count("\n") - (not text.endswith("\n"))
        line = None if error.line is None else max(1, error.line - added)
        where = page.path if line is None else f"{page.path}:{line}"
        raise FormatError(f"{where}: {error.message}", line=line, hint=error.hint) from error


def _take_in(mirror: Mirror, page: Page, old: Page | None, notebook: Notebook) -> Added:
    """Write the page, then the intent: killed in between, `add` is said again and goes on."""
    if old is None or old.text != page.text:
        mirror.local.write(page, old=old)
    if page.short_id not in {entry.short_id for entry in mirror.store.journal()}:
        rows = mirror.store.rows()
        since = rows.cursor if rows else ""
        mirror.store.enter(JournalEntry(page.short_id, "create", page.path, since=since))
    return Added(page.short_id, page.path, notebook.title or "")


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
    if not _has_form_of(notebook, record.notebook):
        form = "Markdown" if is_markdown(record.notebook) else "rich text"
        raise FormatError(
            f"{page.path}: this notebook is {form} in PostHog now, and its page is not: nbsync "
            "never turns one into the other. What the page says goes into its history.",
            hint=f"nbsync resolve {short_id} --theirs && nbsync log {short_id} --offline",
        )
    remember(mirror, record, page)
    work.tell(Side.LOCAL, "ours", short_id, notebook, version=record.version)


def _has_form_of(here: Notebook, there: Notebook) -> bool:
    """Whether a page can be sent as what its notebook now is."""
    if is_markdown(here) is not is_markdown(there):
        return False
    text = formats.markdown_of(here.content)
    known = formats.markdown_of(there.content) or ""
    return text is None or not formats.has_page_tags(text, like=known)


def open_conflicts(mirror: Mirror) -> list[OpenConflict]:
    """Every conflict that waits for a human."""
    work = begin(mirror)
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

    return on_each(mirror, short_ids, settle)
