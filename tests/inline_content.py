"""Inline content as no editor would ever make it, and as some did."""

from __future__ import annotations

from hypothesis import strategies as st

from nbsync.formats.richtext.pieces import pieces_of, shown_pieces
from nbsync.model import Json, canonical

SNIPPETS = (
    *"*_~`\\[]()<>#+-.|!•&{}=\"'@:/",
    *(
        "a",
        "b",
        "word",
        "1.",
        "12)",
        "1",
        "é",
        "日本語",
        "🦔",
        "👩‍👩‍👧‍👦",
        "snake_case",
        "__dunder__",
    ),
    *(" ", "  ", "\t", "\xa0", "\u3000", "\u2003", " \t "),
    *("\n", "\r", "\r\n", "\x00", "\x0b", "\x1f", "\x7f", "\x85", "\u2028", "\u2029", "\ufeff"),
    *(
        "**",
        "***",
        "__",
        "~~",
        "~~~",
        "``",
        "```js",
        "](",
        "](u)",
        "[x](https://a.b)",
        "\\*",
        "\\\\",
    ),
    *(
        "<u>",
        "</u>",
        "<ref",
        '<ref id="a">',
        "</ref>",
        "<mention",
        '<mention id="1">',
        "</mention>",
    ),
    *("<Mark", "<Mark bold>", "</Mark>", "<Break />", '<Char code="U+0041" />', "<Node", "<Node "),
    *(
        "<Paragraph />",
        "<Cell>",
        "<Header",
        "<Nodes",
        "<UnknownNode nodeType=",
        "<Backlink ",
        "<b>",
    ),
    *("<Query query={{}} />", "</Query>", "<!-- x -->", "# ", "## x", "> ", "- ", "- [ ] ", "---"),
    *("![a](b)", "| a |", "1. ", "+ ", "• ", "===", "$5", "https://a.b/c_d", "\ud800"),
)

TEXTS = st.lists(st.sampled_from(SNIPPETS), min_size=1, max_size=6).map("".join) | st.text(
    min_size=1, max_size=8
)
HREFS = (
    st.sampled_from(
        [
            "https://a.b/c",
            "https://en.wikipedia.org/wiki/A_(b)",
            "/relative/path_x",
            "mailto:a@b.c",
            "https://a.b/`*_~|[]<u>",
            "a b",
            "http://x)",
            "(((",
            "\\",
            "a\\(b",
            "",
            " ",
            " x",
            "x\n",
            "<ref",
            "](",
        ]
    )
    | TEXTS
)
ATTRS: st.SearchStrategy[dict[str, Json]] = st.dictionaries(
    st.sampled_from(["color", "id", "href", "a b", "data-x", "nodeType", "é", "target"]),
    st.sampled_from([None, True, False, 0, 1.5, "", "red", 'a"`|</Mark>', [1, "]("], {"a": "*"}]),
    max_size=2,
)


def _mark(kind: str, attrs: object = None) -> dict[str, Json]:
    return {"type": kind} if attrs is None else {"type": kind, "attrs": attrs}  # type: ignore[dict-item]


PLAIN_MARKS = st.sampled_from(
    ["bold", "italic", "strike", "underline", "code", "strong", "em", "highlight"]
).map(_mark)
MARKS = (
    PLAIN_MARKS
    | HREFS.map(lambda href: _mark("link", {"href": href, "target": None}))
    | st.sampled_from(["mark-1", "mark-2"]).map(lambda name: _mark("comment", {"id": name}))
    | TEXTS.map(lambda name: _mark("comment", {"id": name}))
    | st.tuples(
        st.sampled_from(["bold", "code", "link", "comment", "textStyle", "odd name", "", "a_b-c"]),
        ATTRS,
    ).map(lambda pair: _mark(*pair))
)


def _with_marks(node: dict[str, Json], marks: list[dict[str, Json]]) -> dict[str, Json]:
    return {**node, "marks": list(marks)} if marks else node


def _text(text: str, marks: list[dict[str, Json]]) -> dict[str, Json]:
    return _with_marks({"type": "text", "text": text}, marks)


MENTIONS = st.fixed_dictionaries(
    {},
    optional={
        "id": st.integers() | st.sampled_from([None, "5", True, 1.5]),
        "label": TEXTS | st.sampled_from([None, "", "member", "Ann Lee", "@x"]),
        "more": st.just(1),
    },
)
ATOMS: st.SearchStrategy[dict[str, Json]] = st.one_of(
    MENTIONS.map(lambda attrs: {"type": "ph-mention", "attrs": attrs}),
    st.fixed_dictionaries(
        {"href": TEXTS, "type": st.sampled_from(["dashboards", None]), "title": TEXTS}
    ).map(lambda attrs: {"type": "ph-backlink", "attrs": attrs}),
    st.integers(0, 10_000).map(
        lambda at: {"type": "ph-replay-timestamp", "attrs": {"playbackTime": at}}
    ),
    ATTRS.map(lambda attrs: {"type": "emoji", "attrs": attrs}),
    st.sampled_from(["emoji", "ph-query", "image", "ph-mention", "ph-backlink", "a b", "é"]).map(
        lambda kind: {"type": kind}
    ),
)
IRREGULAR: st.SearchStrategy[Json] = st.sampled_from(
    [
        None,
        True,
        5,
        "text",
        [],
        {},
        {"type": "text"},
        {"type": "text", "text": ""},
        {"type": "text", "text": None},
        {"type": "text", "text": "x", "marks": "bold"},
        {"type": "text", "text": "x", "marks": [{}]},
        {"type": "text", "text": "x", "attrs": {}},
        {"type": "text", "marks": [{"type": "bold"}]},
        {"type": "text", "text": "", "marks": [{"type": "code"}]},
        {"type": "text", "text": "x", "more": 1},
        {"type": "emoji", "attrs": "x"},
        {"type": "", "attrs": {}},
        {"type": "wrap", "content": [{"type": "text", "text": "a|b`"}]},
        {"text": "x"},
        {"type": "hardBreak", "attrs": {"x": 1}},
    ]
)
BREAKS: st.SearchStrategy[Json] = st.sampled_from(
    [{"type": "hardBreak"}, {"type": "hardBreak", "marks": [{"type": "bold"}]}]
)
NODES: st.SearchStrategy[Json] = st.one_of(
    st.builds(_text, TEXTS, st.lists(PLAIN_MARKS, max_size=2)),
    st.builds(_text, TEXTS, st.lists(MARKS, max_size=4)),
    st.builds(_text, st.sampled_from(["a", "b c", " d", "e ", " "]), st.lists(MARKS, max_size=3)),
    BREAKS,
    st.builds(_with_marks, ATOMS, st.lists(MARKS, max_size=2)),
    IRREGULAR,
)
CONTENTS: st.SearchStrategy[list[Json]] = st.lists(NODES, max_size=7)


def shown_text(content: Json) -> str:
    """What a page shows of inline content, as one text to compare."""
    pieces = pieces_of(content)
    assert pieces is not None
    return canonical(shown_pieces(pieces))
