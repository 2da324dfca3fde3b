"""What stands in a watch's way for a while: told when it begins to last, and when it is over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from nbsync.errors import NbsyncError
from nbsync.model import Json
from nbsync.sync.notices import Notice, What

# Each can only be met where those before it are over.
ENDINGS = {
    What.VANISHED: (What.BACK, "The folder is back"),
    What.BUSY: (What.FREE, "The other nbsync has ended"),
    What.GIT: (What.GIT_DONE, "git is done"),
    What.FAILING: (What.WORKING, "It works again"),
    What.OFFLINE: (What.ONLINE, "PostHog can be reached again"),
}
_UP_TO_YOU = frozenset({What.VANISHED, What.GIT})
_A_HAIR = 0.05
_MINUTE = 60


@dataclass(slots=True)
class _Spell:
    since: float
    told: bool = False


class Spells:
    """The spells of trouble that a watch is in."""

    def __init__(self) -> None:
        self._spells: dict[What, _Spell] = {}

    def meet(
        self, what: What, error: NbsyncError, *, now: float, after: float = 0.0, **details: Json
    ) -> list[Notice]:
        """What is to be told of a trouble that was met.

        Args:
            what: Which it is, of `ENDINGS`.
            error: What happened.
            now: Seconds, by a clock that only goes forward.
            after: For how many seconds it is to last before it is told.
            **details: What else a program may want to know.
        """
        kinds = list(ENDINGS)
        notices = self.over(kinds[: kinds.index(what)], now=now)
        spell = self._spells.setdefault(what, _Spell(now))
        if not spell.told and now - spell.since >= after - _A_HAIR:
            spell.told = True
            # What else the hint says of trying again, a watch does by itself.
            hint = error.hint if what in _UP_TO_YOU else ""
            notices.append(Notice(what, error.message, hint, details=details))
        return notices

    def over(self, kinds: Iterable[What], *, now: float) -> list[Notice]:
        """What is to be told of troubles that are over, if they were on."""
        notices = []
        for what in kinds:
            spell = self._spells.pop(what, None)
            if spell is not None and spell.told:
                ending, words = ENDINGS[what]
                seconds = round(now - spell.since, 1)
                message = f"{words}, after {lasted(seconds)}"
                notices.append(Notice(ending, message, details={"seconds": seconds}))
        return notices

    def is_told(self, what: What) -> bool:
        """Whether it is on, and was told."""
        return what in self._spells and self._spells[what].told


def lasted(seconds: float) -> str:
    """A stretch of time in words: "8 s", "5 min", "2 h 10 min"."""
    if seconds < 2 * _MINUTE:
        return f"{seconds:.0f} s"
    minutes = round(seconds / _MINUTE)
    hours, rest = divmod(minutes, _MINUTE)
    return f"{hours} h {rest} min" if hours else f"{minutes} min"
