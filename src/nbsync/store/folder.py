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

    What it knows of the names in it holds for one run: while the lock is held.

    Args:
        path: Where it is, or will be.
        suffix: What the entries' names end in; "" for folders.
    """

    def __init__(self, path: Path, suffix: str) -> None:
        self.path = path
        self._suffix = suffix
        self._names: set[str] | None = None
        self._folded: set[str] | None = None
        self._shadowed = True  # whether some name is not the plain one

    def entries(self) -> dict[str, Path]:
        """What is there now, by short_id.

        Raises:
            NbsyncError: The folder is there and cannot be read.
        """
        found: dict[str, Path] = {}
        for entry in self.listed():
            short_id = self.short_id_in(entry.name)
            linked = not self._suffix and entry.is_symlink()  # a linked file is not read anyway
            if short_id is not None and not linked:
                found[short_id] = self.path / entry.name
        return found

    def listed(self) -> list[os.DirEntry[str]]:
        """Whatever is there now; "aB3~1f.json", which beats "aB3.json", comes after it.

        Raises:
            NbsyncError: The folder is there and cannot be read.
        """
        found: list[os.DirEntry[str]] = []
        with files.explained(str(self.path), "read"), suppress(FileNotFoundError):
            found = sorted(os.scandir(self.path), key=_after_plain_ones)
        self._know({entry.name for entry in found})
        return found

    def short_id_in(self, name: str) -> str | None:
        """The notebook that an entry is called after; None where it is none of ours."""
        short_id = name.removesuffix(self._suffix).partition("~")[0]
        return short_id if name.endswith(self._suffix) and _is_id(short_id) else None

    def entry(self, short_id: str) -> Path:
        """Where a notebook's entry is, or would be.

        Raises:
            FormatError: The id is none.
            NbsyncError: The folder is there and cannot be read.
        """
        return self.path / self._name(short_id)[0]

    def existing(self, short_id: str) -> Path | None:
        """Where a notebook's entry is, or was in this run; None where there never was one.

        Raises:
            FormatError: The id is none.
            NbsyncError: The folder is there and cannot be read.
        """
        name, known = self._name(short_id)
        return self.path / name if known else None

    def make(self) -> None:
        """See to it that the folder is there.

        Raises:
            OSError: It cannot be made.
        """
        files.make_folder(self.path)

    def claim(self, short_id: str) -> Path:
        """Where to write a notebook's entry; another one in the way is avoided from now on.

        Raises:
            FormatError: The id is none.
            NbsyncError: The folder is there and cannot be read.
            OSError: The folder cannot be made, or a symbolic link stands in the entry's place.
        """
        self.make()
        return self.take(short_id)[0]

    def take(self, short_id: str) -> tuple[Path, bool]:
        """Where to write a notebook's entry in the folder, which is there, as `claim` does.

        Returns:
            The place, and whether the notebook has an entry there, or had one in this run.

        Raises:
            FormatError: The id is none.
            NbsyncError: The folder cannot be read.
            OSError: A symbolic link stands in the entry's place.
        """
        name, known = self._name(short_id)
        entry = self.path / name
        if self._names is not None:
            self._names.add(name)
            self._shadowed = self._shadowed or "~" in name
        if self._folded is not None:
            self._folded.add(name.casefold())
        if known and entry.is_symlink():
            raise OSError(errno.ELOOP, "it is a symbolic link", str(entry))
        return entry, known

    def forget(self) -> None:
        """Look again the next time: something was removed."""
        self._names = None

    def _name(self, short_id: str) -> tuple[str, bool]:
        """What a notebook's entry is called, or would be, and whether it is known."""
        files.check_id(short_id)
        return self._name_in(self._list() if self._names is None else self._names, short_id)

    def _name_in(self, names: set[str], short_id: str) -> tuple[str, bool]:
        plain = f"{short_id}{self._suffix}"
        if plain not in names and os.path.lexists(f"{self.path}{os.sep}{plain}"):
            names = self._list()
        if plain in names and not self._shadowed:
            return plain, True
        in_the_way = plain not in names and self._has_another(plain, names)
        if in_the_way or self._shadowed:
            other = f"{short_id}~{digest(short_id)[:8]}{self._suffix}"
            if in_the_way or other in names:
                return other, other in names
        return plain, plain in names

    def _has_another(self, plain: str, names: set[str]) -> bool:
        """Whether a file system that knows no case would find something under a new name."""
        if self._folded is None:
            self._folded = {name.casefold() for name in names}
        return plain.casefold() in self._folded

    def _list(self) -> set[str]:
        names: set[str] = set()
        with files.explained(str(self.path), "read"), suppress(FileNotFoundError):
            names = {entry.name for entry in os.scandir(self.path)}
        self._know(names)
        return names

    def _know(self, names: set[str]) -> None:
        self._names, self._folded = names, None
        self._shadowed = any("~" in name for name in names)


def _after_plain_ones(entry: os.DirEntry[str]) -> str:
    return entry.name if "~" in entry.name else ""


def _is_id(text: str) -> bool:
    try:
        files.check_id(text)
    except FormatError:
        return False
    return True
