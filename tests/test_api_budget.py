"""All that use one key share one budget, and a server's limits are kept before it has to say so."""

from __future__ import annotations

import multiprocessing
import sqlite3
import threading
from concurrent.futures import CancelledError, ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_time import FakeTime
from nbsync.api.budget import CLOUD_LIMITS, Budget, Limit, account, limits_for
from nbsync.errors import ConfigError, RateLimited

CLOUD = "https://eu.posthog.com"
OWN = "https://posthog.example.com"


def budget(path: Path, time: FakeTime, *limits: Limit, name: str = "me") -> Budget:
    chosen = limits or (Limit(3, 60),)
    return Budget(path, name, limits=chosen, clock=time.now, sleep=time.wait)


def test_requests_within_the_budget_do_not_wait(tmp_path: Path) -> None:
    time = FakeTime()
    mine = budget(tmp_path / "deep" / "down" / "requests", time)
    for _ in range(3):
        mine.take()
    mine.close()
    assert time.slept == 0


def test_one_request_too_many_waits_until_the_first_is_a_minute_old(tmp_path: Path) -> None:
    time = FakeTime()
    mine = budget(tmp_path / "requests", time)
    mine.take()
    time.wait(20)
    for _ in range(3):
        mine.take()
    mine.close()
    assert time.slept == pytest.approx(60, abs=0.1)


def test_who_will_not_wait_that_long_is_told_how_long_it_would_be(tmp_path: Path) -> None:
    time = FakeTime()
    mine = Budget(
        tmp_path / "requests",
        "me",
        limits=(Limit(3, 60),),
        clock=time.now,
        sleep=time.wait,
        patience=5.0,
    )
    for _ in range(3):
        mine.take()
    with pytest.raises(RateLimited) as limited:
        mine.take()
    assert limited.value.wait == pytest.approx(60, abs=0.1)
    assert time.slept == 0
    time.wait(56)
    mine.take()
    mine.close()
    assert time.slept == pytest.approx(60, abs=0.1)


def test_both_windows_are_kept(tmp_path: Path) -> None:
    time = FakeTime()
    mine = budget(tmp_path / "requests", time, Limit(2, 60), Limit(5, 3600))
    for _ in range(6):
        mine.take()
    mine.close()
    assert time.slept == pytest.approx(3600, abs=0.1)


def test_commands_with_the_same_key_share_a_budget_and_others_do_not(tmp_path: Path) -> None:
    time = FakeTime()
    first, second = budget(tmp_path / "r", time), budget(tmp_path / "r", time)
    other = budget(tmp_path / "r", time, name="other")
    for each in (first, second, first, other, other, other):
        each.take()
    assert time.slept == 0
    second.take()
    assert time.slept > 59
    for each in (first, second, other):
        each.close()


def spend(path: Path, count: int) -> None:
    mine = Budget(path, "me", limits=(Limit(1000, 3600),), sleep=FakeTime().wait)
    for _ in range(count):
        mine.take()
    mine.close()


def test_processes_at_the_same_time_lose_no_count(tmp_path: Path) -> None:
    path = tmp_path / "requests"
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=spend, args=(path, 25)) for _ in range(3)]
    for each in processes:
        each.start()
    for each in processes:
        each.join()
    database = sqlite3.connect(path)
    assert database.execute("SELECT count(*) FROM sent").fetchone() == (75,)
    database.close()


def test_threads_never_exceed_the_limit(tmp_path: Path) -> None:
    time = FakeTime()
    mine = budget(tmp_path / "requests", time, Limit(5, 60))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: mine.take(), range(10)))
    mine.close()
    assert time.slept > 59


@pytest.mark.parametrize(
    "content", [b"this is no database" * 100, b"SQLite format 3\0" + b"x" * 500]
)
def test_a_broken_file_is_made_anew(tmp_path: Path, content: bytes) -> None:
    path, time = tmp_path / "requests", FakeTime()
    path.write_bytes(content)
    for _ in range(2):
        mine = budget(path, time)
        mine.take()
        mine.take()
        mine.close()
    assert time.slept > 59


def test_a_file_with_other_columns_is_made_anew(tmp_path: Path) -> None:
    path, time = tmp_path / "requests", FakeTime()
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE sent (a, b, c)")
    database.close()
    mine = budget(path, time)
    for _ in range(4):
        mine.take()
    mine.close()
    assert time.slept > 59


def test_without_a_place_for_the_file_a_command_counts_for_itself(tmp_path: Path) -> None:
    time = FakeTime()
    (tmp_path / "file").write_text("in the way")
    mine = budget(tmp_path / "file" / "requests", time)
    for _ in range(4):
        mine.take()
    mine.close()
    assert time.slept > 59


