"""What a watch has to tell, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from nbsync.model import Done, Json, OpenConflict, Problem, Unreadable

Found: TypeAlias = Done | OpenConflict | Problem | Unreadable


class What(StrEnum):
    """What kind of thing happened; the words are those of the JSON lines."""

    WATCHING = "watching"
    CHANGE = "change"
    CONFLICT = "conflict"
    SETTLED = "settled"
    PROBLEM = "problem"
    UNREADABLE = "unreadable"
    MISSING = "missing"
    OUTSIDE = "outside"
    UNTRACKED = "untracked"
    HEAD = "head"
    OFFLINE = "offline"
    ONLINE = "online"
    FAILING = "failing"
    WORKING = "working"
    GUARD = "guard"
    GUARD_LIFTED = "guard-lifted"
    GIT = "git"
    GIT_DONE = "git-done"
    BUSY = "busy"
    FREE = "free"
    VANISHED = "vanished"
    BACK = "back"
    CONFIG = "config"
    BACKEND = "backend"
    LOG = "log"
    ENDED = "ended"

    @property
    def is_wrong(self) -> bool:
        """Whether it is told to somebody who only wants to know what went wrong."""
        return self in _WRONG


_WRONG = frozenset(
    {
        What.CONFLICT,
        What.PROBLEM,
        What.UNREADABLE,
        What.MISSING,
        What.OUTSIDE,
        What.OFFLINE,
        What.FAILING,
        What.GUARD,
        What.BUSY,
        What.VANISHED,
        What.BACKEND,
        What.LOG,
    }
)


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that happened, to be told once.

    Attributes:
        what: Its kind.
        message: What happened and where, in a sentence; "" where `about` says it all.
        hint: What to do next.
        about: The change, conflict or problem that it is.
        details: What else a program may want to know, by name.
    """

    what: What
    message: str = ""
    hint: str = ""
    about: Found | None = None
    details: Mapping[str, Json] = field(default_factory=dict)


class State(StrEnum):
    """How a watch stands, in the words of its status line."""

    PULLING = "pulling"
    SENDING = "sending"
    IN_STEP = "in step"
    PAUSED = "paused"
    OFFLINE = "offline"
    FAILING = "failing"
    GIT = "git at work"
    BUSY = "another nbsync at work"
    VANISHED = "folder gone"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a watch stands at the moment.

    Attributes:
        state: In a word.
        done: Of how many notebooks it has done its work.
        total: Of how many it has to; 0 where that is not known.
        again: Seconds until the next look, where that is not as ever.
    """

    state: State
    done: int = 0
    total: int = 0
    again: float | None = None
