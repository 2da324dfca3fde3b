"""Which kind of page a notebook gets, and pages of either kind read and written."""

from __future__ import annotations

from nbsync.errors import FormatError
from nbsync.formats import JSON, MARKDOWN
from nbsync.formats.content import is_document, markdown_of
from nbsync.formats.frontmatter import short_id_of
from nbsync.formats.jsonpage import (
    adopt_json_page,
    json_short_id,
    parse_json_page,
    render_json_page,
)
from nbsync.formats.page import adopt_page, parse_page, render_page
from nbsync.model import Json, Notebook, is_deeper

# What the interpreters and editors at both ends can be trusted with.
_DEEPEST = 500

_INEXACT = "its text would not come back from a page as it is"


def suffix_for(notebook: Notebook, form: str) -> str:
    """Choose the kind of page for a notebook.

    Args:
        notebook: The notebook.
        form: The mirror's format, "markdown" or "json".

    Returns:
        `.md` or `.json`; a notebook that cannot be a Markdown page exactly is a JSON page.
    """
    return JSON if form == "json" or why_json(notebook) else MARKDOWN


def why_json(notebook: Notebook) -> str:
    """Say in one clause why a notebook cannot be a Markdown page; "" if it can.

    That is tried, each time: a page that would not be read back as the very same notebook is
    never written.
    """
    return _no_page(notebook) or (_INEXACT if _exact_page(notebook, "x") is None else "")


def page_for(notebook: Notebook, short_id: str, form: str) -> tuple[str, str]:
    """Write the page of a notebook that has none yet.

    That costs what `suffix_for` alone does: the page that is tried is the page.

    Args:
        notebook: The notebook.
        short_id: Its id.
        form: The mirror's format, "markdown" or "json".

    Returns:
        (`.md` or `.json`, all of the page); a Markdown page is read back as the very same notebook.

    Raises:
        FormatError: No page can hold it.
    """
    page = None if form == "json" or _no_page(notebook) else _exact_page(notebook, short_id)
    return (JSON, render_json_page(notebook, short_id)) if page is None else (MARKDOWN, page)


def _no_page(notebook: Notebook) -> str:
    """Say why a notebook cannot be a Markdown page, where that need not be tried."""
    content = notebook.content
    if markdown_of(content) is not None:
        return ""
    if not is_document(content):
        return f"its content is no document but {_kind(content)}"
    return f"it is nested more than {_DEEPEST} levels deep" if is_deeper(content, _DEEPEST) else ""


def _exact_page(notebook: Notebook, short_id: str) -> str | None:
    """Write a notebook as a Markdown page; None where that is not read back as it was."""
    page = ""
    try:
        page = render_page(notebook, short_id)
        exact = parse_page(page, like=notebook) == notebook
    except FormatError:
        exact = False
    return page if exact else None


def _kind(content: Json) -> str:
    if isinstance(content, dict):
        return "an object of another kind"
    names = {list: "a list", str: "a text", bool: "a truth value", type(None): "null"}
    return names.get(type(content), "a number")


def short_id_in(text: str, suffix: str) -> str | None:
    """Read the id in a file; None where the file is nobody's business.

    Args:
        text: All of the file.
        suffix: `.md` or `.json`.

    Raises:
        FormatError: It is meant as a page, but the id cannot be told; the error has the line.
    """
    return json_short_id(text) if suffix == JSON else short_id_of(text)


def parse(text: str, suffix: str, *, like: Notebook | None) -> Notebook:
    """Read the notebook that a page says.

    Args:
        text: All of the page, its line ends untouched.
        suffix: `.md` or `.json`.
        like: The notebook that the page stands on, if there is one. From it come the
            document's other keys, whether a final newline belongs to the Markdown, and the
            title where neither a `title:` nor a heading gives one.

    Raises:
        FormatError: The page cannot be understood; the error has the line.
    """
    return parse_json_page(text, like=like) if suffix == JSON else parse_page(text, like=like)


def render(notebook: Notebook, short_id: str, suffix: str, *, like: str | None = None) -> str:
    """Write a notebook as a page.

    Args:
        notebook: The notebook.
        short_id: Its id.
        suffix: `.md` or `.json`, as `suffix_for` gave it.
        like: The page's current text: in its front matter all but short_id and title stays
            byte for byte. JSON pages have nothing to keep.

    Raises:
        FormatError: The notebook is none for such a page, or like's front matter cannot be
            changed in place.
    """
    if suffix == JSON:
        return render_json_page(notebook, short_id)
    return render_page(notebook, short_id, like=like)


def adopt(text: str, short_id: str, suffix: str) -> str:
    """Make a page of a file's text: it gets the id, and keeps all else that it has.

    Args:
        text: All of the file.
        short_id: The new notebook's id; it replaces one that is there.
        suffix: `.md` or `.json`.

    Raises:
        FormatError: Its front matter, or its JSON, cannot be read.
    """
    return adopt_json_page(text, short_id) if suffix == JSON else adopt_page(text, short_id)
