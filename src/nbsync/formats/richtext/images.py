"""Images that stand on a line of their own."""

from __future__ import annotations

import re

from nbsync.formats.richtext.attributes import shown_attrs
from nbsync.formats.richtext.passages import Passage
from nbsync.formats.richtext.schema import IMAGE
from nbsync.model import Json

_IMAGE = re.compile(r"!\[((?:[^\\\]]|\\.)*+)\]\(((?:[^\\)]|\\.)*+)\)")
_ESCAPE = re.compile(r"\\([\\\])])")
_NOT_ON_A_LINE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]")


def is_image(head: str) -> bool:
    """Whether a line, without white space around it, is an image (dialect.md 4.4)."""
    return head.startswith("![") and _IMAGE.fullmatch(head) is not None


def read_image(passage: Passage) -> Json:
    """Read a line that is an image."""
    found = _IMAGE.fullmatch(passage.head(0))
    alt, src = [_ESCAPE.sub(r"\1", part) for part in found.groups()] if found else ["", ""]
    return {"type": IMAGE, "attrs": {"src": src, **({"alt": alt} if alt else {})}}


def write_image(attrs: Json) -> str | None:
    """Write an image; None where more is to be shown of it than its address and its alt text."""
    said = shown_attrs({"type": IMAGE, "attrs": attrs})
    if not said.keys() <= {"src", "alt"}:
        return None
    src, alt = said.get("src"), said.get("alt", "")
    if not isinstance(src, str) or not isinstance(alt, str) or _NOT_ON_A_LINE.search(src + alt):
        return None
    alt = alt.replace("\\", "\\\\").replace("]", "\\]")
    src = src.replace("\\", "\\\\").replace(")", "\\)")
    return f"![{alt}]({src})"
