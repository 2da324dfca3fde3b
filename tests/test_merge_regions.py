"""Merging sequences whose elements are alike."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbsync.formats.align import matches
from nbsync.merge.regions import Clash, three_way, two_way

ALIKE = st.lists(st.sampled_from("abc"), max_size=8)


def flat(base: str, local: str, remote: str) -> str | None:
    pieces = three_way(list(base), list(local), list(remote))
    runs = ["".join(piece) for piece in pieces if not isinstance(piece, Clash)]
    return "".join(runs) if len(runs) == len(pieces) else None


@given(ALIKE, ALIKE)
def test_matches_are_equal_runs_in_the_order_of_both(one: list[str], other: list[str]) -> None:
    here = there = 0
    for a, b, length in matches(one, other):
        assert length and a >= here and b >= there
        assert one[a : a + length] == other[b : b + length]
        here, there = a + length, b + length
    assert here <= len(one) and there <= len(other)


@given(ALIKE, ALIKE)
def test_a_comparison_holds_both_sides(local: list[str], remote: list[str]) -> None:
    pieces = two_way(local, remote)
    here = [text for p in pieces for text in (p.local if isinstance(p, Clash) else p)]
    there = [text for p in pieces for text in (p.remote if isinstance(p, Clash) else p)]
    assert (here, there) == (local, remote)


@given(ALIKE, ALIKE)
def test_what_one_side_left_alone_is_the_other_sides(base: list[str], new: list[str]) -> None:
    texts = "".join(base), "".join(new)
    assert flat(texts[0], texts[0], texts[1]) == texts[1]
    assert flat(texts[0], texts[1], texts[0]) == texts[1]
    assert flat(texts[0], texts[1], texts[1]) == texts[1]


@pytest.mark.parametrize(
    ("base", "local", "remote", "merged"),
    [
        ("ab", "Ab", "aB", "AB"),  # neighbours edited
        ("ab", "b", "aB", "B"),  # one removed, its neighbour edited
        ("ab", "anb", "aB", "anB"),  # one added, its neighbour edited
        ("a", "na", "nA", "nA"),  # the same added, one edited too
        ("a", "", "aa", "a"),  # removed here and doubled there: either way the same
        ("a", "b", "aa", None),  # edited here and doubled there: which of the two?
        ("a", "", "axa", None),
        ("a", "xa", "ya", None),  # two added at one place
        ("a", "b", "c", None),
        ("a", "", "b", None),
        ("abcd", "abd", "d", "d"),  # both removed one, and one of them more
        ("abc", "xyn", "xy", None),  # as much, but what stands for what?
        ("ab", "xyn", "xy", "xyn"),  # all replaced alike, and one added here
        ("ab", "anb", "amB", None),  # one added on both sides, at one place
        ("a", "bxa", "bya", None),
    ],
)
def test_changes_that_touch_merge_if_they_do_so_in_one_way_only(
    base: str, local: str, remote: str, merged: str | None
) -> None:
    assert flat(base, local, remote) == flat(base, remote, local) == merged
