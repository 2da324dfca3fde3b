"""Lists: items with several blocks, their numbers, and every way to indent them."""

from __future__ import annotations

import pytest

from nbsync.model import Json
from richtext_text import block, item, nodes_in, paragraph, shows, text_of

_CODE = block("codeBlock", {"type": "text", "text": "a\n\n  b"}, language="sql")
_DIVIDER = block("horizontalRule")


def _bullets(*items: Json) -> dict[str, Json]:
    return block("bulletList", *items)


def _numbers(*items: Json, **attrs: Json) -> dict[str, Json]:
    return block("orderedList", *items, **attrs)


def _tasks(*items: Json) -> dict[str, Json]:
    return block("taskList", *items)


def _items(*texts: str) -> list[Json]:
    return [item(paragraph(text)) for text in texts]


@pytest.mark.parametrize(
    ("node", "text"),
    [
        (_bullets(*_items("a", "- b", "# c")), "- a\n- - b\n- # c"),
        (_bullets(item(paragraph()), item(paragraph("a"))), "-\n- a"),
        (_bullets(item(paragraph("a", "b", "- c"))), "- a\n  b\n  \\- c"),
        (_bullets(item(paragraph("a", "#", "b"))), "- a\n  \\#\n  b"),
        (_numbers(*_items("a", "b")), "1. a\n2. b"),
        (_numbers(*_items("a", "b"), start=0, type=None), "0. a\n1. b"),
        (_numbers(*_items("a", "b"), start=9), "9. a\n10. b"),
        (_numbers(item(paragraph())), "1."),
        (
            _numbers(*_items("a"), start=-1),
            '<Node attrs={{"start":-1}}>\n\n1. a\n\n</Node>',
        ),
        (
            _numbers(*_items("a"), start=999_999_999),
            '<Node attrs={{"start":999999999}}>\n\n1. a\n\n</Node>',
        ),
        (
            _numbers(*_items("a"), start=5, type="i"),
            '<Node attrs={{"type":"i"}}>\n\n5. a\n\n</Node>',
        ),
        (
            _tasks(
                item(paragraph("a"), checked=True),
                item(paragraph(), checked=False),
                block("taskItem", paragraph("[x] b")),
            ),
            "- [x] a\n- [ ]\n- [ ] \\[x\\] b",
        ),
        (_bullets(*_items("[x] a")), "- \\[x\\] a"),
        (
            _bullets(item(paragraph("a"), _bullets(item(paragraph("b"), _numbers(*_items("c")))))),
            "- a\n  - b\n    1. c",
        ),
        (
            _bullets(
                item(paragraph("a"), _bullets(*_items("b")), _numbers(*_items("c"))),
                *_items("d"),
            ),
            "- a\n  - b\n  1. c\n- d",
        ),
        (
            _bullets(item(paragraph("a"), _bullets(*_items("b")), _bullets(*_items("c")))),
            "- a\n  - b\n\n  - c",
        ),
        (
            _bullets(item(paragraph("a"), paragraph("b"), _bullets(*_items("c")), paragraph("d"))),
            "- a\n\n  b\n\n  - c\n\n  d",
        ),
        (
            _numbers(
                item(paragraph("a"), _CODE, block("blockquote", paragraph("b"))), *_items("c")
            ),
            "1. a\n\n  ```sql\n  a\n\n    b\n  ```\n\n  > b\n2. c",
        ),
        (_bullets(item(paragraph(), paragraph("a"))), "-\n\n  a"),
        (_bullets(item(paragraph("a"), paragraph())), "- a\n\n  <Paragraph />"),
        (
            _bullets(item(paragraph("a"), paragraph(" b", "c"), _DIVIDER)),
            "- a\n\n   b\n  c\n\n  ---",
        ),
        (
            _bullets(item(paragraph("a"), paragraph(" b"), paragraph(" c"))),
            '- a\n\n  <Char code="U+0020" />b\n\n   c',
        ),
        (
            _bullets(item(paragraph("a"), block("ph-query", query={"a": "b\n\nc"}))),
            '- a\n\n  <Query query={{\n    "a": `\n      b\n\n      c\n    `\n  }} />',
        ),
        (
            _bullets(item(paragraph("a"), block("box", paragraph("b")))),
            '- a\n\n  <Node type="box">\n\n  b\n\n  </Node>',
        ),
    ],
)
def test_a_list_is_written_like_this(node: Json, text: str) -> None:
    assert text_of(node) == text


