"""What a watch has found wrong, and whether that was already told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from shlex import quote

from nbsync.model import Problem, Report, Unreadable
from nbsync.sync.notices import Notice, What

SECOND_LOOK = 1.0
"""Seconds after which something that is still wrong is no half-written file any more."""

_A_HAIR = 0.05
_AT_ONCE = frozenset({What.CONFLICT})
_EACH = 10
_MANY = {
    What.MISSING: "pages are missing; nothing is deleted for that",
    What.OUTSIDE: "edited pages are outside the filter; their edits are kept, and not sent",
    What.UNREADABLE: "files cannot be understood",
    What.PROBLEM: "notebooks have a problem",
    What.UNTRACKED: "new files are no notebooks",
    What.CONFLICT: "notebooks are in conflict",
}


@dataclass(slots=True)
class _Known:
    """Something that was found.

    Attributes:
        notice: What is told of it.
        since: When it was first found.
        told: Whether it was told.
        halves: The halves that have to miss it before it is known to be over, where not each of
            them finds it.
    """

    notice: Notice
    since: float
    halves: set[str]
    told: bool = False


class Told:
    """Tells each thing once, and again only when it was over in between."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], _Known] = {}
        self._begun = False
        self._waiting: list[float] = []

    @property
    def has_problems(self) -> bool:
        """Whether a notebook has a problem that was told and is not over."""
        return any(
            known.told and known.notice.what is What.PROBLEM for known in self._known.values()
        )

    def take_in(self, report: Report, *, halves: Iterable[str], now: float) -> list[Notice]:
        """What is to be told of a run's report now: changes, and what is wrong and stays so.

        Args:
            report: What the run did and found.
            halves: Which halves it ran to the end, of "pull" and "push".
            now: Seconds, by a clock that only goes forward.
        """
        here = set(halves)
        found = _found(report)
        begun = {key[:2]: known.since for key, known in self._known.items()}
        over = self._let_go(found, here)
        for key, notice in found.items():
            since = begun.get(key[:2], now)  # what is wrong may be said in other words by now
            known = self._known.setdefault(key, _Known(notice, since, set()))
            known.notice, known.halves = notice, set() if _shows_always(notice) else set(here)
            if not self._begun and notice.what is What.UNTRACKED:
                known.told = True  # only what is new is news
        self._begun = True
        fresh, self._waiting = [], []
        for key in found:
            known = self._known[key]
            ripe = known.notice.what in _AT_ONCE or now - known.since >= SECOND_LOOK - _A_HAIR
            if ripe and not known.told:
                known.told = True
                fresh.append(known.notice)
            elif not known.told:
                self._waiting.append(known.since)
        changes = [Notice(What.CHANGE, about=change) for change in report.changes]
        return [*changes, *over, *_some(fresh)]

    def second_look(self, now: float) -> float | None:
        """In how many seconds what the last look found is due a second; None where nothing is."""
        if not self._waiting:
            return None
        return max(_A_HAIR, SECOND_LOOK - (now - min(self._waiting)))

    def _let_go(self, found: Mapping[tuple[object, ...], Notice], here: set[str]) -> list[Notice]:
        """Forget what is over; a conflict's end is told."""
        over: list[Notice] = []
        for key in (self._known.keys() - found.keys()) if here else ():
            known = self._known[key]
            known.halves -= here
            if not known.halves:
                del self._known[key]
                if known.notice.what is What.CONFLICT:
                    over.append(_settled(known.notice))
        return over


def _shows_always(notice: Notice) -> bool:
    """Whether each half finds it: what lies in the directory, and what is remembered."""
    if isinstance(notice.about, Unreadable):
        return notice.about.path is not None
    return notice.what is not What.PROBLEM


def _found(report: Report) -> dict[tuple[object, ...], Notice]:
    """What a report says that is wrong, or new, by what tells it from other things."""
    return {
        (notice.what, *key): notice
        for key, notice in (
            *_conflicts(report),
            *_troubles(report),
            *(((short_id,), _missing(short_id)) for short_id in report.held),
            *(((short_id,), _outside(short_id)) for short_id in report.outside),
            *(((path,), _untracked(path)) for path in report.untracked),
        )
    }


def _conflicts(report: Report) -> Iterator[tuple[tuple[object, ...], Notice]]:
    for conflict in report.conflicts:
        hint = f"nbsync resolve {conflict.short_id} --edit   # or --ours, --theirs"
        yield (conflict.short_id,), Notice(What.CONFLICT, hint=hint, about=conflict)


def _troubles(report: Report) -> Iterator[tuple[tuple[object, ...], Notice]]:
    troubles: tuple[Problem | Unreadable, ...] = (*report.problems, *report.unreadable)
    for found in troubles:
        what = What.PROBLEM if isinstance(found, Problem) else What.UNREADABLE
        key = (found.path or found.short_id, found.error)
        yield key, Notice(what, hint=found.hint, about=found)


def _missing(short_id: str) -> Notice:
    return Notice(
        What.MISSING,
        f"The page of notebook {short_id} is missing; nothing is deleted for that",
        f"nbsync restore {short_id}   # or, if it is meant: nbsync rm {short_id}",
        details={"short_id": short_id},
    )


def _outside(short_id: str) -> Notice:
    return Notice(
        What.OUTSIDE,
        f"Notebook {short_id} is outside the filter; its page's edits are kept, and not sent",
        f"nbsync push {short_id}   # or change [filter] in nbsync.toml",
        details={"short_id": short_id},
    )


def _untracked(path: str) -> Notice:
    message = f"{path} is no notebook yet"
    return Notice(What.UNTRACKED, message, f"nbsync add {quote(path)}", details={"path": path})


def _settled(notice: Notice) -> Notice:
    return Notice(What.SETTLED, about=notice.about)


def _some(notices: list[Notice]) -> list[Notice]:
    """The notices; of very many of one kind, the first, and how many more there are."""
    some: list[Notice] = []
    for what in dict.fromkeys(notice.what for notice in notices):
        alike = [notice for notice in notices if notice.what is what]
        shown = alike if len(alike) <= _EACH else alike[: _EACH // 2]
        some += shown
        if len(shown) < len(alike):
            more = len(alike) - len(shown)
            message = f"… and {more} more {_MANY[what]}"
            some.append(Notice(what, message, "nbsync status", details={"count": more}))
    return some
