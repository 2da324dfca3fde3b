"""Asking for every notebook whose version moved: what it finds, and what it costs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from fake_time import FakeTime
from nbsync.api.connecting import connect
from nbsync.errors import AuthError
from nbsync.model import Record, Unreadable, record_of
from nbsync.remote import Server
from nbsync.sandbox import Sandbox

PAGE = Sandbox.markdown
Found = dict[str, Record | Unreadable | None]


@pytest.fixture
def server(sandbox: Sandbox) -> Iterator[Server]:
    yield from asking(sandbox)


@pytest.fixture
def old_sandbox() -> Iterator[Sandbox]:
    """A server like those of 2023, whose list tells everything."""
    with Sandbox(kind="2023") as box:
        yield box


@pytest.fixture
def old_server(old_sandbox: Sandbox) -> Iterator[Server]:
    yield from asking(old_sandbox)


def asking(box: Sandbox) -> Iterator[Server]:
    with connect(box.url, box.key, project="1", env={}, sleep=FakeTime().wait) as client:
        yield Server(client)


def seeded(box: Sandbox, number: int, *, version: int = 3) -> dict[str, int]:
    """Seed so many notebooks; their versions by id."""
    ids = [f"n{each}" for each in range(number)]
    for short_id in ids:
        box.seed(short_id=short_id, title=short_id, content=PAGE(short_id), version=version)
    return dict.fromkeys(ids, version)


def asked(box: Sandbox) -> list[tuple[str, int]]:
    """(the notebook, or the query of the list; the status) of each request, in order of names."""
    prefix = "/api/projects/1/notebooks/"
    return sorted(
        (each["path"].removeprefix(prefix).rstrip("/") or each["query"], each["status"])
        for each in box.requests()
    )


# --- servers of today ---------------------------------------------------------------


def test_unchanged_notebooks_cost_a_request_each_and_no_body(
    sandbox: Sandbox, server: Server
) -> None:
    versions = seeded(sandbox, 12)
    assert list(server.changed(versions)) == []
    assert asked(sandbox) == sorted((each, 304) for each in versions)
    assert server.requests == 12


def test_a_write_that_moved_neither_order_nor_title_is_found(
    sandbox: Sandbox, server: Server
) -> None:
    versions = seeded(sandbox, 3)
    memory = server.scan(None).memory
    sandbox.write("n1", content=PAGE("silently"), silent=True)
    assert server.scan(memory).tokens == memory.rows
    sandbox.clear()
    assert dict(server.changed(versions)) == {"n1": record_of(sandbox.record("n1"))}
    assert asked(sandbox) == [("n0", 304), ("n1", 200), ("n2", 304)]


def test_a_restored_backup_with_a_lower_version_is_found(sandbox: Sandbox, server: Server) -> None:
    versions = seeded(sandbox, 2)
    sandbox.write("n0", content=PAGE("long ago"), version=1, silent=True)
    found = dict(server.changed(versions))["n0"]
    assert isinstance(found, Record) and found.version == 1


def test_a_new_title_alone_is_no_other_version(sandbox: Sandbox, server: Server) -> None:
    versions = seeded(sandbox, 1)
    sandbox.write("n0", title="Renamed")
    assert dict(server.changed(versions)) == {}


def test_what_is_gone_is_none_and_what_is_closed_is_unreadable(
    sandbox: Sandbox, server: Server
) -> None:
    versions = seeded(sandbox, 4)
    sandbox.write("n0", deleted=True)
    sandbox.purge("n1")
    sandbox.forbid("n2")
    found: Found = dict(server.changed(versions))
    assert found.keys() == {"n0", "n1", "n2"}
    assert (found["n0"], found["n1"]) == (None, None)
    closed = found["n2"]
    assert isinstance(closed, Unreadable) and closed.exit_code == 3
    assert [status for _, status in asked(sandbox)] == [404, 404, 403, 304]


def test_a_server_that_ignores_the_condition_tells_nothing_new(
    sandbox: Sandbox, server: Server
) -> None:
    versions = seeded(sandbox, 2)
    for short_id in versions:
        sandbox.fault(path=short_id, status=200, body=sandbox.record(short_id))
    assert dict(server.changed(versions)) == {}
    for short_id in versions:
        sandbox.fault(path=short_id, status=200, body=sandbox.record(short_id) | {"version": 4})
    assert dict(server.changed(versions)).keys() == versions.keys()
    assert server.requests == 4


@pytest.mark.parametrize("status", [400, 418, 451, 502])
def test_one_that_cannot_be_had_does_not_stop_the_others(
    sandbox: Sandbox, server: Server, status: int
) -> None:
    versions = seeded(sandbox, 3)
    sandbox.write("n2", content=PAGE("new"))
    sandbox.fault(path="n1", status=status, text="<html>blocked</html>", times=None)
    found: Found = dict(server.changed(versions))
    bad = found.pop("n1")
    assert isinstance(bad, Unreadable) and bad.hint and bad.exit_code == 4
    assert found == {"n2": record_of(sandbox.record("n2"))}


def test_a_key_that_is_taken_away_stops_the_run(sandbox: Sandbox, server: Server) -> None:
    versions = seeded(sandbox, 3)
    sandbox.fault(status=401, times=None)
    with pytest.raises(AuthError):
        list(server.changed(versions))


def test_looking_may_end_early(sandbox: Sandbox, server: Server) -> None:
    versions = dict.fromkeys(seeded(sandbox, 60), 0)
    with closing(server.changed(versions)) as found:
        next(found)
    assert len(sandbox.requests()) <= 17


def test_nothing_costs_nothing(sandbox: Sandbox, server: Server) -> None:
    assert dict(server.changed({})) == {}
    assert server.requests == 0


# --- servers of 2023 --------------------------------------------------------------------


def test_where_the_list_tells_everything_it_is_read_once(
    old_sandbox: Sandbox, old_server: Server
) -> None:
    versions = seeded(old_sandbox, 130)
    memory = old_server.scan(None).memory
    old_server.scan(memory)  # tells the hundred that are at its head
    old_sandbox.write("n5", content=PAGE("silently"), silent=True)
    old_sandbox.clear()
    assert dict(old_server.changed(versions)) == {"n5": record_of(old_sandbox.record("n5"))}
    assert asked(old_sandbox) == [("limit=1000&offset=0", 200)]


def test_what_this_run_has_read_of_the_list_is_not_read_again(
    old_sandbox: Sandbox, old_server: Server
) -> None:
    versions = seeded(old_sandbox, 20)
    old_sandbox.write("n5", content=PAGE("new"))
    old_server.scan(None)
    old_sandbox.clear()
    assert dict(old_server.changed(versions)).keys() == {"n5"}
    assert asked(old_sandbox) == []


def test_only_what_the_list_does_not_tell_is_asked_for(
    old_sandbox: Sandbox, old_server: Server
) -> None:
    versions = seeded(old_sandbox, 110)
    old_sandbox.write("n0", deleted=True)
    old_sandbox.purge("n1")
    old_server.scan(old_server.scan(None).memory)
    old_sandbox.clear()
    assert dict(old_server.changed(versions)) == {"n0": None, "n1": None}
    assert asked(old_sandbox) == [("limit=1000&offset=0", 200), ("n0", 404), ("n1", 404)]


def test_one_notebook_is_not_worth_a_whole_list(old_sandbox: Sandbox, old_server: Server) -> None:
    seeded(old_sandbox, 101)
    old_server.scan(old_server.scan(None).memory)
    old_sandbox.clear()
    assert dict(old_server.changed({"n0": 2})) == {"n0": record_of(old_sandbox.record("n0"))}
    assert [path for path, _ in asked(old_sandbox)] == ["n0"]


def test_without_a_list_nobody_knows_what_kind_of_server_it_is(
    old_sandbox: Sandbox, old_server: Server
) -> None:
    versions = seeded(old_sandbox, 2)
    assert dict(old_server.changed(versions)) == {}
    assert asked(old_sandbox) == [("n0", 200), ("n1", 200)]
