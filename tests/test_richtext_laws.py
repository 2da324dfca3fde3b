"""What holds for every rich-text document as a page, and for every edit of one."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from nbsync.errors import FormatError
from nbsync.formats import check_sendable
from nbsync.formats.richtext import parse_document, render_document
from nbsync.formats.richtext.block_reader import split_blocks
from nbsync.formats.richtext.showing import shown
from nbsync.model import Json, Notebook, canonical
from richtext_corpus import RICH_TEXT, Sample
from richtext_documents import documents, large_document, odd_documents, seeds
from richtext_edits import LINES, edited, untidy
from richtext_inline import Form

pytestmark = pytest.mark.laws  # long searches, in a run of their own without coverage

EDITOR, CLIENT = Form(full=True), Form()
FORMS = st.sampled_from([EDITOR, CLIENT, Form(full=True, odd=True), Form(odd=True)])
ANY = st.one_of(documents(), odd_documents())
EMPTY: Json = {"type": "doc", "content": []}
large = settings(suppress_health_check=list(HealthCheck))
corpus = pytest.mark.parametrize("sample", RICH_TEXT, ids=lambda sample: sample.name)


def holds(document: Json, was: Json) -> None:
    """The very same JSON: 1 is not 1.0, and neither is true."""
    assert canonical(document) == canonical(was)


def comes_back(document: Json) -> None:
    """Nothing is lost or changed between document and page, however editors save the page."""
    page = render_document(document)
    again = parse_document(page, like=document)
    holds(again, document)
    assert render_document(again) == page
    spread = "\n \n\n".join(chunk.text for chunk in split_blocks(page))
    for text in (
        *(page + "\n", page + "\n\n", page.rstrip("\n"), page.replace("\n", "\r\n"), "\n" + page),
        *(untidy(page), untidy(page) + "\n", spread),
    ):
        holds(parse_document(text, like=document), document)


def stays(text: str, like: Json) -> None:
    """What was read and sent is not an edit any more, and no other document."""
    document = parse_document(text, like=like)
    check_sendable(Notebook("x", document))
    holds(parse_document(text, like=document), document)
    page = render_document(document)
    holds(parse_document(page, like=document), document)


# --- without an edit


@corpus
def test_a_document_of_the_corpus_comes_back_from_its_page(sample: Sample) -> None:
    comes_back(sample.document)


@given(documents())
def test_a_regular_document_comes_back_from_its_page(document: dict[str, Any]) -> None:
    comes_back(document)


@given(odd_documents())
def test_an_odd_document_comes_back_from_its_page(document: dict[str, Any]) -> None:
    comes_back(document)


@settings(large, max_examples=2)
@given(seeds(), FORMS)
def test_a_large_document_comes_back_from_its_page(seed: int, form: Form) -> None:
    comes_back(large_document(seed, form))


@given(ANY)
def test_a_page_has_a_text_for_every_block_and_nothing_else(document: dict[str, Any]) -> None:
    page = render_document(document)
    alone = [render_document({"type": "doc", "content": [node]}) for node in document["content"]]
    assert page == "\n\n".join(alone)
    assert [chunk.text for chunk in split_blocks(page)] == alone


# --- after an edit


def read(text: str, like: Json) -> Json:
    """What a page says; None where it says nothing that can be understood, and where that is."""
    try:
        return parse_document(text, like=like)
    except FormatError as error:
        refused = error
    assert refused.message
    assert refused.line is not None and 1 <= refused.line <= text.count("\n") + 1
    return None


@given(ANY, st.data())
def test_what_was_read_from_an_edited_page_is_no_edit(
    document: dict[str, Any], data: st.DataObject
) -> None:
    text = edited(render_document(document), data)
    if read(text, document) is not None:
        stays(text, document)


@given(st.lists(st.sampled_from(LINES), max_size=12).map("\n".join))
def test_what_was_read_from_a_page_of_one_s_own_is_no_edit(text: str) -> None:
    if read(text, EMPTY) is not None:
        stays(text, EMPTY)


@given(documents(EDITOR, CLIENT), st.data())
def test_one_word_changed_is_one_word_changed(
    document: dict[str, Any], data: st.DataObject
) -> None:
    page = render_document(document)
    written = json.dumps(document)
    words = re.findall(r"w\d+w", written)
    assume(words)
    word = data.draw(st.sampled_from(words))
    # a link on nothing but a line break is not seen, and one over several pieces may be seen twice
    assume(page.count(word) == written.count(word) == 1)
    after = parse_document(page.replace(word, "changed"), like=document)
    holds(after, json.loads(written.replace(word, "changed")))


def _distinct(document: dict[str, Any]) -> list[str]:
    """The texts of the blocks, of which no two look the same though they are not."""
    blocks = {canonical(node) for node in document["content"]}
    assume(len({canonical(shown(node)) for node in document["content"]}) == len(blocks))
    return [chunk.text for chunk in split_blocks(render_document(document))]


def paragraph(text: str) -> dict[str, Any]:
    return {"type": "paragraph", "content": [{"type": "text", "text": text}]}


@given(ANY, st.data())
def test_a_block_between_two_others_is_one_node_more(
    document: dict[str, Any], data: st.DataObject
) -> None:
    texts, nodes = _distinct(document), document["content"]
    at = data.draw(st.integers(0, len(texts)))
    text = "\n\n".join([*texts[:at], "A new paragraph.", *texts[at:]])
    expected = {**document, "content": [*nodes[:at], paragraph("A new paragraph."), *nodes[at:]]}
    holds(parse_document(text, like=document), expected)


@given(ANY, st.data())
def test_a_block_deleted_is_one_node_less(document: dict[str, Any], data: st.DataObject) -> None:
    texts, nodes = _distinct(document), document["content"]
    assume(texts)
    at = data.draw(st.integers(0, len(texts) - 1))
    text = "\n\n".join(texts[:at] + texts[at + 1 :])
    expected = {**document, "content": nodes[:at] + nodes[at + 1 :]}
    holds(parse_document(text, like=document), expected)


@given(ANY, st.randoms(use_true_random=False))
def test_blocks_in_another_order_are_the_same_nodes_in_that_order(
    document: dict[str, Any], chance: Any
) -> None:
    texts, nodes = _distinct(document), document["content"]
    order = list(range(len(texts)))
    chance.shuffle(order)
    text = "\n\n".join(texts[at] for at in order)
    expected = {**document, "content": [nodes[at] for at in order]}
    holds(parse_document(text, like=document), expected)


@given(documents(EDITOR, CLIENT), st.data())
def test_blocks_changed_and_swapped_keep_what_the_page_does_not_show(
    document: dict[str, Any], data: st.DataObject
) -> None:
    texts, nodes = _distinct(document), document["content"]
    assume(len(texts) > 1)
    at = data.draw(st.integers(0, len(texts) - 2))
    texts[at], texts[at + 1] = texts[at + 1], texts[at]
    text = "\n\n".join([*texts, "The end."])
    after = [*nodes[:at], nodes[at + 1], nodes[at], *nodes[at + 2 :]]
    expected = {**document, "content": [*after, paragraph("The end.")]}
    holds(parse_document(text, like=document), expected)


# --- longer searches


@pytest.mark.soak
@settings(large)
@given(st.one_of(documents(most=20), odd_documents(most=20)))
def test_every_document_comes_back_from_its_page(document: dict[str, Any]) -> None:
    comes_back(document)


@pytest.mark.soak
@settings(large, max_examples=300)
@given(seeds(), FORMS, st.data())
def test_what_was_read_from_a_large_edited_page_is_no_edit(
    seed: int, form: Form, data: st.DataObject
) -> None:
    document = large_document(seed, form)
    comes_back(document)
    text = edited(render_document(document), data)
    if read(text, document) is not None:
        stays(text, document)
