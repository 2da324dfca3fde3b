"""What a look at both sides found, as the whole run then goes by it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from nbsync.model import (
    Artefact,
    BaseInfo,
    JournalEntry,
    LocalSnapshot,
    Notebook,
    Plan,
    Record,
    RemoteSnapshot,
    State,
    Unloaded,
)
from nbsync.reconcile import reconcile

IN_STEP = Unloaded("in step")
"""The state of what is known to be in step: states of different notebooks are never compared, so
that one object does for all of them."""

_SHOWN = 40


@dataclass(slots=True)
class Survey:
    """What a look at both sides found.

    Attributes:
        snapshot: The directory.
        bases: What is tracked.
        intents: Journal entries of pages that are to become notebooks.
        conflicts: The open ones. One that was made on another base than is there now is none:
            git has brought a settlement of it, or the base that it must be made on anew.
        rows: The server's list; None where it was not asked for.
        base: The three snapshots, as far as they were loaded.
        local: What the files say.
        remote: What the server says.
        stale: Tokens of pages that are an earlier text and no edit.
        records: What the server has returned so far, or an open conflict has kept of it.
        may_choose_ids: The server's list was never read, or tells of a server of 2023.
        first: Nothing is tracked yet, and the list was never read.
        delete: Missing pages are to be deleted on the server.
        everything: No notebooks were named: all of them were looked at.
        outside: Ids that the filter leaves out, and that nobody has named: nothing is done for
            them, on either side.
    """

    snapshot: LocalSnapshot
    bases: Mapping[str, BaseInfo]
    intents: Mapping[str, JournalEntry]
    conflicts: Mapping[str, Artefact]
    rows: RemoteSnapshot | None = None
    base: dict[str, State] = field(default_factory=dict)
    local: dict[str, State] = field(default_factory=dict)
    remote: dict[str, State] = field(default_factory=dict)
    stale: dict[str, str] = field(default_factory=dict)
    records: dict[str, Record] = field(default_factory=dict)
    may_choose_ids: bool = False
    first: bool = False
    delete: bool = False
    everything: bool = True
    outside: set[str] = field(default_factory=set)

    @property
    def edited(self) -> set[str]:
        """Ids of pages that were read because they are not what they were."""
        return {key for key, state in self.local.items() if isinstance(state, Notebook)}

    @property
    def kept_back(self) -> list[str]:
        """Ids of pages with edits that are not sent, for the filter leaves them out; sorted."""
        return sorted((self.edited & self.outside) - self.stale.keys())

    def names(self, only: Iterable[str] | None = None) -> dict[str, str]:
        """What people call notebooks: by their page, or by id and title where it is missing.

        Args:
            only: Which ones; without it all that are tracked or have a page.
        """
        every = self.bases.keys() | self.snapshot.paths.keys()
        return {short_id: self._name(short_id) for short_id in (every if only is None else only)}

    def _name(self, short_id: str) -> str:
        path, info = self.snapshot.paths.get(short_id), self.bases.get(short_id)
        if path is not None or info is None or not info.title:
            return path or short_id
        title = info.title
        brief = title if len(title) <= _SHOWN else f"{title[:_SHOWN]}…"
        return f"{short_id} {brief!r}"

    def plan(self) -> Plan:
        """Decide."""
        missing = self.bases.keys() - self.local.keys() if self.delete else ()
        return reconcile(
            self.base,
            self.local,
            self.remote,
            stale=self.stale,
            intents=self.intents,
            delete=missing,
            outside=self.outside,
        )
