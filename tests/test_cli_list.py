"""list: every notebook, how it stands, who changed it when; which of them, and in what order."""

from __future__ import annotations

import re
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from commands import Person, edit_there, nbsync, person_of_three, seed
from mirrors import asked, edit, touched
from nbsync.cli.listing import LABELS
from nbsync.cli.status import STATES
from nbsync.sandbox import Sandbox

Patch = pytest.MonkeyPatch
WHEN = r"\d{4}-\d\d-\d\d \d\d:\d\d"


@pytest.fixture
def ana(tmp_path: Path, sandbox: Sandbox, monkeypatch: Patch) -> Person:
    return person_of_three(tmp_path, sandbox, monkeypatch)


def lines(who: Person, *words: str) -> list[str]:
    answer = who.types("list", *words)
    assert answer.code == 0, answer.screen
    return answer.out.splitlines()


def ids(who: Person, *words: str) -> list[str]:
    return [line.partition(" ")[0] for line in lines(who, *words)]


def states(who: Person) -> dict[str, str]:
    found = who.types("list", "--json").document["notebooks"]
    return {each["short_id"]: each["state"] for each in found}


# --- what it says --------------------------------------------------------------------------------


def test_a_line_tells_how_a_notebook_stands_when_who_where_and_what(ana: Person) -> None:
    edit(ana.folder / "note0002.md", "A line.", "My line.")
    first, second, _ = lines(ana)
    assert re.fullmatch(rf"note0001  in step      {WHEN}  Ana  note0001\.md  Weekly numbers", first)
    assert re.fullmatch(rf"note0002  edited here  {WHEN}  Ana  note0002\.md  Launch", second)


def test_times_are_local_for_people_and_as_posthog_says_them_for_programs(
    ana: Person, monkeypatch: Patch
) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Asia/Kathmandu")
        time.tzset()
        shown = ana.types("list", "note0001")
    time.tzset()
    [row] = ana.types("list", "note0001", "--json").document["notebooks"]
    told = row["modified_at"]
    assert told.endswith("Z")
    hour, minute = int(told[11:13]), int(told[14:16])
    later = (hour * 60 + minute + 5 * 60 + 45) % (24 * 60)
    assert f" {later // 60:02}:{later % 60:02}  Ana" in shown.out


def test_it_asks_nothing_and_says_how_old_its_knowledge_is(ana: Person) -> None:
    before = touched(ana.folder)
    answer = ana.types("list")
    assert asked(ana.sandbox) == []
    assert touched(ana.folder) == before
    assert re.fullmatch(
        rf"PostHog as it was last seen; the newest change that is known: {WHEN} "
        r"\(nbsync status looks again\)\.\n",
        answer.err,
    )
    assert ana.types("list", "-q").err == ""
    newest = ana.types("list", "--json").document["newest"]
    assert newest == ana.sandbox.record("note0003")["last_modified_at"]


def test_what_changed_in_posthog_is_told_once_status_has_looked(ana: Person) -> None:
    edit_there(ana.sandbox, "note0001", "A line.", "His line.")
    edit_there(ana.sandbox, "note0002", "A line.", "His line.")
    edit(ana.folder / "note0002.md", "A line.", "My line.")
    seed(ana.sandbox, "note0004", "# New")
    ana.sandbox.write("note0003", deleted=True)
    assert set(states(ana).values()) == {"in step", "edited"}
    ana.types("status")
    assert states(ana) == {
        "note0001": "changed",
        "note0002": "both",
        "note0003": "gone",
        "note0004": "created",
    }
    new = lines(ana, "note0004")[0]
    assert re.fullmatch(rf"note0004  new there  {WHEN}  -  -  New", new)
    assert ana.types("sync").code == 5
    told = ana.types("list", "--json").document["notebooks"]
    assert [(each["state"], each["by"]) for each in told] == [
        ("in step", "Ben"),
        ("conflict", "Ben"),
        ("in step", "Ana"),
    ]


def test_what_was_deleted_from_here_is_not_told_as_new_there(ana: Person) -> None:
    assert ana.types("rm", "note0001").code == 0
    (ana.folder / "note0002.md").unlink()
    assert ana.types("push", "--delete").code == 0
    assert states(ana) == {"note0003": "in step"}


def test_every_state_has_a_word_for_people() -> None:
    assert LABELS.keys() >= STATES.keys()
    assert len(set(LABELS.values())) == len(LABELS)


def test_pages_that_are_missing_unreadable_or_nobodys_are_told(ana: Person) -> None:
    (ana.folder / "note0001.md").unlink()
    (ana.folder / "note0002.md").write_text("no front matter")
    (ana.folder / "more.md").write_text('---\nshort_id: "more0001"\n---\n\n# More\n')
    assert ana.types("new", "Launch review").code == 0
    shown = "\n".join(lines(ana))
    for words in ("page missing", "unreadable", "only here", "new here"):
        assert words in shown
    rows = ana.types("list", "--json").document["notebooks"]
    assert {row["path"] for row in rows if row["short_id"] == "note0001"} == {None}
    assert {row["path"] for row in rows if row["short_id"] == "note0002"} == {"note0002.md"}


