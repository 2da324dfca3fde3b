"""JSON values as a page holds them: over lines, and texts of several lines as they are."""

from __future__ import annotations

import json
import re
from typing import Final

from nbsync.errors import FormatError
from nbsync.formats.jsonplaces import trouble
from nbsync.model import Json, canonical, parse_json
from nbsync.model.values import DEEPEST

_WIDTH: Final = 72
_STEP: Final = 2
_DEEPEST_LAID_OUT: Final = 50
_BLANKS: Final = " \t"

# Characters that an editor shows as nothing, or takes for a line end, or UTF-8 cannot hold.
_UNSEEN: Final = r"\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff"
_UNSEEN_IN_JSON = re.compile(f"[{_UNSEEN}]")
_NEVER_IN_TEXT = re.compile(rf"[\x00-\x08\x0b-\x1f{_UNSEEN}]")
_INDENT = re.compile(r"^( *+)(?=[ \t]*+[^ \t\n])", re.MULTILINE)
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

# A string of JSON ends on its line: one that does not is found where it begins.
_STRING: Final = r'"[^"\\\n]*+(?:\\[^\n][^"\\\n]*+)*+"'
_TEXT: Final = r"`[^`\\]*+(?:\\.[^`\\]*+)*+`"
_QUOTED = re.compile(f"{_STRING}|{_TEXT}", re.DOTALL)
_SCALAR = re.compile(rf"{_STRING}|{_TEXT}|[^ \t\r\n\"`,:\[\]{{}}]++", re.DOTALL)
_MARK = re.compile(rf"{_STRING}|{_TEXT}|[\[\]{{}}\"`]", re.DOTALL)
_SPACE = re.compile(r"[ \t\r\n]*+")
_CLOSERS: Final = {"[": "]", "{": "}"}

FIX: Final = (
    'write a text in quotes, everything else as JSON in braces: title="Growth" height={200}'
)


def write_value(value: Json, *, indent: int | None) -> str:
    """Write a JSON value so that `read_value` gives it back.

    Args:
        value: The value, of numbers as `parse_json` keeps them.
        indent: The columns that the line it stands on is indented by: an object or array that
            is not empty is laid out over lines (inner ones that fit on a line stay on it), and
            a text of several lines becomes a text literal. None: all on one line, compact.

    Returns:
        The text, without a line end after it; its first line goes on the line it stands on.
    """
    if indent is None:
        return _compact(value)
    return _laid_out(value, indent, used=_WIDTH + 1, depth=0)


def has_lines(value: Json) -> bool:
    """Whether a value is, or holds, a text that is written as a text literal if it may be."""
    found = [value]
    while found:
        each = found.pop()
        if isinstance(each, str) and _is_text(each):
            return True
        if isinstance(each, dict):
            found.extend(each.values())
        elif isinstance(each, list):
            found.extend(each)
    return False


def _compact(value: Json) -> str:
    return _UNSEEN_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", _encode(value))


def _laid_out(value: Json, indent: int, *, used: int, depth: int) -> str:
    """Write a value that begins after so many used columns of a line indented by so many."""
    if isinstance(value, str) and _is_text(value):
        return _text_literal(value, indent)
    if not isinstance(value, (dict, list)) or not value or depth == _DEEPEST_LAID_OUT:
        return _compact(value)
    inner = indent + _STEP
    opener = "{" if isinstance(value, dict) else "["
    items = value.items() if isinstance(value, dict) else [("", item) for item in value]
    parts = []
    for key, item in items:
        head = f"{_compact(key)}: " if isinstance(value, dict) else ""
        parts.append(head + _laid_out(item, inner, used=inner + len(head), depth=depth + 1))
    if _stays_on_line(value, parts, used):
        return f"{opener}{', '.join(parts)}{_CLOSERS[opener]}"
    between = ",\n" + " " * inner
    return f"{opener}\n{' ' * inner}{between.join(parts)}\n{' ' * indent}{_CLOSERS[opener]}"


def _stays_on_line(value: dict[str, Json] | list[Json], parts: list[str], used: int) -> bool:
    # lists of lists or objects show best, and merge best, with one of them on each line
    if isinstance(value, list) and any(isinstance(each, (dict, list)) and each for each in value):
        return False
    width = used + sum(map(len, parts)) + len(", ") * len(parts)
    return width <= _WIDTH and not any("\n" in part for part in parts)


