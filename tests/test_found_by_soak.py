"""What random histories have found: each a story of its own, as short as it gets."""

from __future__ import annotations

from pathlib import Path

from mirrors import asked, edit, never_sleep, sync, there, touched
from nbsync.api.connecting import connect
from nbsync.local import Directory
from nbsync.model import Report
from nbsync.remote import Server
from nbsync.sandbox import Sandbox
from nbsync.store import DiskStore
from nbsync.sync import Mirror, run

ID, PAGE = "aB3dE5fG", "aB3dE5fG.md"
NOW, DAY = 1_790_000_000 * 10**9, 86_400 * 10**9


def sync_at(root: Path, sandbox: Sandbox, clock_ns: int) -> Report:
    """A sync on a machine whose clock says so many ns since 1970, and a little more each time."""
    clock = iter(range(clock_ns, clock_ns + 10**6))
    with (
        connect(sandbox.url, sandbox.key, project="1", env={}, sleep=never_sleep) as client,
        DiskStore(
            root, host=sandbox.url, project="1", clock_ns=lambda: next(clock), wait=0
        ) as store,
    ):
        return run(Mirror(Directory(root), Server(client), store), pull=True, push=True)


def test_a_conflict_leaves_the_history_alone_while_the_clock_is_behind(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    root = tmp_path / "mirror"
    root.mkdir()
    sandbox.seed(short_id=ID, title="W", content=sandbox.markdown("# W\n\nOne."))
    sync_at(root, sandbox, NOW)
    for words in ("One, there.", "One, there again."):
        there(sandbox, ID, "One.", words)
        edit(root / PAGE, "One.", f"{words.removesuffix('.')} and here.")
        assert sync_at(root, sandbox, NOW + DAY).conflicts
        there(sandbox, ID, words, "One.")
        edit(root / PAGE, f"{words.removesuffix('.')} and here.", "One.")
    there(sandbox, ID, "One.", "One, there.")
    edit(root / PAGE, "One.", "One, there and here.")
    sync_at(root, sandbox, NOW)
    before = touched(root, below=".nbsync/history")
    assert len([name for name in before if "/page-" in name]) > 1
    assert sync_at(root, sandbox, NOW + 10**9).conflicts
    assert touched(root, below=".nbsync/history") == before


def test_a_conflict_that_is_merged_by_hand_while_others_write_costs_one_request(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    root = tmp_path / "mirror"
    sandbox.seed(short_id=ID, title="W", content=sandbox.markdown("# W\n\nOne."))
    sync(root, sandbox)
    there(sandbox, ID, "One.", "One, there.")
    edit(root / PAGE, "One.", "One, here.")
    assert sync(root, sandbox).conflicts
    edit(root / f".nbsync/conflicts/{ID}/merged.md", "One, here.", "One, here and there.")
    sandbox.write(ID, title="Another title")
    assert sync(root, sandbox).conflicts
    asked(sandbox)
    for _ in range(3):
        assert sync(root, sandbox).conflicts
        assert len(asked(sandbox)) == 1
