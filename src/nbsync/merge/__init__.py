"""Merging a notebook that both sides changed, and the draft for what does not merge."""

from __future__ import annotations

from dataclasses import dataclass

from nbsync.merge.documents import merge_content
from nbsync.merge.drafts import draft
from nbsync.merge.titles import merge_title
from nbsync.model import Notebook

__all__ = ["Merged", "draft", "merge"]


@dataclass(frozen=True, slots=True)
class Merged:
    """What came of a merge.

    Attributes:
        notebook: The merged notebook; None where regions overlap.
        regions: How many regions overlap, the title counted as one.
    """

    notebook: Notebook | None
    regions: int


def merge(base: Notebook | None, local: Notebook, remote: Notebook) -> Merged:
    """Merge two versions of a notebook.

    Every change of either side is in the result, or it is an overlap: nothing is dropped,
    reordered or chosen silently. Markdown merges block by block, then line by line; other
    documents by whole top-level blocks.

    Args:
        base: The notebook that both come from; without it only equal ones merge.
        local: The one.
        remote: The other.
    """
    if remote in (local, base):
        return Merged(local, 0)
    if local == base:
        return Merged(remote, 0)
    content, regions = merge_content(base, local, remote)
    title, clashes = merge_title(base, local, remote, content)
    if regions + clashes:
        return Merged(None, regions + clashes)
    return Merged(Notebook(title, content), 0)
