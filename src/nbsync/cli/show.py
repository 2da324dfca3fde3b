"""How results are told: lines for people, one JSON document for programs, exit codes for both."""

from __future__ import annotations

import dataclasses
import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from nbsync.cli.columns import column, filled, line, lined_up
from nbsync.cli.options import Settings
from nbsync.errors import AuthError, ConfigError, NbsyncError, Unavailable
from nbsync.model import Done, OpenConflict, Problem, Report, Side, Unreadable

if TYPE_CHECKING:
    from nbsync.cli.candidates import Candidate

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
_MANY = 60
_SHOWN_OF_MANY = 40
CANDIDATES = 20
"""So many of the notebooks that a name could mean are told to people."""
# What would end a line or play with a terminal, in texts that other people wrote.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def plain(text: str) -> str:
    """A text that somebody else wrote, fit to stand in a line on a terminal."""
    return _UNSAFE.sub("\ufffd", text)


def titled(title: str | None) -> str:
    """A title as it is shown, also where there is none."""
    return click.style(plain(title), bold=True) if title else click.style("untitled", dim=True)


def counted(number: int, noun: str) -> str:
    """A number and what it counts: "1 page", "2 pages"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def show_json(kind: str, **content: Any) -> None:
    """Print the one JSON document."""
    click.echo(json_text({"type": f"nbsync.{kind}", "schema": _SCHEMA, **content}, indent=2))


def json_text(document: object, *, indent: int | None = None) -> str:
    """A JSON text for standard output, in which no terminal finds an order either."""
    readable = "utf" in (sys.stdout.encoding or "utf-8").lower()
    text = json.dumps(
        document, ensure_ascii=not readable, indent=indent, default=dataclasses.asdict
    )
    return _UNSAFE.sub(lambda found: found[0] if found[0] == "\n" else _escaped(found[0]), text)


def _escaped(character: str) -> str:
    return f"\\u{ord(character):04x}"


def show_next(hint: str) -> None:
    """Say what to do next, on standard error."""
    click.echo(f"  next: {plain(hint)}", err=True)


def show_error(error: NbsyncError, settings: Settings) -> None:
    """Say what went wrong and what to do next, on standard error; as JSON where asked for."""
    meant = getattr(error, "candidates", ())  # where a name could mean several notebooks
    if settings.as_json:
        message, code = sentence(error.message), error.exit_code
        more = {"candidates": meant} if meant else {}
        show_json("error", error=message, hint=error.hint, exit_code=code, **more)
    else:
        _trouble(error.message, error.hint, below=candidate_lines(meant))


def candidate_lines(candidates: Sequence[Candidate]) -> list[str]:
    """What a name could mean, a line each; of very many, the first."""
    shown = [
        (each.short_id, plain(each.title) or "untitled", plain(each.path or "(no page here)"))
        for each in candidates[:CANDIDATES]
    ]
    lines = [line(cells) for cells in lined_up(shown)]
    more = len(candidates) - len(shown)
    return [*lines, *([f"… and {more} more"] if more else [])]


def sentence(message: str) -> str:
    """A message with a full stop, whoever wrote it."""
    return message if message.endswith((".", "?", "!", "…")) else f"{message}."


def _trouble(message: str, hint: str, *, mark: str = "error", below: Iterable[str] = ()) -> None:
    click.echo(f"{click.style(f'{mark}:', fg='red')} {plain(sentence(message))}", err=True)
    for text in below:
        click.echo(f"  {text}", err=True)
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
    report = _in_order(report)
    if settings.as_json:
        show_json(name, **_document(report), **more)
        return
    if not settings.quiet:
        show_changes(report.changes)
    show_conflicts(report.conflicts, err=True)
    show_trouble((*report.problems, *report.unreadable))


def _in_order(report: Report) -> Report:
    """A report that tells the same things in the same order, in whatever order they happened."""
    return dataclasses.replace(
        report,
        changes=tuple(sorted(report.changes, key=lambda one: (one.path, one.short_id, one.side))),
        conflicts=tuple(sorted(report.conflicts, key=lambda one: (one.path, one.short_id))),
        problems=tuple(sorted(report.problems, key=_problem_order)),
        unreadable=tuple(sorted(report.unreadable, key=_problem_order)),
    )


def _problem_order(found: Problem | Unreadable) -> tuple[str, str, str]:
    return (found.path or "", found.short_id or "", found.error)


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
        for each in sorted(dict.fromkeys(found), key=_problem_order)
    ]


def show_changes(changes: Sequence[Done]) -> None:
    """Tell what changed, a line each; of very many on a terminal, the first."""
    shown = changes
    if len(changes) > _MANY and sys.stdout.isatty():
        shown = changes[:_SHOWN_OF_MANY]
    room = column(plain(change.path or change.short_id) for change in shown)
    for change in shown:
        click.echo(_line_of(change, room))
    if len(shown) < len(changes):
        click.echo(f"   … and {len(changes) - len(shown)} more")


def _line_of(change: Done, room: int) -> str:
    """One change in one line: direction, what, where, title, version."""
    arrow = "  " if change.action in _DECISIONS else ARROWS[change.side]
    word = click.style(f"{change.action:<7}", fg=COLOURS.get(change.action))
    version = f"  (version {change.version})" if change.version is not None else ""
    note = f"  [{plain(change.note)}]" if change.note else ""
    where = filled(plain(change.path or change.short_id), room)
    return f"{arrow} {word} {where}  {titled(change.title)}{version}{note}"


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
    for problem in distinct(found):
        mark = "unreadable" if isinstance(problem, Unreadable) else "problem"
        _trouble(located(problem), problem.hint, mark=mark)


def located(found: Problem | Unreadable) -> str:
    """What went wrong, and where, unless the words name the page or the notebook themselves."""
    names = [name for name in (found.path, found.short_id) if name]
    said = not names or any(name in found.error for name in names)
    return found.error if said else f"{names[0]}: {found.error}"


def distinct(found: Iterable[Problem | Unreadable]) -> list[Problem | Unreadable]:
    """Problems without those that say the same of another file."""
    return list({(one.short_id, one.error): one for one in found}.values())


def show_summary(name: str, report: Report, *, dry_run: bool) -> None:
    """Sum up a run in one line, on standard error."""
    failed = len(distinct((*report.problems, *report.unreadable)))
    parts = [_done(report, dry_run=dry_run, failed=failed)]
    if report.conflicts:
        parts.append(counted(len(report.conflicts), "conflict"))
    if failed:
        parts.append(counted(failed, "problem"))
    if report.held:
        parts.append(f"{counted(len(report.held), 'page')} missing (nbsync status)")
    if report.outside:
        parts.append(f"{counted(len(report.outside), 'edit')} kept outside the filter")
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
