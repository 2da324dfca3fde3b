"""rm: what it says, what it asks, and how what was removed comes back."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands import Person, edit_there, person, seed, terminal
from mirrors import asked, edit, markdown_on, pages
from nbsync.cli import run
from nbsync.sandbox import Sandbox

HEAD = ("GET", "?limit=100&offset=0")


@pytest.fixture
def ana(tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Person:
    """Somebody with a mirror of seven notebooks, in whose folder she stands."""
    for number in range(1, 8):
        seed(sandbox, f"note000{number}", f"# Note {number}\n\nA line.")
    who = person(tmp_path, sandbox, monkeypatch)
    monkeypatch.chdir(who.folder)
    who.begins()
    return who


def deleted(who: Person, short_id: str = "note0001") -> bool:
    return who.sandbox.record(short_id)["deleted"] is True


def test_it_says_what_went_and_that_the_texts_are_kept(ana: Person) -> None:
    answer = ana.types("rm", "note0001.md")
    assert answer.screen == (
        "<- delete  note0001.md  Note 1\n"
        "-> delete  note0001.md  Note 1  (version 0)\n"
        "rm: changed 1 here, 1 in PostHog; 6 notebooks, 2 requests.\n"
        "What is deleted can be brought back:\n"
        "  next: nbsync restore note0001\n"
    )
    assert answer.code == 0
    assert asked(ana.sandbox) == [HEAD, ("PATCH", "note0001/")]
    assert deleted(ana)


def test_a_dry_run_says_the_same_and_does_nothing(ana: Person) -> None:
    answer = ana.types("rm", "-n", "Note 1")
    assert answer.out.count("delete  note0001.md") == 2
    assert answer.err == "rm: would change 1 here, 1 in PostHog; 7 notebooks, 1 request.\n"
    assert "note0001.md" in pages(ana.folder)
    assert not deleted(ana)


def test_the_history_brings_a_deleted_notebook_back_as_a_new_one(ana: Person) -> None:
    edit(ana.folder / "note0001.md", "A line.", "My line.")
    assert ana.types("rm", "--force", "note0001").code == 0
    listed = ana.types("log", "note0001", "--offline", "--json").document["entries"]
    [key] = [entry["key"] for entry in listed if entry["key"]]
    assert {entry["version"] for entry in listed} == {0, None}
    assert ana.types("restore", "note0001", "--version", key).code == 0
    assert "My line." in (ana.folder / "note0001.md").read_text()
    assert ana.types("add", "note0001.md").code == 0
    assert ana.types("push").code == 0
    assert deleted(ana)
    text = (ana.folder / "note0001.md").read_text()
    new_id = text.partition('short_id: "')[2].partition('"')[0]
    assert "My line." in markdown_on(ana.sandbox, new_id)


def test_what_is_restored_in_posthog_comes_with_the_next_pull(ana: Person) -> None:
    before = pages(ana.folder)
    assert ana.types("rm", "note0001").code == 0
    ana.sandbox.write("note0001", deleted=False)
    assert ana.types("pull").out.startswith("<- create  note0001.md")
    assert pages(ana.folder) == before


def test_what_has_edits_or_was_changed_there_is_named_and_the_others_go(ana: Person) -> None:
    edit(ana.folder / "note0001.md", "A line.", "My line.")
    edit_there(ana.sandbox, "note0002", "A line.", "Their line.")
    answer = ana.types("rm", "note0001", "note0002", "note0003")
    assert answer.code == 4
    assert answer.err.startswith(
        "problem: note0001.md has edits that were never sent.\n"
        "  next: nbsync push note0001   # or, to do without them: nbsync rm --force note0001\n"
        "problem: note0002.md was changed in PostHog since it was last pulled, and that beats the"
        " deletion.\n"
        "  next: nbsync pull note0002\n"
    )
    assert [deleted(ana, f"note000{number}") for number in (1, 2, 3)] == [False, False, True]


def test_too_many_need_the_number_or_a_yes(ana: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"note000{number}" for number in range(1, 7)]
    (ana.folder / "note0003.md").unlink()
    answer = ana.types("rm", "--force", *names)
    assert answer.code == 6
    said = "delete 6 in PostHog (note0001.md, note0002.md, note0003 'Note 3' and 3 more)"
    assert f"This would {said}, of 7 notebooks. Nothing was done." in answer.err
    command = f"nbsync rm --force {' '.join(names)} --allow-changes=6"
    assert answer.err.endswith(f"if that is what you want: {command}\n")
    with terminal(monkeypatch, answers="n\n") as drawn:
        assert run(["-C", str(ana.folder), "rm", *names]) == 6
    assert "Do it to all 6?" in "".join(drawn)
    assert not deleted(ana)
    with terminal(monkeypatch, answers="y\n"):
        assert run(["-C", str(ana.folder), "rm", *names]) == 0
    assert all(deleted(ana, name) for name in names)
    assert list(pages(ana.folder)) == ["note0007.md"]


def test_the_number_can_be_confirmed_at_once(ana: Person) -> None:
    names = [f"note000{number}.md" for number in range(1, 7)]
    assert ana.types("rm", *names, "--allow-changes=6").code == 0


def test_with_json_it_is_one_document(ana: Person) -> None:
    answer = ana.types("rm", "note0001", "--json")
    said = answer.document
    assert (answer.code, answer.err, said["type"]) == (0, "", "nbsync.rm")
    assert [(each["side"], each["action"], each["path"]) for each in said["changes"]] == [
        ("local", "delete", "note0001.md"),
        ("remote", "delete", "note0001.md"),
    ]
    assert (said["problems"], said["dry_run"], said["requests"]) == ([], False, 2)


def test_a_name_that_means_nothing_deletes_nothing(ana: Person) -> None:
    answer = ana.types("rm", "note0001", "nowhere")
    assert answer.code == 2
    assert "No notebook is called 'nowhere'" in answer.err
    assert not deleted(ana)
    assert ana.types("rm").code == 2


def test_quiet_says_only_what_went_wrong(ana: Person) -> None:
    edit(ana.folder / "note0001.md", "A line.", "My line.")
    answer = ana.types("rm", "-q", "note0001", "note0002")
    assert (answer.code, answer.out) == (4, "")
    assert answer.err.startswith("problem: note0001.md has edits")
    assert ana.types("rm", "-q", "note0003").screen == ""


def test_a_new_page_goes_without_a_server(ana: Person) -> None:
    assert ana.types("new", "Launch review").code == 0
    [name] = pages(ana.folder).keys() - {f"note000{number}.md" for number in range(1, 8)}
    answer = ana.types("rm", name)
    assert answer.out == f"<- delete  {name}  Launch review\n"
    assert answer.err.startswith("rm: changed 1 here; 7 notebooks, 0 requests.\n")
    assert name not in pages(ana.folder)
    assert ana.types("status").out == "7 notebooks in step, verified today.\n"


def test_a_notebook_that_was_deleted_comes_back_on_both_sides(ana: Person) -> None:
    was = pages(ana.folder)
    ana.types("rm", "note0001.md")
    answer = ana.types("restore", "note0001")
    assert answer.code == 0
    assert answer.screen == (
        "<- create  note0001.md  Note 1  (version 0)\n"
        "-> restore note0001.md  Note 1  (version 0)  [its folder is lost]\n"
    )
    assert not deleted(ana)
    assert pages(ana.folder) == was
    asked(ana.sandbox)
    assert ana.types("sync").out == ""
    assert asked(ana.sandbox) == [HEAD]


def test_one_that_is_there_again_is_fetched_and_not_written_to(ana: Person) -> None:
    ana.types("rm", "note0001.md")
    ana.sandbox.write("note0001", deleted=False)
    asked(ana.sandbox)
    assert ana.types("restore", "note0001", "note0002").out == (
        "<- create  note0001.md  Note 1  (version 0)\n"
    )
    assert asked(ana.sandbox) == [("GET", "note0001/")]


def test_one_that_is_gone_for_good_can_be_made_anew_of_its_history(ana: Person) -> None:
    ana.types("rm", "note0001.md")
    ana.sandbox.purge("note0001")
    answer = ana.types("restore", "note0001")
    assert answer.code == 4
    assert "gone for good" in answer.err
    assert "next: nbsync restore note0001 --version 0" in answer.err
    answer = ana.types("restore", "note0001", "--version", "0")
    assert "nbsync add note0001.md makes a new one" in answer.out
    assert ana.types("add", "note0001.md").code == 0
    assert ana.types("push").code == 0
    assert len(pages(ana.folder)) == 7


def test_what_nothing_is_known_of_cannot_be_restored(ana: Person) -> None:
    answer = ana.types("restore", "nothing1")
    assert answer.code == 2
    assert "No notebook is called 'nothing1'" in answer.err


def test_a_deleted_notebooks_id_means_it_and_no_title_that_holds_it(ana: Person) -> None:
    seed(ana.sandbox, "other", "# About note0001")
    ana.types("pull")
    ana.types("rm", "note0001.md")
    assert ana.types("restore", "note0001").code == 0
    assert not deleted(ana)


def test_without_a_server_a_deleted_notebook_stays_and_the_code_says_why(
    ana: Person,
) -> None:
    ana.types("rm", "note0001.md")
    ana.sandbox.fault(status=429, headers={"Retry-After": "4000"}, times=None)
    answer = ana.types("restore", "note0001")
    assert answer.code == 7
    assert deleted(ana)


def test_a_page_that_cannot_be_read_is_moved_away_and_restored_as_the_hint_says(
    ana: Person,
) -> None:
    was = pages(ana.folder)["note0001.md"]
    (ana.folder / "note0001.md").write_text("No front matter.\n")
    for more in ([], ["--version", "0"]):
        answer = ana.types("restore", "note0001", *more)
        assert answer.code == 4
        assert "next: mv note0001.md note0001.md.broken && nbsync restore note0001\n" in answer.err
    (ana.folder / "note0001.md").rename(ana.folder / "note0001.md.broken")
    assert ana.types("restore", "note0001").code == 0
    assert pages(ana.folder)["note0001.md"] == was


def test_open_says_that_a_notebook_was_deleted_and_how_it_comes_back(ana: Person) -> None:
    ana.types("rm", "note0001")
    for between in ((), ("pull",)):
        if between:
            assert ana.types(*between).code == 0
        answer = ana.types("open", "note0001", "--print")
        assert (answer.code, answer.out) == (4, "")
        assert answer.err == (
            "error: Notebook note0001 was deleted: it has no page in PostHog.\n"
            "  next: nbsync restore note0001\n"
        )
    ana.sandbox.write("note0001", deleted=False)
    assert ana.types("status").code == 0  # which reads the list
    assert ana.types("open", "note0001", "--print").code == 0


def test_status_names_a_draft_whose_page_is_gone_until_rm_forgets_it(ana: Person) -> None:
    ana.types("new", "Launch review")
    [name] = pages(ana.folder).keys() - {f"note000{number}.md" for number in range(1, 8)}
    (ana.folder / name).unlink()
    assert ana.types("status").out == (
        "Was to become a notebook, and its page is gone (nbsync rm NOTEBOOK forgets it):\n"
        f"  {name}  untitled\n"
        "7 notebooks in step, verified today.\n"
    )
    [lost] = ana.types("status", "--json").document["differences"]
    assert (lost["state"], lost["path"]) == ("lost", name)
    assert ana.types("push").out == ""
    answer = ana.types("rm", name)
    assert answer.screen == (
        f"   forget  {name}  untitled\nrm: changed 1 here; 7 notebooks, 0 requests.\n"
    )
    assert ana.types("status").out == "7 notebooks in step, verified today.\n"


def test_a_draft_that_may_have_been_sent_is_forgotten_only_if_posthog_has_no_such_notebook(
    ana: Person,
) -> None:
    for when in ("before", "after"):
        ana.types("new", f"Sent {when}")
        [name] = [path for path in pages(ana.folder) if not path.startswith("note")]
        ana.sandbox.fault(method="POST", drop=when, times=None)
        ana.sandbox.fault(method="GET", path=name.removesuffix(".md"), drop="before", times=None)
        assert ana.types("push").code == 4
        ana.sandbox.clear()
        (ana.folder / name).unlink()
        answer = ana.types("rm", name)
        if when == "before":
            assert (answer.code, answer.out.split()[0]) == (0, "forget")
            assert ana.types("status").out == "7 notebooks in step, verified today.\n"
        else:
            assert answer.code == 4
            assert "has become a notebook in PostHog, and its page is missing" in answer.err
            assert f"next: nbsync pull {name.removesuffix('.md')}   # and then" in answer.err
    assert ana.types("pull").code == 0
    assert ana.types("rm", name.removesuffix(".md")).code == 0
    assert deleted(ana, name.removesuffix(".md"))
    assert ana.types("status").out == "7 notebooks in step, verified today.\n"
