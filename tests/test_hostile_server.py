"""Whatever a server answers is refused by name or does no harm, and the key stays where it was."""

from __future__ import annotations

import gzip
import json
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from commands import Answer as Ending
from commands import nbsync
from fake_time import FakeTime
from hostile_server import (
    EVIL,
    GOOD,
    KEY,
    LIST,
    Answer,
    Asked,
    listening,
    notebook,
    page,
    project,
    pull,
    reply,
    row,
    tried,
)
from mirrors import edit, pages
from nbsync.api.exchange import Exchange
from nbsync.api.intake import MAX_NOTEBOOK, MAX_SECONDS
from nbsync.api.question import Endless, Question
from nbsync.errors import AnswerLost, NbsyncError
from nbsync.model import Problem, Unreadable
from nbsync.remote.listing import MOST

MIB = 1024 * 1024
EACH = 35_000
DEEP = b'{"short_id":"evil0001","content":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"


def evil(**fields: Any) -> bytes:
    """The record of the notebook that everything is wrong with, but for what is said."""
    return reply(notebook(EVIL, **fields))


def without(name: str) -> bytes:
    fields = notebook(EVIL)
    del fields[name]
    return reply(fields)


def raw(old: str, new: str) -> bytes:
    """The record with a piece of its JSON written otherwise."""
    text = json.dumps(notebook(EVIL))
    assert old in text
    return reply(text.replace(old, new).encode())


