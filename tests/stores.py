"""A store in a folder, filled with one of everything, and what then lies on the disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from nbsync.model import (
    JournalEntry,
    Page,
    RemoteMemory,
    Seen,
    Step,
)
from nbsync.store import DiskStore
from test_contract_store import artefact, record

LATE = 2**62  # ns, long after every file's mtime


def store_in(root: Path, *, read_only: bool = False, late: bool = True) -> DiskStore:
    clock: dict[str, Callable[[], int]] = {"clock_ns": lambda: LATE} if late else {}
    root.mkdir(exist_ok=True)
    return DiskStore(root, host="h", project="1", wait=0, read_only=read_only, **clock)


def fill(store: DiskStore) -> None:
    """One of everything."""
    store.put_base(record(version=1))
    store.put_base(record(version=2, content="later"))
    store.keep_text(Page("aB3", "a.md", "text\n"))
    store.enter(JournalEntry("aB3", "pull", "a.md", to=record()))
    store.open_conflict("aB3", artefact())
    store.put_step("aB3", Step("page", "base"))
    store.put_seen({"a.md": Seen((1, 2, 3, 4), 5, "token", "aB3")})
    store.put_rows(RemoteMemory({"aB3": "1"}, "cursor", 1, frozenset({"x"})))
    store.bases()


def use(store: DiskStore) -> None:
    """Ask for everything, and write one of everything."""
    store.bases()
    store.base("aB3")
    store.journal()
    store.conflicts()
    store.steps()
    store.seen()
    store.rows()
    store.kept("aB3")
    fill(store)
    store.strike("aB3")
    store.close_conflict("aB3")
    store.put_row("aB3", "2")
    store.drop_base("aB3")


def below(root: Path) -> list[str]:
    folder = root / ".nbsync"
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def stamps(root: Path) -> dict[str, tuple[int, int, bytes]]:
    found = {}
    for name in below(root):
        path = root / ".nbsync" / name
        if path.is_file():
            found[name] = (path.stat().st_ino, path.stat().st_mtime_ns, path.read_bytes())
    return found
