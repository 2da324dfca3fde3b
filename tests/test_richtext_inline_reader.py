"""A line's source, read as inline nodes."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inline_content import SNIPPETS
from nbsync.errors import FormatError
from nbsync.formats.inline import plain
from nbsync.formats.richtext.inline_reader import read_inline, read_paragraphs
from nbsync.model import Json, canonical

BREAK: Json = {"type": "hardBreak"}
EMOJI: Json = {"type": "emoji", "attrs": {"name": "x*y*"}}


def text(said: str, *marks: str | dict[str, Json]) -> Json:
    node: dict[str, Json] = {"type": "text", "text": said}
    if marks:
        node["marks"] = [{"type": mark} if isinstance(mark, str) else mark for mark in marks]
    return node


def link(href: str) -> dict[str, Json]:
    return {"type": "link", "attrs": {"href": href}}


def comment(name: str) -> dict[str, Json]:
    return {"type": "comment", "attrs": {"id": name}}


@pytest.mark.parametrize(
    ("source", "nodes"),
    [
        ("", []),
        ("plain words", [text("plain words")]),
        ("**a** __b__", [text("a", "bold"), text(" "), text("b", "bold")]),
        ("*a* _b_ ~~c~~", [text("a", "italic"), text(" "), text("b", "italic"), text(" "),
                           text("c", "strike")]),
        ("<u>a</u>`b`", [text("a", "underline"), text("b", "code")]),
        ("**_a_**", [text("a", "bold", "italic")]),
        ("_**a**_", [text("a", "bold", "italic")]),
        ("<u>**[a](/b)**</u>", [text("a", link("/b"), "bold", "underline")]),
        ("**a __b__ c**", [text("a b c", "bold")]),
        ("a\nb", [text("a"), BREAK, text("b")]),
        ("**a\nb**", [text("a", "bold"), BREAK, text("b", "bold")]),
        ("`a\nb`", [text("a", "code"), BREAK, text("b", "code")]),
    ],
)  # fmt: skip
def test_marks_are_read(source: str, nodes: list[Json]) -> None:
    assert read_inline(source) == nodes


@pytest.mark.parametrize(
    ("source", "nodes"),
    [
        # dialect.md 5.3: the first closer closes, and there is no rule of three
        ("***x***", [text("*x", "bold"), text("*")]),
        ("*a **b** c*", [text("a *", "italic"), text("b** c*")]),
        ("**a *b* c**", [text("a ", "bold"), text("b", "bold", "italic"), text(" c", "bold")]),
        ("****a**", [text("**a", "bold")]),
        ("snake_case_name a_ _b", [text("snake_case_name a_ _b")]),
        ("_a_b_", [text("a_b", "italic")]),
        ("a__b", [text("a__b")]),
        ("** a** * b* a *b *", [text("** a** * b* a *b *")]),
        ("*a", [text("*a")]),
        ("a*", [text("a*")]),
        ("**", [text("**")]),
        ("~a~ ~~b", [text("~a~ ~~b")]),
        ("*a `b* c` d*", [text("a ", "italic"), text("b* c", "code", "italic"),
                          text(" d", "italic")]),
        ("*a\\* b*", [text("a* b", "italic")]),
        ("<u>a", [text("<u>a")]),
        ("a</u>", [text("a</u>")]),
        ("<u></u>", []),
        ("<u>*a</u>*", [text("*a", "underline"), text("*")]),
        ("`a", [text("`a")]),
        ("``a``", [text("a")]),
        ("`a\\`b\\\\c\\*`", [text("a`b\\c\\*", "code")]),
        ("\\*\\_\\<\\a\\", [text("*_<\\a\\")]),
        ("\0", [text("\0")]),
        ("<b>x</b> <Nodes> <br/> &amp;", [text("<b>x</b> <Nodes> <br/> &amp;")]),
    ],
)  # fmt: skip
def test_what_opens_and_never_closes_is_text(source: str, nodes: list[Json]) -> None:
    assert read_inline(source) == nodes


@pytest.mark.parametrize(
    ("source", "nodes"),
    [
        ("[a](https://b.c)", [text("a", link("https://b.c"))]),
        ("[a](mailto:a@b.c)", [text("a", link("mailto:a@b.c"))]),
        ("[a]( /b c )", [text("a", link("/b c"))]),
        ("[a](b_(c)_d)", [text("a", link("b_(c)_d"))]),
        ("[a](b\\)\\\\c)", [text("a", link("b)\\c"))]),
        ("[a](`b) `c`", [text("a", link("`b")), text(" "), text("c", "code")]),
        ("*a [b](c*d) e*", [text("a ", "italic"), text("b", link("c*d"), "italic"),
                            text(" e", "italic")]),
        ("[**a** b](c)", [text("a", link("c"), "bold"), text(" b", link("c"))]),
        ("[[a](b)", [text("[a", link("b"))]),
        ("![a](b)", [text("!"), text("a", link("b"))]),
        ("[a](b)[c](d)", [text("a", link("b")), text("c", link("d"))]),
        ("[a](b) [c](b)", [text("a", link("b")), text(" "), text("c", link("b"))]),
        ("[a\nb](c)", [text("a", link("c")), BREAK, text("b", link("c"))]),
        ("*[a*](b\\*)*", [text("[a", "italic"), text("](b*)*")]),
    ],
)  # fmt: skip
def test_links_are_read(source: str, nodes: list[Json]) -> None:
    assert read_inline(source) == nodes


@pytest.mark.parametrize(
    "source",
    ["[a]()", "[a]( )", "[](a)", "[a](b", "[a](b\nc)", "[a] (b)", "[a](\tb)", "](a)", "(a)"],
)
def test_what_is_no_link_stays_text(source: str) -> None:
    nodes: Json = [text(source)]
    if "\n" in source:
        nodes = [text("[a](b"), BREAK, text("c)")]
    assert read_inline(source) == nodes


@pytest.mark.parametrize(
    ("source", "nodes"),
    [
        ('<ref id="a">b **c**</ref>', [text("b ", comment("a")),
                                       text("c", "bold", comment("a"))]),
        ("<ref id='a \\'b' >c</ref>", [text("c", comment("a 'b"))]),
        ('<ref id="a*">*b*</ref>', [text("b", "italic", comment("a*"))]),
        ('<mention id="5">@member</mention>', [{"type": "ph-mention", "attrs": {"id": 5}}]),
        ('<mention id="-5">@</mention>',
         [{"type": "ph-mention", "attrs": {"id": -5, "label": ""}}]),
        ('**<mention id="5">@Ann \\<3 \\\\ Lee</mention>**',
         [{"type": "ph-mention", "attrs": {"id": 5, "label": "Ann <3 \\ Lee"},
           "marks": [{"type": "bold"}]}]),
        ('<Backlink href="/a" type="dashboards" />',
         [{"type": "ph-backlink", "attrs": {"href": "/a", "type": "dashboards"}}]),
        ("<ReplayTimestamp playbackTime={100} />",
         [{"type": "ph-replay-timestamp", "attrs": {"playbackTime": 100}}]),
        ("<Backlink />", [{"type": "ph-backlink"}]),
        ('a<UnknownNode nodeType="emoji" name="x*y*" />b',
         [text("a"), EMOJI, text("b")]),
        ("**<Node json={[1]} />**<Node json />", [[1], True]),
        ('a<Char code="U+000A" />b', [text("a\nb")]),
        ('**a<Char code="U+1F994" />**', [text("a🦔", "bold")]),
        ("**a<Break />b**", [text("a", "bold"), BREAK, text("b", "bold")]),
        ("<Mark highlight>a *b*</Mark>",
         [text("a ", "highlight"), text("b", "italic", "highlight")]),
        ('<Mark textStyle={{"color":"red"}} bold={{}}>a</Mark>',
         [text("a", "bold", {"type": "textStyle", "attrs": {"color": "red"}})]),
        ('<Mark comment={[{"id":"a"},{"id":"b"},{}]}>c</Mark>',
         [text("c", comment("a"), comment("b"), "comment")]),
        ("**<Mark bold>a</Mark>**", [text("a", "bold")]),
        ("<Mark>a</Mark>", [text("a")]),
        ('<ref id="a"><Mark x>b</Mark></ref>', [text("b", comment("a"), "x")]),
    ],
)  # fmt: skip
def test_tags_are_read(source: str, nodes: list[Json]) -> None:
    assert read_inline(source) == nodes


@pytest.mark.parametrize(
    "tag",
    [
        *("<ref>a</ref>", "<ref id=a>b</ref>", '<ref id="">a</ref>', '<ref id="a" x="1">b</ref>'),
        *('<ref id="a">b', '<ref id="a"><ref id="b">c</ref></ref>', "</ref>", "</ref x>", "<ref"),
        *("*a <ref id='b'>c* d</ref>", '<ref id="a\nb">c</ref>'),
        *("<mention>@a</mention>", '<mention id="1">@a', '<mention id="x">@a</mention>'),
        *('<mention id="1">a</mention>', '<mention id="1">@a *b*</mention>', "</mention>"),
        *('<mention id="1"></mention>', '<mention id="1">@<Char /></mention>'),
        *('<mention id="1">*@a*</mention>', f'<mention id="{"9" * 5000}">@a</mention>'),
        *("<Mark x />", "<Mark x>a", "<Mark x><Mark y>a</Mark></Mark>", "</Mark>", "**<Mark x>a**"),
        *("<Mark x={5}>a</Mark>", '<Mark x="y">a</Mark>', "<Mark x={[5]}>a</Mark>"),
        *("<Char />", "<Char code={5} />", '<Char code="A" />', '<Char code="U+110000" />'),
        *('<Char code="U+0041" x />', "<Break x />", "<Break>", "<Node />", "<Node json x />"),
        *("<UnknownNode />", "<UnknownNode nodeType={5} />", '<UnknownNode nodeType="" />'),
        *("<Backlink href={oops} />", "<Backlink", "</Backlink>", "<Cell>a</Cell>", "<Header />"),
        *("<Paragraph />", "<Node json={1} />\n\n<Node json={ />"),
    ],
)
def test_a_tag_that_says_nothing_is_an_error_with_its_line(tag: str) -> None:
    with pytest.raises(FormatError) as raised:
        read_inline(f"one\ntwo {tag}", line=7)
    assert raised.value.line in {8, 10}
    assert raised.value.hint


def test_a_tag_in_code_or_escaped_is_text() -> None:
    assert read_inline("`<ref` \\<ref \\<Break />") == [
        text("<ref", "code"),
        text(" <ref <Break />"),
    ]


def test_the_hint_says_how_to_write_the_tag_as_text() -> None:
    with pytest.raises(FormatError, match=r"<ref> is never closed") as raised:
        read_inline('<ref id="a">b')
    assert raised.value.hint == "mend the tag; if it is text, write \\<ref"


def test_a_cell_holds_several_paragraphs() -> None:
    assert read_paragraphs("**a**<Paragraph />`<Paragraph />`<Paragraph />") == [
        [text("a", "bold")],
        [text("<Paragraph />", "code")],
        [],
    ]


@pytest.mark.parametrize("source", ["**a<Paragraph />b**", "<Paragraph x />"])
def test_paragraphs_of_a_cell_are_parted_outside_of_marks(source: str) -> None:
    with pytest.raises(FormatError, match="part a cell's paragraphs"):
        read_paragraphs(source)


@given(st.lists(st.sampled_from(SNIPPETS), max_size=12).map("".join))
def test_whatever_is_read_has_nodes_or_an_error(source: str) -> None:
    try:
        nodes = read_inline(source)
    except FormatError as error:
        nodes, line = [], error.line or 0
    else:
        line = 1
    assert 1 <= line <= source.count("\n") + 1
    for one, other in pairwise(nodes):
        assert isinstance(one, dict) and isinstance(other, dict)
        if one["type"] == other["type"] == "text":
            assert canonical(one.get("marks")) != canonical(other.get("marks"))


@given(
    st.lists(
        st.sampled_from([*"*_`\\ab ", "**", "__", "~~", "<u>", "</u>", "[a](https://b.c)"])
    ).map("".join)
)
def test_marks_are_where_the_dialect_has_them(source: str) -> None:
    nodes = read_inline(source)
    said = "".join(str(node["text"]) for node in nodes if isinstance(node, dict))
    assert said == plain(source)


@pytest.mark.parametrize(
    "unit",
    [
        *(
            "*",
            "_",
            "~",
            "[",
            "<",
            "<u>",
            "`",
            "\\",
            "](",
            "*a ",
            "[a](",
            "[a](\t",
            "**a",
            "<u>*a ",
        ),
        *("<u>*a </u>", "*[b* c](`x)", "[`](", '<ref id="a">', '<mention id="1">', "<Node ", "\0"),
    ],
)
def test_no_line_is_too_long(unit: str) -> None:
    source = unit * (60_000 // len(unit))
    if unit.startswith(("<ref", "<mention", "<Node")):
        with pytest.raises(FormatError):
            read_inline(source)
    else:
        assert len(read_inline(source)) < 60_000
