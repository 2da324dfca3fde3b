"""Keeping a key for a host, in one place alone, and forgetting it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from nbsync.credentials import keyfile, ring
from nbsync.errors import AuthError

RING = "the system's keyring"
"""What the keyring is called in messages."""

_NOWHERE = Path(os.devnull) / "nbsync"


class NoKeyring(AuthError):  # noqa: N818 - says what is missing
    """There is no keyring that keeps a key; a file would."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Where a key is kept, or was.

    Attributes:
        place: In words.
        path: The file; None for the keyring.
    """

    place: str
    path: Path | None = None


def user_folder() -> Path:
    """The folder of the user's own configuration of nbsync, for all mirrors on this machine."""
    import platformdirs  # noqa: PLC0415 - most runs have their key from the environment

    try:
        folder = Path(platformdirs.user_config_dir("nbsync", appauthor=False))
    except RuntimeError:  # a user without a home, as in containers
        return _NOWHERE
    # What is no whole path would be looked for in whatever folder this is, such as a clone.
    return folder if folder.is_absolute() else _NOWHERE


def keep_key(host: str, key: str, folder: Path, *, in_file: bool) -> Kept:
    """Keep a key for a host, in place of any that was kept for it.

    Args:
        host: The normalised host.
        key: The key.
        folder: The user's own folder, from `user_folder`.
        in_file: Use a file that only the user can read, rather than the keyring.

    Raises:
        NoKeyring: There is no keyring, or none that opens; nothing was kept.
        AuthError: The file cannot be written.
    """
    path = folder / keyfile.NAME
    if in_file:
        keyfile.put(path, host, key)
        return Kept(str(path), path)
    try:
        ring.write(host, key)
    except ring.Unusable as error:
        raise NoKeyring(
            f"The key cannot be kept in {RING}: {error}.",
            hint=f"add --file, and it is kept in {path}, which only you can read:"
            f" nbsync login --host {host} --file",
        ) from None
    keyfile.remove(path, host)
    return Kept(RING)


def forget_key(host: str, folder: Path) -> list[Kept]:
    """Forget what is kept for a host; where it was.

    Args:
        host: The normalised host.
        folder: The user's own folder, from `user_folder`.

    Raises:
        AuthError: It is in a file or in a keyring that cannot be changed.
    """
    path = folder / keyfile.NAME
    found = [Kept(str(path), path)] if keyfile.remove(path, host) else []
    try:
        if ring.remove(host):
            found.append(Kept(RING))
    except ring.Missing:
        pass
    except ring.Unusable as error:
        raise AuthError(
            f"Whether {RING} has a key for {host} is not known: {error}.",
            hint=f"unlock it, then: nbsync logout --host {host}",
        ) from None
    return found
