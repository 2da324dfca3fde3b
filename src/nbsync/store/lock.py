"""The lock that one nbsync at a time holds on a directory, and the note that says who."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from nbsync import files
from nbsync.errors import Busy

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
        try:
            note = json.loads(self._path.read_bytes())
            return f": {note['command']!r}, process {note['pid']}, since {note['since']}"
        except (OSError, ValueError, LookupError, TypeError):
            return ""
