"""status, diff and list: what stands where, without changing anything."""

from __future__ import annotations

import difflib
from collections import Counter
from dataclasses import dataclass
from pathlib import PurePosixPath

import click

from nbsync import formats
from nbsync.cli.mirror import Opened, find, opened
from nbsync.cli.options import Settings, common
from nbsync.cli.show import show_json, show_trouble
from nbsync.model import Page, Plan
from nbsync.sync import Mirror, Survey
from nbsync.sync import status as look_at

_DIFFERENCES = 8


@dataclass(frozen=True, slots=True)
class _Line:
    """One notebook that is not in step."""

    state: str
    short_id: str
    path: str
    title: str
    note: str = ""


_STATES = {
    "edited": "Edited here (nbsync push sends it):",
    "new": "New here (nbsync push creates it):",
    "changed": "Changed in PostHog (nbsync pull brings it):",
    "both": "Changed on both sides (nbsync sync merges it):",
    "conflict": "In conflict (nbsync resolve NOTEBOOK --ours | --theirs):",
    "missing": "Page missing, notebook untouched (nbsync restore NOTEBOOK brings it back):",
    "gone": "No longer listed in PostHog (the next pull looks it up):",
    "orphan": "A page with an id that nothing is known of (nbsync pull looks it up):",
}


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
    with opened(settings, online=not offline, writes=not offline) as there:
        survey, plan = look_at(there.mirror, offline=offline)
        lines = _lines(survey, plan)
        unreadable = dict.fromkeys((*plan.unreadable, *survey.snapshot.unreadable))
        in_step = len(survey.bases.keys() - {line.short_id for line in lines})
        as_json = _as_json(there, survey)
        requests = there.mirror.remote.requests
    if settings.as_json:
        show_json(
            "status",
            differences=lines,
            unreadable=[*unreadable],
            in_step=in_step,
            untracked=survey.snapshot.untracked,
            kept_as_json=as_json,
            requests=requests,
        )
    else:
        _show(survey, lines, in_step, as_json)
        show_trouble(unreadable)
    return _DIFFERENCES if differs and (lines or unreadable) else 0


def _lines(survey: Survey, plan: Plan) -> list[_Line]:
    conflicts = survey.conflicts.keys()
    states = {
        **{c.short_id: ("changed", c.note) for c in plan.local},
        **{c.short_id: ("edited", c.note) for c in plan.remote},
        **{c.short_id: ("gone", "") for c in plan.local if c.new is None},
        **{c.short_id: ("new", "") for c in plan.remote if c.short_id in survey.intents},
        **{c.short_id: ("both", "") for c in plan.conflicts},
        **dict.fromkeys(plan.held, ("missing", "")),
        **dict.fromkeys(plan.orphans, ("orphan", "")),
        **dict.fromkeys(conflicts, ("conflict", "")),
    }
    return [
        _Line(
            state, short_id, survey.snapshot.paths.get(short_id, ""), _title(survey, short_id), note
        )
        for short_id, (state, note) in sorted(states.items())
    ]


def _title(survey: Survey, short_id: str) -> str:
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
        if path.endswith(formats.JSON):
            base = there.mirror.store.base(short_id)
            why = formats.why_json(base.record.notebook) if base else ""
            reasons[why or "it was kept so before"] += 1
    return dict(reasons)


def _show(survey: Survey, lines: list[_Line], in_step: int, as_json: dict[str, int]) -> None:
    for state, heading in _STATES.items():
        found = [line for line in lines if line.state == state]
        if found:
            click.echo(heading)
        for line in found:
            note = f"  [{line.note}]" if line.note else ""
            where = line.path or line.short_id
            click.echo(f"  {where}  {click.style(line.title, bold=True)}{note}")
    click.echo(f"{_count(in_step, 'notebook')} in step.")
    for why, number in as_json.items():
        click.echo(f"{_count(number, 'notebook')} kept as JSON: {why}.")
    untracked = survey.snapshot.untracked
    if untracked:
        names = ", ".join(untracked[:3]) + (", …" if len(untracked) > 3 else "")  # noqa: PLR2004 - a taste
        click.echo(f"{_count(len(untracked), 'file')} untracked: {names} (nbsync add FILE)")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


@click.command()
@click.argument("notebooks", nargs=-1, metavar="[NOTEBOOK]...")
@common
def diff(settings: Settings, notebooks: tuple[str, ...]) -> int:
    r"""Show your edits: each page against what it stands on. Asks the server nothing.

    \b
    Examples:
      nbsync diff
      nbsync diff "Weekly numbers"
    """
    with opened(settings, online=False, writes=False) as there:
        survey, plan = look_at(there.mirror, offline=True)
        only = find(notebooks, there, settings) if notebooks else sorted(survey.snapshot.paths)
        differences = []
        for short_id in only:
            same = survey.local.get(short_id) == survey.base.get(short_id)
            if not same and short_id in survey.snapshot.paths:
                differences.append((short_id, _diff(there.mirror, survey, short_id)))
    if settings.as_json:
        found = [
            {"short_id": short_id, "path": survey.snapshot.paths[short_id], "diff": text}
            for short_id, text in differences
        ]
        show_json("diff", differences=found)
        return 0
    for _, text in differences:
        for line in text.splitlines(keepends=True):
            colour = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1])
            click.secho(line.removesuffix("\n"), fg=colour)
    show_trouble(dict.fromkeys(plan.unreadable))
    return 0


def _diff(mirror: Mirror, survey: Survey, short_id: str) -> str:
    path = survey.snapshot.paths[short_id]
    page, base = mirror.local.read(short_id, path), mirror.store.base(short_id)
    if not isinstance(page, Page):
        return ""
    before = ""
    if base is not None:
        suffix = PurePosixPath(path).suffix
        before = formats.render(base.record.notebook, short_id, suffix, like=page.text)
    name = f"a/{path}", f"b/{path}"
    lines = (before.splitlines(keepends=True), page.text.splitlines(keepends=True))
    return "".join(difflib.unified_diff(*lines, *name))


@click.command(name="list")
@common
def list_(settings: Settings) -> int:
    r"""List the notebooks of this mirror. Asks the server nothing.

    \b
    Examples:
      nbsync list
      nbsync list --json
    """
    with opened(settings, online=False, writes=False) as there:
        survey, _ = look_at(there.mirror, offline=True)
    known = sorted(survey.bases.keys() | survey.snapshot.paths.keys())
    rows = [
        {
            "short_id": short_id,
            "path": survey.snapshot.paths.get(short_id),
            "title": _title(survey, short_id),
            "version": survey.bases[short_id].version if short_id in survey.bases else None,
        }
        for short_id in known
    ]
    if settings.as_json:
        show_json("list", notebooks=rows)
        return 0
    width = max((len(str(row["path"] or "(missing)")) for row in rows), default=0)
    for row in rows:
        path = str(row["path"] or "(missing)")
        click.echo(f"{row['short_id']:<12}  {path:<{width}}  {row['title']}")
    return 0


COMMANDS = {"status": status, "diff": diff, "list": list_}
