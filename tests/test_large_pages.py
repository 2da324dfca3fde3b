"""Large and odd texts: at these sizes, anything but linear work would take minutes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbsync import formats
from nbsync.errors import FormatError
from nbsync.formats import JSON, MARKDOWN, short_id_in, title_of
from nbsync.formats.blocks import Verbatims, block_tokens, lines_of
from nbsync.formats.inline import plain
from nbsync.formats.markers import refuse_markers
from nbsync.merge import merge
from nbsync.model import Json, Notebook

_PARTS = ("<Foo", " a={", "}", "{", '"', "'", "\\", ">", "/>", "</Foo>", "\n", "\n", "\n\n", "x")
_TAGS = st.lists(st.sampled_from(_PARTS), max_size=120).map("".join)


def document(*blocks: Json) -> Json:
    return {"type": "doc", "content": list(blocks)}


def paragraph(*inline: Json) -> dict[str, Any]:
    return {"type": "paragraph", "content": list(inline)}


def text(said: str, *marks: str) -> Json:
    node: dict[str, Json] = {"type": "text", "text": said}
    return {**node, "marks": [{"type": mark} for mark in marks]} if marks else node


@pytest.mark.parametrize(
    "line", ["<!-- a\n", "<A>/>\n", "<A {/>\n", '<A b="/>\n', "<A {\n", "```\n", "<A b='{/>\n"]
)
def test_many_lines_that_never_end_are_cut_into_blocks_at_once(line: str) -> None:
    source = line * 8_000
    assert "".join(block_tokens(source)) == source


@given(_TAGS)
def test_where_a_tag_ends_is_the_same_whatever_was_asked_before(source: str) -> None:
    lines = lines_of(source)
    asked = Verbatims(lines)
    for at in range(len(lines)):
        assert asked.end(at) == Verbatims(lines).end(at)


@pytest.mark.parametrize("size", [1, 2, 3, 17, 64, 500, 997])
def test_a_tag_over_many_lines_ends_where_its_last_brace_is_closed(size: int) -> None:
    inner = ["{", '"a > /> }": [', "", "]", "},"] * (size // 5 + 1)
    lines = ["<Query query={[", *inner[:size], *["}"] * _open(inner[:size]), "]} />", "after"]
    assert Verbatims(lines).end(0) == len(lines) - 1


def _open(lines: list[str]) -> int:
    return lines.count("{") - lines.count("},")


def test_a_tag_is_given_up_after_a_thousand_lines() -> None:
    lines = ["<Query query={/>", *["1"] * 998, "} />"]
    assert Verbatims(lines).end(0) == 1000
    assert Verbatims([lines[0], "1", *lines[1:]]).end(0) == 1


@pytest.mark.parametrize("line", ["<<<<<<< a\n", "<<<<<<< a\n=======\n", "=======\n"])
def test_many_marks_of_no_conflict_are_read_at_once(line: str) -> None:
    refuse_markers(line * 100_000)


def test_the_first_of_many_marks_is_named_when_the_last_one_completes_them() -> None:
    with pytest.raises(FormatError) as refused:
        refuse_markers("text\n" + "<<<<<<< a\n" * 50_000 + "=======\n>>>>>>> b\n")
    assert refused.value.line == 2


@pytest.mark.parametrize(
    "mark", ["*a ", "**a ", "[a](", "`*a ", "<u>", "[", "\\`*a", '<ref id="x">']
)
def test_a_heading_of_nothing_but_marks_is_a_title_at_once(mark: str) -> None:
    said = mark * (9_900 // len(mark))
    assert title_of(f"# {said}") == plain(said).strip()


def test_a_line_of_blanks_is_no_json_page_and_that_is_seen_at_once() -> None:
    assert short_id_in(" " * 500_000 + "x", JSON) is None


@pytest.mark.parametrize("said", ["\n", "\x01", "\n\x85"])
def test_characters_that_need_a_tag_each_are_written_and_read_in_runs(said: str) -> None:
    notebook = Notebook("A title", document(paragraph(text(said * 8_000))))
    page = formats.render(notebook, "aB3dE5fG", MARKDOWN)
    assert formats.parse(page, MARKDOWN, like=notebook) == notebook


def test_a_tag_within_a_run_that_stands_for_no_character_is_still_refused() -> None:
    like = Notebook("A title", document(paragraph(text("\n\n"))))
    page = formats.render(like, "aB3dE5fG", MARKDOWN)
    with pytest.raises(FormatError):
        formats.parse(page.replace("U+000A", "U+110000", 1), MARKDOWN, like=like)


def test_a_line_of_many_marks_that_all_became_others_is_read_at_once() -> None:
    def written(*kinds: str) -> Notebook:
        pieces = (text(f"w{at}", kinds[at % 2]) for at in range(1_500))
        return Notebook("A title", document(paragraph(*pieces)))

    base, edited = written("bold", "underline"), written("italic", "strike")
    page = formats.render(edited, "aB3dE5fG", MARKDOWN)
    assert formats.parse(page, MARKDOWN, like=base).key == edited.key


def test_many_long_blocks_that_were_all_edited_and_moved_merge_or_clash_at_once() -> None:
    blocks = [" ".join(f"w{at * 600 + word}" for word in range(600)) for at in range(100)]

    def markdown(parts: list[str]) -> Notebook:
        return Notebook("A title", formats.document_of("\n\n".join(parts)))

    local = [f"{block} more" for block in blocks]
    merged = merge(markdown(blocks), markdown(local), markdown(blocks[::-1]))
    assert merged.regions or merged.notebook


def test_new_words_go_on_those_they_stand_for_and_never_on_earlier_ones() -> None:
    def read(edited: list[Json], base: list[Json]) -> Json:
        like = Notebook("A title", document(paragraph(*base)))
        page = formats.render(Notebook("A title", document(paragraph(*edited))), "aB3", MARKDOWN)
        return formats.parse(page, MARKDOWN, like=like).content

    base = [text("aa", "bold"), text("bb"), text("cc", "bold")]
    edited = [text("xx"), text("yy", "bold"), text("zz")]
    assert read(edited, base) == document(paragraph(*edited))
    broken: list[Json] = [text("aa"), {"type": "hardBreak"}, text("bb")]
    assert read([text("xx")], broken) == document(paragraph(text("xx")))


def test_emphasis_in_many_code_spans_is_none() -> None:
    assert plain("*a `b* c` `d* e` `f* g` h*") == "a b* c d* e f* g h"
    assert plain("**** a**") == "** a"


def test_a_rule_below_text_makes_no_table() -> None:
    sides = ["text\n| --- |\nmore", "new text\n| --- |\nmore", "text\n| --- |\nmore of it"]
    made = [Notebook("A title", formats.document_of(side)) for side in sides]
    assert merge(*made).notebook == Notebook(
        "A title", formats.document_of("new text\n| --- |\nmore of it")
    )
