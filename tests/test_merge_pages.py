"""Merging rich text through the texts of pages, where whole blocks do not merge."""

from __future__ import annotations

import pytest

from nbsync.formats import MARKDOWN, body_of, document_of, parse
from nbsync.merge import Merged, draft, merge
from nbsync.merge.documents import merge_content
from nbsync.model import Json, Notebook

OVERLAP = Merged(None, 1)


def words(text: str) -> Json:
    return {"type": "text", "text": text}


def para(text: str, **attrs: Json) -> Json:
    node: dict[str, Json] = {"type": "paragraph"}
    return node | ({"attrs": attrs} if attrs else {}) | {"content": [words(text)]}


def lines(first: str, second: str) -> Json:
    return {"type": "paragraph", "content": [words(first), {"type": "hardBreak"}, words(second)]}


def items(*texts: str, **attrs: Json) -> Json:
    inner: list[Json] = [{"type": "listItem", "content": [para(text)]} for text in texts]
    return {"type": "bulletList", "attrs": attrs, "content": inner}


def rich(*blocks: Json, title: str | None = "T", **others: Json) -> Notebook:
    return Notebook(title, {"type": "doc", "content": [*blocks], **others})


def heading(text: str, **attrs: Json) -> Json:
    return {"type": "heading", "attrs": {"level": 1, **attrs}, "content": [words(text)]}


def markdown(text: str, title: str | None = "T") -> Notebook:
    return Notebook(title, document_of(text))


# --- rich text on both sides -----------------------------------------------------------------


def test_two_items_of_one_list_that_each_side_edited_are_both_taken() -> None:
    base = rich(items("a", "b", "c"))
    merged = merge(base, rich(items("A", "b", "c")), rich(items("a", "b", "C")))
    assert merged == Merged(rich(items("A", "b", "C")), 0)


def test_a_merged_block_keeps_what_no_page_shows_of_remotes() -> None:
    base = rich(items("a", "b", "c", **{"data-toc-id": "1"}), para("x"))
    local = rich(items("A", "b", "c", **{"data-toc-id": "1"}), para("x"))
    remote = rich(items("a", "b", "C", **{"data-toc-id": "2"}), para("x", **{"data-toc-id": "3"}))
    both = rich(items("A", "b", "C", **{"data-toc-id": "2"}), para("x", **{"data-toc-id": "3"}))
    assert merge(base, local, remote) == Merged(both, 0)


def test_two_edits_of_one_item_overlap() -> None:
    base = rich(items("a", "b"))
    assert merge(base, rich(items("A", "b")), rich(items("Ä", "b"))) == OVERLAP


def test_a_block_that_both_wrote_and_one_went_on_with_is_not_taken_twice() -> None:
    new, more = lines("One line.", "And one more."), lines("Well: one line.", "And one more.")
    assert merge(rich(para("a")), rich(new, para("a")), rich(more)).notebook is None


def test_several_regions_that_overlap_are_counted() -> None:
    base = rich(items("a", "b"), para("m"), para("x"))
    local = rich(items("A", "b"), para("m"), para("1"))
    assert merge(base, local, rich(items("Ä", "b"), para("m"), para("2"))) == Merged(None, 2)


def test_an_edit_that_no_page_shows_is_kept_beside_one_in_the_same_block() -> None:
    base = rich(items("a", "b"))
    hidden = rich(items("a", "b", **{"data-toc-id": "1"}))
    both = Merged(rich(items("a", "B", **{"data-toc-id": "1"})), 0)
    assert merge(base, hidden, rich(items("a", "B"))) == both
    more = rich(items("a", "b", **{"data-toc-id": "1"}), para("new"))
    both = Merged(rich(items("a", "B", **{"data-toc-id": "1"}), para("new")), 0)
    assert merge(base, more, rich(items("a", "B"))) == both


