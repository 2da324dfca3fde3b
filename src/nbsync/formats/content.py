"""A notebook's document: which of the two forms it has, and the text in it."""

from __future__ import annotations

import json

from nbsync.model import Json

_NODE = "ph-markdown-notebook"
# A request has 20 MiB (observed.md 14); this much of it is for all but content and its text.
_BODY, _REST = 20 * 1024 * 1024, 64 * 1024
# A character of JSON in UTF-8 has at most six bytes, as in \u0001.
_WIDEST = 6


def markdown_of(content: Json) -> str | None:
    """Give the Markdown of a Markdown notebook; None for every other content.

    A Markdown notebook's document has exactly one node, of type `ph-markdown-notebook`, with
    a string in `attrs.markdown` (contract/README.md 0).
    """
    parts = _parts(content)
    return None if parts is None else parts[2]


def is_document(content: Json | None) -> bool:
    """Whether a content is a rich-text document: a `doc` with a list of blocks, or with none."""
    if not isinstance(content, dict) or content.get("type") != "doc":
        return False
    return isinstance(content.get("content"), list | None) and markdown_of(content) is None


def _parts(content: Json) -> tuple[dict[str, Json], dict[str, Json], str] | None:
    nodes = content.get("content") if isinstance(content, dict) else None
    node = nodes[0] if isinstance(nodes, list) and len(nodes) == 1 else None
    attrs = node.get("attrs") if isinstance(node, dict) and node.get("type") == _NODE else None
    markdown = attrs.get("markdown") if isinstance(attrs, dict) else None
    if isinstance(node, dict) and isinstance(attrs, dict) and isinstance(markdown, str):
        return node, attrs, markdown
    return None


def document_of(markdown: str, *, like: Json | None = None) -> Json:
    """Make the document of a Markdown notebook.

    Args:
        markdown: All of its Markdown.
        like: A Markdown notebook's document, whose other keys and attributes the new one
            keeps, as PostHog's own clients do (contract/README.md 0); any other is ignored.
    """
    parts = _parts(like)
    if isinstance(like, dict) and parts is not None:
        node, attrs, _ = parts
        return {**like, "content": [{**node, "attrs": {**attrs, "markdown": markdown}}]}
    fresh: dict[str, Json] = {"nodeId": "markdown-notebook-v2", "markdown": markdown}
    return {"type": "doc", "content": [{"type": _NODE, "attrs": fresh}]}


def text_content(content: Json) -> str:
    """Give what goes along as `text_content`, which PostHog's search reads.

    Returns:
        The Markdown itself, or of rich text what PostHog's own editor would send. Of a text that
        does not fit into a request beside the content, as much as does.
    """
    text, room = _whole_text(content), max(0, _BODY - _REST - _size(content))
    return text if _size(text) <= room else text[: room // _WIDEST]


def _whole_text(content: Json) -> str:
    if isinstance(content, str):
        return content
    markdown = markdown_of(content)
    if markdown is not None:
        return markdown
    from nbsync.formats.richtext.plain_text import plain_text  # noqa: PLC0415 - few need it

    return plain_text(content)


def _size(value: Json) -> int:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return len(text.encode("utf-8", "surrogatepass"))
