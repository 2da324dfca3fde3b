"""What a command asks for and opens at the sizes that matter, counted exactly."""

from __future__ import annotations

import json
import os
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import closing
from itertools import compress
from math import ceil
from pathlib import Path
from typing import Any

import httpx
import pytest

from commands import Person, person
from failpoints import killed_at
from memory import MemoryDirectory, MemoryStore
from mirrors import asked, edit, opened, seed_each
from nbsync.api.client import Client
from nbsync.api.connecting import connect
from nbsync.errors import ConfigError
from nbsync.local import Directory
from nbsync.model import LocalSnapshot, Seen, Step, record_of
from nbsync.remote import Server, parallel_for
from nbsync.sandbox import Sandbox
from nbsync.store import DiskStore
from nbsync.sync import Mirror, run
from nbsync.sync.offline import Offline

HEAD = "limit=100&offset=0"


class Project:
    """A project of very many notebooks, none of which is made before it is asked for.

    Attributes:
        asked: What was asked for: the id of a notebook, or what of the list.
    """

    host = "http://127.0.0.1:1"
    path = "/api/projects/1/notebooks/"

    def __init__(self, number: int) -> None:
        self.asked: list[str] = []
        self._number = number

    def client(self) -> Client:
        head = {"Authorization": "Bearer phx_sandbox"}
        transport = httpx.MockTransport(self._answer)
        return Client(
            httpx.Client(base_url=self.host, headers=head, transport=transport), project="1"
        )

    def row(self, index: int) -> dict[str, Any]:
        """What the list tells of a notebook."""
        minute, second = divmod(index, 60)
        at = f"2026-01-01T{minute // 60:02}:{minute % 60:02}:{second:02}.000001Z"
        title = f"Title {index}"
        return {"short_id": f"nb{index:05}", "title": title, "last_modified_at": at}

    def record(self, index: int) -> dict[str, Any]:
        """All of a notebook."""
        text = f"# Title {index}\n\nText."
        more = {"content": Sandbox.markdown(text), "text_content": text, "version": 0}
        return {**self.row(index), **more, "deleted": False, "created_at": "2026-01-01T00:00:00Z"}

    def _answer(self, request: httpx.Request) -> httpx.Response:
        name = request.url.path.removeprefix(self.path).rstrip("/")
        self.asked.append(name or request.url.query.decode())
        if name:
            return httpx.Response(200, json=self.record(int(name.removeprefix("nb"))))
        asked = request.url.params
        first, most = int(asked["offset"]), int(asked["limit"])
        rows = [self.row(self._number - 1 - at) for at in range(first, self._number)[:most]]
        following = f"{self.host}{self.path}?more" if first + most < self._number else None
        return httpx.Response(
            200, json={"count": self._number, "next": following, "results": rows, "previous": None}
        )


def crawl(number: int) -> list[str]:
    """The requests that the whole list takes."""
    return [f"limit=1000&offset={page * 1000}" for page in range(ceil(number / 1000))]


@pytest.mark.laws  # long, and in a run of its own without coverage
@pytest.mark.parametrize("number", [10, 1000])
def test_a_first_pull_of_n_is_the_list_n_notebooks_and_the_head_again(number: int) -> None:
    project = Project(number)
    with closing(project.client()) as client:
        report = run(Mirror(MemoryDirectory(), Server(client), MemoryStore()), pull=True)
    first, last, fetched = project.asked[0], project.asked[-1], project.asked[1:-1]
    assert (crawl(number), last) == ([first], HEAD)
    assert sorted(fetched) == [f"nb{index:05}" for index in range(number)]
    assert len(report.changes) == number
    assert report.requests == 1 + number + 1


