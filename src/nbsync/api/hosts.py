"""What a host is: the one way to write it, and which hosts are PostHog's own or this machine."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from nbsync.errors import ConfigError

US_CLOUD = "https://us.posthog.com"
EU_CLOUD = "https://eu.posthog.com"
CLOUDS = frozenset({US_CLOUD, EU_CLOUD, "https://app.posthog.com"})
"""PostHog's own installations (contract section 10)."""

_SHORT = {"us": US_CLOUD, "eu": EU_CLOUD}
_PORTS = {"https": 443, "http": 80}
_NAME = re.compile(r"[a-z0-9_]([a-z0-9._-]*[a-z0-9_])?")
_INGESTION = ".i.posthog.com"


def normalise(text: str) -> str:
    """Write a host the one way it is compared and kept: scheme, name, and a port that is unusual.

    Args:
        text: "us", "eu", a host name, or an address with nothing after the name.

    Returns:
        Something like "https://us.posthog.com", without a slash at the end.

    Raises:
        ConfigError: It is no host, or the API must not be asked there.
    """
    text = text.strip()
    if text.lower() in _SHORT:
        return _SHORT[text.lower()]
    parts, port = _split(text)
    name = (parts.hostname or "").rstrip(".")
    _check_name(text, name)
    if parts.username is not None or parts.password is not None:
        raise ConfigError(
            f"The host at {name} is written with a name or password before the @.",
            hint=f"write it as https://{name}",
        )
    shown = f"[{name}]" if ":" in name else name
    place = shown if port is None or port == _PORTS.get(parts.scheme) else f"{shown}:{port}"
    host = f"{parts.scheme}://{place}"
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ConfigError(
            f"The host {text!r} has something after the name.", hint=f'write it as "{host}"'
        )
    _check_scheme(text, parts.scheme, host)
    return host


def is_cloud(host: str) -> bool:
    """Whether a normalised host is one of PostHog's own installations."""
    return host in CLOUDS


def is_loopback(host: str) -> bool:
    """Whether a normalised host is this machine itself."""
    return _is_loopback_name(urlsplit(host).hostname or "")


def _split(text: str) -> tuple[SplitResult, int | None]:
    if not text.isprintable() or " " in text:  # some of it would be left out without a word
        raise _no_host(text)
    try:
        if "://" not in text:
            name = urlsplit(f"//{text}").hostname or ""
            text = f"{'http' if _is_loopback_name(name) else 'https'}://{text}"
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise _no_host(text) from None
    return parts, port


def _check_name(text: str, name: str) -> None:
    if name.endswith(_INGESTION):
        region = name.removesuffix(_INGESTION).rpartition(".")[2].partition("-")[0]
        right = _SHORT.get(region, US_CLOUD)
        raise ConfigError(
            f"{name} takes events in and does not answer questions about notebooks.",
            hint=f'use the host "{right}"',
        )
    if not _NAME.fullmatch(name) and not _is_address(name):
        raise _no_host(text)


def _check_scheme(text: str, scheme: str, host: str) -> None:
    if scheme not in _PORTS:
        raise _no_host(text)
    if scheme == "http" and not is_loopback(host):
        raise ConfigError(
            f"{host} is not encrypted: the key would be readable on the way.",
            hint=f'use "https{host.removeprefix("http")}"; plain http goes to this machine only',
        )


def _no_host(text: str) -> ConfigError:
    # Whatever stands before an @ may be a password.
    shown = text.rpartition("@")[2]
    return ConfigError(
        f"{shown!r} is no host.",
        hint='use "us", "eu" or something like "https://posthog.example.com"',
    )


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _is_loopback_name(name: str) -> bool:
    return name == "localhost" or (_is_address(name) and ipaddress.ip_address(name).is_loopback)
