"""Why there is no way to a server is told by its cause, and what cannot pass is not waited for."""

from __future__ import annotations

import errno
import os
import socket
import ssl
from pathlib import Path

import httpx
import pytest

from fake_time import FakeTime
from in_between import SELF_SIGNED, closed, listening, nothing_in_between
from nbsync.api.connecting import connect
from nbsync.api.outages import Barred, no_way
from nbsync.api.proxies import proxy_for
from nbsync.api.question import Offline
from nbsync.errors import AuthError, Unavailable
from nbsync.sandbox import Sandbox

HOST = "https://posthog.example.com"


def system(number: int) -> OSError:
    return OSError(number, os.strerror(number))


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing_in_between(monkeypatch)


@pytest.mark.parametrize(
    ("error", "cause", "says"),
    [
        (httpx.ConnectError("x"), system(errno.ENETUNREACH), "no way there (Network is"),
        (httpx.ConnectError("x"), system(errno.EHOSTUNREACH), "no way there (No route"),
        (httpx.ConnectError("x"), system(errno.ECONNREFUSED), "nothing answers at its port"),
        (httpx.ConnectTimeout("timed out"), None, "nothing answered in ten seconds"),
        (httpx.PoolTimeout(""), None, "cannot be reached: PoolTimeout"),
        (httpx.ConnectError(" a\n b. "), None, "cannot be reached: a b."),
    ],
)
def test_a_cause_that_may_pass_is_told_and_the_network_is_to_be_checked(
    error: Exception, cause: OSError | None, says: str
) -> None:
    error.__cause__ = cause
    told = no_way(HOST, error)
    assert type(told) is Offline
    assert told.message.startswith(f"{HOST} cannot be reached") and says in told.message
    assert told.hint.startswith("nbsync doctor   # check the network")


def test_a_name_that_cannot_be_looked_up_now_may_be_known_later() -> None:
    for number, kind in ((socket.EAI_AGAIN, Offline), (socket.EAI_NONAME, Barred)):
        error = httpx.ConnectError("x")
        error.__cause__ = socket.gaierror(number, "who knows")
        told = no_way(HOST, error)
        assert type(told) is kind
        assert "the name posthog.example.com is not known" in told.message


def test_a_certificate_without_a_reason_is_told_in_its_own_words() -> None:
    error = httpx.ConnectError("x")
    cause = ssl.SSLCertVerificationError("no reason")
    cause.verify_message, cause.verify_code = "", 18
    error.__cause__ = cause
    assert "is not trusted (" in no_way(HOST, error).message
    error.__cause__ = ssl.SSLError(1, "broken")
    assert no_way(HOST, error).message.endswith("does not speak TLS as it should (broken).")


def test_a_certificate_that_is_vouched_for_lets_the_question_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own.pem").write_text(SELF_SIGNED)
    with listening(certificate=SELF_SIGNED, folder=tmp_path) as place:
        for trusted in (False, True):
            if trusted:
                monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "own.pem"))
            client = connect(f"https://{place}", "phx_x", project="1", env={}, insists=False)
            with client, pytest.raises(Unavailable) as caught:
                client.list(limit=1)
            assert isinstance(caught.value, Barred) is not trusted
            assert ("not PostHog's API" in caught.value.message) is trusted


def test_what_cannot_pass_is_not_tried_again(tmp_path: Path) -> None:
    time = FakeTime()
    with listening() as place:
        client = connect(f"https://{place}", "phx_x", project="1", env={}, sleep=time.wait)
        before = time.now()
        with client, pytest.raises(Barred):
            client.list(limit=1)
    assert time.now() == before
    client = connect(f"http://{closed()}", "phx_x", project="1", env={}, sleep=time.wait)
    with client, pytest.raises(Offline):
        client.list(limit=1)
    assert time.now() > before


@pytest.mark.parametrize(
    ("variables", "proxy"),
    [
        ({}, ""),
        ({"HTTPS_PROXY": "http://ana:secret@proxy.example.com:3128/"}, "proxy.example.com:3128"),
        ({"ALL_PROXY": "socks5://proxy.example.com:1080"}, "proxy.example.com:1080"),
        ({"HTTPS_PROXY": "proxy.example.com"}, "proxy.example.com"),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": ".example.com"}, ""),
        ({"HTTP_PROXY": "http://p:1"}, ""),
    ],
)
def test_the_proxy_is_told_without_its_password(
    variables: dict[str, str], proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert proxy_for(HOST) == proxy
    assert proxy_for("http://127.0.0.1:8000") == ""


# --- what -v tells --------------------------------------------------------------------------


def test_every_request_and_every_retry_is_traced_without_key_and_search(sandbox: Sandbox) -> None:
    sandbox.fault(status=503, text="", times=2)
    lines: list[str] = []
    time = FakeTime()
    client = connect(
        sandbox.url, sandbox.key, project="1", env={}, sleep=time.wait, trace=lines.append
    )
    with client:
        client.list(limit=1, search="what nobody else is to know", offset=1)
    assert [line.split()[2] for line in lines] == ["503", "503", "200"]
    assert all("search=…" in line and "nobody" not in line for line in lines)
    assert all(line.startswith("GET /api/projects/1/notebooks/?") for line in lines)
    assert sandbox.key not in "".join(lines)


def test_the_key_that_no_key_can_be_is_to_be_logged_in_with_again() -> None:
    with pytest.raises(AuthError) as caught:
        connect(HOST, "phx_ä", project="1", env={})
    assert f"nbsync login --host {HOST}" in caught.value.hint
    assert "ä" not in caught.value.message + caught.value.hint
