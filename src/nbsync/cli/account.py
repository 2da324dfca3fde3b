"""A key on its way in: checked at once, told whose it is, kept, and what may be chosen with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from nbsync.cli.asking import ask_key, ask_project
from nbsync.cli.mirror import found_key
from nbsync.cli.options import Settings
from nbsync.cli.show import plain
from nbsync.credentials import (
    Kept,
    Key,
    NoKeyring,
    check_kind,
    keep_key,
    user_folder,
)
from nbsync.errors import AuthError, NotFound, Unavailable

if TYPE_CHECKING:
    from nbsync.api.account import Identity, Project
    from nbsync.api.client import Client

# What a key is for, and what is amiss without it.
_NEEDED = (
    ("notebook:read", "it cannot read notebooks, so that nothing works"),
    ("notebook:write", "it cannot change notebooks: nbsync pulls, and does not push"),
    ("activity_log:read", "it cannot see who did what: nbsync log has only what was seen here"),
)


@dataclass(frozen=True, slots=True)
class Lack:
    """A scope that a key lacks, and what cannot be done for that."""

    scope: str
    cannot: str


def lacks(who: Identity) -> list[Lack]:
    """What a key cannot do, of all that nbsync does."""
    return [Lack(scope, why) for scope, why in _NEEDED if not who.may(scope)]


def named(who: Identity) -> str:
    """Somebody's name and address, as far as they are told, fit to stand in a line."""
    if not who.email:
        return "somebody whose name the key may not tell (scope user:read)"
    return plain(f"{who.name} ({who.email})" if who.name else who.email)


@contextmanager
def connected(
    host: str, key: str, settings: Settings, *, project: str = "@current"
) -> Iterator[Client]:
    """Speak to a host with a key, outside of any mirror.

    Raises:
        AuthError: The key has characters that no key has.
        ConfigError: The connection cannot be made as the environment wants it.
    """
    from nbsync.api.connecting import connect

    client = connect(
        host,
        key,
        project=project,
        log=_tell if settings.chats else None,
        trace=_tell if settings.verbose else None,
    )
    with client:
        yield client


def check(host: str, key: str, settings: Settings) -> Identity:
    """See at once whether a key is of use, and whose it is.

    Raises:
        AuthError: It is not accepted, or may not read notebooks.
        NbsyncError: The host cannot be asked.
    """
    from nbsync.api.account import identify

    check_kind(key)
    with connected(host, key, settings) as client:
        who = identify(client.exchange, host)
    if not who.may("notebook:read"):
        raise AuthError(
            f"The key may not read notebooks at {host}: it lacks the scope notebook:read.",
            hint="give it the scope notebook:write in PostHog's settings, then:"
            f" nbsync login --host {host}",
        )
    return who


def keep(host: str, key: str, settings: Settings, *, in_file: bool) -> Kept:
    """Keep a key in the keyring; where there is none, in a file, if that is wished.

    Args:
        host: The normalised host.
        key: The key, which was checked.
        settings: Whether somebody can be asked.
        in_file: That a file is wished was said already.

    Raises:
        NoKeyring: There is no keyring, and nobody wished for a file.
        AuthError: The file cannot be written.
    """
    folder = user_folder()
    try:
        return keep_key(host, key, folder, in_file=False)
    except NoKeyring as error:
        if not in_file:
            if not settings.may_ask:
                raise
            click.echo(plain(error.message), err=True)
            question = f"Keep it in a file in {folder}, that only you can read?"
            if not click.confirm(question, default=True, err=True):
                raise
        return keep_key(host, key, folder, in_file=True)


def show_login(host: str, who: Identity, kept: Kept) -> None:
    """Tell whose key it is, what it can and cannot do, and where it is kept."""
    click.echo(f"Logged in to {host} as {named(who)}.")
    show_rights(who)
    click.echo(f"  kept in  {kept.place}")
    source = found_key(host).source
    if kept.place not in source:
        click.echo(f"  note     {source} has a key too, and goes before it")


def show_rights(who: Identity) -> None:
    """Tell what a key is called, what it can do, and what it cannot."""
    if who.label:
        click.echo(f"  key      {plain(who.label)}")
    scopes = "no scopes at this server" if who.scopes is None else ", ".join(who.scopes)
    click.echo(f"  scopes   {plain(scopes) or 'none'}")
    if who.limited_to:
        click.echo(f"  for      project {plain(', '.join(who.limited_to))} alone")
    for lack in lacks(who):
        click.echo(f"  lacks    {lack.scope}: {lack.cannot}")


def key_for_init(host: str, settings: Settings) -> tuple[Key | None, Identity | None]:
    """The key for a new mirror: found, or else asked for, checked and kept.

    Returns:
        The key, None where that is left for later; and whose it is, where it was asked for.

    Raises:
        AuthError: The key that was given is of no use.
        NbsyncError: The host cannot be asked.
    """
    try:
        return found_key(host), None
    except AuthError:
        pasted = ask_key(host, optional=True)
    if not pasted:
        return None, None
    who = check(host, pasted, settings)
    kept = keep(host, pasted, settings, in_file=False)
    if settings.chats:
        show_login(host, who, kept)
    return Key(pasted, kept.place), who


def choose_project(host: str, key: Key | None, who: Identity | None, settings: Settings) -> str:
    """Let a project be chosen: the key's only one, one of a list, or any number.

    Args:
        host: The normalised host.
        key: The key; None where there is none yet.
        who: Whose it is, if that was asked already.
        settings: How to speak.

    Raises:
        AuthError: The key is not accepted.
    """
    listed: tuple[Project, ...] = ()
    if key is not None:
        if who is None:
            click.echo(f"The key is in {key.source}.", err=True)
        try:
            who = who or check(host, key.value, settings)
            listed = _projects(host, key.value, who, settings)
        except Unavailable as error:
            click.echo(plain(f"{error.message} So the project's number is needed."), err=True)
    if who is not None and len(who.limited_to) == 1:
        click.echo(f"The key is for project {who.limited_to[0]} alone.", err=True)
        return who.limited_to[0]
    return ask_project(listed, who.current if who else None)


def _projects(host: str, key: str, who: Identity, settings: Settings) -> tuple[Project, ...]:
    from nbsync.api.account import Project, projects

    if who.limited_to:  # such a key may never list them
        return tuple(Project(number, "") for number in who.limited_to)
    if not who.may("project:read"):
        return ()
    try:
        with connected(host, key, settings) as client:
            return projects(client.exchange, host)
    except (AuthError, NotFound):
        return ()


def _tell(line: str) -> None:
    click.echo(line, err=True)
