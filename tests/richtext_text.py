"""Blocks as text and text as blocks, with what holds for every block."""

from __future__ import annotations

import re

from nbsync.formats.richtext.block_reader import Chunk, read_chunk, split_blocks
from nbsync.formats.richtext.block_writer import write_block
from nbsync.formats.richtext.showing import children_of, same, type_of
from nbsync.model import Json, canonical

# What could swallow the block after it, or be swallowed by the one before.
NEIGHBOURS = (
    "- a list\n  - in a list",
    "> a quote",
    "| a |\n| --- |",
    "text",
    '<Node type="x">\n\ny\n\n</Node>',
)
_BLANKS = re.compile(r"[ \t]+$", re.MULTILINE)


def text_of(node: Json) -> str:
    """Write a block, and hold it to all that is promised of one."""
    written = write_block(node)
    assert split_blocks(written.text) == [Chunk(written.text, 1)]
    assert nodes_in(written.text) == [written.node]
    assert same(written.node, node), written.text
    for other in NEIGHBOURS:
        chunks = split_blocks(f"{other}\n\n{written.text}\n\n{other}")
        assert [chunk.text for chunk in chunks] == [other, written.text, other]
        assert read_chunk(chunks[1]) == [written.node]
    bare = nodes_in(_BLANKS.sub("", written.text))
    assert [_outline(each) for each in bare] == [_outline(written.node)], written.text
    return written.text


def _outline(node: Json) -> Json:
    leaf = type_of(node) in {"paragraph", "heading", "codeBlock"}
    inner = () if leaf else children_of(node)
    return [type_of(node), *(_outline(child) for child in inner)]


def nodes_in(text: str) -> list[Json]:
    """Read all blocks of a text."""
    return [node for chunk in split_blocks(text) for node in read_chunk(chunk)]


def shows(text: str, *nodes: Json) -> bool:
    """Whether a text is read as nodes of which a page shows the same as of these."""
    read = nodes_in(text)
    assert [canonical(each) for each in read] == [canonical(each) for each in nodes]
    return True


def paragraph(*texts: str) -> Json:
    """A paragraph of lines, or an empty one."""
    content: list[Json] = []
    for text in texts:
        content += [{"type": "hardBreak"}] if content else []
        content.append({"type": "text", "text": text})
    return {"type": "paragraph", "content": content} if content else {"type": "paragraph"}


def block(kind: str, *children: Json, **attrs: Json) -> dict[str, Json]:
    """A node of a kind."""
    node: dict[str, Json] = {"type": kind}
    if attrs:
        node["attrs"] = attrs
    return {**node, "content": list(children)} if children else node


def item(*children: Json, **attrs: Json) -> Json:
    """An item of a list, of a task list where it is told whether it is checked."""
    return block("taskItem" if "checked" in attrs else "listItem", *children, **attrs)


def cell(*children: Json, kind: str = "tableCell", **attrs: Json) -> Json:
    """A cell as the reader makes one."""
    return block(kind, *children, **{"colspan": 1, "rowspan": 1, "colwidth": None, **attrs})


def header(*children: Json, **attrs: Json) -> Json:
    """A header cell as the reader makes one."""
    return cell(*children, kind="tableHeader", **attrs)


def table(*rows: list[Json]) -> Json:
    """A table of rows of cells."""
    return block("table", *(block("tableRow", *row) for row in rows))