def test_what_no_page_shows_is_kept_of_local_where_remotes_page_shows_all() -> None:
    base = rich(items("a", "b c", "d"), para("x", nodeId="1"))
    local = rich(items("A", "b c", "d"), para("x", nodeId="2"))
    remote = rich(items("a", "b c", "d", "e"), para("x", nodeId="1"))
    both = rich(items("A", "b c", "d", "e"), para("x", nodeId="2"))
    assert merge(base, local, remote) == merge(base, remote, local) == Merged(both, 0)


def table(*rows: str) -> Json:
    def row(cells: str, kind: str) -> Json:
        inner: list[Json] = [{"type": kind, "content": [para(text)]} for text in cells]
        return {"type": "tableRow", "content": inner}

    found = [row(cells, "tableCell" if at else "tableHeader") for at, cells in enumerate(rows)]
    return {"type": "table", "content": found}


def test_where_no_page_shows_what_both_sides_changed_it_overlaps() -> None:
    base = rich(table("ab", "12"), items("a", "b"), para("x"), para("y"))
    one = rich(table("ab", "1I"), items("A", "b"), para("x", nodeId="1"), para("y"))
    other = rich(table("ab", "12", "34"), items("a", "b", "c"), para("x"), para("y", nodeId="2"))
    both = rich(
        table("ab", "1I", "34"), items("A", "b", "c"), para("x", nodeId="1"), para("y", nodeId="2")
    )
    assert merge(base, one, other) == Merged(both, 0)  # as blocks
    moved = rich(para("x", nodeId="1"), table("ab", "1I"), items("A", "b"), para("y"))
    lines = rich(table("ab", "12"), items("a", "b", "c"), para("x y z"), para("y", nodeId="2"))
    assert merge(base, moved, lines).notebook is None


def test_an_edit_that_no_page_shows_overlaps_with_the_removal_of_its_block() -> None:
    base = rich(para("gone"), items("a", "b", "c"))
    hidden = rich(para("gone", nodeId="1"), items("a", "b", "c", "d"))
    assert merge(base, rich(items("A", "b", "c")), hidden) == OVERLAP
    assert merge(base, hidden, rich(items("A", "b", "c"))) == OVERLAP


def test_such_an_edit_of_remotes_is_kept_below_what_local_wrote() -> None:
    base, local = rich(items("a", "b")), rich(items("a", "B"))
    merged = merge(base, local, rich(items("a", "b", **{"data-toc-id": "1"})))
    assert merged == Merged(rich(items("a", "B", **{"data-toc-id": "1"})), 0)


def test_other_keys_of_the_document_merge_beside_its_text() -> None:
    base, more = rich(items("a", "b")), rich(items("a", "b"), schema=2)
    both = Merged(rich(items("a", "B"), schema=2), 0)
    assert merge(base, more, rich(items("a", "B"))) == both
    assert merge(base, rich(items("a", "B")), more) == both


def test_without_a_base_rich_text_that_differs_overlaps() -> None:
    assert merge(None, rich(para("a")), rich(para("b"))) == OVERLAP
    assert merge(None, rich(para("a")), rich(para("a"))).regions == 0


def test_a_title_follows_the_merged_heading_of_rich_text() -> None:
    base = rich(heading("T"), para("a"))
    local, remote = rich(heading("New"), para("a"), title="New"), rich(heading("T"), para("b"))
    assert merge(base, local, remote) == Merged(rich(heading("New"), para("b"), title="New"), 0)


def test_a_heading_of_rich_text_that_both_edited_is_one_overlap() -> None:
    sides = [rich(heading(text), title=text) for text in ("T", "A", "B")]
    assert merge(*sides) == OVERLAP


@pytest.mark.parametrize("other", [None, "words", ["T"], {"type": "page"}])
def test_what_is_no_document_beside_rich_text_overlaps(other: Json) -> None:
    base, odd = rich(para("a")), Notebook("T", other)
    assert merge(base, rich(para("b")), odd) == OVERLAP
    assert merge(base, odd, rich(para("b"))) == OVERLAP
    assert merge(odd, rich(para("b")), rich(para("c"))) == OVERLAP


