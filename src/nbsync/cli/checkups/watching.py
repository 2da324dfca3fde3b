"""How `nbsync watch` would learn of edits here."""

from __future__ import annotations

from pathlib import Path

from nbsync.cli.checkups.finding import Finding, note, ok
from nbsync.config import Config
from nbsync.local.ignoring import ignored
from nbsync.watch import Inbox, is_elsewhere, kind_of, observed, watch_limits

_POLL = 'say watch.backend = "polling" in nbsync.toml'


def look_at_watching(root: Path, config: Config) -> list[Finding]:
    """Watch the folder for a moment, and tell how that is done and what bounds it."""
    kind = kind_of(root)
    on = f" on {kind}" if kind else ""
    if config.watch_backend == "polling":
        return [ok("watch", f"by comparing files{on}, as nbsync.toml says")]
    if is_elsewhere(kind):
        what = f"the folder is{on}: what is changed from another machine is told to nobody"
        return [note("watch", what, _POLL)]
    with observed(
        root, Inbox(), backend="native", ignore=lambda path: ignored(path, config.ignore)
    ) as observer:
        backend, trouble = observer.backend, observer.trouble
    limits = watch_limits()
    bounds = "" if limits is None else f" ({limits[0]} folders and {limits[1]} programs at most)"
    if backend == "polling":
        hint = f"sudo sysctl fs.inotify.max_user_watches=524288   # or {_POLL}"
        what = f"the system gives no events: {trouble}{bounds}; files are compared instead"
        return [note("watch", what, hint if limits else _POLL)]
    return [ok("watch", f"the system's own events{on}{bounds}")]
