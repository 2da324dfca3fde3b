"""The command line: words, options and exit codes; each command is loaded when it is run."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from io import StringIO
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from nbsync import __version__
from nbsync.cli.endings import INTERRUPTED, ended
from nbsync.cli.options import Settings, common, spoken

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

COMPLETE = "_NBSYNC_COMPLETE"
"""Where a shell that completes a command line says what it wants."""

# How many objects are made before those are looked through that are young, and how many times that
# is done before the older ones are.
_COLLECTIONS = (20_000, 20, 10)

# Of each command: the module that holds it, and what the overview says of it, so that nothing
# is loaded for that. In the order that --help shows them.
COMMANDS = {
    "init": ("setup", "Make a directory a mirror of a project's notebooks."),
    "login": ("login", "Check a personal API key, and keep it for its host."),
    "logout": ("login", "Forget the key that is kept for a host."),
    "whoami": ("login", "Tell whose key is used, what it can do, and what it cannot."),
    "doctor": ("doctor", "Look whether all is well, and say what to do where it is not."),
    "status": ("status", "Show what is not in step, in one request."),
    "diff": ("look", "Show your edits: each page against what it stands on."),
    "list": ("listing", "List the notebooks: how each stands, who changed it when."),
    "pull": ("syncing", "Bring the files up to what PostHog has."),
    "push": ("syncing", "Send the edits of your files to PostHog."),
    "sync": ("syncing", "Pull, merge and push: both sides then hold the same."),
    "watch": ("watch", "Keep both sides in step until it is stopped."),
    "conflicts": ("conflicts", "List the open conflicts, and what to type next."),
    "resolve": ("conflicts", "Settle conflicts: for one side, or as merged."),
    "restore": ("restoring", "Bring back missing pages, deleted notebooks, older texts."),
    "log": ("log", "Show a notebook's past: what can be brought back."),
    "prune": ("prune", "Remove what is old from the history for good."),
    "check": ("check", "Check that pages can be read, sent and committed."),
    "new": ("pages", "Make a page; the next push makes it a notebook."),
    "add": ("pages", "Take files in; the next push makes them notebooks."),
    "rm": ("removing", "Delete notebooks in PostHog, and their pages here."),
    "open": ("editing", "Open a notebook in PostHog, and print its address."),
    "edit": ("editing", "Pull a notebook, edit it with $VISUAL or $EDITOR, and push it."),
    "completion": ("completion", "Print the script that completes commands in a shell."),
    "sandbox": ("sandbox", "Run an imitation PostHog notebooks server, until Ctrl-C."),
    "demo": ("demo", "Show edits on both sides merged, in conflict, and settled."),
}


class _Commands(click.Group):
    """A group whose commands are imported only when one of them is asked for."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"nbsync.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = module.COMMANDS[cmd_name]
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, told) for name, (_, told) in COMMANDS.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
        from click.shell_completion import CompletionItem

        names = [
            CompletionItem(name, help=told)
            for name, (_, told) in COMMANDS.items()
            if name.startswith(incomplete)
        ]
        return [*names, *click.Command.shell_complete(self, ctx, incomplete)]

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
    with click.Context(cli, info_name="nbsync", **cli.context_settings) as outside:
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
    if wanted := os.environ.get(COMPLETE):
        from nbsync.cli.completion import answer

        sys.exit(answer(wanted))
    with _few_collections():
        code = run(sys.argv[1:])
    sys.exit(code)


@contextmanager
def _few_collections() -> Iterator[None]:
    """Let Python look for cycles of garbage seldom: most of what is made here lasts to the end.

    To look through a hundred thousand of such objects again and again, and once more as the
    process ends, is a seventh of what a look at a large mirror takes.
    """
    gc.freeze()  # what was loaded to begin with
    gc.set_threshold(*_COLLECTIONS)
    yield
    gc.freeze()


def _interrupt(number: int, frame: FrameType | None) -> None:
    """End what is under way; asked a second time, at once: a killed run is finished by the next."""
    del frame
    signal.signal(number, lambda *_: os._exit(INTERRUPTED))
    with suppress(OSError):  # the terminal may be gone
        os.write(2, b"\nStopping; once more stops at once.\n")
    raise KeyboardInterrupt
