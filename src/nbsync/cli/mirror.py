"""Opening a mirror: its configuration, its key, its lock, its two sides."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from nbsync.cli.options import Settings
from nbsync.config import Config, check_environment, find_root, load
from nbsync.errors import ConfigError, NbsyncError
from nbsync.local import Directory
from nbsync.model import LocalSnapshot, RemoteReplica
from nbsync.store import DiskStore
from nbsync.sync import Mirror
from nbsync.sync.offline import Offline


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
def opened(settings: Settings, *, online: bool = True, writes: bool = True) -> Iterator[Opened]:
    """Open the mirror around the folder that the command was started in.

    Args:
        settings: Where to look.
        online: The server will be asked; without it no key is looked for.
        writes: Something may be changed here, so that the lock is needed.

    Raises:
        ConfigError: There is no mirror, or it is another project's.
        AuthError: No key may be used with this host.
        Busy: Another process holds the lock.
    """
    root = find_root(settings.start)
    config = load(root)
    check_environment(config, os.environ)
    remote = _server(config, settings) if online else Offline()
    directory = Directory(root, filename=config.filename, ignore=config.ignore)
    with DiskStore(root, host=config.host, project=config.project, read_only=not writes) as store:
        yield Opened(root, config, Mirror(directory, remote, store, config.form))


def _server(config: Config, settings: Settings) -> RemoteReplica:
    from nbsync.api.connecting import connect
    from nbsync.credentials import find_key
    from nbsync.remote import Server

    key = find_key(config.host, os.environ, Path.home())
    log: Callable[[str], None] | None = _log if settings.verbose else None
    return Server(connect(config.host, key.value, project=config.project, log=log))


def _log(line: str) -> None:
    click.echo(line, err=True)


def find(names: Iterable[str], opened: Opened, settings: Settings) -> list[str]:
    """The ids of notebooks that were named by short_id, path, or part of a title.

    Raises:
        ConfigError: A name means no notebook, or several.
    """
    store = opened.mirror.store
    bases = store.bases()
    scanned = opened.mirror.local.scan(bases.keys(), store.seen())
    titles = {short_id: info.title or "" for short_id, info in bases.items()}
    known = bases.keys() | scanned.tokens.keys() | store.conflicts().keys()
    known |= {found.short_id for found in scanned.unreadable if found.short_id}
    return [_find(name, opened, scanned, titles, known, settings) for name in names]


def _find(
    name: str,
    opened: Opened,
    scanned: LocalSnapshot,
    titles: dict[str, str],
    known: Collection[str],
    settings: Settings,
) -> str:
    if name in known:
        return name
    path = relative(name, opened.root, settings)
    for short_id, place in scanned.paths.items():
        if place == path:
            return short_id
    found = [key for key, title in titles.items() if name.casefold() in title.casefold()]
    exact = [key for key in found if titles[key].casefold() == name.casefold()]
    if len(exact or found) == 1:
        return (exact or found)[0]
    if not found:
        raise ConfigError(
            f"No notebook is called {name!r}: no short_id, path or title here says so.",
            hint="nbsync list",
        )
    several = ", ".join(f"{key} ({titles[key]})" for key in sorted(found)[:5])
    raise ConfigError(
        f"{name!r} could be {len(found)} notebooks: {several}.",
        hint="Name one by its short_id; see: nbsync list",
    )


def relative(name: str, root: Path, settings: Settings) -> str:
    """A path as it was typed, relative to the mirror's root, with `/` between folders."""
    path = Path(os.path.normpath(settings.start / name))
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else ""


def read_file(name: str, opened: Opened, settings: Settings) -> tuple[str, str]:
    """The path and the text of a file in the mirror.

    Raises:
        NbsyncError: It lies elsewhere, or cannot be read.
    """
    path = relative(name, opened.root, settings)
    if not path:
        raise ConfigError(
            f"{name} is not inside the mirror {opened.root}.", hint=f"cp {name} {opened.root}/"
        )
    try:
        return path, (opened.root / path).read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise NbsyncError(f"{name} cannot be read: {reason}.") from error
