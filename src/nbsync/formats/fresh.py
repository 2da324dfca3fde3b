"""What a new notebook holds, and which texts may become one."""

from __future__ import annotations

from nbsync.errors import FormatError
from nbsync.formats.content import document_of, markdown_of
from nbsync.formats.headings import title_of
from nbsync.model import Json, Notebook

RICHTEXT = "richtext"
"""What `new_notebooks` in nbsync.toml says where the server knows no Markdown notebooks."""


def new_notebook(title: str, *, kind: str) -> Notebook:
    """Make the notebook that has nothing in it but its title.

    Args:
        title: Its title.
        kind: "markdown" or "richtext", as `new_notebooks` in nbsync.toml says.
    """
    title = title.strip()
    if kind == RICHTEXT:
        heading: dict[str, Json] = {"type": "heading", "attrs": {"level": 1}}
        if title:  # a heading without words has no content, as it is read
            heading["content"] = [{"type": "text", "text": title}]
        return Notebook(title, {"type": "doc", "content": [heading]})
    line = f"# {title}"
    return Notebook(title, document_of(line if title_of(line) == title else ""))


def check_new(notebook: Notebook, path: str, *, kind: str) -> None:
    """Refuse a file that would become a notebook which the mirror's server does not know.

    Args:
        notebook: What the file says.
        path: The file.
        kind: "markdown" or "richtext", as `new_notebooks` in nbsync.toml says.

    Raises:
        FormatError: It is Markdown, and new notebooks are to be rich text.
    """
    if kind == RICHTEXT and markdown_of(notebook.content) is not None:
        raise FormatError(
            f"{path} would become a Markdown notebook, and nbsync.toml says"
            f' new_notebooks = "{RICHTEXT}": this server may not know Markdown notebooks.',
            hint="nbsync new TITLE   # makes a rich-text page; bring the words into that",
        )
