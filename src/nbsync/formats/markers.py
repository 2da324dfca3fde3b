"""Marks that a merge left in a page for somebody to settle."""

from __future__ import annotations

import re

from nbsync.errors import FormatError

_MARKED = re.compile(r"^<{7} [^\n]*$.*?^={7}[ \t]*\r?$.*?^>{7} ", re.MULTILINE | re.DOTALL)


def refuse_markers(text: str, *, known: str = "") -> None:
    """Refuse a page with a complete set of conflict markers, which is nobody's text.

    Args:
        text: All of the page.
        known: The Markdown that the page stands on; markers that it has itself are its text.

    Raises:
        FormatError: There is such a set, and known has none.
    """
    found = _MARKED.search(text)
    if found and not _MARKED.search(known):
        raise FormatError(
            "Conflict markers stand in the page.",
            line=text.count("\n", 0, found.start()) + 1,
            hint="settle the marked regions, then save",
        )
