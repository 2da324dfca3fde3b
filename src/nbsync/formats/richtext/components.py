"""Blocks that are tags: widgets, nodes as JSON, and containers around blocks."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nbsync.errors import FormatError
from nbsync.formats.richtext.images import write_image
from nbsync.formats.richtext.passages import Passage
from nbsync.formats.richtext.schema import (
    BACKLINK,
    IMAGE,
    LEGACY_TAGS,
    MENTION,
    NODE,
    STRUCTURE,
    TAGS,
    TIMESTAMP,
    UNKNOWN,
)
from nbsync.formats.richtext.showing import attrs_of, children_of, type_of
from nbsync.formats.richtext.tags import Tag, are_props, read_tag, write_tag
from nbsync.model import Json

_TYPES = {**TAGS, **LEGACY_TAGS, "Paragraph": "paragraph", "Divider": "horizontalRule"}
_NAMES = {kind: name for name, kind in TAGS.items()}
_INLINE = frozenset({"", "text", "hardBreak", BACKLINK, MENTION, TIMESTAMP})
_NODE_TYPE, _JSON = "nodeType", "json"
_SHAPES = (
    f'write <{NODE} json={{…}} />, or <{NODE} type="…" attrs={{{{…}}}}> with blocks below it and'
    f" </{NODE}> on the last line"
)


def read_component(passage: Passage, read_blocks: Callable[[Passage], list[Json]]) -> Json:
    """Read a block that is a tag, or one with blocks between its tags.

    Raises:
        FormatError: A prop is no JSON, or the tag lacks one or has one too many, or something
            in it cannot be read.
    """
    try:
        tag = read_tag(passage.text, passage.tag_start(0))
    except FormatError as error:
        raise passage.moved(error) from None
    if tag.name == NODE:
        return _node(passage, tag, read_blocks)
    if not tag.closed:
        what = f"The tag <{tag.name}> is not closed."
        raise passage.error(what, passage.line_of(tag.end), hint="end it with />")
    if tag.name != UNKNOWN:
        return _made(_TYPES[tag.name], tag.props)
    kind = tag.props.pop(_NODE_TYPE, None)
    if not isinstance(kind, str):
        what = f"<{UNKNOWN}> does not say of which type it is."
        raise passage.error(what, 0, hint=f'give it {_NODE_TYPE}="…"')
    return _made(kind, tag.props)


def _made(kind: Json, attrs: Json) -> dict[str, Json]:
    return {"type": kind, "attrs": attrs} if attrs else {"type": kind}


def _node(passage: Passage, tag: Tag, read_blocks: Callable[[Passage], list[Json]]) -> Json:
    props = tag.props
    if tag.closed and props.keys() == {_JSON}:
        return props[_JSON]
    kind, attrs = props.get("type"), props.get("attrs", {})
    known = props.keys() <= {"type", "attrs"} and isinstance(attrs, dict)
    if not known or kind in STRUCTURE or ("type" in props) != isinstance(kind, str):
        raise passage.error(f"The tag <{NODE}> has other props than it can have.", 0, hint=_SHAPES)
    if tag.closed:
        if kind is None:
            raise passage.error(f"The tag <{NODE}> says nothing.", 0, hint=_SHAPES)
        return _made(kind, attrs)
    start = passage.line_of(tag.end) + 1
    blocks = read_blocks(passage.inside(passage.lines[start:-1], start))
    if kind is not None:
        return {**_made(kind, attrs), **({"content": blocks} if blocks else {})}
    block = blocks[0] if len(blocks) == 1 else None
    if not isinstance(block, dict):
        what = f"A <{NODE}> without a type stands around exactly one block."
        raise passage.error(what, 0, hint="move the others above or below it")
    laid_over = {**attrs_of(block), **(attrs if isinstance(attrs, dict) else {})}
    return {**block, "attrs": laid_over}


def write_json(node: Json) -> str:
    """Write a node, or what stands where one should, so that all of it comes back."""
    return write_tag(NODE, {_JSON: node})


def write_component(node: dict[str, Json], write: Callable[[Json], str]) -> str | None:
    """Write a node that Markdown has no words for; None where only its JSON can say it.

    Args:
        node: The node.
        write: Writes each of its blocks, where it has any.
    """
    kind, attrs = node.get("type"), attrs_of(node)
    if not isinstance(kind, str) or any(type_of(child) in _INLINE for child in children_of(node)):
        return None
    if children_of(node):
        props: dict[str, Json] = {"type": kind, **({"attrs": attrs} if attrs else {})}
        return around(props, [write(child) for child in children_of(node)])
    picture = write_image(attrs) if kind == IMAGE else None
    if picture is not None or not are_props(attrs):
        return picture
    if kind in _NAMES:
        return write_tag(_NAMES[kind], attrs, over_lines=True)
    if _NODE_TYPE in attrs:
        return None
    return write_tag(UNKNOWN, {_NODE_TYPE: kind, **attrs}, over_lines=True)


def around(props: dict[str, Json], blocks: Sequence[str]) -> str:
    """Write a container around the texts of its blocks."""
    opener = write_tag(NODE, props, closed=False, over_lines=True)
    return "\n\n".join([opener, *blocks, f"</{NODE}>"])
