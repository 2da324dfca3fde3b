"""When to look again: file events, timers, signals and the clock, as one sequence of ticks."""

from nbsync.watch.footing import is_elsewhere, kind_of, watch_limits
from nbsync.watch.hold import Hold
from nbsync.watch.inbox import Inbox, News
from nbsync.watch.observing import Backend, Observer, observed
from nbsync.watch.rhythm import Rhythm, Tick, Why
from nbsync.watch.ticking import ticks

__all__ = [
    "Backend",
    "Hold",
    "Inbox",
    "News",
    "Observer",
    "Rhythm",
    "Tick",
    "Why",
    "is_elsewhere",
    "kind_of",
    "observed",
    "ticks",
    "watch_limits",
]
