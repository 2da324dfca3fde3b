"""Inline content as pieces: stretches of text with their marks, and single nodes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from nbsync.formats.blocks import WHITESPACE
from nbsync.formats.richtext.schema import (
    BACKLINK,
    LINK_BOOKKEEPING,
    MARK_ALIASES,
    MENTION,
    TIMESTAMP,
    UNSEEN_ON_SPACES,
)
from nbsync.model import Json, canonical

_SPACES = frozenset(WHITESPACE)
_STRETCH = re.compile(f"[{WHITESPACE}]++|[^{WHITESPACE}]++")
_REGULAR = frozenset({"type", "text", "marks", "attrs"})
_NULLS_UNSEEN = frozenset({BACKLINK, MENTION, TIMESTAMP})


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text, or one inline node that is no text.

    Attributes:
        node: The node, as it is.
        text: Its text; "" for every other node.
        marks: Its marks, as they are. None but those of regular nodes: what is odd about a node
            is its own matter, and it is shown whole.
    """

    node: Json = field(repr=False)
    text: str
    marks: tuple[dict[str, Json], ...]


def pieces_of(content: Json) -> list[Piece] | None:
    """Take inline content apart; None where it is no list of nodes.

    Args:
        content: What stands under `content` in a text block; null is the same as nothing.
    """
    if content is None:
        return []
    return [_piece(node) for node in content] if isinstance(content, list) else None


def _piece(node: Json) -> Piece:
    marks = _marks(node)
    if not isinstance(node, dict) or marks is None or not node.keys() <= _REGULAR:
        return Piece(node, "", ())
    text = node.get("text")
    if node.get("type") != "text":
        return Piece(node, "", marks) if "text" not in node else Piece(node, "", ())
    if isinstance(text, str) and text and "attrs" not in node:
        return Piece(node, text, marks)
    return Piece(node, "", ())


def _marks(node: Json) -> tuple[dict[str, Json], ...] | None:
    marks = node.get("marks") if isinstance(node, dict) else None
    if marks is None:
        return ()
    if not isinstance(marks, list):
        return None
    regular = [mark for mark in marks if isinstance(mark, dict) and _is_regular(mark)]
    return tuple(regular) if len(regular) == len(marks) else None


def _is_regular(mark: dict[str, Json]) -> bool:
    known = isinstance(mark.get("type"), str) and mark.keys() <= {"type", "attrs"}
    return known and isinstance(mark.get("attrs"), dict | None)


def mark_type(mark: dict[str, Json]) -> str:
    """The type of a mark, under its present name."""
    name = str(mark["type"])
    return MARK_ALIASES.get(name, name)


def mark_attrs(mark: dict[str, Json]) -> dict[str, Json]:
    """The attributes of a mark that a page shows."""
    attrs = mark.get("attrs")
    if not isinstance(attrs, dict) or not attrs:
        return {}
    unseen = LINK_BOOKKEEPING if mark_type(mark) == "link" else ()
    return {key: value for key, value in attrs.items() if value is not None and key not in unseen}


def shown_mark(mark: dict[str, Json]) -> str:
    """What a page shows of a mark, as one text."""
    attrs = mark_attrs(mark)
    return canonical([mark_type(mark), attrs]) if attrs else _bare(mark_type(mark))


@lru_cache(maxsize=100)
def _bare(kind: str) -> str:
    return canonical([kind, {}])


def is_break(piece: Piece) -> bool:
    """Whether a piece is a line break and nothing else; its marks cannot be seen."""
    node = piece.node
    return isinstance(node, dict) and node.get("type") == "hardBreak" and not node.get("attrs")


def shown_pieces(pieces: Sequence[Piece]) -> list[Json]:
    """What a page shows of inline content; equal lists are the same to a reader.

    Marks have one order, and none on breaks; bold, italic and strike are not seen on white
    space; neighbours with the same marks are one.
    """
    shown: list[tuple[list[str], list[str], Json]] = []
    for marks, text, atom in _stretches(pieces):
        if shown and text and shown[-1][1] and shown[-1][0] == marks:
            shown[-1][1].append(text)
        else:
            shown.append((marks, [text] if text else [], atom))
    return [[list(marks), "".join(texts), atom] for marks, texts, atom in shown]


def _stretches(pieces: Sequence[Piece]) -> Iterator[tuple[list[str], str, Json]]:
    for piece in pieces:
        if is_break(piece):
            yield [], "", {"type": "hardBreak"}
            continue
        marks = sorted(map(shown_mark, piece.marks))
        if not piece.text:
            yield marks, "", _shown_atom(piece)
            continue
        seen = sorted(
            shown_mark(mark) for mark in piece.marks if mark_type(mark) not in UNSEEN_ON_SPACES
        )
        if seen == marks:
            yield marks, piece.text, None
            continue
        for stretch, space in by_space(piece.text):
            yield seen if space else marks, stretch, None


def by_space(text: str) -> Iterator[tuple[str, bool]]:
    """Cut a text into stretches of white space and of everything else."""
    for stretch in _STRETCH.findall(text):
        yield stretch, stretch[0] in _SPACES


def _shown_atom(piece: Piece) -> Json:
    node = piece.node
    if not isinstance(node, dict) or (not piece.marks and node.get("marks")):
        return node
    plain = {name: value for name, value in node.items() if name != "marks"}
    attrs = plain.get("attrs")
    if plain.get("type") in _NULLS_UNSEEN and isinstance(attrs, dict):
        plain["attrs"] = {name: value for name, value in attrs.items() if value is not None}
    if not plain.get("attrs"):
        plain.pop("attrs", None)
    return plain
