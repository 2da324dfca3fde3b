"""What Postgres' jsonb keeps otherwise or not at all, in the tags of rich-text pages."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jsonb_values import KEPT, REFUSED, UNREADABLE, quiet, quiet_without_index, trap
from mirrors import asked, edit, go, opened, pages, sync
from nbsync.errors import FormatError
from nbsync.sandbox import Sandbox
from nbsync.sync.pages import add

pytestmark = pytest.mark.laws  # long, and in a run of its own without coverage

ID, OTHER = "aB3dE5fG", "zY9xW8vU"
PAGE, MIB = f"{ID}.md", 1024 * 1024
# More levels than a Markdown page is to have.
DEEP = {"500 lists", "500 objects"}
# Where a page has the attribute x: of a block that Markdown has words for, and of a widget. Each
# with what stands there for "here", what is to stand there, and its place in the document.
PLACES = {
    "paragraph": ('<Node attrs={{"x":"here"}}>', '<Node attrs={{"x":%s}}>', 0),
    "widget": ('<Query x="here" nodeId="q1" />', '<Query x={%s} nodeId="q1" />', 1),
}


def rich(x: Any = "here", y: Any = "here", last: str = "Three.") -> dict[str, Any]:
    """A document in which x is an attribute of the first block, and y one of the second."""
    texts = [[{"type": "text", "text": text}] for text in ("One.", "Two.", last)]
    blocks = [
        {"type": "paragraph", "attrs": {"x": x}, "content": texts[0]},
        {"type": "ph-query", "attrs": {"nodeId": "q1", "x": y}},
        {"type": "paragraph", "content": texts[1]},
        {"type": "codeBlock", "content": texts[2]},
    ]
    return {"type": "doc", "content": blocks}


def both_x(sandbox: Sandbox) -> str:
    blocks = sandbox.record(ID)["content"]["content"]
    return said([block["attrs"]["x"] for block in blocks[:2]])


def said(value: Any) -> str:
    """One text for a value, in which 1 and 1.0 are two."""
    return json.dumps(value, sort_keys=True)


def write(page: Path, place: str, raw: str) -> None:
    old, new, _ = PLACES[place]
    edit(page, old, new % raw)


def beside(root: Path, sandbox: Sandbox) -> Path:
    """A rich-text page that is not edited yet, and an edit of another notebook."""
    sandbox.seed(short_id=ID, title="W", content=rich())
    sandbox.seed(short_id=OTHER, title="V", content=sandbox.markdown("# V\n\nOne."))
    sync(root, sandbox)
    edit(root / f"{OTHER}.md", "One.", "One, here.")
    asked(sandbox)
    return root / PAGE


# --- what makes the trip ------------------------------------------------------------------------


@pytest.mark.parametrize("name", KEPT)
def test_from_the_server_it_comes_into_a_page_and_stays(
    sandbox: Sandbox, tmp_path: Path, name: str
) -> None:
    raw, kept = trap(name)
    value = json.loads(raw)
    sandbox.seed(short_id=ID, title="W", content=rich(value, value))
    assert sync(tmp_path, sandbox).problems == ()
    (path,) = pages(tmp_path)
    assert path == (f"{ID}.json" if name in DEEP else PAGE)
    assert both_x(sandbox) == said([kept, kept])
    assert quiet_without_index(tmp_path, sandbox)
    edit(tmp_path / path, "Two.", "Two, here.")
    assert len(sync(tmp_path, sandbox).changes) == 1
    there = sandbox.record(ID)["content"]["content"]
    assert there[2]["content"][0]["text"] == "Two, here."
    assert both_x(sandbox) == said([kept, kept])
    assert quiet_without_index(tmp_path, sandbox)


@pytest.mark.parametrize("name", [name for name in KEPT if name not in DEEP])
def test_the_page_shows_it_with_its_keys_in_the_order_of_the_server(
    sandbox: Sandbox, tmp_path: Path, name: str
) -> None:
    raw, kept = trap(name)
    sandbox.seed(short_id=ID, title="W", content=rich(json.loads(raw)))
    go(tmp_path, sandbox, "pull")
    text = pages(tmp_path)[PAGE]
    shown = json.loads(text[text.index("<Node attrs={") + 13 : text.index("}>\n\nOne.")])
    assert said(shown) == said({"x": kept})
    if name == "keys in an order":
        assert [*shown["x"]] == ["", "c", "aa", "bbb"]
        assert [*shown["x"]["c"]] == ["b", "z", "é"]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", KEPT)
def test_written_into_a_tag_it_is_sent_once_and_merged(
    sandbox: Sandbox, tmp_path: Path, name: str, place: str
) -> None:
    raw, kept = trap(name)
    values = [kept, "here"] if place == "paragraph" else ["here", kept]
    sandbox.seed(short_id=ID, title="W", content=rich())
    sync(tmp_path, sandbox)
    page = tmp_path / PAGE
    write(page, place, raw)
    text = page.read_text()
    report = sync(tmp_path, sandbox)
    assert len(report.changes) == 1 and report.problems == ()
    assert both_x(sandbox) == said(values)
    assert page.read_text() == text
    assert quiet_without_index(tmp_path, sandbox)
    sandbox.write(ID, content=rich(values[0], values[1], "Three, there."))
    edit(page, "Two.", "Two, here.")
    assert [done.action for done in sync(tmp_path, sandbox).changes] == ["merge", "update"]
    assert both_x(sandbox) == said(values)
    assert quiet_without_index(tmp_path, sandbox)


@pytest.mark.parametrize("place", PLACES)
def test_what_is_sent_has_the_form_that_postgres_keeps(
    sandbox: Sandbox, tmp_path: Path, place: str
) -> None:
    sandbox.seed(short_id=ID, title="W", content=rich())
    sync(tmp_path, sandbox)
    write(tmp_path / PAGE, place, "[-0.0, 1e16, -0]")
    sync(tmp_path, sandbox)
    (sent,) = [each["body"] for each in sandbox.requests() if each["method"] == "PATCH"]
    x = sent["content"]["content"][PLACES[place][2]]["attrs"]["x"]
    assert json.dumps(x) == "[0.0, 10000000000000000, 0]"


def test_one_and_its_float_and_true_are_three_values_and_each_is_sent_once(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.seed(short_id=ID, title="W", content=rich(1, 1))
    sync(tmp_path, sandbox)
    for old, new in (("1", "1.0"), ("1.0", "true"), ("true", "1")):
        edit(tmp_path / PAGE, f'{{"x":{old}}}', f'{{"x":{new}}}')
        edit(tmp_path / PAGE, f"<Query x={{{old}}} ", f"<Query x={{{new}}} ")
        assert len(sync(tmp_path, sandbox).changes) == 1
        assert both_x(sandbox) == f"[{new}, {new}]"
        assert quiet(tmp_path, sandbox)


def test_3_mib_in_a_page_make_the_trip_both_ways(sandbox: Sandbox, tmp_path: Path) -> None:
    long = "x" * 3 * MIB
    sandbox.seed(short_id=ID, title="W", content=rich(last=long))
    assert len(sync(tmp_path, sandbox).changes) == 1
    edit(tmp_path / PAGE, "Two.", "Two, here.")
    report = sync(tmp_path, sandbox)
    assert len(report.changes) == 1 and report.problems == ()
    blocks = sandbox.record(ID)["content"]["content"]
    assert blocks[2]["content"][0]["text"] == "Two, here."
    assert blocks[3]["content"][0]["text"] == long
    assert quiet(tmp_path, sandbox)


# --- what is refused before it is sent ----------------------------------------------------------


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", REFUSED)
def test_what_no_server_keeps_is_refused_with_its_place(
    sandbox: Sandbox, tmp_path: Path, name: str, place: str
) -> None:
    raw, words = REFUSED[name]
    page = beside(tmp_path, sandbox)
    write(page, place, raw)
    text = page.read_text()
    report = sync(tmp_path, sandbox)
    (problem,) = report.problems
    assert (problem.short_id, problem.path) == (ID, PAGE) and problem.hint
    assert PAGE in problem.error
    assert words.replace("content[0]", f"content[{PLACES[place][2]}]") in problem.error
    assert [done.short_id for done in report.changes] == [OTHER]
    assert page.read_text() == text
    assert sandbox.record(ID)["content"] == rich()
    assert [path for method, path in asked(sandbox) if method != "GET"] == [f"{OTHER}/"]
    assert len(sync(tmp_path, sandbox).problems) == 1
    assert [method for method, _ in asked(sandbox)] == ["GET"]


def test_21_mib_in_a_page_are_refused_by_name_and_nothing_is_sent(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    page = beside(tmp_path, sandbox)
    edit(page, "Three.", "x" * 21 * MIB)
    report = sync(tmp_path, sandbox)
    (problem,) = report.problems
    assert problem.path == PAGE and problem.hint
    assert "21.0 MiB" in problem.error and "20 MiB" in problem.error
    assert sandbox.record(ID)["content"] == rich()
    assert [path for method, path in asked(sandbox) if method != "GET"] == [f"{OTHER}/"]


@pytest.mark.parametrize("code", ["U+0000", "U+D800"])
def test_a_character_tag_that_no_server_keeps_is_refused(
    sandbox: Sandbox, tmp_path: Path, code: str
) -> None:
    page = beside(tmp_path, sandbox)
    edit(page, "Two.", f'Two<Char code="{code}" />.')
    report = sync(tmp_path, sandbox)
    found = [(each.path, each.error) for each in report.problems]
    found += [(each.path, each.error) for each in report.unreadable]
    ((path, error),) = found
    assert path == PAGE and PAGE in error and code in error
    assert [done.short_id for done in report.changes] == [OTHER]
    assert sandbox.record(ID)["content"] == rich()


# --- what no page can say -----------------------------------------------------------------------


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", UNREADABLE)
def test_what_no_page_can_say_is_refused_with_its_line(
    sandbox: Sandbox, tmp_path: Path, name: str, place: str
) -> None:
    raw, words, below = UNREADABLE[name]
    if words == "nested too deeply":
        below = 810 if place == "widget" else 809  # the depth of a value, not of a whole page
    page = beside(tmp_path, sandbox)
    text = page.read_text()
    at = text[: text.index(PLACES[place][0])].count("\n") + 1
    write(page, place, raw)
    report = sync(tmp_path, sandbox)
    (found,) = report.unreadable
    assert found.path == PAGE and found.hint
    assert words in found.error
    assert f"{PAGE}:{at + below}" in found.error
    assert [done.short_id for done in report.changes] == [OTHER]
    assert sandbox.record(ID)["content"] == rich()
    page.write_text(text)
    assert quiet(tmp_path, sandbox)


@pytest.mark.parametrize("raw", ["7" * 4_301, "[" * 5_000 + "]" * 5_000, "NaN", '{"a":1,"a":2}'])
def test_a_page_with_it_is_not_taken_in(sandbox: Sandbox, tmp_path: Path, raw: str) -> None:
    text = f"# New\n\n<Query x={{{raw}}} />\n"
    (tmp_path / "new.md").write_text(text)
    with opened(tmp_path, sandbox) as markdown:
        mirror = replace(markdown, new_notebooks="richtext")
        with pytest.raises(FormatError) as caught:
            add(mirror, "new.md", text, scope="s")
    assert caught.value.hint and "<Query>" in caught.value.message
    assert (tmp_path / "new.md").read_text() == text
