"""status: what is not in step, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import NamedTuple

import click

from nbsync import formats
from nbsync.cli.columns import column, filled
from nbsync.cli.mirror import Access, Opened, copies, opened
from nbsync.cli.options import Settings, common
from nbsync.cli.show import (
    counted,
    plain,
    problems,
    show_json,
    show_next,
    show_trouble,
    titled,
)
from nbsync.model import Plan, Unreadable
from nbsync.sync import Survey
from nbsync.sync import status as look_at

_DIFFERENCES = 8
_NAMED = 3
_EDITS = frozenset({"edited", "both"})

STATES = {
    "edited": "Edited here (nbsync push sends it):",
    "new": "New here (nbsync push creates it):",
    "created": "New in PostHog (nbsync pull brings it):",
    "changed": "Changed in PostHog (nbsync pull brings it):",
    "both": "Changed on both sides (nbsync sync merges it):",
    "unknown": "Here and in PostHog, and not compared yet (nbsync sync compares them):",
    "conflict": "In conflict (nbsync conflicts, then nbsync resolve):",
    "lost": "Was to become a notebook, and its page is gone (nbsync rm NOTEBOOK forgets it):",
    "missing": "Page missing, notebook untouched (nbsync restore NOTEBOOK brings it back):",
    "gone": "No longer listed in PostHog (the next pull looks it up):",
    "orphan": "A page with an id that nothing is known of (the next pull looks it up):",
    "kept": "Edited here, and outside the filter (kept; nbsync push NOTEBOOK sends it):",
}
"""What is said of notebooks that are not in step, by state, in the order it is said in."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One notebook that is not in step."""

    state: str
    short_id: str
    path: str
    title: str
    note: str = ""


class _Standing(NamedTuple):
    """How the mirror stands."""

    differences: Sequence[Difference]
    unreadable: Sequence[Unreadable]
    in_step: int
    outside: Sequence[str]
    view_only: Sequence[str]
    untracked: Sequence[str]
    as_json: Mapping[str, int]
    requests: int
    verified: str
    copies: Sequence[str]


@click.command()
@click.option("--offline", is_flag=True, help="Ask the server nothing.")
@click.option("--exit-code", "differs", is_flag=True, help="Exit 8 if anything is not in step.")
@common
def status(settings: Settings, *, offline: bool, differs: bool) -> int:
    r"""Show what is not in step, in one request.

    \b
    Examples:
      nbsync status
      nbsync status --offline
      nbsync status --exit-code --json
    """
    access = Access.READ if offline else Access.NOTE
    with opened(settings, online=not offline, access=access) as there:
        found = _look(there, offline=offline)
    if settings.as_json:
        _show_json(found)
    else:
        _show(found)
    return _DIFFERENCES if differs and (found.differences or found.unreadable) else 0


def _look(there: Opened, *, offline: bool) -> _Standing:
    survey, plan = look_at(there.mirror, offline=offline)
    differences, viewed = out_of_step(survey, plan), there.view_only
    unreadable = tuple(dict.fromkeys((*plan.unreadable, *survey.snapshot.unreadable)))
    apart = {one.short_id for one in differences} | {one.short_id for one in unreadable}
    return _Standing(
        differences=[_viewed(one, viewed) for one in differences if one.state != "outside"],
        unreadable=unreadable,
        in_step=len(survey.bases.keys() - apart),
        outside=plan.outside,
        view_only=sorted(
            one for one in viewed if one in survey.bases or one in survey.snapshot.paths
        ),
        untracked=survey.snapshot.untracked,
        as_json=_as_json(there, survey),
        requests=there.mirror.remote.requests,
        verified=there.mirror.store.verified(),
        copies=[path.relative_to(there.root).as_posix() for path in copies(there.root)],
    )


def out_of_step(survey: Survey, plan: Plan) -> list[Difference]:
    """The notebooks that are not in step, or are outside the filter, by path and short_id."""
    new, old = survey.intents.keys(), survey.bases.keys()
    states = {
        **{c.short_id: ("changed", c.note) for c in plan.local},
        **{c.short_id: ("created", "") for c in plan.local if c.short_id not in old},
        **{c.short_id: ("edited", c.note) for c in plan.remote},
        **{c.short_id: ("gone", "") for c in plan.local if c.new is None},
        **{c.short_id: ("new", "") for c in plan.remote if c.short_id in new},
        **{c.short_id: ("unknown" if c.base is None else "both", "") for c in plan.conflicts},
        **dict.fromkeys(new - old - survey.local.keys() - survey.remote.keys(), ("lost", "")),
        **dict.fromkeys(plan.held, ("missing", "")),
        **dict.fromkeys(plan.orphans, ("orphan", "")),
        **dict.fromkeys(plan.outside, ("outside", "")),
        **dict.fromkeys(survey.kept_back, ("kept", "")),
        **dict.fromkeys(survey.conflicts.keys(), ("conflict", "")),
    }
    intended = {key: intent.path for key, intent in survey.intents.items()}
    paths = intended | dict(survey.snapshot.paths)
    found = (
        Difference(state, short_id, paths.get(short_id, ""), title_of(survey, short_id), note)
        for short_id, (state, note) in states.items()
    )
    return sorted(found, key=lambda one: (one.path, one.short_id))


