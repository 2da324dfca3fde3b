"""Connections: as many as are used at a time, none shared, none kept that nobody uses."""

from __future__ import annotations

import threading

import httpx
import pytest

from fake_time import FakeTime
from nbsync.api.cookieless import Cookieless
from nbsync.api.lines import KEPT, Lines
from nbsync.remote.fetching import fetch_all
from nbsync.sandbox import Sandbox


def test_who_asks_one_after_the_other_uses_one_connection() -> None:
    first = httpx.Client()
    lines = Lines(first, httpx.Client)
    for _ in range(3):
        with lines.lent() as line:
            assert line is first
    lines.close()
    assert first.is_closed


def test_who_asks_at_the_same_time_has_a_connection_each() -> None:
    made: list[httpx.Client] = []

    def another() -> httpx.Client:
        made.append(httpx.Client())
        return made[-1]

    first = httpx.Client()
    lines = Lines(first, another)
    with lines.lent() as one, lines.lent() as other, lines.lent() as third:
        assert [one, other, third] == [first, *made]
    with lines.lent(), lines.lent(), lines.lent():
        assert len(made) == 2
    lines.close()
    assert all(each.is_closed for each in (first, *made))


def test_threads_never_share_a_connection() -> None:
    lines, full = Lines(httpx.Client(), httpx.Client), threading.Barrier(4, timeout=30)

    def use(_: int, stop: threading.Event) -> httpx.Client:
        with lines.lent() as line:
            full.wait()
            return line

    assert len(set(fetch_all(use, range(40), parallel=4))) == 4
    lines.close()


def test_connections_that_nobody_uses_any_more_are_closed() -> None:
    time = FakeTime()
    first = httpx.Client()
    lines = Lines(first, httpx.Client, timer=time.now)
    with lines.lent(), lines.lent() as other, lines.lent() as third:
        pass
    time.wait(KEPT - 1)
    with lines.lent() as line:
        assert line is first
    assert not other.is_closed
    time.wait(KEPT - 1)
    with lines.lent() as line:
        assert line is first
    assert other.is_closed and third.is_closed and not first.is_closed
    lines.close()


def test_a_connection_comes_back_whatever_went_wrong_on_it() -> None:
    first = httpx.Client()
    lines = Lines(first, httpx.Client)
    with pytest.raises(httpx.ReadError), lines.lent():
        raise httpx.ReadError("broken off")
    with lines.lent() as line:
        assert line is first
    lines.close()


def test_where_no_other_can_be_made_all_share_the_one() -> None:
    with httpx.Client() as only:
        lines = Lines(only)
        with lines.lent() as one, lines.lent() as other:
            assert one is other is only


# --- cookies -------------------------------------------------------------------------------------


def test_a_client_without_cookies_keeps_none_and_is_given_none(sandbox: Sandbox) -> None:
    sandbox.fault(status=200, body={}, headers={"Set-Cookie": "sessionid=1; Path=/"}, times=None)
    with Cookieless(base_url=sandbox.url) as http:
        for _ in range(2):
            assert "cookie" not in http.get("/api/projects/1/notebooks/").request.headers
        assert not http.cookies
        with pytest.raises(AttributeError, match="no cookies"):
            http.cookies = httpx.Cookies({"a": "b"})
