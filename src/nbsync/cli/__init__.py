"""The command line: words, options and exit codes; each command is loaded when it is run."""

from __future__ import annotations

import signal
import sys
from importlib import import_module
from types import FrameType
from typing import Any

import click

from nbsync import __version__
from nbsync.cli.options import Settings, common
from nbsync.errors import NbsyncError

# Command to the module that holds it, in the order that --help shows them.
COMMANDS = {
    "init": "setup",
    "status": "look",
    "diff": "look",
    "list": "look",
    "pull": "run",
    "push": "run",
    "sync": "run",
    "conflicts": "conflicts",
    "resolve": "conflicts",
    "restore": "pages",
    "new": "pages",
    "add": "pages",
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
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from difflib import get_close_matches

            near = "".join(
                f" Did you mean {name!r}?" for name in get_close_matches(args[0], COMMANDS, n=1)
            )
            raise click.UsageError(f"{error.message}{near}", ctx) from error


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="nbsync")
@common
def cli(settings: Settings) -> None:
    r"""Keep PostHog notebooks as files: two-way sync that loses no edit.

    \b
    Start with:   nbsync init my-notebooks --host eu --project 12345
    Try it with:  nbsync demo
    """
    del settings


def main() -> None:
    """Run a command, and turn whatever ends it into words and an exit code."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        code: Any = cli(standalone_mode=False)
    except NbsyncError as error:
        code = _fail(error)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("Interrupted; run the same command again to go on.", err=True)
        code = 130
    except BrokenPipeError:
        sys.stderr.close()
        code = 141
    sys.exit(code if isinstance(code, int) else 0)


def _interrupt(number: int, frame: FrameType | None) -> None:
    del number, frame
    raise KeyboardInterrupt


def _fail(error: NbsyncError) -> int:
    from nbsync.cli.show import show_error

    show_error(error)
    return error.exit_code
