"""A clock that only sleeping moves, so that tests never wait."""

from __future__ import annotations

import threading


class FakeTime:
    """Hand `now` in as the clock and `wait` as the sleep."""

    def __init__(self, start: float = 1_800_000_000.0) -> None:
        self.start = start
        self.slept = 0.0
        self._lock = threading.Lock()

    def now(self) -> float:
        return self.start + self.slept

    def wait(self, seconds: float) -> None:
        with self._lock:
            self.slept += seconds
