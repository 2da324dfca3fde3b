"""What came from the server as commits: one for each person, in the order it was written."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from nbsync.model import Json
from nbsync.model.commit import Commit
from nbsync.sync.messages import Told, author_of, message_of, seconds_of
from nbsync.sync.tree import LeftOut, ReadBase, Received, Tree
from nbsync.sync.uncommitted import received
from nbsync.sync.work import Mirror

_Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Committed:
    """What was committed, and what was not.

    Attributes:
        commits: (the commit's id in git, what it holds), the oldest first.
        left_out: Notebooks that were left alone, and why.
    """

    commits: tuple[tuple[str, Commit], ...] = ()
    left_out: tuple[LeftOut, ...] = ()


def commit(
    mirror: Mirror,
    tree: Tree,
    *,
    read_base: ReadBase,
    only: Collection[str] | None = None,
) -> Committed:
    """Commit what came from the server and is not in git yet, whichever run it came in.

    What is committed is the server's record as a page, and its base: never the working file.

    Args:
        mirror: The mirror, whose lock is held.
        tree: The git repository that it lies in.
        read_base: Reads a base file, given its bytes and its notebook's id; raises ValueError.
        only: Ids to look at; all without it.

    Raises:
        NbsyncError: Nothing was committed, and why; nothing is lost.
    """
    found, left_out = received(mirror, tree, read_base=read_base, only=only)
    commits = commits_of(found)
    made = tree.publish(commits) if commits else ()
    return Committed(tuple(zip(made, commits, strict=True)), tuple(left_out))


def commits_of(found: Iterable[Received]) -> tuple[Commit, ...]:
    """Make commits of what came, one for each person; the latest of their moments is its own.

    Args:
        found: What came, by notebook.
    """
    groups: dict[_Key, list[Received]] = {}
    for each in sorted(found, key=_moment, reverse=True):
        groups.setdefault(_key(each.by), []).append(each)
    ordered = sorted(groups.values(), key=lambda group: (_moment(group[0]), group[0].short_id))
    return tuple(_commit_of(group) for group in ordered)


def _moment(received: Received) -> tuple[bool, int, str]:
    """Orders what came by when it was written; what nobody knows of comes last."""
    seconds = seconds_of(received.at)
    return (seconds is None, seconds or 0, received.at)


def _key(person: Json) -> _Key:
    """Tells people apart, by what git is told of them and by who they are to PostHog."""
    uuid = person.get("uuid") if isinstance(person, dict) else None
    return (*author_of(person), uuid if isinstance(uuid, str) else "")


def _commit_of(group: Sequence[Received]) -> Commit:
    """The commit of one person's notebooks, the latest first."""
    author, email = author_of(group[0].by)
    told = [Told(one.short_id, one.title, one.version, one.gone) for one in group]
    return Commit(
        author=author,
        email=email,
        at=seconds_of(group[0].at),
        message=message_of(told),
        files={path: data for one in group for path, data in one.files.items()},
        notebooks=tuple(one.short_id for one in group),
    )
