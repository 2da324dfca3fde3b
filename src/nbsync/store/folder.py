"""A folder with one entry for each notebook, where ids that differ only in case never meet."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path

from nbsync import files
from nbsync.errors import FormatError
from nbsync.model import digest


class Folder:
    """A folder of entries that are called after notebooks.

    Args:
        path: Where it is, or will be.
        suffix: What the entries' names end in; "" for folders.
    """

    def __init__(self, path: Path, suffix: str) -> None:
        self.path = path
        self._suffix = suffix
        self._names: set[str] | None = None
        self._folded: set[str] = set()

    def entries(self) -> dict[str, Path]:
        """What is there now, by short_id.

        Raises:
            NbsyncError: The folder is there and cannot be read.
        """
        found: dict[str, Path] = {}
        for name in sorted(self._list()):  # "aB3.json" before "aB3~1f.json", which beats it
            short_id = name.removesuffix(self._suffix).partition("~")[0]
            path = self.path / name
            linked = not self._suffix and path.is_symlink()  # a linked file is not read anyway
            if name.endswith(self._suffix) and _is_id(short_id) and not linked:
                found[short_id] = path
        return found

    def entry(self, short_id: str) -> Path:
        """Where a notebook's entry is, or would be.

        Raises:
            FormatError: The id is none.
        NbsyncError: The folder is there and cannot be read.
        """
        files.check_id(short_id)
        plain = f"{short_id}{self._suffix}"
        other = f"{short_id}~{digest(short_id)[:8]}{self._suffix}"
        names = self._list() if self._names is None else self._names
        if plain not in names and os.path.lexists(self.path / plain):
            names = self._list()
        if other in names or (plain not in names and plain.casefold() in self._folded):
            return self.path / other
        return self.path / plain

    def claim(self, short_id: str) -> Path:
        """Where to write a notebook's entry; another one in the way is avoided from now on.

        Raises:
            FormatError: The id is none.
            OSError: The folder cannot be made, or a symbolic link stands in the entry's place.
        """
        files.make_folder(self.path)
        entry = self.entry(short_id)
        if entry.is_symlink():
            raise OSError(errno.ELOOP, "it is a symbolic link", str(entry))
        if self._names is not None:
            self._names.add(entry.name)
        self._folded.add(entry.name.casefold())
        return entry

    def forget(self) -> None:
        """Look again the next time: something was removed."""
        self._names = None

    def _list(self) -> set[str]:
        names: set[str] = set()
        with files.explained(str(self.path), "read"), suppress(FileNotFoundError):
            names = {entry.name for entry in self.path.iterdir()}
        self._names, self._folded = names, {name.casefold() for name in names}
        return names


def _is_id(text: str) -> bool:
    try:
        files.check_id(text)
    except FormatError:
        return False
    return True
