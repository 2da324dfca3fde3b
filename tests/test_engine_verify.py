"""pull --verify: what writers change without a trace in the list is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from mirrors import asked, edit, go, markdown_on, opened, pages, sync, touched
from nbsync.model import Report
from nbsync.sandbox import Sandbox

IDS = [f"nb{number}" for number in range(6)]
HEAD = ("GET", "?limit=100&offset=0")
EACH = [("GET", f"{short_id}/") for short_id in IDS]


def seed(box: Sandbox) -> None:
    for short_id in IDS:
        text = f"# Title of {short_id}\n\nOne.\n\nTwo."
        box.seed(short_id=short_id, title=f"Title of {short_id}", content=box.markdown(text))


@pytest.fixture
def mirror(sandbox: Sandbox, tmp_path: Path) -> Path:
    seed(sandbox)
    go(tmp_path, sandbox, "pull")
    asked(sandbox)
    return tmp_path


def silently(sandbox: Sandbox, short_id: str, old: str, new: str) -> None:
    """Change a notebook as PostHog's assistant does: no row of the list shows it."""
    text = markdown_on(sandbox, short_id).replace(old, new)
    sandbox.write(short_id, content=sandbox.markdown(text), silent=True)


def verified(root: Path, sandbox: Sandbox) -> str:
    with opened(root, sandbox) as mirror:
        return mirror.store.verified()


def verify(root: Path, sandbox: Sandbox, **options: object) -> Report:
    return go(root, sandbox, "pull", verify=True, **options)


def test_where_nothing_changed_each_notebook_is_asked_once_and_no_file_is_touched(
    sandbox: Sandbox, mirror: Path
) -> None:
    before = touched(mirror, below=".nbsync/base") | {
        name: was for name, was in touched(mirror).items() if name.endswith(".md")
    }
    assert verify(mirror, sandbox).changes == ()
    statuses = [each["status"] for each in sandbox.requests()]
    assert sorted(statuses) == [200, *[304] * 6]
    assert sorted(asked(sandbox)) == sorted([HEAD, *EACH])
    after = touched(mirror)
    assert {name: after[name] for name in before} == before


def test_a_change_without_a_trace_is_missed_by_a_pull_and_found_by_verify(
    sandbox: Sandbox, mirror: Path
) -> None:
    silently(sandbox, "nb2", "One.", "One, by the assistant.")
    assert go(mirror, sandbox, "pull").changes == ()
    asked(sandbox)
    (change,) = verify(mirror, sandbox).changes
    assert (change.short_id, change.action, change.version) == ("nb2", "update", 1)
    assert "One, by the assistant." in (mirror / "nb2.md").read_text()
    assert len(asked(sandbox)) == 7


def test_it_is_merged_with_an_edit_of_the_page(sandbox: Sandbox, mirror: Path) -> None:
    silently(sandbox, "nb2", "One.", "One, by the assistant.")
    edit(mirror / "nb2.md", "Two.", "Two, here.")
    assert [change.action for change in verify(mirror, sandbox).changes] == ["merge"]
    sync(mirror, sandbox)
    assert markdown_on(sandbox, "nb2").endswith("One, by the assistant.\n\nTwo, here.")


def test_a_conflict_that_waits_is_looked_at_too(sandbox: Sandbox, mirror: Path) -> None:
    edit(mirror / "nb2.md", "Two.", "Two, here.")
    silently(sandbox, "nb2", "Two.", "Two, by the assistant.")
    assert [conflict.short_id for conflict in verify(mirror, sandbox).conflicts] == ["nb2"]
    silently(sandbox, "nb2", "Two, by the assistant.", "Two.")
    assert verify(mirror, sandbox).conflicts == ()
    sync(mirror, sandbox)
    assert "Two, here." in markdown_on(sandbox, "nb2")


def test_a_notebook_may_be_named(sandbox: Sandbox, mirror: Path) -> None:
    before = verified(mirror, sandbox)
    silently(sandbox, "nb2", "One.", "One, by the assistant.")
    silently(sandbox, "nb3", "One.", "One, by the assistant.")
    report = verify(mirror, sandbox, only=["nb2"])
    assert [change.short_id for change in report.changes] == ["nb2"]
    assert asked(sandbox) == [HEAD, ("GET", "nb2/")]
    assert verified(mirror, sandbox) == before


def test_a_dry_run_says_what_it_found_and_changes_nothing(sandbox: Sandbox, mirror: Path) -> None:
    silently(sandbox, "nb2", "One.", "One, by the assistant.")
    before = pages(mirror)
    report = verify(mirror, sandbox, dry_run=True)
    assert [change.short_id for change in report.changes] == ["nb2"]
    assert pages(mirror) == before


def test_a_notebook_that_cannot_be_had_is_said_and_it_does_not_count_as_verified(
    sandbox: Sandbox, mirror: Path
) -> None:
    with opened(mirror, sandbox) as found:
        found.store.put_rows(found.remote.scan(found.store.rows()).memory)
        found.store.note_verified()
    asked(sandbox)
    sandbox.fault(method="GET", path="nb4/", status=500, times=9)
    (mirror / ".nbsync/index.sqlite3").unlink()
    report = verify(mirror, sandbox)
    assert [found.short_id for found in report.unreadable] == ["nb4"]
    assert verified(mirror, sandbox) == ""
    sandbox.clear()
    verify(mirror, sandbox)
    assert verified(mirror, sandbox) != ""


def test_a_first_pull_has_asked_for_everything(sandbox: Sandbox, mirror: Path) -> None:
    assert verified(mirror, sandbox) != ""


def test_a_notebook_deleted_while_it_is_asked_for_is_gone(sandbox: Sandbox, mirror: Path) -> None:
    sandbox.fault(method="GET", path="nb4/", status=404)
    report = verify(mirror, sandbox)
    assert [(done.short_id, done.action) for done in report.changes] == [("nb4", "delete")]


def test_a_server_of_2023_is_read_by_its_list_alone(tmp_path: Path) -> None:
    with Sandbox(kind="2023") as old:
        seed(old)
        go(tmp_path, old, "pull")
        silently(old, "nb2", "One.", "One, by the assistant.")
        asked(old)
        (change,) = verify(tmp_path, old).changes
        assert change.short_id == "nb2"
        assert all("?" in path for _, path in asked(old))
