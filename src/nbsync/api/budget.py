"""How many requests a key may still send, shared by every nbsync that uses the key."""

from __future__ import annotations

import hashlib
import math
import re
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from nbsync.api.hosts import is_cloud
from nbsync.api.pauses import pause, until
from nbsync.errors import ConfigError, RateLimited

VARIABLE = "NBSYNC_RATE_LIMIT"
_SECONDS = {"s": 1, "m": 60, "h": 3600}
_LIMIT = re.compile(r"([1-9]\d{0,8})/([smh])")
# What says that the file itself is bad, as opposed to busy, read-only or out of space.
_BROKEN = frozenset({sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_ERROR})
# More than is waited for: clocks have sums that do not come out even.
_A_LITTLE = 0.01
# All of the file is read for a sweep: once in so many requests is enough.
_SWEPT_EVERY = 100


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many requests in any stretch of so many seconds."""

    requests: int
    seconds: int


CLOUD_LIMITS = (Limit(480, 60), Limit(4800, 3600))
"""What PostHog's clouds allow one key (contract section 8, observed.md 15)."""


def limits_for(host: str, env: Mapping[str, str]) -> tuple[Limit, ...]:
    """The limits to keep at a host; none where nobody asked for any.

    Args:
        host: A normalised host.
        env: The environment; NBSYNC_RATE_LIMIT is "480/m,4800/h" or "off".

    Raises:
        ConfigError: NBSYNC_RATE_LIMIT is neither.
    """
    text = env.get(VARIABLE, "").strip()
    if not text:
        return CLOUD_LIMITS if is_cloud(host) else ()
    if text == "off":
        return ()
    found = [_LIMIT.fullmatch(part.strip()) for part in text.split(",")]
    limits = tuple(Limit(int(each[1]), _SECONDS[each[2]]) for each in found if each is not None)
    if len(limits) < len(found):
        raise ConfigError(
            f"{VARIABLE} is {text!r}, which is no rate limit.",
            hint=f"export {VARIABLE}=480/m,4800/h   # or off",
        )
    return limits


@dataclass(frozen=True, slots=True)
class Forecast:
    """How soon some requests can have been sent.

    Attributes:
        seconds: How long it takes at least.
        limits: Because of what.
    """

    seconds: float = 0.0
    limits: tuple[Limit, ...] = ()


def least_seconds(
    requests: int, limits: Iterable[Limit], *, sent: Iterable[float], now: float
) -> float:
    """In how many seconds so many requests can be sent at best.

    Args:
        requests: How many are to be sent.
        limits: What is allowed.
        sent: When those were sent that count already, in seconds.
        now: The time, by the same clock.
    """
    times, bounds = sorted(sent), [(limit.requests, limit.seconds) for limit in limits]
    at = now
    for _ in range(requests):
        for number, seconds in bounds:
            if len(times) >= number:
                at = max(at, times[-number] + seconds)
        times.append(at)
    return at - now


def account(host: str, key: str) -> str:
    """The name under which requests are counted: it tells neither the host nor the key."""
    return hashlib.sha256(f"{host}\n{key}".encode()).hexdigest()