# --- forms that changed -----------------------------------------------------------------------


def test_an_edit_comes_into_a_notebook_that_turned_markdown() -> None:
    base, local = rich(para("a"), para("m"), para("z")), rich(para("A"), para("m"), para("z"))
    assert merge(base, local, markdown("a\n\nm\n\nZ")) == Merged(markdown("A\n\nm\n\nZ"), 0)


def test_a_new_block_never_comes_beside_the_one_node_of_a_markdown_notebook() -> None:
    base, local = rich(para("a")), rich(para("a"), para("b"))
    assert merge(base, local, markdown("")) == Merged(markdown("\n\nb"), 0)
    assert merge(base, local, markdown("A")) == Merged(markdown("A\n\nb"), 0)
    assert merge(base, rich(), markdown("a\n\nb")) == Merged(markdown("\n\nb"), 0)
    assert merge(base, rich(), markdown("a")) == Merged(markdown(""), 0)


def test_an_edit_comes_into_a_notebook_that_turned_rich_text() -> None:
    base, local = markdown("a\n\nm\n\nz"), markdown("A\n\nm\n\nz")
    remote = rich(para("a", **{"data-toc-id": "1"}), para("m"), para("Z"))
    both = rich(para("A", **{"data-toc-id": "1"}), para("m"), para("Z"))
    assert merge(base, local, remote) == Merged(both, 0)


def test_a_page_that_only_local_turned_rich_text_overlaps() -> None:
    base, local = markdown("a\n\nm\n\nz"), rich(para("A"), para("m"), para("z"))
    assert merge(base, local, markdown("a\n\nm\n\nZ")) == OVERLAP
    assert merge(local, markdown("a"), rich(para("A"), para("m"), para("Z"))) == OVERLAP


def marked(text: str) -> Json:
    words: Json = {"type": "text", "text": text, "marks": [{"type": "highlight"}]}
    return {"type": "paragraph", "content": [words]}


def test_a_tag_that_only_rich_text_has_does_not_come_into_markdown() -> None:
    base, local = rich(para("a"), para("m"), para("z")), rich(marked("A"), para("m"), para("z"))
    assert body_of(local.content) == "<Mark highlight>A</Mark>\n\nm\n\nz"
    assert merge(base, local, markdown("a\n\nm\n\nZ")) == OVERLAP
    # a Markdown notebook's own text may hold what looks like one
    there = markdown("a\n\nm\n\nz\n\n<Mark highlight>Z</Mark>")
    edited = rich(para("A"), para("m"), para("z"))
    both = markdown("A\n\nm\n\nz\n\n<Mark highlight>Z</Mark>")
    assert merge(base, edited, there) == Merged(both, 0)


def test_markdown_that_no_rich_text_can_say_overlaps_with_rich_text() -> None:
    base, remote = markdown("a\n\nm\n\nz"), rich(para("a"), para("m"), para("Z"))
    for text in ("<!-- note -->", "<Foo />", "```\nnever ends"):
        assert merge(base, markdown(f"{text}\n\nm\n\nz"), remote) == OVERLAP


@pytest.mark.parametrize("text", ["__A__", "* A", "A\n***", "a\n\n\n\nb"])
def test_markdown_that_a_page_would_write_otherwise_overlaps_with_rich_text(text: str) -> None:
    base, remote = markdown("a\n\nm\n\nz"), rich(para("a"), para("m"), para("Z"))
    local = markdown(f"{text}\n\nm\n\nz")
    content, regions = merge_content(base, local, remote)
    assert regions == 1 and content is None


# --- drafts --------------------------------------------------------------------------------


