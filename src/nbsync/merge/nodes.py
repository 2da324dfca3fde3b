"""Merging documents as JSON: block by block, and key by key in blocks that both sides changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from nbsync.merge.orders import keeps_order
from nbsync.merge.regions import Clash, added_at_one_place, nothing_lost, three_way
from nbsync.merge.tables import headers_moved
from nbsync.model import Json, canonical

_Object = dict[str, Json]
_Blocks = list[Json]
_MergePart = Callable[[str, Json, Json, Json], tuple[Json, int]]

# What stands in these is one text to its readers: it merges in the text of the page, or not.
_TEXTS = frozenset({"paragraph", "heading", "codeBlock", "code_block"})
_ROWS = frozenset({"tableRow", "table_row"})
_WIDGET = "ph-"
_IDENTITY = ("id", "nodeId")
_ABSENT: Json = {}
_OVERLAP: tuple[Json, int] = (None, 1)


def merge_node(base: Json, local: Json, remote: Json) -> tuple[Json, int]:
    """Merge two versions of a node, or of a whole document.

    Its keys and its attributes merge one by one, each as a whole, and its blocks one by one;
    the content of a paragraph, a heading or code is one thing.

    Args:
        base: What both come from.
        local: The one.
        remote: The other, whose order of keys is kept.

    Returns:
        The merged node and 0, or None and the number of regions that overlap.
    """
    settled = _settled(base, local, remote)
    if settled is not None:
        return settled[0], 0
    if not (isinstance(base, dict) and isinstance(local, dict) and isinstance(remote, dict)):
        return _OVERLAP
    if not _are_one(base, local, remote):
        return _OVERLAP
    return _merge_keys(base, local, remote, _text_part if _is_text(remote) else _part)


def _is_text(node: _Object) -> bool:
    kind = node.get("type")
    return isinstance(kind, str) and kind in _TEXTS


def _part(name: str, base: Json, local: Json, remote: Json) -> tuple[Json, int]:
    """Merge what both sides changed of a node."""
    if name == "content" and isinstance(base, list):
        if isinstance(local, list) and isinstance(remote, list):
            return _merge_blocks(base, local, remote)
        return _OVERLAP
    return _text_part(name, base, local, remote)


def _text_part(name: str, base: Json, local: Json, remote: Json) -> tuple[Json, int]:
    if name != "attrs" or not isinstance(base, dict):
        return _OVERLAP
    if not isinstance(local, dict) or not isinstance(remote, dict):
        return _OVERLAP
    return _merge_keys(base, local, remote, _both)


def differences(one: Json, other: Json) -> int:
    """Count the values that differ between two documents that a page shows alike."""
    if isinstance(one, dict) and isinstance(other, dict):
        names = one.keys() | other.keys()
        return sum(differences(one.get(name), other.get(name)) for name in names)
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return sum(map(differences, one, other))
    return int(canonical(one) != canonical(other))


def _settled(base: Json, local: Json, remote: Json) -> tuple[Json] | None:
    """What comes of it where at most one side has changed something."""
    if _same(local, remote) or _same(local, base):
        return (remote,)
    return (local,) if _same(remote, base) else None


def _same(one: Json, other: Json) -> bool:
    if one is _ABSENT or other is _ABSENT:
        return one is other
    return canonical(one) == canonical(other)


def _are_one(*nodes: _Object) -> bool:
    """Whether nodes are versions of one: a widget with another id is another one."""
    kinds = {canonical(node.get("type")) for node in nodes}
    if len(kinds) > 1 or not str(nodes[0].get("type")).startswith(_WIDGET):
        return len(kinds) == 1
    attrs = [node.get("attrs") for node in nodes]
    found = [[one.get(name) for one in attrs if isinstance(one, dict)] for name in _IDENTITY]
    return all(len({canonical(each) for each in ids if each is not None}) <= 1 for ids in found)


def _merge_keys(
    base: _Object, local: _Object, remote: _Object, part: _MergePart
) -> tuple[Json, int]:
    merged: _Object = {}
    regions = 0
    for name in {**remote, **local}:
        was, here, there = (side.get(name, _ABSENT) for side in (base, local, remote))
        settled = _settled(was, here, there)
        value, clashes = part(name, was, here, there) if settled is None else (settled[0], 0)
        regions += clashes
        if value is not _ABSENT:
            merged[name] = value
    return (None, regions) if regions else (merged, 0)


def _both(_name: str, _base: Json, _local: Json, _remote: Json) -> tuple[Json, int]:
    return _OVERLAP


def _merge_blocks(base: _Blocks, local: _Blocks, remote: _Blocks) -> tuple[Json, int]:
    if headers_moved(_header(base), _header(local), _header(remote)):
        return _OVERLAP
    nodes = {canonical(block): block for block in (*base, *local, *remote)}
    was, here, there = ([*map(canonical, blocks)] for blocks in (base, local, remote))
    merged: _Blocks = []
    counts = [Counter(was), Counter(here), Counter(there), Counter[str]()]
    regions = 0
    for piece in three_way(was, here, there):
        if not isinstance(piece, Clash):
            merged += [nodes[text] for text in piece]
            counts[3].update(piece)
            continue
        found, clashes = _merge_one_by_one(piece, nodes)
        merged += found
        regions += clashes
        for side, texts in zip(counts, (piece.base, piece.local, piece.remote), strict=False):
            side.subtract(texts or ())
    if regions:
        return None, regions
    kept = nothing_lost(*(count.elements() for count in counts))
    kept = kept and keeps_order(here, there, [*map(canonical, merged)])
    return (merged, 0) if kept and not added_at_one_place(was, here, there) else _OVERLAP


def _merge_one_by_one(clash: Clash, nodes: dict[str, Json]) -> tuple[_Blocks, int]:
    """Merge blocks that both sides changed, where both have as many as there were."""
    base, local, remote = (
        [nodes[text] for text in side or ()] for side in (clash.base, clash.local, clash.remote)
    )
    if not len(base) == len(local) == len(remote):
        return [], 1
    found = [merge_node(*sides) for sides in zip(base, local, remote, strict=True)]
    return [node for node, _ in found], sum(clashes for _, clashes in found)


def _header(blocks: _Blocks) -> list[str] | None:
    """The cells of the first row, where the blocks are the rows of a table."""
    first = blocks[0] if blocks else None
    if not isinstance(first, dict) or first.get("type") not in _ROWS:
        return None
    cells = first.get("content")
    return [canonical(cell) for cell in cells] if isinstance(cells, list) else None