def chunked(size: int) -> Iterator[bytes]:
    """A body of so many bytes whose size is not told in advance."""
    yield HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
    piece = b"100000\r\n" + b" " * MIB + b"\r\n"
    for _ in range(size // MIB):
        yield piece
    yield b"0\r\n\r\n"


def bomb(size: int) -> bytes:
    """So many bytes of nothing, packed."""
    packer = zlib.compressobj(1, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    packed = b"".join(packer.compress(bytes(MIB)) for _ in range(size // MIB)) + packer.flush()
    return reply(packed, Content_Encoding="gzip")


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    """A place for a mirror, around which nothing may come to be."""
    (tmp_path / "precious").write_text("mine")
    yield tmp_path / "notes"
    assert {path.name for path in tmp_path.iterdir()} <= {"precious", "notes", "home"}
    assert (tmp_path / "precious").read_text() == "mine"


# --- one notebook --------------------------------------------------------------------------------

NOTEBOOKS: dict[str, tuple[Callable[[], Answer], str]] = {
    "a login page": (lambda: reply(b"<html>Sign in</html>"), "an HTML page"),
    "nothing": (lambda: reply(b""), "no JSON"),
    "half of it": (lambda: reply(json.dumps(notebook(EVIL)).encode()[:99]), "no JSON"),
    "no UTF-8": (lambda: reply(b'{"short_id": "\xff\xfe"}'), "no JSON"),
    "depth": (lambda: reply(DEEP), "nested too deeply"),
    "NaN": (lambda: raw('"version": 1', '"version": 1, "x": NaN'), "NaN is no number"),
    "Infinity": (lambda: raw('"version": 1', '"version": 1, "x": 1e999'), "1e999 is no number"),
    "many digits": (lambda: raw('"version": 1', f'"version": {"9" * 5000}'), "5000 digits"),
    "a list": (lambda: reply([notebook(EVIL)]), "another shape"),
    "a text": (lambda: reply("notebook"), "another shape"),
    "null": (lambda: reply(None), "another shape"),
    "no content": (lambda: without("content"), "another shape"),
    "no version": (lambda: without("version"), "no version"),
    "a version in words": (lambda: evil(version="3"), "no version"),
    "a version of null": (lambda: evil(version=None), "no version"),
    "a version below zero": (lambda: evil(version=-1), "version that is none"),
    "a version beyond all": (lambda: evil(version=2**70), "version that is none"),
    "a version with a point": (lambda: evil(version=1.5), "no version"),
    "a version that is true": (lambda: evil(version=True), "version that is none"),
    "a title that is a number": (lambda: evil(title=3), "another shape"),
    "a title that is a list": (lambda: evil(title=["x"]), "another shape"),
    "a time that is a number": (lambda: evil(last_modified_at=3), "another shape"),
    "another notebook": (lambda: reply(notebook(GOOD)), "that of 'good0001'"),
    "a path for an id": (lambda: reply(notebook("../../etc/x")), "that of '../../etc/x'"),
    "an id without an end": (lambda: reply(notebook("x" * 10_000)), "that of 'xxxx"),
    "an id that is a number": (lambda: reply(notebook(3)), "another shape"),
    "half a character": (lambda: evil(text="x\ud800"), "half a character|surrogate"),
    "half a character above": (lambda: evil(title="x\ud800"), "half a character|surrogate"),
    "a 304 uncalled for": (lambda: reply(b"", 304), "304, although nothing was asked"),
    "a redirect to nowhere": (lambda: reply(b"", 302), "sent on to nowhere"),
    "a redirect to a file": (lambda: reply(b"", 302, Location="file:///etc/passwd"), "sent on to"),
    "a redirect in circles": (lambda: reply(b"", 307, Location=f"{LIST}{EVIL}/"), "sent on to"),
    "brotli": (lambda: reply(b"x", Content_Encoding="br"), "not asked for"),
    "deflate": (lambda: reply(zlib.compress(b"{}"), Content_Encoding="deflate"), "not asked for"),
    "gzip twice": (lambda: reply(b"x", Content_Encoding="gzip, gzip"), "not asked for"),
    "gzip that is none": (lambda: reply(b"{}", Content_Encoding="gzip"), "cannot be unpacked"),
    "half a gzip": (
        lambda: reply(gzip.compress(b"{}" * 99)[:-9], Content_Encoding="gzip"),
        "before it is complete",
    ),
    "a gigabyte, foretold": (
        lambda: HEAD + b"Content-Length: 1073741824\r\n\r\n{",
        "larger than 64 MiB",
    ),
    "a size beyond all": (
        lambda: HEAD + b"Content-Length: 99999999999999999999\r\n\r\n{",
        "larger than 64 MiB",
    ),
    "an early end": (lambda: HEAD + b"Content-Length: 500\r\n\r\n{}", "not answered"),
    "an early end of HTTP/1.0": (lambda: b'HTTP/1.0 200 OK\r\n\r\n{"short', "no JSON"),
    "no HTTP": (lambda: b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "not answered"),
    "no header's end": (
        lambda: (b"HTTP/1.1 200 OK\r\n", *(b"X: " + b"x" * 65_536 + b"\r\n" for _ in range(160))),
        "not answered",
    ),
    "a long header that is none": (
        lambda: b"HTTP/1.1 200 OK\r\nX\x00: " + b"x" * 50_000 + b"\r\n\r\n{}",
        "not answered",
    ),
    "a line break in a header": (lambda: b"HTTP/1.1 200 OK\r\nX\x00: y\r\n\r\n{}", "not answered"),
    "an error page of its own": (lambda: reply(b"\x1b[2J<html>", 500), "failed at the server"),
}


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_bad_answer_about_one_notebook_is_told_by_name_and_the_others_go_on(
    name: str, root: Path
) -> None:
    answer, words = NOTEBOOKS[name]
    with listening(project(answer())) as there:
        report = pull(root, there.url)
    told: list[Unreadable | Problem] = [*report.unreadable, *report.problems]
    assert [each.short_id for each in told] == [EVIL]
    assert any(part in told[0].error for part in words.split("|")), told[0].error
    assert "character" in name or (EVIL in told[0].error and told[0].hint)
    assert len(told[0].error) < 1000 and told[0].error.isprintable()
    assert list(pages(root)) == [f"{GOOD}.md"]


HARMLESS: dict[str, tuple[Callable[[], Answer], str]] = {
    "keys that stand twice": (lambda: raw('"version": 1', '"version": 9, "version": 1'), "One."),
    "fields that nobody knows": (lambda: evil(__proto__={"a": [1]}, path="../../x"), "One."),
    "people who are none": (lambda: evil(created_by=[], last_modified_by="x"), "One."),
    "NUL in the text": (lambda: evil(text="a\x00b"), "a\x00b"),
    "orders to a terminal": (lambda: evil(text="\x1b[2Jx"), "\x1b[2Jx"),
    "a day that never comes": (lambda: evil(last_modified_at="99999-99-99"), "One."),
    "a session": (lambda: reply(notebook(EVIL), Set_Cookie="sessionid=1; Path=/"), "One."),
    "a cache's words": (lambda: reply(notebook(EVIL), ETag='"x"', Age="-1"), "One."),
    "no length": (lambda: HEAD + b"\r\n" + json.dumps(notebook(EVIL)).encode(), "One."),
    "gzip": (
        lambda: reply(gzip.compress(json.dumps(notebook(EVIL)).encode()), Content_Encoding="gzip"),
        "One.",
    ),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_an_odd_answer_about_one_notebook_is_kept_as_it_is(name: str, root: Path) -> None:
    answer, text = HARMLESS[name]
    with listening(project(answer())) as there:
        report = pull(root, there.url)
        assert (report.unreadable, report.problems) == ((), ())
        assert pages(root)[f"{EVIL}.md"].endswith(f"{text}\n")
        there.seen.clear()
        pull(root, there.url, pull=True, push=True)
    assert "cookie" not in {name for asked in there.seen for name in asked.headers}
    assert {asked.method for asked in there.seen} == {"GET"}


@pytest.mark.parametrize("answer", [lambda: chunked(1024 * MIB), lambda: bomb(128 * MIB)])
def test_of_a_body_without_an_end_no_more_is_read_than_a_notebook_can_have(
    answer: Callable[[], Answer], root: Path
) -> None:
    whole = project(answer(), rows=(EVIL,))
    with listening(whole) as there:
        tracemalloc.start()
        report = pull(root, there.url)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert "larger than 64 MiB" in report.unreadable[0].error
    assert there.sent < MAX_NOTEBOOK + 32 * MIB
    assert peak < 4 * MAX_NOTEBOOK


def test_an_answer_that_drips_is_waited_for_ten_minutes_and_not_three_times() -> None:
    ticks = FakeTime()

    def drip() -> Iterator[bytes]:
        yield HEAD + b"Content-Length: 1000000\r\n\r\n"
        while True:
            ticks.wait(1)
            yield b" "

    with listening(lambda asked: drip()) as there, httpx.Client(base_url=there.url) as http:
        exchange = Exchange(http, sleep=ticks.wait, timer=ticks.now)
        asked = Question("GET", there.url, f"{LIST}{EVIL}/", "1", EVIL, lambda _: True)
        with pytest.raises(Endless, match=f"{EVIL}/ was not answered: .* after 10 minutes"):
            exchange.ask(asked)
        assert exchange.requests == len(there.seen) == 1
        assert ticks.slept > MAX_SECONDS


# --- the list ------------------------------------------------------------------------------------


def endless(count: Callable[[int], int]) -> Callable[[Asked], bytes]:
    """A list that goes on for as long as it is read, with a new notebook in each row."""

    template = json.dumps(row("%08d", title=None))

    def answer(asked: Asked) -> bytes:
        query = dict(httpx.QueryParams(asked.target.partition("?")[2]))
        first = int(query["offset"])
        following = f"http://{asked.headers['host']}{LIST}?offset=1"
        empty = json.dumps(page(count=count(first), next=following, results=["?"]))
        rows = ",".join(template % number for number in range(first, first + EACH))
        return reply(empty.replace('"?"', rows).encode())

    return answer


LISTS: dict[str, tuple[Callable[[Asked], Answer], str]] = {
    "a login page": (lambda asked: reply(b"<html>"), "an HTML page"),
    "a list": (lambda asked: reply([]), "another shape"),
    "rows that are none": (lambda asked: reply(page(results={})), "another shape"),
    "a row that is none": (lambda asked: reply(page(row(GOOD), 3)), "another shape"),
    "an id that is null": (lambda asked: reply(page(row(None))), "another shape"),
    "a count below zero": (lambda asked: reply(page(count=-1)), "another shape"),
    "a count beyond all": (lambda asked: reply(page(count=2**2000)), "another shape"),
    "a count that is true": (lambda asked: reply(page(count=True)), "another shape"),
    "depth": (lambda asked: reply(DEEP), "nested too deeply"),
    "no time": (lambda asked: reply(page(row(GOOD, last_modified_at="x" * 999))), "no time"),
    "year 99999": (
        lambda asked: reply(page(row(GOOD, last_modified_at="99999-01-01T00:00:00Z"))),
        "no time for",
    ),
    "a next page nowhere": (lambda asked: reply(page(row(GOOD), next=3)), "next page"),
    "a next page in a file": (
        lambda asked: reply(page(row(GOOD), next="file:///etc/passwd")),
        "next page",
    ),
    "a gigabyte": (lambda asked: HEAD + b"Content-Length: 1073741824\r\n\r\n{", "256 MiB"),
    "more than it counts": (endless(lambda first: 3), "has no end"),
    "more than there can be": (endless(lambda first: first + EACH + 1), "has no end"),
}


@pytest.mark.parametrize("name", LISTS)
def test_a_bad_list_is_an_error_that_names_it_and_nothing_is_done(name: str, root: Path) -> None:
    answer, words = LISTS[name]
    with listening(answer) as there, pytest.raises(NbsyncError) as caught:
        pull(root, there.url)
    assert words in caught.value.message
    assert "list" in caught.value.message or f"GET {there.url}{LIST}" in caught.value.message
    assert caught.value.hint and len(caught.value.message) < 1000
    assert pages(root) == {}
    assert len(there.seen) <= 2 + MOST // EACH


IDS = (
    *("../../etc/x", "..", ".", "", "/etc/x", "a/b", "a\\b", "a:b", "a\x00b", "a\nb", "a b"),
    *(".nbsync", ".git/config", "x" * 10_000, "x.", "\u202efdp", "été", "\x1b[2J", "\ud800"),
)


def test_an_id_that_is_no_file_name_is_left_alone_and_told_of(root: Path) -> None:
    odd = [row(short_id, title="Odd") for short_id in IDS]
    with listening(_listed(*odd, row(GOOD), row("GOOD0001"), row("con"))) as there:
        report = pull(root, there.url)
        again = pull(root, there.url)
    assert len(report.unreadable) == len(again.unreadable) == len(IDS)
    for told in report.unreadable:
        assert "which is no file name everywhere" in told.error and len(told.error) < 500
    assert sorted(pages(root).values()) == sorted(map(_page, ("con", GOOD, "GOOD0001")))
    tails = {asked.target.removeprefix(LIST) for asked in there.seen if "?" not in asked.target}
    assert tails == {f"{GOOD}/", "GOOD0001/", "con/"}


def _page(short_id: str) -> str:
    return f'---\nshort_id: "{short_id}"\ntitle: "Title of {short_id}"\n---\n\nOne.\n'


def _listed(*rows: dict[str, Any]) -> Callable[[Asked], bytes]:
    def answer(asked: Asked) -> bytes:
        path = asked.target.partition("?")[0].removeprefix(LIST)
        if not path:
            return reply(page(*rows))
        return reply(notebook(path.strip("/")))

    return answer


def test_a_list_that_repeats_itself_for_ever_is_not_read_for_ever(root: Path) -> None:
    def answer(asked: Asked) -> bytes:
        if "?" not in asked.target:
            return reply(notebook(GOOD))
        following = f"http://{asked.headers['host']}{LIST}?offset=1"
        return reply(page(row(GOOD), count=99, next=following))

    with listening(answer) as there:
        assert not pull(root, there.url).problems
    assert len([asked for asked in there.seen if "?" in asked.target]) <= 16
    assert list(pages(root)) == [f"{GOOD}.md"]


# --- the key -------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [302, 307, 308])
@pytest.mark.parametrize("method", ["GET", "PATCH", "POST", "list"])
def test_the_key_follows_no_redirect_to_another_host(method: str, status: int, root: Path) -> None:
    with listening(lambda asked: reply(b"")) as other:

        def elsewhere(asked: Asked) -> bytes:
            return reply(b"", status, Location=f"{other.url}{asked.target}")

        whole = project(reply(b"", status, Location=f"{other.url}{LIST}{EVIL}/"), method=method)
        with listening(elsewhere if method == "list" else whole) as there:
            try:
                pull(root, there.url)
                (root / "new.md").write_text('---\nshort_id: "neeew001"\n---\n\n# New\n')
                edit(root / f"{EVIL}.md", "One.", "Mine.")
                _intend(root, there.url)
                pull(root, there.url, push=True)
            except (NbsyncError, FileNotFoundError):
                pass
    assert method == "list" or method in {asked.method for asked in there.seen}
    assert other.seen == []


def _intend(root: Path, url: str) -> None:
    from nbsync.model import JournalEntry
    from nbsync.store import DiskStore

    with DiskStore(root, host=url, project="1", wait=0) as store:
        store.enter(JournalEntry("neeew001", "create", "new.md"))


@pytest.mark.parametrize("place", ["https://us.posthog.com", "{other}", "http://127.0.0.2:1"])
def test_the_key_follows_no_link_to_a_next_page(place: str, root: Path) -> None:
    with listening(lambda asked: reply(page())) as other:
        following = f"{place.format(other=other.url)}{LIST}?offset=1"
        rows = page(row(GOOD), count=1, next=following)
        with listening(lambda asked: reply(rows if "?" in asked.target else notebook(GOOD))) as it:
            found = tried(root, it.url)
    assert not isinstance(found, NbsyncError) or "page is at another host" in found.message
    assert other.seen == []


# --- writes ----------------------------------------------------------------------------------

WRITES: dict[str, Callable[[], Answer]] = {
    "another notebook": lambda: reply(notebook(GOOD, version=2)),
    "a path for an id": lambda: reply(notebook("../../precious", version=2)),
    "a login page": lambda: reply(b"<html>"),
    "nothing": lambda: reply(b""),
    "depth": lambda: reply(DEEP),
    "a version beyond all": lambda: evil(version=2**70),
    "a gigabyte": lambda: HEAD + b"Content-Length: 1073741824\r\n\r\n{",
    "a 304": lambda: reply(b"", 304),
    "a redirect": lambda: reply(b"", 302, Location="/login"),
    "an early end": lambda: HEAD + b"Content-Length: 500\r\n\r\n{}",
    "brotli": lambda: reply(b"x", Content_Encoding="br"),
}


@pytest.mark.parametrize("name", WRITES)
def test_a_bad_answer_to_an_edit_leaves_the_page_and_its_base_as_they_are(
    name: str, root: Path
) -> None:
    with listening(project(WRITES[name](), method="PATCH")) as there:
        pull(root, there.url)
        edit(root / f"{EVIL}.md", "One.", "Mine.")
        before = _held(root)
        found = tried(root, there.url, push=True)
    if isinstance(found, NbsyncError):
        assert isinstance(found, AnswerLost) or "sent on" in found.message
    else:
        assert [each.short_id for each in found.problems] == [EVIL]
    assert _held(root) == before
    # It is sent again where a look has shown that the notebook is as it was.
    assert [asked.method for asked in there.seen].count("PATCH") <= 3


def _held(root: Path) -> dict[str, bytes]:
    found = [*root.glob("*.md"), *root.glob(".nbsync/base/*")]
    return {path.name: path.read_bytes() for path in found}


@pytest.mark.parametrize("name", ["a path for an id", "a login page", "depth", "a gigabyte"])
def test_a_bad_answer_to_a_new_page_leaves_it_as_it_is(name: str, root: Path) -> None:
    with listening(project(WRITES[name](), method="POST")) as there:
        pull(root, there.url)
        (root / "new.md").write_text('---\nshort_id: "neeew001"\n---\n\n# New\n')
        _intend(root, there.url)
        before = _held(root)
        found = tried(root, there.url, push=True)
    if isinstance(found, NbsyncError):
        assert found.hint
    else:
        assert [each.short_id for each in found.problems] == ["neeew001"]
    assert _held(root) == before


# --- terminals -------------------------------------------------------------------------------

ORDERS = "\x1b]0;pwned\x07\x1b[2J\x9b31m\u202etxt\r\nexit 0\ud800\u2028x"
COMMANDS = (
    *(
        "pull",
        "pull --json",
        "status",
        "status --json",
        "list",
        "list --json",
        "diff",
        "log evil0001",
    ),
    *("log evil0001 --json", "log good0001", "sync -v", "conflicts", "conflicts --json", "check"),
    *("open evil0001 --print", "restore evil0001 --version 9", "status --offline", "list x"),
)


def test_no_command_hands_a_servers_orders_to_a_terminal(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusal = {"type": "server_error", "code": ORDERS, "detail": ORDERS, "attr": ORDERS}
    title = ORDERS.replace("\ud800", "")
    record = notebook(EVIL, title=title, last_modified_by={"first_name": title, "email": title})
    whole = project(reply(record))

    def answer(asked: Asked) -> Answer:
        if "/activity/" in asked.target:
            entry = {"created_at": "2026-09-01T00:00:00Z", "activity": ORDERS, "user": record}
            return reply({"results": [entry], "next": None, "total_count": 1})
        if f"{LIST}{GOOD}/" in asked.target:
            return reply(refusal, 400)
        return whole(asked)

    with listening(answer) as there:
        monkeypatch.setenv("HOME", str(root.parent / "home"))
        monkeypatch.setenv("POSTHOG_HOST", there.url)
        monkeypatch.setenv("POSTHOG_PERSONAL_API_KEY", KEY)
        monkeypatch.delenv("POSTHOG_PROJECT_ID", raising=False)
        root.mkdir()
        (root / "nbsync.toml").write_text(f'host = "{there.url}"\nproject = "1"\n')
        endings = {words: nbsync("-C", str(root), *words.split()) for words in COMMANDS}
    for words, ending in endings.items():
        assert ending.code != 1, (words, ending.screen)
        assert _orders(ending) == "", (words, ending.screen)
    assert endings["pull --json"].document.get("unreadable"), endings["pull --json"].screen
    assert "exit 0" in endings["list"].out, endings["pull"].screen
    assert any(each["title"] == title for each in _titles(endings["list --json"].document))


def _orders(ending: Ending) -> str:
    """What a terminal, or a reader, could take for something else than text."""
    odd = (each for each in ending.screen if not each.isprintable() and each not in "\n\t")
    return "".join(odd)


def _titles(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, dict):
        found = [value] if "title" in value else []
        return found + [each for inner in value.values() for each in _titles(inner)]
    return [each for inner in value for each in _titles(inner)] if isinstance(value, list) else []
