"""A server's limit is kept without a 429 of our own making, and used nearly whole."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from math import ceil
from pathlib import Path
from typing import Any, Self

import httpx
import pytest

from memory import MemoryDirectory, MemoryStore
from nbsync.api.budget import Budget, Limit
from nbsync.api.client import Client
from nbsync.model import Report
from nbsync.remote import Server
from nbsync.sandbox import Sandbox
from nbsync.sync import Mirror, run

LIMIT = Limit(40, 1)
NUMBER = 210
LEAST_USED = 0.95


class SharedTime:
    """A clock for several threads, which goes on as soon as all that take part wait for it."""

    def __init__(self) -> None:
        self._now = 1_800_000_000.0
        self._taking_part = 0
        self._ends: list[float] = []
        self._moved = threading.Condition()

    def now(self) -> float:
        return self._now

    def wait(self, seconds: float) -> None:
        with self._moved:
            end = self._now + seconds
            self._ends.append(end)
            self._go_on()
            while self._now < end:
                self._moved.wait()

    @contextmanager
    def taking_part(self) -> Iterator[None]:
        with self._moved:
            self._taking_part += 1
        try:
            yield
        finally:
            with self._moved:
                self._taking_part -= 1
                self._go_on()

    def _go_on(self) -> None:
        if self._ends and len(self._ends) >= self._taking_part:
            self._now = max(self._now, min(self._ends))
            self._ends = [end for end in self._ends if end > self._now]
            self._moved.notify_all()


class Throttle:
    """A server's own limit, counted as PostHog does: over a sliding window, as requests arrive.

    Attributes:
        arrived: When the requests came that it has let through, and that still count.
    """

    def __init__(self, sandbox: Sandbox, time: SharedTime) -> None:
        self.arrived: list[float] = []
        self._time = time
        self._doorman = sandbox._control.doorman
        self._app = self._doorman._app

    def __enter__(self) -> Self:
        self._doorman._app = self
        return self

    def __exit__(self, *error: object) -> None:
        self._doorman._app = self._app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        now = self._time.now()
        self.arrived = [at for at in self.arrived if at > now - LIMIT.seconds]
        if len(self.arrived) < LIMIT.requests:
            self.arrived.append(now)
            await self._app(scope, receive, send)
            return
        wait = ceil(self.arrived[0] + LIMIT.seconds - now)
        headers = [(b"retry-after", str(wait).encode()), (b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 429, "headers": headers})
        await send({"type": "http.response.body", "body": b'{"type": "throttled_error"}'})


class Slow(httpx.HTTPTransport):
    """A network on which each request takes a time of its own, there and back."""

    def __init__(self, time: SharedTime, seconds: Callable[[int], float]) -> None:
        super().__init__(limits=httpx.Limits(max_keepalive_connections=8))
        self._time = time
        self._seconds = seconds
        self._numbers = count()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        seconds = self._seconds(next(self._numbers))
        self._time.wait(seconds)
        answer = super().handle_request(request)
        self._time.wait(seconds)
        return answer


class Asking:
    """A client whose questions take part in a shared time."""

    def __init__(self, client: Client, time: SharedTime) -> None:
        self._client = client
        self._time = time

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._client, name)
        if name not in {"get", "list"}:
            return value

        def asked(*args: Any, **kwargs: Any) -> Any:
            with self._time.taking_part():
                return value(*args, **kwargs)

        return asked


@contextmanager
def connected(
    sandbox: Sandbox,
    time: SharedTime,
    state: Path,
    seconds: Callable[[int], float] = lambda _: 0.0,
) -> Iterator[Client]:
    """A client that keeps the limit, on a network where requests take so many seconds each way."""
    budget = Budget(
        state / "requests.sqlite3", "ana", limits=(LIMIT,), clock=time.now, sleep=time.wait
    )
    http = httpx.Client(
        base_url=sandbox.url,
        headers={"Authorization": f"Bearer {sandbox.key}"},
        transport=Slow(time, seconds),
    )
    client = Client(http, project=sandbox.project, budget=budget, sleep=time.wait, clock=time.now)
    with client:
        yield client


@pytest.fixture
def time() -> SharedTime:
    return SharedTime()


@pytest.fixture
def throttle(sandbox: Sandbox, time: SharedTime) -> Iterator[Throttle]:
    for number in range(NUMBER):
        sandbox.seed(short_id=f"nb{number:03}", title="T", content=sandbox.markdown("Text."))
    with Throttle(sandbox, time) as server:
        yield server


def pull(sandbox: Sandbox, time: SharedTime, state: Path) -> Report:
    """A first pull; where its pages lie makes no difference here."""
    with connected(sandbox, time, state) as client:
        server: Any = Server(Asking(client, time))  # type: ignore[arg-type]
        return run(Mirror(MemoryDirectory(), server, MemoryStore()), pull=True)


def refused(sandbox: Sandbox) -> int:
    return sum(each["status"] == 429 for each in sandbox.requests())


def least(requests: int) -> float:
    """In so many seconds they can be sent at best: each window but the first is waited for."""
    return (ceil(requests / LIMIT.requests) - 1) * LIMIT.seconds


def test_a_first_pull_is_never_throttled_and_uses_what_is_allowed(
    sandbox: Sandbox, time: SharedTime, throttle: Throttle, tmp_path: Path
) -> None:
    began = time.now()
    report = pull(sandbox, time, tmp_path)
    assert (len(report.changes), report.requests, refused(sandbox)) == (NUMBER, NUMBER + 2, 0)
    assert time.now() - began <= least(NUMBER + 2) / LEAST_USED


def test_two_mirrors_with_one_key_keep_the_limit_together(
    sandbox: Sandbox, time: SharedTime, throttle: Throttle, tmp_path: Path
) -> None:
    began = time.now()
    with ThreadPoolExecutor(2) as pool:
        reports = list(pool.map(lambda _: pull(sandbox, time, tmp_path), range(2)))
    assert [len(report.changes) for report in reports] == [NUMBER, NUMBER]
    assert refused(sandbox) == 0
    assert time.now() - began <= least(2 * (NUMBER + 2)) / LEAST_USED


def test_what_somebody_else_used_up_is_waited_for(
    sandbox: Sandbox, time: SharedTime, throttle: Throttle, tmp_path: Path
) -> None:
    began = time.now()
    throttle.arrived = [began] * 30
    report = pull(sandbox, time, tmp_path)
    assert (len(report.changes), report.problems, report.unreadable) == (NUMBER, (), ())
    assert 0 < refused(sandbox) <= 30
    assert time.now() - began <= least(NUMBER + 2 + 30) / LEAST_USED + 1


@pytest.mark.parametrize(
    "seconds",
    [
        lambda number: 0.3 if number < 8 else 0.01,  # the first make the connections
        lambda number: 0.1 + 0.01 * (number * 7 % 10),
    ],
)
def test_requests_that_are_long_on_their_way_are_not_throttled_either(
    sandbox: Sandbox,
    time: SharedTime,
    throttle: Throttle,
    tmp_path: Path,
    seconds: Callable[[int], float],
) -> None:
    ids = iter([f"nb{number:03}" for number in range(200)])

    def ask(client: Client) -> None:
        with time.taking_part():
            together.wait()
            for short_id in ids:
                client.get(short_id)

    together = threading.Barrier(8)
    with connected(sandbox, time, tmp_path, seconds) as client, ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, [client] * 8))
    assert len(sandbox.requests()) == 200
    assert refused(sandbox) == 0
