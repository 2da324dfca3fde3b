"""Merging Markdown: nothing that anybody wrote is dropped, moved or chosen silently."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nbsync.formats.blocks import line_tokens
from nbsync.merge.texts import Overlap, TextPiece, merge_lines, merge_text, overlaps

FEW_LINES = st.sampled_from(["a", "b", "c", "", " ", "```", "- x", "# h"])
ENDS = st.sampled_from(["\n", "\n", "\n\n", "\n\n", "\n \n\n", "\r\n"])
TEXTS = st.lists(FEW_LINES | ENDS, max_size=14).map("".join)


def merged(base: str, local: str, remote: str) -> str:
    pieces = merge_text(base, local, remote)
    assert not overlaps(pieces), pieces
    return "".join(map(str, pieces))


def clashes(base: str | None, local: str, remote: str) -> list[tuple[str | None, str, str]]:
    pieces = merge_text(base, local, remote)
    return [(p.base, p.local, p.remote) for p in pieces if isinstance(p, Overlap)]


def side(pieces: list[TextPiece], name: str) -> str:
    return "".join(p if isinstance(p, str) else getattr(p, name) for p in pieces)


# --- laws ------------------------------------------------------------------------------


@given(TEXTS, TEXTS)
def test_what_one_side_left_alone_is_the_other_sides(base: str, new: str) -> None:
    assert merged(base, base, new) == merged(base, new, base) == merged(base, new, new) == new


@given(TEXTS, TEXTS, TEXTS)
def test_it_merges_from_one_side_if_it_does_from_the_other(
    base: str, local: str, remote: str
) -> None:
    here, there = merge_text(base, local, remote), merge_text(base, remote, local)
    assert bool(overlaps(here)) == bool(overlaps(there))
    if not overlaps(here):
        assert here == there


@given(TEXTS, TEXTS, TEXTS)
@example(base="a\na", local="a", remote="\na")
@example(base="", local="a\n\n ", remote="b")
@example(base="", local="a\n```", remote=" \na")
def test_every_line_of_a_clean_merge_was_written_by_somebody(
    base: str, local: str, remote: str
) -> None:
    pieces = merge_text(base, local, remote)
    if overlaps(pieces):
        return
    was, here, there, now = (
        Counter(line for line in line_tokens(text)[::2] if line.strip())
        for text in (base, local, remote, "".join(map(str, pieces)))
    )
    assert now.keys() <= here.keys() | there.keys()
    for line in was.keys() & here.keys() & there.keys():
        assert now[line] >= 1 or was[line] > 1
    for line in (here - was).keys() | (there - was).keys():
        assert now[line] >= 1


@given(TEXTS, TEXTS)
def test_both_sides_are_in_the_pieces_of_a_comparison(local: str, remote: str) -> None:
    for pieces in (merge_text(None, local, remote), merge_lines(None, local, remote)):
        assert side(pieces, "local") == local and side(pieces, "remote") == remote
        assert bool(overlaps(pieces)) == (local != remote)


PARAGRAPH = st.sampled_from(["same", "one\nline", "- a\n- b", "```\nx\n\ny\n```", "| a |"])
ALIKE = st.sampled_from(["same", "| a |"])


@given(
    st.lists(PARAGRAPH, min_size=1, unique=True) | st.lists(ALIKE, min_size=1, max_size=8),
    st.data(),
)
def test_edits_to_distinct_paragraphs_always_merge(base: list[str], data: st.DataObject) -> None:
    places = range(len(base))
    mine = data.draw(st.sets(st.sampled_from(places)))
    theirs = data.draw(st.sets(st.sampled_from(places))) - mine
    local = [f"mine {at}" if at in mine else base[at] for at in places]
    remote = [f"theirs\n{at}" if at in theirs else base[at] for at in places]
    both = [local[at] if at in mine else remote[at] for at in places]
    assert merged(*("\n\n".join(text) for text in (base, local, remote))) == "\n\n".join(both)


@given(st.lists(PARAGRAPH, min_size=1, unique=True), st.data())
def test_a_paragraph_added_beside_an_edited_one_merges(
    base: list[str], data: st.DataObject
) -> None:
    edited = data.draw(st.integers(0, len(base) - 1))
    added = data.draw(st.integers(0, len(base)))
    local = [*base[:added], "new", *base[added:]]
    remote = [*base[:edited], "edited", *base[edited + 1 :]]
    both = [*remote[:added], "new", *remote[added:]]
    assert merged(*("\n\n".join(text) for text in (base, local, remote))) == "\n\n".join(both)


# --- what merges -------------------------------------------------------------------------

THREE = "one\n\ntwo\n\nthree"


@pytest.mark.parametrize(
    ("base", "local", "remote", "result"),
    [
        # a paragraph removed here, the next one edited there
        (THREE, "one\n\nthree", "one\n\ntwo\n\n3", "one\n\n3"),
        (THREE, "two\n\nthree", "one\n\n2\n\nthree", "2\n\nthree"),
        (THREE, "one\n\ntwo", "one\n\n2\n\nthree", "one\n\n2"),
        # the same paragraph added on both sides, once
        (THREE, f"{THREE}\n\nnew", "one\n\n2\n\nthree\n\nnew", "one\n\n2\n\nthree\n\nnew"),
        ("one", "new\n\none", "new\n\n1", "new\n\n1"),
        ("one", "one\n\nnew", "1\n\nnew", "1\n\nnew"),
        # and more added after it there
        ("one", "one\n\nnew", "one\n\nnew\n\nmore", "one\n\nnew\n\nmore"),
        # different paragraphs removed
        (THREE + "\n\n4", "one\n\nthree\n\n4", "one\n\ntwo\n\n4", "one\n\n4"),
        # items of one list
        ("- [ ] a\n- [ ] b", "- [x] a\n- [ ] b", "- [ ] a\n- [x] b", "- [x] a\n- [x] b"),
        ("- a\n- b\n- c", "- a\n- c", "- a\n- b\n- C", "- a\n- C"),
        ("- a\n- b", "- a\n- new\n- b", "- a\n- B", "- a\n- new\n- B"),
        # rows of a table, lines of code
        ("| a |\n| --- |\n| 1 |\n| 2 |", "| a |\n| --- |\n| I |\n| 2 |",
         "| A |\n| --- |\n| 1 |\n| II |", "| A |\n| --- |\n| I |\n| II |"),
        ("```\na\n\nb\n```", "```\nA\n\nb\n```", "```\na\n\nB\n```", "```\nA\n\nB\n```"),
        # card spacing, empty paragraphs, line ends
        ("a\n\nb", "a\n\n\nb", "a\n\nB", "a\n\n\nB"),
        ("a\n\nb", "a\n\n \n\nb", "A\n\nb", "A\n\n \n\nb"),
        ("a\r\n\r\nb\r\n", "A\r\n\r\nb\r\n", "a\r\n\r\nB\r\n", "A\r\n\r\nB\r\n"),
        ("a", "a\n", "A", "A\n"),
        ("a", "\n\na", "A", "\n\nA"),
    ],
)  # fmt: skip
def test_changes_to_different_things_merge(base: str, local: str, remote: str, result: str) -> None:
    assert merged(base, local, remote) == result
    assert merged(base, remote, local) == result


def test_a_paragraph_moved_here_and_a_paragraph_edited_there_are_both_kept() -> None:
    assert merged(THREE, "three\n\none\n\ntwo", "one\n\n2\n\nthree") == "three\n\none\n\n2"
    assert merged(THREE, "two\n\none\n\nthree", THREE + "\n\nfour") == "two\n\none\n\nthree\n\nfour"


def test_formatting_that_nobody_touched_stays_as_it_was() -> None:
    odd = "* a\n1) b\n\n<Query\thideFilters\n  query={{ }}\n/>\n\n> ```\n\n&amp; __b__"
    assert merged(f"{odd}\n\nx\n\ny", f"{odd}\n\nX\n\ny", f"{odd}\n\nx\n\nY") == f"{odd}\n\nX\n\nY"


def test_changes_inside_one_tag_that_spans_lines_merge_line_by_line() -> None:
    tag = '<Query query={{\n"a": 1,\n\n"b": 2\n}}\n/>'
    assert merged(tag, tag.replace("1", "5"), tag.replace("2", "6")) == tag.replace(
        "1", "5"
    ).replace("2", "6")


def test_a_page_of_thousands_of_blocks_merges_at_once() -> None:
    base = [f"paragraph {at}" if at % 3 else "---" for at in range(6_000)]
    local = [text + "!" if at % 20 == 0 else text for at, text in enumerate(base)]
    remote = [text + "?" if at % 20 == 10 else text for at, text in enumerate(base)]
    both = [remote[at] if at % 20 == 10 else local[at] for at in range(len(base))]
    assert merged(*("\n\n".join(text) for text in (base, local, remote))) == "\n\n".join(both)


def test_thousands_of_lines_that_are_all_alike_are_not_compared_with_each_other() -> None:
    base, local, remote = "},\n" * 3_000, "},\n" * 3_000, "},\n" * 3_001
    assert merged(base, local, remote) == remote
    local = "x\n" + "},\n{\n" * 2_000 + "y"
    remote = "z\n" + "{\n},\n" * 2_100 + "w"
    assert clashes("a\n" + "},\n{\n" * 1_500 + "b", local, remote)


def test_of_very_many_edited_blocks_none_is_looked_for_elsewhere() -> None:
    base = [f"paragraph {at} of the text" for at in range(300)]
    moved = base[1:] + base[:1]
    edited = [f"{text} more" for text in base]
    assert overlaps(merge_text(*("\n\n".join(text) for text in (base, moved, edited))))


# --- what overlaps ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("base", "local", "remote", "expected"),
    [
        # edited differently
        ("one", "1", "I", [("one", "1", "I")]),
        (THREE, "1\n\ntwo\n\n3", "I\n\ntwo\n\nIII", [("one", "1", "I"), ("three", "3", "III")]),
        # only the lines that overlap
        ("a\nb\nc", "A\nx\nc", "a\ny\nC", [("b", "x", "y")]),
        # edited here, removed there
        (THREE, "one\n\nthree", "one\n\n2\n\nthree", [("two\n\n", "", "2\n\n")]),
        ("- a\n- b", "- a", "- a\n- B", [("\n- b", "", "\n- B")]),
        # both added something at one place
        ("one", "one\n\nmine", "one\n\ntheirs", [("", "\n\nmine", "\n\ntheirs")]),
        ("", "mine", "theirs", [("", "mine", "theirs")]),
        ("the cat", "the cat ran", "the cat sat", [("the cat", "the cat ran", "the cat sat")]),
        # a common head or tail of what both added is no part of it
        ("one", "new\n\n1", "new\n\nI", [("one", "1", "I")]),
        # separators
        ("a\n\nb", "a\n \nb", "a\n\t\nb", [("", " ", "\t")]),
    ],
)  # fmt: skip
def test_changes_to_one_thing_overlap(
    base: str, local: str, remote: str, expected: list[tuple[str, str, str]]
) -> None:
    assert clashes(base, local, remote) == expected
    assert clashes(base, remote, local) == [(b, there, here) for b, here, there in expected]


@pytest.mark.parametrize(
    ("base", "local", "remote"),
    [
        ("a", "a\nmine", "A\ntheirs"),
        ("a\n\nb", "a\n\nmine\n\nb", "A\n\ntheirs\n\nb"),
        ("- a\n- b", "- a\n- mine\n- b", "- A\n- theirs\n- b"),
        ("- a\n- b", "- mine\n- a\n- b", "- theirs\n- A\n- b"),
        ("x\n\nb c", "x\n\nnew\nb c", "y x\n\nmy new\nb c"),
        ("a\n\nb", "mine\n\nA\n\nb", "a\n\nB\n\ntheirs"),  # mine, or A, was added
    ],
)
def test_additions_at_one_place_overlap_whatever_else_was_edited_beside_them(
    base: str, local: str, remote: str
) -> None:
    assert overlaps(merge_text(base, local, remote))
    assert overlaps(merge_text(base, remote, local))


def test_a_paragraph_moved_to_two_places_overlaps() -> None:
    base = "a\n\nb\n\nc\n\nd"
    assert clashes(base, "b\n\na\n\nc\n\nd", "b\n\nc\n\na\n\nd")


def test_a_paragraph_moved_here_and_removed_there_overlaps() -> None:
    assert clashes(THREE, "two\n\none\n\nthree", "two\n\nthree")


def test_a_paragraph_moved_here_and_edited_there_is_not_lost() -> None:
    base = "a\n\nb\n\nc\n\nd"
    pieces = merge_text(base, "b\n\nc\n\nd\n\na", "A\n\nb\n\nc\n\nd")
    assert overlaps(pieces) == 1
    assert "A" in side(pieces, "remote")


def test_the_last_of_equal_lines_is_not_removed_because_each_side_removed_one() -> None:
    assert clashes("- a\n- a", "- a", "\n- a")
    assert merged("- a\n- a", "- b\n- a", "- a\n- c") == "- b\n- c"


def test_without_a_base_every_difference_overlaps() -> None:
    expected = [(None, "two", "2"), (None, "", "\n\nfour")]
    assert clashes(None, THREE, "one\n\n2\n\nthree\n\nfour") == expected
    assert clashes(None, "```\na\nb\n```", "```\na\nB\n```") == [(None, "b", "B")]
    assert clashes(None, THREE, THREE) == []