class Still(MemoryDirectory):
    """A directory in which nothing has moved since it was looked at."""

    def __init__(self, tokens: Mapping[str, str]) -> None:
        super().__init__()
        paths = {short_id: f"{short_id}.md" for short_id in tokens}
        self._snapshot_of_all = LocalSnapshot(tokens, paths, (), (), {})

    def scan(self, tracked: Collection[str], seen: Mapping[str, Seen]) -> LocalSnapshot:
        return self._snapshot_of_all


@pytest.mark.laws  # as above
def test_of_ten_thousand_the_list_is_ten_requests_and_nothing_new_is_one() -> None:
    number = 10_000
    project, store = Project(number), MemoryStore()
    with closing(project.client()) as client:
        server = Server(client)
        store.put_rows(server.scan(None).memory)
        assert project.asked == crawl(number)
        for index in range(number):
            record = record_of(project.record(index))
            store.put_step(record.short_id, Step("page", store.put_base(record).digest))
        local = Still(dict.fromkeys(store.steps(), "page"))
        project.asked.clear()
        report = run(Mirror(local, server, store), pull=True, push=True)
        assert (report.changes, report.problems, report.tracked) == ((), (), number)
        assert project.asked == [HEAD]


def test_a_hundred_edits_are_a_hundred_requests(sandbox: Sandbox, tmp_path: Path) -> None:
    ids = [f"nb{index:03}" for index in range(110)]
    seed_each(sandbox, ids)
    directory = MemoryDirectory()
    with connect(sandbox.url, sandbox.key, project=sandbox.project, env={}) as client:
        mirror = Mirror(directory, Server(client), MemoryStore())
        run(mirror, pull=True)
        asked(sandbox)
        for short_id in ids[:100]:
            text = directory.files[f"{short_id}.md"]
            assert isinstance(text, str)
            directory.files[f"{short_id}.md"] = text.replace("Two.", "Two, edited.")
        run(mirror, push=True, allowed=100)
    assert asked(sandbox) == [("PATCH", f"{short_id}/") for short_id in ids[:100]]


@pytest.mark.parametrize("moment", [1, 40, 75, 150])
def test_a_first_pull_that_was_killed_goes_on_with_just_the_rest(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: int
) -> None:
    ids = {f"nb{index:03}" for index in range(80)}
    seed_each(sandbox, sorted(ids))
    ana = person(tmp_path, sandbox, monkeypatch)
    assert ana.types("init", "--host", sandbox.url, "--project", sandbox.project).code == 0
    # What was under way with the kill may be logged late: by another's key it is told apart.
    sandbox.add_key("phx_killed", user="ben", scopes=["notebook:write"], projects=[1])
    here = opened(ana.folder, sandbox, key="phx_killed")
    assert killed_at(here, lambda mirror: run(mirror, pull=True), moment, small=False)
    asked(sandbox)
    held = {path.stem for path in ana.folder.glob(".nbsync/base/*.json")}
    answer = ana.types("pull")
    mine = [each["user"] == "ana" for each in sandbox.requests()]
    (first, *rest), number = [*compress(asked(sandbox), mine)], 1 + len(ids - held)
    again = [] if held else [("GET", f"?{HEAD}")]
    assert (first, rest[len(ids - held) :]) == (("GET", "?limit=1000&offset=0"), again)
    assert sorted(rest[: len(ids - held)]) == [("GET", f"{each}/") for each in sorted(ids - held)]
    assert answer.err.endswith(f"; 80 notebooks, {number + len(again)} requests.\n")


# --- which files are opened -------------------------------------------------------------


def later() -> int:
    """A clock by which whatever has been written was written long ago."""
    return time.time_ns() + 10 * 10**9


