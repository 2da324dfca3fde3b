"""Laws of merging documents by whole blocks: nothing is dropped or put elsewhere."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from nbsync.merge import Merged, merge
from nbsync.merge.nodes import merge_node
from nbsync.merge.tables import columns_moved
from nbsync.model import Json, Notebook, canonical

LISTS = st.lists(st.sampled_from("abcde"), max_size=6)
# Edits of one list, so that most of it is on both sides, as in life.
EDITS = st.lists(
    st.tuples(st.sampled_from(["add", "drop", "change"]), st.integers(0, 6)), max_size=3
)
MOVES = st.lists(
    st.tuples(st.sampled_from(["add", "drop", "change", "move"]), st.integers(0, 6)), max_size=3
)
UNIQUE = st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=8)


def document(blocks: list[str]) -> Json:
    nodes: list[Json] = [
        {"type": "paragraph", "content": [{"type": "text", "text": block}]} for block in blocks
    ]
    return {"type": "doc", "content": nodes}


def merged(base: list[str], local: list[str], remote: list[str]) -> Merged:
    return merge(*(Notebook("T", document(each)) for each in (base, local, remote)))


def blocks_of(found: Merged) -> list[str]:
    assert found.notebook is not None
    content = found.notebook.content
    assert isinstance(content, dict) and isinstance(content["content"], list)
    whole = document(["?"])
    texts = []
    for block in content["content"]:
        text = str(block).partition("'text': '")[2].partition("'")[0]
        texts.append(text)
    assert document(texts) == content != whole
    return texts


def edited(blocks: list[str], edits: list[tuple[str, int]], names: str) -> list[str]:
    """Another list, whose new blocks have names that nobody else gives."""
    new = list(blocks)
    for number, (what, place) in enumerate(edits):
        at = min(place, len(new))
        if what == "move":
            new = new[at:] + new[:at]
            continue
        new[at : at + (what != "add")] = [] if what == "drop" else [f"{names}{number}"]
    return new


@given(LISTS, LISTS, LISTS)
def test_every_block_is_there_as_often_as_the_changes_say_or_it_is_a_clash(
    base: list[str], local: list[str], remote: list[str]
) -> None:
    found = merged(base, local, remote)
    if found.notebook is None:
        return
    was, here, there, now = map(Counter, (base, local, remote, blocks_of(found)))
    for block in "abcde":
        if here[block] == was[block]:
            assert now[block] == there[block]
        elif there[block] == was[block]:
            assert now[block] == here[block]
        elif not was[block]:
            assert now[block] >= max(here[block], there[block])
        else:  # each may have changed another one of several that are alike
            assert now[block] <= here[block] + there[block]


@given(UNIQUE, EDITS, EDITS)
def test_what_either_side_added_is_in_the_result_and_what_it_removed_is_not(
    base: list[str], ours: list[tuple[str, int]], theirs: list[tuple[str, int]]
) -> None:
    local, remote = edited(base, ours, "l"), edited(base, theirs, "r")
    found = merged(base, local, remote)
    if found.notebook is None:
        assert found.regions > 0 and local != base != remote
        return
    now = blocks_of(found)
    gone = {block for block in base if block not in local or block not in remote}
    assert Counter(now) == Counter({*base, *local, *remote} - gone)


@given(UNIQUE, MOVES, MOVES)
def test_blocks_that_stand_in_one_order_on_both_sides_keep_it(
    base: list[str], ours: list[tuple[str, int]], theirs: list[tuple[str, int]]
) -> None:
    local, remote = edited(base, ours, "l"), edited(base, theirs, "r")
    found = merged(base, local, remote)
    now = blocks_of(found) if found.notebook else []
    assert len({*now}) == len(now)
    for first, second in combinations(now, 2):
        if {first, second} <= {*local} & {*remote}:
            sides = [side.index(first) < side.index(second) for side in (local, remote)]
            assert any(sides), (first, second)


def test_moves_that_cross_are_no_merge() -> None:
    # each block would be where one side moved it, but a and e the other way round on both sides
    assert merged([*"abcde"], [*"cae"], [*"abecd"]).notebook is None
    assert merged([*"abcd"], [*"bcad"], [*"cadb"]).notebook == Notebook("T", document([*"cadb"]))


def test_two_blocks_added_at_one_place_are_no_merge() -> None:
    assert merged([*"ab"], [*"a1b"], [*"A2b"]).notebook is None


def test_of_a_block_that_both_changed_attributes_and_keys_merge_one_by_one() -> None:
    def block(kind: str = "heading", text: str = "t", **attrs: Json) -> dict[str, Json]:
        return {"type": kind, "attrs": attrs, "content": [{"type": "text", "text": text}]}

    def found(base: Json, local: Json, remote: Json) -> Json:
        here = merge_node(base, local, remote)
        there = merge_node(base, remote, local)
        assert canonical([*here]) == canonical([*there])
        return here[0]

    base = block(level=1, id=None)
    assert found(base, block(level=2, id=None), block(level=1, id="x")) == block(level=2, id="x")
    assert found(base, block(level=2, id=None), block(level=3, id=None)) is None
    assert found(base, block(level=2, id=None), block(text="u", level=1, id=None)) == (
        block(text="u", level=2, id=None)
    )
    assert found(base, block(level=1), block(level=2, id=None)) == block(level=2)
    assert found(base, block(level=1), block(level=1, id="x")) is None
    assert found(base, block("paragraph", level=1, id=None), block(level=2, id=None)) is None
    assert found(base, {**block(), "attrs": 1}, {**block(), "attrs": 2}) is None
    assert found({**block(), "attrs": 1}, block(), {**block(), "attrs": 2}) is None
    assert found({"type": "doc", "content": []}, {"type": "doc"}, document(["a"])) is None
    assert found({"type": "doc", "content": [1]}, document(["a"]), document(["b"])) is None


def test_widgets_with_another_id_are_other_ones() -> None:
    def widget(**attrs: Json) -> Json:
        return {"type": "ph-query", "attrs": attrs}

    base = widget(nodeId=None, title="t", height=1)
    named, high = widget(nodeId="n", title="t", height=1), widget(nodeId=None, title="t", height=2)
    assert merge_node(base, named, high) == (widget(nodeId="n", title="t", height=2), 0)
    assert merge_node(named, widget(nodeId="m", title="t", height=1), high) == (None, 1)
    bare: Json = {"type": "ph-query"}
    assert merge_node(bare, widget(title="t"), widget(height=2)) == (widget(height=2, title="t"), 0)


@given(LISTS, LISTS, LISTS)
def test_the_sides_may_change_places(base: list[str], local: list[str], remote: list[str]) -> None:
    one, other = merged(base, local, remote), merged(base, remote, local)
    assert one.notebook == other.notebook
    assert bool(one.regions) == bool(other.regions)


def test_a_rule_of_dashes_below_words_that_are_no_row_makes_no_table() -> None:
    assert not columns_moved("A\n|---|\n|x|", "|A|B|\n|---|---|\n|x|y|", "A\n|---|\n|x|")
