"""Component tags: their extent, their name and their props, read and written."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from nbsync.errors import FormatError
from nbsync.formats.blocks import WHITESPACE
from nbsync.formats.richtext.literals import (
    FIX,
    after_space,
    has_lines,
    line_at,
    read_value,
    value_end,
    write_value,
)
from nbsync.model import Json, parse_json

_LONGEST_ON_LINE: Final = 60
_LONGEST_SHOWN: Final = 20

_PROP_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*+")
_NAME = re.compile(rf"<([A-Z][A-Za-z0-9]*+)(?=[{WHITESPACE}>/])")
_GAP = re.compile(rf"[{WHITESPACE}]*+")
_EQUALS = re.compile(rf"[{WHITESPACE}]*+=[{WHITESPACE}]*+")
_QUOTED = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|\'[^\'\\]*+(?:\\.[^\'\\]*+)*+\'', re.DOTALL)
_BARE = re.compile(rf"[^{WHITESPACE}/>\"'`{{}}<=]++")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ENTITIES: Final = {
    "&quot;": '"',
    "&#39;": "'",
    "&apos;": "'",
    "&lt;": "<",
    "&gt;": ">",
    "&amp;": "&",
}
_ENTITY = re.compile("|".join(_ENTITIES))


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag that was read.

    Attributes:
        name: Its name, an uppercase letter and then letters and digits.
        props: Its props as they stand, by name.
        closed: Whether it ends in `/>`; one that does not opens something.
        end: Where it ends in its source.
    """

    name: str
    props: dict[str, Json]
    closed: bool
    end: int


@dataclass(frozen=True, slots=True)
class _Prop:
    """A prop's name, where it stands, and where its value does; a bare name has an empty one."""

    name: str
    at: int
    start: int
    end: int


def are_props(attrs: Mapping[str, Json]) -> bool:
    """Whether every name is one that a prop can have (dialect.md 7.3)."""
    return all(_PROP_NAME.fullmatch(name) for name in attrs)


def write_tag(
    name: str, props: Mapping[str, Json], *, closed: bool = True, over_lines: bool = False
) -> str:
    """Write a tag so that `read_tag` gives its name and props back.

    Args:
        name: An uppercase ASCII letter, then ASCII letters and digits.
        props: Values by names that `are_props` accepts; written in this order.
        closed: End it with `/>`, else with `>`.
        over_lines: Lay long objects and arrays, and texts of several lines, out over lines.

    Returns:
        The tag; its first line holds the name and the first prop's beginning. Further lines
        are indented relative to column 0.
    """
    parts = [f"<{name}", *(_written(key, props[key], over_lines=over_lines) for key in props)]
    return " ".join(parts) + (" />" if closed else ">")


def _written(name: str, value: Json, *, over_lines: bool) -> str:
    if value is True:
        return name
    text = write_value(value, indent=None)
    if over_lines and _goes_over_lines(value, text):
        text = write_value(value, indent=0)
    elif isinstance(value, str) and not _ENTITY.search(text):
        return f"{name}={text}"
    return f"{name}={{{text}}}"


def _goes_over_lines(value: Json, compact: str) -> bool:
    if isinstance(value, (dict, list)) and len(compact) > _LONGEST_ON_LINE:
        return True
    return has_lines(value)


def tag_end(source: str, start: int) -> int:
    """Find where the tag ends that begins at start; its values are not read.

    Raises:
        FormatError: It never ends, or is no tag; the line is that of source, counted from 1.
    """
    return _scan(source, start)[3]


def read_tag(source: str, start: int) -> Tag:
    """Read the tag that begins at start.

    Quoted values are read as PostHog reads them (dialect.md 7.3), entities and all; what stands
    in braces must be JSON, in which text literals may stand for strings. Line ends may stand
    between props, empty lines may not.

    Raises:
        FormatError: It never ends, is no tag, or a prop stands twice or is no JSON; the line is
            that of source, counted from 1.
    """
    name, found, closed, end = _scan(source, start)
    props: dict[str, Json] = {}
    for prop in found:
        if prop.name in props:
            line = line_at(source, prop.at)
            what = f"The prop {prop.name} stands twice in <{name}>."
            raise FormatError(what, line=line, hint="remove one of them")
        props[prop.name] = _value(source, prop, name)
    return Tag(name, props, closed, end)


