"""new, add and restore: pages that are to become notebooks, and pages that went missing."""

from __future__ import annotations

import secrets

import click

from nbsync.cli.mirror import find, opened, read_file
from nbsync.cli.options import Settings, common
from nbsync.cli.show import exit_code, show_json, show_report
from nbsync.sync import pages


@click.command()
@click.argument("title")
@common
def new(settings: Settings, title: str) -> int:
    r"""Make a page; the next push makes it a notebook in PostHog.

    \b
    Examples:
      nbsync new "Launch review"
    """
    with opened(settings, online=False) as there:
        page = pages.new(there.mirror, title, scope=there.scope, salt=secrets.token_hex(16))
    _show("new", [page], settings)
    return 0


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@common
def add(settings: Settings, files: tuple[str, ...]) -> int:
    r"""Take files in: each gets a short_id, and the next push makes it a notebook.

    \b
    Examples:
      nbsync add notes.md
      nbsync add drafts/*.md
    """
    with opened(settings, online=False) as there:
        added = []
        for name in files:
            path, text = read_file(name, there, settings)
            added.append(pages.add(there.mirror, path, text, scope=there.scope))
    _show("add", added, settings)
    return 0


def _show(kind: str, added: list[pages.Added], settings: Settings) -> None:
    if settings.as_json:
        show_json(kind, pages=added)
        return
    for page in added:
        click.echo(f"{page.path}  {click.style(page.title or 'untitled', bold=True)}")
    if not settings.quiet:
        click.echo("  next: nbsync push", err=True)


@click.command()
@click.argument("notebooks", nargs=-1, required=True, metavar="NOTEBOOK...")
@common
def restore(settings: Settings, notebooks: tuple[str, ...]) -> int:
    r"""Bring back pages that are missing, as they last agreed with PostHog.

    A page that git has taken back to an earlier text is kept as it is: restoring it says
    that the earlier text is meant, and the next push sends it.

    \b
    Examples:
      nbsync restore aB3dE5fG
    """
    with opened(settings, online=False) as there:
        report = pages.restore_each(there.mirror, find(notebooks, there, settings))
    show_report("restore", report, settings)
    return exit_code(report)


COMMANDS = {"new": new, "add": add, "restore": restore}
