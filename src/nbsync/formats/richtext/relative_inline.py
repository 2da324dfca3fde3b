"""Putting the words that a block has now into the inline content that it stands on."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from nbsync.formats.align import common_head, matches
from nbsync.formats.richtext.pieces import (
    Piece,
    mark_attrs,
    mark_type,
    pieces_of,
    shown_mark,
)
from nbsync.formats.richtext.schema import MARK_RANKS
from nbsync.model import Json, canonical

Mark = dict[str, Json]
_ATOM = "\ufffc"
_TOKEN = re.compile(r"\w+|\s+|.", re.DOTALL)
_RANK = {name: rank for rank, name in enumerate(MARK_RANKS)}


@dataclass(frozen=True, slots=True)
class _Bit:
    """A part of one piece of what stands there now.

    Attributes:
        text: Its text, "" for a node that is no text.
        node: The node that it is made of, or taken into.
        marks: The marks it gets.
        seen: What the page shows of its marks now.
        source: The number of base's piece that it goes on; None for what is new.
        unseen: The types of marks that it has of base and the page does not show.
        lone: Those marks are on nothing but what they cannot be seen on.
    """

    text: str
    node: Json
    marks: tuple[Mark, ...]
    seen: frozenset[str]
    source: int | None
    unseen: frozenset[str] = frozenset()
    lone: bool = False


def put_inline(base: list[Json], shown: list[Json], now: list[Json]) -> list[Json]:
    """Put inline content as a block has it now into the content that it stands on.

    Words that the block has as it showed them keep base's nodes and marks, those that it cannot
    show too; what was edited within a text node stays within it.

    Args:
        base: The inline nodes of the document.
        shown: What the page showed of them, as the reader reads it.
        now: What the reader reads now.
    """
    was, here = _Strip(base), _Strip(shown)
    there = _Strip(now)
    if was.text != here.text:
        return now
    bits = [bit for part in _parts(was, here, there) for bit in part]
    return _nodes(_without_left_over(_joined(bits)))


class _Strip:
    """Inline content as one text, each node that is no text a single character in it."""

    def __init__(self, content: list[Json]) -> None:
        self.pieces: list[Piece] = pieces_of(content) or []
        texts = [piece.text or _ATOM for piece in self.pieces]
        self.text = "".join(texts)
        self.starts = [0, *accumulate(map(len, texts))]

    def at(self, place: int) -> int:
        """The number of the piece that a character belongs to."""
        return bisect_right(self.starts, place) - 1

    def end(self, place: int) -> int:
        """Where the piece that a character belongs to ends."""
        return self.starts[self.at(place) + 1]


def _parts(was: _Strip, here: _Strip, there: _Strip) -> Iterator[Iterator[_Bit]]:
    gone = at = 0
    for old, new, length in _alignment(here.text, there.text):
        yield _instead(
            list(_known(was, here, here, (gone, gone, old - gone))), _new(there, at, new)
        )
        yield _known(was, here, there, (old, new, length))
        gone, at = old + length, new + length


def _instead(gone: list[_Bit], new: Iterator[_Bit]) -> Iterator[_Bit]:
    """Let new words go on those that they stand for, as far as they are marked as those were."""
    places: dict[frozenset[str], deque[int]] = {}
    for at, old in enumerate(gone):
        if old.text and not old.unseen:
            places.setdefault(old.seen, deque()).append(at)
    start = 0
    for bit in new:
        alike = places.get(bit.seen, deque()) if bit.text else deque[int]()
        while alike and alike[0] < start:
            alike.popleft()
        known = bit
        if alike:
            start = alike[0] + 1
            known = gone[alike[0]]
        yield replace(bit, node=known.node, marks=known.marks, source=known.source)


def _alignment(one: str, other: str) -> list[tuple[int, int, int]]:
    """Runs of equal characters: what both begin and end with, and equal words between."""
    head = common_head(one, other)
    tail = common_head(one[head:][::-1], other[head:][::-1])
    ends = len(one) - tail, len(other) - tail
    words = _TOKEN.findall(one[head : ends[0]]), _TOKEN.findall(other[head : ends[1]])
    offsets = [[head, *(head + n for n in accumulate(map(len, part)))] for part in words]
    inner = [
        (offsets[0][a], offsets[1][b], offsets[0][a + length] - offsets[0][a])
        for a, b, length in matches(*words)
    ]
    return [(0, 0, head), *inner, (*ends, tail)]


def _new(there: _Strip, start: int, end: int) -> Iterator[_Bit]:
    while start < end:
        piece, stop = there.pieces[there.at(start)], min(end, there.end(start))
        text = there.text[start:stop] if piece.text else ""
        yield _Bit(text, piece.node, piece.marks, _seen(piece), None)
        start = stop


def _known(was: _Strip, here: _Strip, there: _Strip, run: tuple[int, int, int]) -> Iterator[_Bit]:
    old, new, length = run
    end = new + length
    while new < end:
        stop = min(end, there.end(new), new + here.end(old) - old, new + was.end(old) - old)
        number = was.at(old)
        pieces = was.pieces[number], here.pieces[here.at(old)], there.pieces[there.at(new)]
        yield _bit(pieces, there.text[new:stop], number)
        old, new = old + stop - new, stop


def _bit(pieces: tuple[Piece, Piece, Piece], text: str, number: int) -> _Bit:
    """One stretch that base, what was shown, and what is there now have in common."""
    base, shown, now = pieces
    seen = _seen(now)
    if bool(base.text) != bool(now.text):
        return _Bit(text if now.text else "", now.node, now.marks, seen, None)
    node = base.node if now.text else _put_atom(base, shown, now)
    kinds = {mark_type(mark) for mark in (*shown.marks, *now.marks)}
    hidden = tuple(mark for mark in base.marks if mark_type(mark) not in kinds)
    same = _seen(shown) == seen
    return _Bit(
        text=text if now.text else "",
        node=node,
        marks=base.marks if same else _changed(base.marks, (*now.marks, *hidden)),
        seen=seen,
        source=number if same else None,
        unseen=frozenset(map(mark_type, hidden)),
        lone=not base.text or base.text.isspace(),
    )


def _put_atom(base: Piece, shown: Piece, now: Piece) -> Json:
    """An inline node that is no text: base's, with the attributes that were changed in it."""
    old, new = _plain(shown.node), _plain(now.node)
    if canonical(old) == canonical(new):
        return base.node
    if not isinstance(base.node, dict) or not isinstance(old, dict) or not isinstance(new, dict):
        return now.node
    if old.get("type") != new.get("type"):
        return now.node
    attrs = (_attrs(base.node), _attrs(shown.node), _attrs(now.node))
    kept = {name: value for name, value in attrs[0].items() if name not in attrs[1]}
    return {**base.node, "attrs": {**kept, **attrs[2]}}


