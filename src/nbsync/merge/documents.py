"""Merging contents: as documents, block by block, and by the text of their pages."""

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
    text_content,
)
from nbsync.merge.nodes import differences, merge_node
from nbsync.merge.regions import nothing_lost
from nbsync.merge.texts import merge_text, overlaps, worded
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
    content, regions = _merge_nodes(*contents) if alike else (None, 1)
    return (content, 0) if not regions else _merge_pages(*contents)


def _merge_nodes(base: Json, local: Json, remote: Json) -> tuple[Json, int]:
    content, regions = merge_node(base, local, remote)
    if not regions and not _keeps_lines(base, local, remote, content):
        return None, 1
    return content, regions


def _keeps_lines(base: Json, local: Json, remote: Json, merged: Json) -> bool:
    """Whether what adds up block by block does so line by line.

    It does not where one side wrote a block, and the other wrote the same and went on with it.
    """
    was, here, there, now = (worded(text_content(each)) for each in (base, local, remote, merged))
    return nothing_lost(was, here, there, now)


def _merge_pages(base: Json, local: Json, remote: Json) -> tuple[Json, int]:
    """Merge the texts of pages, at least one of which is rich text, into remote's form.

    The result is read relative to remote, so that it keeps what remote has changed and no page
    shows; or to local, if it is local that has changed such things. Where both have, that is an
    overlap. So is a result that has lost one of them, or would not be read back as what it says.
    """
    was, here, there = (body_of(content) for content in (base, local, remote))
    if was is None or here is None or there is None:
        return None, 1
    like = remote
    if not _is_shown(here, local, base):
        if not is_document(local) or not is_document(base) or not _is_shown(there, remote, base):
            return None, 1
        like = local
    pieces = merge_text(was, here, there, cut=page_tokens)
    regions = overlaps(pieces)
    text = "".join(map(str, pieces))
    if regions or (not is_document(remote) and has_page_tags(text, like=there)):
        return None, max(1, regions)
    try:
        content = content_of(text, like=like)
        alike = is_document(base) and is_document(like)
        kept = not alike or _keeps_hidden(text, content, like, base)
    except FormatError:
        return None, 1
    return (content, 0) if kept and body_of(content) == text else (None, 1)


def _is_shown(body: str, content: Json, base: Json) -> bool:
    if is_document(content) is not is_document(base):
        return False
    return canonical(content_of(body, like=base)) == canonical(content)


def _keeps_hidden(text: str, merged: Json, side: Json, base: Json) -> bool:
    """Whether all that a side has changed and its page does not show is in the merged content.

    Args:
        text: The merged page.
        merged: What it says relative to the side.
        side: The side's content.
        base: What it comes from.
    """
    shown = content_of(body_of(side) or "", like=base)
    return differences(side, shown) == differences(merged, content_of(text, like=shown))


def _merge_markdown(base: Json, local: Notebook, remote: Notebook) -> tuple[Json, int]:
    sides = (base, local.content, remote.content)
    was, here, there = (markdown_of(side) for side in sides)
    pieces = merge_text(was, here or "", there or "")
    shell, clashes = merge_node(*(document_of("", like=side) for side in sides))
    regions = overlaps(pieces) + clashes
    return (None, regions) if regions else (document_of("".join(map(str, pieces)), like=shell), 0)
