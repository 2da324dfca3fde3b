"""Waiting that can be broken off."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import CancelledError

_STEP = 0.5


def pause(
    seconds: float, *, sleep: Callable[[float], object], stop: threading.Event | None = None
) -> None:
    """Sleep for so many seconds, in steps of half a second at most.

    Raises:
        CancelledError: Stop was set before the time was over.
    """
    while seconds > 0:
        if stop is not None and stop.is_set():
            raise CancelledError
        step = min(seconds, _STEP)
        sleep(step)
        seconds -= step
