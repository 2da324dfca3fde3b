"""Merging titles, which mostly just follow the text's first heading."""

from __future__ import annotations

from nbsync.formats import markdown_of, title_of
from nbsync.formats.frontmatter import same_text
from nbsync.model import Json, Notebook


def follow_headings(local: Notebook, remote: Notebook) -> bool:
    """Tell whether both titles say what each side's first heading says."""
    return _follows(local) and _follows(remote)


def _follows(notebook: Notebook) -> bool:
    markdown = markdown_of(notebook.content)
    return markdown is not None and same_text(notebook.title, title_of(markdown))


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
        return title_of(markdown_of(content) or ""), 0
    if local.title == remote.title or (base is not None and local.title == base.title):
        return remote.title, 0
    if base is not None and remote.title == base.title:
        return local.title, 0
    return None, 1
