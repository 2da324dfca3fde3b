"""With --json a command prints exactly one document, whatever happens."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from commands import Person, edit_there, nbsync, person, seed
from mirrors import edit
from nbsync.sandbox import Sandbox
from schemas import valid

CHANGE = {"path", "short_id", "side", "action", "title", "version", "note"}
CONFLICT = {"short_id", "path", "title", "regions", "remote_version", "remote_by", "remote_at"}
CONFLICT |= {"files", "next"}
PROBLEM = {"short_id", "path", "error", "hint"}


@pytest.fixture
def ana(tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Person:
    """Somebody whose mirror holds a rich-text notebook, two Markdown ones and one of neither."""
    seed(sandbox, "note0001", "# One\n\nA line.")
    seed(sandbox, "note0002", "# Two")
    sandbox.seed(short_id="rich0001", title="Old", content={"type": "doc", "content": []})
    sandbox.seed(short_id="zero0001", title="None", content=None)
    who = person(tmp_path, sandbox, monkeypatch)
    assert who.types("init", "--host", sandbox.url, "--project", sandbox.project).code == 0
    assert who.types("pull").code == 0
    return who


def document(who: Person, kind: str, *words: str, code: int = 0) -> dict[str, Any]:
    """Run a command with --json: what its document says, which is as its schema wants it."""
    answer = who.types(*words, "--json")
    found = valid(answer.document)
    assert (answer.code, answer.err) == (code, "")
    assert found.pop("type") == f"nbsync.{kind}"
    assert found.pop("schema") == 1
    return found


def test_init_says_what_it_wrote(tmp_path: Path, ana: Person) -> None:
    said = document(ana, "init", "init", "--git")
    assert said["root"] == str(ana.folder)
    assert said["written"] == [".gitignore", ".gitattributes"]
    assert (said["host"], said["project"]) == (ana.sandbox.url, "1")


def test_status_counts_and_names_what_is_not_in_step(ana: Person) -> None:
    edit(ana.folder / "note0001.md", "A line.", "Another line.")
    (ana.folder / "own.md").write_text("mine")
    (ana.folder / "note0002.md").write_text("lost")
    said = document(ana, "status", "status")
    assert said["differences"] == [
        {
            "state": "edited",
            "short_id": "note0001",
            "path": "note0001.md",
            "title": "One",
            "note": "",
        }
    ]
    assert (said["in_step"], said["untracked"], said["requests"]) == (2, ["own.md"], 1)
    [why] = said["kept_as_json"]
    assert "no document" in why and said["kept_as_json"][why] == 1
    assert [set(one) for one in said["unreadable"]] == [PROBLEM]
    assert said["unreadable"][0]["short_id"] == "note0002"


def test_status_offline_sends_nothing(ana: Person) -> None:
    assert document(ana, "status", "status", "--offline")["requests"] == 0


def test_a_sync_lists_its_changes_on_both_sides(ana: Person) -> None:
    edit(ana.folder / "note0001.md", "A line.", "My line.")
    edit_there(ana.sandbox, "note0002", "Two", "Zwei")
    said = document(ana, "sync", "sync")
    assert [set(change) for change in said["changes"]] == [CHANGE, CHANGE]
    assert [(one["path"], one["side"], one["action"]) for one in said["changes"]] == [
        ("note0001.md", "remote", "update"),
        ("note0002.md", "local", "update"),
    ]
    assert (said["requests"], said["dry_run"], said["held"]) == (3, False, [])


def test_a_dry_run_says_that_it_is_one(ana: Person) -> None:
    edit_there(ana.sandbox, "note0002", "Two", "Zwei")
    said = document(ana, "pull", "pull", "-n")
    assert said["dry_run"] is True and len(said["changes"]) == 1
    assert "Two" in (ana.folder / "note0002.md").read_text()


def test_held_pages_are_named_by_id(ana: Person) -> None:
    (ana.folder / "note0002.md").unlink()
    assert document(ana, "push", "push")["held"] == ["note0002"]
    assert document(ana, "restore", "restore", "note0002")["changes"][0]["action"] == "create"


def test_a_conflict_is_told_with_who_and_when(ana: Person) -> None:
    edit(ana.folder / "note0001.md", "A line.", "My line.")
    edit_there(ana.sandbox, "note0001", "A line.", "His line.")
    [found] = document(ana, "sync", "sync", code=5)["conflicts"]
    assert set(found) == CONFLICT
    assert (found["remote_by"], found["remote_version"], found["regions"]) == ("Ben", 1, 1)
    [told] = document(ana, "conflicts", "conflicts", code=5)["conflicts"]
    assert told == found | {"left": 1, "outdated": False}
    [change] = document(ana, "resolve", "resolve", "--all", "--theirs")["changes"]
    assert change["action"] == "theirs"
    assert document(ana, "conflicts", "conflicts") == {"conflicts": []}


def test_problems_name_the_notebook_and_what_to_do(ana: Person) -> None:
    said = document(ana, "resolve", "resolve", "note0001", "--ours", code=4)
    [problem] = said["problems"]
    assert set(problem) == PROBLEM
    assert (problem["short_id"], problem["hint"]) == ("note0001", "nbsync conflicts")


def test_diff_carries_a_unified_diff_for_each_edited_page(ana: Person) -> None:
    edit(ana.folder / "note0001.md", "A line.", "My line.")
    [found] = document(ana, "diff", "diff")["differences"]
    assert (found["short_id"], found["path"]) == ("note0001", "note0001.md")
    assert "-A line.\n+My line.\n" in found["diff"]


def test_list_has_every_notebook_with_its_version(ana: Person) -> None:
    (ana.folder / "note0002.md").unlink()
    found = document(ana, "list", "list")["notebooks"]
    assert [(one["short_id"], one["path"], one["title"], one["version"]) for one in found] == [
        ("note0002", None, "Two", 0),
        ("note0001", "note0001.md", "One", 0),
        ("rich0001", "rich0001.md", "Old", 0),
        ("zero0001", "zero0001.json", "None", 0),
    ]


def test_new_and_add_name_the_pages(ana: Person) -> None:
    [page] = document(ana, "new", "new", "Launch review")["pages"]
    assert set(page) == {"short_id", "path", "title"} and page["title"] == "Launch review"
    (ana.folder / "own.md").write_text("# Mine\n")
    said = document(ana, "add", "add", str(ana.folder / "own.md"))
    assert [(one["path"], one["title"]) for one in said["pages"]] == [("own.md", "Mine")]
    again = document(ana, "add", "add", str(ana.folder / "note0001.md"), code=4)
    assert [set(one) for one in again["problems"]] == [PROBLEM]


@pytest.mark.parametrize(
    "words",
    [
        ("--json", "status", "--nonsense"),
        ("status", "--json", "--nonsense"),
        ("--json", "nonsense"),
        ("--json",),
        ("pull", "--allow-changes", "x", "--json"),
        ("--json", "new"),
    ],
)
def test_wrong_usage_is_a_document_too(ana: Person, words: tuple[str, ...]) -> None:
    answer = ana.types(*words)
    assert (answer.code, answer.err) == (2, "")
    assert answer.document["type"] == "nbsync.error"
    assert answer.document["exit_code"] == 2
    assert answer.document["hint"].endswith("--help")


def test_the_option_may_stand_before_the_command(ana: Person) -> None:
    assert ana.types("--json", "list").document == ana.types("list", "--json").document


def test_after_two_dashes_it_is_no_option(ana: Person) -> None:
    answer = ana.types("resolve", "--ours", "--", "--json")
    assert answer.code == 2
    assert answer.err.startswith("error: No notebook is called '--json'")


def test_an_error_is_a_document_with_its_exit_code(ana: Person) -> None:
    answer = ana.types("pull", "Nothing at all", "--json")
    assert answer.code == 2
    assert answer.document == {
        "type": "nbsync.error",
        "schema": 1,
        "error": "No notebook is called 'Nothing at all': no short_id, path or title says so.",
        "hint": "nbsync list",
        "exit_code": 2,
    }


def test_requests_are_logged_beside_the_document(ana: Person) -> None:
    answer = ana.types("pull", "--json", "-v")
    assert answer.document["requests"] == 1
    assert answer.err.startswith("GET /api/projects/1/notebooks/?limit=")
    assert ana.sandbox.key not in answer.screen


def test_a_title_beyond_ascii_is_written_as_it_is(ana: Person) -> None:
    assert "Überblick 📝" in nbsync("-C", str(ana.folder), "new", "Überblick 📝", "--json").out
