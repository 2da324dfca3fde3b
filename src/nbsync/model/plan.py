"""What a run would do, and what it did, as data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from nbsync.model.notebook import Notebook, Unloaded, Unreadable


class Change(NamedTuple):
    """Replace old, the precondition, by new; no old is create, no new is delete."""

    short_id: str
    old: Notebook | Unloaded | None
    new: Notebook | Unloaded | None
    note: str = ""

    @property
    def action(self) -> str:
        """The word for it: create, update or delete."""
        if self.old is None:
            return "create"
        return "delete" if self.new is None else "update"


class Conflict(NamedTuple):
    """Both sides moved, differently; base is None where it is missing."""

    short_id: str
    base: Notebook | Unloaded | None
    local: Notebook | Unloaded
    remote: Notebook | Unloaded


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run would do, as data.

    Attributes:
        base: Ids where both sides agree, so that only base has to follow.
        local: Changes to files.
        remote: Changes to the server.
        conflicts: Both moved: merged where it can be, else left to a human.
        held: Ids whose page is missing and whose notebook is not: nothing is deleted for that.
        orphans: Ids of pages that no record and no intent stands behind, and the server knows not.
        outside: Ids that the filter leaves out, of pages and bases that are here: nothing is done.
        unreadable: What could not be understood.
    """

    base: tuple[str, ...] = ()
    local: tuple[Change, ...] = ()
    remote: tuple[Change, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    held: tuple[str, ...] = ()
    orphans: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()


class Side(StrEnum):
    """The side that a change was made on."""

    LOCAL = "local"
    REMOTE = "remote"


@dataclass(frozen=True, slots=True, order=True)
class Done:
    """One change that was carried out, or in a dry run would be."""

    path: str
    short_id: str
    side: Side
    action: str
    title: str
    version: int | None = None
    note: str = ""


class Problem(NamedTuple):
    """One notebook that something went wrong with; the others went on."""

    short_id: str
    path: str | None
    error: str
    hint: str = ""
    exit_code: int = 4


@dataclass(frozen=True, slots=True)
class OpenConflict:
    """A conflict that waits for a human, as it is told to one."""

    short_id: str
    path: str
    title: str
    regions: int
    remote_version: int
    remote_by: str
    remote_at: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a run did, could not do, and found."""

    changes: tuple[Done, ...] = ()
    conflicts: tuple[OpenConflict, ...] = ()
    problems: tuple[Problem, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    held: tuple[str, ...] = ()
    untracked: tuple[str, ...] = ()
    tracked: int = 0
    requests: int = 0
    outside: tuple[str, ...] = ()
    """Ids of pages with edits that are not sent: the filter leaves their notebooks out."""
