"""Files on the disk: put in their places, read, known again by their stat, and removed."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from shlex import quote
from typing import TypeAlias

from nbsync.errors import FormatError, NbsyncError
from nbsync.files.placing import (
    TEMPORARY,
    create,
    create_each,
    flush_folder,
    make_folder,
    replace,
    replace_each,
    sweep,
)

__all__ = [
    "LARGEST",
    "LARGEST_PAGE",
    "TEMPORARY",
    "Signature",
    "check_id",
    "create",
    "create_each",
    "explained",
    "failure",
    "flush_folder",
    "has",
    "make_folder",
    "read",
    "reason",
    "remove",
    "replace",
    "replace_each",
    "signature",
    "sweep",
    "vouches",
]

Signature: TypeAlias = tuple[int, int, int, int]
"""(mtime ns, size, inode, ctime ns)."""

LARGEST = 256 * 1024 * 1024
"""Bytes of a file that is read: the JSON of the largest notebook is far from it."""

LARGEST_PAGE = 64 * 1024 * 1024
"""Bytes of a page: PostHog takes notebooks of 20 MiB (observed.md 14)."""

# The coarsest clock of a file system in use (FAT) ticks every two seconds.
_TICK_NS = 2_000_000_000
_PLAIN_ID = re.compile("[A-Za-z0-9]{1,32}")
_LISTS_INODES = os.name != "nt"
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_BARRED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})

# Without waiting at a pipe, and on Windows without touching line ends.
_READ = os.O_RDONLY
_OPENS_NO_LINKS = hasattr(os, "O_NOFOLLOW")
for _flag in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY", "O_CLOEXEC"):
    _READ |= getattr(os, _flag, 0)


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
    try:
        handle = os.open(path, _READ)
    except OSError:
        _refuse_link(path)
        raise
    try:
        if not _OPENS_NO_LINKS:
            _refuse_link(path)
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file", str(path))
        if status.st_size > most:
            raise OSError(errno.EOVERFLOW, f"it is larger than {most // 1024} KiB", str(path))
        return _all_of(handle, status.st_size), signature(status)
    finally:
        os.close(handle)


def _refuse_link(path: Path) -> None:
    if path.is_symlink():
        raise OSError(errno.ELOOP, "it is a symbolic link", str(path))


def _all_of(handle: int, size: int) -> bytes:
    """All that is in a file, in two readings if it is as long as it was said to be."""
    parts = []
    while part := os.read(handle, size + 1):
        parts.append(part)
    return b"".join(parts)


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


def remove(path: Path) -> None:
    """Remove a file, durably, if it is there.

    Raises:
        NbsyncError: It is there and cannot be removed.
    """
    with explained(str(path), "removed"), suppress(FileNotFoundError):
        path.unlink()
        flush_folder(path.parent)


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
        raise failure(what, done, error) from error


def failure(what: str, done: str, error: OSError) -> NbsyncError:
    """What the user is told where the system refused; the arguments are those of `explained`."""
    return NbsyncError(f"{what} cannot be {done}: {reason(error)}", hint=_remedy(what, error.errno))


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