def _viewed(one: Difference, viewed: Collection[str]) -> Difference:
    """A difference, with a word about an edit that the server will refuse."""
    refused = one.state in _EDITS and one.short_id in viewed
    notes = [*filter(None, [one.note]), *(["view only: it stays here"] if refused else [])]
    return replace(one, note="; ".join(notes))


def title_of(survey: Survey, short_id: str) -> str:
    """A notebook's title, as the page, base or the server's list tells it; "" for none."""
    title = getattr(survey.local.get(short_id), "title", None)
    if title is None and short_id in survey.bases:
        title = survey.bases[short_id].title
    if title is None and survey.rows is not None and short_id in survey.rows.tokens:
        title = survey.rows.tokens[short_id].partition(" =")[2]
    return title or ""


def _as_json(there: Opened, survey: Survey) -> dict[str, int]:
    """How many notebooks of a Markdown mirror are kept as JSON, by reason."""
    if there.config.form != "markdown":
        return {}
    reasons: Counter[str] = Counter()
    for short_id, path in survey.snapshot.paths.items():
        if path.endswith(formats.JSON) and short_id in survey.bases:
            base = there.mirror.store.base(short_id)
            why = formats.why_json(base.record.notebook) if base else ""
            reasons[why or "it was kept so before"] += 1
    return dict(sorted(reasons.items(), key=lambda one: (-one[1], one[0])))


def _show_json(found: _Standing) -> None:
    show_json(
        "status",
        differences=found.differences,
        unreadable=problems(found.unreadable),
        in_step=found.in_step,
        outside=found.outside,
        view_only=found.view_only,
        untracked=found.untracked,
        kept_as_json=found.as_json,
        requests=found.requests,
        verified=found.verified or None,
        copies=found.copies,
    )


def _show(found: _Standing) -> None:
    for state, heading in STATES.items():
        _show_state(heading, [one for one in found.differences if one.state == state])
    click.echo(f"{counted(found.in_step, 'notebook')} in step{_verified(found.verified)}.")
    if found.outside:
        click.echo(f"{counted(len(found.outside), 'notebook')} outside the filter.")
    if found.view_only:
        names = ", ".join(map(plain, found.view_only[:_NAMED])) + (
            ", …" if len(found.view_only) > _NAMED else ""
        )
        what = f"{counted(len(found.view_only), 'notebook')} that you may only view in PostHog"
        click.echo(f"{what}: {names} (nbsync open NOTEBOOK, and ask for editor access)")
    for why, number in found.as_json.items():
        click.echo(f"{counted(number, 'notebook')} kept as JSON: {why}.")
    if found.untracked:
        names = ", ".join(map(plain, found.untracked[:_NAMED]))
        more = ", …" if len(found.untracked) > _NAMED else ""
        files = counted(len(found.untracked), "file")
        click.echo(f"{files} untracked: {names}{more} (nbsync add FILE)")
    for name in found.copies:
        click.echo(f"{plain(name)} is open in an editor, or what you wrote could not be taken in.")
    if not (found.in_step or found.differences or found.unreadable or found.outside):
        show_next("nbsync pull")
    show_trouble(found.unreadable)


def _verified(at: str) -> str:
    """When every notebook was last asked for its version, in words; "" if that is not known."""
    if not at:
        return ""
    days = (datetime.now(UTC) - datetime.fromisoformat(at)).days
    when = "today" if days < 1 else f"{counted(days, 'day')} ago"
    return f", verified {when}"


def _show_state(heading: str, differences: Sequence[Difference]) -> None:
    if differences:
        click.echo(heading)
    room = column(plain(one.path or one.short_id) for one in differences)
    for one in differences:
        note = f"  [{plain(one.note)}]" if one.note else ""
        where = filled(plain(one.path or one.short_id), room)
        click.echo(f"  {where}  {titled(one.title)}{note}")


COMMANDS = {"status": status}
