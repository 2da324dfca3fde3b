"""The text of a notebook's page, in whichever of the two forms its document has."""

from __future__ import annotations

import re

from nbsync.errors import FormatError
from nbsync.formats.blocks import block_tokens
from nbsync.formats.content import document_of, is_document, markdown_of
from nbsync.formats.headings import title_of
from nbsync.model import Json, Notebook, canonical, digest

# What a Markdown notebook would take for text, or for another value.
_PAGE_TAG = re.compile(
    r"</?(?:Char|Break|Mark|Node|Paragraph|Cell|Header|Backlink|ReplayTimestamp)[\s/>]|[{:,\[] ?`\n"
)

NEW_DOCUMENT = Notebook(None, {"type": "doc", "content": []})
"""What a new page stands on where new notebooks are to be rich text."""


def body_of(content: Json) -> str | None:
    """Give the Markdown of a page: the stored Markdown, or a rich-text document as Markdown.

    Returns:
        None for a content that is neither.
    """
    if is_document(content):
        from nbsync.formats.richtext import render_document  # noqa: PLC0415 - few need it

        return render_document(content)
    return markdown_of(content)


def page_key(notebook: Notebook) -> str:
    """Tell whether two Markdown pages say the same, whatever each was read relative to.

    A rich-text page says less than its document holds, so that the notebook's own key will not
    do: the same page stands for one document or another, as its base does.
    """
    if not is_document(notebook.content):
        return notebook.key
    return digest(canonical([notebook.title, body_of(notebook.content)]))


def content_of(body: str, *, like: Json | None) -> Json:
    """Make the content that a page's body says, of the form that like has.

    Args:
        body: The Markdown.
        like: The content that the page stands on: a rich-text document, relative to which the
            body is read; a Markdown notebook's, whose other keys are kept; None for new Markdown.

    Raises:
        FormatError: It is to be rich text, and cannot be understood; the error has the body's
            line.
    """
    if is_document(like):
        from nbsync.formats.richtext import parse_document  # noqa: PLC0415 - few need it

        return parse_document(body, like=like)
    return document_of(body, like=like)


def heading_of(content: Json, body: str | None = None) -> str | None:
    """Give the text of a content's first level-1 heading, which PostHog takes for its title.

    Args:
        content: The content.
        body: Its Markdown, where that is at hand.
    """
    if is_document(content):
        from nbsync.formats.richtext import document_title  # noqa: PLC0415 - few need it

        return document_title(content)
    return title_of((markdown_of(content) if body is None else body) or "")


def page_tokens(body: str) -> list[str]:
    """Split the text of a rich-text page into block, separator, …, as `blocks.block_tokens` does.

    A block is what stands for one node, whatever empty lines are in it.
    """
    from nbsync.formats.richtext import blocks_in  # noqa: PLC0415 - few need it

    try:
        tokens = [part for block in blocks_in(body) for part in (block, "\n\n")][:-1]
    except FormatError:
        tokens = []
    return tokens if "".join(tokens) == body and tokens else block_tokens(body)


def has_page_tags(body: str, *, like: str = "") -> bool:
    """Whether a text holds tags that only the pages of rich-text notebooks know.

    Args:
        body: The text.
        like: A Markdown notebook's text; blocks that it has itself are its own.
    """
    known = set(block_tokens(like)[::2])
    return any(_PAGE_TAG.search(block) for block in block_tokens(body)[::2] if block not in known)
