"""`nbsync watch` as a process of its own, and ways to wait for what it says and does."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from nbsync.cli.demo import environment
from nbsync.sandbox import Sandbox
from schemas import valid

PATIENCE = 30.0
NEVER = "3600"
"""For `--every`, where a poll would only blur what is looked at."""

_Found = TypeVar("_Found")


def eventually(look: Callable[[], _Found], *, patience: float = PATIENCE) -> _Found:
    """Look again and again until there is something to see, and give it back.

    Raises:
        AssertionError: There was nothing for so many seconds.
    """
    end, pause = time.monotonic() + patience, threading.Event()
    while not (found := look()):
        assert time.monotonic() < end, "it never came"
        pause.wait(0.005)
    return found


def wire(sandbox: Sandbox) -> list[tuple[str, str]]:
    """The requests since the log was last cleared, as (method, path below notebooks/)."""
    prefix = f"/api/projects/{sandbox.project}/notebooks/"
    return [(each["method"], each["path"].removeprefix(prefix)) for each in sandbox.requests()]


def writes(sandbox: Sandbox) -> list[dict[str, Any]]:
    """The requests since the log was last cleared that were to change something."""
    return [each for each in sandbox.requests() if each["method"] != "GET"]


def lists(sandbox: Sandbox) -> int:
    """How often the list was asked for, and given, since the log was last cleared."""
    return [
        (each["method"], each["path"][-11:], each["status"]) for each in sandbox.requests()
    ].count(("GET", "/notebooks/", 200))


@dataclass
class Watch:
    """A watch that runs.

    Attributes:
        process: It.
        sandbox: The server that it asks.
        said: All the objects that it has printed.
        talk: All that it wrote to standard error.
    """

    process: subprocess.Popen[str]
    sandbox: Sandbox
    said: list[dict[str, Any]] = field(default_factory=list)
    talk: list[str] = field(default_factory=list)
    _lines: queue.SimpleQueue[str | None] = field(default_factory=queue.SimpleQueue)
    _readers: list[threading.Thread] = field(default_factory=list)

    def __post_init__(self) -> None:
        for target in (self._read_lines, self._read_talk):
            reader = threading.Thread(target=target, daemon=True)
            self._readers.append(reader)
            reader.start()

    def tells(self, event: str, *, patience: float = PATIENCE, **fields: object) -> dict[str, Any]:
        """The next object of that kind and with these fields; those before it are passed over.

        Raises:
            AssertionError: It ended, or said nothing of the kind for so many seconds.
        """
        end = time.monotonic() + patience
        wanted = {"event": event, **fields}
        while True:
            line = self._next(end - time.monotonic())
            assert line is not None, f"it did not tell {wanted}\n{self.story()}"
            self.said.append(line)
            if wanted.items() <= line.items():
                return line

    def told(self, event: str) -> list[dict[str, Any]]:
        """All the objects of that kind until now."""
        while (line := self._next(0)) is not None:
            self.said.append(line)
        return [line for line in self.said if line["event"] == event]

    def looks(self) -> None:
        """Let it look at both sides, and finish what it had found before or finds now."""
        for _ in range(3):  # the first request may be one that was under way
            known = lists(self.sandbox)
            self.process.send_signal(signal.SIGHUP)
            eventually(lambda known=known: lists(self.sandbox) > known)  # type: ignore[misc]

    def looks_in_vain(self) -> None:
        """Let it look a second time while the first look, with all its tries, was in vain."""
        tries = len(self.sandbox.requests())
        self.process.send_signal(signal.SIGHUP)
        eventually(lambda: len(self.sandbox.requests()) > tries)
        self.process.send_signal(signal.SIGHUP)
        eventually(lambda: len(self.sandbox.requests()) > 2 * tries)

    def ends(self, *signals: signal.Signals) -> int:
        """Its exit code, after these signals."""
        for each in signals:
            self.process.send_signal(each)
        code = self.process.wait(PATIENCE)
        for reader in self._readers:
            reader.join(PATIENCE)
        self.told("")
        return code

    def story(self) -> str:
        """All that it said, for whoever wonders."""
        self.told("")
        lines = [json.dumps(line) for line in self.said[-30:]]
        return "\n".join([*lines, *self.talk[-30:]])

    def _next(self, seconds: float) -> dict[str, Any] | None:
        try:
            line = self._lines.get(timeout=max(0.0, seconds))
        except queue.Empty:
            return None
        if line is None:
            self._lines.put(None)  # it has ended, and stays so
            return None
        found = json.loads(line)
        assert isinstance(found, dict)
        return valid(found)

    def _read_lines(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def _read_talk(self) -> None:
        assert self.process.stderr is not None
        self.talk.extend(self.process.stderr)


@contextmanager
def watching(
    folder: Path, sandbox: Sandbox, *words: str, every: str = NEVER, **variables: str
) -> Iterator[Watch]:
    """Run `nbsync watch --json` in a folder's mirror until the block ends.

    Args:
        folder: The mirror.
        sandbox: What it mirrors.
        words: More options.
        every: Seconds between two looks at the server.
        variables: What its environment has besides the key and the host.

    Yields:
        The watch, once it has said what it watches and has looked at the server.
    """
    said = ["-C", os.fspath(folder), "watch", "--json", "--every", every, *words]
    process = subprocess.Popen(
        [sys.executable, "-m", "nbsync", *said],
        env=environment(sandbox) | variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    with process:
        watch = Watch(process, sandbox)
        try:
            yield watch
            if process.poll() is None:
                code = watch.ends(signal.SIGINT)
                assert code == 130, f"{code}\n{watch.story()}"
        finally:
            process.kill()
    assert not any("Traceback" in line for line in watch.talk), watch.story()
