"""Notebooks that one may only view: told before an edit is refused, and the edit is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands import Person, edit_there, person
from errors_scenes import mirror_of_two
from mirrors import edit
from nbsync.sandbox import Sandbox
from schemas import valid

WORD = "view only: it stays here"


@pytest.fixture
def ana(tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Person:
    """Somebody who may only view the first of her two notebooks."""
    who = person(tmp_path, sandbox, monkeypatch)
    mirror_of_two(who)
    sandbox.allow("note0001", "viewer")
    return who


def viewed(who: Person, *words: str) -> list[str]:
    found = valid(who.types("status", "--json", *words).document)["view_only"]
    assert isinstance(found, list)
    return found


def test_status_names_them_and_says_whom_to_ask(ana: Person) -> None:
    answer = ana.types("status")
    assert "1 notebook that you may only view in PostHog: note0001 (nbsync open NOT" in answer.out
    assert answer.out.startswith("2 notebooks in step")
    assert viewed(ana) == ["note0001"]


def test_an_edit_of_one_is_told_before_it_is_refused(ana: Person) -> None:
    for number in (1, 2):
        edit(ana.folder / f"note000{number}.md", "A line.", "My line.")
    document = valid(ana.types("status", "--json").document)
    notes = {each["short_id"]: each["note"] for each in document["differences"]}
    assert notes == {"note0001": WORD, "note0002": ""}
    assert f"[{WORD}]" in ana.types("status").out


def test_a_push_keeps_the_edit_and_sends_the_others(ana: Person) -> None:
    for number in (1, 2):
        edit(ana.folder / f"note000{number}.md", "A line.", "My line.")
    answer = ana.types("push", "--allow-changes=2")
    assert (answer.code, answer.out.count("-> update")) == (3, 1)
    assert "editor access" in answer.err
    assert "  next: nbsync open note0001   # ask for editor access there" in answer.err
    assert "My line." in (ana.folder / "note0001.md").read_text()
    assert "My line." in str(ana.sandbox.record("note0002")["content"])


def test_the_edit_goes_out_once_it_may(ana: Person) -> None:
    edit(ana.folder / "note0001.md", "A line.", "My line.")
    assert ana.types("push").code == 3
    ana.sandbox.allow("note0001", "editor")
    assert viewed(ana) == []
    assert ana.types("push").code == 0
    assert "My line." in str(ana.sandbox.record("note0001")["content"])
    assert viewed(ana, "--offline") == []


def test_a_list_marks_them_as_the_server_last_said(ana: Person) -> None:
    marks = {each["short_id"]: each["view_only"] for each in listed(ana)}
    assert marks == {"note0001": False, "note0002": False}
    edit_there(ana.sandbox, "note0002", "A line.", "His line.")
    assert ana.types("pull").code == 0
    assert {each["short_id"]: each["view_only"] for each in listed(ana)}["note0001"] is True
    assert "in step, view only" in ana.types("list").out
    assert viewed(ana, "--offline") == ["note0001"]


def listed(who: Person) -> list[dict[str, object]]:
    found = valid(who.types("list", "--json").document)["notebooks"]
    assert isinstance(found, list)
    return found


def test_what_is_gone_is_named_no_more(ana: Person) -> None:
    assert viewed(ana) == ["note0001"]
    ana.sandbox.write("note0001", deleted=True)
    assert ana.types("pull").code == 0
    assert viewed(ana) == []


def test_the_sandbox_takes_the_order_over_http_too(ana: Person) -> None:
    import httpx

    with httpx.Client(base_url=ana.sandbox.url) as http:
        order = {"short_id": "note0002", "access": "viewer"}
        assert http.post("/_sandbox/allow", json=order).status_code == 200
        assert http.post("/_sandbox/allow", json={**order, "short_id": "nope"}).status_code == 404
    assert viewed(ana) == ["note0001", "note0002"]
    ana.sandbox.reset()
    mirror = {each["user_access_level"] for each in [ana.sandbox.seed(short_id="note0001")]}
    assert mirror == {"manager"}
