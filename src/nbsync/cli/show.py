"""How results are told: lines for people, one JSON document for programs, exit codes for both."""

from __future__ import annotations

import dataclasses
import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click

from nbsync.cli.options import Settings
from nbsync.errors import AuthError, ConfigError, NbsyncError, Unavailable
from nbsync.model import Done, OpenConflict, Problem, Report, Side, Unreadable

ARROWS = {Side.LOCAL: "<-", Side.REMOTE: "->"}
COLOURS = {
    "create": "green",
    "delete": "red",
    "merge": "cyan",
    "merged": "cyan",
    "restore": "green",
}
# Nothing comes and nothing goes: a decision is noted.
_DECISIONS = frozenset({"keep", "ours", "forget"})
_SCHEMA = 1
_WIDEST = 40
_MANY = 60
_SHOWN_OF_MANY = 40
# What would end a line or play with a terminal, in texts that other people wrote.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def plain(text: str) -> str:
    """A text that somebody else wrote, fit to stand in a line on a terminal."""
    return _UNSAFE.sub("\ufffd", text)


def titled(title: str | None) -> str:
    """A title as it is shown, also where there is none."""
    return click.style(plain(title), bold=True) if title else click.style("untitled", dim=True)


def counted(number: int, noun: str) -> str:
    """A number and what it counts: "1 page", "2 pages"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def column(texts: Iterable[str]) -> int:
    """How wide a column is for texts; longer ones than is sensible stick out."""
    return max((len(text) for text in texts if len(text) <= _WIDEST), default=0)


def show_json(kind: str, **content: Any) -> None:
    """Print the one JSON document."""
    document = {"type": f"nbsync.{kind}", "schema": _SCHEMA, **content}
    readable = "utf" in (sys.stdout.encoding or "utf-8").lower()
    click.echo(
        json.dumps(document, ensure_ascii=not readable, indent=2, default=dataclasses.asdict)
    )


def show_next(hint: str) -> None:
    """Say what to do next, on standard error."""
    click.echo(f"  next: {plain(hint)}", err=True)


def show_error(error: NbsyncError, settings: Settings) -> None:
    """Say what went wrong and what to do next, on standard error; as JSON where asked for."""
    if settings.as_json:
        message, code = sentence(error.message), error.exit_code
        show_json("error", error=message, hint=error.hint, exit_code=code)
    else:
        _trouble(error.message, error.hint)


def sentence(message: str) -> str:
    """A message with a full stop, whoever wrote it."""
    return message if message.endswith((".", "?", "!", "…")) else f"{message}."


def _trouble(message: str, hint: str, *, mark: str = "error") -> None:
    click.echo(f"{click.style(f'{mark}:', fg='red')} {plain(sentence(message))}", err=True)
    if hint:
        show_next(hint)


def show_report(name: str, report: Report, settings: Settings, **more: Any) -> None:
    """Tell what was done, and what could not be.

    Args:
        name: The command.
        report: What it did.
        settings: How to speak.
        **more: What else the JSON document says.
    """
    if settings.as_json:
        show_json(name, **_document(report), **more)
        return
    if not settings.quiet:
        show_changes(report.changes)
    show_conflicts(report.conflicts, err=True)
    show_trouble((*report.problems, *report.unreadable))


def _document(report: Report) -> dict[str, Any]:
    """What a report says, for the JSON document."""
    return {
        "changes": report.changes,
        "conflicts": [conflict_told(conflict) for conflict in report.conflicts],
        "problems": problems(report.problems),
        "unreadable": problems(report.unreadable),
        "held": report.held,
        "requests": report.requests,
    }


def problems(found: Iterable[Problem | Unreadable]) -> list[dict[str, object]]:
    """Problems for the JSON document, each once."""
    return [
        {
            "short_id": each.short_id,
            "path": each.path,
            "error": sentence(each.error),
            "hint": each.hint,
        }
        for each in dict.fromkeys(found)
    ]


def show_changes(changes: Sequence[Done]) -> None:
    """Tell what changed, a line each; of very many on a terminal, the first."""
    shown = changes
    if len(changes) > _MANY and sys.stdout.isatty():
        shown = changes[:_SHOWN_OF_MANY]
    width = column(change.path or change.short_id for change in shown)
    for change in shown:
        click.echo(_line_of(change, width))
    if len(shown) < len(changes):
        click.echo(f"   … and {len(changes) - len(shown)} more")


def _line_of(change: Done, width: int) -> str:
    """One change in one line: direction, what, where, title, version."""
    arrow = "  " if change.action in _DECISIONS else ARROWS[change.side]
    word = click.style(f"{change.action:<7}", fg=COLOURS.get(change.action))
    version = f"  (version {change.version})" if change.version is not None else ""
    note = f"  [{plain(change.note)}]" if change.note else ""
    where = plain(change.path or change.short_id)
    return f"{arrow} {word} {where:<{width}}  {titled(change.title)}{version}{note}"


def conflict_told(conflict: OpenConflict, hint: str = "") -> dict[str, object]:
    """A conflict for the JSON document: what is known of it, where its files are, what to type."""
    return {
        **dataclasses.asdict(conflict),
        "files": f".nbsync/conflicts/{conflict.short_id}",
        "next": hint or f"nbsync resolve {conflict.short_id} --edit   # or --ours, --theirs",
    }


def show_conflicts(
    conflicts: Iterable[OpenConflict], *, hints: Mapping[str, str] | None = None, err: bool = False
) -> None:
    """Tell which conflicts are open, and how to settle one.

    Args:
        conflicts: The conflicts.
        hints: What to type next, by short_id, where more is known than that.
        err: Tell it on standard error.
    """
    for conflict in conflicts:
        told = conflict_told(conflict, (hints or {}).get(conflict.short_id, ""))
        where = plain(conflict.path) or f"{conflict.short_id} (page missing)"
        when = conflict.remote_at[:16].replace("T", " ")
        click.echo(
            f"{click.style('conflict:', fg='yellow')} {where}  {titled(conflict.title)}  "
            f"({counted(conflict.regions, 'region')}; version {conflict.remote_version} "
            f"by {plain(conflict.remote_by)}, {plain(when)} UTC)\n"
            f"  look: {told['files']}/\n"
            f"  next: {told['next']}",
            err=err,
        )


def show_trouble(found: Iterable[Problem | Unreadable]) -> None:
    """Tell what went wrong with single notebooks, each once, and where."""
    for problem in _distinct(found):
        mark = "unreadable" if isinstance(problem, Unreadable) else "problem"
        names = [name for name in (problem.path, problem.short_id) if name]
        said = not names or any(name in problem.error for name in names)
        message = problem.error if said else f"{names[0]}: {problem.error}"
        _trouble(message, problem.hint, mark=mark)


def _distinct(found: Iterable[Problem | Unreadable]) -> list[Problem | Unreadable]:
    """Problems without those that say the same of another file."""
    return list({(one.short_id, one.error): one for one in found}.values())


def show_summary(name: str, report: Report, *, dry_run: bool) -> None:
    """Sum up a run in one line, on standard error."""
    failed = len(_distinct((*report.problems, *report.unreadable)))
    parts = [_done(report, dry_run=dry_run, failed=failed)]
    if report.conflicts:
        parts.append(counted(len(report.conflicts), "conflict"))
    if failed:
        parts.append(counted(failed, "problem"))
    if report.held:
        parts.append(f"{counted(len(report.held), 'page')} missing (nbsync status)")
    size = f"{counted(report.tracked, 'notebook')}, {counted(report.requests, 'request')}"
    click.echo(f"{name}: {', '.join(parts)}; {size}.", err=True)


def _done(report: Report, *, dry_run: bool, failed: int) -> str:
    sides = [change.side for change in report.changes]
    counts = ((sides.count(Side.LOCAL), "here"), (sides.count(Side.REMOTE), "in PostHog"))
    changed = ", ".join(f"{number} {where}" for number, where in counts if number)
    if changed:
        return f"{'would change' if dry_run else 'changed'} {changed}"
    return "nothing done" if failed or report.conflicts else "nothing to do"


def exit_code(report: Report) -> int:
    """The code that a run's report ends a command with."""
    failed = [problem.exit_code for problem in report.problems]
    failed += [found.exit_code for found in report.unreadable]
    if AuthError.exit_code in failed:
        return AuthError.exit_code
    if failed:
        alike = set(failed) <= {failed[0]} and not report.changes
        ends_so = alike and failed[0] in {ConfigError.exit_code, Unavailable.exit_code}
        return failed[0] if ends_so else NbsyncError.exit_code
    return 5 if report.conflicts else 0
