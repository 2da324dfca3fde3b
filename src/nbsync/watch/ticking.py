"""The sequence of ticks."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator

from nbsync.watch.hold import Hold
from nbsync.watch.inbox import Inbox, News
from nbsync.watch.rhythm import Rhythm, Tick, Why

# No wait is longer, so that waking up is noticed soon.
_LONGEST_WAIT = 5.0
# Clocks that part by more than this, and waits that last so much longer, come from a sleep.
_JUMP = 5.0
_LATE = 30.0


def ticks(
    inbox: Inbox,
    hold: Hold,
    *,
    rhythm: Rhythm,
    monotonic: Callable[[], float] = time.monotonic,
    wall: Callable[[], float] = time.time,
) -> Iterator[Tick]:
    """Tell when to look again, and at which side; it waits in between.

    Args:
        inbox: What ends a wait; its `get` is the only thing that waits.
        hold: What is said of later ticks while one is carried out.
        rhythm: How often to look.
        monotonic: Seconds that never go back.
        wall: Seconds since 1970: they go on while the machine sleeps, and may be set.

    Yields:
        A tick for the start, then one whenever there is a cause; none once the inbox was stopped.
    """
    agenda = _Agenda(rhythm, hold)
    clocks = _Clocks(monotonic, wall)
    agenda.at_once(Why.START)
    wait = 0.0
    while (news := inbox.get(wait)) is not News.STOP:
        now = monotonic()
        if clocks.slept(wait):
            agenda.at_once(Why.WAKE)
        if news is News.STIRRED:
            agenda.stirred(now)
        elif news is News.ASKED:
            agenda.at_once(Why.ASKED)
        tick = agenda.due(now)
        if tick is not None:
            agenda.begin(tick)
            yield tick
            now = monotonic()
            agenda.end(tick, now)
            if clocks.slept(math.inf):  # a tick takes as long as it takes
                agenda.at_once(Why.WAKE)
        wait = min(agenda.wait(now), _LONGEST_WAIT)


class _Clocks:
    """Two clocks of which only one goes on while the machine sleeps."""

    def __init__(self, monotonic: Callable[[], float], wall: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._wall = wall
        self._last = monotonic(), wall()

    def slept(self, expected: float) -> bool:
        """Whether the machine slept since this was last called.

        Args:
            expected: How many seconds were to pass at most.
        """
        before, self._last = self._last, (self._monotonic(), self._wall())
        passed = self._last[0] - before[0]
        return self._last[1] - before[1] - passed > _JUMP or passed > expected + _LATE


class _Agenda:
    """What is due when, in seconds of the monotonic clock."""

    def __init__(self, rhythm: Rhythm, hold: Hold) -> None:
        self._rhythm = rhythm
        self._hold = hold
        self._now: Why | None = None
        self._held_until: float | None = None
        self._stirs: tuple[float, float] | None = None  # the first and the last
        self._poll: float | None = None
        self._rescan: float | None = None
        self._again: tuple[float, bool, bool] | None = None

    def at_once(self, why: Why) -> None:
        """Both sides are due now, whatever was held up."""
        self._now = self._now or why

    def stirred(self, now: float) -> None:
        """A file may have changed."""
        self._stirs = (self._stirs[0] if self._stirs else now, now)

    def due(self, now: float) -> Tick | None:
        """The tick that is due, if one is."""
        pull = not self._rhythm.push_only
        if self._now is not None:
            return Tick(pull, True, self._now)
        if self._held_until is not None:
            return Tick(pull, True, Why.RETRY) if now >= self._held_until else None
        causes = [tick for at, tick in self._causes() if now >= at]
        if not causes:
            return None
        halves = any(tick.pull for tick in causes), any(tick.push for tick in causes)
        return Tick(*halves, causes[0].why)

    def begin(self, tick: Tick) -> None:
        """Cross out what a tick answers; what comes from now on it may not see."""
        if tick.why in {Why.WAKE, Why.ASKED}:
            self._hold.start_over()
        self._now = self._held_until = None
        if tick.push:
            self._stirs = None
        if self._again is not None:
            at, pull, push = self._again
            rest = pull and not tick.pull, push and not tick.push
            self._again = (at, *rest) if any(rest) else None

    def end(self, tick: Tick, now: float) -> None:
        """Note what comes after a tick."""
        retry, again = self._hold.taken()
        if retry is not None:
            self._held_until = now + retry
        if again is not None:
            at, pull, push = self._again or (now + again, False, False)
            self._again = min(at, now + again), pull or tick.pull, push or tick.push
        if tick.pull:
            self._poll = now + self._rhythm.every
        if tick.push:
            self._rescan = now + self._rhythm.rescan

    def wait(self, now: float) -> float:
        """Seconds until something is due, if nothing happens."""
        if self._now is not None:
            return 0
        if self._held_until is not None:
            return max(0, self._held_until - now)
        return max(0, min(at for at, _ in self._causes()) - now)

    def _causes(self) -> Iterator[tuple[float, Tick]]:
        if self._stirs is not None:
            first, last = self._stirs
            at = min(last + self._rhythm.quiet, first + self._rhythm.longest)
            yield at, Tick(False, True, Why.FILES)
        if self._poll is not None:
            yield self._poll, Tick(True, False, Why.POLL)
        if self._again is not None:
            at, pull, push = self._again
            yield at, Tick(pull, push, Why.RETRY)
        if self._rescan is not None:
            yield self._rescan, Tick(False, True, Why.RESCAN)
