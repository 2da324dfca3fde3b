"""The documents that the laws are searched with."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from nbsync.formats import check_sendable
from nbsync.model import Notebook, canonical, parse_json
from richtext_corpus import RICH_TEXT, SAMPLES
from richtext_documents import documents, large_document, nodes_of, odd_documents
from richtext_inline import Form
from richtext_table import INLINE, WIDGETS


@settings(max_examples=20)
@given(st.one_of(documents(), odd_documents()))
def test_made_documents_can_be_kept_by_the_server_as_they_are(document: dict[str, Any]) -> None:
    check_sendable(Notebook("x", document))
    assert canonical(parse_json(canonical(document))) == canonical(document)


def test_a_large_document_is_the_same_for_the_same_seed() -> None:
    assert large_document(5) == large_document(5)
    assert 15_000 < len(canonical(large_document(5))) < 40_000


def test_large_documents_have_every_kind_of_node() -> None:
    kinds = {
        node["type"]
        for form in (Form(full=True), Form())
        for seed in range(12)
        for node in nodes_of(large_document(seed, form))
    }
    assert kinds >= {*WIDGETS, *INLINE}
    assert kinds >= {"text", "hardBreak", "paragraph", "heading", "blockquote", "codeBlock"}
    assert kinds >= {"bulletList", "orderedList", "taskList", "listItem", "taskItem", "table"}
    assert kinds >= {"tableRow", "tableHeader", "tableCell", "horizontalRule"}


def test_the_corpus_has_68_documents_of_which_most_are_rich_text() -> None:
    assert len(SAMPLES) == 68
    assert len(RICH_TEXT) > 60
