"""The title that a notebook's own text gives it."""

from __future__ import annotations

import re

from nbsync.formats.blocks import WHITESPACE, Verbatims, lines_of
from nbsync.formats.inline import plain

# A JavaScript `.` stops at U+2028 and U+2029: with one of them in it, a line is no heading.
_HEADING = re.compile(rf"#[{WHITESPACE}]+([^\r\n\u2028\u2029]*)")
_SOME_HEADING = re.compile(rf"(?:^|[\r\n])#[{WHITESPACE}]")
_LINE_END = re.compile(r"[\r\n]")
# Nobody's heading is that long, and none of these fits into a title.
_LONGEST = 10_000


def title_of(markdown: str) -> str | None:
    """Give the text of the first level-1 heading, as PostHog's editor takes it for the title.

    Headings in code, comments, tags and quotes are none, nor are those that do not begin at
    the start of their line (dialect.md 3, 4.2). A later heading does not stand in for an
    empty first one.

    Args:
        markdown: The notebook's Markdown, with any line ends.

    Returns:
        The heading's text without marks, escapes and outer white space; None where there is
        no such heading, or nothing in it.
    """
    found = _SOME_HEADING.search(markdown)
    if found is None:
        return None
    if not found.start() and markdown[0] == "#":  # as in nearly every notebook: no need to look far
        end = _LINE_END.search(markdown)
        heading = _HEADING.fullmatch(markdown[: end.start()] if end else markdown)
        if heading:
            return _text(heading[1]) or None
    lines, at = [line.rstrip("\r\n") for line in lines_of(markdown)], 0
    verbatims = Verbatims(lines)
    while at < len(lines):
        heading = _HEADING.fullmatch(lines[at])
        if heading:
            return _text(heading[1]) or None
        at = max(verbatims.end(at), at + 1)
    return None


def _text(source: str) -> str:
    shown = plain(source) if len(source) <= _LONGEST else source
    return shown.strip(WHITESPACE).strip()
