"""The text of a rich-text document, as PostHog's search reads it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbsync.formats.richtext.plain_text import plain_text
from nbsync.model import Json


def text(said: str) -> Json:
    return {"type": "text", "text": said}


def block(kind: str, *children: Json) -> Json:
    return {"type": kind, "content": list(children)}


def paragraph(said: str) -> Json:
    return block("paragraph", text(said))


def widget(kind: str, **attrs: Json) -> Json:
    return {"type": kind, "attrs": attrs}


def doc(*blocks: Json) -> Json:
    return block("doc", *blocks)


def inline(*nodes: Json) -> Json:
    return doc(block("paragraph", *nodes))


def test_every_block_but_one_at_the_start_begins_a_line() -> None:
    assert plain_text(doc(paragraph("a"), {"type": "horizontalRule"}, paragraph("b"))) == "a\n\nb"
    assert plain_text(doc(block("heading", text("a")), {"type": "paragraph"})) == "a\n"


def test_two_blocks_that_are_one_object_are_two_blocks() -> None:
    assert plain_text(doc(*[paragraph("a")] * 3)) == "a\na\na"


def test_every_level_of_a_block_begins_a_line_of_its_own() -> None:
    a_list = block("bulletList", block("listItem", paragraph("a")), block("listItem"))
    assert plain_text(doc(a_list)) == "\n\na\n"
    assert plain_text(doc(paragraph("x"), a_list)) == "x\n\n\na\n"
    table = block("table", block("tableRow", block("tableCell", paragraph("a"))))
    assert plain_text(doc(table)) == "\n\n\na"


def test_older_names_of_blocks_are_blocks_too() -> None:
    assert plain_text(doc(block("bullet_list", block("list_item", paragraph("a"))))) == "\n\na"


def test_marks_do_not_part_a_word_and_breaks_do() -> None:
    bold: Json = {"type": "text", "text": "b", "marks": [{"type": "bold"}]}
    assert plain_text(inline(text("a"), bold, {"type": "hardBreak"}, text("c"))) == "ab\nc"


def test_code_is_text() -> None:
    assert plain_text(doc(block("codeBlock", text("x = 1\ny = 2")))) == "x = 1\ny = 2"


HOGQL: Json = {"kind": "HogQLQuery", "query": "select 1"}


@pytest.mark.parametrize(
    ("node", "said"),
    [
        (widget("ph-query", query=HOGQL, title="T"), "select 1\n"),
        (widget("ph-query", query={"kind": "DataTableNode", "source": HOGQL}), "select 1\n"),
        (widget("ph-query", query={"kind": "InsightVizNode", "source": HOGQL}), "select 1\n"),
        (widget("ph-query", query={"kind": "DataVisualizationNode", "source": None}), ""),
        (widget("ph-query", query={"kind": "SavedInsightNode", "source": HOGQL}), ""),
        (widget("ph-query", query={"kind": "TrendsQuery"}, title="Signups"), "Signups\n"),
        (widget("ph-query", query='{"kind": "HogQLQuery"}'), ""),
        (widget("ph-python", code="x = 1\n"), "x = 1\n"),
        (widget("ph-duck-sql", code="select 2", title="T"), "select 2\n"),
        (widget("ph-hogql-sql", code="", title="T"), "T\n"),
        (widget("ph-latex", content="E = mc^2", editing=True), "E = mc^2\n"),
        (widget("ph-recording", id="0192"), "0192\n"),
        (widget("ph-recording", id=None, title="Replay"), "Replay\n"),
        (widget("ph-cohort", id=7, title=None), "7\n"),
        (widget("ph-person", id="u1", title="Ann"), "Ann u1\n"),
        (widget("ph-group", title="Acme"), "Acme\n"),
        (widget("ph-embed", src="https://example.com"), "(embedded iframe:https://example.com)\n"),
        (widget("ph-embed", src=None), "(embedded iframe:null)\n"),
        (widget("ph-image", file={"name": "a.png"}), "a.png\n"),
        (widget("ph-image", file=None, src="https://example.com/a.png", title=""), ""),
        (widget("ph-survey", id="s1", title="How was it?"), "How was it?\n"),
        (widget("ph-feature-flag", id=12), ""),
        (widget("ph-task-create", title=True), ""),
        ({"type": "ph-map"}, ""),
        ({"type": "ph-map", "attrs": [1], "content": [text("not seen")]}, ""),
    ],
)
def test_a_widget_says_its_words_or_its_title(node: Json, said: str) -> None:
    assert plain_text(doc(node, paragraph("z"))) == f"{said}\nz"


@pytest.mark.parametrize(
    ("node", "said"),
    [
        (widget("ph-mention", id=5, label="Ann"), "(member:5)\n"),
        (widget("ph-mention", id=None), "(member:null)\n"),
        (widget("ph-backlink", href="/insights/x", title="Signups"), "Signups\n"),
        (widget("ph-backlink", href="/insights/x"), ""),
        (widget("ph-replay-timestamp", playbackTime=83_999), "01:23:\n"),
        (widget("ph-replay-timestamp", playbackTime=3_723_000.5), "01:02:03:\n"),
        (widget("ph-replay-timestamp", playbackTime=86_400_000), "00:00:\n"),
        (widget("ph-replay-timestamp", playbackTime=None), "00:00:\n"),
        (widget("ph-replay-timestamp", playbackTime=-1), "00:00:\n"),
        (block("emoji", text("x")), "x"),
        (block("emoji", block("inner", text("x"))), "x"),
        (widget("emoji", name="hedgehog", title="not seen"), ""),
    ],
)
def test_what_stands_in_a_line_begins_none(node: Json, said: str) -> None:
    assert plain_text(inline(text("a"), node, text("b"))) == f"a{said}b"


def test_a_block_that_nobody_knows_is_a_block_with_what_is_in_it() -> None:
    details = block("detailsBlock", paragraph("a"), block("inner", text("b")))
    assert plain_text(doc(paragraph("x"), details)) == "x\n\na\nb"


@pytest.mark.parametrize(
    "document",
    [None, 5, "text", {}, {"type": "doc"}, {"type": "doc", "content": None}, doc(), doc(None, 5)],
)
def test_where_no_node_is_there_is_no_text(document: Json) -> None:
    assert plain_text(document) == ""


def test_what_is_no_node_of_text_is_passed_over() -> None:
    odd: list[Json] = ["no node", {"type": "text", "text": 5}, {"text": "no type"}, {"type": 3}]
    assert plain_text(doc("no node", block("paragraph", *odd, text("a")))) == "a"


def test_a_list_of_nodes_is_read_as_a_document_is() -> None:
    assert plain_text([paragraph("a"), paragraph("b")]) == "a\nb"


def test_depth_is_no_limit() -> None:
    node = paragraph("a")
    for _ in range(5_000):
        node = block("blockquote", node)
    assert plain_text(doc(node)) == "\n" * 5_000 + "a"


WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=5)
BLOCKS = st.recursive(
    st.builds(paragraph, WORDS),
    lambda inner: st.builds(
        lambda kind, nodes: block(kind, *nodes),
        st.sampled_from(["blockquote", "listItem", "anything"]),
        st.lists(inner, max_size=3),
    ),
    max_leaves=10,
)


def texts_of(node: Json) -> list[str]:
    assert isinstance(node, dict)
    if node["type"] == "text":
        return [str(node["text"])]
    children = node["content"]
    assert isinstance(children, list)
    return [said for child in children for said in texts_of(child)]


@given(st.lists(BLOCKS, max_size=4))
def test_all_texts_are_there_in_order_and_nothing_else_but_line_ends(blocks: list[Json]) -> None:
    document = doc(*blocks)
    said, rest = plain_text(document), ""
    for expected in texts_of(document):
        before, found, rest = said.partition(expected)
        assert found and not before.strip("\n")
        said = rest
    assert not rest.strip("\n")
