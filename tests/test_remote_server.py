"""The server as a replica: what each call sends, and what each answer means."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from fake_time import FakeTime
from nbsync.api.connecting import connect
from nbsync.api.question import Offline
from nbsync.errors import (
    AnswerLost,
    AuthError,
    FormatError,
    RateLimited,
    Unavailable,
    VersionConflict,
)
from nbsync.model import Json, Notebook, Record, Unreadable, record_of
from nbsync.remote import Server
from nbsync.remote.fetching import fetch_all
from nbsync.sandbox import Sandbox

PAGE = Sandbox.markdown
BASE = "/api/projects/1/notebooks/"


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def server(sandbox: Sandbox, time: FakeTime) -> Iterator[Server]:
    with connect(
        sandbox.url, sandbox.key, project="1", env={}, sleep=time.wait, clock=time.now
    ) as client:
        yield Server(client)


@pytest.fixture
def old_sandbox() -> Iterator[Sandbox]:
    """A server like those of 2023."""
    with Sandbox(kind="2023") as box:
        yield box


def seeded(box: Sandbox, number: int) -> list[str]:
    ids = [f"n{each}" for each in range(number)]
    for short_id in ids:
        box.seed(short_id=short_id, title=short_id.upper(), content=PAGE(short_id))
    return ids


def bodies(box: Sandbox) -> list[tuple[str, Any]]:
    return [(each["method"], each["body"]) for each in box.requests()]


def fetch_threads() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name.startswith("nbsync-fetch")]


# --- fetch --------------------------------------------------------------------------


def test_many_notebooks_arrive_each_by_one_request(sandbox: Sandbox, server: Server) -> None:
    ids = seeded(sandbox, 60)
    found = dict(server.fetch(ids))
    assert found.keys() == set(ids)
    assert all(
        isinstance(record, Record) and record.short_id == short_id
        for short_id, record in found.items()
    )
    assert server.requests == len(sandbox.requests()) == 60
    assert not fetch_threads()


def test_asking_never_runs_far_ahead_of_taking() -> None:
    asked: list[int] = []

    def numbers() -> Iterator[int]:
        for number in range(1000):
            asked.append(number)
            yield number

    fetching = fetch_all(lambda number, stop: number, numbers(), parallel=4)
    for taken, _ in enumerate(fetching, start=1):
        assert len(asked) <= taken + 8
    assert len(asked) == 1000


def test_no_more_run_at_a_time_than_wanted() -> None:
    lock, full, now, most = threading.Lock(), threading.Barrier(3, timeout=30), [0], [0]

    def get(number: int, stop: threading.Event) -> int:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        full.wait()
        with lock:
            now[0] -= 1
        return number

    assert sorted(fetch_all(get, range(30), parallel=3)) == list(range(30))
    assert most == [3]


def test_what_is_raised_is_raised_where_the_answer_is_taken() -> None:
    def get(number: int, stop: threading.Event) -> int:
        if number == 3:
            raise ValueError("three")
        return number

    taken: list[int] = []
    with pytest.raises(ValueError, match="three"):
        taken.extend(fetch_all(get, iter(range(1000)), parallel=1))
    assert taken == [0, 1, 2]
    assert not fetch_threads()


def test_a_fetch_that_nobody_closes_does_not_keep_the_process_from_ending() -> None:
    script = (
        "from nbsync.remote.fetching import fetch_all\n"
        "left = fetch_all(lambda one, stop: one, range(100), parallel=4)\n"
        "print(next(left) in range(8))\n"
    )
    command = [sys.executable, "-c", script]
    left = subprocess.run(command, check=True, capture_output=True, timeout=30)
    assert (left.stdout.strip(), left.stderr) == (b"True", b"")


def test_closing_early_leaves_no_thread_and_asks_no_more(sandbox: Sandbox, server: Server) -> None:
    with closing(server.fetch(seeded(sandbox, 60))) as fetching:
        next(fetching)
        assert fetch_threads()
    assert not fetch_threads()
    assert len(sandbox.requests()) <= 17


def test_closing_early_ends_the_waiting_for_a_throttled_server(
    sandbox: Sandbox, server: Server
) -> None:
    ids = seeded(sandbox, 3)
    sandbox.fault(path="n1", status=429, times=None, headers={"Retry-After": "1"})
    sandbox.fault(path="n2", status=429, times=None, headers={"Retry-After": "1"})
    with closing(server.fetch(ids)) as fetching:
        assert next(fetching)[0] == "n0"
    assert not fetch_threads()


def test_one_bad_notebook_does_not_stop_the_others(sandbox: Sandbox, server: Server) -> None:
    ids = seeded(sandbox, 6)
    faults: dict[str, dict[str, Any]] = {
        "n0": {"status": 500},
        "n1": {"status": 200, "text": "<html>Sign in</html>"},
        "n2": {"truncate": True},
        "n3": {"status": 404, "text": "<html>nginx</html>"},
        "n4": {"drop": "before"},
    }
    for short_id, fault in faults.items():
        sandbox.fault(path=short_id, times=None, **fault)
    found = dict(server.fetch(ids))
    assert isinstance(found["n5"], Record)
    for short_id in ids[:5]:
        bad = found[short_id]
        assert isinstance(bad, Unreadable)
        assert (bad.short_id, bad.path, bad.exit_code) == (short_id, None, 4)
        assert bad.error and bad.hint


@pytest.mark.parametrize("change", [{"version": None}, {"short_id": "other"}])
def test_an_answer_that_is_another_thing_is_unreadable(
    sandbox: Sandbox, server: Server, change: dict[str, Json]
) -> None:
    seeded(sandbox, 1)
    sandbox.fault(status=200, body=sandbox.record("n0") | change)
    found = dict(server.fetch(["n0"]))["n0"]
    assert isinstance(found, Unreadable) and "not its record" in found.error


def test_a_server_that_fails_again_and_again_is_given_up(sandbox: Sandbox, server: Server) -> None:
    sandbox.fault(status=502, times=None)
    with pytest.raises(Unavailable, match="502"):
        list(server.fetch(seeded(sandbox, 200)))
    assert len(sandbox.requests()) < 3 * 40


def test_a_key_that_is_taken_away_stops_the_run(sandbox: Sandbox, server: Server) -> None:
    sandbox.fault(status=401, times=None)
    with pytest.raises(AuthError):
        list(server.fetch(seeded(sandbox, 30)))
    assert not fetch_threads()


def test_a_server_that_asks_to_wait_for_an_hour_stops_the_run(
    sandbox: Sandbox, server: Server, time: FakeTime
) -> None:
    sandbox.fault(status=429, times=None, headers={"Retry-After": "3600"})
    with pytest.raises(RateLimited):
        list(server.fetch(seeded(sandbox, 30)))
    assert time.slept == 0


def test_being_offline_stops_the_run(time: FakeTime) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    host = f"http://127.0.0.1:{port}"
    with connect(host, "phx_1", project="1", env={}, sleep=time.wait) as client:
        server = Server(client)
        with pytest.raises(Offline):
            list(server.fetch(["a", "b"]))
        assert server.requests == 0


def test_an_id_that_could_be_a_path_is_not_asked_for(sandbox: Sandbox, server: Server) -> None:
    found = dict(server.fetch(["../users", "été"]))
    assert all(isinstance(each, Unreadable) for each in found.values())
    assert sandbox.requests() == []


# --- servers of 2023 --------------------------------------------------------------------


def test_rows_that_are_whole_records_need_no_request_once(
    old_sandbox: Sandbox, time: FakeTime
) -> None:
    ids = seeded(old_sandbox, 5)
    with connect(old_sandbox.url, old_sandbox.key, project="1", env={}) as client:
        server = Server(client)
        tokens = server.scan(None).tokens
        found = dict(server.fetch(ids))
        assert server.requests == 1
        assert {each: record_of(old_sandbox.record(each)) for each in ids} == found
        assert tokens == {each: record_of(old_sandbox.record(each)).token for each in ids}
        old_sandbox.write("n0", content=PAGE("new"))
        again = dict(server.fetch(["n0"]))["n0"]
        assert isinstance(again, Record) and again.version == 1
        assert server.requests == 2


def test_a_whole_row_is_not_believed_after_a_write_has_failed(old_sandbox: Sandbox) -> None:
    seeded(old_sandbox, 2)
    stale = {each: record_of(old_sandbox.record(each)) for each in ("n0", "n1")}
    with connect(old_sandbox.url, old_sandbox.key, project="1", env={}) as client:
        server = Server(client)
        memory = server.scan(None).memory
        for short_id, old in stale.items():
            old_sandbox.write(short_id, content=PAGE("theirs"))
            with pytest.raises(VersionConflict):
                server.update(old, Notebook(None, PAGE("ours")))
        assert all(
            isinstance(record, Record) and record.version == 1 for _, record in server.fetch(stale)
        )
        assert server.scan(memory).tokens["n0"] != stale["n0"].token


def test_a_server_that_chooses_ids_answers_with_its_own(old_sandbox: Sandbox) -> None:
    with connect(old_sandbox.url, old_sandbox.key, project="1", env={}) as client:
        record = Server(client).create("mine", Notebook("Mine", PAGE("mine")))
    assert record.short_id != "mine"
    assert record.notebook == Notebook("Mine", PAGE("mine"))


# --- what is sent ---------------------------------------------------------------------------


def test_a_create_sends_id_title_content_and_text(sandbox: Sandbox, server: Server) -> None:
    server.create("mine", Notebook("Mine", PAGE("# Mine")))
    body = {
        "short_id": "mine",
        "title": "Mine",
        "content": PAGE("# Mine"),
        "text_content": "# Mine",
    }
    assert bodies(sandbox) == [("POST", body)]


def test_an_update_sends_no_title_that_we_did_not_change(sandbox: Sandbox, server: Server) -> None:
    sandbox.seed(short_id="a", title="A", content=PAGE("old"), version=4)
    old = record_of(sandbox.record("a"))
    record = server.update(old, Notebook("A", PAGE("new")))
    server.update(record, Notebook(None, PAGE("new")))
    sent = {"content": PAGE("new"), "text_content": "new"}
    assert bodies(sandbox) == [
        ("PATCH", sent | {"version": 4}),
        ("PATCH", sent | {"version": 5, "title": None}),
    ]


def test_a_deleted_notebook_is_restored_by_its_update(sandbox: Sandbox, server: Server) -> None:
    sandbox.seed(short_id="a", title="A", content=PAGE("old"), deleted=True)
    old = record_of(sandbox.record("a"))
    assert not server.update(old, Notebook("A", PAGE("new"))).deleted
    sent = {"content": PAGE("new"), "text_content": "new", "version": 0, "deleted": False}
    assert bodies(sandbox) == [("PATCH", sent)]


def test_deleting_and_undeleting_send_nothing_else(sandbox: Sandbox, server: Server) -> None:
    seeded(sandbox, 1)
    server.undelete(server.delete(record_of(sandbox.record("n0"))))
    assert bodies(sandbox) == [("PATCH", {"deleted": True}), ("PATCH", {"deleted": False})]


@pytest.mark.parametrize("content", [{}, [], "", 0, False, None])
def test_content_that_is_nothing_is_sent_only_after_a_look(
    sandbox: Sandbox, server: Server, content: Json
) -> None:
    seeded(sandbox, 1)
    old = record_of(sandbox.record("n0"))
    assert server.update(old, Notebook("N0", content)).notebook.content == content
    assert [method for method, _ in bodies(sandbox)] == ["GET", "PATCH"]


@pytest.mark.parametrize(
    "theirs", [{"content": PAGE("theirs")}, {"version": 3}, {"content": PAGE("x"), "version": 0}]
)
def test_content_that_is_nothing_replaces_nothing_unseen(
    sandbox: Sandbox, server: Server, theirs: dict[str, Any]
) -> None:
    seeded(sandbox, 1)
    old = record_of(sandbox.record("n0"))
    sandbox.write("n0", **theirs)
    with pytest.raises(VersionConflict, match="n0 was changed"):
        server.update(old, Notebook("N0", {}))
    assert [method for method, _ in bodies(sandbox)] == ["GET"]


def test_what_no_server_can_keep_is_not_sent(sandbox: Sandbox, server: Server) -> None:
    seeded(sandbox, 1)
    bad = Notebook("A", PAGE("a\0b"))
    with pytest.raises(FormatError):
        server.create("mine", bad)
    with pytest.raises(FormatError):
        server.update(record_of(sandbox.record("n0")), bad)
    assert sandbox.requests() == []


@pytest.mark.parametrize("change", [{"version": None}, {"short_id": "other"}])
def test_an_answer_to_a_write_that_is_another_thing_is_a_lost_one(
    sandbox: Sandbox, server: Server, change: dict[str, Json]
) -> None:
    seeded(sandbox, 1)
    old = record_of(sandbox.record("n0"))
    sandbox.fault(method="PATCH", status=200, effect=True, body=sandbox.record("n0") | change)
    with pytest.raises(AnswerLost, match="not its record"):
        server.update(old, Notebook("N0", PAGE("new")))
    assert sandbox.record("n0")["version"] == 1
