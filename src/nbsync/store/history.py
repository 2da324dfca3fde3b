"""Every record and every text that nbsync replaced, so that it can be brought back."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from nbsync import files
from nbsync.model import Kept, Page, Record
from nbsync.store.folder import Folder
from nbsync.store.texts import record_in, record_name, record_text


class History:
    """The folders `history/<short_id>/`, in which nothing is ever written twice.

    Args:
        path: The folder that they are in.
    """

    def __init__(self, path: Path) -> None:
        self._folder = Folder(path, "")

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
        self._keep(short_id, f"page-{hashlib.sha256(data).hexdigest()[:16]}{suffix}", data)

    def keep_record(self, record: Record) -> None:
        """Keep a record, durably.

        Raises:
            FormatError: No file can hold it.
            NbsyncError: It could not be written.
        """
        self._keep(record.short_id, record_name(record), record_text(record).encode())

    def records(self, short_id: str) -> tuple[Record, ...]:
        """The records that were kept of a notebook, the lowest version first."""
        found = []
        for path in self._paths(short_id, "v*.json"):
            with suppress(OSError, ValueError):
                found.append(record_in(path.read_bytes()))
        return tuple(sorted(found, key=lambda record: (record.version, record.modified_at)))

    def texts(self, short_id: str) -> tuple[str, ...]:
        """The page texts that were kept of a notebook, in no order that says anything."""
        found = []
        for path in self._paths(short_id, "page-*"):
            with suppress(OSError, ValueError):
                found.append(path.read_bytes().decode("utf-8"))
        return tuple(found)

    def kept(self, short_id: str) -> tuple[Kept, ...]:
        """Everything that was kept of a notebook, the newest first."""
        found = []
        for path in self._paths(short_id, "*"):
            with suppress(OSError, ValueError):
                found.append(_kept(path))
        return tuple(sorted(found, key=lambda kept: (kept.at, kept.key), reverse=True))

    def _paths(self, short_id: str, pattern: str) -> list[Path]:
        return sorted(self._folder.entry(short_id).glob(pattern))

    def _keep(self, short_id: str, name: str, data: bytes) -> None:
        with files.explained(f"{self._folder.path / short_id / name}", "written"):
            folder = self._folder.claim(short_id)
            if (folder / name).exists():
                return
            files.make_folder(folder)
            files.sweep(folder)
            with suppress(FileExistsError):
                files.create(folder / name, data)
            files.flush_folder(folder)


def _kept(path: Path) -> Kept:
    data = path.read_bytes()
    key = hashlib.sha256(data).hexdigest()[:8]
    at = datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat(timespec="seconds")
    if path.name.startswith("page-"):
        return Kept(at, key, text=data.decode("utf-8"), suffix=path.suffix)
    return Kept(at, key, record=record_in(data))
