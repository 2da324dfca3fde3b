"""The notebooks that one name could mean: an error that lists them, which can also be asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from shlex import quote

from nbsync.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Candidate:
    """A notebook that a name could mean; path is None where it has no page here."""

    short_id: str
    title: str
    path: str | None


class AmbiguousError(ConfigError):
    """A name that several notebooks go by.

    Args:
        name: What was typed.
        candidates: What it could mean, in the order that they are told in.
    """

    def __init__(self, name: str, candidates: Sequence[Candidate]) -> None:
        super().__init__(
            f"{name!r} could be {len(candidates)} notebooks.",
            hint=f"name one by its short_id; all of them: nbsync list {quote(name)}",
        )
        self.candidates = tuple(candidates)
