"""Inline nodes as text, which reads as what a page shows of them."""

from __future__ import annotations

import re
from typing import get_args

import pytest
from hypothesis import given

from inline_content import CONTENTS, shown_text
from nbsync.formats.richtext.inline_reader import read_inline
from nbsync.formats.richtext.inline_writer import Where, write_inline
from nbsync.model import Json

WHERES: tuple[Where, ...] = get_args(Where)
BREAK: Json = {"type": "hardBreak"}
EMOJI: Json = {"type": "emoji", "attrs": {"name": "hedgehog"}}
EMOJI_TAG = '<UnknownNode nodeType="emoji" name="hedgehog" />'


def text(said: str, *marks: str | dict[str, Json]) -> Json:
    node: dict[str, Json] = {"type": "text", "text": said}
    if marks:
        node["marks"] = [{"type": mark} if isinstance(mark, str) else mark for mark in marks]
    return node


def link(href: Json, **attrs: Json) -> dict[str, Json]:
    return {"type": "link", "attrs": {"href": href, "target": "_blank", **attrs}}


def comment(name: Json) -> dict[str, Json]:
    return {"type": "comment", "attrs": {"id": name}}


def mention(**attrs: Json) -> Json:
    return {"type": "ph-mention", "attrs": attrs}


def check(content: list[Json], expected: str, where: Where = "paragraph") -> None:
    assert write_inline(content, where=where) == expected
    assert shown_text(read_inline(expected)) == shown_text(content)


@pytest.mark.parametrize("where", WHERES)
@given(content=CONTENTS)
def test_what_is_written_reads_as_what_was_shown(where: Where, content: list[Json]) -> None:
    written = write_inline(content, where=where)
    if written is None:
        assert where == "paragraph" and len(content) == 1
        return
    assert shown_text(read_inline(written)) == shown_text(content)
    assert bool(written) == bool(content)
    lines = written.split("\n")
    assert len(lines) == 1 or where in {"paragraph", "item"}
    assert all(line.strip() for line in lines if content)


@pytest.mark.parametrize("where", WHERES)
@given(content=CONTENTS)
def test_blanks_at_the_end_of_lines_take_nothing_with_them(
    where: Where, content: list[Json]
) -> None:
    written = write_inline(content, where=where) or ""
    lines = [line.rstrip(" \t") for line in written.split("\n")]
    assert said(read_inline("\n".join(lines))) == said(read_inline(written))


def said(content: list[Json]) -> str:
    """The text of content but for the blanks before its line breaks, and a sign for each node."""
    parts = [node if isinstance(node, dict) else {} for node in content]
    signs = [str(node.get("text") or f"<{node.get('type')}>") for node in parts]
    return re.sub("[ \t]+(?=<hardBreak>|$)", "", "".join(signs))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        # as PostHog's converter has it (corpus/richtext 34, 38, 40)
        ([text("a", "bold"), text(" "), text("b", "italic"), text("c", "underline")],
         "**a** *b*<u>c</u>"),
        ([text("a", "strike"), text("b", "code"), text("c", link("https://d.e"))],
         "~~a~~`b`[c](https://d.e)"),
        ([text("a", link("/b"), "bold")], "**[a](/b)**"),
        ([text("a", "bold", comment("b"), "strike")], '<ref id="b">~~**a**~~</ref>'),
        ([text("a"), text("b", "strong"), text("c", "em")], "a**b***c*"),
        ([text("a`b\\c", "code")], "`a\\`b\\\\c`"),
        ([text("* _a_ s_t ~ ~~ [x](y) | <u> </ref> <b>")],
         "\\* \\_a\\_ s_t ~ \\~\\~ \\[x\\](y) \\| \\<u> \\</ref> <b>"),
        ([text("a <Nodes> <Break />, <Node")], "a <Nodes> \\<Break />, \\<Node"),
        # where that reads as something else
        ([text("a", "bold", "italic")], "**_a_**"),
        ([text("a", "italic", "bold")], "**_a_**"),
        ([text("Impact: ", "bold"), text("High", "italic", "bold"), text(" - affects "),
          text("checkout", link("https://a.b/c_d"))],
         "**Impact:** **_High_** - affects [checkout](https://a.b/c_d)"),
        ([text("bold ", "bold"), text("link", link("https://a.b/c"), "bold"),
          text(" tail", "bold")], "**bold [link](https://a.b/c) tail**"),
        ([text("aa ", "bold"), text("bb", "bold", "italic"), text(" cc", "italic")],
         "**aa** **_bb_** *cc*"),
        ([text("a"), text(" b ", "bold"), text("c")], "a **b** c"),
        ([text("a"), text(" ", "bold"), text("c")], "a c"),
        ([text("a "), text(" b", comment("c"), "strike"), text(" d", comment("c"))],
         'a <ref id="c"> ~~b~~ d</ref>'),
        ([text("a~"), text("b", "strike"), text("~c")], "a\\~~~b~~\\~c"),
        ([text("a", "bold"), text("`b*", "bold", "code"), text(" c", "bold")],
         "**a`\\`b*` c**"),
        ([text("<"), text("ref>")], "\\<ref>"),
    ],
)  # fmt: skip
def test_marks_are_written_to_be_read(content: list[Json], expected: str) -> None:
    check(content, expected)


