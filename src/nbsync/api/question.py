"""A question to the server, and how it and what was answered are named in messages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nbsync.errors import AnswerLost, APIError, FormatError, NbsyncError, Unavailable
from nbsync.model import Json

_LONGEST = 300


class Offline(Unavailable):
    """There is no way to the server: nothing was sent."""


class Endless(Unavailable):
    """An answer began and did not end in any time that is worth waiting for, or waiting again."""


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked, as far as the answer's meaning depends on it.

    Attributes:
        method: GET, POST or PATCH.
        host: The normalised host that was asked.
        path: The path on it.
        project: The project in the path.
        short_id: The notebook in the path; None for the list and for a new notebook.
        expects: Whether a JSON value is the answer to this question.
        conditional: Whether "not modified" is an answer.
        log: Whether it is the notebook's activity log that was asked for.
        account: Whether it is about the key and its user, and no project.
    """

    method: str
    host: str
    path: str
    project: str
    short_id: str | None
    expects: Callable[[Json], bool]
    conditional: bool = False
    log: bool = False
    account: bool = False

    @property
    def writes(self) -> bool:
        """Whether the question may have had an effect."""
        return self.method != "GET"

    @property
    def one(self) -> bool:
        """Whether the answer is one thing, such as a notebook, and not a page of many."""
        return self.writes or (self.short_id is not None and not self.log)

    def __str__(self) -> str:
        """Name it in a message."""
        return f"{self.method} {self.host}{self.path}"


def unreadable_answer(asked: Question, why: str) -> APIError:
    """The error for an answer that is none: to a write, nobody knows what it did."""
    if asked.writes:
        return AnswerLost(
            f"{asked} was sent, and its answer cannot be read: {why}.", hint="nbsync status"
        )
    return Unavailable(
        f"{asked} was answered by something that is not PostHog's API: {why}.",
        hint="nbsync doctor   # check `host` in nbsync.toml, and whether a proxy or a login page"
        " stands in between",
    )


def unfit_answer(asked: Question, why: str) -> NbsyncError:
    """The error for an answer that says what it should, but cannot be kept."""
    if asked.writes:
        return unreadable_answer(asked, why)
    return FormatError(
        f"What {asked} answered cannot be kept: {why}.",
        hint="open the notebook in PostHog, and take out what is too large or too deep",
    )


def shown(text: str) -> str:
    """A foreign text that may stand on a terminal, cut to 300 characters."""
    clean = "".join(each if each.isprintable() else " " for each in text)
    return clean if len(clean) <= _LONGEST else clean[:_LONGEST] + "…"
