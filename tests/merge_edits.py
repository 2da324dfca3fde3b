"""Notebooks of blocks whose words are all different, and random edits of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from hypothesis import strategies as st

from nbsync.formats import NEW_DOCUMENT, content_of
from nbsync.model import Json, Notebook

WORD = re.compile(r"[a-z]+\d+")
KINDS = ["text", "list", "table", "code", "tag", "props"]
EDITS = ["word", "drop word", "line", "drop line", "move line", "block", "drop block", "move block"]
RARE = ["columns", "spacing", "quote", "hidden"]


@dataclass(frozen=True)
class Block:
    """A block of Markdown: its lines, each with its words; for rich text, what no page shows."""

    kind: str
    lines: tuple[tuple[str, ...], ...]
    apart: bool = False
    quoted: bool = False
    hidden: str = ""

    @property
    def text(self) -> str:
        if self.kind == "table":
            rows = [f"| {' | '.join(words)} |" for words in self.lines]
            return "\n".join([rows[0], f"|{' --- |' * len(self.lines[0])}", *rows[1:]])
        lines = [" ".join(words) for words in self.lines]
        if self.kind == "list":
            lines = [f"{'> ' * self.quoted}- {line}" for line in lines]
        elif self.kind == "code":
            lines = ["```", *lines, "```"]
        elif self.kind == "tag":
            rows = [f'"{line}"' for line in lines]
            lines = ["<Query query={[", ",\n".join(rows), "]} />"]
        elif self.kind == "props":
            props = [f'{words[0]}="{line}"' for words, line in zip(self.lines, lines, strict=True)]
            lines = [f"<Query {' '.join(props)} />"]
        return "\n".join(lines)


Blocks = tuple[Block, ...]


@dataclass(frozen=True)
class Sides:
    """A notebook, and what two people have made of it."""

    base: Blocks
    local: Blocks
    remote: Blocks


def markdown(blocks: Blocks) -> str:
    text = ""
    for block in blocks:
        text += ("\n\n\n" if block.apart else "\n\n") * bool(text) + block.text
    return text


def words(text: str) -> list[str]:
    return WORD.findall(text)


def as_markdown(blocks: Blocks) -> Notebook:
    return Notebook("T", content_of(markdown(blocks), like=None))


def as_rich_text(blocks: Blocks) -> Notebook:
    nodes: list[Json] = []
    for block in blocks:
        content = content_of(block.text, like=NEW_DOCUMENT.content)
        assert isinstance(content, dict) and isinstance(content["content"], list)
        for node in content["content"]:
            assert isinstance(node, dict)
            attrs = node.get("attrs") or {}
            assert isinstance(attrs, dict)
            # a name of its own, so that attributes of both sides can stand beside each other
            new: dict[str, Json] = {"nodeId": block.hidden} if block.hidden else {}
            nodes.append({**node, "attrs": attrs | new} if attrs | new else node)
    return Notebook("T", {"type": "doc", "content": nodes})


def _edit(blocks: Blocks, what: str, draw: Sequence[int], new: str) -> Blocks:
    at = draw[0] % max(1, len(blocks))
    to = draw[1] % (len(blocks) + 1)
    fresh = Block(KINDS[draw[2] % len(KINDS)], ((f"{new}0", f"{new}1"), (f"{new}2", f"{new}3")))
    if what == "block" or not blocks:
        return (*blocks[:to], fresh, *blocks[to:])
    block, rest = blocks[at], (*blocks[:at], *blocks[at + 1 :])
    if what == "drop block":
        return rest
    if what == "move block":
        return (*rest[:to], block, *rest[to:])
    return (*blocks[:at], _edited(block, what, draw, new), *blocks[at + 1 :])


def _edited(block: Block, what: str, draw: Sequence[int], new: str) -> Block:
    if what == "spacing":
        return replace(block, apart=not block.apart)
    if what == "hidden":
        return replace(block, hidden=f"{new}9")
    if what == "quote":
        return replace(block, quoted=not block.quoted)
    lines = [list(line) for line in block.lines]
    at, place = draw[1] % len(lines), draw[2]
    line = lines[at]
    if block.kind == "table" and what == "columns":
        for number, row in enumerate(lines):
            row.insert(place % (len(row) + 1), f"{new}{number}")
    elif what == "word" and block.kind == "table":
        line[place % len(line)] = f"{new}0"
    elif what == "word":
        line.insert(place % (len(line) + 1), f"{new}0")
    elif what == "drop word" and block.kind != "table" and len(line) > 1:
        line.pop(place % len(line))
    elif what == "line":
        cells = range(len(line)) if block.kind == "table" else range(2)
        lines.insert(
            max(place % (len(lines) + 1), block.kind == "table"), [f"{new}{n}" for n in cells]
        )
    elif what == "drop line" and len(lines) > 1 and (at or block.kind != "table"):
        lines.pop(at)
    elif what == "move line" and (at or block.kind != "table"):
        lines.pop(at)
        lines.insert(max(place % (len(lines) + 1), block.kind == "table"), line)
    return replace(block, lines=tuple(map(tuple, lines)))


_NUMBERS = st.integers(0, 11)
_EDIT = st.tuples(st.sampled_from([*EDITS, *EDITS, *RARE]), st.tuples(_NUMBERS, _NUMBERS, _NUMBERS))
_KINDS = st.lists(st.sampled_from(["text", *KINDS]), min_size=1, max_size=6)
_SIZES = st.lists(st.tuples(st.integers(1, 4), st.integers(2, 4)), min_size=6, max_size=6)


def _base(kinds: list[str], sizes: list[tuple[int, int]]) -> Blocks:
    blocks = []
    for number, (kind, (lines, length)) in enumerate(zip(kinds, sizes, strict=False)):
        rows = [[f"b{number}{line}{at}" for at in range(length)] for line in range(lines)]
        blocks.append(Block(kind, tuple(map(tuple, rows))))
    return tuple(blocks)


_Edit = tuple[str, tuple[int, int, int]]


def _of(
    kinds: list[str],
    sizes: list[tuple[int, int]],
    both: list[_Edit],
    ours: list[_Edit],
    theirs: list[_Edit],
) -> Sides:
    base = _base(kinds, sizes)
    sides = [base, base]
    for at, edits in enumerate((ours, theirs)):
        named = [(f"s{number}", edit) for number, edit in enumerate(both)]
        named += [(f"{'lr'[at]}{number}", edit) for number, edit in enumerate(edits)]
        for name, (what, draw) in named:
            sides[at] = _edit(sides[at], what, draw, name)
    return Sides(base, *sides)


SIDES = st.builds(
    _of,
    _KINDS,
    _SIZES,
    st.lists(_EDIT, max_size=1),
    st.lists(_EDIT, max_size=3),
    st.lists(_EDIT, max_size=3),
)
