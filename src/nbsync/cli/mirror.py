"""Opening a mirror: its configuration, its key, its lock, its two sides."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import click

from nbsync.cli.options import Settings
from nbsync.config import Config, check_environment, find_root, load
from nbsync.errors import ConfigError, NbsyncError
from nbsync.local import Directory
from nbsync.model import RemoteReplica
from nbsync.store import DiskStore
from nbsync.sync import Mirror
from nbsync.sync.offline import Offline

_PATIENCE = 5.0
_BETWEEN_WAITS = 10.0


class Access(StrEnum):
    """What a command does to the mirror's memory."""

    WRITE = "write"
    """It changes something, and waits for another nbsync to end."""
    NOTE = "note"
    """It only looks, but what it learns is worth keeping; not if it would have to wait."""
    READ = "read"
    """It only looks."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A mirror that is open, and where it lies."""

    root: Path
    config: Config
    mirror: Mirror

    @property
    def scope(self) -> str:
        """Host and project: what an id is derived from."""
        return f"{self.config.host} {self.config.project}"


@contextmanager
def opened(
    settings: Settings, *, online: bool = True, access: Access = Access.WRITE
) -> Iterator[Opened]:
    """Open the mirror around the folder that the command was started in.

    Args:
        settings: Where to look.
        online: The server will be asked; without it no key is looked for.
        access: What happens to the mirror's memory.

    Raises:
        ConfigError: There is no mirror, or it is another project's.
        AuthError: No key may be used with this host.
        Busy: Another process holds the lock.
    """
    root = find_root(settings.start)
    config = load(root)
    check_environment(config, os.environ)
    with ExitStack() as leave:
        remote = server(root, config, settings, leave) if online else Offline()
        store, read_only = _store(root, config, access, leave)
        directory = Directory(
            root, filename=config.filename, ignore=config.ignore, read_only=read_only
        )
        kinds = (config.form, config.new_notebooks)
        yield Opened(root, config, Mirror(directory, remote, store, *kinds))


def _store(root: Path, config: Config, access: Access, leave: ExitStack) -> tuple[DiskStore, bool]:
    """The mirror's memory, and whether it may only be read."""

    def entered(*, read_only: bool, wait: float = 0.0) -> DiskStore:
        host, project = config.host, config.project
        store = DiskStore(root, host=host, project=project, wait=wait, read_only=read_only)
        return leave.enter_context(store)

    if access is Access.WRITE:
        return entered(read_only=False, wait=_PATIENCE), False
    if access is Access.NOTE:
        try:
            return entered(read_only=False), False
        except ConfigError:
            raise
        except NbsyncError:  # another one is at work, or this user may not write here
            pass
    return entered(read_only=True), True


def copies(root: Path, short_id: str = "*") -> list[Path]:
    """The copies of pages that an editor has open, or that could not be taken in."""
    return sorted((root / ".nbsync" / "edits").glob(f"{short_id}-*"))


def home_or(folder: Path) -> Path:
    """The user's home; another folder where there is none, as for a container's nameless user."""
    try:
        return Path.home()
    except RuntimeError:
        return folder


def server(
    root: Path,
    config: Config,
    settings: Settings,
    leave: ExitStack,
    *,
    patience: float | None = None,
) -> RemoteReplica:
    """The server's side of a mirror; nothing is asked yet.

    Args:
        root: The mirror's folder.
        config: What it mirrors.
        settings: How to speak.
        leave: Closes the connections.
        patience: How many seconds one request waits at most; None for as long as it takes.

    Raises:
        AuthError: No key may be used with this host.
    """
    from nbsync.api.connecting import connect
    from nbsync.credentials import find_key
    from nbsync.remote import Server

    home = home_or(root / ".nbsync")
    key = find_key(config.host, os.environ, home)
    client = connect(
        config.host,
        key.value,
        project=config.project,
        state=home if home == root / ".nbsync" else None,
        log=_tell_waits() if settings.chats and patience is None else None,
        trace=_tell if settings.verbose else None,
        patience=patience,
    )
    return Server(leave.enter_context(client))


def _tell(line: str) -> None:
    click.echo(line, err=True)


def _tell_waits() -> Callable[[str], None]:
    """Tell why nothing happens, once for all the threads that wait for the same thing."""
    told = [-_BETWEEN_WAITS]

    def tell(line: str) -> None:
        now = time.monotonic()
        if now - told[0] >= _BETWEEN_WAITS:
            told[0] = now
            _tell(line)

    return tell
