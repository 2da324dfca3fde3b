"""Blocks are written so that they read as the same ones, whatever stands beside them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbsync.errors import FormatError
from nbsync.formats.richtext.block_reader import Chunk, split_blocks
from nbsync.formats.richtext.block_writer import write_block
from nbsync.formats.richtext.passages import without_indent
from nbsync.formats.richtext.schema import DEEPEST
from nbsync.formats.richtext.showing import children_of
from nbsync.model import Json
from richtext_documents import documents, odd_documents
from richtext_text import block, item, nodes_in, paragraph, shows, text_of

_TEXT = "paragraph"
_DIVIDER = block("horizontalRule")


def _quoted(node: Json, levels: int) -> Json:
    return reduce(lambda inner, _: block("blockquote", inner), range(levels), node)


def _code(text: str, language: Json = None) -> Json:
    content: list[Json] = [{"type": "text", "text": text}] if text else []
    return block("codeBlock", *content, language=language)


@given(documents(most=3))
def test_a_block_that_an_editor_saved_is_read_as_it_was(document: Json) -> None:
    for node in children_of(document):
        assert not text_of(node).startswith("<Node json")


@given(odd_documents(most=3))
def test_anything_that_stands_where_a_block_should_comes_back(document: Json) -> None:
    for node in children_of(document):
        text_of(node)


_MARKDOWN = st.lists(
    st.sampled_from(
        [
            *(
                "a",
                "b c",
                "- ",
                "* ",
                "1. ",
                "7) ",
                "[x] ",
                "> ",
                "# ",
                "#",
                "| a | b |",
                "|",
                "\\",
            ),
            *(
                "| --- | --- |",
                "---",
                "```",
                "````sql",
                "\n",
                "\n",
                "\n",
                "\n\n",
                "  ",
                "    ",
                "\t",
            ),
            *("<Query />", "<Query a={{", "}}", "/>", '<Node type="x">', "</Node>", "\u00a0", "`"),
            *('<UnknownNode nodeType="x" />', "<Cell colspan={2}>", "</Cell>", "![a](b)", "**"),
        ]
    ),
    max_size=20,
).map("".join)


@given(_MARKDOWN)
def test_what_can_be_read_can_be_written_and_all_else_is_refused_with_its_line(text: str) -> None:
    nodes: list[Json] = []
    with suppress(FormatError), _with_its_line(text):
        nodes = nodes_in(text)
    for node in nodes:
        text_of(node)


@contextmanager
def _with_its_line(text: str) -> Iterator[None]:
    try:
        yield
    except FormatError as error:
        last = text.count("\n") + 1
        if error.line is None or not (1 <= error.line <= last and error.hint):
            raise AssertionError(error) from error
        raise


@pytest.mark.parametrize(
    ("node", "text"),
    [
        # paragraphs
        (paragraph(), "<Paragraph />"),
        (paragraph("one", "two"), "one\ntwo"),
        (paragraph("# one", "- two", "<Query />"), "\\# one\n\\- two\n\\<Query />"),
        (paragraph("a", "#", "######"), "a\n\\#\n\\######"),
        (paragraph(" #"), " \\#"),
        (paragraph("<!-- a -->"), "\\<!-- a -->"),
        (paragraph("</Node>"), "\\</Node>"),
        # headings
        (block("heading", *children_of(paragraph("a")), level=3), "### a"),
        (block("heading", *children_of(paragraph("a"))), "# a"),
        (block("heading", level=2), "##"),
        (block("heading", level=9), '<Node attrs={{"level":9}}>\n\n#\n\n</Node>'),
        (block("heading", level=True), '<Node attrs={{"level":true}}>\n\n#\n\n</Node>'),
        (block("heading", level=1, id="x", collapsed=True, textAlign=None), "#"),
        # dividers, code and images
        (_DIVIDER, "---"),
        (_code("a\n\nb", "sql"), "```sql\na\n\nb\n```"),
        (_code("```\na\n````"), "`````\n```\na\n````\n`````"),
        (_code(""), "```\n\n```"),
        (_code("\n"), "```\n\n\n```"),
        (_code("a", 'js title="x"'), '```js title="x"\na\n```'),
        (_code("a", "`"), '<Node attrs={{"language":"`"}}>\n\n```\na\n```\n\n</Node>'),
        (_code("a", " b"), '<Node attrs={{"language":" b"}}>\n\n```\na\n```\n\n</Node>'),
        (_code("a\rb"), '<Node json={{"type":"codeBlock","attrs":{"language":null},"content":'),
        (block("ph-image", src="https://a.b/c", nodeId="x", height=None), "![](https://a.b/c)"),
        (block("ph-image", src="a\\)(b", alt="c]["), "![c\\][](a\\\\\\)(b)"),
        (block("ph-image", src="a", height=3), '<Image src="a" height={3} />'),
        (block("ph-image", src="a\nb"), "<Image src={`\n  a\n  b\n`} />"),
        (block("ph-image", src=None), "<Image src={null} />"),
        # widgets, and what Markdown has no words for
        (block("ph-query", nodeId="x", title=None), '<Query nodeId="x" title={null} />'),
        (
            block("ph-query", query={"a": "b\nc"}),
            '<Query query={{\n  "a": `\n    b\n    c\n  `\n}} />',
        ),
        (block("ph-python", code="x"), '<UnknownNode nodeType="ph-python" code="x" />'),
        (block("mystery"), '<UnknownNode nodeType="mystery" />'),
        (
            block("mystery", nodeType="x"),
            '<Node json={{"type":"mystery","attrs":{"nodeType":"x"}}} />',
        ),
        (block("ph-query", **{"a b": 1}), '<Node json={{"type":"ph-query","attrs":{"a b":1}}} />'),
        (
            block("details", paragraph("a"), _DIVIDER, open=True),
            '<Node type="details" attrs={{"open":true}}>\n\na\n\n---\n\n</Node>',
        ),
        (
            block("box", block("box", paragraph("a"))),
            '<Node type="box">\n\n<Node type="box">\n\na\n\n</Node>\n\n</Node>',
        ),
        (block("box", {"type": "text", "text": "a"}), '<Node json={{"type":"box","content":[{'),
        (
            block(_TEXT, *children_of(paragraph("a")), textAlign="center"),
            '<Node attrs={{"textAlign":"center"}}>\n\na\n\n</Node>',
        ),
        (block(_TEXT, {"type": "emoji"}), '<Node json={{"type":"paragraph","content":[{"type":"em'),
        ({"type": _TEXT, "mood": 1}, '<Node json={{"type":"paragraph","mood":1}} />'),
        ({"type": _TEXT, "content": "a"}, '<Node json={{"type":"paragraph","content":"a"}} />'),
        ({"type": "heading", "attrs": 5}, '<Node json={{"type":"heading","attrs":5}} />'),
        ({"type": "heading", "content": 5}, '<Node json={{"type":"heading","content":5}} />'),
        (block("listItem", paragraph("a")), '<Node json={{"type":"listItem","content":[{"type":'),
        ({"type": 5}, '<Node json={{"type":5}} />'),
        ("text", '<Node json="text" />'),
        (True, "<Node json />"),
        (None, "<Node json={null} />"),
        ([1, "a|b"], '<Node json={[1,"a|b"]} />'),
        # quotes
        (block("blockquote", paragraph("a", "b")), "> a\n> b"),
        (block("blockquote", paragraph("a"), paragraph("b")), "> a\n>\n> b"),
        (block("blockquote", paragraph()), ">"),
        (block("blockquote", paragraph(), paragraph()), "> <Paragraph />\n>\n> <Paragraph />"),
        (block("blockquote", _code("a\n\n b")), "> ```\n> a\n>\n>  b\n> ```"),
        (_quoted(paragraph(" a"), 3), "> > >  a"),
        (block("blockquote"), '<Node json={{"type":"blockquote"}} />'),
        (
            block("blockquote", paragraph("a"), block("bulletList", item(paragraph("b")))),
            "> a\n> - b",
        ),
        (
            block(
                "blockquote", block("bulletList", item(paragraph("a"))), paragraph(), paragraph("b")
            ),
            "> - a\n> <Paragraph />\n>\n> b",
        ),
        (
            block("blockquote", block("bulletList"), paragraph("a")),
            '> <Node json={{"type":"bulletList"}} />\n> a',
        ),
    ],
)
def test_a_block_is_written_like_this(node: Json, text: str) -> None:
    written = text_of(node)
    assert written == text or (text.startswith("<Node json={{") and written.startswith(text))


def test_an_odd_block_in_a_container_leaves_the_others_as_markdown() -> None:
    odd: Json = {"type": _TEXT, "content": [{"type": "text", "text": "b"}], "mood": 1}
    atom = block(_TEXT, {"type": "emoji"})
    quote = block("blockquote", paragraph("a"), odd, atom, paragraph("c"))
    odd_text = (
        '<Node json={{"type":"paragraph","content":[{"type":"text","text":"b"}],"mood":1}} />'
    )
    atom_text = '<Node json={{"type":"paragraph","content":[{"type":"emoji"}]}} />'
    lines = ["a", "", odd_text, "", atom_text, "", "c"]
    assert text_of(quote) == "\n".join(f"> {line}" if line else ">" for line in lines)
    carriage = block("blockquote", paragraph("a"), _code("\r"), paragraph("b"))
    code = '<Node json={{"type":"codeBlock","attrs":{"language":null},"content":[{"type":"text",'
    assert text_of(carriage) == f'> a\n>\n> {code}"text":"\\r"}}]}}}} />\n>\n> b'
    box = block("box", paragraph("a"), odd, quote)
    assert text_of(box).startswith(f'<Node type="box">\n\na\n\n{odd_text}\n\n> a\n>\n> <Node json')


def test_blank_characters_at_the_end_of_a_line_carry_no_structure() -> None:
    for node in (paragraph("- ", "x"), paragraph("a", " "), paragraph("#", " # "), _code(" \n \t")):
        assert not text_of(node).startswith("<Node json")


@pytest.mark.parametrize("levels", [DEEPEST, DEEPEST + 1, 90, 150, 400])
def test_containers_are_markdown_down_to_the_deepest_level(levels: int) -> None:
    quotes = _quoted(paragraph("a"), levels)
    text = write_block(quotes).text
    assert len(split_blocks(text)) == 1
    within = min(levels, DEEPEST) if levels < 200 else 0
    assert text.startswith(
        "> " * (within - (levels > DEEPEST)) + ("a" if levels == DEEPEST else "")
    )
    boxes = reduce(lambda inner, _: block("box", inner), range(levels), paragraph("a"))
    if levels < 200:
        assert write_block(boxes).text.count('<Node type="box">') in (DEEPEST, DEEPEST - 1)
        text_of(quotes)
        text_of(boxes)


def test_attributes_that_markdown_lacks_need_a_level_of_their_own() -> None:
    aligned = block(_TEXT, *children_of(paragraph("a")), textAlign="center")
    assert "<Node attrs=" in text_of(_quoted(aligned, DEEPEST - 1))
    assert "<Node json=" in text_of(_quoted(aligned, DEEPEST))


def test_each_block_of_a_page_has_its_line() -> None:
    page = "\n\n# a\ntext\nmore\n```\n\n```\n- b\n\n  c\n\n> d\n\n\n<Query\n  a\n/>\n---"
    assert split_blocks(page) == [
        Chunk("# a", 3),
        Chunk("text\nmore", 4),
        Chunk("```\n\n```", 6),
        Chunk("- b\n\n  c", 9),
        Chunk("> d", 13),
        Chunk("<Query\n  a\n/>", 16),
        Chunk("---", 19),
    ]


def test_what_is_refused_is_a_block_for_all_that() -> None:
    page = 'a\n<!-- b\nc\n<Foo d="\ne\n<Query\nf\n/> g\nh'
    texts = [chunk.text for chunk in split_blocks(page)]
    assert texts == ["a", "<!-- b", "c", '<Foo d="', "e", "<Query\nf\n/> g", "h"]


def test_a_page_may_be_empty_and_may_have_any_line_ends() -> None:
    assert split_blocks("") == split_blocks(" \n\t\n\u00a0") == []
    assert shows("a\r\nb\r\rc", paragraph("a", "b"), paragraph("c"))


@pytest.mark.parametrize(
    ("text", "nodes"),
    [
        ("***\n___\n - - -", [_DIVIDER, _DIVIDER, block("bulletList", item(paragraph("- -")))]),
        ("<Divider />", [_DIVIDER]),
        ("a\n---\nb", [paragraph("a"), _DIVIDER, paragraph("b")]),
        ("#\u00a0a", [block("heading", *children_of(paragraph("a")), level=1)]),
        ("#a\n  # b", [paragraph("#a", "  # b")]),
        ("####### a", [paragraph("####### a")]),
        ("   ```  sql   x \n  a\n   ````", [_code("  a", "sql x")]),
        (
            "a\n![b](c)\n\\![d](e",
            [paragraph("a"), block("ph-image", src="c", alt="b"), paragraph("![d](e")],
        ),
        ("![](a(b)", [block("ph-image", src="a(b")]),
        ("<Query a />\n<Query b />", [block("ph-query", a=True), block("ph-query", b=True)]),
        ("<Query\n  a\n/>", [block("ph-query", a=True)]),
        ("  <Query />  ", [block("ph-query")]),
        ("<Python code='a' />", [block("ph-python", code="a")]),
        ('<Node type="x" />', [block("x")]),
        ('<Node type="x" attrs={{"a":1}} />', [block("x", a=1)]),
        ('<Node type="x">\n</Node>', [block("x")]),
        (
            '<Node type="x">\na\n<Node type="y">\nb\n</Node>\n</Node>',
            [block("x", paragraph("a"), block("y", paragraph("b")))],
        ),
        (
            '<Node\n  attrs={{"a": 1}}\n>\n# b\n</Node>',
            [block("heading", *children_of(paragraph("b")), level=1, a=1)],
        ),
        (">a\n>\tb\n >  c", [block("blockquote", paragraph("a", "b", " c"))]),
        ("> a\nb", [block("blockquote", paragraph("a")), paragraph("b")]),
        (">\n>", [block("blockquote", paragraph())]),
        (
            "> # a\n> - b\n> > c",
            [
                block(
                    "blockquote",
                    block("heading", *children_of(paragraph("a")), level=1),
                    block("bulletList", item(paragraph("b"))),
                    block("blockquote", paragraph("c")),
                )
            ],
        ),
        ('<Char code="U+0041" />\nb', [paragraph("A", "b")]),
        ("<Foo\nbar", [paragraph("<Foo", "bar")]),
    ],
)
def test_markdown_of_a_person_is_read_like_this(text: str, nodes: list[Json]) -> None:
    assert shows(text, *nodes)


def test_a_tag_over_lines_within_text_belongs_to_its_paragraph() -> None:
    text = 'a\n<UnknownNode nodeType="x"\n  b={{\n\n"c": 1}} /> d\ne'
    atom = block("x", b={"c": 1})
    (read,) = nodes_in(text)
    assert atom in children_of(read)
    assert len(split_blocks(f"{text}\n\nf")) == 2


def test_indentation_is_taken_off_by_columns() -> None:
    assert without_indent(["\ta", "    b", "", " \t c"]) == ["a", "b", "", "  c"]
    assert without_indent(["  a", "\tb", " "]) == ["a", "  b", ""]
    assert without_indent(["", " "]) == ["", " "]
