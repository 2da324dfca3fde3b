"""The sandbox is several kinds of server, and nbsync gets along with each."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from calls import BASE, SERVER_ERROR, client, create, patch
from commands import nbsync
from mirrors import edit, markdown_on, pages, sync
from nbsync.sandbox import Sandbox
from nbsync.sandbox.dates import moment
from nbsync.sandbox.errors import ApiError
from nbsync.sandbox.kinds import KINDS

MARKDOWN = Sandbox.markdown


@pytest.fixture(scope="module")
def september() -> Iterator[httpx.Client]:
    """A client of a server that makes every new notebook a Markdown one."""
    with Sandbox(kind="2026-09") as box, client(box.url) as http:
        yield http


def doc(*blocks: object) -> dict[str, Any]:
    return {"type": "doc", "content": list(blocks)}


def node(kind: str, *children: object, **attrs: object) -> dict[str, Any]:
    content = [{"type": "text", "text": each} if isinstance(each, str) else each
               for each in children]  # fmt: skip
    return {"type": kind, "content": content} | ({"attrs": attrs} if attrs else {})


def text(words: str, *marks: str, **link: str) -> dict[str, Any]:
    made = [{"type": mark} for mark in marks] + ([{"type": "link", "attrs": link}] if link else [])
    return {"type": "text", "text": words, "marks": made}


# --- kinds ------------------------------------------------------------------------


def test_an_unknown_kind_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"'2025' .* 2023, 2026, 2026-06, 2026-09"):
        Sandbox(kind="2025")


@pytest.mark.parametrize("kind", ["2026-06", "2026-09"])
@pytest.mark.parametrize("deleted", [False, True])
def test_a_taken_short_id_was_a_500_for_a_while(kind: str, *, deleted: bool) -> None:
    with Sandbox(kind=kind) as box, client(box.url) as http:
        create(http, short_id="MyShort1", title="A", deleted=deleted)
        answer = http.post(BASE, json={"short_id": "MyShort1", "title": "B"})
        assert (answer.status_code, answer.json()) == (500, SERVER_ERROR)
        assert box.record("MyShort1")["title"] == "A"


def test_a_kind_can_be_changed_in_two_points() -> None:
    box = Sandbox(kind="2023", client_ids=True, rows_with_content=False)
    with box, client(box.url) as http:
        assert create(http, short_id="MyShort1")["short_id"] == "MyShort1"
        assert "content" not in http.get(BASE).json()["results"][0]


def test_in_2023_deleting_is_an_update_in_everybodys_log_with_the_uuid() -> None:
    with Sandbox(kind="2023") as box, client(box.url, box.second_key) as http:
        made = create(http, title="A")
        patch(http, made["short_id"], deleted=True)
        lines = http.get(f"{BASE}activity/").json()["results"]
        assert [line["activity"] for line in lines] == ["updated", "created"]
        assert {line["item_id"] for line in lines} == {made["id"]}


@pytest.mark.parametrize("kind", KINDS)
def test_a_mirror_goes_both_ways_with_every_kind(kind: str, tmp_path: Path) -> None:
    with Sandbox(kind=kind) as box:
        short_id = box.seed(title="Plan", content=MARKDOWN("# Plan\n\none\n\ntwo"))["short_id"]
        assert sync(tmp_path, box).problems == ()
        (name,) = pages(tmp_path)
        edit(tmp_path / name, "one", "one, edited")
        box.write(short_id, content=MARKDOWN("# Plan\n\none\n\ntwo, edited"))
        assert sync(tmp_path, box).problems == ()
        assert markdown_on(box, short_id) == "# Plan\n\none, edited\n\ntwo, edited"
        assert "one, edited\n\ntwo, edited" in pages(tmp_path)[name]


def test_the_command_line_offers_the_kinds_there_are(tmp_path: Path) -> None:
    answer = nbsync("sandbox", "--kind", "2025")
    assert (answer.code, answer.out) == (2, "")
    assert all(f"'{kind}'" in answer.err for kind in KINDS)
    with subprocess.Popen(
        [sys.executable, "-m", "nbsync", "sandbox", "--port", "0", "--kind", "2023", "-q"],
        env=os.environ | {"HOME": str(tmp_path)},
        stdout=subprocess.PIPE,
        encoding="utf-8",
    ) as server:
        assert server.stdout is not None
        with client(server.stdout.readline().strip()) as http:
            assert "text_content" not in create(http, title="A")
        server.send_signal(signal.SIGINT)
        assert server.wait(timeout=60) == 0


# --- dates ------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "seconds"), [("2026", 24 * 3600), ("2023", None)])
def test_a_date_may_say_how_long_ago(kind: str, seconds: int | None) -> None:
    before = datetime.now(UTC)
    found = datetime.fromtimestamp(moment("-1d", old=kind == "2023") / 1e6, UTC)
    if seconds is None:
        assert found.time() == time()
        assert found.date() in {(before - timedelta(days=n)).date() for n in (0, 1)}
    else:
        assert timedelta() <= found - before + timedelta(seconds=seconds) < timedelta(minutes=1)


@pytest.mark.parametrize(("earlier", "later"), [("-1q", "-1m"), ("1y", "11m"), ("-25h", "-1d"),
                                                ("13m", "-1y"), ("2w", "13d")])  # fmt: skip
def test_longer_ago_is_earlier(earlier: str, later: str) -> None:
    assert moment(earlier, old=False) < moment(later, old=False)


@pytest.mark.parametrize("text", ["-999999999d", "99999999y", "-9999y"])
def test_before_the_first_year_there_is_an_error(text: str) -> None:
    with pytest.raises(ApiError, match="server error"):
        moment(text, old=False)


# --- only Markdown ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "markdown"),
    [
        (None, ""), ({}, ""), ([], ""), ("", ""), (doc(), ""), ([node("paragraph", "a")], "a"),
        (doc(node("heading", "Plan", level=2), node("paragraph", "one"), node("paragraph")),
         "## Plan\n\none"),
        (doc(node("heading", "x", level=9), node("heading", "y")), "###### x\n\n# y"),
        (doc(node("paragraph", "1. *no* list", node("hardBreak"), "# no heading")),
         "1\\. \\*no\\* list\n\\# no heading"),
        (doc(node("paragraph", text("b", "bold"), text("c", "code"), text("x", "unknown"),
                  text("l", href="https://x.example"), text("m", href="mailto:x"))),
         "**b**`c`x[l](https://x.example)m"),
        (doc(node("orderedList", node("listItem", node("paragraph", "a"),
             node("bulletList", node("listItem", node("paragraph", "b")))), node("listItem"))),
         "1. a\n  - b\n2."),
        (doc(node("codeBlock", "print('```')", language="python")),
         "````python\nprint('```')\n````"),
        (doc(node("codeBlock")), "```\n\n```"),
        (doc(node("blockquote", node("paragraph", "a"), node("paragraph", "b"))), "> a\n> b"),
        (doc({"type": "horizontalRule"}, "no node", {"type": "text", "text": "bare"}),
         "---\n\nbare"),
        (doc({"type": "ph-embed", "attrs": {"src": 'a"b', "height": 3}}),
         '<UnknownNode nodeType="ph-embed" src="a\\"b" height={3} />'),
    ],
)  # fmt: skip
def test_since_september_every_new_notebook_is_a_markdown_one(
    september: httpx.Client, content: object, markdown: str
) -> None:
    made = create(september, content=content, text_content="what the client says")
    assert made["content"] == MARKDOWN(markdown)
    assert made["text_content"] == markdown
    path = f"{BASE}{made['short_id']}/"
    assert september.get(path).json()["content"] == made["content"]
    assert september.get(f"{path}markdown/").json() == {"markdown": markdown}


def test_a_markdown_notebook_is_stored_as_it_was_sent(september: httpx.Client) -> None:
    content = MARKDOWN("# A\n\n* not ours to tidy")
    content["content"][0]["attrs"]["extra"] = 1
    assert create(september, content=content)["content"] == content


@pytest.mark.parametrize("content", [42, 0, True, False, "x", {"a": 1}])
def test_content_that_cannot_be_converted_is_a_400(
    september: httpx.Client, content: object
) -> None:
    answer = september.post(BASE, json={"content": content})
    assert (answer.status_code, answer.json()["attr"]) == (400, "content")


def test_a_patch_converts_nothing(september: httpx.Client) -> None:
    short_id = create(september, title="A")["short_id"]
    rich = doc(node("paragraph", "rich"))
    assert patch(september, short_id, content=rich, version=0).json()["content"] == rich
    assert september.get(f"{BASE}{short_id}/markdown/").json() == {"markdown": None}


# --- cells ------------------------------------------------------------------------

SQL = {"kind": "HogQLQuery", "query": "select 1"}
CHART = {"kind": "DataVisualizationNode", "source": SQL}
TRENDS = {"kind": "InsightVizNode", "source": {"kind": "TrendsQuery"}}


def query_cell(query: object) -> dict[str, Any]:
    return {"type": "ph-query", "attrs": {"query": query}}


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (query_cell({"kind": "InsightVizNode", "source": SQL}), query_cell(CHART)),
        (query_cell({"kind": "InsightVizNode", "source": CHART}), query_cell(CHART)),
        (query_cell(CHART), query_cell(CHART)),
        (query_cell(TRENDS), query_cell(TRENDS)),
        (query_cell({"no": "kind"}), query_cell({"no": "kind"})),
        (query_cell("text"), query_cell("text")),
        ({"type": "ph-query", "attrs": []}, {"type": "ph-query", "attrs": []}),
        ({"type": "ph-python", "attrs": {}}, {"type": "ph-python", "attrs": {}}),
    ],
)
def test_query_cells_are_unwrapped_wherever_they_stand(
    ana: httpx.Client, sent: dict[str, Any], kept: dict[str, Any]
) -> None:
    made = create(ana, content=doc(node("paragraph", "x"), node("column", sent)))
    assert made["content"] == doc(node("paragraph", "x"), node("column", kept))
    again = patch(ana, made["short_id"], content=doc(sent), version=0).json()
    assert again["content"] == doc(kept)


def test_python_cells_are_annotated_until_september(september: httpx.Client) -> None:
    content = doc({"type": "ph-python", "attrs": {"code": "x = 1"}})
    patched = patch(september, create(september)["short_id"], content=content, version=0)
    assert patched.json()["content"] == content


def test_the_first_wrong_query_is_the_one_that_is_told(ana: httpx.Client) -> None:
    none = {"kind": "DataVisualizationNode"}
    wrong = doc(query_cell(none), query_cell({"kind": "InsightVizNode"}))
    answer = ana.post(BASE, json={"content": wrong}).json()
    assert "DataVisualizationNode wrapping `None`" in answer["detail"]
    assert create(ana, content=[query_cell(none)])["version"] == 0  # a list is no document
