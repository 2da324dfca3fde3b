"""Which proxy stands between this machine and a host, as the environment has it."""

from __future__ import annotations

from urllib.parse import urlsplit

from nbsync.api.hosts import is_loopback


def proxy_for(host: str) -> str:
    """The proxy that requests to a host go through, without a name or password.

    Args:
        host: A normalised host.

    Returns:
        A name and a port, such as "proxy.example.com:3128"; "" for no proxy.
    """
    if is_loopback(host):  # a proxy has no business between this machine and itself
        return ""
    # Loaded along with httpx, which asks it the same.
    from urllib.request import getproxies, proxy_bypass  # noqa: PLC0415

    proxies, parts = getproxies(), urlsplit(host)
    address = proxies.get(parts.scheme) or proxies.get("all") or ""
    if not address or proxy_bypass(parts.netloc):
        return ""
    return without_password(address)


def without_password(address: str) -> str:
    """The name and port of a proxy's address."""
    return _parted(address)[1]


def password_in(address: str) -> str:
    """What stands before the @ of a proxy's address; "" for nothing."""
    return _parted(address)[0]


def name_in(place: str) -> str:
    """The name of a name and port; all of it where it is neither."""
    try:
        return urlsplit(f"//{place}").hostname or place
    except ValueError:
        return place


def _parted(address: str) -> tuple[str, str]:
    # A password may have any character in it, whether it may stand there or not.
    before, _, after = (address.partition("://")[2] or address).rpartition("@")
    return before, after.partition("/")[0]