@pytest.mark.parametrize(
    "node",
    [
        _bullets(),
        _bullets(item()),
        _bullets(item(_DIVIDER)),
        _bullets(item("text")),
        _bullets(item(block("paragraph", textAlign="center"))),
        _bullets(item({"type": "paragraph", "content": "text"})),
        _bullets(item(paragraph("a"), checked=True)),
        _bullets(block("listItem", paragraph("a"), color="red")),
        _tasks(item(paragraph("a"), checked="true")),
        _tasks(*_items("a")),
        _bullets(paragraph("a")),
        _bullets("a", None),
        {"type": "bulletList", "content": _items("a"), "mood": 1},
    ],
)
def test_a_list_with_items_that_are_none_is_written_as_json(node: Json) -> None:
    assert text_of(node).startswith('<Node json={{"type":')


def test_an_odd_block_in_an_item_leaves_the_list_as_markdown() -> None:
    odd: Json = {"type": "paragraph", "mood": 1}
    lists = _bullets(item(paragraph("a"), odd, _bullets(item(paragraph("b"), _numbers()))))
    assert text_of(lists) == (
        '- a\n\n  <Node json={{"type":"paragraph","mood":1}} />\n\n'
        '  - b\n\n    <Node json={{"type":"orderedList"}} />'
    )


@pytest.mark.parametrize(
    ("text", "nodes"),
    [
        ("* a\n+ b\n• c", [_bullets(*_items("a", "b", "c"))]),
        ("1. a\n1) b\n7. c", [_numbers(*_items("a", "b", "c"))]),
        ("7) a", [_numbers(*_items("a"), start=7)]),
        ("1234567890. a", [paragraph("1234567890. a")]),
        ("1.a\n-b", [paragraph("1.a", "-b")]),
        ("- a\n1. b\n- [x] c\n- d", [
            _bullets(*_items("a")),
            _numbers(*_items("b")),
            _tasks(item(paragraph("c"), checked=True)),
            _bullets(*_items("d")),
        ]),
        ("- [X] a\n- [ ]\n- [x]b", [
            _tasks(item(paragraph("a"), checked=True), item(paragraph(), checked=False)),
            _bullets(*_items("[x]b")),
        ]),
        ("1. [x] a", [_numbers(*_items("[x] a"))]),
        ("- a\n\n- b", [_bullets(*_items("a")), _bullets(*_items("b"))]),
        ("a\n- b\nc", [paragraph("a"), _bullets(*_items("b")), paragraph("c")]),
        # indentation
        ("- a\n  - b\n - c", [
            _bullets(item(paragraph("a"), _bullets(*_items("b"))), *_items("c")),
        ]),
        ("- a\n   - b\n\t- c", [_bullets(item(paragraph("a"), _bullets(*_items("b", "c"))))]),
        ("- a\n    - b\n        - c\n- d", [
            _bullets(
                item(paragraph("a"), _bullets(item(paragraph("b"), _bullets(*_items("c"))))),
                *_items("d"),
            ),
        ]),
        ("    - a\n    - b", [_bullets(item(paragraph("a"), _bullets(*_items("b"))))]),
        ("    - a\n\n    - b", [_bullets(*_items("a")), _bullets(*_items("b"))]),
        # further lines and blocks
        ("- a\n  b\n     c", [_bullets(item(paragraph("a", "b", "c")))]),
        ("-\n  a", [_bullets(*_items("a"))]),
        ("-   a", [_bullets(*_items("a"))]),
        ("- a\n b", [_bullets(*_items("a")), paragraph(" b")]),
        (" - a\n  b", [_bullets(*_items("a")), paragraph("  b")]),
        ("- a\n\n b", [_bullets(*_items("a")), paragraph(" b")]),
        ("- a\n\n\n      b\n\n      c\n- d", [
            _bullets(item(paragraph("a"), paragraph("b"), paragraph("c")), *_items("d")),
        ]),
        ("- a\n  - b\n  c", [
            _bullets(item(paragraph("a"), _bullets(*_items("b")), paragraph("c"))),
        ]),
        ("- a\n  ---\n  > b", [
            _bullets(item(paragraph("a"), _DIVIDER, block("blockquote", paragraph("b")))),
        ]),
        ("- a\n\tb\n\n\t```sql\n\ta\n\n\t  b\n\t```", [_bullets(item(paragraph("a", "b"), _CODE))]),
        ("- a\n  <Query\n    b\n  />", [_bullets(item(paragraph("a"), block("ph-query", b=True)))]),
    ],
)  # fmt: skip
def test_a_list_of_a_person_is_read_like_this(text: str, nodes: list[Json]) -> None:
    assert shows(text, *nodes)


def test_levels_are_counted_from_the_least_indented_line_of_an_item() -> None:
    deep = "\n".join(f"{'  ' * level}- {level}" for level in range(12))
    node = nodes_in(deep)[0]
    assert text_of(node) == deep
    assert nodes_in("\n".join(f"{'   ' * level}- {level}" for level in range(12))) == [node]
