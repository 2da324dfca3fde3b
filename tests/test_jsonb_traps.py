"""What Postgres' jsonb keeps otherwise or not at all: it makes the trip, or is refused by name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from commands import person
from mirrors import asked, edit, go, markdown_on, opened, pages, sync, touched
from nbsync.errors import FormatError
from nbsync.model import Report
from nbsync.sandbox import Sandbox
from nbsync.sync.pages import add

ID, OTHER = "aB3dE5fG", "zY9xW8vU"
MIB = 1024 * 1024
DIGITS = "7" * 4_300

# What is written, and what a GET shows of it (observed.md 1 to 3).
KEPT = {
    "zero below zero": ("-0.0", 0.0),
    "an integer zero below zero": ("-0", 0),
    "a large float": ("1e16", 10**16),
    "a very large float": ("1e300", 10**300),
    "a float too exact": ("12345678901234567.5", 12345678901234568),
    "a float too small": ("1e-400", 0.0),
    "a float with a zero": ("1.10", 1.1),
    "a float by its exponent": ("1e2", 100.0),
    "one": ("1", 1),
    "one as a float": ("1.0", 1.0),
    "4300 digits": (DIGITS, int(DIGITS)),
    "4300 digits below zero": ("-" + DIGITS, -int(DIGITS)),
    "keys in an order": ('{"bbb": 1, "aa": 2, "c": {"z": 1, "b": 2, "é": 3}, "": 4}', None),
    "every character": ('"\\ud83e\\udd94 \\uffff \\u2028 \\u007f \\u0001 \\\\u0000 \\ufeff"', None),
    "a NUL that is none": ('{"\\\\u0000": "\\\\ud800"}', None),
    "500 lists": ("[" * 500 + "]" * 500, None),
    "500 objects": ('{"a":' * 500 + "1" + "}" * 500, None),
    "nothing": ("[{}, [], null, false, 0, 0.0]", None),
}
# What no server keeps, and how it is told.
REFUSED = {
    "a NUL": ('"a\\u0000b"', "content.content[0].attrs.x: the character U+0000"),
    "a NUL in a key": ('{"a\\u0000": 1}', "a key in content.content[0].attrs.x: the character"),
    "half a character": ('["\\ud800"]', "content.content[0].attrs.x[0]: the character U+D800"),
    "halves in the wrong order": ('"\\udd94\\ud83e"', "content.content[0].attrs.x: the character"),
    "half a character in a key": ('{"\\udfff": 1}', "a key in content.content[0].attrs.x"),
    "803 levels": ("[" * 803 + "]" * 803, "more than 800 levels"),
}
# What no page can say.
UNREADABLE = {
    "4301 digits": ("[1,\n" + "7" * 4_301 + "]", "has 4301 digits", 1),
    "5000 levels": ("[\n" * 5_000 + "]" * 5_000, "nested too deeply", 805),
    "900 levels": ("[\n" * 900 + "]" * 900, "nested too deeply", 805),
    "Infinity": ("[1,\n[Infinity]]", "Infinity is no number", 1),
    "less than everything": ("\n-Infinity", "-Infinity is no number", 1),
    "NaN": ('["NaN",\n\nNaN]', "NaN is no number", 2),
    "a float too large": ('["1e400",\n1e400]', "1e400 is no number", 1),
    "a key twice": ('{"text": "mine",\n"other": {"text": 1}, "text": "yours"}', "stands twice", 1),
    "a raw NUL": ('"a\0b"', "Invalid control character", 0),
}


def rich(x: Any = None, *texts: str) -> dict[str, Any]:
    blocks = [
        {"type": "paragraph", "attrs": {"x": x}, "content": [{"type": "text", "text": text}]}
        for text in texts or ("One.", "Two.", "Three.")
    ]
    return {"type": "doc", "content": blocks}


def first_x(sandbox: Sandbox) -> Any:
    return sandbox.record(ID)["content"]["content"][0]["attrs"]["x"]


def quiet(root: Path, sandbox: Sandbox) -> bool:
    """Whether another sync asks once, changes nothing, and touches no page and no base."""

    def stood() -> dict[str, tuple[int, int, int, str]]:
        files = touched(root)
        return {name: files[name] for name in files if "index" not in name and "lock" not in name}

    before = stood()
    asked(sandbox)
    report = sync(root, sandbox)
    return (
        not (report.changes or report.problems or report.unreadable or report.conflicts)
        and [method for method, _ in asked(sandbox)] == ["GET"]
        and stood() == before
    )


def quiet_without_index(root: Path, sandbox: Sandbox) -> bool:
    """As `quiet`, and once more with every page and base read from the disk anew."""
    if not quiet(root, sandbox):
        return False
    (root / ".nbsync" / "index.sqlite3").unlink()
    return quiet(root, sandbox)


def trap(name: str) -> tuple[str, Any]:
    raw, kept = KEPT[name]
    return raw, json.loads(raw) if kept is None else kept


# --- what makes the trip ------------------------------------------------------------------------


@pytest.mark.parametrize("name", KEPT)
def test_from_the_server_in_rich_text_it_makes_the_trip(
    sandbox: Sandbox, tmp_path: Path, name: str
) -> None:
    raw, kept = trap(name)
    sandbox.seed(short_id=ID, title="W", content=rich(json.loads(raw)))
    assert sync(tmp_path, sandbox).problems == ()
    assert json.dumps(first_x(sandbox), sort_keys=True) == json.dumps(kept, sort_keys=True)
    assert list(pages(tmp_path)) == [f"{ID}.json"]
    assert quiet_without_index(tmp_path, sandbox)


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
    sync(tmp_path, sandbox)
    page = tmp_path / f"{ID}.json"
    page.write_text(page.read_text().replace('"x": null', f'"x": {raw}', 1))
    text = page.read_text()
    report = sync(tmp_path, sandbox)
    assert len(report.changes) == 1 and report.problems == ()
    assert json.dumps(first_x(sandbox), sort_keys=True) == json.dumps(kept, sort_keys=True)
    assert page.read_text() == text
    assert quiet_without_index(tmp_path, sandbox)
    there = sandbox.record(ID)["content"]
    there["content"][2]["content"][0]["text"] = "Three, there."
    sandbox.write(ID, content=there)
    edit(page, '"Two."', '"Two, here."')
    assert [done.action for done in sync(tmp_path, sandbox).changes] == ["merge", "update"]
    assert json.dumps(first_x(sandbox), sort_keys=True) == json.dumps(kept, sort_keys=True)
    assert quiet_without_index(tmp_path, sandbox)


def test_what_is_sent_has_the_form_that_postgres_keeps(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.seed(short_id=ID, title="W", content=rich())
    sync(tmp_path, sandbox)
    edit(tmp_path / f"{ID}.json", '"x": null', '"x": [-0.0, 1e16, -0]')
    sync(tmp_path, sandbox)
    (sent,) = [each["body"] for each in sandbox.requests() if each["method"] == "PATCH"]
    x = sent["content"]["content"][0]["attrs"]["x"]
    assert json.dumps(x) == "[0.0, 10000000000000000, 0]"


def test_one_and_its_float_are_two_values_and_each_is_sent_once(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.seed(short_id=ID, title="W", content=rich(1, "One."))
    sync(tmp_path, sandbox)
    for old, new in (("1", "1.0"), ("1.0", "1")):
        edit(tmp_path / f"{ID}.json", f'"x": {old}\n', f'"x": {new}\n')
        assert len(sync(tmp_path, sandbox).changes) == 1
        assert json.dumps(first_x(sandbox)) == new
        assert quiet(tmp_path, sandbox)


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
    """A rich-text page that is not edited yet, and an edit of another notebook."""
    sandbox.seed(short_id=ID, title="W", content=rich())
    sandbox.seed(short_id=OTHER, title="V", content=sandbox.markdown("# V\n\nOne."))
    sync(root, sandbox)
    edit(root / f"{OTHER}.md", "One.", "One, here.")
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
    error = refused(sync(tmp_path, sandbox))
    assert f"{ID}.json" in error and words in error
    assert page.read_text() == text
    assert sandbox.record(ID)["content"] == rich()
    assert [path for method, path in asked(sandbox) if method != "GET"] == [f"{OTHER}/"]
    assert len(sync(tmp_path, sandbox).problems) == 1
    assert [method for method, _ in asked(sandbox)] == ["GET"]


def test_21_mib_are_refused_by_name_and_nothing_is_sent(sandbox: Sandbox, tmp_path: Path) -> None:
    page = beside(tmp_path, sandbox)
    edit(page, "One.", "x" * 21 * MIB)
    error = refused(sync(tmp_path, sandbox))
    assert "21.0 MiB" in error and "20 MiB" in error
    assert sandbox.record(ID)["content"] == rich()
    assert [path for method, path in asked(sandbox) if method != "GET"] == [f"{OTHER}/"]


@pytest.mark.parametrize("escape", ["\\u0000", "\\ud800"])
def test_a_title_that_no_server_keeps_is_refused(
    sandbox: Sandbox, tmp_path: Path, escape: str
) -> None:
    page = beside(tmp_path, sandbox)
    edit(page, '"title": "W"', f'"title": "W{escape}"')
    error = refused(sync(tmp_path, sandbox))
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
    report = sync(tmp_path, sandbox)
    (found,) = report.unreadable
    assert found.path == f"{ID}.json" and found.hint
    assert words in found.error
    assert f"{ID}.json:{at + below}" in found.error
    assert [done.short_id for done in report.changes] == [OTHER]
    assert sandbox.record(ID)["content"] == rich()
    page.write_text(text)
    assert quiet(tmp_path, sandbox)


@pytest.mark.parametrize("raw", ["7" * 4_301, "[" * 5_000 + "]" * 5_000, "NaN", '{"a":1,"a":2}'])
def test_a_file_with_it_is_not_taken_in(sandbox: Sandbox, tmp_path: Path, raw: str) -> None:
    text = f'{{"title": "T",\n"content": {{"x": {raw}}}}}'
    (tmp_path / "new.json").write_text(text)
    with opened(tmp_path, sandbox) as mirror, pytest.raises(FormatError) as caught:
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
    go(tmp_path, sandbox, "pull")
    assert json.loads((tmp_path / f"{ID}.json").read_text())["content"] == rich({"a": 2}, "One.")
    assert quiet_without_index(tmp_path, sandbox)
