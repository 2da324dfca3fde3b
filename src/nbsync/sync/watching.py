"""The loop of a watch: looks whenever it is told to, and decides what an error means."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field, replace

from nbsync.errors import (
    APIError,
    AuthError,
    Busy,
    ConfigError,
    Forbidden,
    GuardTripped,
    NbsyncError,
    RateLimited,
    Unavailable,
)
from nbsync.model import Report
from nbsync.sync.halves import PULL, PUSH, SETTLES, Halves, Ran, Unsettled
from nbsync.sync.notices import Notice, Standing, State, What
from nbsync.sync.pace import Hold, Tick
from nbsync.sync.spells import ENDINGS, Spells
from nbsync.sync.told import SECOND_LOOK, Told
from nbsync.sync.work import Mirror

_LONGEST = 60.0
_BUSY_TOLD = 10.0
_SOON, _BUSY_LOOK, _NEXT_LOOK, _PAUSED_LOOK = 0.25, 0.5, 1.0, 5.0
_A_HAIR = 0.05


class Vanished(NbsyncError):  # noqa: N818 - says what the folder is
    """The mirror's folder, or its nbsync.toml, is not there."""


class _Locked(Busy):
    """Another nbsync holds the lock."""


class _Stopped(Unavailable):
    """Somebody asked to stop: the run ends between two notebooks, as if the server had gone."""


