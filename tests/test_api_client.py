"""The client asks a server over HTTP: what it sends, how it waits, what it never repeats."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError
from pathlib import Path
from typing import Any

import httpx
import pytest

from fake_time import FakeTime
from in_between import closed
from nbsync import __version__
from nbsync.api.budget import Budget, Limit
from nbsync.api.client import Client
from nbsync.api.connecting import connect
from nbsync.api.question import Offline
from nbsync.errors import (
    AnswerLost,
    AuthError,
    ConfigError,
    NotFound,
    RateLimited,
    Rejected,
    Unavailable,
    VersionConflict,
)
from nbsync.model import Json
from nbsync.sandbox import Sandbox

THROTTLED = {"type": "throttled_error", "code": "throttled", "detail": "", "attr": None}


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def client(sandbox: Sandbox, time: FakeTime) -> Iterator[Client]:
    with connected(sandbox, time) as opened:
        yield opened


def connected(box: Sandbox, time: FakeTime, key: str = Sandbox.key, project: str = "1") -> Client:
    return connect(box.url, key, project=project, env={}, sleep=time.wait, clock=time.now)


def body(text: str, **more: Json) -> dict[str, Json]:
    return {"content": Sandbox.markdown(text), "text_content": text, **more}


def sent(box: Sandbox) -> list[tuple[Any, ...]]:
    return [(each["method"], each["path"], each["query"]) for each in box.requests()]


# --- the endpoints ---------------------------------------------------------------


def test_a_notebook_is_created_read_changed_and_listed(sandbox: Sandbox, client: Client) -> None:
    made = client.create(body("# One", short_id="mine1", title="One"))
    assert (made["short_id"], made["version"]) == ("mine1", 0)
    changed = client.update("mine1", body("# Two", version=0))
    assert changed["version"] == 1
    assert client.get("mine1") == sandbox.record("mine1")
    listing = client.list(limit=10)
    assert [row["title"] for row in listing.rows] == ["One"]
    assert (listing.count, listing.more) == (1, False)
    base = "/api/projects/1/notebooks/"
    assert sent(sandbox) == [
        ("POST", base, ""),
        ("PATCH", f"{base}mine1/", ""),
        ("GET", f"{base}mine1/", ""),
        ("GET", base, "limit=10&offset=0"),
    ]
    assert client.requests == 4


def test_a_list_is_read_page_by_page(sandbox: Sandbox, client: Client) -> None:
    for number in range(3):
        sandbox.seed(short_id=f"n{number}", title=str(number))
    first = client.list(limit=2, order="created_at")
    last = client.list(limit=2, offset=2, order="created_at")
    assert [row["short_id"] for row in first.rows + last.rows] == ["n0", "n1", "n2"]
    assert (first.count, first.more, last.more) == (3, True, False)


def test_filters_are_sent_encoded(sandbox: Sandbox, client: Client) -> None:
    client.list(limit=1, date_from="2026-09-01T00:00:00+02:00")
    assert sandbox.requests()[0]["query"].endswith("date_from=2026-09-01T00%3A00%3A00%2B02%3A00")


def test_a_notebook_that_is_unchanged_is_not_sent_again(sandbox: Sandbox, client: Client) -> None:
    sandbox.seed(short_id="abc", version=3)
    assert client.get("abc", version=3) is None
    answer = client.get("abc", version=2)
    assert answer is not None and answer["version"] == 3


def test_a_stale_version_is_a_conflict(sandbox: Sandbox, client: Client) -> None:
    sandbox.seed(short_id="abc", version=3)
    with pytest.raises(VersionConflict, match="Someone else edited"):
        client.update("abc", body("x", version=2))


def test_what_is_deleted_is_not_found(sandbox: Sandbox, client: Client) -> None:
    sandbox.seed(short_id="abc", deleted=True)
    with pytest.raises(NotFound, match="no notebook abc in project 1"):
        client.get("abc")


def test_another_project_is_not_mistaken_for_missing_notebooks(
    sandbox: Sandbox, time: FakeTime
) -> None:
    with connected(sandbox, time, project="99") as client:
        for ask in (lambda: client.list(limit=1), lambda: client.get("abc")):
            with pytest.raises(ConfigError, match="no project 99"):
                ask()


def test_a_wrong_key_and_a_key_for_reading(sandbox: Sandbox, time: FakeTime) -> None:
    with connected(sandbox, time, key="phx_wrong") as client, pytest.raises(AuthError, match="401"):
        client.list(limit=1)
    with connected(sandbox, time, key=sandbox.read_only_key) as client:
        client.list(limit=1)
        with pytest.raises(AuthError, match="lacks the scope notebook:write"):
            client.create(body("x"))


@pytest.mark.parametrize("short_id", ["..", "a/b", "été", "", "a b", "x" * 33, "%2e"])
def test_an_id_that_could_be_a_path_is_never_asked_for(client: Client, short_id: str) -> None:
    with pytest.raises(Rejected, match="no short_id"):
        client.get(short_id)
    assert client.requests == 0


def test_a_project_cannot_be_a_path_either(sandbox: Sandbox, time: FakeTime) -> None:
    with connected(sandbox, time, project="../../x") as client, pytest.raises(ConfigError):
        client.list(limit=1)
    assert sandbox.requests()[0]["path"].startswith("/api/projects/")


# --- what is sent --------------------------------------------------------------------


def caught_request(box: Sandbox, time: FakeTime) -> httpx.Request:
    """The request that a client makes, as the wire would have it."""
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(201, json={"short_id": "a", "title": None} | _ROW)

    http = httpx.Client(transport=httpx.MockTransport(answer), base_url=box.url)
    with Client(http, project="1", sleep=time.wait) as client:
        client.create({"title": "Größe", "content": None})
    return seen[0]


_ROW = {"last_modified_at": "2026-09-01T00:00:00Z", "content": None}


def test_json_is_sent_short_and_in_utf_8(sandbox: Sandbox, time: FakeTime) -> None:
    request = caught_request(sandbox, time)
    assert request.content == '{"title":"Größe","content":null}'.encode()
    assert request.headers["content-type"] == "application/json"
    assert "content-encoding" not in request.headers


def test_the_key_travels_in_a_header_and_nbsync_says_its_name() -> None:
    with (
        connect(
            "https://us.posthog.com", "phx_1", project="1", env={"NBSYNC_RATE_LIMIT": "off"}
        ) as made,
        made.exchange._lines.lent() as http,
    ):
        assert http.headers["authorization"] == "Bearer phx_1"
        assert http.headers["user-agent"] == f"nbsync/{__version__}"
        assert (http.timeout.connect, http.timeout.read) == (10, 60)
        assert not http.follow_redirects


@pytest.mark.parametrize("key", ["", " phx", "phx\n", "phx_é", "a\tb"])
def test_a_key_that_cannot_stand_in_a_header_is_refused(key: str) -> None:
    with pytest.raises(AuthError, match="characters"):
        connect("https://us.posthog.com", key, project="1")


def test_a_proxy_never_sees_what_stays_on_this_machine(
    sandbox: Sandbox, time: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with connected(sandbox, time) as client:
        assert client.list(limit=1).count == 0


@pytest.mark.parametrize("key", ["token", "api_key", "project_api_key", "personal_api_key"])
def test_a_body_with_a_key_in_it_is_never_sent(client: Client, key: str) -> None:
    with pytest.raises(ValueError, match=key):
        client.create({key: "x"})
    assert client.requests == 0


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800"])
def test_what_is_no_json_is_not_sent(client: Client, value: Json) -> None:
    with pytest.raises(Rejected, match="cannot be sent as JSON"):
        client.create({"content": value})
    assert client.requests == 0


def test_what_is_too_large_is_not_sent(client: Client) -> None:
    with pytest.raises(Rejected, match=r"21\.0 MiB"):
        client.create({"content": "x" * (21 * 1024 * 1024)})
    assert client.requests == 0


# --- patience --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault", [{"status": 502, "text": "<html>"}, {"drop": "before"}, {"truncate": True}]
)
def test_a_question_is_asked_three_times(
    sandbox: Sandbox, client: Client, time: FakeTime, fault: dict[str, Any]
) -> None:
    sandbox.fault(method="GET", times=2, **fault)
    assert client.list(limit=1).count == 0
    assert client.requests == 3
    assert 0.75 <= time.slept <= 1.25


@pytest.mark.parametrize(
    "fault",
    [{"status": 500}, {"drop": "after"}, {"truncate": True}, {"status": 200, "text": "<html>"}],
)
def test_a_question_is_not_asked_four_times(
    sandbox: Sandbox, client: Client, fault: dict[str, Any]
) -> None:
    sandbox.fault(times=None, **fault)
    with pytest.raises(Unavailable):
        client.list(limit=1)
    assert len(sandbox.requests()) == client.requests == 3


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500},
        {"status": 503, "headers": {"Retry-After": "1"}},
        {"status": 502, "text": "<html>", "effect": True},
        {"drop": "before"},
        {"drop": "after"},
        {"truncate": True},
        {"status": 200, "text": "<html>", "effect": True},
    ],
)
def test_a_write_whose_answer_is_lost_is_never_repeated(
    sandbox: Sandbox, client: Client, time: FakeTime, fault: dict[str, Any]
) -> None:
    sandbox.seed(short_id="abc")
    sandbox.fault(times=None, **fault)
    with pytest.raises(AnswerLost):
        client.update("abc", body("x", version=0))
    with pytest.raises(AnswerLost):
        client.create(body("x"))
    assert len(sandbox.requests()) == client.requests == 2
    assert time.slept == 0


def test_throttled_requests_wait_as_they_are_told(
    sandbox: Sandbox, client: Client, time: FakeTime
) -> None:
    sandbox.seed(short_id="abc")
    sandbox.fault(status=429, times=2, headers={"Retry-After": "24"}, body=THROTTLED)
    client.list(limit=1)
    assert time.slept == 48
    sandbox.fault(status=429, times=1, headers={"Retry-After": "30"}, body=THROTTLED)
    assert client.update("abc", body("x", version=0))["version"] == 1
    assert time.slept == 78


def test_a_server_that_is_starting_is_waited_for(
    sandbox: Sandbox, client: Client, time: FakeTime
) -> None:
    sandbox.fault(status=503, times=4, headers={"Retry-After": "5"})
    client.list(limit=1)
    assert time.slept == 20


def test_nobody_waits_for_more_than_two_minutes(
    sandbox: Sandbox, client: Client, time: FakeTime
) -> None:
    sandbox.fault(status=429, times=None, headers={"Retry-After": "50"}, body=THROTTLED)
    with pytest.raises(RateLimited, match="50 s") as caught:
        client.update("abc", body("x", version=0))
    assert (time.slept, client.requests, caught.value.wait) == (100, 3, 50)


def test_who_has_less_patience_is_told_to_wait_at_once(sandbox: Sandbox, time: FakeTime) -> None:
    sandbox.fault(status=429, times=None, headers={"Retry-After": "3"}, body=THROTTLED)
    hasty = connect(
        sandbox.url, Sandbox.key, project="1", env={}, sleep=time.wait, clock=time.now, patience=5
    )
    with hasty, pytest.raises(RateLimited, match="3 s") as caught:
        hasty.update("abc", body("x", version=0))
    assert (time.slept, hasty.requests, caught.value.wait) == (3, 2, 3)


def test_why_it_waits_is_told(sandbox: Sandbox, time: FakeTime) -> None:
    told: list[str] = []
    sandbox.fault(status=429, headers={"Retry-After": "24"}, body=THROTTLED)
    http = httpx.Client(base_url=sandbox.url, headers={"Authorization": f"Bearer {sandbox.key}"})
    with Client(http, project="1", sleep=time.wait, log=told.append) as client:
        client.list(limit=1)
    assert len(told) == 1 and "asks to wait 24 s" in told[0]


def test_waiting_ends_when_nobody_wants_the_answer(
    sandbox: Sandbox, client: Client, time: FakeTime
) -> None:
    stop = threading.Event()
    stop.set()
    sandbox.fault(status=429, headers={"Retry-After": "24"}, body=THROTTLED)
    with pytest.raises(CancelledError):
        client.get("abc", stop=stop)
    assert time.slept == 0


def test_the_budget_is_asked_before_each_request(
    sandbox: Sandbox, time: FakeTime, tmp_path: Path
) -> None:
    env = {"NBSYNC_RATE_LIMIT": "2/m"}
    options: dict[str, Any] = {"project": "1", "env": env, "state": tmp_path / "state"}
    for waited in (0, 60):
        with connect(
            sandbox.url, sandbox.key, sleep=time.wait, clock=time.now, **options
        ) as client:
            client.list(limit=1)
            client.list(limit=1)
        assert time.slept == pytest.approx(waited, abs=0.1)


def test_a_budget_is_kept_in_no_folder_that_a_clone_could_bring(
    sandbox: Sandbox, time: FakeTime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", "state")
    env = {"NBSYNC_RATE_LIMIT": "1/m"}
    with connect(
        sandbox.url, sandbox.key, project="1", env=env, sleep=time.wait, clock=time.now
    ) as client:
        client.list(limit=1)
        client.list(limit=1)
    assert time.slept == pytest.approx(60, abs=0.1)
    assert list(tmp_path.iterdir()) == []


def test_retries_count_against_the_budget(sandbox: Sandbox, time: FakeTime, tmp_path: Path) -> None:
    mine = Budget(tmp_path / "r", "me", limits=(Limit(2, 60),), clock=time.now, sleep=time.wait)
    http = httpx.Client(base_url=sandbox.url, headers={"Authorization": f"Bearer {sandbox.key}"})
    sandbox.fault(status=500, times=2)
    with Client(http, project="1", budget=mine, sleep=time.wait) as client:
        client.list(limit=1)
    assert time.slept > 59


# --- no way there ---------------------------------------------------------------------------


def test_without_a_connection_nothing_was_sent_and_nothing_is_in_doubt(time: FakeTime) -> None:
    host = f"http://{closed()}"
    with connect(host, "phx_1", project="1", env={}, sleep=time.wait) as client:
        with pytest.raises(Offline, match="cannot be reached") as caught:
            client.list(limit=1)
        assert caught.value.exit_code == 7 and host in caught.value.message
        assert time.slept > 0.7
        before = time.slept
        with pytest.raises(Offline):
            client.create(body("x"))
        assert time.slept == before
        assert client.requests == 0


def test_an_answer_that_cannot_be_unpacked_is_no_answer(sandbox: Sandbox, client: Client) -> None:
    sandbox.fault(status=200, times=None, text="no gzip", headers={"Content-Encoding": "gzip"})
    with pytest.raises(Unavailable, match="not answered"):
        client.list(limit=1)
    with pytest.raises(AnswerLost, match="no answer came"):
        client.create(body("x"))


# --- other places ------------------------------------------------------------------------------


def test_redirects_are_never_followed(sandbox: Sandbox, client: Client) -> None:
    place = "https://eu.posthog.com/api/projects/1/notebooks/"
    sandbox.fault(status=301, headers={"Location": place}, text="", times=None)
    with pytest.raises(ConfigError) as caught:
        client.list(limit=1)
    assert place in caught.value.message
    assert 'host = "https://eu.posthog.com"' in caught.value.hint
    with pytest.raises(ConfigError):
        client.create(body("x"))
    assert client.requests == 2


def test_a_next_page_at_another_host_is_refused(sandbox: Sandbox, client: Client) -> None:
    answer = {"count": 2, "next": "http://evil.example:1/api", "previous": None, "results": []}
    sandbox.fault(status=200, body=answer)
    with pytest.raises(ConfigError, match=r"evil\.example"):
        client.list(limit=1)


@pytest.mark.parametrize("link", [3, "", "/relative", "http://["])
def test_a_next_page_that_is_nowhere_is_no_answer(
    sandbox: Sandbox, client: Client, link: Json
) -> None:
    sandbox.fault(status=200, body={"count": 2, "next": link, "previous": None, "results": []})
    with pytest.raises(Unavailable, match="next page"):
        client.list(limit=1)


def test_a_next_page_on_another_port_of_the_same_host_is_the_proxys_business(
    sandbox: Sandbox, client: Client
) -> None:
    answer = {"count": 2, "next": "https://127.0.0.1/x", "previous": None, "results": []}
    sandbox.fault(status=200, body=answer)
    assert client.list(limit=1).more


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("SSL_CERT_FILE", "/nowhere/certificates.pem", "certificates"),
        ("HTTPS_PROXY", "http://proxy:notaport", "no address of a proxy"),
        ("HTTPS_PROXY", "http://ana:secret/1@proxy:3128", "no address of a proxy"),
        ("HTTPS_PROXY", "ftp://ana:secret@proxy", "no address of a proxy"),
        ("NO_PROXY", "a:secret:b", "no address of a proxy"),
    ],
)
def test_an_environment_that_no_connection_can_be_made_in_is_named(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, words: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigError, match=words) as caught:
        connect("https://posthog.example.com", "phx_1", project="1", env={})
    assert "unset" in caught.value.hint
    assert "secret" not in caught.value.message + caught.value.hint
