"""Putting what a page says now into the document that it stands on."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from nbsync.formats.align import matches
from nbsync.formats.richtext.pairing import Pairs, pair
from nbsync.formats.richtext.relative_inline import put_inline
from nbsync.formats.richtext.schema import TEXT_BLOCKS
from nbsync.formats.richtext.showing import attrs_of, children_of, type_of
from nbsync.model import Json, canonical

_TEXTS = TEXT_BLOCKS | {"codeBlock"}
# The one attribute that any block may carry for the editor.
_NODE_ID = "nodeId"


def put_blocks(base: Sequence[Json], shown: Sequence[Json], now: Sequence[Json]) -> list[Json]:
    """Put blocks as a page has them now into the blocks that it stands on.

    A block that the page has as it showed it is base's very node, wherever it stands now. One
    that was edited keeps of base what the page does not show; all others are new.

    Args:
        base: The nodes of the document.
        shown: What the page showed of each, as the reader reads it; one for each of base.
        now: What the reader reads now.
    """
    was, here = [canonical(node) for node in shown], [canonical(node) for node in now]
    kept, gaps = _unmoved(was, here)
    _moved(was, here, kept, gaps)
    edited: Pairs = {}
    for olds, news in gaps:
        edited.update(pair(shown, now, olds, news))
    taken = set(edited.values())
    olds = [at for gap, _ in gaps for at in gap if at not in taken]
    news = [at for _, gap in gaps for at in gap if at not in edited]
    edited.update(pair(shown, now, olds, news, only_alike=True))
    known = {at: base[kept[at]] for at in kept}
    known |= {at: _put(base[old], shown[old], now[at]) for at, old in edited.items()}
    blocks = [known.get(at, node) for at, node in enumerate(now)]
    own = kept.keys() | {at for at, old in edited.items() if _id(shown[old]) == _id(now[at])}
    return _without_copies(blocks, own)


def _without_copies(blocks: Sequence[Json], own: AbstractSet[int]) -> list[Json]:
    """Take the id from a copy of a widget, so that PostHog gives it one of its own.

    Args:
        blocks: The blocks.
        own: Places of those that have their id by right, because base says so.
    """
    taken = {_id(blocks[at]) for at in own}
    single: list[Json] = []
    for at, block in enumerate(blocks):
        copied = at not in own and _id(block) is not None and _id(block) in taken
        taken.add(_id(block))
        if copied and isinstance(block, dict):
            single.append({**block, "attrs": {**attrs_of(block), _NODE_ID: None}})
        else:
            single.append(block)
    return single


def _id(node: Json) -> str | None:
    found = attrs_of(node).get(_NODE_ID)
    return found if isinstance(found, str) else None


_Gap = tuple[list[int], list[int]]


def _unmoved(was: Sequence[str], here: Sequence[str]) -> tuple[Pairs, list[_Gap]]:
    """Find what stands where it stood, and what is left between."""
    kept: Pairs = {}
    gaps: list[_Gap] = []
    old = new = 0
    for a, b, length in [*matches(was, here), (len(was), len(here), 0)]:
        gaps.append((list(range(old, a)), list(range(new, b))))
        kept.update({b + step: a + step for step in range(length)})
        old, new = a + length, b + length
    return kept, gaps


def _moved(was: Sequence[str], here: Sequence[str], kept: Pairs, gaps: Sequence[_Gap]) -> None:
    """Find what stands somewhere else now; it is left in no gap."""
    places: dict[str, list[int]] = {}
    for olds, _ in reversed(gaps):
        for at in reversed(olds):
            places.setdefault(was[at], []).append(at)
    taken: set[int] = set()
    for _, news in gaps:
        for at in news:
            if places.get(here[at]):
                kept[at] = places[here[at]].pop()
                taken.add(kept[at])
        news[:] = [at for at in news if at not in kept]
    for olds, _ in gaps:
        olds[:] = [at for at in olds if at not in taken]


def _put(base: Json, shown: Json, now: Json) -> Json:
    if not isinstance(base, dict) or not isinstance(shown, dict) or not isinstance(now, dict):
        return now
    if type_of(shown) != type_of(now):
        return _as_other_kind(base, shown, now)
    parts = ("attrs", "content")
    rest = [{name: node[name] for name in node if name not in parts} for node in (base, shown, now)]
    node = _put_object(rest[0], rest[1], rest[2])
    attrs = _put_object(attrs_of(base), attrs_of(shown), attrs_of(now))
    if attrs or "attrs" in base:
        node["attrs"] = attrs if attrs or "attrs" not in base else base["attrs"]
    content = _put_content(base, shown, now)
    if content or base.get("content") is not None:
        node["content"] = content
    elif "content" in base:
        node["content"] = base["content"]
    return node


def _put_object(
    base: dict[str, Json], shown: dict[str, Json], now: dict[str, Json]
) -> dict[str, Json]:
    """Take each value from now that differs from what was shown, and all others from base."""
    gone = shown.keys() - now.keys()
    kept = {name: value for name, value in base.items() if name not in gone}
    return kept | {name: value for name, value in now.items() if not _is_same(name, shown, now)}


def _is_same(name: str, one: dict[str, Json], other: dict[str, Json]) -> bool:
    both = name in one and name in other
    return both and canonical(one[name]) == canonical(other[name])


def _put_content(base: Json, shown: Json, now: Json) -> list[Json]:
    kinds = type_of(base), type_of(shown), type_of(now)
    lists = children_of(base), children_of(shown), children_of(now)
    if all(kind in _TEXTS for kind in kinds):
        return put_inline(*lists)
    if any(kind in _TEXTS for kind in kinds) or len(lists[0]) != len(lists[1]):
        return lists[2]
    return put_blocks(*lists)


def _as_other_kind(base: Json, shown: Json, now: dict[str, Json]) -> Json:
    """A block that became one of another kind: its words and its id are base's still."""
    node = dict(now)
    content = _put_content(base, shown, now)
    if content:
        node["content"] = content
    kept = attrs_of(base).get(_NODE_ID)
    if kept is not None and _NODE_ID not in attrs_of(shown) | attrs_of(now):
        node["attrs"] = {**attrs_of(now), _NODE_ID: kept}
    return node
