"""The decision: three snapshots in, one plan out; pure, and the same whoever asks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields, replace
from enum import StrEnum
from itertools import chain

from nbsync.errors import GuardTripped
from nbsync.model import (
    BaseInfo,
    Change,
    Conflict,
    Notebook,
    Plan,
    State,
    Step,
    Unloaded,
    Unreadable,
)

_ALWAYS_ALLOWED = 5
_ALLOWED_SHARE = 4
_NAMED = 3

EDIT_BEATS_DELETION = "the edit beats the deletion"


class Standing(StrEnum):
    """How a page stands to its base, as far as tokens alone can tell."""

    CLEAN = "clean"
    """Page and base are as they were when they were last seen in step."""
    EDITED = "edited"
    """The base is as it was, the page is not: any change of it is an edit, an undoing too."""
    STALE = "stale"
    """The base was moved under a page that did not change: git moved it alone."""
    UNSURE = "unsure"
    """Both moved, or nothing is remembered: only their contents can tell."""


def standing(page: str, base: BaseInfo | None, step: Step | None) -> Standing:
    """Tell how a page stands to its base, by their tokens and those last seen in step.

    Args:
        page: The page's token.
        base: The base as it is now, if it can be read.
        step: The pair that was last seen in step, if that is remembered.
    """
    if step is None:
        return Standing.UNSURE
    if base is not None and base.digest == step.base:
        return Standing.CLEAN if page == step.page else Standing.EDITED
    return Standing.STALE if page == step.page else Standing.UNSURE


def clean(
    pages: Mapping[str, str], bases: Mapping[str, BaseInfo], steps: Mapping[str, Step]
) -> list[str]:
    """The ids of pages whose standing is `Standing.CLEAN`; asked of all of them at every look.

    Args:
        pages: The pages' tokens by short_id.
        bases: The bases as they are now.
        steps: The pairs that were last seen in step.
    """
    return [
        short_id
        for short_id, (page, base) in steps.items()
        if pages.get(short_id) == page and short_id in bases and bases[short_id].digest == base
    ]


def reconcile(
    base: Mapping[str, State],
    local: Mapping[str, State],
    remote: Mapping[str, State],
    *,
    stale: Collection[str] = (),
    intents: Collection[str] = (),
    delete: Collection[str] = (),
    outside: Collection[str] = (),
) -> Plan:
    """Decide what is to be done, notebook by notebook.

    A notebook that is in none of a side's mapping is absent there. Only equality is asked of
    the states, so an `Unloaded` one stands for whatever has its token and for nothing else.

    Args:
        base: What both sides held when they last agreed.
        local: What the files say.
        remote: What the server says.
        stale: Ids of pages that are an earlier text, not an edit: brought up, never sent.
        intents: Ids of pages that are to become notebooks.
        delete: Ids whose missing page means that the notebook is to go.
        outside: Ids that the filter leaves out: nothing is done, whatever stands on either side.
    """
    apart = Plan(outside=tuple(sorted(each for each in outside if each in base or each in local)))
    decided = (
        _decide(
            short_id,
            base.get(short_id),
            local.get(short_id),
            remote.get(short_id),
            stale=short_id in stale,
            intent=short_id in intents,
            delete=short_id in delete,
        )
        for short_id in sorted(_moved(base, local, remote))
        if short_id not in outside
    )
    return join((apart, *decided))


def _moved(
    base: Mapping[str, State], local: Mapping[str, State], remote: Mapping[str, State]
) -> set[str]:
    """The ids that anything may have to be decided for.

    Where one and the same state stands on both sides and in base, both sides are equal and base
    holds just that: by the table's first row there is nothing to remember either. That is so for
    nearly all, nearly always.
    """
    same = {
        short_id
        for short_id, state in base.items()
        if state is local.get(short_id)
        and state is remote.get(short_id)
        and not isinstance(state, Unreadable)
    }
    return (base.keys() | local.keys() | remote.keys()) - same


def _decide(  # noqa: PLR0911 - one return for each row of the table
    short_id: str,
    base: State,
    local: State,
    remote: State,
    *,
    stale: bool,
    intent: bool,
    delete: bool,
) -> Plan:
    """One notebook's row of the table (docs/explanation/how-a-sync-decides.md)."""
    if isinstance(local, Unreadable) or isinstance(remote, Unreadable):
        found = (local, remote)
        return Plan(unreadable=tuple(side for side in found if isinstance(side, Unreadable)))
    if isinstance(base, Unreadable):
        base = None
    if local == remote:
        return Plan(base=(short_id,)) if base != remote else Plan()
    if stale and not (base is None and remote is None):  # for a missing base nothing is deleted
        return Plan(local=(Change(short_id, local, remote),))
    if remote == base:
        return _only_local_moved(short_id, local, remote, intent=intent, delete=delete)
    if local == base:
        return Plan(local=(Change(short_id, local, remote),))
    if local is None:
        return Plan(local=(Change(short_id, None, remote, EDIT_BEATS_DELETION),))
    if remote is None:
        return Plan(remote=(Change(short_id, None, local, EDIT_BEATS_DELETION),))
    return Plan(conflicts=(Conflict(short_id, base, local, remote),))


