"""The two forms of a document."""

from __future__ import annotations

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


def test_search_reads_the_markdown_or_the_text_of_each_block() -> None:
    assert text_content(document_of("# Plan\n\n**x**")) == "# Plan\n\n**x**"
    assert text_content("# as it is") == "# as it is"
    assert text_content(RICH) == "Plan\none two"
    assert text_content(None) == ""
