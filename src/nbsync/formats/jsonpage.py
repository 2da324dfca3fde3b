"""JSON pages: a notebook as one object with short_id, title and content."""

from __future__ import annotations

import json
import re

from nbsync.errors import FormatError
from nbsync.formats.frontmatter import check_id, same_text
from nbsync.formats.jsonplaces import line_of_key, trouble
from nbsync.formats.markers import refuse_markers
from nbsync.model import Json, Notebook, parse_json

_KEYS = ("short_id", "title", "content")
_MEANT = re.compile(r'^[ \t]*+(?:\{[ \t]*+)?"short_id"[ \t]*+:', re.MULTILINE)
_SURROGATE = re.compile(r"[\ud800-\udfff]")
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
    _check_id(short_id, text)
    return str(short_id)


def _check_id(short_id: Json, text: str) -> None:
    try:
        check_id(short_id, line=1)
    except FormatError as error:
        line = line_of_key(text, "short_id")
        raise FormatError(error.message, line=line, hint=error.hint) from None


def parse_json_page(text: str, *, like: Notebook | None) -> Notebook:
    """Read the notebook that a JSON page says.

    Args:
        text: All of the page.
        like: The notebook that the page stands on; its title stands in for a missing one.

    Raises:
        FormatError: It is no JSON, has another shape, has keys that would be lost, or says
            something that PostHog's database cannot keep.
    """
    page = _object(text)
    if "short_id" not in page:
        raise FormatError("The page has no short_id.", line=1, hint=_FIX)
    _check_id(page["short_id"], text)
    here = _notebook(page, text, title=like.title if like else None)
    if like is not None and same_text(here.title, like.title):
        return Notebook(like.title, here.content)
    return here


def _notebook(page: dict[str, Json], text: str, *, title: str | None) -> Notebook:
    said = page.get("title", title)
    if not isinstance(said, str | None):
        raise FormatError("The title is no text.", line=line_of_key(text, "title"), hint=_FIX)
    try:
        return Notebook(said if said is None else said.strip(), page["content"])
    except ValueError as error:
        raise _unreadable(text, error) from error


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
                line=line_of_key(text, key),
                hint="only short_id, title and content belong here: remove the key",
            )
    return page


def _load(text: str) -> Json:
    try:
        return parse_json(text.removeprefix("\ufeff"), unique=True)
    except json.JSONDecodeError as error:
        raise FormatError(
            f"The page is no JSON: {error.msg}.", line=error.lineno, hint=_FIX
        ) from error
    except ValueError as error:
        raise _unreadable(text, error) from error


def _unreadable(text: str, error: ValueError) -> FormatError:
    what, line = trouble(text) or (str(error), 1)
    return FormatError(f"The page cannot be read: {what}.", line=line, hint=_FIX)


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
        FormatError: The text is no JSON, no object with a content and nothing unknown, or says
            something that PostHog's database cannot keep.
    """
    page = _object(text)
    _notebook(page, text, title=None)
    return _written(short_id, page.get("title"), page["content"])
