"""What is taken away, what is only missing, and runs that are about some notebooks only."""

from __future__ import annotations

from pathlib import Path

import pytest

from mirrors import asked, edit, go, markdown_on, opened, pages, sync, there
from nbsync.sandbox import Sandbox
from nbsync.sync import status

ID, PAGE = "aB3dE5fG", "aB3dE5fG.md"
TEXT = "# W\n\nOne.\n\nTwo.\n\nThree."
HEAD = ("GET", "?limit=100&offset=0")


@pytest.fixture
def mirror(sandbox: Sandbox, tmp_path: Path) -> Path:
    """A mirror of six notebooks."""
    for number in range(5):
        sandbox.seed(short_id=f"other{number}", title="O", content=sandbox.markdown("Other."))
    sandbox.seed(short_id=ID, title="W", content=sandbox.markdown(TEXT))
    go(tmp_path, sandbox, "pull")
    asked(sandbox)
    return tmp_path


def test_a_page_that_cannot_be_read_is_not_missing_for_push_delete(
    sandbox: Sandbox, mirror: Path
) -> None:
    (mirror / PAGE).rename(mirror / "weekly.md")
    sync(mirror, sandbox)
    (mirror / "weekly.md").write_bytes(b"\xff\xfe what an editor left")
    for path in (mirror / ".nbsync").glob("index.sqlite3*"):
        path.unlink()
    go(mirror, sandbox, "push", remove=True)
    assert sandbox.record(ID)["deleted"] is False


def test_push_delete_of_a_notebook_that_was_edited_there_deletes_nothing_and_says_so(
    sandbox: Sandbox, mirror: Path
) -> None:
    (mirror / PAGE).unlink()
    there(sandbox, ID, "Two.", "Two, there.")
    report = go(mirror, sandbox, "push", remove=True)
    assert sandbox.record(ID)["deleted"] is False
    assert report.held == (ID,) or report.problems


def test_a_missing_page_whose_notebook_was_edited_there_fails_no_push_of_others(
    sandbox: Sandbox, mirror: Path
) -> None:
    (mirror / PAGE).unlink()
    there(sandbox, ID, "Two.", "Two, there.")
    edit(mirror / "other1.md", "Other.", "# A title\n\nOther.")
    report = go(mirror, sandbox, "push")
    assert [done.short_id for done in report.changes] == ["other1"]
    assert report.problems == ()


def test_push_delete_deletes_what_is_missing_and_a_pull_forgets_it(
    sandbox: Sandbox, mirror: Path
) -> None:
    (mirror / PAGE).unlink()
    (done,) = go(mirror, sandbox, "push", remove=True).changes
    assert done.action == "delete"
    assert sandbox.record(ID)["deleted"] is True
    asked(sandbox)
    assert sync(mirror, sandbox).changes == ()
    assert asked(sandbox) == [HEAD]


def test_a_page_edited_here_and_deleted_there_is_named_by_a_pull(
    sandbox: Sandbox, mirror: Path
) -> None:
    sandbox.write(ID, deleted=True)
    edit(mirror / PAGE, "Two.", "Two, here.")
    report = go(mirror, sandbox, "pull")
    assert (mirror / PAGE).exists()
    said = [*report.problems, *report.changes, *report.unreadable, *report.held]
    assert said


def test_a_deletion_whose_confirmation_failed_once_is_noticed_by_the_next_pull(
    sandbox: Sandbox, mirror: Path
) -> None:
    sandbox.write(ID, deleted=True)
    sandbox.fault(method="GET", path=f"{ID}/", status=500, times=3)
    assert len(go(mirror, sandbox, "pull").unreadable) == 1
    assert (mirror / PAGE).exists()
    sandbox.clear()
    go(mirror, sandbox, "pull")
    assert not (mirror / PAGE).exists()


def test_named_notebooks_alone_are_pulled_and_pushed(sandbox: Sandbox, mirror: Path) -> None:
    there(sandbox, ID, "Two.", "Two, there.")
    sandbox.write("other1", content=sandbox.markdown("Other, there."))
    edit(mirror / "other2.md", "Other.", "Other, here.")
    edit(mirror / "other3.md", "Other.", "Other, here.")
    report = sync(mirror, sandbox, only=[ID, "other2"])
    assert {done.short_id for done in report.changes} == {ID, "other2"}
    assert markdown_on(sandbox, "other3") == "Other."
    report = sync(mirror, sandbox)
    assert {done.short_id for done in report.changes} == {"other1", "other3"}


def test_a_named_notebook_is_no_failure_because_another_page_cannot_be_read(
    sandbox: Sandbox, mirror: Path
) -> None:
    (mirror / "other1.md").write_bytes(b"\xff")
    report = sync(mirror, sandbox, only=[ID])
    assert report.unreadable == ()


def test_deleting_named_notebooks_deletes_no_other(sandbox: Sandbox, mirror: Path) -> None:
    (mirror / PAGE).unlink()
    (mirror / "other1.md").unlink()
    go(mirror, sandbox, "push", only=[ID], remove=True)
    assert sandbox.record(ID)["deleted"] is True
    assert sandbox.record("other1")["deleted"] is False


def test_status_writes_no_page_and_no_base(sandbox: Sandbox, mirror: Path) -> None:
    there(sandbox, ID, "Two.", "Two, there.")
    before = pages(mirror)
    with opened(mirror, sandbox) as opened_mirror:
        survey, plan = status(opened_mirror)
        assert [change.short_id for change in plan.local] == [ID]
        assert survey.rows is not None
    assert pages(mirror) == before
    sync(mirror, sandbox)
    assert "Two, there." in (mirror / PAGE).read_text()
