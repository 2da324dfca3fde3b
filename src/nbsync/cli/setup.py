"""init: a directory that becomes a mirror."""

from __future__ import annotations

import os
from pathlib import Path

import click

from nbsync.cli.options import Settings, common
from nbsync.cli.show import show_json
from nbsync.config import FILE, Config, dump, load, parse
from nbsync.errors import ConfigError, NbsyncError
from nbsync.files import create, replace

_EDITORCONFIG = """\
# A line of one space is an empty paragraph in PostHog: editors must leave it alone.
[*.md]
charset = utf-8
trim_trailing_whitespace = false
insert_final_newline = true
"""
_GITIGNORE = """\
# nbsync: pages and what they stand on belong in git, the rest is this machine's.
/.nbsync/*
!/.nbsync/base/
"""
_GITATTRIBUTES = """\
# nbsync: pages are kept byte for byte; bases are never merged line by line.
*.md -text
.nbsync/base/** -text -diff -merge linguist-generated
"""


@click.command()
@click.argument("folder_", metavar="[DIR]", required=False, type=Path)
@click.option("--host", help="us, eu, or the address of your own PostHog.")
@click.option("--project", help="The number in the address of your project's pages.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["markdown", "json"]),
    help="What pages are written as.  [default: markdown]",
)
@click.option("--filename", metavar="PATTERN", help="As in '{title}-{short_id}'.")
@click.option("--git", is_flag=True, help="Write .gitignore and .gitattributes, too.")
@common
def init(
    settings: Settings,
    *,
    folder_: Path | None,
    host: str | None,
    project: str | None,
    form: str | None,
    filename: str | None,
    git: bool,
) -> int:
    r"""Make a directory a mirror of a project's notebooks. Saying it again is harmless.

    \b
    Examples:
      nbsync init my-notebooks --host eu --project 12345
      nbsync init --git
    """
    root = settings.start / folder_ if folder_ else settings.start
    said = {"host": host, "project": project, "format": form, "filename": filename}
    config, is_new = _config(root, {k: v for k, v in said.items() if v is not None}, settings)
    written = _write(root, config, git=git, is_new=is_new)
    if settings.as_json:
        show_json("init", root=str(root), written=written, host=config.host, project=config.project)
        return 0
    if not settings.quiet:
        for name in written:
            click.echo(f"wrote {name}", err=True)
        what = "is now" if is_new else "is already"
        click.echo(f"{root} {what} a mirror of project {config.project} on {config.host}.")
        step = f"cd {folder_} && nbsync pull" if folder_ else "nbsync pull"
        click.echo(f"  next: {step}", err=True)
    return 0


def _config(root: Path, said: dict[str, str], settings: Settings) -> tuple[Config, bool]:
    """The mirror's configuration: the one that is there, or one from what was said or asked."""
    if (root / FILE).exists():
        there = load(root)
        wanted = parse({**_values(there), **said})
        if wanted != there:
            raise ConfigError(
                f"{root / FILE} is there already and says something else.",
                hint=f"Edit {root / FILE}, or choose another directory.",
            )
        return there, False
    environment = {"host": "POSTHOG_HOST", "project": "POSTHOG_PROJECT_ID"}
    for key, variable in environment.items():
        said.setdefault(key, os.environ.get(variable, ""))
    if not said["host"] and settings.may_ask:
        said["host"] = click.prompt("PostHog host (us, eu, or an address)", default="us", err=True)
    if not said["project"] and settings.may_ask:
        said["project"] = click.prompt("Project id (the number in its address)", err=True)
    for key in environment:
        if not said[key]:
            raise ConfigError(
                f"The {key} is missing.", hint="nbsync init --host eu --project 12345"
            )
    return parse(said), True


def _values(config: Config) -> dict[str, str]:
    return {
        "host": config.host,
        "project": config.project,
        "format": config.form,
        "filename": config.filename,
    }


def _write(root: Path, config: Config, *, git: bool, is_new: bool) -> list[str]:
    """Write what is missing; what is there is added to, never replaced.

    Raises:
        NbsyncError: The directory cannot be written to.
    """
    try:
        root.mkdir(parents=True, exist_ok=True)
        written = []
        if is_new:
            create(root / FILE, dump(config).encode())
            written.append(FILE)
        wanted = {".editorconfig": _EDITORCONFIG}
        if git:
            wanted |= {".gitignore": _GITIGNORE, ".gitattributes": _GITATTRIBUTES}
        written += [name for name, text in wanted.items() if _append(root / name, text)]
    except OSError as error:
        raise NbsyncError(
            f"{error.filename or root} cannot be written: {error.strerror}.",
            hint="Choose another directory, or mend its permissions.",
        ) from error
    return written


def _append(path: Path, text: str) -> bool:
    there = path.read_bytes() if path.exists() else b""
    if text.encode() in there:
        return False
    gap = b"" if not there else b"\n" if there.endswith(b"\n") else b"\n\n"
    replace(path, there + gap + text.encode())
    return True


COMMANDS = {"init": init}
