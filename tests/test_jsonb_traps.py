"""What Postgres' jsonb keeps otherwise or not at all: it makes the trip, or is refused by name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from commands import person
from jsonb_values import KEPT, REFUSED, UNREADABLE, quiet, quiet_without_index, trap
from mirrors import asked, edit, go, markdown_on, opened, pages, sync
from nbsync.errors import FormatError
from nbsync.model import Report
from nbsync.sandbox import Sandbox
from nbsync.sync.pages import add

pytestmark = pytest.mark.laws  # long, and in a run of its own without coverage

ID, OTHER = "aB3dE5fG", "zY9xW8vU"
MIB = 1024 * 1024


def rich(x: Any = None, *texts: str) -> dict[str, Any]:
    blocks = [
        {"type": "paragraph", "attrs": {"x": x}, "content": [{"type": "text", "text": text}]}
        for text in texts or ("One.", "Two.", "Three.")
    ]
    return {"type": "doc", "content": blocks}


def first_x(sandbox: Sandbox) -> Any:
    return sandbox.record(ID)["content"]["content"][0]["attrs"]["x"]


# --- what makes the trip ------------------------------------------------------------------------


@pytest.mark.parametrize("name", KEPT)
def test_from_the_server_in_rich_text_it_makes_the_trip(
    sandbox: Sandbox, tmp_path: Path, name: str
) -> None:
    raw, kept = trap(name)
    sandbox.seed(short_id=ID, title="W", content=rich(json.loads(raw)))
    assert sync(tmp_path, sandbox, form="json").problems == ()
    assert json.dumps(first_x(sandbox), sort_keys=True) == json.dumps(kept, sort_keys=True)
    assert list(pages(tmp_path)) == [f"{ID}.json"]
    assert quiet_without_index(tmp_path, sandbox, form="json")


@pytest.mark.parametrize("name", KEPT)
def test_beside_a_notebooks_markdown_it_makes_the_trip_and_stays(
    sandbox: Sandbox, tmp_path: Path, name: str
) -> None:
    raw, kept = trap(name)
    content = sandbox.markdown("# W\n\nOne.")
    content["content"][0]["attrs"]["x"] = json.loads(raw)
    sandbox.seed(short_id=ID, title="W", content=content)
    sync(tmp_path, sandbox)
    assert list(pages(tmp_path)) == [f"{ID}.md"]
    assert quiet(tmp_path, sandbox)
    edit(tmp_path / f"{ID}.md", "One.", "One, here.")
    assert len(sync(tmp_path, sandbox).changes) == 1
    assert markdown_on(sandbox, ID) == "# W\n\nOne, here."
    assert json.dumps(first_x(sandbox), sort_keys=True) == json.dumps(kept, sort_keys=True)
    assert quiet_without_index(tmp_path, sandbox)


@pytest.mark.parametrize("name", KEPT)
def test_written_into_a_page_it_is_sent_once_and_merged(
    sandbox: Sandbox, tmp_path: Path, name: str
) -> None:
    raw, kept = trap(name)
    sandbox.seed(short_id=ID, title="W", content=rich())
    sync(tmp_path, sandbox, form="json")
    page = tmp_path / f"{ID}.json"
    page.write_text(page.read_text().replace('"x": null', f'"x": {raw}', 1))
    text = page.read_text()
    report = sync(tmp_path, sandbox, form="json")
    assert len(report.changes) == 1 and report.problems == ()
    assert json.dumps(first_x(sandbox), sort_keys=True) == json.dumps(kept, sort_keys=True)
    assert page.read_text() == text
    assert quiet_without_index(tmp_path, sandbox, form="json")
    there = sandbox.record(ID)["content"]
    there["content"][2]["content"][0]["text"] = "Three, there."
    sandbox.write(ID, content=there)
    edit(page, '"Two."', '"Two, here."')
    assert [done.action for done in sync(tmp_path, sandbox, form="json").changes] == [
        "merge",
        "update",
    ]
    assert json.dumps(first_x(sandbox), sort_keys=True) == json.dumps(kept, sort_keys=True)
    assert quiet_without_index(tmp_path, sandbox, form="json")


def test_what_is_sent_has_the_form_that_postgres_keeps(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.seed(short_id=ID, title="W", content=rich())
    sync(tmp_path, sandbox, form="json")
    edit(tmp_path / f"{ID}.json", '"x": null', '"x": [-0.0, 1e16, -0]')
    sync(tmp_path, sandbox, form="json")
    (sent,) = [each["body"] for each in sandbox.requests() if each["method"] == "PATCH"]
    x = sent["content"]["content"][0]["attrs"]["x"]
    assert json.dumps(x) == "[0.0, 10000000000000000, 0]"


def test_one_and_its_float_are_two_values_and_each_is_sent_once(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.seed(short_id=ID, title="W", content=rich(1, "One."))
    sync(tmp_path, sandbox, form="json")
    for old, new in (("1", "1.0"), ("1.0", "1")):
        edit(tmp_path / f"{ID}.json", f'"x": {old}\n', f'"x": {new}\n')
        assert len(sync(tmp_path, sandbox, form="json").changes) == 1
        assert json.dumps(first_x(sandbox)) == new
        assert quiet(tmp_path, sandbox, form="json")


def test_19_mib_make_the_trip_both_ways(sandbox: Sandbox, tmp_path: Path) -> None:
    markdown = "# W\n\n" + "x" * 19 * MIB + "\n\nOne."
    sandbox.seed(short_id=ID, title="W", content=sandbox.markdown(markdown))
    assert len(sync(tmp_path, sandbox).changes) == 1
    edit(tmp_path / f"{ID}.md", "One.", "Here.")
    report = sync(tmp_path, sandbox)
    assert len(report.changes) == 1 and report.problems == ()
    assert markdown_on(sandbox, ID) == markdown.replace("One.", "Here.")
    assert quiet(tmp_path, sandbox)


# --- what is refused before it is sent ----------------------------------------------------------


def refused(report: Report) -> str:
    """The one problem, which holds up no other notebook."""
    (problem,) = report.problems
    assert problem.short_id == ID and problem.path == f"{ID}.json"
    assert problem.hint
    assert [done.short_id for done in report.changes] == [OTHER]
    return problem.error


def beside(root: Path, sandbox: Sandbox) -> Path:
    """A JSON page that is not edited yet, and an edit of another notebook."""
    sandbox.seed(short_id=ID, title="W", content=rich())
    sandbox.seed(short_id=OTHER, title="V", content=sandbox.markdown("# V\n\nOne."))
    sync(root, sandbox, form="json")
    edit(root / f"{OTHER}.json", "One.", "One, here.")
    asked(sandbox)
    return root / f"{ID}.json"


@pytest.mark.parametrize("name", REFUSED)
def test_what_no_server_keeps_is_refused_with_its_place(
    sandbox: Sandbox, tmp_path: Path, name: str
) -> None:
    raw, words = REFUSED[name]
    page = beside(tmp_path, sandbox)
    page.write_text(page.read_text().replace('"x": null', f'"x": {raw}', 1))
    text = page.read_text()
    error = refused(sync(tmp_path, sandbox, form="json"))
    assert f"{ID}.json" in error and words in error
    assert page.read_text() == text
    assert sandbox.record(ID)["content"] == rich()
    assert [path for method, path in asked(sandbox) if method != "GET"] == [f"{OTHER}/"]
    assert len(sync(tmp_path, sandbox, form="json").problems) == 1
    assert [method for method, _ in asked(sandbox)] == ["GET"]


def test_21_mib_are_refused_by_name_and_nothing_is_sent(sandbox: Sandbox, tmp_path: Path) -> None:
    page = beside(tmp_path, sandbox)
    edit(page, "One.", "x" * 21 * MIB)
    error = refused(sync(tmp_path, sandbox, form="json"))
    assert "21.0 MiB" in error and "20 MiB" in error
    assert sandbox.record(ID)["content"] == rich()
    assert [path for method, path in asked(sandbox) if method != "GET"] == [f"{OTHER}/"]


@pytest.mark.parametrize("escape", ["\\u0000", "\\ud800"])
def test_a_title_that_no_server_keeps_is_refused(
    sandbox: Sandbox, tmp_path: Path, escape: str
) -> None:
    page = beside(tmp_path, sandbox)
    edit(page, '"title": "W"', f'"title": "W{escape}"')
    error = refused(sync(tmp_path, sandbox, form="json"))
    assert f"title: the character U+{escape[2:].upper()}" in error


@pytest.mark.parametrize("form", ["json", "markdown"])
@pytest.mark.parametrize("title", ["a\\u0000b", "a\\ud800b"])
def test_such_a_title_can_be_looked_at_by_every_command(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str, title: str
) -> None:
    ana = person(tmp_path, sandbox, monkeypatch)
    host, project = sandbox.url, sandbox.project
    made = ana.types("init", "--host", host, "--project", project, "--format", form)
    assert made.code == 0, made.err
    sandbox.seed(short_id=ID, title="W", content=sandbox.markdown("# W\n\nOne."))
    ana.types("pull")
    page = next(path for path in ana.folder.glob(f"{ID}.*"))
    text = page.read_text()
    if form == "json":
        page.write_text(text.replace('"title": "W"', f'"title": "{title}"'))
    else:
        page.write_text(text.replace("---\n\n#", f'title: "{title}"\n---\n\n#'))
    for words in (["status"], ["diff"], ["list"], ["sync", "-n"], ["sync"], ["status", "--json"]):
        answer = ana.types(*words)
        assert answer.code in {0, 4}, answer.screen
        assert "Traceback" not in answer.screen


# --- what no page can say -----------------------------------------------------------------------


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_no_page_can_say_is_refused_with_its_line(
    sandbox: Sandbox, tmp_path: Path, name: str
) -> None:
    raw, words, below = UNREADABLE[name]
    page = beside(tmp_path, sandbox)
    text = page.read_text()
    at = text[: text.index('"x": null')].count("\n") + 1
    page.write_text(text.replace('"x": null', f'"x": {raw}', 1))
    report = sync(tmp_path, sandbox, form="json")
    (found,) = report.unreadable
    assert found.path == f"{ID}.json" and found.hint
    assert words in found.error
    assert f"{ID}.json:{at + below}" in found.error
    assert [done.short_id for done in report.changes] == [OTHER]
    assert sandbox.record(ID)["content"] == rich()
    page.write_text(text)
    assert quiet(tmp_path, sandbox, form="json")


@pytest.mark.parametrize("raw", ["7" * 4_301, "[" * 5_000 + "]" * 5_000, "NaN", '{"a":1,"a":2}'])
def test_a_file_with_it_is_not_taken_in(sandbox: Sandbox, tmp_path: Path, raw: str) -> None:
    text = f'{{"title": "T",\n"content": {{"x": {raw}}}}}'
    (tmp_path / "new.json").write_text(text)
    with opened(tmp_path, sandbox, form="json") as mirror, pytest.raises(FormatError) as caught:
        add(mirror, "new.json", text, scope="s")
    assert caught.value.line == 2
    assert (tmp_path / "new.json").read_text() == text


# --- what a server says -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "raw",
    ["7" * 4_301, "[" * 900 + "]" * 900, "[" * 5_000 + "]" * 5_000, "1e400", "NaN"],
    ids=["4301 digits", "900 levels", "5000 levels", "a float too large", "NaN"],
)
def test_an_answer_that_cannot_be_read_is_unreadable_for_one_notebook_alone(
    sandbox: Sandbox, tmp_path: Path, raw: str
) -> None:
    sandbox.seed(short_id=ID, title="W", content=rich("here"))
    sandbox.seed(short_id=OTHER, title="V", content=sandbox.markdown("# V\n\nOne."))
    answer = json.dumps(sandbox.record(ID)).replace('"here"', raw, 1)
    sandbox.fault(method="GET", path=f"/{ID}/", status=200, text=answer, times=None)
    report = sync(tmp_path, sandbox)
    assert [found.short_id for found in report.unreadable] == [ID]
    assert "check `host`" not in report.unreadable[0].hint or raw == "NaN"
    assert list(pages(tmp_path)) == [f"{OTHER}.md"]
    edit(tmp_path / f"{OTHER}.md", "One.", "One, here.")
    assert [done.short_id for done in sync(tmp_path, sandbox).changes] == [OTHER]


def test_of_keys_that_an_answer_has_twice_the_last_one_counts(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.seed(short_id=ID, title="W", content=rich({"a": 2}, "One."))
    answer = json.dumps(sandbox.record(ID)).replace('{"a": 2}', '{"a": 1, "a": 2}', 1)
    sandbox.fault(method="GET", path=f"/{ID}/", status=200, text=answer)
    go(tmp_path, sandbox, "pull", form="json")
    assert json.loads((tmp_path / f"{ID}.json").read_text())["content"] == rich({"a": 2}, "One.")
    assert quiet_without_index(tmp_path, sandbox, form="json")
