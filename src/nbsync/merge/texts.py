"""Merging Markdown: block by block, and line by line within the blocks that overlap."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeAlias

from nbsync.formats.blocks import block_tokens, line_tokens
from nbsync.merge.following import Sides, with_edits_followed
from nbsync.merge.orders import keeps_order
from nbsync.merge.regions import Clash, Piece, added_at_one_place, nothing_lost, three_way, two_way
from nbsync.merge.replies import with_all_replies
from nbsync.merge.tables import columns_moved
from nbsync.merge.tags import keeps_tags, merge_tag

_WORD = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Overlap:
    """A part of the text that both sides changed; base is None where it is missing."""

    base: str | None
    local: str
    remote: str


TextPiece: TypeAlias = str | Overlap


@dataclass(frozen=True, slots=True)
class _Tag:
    """A tag that both sides changed, merged prop by prop."""

    sides: tuple[str, str, str]
    text: str

    def __str__(self) -> str:
        return self.text


_Piece: TypeAlias = TextPiece | _Tag


def merge_text(
    base: str | None,
    local: str,
    remote: str,
    *,
    cut: Callable[[str], list[str]] = block_tokens,
) -> list[TextPiece]:
    """Merge two versions of a Markdown text.

    Args:
        base: The text that both come from; without it nothing merges that differs.
        local: The one.
        remote: The other.
        cut: Splits a text into block, separator, …, block.

    Returns:
        Merged text and overlaps, in order; without an overlap, joined, it is the merged text.
    """
    if base is None:
        return _compare(local, remote, cut)
    texts = with_all_replies(base, local, remote)
    blocks = cut(texts[0]), cut(texts[1]), cut(texts[2])
    first: list[_Piece] | None = None
    for way in _ways(blocks):
        found = _lined(way.pieces())
        if _is_clean(texts, found) and way.is_certain(found):
            return _joined(found)
        first = found if first is None else first
    return _joined(first) if first and overlaps(first) else _compare(local, remote, cut)


@dataclass(frozen=True, slots=True)
class _Way:
    """A way to merge three texts that are cut into texts and separators."""

    tokens: Sides
    by_text: bool

    def pieces(self) -> list[Piece]:
        """What comes of it."""
        return three_way(*self.tokens, step=2, by_text=self.by_text)

    def is_certain(self, merged: Iterable[_Piece]) -> bool:
        """Whether no order of lines in it was chosen."""
        base, local, remote = (worded("".join(side)) for side in self.tokens)
        if added_at_one_place(base, local, remote):
            return False
        return keeps_order(local, remote, worded("".join(map(str, merged))))


def _ways(tokens: Sides) -> Iterator[_Way]:
    """The ways that there are, the plainest first."""
    yield _Way(tokens, by_text=False)
    yield _Way(tokens, by_text=True)
    followed = with_edits_followed(tokens)
    if followed is not tokens:
        yield _Way(followed, by_text=False)
        yield _Way(followed, by_text=True)


def _is_clean(texts: Iterable[str], pieces: Sequence[_Piece]) -> bool:
    """Whether a merge has no overlaps, and holds what both sides changed."""
    if overlaps(pieces):
        return False
    tags = [piece for piece in pieces if isinstance(piece, _Tag)]
    sides = [
        Counter(worded(text)) - Counter(worded("\n".join(tag.sides[at] for tag in tags)))
        for at, text in enumerate(texts)
    ]
    merged = Counter(worded("".join(map(str, pieces))))
    merged -= Counter(worded("\n".join(tag.text for tag in tags)))
    return nothing_lost(sides[0], sides[1], sides[2], merged)


def merge_lines(base: str | None, local: str, remote: str) -> list[TextPiece]:
    """Merge two versions of a text that is no Markdown, line by line; as `merge_text`."""
    here, there = line_tokens(local), line_tokens(remote)
    if base is None:
        return _joined(map(_as_text, two_way(here, there)))
    return _joined(map(_as_text, three_way(line_tokens(base), here, there, step=2)))


def overlaps(pieces: Iterable[_Piece]) -> int:
    """Count the overlaps."""
    return sum(isinstance(piece, Overlap) for piece in pieces)


def _compare(local: str, remote: str, cut: Callable[[str], list[str]]) -> list[TextPiece]:
    return _joined(_lined(two_way(cut(local), cut(remote))))


def _lined(pieces: Iterable[Piece]) -> list[_Piece]:
    """Turn blocks into text, and look into those that clash."""
    texts: list[_Piece] = []
    for piece in map(_as_text, pieces):
        if isinstance(piece, str):
            texts.append(piece)
        elif piece.base is None:
            texts += merge_lines(None, piece.local, piece.remote)
        else:
            texts += _within(piece.base, piece.local, piece.remote)
    return texts


def _within(base: str, local: str, remote: str) -> Sequence[_Piece]:
    """Merge blocks that both sides changed: as a tag, or line by line."""
    whole = Overlap(base, local, remote)
    tag = _as_tag(whole)
    # of what was added on both sides, no lines belong together
    if isinstance(tag, _Tag) or base == "" or columns_moved(base, local, remote):
        return [tag]
    lines: Sides = line_tokens(base), line_tokens(local), line_tokens(remote)
    first: list[_Piece] | None = None
    for way in _ways(lines):
        found = [
            _as_tag(each) if isinstance(each, Overlap) else each
            for each in map(_as_text, way.pieces())
        ]
        if not overlaps(found) and keeps_tags(base, local, remote, "".join(map(str, found))):
            return found
        first = found if first is None else first
    return first if first and overlaps(first) else [whole]


def _as_tag(overlap: Overlap) -> Overlap | _Tag:
    sides = overlap.base or "", overlap.local, overlap.remote
    text = merge_tag(*sides)
    return overlap if text is None else _Tag(sides, text)


def _as_text(piece: Piece) -> TextPiece:
    if not isinstance(piece, Clash):
        return "".join(piece)
    base = None if piece.base is None else "".join(piece.base)
    return Overlap(base, "".join(piece.local), "".join(piece.remote))


def _joined(pieces: Iterable[_Piece]) -> list[TextPiece]:
    joined: list[TextPiece] = []
    for clash, group in groupby(pieces, key=lambda piece: isinstance(piece, Overlap)):
        if clash:
            joined += [piece for piece in group if isinstance(piece, Overlap)]
        else:
            joined.append("".join(map(str, group)))
    return joined


def worded(text: str) -> list[str]:
    """Give the lines of a text by which to tell whether one is missing, or there twice."""
    # lines without a letter or digit (braces, rules, blanks) are too common to count
    return [line for line in line_tokens(text)[::2] if _WORD.search(line)]
