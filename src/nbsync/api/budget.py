"""How many requests a key may still send, shared by every nbsync that uses the key."""

from __future__ import annotations

import hashlib
import math
import re
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping
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

    def take(self, stop: threading.Event | None = None) -> None:
        """Wait until one more request is allowed, and count it.

        Args:
            stop: Ends the waiting when it is set.

        Raises:
            CancelledError: Stop was set.
            RateLimited: It would have to wait for too long.
        """
        left = self._patience
        while wait := self._take_or_wait():
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

    def _take_or_wait(self) -> float:
        """Count one request and answer 0, or answer the seconds to wait."""
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

    def _transaction(self) -> float:
        with self._opened() as database:
            database.execute("BEGIN IMMEDIATE")
            now = self._clock()
            kept = max(3600, *(limit.seconds for limit in self._limits))
            # A time to come is from before the clock was set back.
            database.execute("DELETE FROM sent WHERE at <= ? OR at > ?", (now - kept, now))
            wait = max((self._wait(database, limit, now) for limit in self._limits), default=0.0)
            if not wait:
                database.execute("INSERT INTO sent VALUES (?, ?)", (self._account, now))
            return wait

    def _opened(self) -> sqlite3.Connection:
        if self._database is None:
            with suppress(OSError):
                self._path.parent.mkdir(parents=True, exist_ok=True)
            self._database = _prepared(str(self._path))
        return self._database

    def _wait(self, database: sqlite3.Connection, limit: Limit, now: float) -> float:
        row = database.execute(
            "SELECT at FROM sent WHERE account = ? AND at > ? ORDER BY at DESC LIMIT 1 OFFSET ?",
            (self._account, now - limit.seconds, limit.requests - 1),
        ).fetchone()
        # The little more is for clocks whose sums do not come out even.
        return 0.0 if row is None else max(float(row[0]) + limit.seconds - now, 0.0) + 0.01

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
