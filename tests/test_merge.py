"""Merging notebooks: title and content, each by its own rules."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nbsync.formats import body_of, document_of, is_document, markdown_of, title_of
from nbsync.merge import Merged, merge
from nbsync.model import Json, Notebook

OVERLAP = Merged(None, 1)


def notebook(markdown: str, title: str | None = "") -> Notebook:
    """A Markdown notebook, whose title follows its heading unless another is given."""
    return Notebook(title_of(markdown) if title == "" else title, document_of(markdown))


def rich(*texts: str, **others: Json) -> Json:
    blocks: list[Json] = [
        {"type": "paragraph", "content": [{"type": "text", "text": text}]} for text in texts
    ]
    return {"type": "doc", "content": blocks, **others}


MARKDOWN = st.lists(st.sampled_from(["# a", "# b", "x", "y\nz"]), max_size=4).map(
    lambda blocks: document_of("\n\n".join(blocks))
)
RICH = st.lists(st.sampled_from("abc"), max_size=4).map(lambda texts: rich(*texts))
OTHER: st.SearchStrategy[Json] = st.sampled_from([None, "text", {"a": 1}])
CONTENTS = st.one_of(MARKDOWN, RICH, OTHER, st.just(rich("a", schema=2)))


def of(contents: st.SearchStrategy[Json]) -> st.SearchStrategy[Notebook]:
    return st.builds(Notebook, st.sampled_from([None, "", "a", "b"]), contents)


def three(contents: st.SearchStrategy[Json]) -> st.SearchStrategy[tuple[Notebook, ...]]:
    return st.tuples(of(contents), of(contents), of(contents))


NOTEBOOKS = of(CONTENTS)


# --- laws ------------------------------------------------------------------------------


@given(NOTEBOOKS, NOTEBOOKS)
def test_what_one_side_left_alone_is_the_other_sides(base: Notebook, new: Notebook) -> None:
    assert merge(base, base, new) == merge(base, new, base) == merge(base, new, new)
    assert merge(base, new, base) == Merged(new, 0)


@given(three(MARKDOWN | OTHER) | three(RICH | OTHER))
def test_of_one_form_it_merges_from_one_side_if_it_does_from_the_other(
    sides: tuple[Notebook, ...],
) -> None:
    base, local, remote = sides
    here, there = merge(base, local, remote), merge(base, remote, local)
    assert here.notebook == there.notebook
    assert (here.notebook is None) == (here.regions > 0) == (there.regions > 0)


@given(NOTEBOOKS, NOTEBOOKS, NOTEBOOKS)
@example(notebook("", None), Notebook(None, rich()), notebook("# a", None))
@example(Notebook(None, rich()), Notebook(None, rich("a")), notebook("", None))
@example(Notebook(None, rich("a")), Notebook(None, rich("b")), Notebook(None, rich("a", schema=2)))
@example(Notebook(None, rich("a")), Notebook(None, rich("a", "b")), notebook("", None))
def test_of_two_forms_it_merges_into_remotes_and_says_the_same_from_either_side(
    base: Notebook, local: Notebook, remote: Notebook
) -> None:
    here, there = merge(base, local, remote), merge(base, remote, local)
    assert (here.notebook is None) == (here.regions > 0)
    if here.notebook and remote.content != base.content:
        assert form(here.notebook) == form(remote)
    if here.notebook and there.notebook:
        texts = [body_of(merged.content) for merged in (here.notebook, there.notebook)]
        assert texts[0] == texts[1] and here.notebook.title == there.notebook.title


def form(there: Notebook) -> tuple[bool, bool]:
    return markdown_of(there.content) is not None, is_document(there.content)


@given(NOTEBOOKS, NOTEBOOKS)
def test_without_a_base_only_equal_notebooks_merge(local: Notebook, remote: Notebook) -> None:
    merged = merge(None, local, remote)
    assert merged.notebook == (local if local == remote else None)
    assert (merged.regions > 0) == (local != remote)


def test_an_equal_side_is_the_result() -> None:
    one, other = notebook("# A\n\na"), notebook("# B\n\nb")
    assert merge(one, one, other) == merge(one, other, one) == Merged(other, 0)
    assert merge(one, other, other) == merge(None, other, other) == Merged(other, 0)


# --- titles -------------------------------------------------------------------------------


def test_a_title_here_and_a_text_there_merge() -> None:
    base, local = notebook("text", "Plan"), notebook("text", "New")
    assert merge(base, local, notebook("more", "Plan")) == Merged(notebook("more", "New"), 0)
    assert merge(base, notebook("more", "Plan"), local) == Merged(notebook("more", "New"), 0)


def test_two_different_titles_overlap() -> None:
    base = notebook("text", "Plan")
    assert merge(base, notebook("text", "A"), notebook("text", "B")) == OVERLAP
    assert merge(base, notebook("a", "A"), notebook("b", "B")) == Merged(None, 2)
    assert merge(base, notebook("more", "A"), notebook("text", "A")).regions == 0


def test_a_title_follows_the_merged_heading() -> None:
    base, local = notebook("# Plan\n\na\n\nb"), notebook("# New\n\na\n\nb")
    remote = notebook("# Plan\n\na\n\nB")
    assert merge(base, local, remote) == Merged(notebook("# New\n\na\n\nB"), 0)


def test_a_heading_edited_differently_is_one_overlap() -> None:
    assert merge(notebook("# Plan"), notebook("# A"), notebook("# B")) == OVERLAP


def test_a_title_of_its_own_and_an_edited_heading_overlap() -> None:
    base = notebook("# Plan\n\na")
    assert merge(base, notebook("# Plan\n\na", "Own"), notebook("# New\n\na")) == OVERLAP
    kept = notebook("# Plan\n\nA", "Own")
    assert merge(base, notebook("# Plan\n\na", "Own"), notebook("# Plan\n\nA")) == Merged(kept, 0)


def test_a_title_that_was_made_to_follow_again_is_a_change() -> None:
    base, local = notebook("# Plan\n\na", "Own"), notebook("# Plan\n\na")
    assert merge(base, local, notebook("# Plan\n\nA", "Own")) == Merged(notebook("# Plan\n\nA"), 0)


# --- documents ----------------------------------------------------------------------------


def test_rich_text_merges_by_whole_blocks() -> None:
    base = Notebook("T", rich("a", "b", "c"))

    def merged(local: Json, remote: Json) -> Merged:
        return merge(base, Notebook("T", local), Notebook("T", remote))

    assert merged(rich("A", "b", "c"), rich("a", "B", "c")).notebook == Notebook(
        "T", rich("A", "B", "c")
    )
    assert merged(rich("b", "c"), rich("a", "b", "c", "d")).notebook == Notebook(
        "T", rich("b", "c", "d")
    )
    assert merged(rich("1", "b", "3"), rich("I", "b", "III")) == Merged(None, 2)
    assert merged(rich("b", "a", "c"), rich("b", "c", "a")).notebook is None
    assert merged(rich("A", "b", "c", x=1), rich("a", "B", "c", x=2)) == OVERLAP


def test_other_keys_of_rich_text_merge_one_by_one() -> None:
    base = Notebook("T", rich("a", "b", x=1, y=1))
    local, remote = Notebook("T", rich("A", "b", x=2, y=1)), Notebook("T", rich("a", "B", x=1, z=1))
    both = Merged(Notebook("T", rich("A", "B", x=2, z=1)), 0)
    assert merge(base, local, remote) == merge(base, remote, local) == both


def test_a_merged_block_keeps_the_order_of_its_keys() -> None:
    base: Json = {"type": "doc", "content": [{"b": 1, "a": 1}, 2]}
    local: Json = {"type": "doc", "content": [{"b": 1, "a": 1}, 3]}
    remote: Json = {"content": [{"b": 2, "a": 1}, 2], "type": "doc"}
    merged = merge(*(Notebook("T", content) for content in (base, local, remote))).notebook
    assert merged is not None
    assert str(merged.content) == "{'content': [{'b': 2, 'a': 1}, 3], 'type': 'doc'}"


@pytest.mark.parametrize(
    ("base", "local", "remote"),
    [
        ({"a": 1}, {"a": 2}, {"a": 3}),
        (rich("a"), {"type": "doc"}, rich("b")),
        (rich("a"), {"type": "other", "content": []}, rich("b")),
        (rich("a"), None, rich("b")),
        ("a", "b", "c"),
    ],
)
def test_other_content_that_both_changed_overlaps(base: Json, local: Json, remote: Json) -> None:
    sides = (Notebook("T", content) for content in (base, local, remote))
    assert merge(*sides) == OVERLAP


def test_two_forms_of_document_overlap() -> None:
    base, local = Notebook("T", rich("a")), Notebook("T", rich("b"))
    assert merge(base, local, notebook("# T")) == OVERLAP
    assert merge(base, notebook("# T"), local) == OVERLAP
    # what the server turned into Markdown on both sides is compared as text
    assert merge(base, notebook("# T\n\na"), notebook("# T\n\nb")) == OVERLAP


def with_attrs(markdown: str, **attrs: Json) -> Notebook:
    node: Json = {"type": "ph-markdown-notebook", "attrs": {"markdown": markdown, **attrs}}
    return Notebook("T", {"type": "doc", "content": [node]})


def test_attributes_of_the_document_merge_beside_its_text() -> None:
    base, both = with_attrs("a\n\nb"), Merged(with_attrs("A\n\nB", x=1), 0)
    assert merge(base, with_attrs("A\n\nb", x=1), with_attrs("a\n\nB")) == both
    assert merge(base, with_attrs("A\n\nb"), with_attrs("a\n\nB", x=1)) == both
    assert merge(base, with_attrs("A\n\nb", x=1), with_attrs("a\n\nB", x=1)) == both
    both = Merged(with_attrs("A\n\nB", x=1, y=1), 0)
    assert merge(base, with_attrs("A\n\nb", x=1), with_attrs("a\n\nB", y=1)) == both
    assert merge(base, with_attrs("A\n\nb", x=1), with_attrs("a\n\nB", x=2)) == OVERLAP
