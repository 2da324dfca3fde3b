"""Every record and every text that nbsync replaced, so that it can be brought back."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from nbsync import files
from nbsync.model import Kept, Page, Record
from nbsync.store.folder import Folder
from nbsync.store.texts import record_in, record_name, record_text

if TYPE_CHECKING:
    from nbsync.store.pruning import Outdated


class History:
    """The folders `history/<short_id>/`, in which nothing is ever written twice.

    When a file was kept is its mtime.

    Args:
        path: The folder that they are in.
        clock_ns: The wall clock.
    """

    def __init__(self, path: Path, clock_ns: Callable[[], int]) -> None:
        self._folder = Folder(path, "")
        self._clock_ns = clock_ns

    def keep_text(self, page: Page) -> None:
        """Keep a page's text, durably.

        Raises:
            NbsyncError: It could not be written.
        """
        data = page.text.encode("utf-8", "surrogatepass")
        self.keep_bytes(page.short_id, data, PurePosixPath(page.path).suffix)

    def keep_bytes(self, short_id: str, data: bytes, suffix: str) -> None:
        """Keep what somebody wrote, even where it is no text, durably.

        Raises:
            NbsyncError: It could not be written.
        """
        self._keep(short_id, f"page-{_digest(data)[:16]}{suffix}", data)

    def keep_record(self, record: Record) -> None:
        """Keep a record, durably; of very many, the oldest are let go.

        Raises:
            FormatError: No file can hold it.
            NbsyncError: It could not be written.
        """
        folder = self._keep(record.short_id, record_name(record), record_text(record).encode())
        from nbsync.store.pruning import let_go  # noqa: PLC0415 - to look, it is not needed

        let_go(folder, now_ns=self._clock_ns())

    def kept(self, short_id: str) -> tuple[Kept, ...]:
        """Everything that was kept of a notebook, the newest first."""
        found = []
        for path in self._paths(short_id):
            with suppress(OSError, ValueError):
                found.append(_kept(path))
        found.sort(key=lambda pair: (pair[0], pair[1].key), reverse=True)
        return tuple(kept for _, kept in found)

    def outdated(self, days: int) -> tuple[Outdated, ...]:
        """Whatever was kept of any notebook longer ago than so many days."""
        from nbsync.store.pruning import DAY_NS, outdated  # noqa: PLC0415 - as above

        before_ns = self._clock_ns() - days * DAY_NS
        found: list[Outdated] = []
        for short_id, folder in sorted(self._folder.entries().items()):
            found += outdated(short_id, folder, before_ns=before_ns)
        return tuple(found)

    def discard(self, which: Iterable[Outdated]) -> None:
        """Remove files for good, and the folders that they leave empty.

        Raises:
            NbsyncError: One could not be removed; those before it were.
        """
        folders = set()
        for each in which:
            with files.explained(str(each.path), "removed"):
                each.path.unlink(missing_ok=True)
            folders.add(each.path.parent)
        for folder in folders:
            files.flush_folder(folder)
            with suppress(OSError):
                folder.rmdir()
        self._folder.forget()

    def _paths(self, short_id: str) -> list[Path]:
        folder = self._folder.entry(short_id)
        return [] if folder.is_symlink() else sorted(folder.glob("*"))

    def _keep(self, short_id: str, name: str, data: bytes) -> Path:
        with files.explained(f"{self._folder.path / short_id / name}", "written"):
            folder = self._folder.claim(short_id)
            if (folder / name).exists():
                self._keep_again(folder / name)
                return folder
            files.make_folder(folder)
            files.sweep(folder)
            with suppress(FileExistsError):
                files.create(folder / name, data)
            self._date(folder / name)
            files.flush_folder(folder)
        return folder

    def _keep_again(self, path: Path) -> None:
        """Let what was kept before count as kept now, unless it is what was kept last anyway.

        By a clock that was set back it could not become the last; it is left alone then.
        """
        with suppress(OSError):
            last_ns = max(other.lstat().st_mtime_ns for other in path.parent.iterdir())
            if path.lstat().st_mtime_ns < last_ns < self._clock_ns() and not path.is_symlink():
                self._date(path)

    def _date(self, path: Path) -> None:
        now_ns = self._clock_ns()
        with suppress(OSError):  # a file system that keeps no times
            os.utime(path, ns=(now_ns, now_ns))


def _digest(data: bytes) -> str:
    from hashlib import sha256  # noqa: PLC0415 - as above

    return sha256(data).hexdigest()


def _kept(path: Path) -> tuple[int, Kept]:
    """What a file holds, and when it was kept, in ns since 1970."""
    data, (at_ns, *_) = files.read(path)
    key = _digest(data)[:8]
    second = datetime.fromtimestamp(at_ns // 10**9, UTC)
    at = second.replace(microsecond=at_ns // 1000 % 10**6).isoformat(timespec="microseconds")
    if path.name.startswith("page-"):
        return at_ns, Kept(at, key, text=data.decode("utf-8"), suffix=path.suffix)
    return at_ns, Kept(at, key, record=record_in(data))
