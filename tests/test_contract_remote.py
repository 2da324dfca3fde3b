"""What every remote replica does: the one in memory, and the server over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal, Protocol

import pytest

from fake_time import FakeTime
from memory_server import MemoryServer
from nbsync.api.connecting import connect
from nbsync.errors import AnswerLost, AuthError, NotFound, Unavailable, VersionConflict
from nbsync.model import Json, Notebook, Record, RemoteReplica, Unreadable, record_of
from nbsync.remote import Server
from nbsync.sandbox import Sandbox

PAGE = Sandbox.markdown


class World(Protocol):
    """A replica, and what others do on its server."""

    replica: RemoteReplica

    def seed(self, short_id: str, title: str | None, content: Json) -> None: ...
    def edit(self, short_id: str, *, silent: bool = False, **fields: Json) -> None: ...
    def bin(self, short_id: str) -> None: ...
    def purge(self, short_id: str) -> None: ...
    def forbid(self, short_id: str) -> None: ...
    def lose_answer(self, when: Literal["before", "after"]) -> None: ...
    def record(self, short_id: str) -> Record: ...


class InMemory:
    """The twin that the engine is tested with."""

    def __init__(self) -> None:
        self._server = MemoryServer()
        self.replica: RemoteReplica = self._server

    def seed(self, short_id: str, title: str | None, content: Json) -> None:
        self._server.seed(short_id, title, content)

    def edit(self, short_id: str, *, silent: bool = False, **fields: Json) -> None:
        self._server.edit(short_id, silent=silent, **fields)

    def bin(self, short_id: str) -> None:
        self._server.bin(short_id)

    def purge(self, short_id: str) -> None:
        self._server.purge(short_id)

    def forbid(self, short_id: str) -> None:
        self._server.forbid(short_id)

    def lose_answer(self, when: Literal["before", "after"]) -> None:
        self._server.lose_answer(when)

    def record(self, short_id: str) -> Record:
        return self._server.record(short_id)


class OverHTTP:
    """A server, asked over HTTP."""

    def __init__(self, box: Sandbox, server: Server) -> None:
        self._box = box
        self.replica: RemoteReplica = server

    def seed(self, short_id: str, title: str | None, content: Json) -> None:
        self._box.seed(short_id=short_id, title=title, content=content)

    def edit(self, short_id: str, *, silent: bool = False, **fields: Json) -> None:
        self._box.write(short_id, silent=silent, **fields)

    def bin(self, short_id: str) -> None:
        self._box.write(short_id, deleted=True)

    def purge(self, short_id: str) -> None:
        self._box.purge(short_id)

    def forbid(self, short_id: str) -> None:
        self._box.forbid(short_id)

    def lose_answer(self, when: Literal["before", "after"]) -> None:
        for method in ("POST", "PATCH"):
            self._box.fault(method=method, drop=when)

    def record(self, short_id: str) -> Record:
        return record_of(self._box.record(short_id))


@pytest.fixture(params=["memory", "http"])
def world(request: pytest.FixtureRequest, sandbox: Sandbox) -> Iterator[World]:
    if request.param == "memory":
        yield InMemory()
        return
    time = FakeTime()
    with connect(sandbox.url, sandbox.key, project="1", env={}, sleep=time.wait) as client:
        yield OverHTTP(sandbox, Server(client))


def fetched(world: World, *short_ids: str) -> dict[str, Record | Unreadable | None]:
    return dict(world.replica.fetch(short_ids))


def tokens(world: World) -> dict[str, str]:
    return dict(world.replica.scan(None).tokens)


# --- scan and fetch -----------------------------------------------------------


def test_an_empty_server_has_no_tokens(world: World) -> None:
    snapshot = world.replica.scan(None)
    assert dict(snapshot.tokens) == {}
    assert (snapshot.memory.cursor, snapshot.memory.count) == ("", 0)
    assert world.replica.requests == 1
    assert dict(world.replica.scan(snapshot.memory).tokens) == {}


def test_every_notebook_is_listed_with_the_token_of_its_record(world: World) -> None:
    world.seed("one", "One", PAGE("# One"))
    world.seed("two", None, PAGE("two"))
    snapshot = world.replica.scan(None)
    records = fetched(world, *snapshot.tokens)
    assert snapshot.tokens == {
        short_id: record.token for short_id, record in records.items() if isinstance(record, Record)
    }
    assert snapshot.memory.rows == snapshot.tokens
    assert snapshot.memory.count == 2
    assert snapshot.memory.cursor == world.record("two").modified_at


def test_an_idle_scan_costs_one_request(world: World) -> None:
    world.seed("one", "One", PAGE("# One"))
    memory = world.replica.scan(None).memory
    before = world.replica.requests
    assert world.replica.scan(memory).memory == memory
    assert world.replica.requests == before + 1


@pytest.mark.parametrize(("field", "value"), [("content", PAGE("other")), ("title", "Other")])
def test_an_edit_changes_one_token(world: World, field: str, value: Json) -> None:
    world.seed("one", "One", PAGE("# One"))
    world.seed("two", "Two", PAGE("# Two"))
    before = world.replica.scan(None)
    world.edit("one", silent=False, **{field: value})
    after = world.replica.scan(before.memory)
    assert after.tokens["one"] != before.tokens["one"]
    assert after.tokens["two"] == before.tokens["two"]
    assert after.tokens["one"] == world.record("one").token


def test_an_edit_that_moves_no_time_is_seen_by_a_get_alone(world: World) -> None:
    world.seed("one", "One", PAGE("# One"))
    before = tokens(world)
    world.edit("one", content=PAGE("silently"), silent=True)
    assert tokens(world) == before
    record = fetched(world, "one")["one"]
    assert isinstance(record, Record)
    assert (record.notebook.content, record.version) == (PAGE("silently"), 1)


def test_a_new_notebook_is_found_and_a_deleted_one_is_not_listed(world: World) -> None:
    world.seed("one", "One", PAGE("# One"))
    world.seed("two", "Two", PAGE("# Two"))
    memory = world.replica.scan(None).memory
    world.bin("one")
    world.seed("new", "New", PAGE("# New"))
    snapshot = world.replica.scan(memory)
    assert snapshot.tokens.keys() == {"two", "new"} == snapshot.memory.rows.keys()
    assert snapshot.memory.count == 2
    assert fetched(world, "one") == {"one": None}


def test_a_purged_notebook_is_gone(world: World) -> None:
    world.seed("one", "One", PAGE("# One"))
    memory = world.replica.scan(None).memory
    world.purge("one")
    assert dict(world.replica.scan(memory).tokens) == {}
    assert fetched(world, "one", "never") == {"one": None, "never": None}


def test_a_forbidden_notebook_is_neither_listed_nor_gone(world: World) -> None:
    world.seed("one", "One", PAGE("# One"))
    world.seed("two", "Two", PAGE("# Two"))
    world.forbid("one")
    assert tokens(world).keys() == {"two"}
    found = fetched(world, "one", "two")
    one = found["one"]
    assert isinstance(one, Unreadable)
    assert (one.short_id, one.exit_code) == ("one", 3) and one.error
    assert isinstance(found["two"], Record)


def test_what_is_listed_is_no_longer_unlisted(world: World) -> None:
    world.seed("one", "One", PAGE("# One"))
    memory = world.replica.scan(None).memory
    memory = replace(memory, unlisted=frozenset({"one", "other"}))
    assert world.replica.scan(memory).memory.unlisted == {"other"}


def test_fetching_nothing_asks_nothing(world: World) -> None:
    assert fetched(world) == {}
    assert world.replica.requests == 0


# --- changed ------------------------------------------------------------------


def test_only_other_versions_are_told_of(world: World) -> None:
    for short_id in ("one", "two", "three", "four"):
        world.seed(short_id, short_id, PAGE(short_id))
    world.edit("two", content=PAGE("silently"), silent=True)
    world.bin("three")
    world.forbid("four")
    found = dict(world.replica.changed(dict.fromkeys(["one", "two", "three", "four"], 0)))
    closed = found.pop("four")
    assert isinstance(closed, Unreadable) and closed.exit_code == 3
    assert found == {"two": world.record("two"), "three": None}
    assert world.replica.requests == 4


def test_a_version_that_went_back_is_another_one(world: World) -> None:
    world.seed("one", "One", PAGE("# One"))
    assert dict(world.replica.changed({"one": 7})) == {"one": world.record("one")}
    assert dict(world.replica.changed({"one": 0})) == {}


def test_a_notebook_that_never_was_has_changed_into_none(world: World) -> None:
    assert dict(world.replica.changed({"never": 0})) == {"never": None}


# --- create ------------------------------------------------------------------------


def test_a_created_notebook_has_the_id_that_was_chosen(world: World) -> None:
    record = world.replica.create("mine", Notebook("Mine", PAGE("# Mine")))
    assert (record.short_id, record.version, record.deleted) == ("mine", 0, False)
    assert record.notebook == Notebook("Mine", PAGE("# Mine"))
    assert fetched(world, "mine") == {"mine": record}
    assert tokens(world) == {"mine": record.token}


def test_creating_an_id_that_is_taken_answers_with_the_other_notebook(world: World) -> None:
    world.seed("mine", "Theirs", PAGE("theirs"))
    record = world.replica.create("mine", Notebook("Mine", PAGE("# Mine")))
    assert record.notebook == Notebook("Theirs", PAGE("theirs"))
    assert world.record("mine").version == 0


def test_creating_the_id_of_a_deleted_notebook_is_a_conflict(world: World) -> None:
    world.seed("mine", "Theirs", PAGE("theirs"))
    world.bin("mine")
    with pytest.raises(VersionConflict):
        world.replica.create("mine", Notebook("Mine", PAGE("# Mine")))


def test_a_create_whose_answer_is_lost_may_have_had_its_effect(world: World) -> None:
    world.lose_answer("before")
    with pytest.raises(AnswerLost):
        world.replica.create("mine", Notebook("Mine", PAGE("# Mine")))
    assert fetched(world, "mine") == {"mine": None}


def test_a_create_may_have_had_its_effect_although_no_answer_came(world: World) -> None:
    world.lose_answer("after")
    with pytest.raises(AnswerLost):
        world.replica.create("mine", Notebook("Mine", PAGE("# Mine")))
    record = fetched(world, "mine")["mine"]
    assert isinstance(record, Record)
    assert record.notebook == Notebook("Mine", PAGE("# Mine"))


# --- update ----------------------------------------------------------------------------


def test_an_update_replaces_content_and_title(world: World) -> None:
    world.seed("one", "One", PAGE("# One"))
    old = world.record("one")
    record = world.replica.update(old, Notebook("Uno", PAGE("# Uno")))
    assert record.notebook == Notebook("Uno", PAGE("# Uno"))
    assert record.version == old.version + 1
    assert fetched(world, "one") == {"one": record}


def test_a_title_that_we_did_not_change_stays_as_others_have_it(world: World) -> None:
    world.seed("one", "One", PAGE("# One"))
    old = world.record("one")
    world.edit("one", title="Theirs")
    record = world.replica.update(old, Notebook("One", PAGE("ours")))
    assert record.notebook == Notebook("Theirs", PAGE("ours"))


def test_an_update_of_another_version_is_a_conflict_and_changes_nothing(world: World) -> None:
    world.seed("one", "One", PAGE("# One"))
    old = world.record("one")
    world.edit("one", content=PAGE("theirs"))
    for content in (PAGE("ours"), {}):
        with pytest.raises(VersionConflict):
            world.replica.update(old, Notebook("Ours", content))
    assert world.record("one").notebook == Notebook("One", PAGE("theirs"))


@pytest.mark.parametrize("content", [{}, [], "", None])
def test_content_that_is_nothing_can_be_sent(world: World, content: Json) -> None:
    world.seed("one", "One", PAGE("# One"))
    record = world.replica.update(world.record("one"), Notebook("One", content))
    assert (record.notebook.content, record.version) == (content, 1)


def test_an_update_of_a_notebook_that_was_deleted_meanwhile_says_so(world: World) -> None:
    world.seed("one", "One", PAGE("# One"))
    old = world.record("one")
    world.bin("one")
    record = world.replica.update(old, Notebook("One", PAGE("ours")))
    assert record.deleted and record.version == old.version + 1
    restored = world.replica.update(record, Notebook("One", PAGE("ours")))
    assert not restored.deleted
    assert tokens(world).keys() == {"one"}


def test_an_update_of_a_purged_notebook_is_not_found(world: World) -> None:
    world.seed("one", "One", PAGE("# One"))
    old = world.record("one")
    world.purge("one")
    with pytest.raises(NotFound):
        world.replica.update(old, Notebook("One", PAGE("ours")))
    with pytest.raises(NotFound):
        world.replica.delete(old)


def test_an_update_of_a_forbidden_notebook_is_refused(world: World) -> None:
    world.seed("one", "One", PAGE("# One"))
    old = world.record("one")
    world.forbid("one")
    with pytest.raises(AuthError):
        world.replica.update(old, Notebook("One", PAGE("ours")))
    assert world.record("one").notebook.content == PAGE("# One")


@pytest.mark.parametrize(("when", "text"), [("before", "# One"), ("after", "ours")])
def test_an_update_whose_answer_is_lost_is_in_doubt(
    world: World, when: Literal["before", "after"], text: str
) -> None:
    world.seed("one", "One", PAGE("# One"))
    old = world.record("one")
    world.lose_answer(when)
    with pytest.raises(AnswerLost):
        world.replica.update(old, Notebook("One", PAGE("ours")))
    assert world.record("one").notebook.content == PAGE(text)


# --- delete ------------------------------------------------------------------------------


def test_a_deleted_notebook_lies_in_the_bin_with_its_version(world: World) -> None:
    world.seed("one", "One", PAGE("# One"))
    record = world.replica.delete(world.record("one"))
    assert record.deleted and record.version == 0
    assert record.notebook == Notebook("One", PAGE("# One"))
    assert tokens(world) == {}
    assert fetched(world, "one") == {"one": None}
    assert world.replica.delete(record).deleted


def test_what_is_taken_out_of_the_bin_is_as_it_lay_there(world: World) -> None:
    world.seed("one", "One", PAGE("# One"))
    old = world.record("one")
    world.edit("one", content=PAGE("theirs"))
    world.bin("one")
    record = world.replica.undelete(old)
    assert not record.deleted and record.version == 1
    assert record.notebook == Notebook("One", PAGE("theirs"))
    assert fetched(world, "one") == {"one": record}
    world.purge("one")
    with pytest.raises(NotFound):
        world.replica.undelete(old)


def test_a_delete_whose_answer_is_lost_is_in_doubt(world: World) -> None:
    world.seed("one", "One", PAGE("# One"))
    world.lose_answer("after")
    with pytest.raises(AnswerLost):
        world.replica.delete(world.record("one"))
    assert world.record("one").deleted


# --- requests --------------------------------------------------------------------------------


def test_each_call_costs_one_request(world: World) -> None:
    world.seed("one", "One", PAGE("# One"))
    replica = world.replica
    replica.scan(None)
    record = fetched(world, "one")["one"]
    assert isinstance(record, Record)
    record = replica.update(record, Notebook("Uno", PAGE("# Uno")))
    replica.delete(record)
    replica.create("two", Notebook("Two", PAGE("# Two")))
    assert replica.requests == 5


def test_a_run_may_count_from_nought(world: World) -> None:
    world.replica.scan(None)
    world.replica.requests = 0
    world.replica.scan(None)
    assert world.replica.requests == 1


def test_the_twin_may_be_offline() -> None:
    server = MemoryServer()
    server.offline = True
    with pytest.raises(Unavailable):
        server.scan(None)
