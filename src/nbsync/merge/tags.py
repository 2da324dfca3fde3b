"""Component tags in Markdown: merged prop by prop, and what is left of them by a merge of lines."""

from __future__ import annotations

import re
from dataclasses import dataclass

from nbsync.formats.blocks import WHITESPACE, Verbatims, lines_of
from nbsync.merge.regions import Clash, three_way
from nbsync.merge.replies import merge_replies
from nbsync.model import parse_json

_GAP = rf"[{WHITESPACE}]*+"
_OPENER = re.compile(rf"{_GAP}<[A-Z][A-Za-z0-9]*+(?=[{WHITESPACE}>/])")
_NAME = re.compile(rf"(?P<gap>{_GAP})(?P<name>[A-Za-z_][A-Za-z0-9_-]*+)")
_EQUALS = re.compile(rf"{_GAP}={_GAP}")
_VALUE = re.compile(
    rf"\"(?:[^\"\\]|\\.)*+\"|'(?:[^'\\]|\\.)*+'|[^{WHITESPACE}/>\"'`{{}}<=]++", re.DOTALL
)
_CLOSER = re.compile(rf"{_GAP}/>{_GAP}")
_MARK = re.compile(r"[{}]|\"(?:[^\"\\]|\\.)*+\"", re.DOTALL)
_IDENTITY = ("id", "nodeId", "ref")


@dataclass(frozen=True, slots=True)
class _Prop:
    """A prop: the white space before it, its name and `=`, and its value as it stands."""

    gap: str
    head: str
    value: str


@dataclass(frozen=True, slots=True)
class _Tag:
    """A tag taken apart: `<Name`, its props by name, and how it ends."""

    opener: str
    props: dict[str, _Prop]
    closer: str


def merge_tag(base: str, local: str, remote: str) -> str | None:
    """Merge two versions of one tag, prop by prop; of lists of replies, reply by reply.

    Args:
        base: What both come from.
        local: The one.
        remote: The other.

    Returns:
        The merged tag; None where one of the three is more or less than one tag, where they
        are not tags of one thing, and where both changed one prop, or the order of props.
    """
    was, here, there = (_read(text) for text in (base, local, remote))
    if was is None or here is None or there is None or not _are_one(was, here, there):
        return None
    sides = [tag.props for tag in (was, here, there)]
    order = _order(*map(list, sides))
    closer = _chosen(was.closer, here.closer, there.closer)
    if order is None or closer is None:
        return None
    parts = {
        name: _merge_prop(name, *(side.get(name) for side in sides))
        for name in sides[0] | sides[1] | sides[2]
    }
    if any(part is None or (part and name not in order) for name, part in parts.items()):
        return None
    return "".join((there.opener, *(str(parts[name]) for name in order), closer))


def keeps_tags(base: str, local: str, remote: str, merged: str) -> bool:
    """Tell whether a merge of lines has left tags as whole as they were.

    The values in their braces are still JSON if all were, and no line that belonged to a tag
    has become text.
    """
    if "<" not in base:
        return True
    sides = [_tags(text) for text in (base, local, remote)]
    tags, around = _tags(merged)
    broken = any(not _is_sound(tag) for side, _ in sides for tag in side)
    if not broken and not all(map(_is_sound, tags)):
        return False
    return set(around) <= {line for _, lines in sides[1:] for line in lines}


def _tags(text: str) -> tuple[list[str], list[str]]:
    """The tags of a text, and the lines that belong to none."""
    lines, at = lines_of(text), 0
    verbatims = Verbatims(lines)
    tags: list[str] = []
    around: list[str] = []
    while at < len(lines):
        end = max(verbatims.end(at), at + 1)
        if _OPENER.match(lines[at]):
            tags.append("".join(lines[at:end]))
        else:
            around += [line.strip(WHITESPACE) for line in lines[at:end]]
        at = end
    return tags, around


def _is_sound(tag: str) -> bool:
    found = _read(tag)
    return found is not None and all(_is_json(prop.value) for prop in found.props.values())


def _is_json(value: str) -> bool:
    if not value.startswith("{"):
        return True
    try:
        parse_json(value[1:-1], unique=True)
    except ValueError:
        return False
    return True


def _read(source: str) -> _Tag | None:
    """Take a text apart that is one tag, `<Name … />`, and nothing else."""
    opener = _OPENER.match(source)
    if opener is None:
        return None
    props: dict[str, _Prop] = {}
    at = opener.end()
    while True:
        closer = _CLOSER.match(source, at)
        if closer:
            whole = closer.end() == len(source)
            return _Tag(opener[0], props, closer[0]) if whole else None
        name = _NAME.match(source, at)
        if name is None or name["name"] in props:
            return None
        equals = _EQUALS.match(source, name.end())
        start = equals.end() if equals else name.end()
        end = _value_end(source, start) if equals else start
        if end is None:
            return None
        head = source[name.start("name") : start]
        props[name["name"]] = _Prop(name["gap"], head, source[start:end])
        at = end


def _value_end(source: str, start: int) -> int | None:
    if not source.startswith("{", start):
        value = _VALUE.match(source, start)
        return value.end() if value else None
    depth = 0
    for mark in _MARK.finditer(source, start):
        depth += {"{": 1, "}": -1}.get(mark[0], 0)
        if depth == 0:
            return mark.end()
    return None


def _are_one(was: _Tag, here: _Tag, there: _Tag) -> bool:
    """Whether three tags are versions of one: with another id, it is another one's."""
    names = [(tag.opener, *map(tag.props.get, _IDENTITY)) for tag in (was, here, there)]
    return names[0] == names[1] == names[2]


def _order(base: list[str], local: list[str], remote: list[str]) -> list[str] | None:
    """Bring the names of props in order; None where both sides changed it differently."""
    names: list[str] = []
    for piece in three_way(base, local, remote):
        if not isinstance(piece, Clash):
            names += piece
        elif piece.base:
            return None
        else:
            names += sorted({*piece.local, *piece.remote})
    return names if len({*names}) == len(names) else None


def _merge_prop(
    name: str, was: _Prop | None, here: _Prop | None, there: _Prop | None
) -> str | None:
    """Merge two versions of a prop: its text with its gap, "" for none, None for a clash."""
    if here in (there, was):
        return _written(there)
    if there == was:
        return _written(here)
    if here is None or there is None:
        return None
    old = here if was is None else was  # of what both added, all but the value may be either's
    gap = _chosen(old.gap, here.gap, there.gap)
    head = _chosen(old.head, here.head, there.head)
    values = "" if was is None else was.value, here.value, there.value
    value = _chosen(*values)
    if value is None and name == "replies":
        value = merge_replies(*values)
    return None if gap is None or head is None or value is None else gap + head + value


def _written(prop: _Prop | None) -> str:
    return "" if prop is None else prop.gap + prop.head + prop.value


def _chosen(base: str, local: str, remote: str) -> str | None:
    if local in (remote, base):
        return remote
    return local if remote == base else None
