"""Taking a text that was written elsewhere into its page, whatever became of the page since."""

from __future__ import annotations

from nbsync import formats
from nbsync.errors import FormatError, NbsyncError, PreconditionFailed
from nbsync.merge import merge
from nbsync.model import Notebook, Page
from nbsync.sync.acting import begin
from nbsync.sync.recover import recover
from nbsync.sync.work import Mirror, read, suffix_of


def page_of(mirror: Mirror, short_id: str) -> Page:
    """The page of a notebook, to be edited.

    Args:
        mirror: The mirror.
        short_id: The notebook.

    Raises:
        FormatError: It is there and cannot be read.
        NbsyncError: There is none.
    """
    page = begin(mirror).page(short_id)
    if page is not None:
        return page
    if short_id in mirror.store.bases():
        raise NbsyncError(
            f"The page of notebook {short_id} is missing.", hint=f"nbsync restore {short_id}"
        )
    raise NbsyncError(f"There is no notebook {short_id} here.", hint="nbsync list")


def take_in(mirror: Mirror, copied: Page, written: str) -> Page:
    """Let a page say what somebody made of a copy of it.

    Where the page is no longer what was copied, both are merged against the copy; the text
    that is replaced goes into the history.

    Args:
        mirror: The mirror, whose lock is held.
        copied: The page as it was when it was copied.
        written: What the copy says now.

    Returns:
        The page as it is now.

    Raises:
        FormatError: What was written is no page of this notebook; nothing was changed.
        PreconditionFailed: The page was edited as well, in the same places, or in this moment;
            nothing was changed.
        NbsyncError: There is no page any more, or it cannot be written.
        Busy: git is at work in the directory.
    """
    mirror.local.check_quiet()
    recover(mirror)
    page = page_of(mirror, copied.short_id)
    base = mirror.store.base(copied.short_id)
    like = base.record.notebook if base else None
    wanted = Page(copied.short_id, copied.path, written)
    notebook = _said(wanted, like)
    text = written if page.text == copied.text else _merged(copied, wanted, page, notebook, like)
    new = Page(page.short_id, page.path, text)
    if text != page.text:
        mirror.local.check_quiet()
        mirror.store.keep_text(page)
        mirror.local.write(new, old=page)
    return new


def _said(wanted: Page, like: Notebook | None) -> Notebook:
    """The notebook that was written.

    Raises:
        FormatError: It is none, or another one.
    """
    if not wanted.text.strip():
        raise FormatError("What you wrote is empty.")
    found = formats.short_id_in(wanted.text, suffix_of(wanted.path))
    if found is None:
        raise FormatError("The short_id is gone from what you wrote.")
    if found != wanted.short_id:
        raise FormatError(f"What you wrote has the short_id {found}, not {wanted.short_id}.")
    return formats.parse(wanted.text, suffix_of(wanted.path), like=like)


def _merged(
    copied: Page, wanted: Page, page: Page, notebook: Notebook, like: Notebook | None
) -> str:
    """The page's text with what was written, and what has come into the page since.

    Raises:
        PreconditionFailed: The two overlap.
    """
    overlap = PreconditionFailed(f"{page.path} was changed in the same places while you wrote.")
    if suffix_of(page.path) != suffix_of(copied.path):
        raise overlap
    merged = merge(read(copied, like), notebook, read(page, like)).notebook
    if merged is None:
        raise overlap
    before, mine, now = (_rendered(merged, each) for each in (copied, wanted, page))
    if before not in (mine, now) and mine != now:
        raise overlap  # in the front matter's other keys, say
    text = now if mine == before else mine
    if read(Page(page.short_id, page.path, text), like) != merged:
        raise overlap
    return text


def _rendered(notebook: Notebook, like: Page) -> str:
    """The notebook as a page that keeps what another page has of its own."""
    return formats.render(notebook, like.short_id, suffix_of(like.path), like=like.text)
