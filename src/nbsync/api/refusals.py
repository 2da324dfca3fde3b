"""What each error that a server answers with means, and what to do about it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from nbsync.api.advice import advice
from nbsync.api.pauses import until
from nbsync.api.question import Question, shown, unreadable_answer
from nbsync.errors import (
    AnswerLost,
    APIError,
    AuthError,
    ConfigError,
    Forbidden,
    NbsyncError,
    NotFound,
    RateLimited,
    Rejected,
    Unavailable,
    VersionConflict,
)
from nbsync.model import parse_json

_SECONDS_IN_TEXT = re.compile(r"available in (\d{1,6}) second")
_SCOPE = re.compile(r"missing required scope '([^']{1,60})'")
_WAIT_IF_NOT_TOLD = 60.0
_NOT_ITS_WORDS = (
    "nbsync doctor   # check `host` in nbsync.toml, and whether a proxy or a firewall stands in"
    " between"
)
_OTHER_PROJECT = (
    "nbsync whoami   # check `project` in nbsync.toml, and which projects the key is made for"
)
# What nbsync does with a scope.
_FOR = {
    "notebook:read": ", without which no notebook can be read",
    "notebook:write": ", without which nothing can be pushed; nbsync pull works",
    "activity_log:read": ", without which PostHog does not tell who did what",
}
# These say something of the key, whatever it asks for (contract section 9).
_ABOUT_THE_KEY = {
    "does not have access to the requested project": _OTHER_PROJECT,
    "don't have access to the project": _OTHER_PROJECT,
    "does not support personal API key": "this PostHog opens it to no key: update PostHog, or see"
    " whether `host` in nbsync.toml is PostHog's own address",
    "does not allow using personal API keys": "ask an administrator to allow personal API keys in"
    " the organization's settings in PostHog",
}


@dataclass(frozen=True, slots=True)
class _Refusal:
    """The body of an error, as PostHog writes them (contract section 9); empty if it is not one."""

    kind: str = ""
    code: str = ""
    detail: str = ""
    attr: str = ""

    @property
    def said(self) -> str:
        """The reason, as a part of a message."""
        return self.detail or "without a reason."


def refused(
    asked: Question, status: int, body: bytes, *, wait: float | None, now: float
) -> NbsyncError:
    """The error that an answer stands for.

    Args:
        asked: The question that it answers.
        status: The HTTP status, 400 or more.
        body: The whole body.
        wait: The seconds that Retry-After asks to wait; None where it asks for none.
        now: The wall clock in seconds.
    """
    refusal = _refusal(body)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
        return _broken(asked, status, refusal, wait, now)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return _throttled(asked, refusal, wait, now)
    if status in _MEANINGS:
        return _MEANINGS[status](asked, refusal)
    field = f" (field: {refusal.attr})" if refusal.attr else ""
    return Rejected(
        f"{asked} was refused ({status}): {refusal.said}{field}",
        hint=advice(asked, status, refusal.code, refusal.attr, refusal.detail),
    )


def _unknown_key(asked: Question, refusal: _Refusal) -> AuthError:
    hint = (
        f"nbsync login --host {asked.host}   # or: export POSTHOG_PERSONAL_API_KEY=phx_…; either"
        " the key is wrong, or it belongs to another region or host: a key of us.posthog.com is"
        f" unknown at eu.posthog.com; make one at {asked.host}/settings/user-api-keys"
    )
    if refusal.code == "not_authenticated":  # nbsync sends a key with every request
        hint = "see to it that the proxy before PostHog hands on the Authorization header"
    elif not refusal.code:
        hint = _NOT_ITS_WORDS
    return AuthError(f"{asked.host} does not accept the key (401): {refusal.said}", hint=hint)


def _forbidden(asked: Question, refusal: _Refusal) -> AuthError:
    scope = _SCOPE.search(refusal.detail)
    if scope is not None:
        return AuthError(
            f"The key may not do this at {asked.host} (403): it lacks the scope"
            f" {scope[1]}{_FOR.get(scope[1], '')}.",
            hint=f"nbsync whoami   # add the scope {scope[1]} to the key in PostHog's settings,"
            f" {asked.host}/settings/user-api-keys, and run it again",
        )
    for words, hint in _ABOUT_THE_KEY.items():
        if words in refusal.detail:
            its_log = asked.log and words.startswith("does not support")
            what = "its log" if its_log else f"project {asked.project}"
            what = f"{asked.path if asked.account else what} at {asked.host}"
            return AuthError(f"The key may not use {what} (403): {refusal.said}", hint=hint)
    hint = advice(asked, HTTPStatus.FORBIDDEN, refusal.code, refusal.attr, refusal.detail)
    return Forbidden(
        f"{asked} is not open to this key (403): {refusal.said}",
        hint=hint if refusal.code else _NOT_ITS_WORDS,
    )


def _missing(asked: Question, refusal: _Refusal) -> NbsyncError:
    if refusal.code != "not_found":
        # A proxy's 404 must not pass for a deleted notebook.
        return unreadable_answer(asked, "status 404, but not in PostHog's words")
    if asked.account:
        return NotFound(
            f"{asked} is nothing that this PostHog knows (404): {refusal.said}",
            hint="nbsync doctor   # check the host; a PostHog from before 2023 does not tell whose"
            " key it is",
        )
    if refusal.detail == "Endpoint not found.":
        return _no_endpoint(asked)
    if asked.short_id is None or refusal.detail != "Not found.":
        return ConfigError(
            f"There is no project {asked.project} at {asked.host} (404): {refusal.said}",
            hint="nbsync doctor   # check `project` and `host` in nbsync.toml",
        )
    return NotFound(
        f"There is no notebook {asked.short_id} in project {asked.project} at {asked.host}.",
        hint="nbsync whoami   # check `project` in nbsync.toml if it should be there",
    )


def _no_endpoint(asked: Question) -> NbsyncError:
    """The server knows no such path: that says nothing of the notebook (transcripts/2023/48)."""
    if asked.log:
        return NotFound(
            f"The PostHog at {asked.host} is too old to show what was done to notebook"
            f" {asked.short_id} (404).",
            hint="update PostHog to see that; what this mirror has seen itself, it has kept",
        )
    return ConfigError(
        f"There is no notebooks API for project {asked.project} at {asked.host} (404):"
        " Endpoint not found.",
        hint="nbsync doctor   # check `project` and `host` in nbsync.toml; a PostHog from before"
        " 2023 has none",
    )


def _conflict(asked: Question, refusal: _Refusal) -> VersionConflict:
    # Its type says server_error, and it carries no version (observed.md 4).
    return VersionConflict(f"{asked} met another edit (409): {refusal.said}", hint="nbsync sync")


_MEANINGS: Mapping[int, Callable[[Question, _Refusal], NbsyncError]] = {
    HTTPStatus.UNAUTHORIZED: _unknown_key,
    HTTPStatus.FORBIDDEN: _forbidden,
    HTTPStatus.NOT_FOUND: _missing,
    HTTPStatus.CONFLICT: _conflict,
}


def _throttled(asked: Question, refusal: _Refusal, wait: float | None, now: float) -> RateLimited:
    if wait is None:
        seconds = _SECONDS_IN_TEXT.search(refusal.detail)
        wait = _WAIT_IF_NOT_TOLD if seconds is None else max(float(seconds[1]), 1.0)
    return RateLimited(
        f"{asked.host} asks to wait {wait:.0f} s (429), until {until(now, wait)}: too many"
        " requests with this key, or, at older servers, in this project.",
        wait=wait,
        hint="run it again later, when that is over: it goes on where it stopped",
    )


def _broken(
    asked: Question, status: int, refusal: _Refusal, wait: float | None, now: float
) -> APIError:
    said = f"{asked} failed at the server ({status}): {refusal.said}"
    if asked.writes:
        # PostHog's own error, not that of a proxy before it: it moved nothing (observed.md 7).
        its_own = (status, refusal.kind) == (HTTPStatus.INTERNAL_SERVER_ERROR, "server_error")
        doubt = "Most likely it had no effect." if its_own else "It may have taken effect."
        return AnswerLost(f"{said} {doubt}", hint="nbsync status", refused=its_own)
    if status == HTTPStatus.SERVICE_UNAVAILABLE and wait is not None:
        return RateLimited(
            f"{said} It asks to wait {wait:.0f} s, until {until(now, wait)}.",
            wait=wait,
            hint="run it again later",
        )
    return Unavailable(
        said, hint="run it again later; if it stays so, look at PostHog's status page"
    )


def _refusal(body: bytes) -> _Refusal:
    try:
        value = parse_json(body)
    except ValueError:
        return _Refusal()
    if not isinstance(value, dict):
        return _Refusal()
    told = {name: value.get(name) for name in ("type", "code", "detail", "attr")}
    kind, code, detail, attr = (
        shown(each) if isinstance(each, str) else "" for each in told.values()
    )
    return _Refusal(kind, code, detail, attr)
