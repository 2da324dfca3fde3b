"""How often to look, and what a look is for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Why(StrEnum):
    """What a tick comes from; where timers fall together, the one that is named first here."""

    START = "start"
    WAKE = "wake"
    ASKED = "asked"
    FILES = "files"
    POLL = "poll"
    RETRY = "retry"
    RESCAN = "rescan"


@dataclass(frozen=True, slots=True)
class Tick:
    """Look again now.

    Attributes:
        pull: The server may have moved.
        push: The files may have moved.
        why: What it comes from.
    """

    pull: bool
    push: bool
    why: Why


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often to look; all in seconds.

    Attributes:
        every: From the end of one look at the server to the next.
        rescan: From the end of one look at the files to the next, if nothing stirs.
        quiet: How long nothing must have stirred before the files are looked at.
        longest: How long they are waited for, after the first that stirred.
        push_only: The server is never looked at.
    """

    every: float = 5.0
    rescan: float = 60.0
    quiet: float = 0.1
    longest: float = 1.0
    push_only: bool = False
