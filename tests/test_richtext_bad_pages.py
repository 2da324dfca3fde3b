"""What no rich-text notebook can hold is refused, with its line and what to do."""

from __future__ import annotations

import pytest

from nbsync.errors import FormatError
from nbsync.formats.richtext.schema import DEEPEST
from richtext_text import nodes_in

_DEEP = "> " * (DEEPEST + 1) + "x"


@pytest.mark.parametrize(
    ("page", "line", "message", "hint"),
    [
        # tags
        ("a\n\n<Query query={{}}", 3, "<Query> never ends", "/>"),
        ('<Query title="a\n\nb', 1, "no value, or one that never ends", ""),
        ("<Query\n\nx />", 1, "<Query> never ends", r"\\<Query"),
        ("a\n\n<Query\n  query={oops}\n/>", 4, "query of <Query> is no JSON", ""),
        ("<Query\n  a\n  a\n/>", 3, "stands twice", ""),
        ("<Query a>\ntext\n</Query>", 1, "<Query> is not closed", "/>"),
        ("text\n<Query /> text", 2, "<Query> must stand on lines of its own", r"\\<Query"),
        ("<Query\n  a\n/> text", 3, "<Query> must stand on lines of its own", "new line"),
        ("<Foo bar />", 1, "<Foo> is no block", r"\\<Foo"),
        ("text\n<Foo>text</Foo>", 2, "<Foo> is no block", r"\\<Foo"),
        ('<Comment ref="a" replies={[]} />', 1, "<Comment> is no block", "remove"),
        ('<Prompt question="a" />', 1, "<Prompt> is no block", "remove"),
        ("<Cell>a</Cell>", 1, "<Cell> is no block", ""),
        ("<UnknownNode a />", 1, "of which type", "nodeType"),
        ("<UnknownNode nodeType={5} />", 1, "of which type", "nodeType"),
        # comments
        ("a\n\n<!-- note -->", 3, "A comment cannot stand", r"\\<!--"),
        ("a\n<!-- note", 2, "A comment cannot stand", r"\\<!--"),
        ("- a\n\n  <!-- note -->", 3, "A comment cannot stand", r"\\<!--"),
        # code
        ("a\n\n```\ncode\n\nmore", 3, "code block never ends", "```"),
        ("````\ncode\n```", 1, "code block never ends", "````"),
        ("> a\n>\n> ```\n> code", 3, "code block never ends", "quote"),
        ("- a\n\n  ```\n  code\n\nmore\n```\nx\n```", 3, "code block never ends", "item"),
        ("- a\n  ```\n  code", 2, "code block never ends", "item"),
        ("- a\n- ```sql\n  a\n  ```", 2, "Code in a list item", "next line"),
        ("- [x] ```", 1, "Code in a list item", "for each backtick"),
        # containers
        ('a\n\n<Node type="x">\n\nb', 3, "<Node …> is never closed", "</Node>"),
        ('<Node type="x">\n<Node type="y">\n</Node>\na', 1, "<Node …> is never closed", "</Node>"),
        ("a\n</Node>\nb", 2, "</Node> stands without", r"\\</Node>"),
        ("> a\n>\n> </Node>", 3, "</Node> stands without", r"\\</Node>"),
        ('<Node attrs={{"a":1}}>\n\na\n\nb\n\n</Node>', 1, "exactly one block", "others"),
        ('<Node attrs={{"a":1}}>\n</Node>', 1, "exactly one block", ""),
        ("<Node attrs={{}}>\n\n<Node json={5} />\n\n</Node>", 1, "exactly one block", ""),
        ("<Node />", 1, "says nothing", "json"),
        ('<Node type="paragraph">\n\na\n\n</Node>', 1, "other props", "json"),
        ("<Node type={5} />", 1, "other props", "json"),
        ("<Node json={5} type />", 1, "other props", "json"),
        ('<Node type="x" attrs={5} />', 1, "other props", "json"),
        ("<Node type={null} attrs={{}}>\n\na\n\n</Node>", 1, "other props", "json"),
        # tables
        ("a\n\n| b | c |\n| 1 | 2 |", 3, "line like | --- | --- |", r"\\|"),
        ("| a |\n| -- |\n| 1 |", 1, "line like | --- | --- |", r"\\|"),
        ("| a |", 1, "line like | --- | --- |", r"\\|"),
        ("> a\n>\n> | b\n> | c", 3, "line like | --- | --- |", r"\\|"),
        ("|" * 9, 1, "line like | --- | --- |", r"\\|"),
        ("| a |\n| --- |\n| <Cell colspan={2} |", 3, "<Cell> never ends", "/>"),
        ("| a |\n| --- |\n| <Cell colspan={2}>b |", 3, "<Cell> must be the whole", "</Cell>"),
        ("| <Header /> |\n| --- |", 1, "<Header> must be the whole", "</Header>"),
        ("| <Header content={[]} /> a |\n| --- |", 1, "<Header> must be the whole", ""),
        ("| <Header content={[]}>a</Header> |\n| --- |", 1, "<Header> must be the whole", ""),
        # nesting
        ('<Node type="x">\n' * 50, DEEPEST + 1, f"more than {DEEPEST} levels", "less deeply"),
        (f"a\n\n{_DEEP}", 3, f"more than {DEEPEST} levels", "less deeply"),
    ],
)
def test_a_bad_page_is_refused_with_its_line_and_a_hint(
    page: str, line: int, message: str, hint: str
) -> None:
    with pytest.raises(FormatError) as caught:
        nodes_in(page)
    assert message in caught.value.message
    assert hint.replace("\\\\", "\\") in caught.value.hint
    assert (caught.value.line, bool(caught.value.hint)) == (line, True)


@pytest.mark.parametrize(
    ("page", "line"),
    [
        ('text\nmore\n<ref id="a">b', 3),
        ("text\n\n# a <Char />", 3),
        ("- a\n- b\n  c <Char />", 3),
        ("- a\n\n  - b\n\n    c <Char />", 5),
        ("> a\n>\n> > b\n> > c <Char />", 4),
        ("| a |\n| --- |\n| b |\n| <Char /> |", 4),
        ("| a |\n| --- |\n| <Cell colspan={2}><Char /></Cell> |", 3),
        ('<Node type="x">\n\na\n\nb <Char />\n\n</Node>', 5),
        ("<Query /> <UnknownNode", 1),
        ('<UnknownNode nodeType="x" /> <Char />', 1),
    ],
)
def test_an_error_in_text_has_the_line_of_the_page(page: str, line: int) -> None:
    with pytest.raises(FormatError) as caught:
        nodes_in(page)
    assert caught.value.line == line


@pytest.mark.parametrize(
    "page",
    [
        "\\<!-- note -->",
        "text <!-- note -->",
        "\\<Query />",
        "\\<Foo>",
        "text <Foo>",
        "<Foo",
        "<foo>",
        "</Foo>",
        "<5",
        "\\</Node>",
        "\\`\\`\\`",
        "\\| a |",
        "| a",
        "|",
        "~~~\ncode\n~~~",
    ],
)
def test_what_looks_alike_is_text(page: str) -> None:
    assert [node["type"] for node in nodes_in(page) if isinstance(node, dict)] == ["paragraph"]
