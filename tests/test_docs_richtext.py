"""What the reference says of rich-text pages is what the reader and the writer do."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from nbsync.errors import FormatError
from nbsync.formats.richtext.block_reader import read_chunk, split_blocks
from nbsync.formats.richtext.block_writer import write_block
from nbsync.formats.richtext.schema import LEGACY_TAGS, TAGS
from nbsync.formats.richtext.showing import same
from nbsync.model import Json, canonical, parse_json

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "page.md"
PART = PAGE.read_text(encoding="utf-8").partition("## Rich-text pages\n")[2].partition("\n## ")[0]

_PAIR = re.compile(r"^~~~markdown\n(.*?)\n~~~\n\n~~~json\n(.*?)\n~~~$", re.MULTILINE | re.DOTALL)
_REFUSED = re.compile(r"^~~~markdown refused=([^\n]+)\n(.*?)\n~~~$", re.MULTILINE | re.DOTALL)
_ROWS = r"^\| {} \| in the document \|\n\|---\|---\|\n((?:\|.*\|\n)+)"
_SPAN = re.compile(r"`` (.+?) ``|`([^`]+)`")

PAIRS = [(found[1], found[2]) for found in _PAIR.finditer(PART)]
REFUSED = [(found[1], found[2]) for found in _REFUSED.finditer(PART)]


def rows(header: str) -> list[tuple[str, str]]:
    """Each code span in the first column of a table, with the JSON in the second."""
    table = re.search(_ROWS.format(header), PART, re.MULTILINE)
    assert table is not None
    found = []
    for row in table[1].splitlines():
        spans = [one or other for one, other in _SPAN.findall(row)]
        found += [(text, spans[-1]) for text in spans[:-1]]
    return found


BLOCKS = rows("a block on the page")
INLINE = rows("in a line")


def read(text: str) -> list[Json]:
    return [node for chunk in split_blocks(text) for node in read_chunk(chunk)]


def test_every_fenced_block_is_an_example_that_is_tried() -> None:
    assert len(re.findall("^~~~", PART, re.MULTILINE)) == 4 * len(PAIRS) + 2 * len(REFUSED)
    assert len(PAIRS) > 8 and len(REFUSED) > 5 and len(BLOCKS) > 8 and len(INLINE) > 16


@pytest.mark.parametrize(("text", "said"), PAIRS + BLOCKS)
def test_a_block_is_read_as_the_reference_says(text: str, said: str) -> None:
    assert [canonical(node) for node in read(text)] == [canonical(parse_json(said))]


@pytest.mark.parametrize(("text", "said"), INLINE)
def test_what_stands_in_a_line_is_read_as_the_reference_says(text: str, said: str) -> None:
    content = parse_json(said)
    paragraph: Json = {
        "type": "paragraph",
        "content": content if isinstance(content, list) else [content],
    }
    assert [canonical(node) for node in read(text)] == [canonical(paragraph)]


@pytest.mark.parametrize(("text", "said"), PAIRS)
def test_a_block_is_written_as_the_reference_says(text: str, said: str) -> None:
    written = write_block(parse_json(said))
    assert written.text == text
    assert same(written.node, parse_json(said))


@pytest.mark.parametrize(("what", "text"), REFUSED)
def test_what_cannot_be_understood_is_refused_with_its_line(what: str, text: str) -> None:
    with pytest.raises(FormatError, match=json.loads(what)) as caught:
        read(f"# Weekly numbers\n\n{text}\n\nThe end.")
    assert caught.value.line == 3
    assert caught.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "```\nx",
        '<Node type="x">\n\ny',
        "</Node>",
        'a <ref id="c1">b',
        'a <mention id="5">@b',
        '<Image src="a" src="b" />',
        f"{'> ' * 41}a",
    ],
)
def test_what_the_reference_calls_an_error_is_one(text: str) -> None:
    with pytest.raises(FormatError) as caught:
        read(f"# Weekly numbers\n\n{text}")
    assert caught.value.line is not None and caught.value.hint


@pytest.mark.parametrize(
    "text", ["** x**", "*x", "[x", "`x", "<u>x", "&amp;", "https://example.com"]
)
def test_what_the_reference_calls_text_is_text(text: str) -> None:
    assert read(text) == [{"type": "paragraph", "content": [{"type": "text", "text": text}]}]


def test_every_tag_is_named() -> None:
    for name in (*TAGS, *LEGACY_TAGS):
        assert f"`<{name}>`" in PART


def test_a_backslash_takes_the_meaning_from_what_the_reference_lists() -> None:
    listed = re.search(r"from each of ``(.*?)``", PART)
    assert listed is not None
    signs = [sign for sign in listed[1].split() if sign]
    escaped = " ".join(f"\\{sign}" for sign in signs)
    assert read(f"a {escaped}") == [
        {"type": "paragraph", "content": [{"type": "text", "text": f"a {' '.join(signs)}"}]}
    ]
    assert read("a \\& \\:") == [
        {"type": "paragraph", "content": [{"type": "text", "text": "a \\& \\:"}]}
    ]
