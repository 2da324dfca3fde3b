"""The sandbox fails as it is told to, and does what is ordered behind the API's back."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from calls import BASE, client
from nbsync.sandbox import Sandbox, serve


@pytest.fixture
def http(sandbox: Sandbox, anas_client: httpx.Client) -> httpx.Client:
    return anas_client


def statuses(sandbox: Sandbox) -> list[int | None]:
    return [each["status"] for each in sandbox.requests()]


# --- faults ---------------------------------------------------------------------


def test_a_status_takes_the_place_of_the_effect(http: httpx.Client, sandbox: Sandbox) -> None:
    before = sandbox.seed(title="t")
    sandbox.fault(method="PATCH", status=503)
    answer = http.patch(f"{BASE}{before['short_id']}/", json={"title": "x"})
    assert (answer.status_code, answer.json()["type"]) == (503, "server_error")
    assert sandbox.record(before["short_id"]) == before
    assert http.patch(f"{BASE}{before['short_id']}/", json={"title": "x"}).status_code == 200


def test_a_status_with_effect_hides_that_it_worked(http: httpx.Client, sandbox: Sandbox) -> None:
    short_id = sandbox.seed(title="t")["short_id"]
    sandbox.fault(status=500, effect=True, text="<html>oops</html>")
    answer = http.patch(f"{BASE}{short_id}/", json={"title": "x"})
    assert (answer.status_code, answer.text) == (500, "<html>oops</html>")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert sandbox.record(short_id)["title"] == "x"


def test_a_throttled_answer_says_when_to_come_back(http: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.fault(status=429, headers={"Retry-After": "24"})
    answer = http.get(BASE)
    assert answer.headers["retry-after"] == "24"
    assert answer.json() == {
        "type": "throttled_error",
        "code": "throttled",
        "detail": "Request was throttled. Expected available in 24 seconds.",
        "attr": None,
    }
    sandbox.fault(status=429)
    assert http.get(BASE).headers["retry-after"] == "1"
    sandbox.fault(status=429, body={"own": "body"}, headers={"Content-Type": "text/x"})
    answer = http.get(BASE)
    assert answer.json() == {"own": "body"} and answer.headers["content-type"] == "text/x"


@pytest.mark.parametrize(("drop", "title"), [("before", "t"), ("after", "x")])
def test_a_dropped_connection_gives_no_answer(
    http: httpx.Client, sandbox: Sandbox, drop: str, title: str
) -> None:
    short_id = sandbox.seed(title="t")["short_id"]
    sandbox.fault(method="PATCH", drop=drop)
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        http.patch(f"{BASE}{short_id}/", json={"title": "x"})
    assert sandbox.record(short_id)["title"] == title
    assert statuses(sandbox) == [None]
    assert http.get(f"{BASE}{short_id}/").status_code == 200


def test_a_connection_can_be_dropped_on_a_body_too_large_to_read(
    http: httpx.Client, sandbox: Sandbox
) -> None:
    sandbox.fault(drop="before")
    with pytest.raises(httpx.TransportError):
        http.post(BASE, json={"content": "x" * (21 * 1024 * 1024)})
    assert statuses(sandbox) == [None]


def test_a_truncated_answer_ends_halfway(http: httpx.Client, sandbox: Sandbox) -> None:
    short_id = sandbox.seed(title="t", content="é" * 500_000)["short_id"]
    sandbox.fault(truncate=True)
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete"):
        http.patch(f"{BASE}{short_id}/", json={"title": "x"})
    assert sandbox.record(short_id)["title"] == "x"
    assert statuses(sandbox) == [200]


def test_a_delayed_answer_comes_after_one_that_was_asked_for_later(
    http: httpx.Client, sandbox: Sandbox
) -> None:
    short_id = sandbox.seed()["short_id"]
    sandbox.fault(path=short_id, delay=0.2)
    order = []
    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(lambda: order.append(http.get(f"{BASE}{short_id}/").status_code))
        while not sandbox.requests():
            pass
        order.append(http.get(BASE).json()["count"])
        late.result()
    assert order == [1, 200]


def test_faults_are_tried_in_order_and_count_down(http: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.fault(path="?limit=7", status=500, times=None)
    sandbox.fault(method="GET", status=502, skip=1, times=2)
    sandbox.fault(status=504)
    got = [http.get(BASE).status_code for _ in range(5)]
    assert got == [504, 502, 502, 200, 200]
    assert [http.get(f"{BASE}?limit=7").status_code for _ in range(3)] == [500] * 3
    sandbox.clear()
    assert http.get(f"{BASE}?limit=7").status_code == 200


@pytest.mark.parametrize(
    "order", [{}, {"status": 500, "delay": 1}, {"drop": "sideways"}, {"status": 500, "bogus": 1}]
)
def test_an_order_that_makes_no_sense_is_refused(
    http: httpx.Client, sandbox: Sandbox, order: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match=r"fault|drop"):
        sandbox.fault(**order)
    assert http.post("/_sandbox/faults", json=order).status_code == 400
    assert http.get(BASE).status_code == 200


@pytest.mark.parametrize("status", [401, 403, 404, 409])
def test_a_fault_without_a_body_answers_as_posthog_would(
    http: httpx.Client, sandbox: Sandbox, status: int
) -> None:
    sandbox.fault(status=status)
    answer = http.get(BASE)
    assert answer.status_code == status
    assert set(answer.json()) == {"type", "code", "detail", "attr"}


# --- the log --------------------------------------------------------------------


def test_the_log_tells_what_was_asked(http: httpx.Client, sandbox: Sandbox) -> None:
    answers = [
        http.get(f"{BASE}?limit=1&order=created_at"),
        http.post(BASE, json={"title": "x"}),
        httpx.post(sandbox.url + BASE, content=b"{not json"),
    ]
    http.get("/_sandbox/requests")
    one, two, three = (len(answer.content) for answer in answers)
    assert sandbox.requests() == [
        {"n": 1, "method": "GET", "path": BASE, "query": "limit=1&order=created_at",
         "status": 200, "bytes": one, "user": "ana", "body": None},
        {"n": 2, "method": "POST", "path": BASE, "query": "", "status": 201, "bytes": two,
         "user": "ana", "body": {"title": "x"}},
        {"n": 3, "method": "POST", "path": BASE, "query": "", "status": 401, "bytes": three,
         "user": None, "body": None},
    ]  # fmt: skip
    assert http.get("/_sandbox/requests").json() == sandbox.requests()
    sandbox.fault(status=500)
    assert http.delete("/_sandbox/requests").json() == []
    assert http.get(BASE).status_code == 500


def test_a_request_that_breaks_off_never_happened(http: httpx.Client, sandbox: Sandbox) -> None:
    host, _, port = sandbox.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port))) as half:
        head = f"POST {BASE} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {sandbox.key}\r\n"
        half.sendall(f"{head}Content-Length: 99\r\n\r\n{{".encode())
    assert http.get(BASE).json()["count"] == 0
    assert statuses(sandbox) == [200]


# --- control --------------------------------------------------------------------


def test_a_notebook_is_seeded_as_it_is_told(sandbox: Sandbox) -> None:
    made = sandbox.seed(
        short_id="not a rule!", title="t" * 300, content=sandbox.markdown("# Hi"), version=9,
        created_at="2024-01-02T03:04:05Z", created_by="ben@example.com", deleted=True,
    )  # fmt: skip
    assert (made["short_id"], len(made["title"]), made["version"]) == ("not a rule!", 300, 9)
    assert made["created_at"] == made["last_modified_at"] == "2024-01-02T03:04:05Z"
    assert made["last_modified_by"]["first_name"] == "Ben"
    assert made["content"]["content"][0]["attrs"]["markdown"] == "# Hi"
    assert sandbox.record("not a rule!") == made
    again = sandbox.seed(short_id="not a rule!", last_modified_at="2025-01-01")
    assert (again["title"], again["created_at"]) == (None, "2025-01-01T00:00:00Z")


def test_seeding_over_http_gives_the_record(http: httpx.Client, sandbox: Sandbox) -> None:
    made = http.post("/_sandbox/notebooks", json={"title": "x", "visibility": "internal"}).json()
    assert sandbox.record(made["short_id"]) == made


@pytest.mark.parametrize("fields", [{"bogus": 1}, {"created_by": "zoe"}, {"created_at": "later"}])
def test_a_seed_that_makes_no_sense_is_refused(
    http: httpx.Client, sandbox: Sandbox, fields: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match=r"bogus|zoe|later"):
        sandbox.seed(**fields)
    answer = http.post("/_sandbox/notebooks", json=fields)
    assert answer.status_code == 400 and answer.json()["detail"]


def test_another_writer_edits_without_looking(http: httpx.Client, sandbox: Sandbox) -> None:
    before = sandbox.seed(title="t", content={"a": 1}, version=4)
    after = sandbox.write(before["short_id"], content={"a": 2}, title="u")
    assert (after["content"], after["title"], after["version"]) == ({"a": 2}, "u", 5)
    assert after["last_modified_by"]["email"] == "ben@example.com"
    assert after["last_modified_at"] > before["last_modified_at"]
    history = http.get(f"{BASE}{before['short_id']}/activity/").json()
    assert history["results"][0]["user"]["first_name"] == "Ben"
    renamed = sandbox.write(before["short_id"], title="v", user="ana")
    assert (renamed["version"], renamed["last_modified_by"]["first_name"]) == (5, "Ana")


def test_a_silent_writer_leaves_the_time_alone(http: httpx.Client, sandbox: Sandbox) -> None:
    before = sandbox.seed(content={"a": 1})
    order = {"short_id": before["short_id"], "content": {"a": 2}, "silent": True}
    after = http.post("/_sandbox/write", json=order).json()
    assert after == before | {"content": {"a": 2}, "version": 1}
    assert http.get(f"{BASE}{before['short_id']}/activity/").json()["total_count"] == 0


def test_a_purged_notebook_was_never_there(http: httpx.Client, sandbox: Sandbox) -> None:
    gone, kept = sandbox.seed()["short_id"], sandbox.seed()["short_id"]
    sandbox.purge(gone)
    assert http.patch(f"{BASE}{gone}/", json={"deleted": False}).status_code == 404
    assert http.post("/_sandbox/purge", json={"short_id": kept}).status_code == 200
    assert http.get(BASE).json()["count"] == 0


def test_levers_work_over_http_too(http: httpx.Client, sandbox: Sandbox) -> None:
    short_id = sandbox.seed()["short_id"]
    assert http.post("/_sandbox/forbid", json={"short_id": short_id}).json() == {}
    assert http.get(f"{BASE}{short_id}/").status_code == 403
    http.post("/_sandbox/forbid", json={"short_id": short_id, "forbidden": False})
    http.post("/_sandbox/faults", json={"status": 418})
    assert http.get(f"{BASE}{short_id}/").status_code == 418
    assert http.post("/_sandbox/reset").json() == {}
    assert sandbox.requests() == [] and http.get(BASE).json()["count"] == 0


def test_unknown_notebooks_and_levers_are_said_so(http: httpx.Client, sandbox: Sandbox) -> None:
    for lever in (sandbox.write, sandbox.purge, sandbox.record, sandbox.forbid):
        with pytest.raises(KeyError, match="nope"):
            lever("nope")
    with pytest.raises(ValueError, match="created_at"):
        sandbox.write(sandbox.seed()["short_id"], created_at="x")
    assert http.post("/_sandbox/write", json={"short_id": "nope"}).status_code == 404
    assert http.post("/_sandbox/purge", json={}).status_code == 400
    assert http.post("/_sandbox/purge", json=[]).status_code == 400
    assert http.post("/_sandbox/lever", json={}).status_code == 404
    unstorable = {"content": "\0"}
    assert http.post("/_sandbox/notebooks", json=unstorable).status_code == 400


# --- starting and stopping --------------------------------------------------------


def test_a_file_keeps_the_notebooks_across_restarts(tmp_path: Path) -> None:
    with Sandbox(data=tmp_path / "sandbox.db") as first:
        made = first.seed(title="kept", content={"a": 1}, last_modified_at="2999-01-01")
    with Sandbox(data=tmp_path / "sandbox.db") as second, client(second.url) as http:
        assert second.record(made["short_id"]) == made
        touched = http.patch(f"{BASE}{made['short_id']}/", json={"title": "x"}).json()
        assert touched["last_modified_at"] == "2999-01-01T00:00:00.000001Z"


def test_a_taken_port_is_said_at_once(sandbox: Sandbox) -> None:
    port = int(sandbox.url.rpartition(":")[2])
    with pytest.raises(OSError, match=r"in use"), Sandbox(port=port):
        pass
    with pytest.raises(OSError, match=r"in use"):
        serve(port=port, data=":memory:")


def test_stopping_does_not_wait_for_connections_or_slow_answers(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with client("http://unused") as http, Sandbox() as sandbox:
            http.get(sandbox.url + BASE)
            sandbox.fault(delay=3600)
            slow = threading.Thread(target=fails, args=(http, sandbox.url + BASE))
            slow.start()
            while not sandbox.requests()[1:]:
                pass
            sandbox.__exit__(None, None, None)
            slow.join()


def fails(http: httpx.Client, url: str) -> None:
    with pytest.raises(httpx.TransportError):
        http.get(url, timeout=60)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_runs_until_it_is_interrupted(number: signal.Signals) -> None:
    seen = []

    def visit(url: str) -> None:
        with client(url) as http:
            seen.append(http.get(BASE).status_code)
        os.kill(os.getpid(), number)

    before = signal.getsignal(number)
    serve(
        port=0,
        data=":memory:",
        ready=lambda url: threading.Thread(target=visit, args=(url,)).start(),
    )
    assert seen == [200]
    assert signal.getsignal(number) is before


def test_serve_needs_nobody_to_tell(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    timer = threading.Thread(target=interrupt_when_up, args=(port,))
    timer.start()
    serve(port=port, data=str(tmp_path / "x.db"), kind="2023")
    timer.join()


def interrupt_when_up(port: int) -> None:
    while True:
        try:
            with client(f"http://127.0.0.1:{port}") as http:
                http.get(BASE)
        except httpx.TransportError:
            continue
        os.kill(os.getpid(), signal.SIGINT)
        return


def test_importing_the_package_does_not_import_the_server() -> None:
    code = "import sys, nbsync.sandbox; print({'starlette', 'uvicorn'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
