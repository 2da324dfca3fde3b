"""What may not stand in a mirror's memory: links, pipes and devices, which a clone may bring."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from shlex import quote

from nbsync.errors import ConfigError

_HELD = frozenset({"lock", "lock.json"})


def refuse_oddities(folder: Path) -> None:
    """Follow no link and open no pipe: a cloned mirror must not choose what is written to.

    Args:
        folder: `.nbsync/`.

    Raises:
        ConfigError: It, or something in it, is one.
    """
    odd = [(folder, "a symbolic link")] if folder.is_symlink() else []
    if not odd:
        with suppress(OSError), os.scandir(folder) as entries:
            odd = sorted((folder / entry.name, _oddity(entry)) for entry in entries)
    for place, what in odd:
        if what:
            raise ConfigError(
                f"{place} is {what}, and nbsync follows none.", hint=f"rm {quote(str(place))}"
            )


def _oddity(entry: os.DirEntry[str]) -> str:
    if entry.is_symlink():
        return "a symbolic link"
    if entry.is_dir():
        return ""
    if not entry.is_file():
        return "a pipe or a device"
    # The lock is emptied as it is taken, and so would be whatever else has its place on the disk.
    return "another file's second name" if entry.name in _HELD and _has_others(entry) else ""


def _has_others(entry: os.DirEntry[str]) -> bool:
    with suppress(OSError):  # its holder has just removed it
        return entry.stat(follow_symlinks=False).st_nlink > 1
    return False
