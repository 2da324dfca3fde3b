"""Progress on a terminal, and how honest its estimate is under a limit of requests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from commands import Person, person, seed, terminal
from fake_time import FakeTime
from mirrors import seed_each
from nbsync.api.budget import CLOUD_LIMITS, Budget, Forecast, Limit, least_seconds
from nbsync.api.connecting import connect
from nbsync.cli import run
from nbsync.cli.options import Settings
from nbsync.cli.progress import Least, allowance, progress, remaining
from nbsync.remote import Server
from nbsync.sandbox import Sandbox

MINUTE, HOUR = 60, 3600


@pytest.mark.parametrize(
    ("requests", "sent", "seconds"),
    [
        (0, [], 0),
        (1, [], 0),
        (480, [], 0),
        (481, [], MINUTE),
        (960, [], MINUTE),
        (961, [], 2 * MINUTE),
        (4800, [], 9 * MINUTE),
        (4801, [], HOUR),
        (4800 + 481, [], HOUR + MINUTE),
        (9990, [], 2 * HOUR),
        (10_000, [], 2 * HOUR),
        (480, [-30.0] * 480, 30),
        (480, [-30.0] * 479, 30),
        (1, [-30.0] * 479, 0),
        (481, [-30.0] * 480, 30 + MINUTE),
        (1, [-61.0] * 480, 0),
        (1, [-30.0, *[-10.0] * 479], 30),
        (2, [-30.0, *[-10.0] * 479], 50),
        (1, [-600.0] * 4800, HOUR - 600),
        (4801, [-600.0] * 4800, 2 * HOUR - 600),
        (100, [-600.0] * 4700, 0),
        (101, [-600.0] * 4700, HOUR - 600),
    ],
)
def test_what_clouds_allow_says_how_long_it_takes_at_least(
    requests: int, sent: list[float], seconds: float
) -> None:
    assert least_seconds(requests, CLOUD_LIMITS, sent=sent, now=0.0) == pytest.approx(seconds)


def test_without_a_limit_nothing_has_to_be_waited_for() -> None:
    assert least_seconds(10_000, (), sent=[], now=7.0) == 0


@pytest.mark.parametrize("number", [1, 5, 6, 23, 40])
def test_the_forecast_is_what_it_then_takes(tmp_path: Path, number: int) -> None:
    time = FakeTime()
    limits = (Limit(5, 1), Limit(20, 60))
    mine = Budget(tmp_path / "r", "me", limits=limits, clock=time.now, sleep=time.wait)
    for _ in range(3):
        mine.take()
    time.wait(0.5)
    foreseen = mine.forecast(number)
    began = time.now()
    for _ in range(number):
        mine.take()
    mine.close()
    assert foreseen.limits == limits
    assert time.now() - began == pytest.approx(foreseen.seconds, abs=0.2)


def test_a_request_counts_from_when_it_was_answered(tmp_path: Path) -> None:
    time = FakeTime()
    mine = Budget(tmp_path / "r", "me", limits=(Limit(1, 60),), clock=time.now, sleep=time.wait)
    taken = mine.take()
    time.wait(5)
    assert mine.forecast(1).seconds == pytest.approx(55)
    mine.arrived(taken)
    assert mine.forecast(1).seconds == pytest.approx(60)
    mine.close()


def test_what_the_list_tells_whole_needs_no_requests(tmp_path: Path) -> None:
    time = FakeTime()
    with Sandbox(kind="2023") as old:
        seed_each(old, [f"nb{number:03}" for number in range(30)])
        limited = {"NBSYNC_RATE_LIMIT": "2/h"}
        options: Any = {"env": limited, "state": tmp_path, "sleep": time.wait, "clock": time.now}
        with connect(old.url, old.key, project=old.project, **options) as client:
            server = Server(client)
            assert server.forecast(30).seconds > HOUR
            server.scan(None)
            assert server.forecast(30).seconds == 0


def test_what_is_left_is_asked_for_now_and_then_and_counted_down_between() -> None:
    time, asked = FakeTime(0.0), list[int]()

    def forecast(number: int) -> Forecast:
        asked.append(number)
        return Forecast(seconds=number * 10.0)

    least = Least(forecast, time.now)
    assert least.seconds() == 0
    for left in (9, 8, 7):
        least.note(left)
        time.wait(4)
    assert (asked, least.seconds()) == ([9], 90 - 12)
    least.note(6)
    assert (asked, least.seconds()) == ([9, 6], 60)
    time.wait(100)
    assert least.seconds() == 0
    unlimited = Least(None, time.now)
    unlimited.note(5)
    assert unlimited.seconds() == 0


@pytest.mark.parametrize(
    ("as_it_went", "least", "said"),
    [
        (None, 0.0, ""),
        (None, 0.4, ""),
        (12.0, 0.0, "12 s left"),
        (40.0, 7200.0, "2 h 0 min left"),
        (900.0, 300.0, "15 min left"),
    ],
)
def test_of_two_estimates_the_longer_one_is_shown(
    as_it_went: float | None, least: float, said: str
) -> None:
    assert remaining(as_it_went, least) == said


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        (CLOUD_LIMITS, "480 requests a minute and 4,800 an hour"),
        (CLOUD_LIMITS[::-1], "480 requests a minute and 4,800 an hour"),
        ((Limit(10, 1),), "10 requests a second"),
    ],
)
def test_limits_are_said_in_words(limits: tuple[Limit, ...], said: str) -> None:
    assert allowance(limits) == said


def told(
    monkeypatch: pytest.MonkeyPatch, total: int, *, seconds: float, quiet: bool = False
) -> list[str]:
    """What stands on a terminal before a bar is drawn."""
    with terminal(monkeypatch) as drawn:
        allowed = Forecast(seconds, CLOUD_LIMITS)
        with progress(Settings(quiet=quiet), lambda _: allowed) as advance:
            for done in range(3):
                advance(done, total)
    return "".join(drawn).split("\x1b")[0].splitlines()


def test_what_takes_hours_is_said_once_before_it_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    why = "because this key may send 480 requests a minute and 4,800 an hour."
    assert told(monkeypatch, 9990, seconds=7500) == [
        f"9,990 notebooks: at least 2 h 5 min, {why}",
        "Stop it whenever you like: the same command goes on where this one stopped.",
    ]


def test_what_takes_no_minute_for_the_limits_sake_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(monkeypatch, 100, seconds=59) == []
    assert told(monkeypatch, 3, seconds=7500) == []
    assert told(monkeypatch, 9990, seconds=7500, quiet=True) == []


def test_a_pull_on_a_terminal_says_what_the_limits_make_of_it(
    tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(24):
        seed(sandbox, f"note{number:04}", f"# Note {number}\n\nA line.")
    ana: Person = person(tmp_path, sandbox, monkeypatch)
    assert ana.types("init", "--host", sandbox.url, "--project", sandbox.project).code == 0
    monkeypatch.setenv("NBSYNC_RATE_LIMIT", "1000/h")
    monkeypatch.setattr("nbsync.cli.progress._WORTH_SAYING", 0.0)  # in place of a minute
    with terminal(monkeypatch) as drawn:
        assert run(["-C", str(ana.folder), "pull"]) == 0
    said = "24 notebooks: at least 0 s, because this key may send 1,000 requests an hour."
    assert "".join(drawn).startswith(said)
