"""A glimpse of the index for those who cannot wait: ids, tokens and paths, as they stand in it."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from nbsync.errors import ConfigError
from nbsync.store.oddities import refuse_oddities
from nbsync.store.table_file import opened

# Servers, and clones, may have other ids: those are no part of a command line. :id and :path are
# what ids or paths begin with.
_BASES = """SELECT short_id, CAST(token AS BLOB) FROM bases
    WHERE typeof(short_id) = 'text' AND short_id NOT GLOB '*[^A-Za-z0-9]*'
    AND (substr(short_id, 1, length(:id)) = :id OR short_id IN
        (SELECT short_id FROM seen WHERE substr(path, 1, length(:path)) = :path))"""
_ROWS = _BASES.replace("FROM bases", "FROM rows")
_PATHS = """SELECT short_id, path FROM seen
    WHERE typeof(path) = 'text' AND typeof(short_id) = 'text'
    AND short_id NOT GLOB '*[^A-Za-z0-9]*'
    AND (substr(short_id, 1, length(:id)) = :id OR substr(path, 1, length(:path)) = :path)"""


class Glimpse(NamedTuple):
    """What the index has.

    Attributes:
        tokens: What the server's list last told of a notebook, or else its base, by short_id.
        paths: Pages by short_id.
    """

    tokens: Mapping[str, str]
    paths: Mapping[str, str]


def glimpse(folder: Path, *, short_id: str = "", path: str = "") -> Glimpse:
    """Read what a mirror's `.nbsync/` remembers, in a few milliseconds, and touch nothing.

    Args:
        folder: `.nbsync/`; a clone may have brought it.
        short_id: Tell of notebooks whose id begins so.
        path: And of those whose page's path does.

    Returns:
        Nothing where there is no index, or one that is broken.
    """
    index = folder / "index.sqlite3"
    try:
        refuse_oddities(folder)
        with opened(index, read_only=True, patience=0.0) as connection:
            asked = {"id": short_id, "path": path}
            tokens = dict(connection.execute(_BASES, asked))
            tokens |= dict(connection.execute(_ROWS, asked))
            paths = dict(connection.execute(_PATHS, asked))
    except (sqlite3.Error, ValueError, ConfigError):
        return Glimpse({}, {})
    return Glimpse(
        {each: token.decode("utf-8", "replace") for each, token in tokens.items() if token}, paths
    )
