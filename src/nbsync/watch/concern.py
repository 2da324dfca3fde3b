"""Which names in a mirror can have to do with a page."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

_SUFFIXES = (".md", ".json")


class Concern:
    """Tells what of a directory is worth a look: pages, and the folders that they can lie in.

    What starts with a dot never is: .nbsync, .git, what editors keep of their own, and files that
    are still being written.

    Args:
        root: The directory, its path without symbolic links.
        ignore: Tells whether a path, relative and with `/` between folders, is nobody's business.
    """

    def __init__(self, root: Path, ignore: Callable[[str], bool]) -> None:
        self._prefix = os.fspath(root).rstrip(os.sep) + os.sep
        self._ignore = ignore

    def place(self, path: str | bytes) -> bool:
        """Whether a path of the system's, of a file or of a folder, is worth a look."""
        text = os.fsdecode(path)
        if not text.startswith(self._prefix):
            return True  # the root, or spelled in another way than we know it by
        names = text.removeprefix(self._prefix).replace(os.sep, "/")
        return not names.startswith(".") and "/." not in names and not self._ignore(names)

    def page(self, path: str | bytes) -> bool:
        """Whether a path of the system's can be a page."""
        return os.fsdecode(path).endswith(_SUFFIXES) and self.place(path)
