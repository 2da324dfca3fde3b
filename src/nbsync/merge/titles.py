"""Merging titles, which mostly just follow the text's first heading."""

from __future__ import annotations

from nbsync.formats import heading_of, is_document, markdown_of
from nbsync.formats.frontmatter import same_text
from nbsync.model import Json, Notebook


def follow_headings(local: Notebook, remote: Notebook) -> bool:
    """Tell whether both titles say what each side's first heading says."""
    return _follows(local) and _follows(remote)


def _follows(notebook: Notebook) -> bool:
    content = notebook.content
    readable = markdown_of(content) is not None or is_document(content)
    return readable and same_text(notebook.title, heading_of(content))


def merge_title(
    base: Notebook | None, local: Notebook, remote: Notebook, content: Json
) -> tuple[str | None, int]:
    """Merge two versions of a title.

    Args:
        base: The notebook that both come from; without it nothing merges that differs.
        local: The one.
        remote: The other.
        content: The merged content, whose heading a title follows that followed on both sides;
            None where contents overlap.

    Returns:
        The merged title and 0, or None and 1 where both changed it differently.
    """
    if follow_headings(local, remote):
        return heading_of(content), 0
    if local.title == remote.title or (base is not None and local.title == base.title):
        return remote.title, 0
    if base is not None and remote.title == base.title:
        return local.title, 0
    return None, 1
