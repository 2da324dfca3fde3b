"""What a page shows of a node: two nodes of which it shows the same are one to a reader."""

from __future__ import annotations

from nbsync.formats.richtext.pieces import pieces_of, shown_pieces
from nbsync.formats.richtext.schema import (
    ALIASES,
    BOOKKEEPING,
    DEFAULTS,
    IMAGE,
    STRUCTURE,
    TEXT_BLOCKS,
)
from nbsync.model import Json, canonical

_KEYS = frozenset({"type", "attrs", "content", "marks"})


def type_of(node: Json) -> str:
    """The type of a node under its present name; "" where it has none."""
    name = node.get("type") if isinstance(node, dict) else None
    return ALIASES.get(name, name) if isinstance(name, str) else ""


def attrs_of(node: Json) -> dict[str, Json]:
    """The attributes of a node; none where they are no object."""
    attrs = node.get("attrs") if isinstance(node, dict) else None
    return attrs if isinstance(attrs, dict) else {}


def children_of(node: Json) -> list[Json]:
    """The children of a node; none where they are no list."""
    content = node.get("content") if isinstance(node, dict) else None
    return content if isinstance(content, list) else []


def same(one: Json, other: Json) -> bool:
    """Whether a page shows the same of two nodes."""
    return canonical(shown(one)) == canonical(shown(other))


def shown(node: Json) -> Json:
    """What a page shows of a node, as JSON that has no other use than to be compared.

    Of what Markdown has words for, that is all but null, default and bookkeeping attributes
    (`schema.DEFAULTS`, `schema.BOOKKEEPING`), the present name for an older one, and what
    `pieces.shown_pieces` says of text. Everything else is shown as it is.
    """
    if not isinstance(node, dict):
        return [node]
    kind = type_of(node)
    rest = {name: value for name, value in node.items() if name not in _KEYS}
    if node.get("marks"):
        rest["marks"] = node["marks"]
    return [kind or [node.get("type")], _shown_attrs(node, kind), _shown_content(node, kind), rest]


def _shown_attrs(node: dict[str, Json], kind: str) -> Json:
    attrs = node.get("attrs")
    if attrs is None:
        return {}
    if not isinstance(attrs, dict) or kind not in STRUCTURE | {IMAGE}:
        return attrs
    unseen = DEFAULTS.get(kind, {})
    return {
        name: value
        for name, value in attrs.items()
        if value is not None
        and name not in BOOKKEEPING
        and not (name in unseen and canonical(value) == canonical(unseen[name]))
    }


def _shown_content(node: dict[str, Json], kind: str) -> Json:
    content = node.get("content")
    if content is None or content == []:
        return []
    if not isinstance(content, list):
        return [content, "no list"]
    if kind in TEXT_BLOCKS:
        pieces = pieces_of(content)
        return shown_pieces(pieces or [])
    if kind == "codeBlock" and all(_is_plain(child) for child in content):
        return ["".join(str(child["text"]) for child in content if isinstance(child, dict))]
    return [shown(child) for child in content]


def _is_plain(child: Json) -> bool:
    if not isinstance(child, dict) or child.get("type") != "text" or child.get("marks"):
        return False
    return isinstance(child.get("text"), str) and child.keys() <= {"type", "text", "marks"}
