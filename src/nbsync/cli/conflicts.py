"""conflicts and resolve: what waits for a human, and settling it."""

from __future__ import annotations

import click

from nbsync.cli.mirror import find, opened
from nbsync.cli.options import Settings, common
from nbsync.cli.show import exit_code, line_of, show_conflicts, show_json, show_report
from nbsync.errors import ConfigError
from nbsync.sync.pages import open_conflicts, resolve_each


@click.command()
@common
def conflicts(settings: Settings) -> int:
    r"""List the open conflicts: who saved the other side, when, how many regions overlap.

    \b
    Examples:
      nbsync conflicts
      nbsync conflicts --json
    """
    with opened(settings, online=False, writes=False) as there:
        found = open_conflicts(there.mirror)
    if settings.as_json:
        show_json("conflicts", conflicts=found)
    elif found:
        show_conflicts(found)
    elif not settings.quiet:
        click.echo("No conflicts.")
    return 5 if found else 0


@click.command()
@click.argument("notebooks", nargs=-1, metavar="[NOTEBOOK]...")
@click.option("--ours", "side", flag_value="ours", help="Keep the page; the next push sends it.")
@click.option("--theirs", "side", flag_value="theirs", help="Take PostHog's text into the page.")
@click.option("--all", "everything", is_flag=True, help="Every open conflict.")
@common
def resolve(
    settings: Settings, notebooks: tuple[str, ...], *, side: str | None, everything: bool
) -> int:
    r"""Settle conflicts for one side; the other side's text stays in .nbsync/history/.

    \b
    Examples:
      nbsync resolve aB3dE5fG --ours
      nbsync resolve weekly.md --theirs
      nbsync resolve --all --theirs
    """
    if side is None or bool(notebooks) == everything:
        raise ConfigError(
            "Say which conflicts, and which side is to stand.",
            hint="nbsync resolve NOTEBOOK --ours | --theirs    (or --all instead of NOTEBOOK)",
        )
    with opened(settings, online=False) as there:
        waiting = there.mirror.store.conflicts()
        only = list(waiting) if everything else find(notebooks, there, settings)
        report = resolve_each(there.mirror, only, ours=side == "ours")
    if settings.as_json:
        show_report("resolve", report, settings)
        return exit_code(report)
    for change in report.changes:
        click.echo(line_of(change))
    show_report("resolve", report, Settings(quiet=True))
    if side == "ours" and report.changes and not settings.quiet:
        click.echo("  next: nbsync push", err=True)
    return exit_code(report)


COMMANDS = {"conflicts": conflicts, "resolve": resolve}
