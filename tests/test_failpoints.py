"""Killed after each single effect, on real files and over real HTTP: the next run mends it."""

from __future__ import annotations

import os
import shutil
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mirrors import edit, go, markdown_on, opened, pages, sync, there
from nbsync.sandbox import Sandbox
from nbsync.sync import Mirror, run
from nbsync.sync.pages import add, resolve_each
from nbsync.sync.restoring import restore_each
from world import EFFECTS

KILLED = 9
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_EFFECTS = frozenset({"os.rename", "os.remove", "os.link", "sqlite3.connect"})
_SMALL_EFFECTS = frozenset({"os.mkdir", "os.rmdir", "os.chmod"})
IDS = [f"nb{index}" for index in range(8)]


class Failpoints:
    """Counts effects of this process, and ends it at one of them as a kill would."""

    def __init__(self, kill_at: int, *, small: bool) -> None:
        self.left = kill_at
        self.small = small
        sys.addaudithook(self._audited)

    def step(self) -> None:
        self.left -= 1
        if self.left == 0:
            os._exit(KILLED)

    def _audited(self, event: str, arguments: tuple[Any, ...]) -> None:
        opens = event == "open" and bool(arguments[2] & _WRITES)
        if event in _EFFECTS or (self.small and (event in _SMALL_EFFECTS or opens)):
            self.step()


class Remote:
    """A server whose writes are effects: before they are sent, and after they are answered."""

    def __init__(self, remote: Any, failpoints: Failpoints) -> None:
        self._remote = remote
        self._failpoints = failpoints

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._remote, name)
        if name not in EFFECTS["remote"]:
            return value

        def counted(*args: Any) -> Any:
            self._failpoints.step()
            answer = value(*args)
            self._failpoints.step()
            return answer

        return counted


Act = Callable[[Mirror], object]