def _scan(source: str, start: int) -> tuple[str, list[_Prop], bool, int]:
    opener = _NAME.match(source, start)
    if opener is None:
        shown = source[start : start + _LONGEST_SHOWN].partition("\n")[0]
        raise _no_tag(f"{shown} begins no tag.", source, start, shown)
    name, at = opener[1], opener.end()
    props: list[_Prop] = []
    while True:
        gap = at
        at = _end(_GAP, source, at)
        if source.count("\n", gap, at) > 1 or at == len(source):
            raise _no_tag(f"The tag <{name}> never ends.", source, start, f"<{name}")
        if source.startswith((">", "/>"), at):
            closed = source[at] == "/"
            return name, props, closed, at + 1 + closed
        props.append(_prop(source, at, name))
        at = props[-1].end


def _end(pattern: re.Pattern[str], source: str, at: int) -> int:
    found = pattern.match(source, at)
    return found.end() if found else at


def _prop(source: str, at: int, tag: str) -> _Prop:
    name = _PROP_NAME.match(source, at)
    if name is None:
        shown = source[at : at + _LONGEST_SHOWN].partition("\n")[0]
        what = f"In the tag <{tag}> stands {shown} where a prop or /> should stand."
        raise _no_tag(what, source, at, f"<{tag}")
    start = _end(_EQUALS, source, name.end())
    if start == name.end():
        return _Prop(name[0], at, start, start)
    if source.startswith("{", start):
        return _Prop(name[0], at, start, _braces_end(source, start, name[0], tag))
    end = _end(_QUOTED if source.startswith(('"', "'"), start) else _BARE, source, start)
    if end == start:
        what = f"The prop {name[0]} of <{tag}> has no value, or one that never ends."
        raise FormatError(what, line=line_at(source, start), hint=FIX)
    return _Prop(name[0], at, start, end)


def _braces_end(source: str, start: int, name: str, tag: str) -> int:
    try:
        return value_end(source, start)
    except FormatError as error:
        raise _named(error, name, tag) from None


def _value(source: str, prop: _Prop, tag: str) -> Json:
    text = source[prop.start : prop.end]
    if not text:
        return True
    if text[0] == "{":
        return _braced(source, prop, tag)
    if text[0] in "\"'":
        return _ENTITY.sub(lambda found: _ENTITIES[found[0]], _unquoted(text))
    return _bare(source, prop, tag)


def _bare(source: str, prop: _Prop, tag: str) -> Json:
    text = source[prop.start : prop.end]
    try:
        return parse_json(text)
    except ValueError:
        # PostHog reads 007 as 7, and 0a as a text: whoever means either can say so
        if text[0] in "-0123456789":
            what = f"The prop {prop.name} of <{tag}> is no number that JSON has."
            raise FormatError(what, line=line_at(source, prop.start), hint=FIX) from None
        return text


def _braced(source: str, prop: _Prop, tag: str) -> Json:
    try:
        value, end = read_value(source, prop.start + 1)
    except FormatError as error:
        raise _named(error, prop.name, tag) from None
    if after_space(source, end) != prop.end - 1:
        what = f"The prop {prop.name} of <{tag}> is no JSON: more than one value in its braces."
        raise FormatError(what, line=line_at(source, end), hint=FIX)
    return value


def _unquoted(text: str) -> str:
    if text[0] == '"':
        try:
            return str(json.loads(text))
        except ValueError:
            pass
    return _ESCAPE.sub(r"\1", text[1:-1])


def _named(error: FormatError, name: str, tag: str) -> FormatError:
    what = error.message.replace("The value", f"The prop {name} of <{tag}>", 1)
    return FormatError(what, line=error.line, hint=error.hint)


def _no_tag(what: str, source: str, at: int, head: str) -> FormatError:
    hint = f"close the tag with />; if it is text, write \\{head}"
    return FormatError(what, line=line_at(source, at), hint=hint)
