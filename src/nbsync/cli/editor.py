"""The user's own editor: which one it is, and running it on a file."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from nbsync.errors import ConfigError, NbsyncError
from nbsync.files import reason

_USUAL = ("vi", "nano")
_STDERR = 2


def find_editor(again: str) -> list[str]:
    """The user's editor, as words; never the mirror's: its configuration travels with clones.

    Args:
        again: The command that is under way, for the hint.

    Raises:
        ConfigError: There is none.
    """
    hint = f"EDITOR=nano {again}"
    for name in ("VISUAL", "EDITOR"):
        said = os.environ.get(name, "").strip()
        if not said:
            continue
        try:
            words = shlex.split(said)
        except ValueError as error:
            raise ConfigError(f"${name} cannot be understood: {said!r}.", hint=hint) from error
        if shutil.which(words[0]) is None:
            raise ConfigError(f"${name} is {said!r}, which cannot be started.", hint=hint)
        return words
    for name in _USUAL:
        if shutil.which(name) is not None:
            return [name]
    raise ConfigError("No editor is known: neither $VISUAL nor $EDITOR is set.", hint=hint)


def run_editor(editor: list[str], file: Path, *, again: str, quiet: bool) -> None:
    """Let the user write, for as long as it takes.

    Args:
        editor: As `find_editor` gave it.
        file: What is edited.
        again: The command that is under way, for the hint.
        quiet: Standard output is not the editor's: what it prints goes to standard error.

    Raises:
        NbsyncError: The editor could not be started, or failed.
    """
    what, other = f"The editor {shlex.join(editor)}", f"EDITOR=nano {again}"
    run_program([*editor, str(file)], what=what, other=other, again=again, quiet=quiet)


def run_program(
    words: Sequence[str],
    *,
    what: str,
    other: str,
    again: str,
    quiet: bool,
    variables: Mapping[str, str] | None = None,
) -> None:
    """Leave the terminal to a program of the user's, for as long as it takes.

    Args:
        words: The program and what it is given.
        what: What it is called in errors.
        other: The command with another program, for the hint where this one cannot be started.
        again: The command that is under way, for the hint where it failed.
        quiet: Standard output is not the program's: what it prints goes to standard error.
        variables: What its environment has besides this one's.

    Raises:
        ConfigError: It cannot be started.
        NbsyncError: It failed, or was killed.
    """
    with _undisturbed():
        try:
            code = subprocess.call(  # noqa: S603 - the user's own program
                words,
                stdout=_STDERR if quiet else None,
                env={**os.environ, **(variables or {})},
            )
        except OSError as error:
            why = f"{what} cannot be started: {reason(error)}."
            raise ConfigError(why, hint=other) from error
    if code:
        how = f"ended with {code}" if code > 0 else f"was killed by signal {-code}"
        raise NbsyncError(f"{what} {how}: nothing was taken into the page.", hint=again)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Leave Ctrl-C to the editor; unlike an ignored signal, it then has its meaning there."""
    before = signal.signal(signal.SIGINT, _leave_it)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _leave_it(number: int, frame: FrameType | None) -> None:
    """Do nothing about a signal."""
