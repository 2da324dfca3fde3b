"""What new notebooks hold, by what the server knows."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nbsync.errors import FormatError
from nbsync.formats import (
    MARKDOWN,
    NEW_DOCUMENT,
    check_new,
    check_sendable,
    document_of,
    markdown_of,
    new_notebook,
    parse,
    render,
    suffix_for,
)
from nbsync.model import Json, Notebook

TITLES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)


def test_a_new_markdown_notebook_is_its_heading() -> None:
    assert new_notebook(" Plan ", kind="markdown") == Notebook("Plan", document_of("# Plan"))


def test_a_title_that_is_no_heading_is_not_made_one() -> None:
    assert new_notebook("a\nb", kind="markdown") == Notebook("a\nb", document_of(""))


def test_a_new_rich_text_notebook_is_its_heading() -> None:
    words: list[Json] = [{"type": "text", "text": "Plan"}]
    heading: Json = {"type": "heading", "attrs": {"level": 1}, "content": words}
    document: Json = {"type": "doc", "content": [heading]}
    assert new_notebook(" Plan ", kind="richtext") == Notebook("Plan", document)


@example(" ", "richtext")
@given(TITLES, st.sampled_from(["markdown", "richtext"]))
def test_every_new_notebook_can_be_a_page_and_be_sent(title: str, kind: str) -> None:
    there = new_notebook(title, kind=kind)
    check_sendable(there)
    suffix = suffix_for(there, "markdown")
    assert suffix == MARKDOWN
    like = NEW_DOCUMENT if kind == "richtext" else None
    assert parse(render(there, "x1", suffix), suffix, like=like) == there
    assert there.title == title.strip()
    assert (markdown_of(there.content) is None) == (kind == "richtext")
    check_new(there, "x.json", kind=kind)


def test_where_new_notebooks_are_rich_text_a_markdown_file_is_refused() -> None:
    there = Notebook("T", document_of("# T"))
    check_new(there, "notes.md", kind="markdown")
    with pytest.raises(FormatError) as caught:
        check_new(there, "notes.md", kind="richtext")
    assert "notes.md" in caught.value.message and "new_notebooks" in caught.value.message
    assert caught.value.hint.startswith("nbsync new ")