def drafted(base: Notebook | None, local: Notebook, remote: Notebook) -> str:
    text = draft(
        base,
        local,
        remote,
        short_id="x1",
        suffix=MARKDOWN,
        like='---\nshort_id: "x1"\n---\n\n',
        labels=("here", "there"),
    )
    head = '---\nshort_id: "x1"\n---\n\n'
    assert text.startswith(head)
    return text.removeprefix(head)


def region(here: str, there: str, was: str | None = None) -> str:
    middle = "" if was is None else f"||||||| base\n{was}"
    return f"<<<<<<< here\n{here}{middle}=======\n{there}>>>>>>> there\n"


def test_a_draft_of_rich_text_is_markdown_with_what_overlaps_between_marks() -> None:
    base = rich(heading("T"), items("a", "b", "c"), para("x"))
    local = rich(heading("T"), items("A", "b", "c"), para("here"))
    remote = rich(heading("T"), items("Ä", "b", "C"), para("x"))
    lines = region("- A\n", "- Ä\n", "- a\n")
    assert drafted(base, local, remote) == f"# T\n\n{lines}- b\n- C\n\nhere\n"
    settled = drafted(base, local, remote).replace(lines, "- both\n")
    both = rich(heading("T"), items("both", "b", "C"), para("here"))
    assert parse(f"---\nshort_id: x1\n---\n\n{settled}", MARKDOWN, like=remote) == both


def test_of_a_block_with_empty_lines_in_it_the_lines_that_overlap_are_marked() -> None:
    def query(text: str) -> Notebook:
        attrs: dict[str, Json] = {"query": {"query": f"select\n\n{text}\n\nfrom x"}}
        return rich(heading("T"), {"type": "ph-query", "attrs": attrs})

    text = drafted(query("0"), query("1"), query("2"))
    lines = region("    1\n", "    2\n", "    0\n")
    tag = '<Query query={{\n  "query": `\n    select\n\n%s\n    from x\n  `\n}} />\n'
    assert text == f"# T\n\n{tag % lines}"
    assert text.replace(lines, "    3\n") == f"{body_of(query('3').content)}\n"


def test_blocks_are_aligned_as_wholes_where_the_empty_lines_in_them_are_alike() -> None:
    def fence(text: str) -> Json:
        return {"type": "codeBlock", "content": [words(f"{text}\n\n{text}")]}

    base = rich(heading("T"), fence("a"), para("m"), fence("b"))
    local = rich(heading("T"), para("m"), fence("B"))
    remote = rich(heading("T"), fence("a"), para("m"), fence("ß"))
    text = drafted(base, local, remote)
    lines = region("B\n\nB\n", "ß\n\nß\n", "b\n\nb\n")
    assert "```\na" not in text and "# T\n\nm\n\n```\n" in text
    assert text.count("```\n") == 2, lines


def test_a_draft_of_two_forms_is_markdown_too() -> None:
    base, local = rich(heading("T"), para("a")), rich(heading("T"), para("A"))
    text = drafted(base, local, markdown("# T\n\nÄ"))
    assert text == "# T\n\n" + region("A\n", "Ä\n", "a\n")


def test_a_hidden_edit_that_overlaps_leaves_both_whole_texts_between_marks() -> None:
    base = rich(heading("T"), para("x"), para("y"))
    local = rich(heading("T"), para("x", nodeId="1"), para("y"))
    remote = rich(heading("T"), para("y"))
    was, there = "# T\n\nx\n\ny\n", "# T\n\ny\n"
    assert merge(base, local, remote) == OVERLAP
    assert drafted(base, local, remote) == region(was, there, was)


def test_a_draft_of_rich_text_that_merges_is_the_merged_page() -> None:
    base = rich(heading("T"), items("a", "b"))
    local, remote = rich(heading("T"), items("A", "b")), rich(heading("T"), items("a", "B"))
    assert drafted(base, local, remote) == "# T\n\n- A\n- B\n"
