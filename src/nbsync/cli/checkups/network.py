"""The key and the way to the server: names, proxy, TLS, clock, rights, project; four requests."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from nbsync.api.proxies import name_in, proxy_for
from nbsync.cli.account import lacks, named
from nbsync.cli.checkups.finding import Finding, State, failed, note, ok
from nbsync.cli.mirror import found_key
from nbsync.cli.show import counted, plain
from nbsync.credentials import Key
from nbsync.errors import AuthError, NbsyncError

if TYPE_CHECKING:
    from nbsync.api.account import Identity
    from nbsync.api.client import Client

_SKEW = 60.0
"""Seconds by which two clocks may differ; certificates and the request budget look at them."""

_READ = "notebook:read"


def look_for_key(host: str) -> tuple[Key | None, Finding]:
    """Where the key for a host is found; and it, which is never shown."""
    try:
        key = found_key(host)
    except AuthError as error:
        return None, failed("key", error)
    return key, ok("key", f"found in {key.source}, for {host}")


def look_at_names(host: str) -> list[Finding]:
    """Whether the server's name, or that of the proxy before it, is known."""
    proxy = proxy_for(host)
    name = name_in(proxy or urlsplit(host).netloc)
    through = f", through the proxy {proxy}" if proxy else ""
    try:
        addresses = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or str(error)
        what = f"the name {name} is not known, or this machine is offline: {why}"
        hint = f"check the network, and the spelling of {name}"
        return [failed("name", NbsyncError(what, hint=hint))]
    first = addresses[0][4][0]
    return [ok("name", f"{name} is {first}{through}")]


@dataclass(frozen=True, slots=True)
class Server:
    """The server as a key sees it, asked as little as can be.

    Attributes:
        client: Asks, each question once.
        host: The normalised host.
        project: The mirror's project; None outside of one.
    """

    client: Client
    host: str
    project: str | None

    def findings(self) -> Iterator[Finding]:
        """Ask, and tell; after a failure nothing more is asked."""
        from nbsync.api.account import identify

        try:
            who = identify(self.client.exchange, self.host)
        except NbsyncError as error:
            yield from self._answered()
            yield failed("server", error)
            return
        yield from self._answered()
        yield from _rights(who)
        if self.project is not None and who.may(_READ):
            yield self._project(self.project)
        yield from self._budget()

    def _answered(self) -> Iterator[Finding]:
        heard = self.client.exchange.heard
        if heard is None:
            return
        how = "over TLS" if self.host.startswith("https:") else "without TLS, on this machine"
        skewed = heard.behind is not None and abs(heard.behind) > _SKEW
        clocks = "" if skewed or heard.behind is None else ", and the clocks agree"
        took = f"in {heard.seconds * 1000:.0f} ms{clocks}"
        yield ok("server", f"{self.host} answered {how} {took}")
        if skewed and heard.behind is not None:
            yield _skewed(heard.behind)

    def _project(self, number: str) -> Finding:
        try:
            count = self.client.list(limit=1).count
        except NbsyncError as error:
            return failed("project", error)
        return ok("project", f"{number} at {self.host}: {counted(count, 'notebook')}")

    def _budget(self) -> Iterator[Finding]:
        left = self.client.exchange.budget_left()
        if left:
            said = ", ".join(f"{number} in {stretch}" for stretch, number in left.items())
            yield ok("requests", f"left for this key: {said}")


def _skewed(behind: float) -> Finding:
    which = "behind" if behind > 0 else "ahead of"
    what = f"this machine's clock is {abs(behind):.0f} s {which} the server's"
    return note("clock", what, "date   # set it right: certificates are judged by it")


def _rights(who: Identity) -> Iterator[Finding]:
    label = f", called {plain(who.label)!r}" if who.label else ""
    yield ok("user", f"{named(who)}{label}")
    missing = lacks(who)
    for lack in missing:
        state = State.FAILED if lack.scope == _READ else State.NOTE
        hint = f"add the scope {lack.scope} to the key in PostHog's settings, then: nbsync whoami"
        yield Finding("scopes", state, f"the key lacks {lack.scope}: {lack.cannot}", hint)
    if not missing:
        scopes = "this server knows none" if who.scopes is None else ", ".join(who.scopes)
        yield ok("scopes", plain(scopes))
