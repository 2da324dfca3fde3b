"""A mirror that is opened again and again, with one client and one store."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from shlex import quote

from nbsync import files
from nbsync.cli.mirror import server
from nbsync.cli.options import Settings
from nbsync.config import FILE, Config, check_environment, find_root, load
from nbsync.errors import ConfigError
from nbsync.local import Directory
from nbsync.local.git import checkout_of
from nbsync.store import DiskStore
from nbsync.sync import Mirror
from nbsync.sync.watching import Vanished

_A_MOMENT = 5.0


class Watched:
    """A mirror that is opened again and again, with one client and one store.

    Args:
        settings: Where to look.
        leave: Closes the client.

    Raises:
        ConfigError: There is no mirror.
        AuthError: No key may be used with its host.
    """

    def __init__(self, settings: Settings, leave: ExitStack) -> None:
        self.root = find_root(settings.start)
        self._signature = self._look()
        self.config = load(self.root)
        check_environment(self.config, os.environ)
        self._remote = server(self.config, settings, leave, patience=_A_MOMENT)
        self._store = self._new_store()

    @contextmanager
    def opened(self) -> Iterator[Mirror]:
        """Open the mirror, its lock held; nbsync.toml is read again if it changed.

        Nothing is made where the folder is not there: it may be a mount point.

        Raises:
            Vanished: The folder or its nbsync.toml is not there.
            ConfigError: nbsync.toml cannot be used, or names another project.
            Busy: Another process holds the lock.
        """
        signature = self._look()
        if signature != self._signature:
            self._obey(load(self.root))
            self._signature = signature
        config = self.config
        with self._store as store:
            directory = Directory(self.root, filename=config.filename, ignore=config.ignore)
            kinds = (config.form, config.new_notebooks, config.selection)
            yield Mirror(directory, self._remote, store, *kinds)

    def head(self) -> str:
        """Where git's HEAD is; "" where there is no git."""
        checkout = checkout_of(self.root)
        return "" if checkout is None else str(checkout.head())

    def _look(self) -> tuple[int, int, files.Signature]:
        try:
            folder, file = self.root.stat(), (self.root / FILE).stat()
        except OSError as error:
            where = self.root if not self.root.is_dir() else self.root / FILE
            raise Vanished(
                f"{where} is not there ({files.reason(error)}); nothing is done until it is back",
                hint=f"ls {quote(str(self.root))}",
            ) from error
        return folder.st_dev, folder.st_ino, files.signature(file)

    def _obey(self, config: Config) -> None:
        if (config.host, config.project) != (self.config.host, self.config.project):
            raise ConfigError(
                f"{self.root / FILE} now names project {config.project} at {config.host}.",
                hint="start it again if that is meant: nbsync watch",
            )
        self.config = config
        selecting = self._remote.selecting
        self._remote.selecting = dataclasses.replace(selecting, selection=config.selection)
        self._store = self._new_store()

    def _new_store(self) -> DiskStore:
        config = self.config
        return DiskStore(self.root, host=config.host, project=config.project, wait=0.0)
