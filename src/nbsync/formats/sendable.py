"""What PostHog's server would refuse or fail at, found before it is sent."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator

from nbsync.errors import FormatError
from nbsync.formats.content import markdown_of
from nbsync.model import Json, Notebook

_LONGEST_TITLE = 256
# 2023 servers answer 500 from about 880 levels on (observed.md 3).
_DEEPEST = 800
_REFUSED = re.compile("[\x00\ud800-\udfff]")
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


def check_sendable(notebook: Notebook) -> None:
    """Refuse what no server could keep (observed.md 3, 14; transcripts/2026/09, 20, 21).

    That is a title of more than 256 code points once it is stripped; NUL and lone surrogates
    in the title, in a string of the content or in one of its keys; a number that is not
    finite; a content of more than 800 levels.

    Raises:
        FormatError: There is such a thing; the message names the place.
    """
    title = notebook.title or ""
    _check_text(title, "title")
    if len(title.strip()) > _LONGEST_TITLE:
        raise FormatError(
            f"The title has {len(title.strip())} characters; PostHog keeps no more than"
            f" {_LONGEST_TITLE}.",
            hint="shorten the first `# heading`, or write a shorter `title:` above it",
        )
    markdown = markdown_of(notebook.content)
    for place, value in _places(notebook.content):
        if isinstance(value, float) and not math.isfinite(value):
            raise FormatError(f"{place} is {value}, which JSON cannot hold.", hint="write a number")
        if isinstance(value, str):
            _check_text(value, place, numbered=value == markdown)


def _check_text(text: str, place: str, *, numbered: bool = False) -> None:
    found = _REFUSED.search(text)
    if found is None:
        return
    line = f", line {text.count(chr(10), 0, found.start()) + 1} of the Markdown" if numbered else ""
    raise FormatError(
        f"{place}{line}: the character U+{ord(found[0]):04X} is none that PostHog can keep.",
        hint="remove the character",
    )


def _places(content: Json) -> Iterator[tuple[str, Json]]:
    """Walk every value and every key, each with its JSON path."""
    waiting: list[tuple[str, Json, int]] = [("content", content, 0)]
    while waiting:
        place, value, depth = waiting.pop()
        yield place, value
        if depth > _DEEPEST:
            raise FormatError(
                f"The content is nested more than {_DEEPEST} levels deep.",
                hint="take the innermost blocks out of the blocks around them",
            )
        if isinstance(value, dict):
            yield from ((f"a key in {place}", key) for key in value)
        waiting.extend((place + step, inner, depth + 1) for step, inner in _inside(value))


def _inside(value: Json) -> Iterator[tuple[str, Json]]:
    if isinstance(value, dict):
        for key in reversed(value):
            yield f".{key}" if _PLAIN_KEY.fullmatch(key) else f"[{json.dumps(key)}]", value[key]
    elif isinstance(value, list):
        for at in range(len(value) - 1, -1, -1):
            yield f"[{at}]", value[at]
