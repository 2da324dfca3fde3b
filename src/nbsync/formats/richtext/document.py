"""A document as the text of a page, and the text of a page as a document."""

from __future__ import annotations

import json
from functools import lru_cache

from nbsync.formats.richtext.blanks import with_blanks
from nbsync.formats.richtext.block_reader import read_chunk, split_blocks
from nbsync.formats.richtext.block_writer import Written, write_block
from nbsync.formats.richtext.pieces import pieces_of
from nbsync.formats.richtext.relative import put_blocks
from nbsync.formats.richtext.showing import attrs_of, children_of, type_of
from nbsync.model import Json

_BETWEEN = "\n\n"
# One run writes the same blocks again and again: to compare, to verify, to put edits into them.
# A document of 10 MB has 30,000: with fewer places than blocks, none would be found again.
_REMEMBERED, _LONGEST_REMEMBERED = 32_768, 4_096


def render_document(document: Json) -> str:
    """Write a document as Markdown.

    Args:
        document: A `doc` with a list of blocks, or with none.

    Returns:
        Its blocks, an empty line between two of them, no line end after the last one; equal to
        PostHog's own conversion wherever that loses nothing (dialect.md 13).
    """
    return _BETWEEN.join(_written(node).text for node in children_of(document))


def _written(node: Json) -> Written:
    key = json.dumps(node)
    return _remembered(key) if len(key) <= _LONGEST_REMEMBERED else write_block(node)


@lru_cache(maxsize=_REMEMBERED)
def _remembered(key: str) -> Written:
    return write_block(json.loads(key))


def parse_document(body: str, *, like: Json) -> Json:
    """Read the document that a page says, relative to the one that it stands on.

    A block that was not edited is the very node of the document, attributes and all; one that
    was edited keeps of its node what the page does not show.

    Args:
        body: The Markdown, with any line ends.
        like: The document that the page stands on. An empty one for a new page.

    Raises:
        FormatError: The Markdown cannot be understood; the error has the line of the body.
    """
    base = children_of(like)
    written = [_written(node) for node in base]
    before = _BETWEEN.join(block.text for block in written)
    text = with_blanks(body.replace("\r\n", "\n").replace("\r", "\n"), before)
    known = {block.text: [block.node] for block in written}
    now = [
        node for chunk in split_blocks(text) for node in known.get(chunk.text) or read_chunk(chunk)
    ]
    content = put_blocks(base, [block.node for block in written], now)
    around = like if isinstance(like, dict) else {}
    if not content and not around.get("content"):
        return around
    return {**around, "content": content}


def document_title(document: Json) -> str | None:
    """Give the text of a document's first level-1 heading; None where there is none in it."""
    for node in children_of(document):
        if type_of(node) == "heading" and attrs_of(node).get("level", 1) == 1:
            pieces = pieces_of(children_of(node)) or []
            return "".join(piece.text for piece in pieces).strip() or None
    return None


def blocks_in(body: str) -> list[str]:
    """Cut the text of a page into the texts of its blocks.

    Raises:
        FormatError: One of them never ends.
    """
    return [chunk.text for chunk in split_blocks(body)]
