"""When to look again: told by an inbox, timers and two clocks, none of which ever waits here."""

from __future__ import annotations

import itertools
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbsync.watch import Hold, Inbox, News, Rhythm, Tick, Why, ticks

# Powers of two, so that sums are exact.
RHYTHM = Rhythm(every=5.0, rescan=60.0, quiet=0.125, longest=1.0)
PUSH_ONLY = Rhythm(every=5.0, rescan=60.0, quiet=0.125, longest=1.0, push_only=True)
BOTH, PULL, PUSH = (True, True), (True, False), (False, True)


class Script(Inbox):
    """Stands for time itself: a wait moves the clocks on to the next piece of news."""

    def __init__(
        self,
        news: Sequence[tuple[float, News]] = (),
        *,
        until: float = 0.0,
        sleeps: Sequence[tuple[float, float, float]] = (),
    ) -> None:
        super().__init__()
        self.monotonic = 0.0
        self.asleep = 0.0
        self.set_by = 0.0
        self.waits: list[float] = []
        self.given: list[tuple[float, News]] = []
        self._news = sorted([*news, (until, News.STOP)], key=lambda each: each[0])
        # When, and by how much the wall clock and the monotonic one jump then.
        self._sleeps = sorted(sleeps)

    def wall(self) -> float:
        return 1_800_000_000.0 + self.monotonic + self.asleep

    def get(self, timeout: float) -> News | None:
        assert timeout >= 0
        self.waits.append(timeout)
        at = self._news[0][0]
        came = at <= self.monotonic + timeout
        self.advance(max(0.0, at - self.monotonic) if came else timeout)
        if not came:
            return None
        self.given.append((self.monotonic, self._news.pop(0)[1]))
        return self.given[-1][1]

    def advance(self, seconds: float) -> None:
        self.monotonic += seconds
        while self._sleeps and self._sleeps[0][0] <= self.monotonic:
            _, unseen, seen = self._sleeps.pop(0)
            self.asleep += unseen
            self.monotonic += seen


@dataclass
class Look:
    """A tick, when it began and ended, and what was said of those to come."""

    tick: Tick
    began: float
    ended: float = 0.0
    retry: float | None = None
    again: float | None = None

    @property
    def brief(self) -> tuple[float, str, tuple[bool, bool]]:
        return self.began, self.tick.why.value, (self.tick.pull, self.tick.push)


Carry = Callable[[Script, Hold, int], None]


def at_once(script: Script, hold: Hold, number: int) -> None:
    """Carry a tick out in no time."""


def looks(
    script: Script, carry: Carry = at_once, *, rhythm: Rhythm = RHYTHM, hold: Hold | None = None
) -> list[Look]:
    hold = hold or Hold()
    seen: list[Look] = []
    told = ticks(script, hold, rhythm=rhythm, monotonic=lambda: script.monotonic, wall=script.wall)
    for tick in told:
        seen.append(Look(tick, script.monotonic))
        carry(script, hold, len(seen) - 1)
        seen[-1].ended = script.monotonic
        assert len(seen) < 10_000
    return seen


def brief(
    script: Script, carry: Carry = at_once, *, rhythm: Rhythm = RHYTHM, hold: Hold | None = None
) -> list[tuple[float, str, tuple[bool, bool]]]:
    return [look.brief for look in looks(script, carry, rhythm=rhythm, hold=hold)]


def stirs(*times: float) -> list[tuple[float, News]]:
    return [(at, News.STIRRED) for at in times]


# --- what comes by itself -----------------------------------------------------------------


def test_the_first_tick_is_for_both_sides_and_comes_at_once() -> None:
    assert brief(Script(until=1)) == [(0.0, "start", BOTH)]


def test_an_inbox_that_was_stopped_gives_no_tick() -> None:
    inbox = Inbox()
    inbox.stop()
    assert inbox.stopped
    assert list(ticks(inbox, Hold(), rhythm=RHYTHM)) == []
    assert inbox.stopped


def test_the_server_is_looked_at_every_so_many_seconds() -> None:
    told = brief(Script(until=16))
    assert told[1:] == [(at, "poll", PULL) for at in (5.0, 10.0, 15.0)]


def test_the_pause_before_a_poll_counts_from_the_end_of_the_last_one() -> None:
    def slowly(script: Script, hold: Hold, number: int) -> None:
        script.advance(4.0)

    assert [at for at, _, _ in brief(Script(until=30), slowly)] == [0.0, 9.0, 18.0, 27.0]


