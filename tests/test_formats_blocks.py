"""Cutting Markdown into blocks and lines that, joined, are the text again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nbsync.formats.blocks import Verbatims, block_tokens, line_tokens, lines_of

MARKDOWN = st.lists(
    st.sampled_from(
        [
            *("# a", "text", " ", "", "  ", "\n", "\r\n", "\r", "```", "````", "<!--", "-->"),
            *("<Query", " a={", "}", "/>", '"', "'", "\\", ">", "</Query>", "- b", "> c", "\u2028"),
        ]
    ),
    max_size=30,
).map("".join)


@given(MARKDOWN)
def test_tokens_are_the_text_again(text: str) -> None:
    assert "".join(lines_of(text)) == text
    assert "".join(line_tokens(text)) == text
    assert "".join(block_tokens(text)) == text


@given(MARKDOWN)
def test_lines_and_line_ends_take_turns(text: str) -> None:
    tokens = line_tokens(text)
    assert len(tokens) % 2 == 1
    assert all(end in ("\n", "\r\n", "\r") for end in tokens[1::2])
    assert not any("\n" in line or "\r" in line for line in tokens[::2])


@given(MARKDOWN)
def test_blocks_and_separators_take_turns(text: str) -> None:
    tokens = block_tokens(text)
    assert len(tokens) % 2 == 1
    assert all(tokens[1:-1])
    assert all(end.strip() == "" and end.endswith(("\n", "\r")) for end in tokens[1::2])
    assert all(block for block in tokens[2:-2:2])


@given(MARKDOWN)
def test_what_begins_also_ends(text: str) -> None:
    lines = lines_of(text)
    verbatims = Verbatims(lines)
    for at in range(len(lines)):
        assert at <= verbatims.end(at) <= len(lines)


def test_separators_keep_their_blank_lines() -> None:
    text = "\n\na\nb\n\n \n\n\nc\n"
    assert block_tokens(text) == ["", "\n\n", "a\nb", "\n\n \n\n\n", "c", "\n", ""]


def test_an_empty_paragraph_at_the_end_is_a_block() -> None:
    assert block_tokens("a\n\n ") == ["a", "\n\n", " "]


def test_an_empty_text_is_one_empty_block() -> None:
    assert block_tokens("") == line_tokens("") == [""]


def test_code_comments_and_tags_are_one_block_whatever_is_in_them() -> None:
    fence = "before\n```\ncode\n\nmore\n```\nafter"
    comment = "<!-- a\n\nb -->"
    tag = '<Query query={{\n"a": 1\n\n}}\n/>'
    assert block_tokens(f"{fence}\n\n{comment}\n\n{tag}") == [fence, "\n\n", comment, "\n\n", tag]
