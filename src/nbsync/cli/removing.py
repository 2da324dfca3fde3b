"""rm: notebooks that are to be gone, in PostHog and here."""

from __future__ import annotations

import click

from nbsync.cli.confirming import allow, confirmed, dry
from nbsync.cli.mirror import opened
from nbsync.cli.naming import find
from nbsync.cli.options import Settings, common
from nbsync.cli.show import exit_code, show_next, show_report, show_summary
from nbsync.model import Report
from nbsync.sync.removing import remove_each


@click.command()
@click.argument("notebooks", nargs=-1, required=True, metavar="NOTEBOOK...")
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
        gone = {change.short_id for change in report.changes if change.action == "delete"}
        if gone and not dry_run:
            first, *more = sorted(gone)
            click.echo("What is deleted can be brought back:", err=True)
            show_next(f"nbsync restore {first}{' …' if more else ''}")
    return exit_code(report)


COMMANDS = {"rm": rm}