def test_the_files_are_looked_at_now_and_then_though_nothing_stirs() -> None:
    told = brief(Script(until=200))
    # Here each falls together with a poll, and one tick is for both.
    assert [at for at, _, (_, push) in told if push] == [0.0, 60.0, 120.0, 180.0]
    assert (60.0, "poll", BOTH) in told


def test_a_rescan_counts_from_the_last_look_at_the_files() -> None:
    rhythm = Rhythm(every=7.0, rescan=20.0, quiet=0.125, longest=1.0)
    told = brief(Script(stirs(12.0), until=34), rhythm=rhythm)
    assert told == [
        (0.0, "start", BOTH),
        (7.0, "poll", PULL),
        (12.125, "files", PUSH),
        (14.0, "poll", PULL),
        (21.0, "poll", PULL),
        (28.0, "poll", PULL),
        (32.125, "rescan", PUSH),
    ]


def test_who_only_pushes_never_looks_at_the_server() -> None:
    def once_failing(script: Script, hold: Hold, number: int) -> None:
        if number == 1:
            hold.retry_in(3.0)

    news = [*stirs(1.0), (10.0, News.ASKED)]
    script = Script(news, until=80, sleeps=[(12.0, 600.0, 0.0)])
    assert brief(script, once_failing, rhythm=PUSH_ONLY) == [
        (0.0, "start", PUSH),
        (1.125, "files", PUSH),
        (4.125, "retry", PUSH),
        (10.0, "asked", PUSH),
        (15.0, "wake", PUSH),
        (75.0, "rescan", PUSH),
    ]


def test_no_wait_is_so_long_that_waking_up_is_noticed_late() -> None:
    script = Script(until=1000)
    looks(script, rhythm=Rhythm(every=600.0, rescan=900.0))
    assert max(script.waits) <= 5.0


# --- files that stir ----------------------------------------------------------------------


def test_a_file_that_stirs_is_looked_at_when_it_has_been_quiet() -> None:
    assert brief(Script(stirs(1.0), until=4))[1:] == [(1.125, "files", PUSH)]


def test_what_stirs_again_is_waited_for() -> None:
    told = brief(Script(stirs(1.0, 1.0625, 1.125, 1.1875), until=4))
    assert told[1:] == [(1.3125, "files", PUSH)]


def test_a_storm_is_not_waited_for_longer_than_agreed() -> None:
    storm = [1.0 + number / 16 for number in range(40)]  # it ends at 3.4375
    told = brief(Script(stirs(*storm), until=4.5))
    # The first two ticks at the agreed limit, the last one when it is quiet.
    assert told[1:] == [
        (2.0, "files", PUSH),
        (3.0625, "files", PUSH),
        (3.5625, "files", PUSH),
    ]


def test_what_stirs_while_a_tick_is_carried_out_leads_to_another() -> None:
    def slowly(script: Script, hold: Hold, number: int) -> None:
        if number == 1:
            script.advance(2.0)

    told = brief(Script(stirs(1.0, 2.0), until=4.5), slowly)
    assert told[1:] == [(1.125, "files", PUSH), (3.25, "files", PUSH)]


def test_files_that_stir_during_a_look_at_both_sides_are_looked_at_by_the_next() -> None:
    told = brief(Script([(1.0, News.ASKED), *stirs(1.0)], until=4))
    assert told[1:] == [(1.0, "asked", BOTH), (1.125, "files", PUSH)]


def test_a_tick_that_looks_at_both_sides_answers_what_stirred_before_it() -> None:
    told = brief(Script([*stirs(1.0), (1.0625, News.ASKED)], until=4))
    assert told[1:] == [(1.0625, "asked", BOTH)]


def test_a_stir_that_falls_together_with_a_poll_makes_one_tick() -> None:
    told = brief(Script(stirs(4.875), until=6))
    assert told[1:] == [(5.0, "files", BOTH)]


# --- being asked ------------------------------------------------------------------------------


def test_who_asks_is_answered_at_once_with_both_sides() -> None:
    told = brief(Script([(2.0, News.ASKED)], until=8))
    assert told[1:] == [(2.0, "asked", BOTH), (7.0, "poll", PULL)]


