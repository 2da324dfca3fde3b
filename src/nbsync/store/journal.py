"""What is being done right now, so that a killed run can be finished."""

from __future__ import annotations

from contextlib import suppress
from itertools import count
from pathlib import Path

from nbsync import files
from nbsync.model import JournalEntry
from nbsync.store.folder import Folder
from nbsync.store.texts import entry_in, entry_text


class Journal:
    """The files `journal/<short_id>.json`.

    Args:
        path: The folder that they are in.
        read_only: Whether a broken entry is left where it is.
    """

    def __init__(self, path: Path, *, read_only: bool) -> None:
        self._folder = Folder(path, ".json")
        self._read_only = read_only

    def all(self) -> tuple[JournalEntry, ...]:
        """Every entry that was not struck, by short_id; a broken one is moved aside.

        Raises:
            NbsyncError: One is there and may not be read: it could be an intent.
        """
        found: list[JournalEntry] = []
        for short_id, path in sorted(self._folder.entries().items()):
            with files.explained(str(path), "read"), suppress(FileNotFoundError):
                try:
                    found.append(entry_in(files.read(path)[0], short_id))
                except ValueError:
                    if not self._read_only:
                        self._set_aside(path)
        return tuple(found)

    def enter(self, entry: JournalEntry) -> None:
        """Write an entry, durably, in place of the notebook's earlier one.

        Raises:
            FormatError: No file can hold it.
            NbsyncError: It could not be written.
        """
        data = entry_text(entry).encode()
        with files.explained(f"{self._folder.path / entry.short_id}.json", "written"):
            path = self._folder.claim(entry.short_id)
            files.replace(path, data)
            files.flush_folder(path.parent)

    def strike(self, short_id: str) -> None:
        """Remove the entry of a notebook, durably, if there is one.

        Raises:
            NbsyncError: It could not be removed.
        """
        path = self._folder.existing(short_id)
        if path is not None:
            files.remove(path)

    def _set_aside(self, path: Path) -> None:
        names = (f"{path.name}.bad{number or ''}" for number in count())
        free = next(name for name in names if not (path.parent / name).exists())
        with suppress(OSError):
            path.rename(path.parent / free)
        self._folder.forget()
