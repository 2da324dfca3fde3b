"""The versions of nbsync and of all that it stands on."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from nbsync import __version__
from nbsync.cli.checkups.finding import Finding, note, ok
from nbsync.errors import NbsyncError
from nbsync.local.gitcommand import Git

_PARTS = ("click", "httpx", "keyring", "watchdog")


def look_at_system(start: Path) -> list[Finding]:
    """What nbsync, Python, the system and git are.

    Args:
        start: A folder that git can be started in.
    """
    parts = ", ".join(f"{name} {_version(name)}" for name in _PARTS)
    return [
        ok("nbsync", f"{__version__}, with {parts}"),
        ok("system", f"{platform.platform()}, Python {platform.python_version()}"),
        _git(start),
    ]


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "(version unknown)"


def _git(start: Path) -> Finding:
    git = Git(start)
    try:
        said = git.run("--version").decode("utf-8", "replace").strip()
        git.check_age()
    except NbsyncError as error:
        what = f"{error.message} It is needed for --commit alone."
        return note("git", what, error.hint)
    return ok("git", said.removeprefix("git version "))
