"""A commit as data: who did what to which files, to be made in a git repository."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit to be made.

    Attributes:
        author: The name of whose doing it is.
        email: Their address.
        at: When they did it, in seconds since 1970; None for now.
        message: All of the message.
        files: What each path is to hold, relative to the mirror's root; None where it goes.
        notebooks: The ids of the notebooks in it.
    """

    author: str
    email: str
    at: int | None
    message: str
    files: Mapping[str, bytes | None] = field(repr=False)
    notebooks: tuple[str, ...]

    @property
    def subject(self) -> str:
        """The message's first line."""
        return self.message.partition("\n")[0]