def killed_at(root: Path, sandbox: Sandbox, act: Act, kill_at: int, *, small: bool) -> bool:
    """Run something in a process of its own that is killed at an effect; whether it was."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        failed = 1
        try:
            with opened(root, sandbox) as mirror:
                failpoints = Failpoints(kill_at, small=small)
                act(Mirror(mirror.local, Remote(mirror.remote, failpoints), mirror.store))
            failed = 0
        finally:
            os._exit(failed)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in {0, KILLED}
    return status == KILLED


def body(short_id: str) -> str:
    return f"# Title of {short_id}\n\nOne.\n\nTwo.\n\nThree."


def seed(sandbox: Sandbox) -> None:
    sandbox.reset()
    for short_id in IDS:
        content = sandbox.markdown(body(short_id))
        sandbox.seed(short_id=short_id, title=f"Title of {short_id}", content=content)


def everything_moved(root: Path, sandbox: Sandbox) -> None:
    """One of each: changed there, here, on both sides, in conflict, deleted, new, retitled."""
    there(sandbox, "nb0", "One.", "One, there.")
    edit(root / "nb1.md", "One.", "One, here.")
    there(sandbox, "nb2", "One.", "One, there.")
    edit(root / "nb2.md", "Three.", "Three, here.")
    there(sandbox, "nb3", "One.", "One, there.")
    edit(root / "nb3.md", "One.", "One, here.")
    sandbox.write("nb4", deleted=True)
    sandbox.write("nb5", deleted=True)
    edit(root / "nb5.md", "One.", "One, here.")
    edit(root / "nb6.md", "# Title of nb6", "# A new title")
    sandbox.seed(short_id="nb8", title="New there", content=sandbox.markdown("# New there"))


def a_conflict(root: Path, sandbox: Sandbox) -> None:
    there(sandbox, "nb3", "One.", "One, there.")
    edit(root / "nb3.md", "One.", "One, here.")
    sync(root, sandbox)


def a_new_file(root: Path, sandbox: Sandbox) -> None:
    del sandbox
    (root / "notes.md").write_text("# Notes\n\nMine.\n")


def a_new_page(root: Path, sandbox: Sandbox) -> None:
    a_new_file(root, sandbox)
    with opened(root, sandbox) as mirror:
        take_in(mirror)


def a_missing_page(root: Path, sandbox: Sandbox) -> None:
    del sandbox
    (root / "nb0.md").unlink()


def take_in(mirror: Mirror) -> None:
    """What `nbsync add notes.md` does, said again if it was killed."""
    path = next(path for path in ("notes.md",))
    page = mirror.local.read("x", path)
    text = getattr(page, "text", None)
    if text is None:  # it has its id already
        root: Path = mirror.local._root  # type: ignore[attr-defined]
        text = (root / path).read_text()
    add(mirror, path, text, scope="here")


def whole(mirror: Mirror) -> object:
    return run(mirror, pull=True, push=True)


SCENES: dict[str, tuple[Callable[[Path, Sandbox], None], Act]] = {
    "pull": (everything_moved, lambda mirror: run(mirror, pull=True)),
    "push": (everything_moved, lambda mirror: run(mirror, push=True)),
    "sync": (everything_moved, whole),
    "create": (a_new_page, whole),
    "add": (a_new_file, take_in),
    "ours": (a_conflict, lambda mirror: resolve_each(mirror, ["nb3"], ours=True)),
    "theirs": (a_conflict, lambda mirror: resolve_each(mirror, ["nb3"], ours=False)),
    "restore": (a_missing_page, lambda mirror: restore_each(mirror, ["nb0"])),
}


def state(root: Path, sandbox: Sandbox) -> tuple[dict[str, str], dict[str, str], set[str]]:
    """Pages, notebooks that are not deleted, and open conflicts."""
    listed = sandbox_ids(sandbox)
    notebooks = {short_id: markdown_on(sandbox, short_id) for short_id in listed}
    conflicts = root / ".nbsync/conflicts"
    names = {path.name for path in conflicts.iterdir()} if conflicts.exists() else set()
    return pages(root), notebooks, names


def sandbox_ids(sandbox: Sandbox) -> list[str]:
    import httpx

    answer = httpx.get(
        f"{sandbox.url}/api/projects/1/notebooks/?limit=1000",
        headers={"Authorization": f"Bearer {sandbox.second_key}"},
    )
    return sorted(row["short_id"] for row in answer.json()["results"])


@pytest.mark.parametrize("scene", ["sync", "create", "add", "ours", "theirs", "restore"])
def test_killed_after_any_effect_the_next_run_ends_where_an_uninterrupted_one_does(
    sandbox: Sandbox, tmp_path: Path, scene: str
) -> None:
    play_all(sandbox, tmp_path, scene, small=False)


@pytest.mark.soak
@pytest.mark.parametrize("scene", SCENES)
def test_killed_after_the_smallest_effect_the_next_run_ends_there_too(
    sandbox: Sandbox, tmp_path: Path, scene: str
) -> None:
    play_all(sandbox, tmp_path, scene, small=True)


def play_all(sandbox: Sandbox, tmp_path: Path, scene: str, *, small: bool) -> None:
    """Play a scene once undisturbed, then once for each effect, killed there."""
    prepare, act = SCENES[scene]
    seed(sandbox)
    pulled = tmp_path / "pulled"
    go(pulled, sandbox, "pull")

    def play(name: str, kill_at: int) -> tuple[bool, Any]:
        seed(sandbox)
        root = tmp_path / name
        shutil.copytree(pulled, root)
        prepare(root, sandbox)
        killed = killed_at(root, sandbox, act, kill_at, small=small)
        if killed and scene in {"add", "ours", "theirs", "restore"}:
            with opened(root, sandbox) as mirror:
                act(mirror)
        for _ in range(2):
            report = sync(root, sandbox)
        assert [problem.error for problem in report.problems] == []
        assert report.changes == () == report.unreadable
        found = state(root, sandbox)
        assert list(root.glob(".nbsync-tmp-*")) == []
        shutil.rmtree(root)
        return killed, found

    _, expected = play("uninterrupted", 0)
    kill_at, killed = 0, True
    while killed:
        kill_at += 1
        killed, found = play(f"killed-{kill_at}", kill_at)
        assert found == expected, f"killed at effect {kill_at}"
    assert kill_at > 3
