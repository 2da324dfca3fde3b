"""What is asked on a terminal: the host, the key, the project; and which notebook is meant."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import click

from nbsync.api.hosts import EU_CLOUD, US_CLOUD, normalise
from nbsync.cli.candidates import Candidate
from nbsync.cli.show import CANDIDATES, candidate_lines, plain
from nbsync.config import check_project
from nbsync.errors import ConfigError

if TYPE_CHECKING:
    from nbsync.api.account import Project

_HOSTS = f"""\
Where is your PostHog?
  1  US cloud  {US_CLOUD}
  2  EU cloud  {EU_CLOUD}
  3  another one"""
_CLOUDS = {"1": US_CLOUD, "2": EU_CLOUD}
_OTHER = frozenset({"3", "other"})
_MANY = 40


def ask_host() -> str:
    """Ask which PostHog is meant, until one is; normalised."""
    click.echo(_HOSTS, err=True)
    host: str = click.prompt(
        "Its number or address", default="1", err=True, value_proc=_valid(_host)
    )
    return host or str(click.prompt("Its address", err=True, value_proc=_valid(normalise)))


def ask_key(host: str, *, optional: bool) -> str:
    """Ask for a key without showing it.

    Args:
        host: Where it is for.
        optional: Nothing may be an answer.
    """
    click.echo(
        f"Make a personal API key with the scope notebook:write at {host}/settings/user-api-keys\n"
        "(activity_log:read, project:read and user:read help, too), and paste it here.",
        err=True,
    )
    later = " (Enter: later)" if optional else ""
    key: str = click.prompt(
        f"Key, not shown{later}",
        default="" if optional else None,
        show_default=False,
        hide_input=True,
        err=True,
    )
    return key.strip()


def ask_project(listed: Sequence[Project], current: Project | None) -> str:
    """Ask for a project, from a list where there is one.

    Args:
        listed: Those to choose from; without any, a number is asked for.
        current: The one that the user last looked at.

    Returns:
        Its number.
    """
    usual = current.number if current else ""
    if listed:
        click.echo("Projects:", err=True)
        width = max(len(each.number) for each in listed)
        for each in listed[:_MANY]:
            click.echo(f"  {each.number:>{width}}  {plain(each.name)}", err=True)
        if len(listed) > _MANY:
            click.echo(f"  … and {len(listed) - _MANY} more", err=True)
        if usual not in {each.number for each in listed}:
            usual = listed[0].number if len(listed) == 1 else ""

    def chosen(text: str) -> str:
        named = [each for each in listed if each.name.casefold() == text.strip().casefold()]
        return named[0].number if len(named) == 1 else check_project(text.strip())

    question = "Its number or name" if listed else "Project (the number in its address)"
    answer = click.prompt(question, default=usual or None, err=True, value_proc=_valid(chosen))
    return str(answer)


def ask_which(name: str, candidates: Sequence[Candidate]) -> Candidate | None:
    """Ask which of several notebooks a name means.

    Args:
        name: What was typed.
        candidates: What it could mean, two at least.

    Returns:
        The one that was chosen; None where none was.
    """
    click.echo(f"{plain(repr(name))} could be {len(candidates)} notebooks:", err=True)
    shown = candidates[:CANDIDATES]
    digits = len(str(len(shown)))
    for number, text in enumerate(candidate_lines(candidates), start=1):
        click.echo(f"  {number if number <= len(shown) else '':>{digits}}  {text}", err=True)
    chosen: Candidate | None = click.prompt(
        "Its number or short_id (Enter: none of them)",
        default="",
        show_default=False,
        err=True,
        value_proc=lambda text: _chosen(text.strip(), candidates, shown),
    )
    return chosen


def _chosen(
    text: str, candidates: Sequence[Candidate], numbered: Sequence[Candidate]
) -> Candidate | None:
    if not text:
        return None
    found = {each.short_id: each for each in candidates}
    found |= {str(number): each for number, each in enumerate(numbered, start=1)}
    if text not in found:
        raise click.UsageError("That is none of them.")
    return found[text]


def _host(text: str) -> str:
    """A normalised host; "" for another one, that is not named yet."""
    text = text.strip().lower()
    if text.startswith("phx_"):
        raise ConfigError("That is a key.", hint="It is asked for next, and not shown then.")
    return "" if text in _OTHER else _CLOUDS.get(text) or normalise(text)


def _valid(check: Callable[[str], str]) -> Callable[[str], str]:
    """A check that makes the question be asked again."""

    def checked(text: str) -> str:
        try:
            return check(text)
        except ConfigError as error:
            raise click.UsageError(f"{error.message} {error.hint}") from error

    return checked
