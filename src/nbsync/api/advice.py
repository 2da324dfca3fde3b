"""What to do about a request that the server will not take as it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus

from nbsync.api.question import Question

_CHANGED_ON_ITS_WAY = (
    "it does not arrive as it was sent: check HTTPS_PROXY, `host` in nbsync.toml, and the proxy"
    " before PostHog"
)
_SHARED = (
    "in PostHog, end the sharing of the notebook, or let somebody push it who has access to all"
    " that it shows"
)
_NO_EDITOR = (
    "nbsync open {which}   # ask for editor access there; your page keeps the edit, and nbsync push"
    " sends it then"
)
_LONG_TITLE = "shorten the first `# heading` of the page, or its `title:`, to 256 characters"
_HEADERS = "let the proxy before PostHog hand on the headers Accept and Content-Type as they are"

# By field and code, either empty for any, and a pattern for the detail; the first one counts
# (contract section 9; transcripts/2026/08, 09, 11, 20, 63, 64).
_BY_WORDS: tuple[tuple[str, str, str, str], ...] = (
    ("", "", "publicly shared", _SHARED),
    ("", "", "editor access", _NO_EDITOR),
    ("title", "max_length", "", _LONG_TITLE),
    ("", "null_characters_not_allowed", "", "remove the character U+0000 from the page"),
    ("", "surrogate_characters_not_allowed", "", "write the broken character in the page anew"),
    ("title", "", "", "write the title of the page as one line of text"),
    ("content", "", r"(?i)\bcells?\b", "take cells out of the page, or split it into several"),
    ("content", "", "ph-query", "correct that query in the page: nbsync diff {which}"),
    ("content", "", "", "find what JSON cannot hold, such as NaN: nbsync diff {which}"),
    ("short_id", "", "", "take the short_id line out of the page, then: nbsync add FILE"),
    ("version", "", "", "nbsync pull {which}"),
    ("", "parse_error", "integer string", "shorten the long number in the page"),
    ("", "parse_error", "", _CHANGED_ON_ITS_WAY),
)
_BY_STATUS: Mapping[int, str] = {
    HTTPStatus.FORBIDDEN: "ask for access to it in PostHog",
    HTTPStatus.METHOD_NOT_ALLOWED: "check `host` in nbsync.toml, and that the proxy before PostHog"
    " lets GET, POST and PATCH pass",
    HTTPStatus.NOT_ACCEPTABLE: _HEADERS,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "split the notebook into several, or let the proxy before"
    " PostHog take larger requests",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: _HEADERS,
}


def advice(asked: Question, status: int, code: str, attr: str, detail: str) -> str:
    """What to do next about a refusal.

    Args:
        asked: What was refused.
        status: The HTTP status.
        code: The error's code in PostHog's words, "" if it has none.
        attr: The field that it is about; "" for none.
        detail: What it says.
    """
    for of_attr, of_code, pattern, hint in _BY_WORDS:
        if of_attr in {"", attr} and of_code in {"", code} and re.search(pattern, detail):
            return hint.format(which=asked.short_id or "").strip()
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if not asked.writes:
        return "nbsync status -v"
    return f"nbsync diff {asked.short_id or ''}".strip() if attr else _CHANGED_ON_ITS_WAY
