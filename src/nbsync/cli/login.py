"""login, logout, whoami: the key for a host, and what can be done with it."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from nbsync.api.hosts import is_cloud, normalise
from nbsync.cli.account import (
    check,
    connected,
    keep,
    lacks,
    named,
    show_login,
    show_rights,
)
from nbsync.cli.asking import ask_host, ask_key
from nbsync.cli.mirror import found_key
from nbsync.cli.options import Settings, common
from nbsync.cli.show import counted, plain, show_error, show_json, show_next
from nbsync.config import Config, check_environment, find_root, load
from nbsync.credentials import Key, forget_key, user_folder
from nbsync.errors import APIError, AuthError, ConfigError, NbsyncError

if TYPE_CHECKING:
    from nbsync.api.account import Identity
    from nbsync.api.client import Client

_VARIABLE = "POSTHOG_HOST"
_LONGEST = 10_000
"""Characters; no key has as many."""

_host_option = click.option("--host", help="us, eu, or the address of your own PostHog.")


@click.command()
@_host_option
@click.option("--token-stdin", is_flag=True, help="Read the key from standard input.")
@click.option(
    "--file",
    "in_file",
    is_flag=True,
    help="Where there is no keyring, keep it in a file that only you can read.",
)
@common
def login(settings: Settings, *, host: str | None, token_stdin: bool, in_file: bool) -> int:
    r"""Check a personal API key, and keep it for its host.

    It is asked for without being shown, and kept in the system's keyring.
    It goes to that host and to no other.

    \b
    Examples:
      nbsync login --host eu
      nbsync login --host https://posthog.example.com --token-stdin <key.txt
    """
    place = _login_host(host, settings)
    key = _read_key(place) if token_stdin else _asked_key(place, settings)
    who = check(place, key, settings)
    kept = keep(place, key, settings, in_file=in_file)
    if settings.as_json:
        path = None if kept.path is None else str(kept.path)
        show_json("login", host=place, **_document(who), kept=kept.place, path=path)
    elif settings.chats:
        show_login(place, who, kept)
        in_mirror = _mirror(settings) is not None
        show_next("nbsync status" if in_mirror else f"nbsync init my-notebooks --host {place}")
    return 0


@click.command()
@_host_option
@common
def logout(settings: Settings, *, host: str | None) -> int:
    r"""Forget the key that is kept for a host.

    The key itself goes on to work until it is deleted in PostHog's settings.

    \b
    Examples:
      nbsync logout
      nbsync logout --host eu
    """
    place = _known_host(host, settings, "logout")
    gone = forget_key(place, user_folder())
    try:
        left = found_key(place).source
    except AuthError:
        left = None
    if settings.as_json:
        show_json("logout", host=place, forgotten=[each.place for each in gone], left=left)
    elif settings.chats:
        for each in gone:
            click.echo(f"Forgot the key for {place} that was in {each.place}.")
        if not gone:
            click.echo(f"There was no key for {place} to forget.")
        if left:
            click.echo(f"{left} still has one; it is not nbsync's to forget.", err=True)
    return 0


@click.command()
@_host_option
@common
def whoami(settings: Settings, *, host: str | None) -> int:
    r"""Tell whose key is used, what it can do, and what it cannot.

    \b
    Examples:
      nbsync whoami
      nbsync whoami --host eu
    """
    mirror = _mirror(settings) if host is None else None
    if mirror is not None:
        check_environment(mirror, os.environ)
    place = mirror.host if mirror is not None else _known_host(host, settings, "whoami")
    key = found_key(place)
    project = mirror.project if mirror is not None else None
    from nbsync.api.account import identify

    with connected(place, key.value, settings, project=project or "@current") as client:
        who = identify(client.exchange, place)
        counts = project is not None and who.may("notebook:read")
        count, problem = _count(client) if counts else (None, None)
        requests = client.requests
    if settings.as_json:
        show_json(
            "whoami",
            host=place,
            **_document(who),
            source=key.source,
            project=project,
            notebooks=count,
            problem=None if problem is None else {"error": problem.message, "hint": problem.hint},
            requests=requests,
        )
    else:
        _show(place, who, key)
        if project is not None:
            _show_project(project, who, count)
        if problem is not None:
            show_error(problem, settings)
    return 0 if problem is None else problem.exit_code


def _count(client: Client) -> tuple[int | None, NbsyncError | None]:
    """How many notebooks the project has, or why that is not known."""
    try:
        return client.list(limit=1).count, None
    except (APIError, ConfigError) as error:
        return None, error


def _show(host: str, who: Identity, key: Key) -> None:
    click.echo(f"{named(who)} at {host}")
    show_rights(who)
    click.echo(f"  found in {key.source}")


def _show_project(project: str, who: Identity, count: int | None) -> None:
    is_current = who.current is not None and who.current.number == project
    name = f" ({plain(who.current.name)})" if who.current and is_current else ""
    known = "" if count is None else f": {counted(count, 'notebook')}"
    click.echo(f"  project  {project}{name}{known}")


def _document(who: Identity) -> dict[str, object]:
    """What is told of a key, for the JSON document."""
    return {
        "name": who.name or None,
        "email": who.email or None,
        "label": who.label or None,
        "scopes": None if who.scopes is None else list(who.scopes),
        "limited_to": list(who.limited_to),
        "lacks": [asdict(each) for each in lacks(who)],
    }


def _mirror(settings: Settings) -> Config | None:
    """The configuration of the mirror that the command was started in, if it is in one."""
    try:
        root = find_root(settings.start)
    except ConfigError:
        return None
    return load(root)


def _login_host(said: str | None, settings: Settings) -> str:
    """Where a key is for: what the user says, never what a clone's nbsync.toml says.

    Raises:
        ConfigError: Nobody says it.
    """
    said = said or os.environ.get(_VARIABLE, "").strip()
    if said:
        return normalise(said)
    mirror = _mirror(settings)
    if mirror is not None and is_cloud(mirror.host):  # PostHog's own: a key of PostHog's is safe
        return mirror.host
    if settings.may_ask:
        return ask_host()
    raise ConfigError(
        "The host is missing.", hint=f"nbsync login --host {mirror.host if mirror else 'eu'}"
    )


def _known_host(said: str | None, settings: Settings, command: str) -> str:
    """The host that a command is about.

    Raises:
        ConfigError: It is not known.
    """
    said = said or os.environ.get(_VARIABLE, "").strip()
    mirror = None if said else _mirror(settings)
    if mirror is not None:
        return mirror.host
    if not said:
        raise ConfigError("The host is missing.", hint=f"nbsync {command} --host eu")
    return normalise(said)


def _asked_key(host: str, settings: Settings) -> str:
    if not settings.may_ask:
        raise ConfigError(
            "There is no terminal to ask for the key on.",
            hint=f"nbsync login --host {host} --token-stdin <FILE",
        )
    return ask_key(host, optional=False)


def _read_key(host: str) -> str:
    try:
        key = sys.stdin.read(_LONGEST).strip()
    except UnicodeDecodeError:  # its text would show a part of what came
        key = ""
    if not key:
        raise AuthError(
            "What came on standard input is no key.",
            hint=f"nbsync login --host {host} --token-stdin <FILE",
        )
    return key


COMMANDS = {"login": login, "logout": logout, "whoami": whoami}
