"""Tables: rows of cells, and the cells that Markdown has no words for."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress

from nbsync.errors import FormatError
from nbsync.formats.blocks import WHITESPACE
from nbsync.formats.richtext.attributes import shown_attrs
from nbsync.formats.richtext.inline_reader import read_paragraphs
from nbsync.formats.richtext.inline_writer import write_inline
from nbsync.formats.richtext.passages import Passage
from nbsync.formats.richtext.showing import attrs_of, children_of, same, type_of
from nbsync.formats.richtext.tags import are_props, read_tag, write_tag
from nbsync.model import Json

HEADER, CELL = "tableHeader", "tableCell"
_TAGS = {HEADER: "Header", CELL: "Cell"}
_TYPES = {tag: kind for kind, tag in _TAGS.items()}
_PARAGRAPH = "<Paragraph />"
_CONTENT = "content"
_BAR = re.compile(r"(?<!\\)\|")
# Of a run of backslashes before a bar, an odd number: it is escaped already.
_BARE_BAR = re.compile(r"(?<!\\)((?:\\\\)*+)\|")
_RULE = re.compile(":?-{3,}+:?")
_CELL_TAG = re.compile(rf"<(Cell|Header)(?=[{WHITESPACE}>/])")


def is_row(head: str) -> bool:
    """Whether a line, without white space around it, has a bar at either end."""
    return len(head) > 1 and head[0] == head[-1] == "|" and head[-2] != "\\"


def is_separator(head: str) -> bool:
    """Whether a line is what parts a table's first row from the others (dialect.md 4.7)."""
    return head.startswith("|") and all(_RULE.fullmatch(cell) for cell in _cells(head))


def _cells(head: str) -> list[str]:
    inner = head[1:-1] if is_row(head) else head[1:]
    return [cell.strip(WHITESPACE).replace("\\|", "|") for cell in _BAR.split(inner)]


def read_table(passage: Passage) -> Json:
    """Read a table, whatever the number of cells in its rows.

    Raises:
        FormatError: A cell cannot be read.
    """
    rows: list[Json] = []
    for at in range(len(passage.lines)):
        if at != 1:
            line, kind = passage.line + at, CELL if at else HEADER
            cells: list[Json] = [_read(cell, kind, line) for cell in _cells(passage.head(at))]
            rows.append({"type": "tableRow", "content": cells})
    return {"type": "table", "content": rows}


def _read(source: str, kind: str, line: int) -> Json:
    if not _CELL_TAG.match(source):
        return _cell(kind, {}, _paragraphs(source, line))
    try:
        tag = read_tag(source, 0)
    except FormatError as error:
        raise FormatError(error.message, line=line, hint=error.hint) from None
    kind, closer, props = _TYPES[tag.name], f"</{tag.name}>", dict(tag.props)
    if not tag.closed and source.endswith(closer) and _CONTENT not in props:
        inner = source[tag.end : len(source) - len(closer)]
        return _cell(kind, props, _paragraphs(inner.strip(WHITESPACE), line))
    content = props.pop(_CONTENT, None)
    if tag.closed and tag.end == len(source) and isinstance(content, list):
        return _cell(kind, props, content)
    raise FormatError(
        f"The tag <{tag.name}> must be the whole of a cell.",
        line=line,
        hint=f"write <{tag.name} …>text{closer}, or <{tag.name} … content={{[…]}} />",
    )


def _cell(kind: str, props: dict[str, Json], content: list[Json]) -> Json:
    attrs: dict[str, Json] = {"colspan": 1, "rowspan": 1, "colwidth": None}
    return {"type": kind, "attrs": attrs | props, "content": content}


def _paragraphs(source: str, line: int) -> list[Json]:
    paragraphs = read_paragraphs(source, line=line) if source else [[]]
    return [
        {"type": "paragraph", "content": content} if content else {"type": "paragraph"}
        for content in paragraphs
    ]


def write_table(node: Json, *, careful: bool) -> str | None:
    """Write a table; None where a row or a cell is none.

    Args:
        node: The table.
        careful: Whether to read every cell again, and to write its JSON where it shows
            something else.
    """
    write = _checked if careful else _natural
    rows = [
        _write_row(row, CELL if at else HEADER, write) for at, row in enumerate(children_of(node))
    ]
    lines = [row for row in rows if row is not None]
    if not rows or len(lines) < len(rows):
        return None
    width = len(children_of(children_of(node)[0]))
    return "\n".join([lines[0], f"| {' | '.join(['---'] * width)} |", *lines[1:]])


_Write = Callable[[dict[str, Json], str], str | None]


def _write_row(row: Json, kind: str, write: _Write) -> str | None:
    cells = [
        write(cell, kind)
        for cell in children_of(row)
        if isinstance(cell, dict) and type_of(cell) in _TAGS
    ]
    texts = [cell for cell in cells if cell is not None]
    if not cells or len(texts) < len(children_of(row)):
        return None
    return f"| {' | '.join(texts)} |"


def _natural(cell: dict[str, Json], kind: str) -> str | None:
    attrs = shown_attrs(cell)
    texts = [_write_paragraph(child) for child in children_of(cell)]
    parts = [text for text in texts if text is not None]
    if not texts or len(parts) < len(texts):
        return _whole(cell)
    text = _BARE_BAR.sub(r"\1\\|", _PARAGRAPH.join(parts))
    if not attrs and type_of(cell) == kind:
        return text
    if _CONTENT in attrs or not are_props(attrs):
        return None
    name = _TAGS[type_of(cell)]
    return f"{_tag(name, attrs, closed=False)}{text}</{name}>"


def _write_paragraph(node: Json) -> str | None:
    if not isinstance(node, dict) or type_of(node) != "paragraph" or shown_attrs(node):
        return None
    return write_inline(node.get("content"), where="cell")


def _checked(cell: dict[str, Json], kind: str) -> str | None:
    text = _natural(cell, kind)
    with suppress(FormatError):
        if text is not None and same(_read(_cells(f"| {text} |")[0], kind, 1), cell):
            return text
    return _whole(cell)


def _whole(cell: dict[str, Json]) -> str | None:
    attrs = attrs_of(cell)
    if _CONTENT in attrs or not are_props(attrs):
        return None
    content: list[Json] = children_of(cell)
    return _tag(_TAGS[type_of(cell)], {**shown_attrs(cell), _CONTENT: content}, closed=True)


def _tag(name: str, props: dict[str, Json], *, closed: bool) -> str:
    # a bar is part of JSON only within strings
    return write_tag(name, props, closed=closed).replace("|", "\\u007c")
