"""Pages written as the server has their notebooks, each with its base behind it."""

from __future__ import annotations

from nbsync import formats
from nbsync.model import JournalEntry, Page, Record, digest
from nbsync.sync.ours import is_markdown
from nbsync.sync.work import Work, forget, remember, suffix_of


def bring(work: Work, page: Page | None, record: Record) -> None:
    """Write the server's notebook into its page; into one of another kind where it must be.

    What the notebook holds now may need another one: what is no document is kept as JSON.
    """
    if page is None:
        new = new_page(work, record)
    else:
        path = path_for(work, page, record)
        like = text_like(page, suffix_of(path))
        text = formats.render(record.notebook, record.short_id, suffix_of(path), like=like)
        new = Page(record.short_id, path, text)
    exact = page is None and suffix_of(new.path) == formats.MARKDOWN
    put_page(work, page, new, record, in_step=exact)
    work.paths[record.short_id] = new.path


def new_page(work: Work, record: Record) -> Page:
    """The page of a notebook that has none; one of Markdown is read back as just that notebook.

    Raises:
        NbsyncError: The notebook can have no page.
    """
    short_id, notebook = record.short_id, record.notebook
    suffix, text = formats.page_for(notebook, short_id, work.mirror.form)
    path = work.mirror.local.place(short_id, notebook.title, suffix, work.paths.taken)
    return Page(short_id, path, text)


def path_for(work: Work, page: Page, record: Record) -> str:
    """Where the page of a notebook is to lie: where it is, if it may go on as the kind it is.

    A Markdown page has to become a JSON page where no Markdown can say what the notebook holds
    now. A JSON page becomes Markdown if that was the reason for it, and is no more.
    """
    short_id, title, local = record.short_id, record.notebook.title, work.mirror.local
    suffix = formats.suffix_for(record.notebook, work.mirror.form)
    if suffix_of(page.path) == suffix:
        return page.path
    if suffix == formats.MARKDOWN:
        base = work.mirror.store.base(short_id)
        if base is None or is_markdown(base.record.notebook):
            return page.path  # somebody's choice
    path = page.path.removesuffix(suffix_of(page.path)) + suffix
    if path not in work.paths.taken and local.read(short_id, path) is None:
        return path
    return local.place(short_id, title, suffix, work.paths.taken)


def text_like(page: Page, suffix: str) -> str | None:
    """The text that another page of a kind is to be written like; None where this is another."""
    return page.text if suffix_of(page.path) == suffix else None


def put_page(
    work: Work, old: Page | None, new: Page, record: Record, *, in_step: bool = False
) -> None:
    """Write a page that contains what the server returned, and let base follow it.

    The order is the promise: what is replaced goes into the history, the journal says what is
    being done, then the page, then base. A page that is new needs no journal: killed before
    its base is written, it is found equal to the server's notebook and adopted.

    Args:
        work: The run.
        old: The page as it is; None for none.
        new: The page that it is to be.
        record: What the server returned.
        in_step: The new page is known to say just that.
    """
    if work.dry_run:
        return
    mirror = work.mirror
    mirror.local.check_quiet()
    if old is None or old.text != new.text:
        if old is not None:
            mirror.store.keep_text(old)
            mirror.store.enter(
                JournalEntry(
                    short_id=new.short_id,
                    kind="pull",
                    path=new.path,
                    before=old.token,
                    after=digest(new.text),
                    to=record,
                    old_path=old.path if old.path != new.path else "",
                )
            )
        mirror.local.write(new, old=old)
    remember(mirror, record, new, in_step=in_step)


def remove_page(work: Work, page: Page) -> None:
    """Remove the page of a notebook that is gone; its text stays in the history."""
    if work.dry_run:
        return
    mirror = work.mirror
    mirror.local.check_quiet()
    mirror.store.keep_text(page)
    mirror.store.enter(
        JournalEntry(short_id=page.short_id, kind="pull", path=page.path, before=page.token)
    )
    mirror.local.remove(page)
    forget(mirror, page.short_id)
