"""Where API keys come from and are kept, and which hosts they may go to."""

from nbsync.credentials.finding import VARIABLE, Key, check_kind, find_key
from nbsync.credentials.keeping import Kept, NoKeyring, forget_key, keep_key, user_folder

__all__ = [
    "VARIABLE",
    "Kept",
    "Key",
    "NoKeyring",
    "check_kind",
    "find_key",
    "forget_key",
    "keep_key",
    "user_folder",
]
