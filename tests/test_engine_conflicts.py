"""Conflicts that are open for a while: both sides go on, and each conflict can be left."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from mirrors import asked, edit, go, markdown_on, opened, pages, sync, there
from nbsync.sandbox import Sandbox
from nbsync.sync.resolving import resolve_each
from nbsync.sync.restoring import restore_each

ID, PAGE = "aB3dE5fG", "aB3dE5fG.md"
RICH: dict[str, Any] = {
    "type": "doc",
    "content": [{"type": "paragraph", "content": [{"type": "text", "text": "Rich now."}]}],
}


@pytest.fixture
def mirror(sandbox: Sandbox, tmp_path: Path) -> Path:
    """A mirror of one notebook, in conflict about its first paragraph."""
    root = tmp_path / "mirror"
    sandbox.seed(short_id=ID, title="W", content=sandbox.markdown("# W\n\nOne.\n\nTwo.\n\nThree."))
    go(root, sandbox, "pull")
    there(sandbox, ID, "One.", "One, there.")
    edit(root / PAGE, "One.", "One, here.")
    assert len(sync(root, sandbox).conflicts) == 1
    asked(sandbox)
    return root


def resolve(root: Path, sandbox: Sandbox, *, ours: bool) -> list[str]:
    with opened(root, sandbox) as mirror:
        report = resolve_each(mirror, [ID], ours=ours)
    return [problem.error for problem in report.problems]


def test_a_notebook_deleted_while_in_conflict_is_restored_and_the_conflict_waits(
    sandbox: Sandbox, mirror: Path
) -> None:
    sandbox.write(ID, deleted=True)
    report = sync(mirror, sandbox)
    assert [change.action for change in report.changes] == ["restore"]
    assert sandbox.record(ID)["deleted"] is False
    assert [conflict.short_id for conflict in report.conflicts] == [ID]
    assert "One, here." in (mirror / f"{ID}.md").read_text()
    sandbox.clear()
    sync(mirror, sandbox)
    sandbox.clear()
    sync(mirror, sandbox)
    assert len(sandbox.requests()) == 1


@pytest.mark.parametrize("ours", [True, False])
def test_a_conflict_with_a_notebook_that_was_deleted_since_can_be_left(
    sandbox: Sandbox, mirror: Path, *, ours: bool
) -> None:
    sandbox.write(ID, deleted=True)
    sync(mirror, sandbox)
    if (mirror / ".nbsync/conflicts" / ID).exists():
        assert resolve(mirror, sandbox, ours=ours) == []
    sync(mirror, sandbox)
    report = sync(mirror, sandbox)
    assert not (report.conflicts or report.problems or report.changes)


def test_a_merged_file_that_is_being_edited_costs_no_request_when_the_server_moved_again(
    sandbox: Sandbox, mirror: Path
) -> None:
    merged = mirror / ".nbsync/conflicts" / ID / "merged.md"
    merged.write_text(merged.read_text() + "\nBeing settled.\n")
    there(sandbox, ID, "Three.", "Three, there.")
    sync(mirror, sandbox)
    asked(sandbox)
    sync(mirror, sandbox)
    assert asked(sandbox) == [("GET", "?limit=100&offset=0")]
    assert "Being settled." in merged.read_text()


def test_a_conflict_that_git_settled_is_closed(
    sandbox: Sandbox, mirror: Path, tmp_path: Path
) -> None:
    teammate = tmp_path / "teammate"
    go(teammate, sandbox, "pull")
    edit(teammate / PAGE, "One, there.", "One, settled.")
    sync(teammate, sandbox)
    for name in (PAGE, f".nbsync/base/{ID}.json"):
        shutil.copy(teammate / name, mirror / name)
    report = sync(mirror, sandbox)
    assert report.conflicts == ()


def test_an_edit_made_after_git_settled_a_conflict_is_sent(
    sandbox: Sandbox, mirror: Path, tmp_path: Path
) -> None:
    teammate = tmp_path / "teammate"
    go(teammate, sandbox, "pull")
    edit(teammate / PAGE, "One, there.", "One, settled.")
    sync(teammate, sandbox)
    for name in (PAGE, f".nbsync/base/{ID}.json"):
        shutil.copy(teammate / name, mirror / name)
    edit(mirror / PAGE, "Three.", "Three, later.")
    sync(mirror, sandbox)
    sync(mirror, sandbox)
    assert "Three, later." in markdown_on(sandbox, ID)


def test_a_push_after_git_settled_a_conflict_takes_nothing_back(
    sandbox: Sandbox, mirror: Path, tmp_path: Path
) -> None:
    teammate = tmp_path / "teammate"
    go(teammate, sandbox, "pull")
    edit(teammate / PAGE, "One, there.", "One, settled.")
    sync(teammate, sandbox)
    for name in (PAGE, f".nbsync/base/{ID}.json"):
        shutil.copy(teammate / name, mirror / name)
    edit(mirror / PAGE, "Three.", "Three, later.")
    go(mirror, sandbox, "push")
    assert "One, settled." in (mirror / PAGE).read_text()
    assert "One, settled." in markdown_on(sandbox, ID)


def test_a_conflict_with_a_notebook_that_turned_rich_text_leaves_a_page_when_theirs_is_taken(
    sandbox: Sandbox, mirror: Path
) -> None:
    sandbox.write(ID, content=RICH)
    sync(mirror, sandbox)
    resolve(mirror, sandbox, ours=False)
    for _ in range(2):
        report = sync(mirror, sandbox)
    assert not (report.unreadable or report.problems or report.conflicts)


def test_a_page_of_ours_never_turns_a_rich_text_notebook_into_a_markdown_one(
    sandbox: Sandbox, mirror: Path
) -> None:
    sandbox.write(ID, content=RICH)
    sync(mirror, sandbox)
    resolve(mirror, sandbox, ours=True)
    go(mirror, sandbox, "push")
    assert sandbox.record(ID)["content"]["content"][0]["type"] != "ph-markdown-notebook"


@pytest.mark.parametrize(("form", "suffix"), [("markdown", ".md"), ("json", ".json")])
def test_a_page_of_ours_never_turns_a_markdown_notebook_into_a_rich_text_one(
    sandbox: Sandbox, tmp_path: Path, form: str, suffix: str
) -> None:
    sandbox.seed(short_id=ID, title="W", content=RICH)
    go(tmp_path, sandbox, "pull", form=form)
    edit(tmp_path / f"{ID}{suffix}", "Rich now.", "Rich, here.")
    sandbox.write(ID, content=sandbox.markdown("# W\n\nMarkdown now."), silent=True)
    go(tmp_path, sandbox, "push")
    resolve(tmp_path, sandbox, ours=True)
    go(tmp_path, sandbox, "push")
    assert sandbox.record(ID)["content"]["content"][0]["type"] == "ph-markdown-notebook"


def test_a_page_renamed_while_in_conflict_is_settled_where_it_lies(
    sandbox: Sandbox, mirror: Path
) -> None:
    (mirror / PAGE).rename(mirror / "moved.md")
    (conflict,) = sync(mirror, sandbox).conflicts
    assert conflict.path == "moved.md"
    assert resolve(mirror, sandbox, ours=True) == []
    sync(mirror, sandbox)
    assert list(pages(mirror)) == ["moved.md"]
    assert "One, here." in markdown_on(sandbox, ID)


def test_a_page_deleted_while_in_conflict_comes_back_as_the_server_has_it(
    sandbox: Sandbox, mirror: Path
) -> None:
    (mirror / PAGE).unlink()
    report = sync(mirror, sandbox)
    assert report.conflicts == ()
    assert "One, there." in (mirror / PAGE).read_text()
    assert sync(mirror, sandbox).changes == ()


def test_a_conflict_goes_when_the_page_comes_to_say_what_the_server_says(
    sandbox: Sandbox, mirror: Path
) -> None:
    edit(mirror / PAGE, "One, here.", "One, there.")
    assert sync(mirror, sandbox).conflicts == ()
    assert asked(sandbox) == [("GET", "?limit=100&offset=0")]


def test_a_conflict_goes_when_the_page_is_taken_back(sandbox: Sandbox, mirror: Path) -> None:
    edit(mirror / PAGE, "One, here.", "One.")
    assert sync(mirror, sandbox).conflicts == ()
    assert "One, there." in (mirror / PAGE).read_text()


def test_a_conflict_goes_when_the_server_is_taken_back(sandbox: Sandbox, mirror: Path) -> None:
    there(sandbox, ID, "One, there.", "One.")
    assert sync(mirror, sandbox).conflicts == ()
    assert "One, here." in markdown_on(sandbox, ID)


def test_an_edit_beside_the_conflict_does_not_settle_it(sandbox: Sandbox, mirror: Path) -> None:
    edit(mirror / PAGE, "Three.", "Three, here.")
    there(sandbox, ID, "Two.", "Two, there.")
    assert len(sync(mirror, sandbox).conflicts) == 1
    resolve(mirror, sandbox, ours=True)
    sync(mirror, sandbox)
    assert markdown_on(sandbox, ID) == "# W\n\nOne, here.\n\nTwo.\n\nThree, here."


def test_ours_keeps_what_the_server_was_given_after_the_conflict_opened(
    sandbox: Sandbox, mirror: Path
) -> None:
    there(sandbox, ID, "Two.", "Two, there, later.")
    resolve(mirror, sandbox, ours=True)
    sync(mirror, sandbox)
    assert markdown_on(sandbox, ID) == "# W\n\nOne, here.\n\nTwo, there, later.\n\nThree."


@pytest.mark.parametrize("damage", ["twin", "no front matter"])
def test_settling_a_conflict_makes_no_second_page_beside_one_that_cannot_be_read(
    sandbox: Sandbox, mirror: Path, damage: str
) -> None:
    broken(mirror / PAGE, damage)
    before = sorted(pages_of(mirror))
    assert resolve(mirror, sandbox, ours=False) != []
    assert sorted(pages_of(mirror)) == before


def test_an_unreadable_page_is_not_called_missing(sandbox: Sandbox, mirror: Path) -> None:
    broken(mirror / PAGE, "no UTF-8")
    (error,) = resolve(mirror, sandbox, ours=True)
    assert "missing" not in error


@pytest.mark.parametrize("damage", ["twin", "no UTF-8"])
def test_restoring_makes_no_second_page_beside_one_that_cannot_be_read(
    sandbox: Sandbox, tmp_path: Path, damage: str
) -> None:
    sandbox.seed(short_id=ID, title="W", content=sandbox.markdown("# W\n\nOne."))
    go(tmp_path, sandbox, "pull")
    broken(tmp_path / PAGE, damage)
    before = sorted(pages_of(tmp_path))
    with opened(tmp_path, sandbox) as opened_mirror:
        report = restore_each(opened_mirror, [ID])
    assert sorted(pages_of(tmp_path)) == before
    assert len(report.problems) == 1


def broken(page: Path, damage: str) -> None:
    text = page.read_text()
    match damage:
        case "twin":
            (page.parent / "copy.md").write_text(text)
        case "no front matter":
            page.write_text("# W\n\nOne, here.\n")
        case _:
            page.write_bytes(text.encode() + b"\xff\n")


def pages_of(root: Path) -> list[str]:
    return [path.name for path in root.glob("*.md")]
