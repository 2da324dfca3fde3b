"""A PostHog of 2023, by hand: recognised by what it answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from commands import Person, person, seed
from mirrors import asked, pages
from nbsync.sandbox import Sandbox


@pytest.fixture
def ana(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Person]:
    """Somebody with a mirror of one notebook, of an old server."""
    with Sandbox(kind="2023") as old:
        seed(old, "note0001", "# Note 1\n\nA line.")
        who = person(tmp_path, old, monkeypatch)
        monkeypatch.chdir(who.folder)
        who.begins()
        yield who


def rich_text_from_now_on(who: Person) -> None:
    with (who.folder / "nbsync.toml").open("a") as settings:
        settings.write('new_notebooks = "richtext"\n')


def test_a_first_pull_takes_the_contents_from_the_list(ana: Person) -> None:
    assert "A line." in pages(ana.folder)["note0001.md"]


def test_a_markdown_page_is_created_with_a_word_about_the_servers_age(ana: Person) -> None:
    ana.types("new", "Launch review")
    answer = ana.types("push")
    assert answer.code == 0
    assert "may be too old to show Markdown; see new_notebooks in nbsync.toml" in answer.out
    assert ana.types("sync").out == ""


def test_a_new_page_is_rich_text_where_the_settings_say_so(ana: Person) -> None:
    rich_text_from_now_on(ana)
    answer = ana.types("new", "Launch review")
    assert answer.code == 0
    assert answer.err == "  next: nbsync push\n"
    assert ana.types("push").code == 0
    (path,) = pages(ana.folder).keys() - {"note0001.md"}
    short_id = pages(ana.folder)[path].split('"')[1]
    assert pages(ana.folder)[path] == f'---\nshort_id: "{short_id}"\n---\n\n# Launch review\n'
    record = ana.sandbox.record(short_id)
    assert record["title"] == "Launch review"
    words = [{"type": "text", "text": "Launch review"}]
    heading = {"type": "heading", "attrs": {"level": 1}, "content": words}
    assert record["content"] == {"type": "doc", "content": [heading]}
    asked(ana.sandbox)
    assert ana.types("sync").out == ""
    assert asked(ana.sandbox) == [("GET", "?limit=100&offset=0")]


def test_a_markdown_file_becomes_rich_text_where_new_notebooks_are_that(ana: Person) -> None:
    rich_text_from_now_on(ana)
    (ana.folder / "own.md").write_text("# Mine\n\nA *word*.\n")
    assert ana.types("add", "own.md").code == 0
    assert ana.types("push").code == 0
    text = (ana.folder / "own.md").read_text()
    short_id = text.split('"')[1]
    assert text == f'---\nshort_id: "{short_id}"\n---\n\n# Mine\n\nA *word*.\n'
    record = ana.sandbox.record(short_id)
    assert record["title"] == "Mine"
    words = [
        {"type": "text", "text": "A "},
        {"type": "text", "text": "word", "marks": [{"type": "italic"}]},
        {"type": "text", "text": "."},
    ]
    heading = {
        "type": "heading",
        "attrs": {"level": 1},
        "content": [{"type": "text", "text": "Mine"}],
    }
    blocks = [heading, {"type": "paragraph", "content": words}]
    assert record["content"] == {"type": "doc", "content": blocks}
    asked(ana.sandbox)
    assert ana.types("sync").out == ""
    assert asked(ana.sandbox) == [("GET", "?limit=100&offset=0")]


def test_a_file_that_cannot_be_rich_text_is_not_taken_in_and_the_line_is_named(ana: Person) -> None:
    rich_text_from_now_on(ana)
    (ana.folder / "own.md").write_text("# Mine\n\n<Query x={oops} />\n")
    answer = ana.types("add", "own.md")
    assert answer.code == 4
    assert "own.md:3" in answer.err
    assert (ana.folder / "own.md").read_text() == "# Mine\n\n<Query x={oops} />\n"


def test_a_json_file_that_says_markdown_is_not_taken_in_where_new_notebooks_are_rich_text(
    ana: Person,
) -> None:
    rich_text_from_now_on(ana)
    text = json.dumps({"title": "Mine", "content": ana.sandbox.markdown("# Mine")})
    (ana.folder / "own.json").write_text(text)
    answer = ana.types("add", "own.json")
    assert answer.code == 4
    assert 'new_notebooks = "richtext"' in answer.err
    assert (ana.folder / "own.json").read_text() == text


def test_everything_else_works_as_with_a_new_server(ana: Person) -> None:
    (ana.folder / "note0001.md").write_text(
        pages(ana.folder)["note0001.md"].replace("A line.", "Another line.")
    )
    assert ana.types("push").code == 0
    assert ana.types("pull", "--verify").out == ""
    log = ana.types("log", "note0001")
    assert log.code == 0
    assert "too old" in log.err
    assert ana.types("restore", "note0001", "--version", "0").code == 0
    assert ana.types("push").code == 0
    assert "A line." in json.dumps(ana.sandbox.record("note0001")["content"])
    assert ana.types("rm", "note0001").code == 0
    assert ana.types("restore", "note0001").code == 0
    assert ana.types("status").out == "1 notebook in step, verified today.\n"