def _plain(node: Json) -> Json:
    if not isinstance(node, dict):
        return node
    return {name: value for name, value in node.items() if name != "marks"}


def _attrs(node: Json) -> dict[str, Json]:
    attrs = node.get("attrs") if isinstance(node, dict) else None
    return attrs if isinstance(attrs, dict) else {}


def _seen(piece: Piece) -> frozenset[str]:
    return frozenset(map(shown_mark, piece.marks))


def _changed(base: Sequence[Mark], now: Sequence[Mark]) -> tuple[Mark, ...]:
    """The marks that stand there now, with what base noted on those that it had already."""
    same = {shown_mark(mark): mark for mark in base}
    kinds = {mark_type(mark): mark for mark in base}
    marks = []
    for mark in now:
        old = same.get(shown_mark(mark))
        if old is None and (kind := kinds.get(mark_type(mark))) is not None:
            unseen = _attrs(kind).keys() - mark_attrs(kind).keys()
            kept = {name: value for name, value in _attrs(kind).items() if name in unseen}
            old = {**kind, "attrs": {**kept, **_attrs(mark)}}
        marks.append(mark if old is None else old)
    return tuple(sorted(marks, key=lambda mark: _RANK.get(mark_type(mark), len(_RANK))))


def _joined(bits: list[_Bit]) -> list[_Bit]:
    """Let what is new go on what stands beside it with the same marks, before it or after it."""
    joined: list[_Bit] = []
    for at, bit in enumerate(bits):
        beside = [*joined[-1:], *bits[at + 1 : at + 2]] if bit.source is None and bit.text else []
        like = [other for other in beside if other.text and other.seen == bit.seen]
        known = next((one for one in like if one.source is not None and not one.unseen), bit)
        joined.append(replace(bit, node=known.node, marks=known.marks, source=known.source))
    return joined


def _without_left_over(bits: list[_Bit]) -> list[_Bit]:
    """Take marks off white space that it had with its neighbours, where those have them no more."""
    settled = []
    for at, bit in enumerate(bits):
        beside = bits[max(0, at - 1) : at] + bits[at + 1 : at + 2]
        gone = {kind for kind in bit.unseen if not any(_has(one.marks, kind) for one in beside)}
        if gone and not bit.lone:
            marks = tuple(mark for mark in bit.marks if mark_type(mark) not in gone)
            settled.append(replace(bit, marks=marks, source=None))
        else:
            settled.append(bit)
    return settled


def _has(marks: Sequence[Mark], kind: str) -> bool:
    return any(mark_type(mark) == kind for mark in marks)


def _nodes(bits: list[_Bit]) -> list[Json]:
    """Make nodes of what stands together: one text node for neighbours with the same marks."""
    joined: list[tuple[_Bit, list[str]]] = []
    for bit in bits:
        if joined and _goes_on(joined[-1][0], bit):
            last, texts = joined.pop()
            one, source = (bit, bit.source) if last.source is None else (last, last.source)
            source = source if bit.source is None else bit.source
            texts.append(bit.text)
            joined.append((replace(one, source=source), texts))
        else:
            joined.append((bit, [bit.text]))
    return [_node(replace(bit, text="".join(texts))) for bit, texts in joined]


def _goes_on(last: _Bit, bit: _Bit) -> bool:
    """Whether a stretch belongs to the text node before it: two that base parted stay two."""
    if not last.text or not bit.text or last.marks != bit.marks:
        return False
    return last.source is None or bit.source is None or bit.source != last.source + 1


def _node(bit: _Bit) -> Json:
    if not isinstance(bit.node, dict):
        return bit.node
    node = {name: value for name, value in bit.node.items() if name != "marks"}
    if bit.text:
        node["text"] = bit.text
    if bit.marks:
        node["marks"] = list(bit.marks)
    elif bit.source is not None and "marks" in bit.node:
        node["marks"] = bit.node["marks"]
    return node