@contextmanager
def handled(number: signal.Signals, inbox: Inbox) -> Iterator[None]:
    before = signal.signal(number, lambda *_: inbox.ask())
    try:
        yield
    finally:
        signal.signal(number, before)


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="this system has no SIGHUP")
def test_a_signal_handler_may_ask() -> None:
    inbox = Inbox()
    with handled(signal.SIGHUP, inbox):
        told = ticks(inbox, Hold(), rhythm=Rhythm(every=600.0))
        assert next(told).why is Why.START
        os.kill(os.getpid(), signal.SIGHUP)
        assert next(told) == Tick(pull=True, push=True, why=Why.ASKED)


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="this system has no SIGHUP")
def test_a_signal_ends_a_wait_that_is_under_way() -> None:
    inbox = Inbox()
    with handled(signal.SIGHUP, inbox):
        timer = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGHUP))
        timer.start()
        assert inbox.get(30) is News.ASKED
        timer.join()


# --- the inbox ------------------------------------------------------------------------------


def test_an_inbox_keeps_one_of_each_however_many_come() -> None:
    inbox = Inbox()
    for _ in range(1000):
        inbox.stirred()
        inbox.ask()
    assert [inbox.get(0), inbox.get(0), inbox.get(0)] == [News.STIRRED, News.ASKED, None]
    inbox.stirred()
    inbox.stop()
    inbox.stop()
    assert [inbox.get(0), inbox.get(0), inbox.get(0)] == [News.STIRRED, News.STOP, None]


def test_an_inbox_is_filled_from_many_threads_and_loses_nothing() -> None:
    inbox = Inbox()

    def storm() -> None:
        for _ in range(2000):
            inbox.stirred()

    threads = [threading.Thread(target=storm) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        assert inbox.get(5) in {News.STIRRED, None}
    while inbox.get(0):
        pass
    inbox.stirred()
    assert inbox.get(5) is News.STIRRED


# --- sleep, wake, and clocks that are set ---------------------------------------------------


def test_a_machine_that_wakes_up_looks_at_both_sides() -> None:
    told = brief(Script(until=20, sleeps=[(7.0, 3600.0, 0.0)]))
    assert told[1:4] == [(5.0, "poll", PULL), (10.0, "wake", BOTH), (15.0, "poll", PULL)]


def test_a_machine_whose_clocks_both_went_on_looks_at_both_sides() -> None:
    told = brief(Script(until=4000, sleeps=[(7.0, 3600.0, 3600.0)]))
    assert told[2] == (3610.0, "wake", BOTH)


@pytest.mark.parametrize("seconds", [-7200.0, -1.0, 4.5])
def test_a_clock_that_is_set_back_or_a_little_on_changes_nothing(seconds: float) -> None:
    told = brief(Script(until=16, sleeps=[(7.0, seconds, 0.0)]))
    assert told == brief(Script(until=16))


def test_a_machine_that_slept_during_a_tick_looks_again() -> None:
    def sleepily(script: Script, hold: Hold, number: int) -> None:
        if number == 1:
            script.asleep += 60.0

    told = brief(Script(until=9), sleepily)
    assert told[1:] == [(5.0, "poll", PULL), (5.0, "wake", BOTH)]


def test_a_tick_that_takes_long_is_no_sleep() -> None:
    def slowly(script: Script, hold: Hold, number: int) -> None:
        script.advance(90.0)

    assert brief(Script(until=150), slowly) == [(0.0, "start", BOTH), (95.0, "poll", PULL)]


# --- what is said of the ticks to come ----------------------------------------------------------


def after(number: int, say: Callable[[Hold], object]) -> Carry:
    """Say something during one tick."""

    def carry(script: Script, hold: Hold, index: int) -> None:
        if index == number:
            say(hold)

    return carry


def test_nothing_comes_before_a_retry() -> None:
    told = brief(Script(stirs(2.0, 14.5), until=21), after(0, lambda hold: hold.retry_in(15.0)))
    assert told[1:] == [(15.0, "retry", BOTH), (20.0, "poll", PULL)]


@pytest.mark.parametrize("soon", [News.ASKED, None])
def test_being_asked_or_waking_ends_a_wait_for_a_retry(soon: News | None) -> None:
    script = Script(
        [(3.0, soon)] if soon else [], until=7, sleeps=[] if soon else [(3.0, 100.0, 0.0)]
    )
    told = brief(script, after(0, lambda hold: hold.retry_in(50.0)))
    assert [why for _, why, _ in told[1:]] == ["asked" if soon else "wake"]
    assert told[1][2] == BOTH


def test_of_two_waits_for_a_retry_the_longer_one_holds() -> None:
    def twice(hold: Hold) -> None:
        hold.retry_in(3.0)
        hold.retry_in(10.0)
        hold.retry_in(4.0)

    assert brief(Script(until=12), after(0, twice))[1:] == [(10.0, "retry", BOTH)]


def test_success_ends_what_was_held_up() -> None:
    def recovers(hold: Hold) -> None:
        hold.failed()
        hold.succeeded()

    told = brief(Script(until=6), after(0, recovers))
    assert told[1:] == [(5.0, "poll", PULL)]


def test_failures_double_the_wait_up_to_a_minute_and_success_ends_that() -> None:
    hold = Hold(lambda: 0.0)
    assert [hold.failed() for _ in range(8)] == [1, 2, 4, 8, 16, 30, 30, 30]
    hold.succeeded()
    assert hold.taken() == (None, None)
    hold.jitter = lambda: 0.999_999
    assert [round(hold.failed()) for _ in range(8)] == [2, 4, 8, 16, 32, 60, 60, 60]


@given(st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=100))
def test_no_failure_is_waited_for_less_than_a_second_or_more_than_a_minute(
    chances: list[float],
) -> None:
    rest = iter(chances)
    hold = Hold(lambda: next(rest))
    for number in range(len(chances)):
        seconds = hold.failed()
        assert 1.0 <= seconds <= 60.0
        assert seconds <= 2.0 ** (number + 1)
        assert hold.taken() == (seconds, None)


