"""A server that is not asked: what a command that works offline is given in its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NoReturn

from nbsync.errors import Unavailable
from nbsync.model import Activity, Record, Unreadable


class Offline:
    """A `RemoteReplica` that nobody can reach."""

    requests = 0

    def fetch(self, short_ids: Iterable[str]) -> Iterator[tuple[str, Record | Unreadable | None]]:
        """Give nothing for nothing; refuse to get anything."""
        for short_id in short_ids:
            self._refuse(short_id)
        yield from ()

    def changed(
        self, versions: Mapping[str, int]
    ) -> Iterator[tuple[str, Record | Unreadable | None]]:
        """Refuse to look."""
        yield from self.fetch(versions)

    def activity(self, short_id: str) -> Iterator[Activity]:
        """Refuse to tell."""
        self._refuse(short_id)

    def _refuse(self, *_: object) -> NoReturn:
        """Say that the server is not asked."""
        raise Unavailable("This command works offline and does not ask the server.")

    scan = create = update = undelete = delete = _refuse
