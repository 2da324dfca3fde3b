"""Rich-text documents as Markdown, and back relative to the document that they came from."""

from __future__ import annotations

from nbsync.formats.richtext.document import (
    blocks_in,
    document_title,
    parse_document,
    render_document,
)

__all__ = ["blocks_in", "document_title", "parse_document", "render_document"]
