"""A keyring of the tests' own, in the file that KEYRING_FILE names; without one there is none.

KEYRING_MOOD makes it misbehave as the systems' own do: "locked" opens for nothing, "reads" can be
read alone, "forgets" takes everything and keeps nothing, and "tells" shows the key in its error.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, NoKeyringError, PasswordDeleteError


class FiledKeyring(KeyringBackend):
    """Keeps passwords by service and name."""

    priority = 1.0

    def get_password(self, service: str, username: str) -> str | None:
        return self._kept().get(f"{service} {username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        if _mood() == "tells":
            raise RuntimeError(f"security add-generic-password -w {password} failed")
        kept = self._kept() | {f"{service} {username}": password}
        if _mood() != "forgets":
            _file().write_text(json.dumps(kept))

    def delete_password(self, service: str, username: str) -> None:
        kept = self._kept()
        if _mood() == "reads":
            raise PasswordDeleteError
        del kept[f"{service} {username}"]
        _file().write_text(json.dumps(kept))

    def _kept(self) -> dict[str, str]:
        if _mood() == "locked":
            raise KeyringLocked("Failed to unlock\nthe collection!")
        kept: dict[str, str] = json.loads(_file().read_text()) if _file().exists() else {}
        return kept


def _file() -> Path:
    name = os.environ.get("KEYRING_FILE")
    if not name:
        raise NoKeyringError("No recommended backend was available.")
    return Path(name)


def _mood() -> str:
    return os.environ.get("KEYRING_MOOD", "")
