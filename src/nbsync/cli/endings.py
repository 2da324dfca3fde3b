"""Every way in which a command can end, and the words and the exit code for it."""

from __future__ import annotations

import errno
import os
import re
import sys
from collections.abc import Callable
from typing import Any

import click

from nbsync.cli.options import Settings
from nbsync.errors import NbsyncError

INTERRUPTED = 130
_BUG = 1
_OUTPUT_FAILS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EBADF})
_LINE_END = re.compile(r"\s*\n\s*")
_PIPE_CLOSED = 141
"""What a shell says of a program that SIGPIPE ended."""


class _EndError(NbsyncError):
    """An ending that no other error stands for."""

    def __init__(self, message: str, *, hint: str, exit_code: int) -> None:
        super().__init__(message, hint=hint)
        self.exit_code = exit_code


def ended(command: Callable[[], Any], settings: Settings) -> int:
    """Call a command, and tell how it ended.

    Args:
        command: Returns an exit code, or raises.
        settings: How to speak.

    Returns:
        The exit code.
    """
    try:
        code = command()
        sys.stdout.flush()
    except click.exceptions.Exit as end:
        return end.exit_code
    except BrokenPipeError:
        return _close_pipe()
    except OSError as error:
        return _tell(_unwritable(error), settings)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - bugs are owned up to
        return _tell(explained(error), settings)
    return code if isinstance(code, int) else 0


def explained(error: BaseException) -> NbsyncError:
    """An error in words for the user; a bug's traceback goes to standard error."""
    if isinstance(error, NbsyncError):
        return error
    if isinstance(error, (KeyboardInterrupt, click.Abort)):
        return _interrupted()
    return _misused(error) if isinstance(error, click.ClickException) else _bug(error)


def _tell(error: NbsyncError, settings: Settings) -> int:
    from nbsync.cli.show import show_error

    try:
        show_error(error, settings)
        sys.stdout.flush()
    except BrokenPipeError:
        return _close_pipe()
    except OSError:  # there is nowhere left to say it
        pass
    return error.exit_code


def _close_pipe() -> int:
    """Let Python find nothing left to write to a reader that has gone."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return _PIPE_CLOSED


def _unwritable(error: OSError) -> NbsyncError:
    """What is said when the output cannot be written; files of a mirror have their own errors."""
    if error.errno not in _OUTPUT_FAILS:
        return _bug(error)
    return _EndError(
        f"The output cannot be written: {error.strerror}. What was done is done whole.",
        hint="nbsync status",
        exit_code=4,
    )


def _misused(error: click.ClickException) -> NbsyncError:
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "nbsync"
    message = _LINE_END.sub(" ", error.format_message())
    return _EndError(message, hint=f"{command} --help", exit_code=max(error.exit_code, 2))


def _interrupted() -> NbsyncError:
    return _EndError(
        "Interrupted; what was done is done whole.",
        hint="run the same command again, and it goes on",
        exit_code=INTERRUPTED,
    )


def _bug(error: BaseException) -> NbsyncError:
    from traceback import format_exception

    click.echo("".join(format_exception(error)), err=True, nl=False)
    return _EndError(
        f"This is a bug in nbsync: {type(error).__name__}: {error}",
        hint="report it with the lines above; running the command again loses nothing",
        exit_code=_BUG,
    )
