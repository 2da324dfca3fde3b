"""How a JSON value looks after PostgreSQL's jsonb has kept it (transcripts/2026/17 to 21)."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

from nbsync.sandbox import errors

# json writes NUL as \u0000 and a backslash as \\, so only an odd run of backslashes is a NUL.
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")

dump = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def kept(value: Any, deepest: int) -> str:
    """Give the text a later GET shows for a value that is stored now.

    Args:
        value: What the request's body parsed to.
        deepest: How many levels it may have: Django fails on documents that are nested deeper
            than its interpreter's stack allows (17-create-deep-nesting).

    Returns:
        The document with keys sorted by length and bytes, and with PostgreSQL's numbers.

    Raises:
        ApiError: PostgreSQL refuses it, or it is nested too deep (500).
    """
    text = dump(value)
    if "\\u0000" in text and _NUL.search(text):
        raise errors.server_error()
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise errors.server_error() from error
    if text.count("[") + text.count("{") > deepest and _depth(value) > deepest:
        raise errors.server_error()
    return dump(json.loads(text, object_pairs_hook=_sorted, parse_float=_number))


def _sorted(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return dict(sorted(pairs, key=lambda pair: (len(encoded := pair[0].encode()), encoded)))


def _number(text: str) -> float | int:
    """Read Python's repr of a float as PostgreSQL's numeric, and its answer as Python does."""
    if "e+" in text:
        return int(Decimal(text))
    return float(text) or 0.0  # numeric has no negative zero


def _depth(value: Any) -> int:
    level, depth = [value], 0
    while containers := [each for each in level if isinstance(each, dict | list)]:
        level = []
        for each in containers:
            level.extend(each.values() if isinstance(each, dict) else each)
        depth += 1
    return depth
