"""What JSON is sent, and what JSON counts as an answer."""

from __future__ import annotations

import json
from collections.abc import Mapping

from nbsync.errors import Rejected
from nbsync.model import Json

MAX_BODY = 20 * 1024 * 1024
"""Bytes; above that PostHog breaks off with a 500, and a client that writes first hangs
(observed.md 14, transcripts/2026/70)."""

# Of the numbers that a database counts in.
_LARGEST = 2**63 - 1
# PostHog looks for keys in bodies, too (contract section 3).
_NEVER_SENT = frozenset({"token", "api_key", "project_api_key", "personal_api_key"})


def encode(body: Mapping[str, Json]) -> bytes:
    """Write a request's body.

    Raises:
        Rejected: It is no JSON value, or larger than PostHog takes.
        ValueError: It has a key that must not be sent; that is a mistake of the caller.
    """
    if forbidden := sorted(_NEVER_SENT & body.keys()):
        raise ValueError(f"a body must not have the key {forbidden[0]}")
    try:
        text = json.dumps(dict(body), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        data = text.encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise Rejected(
            f"It cannot be sent as JSON: {error}.",
            hint="look for numbers and characters in the page that JSON cannot hold: nbsync diff",
        ) from error
    if len(data) > MAX_BODY:
        raise Rejected(
            f"It is too large to be sent: {len(data) / 1024 / 1024:.1f} MiB,"
            f" and PostHog takes {MAX_BODY // 1024 // 1024} MiB.",
            hint="split the notebook into several, or take large data out of it",
        )
    return data


def is_listing(value: Json) -> bool:
    """Whether it is a page of the list: count, next, and results that are rows."""
    if not isinstance(value, dict) or not {"results", "count", "next"} <= value.keys():
        return False
    rows, count = value["results"], value["count"]
    return isinstance(rows, list) and _is_count(count) and all(map(is_row, rows))


def is_log(value: Json) -> bool:
    """Whether it is a page of an activity log (transcripts/2026/48): results, next, total_count."""
    if not isinstance(value, dict) or not {"results", "next"} <= value.keys():
        return False
    return isinstance(value["results"], list) and _is_count(value.get("total_count"))


def _is_count(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LARGEST


def is_row(value: Json) -> bool:
    """Whether it tells a notebook's short_id, title and last_modified_at."""
    return (
        isinstance(value, dict)
        and isinstance(value.get("short_id"), str)
        and isinstance(value.get("last_modified_at"), str)
        and isinstance(value.get("title"), str | None)
    )


def is_notebook(value: Json) -> bool:
    """Whether it is a row with content."""
    return is_row(value) and isinstance(value, dict) and "content" in value
