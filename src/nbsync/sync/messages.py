"""Who is said to have written a commit, and its message: other people's texts, held to one line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from nbsync.model import Json

NEUTRAL = ("PostHog", "noreply@posthog.com")
"""The author of what nobody is known to have written."""

_SUBJECT = 72
_UNTITLED = "untitled"
# What ends a line, plays with a terminal or turns the direction of a text.
_CONTROL = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff]"
)
# git takes these off the ends of a name, and refuses a name of which nothing is left.
_CRUD = " .,:;<>\"\\'"
# A first word that git, or a reader of trailers, would take for more than a title.
_ODD = re.compile(r"\W|(?:fixup|squash|amend)!|PostHog-", re.IGNORECASE)
# The years that git's own dates can be.
_EARLIEST, _LATEST = 0, int(datetime(2099, 12, 31, tzinfo=UTC).timestamp())


@dataclass(frozen=True, slots=True)
class Told:
    """A notebook as a message tells of it.

    Attributes:
        short_id: Its id.
        title: Its title, as anybody may have written it.
        version: The server's version; None where that is not known.
        gone: Whether it was deleted.
    """

    short_id: str
    title: str | None
    version: int | None
    gone: bool = False

    @property
    def label(self) -> str:
        """Its title in one line, and that it was deleted."""
        title = one_line(self.title or "") or _UNTITLED
        return f"{title} (deleted)" if self.gone else title


def one_line(text: str) -> str:
    """A text that somebody else wrote, without what would end a line or hide something."""
    return " ".join(_CONTROL.sub(" ", text).split())


def author_of(person: Json) -> tuple[str, str]:
    """The name and the address that git is given for one of PostHog's people.

    Args:
        person: uuid, name and email, as a record has them; None where nobody is known.
    """
    said = person if isinstance(person, dict) else {}
    name, email = (_plain(said.get(part)) for part in ("name", "email"))
    email = email.replace(" ", "")
    name = name.strip(_CRUD) or email.partition("@")[0].strip(_CRUD)
    return (name, email or NEUTRAL[1]) if name else NEUTRAL


def _plain(value: Json) -> str:
    return one_line(re.sub("[<>]", " ", value)) if isinstance(value, str) else ""


def seconds_of(moment: str) -> int | None:
    """A moment as the server wrote it, ISO 8601, in seconds since 1970; None where git has none."""
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    seconds = int(at.timestamp())
    return seconds if _EARLIEST <= seconds <= _LATEST else None


def message_of(told: Sequence[Told]) -> str:
    """A commit's message: the titles, then a trailer for each id and version.

    A title stands behind a dash in the body, and in quotes where the subject begins oddly: it is
    neither a trailer nor an order to git.
    """
    body = "\n".join(f"- {each.label}" for each in told)
    trailers = "\n".join(line for each in told for line in _trailers(each))
    return f"{_subject([each.label for each in told])}\n\n{body}\n\n{trailers}\n"


def _trailers(told: Told) -> list[str]:
    version = [] if told.version is None else [f"PostHog-Version: {told.version}"]
    return [f"PostHog-Notebook: {told.short_id}", *version]


def _subject(labels: Sequence[str]) -> str:
    """As many titles as there is room for: "Weekly numbers, Churn and 3 more"."""
    for shown in range(len(labels), 0, -1):
        text = _joined(labels[:shown], len(labels) - shown)
        if len(text) <= _SUBJECT:
            return text
    rest = len(labels) - 1
    room = _SUBJECT - len(_joined([""], rest)) - 1
    while len(text := _joined([f"{labels[0][:room].rstrip()}…"], rest)) > _SUBJECT:
        room -= 1
    return text


def _joined(labels: Sequence[str], rest: int) -> str:
    if rest:
        text = f"{', '.join(labels)} and {rest} more"
    elif len(labels) > 1:
        text = f"{', '.join(labels[:-1])} and {labels[-1]}"
    else:
        text = labels[0]
    return f'"{text}"' if _ODD.match(text) else text
