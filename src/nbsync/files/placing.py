"""Files put in their places, one or many at a time: each whole or not at all."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

TEMPORARY = ".nbsync-tmp-"
"""What the name of every file that is still being written starts with."""

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


def replace(path: Path, data: bytes, *, check: Callable[[], None] | None = None) -> None:
    """Put data in place of whatever is at path, whole or not at all.

    Args:
        path: Where to; its folder exists.
        data: All of the new bytes.
        check: Called when nothing is left to do but the renaming; what it raises stops that.

    Raises:
        OSError: The file could not be written; what was at path is as it was.
    """
    (failure,) = _put_each([(path, data)], anew=False, check=check)
    if failure is not None:
        raise failure


def create(path: Path, data: bytes) -> None:
    """Put data at path, where nothing is.

    Raises:
        FileExistsError: Something is there; it is as it was.
        OSError: The file could not be written.
    """
    (failure,) = _put_each([(path, data)], anew=True)
    if failure is not None:
        raise failure


def replace_each(wanted: Sequence[tuple[Path, bytes]]) -> list[OSError | None]:
    """Put many files in place of whatever is there, each whole or not at all, and durably.

    Args:
        wanted: Where to, in a folder that exists, and all of the new bytes; no place twice.

    Returns:
        For each, in order, why it could not be written; None where it was.
    """
    failures = _put_each(wanted, anew=False)
    _flush_folders(wanted)
    return failures


def create_each(
    wanted: Sequence[tuple[Path, bytes]], *, check: Callable[[], None]
) -> list[OSError | None]:
    """Put many files where nothing is, each whole or not at all, and durably.

    Args:
        wanted: Where to, in a folder that exists, and all of the bytes.
        check: Called when nothing is left to do but to give them their names; what it raises
            stops that for all of them.

    Returns:
        For each, in order, why it could not be written, a FileExistsError where something was;
        None where it was written.
    """
    failures = _put_each(wanted, anew=True, check=check)
    _flush_folders(wanted)
    return failures


def flush_folder(folder: Path) -> None:
    """See to it that names put into a folder survive a loss of power, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def make_folder(folder: Path) -> None:
    """See to it that a folder is there, durably, and those above it.

    Raises:
        OSError: It cannot be made.
    """
    if not folder.is_dir():
        make_folder(folder.parent)
        with suppress(FileExistsError):
            folder.mkdir()
        flush_folder(folder.parent)


def sweep(folder: Path) -> None:
    """Remove what a killed run left half written in a folder; its caller holds the lock."""
    with suppress(OSError):
        with os.scandir(folder) as entries:
            left = [entry for entry in entries if entry.name.startswith(TEMPORARY)]
        for entry in left:
            with suppress(OSError):
                Path(entry.path).unlink()


class _Draft:
    """A file beside the place that it is for, on its way there.

    Args:
        path: The place.

    Raises:
        OSError: None can be made there.
    """

    __slots__ = ("_beside", "_handle", "_is_beside", "_is_open", "_path")

    def __init__(self, path: Path) -> None:
        self._path = path
        self._beside = path.with_name(f"{TEMPORARY}{os.urandom(6).hex()}")
        self._handle = os.open(self._beside, _NEW, 0o666)
        self._is_open = self._is_beside = True

    def write(self, data: bytes) -> None:
        """Write all of its bytes."""
        left = memoryview(data)
        while left:
            left = left[os.write(self._handle, left) :]

    def take_permissions(self) -> None:
        """Give it those of the file that it replaces: its owner chose them."""
        with suppress(OSError):
            self._beside.chmod(self._path.stat().st_mode & 0o7777)

    def hurry(self) -> None:
        """Let the system begin to make it durable, without waiting for that.

        To say that it will not be read soon does just that on Linux.
        """
        if sys.platform == "linux":
            os.posix_fadvise(self._handle, 0, 0, os.POSIX_FADV_DONTNEED)

    def settle(self) -> None:
        """Wait until it is durable."""
        os.fsync(self._handle)
        self._is_open = False
        os.close(self._handle)

    def link(self) -> None:
        """Give it its place, where nothing is."""
        try:
            os.link(self._beside, self._path)
        except FileExistsError:
            raise
        except OSError:  # a file system without hard links: a look, then a rename
            if os.path.lexists(self._path):
                raise FileExistsError(errno.EEXIST, "it is there", str(self._path)) from None
            self.replace()

    def replace(self) -> None:
        """Give it its place, whatever is there."""
        self._beside.replace(self._path)
        self._is_beside = False

    def clear(self) -> None:
        """Leave nothing beside the place."""
        with suppress(OSError):
            if self._is_open:
                os.close(self._handle)
        with suppress(OSError):
            if self._is_beside:
                self._beside.unlink()


def _put_each(
    wanted: Sequence[tuple[Path, bytes]],
    *,
    anew: bool,
    check: Callable[[], None] | None = None,
) -> list[OSError | None]:
    """Put files in their places, durably but for their names; why not, for each, in order.

    All are written before the first is waited for: a disk is quicker at many files together
    than at one after the other.
    """
    failures: list[OSError | None] = [None for _ in wanted]
    drafts: dict[int, _Draft] = {}
    try:
        for at, (path, data) in enumerate(wanted):
            try:
                drafts[at] = _Draft(path)
                drafts[at].write(data)
            except OSError as error:
                failures[at] = error
        if not anew:
            _each(drafts, failures, _Draft.take_permissions)
        if len(drafts) > 1:
            _each(drafts, failures, _Draft.hurry)
        _each(drafts, failures, _Draft.settle)
        if check is not None:
            check()
        _each(drafts, failures, _Draft.link if anew else _Draft.replace)
    finally:
        for draft in drafts.values():
            draft.clear()
    return failures


def _each(
    drafts: Mapping[int, _Draft], failures: list[OSError | None], step: Callable[[_Draft], None]
) -> None:
    for at, draft in drafts.items():
        if failures[at] is None:
            try:
                step(draft)
            except OSError as error:
                failures[at] = error


def _flush_folders(wanted: Sequence[tuple[Path, bytes]]) -> None:
    for folder in {path.parent for path, _ in wanted}:
        flush_folder(folder)
