"""Changing a page's front matter in place, and nothing else in it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from nbsync.errors import FormatError
from nbsync.formats.frontmatter import SHORT_ID, TITLE, Entry, read, same_text

# What cannot be seen, would turn text round, or is a line break or not allowed raw in YAML.
_ESCAPED = re.compile(
    r'[\x00-\x1f"\\\x7f-\xa0\xad\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffe\uffff'
    r"\ud800-\udfff]"
)
_SHORT_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}


def quoted(text: str | None) -> str:
    """Write a text as a YAML scalar on one line, in double quotes; None as `null`.

    What can be seen stands there raw, everything else is escaped.
    """
    return "null" if text is None else f'"{_ESCAPED.sub(_escape, text)}"'


def _escape(found: re.Match[str]) -> str:
    return _SHORT_ESCAPES.get(found[0]) or f"\\u{ord(found[0]):04x}"


def with_keys(front: str, wanted: Mapping[str, str | None], *, line_end: str = "\n") -> str:
    """Give a front matter whose short_id and title say what is wanted.

    Everything else in it stays byte for byte, and so does a key that says it already.

    Args:
        front: The lines between the two `---` lines.
        wanted: What short_id and title are to say; one that is not in it goes.
        line_end: What new lines end in.

    Raises:
        FormatError: It cannot be read, or is written in a way that cannot be changed in place.
    """
    entries = read(front)
    for name in sorted(entries, key=lambda name: -entries[name].key):
        entry = entries[name]
        if name in wanted and same_text(entry.value, wanted[name]):
            continue
        if entry.start < entry.key:  # an alias of somebody else's value
            raise _fixed(entries)
        known = name in wanted
        front = _with_value(front, entry, quoted(wanted[name])) if known else _without(front, entry)
    missing = [name for name in (SHORT_ID, TITLE) if name in wanted and name not in entries]
    lines = "".join(f"{name}: {quoted(wanted[name])}{line_end}" for name in missing)
    front = with_lines(front, lines) if missing == [TITLE] else lines + front
    _check(front, wanted, entries)
    return front


def with_lines(front: str, lines: str) -> str:
    """Put whole lines below the short_id of a front matter that has one."""
    end = read(front)[SHORT_ID].end
    at = end if front[:end].endswith("\n") else front.index("\n", end) + 1
    return front[:at] + lines + front[at:]


def _with_value(front: str, entry: Entry, value: str) -> str:
    old = front[entry.start : entry.end]
    before = "" if front[: entry.start].endswith(" ") else " "
    return front[: entry.start] + before + value + old[len(old.rstrip()) :] + front[entry.end :]


def _without(front: str, entry: Entry) -> str:
    start = front.rfind("\n", 0, entry.key) + 1
    end = entry.start + len(front[entry.start : entry.end].rstrip())
    line, line_end, rest = front[end:].partition("\n")
    comment = line.lstrip()
    return front[:start] + (comment + line_end if comment.startswith("#") else "") + rest


def _check(front: str, wanted: Mapping[str, str | None], old: Mapping[str, Entry]) -> None:
    try:
        said = read(front)
    except FormatError:
        said = {}
    if said.keys() != wanted.keys() or not all(
        same_text(said[name].value, wanted[name]) for name in wanted
    ):
        raise _fixed(old)


def _fixed(entries: Mapping[str, Entry]) -> FormatError:
    return FormatError(
        "The front matter is written in a way that nbsync cannot change in place.",
        line=min((entry.line for entry in entries.values()), default=2),
        hint="write short_id and title on lines of their own, then run the command again",
    )
