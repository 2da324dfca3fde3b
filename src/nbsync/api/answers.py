"""The one place that turns a response into data or an error."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from urllib.parse import urljoin, urlsplit

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
from nbsync.model import Json, parse_json

_LONGEST_DETAIL = 300
_SECONDS_IN_TEXT = re.compile(r"available in (\d{1,6}) second")
_SCOPE = re.compile(r"missing required scope '([^']{1,60})'")
# These say something of the key, whatever it asks for (contract section 9).
_ABOUT_THE_KEY = (
    "does not have access to the requested project",
    "don't have access to the project",
    "does not support personal API key",
    "does not allow using personal API keys",
)
_WAIT_IF_NOT_TOLD = 60.0


class Offline(Unavailable):
    """There is no way to the server: nothing was sent."""


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
    """

    method: str
    host: str
    path: str
    project: str
    short_id: str | None
    expects: Callable[[Json], bool]
    conditional: bool = False

    @property
    def writes(self) -> bool:
        """Whether the question may have had an effect."""
        return self.method != "GET"

    def __str__(self) -> str:
        """Name it in a message."""
        return f"{self.method} {self.host}{self.path}"


@dataclass(frozen=True, slots=True)
class _Refusal:
    """The body of an error, as PostHog writes them (contract section 9); empty if it is not one."""

    code: str = ""
    detail: str = ""
    attr: str = ""


def decipher(
    asked: Question, status: int, headers: Mapping[str, str], body: bytes, *, now: float
) -> dict[str, Json] | None:
    """Turn a response into data or an error.

    Args:
        asked: The question that it answers.
        status: The HTTP status.
        headers: The headers; names in any case if the mapping can do that, else in lower case.
        body: The whole body.
        now: The wall clock in seconds, for a Retry-After that is a date.

    Returns:
        The JSON object; None for a 304 to a conditional question.

    Raises:
        AuthError: 401 and 403; Forbidden where a 403 is about this one thing.
        NotFound: 404 for a notebook, in PostHog's own words.
        ConfigError: There is no such project, or another host was meant.
        VersionConflict: 409.
        Rejected: Other 4xx.
        RateLimited: 429; to a GET also 503 with Retry-After.
        Unavailable: Anything else, if nothing can have been changed by it.
        AnswerLost: Anything else.
    """
    if status == HTTPStatus.NOT_MODIFIED and asked.conditional:
        return None
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return _data(asked, status, body)
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        raise _sent_elsewhere(asked, status, headers.get("location", ""))
    raise _error(asked, status, _refusal(body), told_to_wait(headers, now=now))


def told_to_wait(headers: Mapping[str, str], *, now: float) -> float | None:
    """The seconds that Retry-After asks for, at least one; None where it asks for none.

    Args:
        headers: As for `decipher`.
        now: The wall clock in seconds.
    """
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdecimal():
        return max(float(text[:9]), 1.0)
    try:
        return max(parsedate_to_datetime(text).timestamp() - now, 1.0)
    except (ValueError, OverflowError):
        return None


def unreadable_answer(asked: Question, why: str) -> APIError:
    """The error for an answer that is none: to a write, nobody knows what it did."""
    if asked.writes:
        return AnswerLost(
            f"{asked} was sent, and its answer cannot be read: {why}.", hint="nbsync status"
        )
    return Unavailable(
        f"{asked} was answered by something that is not PostHog's API: {why}.",
        hint="check `host` in nbsync.toml, and whether a proxy or a login page stands in between",
    )


def _error(asked: Question, status: int, refusal: _Refusal, wait: float | None) -> NbsyncError:
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
        return _broken(asked, status, refusal, wait)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return _throttled(asked, refusal, wait)
    if status in _MEANINGS:
        return _MEANINGS[status](asked, refusal)
    field = f" (field: {refusal.attr})" if refusal.attr else ""
    return Rejected(f"{asked} was refused ({status}): {_said(refusal)}{field}")


def _data(asked: Question, status: int, body: bytes) -> dict[str, Json]:
    try:
        value = parse_json(body)
    except ValueError:
        looks = "an HTML page" if body.lstrip()[:1] == b"<" else "no JSON"
        raise unreadable_answer(asked, f"status {status}, {looks}") from None
    if not isinstance(value, dict) or not asked.expects(value):
        raise unreadable_answer(asked, f"status {status}, JSON of another shape")
    return value


