"""doctor: what is not as it should be, and what to type about it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field

import click

from nbsync.api.hosts import normalise
from nbsync.api.proxies import password_in
from nbsync.cli.checkups.finding import Finding, State, discreet, failed
from nbsync.cli.checkups.folder import Place, look_at_folder, look_at_memory, look_for_mirror
from nbsync.cli.checkups.system import look_at_system
from nbsync.cli.mirror import home
from nbsync.cli.options import Settings, common
from nbsync.cli.show import counted, plain, sentence, show_json
from nbsync.credentials import VARIABLE
from nbsync.errors import ConfigError, NbsyncError

_SICK = 1
_WORDS = {State.OK: ("ok", "green"), State.NOTE: ("!", "yellow"), State.FAILED: ("failed", "red")}
_KEYS = (VARIABLE, "POSTHOG_CLI_API_KEY", "POSTHOG_CLI_TOKEN")
_PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")


@click.command()
@click.option("--offline", is_flag=True, help="Ask the server nothing.")
@common
def doctor(settings: Settings, *, offline: bool) -> int:
    r"""Look whether all is well, and say what to do where it is not.

    The folder, nbsync.toml, .nbsync/, the key, the network, the server, git, and how a watch
    would learn of edits: in a mirror all of it, elsewhere what there is. It changes nothing,
    asks at most four requests, and its report holds no key, no password, and no title or text of
    a notebook, so it may be shown to others. It ends with 1 if something has failed.

    \b
    Examples:
      nbsync doctor
      nbsync doctor --offline
      nbsync doctor --json
    """
    visit = _Visit(settings, offline=offline)
    found = []
    for each in visit.findings():
        shown = discreet(each, home=home(), secrets=[*visit.secrets, *_secrets()])
        found.append(shown)
        if not settings.as_json:
            _show(shown, settings)
    sick = sum(1 for each in found if each.state is State.FAILED)
    if settings.as_json:
        show_json("doctor", well=not sick, findings=found, requests=visit.requests)
    elif settings.chats:
        notes = sum(1 for each in found if each.state is State.NOTE)
        said = f"{sick} failed, {counted(notes, 'note')}" if sick or notes else "all is well"
        click.echo(f"doctor: {said}; {counted(visit.requests, 'request')}.", err=True)
    return _SICK if sick else 0


def _show(found: Finding, settings: Settings) -> None:
    if settings.quiet and found.state is State.OK:
        return
    word, colour = _WORDS[found.state]
    what = f"{found.check:<10}  {plain(sentence(found.message))}"
    click.echo(f"{click.style(f'{word:<6}', fg=colour)}  {what}")
    if found.hint:
        click.echo(f"  next: {plain(found.hint)}")


@dataclass(slots=True)
class _Visit:
    """One look at everything, in order.

    Attributes:
        settings: Where to look, and how to speak.
        offline: Whether no server is asked.
        secrets: What came up that must not be shown.
        requests: How many requests it took.
    """

    settings: Settings
    offline: bool
    secrets: list[str] = field(default_factory=list, repr=False)
    requests: int = 0

    def findings(self) -> Iterator[Finding]:
        """Look at one thing after the other."""
        start = self.settings.start
        yield from look_at_system(start)
        place, found = look_for_mirror(start, os.environ)
        yield from found
        if place.root is not None:
            yield from look_at_folder(place.root)
        if place.root is not None and place.config is not None:
            yield from look_at_memory(place.root, place.config)
        yield from self._far(place)
        if place.root is not None:
            from nbsync.cli.checkups.repository import look_at_repository

            yield from look_at_repository(place.root)
        if place.root is not None and place.config is not None:
            from nbsync.cli.checkups.watching import look_at_watching

            yield from look_at_watching(place.root, place.config)

    def _far(self, place: Place) -> Iterator[Finding]:
        """The host, the key for it, and the way there."""
        from nbsync.cli.checkups.network import look_at_names, look_for_key

        try:
            host = _host(place)
        except ConfigError as error:
            yield failed("host", error)
            return
        if not host:
            return
        key, found = look_for_key(host)
        if key is not None:
            self.secrets.append(key.value)
        yield found
        if self.offline:
            return
        names = look_at_names(host)
        yield from names
        if key is not None and all(each.state is State.OK for each in names):
            yield from self._server(host, key.value, place)

    def _server(self, host: str, key: str, place: Place) -> Iterator[Finding]:
        from nbsync.api.connecting import connect
        from nbsync.cli.checkups.network import Server

        project = place.config.project if place.config is not None else None
        try:
            client = connect(
                host,
                key,
                project=project or "@current",
                trace=_tell if self.settings.verbose else None,
                patience=0,
                insists=False,
            )
        except NbsyncError as error:
            yield failed("server", error)
            return
        with client:
            yield from Server(client, host, project).findings()
            self.requests = client.requests


def _host(place: Place) -> str:
    """The mirror's host, or else what the environment names; "" for none.

    Raises:
        ConfigError: The environment names one that cannot be used.
    """
    if place.config is not None:
        return place.config.host
    said = os.environ.get("POSTHOG_HOST", "").strip()
    return normalise(said) if said else ""


def _secrets() -> Iterator[str]:
    """The keys in the environment, and what stands before the @ in the addresses of proxies."""
    for name in _KEYS:
        yield os.environ.get(name, "").strip()
    for name in _PROXIES:
        for spelled in (name, name.lower()):
            yield password_in(os.environ.get(spelled, ""))


def _tell(line: str) -> None:
    click.echo(line, err=True)


COMMANDS = {"doctor": doctor}
