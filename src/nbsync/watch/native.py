"""File events as the system tells them; only who watches with it loads it, and watchdog."""

from __future__ import annotations

import logging
import os
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TypeAlias

from watchdog import events
from watchdog.observers import Observer
from watchdog.observers.api import ObservedWatch
from watchdog.utils import BaseThread

from nbsync.watch.concern import Concern

# Not opening, closing unchanged, and that what stands in a folder has changed: the first two come
# from reading, our own too, and the last goes along with news of what it is that changed.
_KINDS: list[type[events.FileSystemEvent]] = [
    events.FileCreatedEvent,
    events.FileModifiedEvent,
    events.FileClosedEvent,
    events.FileMovedEvent,
    events.FileDeletedEvent,
    events.DirCreatedEvent,
    events.DirMovedEvent,
    events.DirDeletedEvent,
]

_Place: TypeAlias = tuple[bool, int, int, int]
"""Whether a folder is watched as a whole; the root's device and inode, and its own inode."""

# A watch is a thread; with more top-level folders than this, one watch of everything is cheaper.
_MOST_WATCHES = 64


class Native:
    """Watches a directory until it is closed.

    Linux has no recursive watches: each folder takes one, and .nbsync/history has a folder for
    every notebook. So there the root is watched alone, and each visible folder in it as a whole.

    Args:
        root: The directory, its path without symbolic links.
        concern: What is worth a look.
        stirred: Called, from other threads, when something of that may have changed.
        apart: Whether folders are watched one by one.

    Raises:
        OSError: The system does not let us watch, or not so many folders.
    """

    def __init__(
        self,
        root: Path,
        concern: Concern,
        stirred: Callable[[], None],
        *,
        apart: bool = sys.platform.startswith("linux"),
    ) -> None:
        self._root = root
        self._concern = concern
        self._stirred = stirred
        self._apart = apart
        self._handler = _Handler(concern, stirred)
        self._watches: dict[str, tuple[_Place, ObservedWatch]] = {}
        with ExitStack() as leave:
            leave.enter_context(_hushed(stirred))
            before = set(threading.enumerate())
            self._observer = Observer()
            leave.callback(self._end)
            self._observer.start()
            started = set(threading.enumerate()) - before
            self._threads = {each for each in started if isinstance(each, BaseThread)}
            self._follow()
            self._leave = leave.pop_all()

    def check(self) -> None:
        """Watch what is there now; what nobody watched until now is said to have stirred.

        Raises:
            OSError: The system does not let us watch so many folders, or any more at all.
        """
        if not all(thread.is_alive() for thread in self._threads):
            raise OSError("the thread that reads them has failed")
        if self._follow():
            self._stirred()

    def close(self) -> None:
        """Watch nothing any more; no thread and no handle is left."""
        self._leave.close()

    def _end(self) -> None:
        self._observer.stop()
        if self._observer.is_alive():
            self._observer.join()

    def _follow(self) -> bool:
        """Drop watches of what is gone, add those of what is new, and tell whether any was."""
        try:
            wanted = self._wanted()
        except (FileNotFoundError, NotADirectoryError):
            wanted = {}
        except OSError:
            return False  # nobody can tell now
        self._drop(wanted)
        missing = wanted.keys() - self._watches.keys()
        for path in missing:
            with suppress(FileNotFoundError, NotADirectoryError):  # gone again
                self._watches[path] = wanted[path], self._watch(path, wanted[path][0])
        if self._apart and (missing or self._handler.folders):
            self._handler.folders = False
            self._try_one_more()
        return bool(missing)

    def _drop(self, wanted: dict[str, _Place]) -> None:
        # One that was removed and made again may be the same by its inode, and the watch is dead.
        dead = {each.watch for each in self._observer.emitters if not each.is_alive()}
        for path, (place, watch) in list(self._watches.items()):
            if wanted.get(path) != place or watch in dead:
                del self._watches[path]
                self._observer.unschedule(watch)

    def _watch(self, path: str, whole: bool) -> ObservedWatch:  # noqa: FBT001
        return self._observer.schedule(self._handler, path, recursive=whole, event_filter=_KINDS)

    def _try_one_more(self) -> None:
        # A folder inside of a watched one for which there is no watch left is passed over in
        # silence. If there is none for one more, that may have happened.
        beside = os.fspath(self._root.parent)
        nobody = events.FileSystemEventHandler()
        with suppress(FileNotFoundError, NotADirectoryError):  # gone, and the root with it
            self._observer.unschedule(self._observer.schedule(nobody, beside, event_filter=_KINDS))

    def _wanted(self) -> dict[str, _Place]:
        """What to watch, by path.

        Raises:
            OSError: It cannot be told.
        """
        status = self._root.stat()
        folders = self._folders() if self._apart else {}
        root, identity = os.fspath(self._root), (status.st_dev, status.st_ino)
        if not self._apart or len(folders) >= _MOST_WATCHES:
            return {root: (True, *identity, 0)}
        places = {path: (True, *identity, inode) for path, inode in folders.items()}
        return {root: (False, *identity, 0)} | places

    def _folders(self) -> dict[str, int]:
        with os.scandir(self._root) as entries:
            return {
                entry.path: entry.inode()
                for entry in entries
                if entry.is_dir(follow_symlinks=False) and self._concern.place(entry.path)
            }


class _Handler(events.FileSystemEventHandler):
    """Called with every event, in the observer's thread.

    Attributes:
        folders: Whether a folder came, went or moved since this was last set back.
    """

    def __init__(self, concern: Concern, stirred: Callable[[], None]) -> None:
        self._concern = concern
        self._stirred = stirred
        self.folders = False

    def dispatch(self, event: events.FileSystemEvent) -> None:
        """Pass on that there was one, if it is worth a look."""
        if event.is_directory:
            self.folders = True
        matters = self._concern.place if event.is_directory else self._concern.page
        if any(matters(path) for path in (event.src_path, event.dest_path) if path):
            self._stirred()


@contextmanager
def _hushed(stirred: Callable[[], None]) -> Iterator[None]:
    """Let watchdog not speak to the user: its log is listened to, and warnings go nowhere.

    It warns of what is usual, such as folders that are made inside of new ones.
    """
    warnings.filterwarnings("ignore", module=r"watchdog\b")
    log, complaints = logging.getLogger("watchdog"), _Complaints(stirred)
    log.addHandler(complaints)
    try:
        yield
    finally:
        log.removeHandler(complaints)


class _Complaints(logging.Handler):
    """What watchdog complains of: events that were lost; so there is something to look at."""

    def __init__(self, stirred: Callable[[], None]) -> None:
        super().__init__(logging.WARNING)
        self._stirred = stirred

    def emit(self, record: logging.LogRecord) -> None:  # noqa: ARG002
        """Make a look of it."""
        self._stirred()
