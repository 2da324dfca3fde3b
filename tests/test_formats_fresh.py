"""What new notebooks hold, by what the server knows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbsync.errors import FormatError
from nbsync.formats import (
    JSON,
    MARKDOWN,
    check_new,
    check_sendable,
    document_of,
    document_of_richtext,
    markdown_of,
    new_notebook,
    parse,
    render,
    suffix_for,
    text_content,
)
from nbsync.model import Json, Notebook

TITLES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)


def paragraph(*nodes: Json) -> Json:
    return {"type": "paragraph", "content": list(nodes)}


def text(said: str) -> Json:
    return {"type": "text", "text": said}


def test_a_new_markdown_notebook_is_its_heading() -> None:
    assert new_notebook(" Plan ", kind="markdown") == Notebook("Plan", document_of("# Plan"))


def test_a_title_that_is_no_heading_is_not_made_one() -> None:
    assert new_notebook("a\nb", kind="markdown") == Notebook("a\nb", document_of(""))


def test_a_new_rich_text_notebook_is_its_heading_and_a_place_to_write() -> None:
    heading: Json = {"type": "heading", "attrs": {"level": 1}, "content": [text("Plan")]}
    blocks: list[Json] = [heading, {"type": "paragraph"}]
    document: Json = {"type": "doc", "content": blocks}
    assert new_notebook(" Plan ", kind="richtext") == Notebook("Plan", document)


def test_a_plain_text_becomes_paragraphs_and_hard_breaks() -> None:
    document = document_of_richtext("T", "\none\r\n\r\n \t\ntwo\rthree\n\n\nfour\n")
    assert isinstance(document, dict)
    blocks = document["content"]
    assert isinstance(blocks, list)
    assert blocks[1:] == [
        paragraph(text("one")),
        paragraph(text("two"), {"type": "hardBreak"}, text("three")),
        paragraph(text("four")),
    ]


@given(TITLES, st.sampled_from(["markdown", "richtext"]))
def test_every_new_notebook_can_be_a_page_and_be_sent(title: str, kind: str) -> None:
    there = new_notebook(title, kind=kind)
    check_sendable(there)
    suffix = suffix_for(there, "markdown")
    assert suffix == (JSON if kind == "richtext" else MARKDOWN)
    assert parse(render(there, "x1", suffix), suffix, like=None) == there
    assert there.title == title.strip()
    assert (markdown_of(there.content) is None) == (kind == "richtext")
    check_new(there, "x.json", kind=kind)


@given(TITLES, st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_no_word_of_a_text_is_missing_in_its_document(title: str, said: str) -> None:
    kept = text_content(document_of_richtext(title, said))
    assert kept.split() == f"{title.strip()}\n{said}".split()


def test_where_new_notebooks_are_rich_text_a_markdown_file_is_refused() -> None:
    there = Notebook("T", document_of("# T"))
    check_new(there, "notes.md", kind="markdown")
    with pytest.raises(FormatError) as caught:
        check_new(there, "notes.md", kind="richtext")
    assert "notes.md" in caught.value.message and "new_notebooks" in caught.value.message
    assert caught.value.hint.startswith("nbsync new ")
