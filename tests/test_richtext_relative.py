"""What a page says now, put into the document that it stands on."""

from __future__ import annotations

from typing import Any

import pytest

from nbsync.formats.richtext import parse_document, render_document
from nbsync.formats.richtext.blanks import with_blanks
from nbsync.formats.richtext.pairing import pair
from nbsync.formats.richtext.relative import put_blocks
from nbsync.formats.richtext.relative_inline import put_inline

BOLD: Any = {"type": "bold"}
ITALIC: Any = {"type": "italic"}


def text(words: str, *marks: Any) -> Any:
    return {"type": "text", "text": words} | ({"marks": list(marks)} if marks else {})


def para(*content: Any, **attrs: Any) -> Any:
    nodes = [text(node) if isinstance(node, str) else node for node in content]
    return {"type": "paragraph", "content": nodes} | ({"attrs": attrs} if attrs else {})


def heading(words: str, **attrs: Any) -> Any:
    return {"type": "heading", "attrs": attrs, "content": [text(words)]}


def link(href: str, **more: Any) -> Any:
    return {"type": "link", "attrs": {"href": href, **more}}


BASE: list[Any] = [
    heading("One", level=1, id="a", **{"data-toc-id": "a"}),
    para("Two words"),
    para("Three", textAlign=None),
]
SHOWN: list[Any] = [heading("One", level=1), para("Two words"), para("Three")]


def test_what_was_not_edited_is_the_very_node_of_the_document() -> None:
    after = put_blocks(BASE, SHOWN, SHOWN)
    assert all(one is other for one, other in zip(after, BASE, strict=True))


@pytest.mark.parametrize("order", [(2, 0, 1), (1, 0, 2), (2, 1, 0), (1, 2, 0)])
def test_blocks_that_moved_are_the_documents_nodes_still(order: tuple[int, ...]) -> None:
    after = put_blocks(BASE, SHOWN, [SHOWN[at] for at in order])
    assert all(node is BASE[at] for node, at in zip(after, order, strict=True))


def test_a_block_that_stands_twice_now_is_kept_once_and_new_once() -> None:
    after = put_blocks(BASE, SHOWN, [SHOWN[0], *SHOWN])
    assert after[0] is BASE[0]
    assert after[1] == SHOWN[0]
    assert after[2:] == BASE[1:]


def test_an_edited_block_keeps_what_the_page_does_not_show() -> None:
    after = put_blocks(BASE, SHOWN, [heading("One!", level=2), *SHOWN[1:]])
    attrs = {"level": 2, "id": "a", "data-toc-id": "a"}
    assert after == [heading("One!", **attrs), *BASE[1:]]


def test_an_inserted_block_takes_nothing_from_its_neighbours() -> None:
    new = heading("New", level=1)
    after = put_blocks(BASE, SHOWN, [new, *SHOWN])
    assert after == [new, *BASE]


def test_an_edit_beside_an_inserted_block_is_told_from_it() -> None:
    new, edited = para("Nothing alike here"), para("Two other words")
    after = put_blocks(
        [para("Two words", x=1)], [para("Two words")], [new, edited, para("At the end")]
    )
    assert after == [new, para("Two other words", x=1), para("At the end")]


def test_a_block_that_was_moved_and_edited_keeps_what_was_its_own() -> None:
    now: list[Any] = [SHOWN[1], SHOWN[2], heading("One and only", level=1)]
    base: list[Any] = [heading("One and lonely", level=1, id="a"), *BASE[1:]]
    after = put_blocks(base, [heading("One and lonely", level=1), *SHOWN[1:]], now)
    assert after == [*BASE[1:], heading("One and only", level=1, id="a")]


def test_widgets_are_told_apart_by_their_ids() -> None:
    def query(node_id: str, **attrs: Any) -> Any:
        return {"type": "ph-query", "attrs": {"nodeId": node_id, **attrs}}

    base: list[Any] = [query("a", q=1), query("b", q=2)]
    now: list[Any] = [query("b", q=3), query("a", q=4)]
    assert put_blocks(base, base, now) == now


