"""Lists: bullets, numbers and tasks, and the blocks within their items."""

from __future__ import annotations

import re
from collections.abc import Callable

from nbsync.errors import FormatError
from nbsync.formats.blocks import WHITESPACE
from nbsync.formats.richtext.attributes import shown_attrs, unsaid
from nbsync.formats.richtext.code import FENCE
from nbsync.formats.richtext.extents import ITEM, Kind, block_at, items_of
from nbsync.formats.richtext.inline_reader import read_inline
from nbsync.formats.richtext.inline_writer import write_inline
from nbsync.formats.richtext.line_starts import guarded
from nbsync.formats.richtext.passages import Passage, without_indent
from nbsync.formats.richtext.schema import LISTS
from nbsync.formats.richtext.showing import attrs_of, children_of, type_of
from nbsync.model import Json

_BULLETS, _NUMBERS, _TASKS = LISTS
_TASK = re.compile(rf"\[([ xX])\](?:[{WHITESPACE}]++|$)")
_INDENT = "  "
_SPACE = '<Char code="U+0020" />'
_BLANKS = " \t"


def read_lists(passage: Passage, read_blocks: Callable[[Passage], list[Json]]) -> list[Json]:
    """Read lines of items: a list for each stretch of items of one kind.

    Raises:
        FormatError: Something in an item cannot be read.
    """
    lists: list[Json] = []
    kind, items = "", list[Json]()
    for start, end in items_of(passage, 0):
        found = ITEM.match(passage.lines[start])
        number = found[1] if found else None
        text = passage.lines[start][found.end() :] if found else ""
        task = None if number else _TASK.match(text)
        new = _NUMBERS if number else _TASKS if task else _BULLETS
        if new != kind:
            kind, items = new, []
            lists.append(_list(kind, items, number))
        text = text[task.end() :] if task else text
        if text.startswith(FENCE):
            raise _code_beside(passage, start)
        item = _item(passage, (start, end), text, read_blocks)
        ticked: dict[str, Json] = {"attrs": {"checked": task[1] != " "}} if task else {}
        items.append({"type": LISTS[kind], **ticked, "content": item})
    return lists


def _code_beside(passage: Passage, at: int) -> FormatError:
    return passage.error(
        "Code in a list item must begin on a line of its own.",
        at,
        hint="begin it on the next line, indented by two columns more than the item; if it is"
        " text, write \\` for each backtick",
    )


def _list(kind: str, items: list[Json], number: str | None) -> Json:
    start = int(number or 1)
    if start == 1:
        return {"type": kind, "content": items}
    return {"type": kind, "attrs": {"start": start}, "content": items}


def _item(
    passage: Passage,
    place: tuple[int, int],
    text: str,
    read_blocks: Callable[[Passage], list[Json]],
) -> list[Json]:
    start, end = place
    lines = [text] if text.strip(WHITESPACE) else []
    rest: list[Json] = []
    if end > start + 1:
        body = passage.inside(without_indent(passage.lines[start + 1 : end]), start + 1)
        cut = 0
        if body.head(0):
            kind, following = block_at(body, 0)
            cut = following if kind is Kind.PARAGRAPH else 0
        lines += [line.lstrip(_BLANKS) for line in body.lines[:cut]]
        rest = read_blocks(body.part(cut, len(body.lines)))
    content = read_inline("\n".join(lines), line=passage.line + start) if lines else []
    first: Json = {"type": "paragraph", "content": content} if content else {"type": "paragraph"}
    return [first, *rest]


def is_list(text: str) -> bool:
    """Whether a block's text is a list's."""
    return ITEM.match(text) is not None


def write_list(node: Json, write: Callable[[Json], str]) -> str | None:
    """Write a list; None where an item is none, or does not begin with a plain paragraph.

    Args:
        node: The list.
        write: Writes each further block of its items.
    """
    kind = type_of(node)
    start = attrs_of(node).get("start")
    number = start if isinstance(start, int) else 1
    items: list[str] = []
    for at, child in enumerate(children_of(node)):
        marker = f"{number + at}." if kind == _NUMBERS else "-"
        if kind == _TASKS:
            marker += " [x]" if attrs_of(child).get("checked") is True else " [ ]"
        text = _write_item(child, LISTS[kind], write)
        if text is None:
            return None
        items.append(f"{marker} {text}" if text[:1] not in ("", "\n") else marker + text)
    return "\n".join(items) or None


def _write_item(item: Json, kind: str, write: Callable[[Json], str]) -> str | None:
    children = children_of(item)
    if type_of(item) != kind or unsaid(item) or not children:
        return None
    first = children[0]
    if not isinstance(first, dict) or type_of(first) != "paragraph" or shown_attrs(first):
        return None
    text = write_inline(first.get("content"), where="item")
    if text is None:
        return None
    text, *lines = text.split("\n")
    lines, before = guarded(lines), ""
    for child in children[1:]:
        block = write(child)
        close = is_list(block) and (not before or _follows(before, type_of(child)))
        lines += block.split("\n") if close else ["", *block.split("\n")]
        before = type_of(child) if is_list(block) else "another"
    return "\n".join([text, *_indented(lines)])


def _follows(before: str, kind: str) -> bool:
    """Whether a list is another one than that of the lines just before it."""
    return before in LISTS and before != kind


def _indented(lines: list[str]) -> list[str]:
    texts = [at for at, line in enumerate(lines) if line]
    if texts and all(lines[at][0] == " " for at in texts):
        # it would be taken for indentation
        lines = [*lines[: texts[0]], _SPACE + lines[texts[0]][1:], *lines[texts[0] + 1 :]]
    return [_INDENT + line if line else line for line in lines]
