"""Notebooks as files: Markdown pages and JSON pages, read and written without loss."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

__all__ = [
    "JSON",
    "MARKDOWN",
    "NEW_DOCUMENT",
    "adopt",
    "body_of",
    "check_new",
    "check_sendable",
    "content_of",
    "document_of",
    "has_page_tags",
    "heading_of",
    "is_document",
    "markdown_of",
    "new_notebook",
    "page_for",
    "page_key",
    "page_tokens",
    "parse",
    "render",
    "short_id_in",
    "suffix_for",
    "text_content",
    "title_of",
    "why_json",
]

MARKDOWN, JSON = ".md", ".json"
"""What a page's file name ends in."""

# Where the rest of it comes from. It is loaded when it is first asked for: a look at a mirror in
# which nothing changed reads no page.
_FROM = {
    "bodies": "NEW_DOCUMENT body_of content_of has_page_tags heading_of page_key page_tokens",
    "content": "document_of is_document markdown_of text_content",
    "fresh": "check_new new_notebook",
    "headings": "title_of",
    "kinds": "adopt page_for parse render short_id_in suffix_for why_json",
    "sendable": "check_sendable",
}

if TYPE_CHECKING:
    from nbsync.formats.bodies import (
        NEW_DOCUMENT,
        body_of,
        content_of,
        has_page_tags,
        heading_of,
        page_key,
        page_tokens,
    )
    from nbsync.formats.content import document_of, is_document, markdown_of, text_content
    from nbsync.formats.fresh import check_new, new_notebook
    from nbsync.formats.headings import title_of
    from nbsync.formats.kinds import (
        adopt,
        page_for,
        parse,
        render,
        short_id_in,
        suffix_for,
        why_json,
    )
    from nbsync.formats.sendable import check_sendable
else:

    def __getattr__(name: str) -> object:
        """Load what is offered here, once.

        Raises:
            AttributeError: Nothing of that name is.
        """
        for module, names in _FROM.items():
            if name in names.split():
                found = getattr(import_module(f"{__name__}.{module}"), name)
                globals()[name] = found
                return found
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
