"""The seam to git: what is asked of a repository, and what goes into it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from nbsync.model import Base, Json
from nbsync.model.commit import Commit

BASES = ".nbsync/base/"
"""Where the base records lie, below the mirror's root."""

Entry: TypeAlias = tuple[str, str]
"""What git holds at a path: its mode, and the id of its content."""

ReadBase: TypeAlias = Callable[[bytes, str], Base]
"""Reads a base file, given its bytes and its notebook's id; raises ValueError where it is none."""


class Tree(Protocol):
    """What is asked of git; every path is relative to the mirror's root."""

    def changed(self) -> Collection[str]:
        """The paths that HEAD may not hold as the working tree or the index does."""
        ...

    def head(self) -> Mapping[str, Entry]:
        """What HEAD holds, by path."""
        ...

    def index(self) -> Mapping[str, Entry]:
        """What is staged, by path; a path that is not merged has no such entry as HEAD's."""
        ...

    def contents(self, blobs: Collection[str]) -> Mapping[str, bytes]:
        """Contents by their ids."""
        ...

    def blob(self, data: bytes) -> str:
        """The id that git gives a content."""
        ...

    def working(self, path: str) -> bytes | None:
        """The bytes of a file; None where there is none."""
        ...

    def barred(self, paths: Collection[str]) -> Mapping[str, str]:
        """Why paths cannot be committed; those that can be are not in it."""
        ...

    def publish(self, commits: Sequence[Commit]) -> Sequence[str]:
        """Make commits on HEAD, all or none, and let clean index entries follow; their ids."""
        ...


@dataclass(frozen=True, slots=True)
class Received:
    """What came of one notebook.

    Attributes:
        short_id: The notebook.
        title: Its title.
        version: The server's version; None where it is not known.
        by: Whose doing it is: uuid, name and email; None where it is not known.
        at: When they did it, ISO 8601; "" where it is not known.
        gone: Whether it was deleted.
        files: What each path is to hold, relative to the mirror's root; None where it goes.
    """

    short_id: str
    title: str | None
    version: int | None
    by: Json
    at: str
    gone: bool = False
    files: Mapping[str, bytes | None] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A notebook that came and is not committed."""

    short_id: str
    path: str
    why: str
    hint: str = ""