@pytest.fixture
def ana(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Person:
    """Somebody with a mirror of twelve notebooks, whose index vouches for every file."""
    seed_each(sandbox, [f"nb{index:03}" for index in range(12)])
    who = person(tmp_path, sandbox, monkeypatch)
    who.begins()
    vouch(who)
    return who


def vouch(who: Person) -> None:
    """Look when every file is old enough for its stat to tell whether it has changed."""
    box = who.sandbox
    with DiskStore(who.folder, host=box.url, project=box.project, clock_ns=later) as store:
        run(Mirror(Directory(who.folder, clock_ns=later), Offline(), store), push=True)


def opened_by(who: Person, *words: str) -> Counter[str]:
    """Which files of the mirror a command opens, and how often; in a process of its own."""
    found: list[str] = []
    root = f"{who.folder}{os.sep}"

    def heard(event: str, arguments: tuple[Any, ...]) -> None:
        if event in {"open", "sqlite3.connect"} and not isinstance(arguments[0], int):
            path = os.fsdecode(arguments[0]).removeprefix("file://").partition("?")[0]
            if path.startswith(root):
                found.append(path.removeprefix(root))

    def act() -> None:
        sys.addaudithook(heard)
        assert who.types(*words).code == 0

    told = _in_a_process(act, lambda: json.dumps(found))
    return Counter(json.loads(told))


def _in_a_process(act: Callable[[], object], tell: Callable[[], str]) -> str:
    ours, theirs = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        try:
            act()
            os.write(theirs, tell().encode())
        finally:
            os._exit(0)
    os.close(theirs)
    with os.fdopen(ours, encoding="utf-8") as pipe:
        told = pipe.read()
    os.waitpid(child, 0)
    return told


def pages_and_bases(opened: Iterable[str]) -> set[str]:
    """Those that are pages or bases."""
    return {path for path in opened if path.endswith(".md") or path.startswith(".nbsync/base/")}


LOOKS = [("status", "--offline"), ("diff",), ("list",), ("status",), ("push",), ("sync",)]


@pytest.mark.parametrize("words", LOOKS)
def test_where_nothing_changed_no_page_and_no_base_is_opened(
    ana: Person, words: tuple[str, ...]
) -> None:
    assert pages_and_bases(opened_by(ana, *words)) == set()


@pytest.mark.parametrize("words", LOOKS[:3])
def test_a_look_without_the_server_opens_one_index_once(
    ana: Person, words: tuple[str, ...]
) -> None:
    assert opened_by(ana, *words)[".nbsync/index.sqlite3"] == 1
    assert asked(ana.sandbox) == []


@pytest.mark.parametrize("words", LOOKS[:3])
@pytest.mark.parametrize("m", [1, 5])
def test_of_m_pages_that_were_edited_those_and_their_bases_are_opened(
    ana: Person, m: int, words: tuple[str, ...]
) -> None:
    ids = [f"nb{index:03}" for index in range(m)]
    for short_id in ids:
        edit(ana.folder / f"{short_id}.md", "Two.", "Two, edited.")
    expected = {f"{each}.md" for each in ids} | {f".nbsync/base/{each}.json" for each in ids}
    assert pages_and_bases(opened_by(ana, *words)) == expected


def test_one_notebook_at_a_time_is_asked_for_where_that_is_wanted(
    tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [f"nb{number}" for number in range(12)]
    seed_each(sandbox, ids)
    ana = person(tmp_path, sandbox, monkeypatch)
    assert ana.types("init", "--host", sandbox.url, "--project", sandbox.project).code == 0
    monkeypatch.setenv("NBSYNC_PARALLEL", "1")
    sandbox.clear()
    assert ana.types("pull", "-q").code == 0
    got = [path.rstrip("/") for _, path in asked(sandbox) if not path.startswith("?")]
    assert got == ids[::-1]  # the newest first


@pytest.mark.parametrize("text", ["0", "65", "8.0", "-1", "many", "٣", "9" * 5000])
def test_a_number_that_none_can_be_fetched_at_a_time_is_refused(text: str) -> None:
    assert parallel_for({"NBSYNC_PARALLEL": " 16 "}) == 16
    with pytest.raises(ConfigError) as caught:
        parallel_for({"NBSYNC_PARALLEL": text})
    assert caught.value.hint.startswith("export NBSYNC_PARALLEL=8")
