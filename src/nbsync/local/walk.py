"""The walk through a directory: every file that can be a page is looked at, and few are read."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from nbsync import files, formats
from nbsync.errors import FormatError
from nbsync.local.ignoring import Ignored
from nbsync.local.scan import Findings, Places, Trouble
from nbsync.model import Seen, digest

SUFFIXES = (".md", ".json")
_CONFIG = "nbsync.toml"
_OPEN = "make it readable, or name it under `ignore` in nbsync.toml"
_MEND = "correct it, or name it under `ignore` in nbsync.toml"


def decode(path: str, data: bytes) -> str:
    """A page's text.

    Raises:
        FormatError: It is not UTF-8; the message names the line.
    """
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FormatError(
            f"{path}:{line}: byte 0x{data[error.start]:02x} is no UTF-8",
            line=line,
            hint="save it as UTF-8, or name it under `ignore` in nbsync.toml",
        ) from error


def short_id_of(path: str, text: str) -> str | None:
    """The id in a page's text; None where it is nobody's page.

    Raises:
        FormatError: The part of the text that would tell is broken; the message names the line.
    """
    try:
        short_id: str | None = formats.short_id_in(text, path[path.rindex(".") :])
    except FormatError as error:
        place = path if error.line is None else f"{path}:{error.line}"
        raise FormatError(
            f"{place}: {error.message}", line=error.line, hint=error.hint or _MEND
        ) from error
    return short_id


def _is_ignored(rules: Ignored, path: str, entry: os.DirEntry[str]) -> bool:
    folder = rules.asks_for_folders and entry.is_dir(follow_symlinks=False)
    return rules.has(path, folder=folder)


class Walk:
    """One walk through a directory.

    Args:
        root: The directory.
        patterns: What is ignored.
        seen: Files as an earlier walk saw them.
        places: Where pages lay.
        clock_ns: The wall clock.
        tidy: Whether files that a killed run left half written are removed on the way.
    """

    def __init__(
        self,
        root: Path,
        patterns: Sequence[str],
        seen: Mapping[str, Seen],
        places: Places,
        *,
        clock_ns: Callable[[], int],
        tidy: bool,
    ) -> None:
        self._root = root
        self._ignored = Ignored(patterns) if patterns else None
        self._seen = seen
        self._places = places
        self._clock_ns = clock_ns
        self._tidy = tidy
        self._found = Findings()

    def run(self) -> Findings:
        """Walk, and tell what was found.

        Raises:
            NbsyncError: The directory itself cannot be read.
        """
        with files.explained(str(self._root), "read"):
            os.scandir(self._root).close()
        folders, found = [""], self._found.files
        while folders:
            folder = folders.pop()
            listed = self._listed(folder)
            while listed:
                entry = listed.pop()  # it holds its stat for as long as it is held itself
                path = folder + entry.name
                known = self._seen.get(path)
                if entry.name.startswith("."):
                    self._tidy_up(entry)
                elif self._ignored is not None and _is_ignored(self._ignored, path, entry):
                    continue
                elif known is not None and _is_vouched_for(entry, known):
                    found[path] = known
                elif entry.is_dir(follow_symlinks=False):
                    folders.append(f"{path}/")
                elif entry.name.endswith(SUFFIXES):
                    self._look(entry, path, known)
        return self._found

    def _tidy_up(self, entry: os.DirEntry[str]) -> None:
        if entry.name.startswith(files.TEMPORARY) and self._tidy:
            with suppress(OSError):
                Path(entry.path).unlink()

    def _listed(self, folder: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(self._root / folder) as entries:
                listed = [*entries][::-1]
        except FileNotFoundError:
            return []
        except OSError as error:
            self._closed(folder, files.reason(error))
            return []
        if folder and any(entry.name == _CONFIG for entry in listed):
            return []  # a mirror of its own
        return listed

    def _closed(self, folder: str, why: str) -> None:
        error = f"{folder}: cannot be looked into: {why}"
        self._trouble(folder, None, error, _OPEN)
        for path, known in self._seen.items():
            if path.startswith(folder) and self._places.owner(path) is not None:
                self._trouble(path, known, error, _OPEN, certain=False)

    def _look(self, entry: os.DirEntry[str], path: str, known: Seen | None) -> None:
        if not _is_text(path):
            name = ascii(path)[1:-1]
            self._trouble(name, None, f"{name}: its name is no UTF-8", "rename it")
        elif entry.is_file(follow_symlinks=False):
            self._read(path, known)
        else:
            error = f"{path}: is a symbolic link, or no file at all; nbsync follows none"
            self._trouble(path, known, error, "put the page itself there", certain=False)

    def _read(self, path: str, known: Seen | None) -> None:
        now, checked_ns = (0, 0, 0, 0), self._clock_ns()
        try:
            now = files.signature((self._root / path).lstat())
            data, now = files.read(self._root / path, most=files.LARGEST_PAGE)
            text = decode(path, data)
            token = digest(text)
            if known is not None and known.checked_ns and known.token == token:
                short_id = known.short_id  # it was understood before
            else:
                short_id = short_id_of(path, text)
        except FileNotFoundError:
            return
        except OSError as error:
            why = f"{path}: cannot be read: {files.reason(error)}"
            self._trouble(path, Seen(now, 0, "", None), why, _OPEN)
        except FormatError as error:
            if self._concerns_us(path, data):
                self._trouble(path, Seen(now, 0, "", None), error.message, error.hint)
        else:
            found = Seen(now, checked_ns, token, short_id)
            self._found.files[path] = known if known and _says_the_same(found, known) else found

    def _concerns_us(self, path: str, data: bytes) -> bool:
        # Any program's settings may be JSON of a kind; a page says so, or lies where one lay.
        return path.endswith(".md") or self._places.owner(path) is not None or b'"short_id"' in data

    def _trouble(
        self, path: str, seen: Seen | None, error: str, hint: str, *, certain: bool = True
    ) -> None:
        self._found.troubles.append(Trouble(path, seen, error, hint, certain))


def _is_vouched_for(entry: os.DirEntry[str], known: Seen) -> bool:
    return files.vouches(known.signature, known.checked_ns) and files.has(entry, known.signature)


def _says_the_same(found: Seen, known: Seen) -> bool:
    """Whether a file that was read again is as it was, and will be read the next time as well."""
    if files.vouches(found.signature, found.checked_ns):
        return False
    was, now = (known.signature, known.token), (found.signature, found.token)
    return was == now and known.short_id == found.short_id


def _is_text(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True
