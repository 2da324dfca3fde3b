"""The directory as a dictionary, for searches that run it many thousand times; and the store."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import PurePosixPath

from memory_store import MemoryStore
from nbsync import formats
from nbsync.errors import Busy, FormatError, NbsyncError, PreconditionFailed
from nbsync.local.ignoring import ignored
from nbsync.local.places import fold, free_place
from nbsync.model import LocalSnapshot, Page, Seen, Unreadable, digest

__all__ = ["MemoryDirectory", "MemoryStore"]


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
        owners: dict[str, str | None] = {}
        ids: dict[str, str | None] = {}
        unreadable: list[Unreadable] = []
        for path in filter(self._is_page, sorted(self.files)):
            stem = PurePosixPath(path).stem
            owners[path] = known.get(fold(path)) or (stem if stem in tracked else None)
            try:
                ids[path] = _short_id(path, self.files[path])
            except FormatError as error:
                if owners[path] is not None or self._says_it_is_a_page(path):
                    unreadable.append(_unreadable(owners[path], path, error))
        found = [short_id for short_id in ids.values() if short_id is not None]
        for path, short_id in ids.items():
            if short_id is None and owners[path] not in (None, *found):
                unreadable.append(Unreadable(owners[path], path, f"{path}: its id is gone"))
            elif short_id is not None and found.count(short_id) > 1:
                twins = " and ".join(other for other, its in ids.items() if its == short_id)
                unreadable.append(Unreadable(short_id, path, f"{twins} have one id: {short_id}"))
        return self._snapshot(ids, sorted(unreadable, key=lambda one: one.path or ""))

    def _snapshot(
        self, ids: Mapping[str, str | None], unreadable: Sequence[Unreadable]
    ) -> LocalSnapshot:
        places = {one.path or "": one.short_id for one in unreadable}
        barred = set(places.values())
        paths = {
            short_id: path
            for path, short_id in ids.items()
            if short_id is not None and short_id not in barred
        }
        untracked = (path for path, short_id in ids.items() if short_id is None)
        return LocalSnapshot(
            tokens={short_id: self._token(path) for short_id, path in paths.items()},
            paths=paths,
            unreadable=tuple(unreadable),
            untracked=tuple(
                path for path in untracked if path.endswith(".md") and path not in places
            ),
            seen={
                path: Seen((0, 0, 0, 0), 0, self._token(path), short_id)
                for path, short_id in {**ids, **places}.items()
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
            return _unreadable(short_id, path, error)
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

    def write_new(self, pages: Sequence[Page]) -> list[NbsyncError | None]:
        self.check_quiet()
        return [self._refusal(page) for page in pages]

    def _refusal(self, page: Page) -> NbsyncError | None:
        try:
            self.write(page, old=None)
        except NbsyncError as error:
            return error
        return None

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

    def _says_it_is_a_page(self, path: str) -> bool:
        data = self.files[path]  # any program's settings may be JSON of a kind
        return path.endswith(".md") or isinstance(data, str) or b'"short_id"' in data

    def _token(self, path: str) -> str:
        data = self.files[path]
        return digest(data) if isinstance(data, str) else ""

    def _check(self, old: Page) -> None:
        _check_inside(old.path)
        if self.files.get(old.path) != old.text:
            raise PreconditionFailed(f"{old.path} changed", hint="nbsync sync")


def _unreadable(short_id: str | None, path: str, error: FormatError) -> Unreadable:
    return Unreadable(short_id, path, f"{path}:{error.line}: {error.message}", error.hint)


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
