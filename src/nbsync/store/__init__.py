"""What nbsync remembers between runs, below `.nbsync/`."""

from nbsync.store.disk import DiskStore

__all__ = ["DiskStore"]
