"""--commit, killed at every step of its own: nothing is lost, and the next run makes up for it."""

from __future__ import annotations

import os
import shutil
import signal
import warnings
from pathlib import Path

import pytest

from gits import ONE, Repo, committed
from mirrors import there
from nbsync.sandbox import Sandbox

pytestmark = pytest.mark.laws

BEFORE = """\
number=0
[ -e "$COUNT" ] && read -r number < "$COUNT"
number=$((number + 1))
echo $number > "$COUNT"
[ $number = "$LAST" ] && { kill -9 $PPID; exit 1; }
exec "$GIT" "$@"
"""
BETWEEN = """\
case " $* " in *" update-ref "*) ;; *) exec "$GIT" "$@" ;; esac
while read -r line; do
  [ "$line" = commit ] && { kill -9 $PPID; exit 1; }
  echo "$line"
done | "$GIT" "$@"
"""


def killed(repo: Repo, script: str, last: int = 0) -> bool:
    """Run `nbsync pull --commit` with a git that kills it; whether it came to that."""
    tools = repo.folder.parent / "tools"
    tools.mkdir()
    (tools / "git").write_text(f"#!/bin/sh\n{script}")
    (tools / "git").chmod(0o755)
    git = shutil.which("git")
    assert git is not None
    variables = {"PATH": f"{tools}:{os.environ['PATH']}", "GIT": git, "LAST": str(last)}
    variables |= {"COUNT": str(tools / "count")}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()  # quicker than another Python
    if child == 0:
        code = 1
        try:
            os.environ |= variables
            code = repo.types("pull", "--commit").code
        finally:
            os._exit(code)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in {0, -signal.SIGKILL}
    return status == -signal.SIGKILL


def check_made_up_for(repo: Repo) -> None:
    """See to it that nothing of the user's moved, and that the next run commits what came."""
    assert "A  staged.txt" in repo.status()
    assert "D " not in repo.status()
    for lock in (repo.folder / ".git").rglob("*.lock"):
        lock.unlink()  # as git asks its users to, after a crash
    answer = repo.types("pull", "--commit")
    assert answer.code == 0, answer.screen
    assert repo.log()[:2] == ["Ben <ben@example.com> Weekly", "Ben <ben@example.com> Churn"]
    assert "One, by Ben." in repo.git("show", f"HEAD:{ONE}.md")
    assert repo.status() == "A  staged.txt\n"
    assert repo.git("fsck", "--strict", "--no-dangling") == ""


def prepared(folder: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """A mirror with something staged and something to come."""
    folder.mkdir()
    repo = committed(folder, sandbox, monkeypatch)
    (repo.folder / "staged.txt").write_text("mine\n")
    repo.git("add", "staged.txt")
    there(sandbox, ONE, "One.", "One, by Ben.")
    return repo


def test_killed_before_any_git_command(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    last = 1
    while True:
        sandbox.reset()
        repo = prepared(tmp_path / str(last), sandbox, monkeypatch)
        if not killed(repo, BEFORE, last):
            break
        check_made_up_for(repo)
        last += 1
    assert last > 10
    assert repo.log()[0] == "Ben <ben@example.com> Weekly"


def test_killed_when_the_index_has_moved_and_head_has_not(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = prepared(tmp_path / "one", sandbox, monkeypatch)
    assert killed(repo, BETWEEN)
    assert repo.log()[0] == "Ben <ben@example.com> Churn"
    assert f"M  {ONE}.md" in repo.status()
    check_made_up_for(repo)
