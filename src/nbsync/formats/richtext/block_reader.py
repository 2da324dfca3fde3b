"""Reading the blocks of a page, each as PostHog's editor would make it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from nbsync.formats.richtext.code import read_code
from nbsync.formats.richtext.components import read_component
from nbsync.formats.richtext.extents import HEADING, Kind, block_at, refuse
from nbsync.formats.richtext.images import read_image
from nbsync.formats.richtext.inline_reader import read_inline
from nbsync.formats.richtext.lists import read_lists
from nbsync.formats.richtext.passages import Passage
from nbsync.formats.richtext.quotes import read_quote
from nbsync.formats.richtext.tables import read_table
from nbsync.model import Json


@dataclass(frozen=True, slots=True)
class Chunk:
    """The lines of a block that stands in no other one.

    Attributes:
        text: Its lines, joined by LF, without a line end after the last one.
        line: The line of the page that it begins on, counted from 1.
    """

    text: str = field(repr=False)
    line: int


def split_blocks(text: str) -> list[Chunk]:
    """Cut a page into its blocks, each of them whole, in their order (dialect.md 3).

    Args:
        text: The page's Markdown, with any line ends.

    Raises:
        FormatError: A block never ends, ends without having begun, or is a table without its
            second row.
    """
    passage = Passage(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    chunks = []
    at = passage.after_blanks(0)
    while at < len(passage.lines):
        end = block_at(passage, at)[1]
        chunks.append(Chunk("\n".join(passage.lines[at:end]), passage.line + at))
        at = passage.after_blanks(end)
    return chunks


def read_chunk(chunk: Chunk) -> list[Json]:
    """Read a block of a page; lines of list items of several kinds are several nodes.

    Raises:
        FormatError: It cannot be understood; the error has the line of the page.
    """
    return _blocks(Passage(chunk.text.split("\n"), chunk.line))


def _blocks(passage: Passage) -> list[Json]:
    nodes: list[Json] = []
    at = passage.after_blanks(0)
    while at < len(passage.lines):
        kind, end = block_at(passage, at)
        nodes += _nodes(kind, passage.part(at, end))
        at = passage.after_blanks(end)
    return nodes


def _nodes(kind: Kind, passage: Passage) -> list[Json]:
    if kind is Kind.LIST:
        return read_lists(passage, _blocks)
    return [_READERS[kind](passage)]


def _heading(passage: Passage) -> Json:
    found = HEADING.fullmatch(passage.lines[0])
    marks, text = found.groups() if found else ("#", "")
    content = read_inline(text, line=passage.line) if text else []
    node: dict[str, Json] = {"type": "heading", "attrs": {"level": len(marks)}}
    return {**node, "content": content} if content else node


def _divider(_: Passage) -> Json:
    return {"type": "horizontalRule"}


def _paragraph(passage: Passage) -> Json:
    return {"type": "paragraph", "content": read_inline(passage.text, line=passage.line)}


_READERS: Final[Mapping[Kind, Callable[[Passage], Json]]] = {
    Kind.CODE: read_code,
    Kind.IMAGE: read_image,
    Kind.DIVIDER: _divider,
    Kind.TAG: partial(read_component, read_blocks=_blocks),
    Kind.HEADING: _heading,
    Kind.TABLE: read_table,
    Kind.QUOTE: partial(read_quote, read_blocks=_blocks),
    Kind.PARAGRAPH: _paragraph,
    Kind.REFUSED: refuse,
}
