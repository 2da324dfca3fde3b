"""Writes the command reference from the commands themselves: `make docs`."""

from __future__ import annotations

from pathlib import Path

import click

from nbsync.cli import COMMANDS, cli

TARGET = Path(__file__).parent / "reference" / "commands.md"
_HEAD = """\
# Commands

Generated from the commands' own help by `make docs`.

NOTEBOOK is a short_id, a path, or a part of a title that means one notebook only. The options
`-C`, `--json`, `-q`, `-v`, `--no-color` and `--no-input` are accepted before the command and
after it.
"""


def reference() -> str:
    """The page as it should be."""
    settings = cli.context_settings
    parent = click.Context(cli, info_name="nbsync", terminal_width=90, **settings)
    parts = [_HEAD, "## nbsync\n", _block(cli.get_help(parent))]
    for name in COMMANDS:
        command = cli.get_command(parent, name)
        assert command is not None
        context = click.Context(command, info_name=name, parent=parent, terminal_width=90)
        parts += [f"## nbsync {name}\n", _block(command.get_help(context))]
    return "\n".join(parts)


def _block(text: str) -> str:
    lines = "\n".join(f"    {line}".rstrip() for line in text.splitlines())
    return f"{lines}\n"


if __name__ == "__main__":
    TARGET.write_text(reference(), encoding="utf-8")
