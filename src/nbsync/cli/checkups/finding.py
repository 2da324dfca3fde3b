"""A finding of the doctor's: what was looked at, how it is, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from nbsync.cli.mirror import NOWHERE
from nbsync.cli.show import sentence
from nbsync.errors import NbsyncError

_DOCTOR = "nbsync doctor   # "


class State(StrEnum):
    """How something is."""

    OK = "ok"
    NOTE = "note"
    """nbsync works, and something is worth knowing or doing."""
    FAILED = "failed"
    """nbsync cannot work like this, or not wholly."""


@dataclass(frozen=True, slots=True)
class Finding:
    """How one thing is.

    Attributes:
        check: What was looked at, in one word.
        state: How it is.
        message: What was found, and where; without any secret.
        hint: What to do about it; "" where there is nothing to do.
    """

    check: str
    state: State
    message: str
    hint: str = ""


def ok(check: str, message: str) -> Finding:
    """Something that is as it should be."""
    return Finding(check, State.OK, message)


def note(check: str, message: str, hint: str) -> Finding:
    """Something that is worth knowing."""
    return Finding(check, State.NOTE, message, hint)


def failed(check: str, error: NbsyncError) -> Finding:
    """Something that is in the way, as the error says; the doctor does not send to the doctor."""
    hint = error.hint.removeprefix(_DOCTOR)
    return Finding(check, State.FAILED, sentence(error.message), hint)


def discreet(found: Finding, *, home: Path, secrets: Iterable[str]) -> Finding:
    """A finding as it may be shown to others: the home folder as ~, and no secret.

    Args:
        found: The finding.
        home: The user's home folder, or NOWHERE.
        secrets: What must not be shown, whatever said it; empty ones are passed over.
    """

    def shown(text: str) -> str:
        for secret in secrets:
            text = text.replace(secret, "…") if secret else text
        if home == NOWHERE or not home.name:  # the root folder is nobody's home
            return text
        return text.replace(f"'{home}/", "~/'").replace(str(home), "~")

    return replace(found, message=shown(found.message), hint=shown(found.hint))
