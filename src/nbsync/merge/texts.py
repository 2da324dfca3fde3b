"""Merging Markdown: block by block, and line by line within the blocks that overlap."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import TypeAlias

from nbsync.formats.blocks import block_tokens, line_tokens
from nbsync.merge.regions import Clash, Piece, nothing_lost, three_way, two_way
from nbsync.merge.replies import with_all_replies

_WORD = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Overlap:
    """A part of the text that both sides changed; base is None where it is missing."""

    base: str | None
    local: str
    remote: str


TextPiece: TypeAlias = str | Overlap


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
    was, here, there = map(cut, texts)
    pieces = _lined(three_way(was, here, there, step=2))
    if overlaps(pieces):
        return pieces
    merged = "".join(map(str, pieces))
    was, here, there = map(_words, texts)
    return (
        [merged] if nothing_lost(was, here, there, _words(merged)) else _compare(local, remote, cut)
    )


def merge_lines(base: str | None, local: str, remote: str) -> list[TextPiece]:
    """Merge two versions of a text that is no Markdown, line by line; as `merge_text`."""
    here, there = line_tokens(local), line_tokens(remote)
    if base is None:
        return _joined(map(_as_text, two_way(here, there)))
    return _joined(map(_as_text, three_way(line_tokens(base), here, there, step=2)))


def overlaps(pieces: Iterable[TextPiece]) -> int:
    """Count the overlaps."""
    return sum(isinstance(piece, Overlap) for piece in pieces)


def _compare(local: str, remote: str, cut: Callable[[str], list[str]]) -> list[TextPiece]:
    return _lined(two_way(cut(local), cut(remote)))


def _lined(pieces: Iterable[Piece]) -> list[TextPiece]:
    """Turn blocks into text, and look at those that clash line by line."""
    texts: list[TextPiece] = []
    for piece in map(_as_text, pieces):
        if isinstance(piece, str) or piece.base == "":
            texts.append(piece)  # of what was added on both sides, no lines belong together
        else:
            texts += merge_lines(piece.base, piece.local, piece.remote)
    return _joined(texts)


def _as_text(piece: Piece) -> TextPiece:
    if not isinstance(piece, Clash):
        return "".join(piece)
    base = None if piece.base is None else "".join(piece.base)
    return Overlap(base, "".join(piece.local), "".join(piece.remote))


def _joined(pieces: Iterable[TextPiece]) -> list[TextPiece]:
    joined: list[TextPiece] = []
    for clash, group in groupby(pieces, key=lambda piece: isinstance(piece, Overlap)):
        run = list(group)
        joined += run if clash else ["".join(map(str, run))]
    return joined


def _words(text: str) -> list[str]:
    # lines without a letter or digit (braces, rules, blanks) are too common to count
    return [line for line in line_tokens(text)[::2] if _WORD.search(line)]
