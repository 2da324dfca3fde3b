"""Several nbsync at once, as processes, on one directory and on one project: nothing is lost."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import pytest

from commands import person, seed
from mirrors import markdown_on, opened, pages, sync
from nbsync.cli.demo import environment
from nbsync.sandbox import Sandbox
from nbsync.sandbox.people import name_of

pytestmark = pytest.mark.laws  # as the other searches, in a run of its own without coverage

NOTEBOOKS = 4
PEOPLE = ("ana", "ben", "web")
KEYS = {"ana": Sandbox.key, "ben": Sandbox.second_key}
CODES = {0, 4, 5, 7}
"""Done; some were deferred, or another one is at work; conflicts wait; the server was away."""

PROGRAM = """
import sys
from nbsync.cli import run

for _ in range(int(sys.argv[1])):
    print("ended with", run(["-C", sys.argv[2], "sync", "--no-input"]), flush=True)
"""
"""`nbsync sync` so many times, one after the other."""


class Crowd:
    """An editor in each directory and a browser, who write while others sync.

    They act as a request arrives, before it is answered: an editor in the directory of the
    process that waits for the answer, which is not just putting a page in its place then.

    Attributes:
        words: What was written.
    """

    def __init__(self, sandbox: Sandbox, roots: Mapping[str, Path]) -> None:
        self.words: list[str] = []
        self._sandbox = sandbox
        self._roots = roots
        self._doorman = sandbox._control.doorman
        self._app = self._doorman._app

    def __enter__(self) -> Self:
        self._doorman._app = self
        return self

    def __exit__(self, *error: object) -> None:
        self._doorman._app = self._app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve a request, late."""
        self.browse()
        if scope["path"].endswith("/notebooks/") or scope["method"] == "PATCH":
            self.edit(str(name_of(dict(scope["headers"])[b"authorization"].decode())))
        await self._app(scope, receive, send)

    def browse(self) -> None:
        """Write into a notebook on the server, and look at no version."""
        short_id = self._next()
        text = self._more("web", markdown_on(self._sandbox, short_id))
        self._sandbox.write(short_id, content=self._sandbox.markdown(text))

    def edit(self, who: str) -> None:
        """Save a page as editors do."""
        path = self._roots[who] / f"{self._next()}.md"
        beside = path.with_name(".editor~")
        beside.write_bytes(self._more(who, path.read_bytes().decode()).encode())
        beside.replace(path)

    def _next(self) -> str:
        return f"note{len(self.words) * 7 // 3 % NOTEBOOKS}"

    def _more(self, who: str, text: str) -> str:
        """The text with a word more in the paragraph of somebody's own."""
        self.words.append(f"{who}{len(self.words)}")
        before, mark, after = text.partition(f"\n\n{who}:")
        assert mark
        return f"{before}{mark} {self.words[-1]}{after}"


def mirror(folder: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder.mkdir()
    who = person(folder, sandbox, monkeypatch)
    assert who.types("init", "--host", sandbox.url, "--project", sandbox.project).code == 0
    assert who.types("pull").code == 0
    return who.folder


@pytest.fixture
def project(sandbox: Sandbox) -> Sandbox:
    for number in range(NOTEBOOKS):
        lines = "\n\n".join(f"{name}:" for name in PEOPLE)
        seed(sandbox, f"note{number}", f"# Note {number}\n\n{lines}\n\nThe end.")
    return sandbox


def syncing(processes: Sequence[tuple[str, Path]], sandbox: Sandbox, times: int) -> list[str]:
    """Sync directories so many times, all at once; what the processes said."""
    started = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(times), os.fspath(root)],
            env={**environment(sandbox), "POSTHOG_PERSONAL_API_KEY": KEYS[who]},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        for who, root in processes
    ]
    said = [process.communicate()[0] for process in started]
    for process, text in zip(started, said, strict=True):
        assert process.returncode == 0 and "Traceback" not in text, text
    return said


def play(processes: list[tuple[str, Path]], sandbox: Sandbox, times: int) -> None:
    """Let all of them work at once; then see that every word is where it belongs."""
    with Crowd(sandbox, dict(processes)) as crowd:
        for text in syncing(processes, sandbox, times):
            ends = [line for line in text.splitlines() if line.startswith("ended with")]
            codes = {int(line.split()[-1]) for line in ends}
            assert len(ends) == times and codes <= CODES, text
    for who, root in processes * 3:
        sync(root, sandbox, key=KEYS[who])
    assert len(crowd.words) > times
    check([*dict(processes).values()], crowd.words, sandbox)


def check(roots: list[Path], words: list[str], sandbox: Sandbox) -> None:
    """Nothing is lost, nothing is there twice, and nothing is left to be done."""
    rows = sandbox._control.notebooks.db.page("1", (), "short_id", window=(100, 0), full=False)[1]
    assert [row.short_id for row in rows] == [f"note{number}" for number in range(NOTEBOOKS)]
    texts = [markdown_on(sandbox, row.short_id) for row in rows]
    waiting = []
    for root in roots:
        assert sorted(pages(root)) == [f"note{number}.md" for number in range(NOTEBOOKS)]
        with opened(root, sandbox) as found:
            waiting += [pages(root)[f"{key}.md"] for key in found.store.conflicts()]
            assert found.store.journal() == ()
    there = [word for text in texts for word in tokens(text)]
    assert len(there) == len({*there}), "a word is there twice"
    here = {word for text in waiting for word in tokens(text)}
    assert {*words} <= {*there} | here, "a word is lost"


def tokens(text: str) -> list[str]:
    return [word for word in text.split() if word.rstrip("0123456789") in PEOPLE]


def one_directory(sandbox: Sandbox, folder: Path, patch: pytest.MonkeyPatch, times: int) -> None:
    root = mirror(folder / "one", sandbox, patch)
    play([("ana", root), ("ana", root)], sandbox, times)


def two_directories(sandbox: Sandbox, folder: Path, patch: pytest.MonkeyPatch, times: int) -> None:
    one, two = (mirror(folder / name, sandbox, patch) for name in ("one", "two"))
    play([("ana", one), ("ben", two)], sandbox, times)


def test_two_processes_on_one_directory_lose_nothing(
    project: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_directory(project, tmp_path, monkeypatch, 4)


def test_two_directories_of_one_project_lose_nothing(
    project: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_directories(project, tmp_path, monkeypatch, 4)


@pytest.mark.soak
def test_two_processes_on_one_directory_lose_nothing_for_a_minute(
    project: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_directory(project, tmp_path, monkeypatch, 150)


@pytest.mark.soak
def test_two_directories_of_one_project_lose_nothing_for_a_minute(
    project: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_directories(project, tmp_path, monkeypatch, 150)
