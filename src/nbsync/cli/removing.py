"""rm: notebooks that are to be gone, in PostHog and here."""

from __future__ import annotations

import click

from nbsync.cli.completing import notebooks as suggest
from nbsync.cli.confirming import allow, confirmed, dry
from nbsync.cli.mirror import opened
from nbsync.cli.naming import find
from nbsync.cli.options import Settings, common
from nbsync.cli.show import exit_code, show_next, show_report, show_summary
from nbsync.model import Report, Side
from nbsync.sync.removing import remove_each


@click.command()
@click.argument("notebooks", nargs=-1, required=True, metavar="NOTEBOOK...", shell_complete=suggest)
@dry
@click.option("--force", is_flag=True, help="Delete also pages with edits that were never sent.")
@allow
@common
def rm(
    settings: Settings,
    notebooks: tuple[str, ...],
    *,
    dry_run: bool,
    force: bool,
    allowed: int | None,
) -> int:
    r"""Delete notebooks in PostHog, and their pages here.

    What was saved in PostHog since you last pulled is not deleted: an edit beats a deletion.
    A page that never became a notebook just goes. `nbsync restore` brings a notebook back; every
    text stays in the history, where `nbsync log` finds it.

    \b
    Examples:
      nbsync rm aB3dE5fG
      nbsync rm -n drafts/*.md
      nbsync rm --force "Weekly numbers"
    """
    words = ["nbsync", "rm", *(["--force"] if force else []), *notebooks]
    with opened(settings) as there:
        named = find(notebooks, there, settings)

        def act(allowed: int | None) -> Report:
            return remove_each(there.mirror, named, force=force, dry_run=dry_run, allowed=allowed)

        report = confirmed(act, words, settings, allowed=allowed)
    show_report("rm", report, settings, dry_run=dry_run)
    if settings.chats:
        show_summary("rm", report, dry_run=dry_run)
        if not dry_run:
            _show_way_back(report)
    return exit_code(report)


def _show_way_back(report: Report) -> None:
    """Say how what was deleted comes back; a page that never was a notebook is a text alone."""
    here = {change.short_id for change in report.changes if change.action == "delete"}
    there = {change.short_id for change in report.changes if change.side is Side.REMOTE}
    gone = sorted(here & there) or sorted(here)
    if gone:
        click.echo("What is deleted can be brought back:", err=True)
        more = " …" if len(gone) > 1 else ""
        back = f"restore {gone[0]}{more}" if gone[0] in there else f"log {gone[0]} --offline"
        show_next(f"nbsync {back}")


COMMANDS = {"rm": rm}
