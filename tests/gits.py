"""A mirror in a git repository of its own, and git as a person runs it."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

import pytest

from commands import Answer, Person, nbsync, person
from nbsync.sandbox import Sandbox

ONE, TWO = "aB3dE5fG", "bbbbbbbb"
BASE = f".nbsync/base/{ONE}.json"
_made: dict[str, Path] = {}


@dataclass(frozen=True)
class Repo:
    """A mirror under git, whose owner is called Una to git, and is Ana to PostHog."""

    folder: Path
    sandbox: Sandbox

    def git(self, *words: str, ok: bool = True) -> str:
        """Run git here; what it printed."""
        done = subprocess.run(
            ["git", *words], cwd=self.folder, capture_output=True, encoding="utf-8", check=False
        )
        assert not ok or done.returncode == 0, done.stderr
        return done.stdout

    def types(self, *words: str) -> Answer:
        """Run nbsync here."""
        return nbsync("-C", str(self.folder), *words)

    def log(self, form: str = "%an <%ae> %s", *words: str) -> list[str]:
        """The commits, the newest first."""
        return self.git("log", f"--format={form}", *words).splitlines()

    def status(self) -> str:
        """What git says of the working tree and the index."""
        return self.git("status", "--porcelain")

    def commit(self, message: str, *paths: str) -> None:
        """Commit as Una: everything, unless paths are given."""
        self.git("add", *(paths or ["--all"]))
        self.git("commit", "--quiet", "--message", message)

    def page(self, short_id: str) -> Path:
        """A page."""
        return self.folder / f"{short_id}.md"


def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let git see no configuration but a repository's own."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


def repository(folder: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """Make a mirror of the sandbox in a new repository, with nothing pulled and one commit."""
    ana: Person = person(folder, sandbox, monkeypatch)
    environment(monkeypatch)
    repo = Repo(ana.folder, sandbox)
    repo.git("init", "--quiet", "--initial-branch=main")
    with (repo.folder / ".git" / "config").open("a") as file:
        file.write("[user]\n\tname = Una\n\temail = una@example.com\n")
    made = repo.types("init", "--git", "--host", sandbox.url, "--project", sandbox.project)
    assert made.code == 0, made.screen
    repo.commit("A mirror")
    return repo


def seed_two(sandbox: Sandbox) -> None:
    """Put two notebooks of two people there, the same every time."""
    seed(sandbox, ONE, "# Weekly\n\nOne.\n\nTwo.", last_modified_at="2026-01-02T03:04:05Z")
    later = "2026-02-03T04:05:06.789Z"
    seed(sandbox, TWO, "# Churn\n\nHigh.", by="ben", last_modified_at=later)


def committed(folder: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """A repository with the two notebooks pulled and committed; made once, and copied."""
    key = sandbox.url
    if key not in _made:
        _made[key] = Path(mkdtemp(prefix="nbsync-tests-"))
        atexit.register(shutil.rmtree, _made[key], ignore_errors=True)
        with monkeypatch.context() as patch:
            made = repository(_made[key], sandbox, patch)
            seed_two(sandbox)
            done = made.types("pull", "--commit")
            assert done.code == 0, done.screen
        sandbox.reset()
    ana = person(folder, sandbox, monkeypatch)
    environment(monkeypatch)
    seed_two(sandbox)
    shutil.copytree(_made[key] / "notes", ana.folder, dirs_exist_ok=True, symlinks=True)
    return Repo(ana.folder, sandbox)


def seed(sandbox: Sandbox, short_id: str, text: str, *, by: str = "ana", **fields: object) -> None:
    """Put a Markdown notebook there, by somebody, titled by its first line unless told."""
    title = text.partition("\n")[0].removeprefix("# ")
    given = {"title": title, "last_modified_by": by, **fields}
    sandbox.seed(short_id=short_id, content=sandbox.markdown(text), **given)


def everything(repo: Repo) -> dict[str, bytes]:
    """Every file below the mirror but git's own and this machine's memory."""
    return {
        path.relative_to(repo.folder).as_posix(): path.read_bytes()
        for path in repo.folder.rglob("*")
        if path.is_file() and path.relative_to(repo.folder).parts[0] not in {".git", ".nbsync"}
    }


def check_whole(repo: Repo) -> None:
    """See to it that git finds nothing wrong, and that nothing of ours is left lying about."""
    done = subprocess.run(
        ["git", "fsck", "--strict", "--no-dangling"],
        cwd=repo.folder,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert not list((repo.folder / ".git").rglob("*.lock"))
