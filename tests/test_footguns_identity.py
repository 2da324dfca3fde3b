"""Churn, identity and mishaps, as users of other tools tell them, told of nbsync.

The whole list, with the stories that other tests tell, is in docs/explanation/invariants.md.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from commands import Person, edit_there, nbsync, person
from mirrors import asked, edit, markdown_on, pages, seed_each
from nbsync import __version__
from nbsync.sandbox import Sandbox

IDS = [f"nb{number}" for number in range(8)]


@pytest.fixture
def ana(tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Person:
    seed_each(sandbox, IDS)
    who = person(tmp_path, sandbox, monkeypatch)
    assert who.types("init", "--host", sandbox.url, "--project", sandbox.project).code == 0
    assert who.types("pull").code == 0
    asked(sandbox)
    return who


def page(who: Person, short_id: str = "nb0") -> Path:
    return who.folder / f"{short_id}.md"


def writes(sandbox: Sandbox) -> list[tuple[str, str]]:
    return [(method, path) for method, path in asked(sandbox) if method != "GET"]


# --- D: it churns ------------------------------------------------------------------------------


# Notebooks as text: times were compared, which git sets anew with every checkout.
def test_a_page_with_another_time_alone_is_not_edited(ana: Person, sandbox: Sandbox) -> None:
    for number, short_id in enumerate(IDS):
        text = page(ana, short_id).read_bytes()
        page(ana, short_id).unlink()
        page(ana, short_id).write_bytes(text)
        os.utime(page(ana, short_id), (number * 10**9, number * 10**9))
    edit_there(sandbox, "nb0", "One.", "One, there.")
    assert ana.types("sync").code == 0
    assert writes(sandbox) == []
    assert "One, there." in page(ana).read_text()


# Notes in git: a time in a tracked file was a merge conflict on every machine.
def test_two_clones_that_sync_apart_hold_the_same_bytes(
    tmp_path: Path, ana: Person, sandbox: Sandbox
) -> None:
    clone = Person(tmp_path / "clone", sandbox)
    shutil.copytree(ana.folder, clone.folder, ignore=shutil.ignore_patterns("index*", "lock*"))
    edit(page(ana), "One.", "One, by Ana.")
    assert ana.types("sync").code == 0
    edit_there(sandbox, "nb1", "One.", "One, there.")
    for who in (clone, ana):
        assert who.types("sync").code == 0
    for folder in ("", ".nbsync/base"):
        for path in (ana.folder / folder).iterdir():
            if path.is_file() and path.name != "mirror.json":
                assert path.read_bytes() == (clone.folder / folder / path.name).read_bytes()
    assert pages(ana.folder).keys() == pages(clone.folder).keys()


# Theme development: a question about a conflict although both sides were equal.
def test_the_same_edit_on_both_sides_is_no_conflict(ana: Person, sandbox: Sandbox) -> None:
    edit(page(ana), "One.", "One, the same.")
    edit_there(sandbox, "nb0", "One.", "One, the same.")
    edit(page(ana, "nb1"), "One.", "One, the same.")
    edit_there(sandbox, "nb1", "One.", "One, the same.")
    edit_there(sandbox, "nb1", "Three.", "Three, there.")
    assert ana.types("sync").code == 0
    assert writes(sandbox) == []
    assert page(ana, "nb1").read_text().endswith(f"\n\n{markdown_on(sandbox, 'nb1')}\n")


# --- E: deletions, renames and identity --------------------------------------------------------


# Theme development: a new and empty project on the other side deleted all that was here.
def test_a_project_that_turns_up_empty_deletes_no_pages(ana: Person, sandbox: Sandbox) -> None:
    before = pages(ana.folder)
    sandbox.reset()
    for command in ("pull", "sync", "push"):
        assert ana.types(command).code in {0, 6}
        assert pages(ana.folder) == before
    assert writes(sandbox) == []
    assert "--allow-changes=8" in ana.types("pull").err


# Dashboards as code: identity by title, so that a new title made a second one.
def test_a_new_title_or_file_name_makes_no_second_notebook(ana: Person, sandbox: Sandbox) -> None:
    edit(page(ana), "# Title of nb0", "# Title of nb1")  # now two have one title
    sandbox.write("nb2", title="Renamed there")
    (ana.folder / "team").mkdir()
    page(ana, "nb3").rename(ana.folder / "team" / "Renamed here.md")
    edit(ana.folder / "team" / "Renamed here.md", "One.", "One, here.")
    for _ in range(2):
        assert ana.types("sync").code == 0
    assert {path for method, path in writes(sandbox) if method == "POST"} == set()
    assert len(pages(ana.folder)) == len(IDS)
    assert sandbox.record("nb0")["title"] == "Title of nb1"
    assert "One, here." in markdown_on(sandbox, "nb3")
    assert not page(ana, "nb3").exists()


# Dashboards as code: an upgrade changed the stamp that the tool leaves, and all pushes failed.
def test_what_is_sent_tells_nothing_of_the_tool(ana: Person, sandbox: Sandbox) -> None:
    edit(page(ana), "One.", "One, here.")
    edit(page(ana, "nb1"), "# Title of nb1", "# Another title")
    assert ana.types("new", "A new one").code == 0
    assert ana.types("push").code == 0
    bodies = [request["body"] for request in sandbox.requests() if request["body"]]
    known = {"short_id", "title", "content", "text_content", "version"}
    assert [body.keys() - known for body in bodies] == [set()] * 3
    assert not any("nbsync" in str(body) or __version__ in str(body) for body in bodies)


# --- F: robustness under real conditions -------------------------------------------------------


# Contacts: everything fouled by a slip, and the slip was synced.
def test_a_page_fouled_and_pushed_is_put_back_from_its_history(
    ana: Person, sandbox: Sandbox
) -> None:
    before = pages(ana.folder)
    for short_id in IDS:
        edit(page(ana, short_id), "e", "XX")
    assert ana.types("push").code == 6  # a guard asks first
    assert ana.types("push", "--allow-changes=8").code == 0
    assert "OnXX" in markdown_on(sandbox, "nb0")
    for short_id in IDS:
        assert ana.types("restore", short_id, "--version", "0").code == 0
    assert pages(ana.folder) == before
    assert ana.types("push", "--allow-changes=8").code == 0
    assert markdown_on(sandbox, "nb0") == "# Title of nb0\n\nOne.\n\nTwo.\n\nThree."


# Dashboards as code: a remembered host sent everything to another workspace.
@pytest.mark.parametrize("name", ["POSTHOG_HOST", "POSTHOG_PROJECT_ID"])
def test_an_environment_of_another_project_is_refused_before_any_request(
    ana: Person, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    edit(page(ana), "One.", "One, here.")
    monkeypatch.setenv(name, "https://eu.posthog.com" if name == "POSTHOG_HOST" else "2")
    for command in ("push", "pull", "sync"):
        assert ana.types(command).code == 2
    monkeypatch.delenv(name)
    monkeypatch.setenv("POSTHOG_HOST", sandbox.url)
    toml = ana.folder / "nbsync.toml"
    toml.write_text(toml.read_text().replace('project = "1"', 'project = "2"'))
    answer = nbsync("-C", str(ana.folder), "push")
    assert answer.code == 2
    assert "belongs to project 1" in answer.err
    assert asked(sandbox) == []
