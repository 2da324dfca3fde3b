"""What nbsync remembers between runs, below `.nbsync/`."""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = ["DiskStore"]

if TYPE_CHECKING:
    from nbsync.store.disk import DiskStore
else:

    def __getattr__(name: str) -> object:
        """Load the store, once it is asked for: a glimpse of the index needs none of it.

        Raises:
            AttributeError: Nothing of that name is offered here.
        """
        if name != "DiskStore":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from nbsync.store import disk  # noqa: PLC0415 - see above

        globals()[name] = disk.DiskStore
        return disk.DiskStore
