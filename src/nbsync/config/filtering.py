"""The table [filter] of nbsync.toml <-> the selection of notebooks that it means."""

from __future__ import annotations

import re
from collections.abc import Mapping

from nbsync.config.values import text, texts
from nbsync.errors import ConfigError
from nbsync.model import ME, Selection

KEYS = ("filter.created_by", "filter.titles", "filter.search", "filter.contains")
"""All that the table may say."""

_UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_WHERE = 'use "me", or the uuid that PostHog\'s API tells as created_by'


def selection(table: Mapping[str, object]) -> Selection:
    """Read which notebooks a mirror is for.

    Args:
        table: The keys and values of nbsync.toml, those of its tables with a dot.

    Raises:
        ConfigError: A value cannot be meant.
    """
    return Selection(
        created_by=_people(table),
        titles=_titles(table),
        search=_line(table, "filter.search"),
        contains=_line(table, "filter.contains"),
    )


def written(chosen: Selection) -> dict[str, object]:
    """The table that means a selection; without what it does not ask for."""
    parts = {
        "created_by": list(chosen.created_by),
        "titles": list(chosen.titles),
        "search": chosen.search,
        "contains": chosen.contains,
    }
    return {name: value for name, value in parts.items() if value}


def _people(table: Mapping[str, object]) -> tuple[str, ...]:
    key = KEYS[0]
    value = table.get(key, [])
    people = texts({key: [value] if isinstance(value, str) else value}, key, ME)
    return tuple(dict.fromkeys(map(_person, people)))


def _person(said: str) -> str:
    if said == ME:
        return said
    if not _UUID.fullmatch(said.lower()):
        what = f"`{KEYS[0]}` has {said!r}, which is no uuid of a person"
        raise ConfigError(f"{what}.", hint=_WHERE)
    return said.lower()


def _titles(table: Mapping[str, object]) -> tuple[str, ...]:
    globs = texts(table, KEYS[1], "Weekly*")
    for glob in globs:
        if not glob.strip("!"):
            what = f"`{KEYS[1]}` has {glob!r}, which means no title"
            raise ConfigError(f"{what}.", hint=f'{KEYS[1]} = ["Weekly*", "!*draft*"]')
    return globs


def _line(table: Mapping[str, object], key: str) -> str:
    said = text(table, key, "").strip()
    if not said.isprintable():  # a NUL is a 500 (transcripts/2026/57)
        what = f"`{key}` is {said!r}, which has a character that nobody can search for"
        raise ConfigError(f"{what}.", hint=f'{key} = "…"')
    return said
