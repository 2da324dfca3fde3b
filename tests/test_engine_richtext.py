"""Rich-text notebooks as Markdown pages: pulled, edited, merged and sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mirrors import asked, edit, go, markdown_on, opened, pages, sync
from nbsync.sandbox import Sandbox
from nbsync.sync import run
from nbsync.sync.pages import add, new
from nbsync.sync.resolving import resolve_each

ID, PAGE, OLD = "aB3dE5fG", "aB3dE5fG.md", "aB3dE5fG.json"


def text(words: str, *marks: str) -> dict[str, Any]:
    node: dict[str, Any] = {"type": "text", "text": words}
    return node | ({"marks": [{"type": mark} for mark in marks]} if marks else {})


def block(kind: str, *content: Any, **attrs: Any) -> dict[str, Any]:
    node: dict[str, Any] = {"type": kind}
    if attrs:
        node["attrs"] = attrs
    return node | ({"content": list(content)} if content else {})


def para(*words: str) -> dict[str, Any]:
    return block("paragraph", *map(text, words))


def items(*words: str) -> dict[str, Any]:
    return block("bulletList", *(block("listItem", para(word)) for word in words))


TITLE = block("heading", text("W"), **{"level": 1, "id": "t1", "data-toc-id": "t1"})
QUERY = block(
    "ph-query", nodeId="q1", title=None, query={"kind": "SavedInsightNode", "shortId": "x"}
)


def document(*blocks: Any) -> dict[str, Any]:
    return {"type": "doc", "content": [TITLE, *blocks]}


START = document(para("One."), block("paragraph"), QUERY, items("a", "b", "c"), para("Last."))


@pytest.fixture
def mirror(sandbox: Sandbox, tmp_path: Path) -> Path:
    sandbox.seed(short_id=ID, title="W", content=START)
    go(tmp_path, sandbox, "pull")
    asked(sandbox)
    return tmp_path


def held(sandbox: Sandbox) -> list[Any]:
    return list(sandbox.record(ID)["content"]["content"])


def in_step(root: Path, sandbox: Sandbox) -> None:
    report = sync(root, sandbox)
    assert (report.changes, report.conflicts, report.problems) == ((), (), ())


def test_a_rich_text_notebook_is_a_markdown_page(sandbox: Sandbox, mirror: Path) -> None:
    assert pages(mirror) == {
        PAGE: f"""---
short_id: "{ID}"
---

# W

One.

<Paragraph />

<Query query={{{{"kind":"SavedInsightNode","shortId":"x"}}}} title={{null}} nodeId="q1" />

- a
- b
- c

