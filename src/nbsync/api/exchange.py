"""How a question is put to the server: how often, how patiently, and counted."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Mapping

import httpx

from nbsync.api.answers import decipher
from nbsync.api.budget import Budget
from nbsync.api.pauses import pause
from nbsync.api.question import Offline, Question
from nbsync.errors import AnswerLost, APIError, RateLimited, Unavailable
from nbsync.model import Json

MAX_WAIT = 120.0
"""Seconds that one question waits at most because the server asks it to."""

_PAUSES = (0.2, 0.8)
_NOTHING_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


class Exchange:
    """Puts questions to one server. May be used by several threads at once.

    Args:
        http: Where to and with which key; must not follow redirects.
        budget: Asked before each request; None for no limit.
        sleep: Waits so many seconds.
        clock: The wall clock, in seconds.
        log: Told what it waits for.
        trace: Told of every request, a line each, without the key.
        patience: How many seconds one question waits at most because the server asks it to.
    """

    def __init__(
        self,
        http: httpx.Client,
        *,
        budget: Budget | None = None,
        sleep: Callable[[float], object] = time.sleep,  # noqa: TID251 - the one real one
        clock: Callable[[], float] = time.time,
        log: Callable[[str], None] | None = None,
        trace: Callable[[str], None] | None = None,
        patience: float = MAX_WAIT,
    ) -> None:
        self._http = http
        self._budget = budget
        self._sleep = sleep
        self._clock = clock
        self._log = log
        self._trace = trace
        self._patience = patience
        self._lock = threading.Lock()
        self._requests = 0

    @property
    def requests(self) -> int:
        """How many requests were sent."""
        return self._requests

    def close(self) -> None:
        """Close the connections and the budget."""
        self._http.close()
        if self._budget is not None:
            self._budget.close()

    def ask(
        self,
        asked: Question,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        stop: threading.Event | None = None,
    ) -> dict[str, Json] | None:
        """Ask until there is an answer, as often as that can do no harm.

        A question is asked three times, one that writes once; but where it was throttled it had
        no effect (transcripts/2023/90), and is asked again after the time that it says.

        Raises:
            APIError: As `decipher` says; Offline and AnswerLost where no answer came.
            ConfigError: As `decipher` says.
            CancelledError: Stop was set while it waited.
        """
        request = self._http.build_request(
            asked.method, asked.path, params=query, headers=headers, content=body
        )
        if body is not None:
            request.headers["Content-Type"] = "application/json"
        pauses, left = iter(() if asked.writes else _PAUSES), self._patience
        while True:
            try:
                return self._send(asked, request, stop)
            except RateLimited as error:
                wait, left = error.wait, left - error.wait
                if left < 0:
                    raise
                if self._log is not None:
                    self._log(error.message)
            except Unavailable:
                wait = next(pauses, 0.0) * random.uniform(0.75, 1.25)  # noqa: S311 - no secret
                if not wait:
                    raise
            pause(wait, sleep=self._sleep, stop=stop)

    def _send(
        self, asked: Question, request: httpx.Request, stop: threading.Event | None
    ) -> dict[str, Json] | None:
        if self._budget is not None:
            self._budget.take(stop)
        started = time.monotonic()
        try:
            response = self._http.send(request)
        except _NOTHING_SENT as error:
            self._tell(request, "not sent", started)
            raise Offline(
                f"{asked.host} cannot be reached: {_reason(error)}.",
                hint="check the network and `host` in nbsync.toml, then run it again",
            ) from error
        except httpx.RequestError as error:
            self._count()
            self._tell(request, "no answer", started)
            raise _broken_off(asked, _reason(error)) from error
        self._count()
        self._tell(request, str(response.status_code), started)
        return decipher(
            asked, response.status_code, response.headers, response.content, now=self._clock()
        )

    def _tell(self, request: httpx.Request, outcome: str, started: float) -> None:
        if self._trace is not None:
            path, spent = request.url.raw_path.decode("ascii"), time.monotonic() - started
            self._trace(f"{request.method} {path} {outcome} {spent * 1000:.0f} ms")

    def _count(self) -> None:
        with self._lock:
            self._requests += 1


def _broken_off(asked: Question, reason: str) -> APIError:
    if asked.writes:
        return AnswerLost(f"{asked} was sent, and no answer came: {reason}.", hint="nbsync status")
    return Unavailable(f"{asked} was not answered: {reason}.", hint="run it again later")


def _reason(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__