@pytest.mark.parametrize(
    ("mark", "expected"),
    [
        (link("https://a.b/(c)"), "[x](https://a.b/(c))"),
        (link("https://a.b/c)"), "[x](https://a.b/c\\))"),
        (link("(a"), "[x](\\(a)"),
        (link("a\\"), "[x](a\\\\)"),
        (link("a\\b"), "[x](a\\b)"),
        (link("a\\(b"), "[x](a\\\\\\(b)"),
        (link("a b"), "[x](a b)"),
        (link(" "), '<Mark link={{"href":" "}}>x</Mark>'),
        (link(""), '<Mark link={{"href":""}}>x</Mark>'),
        (link(None), "<Mark link>x</Mark>"),
        (link(5), '<Mark link={{"href":5}}>x</Mark>'),
        (link("a\nb"), '<Mark link={{"href":"a\\nb"}}>x</Mark>'),
        (link("a", title="b"), '<Mark link={{"href":"a","title":"b"}}>x</Mark>'),
        (comment('é "a\\'), '<ref id="é \\"a\\\\">x</ref>'),
        (comment(""), '<Mark comment={{"id":""}}>x</Mark>'),
        (comment(5), '<Mark comment={{"id":5}}>x</Mark>'),
        (comment("a\x85"), '<Mark comment={{"id":"a\\u0085"}}>x</Mark>'),
        (comment(None), "<Mark comment>x</Mark>"),
        ({"type": "highlight"}, "<Mark highlight>x</Mark>"),
        ({"type": "bold", "attrs": {"a": 1}}, '<Mark bold={{"a":1}}>x</Mark>'),
        ({"type": "code", "attrs": {"a": 1}}, '<Mark code={{"a":1}}>x</Mark>'),
    ],
)  # fmt: skip
def test_a_mark_is_a_tag_only_where_it_must_be(mark: dict[str, Json], expected: str) -> None:
    check([text("x", mark)], expected)


def test_a_line_that_reads_the_same_stays_as_posthog_has_it() -> None:
    check(
        [text("a", "bold", "italic"), BREAK, text("b", "bold"), text("c", "bold")],
        "**_a_**\n**b****c**",
    )


def test_several_marks_that_only_tags_can_say_share_one() -> None:
    odd: list[str | dict[str, Json]] = ["highlight", comment("a"), comment("b")]
    check(
        [text("x ", *odd), text("y", "bold", *odd)],
        '<Mark highlight comment={[{"id":"a"},{"id":"b"}]}>x **y**</Mark>',
    )


