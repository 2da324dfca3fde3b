"""Why there is no way to a server, and what to do about each cause."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx

from nbsync.api.proxies import name_in, proxy_for
from nbsync.api.question import Offline, shown

_NO_NETWORK = frozenset({errno.ENETUNREACH, errno.ENETDOWN, errno.EHOSTUNREACH, errno.EHOSTDOWN})
# X509_V_ERR_CERT_NOT_YET_VALID and X509_V_ERR_CERT_HAS_EXPIRED.
_OF_ANOTHER_TIME = frozenset({9, 10})
_DOCTOR = "nbsync doctor   # "

UNSAID = "[key]"
"""What stands in messages where a server has repeated the key."""


class Barred(Offline):
    """There is no way to the server, and asking again at once would change nothing."""


def no_way(host: str, error: Exception) -> Offline:
    """The error for a request that never left this machine, or met no server.

    Args:
        host: The normalised host that it was for.
        error: What httpx raised; what the system said stands behind it.
    """
    proxy, causes = proxy_for(host), list(_causes(error))
    what = f"{host} cannot be reached"
    if proxy:
        what += f" through the proxy {proxy}"
    for cause in causes:
        if isinstance(cause, httpx.ProxyError):
            return Barred(f"{what}: it refuses ({said(cause)}).", hint=_through(host))
        if isinstance(cause, ssl.SSLCertVerificationError):
            return _distrusted(what, cause)
        if isinstance(cause, ssl.SSLError):
            return _no_tls(host, what, cause)
        if isinstance(cause, socket.gaierror):
            return _unknown_name(what, name_in(proxy or urlsplit(host).netloc), cause)
    return Offline(f"{what}: {_why(causes)}.", hint=_through(host) if proxy else _plainly(causes))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error and those it came from, the system's own last."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _why(causes: list[BaseException]) -> str:
    for cause in causes:
        if isinstance(cause, ConnectionRefusedError):
            return "nothing answers at its port"
        if isinstance(cause, OSError) and cause.errno in _NO_NETWORK:
            return f"this machine has no way there ({cause.strerror})"
        if isinstance(cause, httpx.ConnectTimeout):
            return "nothing answered in ten seconds"
    return said(causes[0])


def _plainly(causes: list[BaseException]) -> str:
    refused = any(isinstance(cause, ConnectionRefusedError) for cause in causes)
    right = "the port of `host` in nbsync.toml" if refused else "`host` in nbsync.toml"
    return f"{_DOCTOR}check the network and {right}, then run it again"


def _through(host: str) -> str:
    name = urlsplit(host).hostname
    return f"{_DOCTOR}check HTTPS_PROXY, or go without it: export NO_PROXY={name}"


def _distrusted(what: str, cause: ssl.SSLCertVerificationError) -> Offline:
    why = cause.verify_message or said(cause)
    hint = "if your network has certificates of its own: export SSL_CERT_FILE=FILE.pem"
    if cause.verify_code in _OF_ANOTHER_TIME:
        hint = "is this machine's clock right? If it is, the server needs a new certificate"
    return Barred(
        f"{what} safely: its TLS certificate is not trusted ({why.rstrip('.')}).",
        hint=_DOCTOR + hint,
    )


def _no_tls(host: str, what: str, cause: ssl.SSLError) -> Offline:
    why = (getattr(cause, "reason", None) or said(cause)).replace("_", " ").lower()
    place = urlsplit(host).port or "its port"
    return Barred(
        f"{what}: what answers at {place} does not speak TLS as it should ({why}).",
        hint=f"{_DOCTOR}check the port of `host` in nbsync.toml, and what stands in between",
    )


def _unknown_name(what: str, name: str, cause: socket.gaierror) -> Offline:
    kind = Barred if cause.errno == socket.EAI_NONAME else Offline
    return kind(
        f"{what}: the name {name} is not known, or this machine is offline (DNS:"
        f" {cause.strerror}).",
        hint=f"{_DOCTOR}check the network, and the spelling of {name}",
    )


def said(error: BaseException, *, secret: str = "") -> str:
    """An error's own words, in one line without a full stop; a server's may be among them.

    Args:
        error: The error.
        secret: What is left out of them.
    """
    words = str(error).replace(secret, UNSAID) if secret else str(error)
    return " ".join(shown(words).split()).rstrip(".") or type(error).__name__
