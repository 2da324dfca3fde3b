"""The last line of a terminal, which says how a watch stands."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from datetime import datetime, timedelta

from nbsync.sync.notices import Standing, State

_CLEAR = "\r\x1b[2K"
_AS_EVER = frozenset({State.IN_STEP, State.PAUSED})
_AT_WORK = frozenset({State.PULLING, State.SENDING})


class StatusLine:
    """One line on standard error that is written over again and again.

    Args:
        every: Seconds between two looks at the server; 0 where it is never looked at.
        clock: The time here and now.
    """

    def __init__(self, every: float, clock: Callable[[], datetime]) -> None:
        self._every = every
        self._clock = clock
        self._since = clock()
        self._state: State | None = None
        self._last = ""
        self._text = ""

    def note(self, change: str) -> None:
        """Remember the last change."""
        self._last = change

    def show(self, standing: Standing) -> None:
        """Say how things stand; a look that finds nothing is not worth a flicker."""
        state, now = standing.state, self._clock()
        if state in _AT_WORK:
            if standing.total:
                self._put(f"{state} {standing.done}/{standing.total}")
            return
        if state is not self._state:
            self._state, self._since = state, now
        words = [state.value if state in _AS_EVER else f"{state} since {self._since:%H:%M:%S}"]
        again = self._every if standing.again is None else standing.again
        words += [f"next look {now + timedelta(seconds=again):%H:%M:%S}"] if again else []
        words += [f"last: {self._last}"] if self._last else []
        self._put(" · ".join(words))

    def draw(self) -> None:
        """Write it, as wide as the terminal is now."""
        if self._text:
            room = max(shutil.get_terminal_size().columns - 1, 1)
            sys.stderr.write(f"{_CLEAR}\x1b[2m{self._text[:room]}\x1b[0m")
            sys.stderr.flush()

    def clear(self) -> None:
        """Take it away."""
        if self._text:
            sys.stderr.write(_CLEAR)
            sys.stderr.flush()

    def _put(self, text: str) -> None:
        self._text = text
        self.draw()
