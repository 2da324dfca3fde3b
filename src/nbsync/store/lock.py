"""The lock that one nbsync at a time holds on a directory, and the note that says who."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from nbsync import files
from nbsync.errors import Busy
from nbsync.store.oddities import refuse_oddities

if TYPE_CHECKING:
    from filelock import BaseFileLock

_COMMAND_LENGTH = 200


class Lock:
    """A lock that the system takes back when its holder dies.

    Args:
        folder: `.nbsync/`; it exists.
        wait: How many seconds to wait for another holder.
        clock_ns: The wall clock, for the note.
    """

    def __init__(self, folder: Path, *, wait: float, clock_ns: Callable[[], int]) -> None:
        self._folder = folder
        self._wait = wait
        self._clock_ns = clock_ns
        self._held: BaseFileLock | None = None

    def take(self) -> None:
        """Take it.

        Raises:
            Busy: Another process has it and kept it for so long.
            NbsyncError: The system refused.
        """
        from filelock import FileLock, Timeout  # noqa: PLC0415 - reading alone needs no lock

        lock = FileLock(self._folder / "lock")
        with files.explained(str(self._folder / "lock"), "locked"):
            try:
                lock.acquire(timeout=self._wait)
            except Timeout as error:
                raise Busy(
                    f"Another nbsync is at work in {self._folder.parent}{self._holder()}.",
                    hint="wait for it to end, or end it, and run the command again",
                ) from error
        self._held = lock
        self._note()

    def give_back(self) -> None:
        """Let the next one have it."""
        if self._held is not None:
            with suppress(OSError):
                self._path.unlink()
            self._held.release()
            self._held = None

    @property
    def _path(self) -> Path:
        return self._folder / "lock.json"

    def _note(self) -> None:
        since = datetime.fromtimestamp(self._clock_ns() // 1_000_000_000, UTC)
        command = " ".join([Path(sys.argv[0]).name, *sys.argv[1:]])[:_COMMAND_LENGTH]
        note = {"pid": os.getpid(), "command": command, "since": since.isoformat()}
        with suppress(OSError):  # it is of use only while this process lives: it need not last
            self._path.write_text(json.dumps(note) + "\n", "utf-8")

    def _holder(self) -> str:
        note = _note_in(self._path)
        return f": {note['command']!r}, {_process(note)}" if "command" in note else ""


def holder(folder: Path) -> str | None:
    """Who holds the lock now, in words; None for nobody.

    What was typed is not told: a title may be in it.

    Args:
        folder: `.nbsync/`.

    Raises:
        ConfigError: What is there is no lock.
        NbsyncError: The system refused to say.
    """
    refuse_oddities(folder)
    path = folder / "lock"
    if not path.is_file():
        return None
    from filelock import FileLock, Timeout  # noqa: PLC0415 - as above

    lock = FileLock(path)
    with files.explained(str(path), "locked"):
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return _process(_note_in(folder / "lock.json"))
    lock.release()
    return None


def _note_in(path: Path) -> dict[str, str]:
    try:
        note = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return {name: str(value) for name, value in note.items()} if isinstance(note, dict) else {}


def _process(note: Mapping[str, str]) -> str:
    if not {"pid", "since"} <= note.keys():
        return "another process"
    return f"process {note['pid']}, since {note['since']}"
