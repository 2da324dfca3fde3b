"""Merging documents: by whole top-level blocks, and by the text of their pages."""

from __future__ import annotations

from nbsync.errors import FormatError
from nbsync.formats import (
    body_of,
    content_of,
    document_of,
    has_page_tags,
    is_document,
    markdown_of,
    page_tokens,
)
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
    if base is None:
        return None, 1
    contents = base.content, local.content, remote.content
    if not any(map(is_document, contents)):
        return None, 1
    # a Markdown notebook's one node is no block among others
    alike = all(map(is_document, contents))
    content, regions = _merge_blocks(*contents) if alike else (None, 1)
    return (content, 0) if not regions else _merge_pages(*contents)


def _merge_pages(base: Json, local: Json, remote: Json) -> tuple[Json, int]:
    """Merge the texts of pages, at least one of which is rich text, into remote's form.

    What local has changed and its page does not show cannot be merged so: that is an overlap.
    So is a result that would not be read back as what it says.
    """
    bodies = [body_of(content) for content in (base, local, remote)]
    was, here, there = bodies
    if was is None or here is None or there is None or not _is_shown(here, local, base):
        return None, 1
    pieces = merge_text(was, here, there, cut=page_tokens)
    regions = overlaps(pieces)
    text = "".join(map(str, pieces))
    if regions or (not is_document(remote) and has_page_tags(text, like=there)):
        return None, max(1, regions)
    try:
        content = content_of(text, like=remote)
    except FormatError:
        return None, 1
    return (content, 0) if body_of(content) == text else (None, 1)


def _is_shown(body: str, content: Json, base: Json) -> bool:
    if is_document(content) is not is_document(base):
        return False
    return canonical(content_of(body, like=base)) == canonical(content)


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
    if not isinstance(content, dict) or not isinstance(content.get("content"), list):
        return None
    return canonical({**content, "content": []}), [canonical(block) for block in _blocks(content)]


def _blocks(content: Json) -> list[Json]:
    blocks = content.get("content") if isinstance(content, dict) else None
    return blocks if isinstance(blocks, list) else []


def _by_text(content: Json) -> dict[str, Json]:
    return {canonical(block): block for block in _blocks(content)}
