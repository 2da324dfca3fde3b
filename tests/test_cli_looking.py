"""What status, diff and list show of mirrors that are not plain."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands import Person, person, seed
from mirrors import edit, touched
from nbsync.sandbox import Sandbox


@pytest.fixture
def ana(tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Person:
    """Somebody with an empty mirror of an empty project."""
    who = person(tmp_path, sandbox, monkeypatch)
    assert who.types("init", "--host", sandbox.url, "--project", sandbox.project).code == 0
    return who


def test_status_of_an_empty_mirror_says_how_to_begin(ana: Person) -> None:
    answer = ana.types("status")
    assert answer.screen == "0 notebooks in step.\n  next: nbsync pull\n"


def test_status_says_why_notebooks_are_kept_as_json(ana: Person) -> None:
    deep: dict[str, object] = {"type": "paragraph"}
    for _ in range(260):
        deep = {"type": "blockquote", "content": [deep]}
    for name, block in (("deep0", deep), ("deep1", deep), ("rich", {"type": "paragraph"})):
        content = {"type": "doc", "content": [block]}
        ana.sandbox.seed(short_id=name, title="Old", content=content)
    ana.sandbox.seed(short_id="none", title=None, content=None)
    seed(ana.sandbox, "plain", "# Plain")
    assert ana.types("pull").code == 0
    kept = [line for line in ana.types("status").out.splitlines() if "kept as JSON" in line]
    assert len(kept) == 2
    assert kept[0].startswith("2 notebooks kept as JSON: it is nested more than 500 levels deep")
    assert kept[1].startswith("1 notebook kept as JSON: its content is no document but null")


def test_a_json_mirror_has_nothing_to_explain(ana: Person) -> None:
    edit(ana.folder / "nbsync.toml", '"markdown"', '"json"')
    seed(ana.sandbox, "plain", "# Plain")
    assert ana.types("pull").code == 0
    assert ana.types("status").out == "1 notebook in step, verified today.\n"


def test_a_notebook_without_a_title_is_called_untitled(ana: Person) -> None:
    ana.sandbox.seed(short_id="none0001", title=None, content=ana.sandbox.markdown("text"))
    assert "  none0001  untitled\n" in ana.types("status").out
    assert ana.types("pull").code == 0
    assert ana.types("list").out.endswith("  none0001.md  untitled\n")
    edit(ana.folder / "none0001.md", "text", "words")
    assert "  none0001.md  untitled\n" in ana.types("status", "--offline").out


def test_untracked_files_are_counted_and_a_few_are_named(ana: Person) -> None:
    for name in "abcd":
        (ana.folder / f"{name}.md").write_text("mine")
    assert "4 files untracked: a.md, b.md, c.md, … (nbsync add FILE)\n" in ana.types("status").out
    (ana.folder / "d.md").unlink()
    assert "3 files untracked: a.md, b.md, c.md (nbsync add FILE)\n" in ana.types("status").out


def test_an_edit_of_a_notebook_that_is_gone_says_what_will_win(ana: Person) -> None:
    seed(ana.sandbox, "note0001", "# One")
    assert ana.types("pull").code == 0
    edit(ana.folder / "note0001.md", "# One", "# Mine")
    ana.sandbox.write("note0001", deleted=True)
    assert "  note0001.md  Mine  [the edit beats the deletion]\n" in ana.types("status").out


def test_a_deleted_notebook_is_shown_as_no_longer_listed(ana: Person) -> None:
    seed(ana.sandbox, "note0001", "# One")
    assert ana.types("pull").code == 0
    ana.sandbox.write("note0001", deleted=True)
    assert ana.types("status").out.startswith("No longer listed in PostHog")


def test_the_edit_of_a_page_with_crlf_is_shown_alone(ana: Person) -> None:
    seed(ana.sandbox, "note0001", "# One\n\nA\n\nB")
    assert ana.types("pull").code == 0
    page = ana.folder / "note0001.md"
    page.write_bytes(page.read_bytes().replace(b"\n", b"\r\n").replace(b"B", b"C"))
    changed = [line for line in ana.types("diff").out.splitlines() if line[:1] in "+-"]
    assert changed == ["--- a/note0001.md", "+++ b/note0001.md", "-B", "+C"]


def test_line_ends_that_a_notebook_has_itself_are_shown_as_they_are(ana: Person) -> None:
    seed(ana.sandbox, "note0001", "# One\n\nA\r\n\u2028B")
    assert ana.types("pull").code == 0
    edit(ana.folder / "note0001.md", "A\r\n", "A\n")
    assert "-A\r\n+A\n" in ana.types("diff").out


def test_a_missing_last_newline_is_marked_as_diff_does(ana: Person) -> None:
    seed(ana.sandbox, "note0001", "# One\n\nA")
    assert ana.types("pull").code == 0
    page = ana.folder / "note0001.md"
    page.write_text(page.read_text().removesuffix("A\n") + "B")
    assert ana.types("diff").out.endswith("-A\n+B\n\\ No newline at end of file\n")


def test_a_look_leaves_the_directory_as_it_is(ana: Person) -> None:
    seed(ana.sandbox, "note0001", "# One")
    assert ana.types("pull").code == 0
    edit(ana.folder / "note0001.md", "# One", "# Mine")
    before = touched(ana.folder)
    for words in (("status", "--offline"), ("diff",), ("list",), ("conflicts",)):
        assert ana.types(*words).code == 0
    assert touched(ana.folder) == before


def test_quiet_says_only_what_is_asked_for_or_wrong(ana: Person) -> None:
    seed(ana.sandbox, "note0001", "# One")
    for words in (("pull",), ("sync",), ("conflicts",), ("resolve", "--all", "--ours"), ("init",)):
        assert ana.types(*words, "-q").screen == ""
    assert ana.types("list", "-q").screen.endswith("  note0001.md  One\n")
    assert ana.types("pull", "zzz", "-q").err.startswith("problem: No notebook is called 'zzz'")
