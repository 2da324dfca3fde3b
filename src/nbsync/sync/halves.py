"""The two halves of a look: as one run, or each by itself where a guard stops one of them."""

from __future__ import annotations

from collections.abc import Callable, Collection

from nbsync.errors import GuardTripped, Unavailable
from nbsync.model import Json, Report
from nbsync.sync import run
from nbsync.sync.notices import Notice, What
from nbsync.sync.work import Mirror

PULL, PUSH = "pull", "push"

Ran = tuple[frozenset[str], Report]
"""Which halves were run, and what they did."""

SETTLES = 1.0
"""Seconds for which the number of edits must stay what it is, where there are many of them."""

_FEW = 5
_LONGEST = 10.0
_A_HAIR = 0.05


class Unsettled(Unavailable):
    """More and more pages are edited at this moment: a guard is to see all of them, and waits."""


class Halves:
    """Runs halves, and remembers which of them a guard has paused.

    Args:
        clock: Seconds, by a clock that only goes forward.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.unsettled = False
        """Whether the last run sent nothing because more and more pages are being edited."""
        self._clock = clock
        self._many: tuple[float, float, int] | None = None
        self._paused: dict[str, int] = {}
        self._told: dict[str, int] = {}

    @property
    def paused(self) -> frozenset[str]:
        """Those that a guard stopped the last time: they are tried again with every look."""
        return frozenset(self._paused)

    def run(
        self,
        mirror: Mirror,
        due: Collection[str],
        *,
        ran: list[Ran],
        progress: Callable[[frozenset[str], int, int], None],
    ) -> dict[str, GuardTripped]:
        """Run halves.

        Args:
            mirror: The two sides and the store, whose lock is held.
            due: Which halves, of `PULL` and `PUSH`.
            ran: What was done is appended, so that it is known whatever follows.
            progress: Called with (halves, notebooks done, notebooks in all).

        Returns:
            The halves that a guard stopped.

        Raises:
            Unsettled: Nothing was done.
            NbsyncError: As `sync.run` says.
        """

        def once(*halves: str) -> None:
            these = frozenset(halves)

            def advance(done: int, total: int) -> None:
                progress(these, done, total)
                if not done and self._grow(total):
                    self.unsettled = True
                    raise Unsettled("More and more pages are being edited.")

            progress(these, 0, 0)
            report = run(mirror, pull=PULL in these, push=PUSH in these, progress=advance)
            ran.append((these, report))

        self.unsettled = False
        guards: dict[str, GuardTripped] = {}
        if len(due) > 1 and not self._paused:
            try:
                once(*due)
            except GuardTripped:
                pass
            else:
                return guards
        for half in sorted(due):
            try:
                once(half)
            except GuardTripped as guard:
                guards[half] = guard
        return guards

    def note(self, guards: dict[str, GuardTripped], due: Collection[str]) -> list[Notice]:
        """What is to be told of the guards: a half that pauses, for how many, and that goes on.

        Another number is told when it has stayed the same from one look to the next.

        Args:
            guards: What stopped halves of those that were due.
            due: Which halves were run.
        """
        notices = []
        for half in sorted(due):
            guard, before = guards.get(half), self._paused.pop(half, None)
            if guard is not None:
                self._paused[half] = guard.count
                if before in {None, guard.count} and guard.count != self._told.get(half):
                    self._told[half] = guard.count
                    notices.append(_pauses(half, guard))
            elif before is not None:
                del self._told[half]
                message = f"{half} goes on: so much is no longer to be changed at once"
                details: dict[str, Json] = {"half": half, "count": before}
                notices.append(Notice(What.GUARD_LIFTED, message, details=details))
        return notices

    def _grow(self, edits: int) -> bool:
        """Whether there are many edits, and were not so many a moment ago."""
        now = self._clock()
        if edits <= _FEW:
            self._many = None
            return False
        first, since, before = self._many or (now, now, edits)
        since = since if edits == before else now
        settled = now - since >= SETTLES - _A_HAIR or now - first >= _LONGEST
        self._many = None if settled else (first, since, edits)
        return not settled


def _pauses(half: str, guard: GuardTripped) -> Notice:
    hint = f"nbsync {half} -n   # shows them all; if that is what you want: "
    hint += f"nbsync {half} --allow-changes={guard.count}"
    message = f"{guard.message} Until that is confirmed, {half} pauses"
    return Notice(What.GUARD, message, hint, details={"half": half, "count": guard.count})
