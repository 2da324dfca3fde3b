"""init: a directory that becomes a mirror."""

from __future__ import annotations

import os
from pathlib import Path
from shlex import quote

import click

from nbsync.api.hosts import is_cloud, normalise
from nbsync.cli.completing import folders
from nbsync.cli.mirror import found_key
from nbsync.cli.options import Settings, common
from nbsync.cli.show import show_json, show_next
from nbsync.config import FILE, Config, check_project, dump, load, parse
from nbsync.errors import AuthError, ConfigError, NbsyncError
from nbsync.files import create, read, reason, replace

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
_VARIABLES = {"host": "POSTHOG_HOST", "project": "POSTHOG_PROJECT_ID"}


@click.command()
@click.argument("folder_", metavar="[DIR]", required=False, type=Path, shell_complete=folders)
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
    r"""Make a directory a mirror of a project's notebooks.

    Saying it again is harmless. What is not said is taken from POSTHOG_HOST and
    POSTHOG_PROJECT_ID, or asked for on a terminal: so is a key, where none is found.

    \b
    Examples:
      nbsync init my-notebooks --host eu --project 12345
      nbsync init --git
    """
    root = Path(os.path.normpath(settings.start / folder_ if folder_ else settings.start))
    given = {"host": host, "project": project, "format": form, "filename": filename}
    said = {name: value for name, value in given.items() if value is not None}
    is_new = not (root / FILE).exists()
    config = _new(said, folder_, settings) if is_new else _old(root, said)
    written = _write(root, config, git=git, is_new=is_new)
    if settings.as_json:
        show_json("init", root=str(root), written=written, host=config.host, project=config.project)
    elif settings.chats:
        _show(root, config, written, is_new=is_new)
    return 0


def _show(root: Path, config: Config, written: list[str], *, is_new: bool) -> None:
    """Tell what was written, and what comes next: the key if there is none, and a pull."""
    for name in written:
        click.echo(f"wrote {name}", err=True)
    what = "is now" if is_new else "is already"
    click.echo(f"{root} {what} a mirror of project {config.project} on {config.host}.")
    from nbsync.credentials import VARIABLE

    try:
        found_key(config.host)
    except AuthError:
        beside = "" if is_cloud(config.host) else f" POSTHOG_HOST={config.host}"
        export = f"export {VARIABLE}=phx_…{beside}"
        show_next(f"nbsync login --host {config.host}   # or: {export}")
    here = Path.cwd()
    place = root.relative_to(here) if root.is_relative_to(here) else root
    show_next("nbsync pull" if root == here else f"cd {quote(str(place))} && nbsync pull")


def _old(root: Path, said: dict[str, str]) -> Config:
    """The configuration that is there, which must agree with what was said.

    Raises:
        ConfigError: It does not, or cannot be read.
    """
    there = load(root)
    known = _as_table(there)
    wanted = _as_table(parse({**known, **said}))
    for key, value in known.items():
        if wanted[key] != value:
            raise ConfigError(
                f"{root / FILE} is there already and says {key} = {value!r}, not {wanted[key]!r}.",
                hint=f"edit {root / FILE}, or choose another directory",
            )
    return there


def _as_table(config: Config) -> dict[str, str]:
    return {
        "host": config.host,
        "project": config.project,
        "format": config.form,
        "filename": config.filename,
    }


def _new(said: dict[str, str], folder: Path | None, settings: Settings) -> Config:
    """A configuration from what was said, what the environment says, and what is asked for.

    Raises:
        ConfigError: Something is missing and nobody can be asked, or cannot be meant.
    """
    for key, variable in _VARIABLES.items():
        if value := said.get(key) or os.environ.get(variable, "").strip():
            said[key] = value
        elif not settings.may_ask:
            where = f" {quote(str(folder))}" if folder else ""
            names = {"host": "eu", "project": "12345"} | said
            hint = f"nbsync init{where} --host {names['host']} --project {names['project']}"
            raise ConfigError(f"The {key} is missing.", hint=hint)
    return parse(_asked(said, settings) if settings.may_ask else said)


def _asked(said: dict[str, str], settings: Settings) -> dict[str, str]:
    """What was said, and what is asked for on a terminal: the host, its key, the project."""
    from nbsync.cli.account import choose_project, key_for_init
    from nbsync.cli.asking import ask_host

    host = normalise(said["host"]) if "host" in said else ask_host()
    if "project" in said:
        check_project(said["project"])
    key, who = key_for_init(host, settings)
    project = said.get("project") or choose_project(host, key, who, settings)
    return {**said, "host": host, "project": project}


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
            f"{error.filename or root} cannot be written: {reason(error)}.",
            hint="choose another directory, or mend its permissions",
        ) from error
    return written


def _append(path: Path, text: str) -> bool:
    try:
        there, _ = read(path)  # never through a link: a clone must not choose what is copied
    except FileNotFoundError:
        there = b""
    if text.encode() in there:
        return False
    gap = b"" if not there else b"\n" if there.endswith(b"\n") else b"\n\n"
    replace(path, there + gap + text.encode())
    return True


COMMANDS = {"init": init}
