"""prune: what is old in the history goes for good, on demand."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import click

from nbsync.cli.columns import column, filled
from nbsync.cli.mirror import Access, opened
from nbsync.cli.options import Settings, common, numbers
from nbsync.cli.show import counted, show_json
from nbsync.errors import GuardTripped
from nbsync.store.pruning import DAYS, Outdated

_KILO = 1000


@click.command()
@click.option(
    "--older-than",
    "days",
    default=DAYS,
    show_default=True,
    metavar="DAYS",
    type=numbers(click.IntRange(min=0, max=100_000)),
    help="Remove what was kept longer ago than this.",
)
@click.option("-n", "--dry-run", is_flag=True, help="Show what would be removed.")
@click.option("-y", "--yes", is_flag=True, help="Confirm it.")
@common
def prune(settings: Settings, *, days: int, dry_run: bool, yes: bool) -> int:
    r"""Remove what is old from the history for good.

    From .nbsync/history/ goes whatever was kept longer ago, also texts that are nowhere else;
    pages, what they stand on and open conflicts stay. Without this command only what PostHog
    has held is let go: what is beyond the newest 100 versions of a notebook, and older than 90
    days.

    \b
    Examples:
      nbsync prune -n
      nbsync prune --older-than 365
    """
    with opened(settings, online=False, access=Access.READ) as there:
        found = there.store.outdated(days)
    if found and not dry_run:
        _confirm(found, days, settings, yes=yes)  # which may take as long as somebody likes
        with opened(settings, online=False) as there:
            meant = set(found)
            found = tuple(each for each in there.store.outdated(days) if each in meant)
            there.store.discard(found)
    _show(found, settings, dry_run=dry_run)
    return 0


def _confirm(found: Sequence[Outdated], days: int, settings: Settings, *, yes: bool) -> None:
    """Ask whoever is there whether it is meant.

    Raises:
        GuardTripped: Nobody said so.
    """
    what = f"This would remove {_counts(found)} from the history for good, {_size(found)} in all."
    if yes:
        return
    if settings.may_ask:
        click.echo(what, err=True)
        if click.confirm("Remove them?", err=True):
            return
        what = "It was not confirmed."
    hint = f"look at nbsync prune --older-than={days} -n; if that is what you want: "
    hint += f"nbsync prune --older-than={days} --yes"
    raise GuardTripped(f"{what} Nothing was done.", count=len(found), hint=hint)


def _show(found: Sequence[Outdated], settings: Settings, *, dry_run: bool) -> None:
    """Tell what was removed, a line a notebook, and how much room that makes."""
    notebooks = [
        (short_id, list(some)) for short_id, some in groupby(found, lambda each: each.short_id)
    ]
    if settings.as_json:
        removed = [
            {
                "short_id": short_id,
                "versions": sum(not each.is_text for each in some),
                "texts": sum(each.is_text for each in some),
                "bytes": sum(each.size for each in some),
            }
            for short_id, some in notebooks
        ]
        freed = sum(each.size for each in found)
        show_json("prune", removed=removed, bytes=freed, dry_run=dry_run)
        return
    room = column(short_id for short_id, _ in notebooks)
    for short_id, some in notebooks if not settings.quiet else ():
        click.echo(f"{filled(short_id, room)}  {_counts(some)}  ({_size(some)})")
    if settings.chats:
        done = "would free" if dry_run else "freed"
        said = f"{done} {_size(found)}" if found else "nothing is that old"
        click.echo(f"prune: {said}.", err=True)


def _counts(found: Sequence[Outdated]) -> str:
    texts = sum(each.is_text for each in found)
    return f"{counted(len(found) - texts, 'version')} and {counted(texts, 'page text')}"


def _size(found: Sequence[Outdated]) -> str:
    size: float = sum(each.size for each in found)
    for unit in ("bytes", "kB"):
        if size < _KILO:
            return f"{size:.0f} {unit}"
        size /= _KILO
    return f"{size:.1f} MB"


COMMANDS = {"prune": prune}