def test_a_folder_in_the_files_place_does_not_stop_anybody(tmp_path: Path) -> None:
    time = FakeTime()
    mine = budget(tmp_path, time)
    mine.take()
    mine.close()
    assert time.slept == 0


def test_a_file_that_breaks_while_it_is_in_use_is_made_anew(tmp_path: Path) -> None:
    path, time = tmp_path / "requests", FakeTime()
    mine = budget(path, time)
    mine.take()
    path.write_bytes(b"x" * path.stat().st_size)
    mine.take()
    mine.close()
    mine.close()
    assert time.slept == 0


def test_a_clock_that_is_set_back_does_not_stop_anybody(tmp_path: Path) -> None:
    path = tmp_path / "requests"
    late = FakeTime(2_000_000_000)
    mine = budget(path, late)
    for _ in range(3):
        mine.take()
    mine.close()
    early = FakeTime(1_000_000_000)
    mine = budget(path, early)
    mine.take()
    mine.close()
    assert early.slept == 0


def test_a_clock_that_is_set_back_while_it_is_counted_by_does_not_stop_anybody(
    tmp_path: Path,
) -> None:
    time = FakeTime()
    mine = budget(tmp_path / "requests", time)
    for _ in range(3):
        mine.take()
    time.start -= 86_400
    for _ in range(3):
        mine.take()
    mine.close()
    assert time.slept == 0


def test_what_is_too_old_to_count_is_forgotten(tmp_path: Path) -> None:
    time, path = FakeTime(), tmp_path / "requests"
    mine = budget(path, time, Limit(1000, 60))
    for _ in range(150):
        mine.take()
    time.wait(4000)
    for _ in range(150):
        mine.take()
    mine.close()
    database = sqlite3.connect(path)
    assert database.execute("SELECT count(*) FROM sent").fetchone() == (150,)
    database.close()


def test_waiting_ends_when_nobody_waits_any_more(tmp_path: Path) -> None:
    time, stop, told = FakeTime(), threading.Event(), list[str]()
    mine = Budget(
        tmp_path / "r",
        "me",
        limits=(Limit(1, 60),),
        clock=time.now,
        sleep=time.wait,
        log=told.append,
    )
    mine.take(stop)
    stop.set()
    with pytest.raises(CancelledError):
        mine.take(stop)
    mine.close()
    assert time.slept == 0
    assert told == ["waiting 60 s: the request budget of this key is used up"]


def test_the_key_is_nowhere_in_the_file(tmp_path: Path) -> None:
    mine = budget(tmp_path / "r", FakeTime(), name=account(CLOUD, "phx_very_secret"))
    mine.take()
    mine.close()
    data = (tmp_path / "r").read_bytes()
    assert b"phx" not in data and b"secret" not in data and b"posthog.com" not in data


def test_a_key_has_an_account_for_each_host() -> None:
    assert account(CLOUD, "a") != account(OWN, "a") != account(OWN, "b")


def test_only_posthogs_clouds_have_a_budget_of_themselves() -> None:
    assert limits_for(CLOUD, {}) == CLOUD_LIMITS == (Limit(480, 60), Limit(4800, 3600))
    assert limits_for(OWN, {}) == ()


def test_the_environment_sets_the_budget_for_every_host() -> None:
    env = {"NBSYNC_RATE_LIMIT": "10/s, 480/m,4800/h"}
    assert limits_for(OWN, env) == (Limit(10, 1), Limit(480, 60), Limit(4800, 3600))
    assert limits_for(CLOUD, {"NBSYNC_RATE_LIMIT": " off "}) == ()


@pytest.mark.parametrize("text", ["480", "480/d", "0/m", "-1/m", "480/m,", "on", "480/m;4800/h"])
def test_a_rate_limit_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        limits_for(OWN, {"NBSYNC_RATE_LIMIT": text})
    assert (
        text in str(caught.value) and "export NBSYNC_RATE_LIMIT=480/m,4800/h" in caught.value.hint
    )


@given(
    limits=st.lists(
        st.builds(Limit, st.integers(1, 4), st.sampled_from([1, 10, 60])), min_size=1, max_size=2
    ),
    gaps=st.lists(st.floats(0, 30), max_size=15),
)
def test_no_window_ever_holds_more_than_its_limit(limits: list[Limit], gaps: list[float]) -> None:
    time, sent = FakeTime(), list[float]()
    mine = Budget(Path(":memory:"), "me", limits=tuple(limits), clock=time.now, sleep=time.wait)
    for gap in gaps:
        time.wait(gap)
        mine.take()
        sent.append(time.now())
    mine.close()
    for limit in limits:
        for moment in sent:
            within = [each for each in sent if moment - limit.seconds < each <= moment]
            assert len(within) <= limit.requests