def test_a_copy_of_a_widget_has_no_id_of_another_one() -> None:
    def query(node_id: str | None, number: int) -> Any:
        return {"type": "ph-query", "attrs": {"nodeId": node_id, "q": number}}

    base: list[Any] = [query("a", 1)]
    assert put_blocks(base, base, [*base, query("a", 1)]) == [*base, query(None, 1)]
    now: list[Any] = [query("a", 2), query("b", 3), query("b", 4)]
    after = put_blocks(base, base, now)
    assert after == [query("a", 2), query("b", 3), query(None, 4)]
    assert put_blocks(after, after, now) == after


def test_a_heading_that_became_a_paragraph_keeps_its_words_marks_and_node_id() -> None:
    hidden = link("https://a.b", target="_blank")
    base: list[Any] = [
        {"type": "heading", "attrs": {"level": 2, "nodeId": "n"}, "content": [text("x", hidden)]}
    ]
    shown: list[Any] = [
        {"type": "heading", "attrs": {"level": 2}, "content": [text("x", link("https://a.b"))]}
    ]
    after = put_blocks(base, shown, [para(text("x", link("https://a.b")))])
    assert after == [para(text("x", hidden), nodeId="n")]


def test_a_paragraph_that_became_an_empty_heading_is_just_that() -> None:
    heading_node: Any = {"type": "heading", "attrs": {"level": 2}}
    assert put_blocks([para("x")], [para("x")], [heading_node]) == [heading_node]


def test_a_paragraph_that_became_something_else_altogether_is_new() -> None:
    divider: Any = {"type": "horizontalRule"}
    assert put_blocks([para("x")], [para("x")], [divider]) == [divider]
    assert put_blocks([para("x")], [para("x")], ["odd"]) == ["odd"]
    assert put_blocks(["odd"], ["odd"], [para("x")]) == [para("x")]
    assert put_blocks(["odd"], ["odd"], ["even"]) == ["even"]


def test_a_list_that_changed_its_kind_keeps_its_items() -> None:
    def items(kind: str, item: str, *words: str, **attrs: Any) -> Any:
        return {
            "type": kind,
            "content": [{"type": item, "attrs": attrs, "content": [para(word)]} for word in words],
        }

    base: list[Any] = [items("bulletList", "listItem", "a", "b", id="i")]
    shown: list[Any] = [items("bulletList", "listItem", "a", "b")]
    after = put_blocks(base, shown, [items("orderedList", "listItem", "a", "b", "c")])
    expected = items("orderedList", "listItem", "a", "b", id="i")
    expected["content"].append({"type": "listItem", "attrs": {}, "content": [para("c")]})
    assert after == [expected]


def test_attributes_follow_what_was_changed_and_nothing_else() -> None:
    base: list[Any] = [
        {"type": "orderedList", "attrs": {"start": 5, "type": None}, "content": [para("x")]}
    ]
    shown: list[Any] = [{"type": "orderedList", "attrs": {"start": 5}, "content": [para("x")]}]
    now: list[Any] = [{"type": "orderedList", "content": [para("x")]}]
    after = put_blocks(base, shown, now)
    assert after == [{"type": "orderedList", "attrs": {"type": None}, "content": [para("x")]}]


def test_odd_attributes_and_content_of_an_edited_block_stay_as_they_are() -> None:
    base: list[Any] = [{"type": "paragraph", "attrs": None, "content": None}, {"type": "x", "y": 1}]
    shown: list[Any] = [{"type": "paragraph", "z": 1}, {"type": "x", "y": 1}]
    now: list[Any] = [{"type": "paragraph", "z": 2}, {"type": "x", "y": 2}]
    after = put_blocks(base, shown, now)
    assert after == [{"type": "paragraph", "attrs": None, "content": None, "z": 2}, now[1]]


def test_children_that_cannot_be_laid_side_by_side_are_taken_as_they_are_now() -> None:
    base: list[Any] = [{"type": "blockquote", "content": [para("a"), para("b")]}]
    shown: list[Any] = [{"type": "blockquote", "content": [para("a")]}]
    now: list[Any] = [{"type": "blockquote", "content": [para("c")]}]
    assert put_blocks(base, shown, now) == now


