"""Lost edits and conflicts without a way out, as users of other tools tell them, told of nbsync.

The whole list, with the stories that other tests tell, is in docs/explanation/invariants.md.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from commands import Person, edit_there, nbsync, person
from mirrors import asked, edit, markdown_on, pages, seed_each
from nbsync.sandbox import Sandbox

IDS = [f"nb{number}" for number in range(8)]


def init(folder: Path, sandbox: Sandbox, *options: str) -> Person:
    """A mirror of the project in a folder of its own, pulled."""
    words = ("init", str(folder), "--host", sandbox.url, "--project", sandbox.project, *options)
    assert nbsync(*words).code == 0
    who = Person(folder, sandbox)
    assert who.types("pull").code == 0
    asked(sandbox)
    return who


@pytest.fixture
def ana(tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Person:
    seed_each(sandbox, IDS)
    person(tmp_path, sandbox, monkeypatch)
    return init(tmp_path / "notes", sandbox)


@pytest.fixture
def ben(tmp_path: Path, ana: Person) -> Person:
    """A colleague with a mirror of their own."""
    return init(tmp_path / "bens", ana.sandbox)


def page(who: Person, short_id: str = "nb0") -> Path:
    return who.folder / f"{short_id}.md"


def writes(sandbox: Sandbox) -> list[tuple[str, str]]:
    return [(method, path) for method, path in asked(sandbox) if method != "GET"]


# --- A: my edit was silently lost --------------------------------------------------------------


# Dashboards as code: the push takes the server's own version first, so that it always goes through.
def test_a_push_after_a_colleagues_edit_does_not_erase_it(ana: Person, sandbox: Sandbox) -> None:
    edit(page(ana), "One.", "One, here.")
    edit_there(sandbox, "nb0", "Three.", "Three, there.")
    assert ana.types("push").code == 0
    assert markdown_on(sandbox, "nb0") == "# Title of nb0\n\nOne, here.\n\nTwo.\n\nThree, there."
    edit(page(ana), "Two.", "Two, here.")
    edit_there(sandbox, "nb0", "Two.", "Two, there.")
    assert ana.types("push").code == 5
    assert "Two, there." in markdown_on(sandbox, "nb0")
    assert "Two, here." in page(ana).read_text()


# Dashboards as code: a writer of files that broke on emoji with variation selectors.
@pytest.mark.parametrize("form", ["markdown", "json"])
def test_an_emoji_with_a_variation_selector_comes_back_as_it_was(
    tmp_path: Path, ana: Person, sandbox: Sandbox, form: str
) -> None:
    odd = "# ⚠️ Watch\n\n❤️‍🔥 👩🏽‍💻 ☎︎ 🇪🇺 e\u0301\u200d\ufeff.\n\nOne."
    sandbox.seed(short_id="odd", title="⚠️ Watch", content=sandbox.markdown(odd))
    who = init(tmp_path / form, sandbox, "--format", form)
    (name,) = who.folder.glob("odd.*")
    edit(name, "One.", "One, here.")
    assert who.types("sync").code == 0
    assert markdown_on(sandbox, "odd") == odd.replace("One.", "One, here.")
    assert sandbox.record("odd")["title"] == "⚠️ Watch"


# Theme development: started again in the morning, it pushed the files of the day before.
def test_a_start_in_the_morning_does_not_push_yesterdays_files(
    ana: Person, sandbox: Sandbox
) -> None:
    for short_id in IDS:
        edit_there(sandbox, short_id, "One.", "One, overnight.")
    assert ana.types("push").code == 0
    assert ana.types("sync").code == 0
    assert writes(sandbox) == []
    assert all("One, overnight." in text for text in pages(ana.folder).values())


# Theme development: a save here fetched the older text from there over it.
def test_saving_a_page_does_not_fetch_an_older_text_over_it(ana: Person, sandbox: Sandbox) -> None:
    edit(page(ana), "One.", "One, here.")
    for command in ("status", "pull", "pull", "sync", "pull"):
        ana.types(command)
        assert "One, here." in page(ana).read_text(), command
    assert "One, here." in markdown_on(sandbox, "nb0")


def conflict(who: Person, sandbox: Sandbox, short_id: str = "nb0") -> None:
    edit(page(who, short_id), "One.", "One, here.")
    edit_there(sandbox, short_id, "One.", "One, there.")
    assert who.types("sync").code == 5


# Theme development: "keep local" was chosen, and the remote text came all the same.
def test_after_choosing_ours_theirs_does_not_come_back(ana: Person, sandbox: Sandbox) -> None:
    conflict(ana, sandbox)
    assert ana.types("resolve", "nb0", "--ours").code == 0
    for _ in range(2):
        assert ana.types("sync").code == 0
        assert "One, here." in page(ana).read_text()
    assert "One, here." in markdown_on(sandbox, "nb0")


# Theme development: merely starting it pushed to production.
def test_looking_and_pulling_never_send_anything(ana: Person, sandbox: Sandbox) -> None:
    edit(page(ana), "One.", "One, here.")
    page(ana, "nb1").unlink()
    words = ("status", "list", "diff", "pull", "conflicts", "log nb0", "push -n", "sync -n")
    for line in words:
        ana.types(*line.split())
    assert writes(sandbox) == []


# Scripts in a cloud: two people push in turn.
def test_the_second_of_two_pushes_does_not_erase_the_first(
    ana: Person, ben: Person, sandbox: Sandbox
) -> None:
    edit(page(ana), "One.", "One, by Ana.")
    edit(page(ben), "Three.", "Three, by Ben.")
    edit(page(ana, "nb1"), "One.", "One, by Ana.")
    edit(page(ben, "nb1"), "One.", "One, by Ben.")
    assert ana.types("push").code == 0
    assert ben.types("push").code == 5
    assert "One, by Ana." in markdown_on(sandbox, "nb0")
    assert "Three, by Ben." in markdown_on(sandbox, "nb0")
    assert "One, by Ana." in markdown_on(sandbox, "nb1")
    assert "One, by Ben." in page(ben, "nb1").read_text()


# Dashboards in a browser: every save writes all of it.
@pytest.mark.parametrize("form", ["markdown", "json"])
def test_a_save_of_one_paragraph_leaves_a_colleagues_other_paragraph(
    tmp_path: Path, ana: Person, sandbox: Sandbox, form: str
) -> None:
    who = init(tmp_path / form, sandbox, "--format", form)
    (name,) = who.folder.glob("nb0.*")
    for turn in range(2):
        edit(name, "Two.", f"Here {turn}, Two.")
        edit_there(sandbox, "nb0", "Three.", f"There {turn}, Three.")
        assert who.types("sync").code == 0
    said = "# Title of nb0\n\nOne.\n\nHere 0, Here 1, Two.\n\nThere 0, There 1, Three."
    assert markdown_on(sandbox, "nb0") == said


# Note taking: two strategies with two names, and the losing edit was gone with both.
@pytest.mark.parametrize(("way", "loser"), [("--theirs", "One, here."), ("--ours", "One, there.")])
def test_the_losing_side_of_a_conflict_can_be_brought_back(
    ana: Person, sandbox: Sandbox, way: str, loser: str
) -> None:
    conflict(ana, sandbox)
    assert ana.types("resolve", "nb0", way).code == 0
    assert ana.types("sync").code == 0
    assert loser not in page(ana).read_text() + markdown_on(sandbox, "nb0")
    entries = ana.types("log", "nb0", "--offline", "--json").document["entries"]
    names = [str(entry["key"] or entry["version"]) for entry in entries]
    brought = []
    for name in names:
        ana.types("restore", "nb0", "--version", name)
        brought.append(page(ana).read_text())
    assert any(loser in text for text in brought)


# Note taking: a device that had been away settled by itself and dropped the others' additions.
def test_a_mirror_that_was_away_for_long_drops_nobodys_additions(
    ana: Person, ben: Person, sandbox: Sandbox
) -> None:
    edit(page(ben), "Two.", "Two.\n\nBen's, written on a train.")
    for turn in range(6):
        edit(page(ana), "One.", f"One.\n\nAna's, {turn}.")
        assert ana.types("sync").code == 0
    for path in (ben.folder / ".nbsync").glob("index.sqlite3*"):
        path.unlink()
    assert ben.types("sync").code == 0
    text = markdown_on(sandbox, "nb0")
    assert "Ben's, written on a train." in text
    assert all(f"Ana's, {turn}." in text for turn in range(6))


# Notebooks in a browser: after a refused save, "reload for the latest" showed one's own draft.
def test_taking_theirs_shows_theirs_and_not_ones_own_draft(ana: Person, sandbox: Sandbox) -> None:
    conflict(ana, sandbox)
    assert ana.types("resolve", "nb0", "--theirs").code == 0
    assert page(ana).read_text().endswith(f"\n\n{markdown_on(sandbox, 'nb0')}\n")
    assert ana.types("sync").code == 0
    assert "One, there." in markdown_on(sandbox, "nb0")


# --- B: there is a conflict and no good way out ------------------------------------------------


# File synchroniser: a thousand conflicts and no command.
@pytest.mark.parametrize(("way", "winner"), [("--ours", "One, here."), ("--theirs", "One, there.")])
def test_very_many_conflicts_are_settled_by_one_command(
    ana: Person, sandbox: Sandbox, way: str, winner: str
) -> None:
    for short_id in IDS:
        edit(page(ana, short_id), "One.", "One, here.")
        edit_there(sandbox, short_id, "One.", "One, there.")
    assert ana.types("sync").code == 5
    assert len(ana.types("conflicts", "--json").document["conflicts"]) == len(IDS)
    assert ana.types("resolve", "--all", way, "--no-input").code == 0
    assert ana.types("sync", "--allow-changes=8").code == 0
    assert all(winner in markdown_on(sandbox, short_id) for short_id in IDS)
    assert ana.types("conflicts").code == 0


# Contacts: how do I see the difference, and how do I say that I have resolved it?
def test_a_conflict_shows_all_sides_and_a_page_edited_to_agree_settles_it(
    ana: Person, sandbox: Sandbox
) -> None:
    conflict(ana, sandbox)
    folder = ana.folder / ".nbsync/conflicts/nb0"
    said = {side: (folder / f"{side}.md").read_text() for side in ("base", "local", "remote")}
    assert ["One." in said["base"], "One, here." in said["local"]] == [True, True]
    assert "One, there." in said["remote"]
    edit(page(ana), "One, here.", "One, there.")
    assert ana.types("sync").code == 0
    assert not folder.exists()


# File synchroniser: conflict copies of conflict copies.
def test_a_conflict_that_waits_makes_no_copies_of_copies(ana: Person, sandbox: Sandbox) -> None:
    conflict(ana, sandbox)
    files = {path.relative_to(ana.folder) for path in ana.folder.rglob("*") if path.is_file()}
    for turn in range(3):
        edit(page(ana), "Two.", f"Here {turn}, Two.")
        edit_there(sandbox, "nb0", "Two.", f"There {turn}, Two.")
        assert ana.types("sync").code == 5
    now = {path.relative_to(ana.folder) for path in ana.folder.rglob("*") if path.is_file()}
    assert {path for path in now - files if path.parts[:2] != (".nbsync", "history")} == set()
    assert len(pages(ana.folder)) == len(IDS)


# Cloud storage: after every failure it wanted to be told to begin anew.
def test_after_a_failed_run_the_same_command_goes_on(ana: Person, sandbox: Sandbox) -> None:
    edit(page(ana), "One.", "One, here.")
    edit_there(sandbox, "nb1", "One.", "One, there.")
    faults = ({"status": 500, "method": "PATCH"}, {"drop": "after"}, {"drop": "before"})
    for fault in faults:
        sandbox.fault(times=None, **fault)
        assert ana.types("sync").code in {4, 7}
        sandbox.clear()
    assert ana.types("sync").code == 0
    assert "One, here." in markdown_on(sandbox, "nb0")
    assert "One, there." in page(ana, "nb1").read_text()


# File synchroniser: deleted on one side and edited on the other.
def test_deleted_on_one_side_and_edited_on_the_other_is_kept_and_said(
    ana: Person, sandbox: Sandbox
) -> None:
    edit(page(ana), "One.", "One, here.")
    sandbox.write("nb0", deleted=True)
    page(ana, "nb1").unlink()
    edit_there(sandbox, "nb1", "One.", "One, there.")
    answer = ana.types("sync")
    assert answer.screen.count("the edit beats the deletion") == 2
    assert sandbox.record("nb0")["deleted"] is False
    assert "One, here." in markdown_on(sandbox, "nb0")
    assert "One, there." in page(ana, "nb1").read_text()


# Business software: conflicts about files that nobody else had touched.
def test_what_nobody_else_edited_is_in_no_conflict(ana: Person, sandbox: Sandbox) -> None:
    for short_id in IDS[:4]:
        edit(page(ana, short_id), "One.", "One, here.")
    sandbox.write("nb0", title="Title of nb0")  # saved there without a change
    sandbox.write("nb1", content=sandbox.markdown(markdown_on(sandbox, "nb1")))
    edit_there(sandbox, "nb2", "One.", "One, there.")
    edit_there(sandbox, "nb2", "One, there.", "One.")  # and taken back
    for path in (ana.folder / ".nbsync").glob("index.sqlite3*"):
        path.unlink()
    assert ana.types("sync").code == 0
    assert all("One, here." in markdown_on(sandbox, short_id) for short_id in IDS[:4])
