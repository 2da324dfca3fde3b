"""One edit of a page changes one thing of its rich-text document."""

from __future__ import annotations

import json
from typing import Any

from nbsync.formats.richtext import parse_document, render_document
from nbsync.model import Json, canonical
from richtext_documents import nodes_of


def assert_same(document: Json, expected: Json) -> None:
    assert canonical(document) == canonical(expected)


def _one_line_more(page: str, line: str, after: str) -> str:
    lines = page.split("\n")
    (at,) = [at for at, each in enumerate(lines) if each.endswith(after)]
    indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
    return "\n".join([*lines[: at + 1], indent + line, *lines[at + 1 :]])


def _first(document: Any, kind: str) -> dict[str, Any]:
    return next(node for node in nodes_of(document) if node["type"] == kind)


HIDDEN: dict[str, Any] = {"id": "5f1c", "data-toc-id": "5f1c", "collapsed": False}
LINK: dict[str, Any] = {
    "type": "link",
    "attrs": {"href": "/x", "target": "_blank", "rel": "noopener", "class": None},
}


def _text(text: str, *marks: Any) -> dict[str, Any]:
    return {"type": "text", "text": text, **({"marks": list(marks)} if marks else {})}


def _block(kind: str, *content: Any, **attrs: Any) -> dict[str, Any]:
    return {"type": kind, **({"attrs": attrs} if attrs else {}), "content": list(content)}


def _document() -> dict[str, Any]:
    def cell(kind: str, text: str) -> Any:
        return _block(kind, _block("paragraph", _text(text)), colspan=1, rowspan=1, colwidth=None)

    def item(kind: str, text: str, *inner: Any, **attrs: Any) -> Any:
        return _block(kind, _block("paragraph", _text(text)), *inner, **attrs)

    sql = "select 1 -- first\nfrom events -- second\nwhere true -- third"
    source = {"kind": "HogQLQuery", "query": sql}
    query: dict[str, Any] = {
        "height": None,
        "title": None,
        "nodeId": "n-1",
        "__init": None,
        "children": None,
        "query": {"kind": "DataVisualizationNode", "source": source},
    }
    nested = _block("bulletList", item("listItem", "inner one"), item("listItem", "inner two"))
    document = _block(
        "doc",
        _block("heading", _text("Title"), level=1, **HIDDEN),
        _block("heading", _text("Second "), _text("part", LINK), level=2, **HIDDEN),
        _block("paragraph", _text("Some plain words, and "), _text("a link", LINK), _text(".")),
        {"type": "ph-query", "attrs": query},
        _block("codeBlock", _text("def f():\n\n    return 1"), language=None),
        _block(
            "table",
            _block("tableRow", cell("tableHeader", "Name"), cell("tableHeader", "Count")),
            _block("tableRow", cell("tableCell", "ann"), cell("tableCell", "12")),
        ),
        _block("orderedList", item("listItem", "alpha", nested), item("listItem", "beta"), start=3),
        _block(
            "taskList",
            item("taskItem", "open one", checked=False),
            item("taskItem", "done one", checked=True),
        ),
    )
    copy: dict[str, Any] = json.loads(json.dumps(document))
    return copy


def _edit(old: str, new: str) -> dict[str, Any]:
    document = _document()
    page = render_document(document)
    assert page.count(old) == 1
    after = parse_document(page.replace(old, new), like=document)
    assert isinstance(after, dict)
    return after


def test_a_line_of_code_is_changed_alone() -> None:
    expected = _document()
    _first(expected, "codeBlock")["content"] = [_text("def f():\n\n    return 2\n    # end")]
    assert_same(_edit("    return 1", "    return 2\n    # end"), expected)


def test_a_line_of_sql_is_changed_alone() -> None:
    expected = _document()
    source = _first(expected, "ph-query")["attrs"]["query"]["source"]
    source["query"] = source["query"].replace("-- second", "-- 2nd")
    assert_same(_edit("-- second", "-- 2nd"), expected)


def test_a_line_of_sql_more_is_one_line_more() -> None:
    expected, document = _document(), _document()
    source = _first(expected, "ph-query")["attrs"]["query"]["source"]
    source["query"] = source["query"].replace("-- second\n", "-- second\n-- more\n")
    page = _one_line_more(render_document(document), "-- more", after="-- second")
    assert_same(parse_document(page, like=document), expected)


