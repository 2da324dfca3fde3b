"""The store as dictionaries, for searches that run it many thousand times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from types import TracebackType
from typing import Self

from nbsync import files
from nbsync.errors import NbsyncError
from nbsync.formats import page_key
from nbsync.model import (
    Artefact,
    Base,
    BaseInfo,
    JournalEntry,
    Kept,
    Page,
    Record,
    RemoteMemory,
    Seen,
    Step,
    canonical,
    digest,
)


class MemoryStore:
    """What is remembered between runs, in dictionaries.

    Attributes:
        history: Every text, with its suffix, and every record that was kept, by short_id.
        edited: A test's edits of conflict files, by (short_id, name).
    """

    def __init__(self) -> None:
        self.history: dict[str, tuple[dict[str, str], dict[str, Record]]] = {}
        self._kept_at: dict[tuple[str, str], int] = {}
        self._ticks = 0
        self.edited: dict[tuple[str, str], str] = {}
        self._bases: dict[str, Base] = {}
        self._steps: dict[str, Step] = {}
        self._seen: dict[str, Seen] = {}
        self._rows: RemoteMemory | None = None
        self._journal: dict[str, JournalEntry] = {}
        self._conflicts: dict[str, Artefact] = {}
        self._verified = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """There is nothing to give back."""

    def forget_index(self) -> None:
        """Lose what is only a cache."""
        self._steps, self._seen, self._rows, self._verified = {}, {}, None, ""

    def bases(self) -> Mapping[str, BaseInfo]:
        return {short_id: _info(base) for short_id, base in self._bases.items()}

    def base(self, short_id: str) -> Base | None:
        return self._bases.get(files.check_id(short_id))

    def put_base(self, record: Record) -> BaseInfo:
        short_id = files.check_id(record.short_id)
        old = self._bases.get(short_id)
        earlier = () if old is None else _earlier(old, record)
        if old is not None and _said(old.record) != _said(record):
            self.keep_record(old.record)
        self._bases[short_id] = Base(record, earlier)
        return _info(self._bases[short_id])

    def put_bases(self, records: Sequence[Record]) -> list[BaseInfo | NbsyncError]:
        return [self._told(record) for record in records]

    def _told(self, record: Record) -> BaseInfo | NbsyncError:
        try:
            return self.put_base(record)
        except NbsyncError as error:
            return error

    def drop_base(self, short_id: str) -> None:
        base = self._bases.pop(files.check_id(short_id), None)
        if base is not None:
            self.keep_record(base.record)

    def steps(self) -> Mapping[str, Step]:
        return dict(self._steps)

    def put_step(self, short_id: str, step: Step | None) -> None:
        if step is None:
            self._steps.pop(short_id, None)
        else:
            self._steps[short_id] = step

    def seen(self) -> Mapping[str, Seen]:
        return dict(self._seen)

    def put_seen(self, seen: Mapping[str, Seen]) -> None:
        self._seen = dict(seen)

    def rows(self) -> RemoteMemory | None:
        return self._rows

    def put_rows(self, memory: RemoteMemory) -> None:
        self._rows = replace(memory, rows=dict(memory.rows))

    def put_row(self, short_id: str, token: str | None) -> None:
        if self._rows is not None:
            rows = {each: told for each, told in self._rows.rows.items() if each != short_id}
            new = {} if token is None else {short_id: token}
            self._rows = replace(self._rows, rows={**rows, **new})

    def keep_text(self, page: Page) -> None:
        self._keep_text(page.short_id, page.text, PurePosixPath(page.path).suffix)

    def keep_record(self, record: Record) -> None:
        self._kept(record.short_id)[1][_said(record)] = record
        self._date(record.short_id, _said(record))

    def kept(self, short_id: str) -> tuple[Kept, ...]:
        texts, records = self._kept(short_id)
        found = [
            (self._kept_at[short_id, text], Kept("", digest(text)[:8], text=text, suffix=suffix))
            for text, suffix in texts.items()
        ]
        found += [
            (self._kept_at[short_id, said], Kept("", digest(said)[:8], record=record))
            for said, record in records.items()
        ]
        found.sort(key=lambda pair: pair[0], reverse=True)
        return tuple(kept._replace(at=_moment(tick)) for tick, kept in found)

    def verified(self) -> str:
        return self._verified

    def note_verified(self) -> None:
        self._verified = "2026-09-01T00:00:00+00:00"

    def journal(self) -> tuple[JournalEntry, ...]:
        return tuple(entry for _, entry in sorted(self._journal.items()))

    def enter(self, entry: JournalEntry) -> None:
        self._journal[files.check_id(entry.short_id)] = entry

    def strike(self, short_id: str) -> None:
        self._journal.pop(files.check_id(short_id), None)

    def conflicts(self) -> Mapping[str, Artefact]:
        return {
            short_id: replace(artefact, texts={**artefact.texts, **self._edits(short_id)})
            for short_id, artefact in sorted(self._conflicts.items())
        }

    def open_conflict(self, short_id: str, artefact: Artefact) -> None:
        old = self._conflicts.get(files.check_id(short_id))
        moved = old is not None and _said(old.remote) != _said(artefact.remote)
        same = old is not None and old.texts["local"] == artefact.texts["local"]
        if old is not None and same and "merged" in self._edits(short_id):
            if moved:
                self.keep_record(artefact.remote)
                self._conflicts[short_id] = replace(old, seen=artefact.seen)
            return
        if old is not None and moved:
            self.keep_record(old.remote)
        self._keep_edits(short_id)
        self._conflicts[short_id] = replace(artefact, texts=dict(artefact.texts))

    def close_conflict(self, short_id: str) -> None:
        artefact = self._conflicts.pop(files.check_id(short_id), None)
        if artefact is not None:
            self.keep_record(artefact.remote)
            self._keep_edits(short_id)

    def _kept(self, short_id: str) -> tuple[dict[str, str], dict[str, Record]]:
        return self.history.setdefault(files.check_id(short_id), ({}, {}))

    def _keep_text(self, short_id: str, text: str, suffix: str) -> None:
        self._kept(short_id)[0][text] = suffix
        self._date(short_id, text)

    def _date(self, short_id: str, what: str) -> None:
        self._ticks += 1
        self._kept_at[short_id, what] = self._ticks

    def _edits(self, short_id: str) -> dict[str, str]:
        return {name: text for (whose, name), text in self.edited.items() if whose == short_id}

    def _keep_edits(self, short_id: str) -> None:
        for name, text in self._edits(short_id).items():
            self._keep_text(short_id, text, ".md")
            del self.edited[short_id, name]


def _earlier(old: Base, new: Record) -> tuple[str, ...]:
    if old.record.notebook.key == new.notebook.key:
        return old.earlier
    kept: list[str] = []
    for was in (*_keys(old.record), *old.earlier):
        if was not in {*_keys(new), *kept}:
            kept.append(was)
    return tuple(kept[:100])


def _keys(record: Record) -> tuple[str, ...]:
    return record.notebook.key, page_key(record.notebook)


def _moment(tick: int) -> str:
    return (datetime(2026, 9, 1, tzinfo=UTC) + timedelta(seconds=tick)).isoformat()


def _said(record: Record) -> str:
    fields = {**record.fields, "deleted": record.deleted, "last_modified_at": record.modified_at}
    return canonical([record.version, record.notebook.title, record.notebook.content, fields])


def _info(base: Base) -> BaseInfo:
    record = base.record
    text = canonical([_said(record), list(base.earlier)])
    return BaseInfo(digest(text), record.token, record.version, record.notebook.title, record.by)
