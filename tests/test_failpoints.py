"""Killed after each single effect, on real files and over real HTTP: the next run mends it."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import nbsync.merge
import nbsync.store.pruning  # noqa: F401 - both here, and not anew in each process that is killed
from failpoints import killed_at
from mirrors import go, opened, sync
from nbsync.cli.demo import environment
from nbsync.sandbox import Sandbox
from scenes_killed import SCENES, said_again, seed, state

pytestmark = pytest.mark.laws  # long, and in a run of its own without coverage

Kill = Callable[[Path, int], bool]
"""Plays a scene's command in a folder, killed at an effect (0: at none); whether it was."""

PROGRAM = """
import os, signal, sys
import httpx
from nbsync.cli import main

left, effects = int(sys.argv.pop(1)), {"os.rename", "os.remove", "os.link", "sqlite3.connect"}
effects |= {"os.mkdir", "os.rmdir", "os.chmod"}
root = sys.argv[sys.argv.index("-C") + 1]

def step():
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

def audited(event, arguments):
    opens = event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    if event in effects or opens:
        if any(isinstance(each, str | bytes | os.PathLike) and root in os.fsdecode(each)
               for each in arguments):
            step()

class Counted(httpx.HTTPTransport):
    def handle_request(self, request):
        step()
        answer = super().handle_request(request)
        step()
        return answer

httpx._client.HTTPTransport = Counted
sys.addaudithook(audited)
main()
"""
"""nbsync as a process that SIGKILL ends at its n-th effect on its mirror or on the server."""


@pytest.mark.parametrize("scene", SCENES)
def test_killed_after_any_effect_the_next_run_ends_where_an_uninterrupted_one_does(
    sandbox: Sandbox, tmp_path: Path, scene: str
) -> None:
    play_all(sandbox, tmp_path, scene, in_a_fork(sandbox, scene, small=False))


@pytest.mark.soak
@pytest.mark.parametrize("scene", SCENES)
def test_killed_after_the_smallest_effect_the_next_run_ends_there_too(
    sandbox: Sandbox, tmp_path: Path, scene: str
) -> None:
    play_all(sandbox, tmp_path, scene, in_a_fork(sandbox, scene, small=True))


@pytest.mark.soak
@pytest.mark.parametrize("scene", SCENES)
def test_a_command_that_is_killed_at_any_effect_can_be_run_again(
    sandbox: Sandbox, tmp_path: Path, scene: str
) -> None:
    play_all(sandbox, tmp_path, scene, as_a_command(sandbox, scene))


def in_a_fork(sandbox: Sandbox, scene: str, *, small: bool) -> Kill:
    def kill(root: Path, kill_at: int) -> bool:
        # One request at a time: the n-th effect is the same in every run, and none is passed over.
        here = opened(root, sandbox, parallel=1)
        return killed_at(here, SCENES[scene].act, kill_at, small=small)

    return kill


def as_a_command(sandbox: Sandbox, scene: str) -> Kill:
    def kill(root: Path, kill_at: int) -> bool:
        words = (str(kill_at), "-C", str(root), *SCENES[scene].words)
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, *words],
            env=environment(sandbox) | {"NBSYNC_PARALLEL": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        assert done.returncode in {0, 4, 5, -signal.SIGKILL}, done.stderr
        return done.returncode == -signal.SIGKILL

    return kill


def play_all(sandbox: Sandbox, tmp_path: Path, name: str, kill: Kill) -> None:
    """Play a scene once undisturbed, then once for each effect, killed there."""
    scene = SCENES[name]
    seed(sandbox)
    pulled = tmp_path / "pulled"
    go(pulled, sandbox, "pull")
    (pulled / "nbsync.toml").write_text(f'host = "{sandbox.url}"\nproject = "1"\n')

    def play(folder: str, kill_at: int) -> tuple[bool, Any]:
        seed(sandbox)
        root = tmp_path / folder
        shutil.copytree(pulled, root)
        scene.prepare(root, sandbox)
        killed = kill(root, kill_at)
        if killed:
            said_again(scene, root, sandbox)
        for _ in range(2):
            report = sync(root, sandbox)
        assert [problem.error for problem in report.problems] == []
        assert report.changes == () == report.unreadable
        found = state(root, sandbox)
        left = {path.relative_to(root).parts[:2] for path in root.rglob(".nbsync-tmp-*")}
        assert left <= {(".nbsync", "history"), (".nbsync", "conflicts")}  # swept when next written
        shutil.rmtree(root)
        return killed, found

    _, expected = play("uninterrupted", 0)
    kill_at, killed = 0, True
    while killed:
        kill_at += 1
        killed, found = play(f"killed-{kill_at}", kill_at)
        assert found == expected, f"killed at effect {kill_at}"
    assert kill_at > 3
