"""The options that every command takes, before its name or after it."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from itertools import takewhile
from typing import TYPE_CHECKING, Any, TypeVar

import click

from nbsync.cli.completing import folders
from nbsync.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """How to speak, and where to look.

    Attributes:
        folder: Run as if started there.
        as_json: Print exactly one JSON document on standard output.
        quiet: Say only what was asked for, and what went wrong.
        verbose: Log every request, without the key.
        no_color: No colour.
        no_input: Ask nothing.
    """

    folder: Path | None = None
    as_json: bool = False
    quiet: bool = False
    verbose: bool = False
    no_color: bool = False
    no_input: bool = False

    @property
    def start(self) -> Path:
        """The folder to begin from."""
        from pathlib import Path  # so that `--version` does not wait for it

        return (self.folder or Path()).absolute()

    @property
    def colour(self) -> bool | None:
        """False for none; None leaves it to whether there is a terminal."""
        return False if self.no_color or os.environ.get("NO_COLOR") or _is_dumb() else None

    @property
    def may_ask(self) -> bool:
        """Whether somebody is there to answer a question."""
        return not (self.no_input or self.as_json) and sys.stdin.isatty() and sys.stderr.isatty()

    @property
    def chats(self) -> bool:
        """Whether to say more than was asked for."""
        return not (self.quiet or self.as_json)

    @property
    def draws(self) -> bool:
        """Whether progress may be drawn."""
        return self.chats and sys.stderr.isatty() and not _is_dumb()


def _is_dumb() -> bool:
    """Whether the terminal can do nothing but print one line after another."""
    return os.environ.get("TERM") == "dumb"


def spoken(words: Sequence[str]) -> Settings:
    """How to speak while it is not known yet whether a command line can be understood."""
    options = set(takewhile(lambda word: word != "--", words))
    return Settings(as_json="--json" in options, no_color="--no-color" in options)


_Range = TypeVar("_Range", click.IntRange, click.FloatRange)


def numbers(within: _Range) -> _Range:
    """A range of numbers, which errors then call so; click calls it an "integer range"."""
    within.name = "number"
    return within


def _folder(name: str) -> Path:
    from pathlib import Path

    return Path(name)


def common(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the common options; what was said before its name counts too."""
    options = (
        click.option(
            "-C",
            "folder",
            metavar="DIR",
            type=_folder,
            shell_complete=folders,
            help="Run as if started in DIR.",
        ),
        click.option("--json", "as_json", is_flag=True, help="Print one JSON document."),
        click.option("-q", "--quiet", is_flag=True, help="Say only what is asked for or wrong."),
        click.option("-v", "--verbose", is_flag=True, help="Log every request to stderr."),
        click.option("--no-color", "no_color", is_flag=True, help="No colour (also: NO_COLOR)."),
        click.option("--no-input", "no_input", is_flag=True, help="Ask nothing."),
    )

    @click.pass_context
    @functools.wraps(function)
    def wrapped(ctx: click.Context, /, *args: Any, **kwargs: Any) -> Any:
        said = {part.name: kwargs.pop(part.name) for part in fields(Settings)}
        before = ctx.obj if isinstance(ctx.obj, Settings) else Settings()
        settings = replace(before, **{name: value for name, value in said.items() if value})
        ctx.find_root().obj = ctx.obj = settings
        ctx.color = settings.colour
        if settings.folder is not None and not settings.folder.is_dir():
            from shlex import quote

            hint = f"nbsync init {quote(str(settings.folder))} --host eu --project 12345"
            raise ConfigError(f"There is no folder {settings.folder}.", hint=hint)
        return function(*args, settings=settings, **kwargs)

    # Docstrings spell click's mark for "leave these lines alone" with a backslash.
    wrapped.__doc__ = (function.__doc__ or "").replace("\\b\n", "\b\n")
    for option in reversed(options):
        wrapped = option(wrapped)
    return wrapped
