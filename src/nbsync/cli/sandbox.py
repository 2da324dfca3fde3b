"""sandbox: an imitation server to try everything on."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import click

from nbsync.cli.completing import files
from nbsync.cli.options import Settings, common, numbers
from nbsync.cli.show import show_json
from nbsync.errors import ConfigError, NbsyncError
from nbsync.files import reason
from nbsync.sandbox.kinds import DEFAULT, KINDS


def need_extra() -> None:
    """See to it that the sandbox's own requirements are installed.

    Raises:
        ConfigError: They are not.
    """
    try:
        import starlette
        import uvicorn
    except ImportError as error:
        raise ConfigError(
            "The sandbox needs two more packages: starlette and uvicorn.",
            hint="pip install starlette uvicorn",
        ) from error
    del starlette, uvicorn


@click.command()
@click.option(
    "--port",
    default=8765,
    show_default=True,
    type=numbers(click.IntRange(0, 65535)),
    metavar="N",
    help="Where to listen; 0: any free port.",
)
@click.option(
    "--data",
    metavar="FILE",
    type=Path,
    shell_complete=files,
    help="Keep the notebooks in this file.",
)
@click.option(
    "--kind",
    default=DEFAULT,
    show_default=True,
    type=click.Choice([*KINDS]),
    help="Behave as PostHog's servers of that time.",
)
@common
def sandbox(
    settings: Settings,
    *,
    port: int,
    data: Path | None,
    kind: str,
) -> int:
    r"""Run an imitation PostHog notebooks server, until Ctrl-C.

    It listens on this machine only.

    \b
    Examples:
      nbsync sandbox
      nbsync sandbox --port 9000 --data notebooks.sqlite3
      nbsync sandbox --kind 2023
    """
    need_extra()
    from nbsync.sandbox import serve

    try:
        serve(
            port=port,
            data=str(data) if data else ":memory:",
            kind=kind,
            ready=lambda url: _show(url, settings),
        )
    except OSError as error:
        raise NbsyncError(
            f"Port {port} cannot be listened on: {reason(error)}.", hint="nbsync sandbox --port 0"
        ) from error
    except sqlite3.Error as error:
        raise ConfigError(
            f"{data} cannot keep notebooks: {error}.", hint="nbsync sandbox --data FILE"
        ) from error
    return 0


def _show(url: str, settings: Settings) -> None:
    from nbsync.sandbox import Sandbox

    if settings.as_json:
        show_json("sandbox", url=url, project=Sandbox.project, key=Sandbox.key)
    elif settings.quiet:
        click.echo(url)
    else:
        click.echo(f"A sandbox listens on {url}. In another terminal:\n")
        click.echo(f"  export POSTHOG_HOST={url}")
        click.echo(f"  export POSTHOG_PERSONAL_API_KEY={Sandbox.key}")
        click.echo(f"  nbsync init my-notebooks --host {url} --project {Sandbox.project}")
        click.echo("\nCtrl-C ends it.")


COMMANDS = {"sandbox": sandbox}
