"""Waiting that can be broken off, and when it is over."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import CancelledError
from datetime import UTC, datetime

_STEP = 0.5
_DAY = 86_400.0


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


def until(now: float, wait: float) -> str:
    """When a wait is over, as the clock on the wall says it: "14:05:00", later with the day.

    Args:
        now: The wall clock in seconds.
        wait: Seconds.
    """
    at = datetime.fromtimestamp(now + wait, UTC).astimezone()
    return f"{at:%H:%M:%S}" if wait < _DAY else f"{at:%Y-%m-%d %H:%M}"
