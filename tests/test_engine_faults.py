"""Faults in the middle: what is kept, what is said, and that one bad notebook stops no other."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from mirrors import asked, edit, go, markdown_on, opened, pages, seed_each, sync, there
from nbsync.errors import NbsyncError
from nbsync.sandbox import Sandbox
from nbsync.sync import run

IDS = [f"nb{number:02}" for number in range(6)]
WAIT = {"status": 429, "headers": {"Retry-After": "500"}, "times": None}


@pytest.fixture
def mirror(sandbox: Sandbox, tmp_path: Path) -> Path:
    seed_each(sandbox, IDS)
    go(tmp_path, sandbox, "pull")
    asked(sandbox)
    return tmp_path


def test_a_pull_that_is_throttled_halfway_reports_what_it_did(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    seed_each(sandbox, [f"nb{number:02}" for number in range(24)])
    sandbox.fault(method="GET", path="/nb", skip=16, **WAIT)
    report = go(tmp_path, sandbox, "pull")
    assert len(report.changes) == len(pages(tmp_path)) > 0
    assert [problem.exit_code for problem in report.problems]


def test_a_pull_that_is_throttled_halfway_keeps_what_it_has_and_goes_on_there(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    seed_each(sandbox, [f"nb{number:02}" for number in range(24)])
    sandbox.fault(method="GET", path="/nb", skip=16, **WAIT)
    with suppress(NbsyncError):
        go(tmp_path, sandbox, "pull")
    kept = len(pages(tmp_path))
    assert kept > 0
    asked(sandbox)
    go(tmp_path, sandbox, "pull")
    assert len(pages(tmp_path)) == 24
    assert len(asked(sandbox)) <= 1 + 24 - kept


def test_a_first_pull_whose_second_look_at_the_list_fails_reports_what_it_did(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    seed_each(sandbox, IDS)
    sandbox.fault(method="GET", path="limit=100&", status=500, times=None)
    report = go(tmp_path, sandbox, "pull")
    assert len(report.changes) == len(IDS)


def test_a_notebook_that_answers_403_stops_no_other_in_a_pull(
    sandbox: Sandbox, mirror: Path
) -> None:
    for short_id in IDS[:3]:
        there(sandbox, short_id, "One.", "One, there.")
    sandbox.fault(
        method="GET",
        path=f"{IDS[1]}/",
        status=403,
        body={"code": "permission_denied", "detail": "You do not have viewer access."},
    )
    report = go(mirror, sandbox, "pull")
    assert [done.short_id for done in report.changes] == [IDS[0], IDS[2]]
    assert [(found.short_id, found.exit_code) for found in report.unreadable] == [(IDS[1], 3)]
    assert [done.short_id for done in go(mirror, sandbox, "pull").changes] == [IDS[1]]


def test_a_notebook_that_answers_403_stops_no_other_in_a_push(
    sandbox: Sandbox, mirror: Path
) -> None:
    for short_id in IDS[:3]:
        edit(mirror / f"{short_id}.md", "One.", "One, here.")
    sandbox.forbid(IDS[1])
    report = go(mirror, sandbox, "push")
    assert [done.short_id for done in report.changes] == [IDS[0], IDS[2]]
    assert [(problem.short_id, problem.exit_code) for problem in report.problems] == [(IDS[1], 3)]
    sandbox.forbid(IDS[1], forbidden=False)
    go(mirror, sandbox, "push")
    assert "One, here." in markdown_on(sandbox, IDS[1])


def test_a_write_that_the_server_always_fails_at_is_not_called_somebody_elses_edit(
    sandbox: Sandbox, mirror: Path
) -> None:
    edit(mirror / f"{IDS[0]}.md", "One.", "One, here.")
    sandbox.fault(method="PATCH", status=500, times=None)
    (problem,) = go(mirror, sandbox, "push").problems
    assert "somebody else" not in problem.error
    assert "500" in problem.error


def test_a_notebook_that_is_saved_there_before_each_round_is_deferred_after_three(
    sandbox: Sandbox, mirror: Path
) -> None:
    edit(mirror / f"{IDS[0]}.md", "One.", "One, here.")
    conflict = {"code": "conflict", "detail": "Someone else edited the Notebook"}
    sandbox.fault(method="PATCH", status=409, body=conflict, times=3)
    (problem,) = go(mirror, sandbox, "push").problems
    assert "somebody else" in problem.error
    assert [method for method, _ in asked(sandbox)] == ["PATCH", "GET"] * 3
    go(mirror, sandbox, "push")
    assert "One, here." in markdown_on(sandbox, IDS[0])


@pytest.mark.parametrize("halves", [("push",), ("pull", "push")])
def test_a_page_edited_further_after_the_answer_to_its_push_was_lost_is_no_conflict(
    sandbox: Sandbox, mirror: Path, halves: tuple[str, ...]
) -> None:
    page = mirror / f"{IDS[0]}.md"
    edit(page, "One.", "One, here.")
    sandbox.fault(method="PATCH", drop="after")
    sandbox.fault(method="GET", path=f"{IDS[0]}/", status=500, times=None)
    assert go(mirror, sandbox, "push").problems
    assert "One, here." in markdown_on(sandbox, IDS[0])
    sandbox.clear()
    edit(page, "One, here.", "One, here, and later.")
    report = go(mirror, sandbox, *halves)
    assert report.conflicts == ()
    assert "One, here, and later." in markdown_on(sandbox, IDS[0])


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_answer_costs_one_look_and_nothing_is_sent_twice(
    sandbox: Sandbox, mirror: Path, when: str
) -> None:
    edit(mirror / f"{IDS[0]}.md", "One.", "One, here.")
    sandbox.fault(method="PATCH", drop=when)
    report = go(mirror, sandbox, "push")
    assert [(done.action, done.version) for done in report.changes] == [("update", 1)]
    item = f"{IDS[0]}/"
    again = [("PATCH", item)] if when == "before" else []
    assert asked(sandbox) == [("PATCH", item), ("GET", item), *again]


def test_an_edit_of_a_notebook_that_was_edited_and_then_deleted_is_merged_and_restored_and_said(
    sandbox: Sandbox, mirror: Path
) -> None:
    there(sandbox, IDS[0], "Three.", "Three, there.")
    sandbox.write(IDS[0], deleted=True)
    edit(mirror / f"{IDS[0]}.md", "One.", "One, here.")
    report = go(mirror, sandbox, "push")
    assert sandbox.record(IDS[0])["deleted"] is False
    text = markdown_on(sandbox, IDS[0])
    assert "One, here." in text
    assert "Three, there." in text
    assert "restore" in {done.action for done in report.changes}


def test_an_edit_of_a_notebook_deleted_a_moment_ago_is_restored_by_one_more_patch(
    sandbox: Sandbox, mirror: Path
) -> None:
    sandbox.write(IDS[0], deleted=True)
    edit(mirror / f"{IDS[0]}.md", "One.", "One, here.")
    (done,) = go(mirror, sandbox, "push").changes
    assert done.action == "restore"
    assert "folder" in done.note
    patches = [entry["body"] for entry in sandbox.requests()]
    assert patches[1]["deleted"] is False
    assert (patches[0]["version"], patches[1]["version"]) == (0, 1)
    assert "One, here." in markdown_on(sandbox, IDS[0])


def test_an_edited_page_of_a_notebook_that_is_gone_for_good_can_be_made_a_new_one(
    sandbox: Sandbox, mirror: Path
) -> None:
    sandbox.purge(IDS[0])
    edit(mirror / f"{IDS[0]}.md", "One.", "One, here.")
    (problem,) = sync(mirror, sandbox).problems
    assert problem.hint.startswith("nbsync add")


def test_a_change_nested_deeper_than_python_likes_stops_no_other_notebook(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    deep: dict[str, Any] = {"type": "text", "text": "deep"}
    for _ in range(430):
        deep = {"type": "blockquote", "content": [deep]}
    sandbox.seed(short_id="deep", title="D", content={"type": "doc", "content": [deep]})
    seed_each(sandbox, IDS[:2])
    report = go(tmp_path, sandbox, "pull")
    assert {done.short_id for done in report.changes} >= set(IDS[:2])
    asked(sandbox)
    assert sync(tmp_path, sandbox).changes == ()


def test_what_was_sent_and_refused_is_sent_anew_when_the_page_is_mended(
    sandbox: Sandbox, mirror: Path
) -> None:
    page = mirror / f"{IDS[0]}.md"
    edit(page, "# Title of nb00", "# " + "x" * 257)
    (problem,) = go(mirror, sandbox, "push").problems
    assert "256" in problem.error
    assert [method for method, _ in asked(sandbox)] == ["GET"]
    edit(page, "x" * 257, "x" * 256)
    assert go(mirror, sandbox, "push").problems == ()
    assert sandbox.record(IDS[0])["title"] == "x" * 256


def test_a_dry_run_finishes_no_journal_and_writes_no_base(sandbox: Sandbox, mirror: Path) -> None:
    there(sandbox, IDS[0], "One.", "One, there.")
    before = kept(mirror)
    with opened(mirror, sandbox) as opened_mirror:
        journal_of_a_killed_pull(sandbox, mirror, opened_mirror)
        entry = kept(mirror)
        run(opened_mirror, pull=True, push=True, dry_run=True)
        assert kept(mirror) == entry
    assert before != entry


def journal_of_a_killed_pull(sandbox: Sandbox, root: Path, mirror: Any) -> None:
    """Leave things as a run that was killed between a page and its base leaves them."""
    from nbsync.model import JournalEntry, Page, digest, record_of

    page = mirror.local.read(IDS[0], f"{IDS[0]}.md")
    assert isinstance(page, Page)
    text = page.text.replace("One.", "One, there.")
    record = record_of(sandbox.record(IDS[0]))
    mirror.store.enter(JournalEntry(IDS[0], "pull", page.path, page.token, digest(text), to=record))
    (root / page.path).write_text(text)


def kept(root: Path) -> dict[str, str]:
    """Every file that is more than a cache."""
    return {
        str(path.relative_to(root)): json.dumps(path.read_bytes().decode())
        for path in sorted(root.rglob("*"))
        if path.is_file() and "index.sqlite3" not in path.name and path.name != "lock"
    }


def test_a_dry_run_of_everything_changes_nothing_on_either_side(
    sandbox: Sandbox, mirror: Path
) -> None:
    there(sandbox, IDS[0], "One.", "One, there.")
    edit(mirror / f"{IDS[1]}.md", "One.", "One, here.")
    there(sandbox, IDS[2], "One.", "One, there.")
    edit(mirror / f"{IDS[2]}.md", "One.", "One, here.")
    there(sandbox, IDS[3], "One.", "One, there.")
    edit(mirror / f"{IDS[3]}.md", "Three.", "Three, here.")
    sandbox.write(IDS[4], deleted=True)
    (mirror / f"{IDS[5]}.md").unlink()
    before = kept(mirror)
    asked(sandbox)
    for halves in (("pull",), ("push",), ("pull", "push")):
        go(mirror, sandbox, *halves, dry_run=True, remove=True)
    assert kept(mirror) == before
    assert {method for method, _ in asked(sandbox)} == {"GET"}
