"""Servers that go back, hide notebooks, or answer otherwise than they were sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from mirrors import asked, edit, go, markdown_on, sync, there
from nbsync.sandbox import Sandbox

ID, PAGE = "aB3dE5fG", "aB3dE5fG.md"
TEXT = "# W\n\nOne.\n\nTwo.\n\nThree."
HEAD = ("GET", "?limit=100&offset=0")


@pytest.fixture
def mirror(sandbox: Sandbox, tmp_path: Path) -> Path:
    """A mirror of six notebooks, the first of which is at version 2."""
    for number in range(5):
        sandbox.seed(short_id=f"other{number}", title="O", content=sandbox.markdown("Other."))
    sandbox.seed(short_id=ID, title="W", content=sandbox.markdown(TEXT), version=1)
    there(sandbox, ID, "One.", "One, later.")
    go(tmp_path, sandbox, "pull")
    asked(sandbox)
    return tmp_path


def backup(sandbox: Sandbox, text: str, *, version: int, title: str = "W") -> None:
    """Put the notebook back as an older backup has it."""
    sandbox.seed(short_id=ID, title=title, content=sandbox.markdown(text), version=version)


def hide(sandbox: Sandbox, short_id: str = ID) -> None:
    """Make a notebook internal: it is in no list, and a GET shows it."""
    kept = ("short_id", "title", "content", "version", "created_at", "last_modified_at")
    sandbox.seed(**{name: sandbox.record(short_id)[name] for name in kept}, visibility="internal")


# --- a counter that goes back ------------------------------------------------------------


def test_a_notebook_restored_from_a_backup_is_brought_and_said(
    sandbox: Sandbox, mirror: Path
) -> None:
    backup(sandbox, TEXT, version=1)
    (done,) = sync(mirror, sandbox).changes
    assert "went back from 2 to 1" in done.note
    assert "One, later." not in (mirror / PAGE).read_text()
    edit(mirror / PAGE, "Two.", "Two, here.")
    go(mirror, sandbox, "push")
    assert sandbox.record(ID)["version"] == 2


def test_an_edit_of_a_notebook_restored_from_a_backup_is_merged_and_that_is_said(
    sandbox: Sandbox, mirror: Path
) -> None:
    backup(sandbox, TEXT, version=1)
    edit(mirror / PAGE, "Three.", "Three, here.")
    report = sync(mirror, sandbox)
    assert "Three, here." in markdown_on(sandbox, ID)
    assert any("went back from 2 to 1" in done.note for done in report.changes)


def test_the_same_version_with_another_content_is_a_conflict_and_never_overwritten(
    sandbox: Sandbox, mirror: Path
) -> None:
    backup(sandbox, TEXT.replace("Two.", "Two, after the backup."), version=2)
    (conflict,) = sync(mirror, sandbox).conflicts
    assert conflict.remote_version == 2
    assert "One, later." in (mirror / PAGE).read_text()
    assert "Two, after the backup." in markdown_on(sandbox, ID)


def test_a_backup_of_more_notebooks_than_the_head_shows_is_seen(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    ids = [f"nb{number:03}" for number in range(102)]
    for number, short_id in enumerate(ids):
        at = f"2026-01-01T00:{number // 60:02}:{number % 60:02}.000001Z"
        sandbox.seed(
            short_id=short_id, title="N", content=sandbox.markdown("Old."), last_modified_at=at
        )
    old = sandbox.record(ids[0])
    sandbox.write(ids[0], content=sandbox.markdown("New."))
    go(tmp_path, sandbox, "pull")
    sandbox.seed(
        short_id=ids[0],
        title="N",
        content=old["content"],
        last_modified_at=old["last_modified_at"],
        created_at=old["created_at"],
    )
    sync(tmp_path, sandbox)
    assert "Old." in (tmp_path / f"{ids[0]}.md").read_text()
    asked(sandbox)
    sync(tmp_path, sandbox)
    assert asked(sandbox) == [HEAD]


# --- notebooks that are in no list -----------------------------------------------------------


def test_an_unlisted_notebook_edited_on_both_sides_is_merged_by_a_push(
    sandbox: Sandbox, mirror: Path
) -> None:
    hide(sandbox)
    sync(mirror, sandbox)
    edit(mirror / PAGE, "Two.", "Two, here.")
    there(sandbox, ID, "Three.", "Three, there.")
    report = sync(mirror, sandbox)
    assert report.conflicts == () == report.problems
    assert markdown_on(sandbox, ID) == "# W\n\nOne, later.\n\nTwo, here.\n\nThree, there."
    assert "Three, there." in (mirror / PAGE).read_text()
    asked(sandbox)
    sync(mirror, sandbox)
    assert asked(sandbox) == [HEAD]


def test_an_unlisted_notebook_is_looked_up_when_it_is_asked_for_by_name(
    sandbox: Sandbox, mirror: Path
) -> None:
    hide(sandbox)
    sync(mirror, sandbox)
    there(sandbox, ID, "Three.", "Three, there.")
    go(mirror, sandbox, "pull", only=[ID])
    assert "Three, there." in (mirror / PAGE).read_text()


def test_a_conflict_about_an_unlisted_notebook_goes_when_the_page_is_taken_back(
    sandbox: Sandbox, mirror: Path
) -> None:
    hide(sandbox)
    sync(mirror, sandbox)
    edit(mirror / PAGE, "Two.", "Two, here.")
    there(sandbox, ID, "Two.", "Two, there.")
    assert len(sync(mirror, sandbox).conflicts) == 1
    edit(mirror / PAGE, "Two, here.", "Two.")
    assert sync(mirror, sandbox).conflicts == ()
    assert "Two, there." in (mirror / PAGE).read_text()


def test_a_title_of_an_unlisted_notebook_overwrites_none_that_changed_there(
    sandbox: Sandbox, mirror: Path
) -> None:
    hide(sandbox)
    sync(mirror, sandbox)
    sandbox.write(ID, title="Their title")
    edit(mirror / PAGE, "# W", "# My title")
    report = sync(mirror, sandbox)
    assert sandbox.record(ID)["title"] == "Their title"
    assert len(report.conflicts) == 1


def test_a_forbidden_notebook_is_said_once_its_page_stays_and_it_is_synced_when_it_is_shown_again(
    sandbox: Sandbox, mirror: Path
) -> None:
    sandbox.forbid(ID)
    codes = [found.exit_code for found in sync(mirror, sandbox).unreadable]
    assert codes == [3]
    assert (mirror / PAGE).exists()
    asked(sandbox)
    sync(mirror, sandbox)
    assert asked(sandbox) == [HEAD]
    sandbox.forbid(ID, forbidden=False)
    there(sandbox, ID, "Two.", "Two, there.")
    sync(mirror, sandbox)
    assert "Two, there." in (mirror / PAGE).read_text()


# --- answers that differ from what was sent ------------------------------------------------


def test_a_title_changed_there_comes_back_with_the_answer_to_an_edit(
    sandbox: Sandbox, mirror: Path
) -> None:
    sandbox.write(ID, title="Their title")
    edit(mirror / PAGE, "Two.", "Two, here.")
    go(mirror, sandbox, "push")
    assert sandbox.record(ID)["title"] == "Their title"
    assert 'title: "Their title"' in (mirror / PAGE).read_text()
    assert [method for method, _ in asked(sandbox)] == ["PATCH"]
    assert sync(mirror, sandbox).changes == ()


def test_two_titles_that_changed_are_a_conflict_and_neither_is_overwritten(
    sandbox: Sandbox, mirror: Path
) -> None:
    sandbox.write(ID, title="Their title")
    edit(mirror / PAGE, "# W", "# My title")
    assert len(go(mirror, sandbox, "push").conflicts) == 1
    assert sandbox.record(ID)["title"] == "Their title"
    assert "# My title" in (mirror / PAGE).read_text()


@pytest.mark.parametrize("title", ['"  spaced  "', '""', "null"])
def test_a_title_that_the_server_strips_or_leaves_empty_is_sent_once_at_most(
    sandbox: Sandbox, mirror: Path, title: str
) -> None:
    edit(mirror / PAGE, f'"{ID}"\n', f'"{ID}"\ntitle: {title}\n')
    before = (mirror / PAGE).read_bytes()
    go(mirror, sandbox, "push")
    asked(sandbox)
    assert sync(mirror, sandbox).changes == ()
    assert asked(sandbox) == [HEAD]
    assert (mirror / PAGE).read_bytes() == before


def test_deleting_the_heading_erases_no_title(sandbox: Sandbox, mirror: Path) -> None:
    edit(mirror / PAGE, "# W\n\n", "")
    go(mirror, sandbox, "push")
    assert sandbox.record(ID)["title"] == "W"
    assert sync(mirror, sandbox).changes == ()