def test_code_that_cannot_stand_raw_is_marked_code() -> None:
    check([text("a\u2028b`", "code")], '<Mark code>a<Char code="U+2028" />b\\`</Mark>')
    check(
        [text("a"), {"type": "emoji", "marks": [{"type": "code"}]}],
        'a<Mark code><UnknownNode nodeType="emoji" /></Mark>',
    )


def test_a_mark_whose_name_no_tag_can_have_stays_json() -> None:
    node = text("x", "odd name")
    check(
        [text("a "), node],
        'a <Node json={{"type":"text","text":"x","marks":[{"type":"odd name"}]}} />',
    )


@pytest.mark.parametrize(
    ("node", "tag"),
    [
        (mention(id=5), '<mention id="5">@member</mention>'),
        (mention(id=5, label="Ann *"), '<mention id="5">@Ann \\*</mention>'),
        (mention(id=5, label=None), '<mention id="5">@member</mention>'),
        (mention(id=5, label="member"),
         '<UnknownNode nodeType="ph-mention" id={5} label="member" />'),
        (mention(id=True), '<UnknownNode nodeType="ph-mention" id />'),
        (mention(id="5"), '<UnknownNode nodeType="ph-mention" id="5" />'),
        (mention(id=5, x=1), '<UnknownNode nodeType="ph-mention" id={5} x={1} />'),
        (mention(id=10**18), f'<UnknownNode nodeType="ph-mention" id={{{10**18}}} />'),
        (mention(id=5, label=6), '<UnknownNode nodeType="ph-mention" id={5} label={6} />'),
        ({"type": "ph-backlink", "attrs": {"href": "/a", "type": None}}, '<Backlink href="/a" />'),
        ({"type": "ph-replay-timestamp", "attrs": {"playbackTime": 9}},
         "<ReplayTimestamp playbackTime={9} />"),
        (EMOJI, EMOJI_TAG),
        ({"type": "emoji", "attrs": {"a b": 1}},
         '<Node json={{"type":"emoji","attrs":{"a b":1}}} />'),
        ({"type": "emoji", "attrs": {"nodeType": 1}},
         '<Node json={{"type":"emoji","attrs":{"nodeType":1}}} />'),
        ({"type": "emoji", "attrs": [1]}, '<Node json={{"type":"emoji","attrs":[1]}} />'),
        ({"type": "text", "text": ""}, '<Node json={{"type":"text","text":""}} />'),
        ({"type": "text", "marks": [{"type": "bold"}]},
         '<Node json={{"type":"text","marks":[{"type":"bold"}]}} />'),
        (None, "<Node json={null} />"),
    ],
)  # fmt: skip
def test_nodes_are_tags(node: Json, tag: str) -> None:
    check([text("a "), node, text(" b")], f"a {tag} b")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ([text("a"), BREAK, text("b")], "a\nb"),
        ([text("a", "bold"), BREAK, text("b", "bold")], "**a**\n**b**"),
        ([BREAK], "<Break />"),
        ([BREAK, BREAK], "<Break /><Break />"),
        ([BREAK, text("a")], "<Break />a"),
        ([text("a"), BREAK], "a<Break />"),
        ([text("a"), BREAK, BREAK, text("b")], "a\n<Break />b"),
        ([text("a"), BREAK, BREAK, BREAK, text("b")], "a\n<Break />\nb"),
        ([text("a"), BREAK, EMOJI, BREAK, text("b")], f"a<Break />{EMOJI_TAG}\nb"),
        ([EMOJI, BREAK, text("b")], f"{EMOJI_TAG}<Break />b"),
        ([EMOJI, BREAK, EMOJI], f"{EMOJI_TAG}<Break />{EMOJI_TAG}"),
        ([EMOJI, EMOJI, BREAK, text("a")], f"{EMOJI_TAG}{EMOJI_TAG}\na"),
    ],
)  # fmt: skip
def test_a_line_break_is_a_line_end_wherever_it_can_be(content: list[Json], expected: str) -> None:
    check(content, expected)
    check(content, expected.replace("\n", "<Break />"), "heading")
    check(content, expected.replace("\n", "<Break />"), "cell")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        # corpus/richtext 41
        *(
            (line, f"\\{line}")
            for line in ("# a", "> a", ">a", "- a", "+ a", "• a", "-", "---", "-----")
        ),
        *(
            (line, f"\\{line}")
            for line in ("<Query query={{}} />", "<Important> note", "<!-- a -->")
        ),
        *((line, line) for line in ("#a", "1.no", "----- x", "</Query>", "===", "-a", "<b>", "<5")),
        *(("1. a", "1\\. a"), ("12) a", "12\\) a"), ("1.", "1\\."), (" - a", " \\- a")),
        *(("\u3000# a", "\u3000\\# a"), ("<Node:", "\\<Node:"), ("<Mark>", "\\<Mark>")),
    ],
)
def test_a_line_begins_no_other_block(said: str, expected: str) -> None:
    check([text(said)], expected)
    check([text("a"), BREAK, text(said)], f"a\n{expected}")
    lead = "<Char" in (write_inline([text(said)], where="item") or "")
    assert lead == said[0].isspace()
    check([text("a"), BREAK, text(said)], f"a\n{expected}", "item") if not lead else None


