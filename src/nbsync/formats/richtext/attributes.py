"""Attributes of blocks that Markdown has words for, and those that it has none for."""

from __future__ import annotations

from nbsync.formats.richtext.code import is_language
from nbsync.formats.richtext.showing import attrs_of, children_of, shown, type_of
from nbsync.model import Json

_MOST_HEADINGS = 6
# The list lines that are read have nine digits at most.
_HIGHEST = 999_999_999


def shown_attrs(node: Json) -> dict[str, Json]:
    """The attributes of a node that a page has to show."""
    seen = shown({"type": type_of(node), "attrs": attrs_of(node)})
    attrs = seen[1] if isinstance(seen, list) else None
    return attrs if isinstance(attrs, dict) else {}


def unsaid(node: Json) -> dict[str, Json]:
    """The attributes of a text block, list, quote, table or divider that its Markdown lacks."""
    attrs = shown_attrs(node)
    return {name: value for name, value in attrs.items() if not _is_said(node, name, value)}


def _is_said(node: Json, name: str, value: Json) -> bool:
    whole = value if isinstance(value, int) and not isinstance(value, bool) else -1
    match type_of(node), name:
        case "heading", "level":
            return 1 <= whole <= _MOST_HEADINGS
        case "orderedList", "start":
            return 0 <= whole <= _HIGHEST - len(children_of(node))
        case "taskItem", "checked":
            return value is True
        case "codeBlock", "language":
            return is_language(value)
        case _:
            return False
