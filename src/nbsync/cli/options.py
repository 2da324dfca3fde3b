"""The options that every command takes, before its name or after it."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import click


@dataclass(frozen=True, slots=True)
class Settings:
    """How to speak, and where to look.

    Attributes:
        folder: Run as if started there.
        as_json: Print exactly one JSON document on standard output.
        quiet: Say only what went wrong.
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
        return (self.folder or Path()).absolute()

    @property
    def may_ask(self) -> bool:
        """Whether somebody is there to answer a question."""
        return not (self.no_input or self.as_json) and sys.stdin.isatty() and sys.stderr.isatty()

    @property
    def talks(self) -> bool:
        """Whether progress may be drawn."""
        return not (self.quiet or self.as_json) and sys.stderr.isatty()


def common(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the common options; what was said before its name counts too."""
    options = (
        click.option("-C", "folder", metavar="DIR", type=Path, help="Run as if started in DIR."),
        click.option("--json", "as_json", is_flag=True, help="Print one JSON document."),
        click.option("-q", "--quiet", is_flag=True, help="Say only what went wrong."),
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
        if settings.no_color or os.environ.get("NO_COLOR"):
            ctx.color = False
        return function(*args, settings=settings, **kwargs)

    for option in reversed(options):
        wrapped = option(wrapped)
    return wrapped
