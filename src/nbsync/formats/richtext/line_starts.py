"""Lines of text that would begin a block."""

from __future__ import annotations

import re
from collections.abc import Sequence

from nbsync.formats.blocks import WHITESPACE
from nbsync.formats.richtext.images import is_image

_HASHES = re.compile("#{1,6}")


def guarded(lines: Sequence[str]) -> list[str]:
    """Escape lines of text that are nothing but an image, or the hashes of an empty heading.

    PostHog leaves both as they are: it takes the one for an image, and hashes without white
    space after them for text. An editor may have taken that white space away.
    """
    return [_guarded(line) for line in lines]


def _guarded(line: str) -> str:
    head = line.strip(WHITESPACE)
    if not is_image(head) and not _HASHES.fullmatch(head):
        return line
    at = line.index(head)
    return f"{line[:at]}\\{line[at:]}"