def test_a_line_that_is_an_image_is_escaped() -> None:
    check([text("!"), text("a", link("b"))], "\\![a](b)")
    check([text("!"), text("a", link("b")), text(" c")], "![a](b) c")


@pytest.mark.parametrize(
    ("said", "paragraph", "item", "cell"),
    [
        (" a", " a", '<Char code="U+0020" />a', '<Char code="U+0020" />a'),
        ("  a", '<Char code="U+0020" /> a', '<Char code="U+0020" /> a', '<Char code="U+0020" /> a'),
        ("\ta", '<Char code="U+0009" />a', '<Char code="U+0009" />a', '<Char code="U+0009" />a'),
        ("\u3000a", "\u3000a", '<Char code="U+3000" />a', '<Char code="U+3000" />a'),
        ("a ", "a ", "a ", 'a<Char code="U+0020" />'),
        (" ", '<Char code="U+0020" />', '<Char code="U+0020" />', '<Char code="U+0020" />'),
        ("\xa0", '<Char code="U+00A0" />', '<Char code="U+00A0" />', '<Char code="U+00A0" />'),
        ("  ", '<Char code="U+0020" /> ', '<Char code="U+0020" /> ',
         '<Char code="U+0020" /><Char code="U+0020" />'),
        ("a\n", 'a<Char code="U+000A" />', 'a<Char code="U+000A" />', 'a<Char code="U+000A" />'),
        ("a|b", "a\\|b", "a\\|b", "a|b"),
        ("# a", "\\# a", "# a", "# a"),
    ],
)  # fmt: skip
def test_white_space_stays_where_it_would_be_lost(
    said: str, paragraph: str, item: str, cell: str
) -> None:
    check([text(said)], paragraph)
    check([text(said)], item, "item")
    check([text(said)], cell, "cell")


def test_a_tag_is_no_block_for_the_white_space_beside_it() -> None:
    check([EMOJI, text(" ")], f'{EMOJI_TAG}<Char code="U+0020" />')
    check([text(" "), EMOJI], f'<Char code="U+0020" />{EMOJI_TAG}')
    check([text("a"), BREAK, EMOJI, text(" ")], f'a\n{EMOJI_TAG}<Char code="U+0020" />')


def test_a_paragraph_that_is_one_tag_has_no_text() -> None:
    assert write_inline([EMOJI], where="paragraph") is None
    check([EMOJI], EMOJI_TAG, "cell")
    check([EMOJI], EMOJI_TAG, "item")
    check([mention(id=1)], '<mention id="1">@member</mention>')


def test_content_that_is_no_list_has_no_text() -> None:
    assert write_inline({"type": "text"}, where="heading") is None
    assert write_inline(None, where="heading") == ""
