"""The two forms of a document."""

from __future__ import annotations

import json

import pytest

from nbsync.formats import document_of, markdown_of, text_content
from nbsync.model import Json

RICH: Json = {
    "type": "doc",
    "content": [
        {"type": "heading", "content": [{"type": "text", "text": "Plan"}]},
        {
            "type": "bulletList",
            "content": [
                {
                    "type": "listItem",
                    "content": [
                        {
                            "type": "paragraph",
                            "content": [
                                {"type": "text", "text": "one"},
                                {"type": "hardBreak"},
                                {"type": "text", "text": "two"},
                            ],
                        }
                    ],
                }
            ],
        },
        {"type": "paragraph"},
        {"type": "ph-query", "attrs": {"query": {}}},
        {"type": "paragraph", "content": [{"type": "text", "text": 5}, "no node"]},
    ],
}


def test_a_markdown_notebook_is_told_by_its_only_node() -> None:
    assert markdown_of(document_of("# Plan")) == "# Plan"
    assert document_of("# Plan") == {
        "type": "doc",
        "content": [
            {
                "type": "ph-markdown-notebook",
                "attrs": {"nodeId": "markdown-notebook-v2", "markdown": "# Plan"},
            }
        ],
    }


NODE: Json = {"type": "ph-markdown-notebook", "attrs": {"markdown": "x"}}


@pytest.mark.parametrize(
    "content",
    [
        None,
        "# Plan",
        [NODE],
        {"type": "doc"},
        {"type": "doc", "content": []},
        {"type": "doc", "content": [NODE, {"type": "paragraph"}]},
        {"type": "doc", "content": ["x"]},
        {"type": "doc", "content": [{"type": "paragraph", "attrs": {"markdown": "x"}}]},
        {"type": "doc", "content": [{"type": "ph-markdown-notebook"}]},
        {"type": "doc", "content": [{"type": "ph-markdown-notebook", "attrs": {"markdown": 1}}]},
        RICH,
    ],
)
def test_every_other_content_has_no_markdown(content: Json) -> None:
    assert markdown_of(content) is None
    assert document_of("new", like=content) == document_of("new")


def test_a_new_document_keeps_the_other_keys_of_the_old_one() -> None:
    old: Json = {
        "schema": 7,
        "content": [
            {
                "attrs": {"x": 1, "markdown": "old", "nodeId": "mine"},
                "type": "ph-markdown-notebook",
                "y": 2,
            }
        ],
        "type": "doc",
    }
    assert document_of("new", like=old) == {
        "schema": 7,
        "content": [
            {
                "attrs": {"x": 1, "markdown": "new", "nodeId": "mine"},
                "type": "ph-markdown-notebook",
                "y": 2,
            }
        ],
        "type": "doc",
    }
    assert markdown_of(old) == "old"


def test_search_reads_the_markdown_or_what_the_editor_would_send() -> None:
    assert text_content(document_of("# Plan\n\n**x**")) == "# Plan\n\n**x**"
    assert text_content("# as it is") == "# as it is"
    assert text_content(RICH) == "Plan\n\n\none\ntwo\n\n\n"
    assert text_content(None) == ""


def test_search_reads_the_text_of_content_that_is_no_document_too() -> None:
    nodes: list[Json] = [{"type": "paragraph", "content": [{"type": "text", "text": "one"}]}, NODE]
    assert text_content(nodes) == "one\n"
    assert text_content({"content": nodes}) == "one\n"


@pytest.mark.parametrize("unit", ["ab", "\x01", "\n", "🦔"])
def test_of_a_text_that_does_not_fit_beside_its_content_search_gets_as_much_as_does(
    unit: str,
) -> None:
    whole = unit * (19 * 1024 * 1024 // len(json.dumps(unit, ensure_ascii=False).encode()[1:-1]))
    document = document_of(whole)
    text = text_content(document)
    assert text and whole.startswith(text)
    body = json.dumps([document, text], ensure_ascii=False, separators=(",", ":"))
    assert 19 * 1024 * 1024 < len(body.encode()) < 20 * 1024 * 1024


def test_beside_a_content_that_fills_the_request_no_text_goes_along() -> None:
    assert text_content(["a" * 21 * 1024 * 1024, {"type": "text", "text": "b"}]) == ""
    assert text_content("a" * 21 * 1024 * 1024) == ""
