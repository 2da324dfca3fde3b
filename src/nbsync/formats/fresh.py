"""What a new notebook holds, and which texts may become one."""

from __future__ import annotations

import re

from nbsync.errors import FormatError
from nbsync.formats.content import document_of, markdown_of
from nbsync.formats.headings import title_of
from nbsync.model import Json, Notebook

RICHTEXT = "richtext"
"""What `new_notebooks` in nbsync.toml says where the server knows no Markdown notebooks."""

_BLANK_LINES = re.compile(r"\n(?:[ \t]*\n)+")
_LINE_END = re.compile(r"\r\n?|\n")


def new_notebook(title: str, *, kind: str) -> Notebook:
    """Make the notebook that has nothing in it but its title.

    Args:
        title: Its title.
        kind: "markdown" or "richtext", as `new_notebooks` in nbsync.toml says.
    """
    title = title.strip()
    if kind == RICHTEXT:
        return Notebook(title, document_of_richtext(title))
    heading = f"# {title}"
    return Notebook(title, document_of(heading if title_of(heading) == title else ""))


def document_of_richtext(title: str, text: str = "") -> Json:
    """Make the document of a new rich-text notebook: `heading block*` (dialect.md 12).

    Args:
        title: The level-1 heading that it begins with.
        text: Plain text; blank lines part its paragraphs, and other line ends are hard breaks.
            Without any there is one empty paragraph, to write into.
    """
    lines = _LINE_END.sub("\n", text).strip("\n")
    heading: Json = {"type": "heading", "attrs": {"level": 1}, **_inline([title.strip()])}
    paragraphs: list[Json] = [
        {"type": "paragraph", **_inline(part.split("\n"))} for part in _BLANK_LINES.split(lines)
    ]
    return {"type": "doc", "content": [heading, *paragraphs]}


def _inline(lines: list[str]) -> dict[str, Json]:
    nodes: list[Json] = []
    for number, line in enumerate(lines):
        if number:
            nodes.append({"type": "hardBreak"})
        if line:  # ProseMirror knows no empty text
            nodes.append({"type": "text", "text": line})
    return {"content": nodes} if nodes else {}


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
