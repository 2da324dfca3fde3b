"""The dates that a list can be asked to begin or end with."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, datetime, timedelta

from nbsync.sandbox import errors
from nbsync.sandbox.records import micros

_OFFSET = re.compile(r"[+-]\d\d:\d\d$")
_RELATIVE = re.compile(r"-?(\d+)([hdwmqy])")
_SPANS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_MONTHS = {"m": 1, "q": 3, "y": 12}


def moment(text: str, *, old: bool) -> int:
    """Read a date; what is none means now (56-list-dates).

    Args:
        text: An ISO 8601 date or time, or how long ago: `-2h`, `7d`, `-1m` (months).
        old: As in 2023, when offsets from UTC were lost, and days began at midnight.

    Returns:
        Microseconds since 1970.

    Raises:
        ApiError: It is longer ago than there are dates (500).
    """
    now = datetime.now(UTC)
    if relative := _RELATIVE.fullmatch(text):
        number, unit = relative.groups()
        try:
            then = _before(now, int(number), unit)
        except (OverflowError, ValueError) as error:
            raise errors.server_error() from error
        if old and unit != "h":
            then = then.replace(hour=0, minute=0, second=0, microsecond=0)
        return micros(then.isoformat())
    try:
        return micros(_OFFSET.sub("", text) if old else text)
    except ValueError:
        return micros(now.isoformat())


def _before(now: datetime, number: int, unit: str) -> datetime:
    if unit in _SPANS:
        return now - number * _SPANS[unit]
    year, month = divmod(now.year * 12 + now.month - 1 - number * _MONTHS[unit], 12)
    last = calendar.monthrange(year, month + 1)[1]
    return now.replace(year=year, month=month + 1, day=min(now.day, last))
