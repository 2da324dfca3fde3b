"""JSON values as PostHog keeps them, and what makes two of them the same."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

DEEPEST = 810
"""Levels of lists and objects: the 800 of a content that every server keeps (observed.md 3), and
the few around it in a record. One limit for all interpreters, of which each has its own."""

# The server's own limit (observed.md 2), whatever this interpreter's may be set to.
_MOST_DIGITS = 4_300
_LONGEST_SHOWN = 20
_TOO_DEEP = "nested too deeply"


def parse_json(text: str | bytes, *, unique: bool = False, ordered: bool = False) -> Json:
    """Read JSON into the values that PostHog's database would keep of it.

    Postgres' jsonb has no negative zero and writes large floats as integers (observed.md 2);
    duplicate keys: the last one wins there and here.

    Args:
        text: The JSON; bytes in UTF-8, UTF-16 or UTF-32.
        unique: Refuse a key that stands twice in one object.
        ordered: Give each object its keys in the order in which Postgres keeps them.

    Raises:
        ValueError: The text is no JSON, holds Infinity, NaN or an integer of more than 4,300
            digits, or is nested too deeply.
    """
    pairs = _unique if unique else _ordered if ordered else None
    try:
        value: Json = json.loads(
            text,
            parse_int=_integer,
            parse_float=_number,
            parse_constant=_no_number,
            object_pairs_hook=pairs,
        )
    except RecursionError as error:
        raise ValueError(_TOO_DEEP) from error
    return value


def _integer(text: str) -> int:
    digits = len(text.removeprefix("-"))
    if digits > _MOST_DIGITS:
        what = f"{_shown(text)} has {digits} digits"
        raise ValueError(f"{what}, and PostHog keeps no more than {_MOST_DIGITS}")
    return int(text)


def _number(text: str) -> int | float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        _no_number(text)
    written = repr(value)
    return _whole(written) if "e+" in written else value + 0.0


def _whole(written: str) -> int:
    from decimal import Decimal  # noqa: PLC0415 - hardly a notebook needs it

    return int(Decimal(written))


def _no_number(text: str) -> Json:
    raise ValueError(f"{_shown(text)} is no number that JSON can hold")


def _shown(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    values: dict[str, Json] = {}
    for key, value in pairs:
        if key in values:
            raise ValueError(f"the key {json.dumps(key)} stands twice in one object")
        values[key] = value
    return values


def _ordered(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    """Sort keys by the length of their UTF-8, then by its bytes (observed.md 2)."""
    found = [(key.encode("utf-8", "surrogatepass"), key, value) for key, value in pairs]
    found.sort(key=lambda one: (len(one[0]), one[0]))
    return {key: value for _, key, value in found}


def canonical(value: Json) -> str:
    """One text for each JSON value, whatever the order of its keys.

    1 and 1.0 are two values: PostHog's database keeps each as it was sent (observed.md 2).

    Raises:
        ValueError: The value is nested too deeply.
    """
    try:
        text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    except RecursionError as error:
        raise ValueError(_TOO_DEEP) from error
    if text.count("[") + text.count("{") > DEEPEST and is_deeper(value, DEEPEST):
        raise ValueError(_TOO_DEEP)
    return text


def is_deeper(value: Json, levels: int) -> bool:
    """Tell whether lists and objects are nested more than so many levels deep."""
    layer = [value]
    for _ in range(levels + 1):
        layer = [each for each in layer if isinstance(each, (dict, list))]
        if not layer:
            return False
        layer = [inner for each in layer for inner in _inside(each)]
    return True


def _inside(value: Json) -> Iterable[Json]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def digest(text: str) -> str:
    """The first 32 hexadecimal digits of the text's SHA-256."""
    from hashlib import sha256  # noqa: PLC0415 - where nothing changed, there is nothing to digest

    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
