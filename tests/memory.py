"""The directory and the store as dictionaries, for searches that run them many thousand times."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from types import TracebackType
from typing import Self

from nbsync import files, formats
from nbsync.errors import Busy, FormatError, PreconditionFailed
from nbsync.local.places import fold, free_place, ignored
from nbsync.model import (
    Artefact,
    Base,
    BaseInfo,
    JournalEntry,
    LocalSnapshot,
    Page,
    Record,
    RemoteMemory,
    Seen,
    Step,
    Unreadable,
    canonical,
    digest,
)


class MemoryDirectory:
    """A directory of pages in a dictionary; a test edits `files` as a user would.

    Attributes:
        files: Text by path; bytes stand for a file that is no UTF-8.
        git: What git is in the middle of; "" for nothing.
        head: Where HEAD is.
    """

    def __init__(
        self,
        files: Mapping[str, str | bytes] | None = None,
        *,
        filename: str = "{short_id}",
        ignore: Sequence[str] = (),
    ) -> None:
        self.files: dict[str, str | bytes] = dict(files or {})
        self.git = ""
        self.head = "main"
        self._filename = filename
        self._ignore = ignore
        self._first_head: str | None = None

    def scan(self, tracked: Collection[str], seen: Mapping[str, Seen]) -> LocalSnapshot:
        known = {fold(path): was.short_id for path, was in seen.items() if was.short_id in tracked}
        ids: dict[str, str | None] = {}
        broken: dict[str, FormatError] = {}
        for path in sorted(self.files):
            if self._is_page(path):
                try:
                    ids[path] = _short_id(path, self.files[path])
                except FormatError as error:
                    broken[path] = error
        owners = {
            path: known.get(fold(path)) or (stem if stem in tracked else None)
            for path in (*ids, *broken)
            for stem in [PurePosixPath(path).stem]
        }
        for path in [path for path in broken if owners[path] is None]:
            data = self.files[path]  # any program's settings may be JSON of a kind
            if path.endswith(".json") and isinstance(data, bytes) and b'"short_id"' not in data:
                del broken[path]
        found = [short_id for short_id in ids.values() if short_id is not None]
        unreadable = [
            Unreadable(owners[path], path, f"{path}:{error.line}: {error.message}", error.hint)
            for path, error in broken.items()
        ]
        for path, short_id in ids.items():
            if short_id is None and owners[path] is not None and owners[path] not in found:
                unreadable.append(Unreadable(owners[path], path, f"{path}: has no id any more"))
            elif short_id is not None and found.count(short_id) > 1:
                twins = [other for other, its in ids.items() if its == short_id]
                same = f"{' and '.join(twins)} have the same short_id {short_id}"
                unreadable.append(Unreadable(short_id, path, same))
        barred = {one.short_id for one in unreadable} | {None}
        paths = {short_id: path for path, short_id in ids.items() if short_id not in barred}
        places = {one.path: one.short_id for one in unreadable}
        return LocalSnapshot(
            tokens={str(short_id): self._token(path) for short_id, path in paths.items()},
            paths={str(short_id): path for short_id, path in paths.items()},
            unreadable=tuple(sorted(unreadable, key=lambda one: one.path or "")),
            untracked=tuple(
                path
                for path, short_id in ids.items()
                if short_id is None and path.endswith(".md") and path not in places
            ),
            seen={
                path: Seen((0, 0, 0, 0), 0, self._token(path), places.get(path, ids.get(path)))
                for path in sorted((*ids, *broken))
            },
        )

    def read(self, short_id: str, path: str) -> Page | Unreadable | None:
        if not _inside(path):
            return Unreadable(short_id, path, f"{path} is no place for a page")
        data = self.files.get(path)
        if data is None:
            return None
        try:
            found = _short_id(path, data)
        except FormatError as error:
            return Unreadable(short_id, path, f"{path}:{error.line}: {error.message}", error.hint)
        if found not in (None, short_id):
            return Unreadable(short_id, path, f"{path}: is the page of {found}")
        return Page(short_id, path, str(data))

    def write(self, new: Page, *, old: Page | None) -> None:
        _check_inside(new.path)
        if old is not None:
            self._check(old)
        if (old is None or old.path != new.path) and new.path in self.files:
            raise PreconditionFailed(f"{new.path} appeared", hint="nbsync sync")
        self.files[new.path] = new.text
        if old is not None and old.path != new.path:
            del self.files[old.path]

    def remove(self, old: Page) -> None:
        self._check(old)
        del self.files[old.path]

    def place(self, short_id: str, title: str | None, suffix: str, taken: Collection[str]) -> str:
        folded = {fold(path) for path in (*taken, *self.files)}
        return free_place(
            self._filename,
            short_id,
            title,
            suffix,
            is_free=lambda path: fold(path) not in folded and not ignored(path, self._ignore),
            can_hold=lambda folder: not {*_folders(folder)} & self.files.keys(),
        )

    def check_quiet(self) -> None:
        if self.git:
            raise Busy(f"git is in the middle of {self.git}", hint="git status")
        self._first_head = self._first_head or self.head
        if self.head != self._first_head:
            raise Busy(f"HEAD moved from {self._first_head} to {self.head}", hint="nbsync sync")

    def _is_page(self, path: str) -> bool:
        return path.endswith((".md", ".json")) and _inside(path) and not ignored(path, self._ignore)

    def _token(self, path: str) -> str:
        data = self.files[path]
        return digest(data) if isinstance(data, str) else ""

    def _check(self, old: Page) -> None:
        _check_inside(old.path)
        if self.files.get(old.path) != old.text:
            raise PreconditionFailed(f"{old.path} changed", hint="nbsync sync")


def _inside(path: str) -> bool:
    return all(name and not name.startswith(".") for name in path.split("/"))


def _check_inside(path: str) -> None:
    if not _inside(path):
        raise FormatError(f"{path!r} is no place for a page")


def _folders(folder: str) -> list[str]:
    names = folder.split("/")
    return ["/".join(names[: count + 1]) for count in range(len(names))]


def _short_id(path: str, data: str | bytes) -> str | None:
    if isinstance(data, bytes):
        line = data[: _wrong_byte(data)].count(b"\n") + 1
        raise FormatError("no UTF-8", line=line, hint="save it as UTF-8")
    return formats.short_id_in(data, PurePosixPath(path).suffix)


def _wrong_byte(data: bytes) -> int:
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return error.start
    return len(data)


class MemoryStore:
    """What is remembered between runs, in dictionaries.

    Attributes:
        history: Every text and record that was kept, by short_id.
        edited: A test's edits of conflict files, by (short_id, name).
    """

    def __init__(self) -> None:
        self.history: dict[str, tuple[set[str], dict[str, Record]]] = {}
        self.edited: dict[tuple[str, str], str] = {}
        self._bases: dict[str, Base] = {}
        self._steps: dict[str, Step] = {}
        self._seen: dict[str, Seen] = {}
        self._rows: RemoteMemory | None = None
        self._journal: dict[str, JournalEntry] = {}
        self._conflicts: dict[str, Artefact] = {}

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
        self._steps, self._seen, self._rows = {}, {}, None

    def bases(self) -> Mapping[str, BaseInfo]:
        return {short_id: _info(base) for short_id, base in self._bases.items()}

    def base(self, short_id: str) -> Base | None:
        return self._bases.get(files.check_id(short_id))

    def put_base(self, record: Record) -> BaseInfo:
        short_id = files.check_id(record.short_id)
        old = self._bases.get(short_id)
        earlier = () if old is None else _earlier(old, record.notebook.key)
        if old is not None and _said(old.record) != _said(record):
            self.keep_record(old.record)
        self._bases[short_id] = Base(record, earlier)
        return _info(self._bases[short_id])

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

    def put_row(self, short_id: str, token: str) -> None:
        if self._rows is not None:
            self._rows = replace(self._rows, rows={**self._rows.rows, short_id: token})

    def keep_text(self, page: Page) -> None:
        self._kept(page.short_id)[0].add(page.text)

    def keep_record(self, record: Record) -> None:
        self._kept(record.short_id)[1][_said(record)] = record

    def kept_texts(self, short_id: str) -> tuple[str, ...]:
        return tuple(self._kept(short_id)[0])

    def kept_records(self, short_id: str) -> tuple[Record, ...]:
        records = self._kept(short_id)[1].values()
        return tuple(sorted(records, key=lambda record: (record.version, record.modified_at)))

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
        if old is not None and "merged" in self._edits(short_id):
            if moved:
                self.keep_record(artefact.remote)
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

    def _kept(self, short_id: str) -> tuple[set[str], dict[str, Record]]:
        return self.history.setdefault(files.check_id(short_id), (set(), {}))

    def _edits(self, short_id: str) -> dict[str, str]:
        return {name: text for (whose, name), text in self.edited.items() if whose == short_id}

    def _keep_edits(self, short_id: str) -> None:
        for name, text in self._edits(short_id).items():
            self._kept(short_id)[0].add(text)
            del self.edited[short_id, name]


def _earlier(old: Base, key: str) -> tuple[str, ...]:
    if old.record.notebook.key == key:
        return old.earlier
    kept: list[str] = []
    for was in (old.record.notebook.key, *old.earlier):
        if was not in {key, *kept[-1:]}:
            kept.append(was)
    return tuple(kept[:50])


def _said(record: Record) -> str:
    fields = {**record.fields, "deleted": record.deleted, "last_modified_at": record.modified_at}
    return canonical([record.version, record.notebook.title, record.notebook.content, fields])


def _info(base: Base) -> BaseInfo:
    record = base.record
    text = canonical([_said(record), list(base.earlier)])
    return BaseInfo(digest(text), record.token, record.version, record.notebook.title)
