"""File changes found by looking: for network drives and containers, where no events arrive."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from nbsync import files
from nbsync.watch.concern import Concern

_SHARE = 10  # it pauses ten times as long as it looks
_PATIENCE = 5.0


class Polling:
    """A thread that compares the files' stats with what they were, until it is closed.

    Nothing is kept of them but one number.

    Args:
        root: The directory, its path without symbolic links.
        concern: What is worth a look.
        stirred: Called, from the thread, after the first walk and after each that found a change.
        pause: Seconds between two walks, at least.
    """

    def __init__(
        self, root: Path, concern: Concern, stirred: Callable[[], None], *, pause: float = 1.0
    ) -> None:
        self._pause = pause
        self._root = root
        self._concern = concern
        self._stirred = stirred
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="nbsync-polling", daemon=True)
        self._thread.start()

    def check(self) -> None:
        """Nothing is to be done: each walk begins at the path."""

    def close(self) -> None:
        """Walk no more; a walk that hangs, on a drive that is gone, is left to itself."""
        self._closed.set()
        self._thread.join(_PATIENCE)

    def _run(self) -> None:
        last: int | None = None
        while True:
            began = time.monotonic()
            # A sum, so that the order of the walk does not matter.
            found = sum(map(hash, self._signatures())) & 0xFFFF_FFFF_FFFF_FFFF
            if found != last and not self._closed.is_set():
                self._stirred()
            last = found
            if self._closed.wait(max(self._pause, _SHARE * (time.monotonic() - began))):
                return

    def _signatures(self) -> Iterator[tuple[str, files.Signature]]:
        folders = [os.fspath(self._root)]
        while folders and not self._closed.is_set():
            try:
                with os.scandir(folders.pop()) as entries:
                    for entry in entries:
                        if entry.is_dir(follow_symlinks=False):
                            if self._concern.place(entry.path):
                                folders.append(entry.path)
                        elif self._concern.page(entry.path):
                            yield entry.path, files.signature(os.lstat(entry.path))
            except OSError:
                continue  # gone, or closed to us: that it was there is news enough