def _is_text(value: str) -> bool:
    return "\n" in value and not _NEVER_IN_TEXT.search(value)


def _text_literal(text: str, indent: int) -> str:
    margin = " " * (indent + _STEP)
    escaped = text.replace("\\", "\\\\").replace("`", "\\`")
    lines = [margin + line if line else "" for line in escaped.split("\n")]
    return "\n".join(["`", *lines, " " * indent + "`"])


def read_value(source: str, start: int) -> tuple[Json, int]:
    """Read a JSON value in which text literals may stand for strings.

    Args:
        source: The text that holds the value.
        start: Where the value, or white space before it, begins.

    Returns:
        The value, and where it ends in source.

    Raises:
        FormatError: There is no such value, it never ends, a key stands twice in an object, a
            number is none, or it is nested too deeply; the line is that of source, counted from 1.
    """
    start = after_space(source, start)
    end = value_end(source, start)
    text = _as_json(source, start, end)
    try:
        return _parsed(text), end
    except json.JSONDecodeError as error:
        raise _refusal(f"is no JSON: {error.msg}", source, start, error.lineno) from None
    except ValueError as error:
        what, line = trouble(text) or (str(error), 1)
        raise _refusal(f"cannot be kept: {what}", source, start, line) from None


def _parsed(text: str) -> Json:
    value = parse_json(text, unique=True)
    if text.count("[") + text.count("{") > DEEPEST:
        canonical(value)  # refuses what is nested too deeply, on every interpreter
    return value


def after_space(source: str, start: int) -> int:
    """Give the end of the white space that JSON allows between its parts."""
    space = _SPACE.match(source, start)
    return space.end() if space else start


def value_end(source: str, start: int) -> int:
    """Find where a value ends that begins at start; what is between brackets is not looked at.

    Raises:
        FormatError: No value begins there, or it never ends.
    """
    opener = source[start : start + 1]
    if opener not in _CLOSERS:
        scalar = _SCALAR.match(source, start)
        if scalar is None:
            what = "never ends" if opener in ('"', "`") else "is empty"
            raise _refusal(what, source, start)
        return scalar.end()
    depth = 0
    for mark in _MARK.finditer(source, start):
        found = mark[0]
        if found in ('"', "`"):
            raise _refusal("holds a quote that is never closed", source, mark.start())
        if found == opener:
            depth += 1
        elif found == _CLOSERS[opener]:
            depth -= 1
            if depth == 0:
                return mark.end()
    raise _refusal(f"never ends: a {_CLOSERS[opener]} is missing", source, start)


def line_at(source: str, at: int) -> int:
    """Give the line of a place in a text, counted from 1."""
    return source.count("\n", 0, at) + 1


def _refusal(what: str, source: str, at: int, line: int = 1) -> FormatError:
    return FormatError(f"The value {what}.", line=line_at(source, at) + line - 1, hint=FIX)


def _as_json(source: str, start: int, end: int) -> str:
    """Put a JSON string for each text literal; every line keeps its number."""
    parts = []
    for quoted in _QUOTED.finditer(source, start, end):
        if quoted[0][0] == "`":
            text = json.dumps(_text(source, quoted.start(), quoted.end()))
            parts += [source[start : quoted.start()], text, "\n" * quoted[0].count("\n")]
            start = quoted.end()
    return "".join([*parts, source[start:end]])


def _text(source: str, start: int, end: int) -> str:
    inner = source[start + 1 : end - 1].replace("\r\n", "\n").replace("\r", "\n")
    if "\n" not in inner:
        return _unescaped(inner)
    first, _, text = inner.partition("\n")
    text, _, margin = text.rpartition("\n")
    if first.strip(_BLANKS) or margin.strip(_BLANKS):
        raise FormatError(
            "The value holds a text of several lines whose backticks do not stand alone.",
            line=line_at(source, start if first.strip(_BLANKS) else end),
            hint="let the text begin on the line below the first backtick, and put the last one"
            " on a line of its own",
        )
    cut = min([len(margin) + _STEP, *map(len, _INDENT.findall(text))])
    return _unescaped(re.sub(f"^ {{1,{cut}}}", "", text, flags=re.MULTILINE) if cut else text)


def _unescaped(text: str) -> str:
    return "\\".join(part.replace("\\`", "`") for part in text.split("\\\\"))
