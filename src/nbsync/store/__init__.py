"""What nbsync remembers between runs, below `.nbsync/`."""

from nbsync.store.disk import DiskStore
from nbsync.store.pruning import DAYS, Outdated

__all__ = ["DAYS", "DiskStore", "Outdated"]
