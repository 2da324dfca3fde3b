"""Writing a block so that it reads as the same one: as Markdown wherever that says all of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from nbsync.errors import FormatError
from nbsync.formats.richtext.attributes import shown_attrs, unsaid
from nbsync.formats.richtext.block_reader import read_chunk, split_blocks
from nbsync.formats.richtext.code import write_code
from nbsync.formats.richtext.components import around, write_component, write_json
from nbsync.formats.richtext.inline_writer import write_inline
from nbsync.formats.richtext.line_starts import guarded
from nbsync.formats.richtext.lists import write_list
from nbsync.formats.richtext.passages import columns
from nbsync.formats.richtext.quotes import write_quote
from nbsync.formats.richtext.schema import DEEPEST, LISTS, STRUCTURE, TEXT_BLOCKS
from nbsync.formats.richtext.showing import children_of, same, type_of
from nbsync.formats.richtext.tables import write_table
from nbsync.model import Json

_KEYS = frozenset({"type", "attrs", "content"})
_LEAVES = TEXT_BLOCKS | {"codeBlock", "horizontalRule"}
# Levels of JSON: as deep as DEEPEST containers can go, and as what is in them may.
_DEEPEST_JSON = 400


@dataclass(frozen=True, slots=True)
class Written:
    """A block as a page has it.

    Attributes:
        text: Its lines, joined by LF, without a line end after the last one.
        node: What is read from that: all that the page shows of it.
    """

    text: str
    node: Json = field(repr=False)


def write_block(node: Json) -> Written:
    """Write a block of a document; whatever stands beside it, it reads the same.

    Args:
        node: A node, or whatever else stands where one should.
    """
    return _as_json(node) if _is_deep(node) else _write(node, 0)


def _is_deep(node: Json) -> bool:
    layer: list[Json] = [node]
    for _ in range(_DEEPEST_JSON):
        layer = [inner for each in layer for inner in _inside(each)]
    return bool(layer)


def _inside(value: Json) -> Iterable[Json]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _write(node: Json, depth: int) -> Written:
    """Write a block that stands in so many containers."""
    written = _verified(_natural(node, depth, careful=False), node)
    if written is None and type_of(node) not in _LEAVES:
        # something in it is odd: find out what, so that the rest of it stays Markdown
        written = _verified(_natural(node, depth, careful=True), node)
    return _as_json(node) if written is None else written


def _as_json(node: Json) -> Written:
    text = write_json(node)
    return Written(text, read_chunk(split_blocks(text)[0])[0])


def _verified(text: str | None, node: Json) -> Written | None:
    """Read a text again; None where it is not the text of this block, whatever surrounds it."""
    if text is None or columns(text) > 1:
        return None
    with suppress(FormatError):
        chunks = split_blocks(text)
        whole = len(chunks) == 1 and chunks[0].text == text
        read = read_chunk(chunks[0]) if whole else []
        if len(read) == 1 and same(read[0], node):
            return Written(text, read[0])
    return None


def _natural(node: Json, depth: int, *, careful: bool) -> str | None:
    if not isinstance(node, dict) or not node.keys() <= _KEYS:
        return None
    if type_of(node) not in _LEAVES and children_of(node) and depth == DEEPEST:
        return None
    if type_of(node) not in STRUCTURE:
        return write_component(node, partial(_child, depth=depth, careful=careful))
    missing = unsaid(node)
    if not missing:
        return _structure(node, depth, careful=careful)
    if depth == DEEPEST:
        return None
    attrs = {name: value for name, value in shown_attrs(node).items() if name not in missing}
    return around({"attrs": missing}, [_child({**node, "attrs": attrs}, depth, careful=careful)])


def _child(node: Json, depth: int, *, careful: bool) -> str:
    """Write a block that stands in one that stands in so many containers."""
    if careful:
        return _write(node, depth + 1).text
    text = _natural(node, depth + 1, careful=False)
    return write_json(node) if text is None else text


def _structure(node: dict[str, Json], depth: int, *, careful: bool) -> str | None:
    kind, write = type_of(node), partial(_child, depth=depth, careful=careful)
    if kind in LISTS:
        return write_list(node, write)
    if kind == "blockquote":
        return write_quote(node, write, tight=not careful)
    if kind == "table":
        return write_table(node, careful=careful)
    leaf = _LEAF_WRITERS.get(kind)
    return leaf(node) if leaf else None


def _paragraph(node: dict[str, Json]) -> str | None:
    if not node.get("content"):
        return "<Paragraph />"
    text = write_inline(node["content"], where="paragraph")
    return None if text is None else "\n".join(guarded(text.split("\n")))


def _heading(node: dict[str, Json]) -> str | None:
    level = shown_attrs(node).get("level", 1)
    text = write_inline(node.get("content"), where="heading")
    if text is None or not isinstance(level, int):
        return None
    return f"{'#' * level} {text}" if text else "#" * level


def _divider(_: dict[str, Json]) -> str:
    return "---"


_LEAF_WRITERS: Final[Mapping[str, Callable[[dict[str, Json]], str | None]]] = {
    "paragraph": _paragraph,
    "heading": _heading,
    "codeBlock": write_code,
    "horizontalRule": _divider,
}
