"""Merging documents: Markdown notebooks by their text, all others by whole top-level blocks."""

from __future__ import annotations

from nbsync.formats import document_of, markdown_of
from nbsync.merge.regions import Clash, nothing_lost, three_way
from nbsync.merge.texts import merge_text, overlaps
from nbsync.model import Json, Notebook, canonical


def merge_content(base: Notebook | None, local: Notebook, remote: Notebook) -> tuple[Json, int]:
    """Merge two versions of a content.

    Args:
        base: The notebook that both come from; without it nothing merges that differs.
        local: The one.
        remote: The other.

    Returns:
        The merged content and 0, or None and the number of regions that overlap.
    """
    here, there = canonical(local.content), canonical(remote.content)
    was = None if base is None else canonical(base.content)
    if here in (there, was):
        return remote.content, 0
    if there == was:
        return local.content, 0
    texts = markdown_of(local.content), markdown_of(remote.content)
    if texts[0] is not None and texts[1] is not None:
        return _merge_markdown(None if base is None else base.content, local, remote)
    if base is None or texts != (None, None):
        return None, 1
    return _merge_blocks(base.content, local.content, remote.content)


def _merge_markdown(base: Json, local: Notebook, remote: Notebook) -> tuple[Json, int]:
    sides = (base, local.content, remote.content)
    was, here, there = (markdown_of(side) for side in sides)
    pieces = merge_text(was, here or "", there or "")
    shell = _shell(*sides)
    regions = overlaps(pieces) + (shell is None)
    return (None, regions) if regions else (document_of("".join(map(str, pieces)), like=shell), 0)


def _shell(base: Json, local: Json, remote: Json) -> Json:
    """Choose the document whose other keys and attributes both sides agree on, if there is one."""
    was, here, there = (canonical(document_of("", like=side)) for side in (base, local, remote))
    if here in (there, was):
        return remote
    return local if there == was else None


def _merge_blocks(base: Json, local: Json, remote: Json) -> tuple[Json, int]:
    was, here, there = (_cut(side) for side in (base, local, remote))
    if was is None or here is None or there is None or not was[0] == here[0] == there[0]:
        return None, 1
    pieces = three_way(was[1], here[1], there[1])
    regions = sum(isinstance(piece, Clash) for piece in pieces)
    if regions:
        return None, regions
    merged = [block for piece in pieces if not isinstance(piece, Clash) for block in piece]
    if not nothing_lost(was[1], here[1], there[1], merged):
        return None, 1
    blocks = _by_text(local) | _by_text(remote)
    around = remote if isinstance(remote, dict) else {}
    return {**around, "content": [blocks[block] for block in merged]}, 0


def _cut(content: Json) -> tuple[str, list[str]] | None:
    """Part a rich-text document into what is around its blocks, and the blocks, as texts."""
    if not isinstance(content, dict) or content.get("type") != "doc":
        return None
    if not isinstance(content.get("content"), list):
        return None
    return canonical({**content, "content": []}), [canonical(block) for block in _blocks(content)]


def _blocks(content: Json) -> list[Json]:
    blocks = content.get("content") if isinstance(content, dict) else None
    return blocks if isinstance(blocks, list) else []


def _by_text(content: Json) -> dict[str, Json]:
    return {canonical(block): block for block in _blocks(content)}
