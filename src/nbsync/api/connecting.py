"""How a client is put together: where to, with which key, how patiently."""

from __future__ import annotations

import math
import os
import ssl
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import httpx
import platformdirs

from nbsync import __version__
from nbsync.api.budget import Budget, account, limits_for
from nbsync.api.client import Client
from nbsync.api.cookieless import Cookieless
from nbsync.api.exchange import MAX_WAIT
from nbsync.api.hosts import is_loopback
from nbsync.api.intake import ACCEPTED
from nbsync.api.lines import KEPT
from nbsync.errors import AuthError, ConfigError

_TIMEOUT = httpx.Timeout(60.0, connect=10.0)


def connect(
    host: str,
    key: str,
    *,
    project: str,
    env: Mapping[str, str] = os.environ,
    state: Path | None = None,
    sleep: Callable[[float], object] = time.sleep,  # noqa: TID251 - the one real one
    clock: Callable[[], float] = time.time,
    log: Callable[[str], None] | None = None,
    trace: Callable[[str], None] | None = None,
    patience: float | None = None,
    insists: bool = True,
) -> Client:
    """Make a client for one project at one host; nothing is sent yet.

    Args:
        host: A normalised host.
        key: A personal API key; goes to this host alone, in a header (contract section 10).
        project: The project's id.
        env: The environment, for NBSYNC_RATE_LIMIT.
        state: The folder that the request budget is kept in; by default the user's own.
        sleep: Waits so many seconds.
        clock: The wall clock, in seconds.
        log: Told what it waits for.
        trace: Told of every request, a line each, without the key.
        patience: How many seconds one question waits at most, for the server or for the request
            budget; None for two minutes and for ever.
        insists: Whether a question that was not answered is asked again.

    Raises:
        AuthError: The key has characters that no key has.
        ConfigError: NBSYNC_RATE_LIMIT cannot be understood.
    """
    _check_key(key, host)
    limits = limits_for(host, env)
    budget = Budget(
        (_own_folder() if state is None else state) / "requests.sqlite3",
        account(host, key),
        limits=limits,
        clock=clock,
        sleep=sleep,
        log=log,
        patience=math.inf if patience is None else patience,
    )
    another = partial(_made, host, key, certificates=_certificates(host))
    return Client(
        _first(another),
        project=project,
        another=another,
        budget=budget if limits else None,
        sleep=sleep,
        clock=clock,
        log=log,
        trace=trace,
        patience=MAX_WAIT if patience is None else patience,
        insists=insists,
    )


def _own_folder() -> Path:
    """The user's own folder for what lasts; one that cannot be, for a user without a home."""
    folder = Path(platformdirs.user_state_dir("nbsync"))
    # What is no whole path would be looked for in whatever folder this is, such as a clone.
    return folder if folder.is_absolute() else Path(os.devnull) / "nbsync"


def _check_key(key: str, host: str) -> None:
    if not key or not key.isascii() or not key.isprintable() or key.strip() != key:
        raise AuthError(
            f"The key for {host} has characters that no key has, or is empty.",
            hint=f"nbsync login --host {host}   # with the key copied again; or:"
            " export POSTHOG_PERSONAL_API_KEY=phx_…",
        )


def _certificates(host: str) -> ssl.SSLContext | bool:
    """The certificates to believe; they take long to load, and all clients share them.

    Plain http, which goes to this machine only, has none. Those that SSL_CERT_FILE names count on
    this machine, too.

    Raises:
        ConfigError: They cannot be used.
    """
    try:
        return httpx.create_ssl_context() if host.startswith("https:") else False
    except OSError as error:
        raise ConfigError(
            "The certificates that SSL_CERT_FILE or SSL_CERT_DIR names cannot be used: "
            f"{error.strerror or error}",
            hint="unset SSL_CERT_FILE SSL_CERT_DIR   # or name a file of PEM certificates",
        ) from error


def _first(make: Callable[[], httpx.Client]) -> httpx.Client:
    try:
        return make()
    except ImportError as error:
        raise ConfigError(
            "The proxy that HTTPS_PROXY or ALL_PROXY names speaks SOCKS, and what that takes is not"
            " installed.",
            hint="pip install 'httpx[socks]'   # or: unset HTTPS_PROXY ALL_PROXY",
        ) from error
    except (ValueError, httpx.InvalidURL):  # the words of these may hold a part of a password
        raise ConfigError(
            "HTTPS_PROXY, ALL_PROXY or NO_PROXY holds what is no address of a proxy.",
            hint="unset HTTPS_PROXY ALL_PROXY NO_PROXY   # or write them as http://NAME:PORT, with"
            " %2F and %23 for / and # in a password",
        ) from None


def _made(host: str, key: str, *, certificates: ssl.SSLContext | bool) -> httpx.Client:
    return Cookieless(
        base_url=host,
        headers={
            "Authorization": f"Bearer {key}",
            "Accept": "application/json",
            "Accept-Encoding": ACCEPTED,
            "User-Agent": f"nbsync/{__version__}",
        },
        follow_redirects=False,
        verify=certificates,
        timeout=_TIMEOUT,
        limits=httpx.Limits(max_connections=1, keepalive_expiry=KEPT),
        # A proxy has no business between this machine and itself.
        trust_env=not is_loopback(host),
    )
