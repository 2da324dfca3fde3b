"""Inline nodes as the text of a paragraph, heading, item or cell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, Literal, TypeAlias

from nbsync.errors import FormatError
from nbsync.formats.blocks import WHITESPACE
from nbsync.formats.richtext.escaping import char_tag, escape_line_start
from nbsync.formats.richtext.inline_forms import Leaf, leaf_of
from nbsync.formats.richtext.inline_reader import read_inline
from nbsync.formats.richtext.inline_spans import as_posthog, as_spans
from nbsync.formats.richtext.pieces import Piece, is_break, pieces_of, shown_pieces
from nbsync.formats.richtext.schema import NODE, UNKNOWN
from nbsync.formats.richtext.tags import tag_end
from nbsync.model import Json, canonical

Where: TypeAlias = Literal["paragraph", "item", "heading", "cell"]

_BREAK: Final = "<Break />"
_OF_LINES: Final = frozenset({"paragraph", "item"})
_BLOCK_TAGS: Final = (f"<{UNKNOWN} ", f"<{NODE} ")


def write_inline(content: Json, *, where: Where) -> str | None:
    r"""Write inline content so that `read_inline` shows the same of it.

    Each line is written as PostHog's converter does it where that reads the same, else with
    marks around whole stretches of it.

    Args:
        content: What stands under `content` in a text block.
        where: In a paragraph and in an item a line break is a line end, else a tag. Lines that
            would begin another block are escaped (an item's first one cannot). In a cell every
            `|` is raw: whoever writes the table puts a backslash before each of them, whatever
            stands there, and takes it off again before reading.

    Returns:
        The text, in which no line is blank; "" for no content. None where the content is no
        list of nodes, or where a paragraph is one tag that would read as a block of its own.
    """
    pieces = pieces_of(content)
    if pieces is None:
        return None
    pipes = where != "cell"
    lines = list(_lines(pieces))
    leaves = [[leaf_of(piece, pipes=pipes) for piece in line] for line in lines]
    texts = [_simple_line(line, pipes=pipes) for line in leaves]
    text = _joined(texts, where)
    if where == "paragraph" and _is_block(text):
        return None
    if _says(text, pieces):
        return text
    for at, line in enumerate(lines):
        if len(lines) == 1 or not _says(texts[at], line):
            texts[at] = as_spans(leaves[at], pipes=pipes)
    text = _joined(texts, where)
    return text if _says(text, pieces) else None


def _lines(pieces: Sequence[Piece]) -> Iterator[list[Piece]]:
    line: list[Piece] = []
    for piece in pieces:
        if is_break(piece):
            yield line
            line = []
        else:
            line.append(piece)
    yield line


def _simple_line(leaves: Sequence[Leaf], *, pipes: bool) -> str:
    tagged = any(form.kind == "Mark" for leaf in leaves for form in leaf.forms)
    return as_spans(leaves, pipes=pipes) if tagged else as_posthog(leaves, pipes=pipes)


def _says(text: str, pieces: Sequence[Piece]) -> bool:
    try:
        read = pieces_of(read_inline(text))
    except FormatError:
        return False
    one, other = shown_pieces(read or ()), shown_pieces(pieces)
    # 1 and 1.0 are equal, to Python
    return one == other and _atoms(one) == _atoms(other)


def _atoms(shown: list[Json]) -> str:
    return canonical([each[-1] for each in shown if isinstance(each, list)])


def _joined(texts: Sequence[str], where: Where) -> str:
    """Join lines; a tag is the break wherever a line end would leave a line blank or a block."""
    if where not in _OF_LINES:
        return _guarded(_BREAK.join(texts), all_blanks=True, trailing=where == "cell")
    lines = [[texts[0]]]
    for number, text in enumerate(texts[1:], start=1):
        at_end = not text and number == len(texts) - 1
        if at_end or lines[-1] == [""] or _is_block(text) or _are_block(lines[-1]):
            lines[-1] += (_BREAK, text)
        else:
            lines.append([text])
    guarded = [_guarded("".join(line), all_blanks=where == "item") for line in lines]
    first = 1 if where == "item" else 0
    return "\n".join([*guarded[:first], *map(escape_line_start, guarded[first:])])


def _is_block(line: str) -> bool:
    """Whether a line is one tag that would read as a block."""
    return line.startswith(_BLOCK_TAGS) and tag_end(line, 0) == len(line)


def _are_block(parts: list[str]) -> bool:
    return len(parts) == 1 and _is_block(parts[0])


def _guarded(line: str, *, all_blanks: bool, trailing: bool = False) -> str:
    """Put tags for the white space at a line's edges that would be lost there."""
    inner = line.strip(WHITESPACE)
    indentation = len(line) - len(line.lstrip(" \t"))
    lost = indentation > 1 or line.startswith("\t") or not inner or _is_block(inner)
    if line and line[0] in WHITESPACE and (all_blanks or lost):
        line = char_tag(line[0]) + line[1:]
    if line and line[-1] in WHITESPACE and (trailing or _is_block(inner)):
        line = line[:-1] + char_tag(line[-1])
    return line
