"""The text of a rich-text document without its marks, as PostHog's search reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from nbsync.formats.richtext.schema import BACKLINK, IMAGE, MENTION, TEXT_BLOCKS, TIMESTAMP
from nbsync.formats.richtext.showing import attrs_of, children_of, type_of
from nbsync.model import Json

_Attrs: TypeAlias = Mapping[str, Json]

_INLINE = frozenset({"text", "hardBreak", BACKLINK, MENTION, TIMESTAMP})
_HOLD_INLINE = TEXT_BLOCKS | {"codeBlock"}
_WIDGET = "ph-"


def plain_text(document: Json) -> str:
    r"""The `text_content` that PostHog's editor sends along with a document.

    As its `textContent` does (frontend/src/scenes/notebooks/utils.ts, and `getTextBetween` of
    TipTap's core, which it rests on): a line end before every block but one at the very start, so
    that an item of a list has several; the text; and of every node of PostHog's own what
    `serializedText` says of it, else its title, and a line end. One thing is better: a break
    within a paragraph is a line end here, where the editor runs the words at its sides together,
    and its search finds neither.

    Args:
        document: A document, or a list of nodes, as some old notebooks have it. Whatever is no
            node is passed over.
    """
    nodes = document if isinstance(document, list) else children_of(document)
    waiting = [(node, False) for node in reversed(nodes)]
    parts: list[str] = []
    at_start = True
    while waiting:
        node, within = waiting.pop()
        if not isinstance(node, dict):
            continue
        kind = type_of(node)
        inline = within or kind in _INLINE
        if not (inline or at_start):
            parts.append("\n")
        at_start = False
        if kind.startswith(_WIDGET):
            parts.append(_widget(kind, attrs_of(node)))
            continue
        parts.append(_own_text(node, kind))
        inside = inline or kind in _HOLD_INLINE
        waiting += [(child, inside) for child in reversed(children_of(node))]
    return "".join(parts)


def _own_text(node: dict[str, Json], kind: str) -> str:
    if kind == "hardBreak":
        return "\n"
    text = node.get("text") if kind == "text" else None
    return text if isinstance(text, str) else ""


def _widget(kind: str, attrs: _Attrs) -> str:
    words = _WORDS[kind](attrs) if kind in _WORDS else ""
    words = words or _text(attrs.get("title"))
    return words if not words or words.endswith("\n") else words + "\n"


def _text(value: Json) -> str:
    if isinstance(value, str):
        return value
    return str(value) if type(value) is int and value else ""


def _attr(name: str) -> Callable[[_Attrs], str]:
    return lambda attrs: _text(attrs.get(name))


def _title_and_id(attrs: _Attrs) -> str:
    return f"{_text(attrs.get('title'))} {_text(attrs.get('id'))}".strip()


def _sql(attrs: _Attrs) -> str:
    query = attrs.get("query")
    if isinstance(query, dict) and query.get("kind") in _WITH_SOURCE:
        query = query.get("source")
    if isinstance(query, dict) and query.get("kind") == "HogQLQuery":
        return _text(query.get("query"))
    return ""


def _file_name(attrs: _Attrs) -> str:
    file = attrs.get("file")
    return _text(file.get("name")) if isinstance(file, dict) else ""


def _embedded(attrs: _Attrs) -> str:
    return f"(embedded iframe:{_text(attrs.get('src')) or 'null'})"


def _member(attrs: _Attrs) -> str:
    return f"(member:{_text(attrs.get('id')) or 'null'})"


def _clock(attrs: _Attrs) -> str:
    time = attrs.get("playbackTime")
    seconds = int(time) // 1000 if isinstance(time, int | float) and time > 0 else 0
    hours, minutes = seconds // 3600 % 24, seconds // 60 % 60
    shown = f"{minutes:02}:{seconds % 60:02}:\n"
    return f"{hours:02}:{shown}" if hours else shown


_WITH_SOURCE: Final = frozenset({"DataTableNode", "DataVisualizationNode", "InsightVizNode"})

# What `serializedText` says in frontend/src/scenes/notebooks/Nodes/NotebookNode*.tsx; a node that
# has none there, or an empty one, is known by its title.
_WORDS: Final[Mapping[str, Callable[[_Attrs], str]]] = {
    "ph-query": _sql,
    "ph-python": _attr("code"),
    "ph-duck-sql": _attr("code"),
    "ph-hogql-sql": _attr("code"),
    "ph-latex": _attr("content"),
    "ph-recording": _attr("id"),
    "ph-cohort": _title_and_id,
    "ph-group": _title_and_id,
    "ph-person": _title_and_id,
    "ph-embed": _embedded,
    IMAGE: _file_name,
    MENTION: _member,
    TIMESTAMP: _clock,
}
