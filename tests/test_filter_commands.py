"""What commands say and do where a filter leaves notebooks out."""

from __future__ import annotations

import subprocess
from contextlib import ExitStack
from pathlib import Path

import pytest

from commands import Person, edit_there, person, seed
from mirrors import asked, edit, markdown_on, pages
from nbsync.cli.options import Settings
from nbsync.cli.watched import Watched
from nbsync.model import EVERYTHING, Report, Selection
from nbsync.sandbox import Sandbox
from nbsync.sync import run
from nbsync.sync.notices import What
from nbsync.sync.told import Told

HEAD = ("GET", "?limit=100&offset=0")
WHOLE = ("GET", "?limit=1000&offset=0")
FILTER = '\n[filter]\ntitles = ["Weekly*"]\n'
OUT = "outside the filter: from now on it is synced only by name"


@pytest.fixture
def ana(tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Person:
    """Somebody with a mirror of three notebooks who then made a filter for two of them."""
    seed(sandbox, "one", "# Weekly one\n\nOne.\n\nTwo.")
    seed(sandbox, "two", "# Weekly two\n\nOne.\n\nTwo.")
    seed(sandbox, "far", "# Monthly\n\nOne.\n\nTwo.")
    who = person(tmp_path, sandbox, monkeypatch)
    who.begins()
    filtered(who, FILTER)
    return who


def filtered(who: Person, text: str) -> None:
    with (who.folder / "nbsync.toml").open("a", encoding="utf-8") as file:
        file.write(text)


def test_status_counts_what_is_outside(ana: Person, sandbox: Sandbox) -> None:
    answer = ana.types("status")
    assert answer.out.splitlines() == [
        "2 notebooks in step, verified today.",
        "1 notebook outside the filter.",
    ]
    assert asked(sandbox) == [WHOLE]
    assert ana.types("status", "--exit-code").code == 0
    assert asked(sandbox) == [HEAD]
    assert ana.types("status", "--offline", "--json").document["outside"] == ["far"]
    assert asked(sandbox) == []


def test_edits_outside_are_told_as_kept_and_not_sent(ana: Person, sandbox: Sandbox) -> None:
    edit(ana.folder / "far.md", "Two.", "Two, by Ana.")
    answer = ana.types("push")
    assert answer.code == 0
    assert answer.err.endswith(
        "push: nothing to do, 1 edit kept outside the filter; 3 notebooks, 0 requests.\n"
    )
    assert asked(sandbox) == []
    document = ana.types("sync", "--json").document
    assert (document["outside"], document["changes"]) == (["far"], [])
    answer = ana.types("status", "--exit-code")
    assert answer.code == 8
    assert answer.out.splitlines()[:2] == [
        "Edited here, and outside the filter (kept; nbsync push NOTEBOOK sends it):",
        "  far.md  Monthly",
    ]
    states = [
        (each["state"], each["short_id"])
        for each in ana.types("status", "--json").document["differences"]
    ]
    assert states == [("kept", "far")]
    assert "Two, by Ana." in pages(ana.folder)["far.md"]


def test_an_edit_outside_is_sent_by_name(ana: Person, sandbox: Sandbox) -> None:
    edit(ana.folder / "far.md", "Two.", "Two, by Ana.")
    answer = ana.types("push", "far.md")
    assert answer.out == f"-> update  far.md  Monthly  (version 1)  [{OUT}]\n"
    assert markdown_on(sandbox, "far").endswith("Two, by Ana.")


def test_list_says_what_is_outside(ana: Person) -> None:
    edit(ana.folder / "far.md", "Two.", "Two, by Ana.")
    ana.types("status")
    states = {
        row["short_id"]: row["state"] for row in ana.types("list", "--json").document["notebooks"]
    }
    assert states == {"one": "in step", "two": "in step", "far": "kept"}
    edit(ana.folder / "far.md", "Two, by Ana.", "Two.")
    assert "outside" in ana.types("list", "far").out


def test_a_new_page_outside_is_created_and_that_is_said(ana: Person) -> None:
    assert ana.types("new", "Yearly").code == 0
    answer = ana.types("push")
    assert answer.code == 0
    assert f"[{OUT}]" in answer.out
    assert "2 notebooks outside the filter." in ana.types("status").out


def test_what_is_outside_is_pulled_by_name_and_only_then(ana: Person, sandbox: Sandbox) -> None:
    edit_there(sandbox, "far", "Two.", "Two, by Ben.")
    assert ana.types("pull").out == ""
    assert ana.types("pull", "Monthly").out.startswith("<- update  far.md  Monthly")
    assert "Two, by Ben." in pages(ana.folder)["far.md"]


def test_a_missing_page_outside_is_not_missed_and_can_be_restored(ana: Person) -> None:
    (ana.folder / "far.md").unlink()
    assert "1 notebook outside the filter." in ana.types("status").out
    assert ana.types("push", "--delete").out == ""
    assert ana.types("restore", "far").code == 0
    assert (ana.folder / "far.md").exists()


def test_a_conflict_outside_can_be_settled(ana: Person, sandbox: Sandbox) -> None:
    edit(ana.folder / "two.md", "Two.", "Two, by Ana.")
    edit_there(sandbox, "two", "Two.", "Two, by Ben.")
    assert ana.types("pull").code == 5
    edit(ana.folder / "nbsync.toml", '"Weekly*"', '"Weekly one"')
    assert ana.types("pull").code == 5
    assert "In conflict" in ana.types("status").out
    assert ana.types("resolve", "two", "--ours").code == 0
    assert "kept; nbsync push NOTEBOOK" in ana.types("status").out
    edit(ana.folder / "nbsync.toml", '"Weekly one"', '"Weekly*"')
    assert ana.types("sync").code == 0
    assert markdown_on(sandbox, "two").endswith("Two, by Ana.")


def test_log_check_and_rm_go_by_name(ana: Person, sandbox: Sandbox) -> None:
    assert ana.types("log", "far").out.startswith("0  ")
    assert ana.types("check").code == 0
    assert ana.types("rm", "far").code == 0
    assert sandbox.record("far")["deleted"] is True
    assert not (ana.folder / "far.md").exists()


def test_what_is_outside_is_never_committed_as_deleted(ana: Person, sandbox: Sandbox) -> None:
    git = ("git", "-C", str(ana.folder))

    def said(*words: str) -> str:
        done = subprocess.run([*git, *words], check=True, capture_output=True, text=True)
        return done.stdout

    said("init", "-q")
    said("config", "user.name", "Ana")
    said("config", "user.email", "a@example.com")
    said("add", "nbsync.toml", "*.md", ".nbsync/base")
    said("commit", "-q", "-m", "all")
    edit_there(sandbox, "far", "Two.", "Three.")
    edit_there(sandbox, "one", "Two.", "Three.")
    assert ana.types("pull", "--commit").code == 0
    assert said("show", "--name-status", "--format=", "HEAD").split() == [
        "M", ".nbsync/base/one.json", "M", "one.md",
    ]  # fmt: skip
    assert said("status", "--porcelain", "far.md", ".nbsync/base/far.json") == ""


def test_a_filter_that_cannot_be_meant_ends_every_command(ana: Person) -> None:
    edit(ana.folder / "nbsync.toml", "titles =", "title =")
    answer = ana.types("status")
    assert answer.code == 2
    assert "`filter.title` is no key" in answer.err
    assert "did you mean `filter.titles`?" in answer.err


def test_a_filter_that_the_server_refuses_is_an_error_of_the_configuration(
    ana: Person, sandbox: Sandbox
) -> None:
    filtered(ana, 'search = "two"\n')
    said = {"type": "validation_error", "code": "invalid_input", "detail": "No.", "attr": "search"}
    sandbox.fault(method="GET", status=400, body=said)
    answer = ana.types("pull")
    assert answer.code == 2
    assert "It was asked for search = 'two'." in answer.err
    assert "next: change [filter] in nbsync.toml" in answer.err


def test_me_is_whoever_has_the_key(ana: Person, sandbox: Sandbox) -> None:
    sandbox.seed(
        short_id="ben", title="Weekly by Ben", content=sandbox.markdown("Text."), created_by="ben"
    )
    filtered(ana, 'created_by = "me"\n')
    assert ana.types("pull").out == ""
    edit(ana.folder / "nbsync.toml", '"me"', f'"{sandbox.record("ben")["created_by"]["uuid"]}"')
    assert "Weekly by Ben" in ana.types("pull").out
    assert "3 notebooks outside the filter." in ana.types("status").out


def test_a_watch_obeys_a_filter_that_is_edited(ana: Person, sandbox: Sandbox) -> None:
    edit(ana.folder / "far.md", "Two.", "Two, by Ana.")
    edit(ana.folder / "nbsync.toml", FILTER, "")
    with ExitStack() as leave:
        there = Watched(Settings(folder=ana.folder), leave)
        with there.opened() as mirror:
            assert mirror.selection == EVERYTHING
        filtered(ana, FILTER)
        with there.opened() as mirror:
            report = run(mirror, pull=True, push=True)
            assert (mirror.selection, report.outside) == (Selection(titles=("Weekly*",)), ("far",))
        edit(ana.folder / "nbsync.toml", FILTER, "")
        with there.opened() as mirror:
            report = run(mirror, push=True)
    assert [done.short_id for done in report.changes] == ["far"]


def test_a_watch_tells_once_that_edits_are_kept() -> None:
    told, report = Told(), Report(outside=("far",))
    assert told.take_in(report, halves={"push"}, now=0.0) == []
    (notice,) = told.take_in(report, halves={"push"}, now=2.0)
    assert notice.what is What.OUTSIDE
    assert notice.what.is_wrong
    assert "far" in notice.message
    assert told.take_in(report, halves={"pull"}, now=4.0) == []
    assert told.take_in(Report(), halves={"push"}, now=5.0) == []
    many = Report(outside=tuple(f"n{number}" for number in range(30)))
    told.take_in(many, halves={"push"}, now=6.0)
    assert (
        "more edited pages are outside" in told.take_in(many, halves={"push"}, now=9.0)[-1].message
    )
