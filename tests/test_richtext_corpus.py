"""Pages look as PostHog's own conversion does, wherever that one loses nothing."""

from __future__ import annotations

import re
from typing import Final

import pytest

from nbsync.errors import FormatError
from nbsync.formats.align import matches
from nbsync.formats.richtext import render_document
from nbsync.formats.richtext.block_reader import Chunk, read_chunk, split_blocks
from nbsync.formats.richtext.showing import shown
from nbsync.formats.richtext.tags import read_tag, write_tag
from nbsync.model import Json, canonical
from richtext_corpus import RICH_TEXT, Sample

KNOWN: Final = {
    "41_text_block_lookalikes": "two blanks before a text are what stands in a list's item",
    "42_text_unicode": "characters that editors do not show, or take for ends of lines, are named",
}
"""Documents in which a text of ours differs from PostHog's though both say the same: the reason."""


def _theirs(sample: Sample) -> list[tuple[str, str]]:
    """Each block of PostHog's Markdown, with what our reader sees in it; "" for nothing."""
    # discussions are kept elsewhere; PostHog writes them above the block that they are about
    lines = [line for line in sample.markdown.split("\n") if not line.startswith("<Comment ")]
    return [(_seen(chunk), chunk.text) for chunk in split_blocks("\n".join(lines))]


def _seen(chunk: Chunk) -> str:
    try:
        nodes = read_chunk(chunk)
    except FormatError:
        return ""
    return canonical(shown(nodes[0])) if len(nodes) == 1 else ""


def _pairs(sample: Sample) -> list[tuple[str, str]]:
    """The texts of blocks in which PostHog's conversion loses nothing: ours, and PostHog's."""
    nodes, theirs = sample.document.get("content") or [], _theirs(sample)
    runs = matches([canonical(shown(node)) for node in nodes], [seen for seen, _ in theirs])
    return [
        (_ours(nodes[a + step]), theirs[b + step][1])
        for a, b, length in runs
        for step in range(length)
    ]


def _ours(node: Json) -> str:
    """The text of a block, laid out on one line where it is a tag."""
    text = render_document({"type": "doc", "content": [node]})
    if re.match("<[A-Z]", text) is None:
        return text
    tag = read_tag(text, 0)
    return write_tag(tag.name, tag.props) if tag.closed and tag.end == len(text) else text


@pytest.mark.parametrize("sample", RICH_TEXT, ids=lambda sample: sample.name)
def test_blocks_are_written_as_posthog_writes_them(sample: Sample) -> None:
    different = [(ours, theirs) for ours, theirs in _pairs(sample) if ours != theirs]
    assert bool(different) == (sample.name in KNOWN), different


def test_most_blocks_are_converted_by_posthog_without_a_loss() -> None:
    blocks = sum(len(sample.document.get("content") or []) for sample in RICH_TEXT)
    assert sum(len(_pairs(sample)) for sample in RICH_TEXT) > blocks / 2
