"""The connections to one server: each is a client of its own, used by one thread at a time."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx

KEPT = 5.0
"""Seconds that a connection is kept which nobody uses, as httpx itself keeps them; a server that
closes it just when it is used again would leave a write in doubt."""


class Lines:
    """Lends clients, and makes as many as are lent at a time.

    A client with a pool of eight looks at all eight connections before and after each request,
    while the others wait for it: a sixth of what a GET costs.

    Args:
        first: The first of them.
        another: Makes one more of the same; without it all threads share the first.
        timer: A clock that is never set, in seconds.
    """

    def __init__(
        self,
        first: httpx.Client,
        another: Callable[[], httpx.Client] | None = None,
        *,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._first = first
        self._another = another
        self._timer = timer
        self._lock = threading.Lock()
        self._free = deque([(first, timer())])

    @contextmanager
    def lent(self) -> Iterator[httpx.Client]:
        """A client that no other thread uses meanwhile: the one that was used last."""
        if self._another is None:
            yield self._first
            return
        with self._lock:
            line = self._free.pop()[0] if self._free else None
        line = line or self._another()
        try:
            yield line
        finally:
            self._take_back(line)

    def close(self) -> None:
        """Close all connections; none is lent any more."""
        with self._lock:
            for line, _ in self._free:
                line.close()

    def _take_back(self, line: httpx.Client) -> None:
        """Put a client to the others, and close those that nobody has used for a while."""
        with self._lock:
            now = self._timer()
            while self._free and self._free[0][1] < now - KEPT:
                self._free.popleft()[0].close()
            self._free.append((line, now))