@pytest.mark.parametrize("sleeps", [[], [(600.0, 60.0, 0.0)]])
def test_the_first_failure_after_waking_or_being_asked_is_the_first_again(
    sleeps: list[tuple[float, float, float]],
) -> None:
    hold = Hold(lambda: 0.0)

    def offline(script: Script, hold: Hold, number: int) -> None:
        hold.failed()

    news = [] if sleeps else [(600.0, News.ASKED)]
    told = brief(Script(news, until=640, sleeps=sleeps), offline, hold=hold)
    times = [at for at, _, _ in told]
    assert times[:7] == [0.0, 1.0, 3.0, 7.0, 15.0, 31.0, 61.0]
    again = next(at for at, why, _ in told if why in {"asked", "wake"})
    assert [at - again for at in times if at > again][:3] == [1.0, 3.0, 7.0]


def test_another_look_is_at_the_same_side_and_holds_nothing_up() -> None:
    def unreadable(script: Script, hold: Hold, number: int) -> None:
        if number == 1:
            hold.look_again_in(6.0)

    assert brief(Script(stirs(1.0), until=12), unreadable)[1:] == [
        (1.125, "files", PUSH),
        (5.0, "poll", PULL),
        (7.125, "retry", PUSH),
        (10.0, "poll", PULL),
    ]


def test_an_earlier_tick_of_the_same_side_stands_for_another_look() -> None:
    told = brief(Script(stirs(1.0, 3.0), until=9), after(1, lambda hold: hold.look_again_in(4)))
    assert [why for _, why, _ in told[1:]] == ["files", "files", "poll"]


def test_another_look_at_both_sides_keeps_the_side_that_was_not_looked_at() -> None:
    told = brief(Script(stirs(1.0), until=4), after(0, lambda hold: hold.look_again_in(3)))
    assert told[1:] == [(1.125, "files", PUSH), (3.0, "retry", PULL)]


def test_of_two_other_looks_the_sooner_one_is_at_what_both_meant() -> None:
    def carry(script: Script, hold: Hold, number: int) -> None:
        if number < 2:
            hold.look_again_in(4.0 - number)
            hold.look_again_in(9.0)

    told = brief(Script(stirs(0.5), until=8), carry)
    # The pull that the start asked for is due at 4, the push that the edit asked for at 3.625.
    assert told[1:3] == [(0.625, "files", PUSH), (3.625, "retry", BOTH)]


def test_another_look_waits_for_a_retry_as_all_do() -> None:
    def both(hold: Hold) -> None:
        hold.look_again_in(1.0)
        hold.retry_in(3.0)

    assert brief(Script(until=6), after(0, both))[1:] == [(3.0, "retry", BOTH)]


# --- laws ---------------------------------------------------------------------------------------

MOMENTS = st.integers(0, 40 * 16).map(lambda number: number / 16)


