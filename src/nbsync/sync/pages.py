"""Pages that are to become notebooks: made new, or files that are taken in."""

from __future__ import annotations

from dataclasses import dataclass
from shlex import quote

from nbsync import formats
from nbsync.errors import FormatError, NbsyncError
from nbsync.model import JournalEntry, Notebook, Page
from nbsync.sync.ids import derive_id
from nbsync.sync.work import Mirror, suffix_of


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
            hint="give it a name that ends in .md, then: nbsync add NAME",
        )
    bases = store.bases()
    scanned = mirror.local.scan(bases.keys(), store.seen())
    short_id = formats.short_id_in(text, suffix)
    if short_id is not None and scanned.paths.get(short_id) == path and short_id in bases:
        raise NbsyncError(
            f"{path} is a page already: notebook {short_id}.", hint=f"nbsync diff {quote(path)}"
        )
    if short_id in bases:
        raise NbsyncError(
            f"{path} has the short_id of notebook {short_id}, which is here already.",
            hint=f"Take the short_id line out of {path}, then: nbsync add {quote(path)}",
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
