"""Code blocks: fences, their languages and what stands between them."""

from __future__ import annotations

import re

from nbsync.formats.blocks import WHITESPACE
from nbsync.formats.richtext.passages import Passage
from nbsync.formats.richtext.showing import attrs_of, children_of
from nbsync.model import Json

FENCE = "```"
_RUN = re.compile("`+")
_SPACE = re.compile(rf"[{WHITESPACE}]+")


def fence_end(passage: Passage, at: int) -> int:
    """Find the line after the code block that begins at a line.

    Raises:
        FormatError: It never ends.
    """
    ticks = _ticks(passage.head(at))
    for number in range(at + 1, len(passage.lines)):
        head = passage.head(number)
        if len(head) >= ticks and not head.strip("`"):
            return number + 1
    raise passage.error(
        "The code block never ends.",
        at,
        hint=f"put {'`' * ticks} on a line of its own below its last line, in the same list item"
        " or quote; if no code begins here, write \\` for each backtick",
    )


def _ticks(head: str) -> int:
    return len(head) - len(head.lstrip("`"))


def read_code(passage: Passage) -> Json:
    """Read a code block, from its first fence to its last."""
    language = _normal(passage.head(0).lstrip("`"))
    text = "\n".join(passage.lines[1:-1])
    node: dict[str, Json] = {"type": "codeBlock", "attrs": {"language": language or None}}
    return {**node, "content": [{"type": "text", "text": text}]} if text else node


def _normal(info: str) -> str:
    return _SPACE.sub(" ", info.strip(WHITESPACE))


def is_language(value: Json) -> bool:
    """Whether a fence can name this language."""
    return isinstance(value, str) and value == _normal(value) and not value.startswith("`")


def write_code(node: Json) -> str | None:
    """Write a code block; None where it holds more than text."""
    texts = [child.get("text") for child in children_of(node) if isinstance(child, dict)]
    text = "".join(each for each in texts if isinstance(each, str))
    fence = "`" * max(len(FENCE), 1 + max(map(len, _RUN.findall(text)), default=0))
    language = attrs_of(node).get("language") or ""
    return f"{fence}{language}\n{text}\n{fence}"