def test_many_blocks_that_all_changed_are_paired_by_place() -> None:
    base: list[Any] = [para(f"a{n}", nodeId=f"{n}") for n in range(120)]
    shown: list[Any] = [para(f"a{n}") for n in range(120)]
    after = put_blocks(base, shown, [para(f"b{n}") for n in range(120)])
    assert after == [para(f"b{n}", nodeId=f"{n}") for n in range(120)]


def test_an_inserted_block_among_many_edited_ones_moves_none_of_them() -> None:
    base: list[Any] = [para(f"word{n} old", nodeId=f"{n}") for n in range(120)]
    shown: list[Any] = [para(f"word{n} old") for n in range(120)]
    now: list[Any] = [para("inserted"), *(para(f"word{n} new") for n in range(120))]
    after = put_blocks(base, shown, now)
    assert after == [now[0], *(para(f"word{n} new", nodeId=f"{n}") for n in range(120))]


def test_numbers_and_truth_values_that_python_takes_for_equal_are_different() -> None:
    def widget(value: object) -> Any:
        return {"type": "ph-embed", "attrs": {"x": value, "y": 2}}

    for old, new in ((1, True), (1, 1.0), (0, False)):
        (after,) = put_blocks([widget(old)], [widget(old)], [widget(new)])
        assert repr(after) == repr(widget(new))


def test_nothing_to_pair_is_no_pair() -> None:
    assert pair([], [para("x")], [], [0]) == {}
    many = [para(f"{n}") for n in range(101)]
    assert pair(many, many, range(101), range(101), only_alike=True) == {}


@pytest.mark.parametrize(
    ("base", "shown", "now", "after"),
    [
        ([text("Hi all")], [text("Hi all")], [text("Hi you")], [text("Hi you")]),
        (
            [text("Impact: ", BOLD), text("High")],
            [text("Impact:", BOLD), text(" High")],
            [text("Effect:", BOLD), text(" High")],
            [text("Effect: ", BOLD), text("High")],
        ),
        (
            [text("Impact: ", BOLD), text("High")],
            [text("Impact:", BOLD), text(" High")],
            [text("Impact: High")],
            [text("Impact: High")],
        ),
        (
            [text("a"), text(" ", BOLD), text("b")],
            [text("a b")],
            [text("a bc")],
            [text("a"), text(" ", BOLD), text("bc")],
        ),
        (
            [text("a "), text("b", BOLD), text("!")],
            [text("a "), text("b", BOLD), text("!")],
            [text("a b!")],
            [text("a b!")],
        ),
        (
            [text("a"), text("b"), text("c")],
            [text("abc")],
            [text("abcd")],
            [text("a"), text("b"), text("cd")],
        ),
        (
            [text("one ", {"type": "strong"}), text("two", {"type": "strong"})],
            [text("one", BOLD), text(" "), text("two", BOLD)],
            [text("one", BOLD), text(" "), text("three", BOLD)],
            [text("one ", {"type": "strong"}), text("three", {"type": "strong"})],
        ),
        (
            [text("x", link("https://a.b", target="_blank"))],
            [text("x", link("https://a.b"))],
            [text("x", link("https://c.d"))],
            [text("x", link("https://c.d", target="_blank"))],
        ),
        (
            [text("x y", link("https://a.b", target="_blank"))],
            [text("x y", link("https://a.b"))],
            [text("x z", link("https://a.b"), BOLD)],
            [
                text("x ", link("https://a.b", target="_blank"), BOLD),
                text("z", link("https://a.b"), BOLD),
            ],
        ),
        (
            [{"type": "text", "text": "a b", "marks": []}],
            [text("a b")],
            [text("a "), text("c", ITALIC), text(" b")],
            [
                {"type": "text", "text": "a ", "marks": []},
                text("c", ITALIC),
                {"type": "text", "text": " b", "marks": []},
            ],
        ),
        (
            [text("a"), {"type": "hardBreak", "marks": [BOLD]}],
            [text("a"), {"type": "hardBreak"}],
            [text("b"), {"type": "hardBreak"}],
            [text("b"), {"type": "hardBreak", "marks": [BOLD]}],
        ),
        (
            [text("w ", link("https://a.b"), BOLD)],
            [text("w", link("https://a.b"), BOLD), text(" ", link("https://a.b"))],
            [text("w", link("https://c.d"), BOLD), text(" ", link("https://c.d"))],
            [text("w ", link("https://c.d"), BOLD)],
        ),
        (
            [text("w", link("https://a.b", target="_blank"), BOLD)],
            [text("w", link("https://a.b"), BOLD)],
            [text("new ", BOLD), text("c", link("https://a.b"), BOLD)],
            [text("new ", BOLD), text("c", link("https://a.b", target="_blank"), BOLD)],
        ),
        ([text("x")], [text("other")], [text("y")], [text("y")]),
        ([text("x")], [text("x")], [], []),
        ([], [], [text("y")], [text("y")]),
        ([text("b")], [text("b")], [text("a b")], [text("a b")]),
    ],
)
def test_words_change_where_they_were_edited(
    base: list[Any], shown: list[Any], now: list[Any], after: list[Any]
) -> None:
    found = put_inline(base, shown, now)
    assert found == after


