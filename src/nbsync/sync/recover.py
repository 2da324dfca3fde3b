"""Finishing what a killed run had begun: base follows a page that was written, else stays."""

from __future__ import annotations

from nbsync.model import JournalEntry, Notebook, Page
from nbsync.sync.work import Mirror, forget, remember


def recover(mirror: Mirror, *, dry_run: bool = False) -> dict[str, Notebook]:
    """Finish the journal's entries.

    A page that is what was to be written is followed by its base. Any other page was not
    written, or was edited since: the older base stays, and the next look decides.

    Args:
        mirror: The two sides and the store.
        dry_run: Only tell what was sent; finish nothing.

    Returns:
        What was sent to the server and not known to have arrived, by short_id.
    """
    pushed = {}
    for entry in mirror.store.journal():
        if entry.kind == "pull":
            if not dry_run:
                _finish(mirror, entry)
        elif entry.sent is not None:
            pushed[entry.short_id] = entry.sent
    return pushed


def _finish(mirror: Mirror, entry: JournalEntry) -> None:
    page = mirror.local.read(entry.short_id, entry.path)
    token = "" if page is None else page.token if isinstance(page, Page) else None
    if token != entry.after:
        mirror.store.strike(entry.short_id)
    elif entry.to is None:
        _finish_removal(mirror, entry.short_id)
    else:
        old = mirror.local.read(entry.short_id, entry.old_path) if entry.old_path else None
        if isinstance(old, Page) and old.token == entry.before:
            mirror.local.remove(old)
        remember(mirror, entry.to, page if isinstance(page, Page) else None)


def _finish_removal(mirror: Mirror, short_id: str) -> None:
    """Let base go with its page, unless the page was only moved before it could be removed."""
    store = mirror.store
    found = mirror.local.scan(store.bases().keys(), store.seen())
    if short_id in found.paths or found.unreadable:
        store.strike(short_id)
    else:
        forget(mirror, short_id)
