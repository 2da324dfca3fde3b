"""JSON values as PostHog keeps them, and what makes two of them the same."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


def parse_json(text: str | bytes) -> Json:
    """Read JSON into the values that PostHog's database would keep of it.

    Postgres' jsonb has no negative zero and writes large floats as integers (observed.md 2);
    duplicate keys: the last one wins there and here.

    Raises:
        ValueError: The text is no JSON, holds Infinity or NaN, or is nested too deeply.
    """
    try:
        value: Json = json.loads(text, parse_float=_number, parse_constant=_no_number)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return value


def _number(text: str) -> int | float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        _no_number(text)
    written = repr(value)
    return int(Decimal(written)) if "e+" in written else value + 0.0


def _no_number(text: str) -> Json:
    raise ValueError(f"{text} is no number that JSON can hold")


def canonical(value: Json) -> str:
    """One text for each JSON value, whatever the order of its keys.

    Raises:
        ValueError: The value is nested too deeply.
    """
    try:
        return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def digest(text: str) -> str:
    """The first 32 hexadecimal digits of the text's SHA-256."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
