"""The one way a file is put in its place, read, and known again by its stat."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from shlex import quote
from typing import TypeAlias

from nbsync.errors import FormatError, NbsyncError

Signature: TypeAlias = tuple[int, int, int, int]
"""(mtime ns, size, inode, ctime ns)."""

LARGEST = 256 * 1024 * 1024
"""Bytes of a file that is read: the JSON of the largest notebook is far from it."""

LARGEST_PAGE = 64 * 1024 * 1024
"""Bytes of a page: PostHog takes notebooks of 20 MiB (observed.md 14)."""

TEMPORARY = ".nbsync-tmp-"
"""What the name of every file that is still being written starts with."""

# The coarsest clock of a file system in use (FAT) ticks every two seconds.
_TICK_NS = 2_000_000_000
_PLAIN_ID = re.compile("[A-Za-z0-9]{1,32}")
_LISTS_INODES = os.name != "nt"
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_BARRED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})

# The folders that are still to be flushed, where that is done for many files at a time.
_TO_FLUSH: list[set[Path]] = []

# Without waiting at a pipe, and on Windows without touching line ends.
_READ = os.O_RDONLY
for _flag in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY", "O_CLOEXEC"):
    _READ |= getattr(os, _flag, 0)


def replace(path: Path, data: bytes, *, check: Callable[[], None] | None = None) -> None:
    """Put data in place of whatever is at path, whole or not at all.

    Args:
        path: Where to; its folder exists.
        data: All of the new bytes.
        check: Called when nothing is left to do but the renaming; what it raises stops that.

    Raises:
        OSError: The file could not be written; what was at path is as it was.
    """
    beside = _write_beside(path, data)
    try:
        if check is not None:
            check()
        beside.replace(path)
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise


def create(path: Path, data: bytes) -> None:
    """Put data at path, where nothing is.

    Raises:
        FileExistsError: Something is there; it is as it was.
        OSError: The file could not be written.
    """
    beside = _write_beside(path, data)
    try:
        try:
            os.link(beside, path)
        except FileExistsError:
            raise
        except OSError:  # a file system without hard links: a look, then a rename
            if path.exists() or path.is_symlink():
                raise FileExistsError(path) from None
            beside.replace(path)
    finally:
        with suppress(OSError):
            beside.unlink()


@contextmanager
def flushed_together() -> Iterator[None]:
    """Within it, each folder is flushed once, at its end, by whichever thread it was written to."""
    folders: set[Path] = set()
    _TO_FLUSH.append(folders)
    try:
        yield
    finally:
        _TO_FLUSH.pop()
        for folder in folders:
            flush_folder(folder)


def flush_folder(folder: Path) -> None:
    """See to it that names put into a folder survive a loss of power, where the system can."""
    if _TO_FLUSH:
        _TO_FLUSH[-1].add(folder)
        return
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def read(path: Path, *, most: int = LARGEST) -> tuple[bytes, Signature]:
    """All of a regular file, never through a symbolic link, and its signature before the reading.

    Args:
        path: The file.
        most: How many bytes it may have.

    Raises:
        FileNotFoundError: There is nothing.
        OSError: It is a symbolic link or another thing that is no file, is larger than it may be,
            or cannot be read.
    """
    if stat.S_ISLNK(path.lstat().st_mode):
        raise OSError(errno.ELOOP, "it is a symbolic link", str(path))
    handle = os.open(path, _READ)
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file", str(path))
        if status.st_size > most:
            raise OSError(errno.EOVERFLOW, f"it is larger than {most // 1024} KiB", str(path))
        return file.read(), signature(status)


def signature(status: os.stat_result) -> Signature:
    """What changes of a file's stat whenever its bytes do, but for racily clean ones."""
    return (status.st_mtime_ns, status.st_size, status.st_ino, status.st_ctime_ns)


def has(entry: os.DirEntry[str], known: Signature) -> bool:
    """Whether a listed file still has a signature; links are not followed.

    This is asked of every file at every look, and so it is `signature(...) == known` in one go.
    """
    try:
        # On Windows a listing tells no inode.
        now = entry.stat(follow_symlinks=False) if _LISTS_INODES else os.lstat(entry.path)
    except OSError:
        return False
    return (now.st_mtime_ns, now.st_size, now.st_ino, now.st_ctime_ns) == known


def vouches(known: Signature, checked_ns: int) -> bool:
    """Whether a file that still has a signature still has the bytes that were read then.

    Args:
        known: The signature.
        checked_ns: The wall clock when it was taken, in ns. A file that had moved less than two
            seconds before could have moved again within the same tick of its file system's clock.
    """
    return known[0] + _TICK_NS <= checked_ns and known[3] + _TICK_NS <= checked_ns


def sweep(folder: Path) -> None:
    """Remove what a killed run left half written in a folder; its caller holds the lock."""
    with suppress(OSError):
        with os.scandir(folder) as entries:
            left = [entry for entry in entries if entry.name.startswith(TEMPORARY)]
        for entry in left:
            with suppress(OSError):
                Path(entry.path).unlink()


def remove(path: Path) -> None:
    """Remove a file, durably, if it is there.

    Raises:
        NbsyncError: It is there and cannot be removed.
    """
    with explained(str(path), "removed"), suppress(FileNotFoundError):
        path.unlink()
        flush_folder(path.parent)


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


def check_id(short_id: str) -> str:
    """Let an id through that may become part of a path.

    Raises:
        FormatError: It is not 1 to 32 plain letters and digits.
    """
    if not _PLAIN_ID.fullmatch(short_id):
        raise FormatError(f"{short_id!r} is no short_id: those are plain letters and digits")
    return short_id


@contextmanager
def explained(what: str, done: str) -> Iterator[None]:
    """Turn a failure of the system into one that is told to the user.

    Args:
        what: The file, as the user knows it.
        done: What was to happen to it: "written", "read", "removed".

    Raises:
        NbsyncError: It did not happen, and why.
    """
    try:
        yield
    except OSError as error:
        raise NbsyncError(
            f"{what} cannot be {done}: {reason(error)}",
            hint=_remedy(what, error.errno),
        ) from error


def _remedy(what: str, number: int | None) -> str:
    if number in _FULL:
        return "df -h   # free some space and run the command again"
    path = Path(what)
    if number in _BARRED and path.is_absolute():
        there = path if os.path.lexists(path) else path.parent
        return f"ls -ld {quote(str(there))}   # put that right and run the command again"
    return "nbsync doctor   # put that right and run the command again"


def reason(error: OSError) -> str:
    """Why the system refused, in its own words."""
    return error.strerror or str(error) or type(error).__name__


def _write_beside(path: Path, data: bytes) -> Path:
    beside = path.with_name(f"{TEMPORARY}{os.urandom(6).hex()}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        with suppress(OSError):  # a page keeps the permissions its owner gave it
            beside.chmod(path.stat().st_mode & 0o7777)
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise
    return beside
