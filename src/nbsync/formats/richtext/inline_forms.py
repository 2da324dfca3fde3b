"""How each mark of a piece is written: its own delimiters, or a `<Mark>` with the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from nbsync.formats.richtext.escaping import (
    UNSAYABLE,
    escape_code,
    escape_href,
    escape_text,
)
from nbsync.formats.richtext.inline_tags import atom_tag, mark_tag, verbatim_tag
from nbsync.formats.richtext.pieces import Piece, mark_attrs, mark_type
from nbsync.model import Json

NESTING: Final = ("comment", "Mark", "underline", "strike", "bold", "italic", "link", "code")
"""Which mark is outside of which, where several begin and end together."""

_PLAIN: Final = {
    "bold": ("**", "**"),
    "italic": ("*", "*"),
    "strike": ("~~", "~~"),
    "underline": ("<u>", "</u>"),
    "code": ("`", "`"),
}


@dataclass(frozen=True, slots=True)
class Form:
    """One mark as it is written, or several in one `<Mark>`; equal forms can be shared.

    Attributes:
        kind: The mark's type, or `Mark`.
        opener: What stands before what is marked.
        closer: What stands after it.
    """

    kind: str
    opener: str
    closer: str


@dataclass(frozen=True, slots=True)
class Leaf:
    """A piece as it is written without its marks' forms.

    Attributes:
        text: Its text, as it is; "" for a node.
        tag: The tag of a node; "" for text.
        forms: The forms of its marks, in the order of the marks.
        unseen: Forms that may be around it or not: a page does not show them here.
    """

    text: str
    tag: str
    forms: tuple[Form, ...]
    unseen: tuple[Form, ...] = ()


def leaf_of(piece: Piece, *, pipes: bool) -> Leaf:
    """Say how a piece is written; where nothing else can, it is a tag with its JSON."""
    tag = "" if piece.text else atom_tag(piece, pipes=pipes)
    forms = _forms(piece)
    if tag is None or forms is None:
        return Leaf("", verbatim_tag(piece.node), ())
    return Leaf(piece.text, tag, forms)


def leaf_text(leaf: Leaf, *, pipes: bool, tildes: bool) -> str:
    """Write a leaf itself."""
    if any(form.kind == "code" for form in leaf.forms):
        return escape_code(leaf.text)
    return leaf.tag or escape_text(leaf.text, pipes=pipes, tildes=tildes)


def _forms(piece: Piece) -> tuple[Form, ...] | None:
    kinds = [mark_type(mark) for mark in piece.marks]
    counts = Counter(kinds)
    forms: list[Form] = []
    others: list[dict[str, Json]] = []
    for mark, kind in zip(piece.marks, kinds, strict=True):
        form = _form(kind, mark_attrs(mark), piece.text) if counts[kind] == 1 else None
        if form:
            forms.append(form)
        else:
            others.append(mark)
    if not others:
        return tuple(forms)
    opener = mark_tag(others)
    return None if opener is None else (*forms, Form("Mark", opener, "</Mark>"))


def _form(kind: str, attrs: dict[str, Json], text: str) -> Form | None:
    if kind in _PLAIN:
        is_plain = not attrs and (kind != "code" or escape_code(text))
        return Form(kind, *_PLAIN[kind]) if is_plain else None
    if kind == "link" and attrs.keys() == {"href"}:
        href = escape_href(attrs["href"]) if isinstance(attrs["href"], str) else None
        return Form(kind, "[", f"]({href})") if href else None
    if kind == "comment" and attrs.keys() == {"id"}:
        return _comment(attrs["id"])
    return None


def _comment(name: Json) -> Form | None:
    if not isinstance(name, str) or not name or UNSAYABLE.search(name):
        return None
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return Form("comment", f'<ref id="{quoted}">', "</ref>")


def in_order(forms: Sequence[Form]) -> list[Form]:
    """Forms from the outermost to the innermost."""
    return sorted(forms, key=lambda form: NESTING.index(form.kind))
