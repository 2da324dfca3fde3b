"""Notebooks kept as JSON, and notebooks whose form changes on the server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mirrors import asked, edit, go, markdown_on, opened, pages, sync, there
from nbsync.sandbox import Sandbox
from nbsync.sync.resolving import resolve_each

ID, PAGE = "aB3dE5fG", "aB3dE5fG.md"
TEXT = "# W\n\nOne.\n\nTwo.\n\nThree."


@pytest.fixture
def mirror(sandbox: Sandbox, tmp_path: Path) -> Path:
    sandbox.seed(short_id=ID, title="W", content=sandbox.markdown(TEXT))
    go(tmp_path, sandbox, "pull")
    asked(sandbox)
    return tmp_path


def rich(*texts: str) -> dict[str, Any]:
    blocks = [{"type": "paragraph", "content": [{"type": "text", "text": t}]} for t in texts]
    return {"type": "doc", "content": blocks}


def test_a_rich_text_notebook_kept_as_json_is_edited_merged_and_sent(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.seed(short_id=ID, title="W", content=rich("One.", "Two.", "Three."))
    go(tmp_path, sandbox, "pull", form="json")
    page = tmp_path / f"{ID}.json"
    edit(page, "Three.", "Three, here.")
    sandbox.write(ID, content=rich("One, there.", "Two.", "Three."))
    report = sync(tmp_path, sandbox, form="json")
    assert report.conflicts == ()
    assert sandbox.record(ID)["content"] == rich("One, there.", "Two.", "Three, here.")
    assert json.loads(page.read_text())["content"] == sandbox.record(ID)["content"]
    assert sync(tmp_path, sandbox, form="json").changes == ()


@pytest.mark.parametrize(("form", "suffix"), [("markdown", ".md"), ("json", ".json")])
@pytest.mark.parametrize("now", ["Markdown", "rich text"])
def test_a_page_is_json_only_as_long_as_its_notebook_is_no_document(
    sandbox: Sandbox, tmp_path: Path, form: str, suffix: str, now: str
) -> None:
    sandbox.seed(short_id=ID, title="W", content={"words": "One."})
    go(tmp_path, sandbox, "pull", form=form)
    (tmp_path / f"{ID}.json").rename(tmp_path / "renamed.json")
    new = rich("One.") if now == "rich text" else sandbox.markdown("# W\n\nOne.")
    sandbox.write(ID, content=new)
    sync(tmp_path, sandbox, form=form)
    assert list(pages(tmp_path)) == [f"renamed{suffix}"]
    assert sync(tmp_path, sandbox, form=form).changes == ()


def test_a_page_that_changes_its_kind_takes_no_other_files_place(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.seed(short_id=ID, title="W", content=["One."])
    go(tmp_path, sandbox, "pull")
    assert list(pages(tmp_path)) == [f"{ID}.json"]
    (tmp_path / PAGE).write_text("Mine, and no page.\n")
    sandbox.write(ID, content=sandbox.markdown("# W\n\nOne."))
    sync(tmp_path, sandbox)
    assert (tmp_path / PAGE).read_text() == "Mine, and no page.\n"
    assert len(pages(tmp_path)) == 2
    assert sync(tmp_path, sandbox).changes == ()


def test_a_markdown_page_whose_notebook_is_no_document_any_more_becomes_json_and_back(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.seed(short_id=ID, title="W", content=rich("One."))
    go(tmp_path, sandbox, "pull")
    for content, page in ((None, f"{ID}.json"), (rich("Two."), PAGE)):
        sandbox.write(ID, content=content)
        report = sync(tmp_path, sandbox)
        assert report.problems == () == report.conflicts
        assert list(pages(tmp_path)) == [page]
        assert sync(tmp_path, sandbox).changes == ()
    assert sandbox.record(ID)["content"] == rich("Two.")


def test_a_json_page_in_conflict_is_settled_for_either_side(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    for ours in (True, False):
        root = tmp_path / str(ours)
        sandbox.seed(short_id=ID, title="W", content=rich("One."))
        go(root, sandbox, "pull", form="json")
        edit(root / f"{ID}.json", "One.", "One, here.")
        sandbox.write(ID, content=rich("One, there."))
        assert len(sync(root, sandbox, form="json").conflicts) == 1
        with opened(root, sandbox, form="json") as mirror:
            resolve_each(mirror, [ID], ours=ours)
        report = sync(root, sandbox, form="json")
        assert report.conflicts == () == report.problems
        assert sandbox.record(ID)["content"] == rich("One, here." if ours else "One, there.")


def test_a_markdown_notebook_kept_as_json_merges_as_text(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.seed(short_id=ID, title="W", content=sandbox.markdown(TEXT))
    go(tmp_path, sandbox, "pull", form="json")
    edit(tmp_path / f"{ID}.json", "Three.", "Three, here.")
    there(sandbox, ID, "One.", "One, there.")
    sync(tmp_path, sandbox, form="json")
    assert markdown_on(sandbox, ID) == "# W\n\nOne, there.\n\nTwo.\n\nThree, here."


def test_a_json_page_laid_out_anew_is_no_edit(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.seed(short_id=ID, title="W", content=rich("One."))
    go(tmp_path, sandbox, "pull", form="json")
    page = tmp_path / f"{ID}.json"
    text = json.dumps(json.loads(page.read_text()), sort_keys=True)
    page.write_text(text)
    assert sync(tmp_path, sandbox, form="json").changes == ()
    assert page.read_text() == text


def test_numbers_that_postgres_writes_otherwise_are_sent_once(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    content = rich("One.")
    content["content"][0]["attrs"] = {"n": 1}
    sandbox.seed(short_id=ID, title="W", content=content)
    go(tmp_path, sandbox, "pull", form="json")
    edit(tmp_path / f"{ID}.json", '"n": 1', '"n": -0.0, "m": 1e16, "o": 1e300')
    assert len(go(tmp_path, sandbox, "push", form="json").changes) == 1
    for _ in range(2):
        assert sync(tmp_path, sandbox, form="json").changes == ()


def test_a_markdown_notebook_that_turned_rich_text_and_back_ends_in_step(
    sandbox: Sandbox, mirror: Path
) -> None:
    for content, word in ((rich("Rich."), "Rich."), (sandbox.markdown("# W\n\nBack."), "Back.")):
        sandbox.write(ID, content=content)
        report = sync(mirror, sandbox)
        assert report.problems == () == report.conflicts
        (text,) = pages(mirror).values()
        assert word in text
        assert sync(mirror, sandbox).changes == ()
    assert [write for write in asked(sandbox) if write[0] != "GET"] == []


def test_an_edited_page_whose_notebook_turned_rich_text_keeps_its_edit(
    sandbox: Sandbox, mirror: Path
) -> None:
    edit(mirror / PAGE, "Two.", "Two, here.")
    sandbox.write(ID, content=rich("Rich."))
    report = sync(mirror, sandbox)
    assert len(report.conflicts) == 1
    assert "Two, here." in (mirror / PAGE).read_text()
    assert sandbox.record(ID)["content"] == rich("Rich.")


PAGES = {"markdown": PAGE, "json": f"{ID}.json"}


def turn(sandbox: Sandbox, root: Path, form: str) -> tuple[Path, str]:
    """A rich-text page that was edited while PostHog made its notebook Markdown: in conflict."""
    sandbox.seed(short_id=ID, title="W", content=rich("One.", "Two."))
    sync(root, sandbox, form=form)
    edit(root / PAGES[form], "Two.", "Two, here.")
    sandbox.write(ID, content=sandbox.markdown("# W\n\nOne.\n\nTwo, there."))
    assert len(sync(root, sandbox, form=form).conflicts) == 1
    assert list(pages(root)) == [PAGES[form]]
    assert "Two, here." in (root / PAGES[form]).read_text()
    return root, form


@pytest.fixture(params=["markdown", "json"])
def turned(request: pytest.FixtureRequest, sandbox: Sandbox, tmp_path: Path) -> tuple[Path, str]:
    return turn(sandbox, tmp_path, str(request.param))


def history(root: Path) -> str:
    return "".join(path.read_text() for path in (root / ".nbsync" / "history" / ID).iterdir())


def test_a_page_whose_notebook_turned_markdown_takes_theirs_and_ours_is_kept(
    sandbox: Sandbox, turned: tuple[Path, str]
) -> None:
    root, form = turned
    with opened(root, sandbox, form=form) as mirror:
        assert resolve_each(mirror, [ID], ours=False).problems == ()
    (page,) = pages(root)
    assert "Two, here." in history(root)
    asked(sandbox)
    assert sync(root, sandbox, form=form).changes == ()
    edit(root / page, "Two, there.", "Two, by both.")
    assert sync(root, sandbox, form=form).problems == ()
    assert markdown_on(sandbox, ID) == "# W\n\nOne.\n\nTwo, by both."


def test_rich_text_in_json_is_not_sent_over_a_notebook_that_turned_markdown(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    root, form = turn(sandbox, tmp_path, "json")
    text = (root / f"{ID}.json").read_text()
    asked(sandbox)
    with opened(root, sandbox, form=form) as mirror:
        problems = resolve_each(mirror, [ID], ours=True).problems
    problems += sync(root, sandbox, form=form).problems
    assert "Markdown in PostHog" in problems[0].error and problems[0].hint
    assert markdown_on(sandbox, ID).endswith("Two, there.")
    assert {method for method, _ in asked(sandbox)} <= {"GET"}
    assert (root / f"{ID}.json").read_text() == text


def test_the_words_of_a_page_are_sent_as_markdown_to_a_notebook_that_turned_markdown(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    root, form = turn(sandbox, tmp_path, "markdown")
    text = (root / PAGE).read_text()
    with opened(root, sandbox, form=form) as mirror:
        assert resolve_each(mirror, [ID], ours=True).problems == ()
    assert len(sync(root, sandbox, form=form).changes) == 1
    assert markdown_on(sandbox, ID) == "One.\n\nTwo, here."
    assert (root / PAGE).read_text() == text
    assert sync(root, sandbox, form=form).changes == ()


def test_the_tags_of_a_page_are_not_sent_to_a_notebook_that_turned_markdown(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    root, form = turn(sandbox, tmp_path, "markdown")
    edit(root / PAGE, "here.", "<Mark highlight>here</Mark>.")
    text = (root / PAGE).read_text()
    asked(sandbox)
    with opened(root, sandbox, form=form) as mirror:
        problems = resolve_each(mirror, [ID], ours=True).problems
    report = sync(root, sandbox, form=form)
    assert "Markdown in PostHog" in problems[0].error and problems[0].hint
    assert len(report.conflicts) == 1
    assert markdown_on(sandbox, ID).endswith("Two, there.")
    assert {method for method, _ in asked(sandbox)} <= {"GET"}
    assert (root / PAGE).read_text() == text


def test_words_are_brought_by_hand_into_a_notebook_that_turned_markdown(
    sandbox: Sandbox, turned: tuple[Path, str]
) -> None:
    root, form = turned
    if form == "json":
        record = sandbox.record(ID)
        page = {"short_id": ID, "title": "W", "content": record["content"]}
        (root / f"{ID}.json").write_text(json.dumps(page).replace("Two, there.", "Two, by both."))
    else:
        edit(root / PAGE, "Two, here.", "Two, by both.")
    with opened(root, sandbox, form=form) as mirror:
        assert resolve_each(mirror, [ID], ours=True).problems == ()
    assert sync(root, sandbox, form=form).conflicts == ()
    assert markdown_on(sandbox, ID).endswith("Two, by both.")
    assert "Two, here." in history(root)
