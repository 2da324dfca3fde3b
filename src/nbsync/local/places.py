"""Where pages lie: which paths may be, and what a new page is called."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from itertools import count, islice

from nbsync import files
from nbsync.errors import ConfigError

_PLACEHOLDER = re.compile(r"\{(short_id|title)\}")
_TITLE_BYTES = 100
_TRIES = 1000
# Not in a name on some system, and what turns the direction of the text around it.
_UNSAFE = re.compile(r'[<>:"/\\|?*\u202a-\u202e\u2066-\u2069]')
_INVISIBLE = frozenset({"Cc", "Cs", "Zl", "Zp"})
# Devices on Windows, whatever suffix follows.
_RESERVED = frozenset(
    {"con", "prn", "aux", "nul", "conin$", "conout$"}
    | {f"{port}{digit}" for port in ("com", "lpt") for digit in "0123456789¹²³"}
)


def fold(path: str) -> str:
    """What two paths have in common that some file system takes for the same place."""
    if path.isascii():
        return path.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def free_place(
    filename: str,
    short_id: str,
    title: str | None,
    suffix: str,
    *,
    is_free: Callable[[str], bool],
    can_hold: Callable[[str], bool],
) -> str:
    """The first path of a pattern's that is free.

    Args:
        filename: The pattern, with `{short_id}` and `{title}` in it, and `/` between folders.
        short_id: The notebook's id.
        title: Its title.
        suffix: `.md` or `.json`.
        is_free: Tells whether a path can be had.
        can_hold: Tells whether a path is a folder or can become one; if not, the root serves.

    Raises:
        FormatError: The id is none.
        ConfigError: None of many is free.
    """
    words = {"short_id": files.check_id(short_id)}
    if "{title}" in filename:
        words["title"] = safe_name(title or "")
    parts = [part for part in filename.split("/") if part.strip(". ")] or ["{short_id}"]
    names = [safe_name(_PLACEHOLDER.sub(lambda m: words[m[1]], part), limit=200) for part in parts]
    fits = len(names) == 1 or can_hold("/".join(names[:-1]))
    stem = "/".join(names if fits else names[-1:])
    for path in islice(_stems(stem, "" if "{short_id}" in filename else short_id), _TRIES):
        if is_free(path + suffix):
            return path + suffix
    raise ConfigError(
        f"The file name pattern {filename!r} has no place for notebook {short_id}: "
        "all it leads to is ignored or taken.",
        hint="change `filename` or `ignore` in nbsync.toml",
    )


def _stems(stem: str, short_id: str) -> Iterator[str]:
    yield stem
    if short_id:
        stem = f"{stem}-{short_id}"
        yield stem
    yield from (f"{stem}~{number}" for number in count(2))


def safe_name(text: str, *, limit: int = _TITLE_BYTES) -> str:
    """Make a text into a name that every file system takes, and that leads nowhere else.

    Args:
        text: Any text at all.
        limit: How many bytes of UTF-8 the name may have.
    """
    if text.isascii() and text.isalnum() and len(text) <= limit:  # as nearly every id
        return f"{text}_" if text.casefold() in _RESERVED else text
    text = unicodedata.normalize("NFC", text)
    text = "".join("-" if unicodedata.category(char) in _INVISIBLE else char for char in text)
    text = _UNSAFE.sub("-", text).strip(". ")
    text = text.encode()[:limit].decode(errors="ignore").rstrip(". ") or "untitled"
    first, dot, rest = text.partition(".")
    return f"{first}_{dot}{rest}" if first.rstrip(" ").casefold() in _RESERVED else text
