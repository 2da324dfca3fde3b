"""What whoever is ticked says about the ticks to come."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

_LEAST, _MOST = 1.0, 60.0
_DOUBLINGS = 6  # 2 ** 6 is beyond the most


@dataclass(slots=True)
class Hold:
    """Said while a tick is carried out, and obeyed from its end on.

    Attributes:
        jitter: Tells a number in [0, 1), by chance.
        failures: How often it has failed since it last succeeded.
    """

    jitter: Callable[[], float] = random.random
    failures: int = field(default=0, init=False)
    _retry: float | None = field(default=None, init=False)
    _again: float | None = field(default=None, init=False)

    def retry_in(self, seconds: float) -> None:
        """Look at both sides after so many seconds, and not before.

        Waking up and being asked end it at once. Said twice, the longer one holds.
        """
        self._retry = seconds if self._retry is None else max(self._retry, seconds)

    def look_again_in(self, seconds: float) -> None:
        """Look at the sides of this tick once more after so many seconds; the others go on.

        Said twice, the shorter one holds; an earlier tick of the same sides stands for it.
        """
        self._again = seconds if self._again is None else min(self._again, seconds)

    def failed(self) -> float:
        """Hold everything up: about twice as long as the last time, between 1 and 60 seconds.

        Returns:
            For how many seconds.
        """
        self.failures = min(self.failures + 1, _DOUBLINGS)
        bound = min(_MOST, 2.0**self.failures)
        seconds = max(_LEAST, bound * (1 + self.jitter()) / 2)
        self.retry_in(seconds)
        return seconds

    def succeeded(self) -> None:
        """End what was held up."""
        self.start_over()
        self._retry = None

    def start_over(self) -> None:
        """Let the next failure be the first."""
        self.failures = 0

    def taken(self) -> tuple[float | None, float | None]:
        """What was said since this was last called, for `retry_in` and `look_again_in`."""
        said = self._retry, self._again
        self._retry = self._again = None
        return said
