"""The server's side of the notebooks: `Server`, a remote replica over the notebooks API."""

from nbsync.remote.fetching import parallel_for
from nbsync.remote.selecting import Selecting
from nbsync.remote.server import Server

__all__ = ["Selecting", "Server", "parallel_for"]
