"""How a question is put to the server: how often, how patiently, and counted."""

from __future__ import annotations

import random
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import httpx

from nbsync.api.answers import decipher
from nbsync.api.budget import Budget, Forecast
from nbsync.api.intake import GarbledError, TooMuchError, TooSlowError, take_in
from nbsync.api.lines import Lines
from nbsync.api.outages import UNSAID, Barred, no_way, said
from nbsync.api.pauses import pause
from nbsync.api.question import Endless, Question, unfit_answer
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
# What somebody looks for is theirs, and a trace is made to be shown around.
_LOOKED_FOR = re.compile(r"(?<=[?&]search=)[^&]+")


@dataclass(frozen=True, slots=True)
class Heard:
    """How the last answer came, whatever it was.

    Attributes:
        seconds: How long it took.
        behind: Seconds that this machine's clock is behind the server's; negative where it is
            ahead, None where the server tells no time. HTTP tells whole seconds.
    """

    seconds: float
    behind: float | None


class Exchange:
    """Puts questions to one server. May be used by several threads at once.

    Args:
        http: Where to and with which key; must not follow redirects.
        another: Makes one more of it, for threads that ask at once; else they share the one.
        budget: Asked before each request; None for no limit.
        sleep: Waits so many seconds.
        clock: The wall clock, in seconds.
        log: Told what it waits for.
        trace: Told of every request, a line each, without the key.
        patience: How many seconds one question waits at most because the server asks it to.
        insists: Whether a question that was not answered is asked again.
        timer: A clock that is never set, in seconds.
    """

    def __init__(
        self,
        http: httpx.Client,
        *,
        another: Callable[[], httpx.Client] | None = None,
        budget: Budget | None = None,
        sleep: Callable[[float], object] = time.sleep,  # noqa: TID251 - the one real one
        clock: Callable[[], float] = time.time,
        log: Callable[[str], None] | None = None,
        trace: Callable[[str], None] | None = None,
        patience: float = MAX_WAIT,
        insists: bool = True,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lines = Lines(http, another, timer=timer)
        # What every request has, put together once: its head, and how long it may take.
        pattern = http.build_request("GET", "/")
        self._headers, self._extensions = pattern.headers, pattern.extensions
        self._budget = budget
        self._sleep = sleep
        self._clock = clock
        self._log = log
        self._trace = trace
        self._patience = patience
        self._timer = timer
        self._pauses = _PAUSES if insists else ()
        self._lock = threading.Lock()
        self._requests = 0
        self._last: tuple[float, str, float] | None = None

    @property
    def requests(self) -> int:
        """How many requests were sent."""
        return self._requests

    @property
    def heard(self) -> Heard | None:
        """How the last answer came; None where none did."""
        if self._last is None:
            return None
        seconds, date, at = self._last
        return Heard(seconds, _seconds_behind(date, at))

    @property
    def _key(self) -> str:
        sent: str = self._headers.get("Authorization", "")
        return sent.removeprefix("Bearer ")

    def budget_left(self) -> dict[str, int]:
        """How many requests the key may still send, by stretch of time; none without limits."""
        return {} if self._budget is None else self._budget.left()

    def forecast(self, requests: int) -> Forecast:
        """What the limits make of so many requests more."""
        return Forecast() if self._budget is None else self._budget.forecast(requests)

    def close(self) -> None:
        """Close the connections and the budget."""
        self._lines.close()
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
            FormatError: As `decipher` says, or the answer is larger than any that is wanted.
            CancelledError: Stop was set while it waited.
        """
        request = self._request(asked, query, headers, body)
        pauses, left = iter(() if asked.writes else self._pauses), self._patience
        while True:
            try:
                return self._send(asked, request, stop)
            except RateLimited as error:
                wait, left = error.wait, left - error.wait
                if left < 0:
                    raise
                if self._log is not None:
                    self._log(error.message)
            except (Barred, Endless):
                raise
            except Unavailable:
                wait = next(pauses, 0.0) * random.uniform(0.75, 1.25)  # noqa: S311 - no secret
                if not wait:
                    raise
            pause(wait, sleep=self._sleep, stop=stop)

    def _request(
        self,
        asked: Question,
        query: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
        body: bytes | None,
    ) -> httpx.Request:
        head = self._headers
        if headers or body is not None:
            head = httpx.Headers(head)
            head.update(headers)
            if body is not None:
                head["Content-Type"] = "application/json"
        place = asked.host + asked.path
        return httpx.Request(
            asked.method,
            place,
            params=query,
            headers=head,
            content=body,
            extensions=dict(self._extensions),
        )

    def _send(
        self, asked: Question, request: httpx.Request, stop: threading.Event | None
    ) -> dict[str, Json] | None:
        taken = 0.0 if self._budget is None else self._budget.take(stop)
        started = self._timer()
        with self._lines.lent() as http:
            response = self._head(asked, request, http, started, taken)
            body = self._body(asked, request, response, started)
        if not response.is_success:
            body = self._without_key(response, body)
        self._count(request, str(response.status_code), started)
        now = self._clock()
        self._last = (self._timer() - started, response.headers.get("date", ""), now)
        return decipher(asked, response.status_code, response.headers, body, now=now)

    def _head(
        self,
        asked: Question,
        request: httpx.Request,
        http: httpx.Client,
        started: float,
        taken: float,
    ) -> httpx.Response:
        """Send a request, and read its answer as far as the body."""
        try:
            return http.send(request, stream=True)
        except _NOTHING_SENT as error:
            self._tell(request, "not sent", started)
            raise no_way(asked.host, error) from error
        except httpx.RequestError as error:
            self._count(request, "no answer", started)
            raise _broken_off(asked, said(error, secret=self._key)) from error
        finally:
            if self._budget is not None:
                self._budget.arrived(taken)

    def _body(
        self, asked: Question, request: httpx.Request, response: httpx.Response, started: float
    ) -> bytes:
        """Read the rest of an answer; a connection that has more of it to say is closed."""
        try:
            return take_in(asked, response, started=started, timer=self._timer)
        except (httpx.RequestError, GarbledError) as error:
            self._count(request, "no answer", started)
            raise _broken_off(asked, said(error, secret=self._key)) from error
        except TooMuchError as error:
            self._count(request, str(response.status_code), started)
            raise unfit_answer(asked, str(error)) from error
        except TooSlowError as error:
            self._count(request, "no end", started)
            raise _broken_off(asked, str(error), as_one=Endless) from error
        finally:
            response.close()

    def _without_key(self, response: httpx.Response, body: bytes) -> bytes:
        """An error as it may be shown: some servers, and proxies, repeat what they were sent."""
        if not self._key:
            return body
        if "Location" in response.headers:
            response.headers["Location"] = response.headers["Location"].replace(self._key, UNSAID)
        return body.replace(self._key.encode(), UNSAID.encode())

    def _count(self, request: httpx.Request, outcome: str, started: float) -> None:
        with self._lock:
            self._requests += 1
        self._tell(request, outcome, started)

    def _tell(self, request: httpx.Request, outcome: str, started: float) -> None:
        if self._trace is not None:
            path = _LOOKED_FOR.sub("…", request.url.raw_path.decode("ascii"))
            spent = self._timer() - started
            self._trace(f"{request.method} {path} {outcome} {spent * 1000:.0f} ms")


def _broken_off(
    asked: Question, reason: str, *, as_one: type[Unavailable] = Unavailable
) -> APIError:
    if asked.writes:
        return AnswerLost(f"{asked} was sent, and no answer came: {reason}.", hint="nbsync status")
    return as_one(f"{asked} was not answered: {reason}.", hint="run it again later")


def _seconds_behind(date: str, now: float) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp() - now
    except (ValueError, OverflowError):
        return None
