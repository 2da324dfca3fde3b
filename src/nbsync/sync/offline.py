"""A server that is not asked: what a command that works offline is given in its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from nbsync.errors import Unavailable
from nbsync.model import Notebook, Record, RemoteMemory, RemoteSnapshot, Unreadable


class Offline:
    """A `RemoteReplica` that nobody can reach."""

    requests = 0

    def scan(self, memory: RemoteMemory | None) -> RemoteSnapshot:
        """Say that the server is not asked."""
        raise self._refusal()

    def fetch(self, short_ids: Iterable[str]) -> Iterator[tuple[str, Record | Unreadable | None]]:
        """Say so, if there is anything to get."""
        for _ in short_ids:
            raise self._refusal()
        yield from ()

    def create(self, short_id: str, new: Notebook) -> Record:
        """Say that the server is not asked."""
        raise self._refusal()

    def update(self, old: Record, new: Notebook) -> Record:
        """Say that the server is not asked."""
        raise self._refusal()

    def undelete(self, old: Record) -> Record:
        """Say that the server is not asked."""
        raise self._refusal()

    def delete(self, old: Record) -> Record:
        """Say that the server is not asked."""
        raise self._refusal()

    @staticmethod
    def _refusal() -> Unavailable:
        return Unavailable("This command works offline and does not ask the server.")
