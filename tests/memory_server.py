"""A remote replica in memory, and what others can do to the server behind nbsync's back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from nbsync.errors import (
    AnswerLost,
    APIError,
    Forbidden,
    NotFound,
    Unavailable,
    VersionConflict,
)
from nbsync.formats import document_of, markdown_of, text_content
from nbsync.model import (
    Activity,
    Json,
    Notebook,
    Record,
    RemoteMemory,
    RemoteSnapshot,
    Unreadable,
    parse_json,
    record_of,
)

Lost = Literal["before", "after", "refused", "refused after"]


@dataclass(frozen=True, slots=True)
class Write:
    """A write that the server took: what it replaced, and what the writer held.

    Attributes:
        by: Who wrote: "nbsync", or the name of another user.
        old: The record on the server before; None for a new notebook.
        new: The record after.
        held: The record that nbsync says it replaces; None for other writers and new ones.
    """

    by: str
    old: Record | None
    new: Record
    held: Record | None = None


class MemoryServer:
    """Notebooks as PostHog's servers keep them, by short_id; implements `RemoteReplica`.

    Attributes:
        requests: How many requests the same calls would have cost over HTTP, for short lists.
        writes: Every write that was taken, in order.
        offline: Whether nothing can be reached.
        client_ids: Whether creating takes the id it is given (servers of 2023 choose their own).
        taken: What creating under an id that is there answers: "old", that notebook, or 409 if it
            is deleted; "error", 500 for both (contract section 3).
        converts: Whether creating makes Markdown of every content (contract section 3).
    """

    def __init__(
        self,
        *,
        client_ids: bool = True,
        taken: Literal["old", "error"] = "old",
        converts: bool = False,
    ) -> None:
        self.requests = 0
        self.writes: list[Write] = []
        self.offline = False
        self.client_ids = client_ids
        self.taken = taken
        self.converts = converts
        self._records: dict[str, Record] = {}
        self._forbidden: set[str] = set()
        self._losses: list[Lost] = []
        self._meanwhile: list[Callable[[], object]] = []
        self._ticks = 0
        self._count = 0

    # --- what others do ---------------------------------------------------------

    def seed(self, short_id: str, title: str | None, content: Json, *, version: int = 0) -> Record:
        """Put a notebook there, as another user."""
        return self._put("ben", self._new(short_id, title, content, version))

    def edit(self, short_id: str, *, silent: bool = False, **fields: Json) -> Record:
        """Change title or content as another user; a silent change moves no time."""
        assert fields.keys() <= {"title", "content"}
        old = self._records[short_id]
        if "content" in fields:
            fields["version"] = old.version + 1
        if silent:
            fields["last_modified_at"] = old.modified_at
        return self._put("ben", self._moved(old, **fields))

    def bin(self, short_id: str) -> Record:
        """Delete a notebook as another user."""
        return self._put("ben", self._moved(self._records[short_id], deleted=True))

    def restore(self, short_id: str) -> Record:
        """Take a notebook out of the bin as another user."""
        return self._put("ben", self._moved(self._records[short_id], deleted=False))

    def purge(self, short_id: str) -> None:
        """Remove a notebook for good."""
        del self._records[short_id]

    def forbid(self, short_id: str, *, forbidden: bool = True) -> None:
        """Take nbsync's access to a notebook away, or give it back."""
        (self._forbidden.add if forbidden else self._forbidden.discard)(short_id)

    def lose_answer(self, when: Lost) -> None:
        """Lose the next write's answer, before or after the write has had its effect.

        "refused" is an answer all the same: 500, in the server's own words.
        """
        self._losses.append(when)

    def meanwhile(self, action: Callable[[], object]) -> None:
        """Have something done while the next write is on its way."""
        self._meanwhile.append(action)

    def calm(self) -> None:
        """Have no more faults, and nothing done behind nbsync's back."""
        self.offline = False
        self._losses.clear()
        self._meanwhile.clear()

    def jump(self, seconds: int) -> None:
        """Set the server's clock to another time."""
        self._ticks += seconds

    def gone(self) -> list[str]:
        """The notebooks in the bin."""
        return sorted(self._records.keys() - self.live().keys())

    def record(self, short_id: str) -> Record:
        """The record as it is, deleted or not."""
        return self._records[short_id]

    def live(self) -> dict[str, Notebook]:
        """Every notebook that is not deleted."""
        return {each.short_id: each.notebook for each in self._records.values() if not each.deleted}

    # --- the replica ---------------------------------------------------------------

    def scan(self, memory: RemoteMemory | None) -> RemoteSnapshot:
        self._request()
        listed = {
            short_id: record
            for short_id, record in self._records.items()
            if not record.deleted and short_id not in self._forbidden
        }
        tokens = {short_id: record.token for short_id, record in listed.items()}
        cursor = max((record.modified_at for record in listed.values()), default="")
        unlisted = frozenset() if memory is None else memory.unlisted - tokens.keys()
        return RemoteSnapshot(
            tokens, RemoteMemory(tokens, cursor, len(tokens), unlisted, not self.client_ids)
        )

    def fetch(self, short_ids: Iterable[str]) -> Iterator[tuple[str, Record | Unreadable | None]]:
        for short_id in short_ids:
            self._request()
            record = self._records.get(short_id)
            if short_id in self._forbidden:
                yield short_id, Unreadable(short_id, None, "forbidden (403)", exit_code=3)
            else:
                yield short_id, None if record is None or record.deleted else record

    def changed(
        self, versions: Mapping[str, int]
    ) -> Iterator[tuple[str, Record | Unreadable | None]]:
        for short_id, found in self.fetch(versions):
            if not (isinstance(found, Record) and found.version == versions[short_id]):
                yield short_id, found

    def activity(self, short_id: str) -> Iterator[Activity]:
        raise NotFound(f"{short_id}: nothing is logged")

    def create(self, short_id: str, new: Notebook) -> Record:
        if not self.client_ids:
            short_id = f"own{self._ticks:05}"
        return self._write(short_id, lambda: self._created(short_id, new))

    def update(self, old: Record, new: Notebook) -> Record:
        fields: dict[str, Json] = {"content": new.content, "version": old.version + 1}
        if new.title != old.notebook.title:
            fields["title"] = new.title
        if old.deleted:
            fields["deleted"] = False
        return self._write(old.short_id, lambda: self._replaced(old, fields, guarded=True))

    def undelete(self, old: Record) -> Record:
        return self._write(old.short_id, lambda: self._replaced(old, {"deleted": False}))

    def delete(self, old: Record) -> Record:
        return self._write(old.short_id, lambda: self._replaced(old, {"deleted": True}))

    # --- inside --------------------------------------------------------------------------

    def _request(self) -> None:
        if self.offline:
            raise Unavailable("the server cannot be reached")
        self.requests += 1

    def _write(self, short_id: str, effect: Callable[[], Record]) -> Record:
        self._request()
        if self._meanwhile:
            self._meanwhile.pop(0)()
        loss = self._losses.pop(0) if self._losses else None
        if loss is not None and loss.endswith("after"):
            with suppress(APIError):
                self._permitted(short_id, effect)
        if loss is not None:
            refused = loss.startswith("refused")
            raise AnswerLost("a write was sent, and no good answer came", refused=refused)
        return self._permitted(short_id, effect)

    def _permitted(self, short_id: str, effect: Callable[[], Record]) -> Record:
        if short_id in self._forbidden:
            raise Forbidden("You do not have editor access to this resource. (403)")
        return effect()

    def _created(self, short_id: str, new: Notebook) -> Record:
        old = self._records.get(short_id)
        if old is not None and self.taken == "error":
            raise AnswerLost("A server error occurred. (500)", refused=True)
        if old is not None and old.deleted:
            raise VersionConflict("A notebook with this short_id already exists. (409)")
        # The notebook that has the id is the answer, and what was sent is dropped (observed.md 13).
        content = new.content
        if self.converts and markdown_of(content) is None:
            content = document_of(text_content(content))
        return old or self._put("nbsync", self._new(short_id, new.title, content, 0))

    def _replaced(self, held: Record, fields: dict[str, Json], *, guarded: bool = False) -> Record:
        there = self._records.get(held.short_id)
        if there is None:
            raise NotFound(f"There is no notebook {held.short_id}.")
        if guarded and there.version != held.version:
            raise VersionConflict("Someone else edited the Notebook (409)")
        return self._put("nbsync", self._moved(there, **fields), held)

    def _put(self, by: str, record: Record, held: Record | None = None) -> Record:
        self.writes.append(Write(by, self._records.get(record.short_id), record, held))
        self._records[record.short_id] = record
        return record

    def _new(self, short_id: str, title: str | None, content: Json, version: int) -> Record:
        now = self._tick()
        fields: Json = {
            "short_id": short_id,
            "title": title,
            "content": _kept(content),
            "version": version,
            "deleted": False,
            "created_at": now,
            "created_by": _BEN,
            "last_modified_at": now,
            "last_modified_by": _BEN,
        }
        return record_of(fields)

    def _moved(self, record: Record, **fields: Json) -> Record:
        if "content" in fields:
            fields["content"] = _kept(fields["content"])
        return record_of({**record.fields, "last_modified_at": self._tick(), **fields})

    def _tick(self) -> str:
        """Another time at each call, a later one unless somebody sets the clock."""
        self._ticks += 1
        self._count += 1
        now = datetime(2026, 9, 1, tzinfo=UTC) + timedelta(
            seconds=self._ticks, microseconds=self._count
        )
        return now.isoformat().replace("+00:00", "Z")


_BEN: Json = {"uuid": "b", "first_name": "Ben", "last_name": "", "email": "ben@example.com"}


def _kept(content: Json) -> Json:
    """Content as the database keeps it."""
    return parse_json(json.dumps(content))
