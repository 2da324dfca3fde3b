"""A process that is killed at its n-th effect: on files, on the index, or on the server."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

from effects import EFFECTS
from nbsync.sync import Mirror

KILLED = 9
Act = Callable[[Mirror], object]

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_EFFECTS = frozenset({"os.rename", "os.remove", "os.link", "sqlite3.connect"})
_SMALL_EFFECTS = frozenset({"os.mkdir", "os.rmdir", "os.chmod"})


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


def killed_at(
    opened: AbstractContextManager[Mirror], act: Act, kill_at: int, *, small: bool
) -> bool:
    """Run something in a process of its own that is killed at an effect.

    Args:
        opened: The mirror, which that process opens.
        act: What is done.
        kill_at: The effect, counted from 1; 0 for none.
        small: Count also the smallest: every file opened for writing, every folder made.

    Returns:
        Whether it was killed; else it came to its end.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        failed = 1
        try:
            with opened as mirror:
                failpoints = Failpoints(kill_at, small=small)
                remote: Any = Remote(mirror.remote, failpoints)
                act(replace(mirror, remote=remote))
            failed = 0
        finally:
            os._exit(failed)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in {0, KILLED}
    return status == KILLED