Last.
"""
    }
    in_step(mirror, sandbox)


def test_one_word_that_is_edited_is_one_text_node_that_is_sent(
    sandbox: Sandbox, mirror: Path
) -> None:
    edit(mirror / PAGE, "Last.", "At last.")
    assert len(sync(mirror, sandbox).changes) == 1
    assert held(sandbox) == [*START["content"][:-1], para("At last.")]
    in_step(mirror, sandbox)


def test_a_heading_that_is_edited_takes_the_title_along_and_keeps_its_ids(
    sandbox: Sandbox, mirror: Path
) -> None:
    edit(mirror / PAGE, "# W", "# New")
    sync(mirror, sandbox)
    assert sandbox.record(ID)["title"] == "New"
    assert held(sandbox)[0] == {**TITLE, "content": [text("New")]}
    in_step(mirror, sandbox)


def test_an_edit_there_comes_into_the_page_and_nothing_else_in_it_moves(
    sandbox: Sandbox, mirror: Path
) -> None:
    before = (mirror / PAGE).read_text()
    sandbox.write(ID, content=document(para("One, there."), *START["content"][2:]))
    sync(mirror, sandbox)
    assert (mirror / PAGE).read_text() == before.replace("One.", "One, there.")
    in_step(mirror, sandbox)


def test_edits_on_both_sides_of_one_list_are_merged(sandbox: Sandbox, mirror: Path) -> None:
    edit(mirror / PAGE, "- a\n", "- a, here\n")
    theirs = list(START["content"])
    theirs[4] = items("a", "b", "c, there")
    sandbox.write(ID, content={"type": "doc", "content": theirs})
    assert sync(mirror, sandbox).conflicts == ()
    assert held(sandbox)[4] == items("a, here", "b", "c, there")
    assert held(sandbox)[:4] == START["content"][:4]
    in_step(mirror, sandbox)


def test_one_line_edited_on_both_sides_is_a_conflict_in_a_markdown_draft(
    sandbox: Sandbox, mirror: Path
) -> None:
    edit(mirror / PAGE, "One.", "One, here.")
    sandbox.write(ID, content=document(para("One, there."), *START["content"][2:]))
    assert len(sync(mirror, sandbox).conflicts) == 1
    drafts = mirror / ".nbsync" / "conflicts" / ID
    assert {path.suffix for path in drafts.iterdir() if path.stem != "conflict"} <= {".md", ".json"}
    (merged,) = drafts.glob("merged*")
    assert "<<<<<<<" in merged.read_text() and "- a\n- b\n" in merged.read_text()
    with opened(mirror, sandbox) as opened_mirror:
        assert resolve_each(opened_mirror, [ID], ours=True).problems == ()
    sync(mirror, sandbox)
    assert held(sandbox)[1] == para("One, here.")
    in_step(mirror, sandbox)


def test_a_page_that_cannot_be_understood_is_named_with_its_line_and_left_alone(
    sandbox: Sandbox, mirror: Path
) -> None:
    edit(mirror / PAGE, "<Query query=", "<Query query==")
    broken = (mirror / PAGE).read_text()
    (found,) = sync(mirror, sandbox).unreadable
    assert f"{PAGE}:11" in found.error and found.hint
    assert (mirror / PAGE).read_text() == broken
    assert held(sandbox) == START["content"]


@pytest.mark.parametrize("content", [None, "words", [1, 2], 5, True, {"type": "x"}])
def test_content_that_is_no_document_stays_a_json_page(
    sandbox: Sandbox, tmp_path: Path, content: Any
) -> None:
    sandbox.seed(short_id=ID, title="W", content=content)
    go(tmp_path, sandbox, "pull")
    assert json.loads(pages(tmp_path)[OLD])["content"] == content
    in_step(tmp_path, sandbox)


def nested(levels: int) -> Any:
    node: Any = para("deep")
    for _ in range(levels):
        node = block("blockquote", node)
    return node


@pytest.mark.parametrize(("levels", "page"), [(30, PAGE), (200, PAGE), (300, OLD)])
def test_what_is_nested_too_deeply_stays_json(
    sandbox: Sandbox, tmp_path: Path, levels: int, page: str
) -> None:
    sandbox.seed(short_id=ID, title="W", content=document(nested(levels), para("x")))
    go(tmp_path, sandbox, "pull")
    assert list(pages(tmp_path)) == [page]
    in_step(tmp_path, sandbox)
    edit(
        tmp_path / page,
        "W" if page == PAGE else '"text": "x"',
        "V" if page == PAGE else '"text": "y"',
    )
    assert sync(tmp_path, sandbox).problems == ()
    assert held(sandbox)[1] == nested(levels)


# --- pages that an earlier version kept as JSON -------------------------------------


@pytest.fixture
def kept_as_json(sandbox: Sandbox, tmp_path: Path) -> Path:
    sandbox.seed(short_id=ID, title="W", content=START)
    go(tmp_path, sandbox, "pull", form="json")
    asked(sandbox)
    return tmp_path


def test_a_notebook_kept_as_json_becomes_a_page_at_the_next_pull(
    sandbox: Sandbox, kept_as_json: Path
) -> None:
    root = kept_as_json
    (change,) = go(root, sandbox, "pull", dry_run=True).changes
    assert "Markdown" in change.note and list(pages(root)) == [OLD]
    before = (root / OLD).read_text()
    (change,) = go(root, sandbox, "pull").changes
    assert list(pages(root)) == [PAGE] and "Markdown" in change.note
    history = (root / ".nbsync" / "history" / ID).iterdir()
    assert any(path.read_text() == before for path in history)
    assert [method for method, _ in asked(sandbox)] == ["GET", "GET"]
    in_step(root, sandbox)


def test_a_push_leaves_json_pages_as_they_are(sandbox: Sandbox, kept_as_json: Path) -> None:
    assert go(kept_as_json, sandbox, "push").changes == ()
    assert list(pages(kept_as_json)) == [OLD]


def test_an_edit_in_a_json_page_comes_along_into_the_new_page(
    sandbox: Sandbox, kept_as_json: Path
) -> None:
    edit(kept_as_json / OLD, '"One."', '"One, here."')
    go(kept_as_json, sandbox, "pull")
    assert "One, here." in pages(kept_as_json)[PAGE]
    assert held(sandbox) == START["content"]
    sync(kept_as_json, sandbox)
    assert held(sandbox)[1] == para("One, here.")
    in_step(kept_as_json, sandbox)


def test_an_edit_that_no_page_would_show_keeps_the_json_page(
    sandbox: Sandbox, kept_as_json: Path
) -> None:
    edit(kept_as_json / OLD, '"t1"', '"t2"')
    assert go(kept_as_json, sandbox, "pull").changes == ()
    assert list(pages(kept_as_json)) == [OLD]
    go(kept_as_json, sandbox, "push")
    assert held(sandbox)[0]["attrs"]["id"] == "t2"
    sync(kept_as_json, sandbox)
    assert list(pages(kept_as_json)) == [PAGE]
    in_step(kept_as_json, sandbox)


def test_a_json_page_and_its_notebook_both_edited_become_one_merged_page(
    sandbox: Sandbox, kept_as_json: Path
) -> None:
    edit(kept_as_json / OLD, '"One."', '"One, here."')
    theirs = [*START["content"][:-1], para("Last, there.")]
    sandbox.write(ID, content={"type": "doc", "content": theirs})
    sync(kept_as_json, sandbox)
    assert list(pages(kept_as_json)) == [PAGE]
    assert held(sandbox) == [
        TITLE,
        para("One, here."),
        *START["content"][2:-1],
        para("Last, there."),
    ]
    in_step(kept_as_json, sandbox)


def test_a_page_whose_place_is_taken_finds_another(sandbox: Sandbox, kept_as_json: Path) -> None:
    (kept_as_json / PAGE).write_text("Mine, and no page.\n")
    go(kept_as_json, sandbox, "pull")
    assert (kept_as_json / PAGE).read_text() == "Mine, and no page.\n"
    assert OLD not in pages(kept_as_json) and len(pages(kept_as_json)) == 2
    in_step(kept_as_json, sandbox)


def test_only_what_is_named_becomes_a_page(sandbox: Sandbox, kept_as_json: Path) -> None:
    sandbox.seed(short_id="other1", title="O", content=document(para("O")))
    go(kept_as_json, sandbox, "pull", form="json")
    go(kept_as_json, sandbox, "pull", only={"other1"})
    assert sorted(pages(kept_as_json)) == [OLD, "other1.md"]


def test_a_json_page_that_cannot_be_read_stays(sandbox: Sandbox, kept_as_json: Path) -> None:
    (kept_as_json / OLD).write_text('{"short_id": "aB3dE5fG", "content": ')
    report = go(kept_as_json, sandbox, "pull")
    assert len(report.unreadable) == 1 and report.changes == ()
    assert list(pages(kept_as_json)) == [OLD]


# --- forms that change while a page is edited ------------------------------------------


def converted(sandbox: Sandbox, **edits: str) -> None:
    body = "# W\n\nOne.\n\n- a\n- b\n- c\n\nLast."
    for old, changed in edits.items():
        body = body.replace(f"{old}.", changed)
    sandbox.write(ID, content=sandbox.markdown(body))


@pytest.fixture
def plain(sandbox: Sandbox, tmp_path: Path) -> Path:
    """A rich-text notebook that PostHog converts without a loss."""
    content = document(para("One."), items("a", "b", "c"), para("Last."))
    sandbox.seed(short_id=ID, title="W", content=content)
    go(tmp_path, sandbox, "pull")
    asked(sandbox)
    return tmp_path


def test_an_edit_of_a_page_whose_notebook_turned_markdown_is_merged_as_text(
    sandbox: Sandbox, plain: Path
) -> None:
    edit(plain / PAGE, "One.", "One, here.")
    converted(sandbox, Last="Last, there.")
    assert sync(plain, sandbox).conflicts == ()
    assert markdown_on(sandbox, ID) == "# W\n\nOne, here.\n\n- a\n- b\n- c\n\nLast, there."
    in_step(plain, sandbox)


def test_a_page_whose_notebook_turned_markdown_untouched_is_just_that(
    sandbox: Sandbox, plain: Path
) -> None:
    before = pages(plain)
    converted(sandbox)
    sync(plain, sandbox)
    assert pages(plain) == before
    in_step(plain, sandbox)


def test_a_tag_of_rich_text_pages_in_an_edited_block_is_a_conflict_then(
    sandbox: Sandbox, plain: Path
) -> None:
    edit(plain / PAGE, "One.", "One, <Mark highlight>here</Mark>.")
    converted(sandbox, Last="Last, there.")
    assert len(sync(plain, sandbox).conflicts) == 1
    with opened(plain, sandbox) as mirror:
        (problem,) = resolve_each(mirror, [ID], ours=True).problems
        assert "Markdown" in problem.error and problem.hint
    edit(plain / PAGE, "<Mark highlight>here</Mark>", "here")
    with opened(plain, sandbox) as mirror:
        assert resolve_each(mirror, [ID], ours=True).problems == ()
    sync(plain, sandbox)
    assert "One, here." in markdown_on(sandbox, ID)
    in_step(plain, sandbox)


def test_an_edited_markdown_page_whose_notebook_turned_rich_text_is_merged_too(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    body = "# W\n\nOne.\n\nTwo.\n\nLast."
    sandbox.seed(short_id=ID, title="W", content=sandbox.markdown(body))
    go(tmp_path, sandbox, "pull")
    edit(tmp_path / PAGE, "One.", "One, here.")
    sandbox.write(ID, content=document(para("One."), para("Two."), para("Last, there.")))
    assert sync(tmp_path, sandbox).conflicts == ()
    assert held(sandbox) == [TITLE, para("One, here."), para("Two."), para("Last, there.")]
    in_step(tmp_path, sandbox)


# --- new pages, lost bases, old checkouts ------------------------------------------------


def test_new_pages_are_rich_text_where_the_settings_say_so(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    from dataclasses import replace

    (tmp_path / "mine.md").write_text("# Mine\n\n- a **bold** word\n")
    with opened(tmp_path, sandbox) as markdown:
        mirror = replace(markdown, new_notebooks="richtext")
        one = new(mirror, "Plan *b*", scope="s", salt="s")
        two = add(mirror, "mine.md", (tmp_path / "mine.md").read_text(), scope="s")
        assert (one.path, two.title) == (f"{one.short_id}.md", "Mine")
        assert len(run(mirror, pull=True, push=True).changes) == 2
        assert run(mirror, pull=True, push=True).changes == ()
    heading = block("heading", text("Plan *b*"), level=1)
    assert sandbox.record(one.short_id)["content"] == {"type": "doc", "content": [heading]}
    there = sandbox.record(two.short_id)["content"]["content"]
    item = block("listItem", block("paragraph", text("a "), text("bold", "bold"), text(" word")))
    assert there == [block("heading", text("Mine"), level=1), block("bulletList", item)]


def test_a_lost_base_costs_nothing_where_page_and_notebook_agree(
    sandbox: Sandbox, mirror: Path
) -> None:
    before = pages(mirror)
    (mirror / ".nbsync" / "base" / f"{ID}.json").unlink()
    (mirror / ".nbsync" / "index.sqlite3").unlink()
    in_step(mirror, sandbox)
    assert pages(mirror) == before


def test_a_lost_base_with_an_edited_page_is_a_conflict(sandbox: Sandbox, mirror: Path) -> None:
    edit(mirror / PAGE, "One.", "One, here.")
    (mirror / ".nbsync" / "base" / f"{ID}.json").unlink()
    (mirror / ".nbsync" / "index.sqlite3").unlink()
    assert len(sync(mirror, sandbox).conflicts) == 1
    assert "One, here." in pages(mirror)[PAGE]
    assert held(sandbox) == START["content"]


@pytest.mark.parametrize("saved", ["as it was", "without blanks", "with CRLF"])
def test_an_older_text_that_was_in_step_is_no_edit_in_a_fresh_clone(
    sandbox: Sandbox, mirror: Path, saved: str
) -> None:
    how: dict[str, Callable[[str], str]] = {
        "as it was": str,
        "without blanks": str.rstrip,
        "with CRLF": lambda page: page.replace("\n", "\r\n"),
    }
    older = pages(mirror)[PAGE]
    renamed = {**TITLE, "attrs": {"level": 1, "id": "t2", "data-toc-id": "t2"}}
    sandbox.write(ID, content={"type": "doc", "content": [renamed, para("Other.")]})
    sync(mirror, sandbox)
    (mirror / PAGE).write_bytes(how[saved](older).encode())
    (mirror / ".nbsync" / "index.sqlite3").unlink()
    (change,) = go(mirror, sandbox, "pull", "push").changes
    assert (change.side, held(sandbox)[1]) == ("local", para("Other."))
    assert "Other." in pages(mirror)[PAGE]
    in_step(mirror, sandbox)


def test_a_page_saved_by_an_editor_that_strips_blanks_is_not_edited(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    code = block("codeBlock", text("a  \n\nb\t"), language=None)
    content = document(para("One. "), block("paragraph"), code, para(" "), para("end "))
    sandbox.seed(short_id=ID, title="W", content=content)
    go(tmp_path, sandbox, "pull")
    page = tmp_path / PAGE
    lines = [line.rstrip() for line in page.read_text().split("\n")]
    page.write_text("\n".join(lines).rstrip("\n") + "\n\n")
    in_step(tmp_path, sandbox)
    edit(page, "\nb", "\nc")
    sync(tmp_path, sandbox)
    assert held(sandbox)[3] == block("codeBlock", text("a  \n\nc"), language=None)
    assert held(sandbox)[1] == para("One. ") and held(sandbox)[4:] == [para(" "), para("end ")]
