"""The one who tells the inbox that files stir: by the system's events, or by looking."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from nbsync import files
from nbsync.watch.concern import Concern
from nbsync.watch.inbox import Inbox
from nbsync.watch.polling import Polling

if TYPE_CHECKING:
    from nbsync.watch.native import Native

Backend = Literal["native", "polling"]


def nothing(_path: str) -> bool:
    """Ignore no path."""
    return False


class Observer:
    """Who watches a directory.

    Attributes:
        backend: How it really does so.
        trouble: Why that is by polling although events were asked for; "" where it is not so.
    """

    def __init__(
        self, root: Path, inbox: Inbox, *, backend: Backend, ignore: Callable[[str], bool]
    ) -> None:
        self.backend = backend
        self.trouble = ""
        self._root = root.resolve()
        self._inbox = inbox
        self._concern = Concern(self._root, ignore)
        self._source: Native | Polling
        if backend == "polling":
            self._poll()
            return
        from nbsync.watch.native import Native  # noqa: PLC0415 - who polls needs no watchdog

        try:
            self._source = Native(self._root, self._concern, inbox.stirred)
        except OSError as error:
            self._poll(error)

    def check(self) -> None:
        """Watch what is there now; to be called when a tick begins, before the files are looked at.

        Folders come and go, and the root itself may be another one than it was. It raises nothing:
        where events cannot be had any more, it goes on by polling, and `trouble` says why.
        """
        try:
            self._source.check()
        except OSError as error:
            self._source.close()
            self._poll(error)

    def close(self) -> None:
        """Watch nothing any more."""
        self._source.close()

    def _poll(self, error: OSError | None = None) -> None:
        if error is not None:
            self.trouble = files.reason(error)
        self.backend = "polling"
        self._source = Polling(self._root, self._concern, self._inbox.stirred)


@contextmanager
def observed(
    root: Path,
    inbox: Inbox,
    *,
    backend: Backend = "native",
    ignore: Callable[[str], bool] = nothing,
) -> Iterator[Observer]:
    """Tell the inbox whenever a page or a folder in a directory may have changed.

    No event is interpreted, none is kept, and what reading causes, what lies below a name that
    starts with a dot, and files that cannot be pages do not count.

    Args:
        root: The directory; it may vanish and come back.
        inbox: Who is told.
        backend: "native" for the system's events, "polling" for comparing stats.
        ignore: Tells whether a path, relative and with `/` between folders, is nobody's business.

    Yields:
        Who watches, until the context ends; then no thread and no handle of it is left.
    """
    observer = Observer(root, inbox, backend=backend, ignore=ignore)
    try:
        yield observer
    finally:
        observer.close()
