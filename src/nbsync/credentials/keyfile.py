"""The file that keeps keys where there is no keyring: one JSON object, host to key."""

from __future__ import annotations

import json
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path
from shlex import quote

from nbsync.errors import AuthError
from nbsync.files import flush_folder, reason

NAME = "keys.json"
"""The file's name, in the user's own configuration folder."""

_OTHERS = 0o077
_READ = os.O_RDONLY
for _flag in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC"):
    _READ |= getattr(os, _flag, 0)


def load(path: Path) -> dict[str, str]:
    """The keys by host; none where there is no file.

    Raises:
        AuthError: It cannot be read, is no file of keys, or others may read it too.
    """
    try:
        data = _bytes(path)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise AuthError(f"{path} cannot be read: {reason(error)}.", hint=_look_at(path)) from error
    try:
        keys = json.loads(data)
    except (ValueError, RecursionError):
        keys = None
    if not isinstance(keys, dict) or not all(isinstance(each, str) for each in keys.values()):
        # What json says of it, or shows of it, may hold a key.
        raise AuthError(
            f"{path} is no file of nbsync's keys.",
            hint=f"rm {quote(str(path))}   # then store the keys in it again: nbsync login",
        ) from None
    return keys


def put(path: Path, host: str, key: str) -> None:
    """Keep a key for a host, in place of the one that was kept.

    Raises:
        AuthError: The file cannot be written, or the one that is there cannot be used.
    """
    _write(path, {**load(path), host: key})


def remove(path: Path, host: str) -> bool:
    """Forget the key for a host; whether there was one. A file without keys is removed.

    Raises:
        AuthError: The file cannot be written, or the one that is there cannot be used.
    """
    keys = load(path)
    if keys.pop(host, None) is None:
        return False
    _write(path, keys)
    return True


def _bytes(path: Path) -> bytes:
    handle = os.open(path, _READ)
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise AuthError(f"{path} is no regular file.", hint=_look_at(path))
        if os.name == "posix":  # elsewhere these bits say nothing
            _check_private(path, status)
        with os.fdopen(handle, "rb", closefd=False) as file:
            return file.read()
    finally:
        os.close(handle)


def _check_private(path: Path, status: os.stat_result) -> None:
    if status.st_uid != os.geteuid():
        raise AuthError(f"{path} belongs to somebody else.", hint=_look_at(path))
    if status.st_mode & _OTHERS:
        raise AuthError(
            f"{path} can be read or changed by others on this machine.",
            hint=f"chmod 600 {quote(str(path))}   # and make new keys if others may have read"
            " these",
        )


def _look_at(path: Path) -> str:
    return f"ls -ld {quote(str(path))}"


def _write(path: Path, keys: dict[str, str]) -> None:
    """Put a file in place that was never open to others, or remove it with the last key."""
    beside = path.with_name(f".{NAME}-{secrets.token_hex(6)}")
    try:
        if not keys:
            path.unlink()
            return
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(keys, file, indent=2, sort_keys=True)
            file.write("\n")
            file.flush()
            os.fsync(handle)
        beside.replace(path)
        flush_folder(path.parent)
    except OSError as error:
        with suppress(OSError):
            beside.unlink()
        raise AuthError(
            f"{path} cannot be written: {reason(error)}.", hint=_look_at(path.parent)
        ) from error
