"""What no editor makes, and what JSON can hold in place of a regular node."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from richtext_documents import Maker
    from richtext_inline import InlineMaker

_MARKDOWN: Final = (
    *("*", "**", "***", "_", "__", "~", "~~", "`", "``", "```", "[", "]", "](", "(", ")", "[x]"),
    *("[a](b)", "![a](b)", "<", ">", "</", "/>", "<u>", "</u>", '<ref id="x">', "</ref>", "<ref"),
    *('<mention id="5">@x</mention>', "<mention", "|", "\\", "\\\\", "\\|", "\\*", "&lt;", "&amp;"),
    *("{", "}", "{{", '"', "'", "=", "#", "-", "+", "•", "1.", "1)", "---", "!", ":", "$"),
    *('<Char code="U+0041" />', "<Break />", "<Break", "<Mark bold>", "</Mark>", "<Mark", "<Node"),
    *("<Paragraph />", "<Cell>", "</Cell>", "<Header", "<Backlink", "<UnknownNode />", "<Foo>"),
    *("<Query query={{}} />", "</Query>", "<!--", "-->", "https://a.b/c_d*e"),
)
_STARTS: Final = (
    *(
        "# ",
        "###### ",
        "####### ",
        "#",
        "> ",
        ">",
        "- ",
        "-",
        "+ ",
        "* ",
        "• ",
        "1. ",
        "1.",
        "12) ",
    ),
    *("---", "-----", "***", "___", "```", "```js", "~~~", "===", "- [ ] ", "[x] ", "| a |", "|"),
    *("| --- |", "<Query", "<Query />", '<Query a="', "\\<Query", "<Foo>", "</Node>", "<!-- c -->"),
    *("<!--", '<Node type="x">', "<Node json={1} />", "<Backlink />", "<Paragraph />", " ", "  "),
    *("   ", "    ", "\t", "\xa0", "\u3000 "),
)
_CHARACTERS: Final = (
    *(
        " ",
        "  ",
        "\xa0",
        "\u3000",
        "\t",
        "\n",
        "\n\n",
        "\r",
        "\r\n",
        "\x0b",
        "\x0c",
        "\x01",
        "\x1b",
    ),
    *("\x7f", "\x85", "\x9f", "\u2028", "\u2029", "\ufeff", "\u200b", "\u200d", "\u202e", "\u1680"),
    *("🦔", "👩\u200d👩\u200d👧", "e\u0301", "\ufffe", "\ufffd", "\ue000", "\U0010ffff", "İ"),
)
VALUES: Final[tuple[Any, ...]] = (
    *(
        None,
        True,
        False,
        0,
        1,
        1.0,
        -3,
        2.5,
        1e-09,
        12345678901234567890,
        "",
        "5",
        "[1,2]",
        "{oops",
    ),
    *(
        "a\\",
        "&amp; &lt;b&gt; <x />",
        'say "hi"\n it\'s',
        "\u2028 \x85",
        "\n",
        "`\n\\\n`",
        " \n\n x ",
    ),
    *(
        [],
        {},
        [1, "a", None, True, []],
        {"a": {"b": []}, "": 1},
        {"text": "one\ntwo\n"},
        "}}",
        "/>",
    ),
)
_NAMES: Final = ("x", "data-x", "_u", "nodeType", "json", "type", "bad name", "1st", "é", "a>b", "")


def value(make: InlineMaker) -> Any:
    chosen: Any = make.pick(*VALUES)
    return chosen


def odd_text(make: InlineMaker) -> str:
    """Never empty; perhaps nothing but white space, or what looks like Markdown of all kinds."""
    parts = [make.pick(*_STARTS)] if make.seldom(3) else []
    parts += make.some(1, 5, lambda: make.pick("a", " ", *make.pick(_CHARACTERS, _MARKDOWN)))
    return "".join(parts)


def odd_inline(make: InlineMaker) -> Any:
    """A node within a line that is none that an editor writes."""
    text = make.text()
    plain: dict[str, Any] = {"type": "text", "text": text}
    marks: list[Any] = [{"type": "textStyle", "attrs": {"color": value(make)}}, {"type": "em"}]
    highlight = {"type": "highlight"}
    odd_marks: tuple[Any, ...] = (
        *(None, [], {}, [None], [5], [{}], [{"type": None}], [{"type": "bold", "attrs": None}]),
        *([{"type": "bold", "attrs": {"x": 1}}], [{"type": "bold", "y": 1}], marks, [highlight]),
        *([{"type": "bold"}, {"type": "bold"}], [{"type": "italic"}, {"type": "link"}]),
        *([{"type": "link", "attrs": {"href": value(make)}}], [{"type": "bad name"}], "bold"),
        *([{"type": "code"}, {"type": "bold"}], [{"type": "underline"}, {"type": "bold"}]),
        *([{"type": "link", "attrs": {"href": text, "target": None, "title": "t"}}],),
        *([{"type": "comment", "attrs": {"id": odd_text(make)}}, {"type": "comment"}],),
        *([{"type": "strong"}, {"type": "bold"}, {"type": "link", "attrs": {"href": " "}}],),
    )
    atoms: tuple[Any, ...] = (
        {"type": "emoji", "attrs": {"name": text}},
        {"type": "emoji"},
        {"type": "inlineWrap", "content": [plain]},
        {"type": "ph-mention", "attrs": {"id": value(make), "label": value(make)}},
        {"type": "ph-backlink", "attrs": {"href": value(make), "x": value(make)}},
        {"type": "ph-replay-timestamp"},
        {"type": "hardBreak", "attrs": {"x": value(make)}},
        {"type": "hardBreak", "attrs": {}, "content": []},
        {"type": "image", "attrs": {"src": text}},
        {"type": "paragraph", "content": [plain]},
        {"type": "ph-query", "attrs": {"query": value(make)}},
    )
    irregular: tuple[Any, ...] = (
        {"type": "text"},
        {"type": "text", "text": ""},
        {"type": "text", "text": value(make)},
        {"type": "text", "text": text, "attrs": {}},
        {"type": "text", "text": text, "content": []},
        {"text": text},
        {},
        *(text, "", None, 5, [], [plain]),
    )
    spaces: Any = make.pick(" ", "  ", "\t", "\xa0", " a", "a ", " a ")
    bold: dict[str, Any] = {
        "type": "text",
        "text": spaces,
        "marks": [{"type": make.pick("bold", "code", "italic")}],
    }
    break_: Any = {"type": "hardBreak"}
    marked = {**make.pick(plain, atoms[0], break_), "marks": make.pick(*odd_marks)}
    chosen: Any = make.pick(plain, break_, bold, marked, make.pick(*atoms), make.pick(*irregular))
    return chosen


def odd_block(make: Maker, depth: int) -> Any:
    """A block that is none that an editor writes."""
    plain: dict[str, Any] = {"type": "text", "text": make.text()}
    paragraph: dict[str, Any] = {"type": "paragraph", "content": [plain]}
    deeper = make.blocks(0, 2, depth + 1) if depth < 3 else [paragraph]
    item: dict[str, Any] = {"type": "listItem", "content": [paragraph]}
    cell: dict[str, Any] = {"type": "tableCell", "content": [paragraph]}
    kind = make.pick("bulletList", "orderedList", "taskList", "listItem", "blockquote", "table")
    unknown: tuple[Any, ...] = (
        {"type": "ph-custom", "attrs": {"foo": "bar", "n": value(make)}},
        {"type": "mystery"},
        {"type": "mystery", "attrs": {make.pick(*_NAMES): value(make)}},
        {"type": "detailsBlock", "attrs": {"open": True}, "content": deeper},
        {"type": "wrapper", "attrs": None, "content": deeper},
        {"type": "wrapper", "content": [plain]},
        {"type": "ph-query", "attrs": {"query": value(make)}, "content": deeper},
        {"type": "callout", "attrs": {"emoji": "🦔"}, "content": deeper},
    )
    irregular: tuple[Any, ...] = (
        *(
            plain,
            {"content": [paragraph]},
            {"type": 5},
            {"type": None},
            {},
            "text",
            "",
            None,
            5,
            [],
        ),
        *({"type": "hardBreak"}, {"type": "paragraph", "content": value(make)}),
        *({"type": "codeBlock", "content": [{**plain, "marks": [{"type": "bold"}]}]}, item, cell),
        *({"type": "codeBlock", "content": [plain, {"type": "hardBreak"}, plain, plain]},),
        *({"type": "codeBlock", "attrs": {"language": make.text()}, "content": [plain]},),
        *({"type": "codeBlock", "content": [{"type": "text", "text": make.text() + "\n"}]},),
        *({"type": "horizontalRule", "content": [paragraph]},),
    )
    holders: tuple[Any, ...] = (
        {"type": kind, "content": []},
        {"type": kind},
        {"type": kind, "content": deeper},
        {"type": kind, "content": [item, paragraph, item]},
        {"type": "orderedList", "attrs": {"start": value(make), "type": "i"}, "content": [item]},
        {"type": "taskList", "content": [{"type": "taskItem", "attrs": {"checked": value(make)}}]},
        {"type": "bulletList", "content": [{"type": "listItem", "content": deeper}]},
        {"type": "table", "content": [{"type": "tableRow", "content": [cell] * 3}] * 2},
        {
            "type": "table",
            "content": [
                {"type": "tableRow", "content": [cell, cell]},
                {"type": "tableRow", "content": [cell]},
                {"type": "tableRow", "content": []},
            ],
        },
        {"type": "table", "content": [{"type": "tableRow", "content": [paragraph]}]},
        {
            "type": "table",
            "content": [
                {
                    "type": "tableRow",
                    "content": [{**cell, "attrs": {"colspan": value(make)}, "content": deeper}],
                }
            ],
        },
    )
    chosen: Any = make.pick(make.pick(*unknown), make.pick(*holders), make.pick(*irregular))
    return chosen


def spoil(make: Maker, node: Any) -> Any:
    """Give a regular node something that it should not have, or take something away."""
    assert isinstance(node, dict)
    attrs = node.get("attrs")
    attrs = attrs if isinstance(attrs, dict) else {}
    name = make.pick("textAlign", "level", "nodeId", *attrs, *_NAMES)
    changed: Any = make.pick(
        {**node, "attrs": {**attrs, name: value(make)}},
        {**node, "attrs": make.pick(None, {}, [], "x")},
        {**node, "content": make.pick(None, [], {}, "x", [None])},
        {key: inner for key, inner in node.items() if key != "attrs"},
        {**node, "marks": make.pick(None, [], [{"type": "bold"}])},
        {**node, "id": value(make)},
    )
    return changed
