"""The command line: words, options and exit codes; each command is loaded when it is run."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from io import StringIO
from types import FrameType
from typing import Any

import click

from nbsync import __version__
from nbsync.cli.endings import INTERRUPTED, ended
from nbsync.cli.options import Settings, common, spoken

# Command to the module that holds it, in the order that --help shows them.
COMMANDS = {
    "init": "setup",
    "login": "login",
    "logout": "login",
    "whoami": "login",
    "status": "status",
    "diff": "look",
    "list": "look",
    "pull": "run",
    "push": "run",
    "sync": "run",
    "watch": "watch",
    "conflicts": "conflicts",
    "resolve": "conflicts",
    "restore": "restoring",
    "log": "log",
    "prune": "prune",
    "check": "check",
    "new": "pages",
    "add": "pages",
    "rm": "removing",
    "open": "editing",
    "edit": "editing",
    "sandbox": "sandbox",
    "demo": "demo",
}


class _Commands(click.Group):
    """A group whose commands are imported only when one of them is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"nbsync.cli.{COMMANDS[cmd_name]}")
        command: click.Command = module.COMMANDS[cmd_name]
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, n=1)
            perhaps = f" Did you mean {near[0]!r}?" if near else ""
            raise click.UsageError(f"There is no command {args[0]!r}.{perhaps}", ctx)
        return super().resolve_command(ctx, args)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="nbsync", message="%(prog)s %(version)s")
@common
def cli(settings: Settings) -> None:
    r"""Keep PostHog notebooks as files: two-way sync that loses no edit.

    \b
    Start with:   nbsync init my-notebooks --host eu --project 12345
    Try it with:  nbsync demo
    """
    del settings


def run(words: Sequence[str]) -> int:
    """Run a command line, and turn whatever ends it into words and an exit code.

    Args:
        words: What was typed after `nbsync`.

    Returns:
        The exit code (docs/reference/output.md).
    """
    with click.Context(cli, info_name="nbsync") as outside:
        settings = spoken(words)
        outside.color = settings.colour
        if not words:
            click.echo(cli.get_help(outside), err=True)
            return 2
        return ended(lambda: _invoke(list(words)), settings)


def _invoke(words: list[str]) -> Any:
    with cli.make_context("nbsync", words) as ctx:
        return cli.invoke(ctx)


def main() -> None:
    """Run this process's command line, and end the process with its exit code."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup says
            signal.signal(number, _interrupt)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by whoever started us
            setattr(sys, name, StringIO())
        else:  # a file name need not be text, and a terminal need not know every letter
            stream.reconfigure(errors="backslashreplace")
    sys.exit(run(sys.argv[1:]))


def _interrupt(number: int, frame: FrameType | None) -> None:
    """End what is under way; asked a second time, at once: a killed run is finished by the next."""
    del frame
    signal.signal(number, lambda *_: os._exit(INTERRUPTED))
    with suppress(OSError):  # the terminal may be gone
        os.write(2, b"\nStopping; once more stops at once.\n")
    raise KeyboardInterrupt
