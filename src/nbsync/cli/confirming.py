"""Runs that would delete or overwrite much at once: the options and the question that confirm."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from shlex import join
from typing import Any

import click

from nbsync.cli.options import Settings, numbers
from nbsync.cli.show import plain
from nbsync.errors import GuardTripped
from nbsync.model import Report


def allow(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the option that confirms a number; it is handed over as `allowed`."""
    option = click.option(
        "--allow-changes",
        "allowed",
        metavar="N",
        type=numbers(click.IntRange(min=0)),
        help="Confirm that up to N notebooks may be deleted or overwritten.",
    )
    return option(function)


def dry(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the option to do nothing; it is handed over as `dry_run`."""
    option = click.option("-n", "--dry-run", is_flag=True, help="Show what would be done.")
    return option(function)


def confirmed(
    act: Callable[[int | None], Report],
    words: Sequence[str],
    settings: Settings,
    *,
    allowed: int | None,
) -> Report:
    """Do what a guard may stop, and ask whoever is there whether so much is meant.

    Args:
        act: Does it, given how many deletions and overwrites were confirmed.
        words: The whole command without `--allow-changes`, for the error's hint.
        settings: Whether somebody can be asked.
        allowed: How many were confirmed on the command line.

    Raises:
        GuardTripped: It was not confirmed; the hint is the command that confirms it.
    """
    try:
        return act(allowed)
    except GuardTripped as guard:
        message = guard.message
        if settings.may_ask:
            click.echo(plain(message), err=True)
            if click.confirm(f"Do it to all {guard.count}?", err=True):
                return act(guard.count)
            message = "It was not confirmed. Nothing was done."
        command = join(words)
        hint = f"{command} -n   # shows them all; if that is what you want: "
        hint += f"{command} --allow-changes={guard.count}"
        raise GuardTripped(message, count=guard.count, hint=hint) from guard
