"""One act on each of several notebooks that somebody has named."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from nbsync.errors import NbsyncError
from nbsync.model import Report
from nbsync.sync.recover import recover
from nbsync.sync.work import Mirror, Paths, Work


def on_each(mirror: Mirror, short_ids: Iterable[str], act: Callable[[Work, str], None]) -> Report:
    """Do something to notebooks; one with which it cannot be done holds up no other."""
    mirror.local.check_quiet()
    recover(mirror)
    work = begin(mirror)
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


def begin(mirror: Mirror) -> Work:
    """A piece of work on a mirror whose pages were looked for just now."""
    scanned = mirror.local.scan(mirror.store.bases().keys(), mirror.store.seen())
    barred = {found.short_id: found for found in scanned.unreadable if found.short_id}
    return Work(mirror, paths=Paths(scanned.paths), barred=barred)