def test_what_the_filter_leaves_out_is_told_as_outside(ana: Person) -> None:
    config = ana.folder / "nbsync.toml"
    config.write_text(f'{config.read_text()}\n[filter]\ntitles = ["Weekly*"]\n')
    assert ana.types("pull").code == 0
    assert states(ana) == {"note0001": "in step", "note0002": "outside", "note0003": "in step"}
    edit(ana.folder / "note0002.md", "A line.", "My line.")
    assert states(ana)["note0002"] == "kept"
    assert "  edited, outside  " in lines(ana, "launch")[0]


def test_where_nothing_was_read_yet_it_says_what_to_do(ana: Person, tmp_path: Path) -> None:
    fresh = Person(tmp_path / "fresh", ana.sandbox)
    fresh.folder.mkdir()
    fresh.types("init", "--host", ana.sandbox.url, "--project", ana.sandbox.project)
    assert fresh.types("list").screen == "No notebooks here yet.\n  next: nbsync pull\n"
    fresh.types("new", "Mine")
    assert fresh.types("list").err.startswith("PostHog's list was not read here yet.\n")
    document = fresh.types("list", "--json").document
    assert (document["newest"], document["notebooks"][0]["modified_at"]) == (None, None)


def test_a_time_that_is_none_and_a_nameless_person_do_no_harm(ana: Person) -> None:
    for path in (ana.folder / ".nbsync").glob("index*"):
        path.unlink()
    base = ana.folder / ".nbsync" / "base" / "note0001.json"
    base.unlink()
    ana.sandbox.fault(
        method="GET",
        path="note0001",
        status=200,
        body='{"short_id": "note0001", "title": "Weekly numbers", "version": 0, "content": null,'
        ' "last_modified_at": "yesterday", "last_modified_by": {"first_name": ""}}',
    )
    ana.types("pull", "note0001")
    [line_] = lines(ana, "note0001")
    assert "yesterday" not in line_


def test_who_and_when_are_known_without_a_base_being_understood(ana: Person) -> None:
    with closing(sqlite3.connect(ana.folder / ".nbsync" / "index.sqlite3")) as index:
        index.execute("UPDATE bases SET changed_by = 'As remembered'")
        index.commit()
    assert all(re.search(rf"  {WHEN}  As remembered  ", line) for line in lines(ana))


# --- which, and in what order --------------------------------------------------------------------


def test_names_parts_of_titles_folders_and_patterns_narrow_it(ana: Person) -> None:
    (ana.folder / "old").mkdir()
    (ana.folder / "note0003.md").rename(ana.folder / "old" / "plan [1].md")
    assert ids(ana, "note0002") == ["note0002"]
    assert ids(ana, "WEEKLY") == ["note0001", "note0003"]
    assert ids(ana, "weekly n*", "launch") == ["note0001", "note0002"]
    assert ids(ana, str(ana.folder / "old")) == ["note0003"]
    assert ids(ana, str(ana.folder / "old" / "plan [1].md")) == ["note0003"]
    assert ids(ana, str(ana.folder / "note*.md")) == ["note0001", "note0002"]


def test_the_folder_where_one_stands_can_be_named(ana: Person, monkeypatch: Patch) -> None:
    (ana.folder / "old").mkdir()
    (ana.folder / "note0003.md").rename(ana.folder / "old" / "plan.md")
    assert ids(ana, ".") == ["note0001", "note0002", "note0003"]
    monkeypatch.chdir(ana.folder / "old")
    assert nbsync("list", ".").out.startswith("note0003 ")
    assert len(nbsync("list", "..").out.splitlines()) == 3


def test_a_name_that_means_nothing_gets_the_nearest(ana: Person) -> None:
    answer = ana.types("list", "wekly numbers")
    assert (answer.code, answer.out) == (2, "")
    assert "Did you mean note0001 (Weekly numbers)?" in answer.err


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("path", ["note0001", "note0002", "note0003"]),
        ("title", ["note0002", "note0001", "note0003"]),
        ("when", ["note0002", "note0003", "note0001"]),
        ("who", ["note0001", "note0003", "note0002"]),
        ("state", ["note0001", "note0002", "note0003"]),
    ],
)
def test_it_is_sorted_as_said(ana: Person, order: str, expected: list[str]) -> None:
    edit_there(ana.sandbox, "note0002", "A line.", "His line.")
    ana.types("pull")
    edit(ana.folder / "note0001.md", "A line.", "My line.")
    assert ids(ana, "--sort", order) == expected
