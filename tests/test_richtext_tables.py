"""Tables: their rows as they are, and cells that Markdown has no words for."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbsync.model import Json
from richtext_text import block, cell, header, paragraph, shows, table, text_of

_HEAD = "| a |\n| --- |\n"
_ODD: dict[str, Any] = {"a b": 1}
_RULE = block("horizontalRule")


def _under(*cells: Json) -> Json:
    return table([header(paragraph("a"))], list(cells))


@pytest.mark.parametrize(
    ("node", "text"),
    [
        (table([header(paragraph("a")), header(paragraph())]), "| a |  |\n| --- | --- |"),
        (_under(cell(paragraph("b"))), f"{_HEAD}| b |"),
        (_under(cell(paragraph("b")), cell(paragraph("c"))), f"{_HEAD}| b | c |"),
        (
            table([header(paragraph("a")), header(paragraph("b"))], [cell(paragraph("c"))]),
            "| a | b |\n| --- | --- |\n| c |",
        ),
        (table([header(paragraph("---"))]), "| --- |\n| --- |"),
        (_under(cell(paragraph("b|c\\|d\\"))), f"{_HEAD}| b\\|c\\\\\\|d\\\\ |"),
        (_under(cell(paragraph("b", "c"))), f"{_HEAD}| b<Break />c |"),
        (_under(cell(paragraph(" b "))), None),
        (_under(cell(paragraph("b"), paragraph("c"))), f"{_HEAD}| b<Paragraph />c |"),
        (_under(cell(paragraph(), paragraph())), f"{_HEAD}| <Paragraph /> |"),
        (_under(cell(paragraph("<Paragraph />"))), None),
        (_under(cell(paragraph("b"), colspan=2)), f"{_HEAD}| <Cell colspan={{2}}>b</Cell> |"),
        (
            _under(cell(paragraph("b"), paragraph("c"), colwidth=[1], mood="|")),
            f'{_HEAD}| <Cell colwidth={{[1]}} mood="\\u007c">b<Paragraph />c</Cell> |',
        ),
        (_under(cell(paragraph(), rowspan=2)), f"{_HEAD}| <Cell rowspan={{2}}></Cell> |"),
        (_under(header(paragraph("b"))), f"{_HEAD}| <Header>b</Header> |"),
        (table([cell(paragraph("b"))]), "| <Cell>b</Cell> |\n| --- |"),
        (_under(cell(_RULE)), f'{_HEAD}| <Cell content={{[{{"type":"horizontalRule"}}]}} /> |'),
        (_under(cell()), f"{_HEAD}| <Cell content={{[]}} /> |"),
        (
            _under(cell(_RULE, colspan=2)),
            f'{_HEAD}| <Cell colspan={{2}} content={{[{{"type":"horizontalRule"}}]}} /> |',
        ),
        (_under(cell("b|c")), f'{_HEAD}| <Cell content={{["b\\u007cc"]}} /> |'),
        (
            _under(cell(block("paragraph", mood="x"))),
            f'{_HEAD}| <Cell content={{[{{"type":"paragraph","attrs":{{"mood":"x"}}}}]}} /> |',
        ),
        (_under(cell({"type": "paragraph", "mood": 1})), None),
        (_under(cell({"type": "paragraph", "mood": 1}), cell(paragraph("b"))), None),
    ],
)
def test_a_table_is_written_like_this(node: Json, text: str | None) -> None:
    written = text_of(node)
    assert written == text or (text is None and written.startswith(_HEAD))


@pytest.mark.parametrize(
    "node",
    [
        table(),
        table([]),
        table([header(paragraph("a"))], []),
        block("table", paragraph("a")),
        block("table", "a"),
        block("table", block("tableRow", header(paragraph("a")), color="red")),
        block("table", block("tableRow", paragraph("a"))),
        block("table", block("tableRow", "a")),
        _under(cell(paragraph("a"), **_ODD)),
        _under(cell(paragraph("a"), content="b")),
        _under(cell(**_ODD)),
        _under({"type": "tableCell", "content": [paragraph("a")], "mood": 1}),
        _under({"type": "tableCell", "content": [{"type": "paragraph", "mood": 1}], "mood": 1}),
    ],
)
def test_a_table_with_rows_or_cells_that_are_none_is_written_as_json(node: Json) -> None:
    assert text_of(node).startswith('<Node json={{"type":"table"')


@given(st.text(alphabet="|\\`ab <>*[]()", min_size=1, max_size=12))
def test_bars_and_backslashes_come_back_from_cells(text: str) -> None:
    code: Json = {"type": "text", "text": text, "marks": [{"type": "code"}]}
    link: Json = {"type": "link", "attrs": {"href": f"x{text}"}}
    linked: Json = {"type": "text", "text": text, "marks": [link]}
    both = block("paragraph", code, {"type": "text", "text": "-"}, linked)
    written = text_of(_under(cell(paragraph(text)), cell(both), cell(paragraph("b"))))
    assert "<Cell" not in written.replace("\\<Cell", "")


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("|a|b|\n|:---|---:|\n|c", [["a", "b"], ["c"]]),
        ("| a |\n| ------ |\n| b | c |\n|\n||", [["a"], ["b", "c"], [""], [""]]),
    ],
)
def test_a_table_of_a_person_is_read_like_this(text: str, rows: list[list[str]]) -> None:
    cells = [[paragraph(each) if each else paragraph() for each in row] for row in rows]
    body = [[cell(each) for each in row] for row in cells[1:]]
    assert shows(text, table([header(each) for each in cells[0]], *body))


def test_paragraphs_in_a_cell_are_parted_outside_of_code_and_props() -> None:
    code: Json = {"type": "text", "text": "<Paragraph />", "marks": [{"type": "code"}]}
    link = block("ph-backlink", href="<Paragraph />")
    node = _under(cell(block("paragraph", code, link), paragraph("b")))
    assert text_of(node).count("<Paragraph />") == 3


def test_rows_end_where_a_line_has_no_bar() -> None:
    text = "x\n| a\\|b |\n|---|\n| c |\ny"
    rows = table([header(paragraph("a|b"))], [cell(paragraph("c"))])
    assert shows(text, paragraph("x"), rows, paragraph("y"))
