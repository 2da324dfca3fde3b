"""What a request's body may say: the field rules of the notebook serializer."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from nbsync.sandbox import errors
from nbsync.sandbox.jsonb import dump
from nbsync.sandbox.rewriting import rewrite

if TYPE_CHECKING:
    from collections.abc import Callable

    from nbsync.sandbox.kinds import Kind

_TITLE_LIMIT = 256
_SHORT_ID_LIMIT = 12
_INT4 = 2**31 - 1
_TRUE = frozenset(["t", "T", "y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "1", 1])
_FALSE = frozenset(["f", "F", "n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "0", 0])
_SURROGATE = re.compile("[\ud800-\udfff]")


def parse(body: bytes, media_type: str) -> Any:
    """Read a request's body.

    Raises:
        ApiError: It is no JSON, as transcripts/2026/11-create-bad-json shows.
    """
    if not body:
        return {}
    media, _, parameter = media_type.partition(";")
    if media.strip() != "application/json":
        raise errors.unsupported(media_type)
    try:
        return json.loads(body.decode(parameter.partition("charset=")[2].strip() or "utf-8"))
    except (ValueError, LookupError) as error:
        raise errors.unparsable(error) from error
    except RecursionError as error:
        raise errors.server_error() from error


def fields(body: Any, kind: Kind) -> dict[str, Any]:
    """Keep the writable fields of a body, brought to their types; ignore the others.

    Args:
        body: What was sent.
        kind: Whether there is a text_content, and whether what becomes of cells.

    Raises:
        ApiError: The first field, in the serializer's order, that is wrong (400).
    """
    if body is None:
        raise errors.invalid("No data provided", None, "null")
    if not isinstance(body, dict):
        given = type(body).__name__
        raise errors.invalid(f"Invalid data. Expected a dictionary, but got {given}.", None)
    checks: dict[str, Callable[[Any], Any]] = {
        "title": _title,
        "content": partial(_content, kind=kind),
        "text_content": _text_content,
        "version": _version,
        "deleted": _deleted,
    }
    if not kind.long_records:
        del checks["text_content"]
    return {name: check(body[name]) for name, check in checks.items() if name in body}


def short_id(value: Any) -> str | None:
    """Read the short_id a client asks for; None where the server chooses.

    Raises:
        ApiError: It is no short_id (400, transcripts/2026/63-short-id-semantics).
    """
    if value is None or value == "":
        return None
    if not isinstance(value, str) or not value.isalnum() or len(value) > _SHORT_ID_LIMIT:
        raise errors.invalid(
            "short_id must be an alphanumeric string up to 12 characters.", "short_id"
        )
    return value


def _title(value: Any) -> str | None:
    text = _string(value, "title")
    if text is not None and len(text) > _TITLE_LIMIT:
        raise errors.invalid(
            f"Ensure this field has no more than {_TITLE_LIMIT} characters.", "title", "max_length"
        )
    return _without_refused_characters(text, "title")


def _text_content(value: Any) -> str | None:
    return _without_refused_characters(_string(value, "text_content"), "text_content")


def _content(value: Any, *, kind: Kind) -> Any:
    try:
        dump(value)
    except ValueError as error:  # NaN and the infinities
        raise errors.invalid("Value must be valid JSON.", "content") from error
    rewrite(value, kind)
    return value


def _string(value: Any, attr: str) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise errors.invalid("Not a valid string.", attr)
    return str(value).strip()


def _without_refused_characters(text: str | None, attr: str) -> str | None:
    if text is None:
        return None
    if "\0" in text:
        raise errors.invalid(
            "Null characters are not allowed.", attr, "null_characters_not_allowed"
        )
    if found := _SURROGATE.search(text):
        raise errors.invalid(
            f"Surrogate characters are not allowed: U+{ord(found[0]):X}.",
            attr,
            "surrogate_characters_not_allowed",
        )
    return text


def _version(value: Any) -> int:
    if value is None:
        raise errors.invalid("This field may not be null.", "version", "null")
    try:
        number = int(re.sub(r"\.0*\s*$", "", str(value)))
    except ValueError as error:
        raise errors.invalid("A valid integer is required.", "version") from error
    if number > _INT4:
        raise errors.invalid(
            f"Ensure this value is less than or equal to {_INT4}.", "version", "max_value"
        )
    if number < -_INT4 - 1:
        raise errors.invalid(
            f"Ensure this value is greater than or equal to {-_INT4 - 1}.", "version", "min_value"
        )
    return number


def _deleted(value: Any) -> bool:
    if value is None:
        raise errors.invalid("This field may not be null.", "deleted", "null")
    with suppress(TypeError):  # lists and objects have no hash
        if value in _TRUE:
            return True
        if value in _FALSE:
            return False
    raise errors.invalid("Must be a valid boolean.", "deleted")
