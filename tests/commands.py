"""Commands as a person types them, in this process, with all that they would see."""

from __future__ import annotations

import io
import json
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import schemas
from nbsync.cli import run
from nbsync.sandbox import Sandbox


@dataclass(frozen=True)
class Answer:
    """How a command ended, and what it printed: where, and all of it in order."""

    code: int
    out: str
    err: str
    screen: str

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document on standard output, which is as its schema says."""
        document = json.loads(self.out)
        assert isinstance(document, dict)
        return schemas.valid(document)


class _Stream(io.StringIO):
    """Standard output or standard error, which both end up on the screen."""

    def __init__(self, screen: io.StringIO) -> None:
        super().__init__()
        self._screen = screen

    def write(self, text: str) -> int:
        self._screen.write(text)
        return super().write(text)


def nbsync(*words: str) -> Answer:
    """Run a command line."""
    screen = io.StringIO()
    out, err = _Stream(screen), _Stream(screen)
    with redirect_stdout(out), redirect_stderr(err):
        code = run(words)
    return Answer(code, out.getvalue(), err.getvalue(), screen.getvalue())


@dataclass(frozen=True)
class Person:
    """Somebody with a key and a folder, who works in the folder's mirror."""

    folder: Path
    sandbox: Sandbox

    def types(self, *words: str) -> Answer:
        """Run a command line in the mirror."""
        return nbsync("-C", str(self.folder), *words)

    def begins(self) -> None:
        """Make the mirror, pull everything, and forget the requests that took."""
        there = ("--host", self.sandbox.url, "--project", self.sandbox.project)
        assert self.types("init", *there).code == 0
        assert self.types("pull").code == 0
        self.sandbox.clear()


def person(folder: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Person:
    """Give this process Ana's environment and nothing else that nbsync reads."""
    own = ("POSTHOG", "NBSYNC", "KEYRING_", "XDG_")
    for name in [name for name in os.environ if name.startswith(own)]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("HOME", str(folder / "home"))
    monkeypatch.setenv("POSTHOG_HOST", sandbox.url)
    monkeypatch.setenv("POSTHOG_PERSONAL_API_KEY", sandbox.key)
    monkeypatch.setattr("nbsync.api.exchange._PAUSES", (0.01, 0.01))  # in place of a second
    mirror = folder / "notes"
    mirror.mkdir()
    return Person(mirror, sandbox)


def seed(sandbox: Sandbox, short_id: str, markdown: str) -> None:
    """Put a Markdown notebook there, titled by its first line."""
    title = markdown.partition("\n")[0].removeprefix("# ")
    sandbox.seed(short_id=short_id, title=title, content=sandbox.markdown(markdown))


def person_of_three(folder: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Person:
    """Somebody with a mirror of three notebooks."""
    seed(sandbox, "note0001", "# Weekly numbers\n\nA line.")
    seed(sandbox, "note0002", "# Launch\n\nA line.")
    seed(sandbox, "note0003", "# Weekly plan\n\nA line.")
    who = person(folder, sandbox, monkeypatch)
    who.begins()
    return who


def edit_there(sandbox: Sandbox, short_id: str, old: str, new: str) -> None:
    """Let Ben edit a notebook in his browser."""
    text = sandbox.record(short_id)["content"]["content"][0]["attrs"]["markdown"]
    assert old in text
    sandbox.write(short_id, content=sandbox.markdown(text.replace(old, new)))


@contextmanager
def terminal(
    monkeypatch: pytest.MonkeyPatch, *, answers: str = "", stdout: bool = False
) -> Iterator[list[str]]:
    """Let this process have a terminal for standard input and standard error.

    Args:
        monkeypatch: Puts everything back.
        answers: What is typed.
        stdout: Standard output goes there too.

    Yields:
        What was drawn on it, complete when the terminal is left.
    """
    import pty

    ours, theirs = pty.openpty()
    os.write(ours, answers.encode())
    drawn: list[str] = []
    reader = threading.Thread(target=_read, args=(ours, drawn))
    with (
        os.fdopen(theirs, encoding="utf-8") as stdin,
        os.fdopen(os.dup(theirs), "w", encoding="utf-8") as stderr,
        redirect_stderr(stderr),
        redirect_stdout(stderr if stdout else io.StringIO()),
        monkeypatch.context() as patch,
    ):
        patch.setattr(sys, "stdin", stdin)
        patch.setenv("TERM", "xterm")
        reader.start()
        yield drawn
        stderr.flush()
    reader.join()
    os.close(ours)


def _read(handle: int, drawn: list[str]) -> None:
    with suppress(OSError):  # the terminal is gone
        while piece := os.read(handle, 4096):
            drawn.append(piece.decode())
