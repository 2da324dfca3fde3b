"""A glimpse of the index for those who cannot wait: ids, tokens and paths, as they stand in it."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from pathlib import Path

from nbsync.errors import ConfigError
from nbsync.store.oddities import refuse_oddities
from nbsync.store.table_file import opened

# Servers, and clones, may have others: those are no part of a command line.
_BASES = """SELECT short_id, CAST(token AS BLOB) FROM bases
    WHERE typeof(short_id) = 'text' AND short_id NOT GLOB '*[^A-Za-z0-9]*'"""
_ROWS = """SELECT short_id, CAST(token AS BLOB) FROM rows
    WHERE typeof(short_id) = 'text' AND short_id NOT GLOB '*[^A-Za-z0-9]*'"""
_PATHS = """SELECT short_id, path FROM seen WHERE typeof(path) = 'text'
    AND typeof(short_id) = 'text' AND short_id NOT GLOB '*[^A-Za-z0-9]*'"""


@dataclass(frozen=True, slots=True)
class Glimpse:
    """What the index has.

    Attributes:
        tokens: What the server's list last told of a notebook, or else its base, by short_id.
        paths: Pages by short_id.
    """

    tokens: dict[str, str] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)


def glimpse(folder: Path) -> Glimpse:
    """Read what a mirror's `.nbsync/` remembers, in a few milliseconds, and touch nothing.

    Args:
        folder: `.nbsync/`; a clone may have brought it.

    Returns:
        Nothing where there is no index, or one that is broken.
    """
    index = folder / "index.sqlite3"
    try:
        refuse_oddities(folder)
        with opened(index, read_only=True, patience=0.0) as connection:
            tokens = dict(connection.execute(_BASES)) | dict(connection.execute(_ROWS))
            paths = dict(connection.execute(_PATHS))
    except (sqlite3.Error, ValueError, ConfigError):
        return Glimpse()
    return Glimpse(
        {each: token.decode("utf-8", "replace") for each, token in tokens.items() if token}, paths
    )