@dataclass(slots=True)
class Watch:
    """A watch: what it may do, and what it has met.

    Attributes:
        opened: Opens the mirror for one look, its lock held.
        hold: Is told about the ticks to come.
        tell: Is told each thing that happened, once.
        show: Is told how the watch stands.
        head: Says where git's HEAD is; "" where there is no git.
        stopping: Says whether somebody asked to stop.
        push_only: Whether it never pulls.
        monotonic: A clock that only goes forward, in seconds.
    """

    opened: Callable[[], AbstractContextManager[Mirror]]
    hold: Hold
    tell: Callable[[Notice], None]
    show: Callable[[Standing], None]
    head: Callable[[], str]
    stopping: Callable[[], bool]
    push_only: bool = False
    monotonic: Callable[[], float] = time.monotonic
    _told: Told = field(default_factory=Told)
    _spells: Spells = field(default_factory=Spells)
    _owed: set[str] = field(default_factory=set)
    _halves: Halves = field(init=False)
    _head: str = field(init=False)
    _misread: float | None = None
    _worked: bool = False
    _settled: bool = False
    _pause: float = SECOND_LOOK

    def __post_init__(self) -> None:
        """Share the clock, and see where git stands before anything is told."""
        self._head = self.head()
        self._halves = Halves(self.monotonic)

    def follow(self, ticks: Iterable[Tick]) -> None:
        """Look at every tick, until there are no more or somebody asks to stop.

        Raises:
            AuthError: The key is not accepted.
            ConfigError: nbsync.toml cannot be used.
        """
        for tick in ticks:
            if self.stopping():
                return
            self.look(pull=tick.pull, push=tick.push)

    def look(self, *, pull: bool, push: bool) -> None:
        """Carry out what there is to do, tell it, and arrange for the next look.

        What cannot be looked at now is owed, and looked at as soon as it can be.

        Args:
            pull: The server may have changed.
            push: The files may have changed.

        Raises:
            AuthError: The key is not accepted.
            ConfigError: nbsync.toml cannot be used.
        """
        self._owed |= {half for half, due in ((PULL, pull), (PUSH, push)) if due}
        self._owed |= self._halves.paused
        self._owed -= {PULL} if self.push_only else set()
        try:
            self._look()
        except _Stopped:
            pass
        except Unsettled:
            self.hold.look_again_in(SETTLES)
        except Vanished as error:
            self._wait(What.VANISHED, State.VANISHED, error, _NEXT_LOOK)
        except _Locked as error:
            self._wait(What.BUSY, State.BUSY, error, _BUSY_LOOK, after=_BUSY_TOLD)
        except Busy as error:
            # Many a tool asks git something all the time, and holds its lock for a moment.
            again = _NEXT_LOOK if self._spells.is_told(What.GIT) else _SOON
            self._wait(What.GIT, State.GIT, error, again)
        except (ConfigError, AuthError) as error:
            if not (self._worked and isinstance(error, Forbidden)):
                raise
            self._fail(error)  # a firewall's words about the list, rather than PostHog's
        except NbsyncError as error:
            self._fail(error)
        except OSError as error:
            self._fail(NbsyncError(f"The system refuses: {error}"))

    def _look(self) -> None:
        ran: list[Ran] = []
        try:
            guards = self._carry_out(ran)
        finally:
            for halves, report in ran:
                self._tell_report(halves, report)
        if guards is None or self.stopping():
            return
        if self._halves.unsettled:
            raise Unsettled("Some of it was done before.")
        for _, report in ran:
            _raise_what_ended(report)
        due, self._owed = self._owed, {PUSH} if self._settled else set()
        self._worked = True
        self.hold.succeeded()
        self._tell_all(self._halves.note(guards, due))
        self._arrange(due)
        self.show(Standing(State.PAUSED if guards else State.IN_STEP))

    def _carry_out(self, ran: list[Ran]) -> dict[str, GuardTripped] | None:
        """Run what is owed; what was done is appended, so that it is told whatever follows.

        Returns:
            The halves that a guard stopped; None where there is nothing to go by yet.
        """
        with ExitStack() as leave:
            mirror = self._open(leave)
            if mirror is None:
                return None
            head = self.head()
            mirror.remote.requests = 0
            guards = self._halves.run(mirror, self._owed, ran=ran, progress=self._advance)
        before, self._head = self._head, head
        if before not in {"", head}:
            message = f"HEAD moved from {before} to {head}; going on from what is there"
            self.tell(Notice(What.HEAD, message, details={"before": before, "after": head}))
        return guards

    def _open(self, leave: ExitStack) -> Mirror | None:
        """Open the mirror; None where its nbsync.toml may be half written."""
        try:
            mirror = leave.enter_context(self.opened())
        except Busy as error:
            raise _Locked(error.message, hint=error.hint) from error
        except ConfigError:
            now = self.monotonic()
            since = self._misread = now if self._misread is None else self._misread
            if not self._worked or now - since >= SECOND_LOOK - _A_HAIR:
                raise
            self.hold.look_again_in(SECOND_LOOK)
            return None
        self._misread = None
        return mirror

    def _advance(self, halves: frozenset[str], done: int, total: int) -> None:
        if self.stopping():
            raise _Stopped("Somebody asked to stop.")
        self.show(Standing(State.PULLING if PULL in halves else State.SENDING, done, total))

    def _tell_report(self, halves: frozenset[str], report: Report) -> None:
        """Tell what a run did, and what has turned out to be wrong or to be well again."""
        now = self.monotonic()
        asked = PULL in halves or report.requests > 0
        kinds = [kind for kind in ENDINGS if asked or kind is not What.OFFLINE]
        ended = [problem for problem in report.problems if _ended_by(problem.exit_code)]
        whole = halves
        if ended:
            whole, kinds = frozenset(), [kind for kind in kinds if kind is not What.OFFLINE]
            rest = [problem for problem in report.problems if problem not in ended]
            report = replace(report, problems=tuple(rest))
        self._tell_all(self._spells.over(kinds, now=now))
        notices = self._told.take_in(report, halves=whole, now=now)
        self._tell_all(notices)
        # What was kept of a page, and not edited, is to be sent: no file stirs for that.
        settled = any(notice.what is What.SETTLED for notice in notices)
        self._settled = self._settled or (settled and PUSH not in halves)

    def _tell_all(self, notices: Iterable[Notice]) -> None:
        for notice in notices:
            self.tell(notice)

    def _arrange(self, due: set[str]) -> None:
        """See to it that what may be over soon is looked at soon."""
        if self._settled:
            self._settled = False
            self.hold.look_again_in(_A_HAIR)
        if self._halves.paused:
            self.hold.look_again_in(_PAUSED_LOOK)
        wait = self._told.second_look(self.monotonic())
        if wait is not None:
            self.hold.look_again_in(wait)
        elif not self._told.has_problems:
            self._pause = SECOND_LOOK
        elif PUSH in due:
            self._pause = min(2 * self._pause, _LONGEST)
            self.hold.look_again_in(self._pause)

    def _wait(
        self,
        what: What,
        state: State,
        error: NbsyncError,
        again: float,
        *,
        after: float = SECOND_LOOK,
    ) -> None:
        """Look again in so many seconds, and tell what is in the way if it stays there."""
        self.hold.look_again_in(again)
        self.show(Standing(state, again=again))
        self._tell_all(self._spells.meet(what, error, now=self.monotonic(), after=after))

    def _fail(self, error: NbsyncError) -> None:
        """Hold everything up for a while, longer each time, and tell why once."""
        if isinstance(error, RateLimited):
            seconds = min(max(error.wait, _NEXT_LOOK), _LONGEST)
            self.hold.retry_in(seconds)
        else:
            seconds = self.hold.failed()
        away = isinstance(error, APIError)
        what = What.OFFLINE if away else What.FAILING
        self.show(Standing(State.OFFLINE if away else State.FAILING, again=seconds))
        now, seconds = self.monotonic(), round(seconds, 1)
        self._tell_all(self._spells.meet(what, error, now=now, retry_in=seconds))


def _ended_by(exit_code: int) -> bool:
    """Whether a problem of that kind ended a run before its time."""
    return exit_code == Unavailable.exit_code


def _raise_what_ended(report: Report) -> None:
    """Raise what ended a run that had done something before.

    Raises:
        AuthError: The key was not accepted any more.
        Unavailable: The server could not be reached any more.
    """
    for problem in report.problems:
        if problem.exit_code == AuthError.exit_code and not problem.short_id:
            raise AuthError(problem.error, hint=problem.hint)
        if _ended_by(problem.exit_code):
            raise Unavailable(problem.error, hint=problem.hint)