def test_a_node_among_words_keeps_the_attributes_that_are_not_shown() -> None:
    base: list[Any] = [{"type": "ph-backlink", "attrs": {"href": "/a", "type": None}}, text(" x")]
    shown: list[Any] = [{"type": "ph-backlink", "attrs": {"href": "/a"}}, text(" x")]
    now: list[Any] = [{"type": "ph-backlink", "attrs": {"href": "/b", "title": "B"}}, text(" y")]
    after = put_inline(base, shown, now)
    attrs = {"href": "/b", "title": "B", "type": None}
    assert after == [{"type": "ph-backlink", "attrs": attrs}, text(" y")]


def test_a_node_among_words_that_became_another_one_is_new() -> None:
    new: Any = {"type": "ph-mention", "attrs": {"id": 1}}
    old: Any = {"type": "ph-backlink", "attrs": {"href": "/a"}}
    assert put_inline([old], [old], [new]) == [new]
    assert put_inline([old], [old], [text("\ufffc")]) == [text("\ufffc")]
    assert put_inline([text("\ufffc")], [text("\ufffc")], [new]) == [new]
    assert put_inline(["odd"], ["odd"], [text("a"), "odd"]) == [text("a"), "odd"]
    assert put_inline(["odd"], ["odd"], ["even", new]) == ["even", new]


def test_lines_get_the_blanks_back_that_an_editor_took() -> None:
    assert with_blanks("a\nb\nd", "a \nb\nc\t") == "a \nb\nd"
    assert with_blanks("a\nc", "a\nb") == "a\nc"
    assert with_blanks("a ", "a ") == "a "


def test_of_empty_lines_only_those_between_lines_that_stayed_get_theirs_back() -> None:
    assert with_blanks("a\n\nb", "a\n  \nb") == "a\n  \nb"
    assert with_blanks("a\n\nc", "a\n  \nb") == "a\n\nc"
    assert with_blanks("\nb", "  \nb") == "\nb"


def test_a_line_at_column_0_of_a_text_in_a_tag_is_one_edit_and_not_one_more_in_every_run() -> None:
    query: Any = {"type": "ph-duck-sql", "attrs": {"code": "select 1\n  \n  from a\nlimit 5"}}
    document: Any = {"type": "doc", "content": [query]}
    page = render_document(document).replace("  limit 5", "limit 6")
    sent: Any = parse_document(page, like=document)
    assert sent["content"][0]["attrs"]["code"].endswith("\nlimit 6")
    assert parse_document(page, like=sent) == sent


def test_new_words_go_on_old_ones_marked_alike_in_the_order_in_which_those_stand() -> None:
    known_bold, known_italic = {**BOLD, "attrs": {"by": "a"}}, {**ITALIC, "attrs": {"by": "b"}}
    base = [text("aaa", known_italic), {"type": "hardBreak"}, text("bbb", known_bold)]
    shown = [text("aaa", ITALIC), {"type": "hardBreak"}, text("bbb", BOLD)]
    now = [text("xxx", BOLD), text("yyy", ITALIC)]
    assert put_inline(base, shown, now) == [text("xxx", known_bold), text("yyy", ITALIC)]
