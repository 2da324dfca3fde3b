"""The tags that stand for inline nodes and for marks, read and written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from nbsync.formats.richtext.escaping import escape_text
from nbsync.formats.richtext.pieces import Piece, mark_attrs, mark_type
from nbsync.formats.richtext.schema import BACKLINK, INLINE_TAGS, MENTION, NODE, TIMESTAMP, UNKNOWN
from nbsync.formats.richtext.tags import Tag, are_props, write_tag
from nbsync.model import Json

DEFAULT_LABEL: Final = "member"
"""What PostHog's converter writes for a mention whose name it does not know (dialect.md 13)."""

_CODE_POINT = re.compile(r"U\+([0-9A-Fa-f]{4,6})")
_MEMBER_ID = re.compile(r"-?[0-9]{1,18}")
_TAG_NAMES = {kind: name for name, kind in INLINE_TAGS.items()}
_NODE_KEYS = frozenset({"type", "attrs", "marks"})
_LAST_CODE_POINT = 0x10FFFF


@dataclass(frozen=True, slots=True)
class Atom:
    """What one tag stands for.

    Attributes:
        text: A character of the text; "" for a node.
        node: The node.
        markable: Whether the marks around the tag are the node's too.
    """

    text: str = ""
    node: Json = None
    markable: bool = False


def atom_of(tag: Tag) -> Atom | None:
    """What a tag of a node or character stands for; None where it does not say."""
    if tag.name == NODE:
        return Atom(node=tag.props["json"]) if tag.props.keys() == {"json"} else None
    if tag.name == "Break":
        return None if tag.props else Atom(node={"type": "hardBreak"})
    if tag.name == "Char":
        text = _character(tag.props)
        return Atom(text) if text else None
    attrs = dict(tag.props)
    kind: Json = INLINE_TAGS.get(tag.name)
    if tag.name == UNKNOWN:
        kind = attrs.pop("nodeType", None)
    if not isinstance(kind, str) or not kind:
        return None
    return Atom(node={"type": kind, "attrs": attrs} if attrs else {"type": kind}, markable=True)


def _character(props: dict[str, Json]) -> str:
    code = props.get("code")
    found = _CODE_POINT.fullmatch(code) if isinstance(code, str) else None
    if found is None or len(props) > 1 or int(found[1], 16) > _LAST_CODE_POINT:
        return ""
    return chr(int(found[1], 16))


def mention_of(member: str, label: Sequence[Json]) -> Atom | None:
    """The mention of a member, under a label that was read; None where it is malformed."""
    only = label[0] if len(label) == 1 else None
    text = only.get("text") if isinstance(only, dict) and "marks" not in only else None
    if not _MEMBER_ID.fullmatch(member) or not isinstance(text, str) or text[0] != "@":
        return None
    attrs: dict[str, Json] = {"id": int(member)}
    if text != f"@{DEFAULT_LABEL}":
        attrs["label"] = text[1:]
    return Atom(node={"type": MENTION, "attrs": attrs}, markable=True)


def marks_of(what: str | Tag) -> list[dict[str, Json]] | None:
    """The marks of a `<ref>` with an id, or of a `<Mark>`; None where a prop is no mark."""
    if isinstance(what, str):
        return [{"type": "comment", "attrs": {"id": what}}]
    marks: list[dict[str, Json]] = []
    for name, value in what.props.items():
        several = value if isinstance(value, list) else [{} if value is True else value]
        for attrs in several:
            if not isinstance(attrs, dict):
                return None
            marks.append({"type": name, "attrs": attrs} if attrs else {"type": name})
    return marks


def mark_tag(marks: Iterable[dict[str, Json]]) -> str | None:
    """The opening `<Mark>` for marks; None where a prop cannot have such a name."""
    props: dict[str, Json] = {}
    several: dict[str, list[Json]] = {}
    for mark in marks:
        several.setdefault(mark_type(mark), []).append(mark_attrs(mark))
    for name, attrs in several.items():
        props[name] = attrs if len(attrs) > 1 else (attrs[0] or True)
    return write_tag("Mark", props, closed=False) if are_props(props) else None


def atom_tag(piece: Piece, *, pipes: bool) -> str | None:
    """Write a node that is no text as the tag of its own; None where it has none."""
    node = piece.node
    if not isinstance(node, dict) or not node.keys() <= _NODE_KEYS or not _shows_marks(piece):
        return None
    kind, attrs = node.get("type"), node.get("attrs") or {}
    if not isinstance(attrs, dict) or not isinstance(kind, str) or kind in {"", "text"}:
        return None
    if kind in {MENTION, BACKLINK, TIMESTAMP}:
        attrs = {name: value for name, value in attrs.items() if value is not None}
    if kind == MENTION and (mention := _mention(attrs, pipes=pipes)):
        return mention
    if not are_props(attrs) or "nodeType" in attrs:
        return None
    if kind in _TAG_NAMES:
        return write_tag(_TAG_NAMES[kind], attrs)
    return write_tag(UNKNOWN, {"nodeType": kind, **attrs})


def _shows_marks(piece: Piece) -> bool:
    return bool(piece.marks) or not (isinstance(piece.node, dict) and piece.node.get("marks"))


def _mention(attrs: dict[str, Json], *, pipes: bool) -> str | None:
    member, label = attrs.get("id"), attrs.get("label", DEFAULT_LABEL)
    if not isinstance(member, int) or isinstance(member, bool) or not isinstance(label, str):
        return None
    if not attrs.keys() <= {"id", "label"} or attrs.get("label") == DEFAULT_LABEL:
        return None
    if not _MEMBER_ID.fullmatch(str(member)):
        return None
    return f'<mention id="{member}">@{escape_text(label, pipes=pipes, tildes=False)}</mention>'


def verbatim_tag(node: Json) -> str:
    """The tag that carries a node's JSON."""
    return write_tag(NODE, {"json": node})