class Budget:
    """Sliding windows of sent requests, kept in a small SQLite file that processes share.

    Args:
        path: The file; made where it is missing, and made anew where it is broken.
        account: Whose requests are counted, from `account`.
        limits: What is allowed.
        clock: Wall-clock seconds; the same for every process.
        sleep: Waits so many seconds.
        log: Told why it waits.
        patience: How many seconds one request waits at most.
    """

    def __init__(
        self,
        path: Path,
        account: str,
        *,
        limits: tuple[Limit, ...] = CLOUD_LIMITS,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], object],
        log: Callable[[str], None] | None = None,
        patience: float = math.inf,
    ) -> None:
        self._path = path
        self._account = account
        self._limits = limits
        self._clock = clock
        self._sleep = sleep
        self._log = log
        self._patience = patience
        self._lock = threading.Lock()
        self._database: sqlite3.Connection | None = None
        self._asked = 0

    def take(self, stop: threading.Event | None = None) -> float:
        """Wait until one more request is allowed, and count it.

        Args:
            stop: Ends the waiting when it is set.

        Returns:
            When it was counted, for `arrived`.

        Raises:
            CancelledError: Stop was set.
            RateLimited: It would have to wait for too long.
        """
        left = self._patience
        while True:
            wait, taken = self._take_or_wait()
            if not wait:
                return taken
            left -= wait
            if left < 0:
                raise RateLimited(
                    f"The request budget of this key is used up for {wait:.0f} s, until"
                    f" {until(self._clock(), wait)}.",
                    wait=wait,
                    hint="run it again later: it goes on where it stopped",
                )
            if self._log is not None:
                self._log(f"waiting {wait:.0f} s: the request budget of this key is used up")
            pause(wait, sleep=self._sleep, stop=stop)

    def arrived(self, taken: float) -> None:
        """Count a request from now on: there is an answer, and so it has arrived by now.

        That is when a server counts it (contract section 8). One that was long on its way, as
        the first on a connection, is counted there later than those that are quicker after it.

        Args:
            taken: What `take` returned.
        """
        with self._lock, suppress(sqlite3.Error):
            now = self._clock()
            if now - taken > _A_LITTLE:
                self._opened().execute(
                    "UPDATE sent SET at = ? WHERE rowid ="
                    " (SELECT rowid FROM sent WHERE account = ? AND at = ? LIMIT 1)",
                    (now, self._account, taken),
                )

    def forecast(self, requests: int) -> Forecast:
        """What the limits make of so many requests more; counts none."""
        now, sent = self._clock(), list[float]()
        with self._lock, suppress(sqlite3.Error):
            since = now - max((limit.seconds for limit in self._limits), default=0)
            query = "SELECT at FROM sent WHERE account = ? AND at > ?"
            sent += [at for (at,) in self._opened().execute(query, (self._account, since))]
        return Forecast(least_seconds(requests, self._limits, sent=sent, now=now), self._limits)

    def left(self) -> dict[str, int]:
        """How many more requests are allowed now, by stretch of time: {"60 s": 479}; counts none.

        Returns:
            Nothing where the file cannot be read.
        """
        with self._lock, suppress(sqlite3.Error):
            database = self._opened()
            now = self._clock()
            return {
                f"{one.seconds} s": _left(database, self._account, one, now) for one in self._limits
            }
        return {}

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._disconnect()

    def _take_or_wait(self) -> tuple[float, float]:
        """Count one request, and tell when; or tell the seconds to wait, which are else 0."""
        with self._lock:
            try:
                return self._transaction()
            except sqlite3.Error as error:
                self._disconnect()
                # sqlite_errorcode is missing on errors of the module itself
                broken = getattr(error, "sqlite_errorcode", -1) & 0xFF in _BROKEN
            if broken:
                with suppress(OSError):
                    self._path.unlink()
                with suppress(sqlite3.Error):
                    return self._transaction()
            self._database = _prepared(":memory:")  # counting alone is better than not at all
            return self._transaction()

    def _transaction(self) -> tuple[float, float]:
        with self._opened() as database:
            database.execute("BEGIN IMMEDIATE")
            now = self._clock()
            if self._asked % _SWEPT_EVERY == 0:
                self._sweep(database, now)
            self._asked += 1
            wait = max((self._wait(database, limit, now) for limit in self._limits), default=0.0)
            if not wait:
                database.execute("INSERT INTO sent VALUES (?, ?)", (self._account, now))
            return wait, now

    def _sweep(self, database: sqlite3.Connection, now: float) -> None:
        """Forget what counts no more: what is old, and what was before the clock was set back."""
        kept = max(3600, *(limit.seconds for limit in self._limits))
        database.execute("DELETE FROM sent WHERE at <= ? OR at > ?", (now - kept, now))

    def _opened(self) -> sqlite3.Connection:
        if self._database is None:
            with suppress(OSError):
                self._path.parent.mkdir(parents=True, exist_ok=True)
            self._database = _prepared(str(self._path))
        return self._database

    def _wait(self, database: sqlite3.Connection, limit: Limit, now: float) -> float:
        row = database.execute(
            "SELECT at FROM sent WHERE account = ? AND at > ? AND at <= ?"
            " ORDER BY at DESC LIMIT 1 OFFSET ?",
            (self._account, now - limit.seconds, now, limit.requests - 1),
        ).fetchone()
        return 0.0 if row is None else max(float(row[0]) + limit.seconds - now, 0.0) + _A_LITTLE

    def _disconnect(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None


def _left(database: sqlite3.Connection, account: str, limit: Limit, now: float) -> int:
    row = database.execute(
        "SELECT count(*) FROM sent WHERE account = ? AND at > ?", (account, now - limit.seconds)
    ).fetchone()
    return max(limit.requests - int(row[0]), 0)


def _prepared(place: str) -> sqlite3.Connection:
    database = sqlite3.connect(place, timeout=10, isolation_level=None, check_same_thread=False)
    try:
        # Losing it with the power costs nothing: the server counts, too.
        database.execute("PRAGMA synchronous = OFF")
        database.execute(
            "CREATE TABLE IF NOT EXISTS sent (account TEXT NOT NULL, at REAL NOT NULL)"
        )
        database.execute("CREATE INDEX IF NOT EXISTS by_time ON sent (account, at)")
    except sqlite3.Error:
        database.close()
        raise
    return database
