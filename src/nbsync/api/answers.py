"""The one place that turns a response into data or an error."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from json import JSONDecodeError
from urllib.parse import urljoin, urlsplit

from nbsync.api.question import Question, shown, unfit_answer, unreadable_answer
from nbsync.api.refusals import refused
from nbsync.errors import ConfigError, NbsyncError, Unavailable
from nbsync.model import Json, parse_json

# Seconds; what a date says may be after the end of all calendars.
_LONGEST_WAIT = 999_999_999.0


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
        FormatError: The answer to a GET holds what cannot be kept, such as a number too large.
    """
    if status == HTTPStatus.NOT_MODIFIED and asked.conditional:
        return None
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return _data(asked, status, body)
    if status == HTTPStatus.NOT_MODIFIED:
        raise unreadable_answer(asked, "status 304, although nothing was asked on condition")
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        raise _sent_elsewhere(asked, status, headers.get("location", ""))
    raise refused(asked, status, body, wait=told_to_wait(headers, now=now), now=now)


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
        wait = parsedate_to_datetime(text).timestamp() - now
    except (ValueError, OverflowError):
        return None
    return min(max(wait, 1.0), _LONGEST_WAIT)


def _data(asked: Question, status: int, body: bytes) -> dict[str, Json]:
    try:
        value = parse_json(body, ordered=True)
    except (JSONDecodeError, UnicodeDecodeError):
        looks = "an HTML page" if body.lstrip()[:1] == b"<" else "no JSON"
        raise unreadable_answer(asked, f"status {status}, {looks}") from None
    except ValueError as error:
        raise unfit_answer(asked, str(error)) from None
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
    message = f"{asked} was sent on to {shown(location) or 'nowhere'} ({status})."
    if host != asked.host and same_path:
        return ConfigError(
            message,
            hint="nbsync doctor   # if that is where your PostHog is, set"
            f' host = "{shown(host)}" in nbsync.toml',
        )
    return Unavailable(
        f"{message} Is there a login page in between?",
        hint="nbsync doctor   # set `host` in nbsync.toml to where PostHog itself answers",
    )
