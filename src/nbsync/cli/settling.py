"""Merging conflicts by hand: one after the other, each on a copy of its files, without a lock."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import TypeAlias

import click

from nbsync import files
from nbsync.cli.mergetool import FILES, Tool, find_tool
from nbsync.cli.mirror import Access, Opened, copies, opened
from nbsync.cli.options import Settings
from nbsync.cli.show import sentence
from nbsync.errors import NbsyncError, PreconditionFailed
from nbsync.model import Artefact, OpenConflict, Problem, Report
from nbsync.store.folder import Folder
from nbsync.sync.resolving import open_conflicts, take_merged_each, to_merge

Named: TypeAlias = Callable[[Opened], list[str]]
"""Finds the notebooks that were named, by short_id."""


@dataclass(frozen=True, slots=True)
class _Copy:
    """The files of a conflict, copied for somebody to merge.

    Attributes:
        conflict: The conflict.
        artefact: What was copied.
        folder: Where the copies lie.
        texts: What was written there, by name.
    """

    conflict: OpenConflict
    artefact: Artefact
    folder: Path
    texts: Mapping[str, bytes]

    def file(self, name: str) -> Path:
        """Where one of them lies: "base", "local", "remote" or "merged"."""
        return self.folder / f"{name}{self.artefact.suffix}"

    def written(self) -> bytes:
        """What the merged text is now.

        Raises:
            NbsyncError: It cannot be read.
        """
        with files.explained(_typed(self.file("merged")), "read"):
            return files.read(self.file("merged"))[0]

    def changed(self) -> list[str]:
        """The names of those in which something was written."""
        return [name for name, text in self.texts.items() if _differs(self.file(name), text)]

    def remove(self, *, taken: Sequence[str] = ()) -> None:
        """Remove the copies, but not what was written in others than were taken."""
        for name in self.changed():
            if name not in taken:
                where = _typed(self.file(name))
                click.echo(f"What you wrote in {name} was not taken; it is in {where}.", err=True)
                return
        shutil.rmtree(self.folder, ignore_errors=True)


class _KeptError(NbsyncError):
    """A merge that was not taken, and where it is now."""

    def __init__(self, error: NbsyncError, copy: _Copy) -> None:
        where = _typed(copy.file("merged"))
        super().__init__(
            f"{sentence(error.message)} What you wrote is kept in {where}.",
            hint=f"{error.hint.partition('   #')[0]}   # and take over what you want from "
            f"{shlex.quote(where)}",
        )
        self.exit_code = error.exit_code


def merge_each(settings: Settings, named: Named, *, again: str) -> tuple[Report, int]:
    """Let the user merge conflicts, one after the other, and settle each with what came of it.

    One that cannot be settled holds up no other; a merge tool that fails does.

    Args:
        settings: Where to look, and how to speak.
        named: Finds the notebooks.
        again: The command, for hints.

    Returns:
        What was done, and how many notebooks were named.

    Raises:
        ConfigError: No merge tool is known, or the notebooks cannot be found.
    """
    tool = find_tool(again)
    with opened(settings, online=False) as there:
        only = named(there)
    report = Report()
    for at, short_id in enumerate(only):
        try:
            copy = _copied(settings, short_id)
        except NbsyncError as error:
            report = _with(report, _problem(short_id, None, error))
            continue
        try:
            _let_merge(tool, copy, settings)
        except NbsyncError as error:
            report = _with(report, _stopped(_problem(short_id, copy, error), only[at + 1 :]))
            break
        report = _with(report, _taken(settings, copy))
    with opened(settings, online=False, access=Access.READ) as there:
        still = open_conflicts(there.mirror)
    return replace(report, conflicts=tuple(each.conflict for each in still)), len(only)


def _copied(settings: Settings, short_id: str) -> _Copy:
    """Lay out copies of a conflict's files; the lock is not held when they are merged.

    Raises:
        NbsyncError: There is no such conflict, or it cannot be merged as it is.
    """
    with opened(settings, online=False) as there:
        conflict, artefact = to_merge(there.mirror, short_id)
        for kept in copies(there.root, f"{short_id}-merge"):
            click.echo(f"An earlier merge of this page is still in {_typed(kept)}.", err=True)
        texts = {
            name.lower(): artefact.texts.get(name.lower(), "").encode("utf-8", "surrogateescape")
            for name in FILES
        }
        folder = there.root / ".nbsync" / "edits"
        names = (f"{short_id}-merge-{number}" for number in count(1))
        with files.explained(_typed(folder), "written"):
            files.make_folder(folder)
            folder /= next(name for name in names if not os.path.lexists(folder / name))
            files.make_folder(folder)
            copy = _Copy(conflict, artefact, folder, texts)
            for name, text in texts.items():
                files.create(copy.file(name), text)
    return copy


def _let_merge(tool: Tool, copy: _Copy, settings: Settings) -> None:
    """Run the merge tool; of one that fails, what was written is kept.

    Raises:
        NbsyncError: It could not be started, or failed.
    """
    again = f"nbsync resolve {copy.conflict.short_id} --edit"
    paths = {name: copy.file(name.lower()) for name in FILES}
    try:
        tool.run(paths, again=again, quiet=settings.as_json)
    except BaseException as error:
        if not copy.changed():
            copy.remove()
            raise
        if not isinstance(error, NbsyncError):
            click.echo(f"\nWhat you wrote is kept in {_typed(copy.folder)}.", err=True)
            raise
        raise _KeptError(error, copy) from error


def _taken(settings: Settings, copy: _Copy) -> Report:
    """Settle a conflict with what was written, if it is still the one that was merged."""
    short_id = copy.conflict.short_id
    try:
        written = copy.written()
        with opened(settings, online=False) as there:
            _check_same(there, copy)
            path = Folder(there.root / ".nbsync" / "conflicts", "").entry(short_id)
            path /= f"merged{copy.artefact.suffix}"
            if written != copy.texts["merged"]:
                with files.explained(_typed(path), "written"):
                    files.replace(path, written)
                    files.flush_folder(path.parent)
            copy.remove(taken=["merged"])
            return take_merged_each(there.mirror, [short_id])
    except NbsyncError as error:
        if copy.changed():
            return Report(problems=(_problem(short_id, copy, _KeptError(error, copy)),))
        copy.remove()
        return Report(problems=(_problem(short_id, copy, error),))


def _check_same(there: Opened, copy: _Copy) -> None:
    """Look at a conflict again: while it was merged, anything may have happened to it.

    Raises:
        PreconditionFailed: It was settled, or laid out anew.
        NbsyncError: The page cannot be read, or was edited meanwhile.
    """
    short_id, before = copy.conflict.short_id, copy.artefact
    if short_id not in there.mirror.store.conflicts():
        what = f"The conflict about notebook {short_id} was settled while you merged it."
        raise PreconditionFailed(what, hint=f"nbsync edit {short_id}")
    _, now = to_merge(there.mirror, short_id)
    if (now.remote.stamp, now.texts) != (before.remote.stamp, before.texts):
        what = f"The conflict about notebook {short_id} was laid out anew while you merged it."
        raise PreconditionFailed(what, hint=f"nbsync resolve {short_id} --edit")


def _with(report: Report, more: Report | Problem) -> Report:
    if isinstance(more, Problem):
        return replace(report, problems=(*report.problems, more))
    return replace(
        more,
        changes=(*report.changes, *more.changes),
        problems=(*report.problems, *more.problems),
    )


def _problem(short_id: str, copy: _Copy | None, error: NbsyncError) -> Problem:
    path = copy.conflict.path if copy else None
    return Problem(short_id, path, error.message, error.hint, error.exit_code)


def _stopped(problem: Problem, rest: Sequence[str]) -> Problem:
    """The failure of a merge tool, and what was not begun because of it."""
    if not rest:
        return problem
    error = f"{sentence(problem.error)} Not begun: {', '.join(rest)}."
    own, more = f"{problem.short_id} --edit", f"{problem.short_id} {' '.join(rest)} --edit"
    return problem._replace(error=error, hint=problem.hint.replace(own, more))


def _differs(path: Path, text: bytes) -> bool:
    """Whether something else than a text was written into its file, as far as can be told."""
    try:
        return files.read(path)[0] != text
    except FileNotFoundError:
        return False
    except OSError:
        return True


def _typed(path: Path) -> str:
    """A path that can be typed where the command was."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