def _only_local_moved(
    short_id: str,
    local: Notebook | Unloaded | None,
    remote: Notebook | Unloaded | None,
    *,
    intent: bool,
    delete: bool,
) -> Plan:
    if local is None and not delete:
        return Plan(held=(short_id,))
    if remote is None and not intent:
        return Plan(orphans=(short_id,))
    return Plan(remote=(Change(short_id, remote, local),))


def join(plans: Iterable[Plan]) -> Plan:
    """All that is in the plans, in one."""
    parts = tuple(plans)
    return Plan(
        **{
            part.name: tuple(chain.from_iterable(getattr(plan, part.name) for plan in parts))
            for part in fields(Plan)
        }
    )


def half(plan: Plan, *, pull: bool, push: bool) -> Plan:
    """What is left of a plan when only files, or only the server, may be changed."""
    return replace(plan, local=plan.local if pull else (), remote=plan.remote if push else ())


def check_guards(
    plan: Plan,
    *,
    tracked: int,
    allowed: int | None = None,
    names: Mapping[str, str] | None = None,
) -> None:
    """Refuse a plan that deletes on either side, or overwrites on the server, too much at once.

    Too much is more than five notebooks and more than a quarter of those tracked. Bringing
    clean pages up to date never counts: a backup that slept for a month must just run.

    Args:
        plan: The half, or the halves, about to be carried out.
        tracked: How many notebooks the mirror holds.
        allowed: The number that was confirmed, an upper bound.
        names: What people call the notebooks, by short_id.

    Raises:
        GuardTripped: It does.
    """
    local = [change.short_id for change in plan.local if change.action == "delete"]
    remote = [change.short_id for change in plan.remote if change.action == "delete"]
    written = [change.short_id for change in plan.remote if change.action == "update"]
    count = len(local) + len(remote) + len(written)
    limit = max(_ALWAYS_ALLOWED, tracked / _ALLOWED_SHARE, allowed or 0)
    if count <= limit:
        return
    parts = (
        (local, "delete", "here"),
        (remote, "delete", "in PostHog"),
        (written, "overwrite", "in PostHog"),
    )
    known = names or {}
    words = [
        f"{verb} {len(ids)} {where} ({_first(ids, known)})" for ids, verb, where in parts if ids
    ]
    raise GuardTripped(
        f"This would {' and '.join(words)}, of {tracked} notebooks. Nothing was done.",
        count=count,
        hint=f"--allow-changes={count}",
    )


def _first(short_ids: Sequence[str], names: Mapping[str, str]) -> str:
    """The first few notebooks by name, and how many more there are."""
    shown = [names.get(short_id, short_id) for short_id in short_ids[:_NAMED]]
    more = len(short_ids) - len(shown)
    return f"{', '.join(shown)} and {more} more" if more else ", ".join(shown)
