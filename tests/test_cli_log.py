"""log, restore --version and prune, as they are typed, against the sandbox."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import time
from pathlib import Path

import pytest

from commands import Person, edit_there, person, seed, terminal
from mirrors import asked, edit, markdown_on
from nbsync.cli import COMMANDS, run
from nbsync.sandbox import Sandbox

ID, PAGE = "note0001", "note0001.md"
ENTRY = {"version", "key", "at", "by", "title", "what", "where"}
DAY = 86_400


@pytest.fixture
def ana(tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Person:
    """Somebody whose mirror has seen versions 0, 2 and 3 of a notebook."""
    seed(sandbox, ID, "# Plan\n\nText 0.")
    who = person(tmp_path, sandbox, monkeypatch)
    assert who.types("init", "--host", sandbox.url, "--project", sandbox.project).code == 0
    assert who.types("pull").code == 0
    edit_there(sandbox, ID, "Text 0.", "Text 1.")
    edit_there(sandbox, ID, "Text 1.", "Text 2.")
    assert who.types("pull").code == 0
    edit(who.folder / PAGE, "Text 2.", "Text 3.")
    assert who.types("push").code == 0
    asked(sandbox)
    return who


def page(who: Person) -> str:
    return (who.folder / PAGE).read_text()


def age(who: Person, days: int) -> None:
    """Let what the history has be so much older."""
    for path in (who.folder / ".nbsync" / "history").rglob("*"):
        if path.is_file():
            os.utime(path, (time.time() - days * DAY,) * 2)


# --- log ---------------------------------------------------------------------------------------


def test_the_log_tells_each_version_who_saved_it_and_where_it_is(ana: Person) -> None:
    answer = ana.types("log", "Plan")
    assert (answer.code, answer.err) == (0, "")
    lines = [line.split() for line in answer.out.splitlines()]
    assert [line[0] for line in lines] == ["3", "2", "1", "0"]
    assert [line[3] for line in lines] == ["Ana", "Ben", "Ben", "Ana"]
    assert [line[4] for line in lines] == ["current", "updated", "updated", "saved"]
    ends = [line.rpartition("  ")[2] for line in answer.out.splitlines()]
    both = "(here and in PostHog)"
    assert ends == [both, both, "(in PostHog)", both]
    assert asked(ana.sandbox) == [("GET", f"{ID}/activity/?limit=5&page=1")]


def test_of_the_log_no_more_is_read_than_is_asked_for(ana: Person) -> None:
    for number in range(3, 9):
        edit_there(ana.sandbox, ID, f"Text {number}.", f"Text {number + 1}.")
    asked(ana.sandbox)
    answer = ana.types("log", PAGE, "-n", "5")
    assert [line.split()[0] for line in answer.out.splitlines()] == ["9", "8", "7", "6", "5"]
    assert len(asked(ana.sandbox)) == 1
    assert len(ana.types("log", ID).out.splitlines()) == 10
    assert len(asked(ana.sandbox)) == 2


def test_offline_the_log_asks_nothing_and_says_what_is_here(
    ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("POSTHOG_PERSONAL_API_KEY")
    answer = ana.types("log", ID, "--offline")
    assert (answer.code, answer.err) == (0, "")
    assert [line.split()[0] for line in answer.out.splitlines()] == ["3", "2", "0"]
    assert asked(ana.sandbox) == []


def test_a_key_that_may_not_read_the_log_is_told_how_it_may(
    ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POSTHOG_PERSONAL_API_KEY", ana.sandbox.read_only_key)
    answer = ana.types("log", ID)
    assert answer.code == 0
    assert len(answer.out.splitlines()) == 3
    assert answer.err.startswith("note: PostHog's log is not in this: ")
    assert "activity_log:read" in answer.err.splitlines()[-1]
    assert f"nbsync log {ID} --offline" in answer.err.splitlines()[-1]
    assert ana.types("log", ID, "-q").err == ""


def test_without_a_key_the_log_says_so_and_tells_what_is_here(
    ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("POSTHOG_PERSONAL_API_KEY")
    answer = ana.types("log", ID, "--json")
    assert (answer.code, answer.err) == (0, "")
    (note,) = answer.document["notes"]
    assert "key" in note["error"] and note["hint"]
    assert len(answer.document["entries"]) == 3


def test_the_log_of_a_deleted_notebook_has_what_is_here(ana: Person) -> None:
    ana.sandbox.write(ID, deleted=True)
    answer = ana.types("log", ID)
    assert (answer.code, len(answer.out.splitlines())) == (0, 3)
    assert "PostHog has none: the notebook is deleted" in answer.err
    assert ana.types("pull").code == 0
    assert not (ana.folder / PAGE).exists()
    assert len(ana.types("log", ID, "--offline").out.splitlines()) == 3


def test_the_log_as_json_is_one_document(ana: Person) -> None:
    edit(ana.folder / PAGE, "Text 3.", "Mine alone.")
    assert ana.types("restore", ID, "--version", "2").code == 0
    answer = ana.types("log", ID, "--json")
    document = answer.document
    assert (document["type"], document["schema"], document["short_id"]) == ("nbsync.log", 1, ID)
    assert document.keys() == {"type", "schema", "short_id", "entries", "notes", "requests"}
    assert (document["notes"], document["requests"]) == ([], 1)
    mine = document["entries"][0]
    assert all(entry.keys() == ENTRY for entry in document["entries"])
    assert (mine["version"], mine["what"], mine["where"]) == (None, "page text", "here")
    assert mine["key"].startswith("@")
    assert [entry["where"] for entry in document["entries"][1:]] == [
        "both",
        "both",
        "posthog",
        "both",
    ]


def test_a_notebook_that_nothing_is_known_of_has_no_log(ana: Person) -> None:
    for words in (("log", "stranger"), ("log", "no such title!"), ("restore", "x", "--version=1")):
        answer = ana.types(*words)
        assert (answer.code, "nbsync list" in answer.err) == (2, True)


def test_a_page_that_is_no_notebook_yet_has_no_past(ana: Person) -> None:
    ana.sandbox.clear()
    made = ana.types("new", "Fresh", "--json").document["pages"][0]["short_id"]
    answer = ana.types("log", made)
    assert (answer.code, answer.out) == (0, "")
    assert answer.err.endswith("Nothing is known of its past.\n")


# --- restore --version ---------------------------------------------------------------------------


def test_a_version_that_is_here_comes_back_without_a_key_and_is_sent_as_an_edit(
    ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.delenv("POSTHOG_PERSONAL_API_KEY")
        answer = ana.types("restore", ID, "--version", "2")
    assert (answer.code, answer.out) == (0, f"<- update  {PAGE}  Plan  (version 2)\n")
    assert answer.err == "  next: nbsync diff note0001.md   # then: nbsync push\n"
    assert asked(ana.sandbox) == []
    assert "Text 2." in page(ana)
    assert "-Text 3.\n+Text 2." in ana.types("diff").out
    assert ana.types("push").code == 0
    assert markdown_on(ana.sandbox, ID) == "# Plan\n\nText 2."
    assert ana.types("status", "--exit-code").code == 0


def test_a_version_that_only_posthog_has_comes_from_its_log(ana: Person) -> None:
    assert ana.types("restore", PAGE, "--version", "1").code == 0
    assert "Text 1." in page(ana)
    assert asked(ana.sandbox) == [("GET", f"{ID}/activity/?limit=5&page=1")]


def test_a_kept_text_comes_back_by_its_key(ana: Person) -> None:
    edit(ana.folder / PAGE, "Text 3.", "Mine alone.")
    mine = page(ana)
    ana.types("restore", ID, "--version", "2", "-q")
    key = ana.types("log", ID, "--offline").out.split()[0]
    assert ana.types("restore", ID, "--version", key).code == 0
    assert page(ana) == mine


def test_the_version_that_the_page_says_needs_nothing(ana: Person) -> None:
    before = page(ana)
    answer = ana.types("restore", ID, "--version", "3")
    assert (answer.code, answer.out) == (0, "")
    assert answer.err == "Nothing to do: the page says what version 3 said.\n"
    assert page(ana) == before


def test_an_unknown_version_is_said_with_those_that_are_known(
    ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = ana.types("restore", ID, "--version", "77")
    assert answer.code == 4
    assert f"{ID} does not have version 77 (its versions are 0, 2, 3)." in answer.err
    assert "PostHog's log does not have it, either." in answer.err
    assert answer.err.endswith(f"  next: nbsync log {ID}\n")
    answer = ana.types("restore", ID, "--version", "@01234567")
    assert (answer.code, "does not have @01234567" in answer.err) == (4, True)
    monkeypatch.delenv("POSTHOG_PERSONAL_API_KEY")
    answer = ana.types("restore", ID, "--version", "1")
    assert (answer.code, "PostHog's log cannot tell: " in answer.err) == (3, True)


def test_of_very_many_versions_the_newest_are_named(ana: Person) -> None:
    made = ana.types("new", "Fresh", "--json").document["pages"][0]["short_id"]
    ana.types("push")
    answer = ana.types("restore", made, "--version", "9")
    assert "(its versions are 0)" in answer.err
    for number in range(12):
        edit(ana.folder / f"{made}.md", "# ", "# x")
        assert ana.types("push").code == 0, number
    answer = ana.types("restore", made, "--version", "99")
    assert "(its newest versions are 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)" in answer.err


def test_a_notebook_without_versions_has_none_to_name(ana: Person) -> None:
    made = ana.types("new", "Fresh", "--json").document["pages"][0]["short_id"]
    answer = ana.types("restore", made, "--version", "1")
    assert (answer.code, "(it has no version)" in answer.err) == (4, True)


@pytest.mark.parametrize("version", ["", "v2", "-1", "@12", "@XYZ12345", "٣"])
def test_what_is_no_version_is_a_wrong_usage(ana: Person, version: str) -> None:
    answer = ana.types("restore", "my notes", f"--version={version}")
    assert (answer.code, "is no version" in answer.err) == (2, True)
    assert answer.err.endswith("next: nbsync log 'my notes'\n")


def test_a_version_of_several_notebooks_is_a_wrong_usage(ana: Person) -> None:
    answer = ana.types("restore", ID, "other", "--version", "2")
    assert answer.code == 2
    assert answer.err.endswith(f"next: nbsync restore {ID} --version 2\n")


def test_restore_says_the_same_as_json(ana: Person) -> None:
    document = ana.types("restore", ID, "--version", "0", "--json").document
    (change,) = document["changes"]
    assert (document["type"], change["action"], change["version"]) == (
        "nbsync.restore",
        "update",
        0,
    )
    document = ana.types("restore", ID, "--version", "0", "--json").document
    assert [each["action"] for each in document["changes"]] == ["keep"]


# --- prune ---------------------------------------------------------------------------------------


def test_prune_removes_what_is_old_once_it_is_confirmed(ana: Person) -> None:
    age(ana, 91)
    answer = ana.types("prune")
    assert answer.code == 6
    assert "This would remove 2 versions and 2 page texts from the history for good" in answer.err
    assert "Nothing was done." in answer.err
    assert "nbsync prune --older-than=90 --yes" in answer.err
    shown = ana.types("prune", "-n")
    assert (shown.code, shown.err.startswith("prune: would free ")) == (0, True)
    assert shown.out.startswith(f"{ID}  2 versions and 2 page texts  (")
    assert len(ana.types("log", ID, "--offline").out.splitlines()) == 3
    done = ana.types("prune", "--yes")
    assert (done.code, done.out, done.err[:12]) == (0, shown.out, "prune: freed")
    assert len(ana.types("log", ID, "--offline").out.splitlines()) == 1
    answer = ana.types("prune", "--yes")
    assert (answer.code, answer.out, answer.err) == (0, "", "prune: nothing is that old.\n")
    assert ana.types("status", "--exit-code").code == 0


def test_prune_says_what_it_removed_as_json(ana: Person) -> None:
    age(ana, 3)
    document = ana.types("prune", "--older-than", "2", "--yes", "--json").document
    (removed,) = document["removed"]
    assert (document["type"], document["dry_run"]) == ("nbsync.prune", False)
    assert (removed["short_id"], removed["versions"], removed["texts"]) == (ID, 2, 2)
    assert document["bytes"] == removed["bytes"] > 0


def test_prune_asks_on_a_terminal(ana: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    age(ana, 100)
    with terminal(monkeypatch, answers="n\n") as drawn:
        assert run(["-C", str(ana.folder), "prune"]) == 6
    assert "Remove them? [y/N]" in "".join(drawn)
    with terminal(monkeypatch, answers="y\n"):
        assert run(["-C", str(ana.folder), "prune", "-q"]) == 0
    assert len(ana.types("log", ID, "--offline").out.splitlines()) == 1


def test_while_prune_asks_other_commands_go_on_and_what_is_new_since_stays(ana: Person) -> None:
    age(ana, 100)
    folder = ana.folder / ".nbsync" / "history" / "new00001"
    ours, theirs = pty.openpty()
    words = [sys.executable, "-m", "nbsync", "-C", str(ana.folder), "prune"]
    with subprocess.Popen(words, stdin=theirs, stdout=subprocess.DEVNULL, stderr=theirs) as asking:
        os.close(theirs)
        said = b""
        while b"Remove them?" not in said:
            said += os.read(ours, 4096)
        assert ana.types("sync").code == 0  # Busy, if it held the lock
        folder.mkdir()
        (folder / "page-0.md").write_bytes(b"as old, and not asked about")
        os.utime(folder / "page-0.md", (0, 0))
        os.write(ours, b"y\n")
        assert asking.wait() == 0
    os.close(ours)
    assert [path.name for path in folder.iterdir()] == ["page-0.md"]
    assert len(ana.types("log", ID, "--offline").out.splitlines()) == 1


def test_prune_tells_sizes_as_people_read_them(ana: Person) -> None:
    folder = ana.folder / ".nbsync" / "history" / "big00001"
    folder.mkdir()
    (folder / "page-0.md").write_bytes(b"x" * 2_340_000)
    age(ana, 100)
    assert "big00001  0 versions and 1 page text  (2.3 MB)" in ana.types("prune", "-n").out
    (folder / "page-0.md").write_bytes(b"x" * 23)
    os.utime(folder / "page-0.md", (0, 0))
    assert "big00001  0 versions and 1 page text  (23 bytes)" in ana.types("prune", "-n").out


def test_both_commands_stand_with_restore_in_the_help() -> None:
    names = list(COMMANDS)
    at = names.index("restore")
    assert names[at : at + 3] == ["restore", "log", "prune"]
