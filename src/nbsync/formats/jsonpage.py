"""JSON pages: a notebook as one object with short_id, title and content."""

from __future__ import annotations

import json
import re

from nbsync.errors import FormatError
from nbsync.formats.frontmatter import check_id, same_text
from nbsync.formats.markers import refuse_markers
from nbsync.model import Json, Notebook, parse_json

_KEYS = ("short_id", "title", "content")
_MEANT = re.compile(r'^[ \t]*"short_id"[ \t]*:', re.MULTILINE)
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[^\s"\[\]{},:]+', re.DOTALL)
_FIX = "put it right in the file, then run `nbsync status`"


def json_short_id(text: str) -> str | None:
    """Read the id in a JSON page; None where the text is nobody's business.

    Raises:
        FormatError: A line begins with `"short_id":`, but the text is no JSON; or what it
            says is no id.
    """
    try:
        page = _load(text)
    except FormatError:
        if _MEANT.search(text):
            refuse_markers(text)
            raise
        return None
    if not isinstance(page, dict) or not page.keys() >= {"short_id", "content"}:
        return None
    short_id = page["short_id"]
    check_id(short_id, line=_line_of(text, "short_id"))
    return str(short_id)


def parse_json_page(text: str, *, like: Notebook | None) -> Notebook:
    """Read the notebook that a JSON page says.

    Args:
        text: All of the page.
        like: The notebook that the page stands on; its title stands in for a missing one.

    Raises:
        FormatError: It is no JSON, has another shape, or has keys that would be lost.
    """
    page = _object(text)
    if "short_id" not in page:
        raise FormatError("The page has no short_id.", line=1, hint=_FIX)
    check_id(page["short_id"], line=_line_of(text, "short_id"))
    title = page.get("title", like.title if like else None)
    if not isinstance(title, str | None):
        raise FormatError("The title is no text.", line=_line_of(text, "title"), hint=_FIX)
    if like is not None and same_text(title, like.title):
        title = like.title
    elif title is not None:
        title = title.strip()
    try:
        return Notebook(title, page["content"])
    except ValueError as error:
        raise FormatError("The content is nested too deeply.", line=1, hint=_FIX) from error


def _object(text: str) -> dict[str, Json]:
    refuse_markers(text)
    page = _load(text)
    if not isinstance(page, dict) or "content" not in page:
        raise FormatError("The page is no object with a content.", line=1, hint=_FIX)
    for key in page:
        if key not in _KEYS:
            raise FormatError(
                f"The key {json.dumps(key, ensure_ascii=False)} is none of a notebook's; what it"
                " says would be lost.",
                line=_line_of(text, key),
                hint="only short_id, title and content belong here: remove the key",
            )
    return page


def _load(text: str) -> Json:
    try:
        return parse_json(text.removeprefix("\ufeff"))
    except json.JSONDecodeError as error:
        raise FormatError(
            f"The page is no JSON: {error.msg}.", line=error.lineno, hint=_FIX
        ) from error
    except ValueError as error:
        raise FormatError(
            f"The page cannot be read: {error}.", line=_line_of_value(text, str(error)), hint=_FIX
        ) from error


def _line_of_value(text: str, message: str) -> int:
    value = message.partition(" ")[0]
    found = next((token for token in _TOKEN.finditer(text) if token[0] == value), None)
    return text.count("\n", 0, found.start()) + 1 if found else 1


def _line_of(text: str, key: str) -> int:
    """Give the line of the first key of that name, which in our own pages is the page's own."""
    written = json.dumps(key, ensure_ascii=False)
    return text.count("\n", 0, max(0, text.find(written))) + 1


def render_json_page(notebook: Notebook, short_id: str) -> str:
    """Write a notebook as a JSON page; its content's keys keep their order."""
    return _written(short_id, notebook.title, notebook.content)


def _written(short_id: str, title: Json, content: Json) -> str:
    page = {"short_id": short_id, "title": title, "content": content}
    text = json.dumps(page, indent=2, ensure_ascii=False) + "\n"
    return _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def adopt_json_page(text: str, short_id: str) -> str:
    """Give a JSON text with a notebook's content an id; it replaces one that is there.

    Raises:
        FormatError: The text is no JSON, or no object with a content and nothing unknown.
    """
    page = _object(text)
    return _written(short_id, page.get("title"), page["content"])
