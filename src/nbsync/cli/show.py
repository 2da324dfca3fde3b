"""How results are told: lines for people, one JSON document for programs, exit codes for both."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from typing import Any

import click

from nbsync.cli.options import Settings
from nbsync.errors import AuthError, NbsyncError
from nbsync.model import Done, OpenConflict, Problem, Report, Side, Unreadable

_ARROWS = {Side.LOCAL: "<-", Side.REMOTE: "->"}
_COLOURS = {"create": "green", "delete": "red", "merge": "cyan", "restore": "green"}
_SCHEMA = 1


def show_json(kind: str, **content: Any) -> None:
    """Print the one JSON document."""
    document = {"type": f"nbsync.{kind}", "schema": _SCHEMA, **content}
    click.echo(json.dumps(document, ensure_ascii=False, indent=2, default=dataclasses.asdict))


def show_error(error: NbsyncError) -> None:
    """Say what went wrong and what to do next, on standard error; as JSON where asked for."""
    settings = _settings()
    if settings.as_json:
        show_json("error", error=error.message, hint=error.hint, exit_code=error.exit_code)
        return
    _trouble(error.message, error.hint)


def _settings() -> Settings:
    import sys

    return Settings(as_json="--json" in sys.argv[1:])


def _trouble(message: str, hint: str, *, mark: str = "error") -> None:
    click.echo(f"{click.style(f'{mark}:', fg='red')} {message}", err=True)
    if hint:
        click.echo(f"  next: {hint}", err=True)


def show_report(name: str, report: Report, settings: Settings, *, dry_run: bool = False) -> None:
    """Tell what a run did."""
    if settings.as_json:
        show_json(
            name,
            changes=report.changes,
            conflicts=report.conflicts,
            problems=[_problem(problem) for problem in report.problems],
            unreadable=[_problem(found) for found in report.unreadable],
            held=report.held,
            requests=report.requests,
        )
        return
    for change in report.changes:
        if not settings.quiet:
            click.echo(line_of(change))
    show_conflicts(report.conflicts, err=True)
    show_trouble((*report.problems, *report.unreadable))
    if not settings.quiet:
        click.echo(_summary(name, report, dry_run=dry_run), err=True)


def _problem(found: Problem | Unreadable) -> dict[str, object]:
    return {
        "short_id": found.short_id,
        "path": found.path,
        "error": found.error,
        "hint": found.hint,
    }


def line_of(change: Done) -> str:
    """One change in one line: direction, what, where, title, version."""
    word = click.style(f"{change.action:<8}", fg=_COLOURS.get(change.action))
    version = f"  (version {change.version})" if change.version is not None else ""
    note = f"  [{change.note}]" if change.note else ""
    title = click.style(change.title or "untitled", bold=True)
    where = change.path or change.short_id
    return f"{_ARROWS[change.side]} {word} {where}  {title}{version}{note}"


def show_conflicts(conflicts: Iterable[OpenConflict], *, err: bool = False) -> None:
    """Tell which conflicts are open, and how to settle one."""
    for conflict in conflicts:
        regions = "1 region" if conflict.regions == 1 else f"{conflict.regions} regions"
        click.echo(
            f"{click.style('conflict:', fg='yellow')} {conflict.path}  {conflict.title}  "
            f"({regions}; version {conflict.remote_version} by {conflict.remote_by}, "
            f"{conflict.remote_at[:16].replace('T', ' ')})\n"
            f"  next: nbsync resolve {conflict.short_id} --ours | --theirs"
            f"    (see .nbsync/conflicts/{conflict.short_id}/)",
            err=err,
        )


def show_trouble(found: Iterable[Problem | Unreadable]) -> None:
    """Tell what went wrong with single notebooks, each once."""
    for problem in dict.fromkeys(found):
        mark = "unreadable" if isinstance(problem, Unreadable) else "problem"
        _trouble(problem.error, problem.hint, mark=mark)


def _summary(name: str, report: Report, *, dry_run: bool) -> str:
    here = sum(change.side is Side.LOCAL for change in report.changes)
    there = len(report.changes) - here
    requests = "1 request" if report.requests == 1 else f"{report.requests} requests"
    if not report.changes:
        done = "Nothing to do" if not (report.problems or report.unreadable) else "Nothing done"
    else:
        verb = "would change" if dry_run else "changed"
        done = f"{verb} {here} here, {there} in PostHog"
    parts = [f"{name}: {done}", f"{report.tracked} notebooks", requests]
    if report.held:
        parts.insert(1, f"{len(report.held)} pages missing (nbsync status)")
    return ", ".join(parts) + "."


def exit_code(report: Report) -> int:
    """The code that a run's report ends a command with."""
    failed = [problem.exit_code for problem in report.problems]
    failed += [found.exit_code for found in report.unreadable]
    if AuthError.exit_code in failed:
        return AuthError.exit_code
    if failed:
        return 4
    return 5 if report.conflicts else 0
