"""Where each block of a page begins and ends, and of which kind it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from enum import Enum, auto
from typing import Final, NoReturn

from nbsync.formats.blocks import WHITESPACE
from nbsync.formats.richtext.code import FENCE, fence_end
from nbsync.formats.richtext.images import is_image
from nbsync.formats.richtext.passages import Passage, columns
from nbsync.formats.richtext.schema import (
    DEEPEST,
    INLINE_TAGS,
    LEGACY_TAGS,
    NODE,
    TAGS,
    UNKNOWN,
)
from nbsync.formats.richtext.tables import is_row, is_separator

BLOCK_TAGS: Final = frozenset({*TAGS, *LEGACY_TAGS, UNKNOWN, NODE, "Paragraph", "Divider"})
CLOSER: Final = f"</{NODE}>"
HEADING = re.compile(rf"(#{{1,6}})(?:[{WHITESPACE}]++(.*+))?", re.DOTALL)
ITEM = re.compile(rf"[{WHITESPACE}]*+(?:[-*+•]|([0-9]{{1,9}})[.)])(?:[{WHITESPACE}]++|$)")
_TAG = re.compile(rf"<([A-Z][A-Za-z0-9]*+)(?=[{WHITESPACE}>/]|$)")
# Both an inline node and a block: what stands around it decides.
_BOTH = frozenset({UNKNOWN, NODE})
_INLINE = frozenset({*INLINE_TAGS, "Char", "Break", "Mark"})
_COMMENT = "<!--"
_INDENT = 2
_SHORTEST_DIVIDER = 3


class Kind(Enum):
    """What a line begins."""

    CODE = auto()
    IMAGE = auto()
    DIVIDER = auto()
    TAG = auto()
    CLOSER = auto()
    HEADING = auto()
    TABLE = auto()
    LIST = auto()
    QUOTE = auto()
    PARAGRAPH = auto()
    REFUSED = auto()


def kind_of(passage: Passage, at: int) -> Kind:
    """Tell what a line that is not blank begins (dialect.md 3).

    Raises:
        FormatError: It begins a tag that never ends.
    """
    head = passage.head(at)
    if head[0].isalpha():  # as nearly all lines do
        return Kind.PARAGRAPH
    if head.startswith(FENCE):
        return Kind.CODE
    if head[0] == "<":
        return _kind_of_tag(passage, at, head)
    if len(head) >= _SHORTEST_DIVIDER and head[0] in "-*_" and not head.strip(head[0]):
        return Kind.DIVIDER
    begun = {
        Kind.IMAGE: is_image(head),
        Kind.HEADING: head[0] == "#" and HEADING.fullmatch(passage.lines[at]) is not None,
        Kind.TABLE: head[0] == "|" and _is_table(passage, at),
        Kind.LIST: ITEM.match(passage.lines[at]) is not None,
        Kind.QUOTE: head[0] == ">",
    }
    return next((kind for kind, found in begun.items() if found), Kind.PARAGRAPH)


def _is_table(passage: Passage, at: int) -> bool:
    return at + 1 < len(passage.lines) and is_separator(passage.head(at + 1))


def _kind_of_tag(passage: Passage, at: int, head: str) -> Kind:
    if head == CLOSER:
        return Kind.CLOSER
    opener = _TAG.match(head)
    if opener is None or opener[1] in _INLINE:
        return Kind.REFUSED if head.startswith(_COMMENT) else Kind.PARAGRAPH
    if opener[1] not in BLOCK_TAGS:
        return Kind.PARAGRAPH if opener.end() == len(head) else Kind.REFUSED
    end = passage.tag_end(at)
    last = passage.line_of(end)
    if not passage.text[end : passage.starts[last + 1]].strip(WHITESPACE):
        return Kind.TAG
    return Kind.PARAGRAPH if opener[1] in _BOTH else Kind.REFUSED


def block_at(passage: Passage, at: int) -> tuple[Kind, int]:
    """Find the block that begins at a line that is not blank.

    Returns:
        Its kind, and the line after it. What stands in lists and quotes is not looked at.

    Raises:
        FormatError: It never ends, ends without having begun, or is a table without its second
            row.
    """
    kind = kind_of(passage, at)
    if kind is Kind.CLOSER:
        what = f"{CLOSER} stands without a <{NODE} …> before it."
        raise passage.error(what, at, hint=f"remove it, or write \\{CLOSER} for the text")
    end = _ENDS.get(kind)
    return kind, end(passage, at) if end else at + 1


def _refused_end(passage: Passage, at: int) -> int:
    # where a comment or a tag that nobody knows ends, or whether, is of no use to anyone
    opener = _TAG.match(passage.head(at))
    known = opener is not None and opener[1] in BLOCK_TAGS
    return passage.line_of(passage.tag_end(at)) + 1 if known else at + 1


def _run_end(passage: Passage, at: int) -> int:
    mark = passage.head(at)[0]
    while at < len(passage.lines) and passage.head(at).startswith(mark):
        at += 1
    return at


def _tag_block_end(passage: Passage, at: int) -> int:
    """Find the line after a tag, or after all of a container, whatever it contains."""
    start, opened = at, 0
    while True:
        at = passage.after_blanks(at)
        if at == len(passage.lines):
            what = f"The tag <{NODE} …> is never closed."
            raise passage.error(what, start, hint=f"put {CLOSER} on a line below what it contains")
        kind = kind_of(passage, at)
        if kind is Kind.TAG:
            opened += _opens(passage, at)
            if passage.depth + opened > DEEPEST:
                raise passage.too_deep(at)
            at = passage.line_of(passage.tag_end(at)) + 1
        elif kind is Kind.CLOSER:
            opened, at = opened - 1, at + 1
        else:
            at = block_at(passage, at)[1]
        if not opened:
            return at


def _opens(passage: Passage, at: int) -> bool:
    name = _TAG.match(passage.head(at))
    closed = passage.text.endswith("/>", 0, passage.tag_end(at))
    return name is not None and name[1] == NODE and not closed


def _paragraph_end(passage: Passage, at: int) -> int:
    if passage.head(at).startswith("|"):
        _refuse_rows(passage, at)
    while True:
        opener = _TAG.match(passage.head(at))
        if opener and opener[1] in _INLINE | _BOTH:
            at = passage.line_of(passage.tag_end(at))
        at += 1
        if at == len(passage.lines) or not passage.head(at):
            return at
        if kind_of(passage, at) is not Kind.PARAGRAPH:
            return at


def _refuse_rows(passage: Passage, at: int) -> None:
    if _run_end(passage, at) > at + 1 or is_row(passage.head(at)):
        what = "A table needs a line like | --- | --- | below its first row."
        raise passage.error(what, at, hint="add it, or write \\| for each | that is text")


def refuse(passage: Passage) -> NoReturn:
    """Say why a block is refused.

    Raises:
        FormatError: It is a comment, a tag that is no block, or one with text after it.
    """
    head = passage.head(0)
    opener = _TAG.match(head)
    if opener is None:
        what = "A comment cannot stand in a rich-text notebook: PostHog would not keep it."
        raise passage.error(what, 0, hint=f"remove it, or write \\{_COMMENT} for the text")
    name = opener[1]
    if name not in BLOCK_TAGS:
        what = f"<{name}> is no block of a rich-text notebook."
        raise passage.error(what, 0, hint=f"remove it, or write \\<{name} for the text")
    raise passage.error(
        f"The tag <{name}> must stand on lines of its own.",
        passage.line_of(passage.tag_end(0)),
        hint=f"begin a new line after it, or write \\<{name} for the text",
    )


def items_of(passage: Passage, at: int) -> Iterator[tuple[int, int]]:
    """Give the items of the list that begins at a line: each one's first line, and its end.

    A blank line ends the list, unless what follows is indented as what is in an item.
    """
    while at < len(passage.lines) and passage.head(at) and ITEM.match(passage.lines[at]):
        end = _item_end(passage, at)
        yield at, end
        at = end


def _list_end(passage: Passage, at: int) -> int:
    return max(end for _, end in items_of(passage, at))


def _item_end(passage: Passage, start: int) -> int:
    inner, at = columns(passage.lines[start]) + _INDENT, start + 1
    while True:
        following = passage.after_blanks(at)
        if following == len(passage.lines):
            return at
        line = passage.lines[following]
        # dialect.md 4.6: a list's level is its columns halved, and one more than the last at most
        nested = following == at and columns(line) >= _INDENT and ITEM.match(line) is not None
        if not nested and columns(line) < inner:
            return at
        at = following + 1


_ENDS: Final[Mapping[Kind, Callable[[Passage, int], int]]] = {
    Kind.CODE: fence_end,
    Kind.TAG: _tag_block_end,
    Kind.TABLE: _run_end,
    Kind.QUOTE: _run_end,
    Kind.LIST: _list_end,
    Kind.PARAGRAPH: _paragraph_end,
    Kind.REFUSED: _refused_end,
}
