"""The list is read as far as is needed, and no edit slips through while others work on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_time import FakeTime
from nbsync.api.client import Client
from nbsync.api.connecting import connect
from nbsync.errors import Unavailable
from nbsync.model import Json, RemoteMemory, RemoteSnapshot, row_token
from nbsync.remote import Server
from nbsync.sandbox import Sandbox

HEAD = "limit=100&offset=0"


class ShiftingList:
    """A server's list, which others change between the requests of one walk.

    Attributes:
        before: What is done before each request, in turn.
        asked: The queries of all requests.
        largest: Rows in a page at most, whatever is asked for.
    """

    def __init__(self, number: int, *, largest: int = 1000) -> None:
        self.before: list[Callable[[], None]] = []
        self.asked: list[str] = []
        self.largest = largest
        self._modified: dict[str, int] = {}
        self._bin: set[str] = set()
        self._ticks = 0
        for _ in range(number):
            self.create()

    def create(self) -> str:
        short_id = f"n{len(self._modified)}"
        self.touch(short_id)
        return short_id

    def touch(self, short_id: str) -> None:
        self._ticks += 1
        self._modified[short_id] = self._ticks

    def bin(self, short_id: str) -> None:
        self._bin.add(short_id)

    def restore(self, short_id: str) -> None:
        self._bin.discard(short_id)
        self.touch(short_id)

    def ids(self) -> list[str]:
        return [short_id for short_id in self._modified if short_id not in self._bin]

    def binned(self) -> list[str]:
        return sorted(self._bin)

    def tokens(self) -> dict[str, str]:
        return {each: row_token(_time(self._modified[each]), each) for each in self.ids()}

    def server(self) -> Server:
        transport = httpx.MockTransport(self._answer)
        http = httpx.Client(transport=transport, base_url="https://posthog.example.com")
        return Server(Client(http, project="1", sleep=FakeTime().wait))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.query.decode())
        if self.before:
            self.before.pop(0)()
        query = request.url.params
        offset, limit = int(query["offset"]), min(int(query["limit"]), self.largest)
        ids = self.ids()
        if query.get("order") != "created_at":
            ids.sort(key=self._modified.__getitem__, reverse=True)
        rows = [
            {"short_id": each, "title": each, "last_modified_at": _time(self._modified[each])}
            for each in ids[offset : offset + limit]
        ]
        more = str(request.url) if offset + limit < len(ids) else None
        return httpx.Response(200, json={"count": len(ids), "next": more, "results": rows})


def _time(ticks: int) -> str:
    moment = datetime(2026, 9, 1, tzinfo=UTC) + timedelta(seconds=ticks)
    return moment.isoformat().replace("+00:00", "Z")


def nothing() -> None:
    """Let one request go by."""


# --- how far it reads ---------------------------------------------------------------


def test_the_first_scan_reads_pages_of_a_thousand_to_the_end() -> None:
    there = ShiftingList(1100)
    snapshot = there.server().scan(None)
    assert there.asked == ["limit=1000&offset=0", "limit=1000&offset=1000"]
    assert snapshot.tokens == there.tokens() == snapshot.memory.rows
    assert snapshot.memory.count == 1100
    assert snapshot.memory.cursor == _time(1100)


def test_a_scan_with_nothing_new_is_one_request_however_many_there_are() -> None:
    there = ShiftingList(1100)
    memory = there.server().scan(None).memory
    there.asked.clear()
    snapshot = there.server().scan(memory)
    assert there.asked == [HEAD]
    assert snapshot == RemoteSnapshot(there.tokens(), memory)


def test_a_scan_reads_down_to_the_cursor() -> None:
    there = ShiftingList(1100)
    memory = there.server().scan(None).memory
    for number in range(150):
        there.touch(f"n{number}")
    there.asked.clear()
    snapshot = there.server().scan(memory)
    assert there.asked == [HEAD, "limit=1000&offset=100"]
    assert snapshot.tokens == there.tokens()


def test_a_page_of_our_own_writes_does_not_hide_an_edit_beneath_them() -> None:
    there = ShiftingList(300)
    memory = there.server().scan(None).memory
    there.touch("n7")
    for number in range(100, 220):
        there.touch(f"n{number}")
    ours = {each: token for each, token in there.tokens().items() if each != "n7"}
    memory = replace(memory, rows={**memory.rows, **ours})
    assert there.server().scan(memory).tokens == there.tokens()


def test_a_notebook_that_we_created_is_no_reason_to_crawl() -> None:
    there = ShiftingList(300)
    memory = there.server().scan(None).memory
    made = there.create()
    memory = replace(memory, rows={**memory.rows, made: there.tokens()[made]})
    there.asked.clear()
    assert there.server().scan(memory).tokens == there.tokens()
    assert there.asked == [HEAD]


def test_a_notebook_that_is_known_not_to_be_listed_is_no_reason_to_crawl() -> None:
    there = ShiftingList(300)
    memory = there.server().scan(None).memory
    memory = replace(
        memory, rows={**memory.rows, "hidden": "token"}, unlisted=frozenset({"hidden"})
    )
    there.asked.clear()
    snapshot = there.server().scan(memory)
    assert there.asked == [HEAD]
    assert snapshot.tokens == there.tokens()
    assert snapshot.memory.unlisted == {"hidden"}


def test_a_deletion_is_found_by_the_count() -> None:
    there = ShiftingList(300)
    memory = there.server().scan(None).memory
    there.bin("n5")
    there.asked.clear()
    snapshot = there.server().scan(memory)
    assert there.asked == [HEAD, "limit=1000&offset=0&order=created_at"]
    assert snapshot.tokens == there.tokens()
    assert snapshot.memory.count == 299


def test_timestamps_without_a_fraction_are_in_their_place(sandbox: Sandbox) -> None:
    for second in (".000000Z", ".000001Z", ".999999Z"):
        sandbox.seed(last_modified_at="2026-09-01T00:00:01" + second)
    for number in range(120):
        sandbox.seed(last_modified_at=f"2026-08-01T00:00:00.{number:06}Z")
    with connect(sandbox.url, sandbox.key, project="1", env={}, sleep=FakeTime().wait) as client:
        memory = Server(client).scan(None).memory
        memory = replace(memory, cursor="2026-09-01T00:00:01Z")
        sandbox.clear()
        assert Server(client).scan(memory).memory.rows == memory.rows
    assert [each["query"] for each in sandbox.requests()] == [HEAD]


@pytest.mark.parametrize("cursor", ["", "yesterday", "2026-09-01T00:00:00"])
def test_a_memory_with_a_cursor_that_tells_nothing_is_no_danger(cursor: str) -> None:
    there = ShiftingList(250)
    memory = RemoteMemory({}, cursor, 0)
    assert there.server().scan(memory).tokens == there.tokens()


def test_an_empty_page_with_a_next_link_is_the_end() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        following = "https://posthog.example.com/next"
        return httpx.Response(200, json={"count": 0, "next": following, "results": []})

    http = httpx.Client(
        transport=httpx.MockTransport(answer), base_url="https://posthog.example.com"
    )
    assert Server(Client(http, project="1")).scan(None).tokens == {}


def test_a_row_without_a_time_is_no_row(sandbox: Sandbox) -> None:
    row: Json = {"short_id": "a", "title": None, "last_modified_at": "soon"}
    sandbox.fault(status=200, body={"count": 1, "next": None, "results": [row]})
    client = connect(sandbox.url, sandbox.key, project="1", env={}, sleep=FakeTime().wait)
    with client, pytest.raises(Unavailable, match="'soon'"):
        Server(client).scan(None)


# --- while others work ------------------------------------------------------------------


def test_an_edit_during_the_walk_is_found_by_the_next_scan() -> None:
    there = ShiftingList(9, largest=3)
    there.before = [nothing, lambda: there.touch("n0")]
    memory = there.server().scan(None).memory
    assert there.server().scan(memory).tokens == there.tokens()


def test_a_row_that_a_deletion_lets_slip_past_is_found_by_a_crawl() -> None:
    there = ShiftingList(9, largest=3)
    memory = there.server().scan(None).memory
    for each in ("n0", "n1", "n2", "n3"):
        there.touch(each)
    there.before = [nothing, lambda: there.bin("n3")]
    assert there.server().scan(memory).tokens == there.tokens()


def test_a_deletion_that_a_creation_hides_in_the_count_is_found() -> None:
    there = ShiftingList(9, largest=3)
    memory = there.server().scan(None).memory
    there.bin("n8")

    def replace_one() -> None:
        there.bin("n0")
        there.create()

    there.before = [nothing, nothing, replace_one]
    assert there.server().scan(memory).tokens == there.tokens()


def test_a_crawl_is_repeated_three_times_at_most_and_then_takes_all_it_saw() -> None:
    there = ShiftingList(40, largest=3)
    memory = there.server().scan(None).memory
    there.bin("n8")
    there.before = [nothing, *([lambda: there.bin(there.ids()[0])] * 36)]
    there.asked.clear()
    snapshot = there.server().scan(memory)
    crawls = [each for each in there.asked if each.endswith("offset=0&order=created_at")]
    assert len(crawls) == 3
    assert snapshot.tokens.keys() >= set(there.ids())
    assert snapshot.memory.cursor == ""
    there.before.clear()
    assert there.server().scan(snapshot.memory).tokens == there.tokens()


def test_a_list_without_an_end_is_not_read_for_ever() -> None:
    row = {"short_id": "a", "title": None, "last_modified_at": _time(1)}
    following = "https://posthog.example.com/next"

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"count": 5, "next": following, "results": [row]})

    http = httpx.Client(
        transport=httpx.MockTransport(answer), base_url="https://posthog.example.com"
    )
    assert Server(Client(http, project="1")).scan(None).tokens.keys() == {"a"}


Action = tuple[str, int]
ACTIONS = st.tuples(
    st.sampled_from(["touch", "touch", "create", "bin", "restore"]), st.integers(0, 50)
)


def acting(there: ShiftingList, actions: list[Action]) -> Callable[[], None]:
    def act() -> None:
        for name, number in actions:
            ids, binned = there.ids(), there.binned()
            if name == "create":
                there.create()
            elif name == "touch" and ids:
                there.touch(ids[number % len(ids)])
            elif name == "bin" and ids:
                there.bin(ids[number % len(ids)])
            elif name == "restore" and binned:
                there.restore(binned[number % len(binned)])

    return act


@given(
    number=st.integers(0, 12),
    runs=st.lists(st.lists(st.lists(ACTIONS, max_size=3), max_size=8), min_size=1, max_size=4),
)
def test_when_others_rest_a_scan_is_the_truth_whatever_happened_during_earlier_ones(
    number: int, runs: list[list[list[Action]]]
) -> None:
    there = ShiftingList(number, largest=3)
    memory: RemoteMemory | None = None
    for run in runs:
        there.before = [acting(there, actions) for actions in run]
        memory = there.server().scan(memory).memory
    there.before.clear()
    snapshot = there.server().scan(memory)
    assert snapshot.tokens == there.tokens()
    assert snapshot.memory.count == len(there.ids())
    there.asked.clear()
    assert there.server().scan(snapshot.memory) == snapshot
    assert len(there.asked) == 1 or len(there.ids()) > 3


# --- ids ---------------------------------------------------------------------------------


@pytest.fixture
def server(sandbox: Sandbox) -> Iterator[Server]:
    with connect(sandbox.url, sandbox.key, project="1", env={}, sleep=FakeTime().wait) as client:
        yield Server(client)


def test_ids_that_are_no_file_names_everywhere_are_refused_and_said(
    sandbox: Sandbox, server: Server
) -> None:
    for short_id in ("fine1", "été", "a-b"):
        sandbox.seed(short_id=short_id)
    snapshot = server.scan(None)
    assert snapshot.tokens.keys() == {"fine1"}
    assert [each.short_id for each in server.refused] == [None, None]
    assert "'a-b'" in server.refused[0].error and "'été'" in server.refused[1].error
    sandbox.clear()
    assert server.scan(snapshot.memory).tokens == snapshot.tokens
    assert len(server.refused) == 2
    assert len(sandbox.requests()) == 1
