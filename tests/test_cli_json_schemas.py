"""Every document that --json prints is as its committed schema says, and says all it promises."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from commands import Answer, Person, edit_there, person, seed
from gits import ONE, Repo, committed
from mirrors import edit
from nbsync.cli import COMMANDS
from nbsync.cli.status import STATES
from nbsync.sandbox import Sandbox
from nbsync.sync.notices import What
from schemas import FOLDER, schema, valid

NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))
REFERENCE = FOLDER.parent / "output.md"


@pytest.fixture
def ana(tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Person:
    """Somebody with a mirror of two Markdown notebooks, a rich-text one, and one of neither."""
    seed(sandbox, "note0001", "# One\n\nA line.")
    seed(sandbox, "note0002", "# Two\n\nA line.")
    sandbox.seed(short_id="rich0001", title="Old", content={"type": "doc", "content": []})
    sandbox.seed(short_id="zero0001", title=None, content=None)
    who = person(tmp_path, sandbox, monkeypatch)
    monkeypatch.setenv("KEYRING_FILE", str(tmp_path / "keyring.json"))
    told(who.types("init", "--host", sandbox.url, "--project", sandbox.project, "--json"), "init")
    told(who.types("pull", "--json"), "pull")
    return who


def told(answer: Answer, kind: str, code: int = 0) -> dict[str, Any]:
    """The document of an answer, which is as its schema says; nothing else was printed."""
    document = valid(answer.document)
    assert (document["type"], answer.code, answer.err) == (f"nbsync.{kind}", code, "")
    return document


def asks(who: Person, *words: str, code: int = 0) -> dict[str, Any]:
    return told(who.types(*words, "--json"), words[0], code)


def objects(node: Any) -> Iterator[dict[str, Any]]:
    """Every part of a schema that says what an object is."""
    if isinstance(node, dict):
        if "properties" in node and isinstance(node["properties"], dict):
            yield node
        for part in node.values():
            yield from objects(part)
    elif isinstance(node, list):
        for part in node:
            yield from objects(part)


# --- the schemas themselves ----------------------------------------------------------------------


def test_every_command_has_a_schema_and_every_schema_a_command() -> None:
    assert sorted([*COMMANDS, "error"]) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_strict_and_says_what_each_field_is(name: str) -> None:
    found = schema(name)
    Draft202012Validator.check_schema(found)
    assert found["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert (found["title"], bool(found["description"])) == (f"nbsync.{name}", True)
    parts = list(objects(found))
    assert parts
    for part in parts:
        assert part["additionalProperties"] is False
        assert set(part["required"]) <= part["properties"].keys()
        assert all("description" in each or "$ref" in each for each in part["properties"].values())


def test_what_several_schemas_speak_of_is_the_same_in_all_of_them() -> None:
    seen: dict[str, Any] = {}
    for name in NAMES:
        for what, definition in schema(name).get("$defs", {}).items():
            assert seen.setdefault(what, definition) == definition, (name, what)


def test_the_reference_links_every_schema() -> None:
    text = REFERENCE.read_text(encoding="utf-8")
    assert [name for name in NAMES if f"(schemas/{name}.json)" not in text] == []


def test_a_watch_has_a_schema_for_each_of_its_events_and_no_other() -> None:
    events = {each["properties"]["event"]["const"] for each in schema("watch")["oneOf"]}
    assert events == {what.value for what in What}


def test_the_states_of_status_and_list_are_all_told() -> None:
    for name, field, more in (
        ("status", "differences", set()),
        ("list", "notebooks", OTHERS | {"outside"}),
    ):
        states = schema(name)["properties"][field]["items"]["properties"]["state"]["enum"]
        assert set(states) == set(STATES) | more


OTHERS = {"in step", "unreadable"}


def test_a_document_with_one_field_more_is_none() -> None:
    document = {"type": "nbsync.open", "schema": 1, "short_id": "a", "url": "b"}
    assert valid(document) == document
    for wrong in (document | {"more": 1}, document | {"url": None}, document | {"schema": 2}):
        with pytest.raises(AssertionError, match=r"open\.json"):
            valid(wrong)


# --- real documents ------------------------------------------------------------------------------


def test_looks_at_a_mirror_in_every_state(ana: Person) -> None:
    edit(ana.folder / "note0001.md", "A line.", "My line.")
    (ana.folder / "note0002.md").unlink()
    (ana.folder / "own.md").write_text("mine")
    (ana.folder / "lost.md").write_text('---\nshort_id: "lost0001"\n---\n\n# Lost\n')
    (ana.folder / "rich0001.md").write_text("no front matter any more")
    seed(ana.sandbox, "note0003", "# Three")
    page = asks(ana, "new", "Launch review")["pages"][0]
    asks(ana, "new", "Never mind")
    asks(ana, "add", str(ana.folder / "own.md"))
    (ana.folder / page["path"]).unlink()
    found = asks(ana, "status")
    states = {each["state"] for each in found["differences"]}
    assert states == {"edited", "missing", "created", "new", "lost", "orphan"}
    assert {each["state"] for each in asks(ana, "list")["notebooks"]} == states | OTHERS
    assert len(asks(ana, "diff")["differences"]) == 4
    assert len(asks(ana, "check", code=4)["problems"]) > 0
    assert asks(ana, "prune", "-n")["removed"] == []
    assert asks(ana, "log", "note0001")["entries"]
    assert asks(ana, "open", "note0001")["url"].endswith("/notebooks/note0001")


def test_a_conflict_from_its_beginning_to_its_end(ana: Person) -> None:
    for name in ("note0001", "note0002"):
        edit(ana.folder / f"{name}.md", "A line.", "My line.")
        edit_there(ana.sandbox, name, "A line.", "His line.")
    assert asks(ana, "sync", "-n", code=5)["dry_run"] is True
    found = asks(ana, "sync", code=5)["conflicts"]
    assert [each["short_id"] for each in found] == ["note0001", "note0002"]
    assert len(asks(ana, "conflicts", code=5)["conflicts"]) == 2
    assert {each["state"] for each in asks(ana, "list")["notebooks"]} == {"in step", "conflict"}
    asks(ana, "resolve", "note0001", "--ours", code=5)
    assert asks(ana, "resolve", "rich0001", "--theirs", code=4)["problems"]
    asks(ana, "resolve", "--all", "--theirs")
    assert [each["action"] for each in asks(ana, "push")["changes"]] == ["update"]
    assert {each["where"] for each in asks(ana, "log", "note0002")["entries"]} >= {"both"}
    assert asks(ana, "log", "note0002", "--offline")["requests"] == 0


def test_what_is_made_edited_deleted_and_brought_back(
    ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITOR", "sed -i s/A/Another/")
    assert [each["side"] for each in asks(ana, "edit", "note0001")["changes"]] == ["remote"]
    assert asks(ana, "rm", "-n", "note0001")["dry_run"] is True
    asks(ana, "rm", "note0001")
    asks(ana, "restore", "note0001")
    asks(ana, "restore", "note0001", "--version", "0")
    asks(ana, "restore", "note0001", "--version", "77", code=4)
    page = ana.folder / "rich0001.md"
    page.unlink()
    assert asks(ana, "push")["held"] == ["rich0001"]
    asks(ana, "pull", "zzzzzzzz", code=2)
    ana.sandbox.fault(method="PATCH", path="notebooks/", status=400, body='{"detail": "No."}')
    edit(ana.folder / "note0002.md", "A line.", "My line.")
    assert asks(ana, "push", code=4)["problems"]
    assert asks(ana, "add", str(ana.folder / "note0002.md"), code=4)["problems"]
    asks(ana, "prune", "--older-than", "0", "--yes")


def test_keys_and_shells(ana: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    host = ("--host", ana.sandbox.url)
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{ana.sandbox.key}\n"))
    assert asks(ana, "login", *host, "--token-stdin")["path"] is None
    assert asks(ana, "whoami")["notebooks"] == 4
    assert asks(ana, "whoami", *host)["project"] is None
    assert asks(ana, "logout", *host)["forgotten"]
    answer = ana.types("doctor", "--offline", "--json")
    assert told(answer, "doctor", answer.code)["findings"]
    assert "nbsync" in asks(ana, "completion", "fish")["script"]


@pytest.mark.parametrize(
    "words",
    [("nonsense",), ("pull", "--nonsense"), ("diff", "zzz"), ("diff", "o"), ("resolve", "--all")],
)
def test_errors(ana: Person, words: tuple[str, ...]) -> None:
    found = told(ana.types(*words, "--json"), "error", 2)
    assert ("candidates" in found) == (words[-1] == "o")


def test_commits_and_what_is_left_out(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo: Repo = committed(tmp_path, sandbox, monkeypatch)
    edit_there(sandbox, ONE, "One", "Eins")
    found = told(repo.types("pull", "--commit", "--json"), "pull")
    assert (len(found["commits"]), found["left_out"]) == (1, [])
    path = repo.folder / f"{ONE}.md"
    path.write_text(path.read_text() + "\nMine.\n")
    repo.git("add", path.name)
    edit_there(sandbox, ONE, "Eins", "Uno")
    assert told(repo.types("sync", "--commit", "--json"), "sync")["left_out"]


# --- order ---------------------------------------------------------------------------------------


def test_the_same_state_is_told_in_the_same_bytes(ana: Person) -> None:
    for name in ("note0002", "note0001"):
        edit(ana.folder / f"{name}.md", "A line.", "My line.")
        edit_there(ana.sandbox, name, "A line.", "His line.")
    (ana.folder / "zero0001.json").write_text("no JSON")
    (ana.folder / "rich0001.md").write_text("no front matter any more")
    asks(ana, "sync", code=4)
    for words in (("status",), ("list",), ("conflicts",), ("diff",), ("pull",), ("check",)):
        first, second = (ana.types(*words, "--json").out for _ in range(2))
        assert first == second
        for value in json.loads(first).values():
            if isinstance(value, list) and value and isinstance(value[0], dict):
                keys = [(each["path"] or "", each["short_id"] or "") for each in value]
                assert keys == sorted(keys), words
