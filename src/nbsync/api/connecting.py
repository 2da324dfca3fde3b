"""How a client is put together: where to, with which key, how patiently."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import httpx
import platformdirs

from nbsync import __version__
from nbsync.api.budget import Budget, account, limits_for
from nbsync.api.client import Client
from nbsync.api.exchange import MAX_WAIT
from nbsync.api.hosts import is_loopback
from nbsync.errors import AuthError, ConfigError

_TIMEOUT = httpx.Timeout(60.0, connect=10.0)


def connect(
    host: str,
    key: str,
    *,
    project: str,
    parallel: int = 8,
    env: Mapping[str, str] = os.environ,
    state: Path | None = None,
    sleep: Callable[[float], object] = time.sleep,  # noqa: TID251 - the one real one
    clock: Callable[[], float] = time.time,
    log: Callable[[str], None] | None = None,
    trace: Callable[[str], None] | None = None,
    patience: float | None = None,
) -> Client:
    """Make a client for one project at one host; nothing is sent yet.

    Args:
        host: A normalised host.
        key: A personal API key; goes to this host alone, in a header (contract section 10).
        project: The project's id.
        parallel: How many connections it may hold at a time.
        env: The environment, for NBSYNC_RATE_LIMIT.
        state: The folder that the request budget is kept in; by default the user's own.
        sleep: Waits so many seconds.
        clock: The wall clock, in seconds.
        log: Told what it waits for.
        trace: Told of every request, a line each, without the key.
        patience: How many seconds one question waits at most, for the server or for the request
            budget; None for two minutes and for ever.

    Raises:
        AuthError: The key has characters that no key has.
        ConfigError: NBSYNC_RATE_LIMIT cannot be understood.
    """
    _check_key(key)
    limits = limits_for(host, env)
    budget = None
    if limits:
        folder = Path(platformdirs.user_state_dir("nbsync")) if state is None else state
        place, who = folder / "requests.sqlite3", account(host, key)
        budget = Budget(
            place,
            who,
            limits=limits,
            clock=clock,
            sleep=sleep,
            log=log,
            patience=math.inf if patience is None else patience,
        )
    http = _http(host, key, parallel)
    return Client(
        http,
        project=project,
        budget=budget,
        sleep=sleep,
        clock=clock,
        log=log,
        trace=trace,
        patience=MAX_WAIT if patience is None else patience,
    )


def _check_key(key: str) -> None:
    if not key or not key.isascii() or not key.isprintable() or key.strip() != key:
        raise AuthError(
            "The key has characters that no key has, or is empty.",
            hint="copy it again: export POSTHOG_PERSONAL_API_KEY=phx_…",
        )


def _http(host: str, key: str, parallel: int) -> httpx.Client:
    try:
        return _made(host, key, parallel)
    except (ImportError, ValueError, httpx.InvalidURL) as error:  # SOCKS, or no proxy at all
        raise ConfigError(
            f"The proxy that HTTPS_PROXY or ALL_PROXY names cannot be used: {error}",
            hint="unset HTTPS_PROXY ALL_PROXY, or: pip install 'httpx[socks]'",
        ) from error
    except OSError as error:
        raise ConfigError(
            "The certificates that SSL_CERT_FILE or SSL_CERT_DIR names cannot be used: "
            f"{error.strerror or error}",
            hint="unset SSL_CERT_FILE SSL_CERT_DIR   # or name a file of PEM certificates",
        ) from error


def _made(host: str, key: str, parallel: int) -> httpx.Client:
    return httpx.Client(
        base_url=host,
        headers={
            "Authorization": f"Bearer {key}",
            "Accept": "application/json",
            "User-Agent": f"nbsync/{__version__}",
        },
        follow_redirects=False,
        # Certificates take long to load, and plain http, which goes to this machine only, has none.
        verify=host.startswith("https:"),
        timeout=_TIMEOUT,
        limits=httpx.Limits(max_connections=parallel, max_keepalive_connections=parallel),
        # A proxy has no business between this machine and itself.
        trust_env=not is_loopback(host),
    )
