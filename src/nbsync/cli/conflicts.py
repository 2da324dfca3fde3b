"""conflicts and resolve: what waits for a human, and settling it."""

from __future__ import annotations

import click

from nbsync.cli.mirror import Access, opened
from nbsync.cli.naming import find
from nbsync.cli.options import Settings, common
from nbsync.cli.show import exit_code, show_conflicts, show_json, show_next, show_report
from nbsync.errors import ConfigError
from nbsync.sync.pages import open_conflicts, resolve_each


@click.command()
@common
def conflicts(settings: Settings) -> int:
    r"""List the open conflicts, and who saved the other side when.

    Exits with 5 if there are any.

    \b
    Examples:
      nbsync conflicts
      nbsync conflicts --json
    """
    with opened(settings, online=False, access=Access.READ) as there:
        found = open_conflicts(there.mirror)
    if settings.as_json:
        show_json("conflicts", conflicts=found)
    elif found:
        show_conflicts(found)
    elif settings.chats:
        click.echo("No conflicts.", err=True)
    return 5 if found else 0


@click.command()
@click.argument("notebooks", nargs=-1, metavar="[NOTEBOOK]...")
@click.option("--ours", is_flag=True, help="Keep the page; the next push sends it.")
@click.option("--theirs", is_flag=True, help="Take PostHog's text into the page.")
@click.option("--all", "everything", is_flag=True, help="Settle every open conflict.")
@common
def resolve(
    settings: Settings,
    notebooks: tuple[str, ...],
    *,
    ours: bool,
    theirs: bool,
    everything: bool,
) -> int:
    r"""Settle conflicts for one side.

    The other side's text stays in .nbsync/history/.

    \b
    Examples:
      nbsync resolve aB3dE5fG --ours
      nbsync resolve weekly.md --theirs
      nbsync resolve --all --theirs
    """
    _check(notebooks, ours=ours, theirs=theirs, everything=everything)
    with opened(settings, online=False) as there:
        waiting = sorted(there.mirror.store.conflicts())
        only = waiting if everything else find(notebooks, there, settings)
        report = resolve_each(there.mirror, only, ours=ours)
    show_report("resolve", report, settings)
    if settings.chats and not only:
        click.echo("No conflicts.", err=True)
    if settings.chats and ours and report.changes:
        show_next("nbsync push")
    return exit_code(report)


def _check(notebooks: tuple[str, ...], *, ours: bool, theirs: bool, everything: bool) -> None:
    """See to it that it is clear what is to be settled, and how.

    Raises:
        ConfigError: It is not.
    """
    if ours == theirs:
        which = "--all" if everything else " ".join(notebooks) or "NOTEBOOK"
        raise ConfigError(
            "It takes exactly one of --ours (the page stands) and --theirs (PostHog's text does).",
            hint=f"nbsync resolve {which} --ours   # or --theirs",
        )
    if bool(notebooks) == everything:
        side = "--ours" if ours else "--theirs"
        raise ConfigError(
            "It takes either the notebooks to settle, or --all.",
            hint=f"nbsync conflicts; then nbsync resolve NOTEBOOK {side}",
        )


COMMANDS = {"conflicts": conflicts, "resolve": resolve}
