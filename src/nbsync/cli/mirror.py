"""Opening a mirror: its configuration, its key, its lock, its two sides."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from nbsync.cli.options import Settings
from nbsync.config import Config, check_environment, find_root, load
from nbsync.errors import ConfigError, NbsyncError
from nbsync.local import Directory
from nbsync.model import RemoteReplica, digest
from nbsync.store import DiskStore
from nbsync.sync import Mirror
from nbsync.sync.offline import Offline

if TYPE_CHECKING:
    from nbsync.api.budget import Forecast
    from nbsync.credentials import Key
    from nbsync.remote import Server

NOWHERE = Path(os.devnull)
"""The home of who has none: no key is looked for in a folder that a clone could bring."""

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


class Opened(NamedTuple):
    """A mirror that is open, and where it lies."""

    root: Path
    config: Config
    mirror: Mirror
    store: DiskStore
    access: Mapping[str, str]
    """What the server said in this run of what the key's user may do, by short_id."""
    forecast: Callable[[int], Forecast] | None
    """How soon so many notebooks can be had at best; None where the server is not asked."""

    @property
    def view_only(self) -> frozenset[str]:
        """The notebooks that the key's user may look at and not change, as far as was told."""
        self.store.note_access(self.access)
        return self.store.view_only()

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
        remote: RemoteReplica = Offline()
        told: Mapping[str, str] = {}
        forecast: Callable[[int], Forecast] | None = None
        if online:
            remote = asked = server(config, settings, leave)
            told, forecast = asked.access, asked.forecast
        store, read_only = _store(root, config, access, leave)
        leave.callback(lambda: store.note_access(told))
        directory = Directory(
            root, filename=config.filename, ignore=config.ignore, read_only=read_only
        )
        kinds = (config.form, config.new_notebooks, config.selection)
        yield Opened(
            root,
            config,
            Mirror(directory, remote, store, *kinds),
            store,
            told,
            forecast,
        )


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


def home() -> Path:
    """The user's home; NOWHERE where there is none, as for a container's nameless user."""
    try:
        place = Path.home()
    except RuntimeError:
        return NOWHERE
    return place if place.is_absolute() else NOWHERE


def found_key(host: str) -> Key:
    """The key for a host, in whichever place has it.

    Raises:
        AuthError: None may go there.
    """
    from nbsync.credentials import find_key

    return find_key(host, os.environ, home())


def server(
    config: Config,
    settings: Settings,
    leave: ExitStack,
    *,
    patience: float | None = None,
) -> Server:
    """The server's side of a mirror; nothing is asked yet.

    Args:
        config: What it mirrors.
        settings: How to speak.
        leave: Closes the connections.
        patience: How many seconds one request waits at most; None for as long as it takes.

    Raises:
        AuthError: No key may be used with this host.
        ConfigError: The environment sets what cannot be.
    """
    from nbsync.api.connecting import connect
    from nbsync.remote import Selecting, Server, parallel_for

    parallel, key = parallel_for(os.environ), found_key(config.host)
    client = connect(
        config.host,
        key.value,
        project=config.project,
        log=_tell_waits() if settings.chats and patience is None else None,
        trace=_tell if settings.verbose else None,
        patience=patience,
    )
    selecting = Selecting(config.selection, digest(key.value))
    return Server(leave.enter_context(client), parallel=parallel, selecting=selecting)


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
