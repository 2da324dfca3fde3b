"""Quotes: blocks with a mark before every line."""

from __future__ import annotations

from collections.abc import Callable

from nbsync.formats.blocks import WHITESPACE
from nbsync.formats.richtext.lists import is_list
from nbsync.formats.richtext.passages import Passage
from nbsync.formats.richtext.schema import LISTS
from nbsync.formats.richtext.showing import children_of, type_of
from nbsync.model import Json

_MARK = ">"
_EMPTY: Json = {"type": "paragraph"}
_EMPTY_TEXT = "<Paragraph />"


def read_quote(passage: Passage, read_blocks: Callable[[Passage], list[Json]]) -> Json:
    """Read a quote; an empty one holds an empty paragraph, as in PostHog's editor."""
    lines = [_inner(line.lstrip(WHITESPACE)[len(_MARK) :]) for line in passage.lines]
    return {"type": "blockquote", "content": read_blocks(passage.inside(lines, 0)) or [_EMPTY]}


def _inner(line: str) -> str:
    return line[1:] if line[:1] and line[0] in WHITESPACE else line


def write_quote(node: Json, write: Callable[[Json], str], *, tight: bool) -> str | None:
    """Write a quote; None for one without blocks.

    Args:
        node: The quote.
        write: Writes each of its blocks.
        tight: Whether paragraphs and lists follow each other without an empty line, as PostHog
            writes them.
    """
    text, before = "", ""
    for child in children_of(node):
        block, kind = write(child), type_of(child)
        together = {kind, before} & LISTS.keys() and "paragraph" in (kind, before)
        close = tight and together and (is_list(block) or kind == "paragraph")
        text += ("\n" if close else "\n\n") + block if text else block
        before = kind
    if not text:
        return None
    lines = [] if text == _EMPTY_TEXT else text.split("\n")
    return "\n".join(f"{_MARK} {line}" if line else _MARK for line in lines) or _MARK
