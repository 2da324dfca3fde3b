"""What the history lets go of: by itself what the server has held, on demand whatever is old."""

from __future__ import annotations

import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from nbsync import files, formats
from nbsync.errors import FormatError
from nbsync.model import Notebook
from nbsync.store.texts import record_in

VERSIONS = 100
"""So many records of a notebook stay, however old they are."""
DAYS = 90
"""So many days everything stays, however much there is."""
DAY_NS = 86_400 * 10**9

_RECORDS, _TEXTS = "v*.json", "page-*"


@dataclass(frozen=True, slots=True)
class Outdated:
    """A file of the history that is older than was asked for.

    Attributes:
        short_id: Whose history it is in.
        path: The file.
        size: How many bytes it has.
        is_text: It is the text of a page, and no record of the server's.
    """

    short_id: str
    path: Path
    size: int
    is_text: bool


@dataclass(frozen=True, slots=True)
class _Aged:
    at_ns: int
    path: Path
    size: int


def let_go(folder: Path, *, now_ns: int) -> None:
    """Remove what the server has held, is beyond the newest versions, and was kept long ago.

    Records are what the server has held, and so are page texts that say the same as one of
    them, and have no front matter of the user's own; a page's text is there before the record
    that it became, so the record is still there when its time comes. Any other text stays until
    somebody asks for its removal.

    Args:
        folder: One notebook's.
        now_ns: The wall clock.
    """
    beyond = _aged(folder, _RECORDS)[VERSIONS:]
    if not beyond:
        return
    last_ns = min(beyond[0].at_ns, now_ns - DAYS * DAY_NS)
    records = [record for record in beyond if record.at_ns <= last_ns]
    texts = [text for text in _aged(folder, _TEXTS) if text.at_ns <= last_ns] if records else []
    known = _notebooks(folder) if texts else []
    keys = {notebook.key for notebook in known}
    held = [text for text in texts if _said(text.path, known[:1]) & keys]
    for each in (*held, *records):  # what fails is removed the next time
        with suppress(OSError):
            each.path.unlink()


def outdated(short_id: str, folder: Path, *, before_ns: int) -> list[Outdated]:
    """Whatever was kept before a moment, the newest first.

    Args:
        short_id: The notebook.
        folder: Its folder.
        before_ns: The moment, in ns since 1970.
    """
    return [
        Outdated(short_id, each.path, each.size, pattern == _TEXTS)
        for pattern in (_RECORDS, _TEXTS)
        for each in _aged(folder, pattern)
        if each.at_ns < before_ns
    ]


def _aged(folder: Path, pattern: str) -> list[_Aged]:
    """The files of a kind, the last that was kept first."""
    found = []
    for path in folder.glob(pattern):
        with suppress(OSError):
            status = path.lstat()
            if stat.S_ISREG(status.st_mode):
                found.append(_Aged(status.st_mtime_ns, path, status.st_size))
    return sorted(found, key=lambda each: (each.at_ns, each.path.name), reverse=True)


def _notebooks(folder: Path) -> list[Notebook]:
    """What the records say, the last that was kept first."""
    found = []
    for each in _aged(folder, _RECORDS):
        with suppress(OSError, ValueError):
            found.append(record_in(files.read(each.path)[0]).notebook)
    return found


def _said(path: Path, like: list[Notebook]) -> set[str]:
    """The keys of what a page's text says, by itself and relative to other notebooks."""
    keys = set()
    with suppress(OSError, ValueError):
        text = files.read(path)[0].decode("utf-8")
        for notebook in (None, *like):
            with suppress(FormatError):
                said = formats.parse(text, path.suffix, like=notebook)
                if not _has_more(text, said, path.suffix):
                    keys.add(said.key)
    return keys


def _has_more(text: str, said: Notebook, suffix: str) -> bool:
    """Whether a page's front matter has more in it than nbsync itself would write there."""
    short_id = formats.short_id_in(text, suffix)
    if suffix == formats.JSON or short_id is None:
        return False
    written = formats.render(said, short_id, suffix)
    return _front(text) != _front(written)


def _front(text: str) -> list[str]:
    """The lines of a page's front matter, whatever their ends."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n---\n", 1)[0].split("\n")
