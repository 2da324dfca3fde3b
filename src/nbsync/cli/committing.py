"""--commit: what came from PostHog, as commits of its people; and how that is told."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from nbsync.cli.mirror import Opened
from nbsync.cli.options import Settings
from nbsync.cli.show import plain, sentence, show_next
from nbsync.errors import NbsyncError
from nbsync.model import Problem, Report

if TYPE_CHECKING:
    from nbsync.local.commits import Repository
    from nbsync.sync.committing import Committed

_SHOWN = 5
_SHORT = 10


def committing(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the option to commit; it is handed over as `commit`, None if not given."""
    option = click.option(
        "--commit/--no-commit",
        "commit",
        default=None,
        help="Commit what came from PostHog, as the people who wrote it.",
    )
    return option(function)


@dataclass(slots=True)
class Committing:
    """What a run is to commit, and what it did.

    Attributes:
        repository: The git repository; None where nothing is to be committed.
        done: What was committed and what was left alone; None before, and where that failed.
    """

    repository: Repository | None = None
    done: Committed | None = None

    def finish(self, report: Report, there: Opened, only: Collection[str] | None) -> Report:
        """Commit what came; where that fails, the report says so, and all else stands."""
        if self.repository is None:
            return report
        from nbsync.store.texts import base_in
        from nbsync.sync.committing import commit

        try:
            self.done = commit(there.mirror, self.repository, read_base=base_in, only=only)
        except NbsyncError as error:
            what = f"{sentence(error.message)} Nothing was committed; nothing is lost."
            problem = Problem("", None, what, error.hint, error.exit_code)
            return replace(report, problems=(*report.problems, problem))
        return report

    def document(self) -> dict[str, Any]:
        """What the JSON document says of it; nothing where nothing was to be committed."""
        if self.repository is None:
            return {}
        done = self.done
        commits = [
            {
                "commit": made,
                "author": commit.author,
                "email": commit.email,
                "subject": commit.subject,
                "notebooks": list(commit.notebooks),
            }
            for made, commit in (done.commits if done else ())
        ]
        return {"commits": commits, "left_out": list(done.left_out) if done else []}

    def show(self, settings: Settings) -> None:
        """Tell people of it, on standard error: it is no result of the sync."""
        if self.done is None or settings.as_json:
            return
        for made, commit in self.done.commits if settings.chats else ():
            click.echo(
                f"commit {made[:_SHORT]}  {plain(commit.author)}: {plain(commit.subject)}", err=True
            )
        left_out = self.done.left_out
        for each in left_out[:_SHOWN]:
            click.echo(f"not committed: {plain(each.path)}: {each.why}.", err=True)
            if each.hint:
                show_next(each.hint)
        if len(left_out) > _SHOWN:
            click.echo(f"not committed: {len(left_out) - _SHOWN} more", err=True)


def prepared(there: Opened, *, said: bool | None, dry_run: bool) -> Committing:
    """Look for the repository, before anything is done, where a run is to commit.

    Args:
        there: The mirror.
        said: What the option says; None leaves it to `[git] commit` in nbsync.toml.
        dry_run: Nothing is to be done.

    Raises:
        ConfigError: The mirror lies in no git repository.
        NbsyncError: There is no git, or it is too old.
    """
    wanted = there.config.git_commit if said is None else said
    if not wanted or dry_run:
        return Committing()
    from nbsync.local.commits import Repository

    return Committing(Repository(there.root))