def _sent_elsewhere(asked: Question, status: int, location: str) -> NbsyncError:
    """Redirects are not followed: the key would go where nobody said it may go."""
    try:
        target = urlsplit(urljoin(asked.host + asked.path, location))
        host = f"{target.scheme}://{target.netloc}"
        same_path = target.path.rstrip("/") == asked.path.rstrip("/")
    except ValueError:
        host, same_path = asked.host, False
    message = f"{asked} was sent on to {_shown(location) or 'nowhere'} ({status})."
    if host != asked.host and same_path:
        return ConfigError(
            message,
            hint=f'if that is where your PostHog is, set host = "{_shown(host)}" in nbsync.toml',
        )
    return Unavailable(
        f"{message} Is there a login page in between?",
        hint="set `host` in nbsync.toml to the address at which PostHog itself answers",
    )


def _unknown_key(asked: Question, refusal: _Refusal) -> AuthError:
    return AuthError(
        f"{asked.host} does not accept the key (401): {_said(refusal)}",
        hint="either the key is wrong, or it belongs to another region or host: a key of"
        " us.posthog.com is unknown at eu.posthog.com; make one in PostHog's settings, then"
        " export POSTHOG_PERSONAL_API_KEY=phx_…",
    )


def _forbidden(asked: Question, refusal: _Refusal) -> AuthError:
    scope = _SCOPE.search(refusal.detail)
    if scope is not None:
        return AuthError(
            f"The key may not do this at {asked.host} (403): it lacks the scope {scope[1]}.",
            hint=f"add the scope {scope[1]} to the key in PostHog's settings, and run it again",
        )
    if any(words in refusal.detail for words in _ABOUT_THE_KEY):
        return AuthError(
            f"The key may not use project {asked.project} at {asked.host} (403): {_said(refusal)}",
            hint="check `project` in nbsync.toml, and which projects the key is made for",
        )
    return Forbidden(
        f"{asked} is not open to this key (403): {_said(refusal)}",
        hint="ask for access to it in PostHog",
    )


def _missing(asked: Question, refusal: _Refusal) -> NbsyncError:
    if refusal.code != "not_found":
        # A proxy's 404 must not pass for a deleted notebook.
        return unreadable_answer(asked, "status 404, but not in PostHog's words")
    if asked.short_id is None or refusal.detail != "Not found.":
        return ConfigError(
            f"There is no project {asked.project} at {asked.host} (404): {_said(refusal)}",
            hint="check `project` and `host` in nbsync.toml",
        )
    return NotFound(
        f"There is no notebook {asked.short_id} in project {asked.project} at {asked.host}.",
        hint="check `project` in nbsync.toml if it should be there",
    )


def _conflict(asked: Question, refusal: _Refusal) -> VersionConflict:
    # Its type says server_error, and it carries no version (observed.md 4).
    return VersionConflict(f"{asked} met another edit (409): {_said(refusal)}")


_MEANINGS: Mapping[int, Callable[[Question, _Refusal], NbsyncError]] = {
    HTTPStatus.UNAUTHORIZED: _unknown_key,
    HTTPStatus.FORBIDDEN: _forbidden,
    HTTPStatus.NOT_FOUND: _missing,
    HTTPStatus.CONFLICT: _conflict,
}


def _throttled(asked: Question, refusal: _Refusal, wait: float | None) -> RateLimited:
    if wait is None:
        seconds = _SECONDS_IN_TEXT.search(refusal.detail)
        wait = _WAIT_IF_NOT_TOLD if seconds is None else max(float(seconds[1]), 1.0)
    return RateLimited(
        f"{asked.host} asks to wait {wait:.0f} s (429): too many requests with this key.",
        wait=wait,
        hint="run it again later: it goes on where it stopped",
    )


def _broken(asked: Question, status: int, refusal: _Refusal, wait: float | None) -> APIError:
    said = f"{asked} failed at the server ({status}): {_said(refusal)}"
    if asked.writes:
        return AnswerLost(f"{said} It may have taken effect all the same.", hint="nbsync status")
    if status == HTTPStatus.SERVICE_UNAVAILABLE and wait is not None:
        return RateLimited(
            f"{said} It asks to wait {wait:.0f} s.", wait=wait, hint="run it again later"
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
    code, detail, attr = (value.get(name) for name in ("code", "detail", "attr"))
    return _Refusal(
        code=code if isinstance(code, str) else "",
        detail=_shown(detail) if isinstance(detail, str) else "",
        attr=_shown(attr) if isinstance(attr, str) else "",
    )


def _said(refusal: _Refusal) -> str:
    return refusal.detail or "without a reason."


def _shown(text: str) -> str:
    """A foreign text that may stand on a terminal."""
    clean = "".join(each if each.isprintable() else " " for each in text)
    return clean if len(clean) <= _LONGEST_DETAIL else clean[:_LONGEST_DETAIL] + "…"