def test_a_cell_is_changed_alone() -> None:
    expected = _document()
    row = _first(expected, "table")["content"][1]
    row["content"][1]["content"][0]["content"][0]["text"] = "13"
    assert_same(_edit("| 12 |", "| 13 |"), expected)


def test_a_row_more_is_one_row_more() -> None:
    expected = _document()
    rows = _first(expected, "table")["content"]
    rows.append(json.loads(json.dumps(rows[1]).replace("ann", "ben").replace("12", "7")))
    assert_same(_edit("| ann | 12 |", "| ann | 12 |\n| ben | 7 |"), expected)


def test_a_task_is_ticked_alone() -> None:
    expected = _document()
    _first(expected, "taskItem")["attrs"]["checked"] = True
    assert_same(_edit("[ ] open one", "[x] open one"), expected)


def test_a_task_without_attributes_is_ticked() -> None:
    document = _block(
        "doc", _block("taskList", _block("taskItem", _block("paragraph", _text("a"))))
    )
    page = render_document(document)
    assert page == "- [ ] a"
    after = parse_document("- [x] a", like=document)
    _first(document, "taskItem")["attrs"] = {"checked": True}
    assert_same(after, document)


def test_a_heading_of_another_level_keeps_its_ids() -> None:
    expected = _document()
    expected["content"][1]["attrs"]["level"] = 3
    assert_same(_edit("## Second", "### Second"), expected)


def test_an_item_more_is_one_item_more() -> None:
    expected = _document()
    items = _first(expected, "orderedList")["content"]
    items.append(_block("listItem", _block("paragraph", _text("gamma"))))
    assert_same(_edit("beta", "beta\n5. gamma"), expected)


def test_a_nested_item_more_is_one_item_more() -> None:
    expected = _document()
    items = _first(expected, "bulletList")["content"]
    items.insert(1, _block("listItem", _block("paragraph", _text("between"))))
    document = _document()
    page = _one_line_more(render_document(document), "- between", after="inner one")
    assert_same(parse_document(page, like=document), expected)


def test_a_task_more_is_one_task_more() -> None:
    expected = _document()
    items = _first(expected, "taskList")["content"]
    items.append(_block("taskItem", _block("paragraph", _text("new")), checked=False))
    assert_same(_edit("done one", "done one\n- [ ] new"), expected)


def test_an_item_less_is_one_item_less() -> None:
    expected = _document()
    del _first(expected, "taskList")["content"][0]
    assert_same(_edit("- [ ] open one\n", ""), expected)


def test_a_word_made_bold_is_a_mark_more() -> None:
    expected = _document()
    plain = _first(expected, "paragraph")["content"]
    bold = {"type": "bold"}
    plain[:1] = [_text("Some "), _text("plain", bold), _text(" words, and ")]
    assert_same(_edit("plain", "**plain**"), expected)


def test_the_text_of_a_link_is_changed_and_its_target_stays() -> None:
    expected = _document()
    _first(expected, "paragraph")["content"][1]["text"] = "the link"
    assert_same(_edit("a link", "the link"), expected)


def test_a_link_to_another_place_keeps_its_target() -> None:
    expected = _document()
    mark = _first(expected, "paragraph")["content"][1]["marks"][0]
    mark["attrs"] = {**mark["attrs"], "href": "/y"}
    assert_same(_edit("[a link](/x)", "[a link](/y)"), expected)


def test_a_paragraph_made_a_heading_keeps_its_links() -> None:
    expected = _document()
    paragraph = expected["content"][2]
    paragraph |= {"type": "heading", "attrs": {"level": 2}}
    assert_same(_edit("Some plain", "## Some plain"), expected)


def test_a_number_made_another_kind_of_number_is_a_change() -> None:
    document: dict[str, Any] = {
        "type": "doc",
        "content": [{"type": "ph-cohort", "attrs": {"id": 1}}],
    }
    after = parse_document("<Cohort id={1.0} />", like=document)
    assert_same(after, {"type": "doc", "content": [{"type": "ph-cohort", "attrs": {"id": 1.0}}]})
    after = parse_document("<Cohort id />", like=document)
    assert_same(after, {"type": "doc", "content": [{"type": "ph-cohort", "attrs": {"id": True}}]})