@dataclass(frozen=True)
class Life:
    """What happens, and how each tick goes."""

    news: list[tuple[float, News]]
    sleeps: list[tuple[float, float, float]]
    goes: list[tuple[float, str, float]]
    rhythm: Rhythm = field(default=RHYTHM)

    def looks(self) -> list[Look]:
        return self.led()[0]

    def led(self) -> tuple[list[Look], Script]:
        said: list[tuple[float | None, float | None]] = []
        hold = Hold(lambda: 0.5)

        def carry(script: Script, hold: Hold, number: int) -> None:
            takes, says, seconds = self.goes[number % len(self.goes)]
            script.advance(takes)
            retry = again = None
            if says == "failed":
                retry = hold.failed()
            elif says == "retry":
                hold.retry_in(retry := seconds)
            elif says == "again":
                hold.look_again_in(again := seconds)
            else:
                hold.succeeded()
            said.append((retry, again))

        script = Script(self.news, until=200.0, sleeps=self.sleeps)
        found = looks(script, carry, rhythm=self.rhythm, hold=hold)
        for look, (retry, again) in zip(found, said, strict=True):
            look.retry, look.again = retry, again
        return found, script


LIVES = st.builds(
    Life,
    news=st.lists(st.tuples(MOMENTS, st.sampled_from([News.STIRRED] * 4 + [News.ASKED]))),
    sleeps=st.lists(st.tuples(MOMENTS, st.sampled_from([-60.0, 60.0]), st.just(0.0)), max_size=2),
    goes=st.lists(
        st.tuples(
            st.sampled_from([0.0, 0.0, 0.25, 3.0]),
            st.sampled_from(["well", "well", "failed", "retry", "again"]),
            st.sampled_from([0.5, 2.0, 16.0]),
        ),
        min_size=1,
        max_size=8,
    ),
    rhythm=st.sampled_from([RHYTHM, PUSH_ONLY]),
)


@given(LIVES)
def test_whatever_stirs_is_looked_at_within_the_agreed_time_unless_held_up(life: Life) -> None:
    found = life.looks()
    for stirred in (at for at, news in life.news if news is News.STIRRED):
        answer = next(look for look in found if look.began >= stirred and look.tick.push)
        # A tick under way is waited for, and what it says is obeyed.
        before = [look for look in found if look.began < answer.began]
        free = max([stirred, *(look.ended + (look.retry or 0.0) for look in before)])
        assert answer.began <= free + life.rhythm.longest


@given(LIVES)
def test_no_tick_comes_without_its_cause(life: Life) -> None:
    found, script = life.led()
    pushes = pulls = found[0]
    for before, look in itertools.pairwise(found):
        now, why = look.began, look.tick.why
        pull, push = look.tick.pull, look.tick.push
        assert pull or push
        assert not (pull and life.rhythm.push_only)
        if before.retry is not None and now < before.ended + before.retry:
            assert why in {Why.ASKED, Why.WAKE}
        match why:
            case Why.START:
                pytest.fail("there is one start")
            case Why.ASKED:
                assert any(news is News.ASKED and at <= now for at, news in life.news)
            case Why.WAKE:
                assert any(before.began <= at <= now and by > 0 for at, by, _ in life.sleeps)
            case Why.FILES:
                stirred = [at for at, news in script.given if news is News.STIRRED]
                assert push and any(pushes.began <= at <= now for at in stirred)
            case Why.POLL:
                assert pull and now >= pulls.ended + life.rhythm.every
            case Why.RESCAN:
                assert push and now >= pushes.ended + life.rhythm.rescan
            case Why.RETRY:
                said = [each for each in found if each.began < now]
                assert any(each.retry or each.again for each in said)
        pulls, pushes = (look if pull else pulls), (look if push else pushes)


@given(LIVES)
def test_both_sides_are_looked_at_for_ever_unless_held_up(life: Life) -> None:
    found = life.looks()
    for half, seconds in (("pull", life.rhythm.every), ("push", life.rhythm.rescan)):
        if half == "pull" and life.rhythm.push_only:
            continue
        since = [look for look in found if getattr(look.tick, half)]
        for one, next_one in itertools.pairwise(since):
            between = [look for look in found if one.began <= look.began < next_one.began]
            free = max(
                [one.ended + seconds, *(look.ended + (look.retry or 0.0) for look in between)]
            )
            assert next_one.began <= free
