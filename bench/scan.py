"""The least that looking at a mirror can cost: every page and base is listed, and its stat read."""

import os
from importlib import import_module

for name in ("click", "sqlite3"):  # as nbsync needs them
    import_module(name)
for folder in (".", ".nbsync/base"):
    for entry in os.scandir(folder):
        entry.stat(follow_symlinks=False)
