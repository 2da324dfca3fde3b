"""Mirrors with `format = "json"`: everything that Markdown pages can do, JSON pages can."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from commands import Answer, Person, person
from mirrors import asked, edit, markdown_on, pages
from nbsync.sandbox import Sandbox

ID, OTHER = "aB3dE5fG", "zY9xW8vU"


def paragraph(text: str) -> dict[str, Any]:
    return {"type": "paragraph", "content": [{"type": "text", "text": text}]}


def rich(*texts: str) -> dict[str, Any]:
    return {"type": "doc", "content": [paragraph(text) for text in texts]}


def texts_of(content: Any) -> list[str]:
    return [block["content"][0]["text"] for block in content["content"]]


class Mirror:
    """Ana's JSON mirror of a project, in which Ben edits in his browser."""

    def __init__(self, ana: Person) -> None:
        self.ana, self.sandbox, self.folder = ana, ana.sandbox, ana.folder

    def types(self, *words: str, code: int = 0) -> Answer:
        answer = self.ana.types(*words)
        assert answer.code == code, answer.screen
        assert "Traceback" not in answer.screen
        return answer

    @property
    def page(self) -> Path:
        return self.folder / f"{ID}.json"

    def said(self) -> dict[str, Any]:
        said = json.loads(self.page.read_text())
        assert isinstance(said, dict)
        return said

    def writes(self, *texts: str, **fields: object) -> None:
        """Ana rewrites her page with these paragraphs."""
        said = self.said() | {"content": rich(*texts)} | fields
        self.page.write_text(json.dumps(said, indent=2) + "\n")

    def ben_writes(self, *texts: str, **fields: object) -> None:
        self.sandbox.write(ID, content=rich(*texts), **fields)

    def there(self) -> list[str]:
        return texts_of(self.sandbox.record(ID)["content"])

    def in_step(self) -> bool:
        """Whether both say the same, and another sync asks once and does nothing."""
        record = self.sandbox.record(ID)
        alike = self.said() == {key: record[key] for key in ("short_id", "title", "content")}
        asked(self.sandbox)
        report = self.types("sync", "--json").document
        quiet = report["changes"] == [] and [method for method, _ in asked(self.sandbox)] == ["GET"]
        return alike and quiet


@pytest.fixture
def mirror(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mirror:
    """With one rich-text notebook of three paragraphs, in step."""
    ana = person(tmp_path, sandbox, monkeypatch)
    there = Mirror(ana)
    there.types("init", "--host", sandbox.url, "--project", sandbox.project, "--format", "json")
    sandbox.seed(short_id=ID, title="W", content=rich("One.", "Two.", "Three."))
    there.types("pull")
    asked(sandbox)
    return there


# --- new notebooks ------------------------------------------------------------------------------


def test_a_new_page_is_json_and_becomes_a_notebook(mirror: Mirror) -> None:
    (made,) = mirror.types("new", "Launch review", "--json").document["pages"]
    assert made["path"] == f"{made['short_id']}.json" and made["title"] == "Launch review"
    mirror.types("push")
    record = mirror.sandbox.record(made["short_id"])
    assert record["title"] == "Launch review"
    assert markdown_on(mirror.sandbox, made["short_id"]).startswith("# Launch review")
    assert mirror.types("sync", "--json").document["changes"] == []


@pytest.mark.parametrize("title", ["Mine", None])
def test_a_json_file_is_taken_in_with_a_title_or_without(mirror: Mirror, title: str | None) -> None:
    said: dict[str, Any] = {"content": rich("One.")} | ({"title": title} if title else {})
    (mirror.folder / "mine.json").write_text(json.dumps(said))
    (added,) = mirror.types("add", "mine.json", "--json").document["pages"]
    assert added["path"] == "mine.json" and added["title"] == (title or "")
    mirror.types("push")
    record = mirror.sandbox.record(added["short_id"])
    assert record["title"] == title and record["content"] == rich("One.")
    assert mirror.types("sync", "--json").document["changes"] == []
    assert json.loads((mirror.folder / "mine.json").read_text())["title"] == title


def test_a_json_file_that_is_no_notebook_is_nobodys_business_and_not_taken_in(
    mirror: Mirror,
) -> None:
    (mirror.folder / "package.json").write_text('{"name": "x", "content": []}')
    answer = mirror.types("add", "package.json", "--json", code=4)
    assert '"name"' in answer.document["problems"][0]["error"]
    assert mirror.types("status", "--json").document["untracked"] == []
    assert mirror.in_step()


# --- one side --------------------------------------------------------------------------------


def test_an_edit_goes_up_and_an_edit_comes_down(mirror: Mirror) -> None:
    mirror.writes("One, here.", "Two.", "Three.")
    mirror.types("push")
    assert mirror.there() == ["One, here.", "Two.", "Three."]
    mirror.ben_writes("One, here.", "Two, there.", "Three.")
    mirror.types("pull")
    assert texts_of(mirror.said()["content"]) == ["One, here.", "Two, there.", "Three."]
    assert mirror.in_step()


def test_a_page_may_be_renamed_and_moved(mirror: Mirror) -> None:
    moved = mirror.folder / "notes" / "weekly.json"
    moved.parent.mkdir()
    mirror.page.rename(moved)
    mirror.ben_writes("One.", "Two.", "Three, there.")
    mirror.types("sync")
    assert list(pages(mirror.folder)) == ["notes/weekly.json"]
    edit(moved, "One.", "One, here.")
    mirror.types("sync")
    assert mirror.there() == ["One, here.", "Two.", "Three, there."]


def test_a_missing_page_is_held_restored_or_deleted(mirror: Mirror) -> None:
    mirror.page.unlink()
    mirror.types("sync")
    assert not mirror.sandbox.record(ID)["deleted"] and not mirror.page.exists()
    mirror.types("restore", ID)
    assert mirror.in_step()
    mirror.page.unlink()
    mirror.types("push", "--delete")
    assert mirror.sandbox.record(ID)["deleted"]
    assert mirror.types("sync", "--json").document["changes"] == []


def test_a_notebook_deleted_there_is_removed_here_unless_it_was_edited(mirror: Mirror) -> None:
    mirror.sandbox.write(ID, deleted=True)
    mirror.types("sync")
    assert not mirror.page.exists()
    mirror.sandbox.write(ID, deleted=False)
    mirror.types("sync")
    mirror.sandbox.write(ID, deleted=True)
    mirror.writes("One, here.", "Two.", "Three.")
    mirror.types("sync")
    assert not mirror.sandbox.record(ID)["deleted"]
    assert mirror.there()[0] == "One, here."
    assert mirror.in_step()


# --- both sides --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("here", "there", "merged"),
    [
        (["One, here.", "Two.", "Three."], ["One.", "Two, there.", "Three."], None),
        (["One, here.", "Two.", "Three."], ["One.", "Two.", "Three, there."], None),
        (["Two.", "Three."], ["One.", "Two.", "Three, there."], ["Two.", "Three, there."]),
        (["Zero.", "One.", "Two.", "Three."], ["One.", "Two.", "Three.", "Four."], None),
        (["One.", "One.", "Two.", "Three."], ["One.", "Two.", "Three.", "Three."], None),
        (["Three.", "One.", "Two."], ["One, there.", "Two.", "Three."], None),
    ],
    ids=["touching", "apart", "removed", "added at both ends", "copied", "moved"],
)
def test_edits_of_different_blocks_merge(
    mirror: Mirror, here: list[str], there: list[str], merged: list[str] | None
) -> None:
    mirror.writes(*here)
    mirror.ben_writes(*there)
    mirror.types("sync")
    now = mirror.there()
    base = {"One.", "Two.", "Three."}
    assert {*here, *there} - base <= {*now}
    assert merged is None or now == merged
    assert mirror.in_step()


@pytest.mark.parametrize(
    ("here", "there"),
    [
        (["One, here.", "Two.", "Three."], ["One, there.", "Two.", "Three."]),
        (["One.", "Two.", "Three.", "Four, here."], ["One.", "Two.", "Three.", "Four, there."]),
        (["Two.", "Three."], ["One, there.", "Two.", "Three."]),
        (["Three.", "Two.", "One."], ["Two.", "Three.", "One."]),
    ],
    ids=["the same block", "added at one place", "edited and removed", "reordered twice"],
)
@pytest.mark.parametrize("side", ["--ours", "--theirs"])
def test_edits_of_the_same_block_are_a_conflict_to_be_settled(
    mirror: Mirror, here: list[str], there: list[str], side: str
) -> None:
    mirror.writes(*here)
    text = mirror.page.read_text()
    mirror.ben_writes(*there)
    mirror.types("sync", code=5)
    assert mirror.page.read_text() == text and mirror.there() == there
    laid_out = mirror.folder / ".nbsync" / "conflicts" / ID
    assert json.loads((laid_out / "remote.json").read_text())["content"] == rich(*there)
    assert "<<<<<<<" in (laid_out / "merged.json").read_text()
    mirror.types("conflicts", code=5)
    mirror.types("resolve", ID, side)
    mirror.types("sync")
    assert mirror.there() == (here if side == "--ours" else there)
    assert mirror.in_step()
    kept = [path.read_text() for path in (mirror.folder / ".nbsync/history" / ID).iterdir()]
    lost = there if side == "--ours" else here
    assert any(all(json.dumps(word) in old for word in lost) for old in kept)


def test_the_same_edit_on_both_sides_is_in_step(mirror: Mirror) -> None:
    mirror.writes("One.", "Two, edited.", "Three.")
    mirror.ben_writes("One.", "Two, edited.", "Three.")
    mirror.types("sync")
    assert mirror.in_step()


def test_a_conflict_is_settled_by_an_edit_of_the_page(mirror: Mirror) -> None:
    mirror.writes("One, here.", "Two.", "Three.")
    mirror.ben_writes("One, there.", "Two.", "Three.")
    mirror.types("sync", code=5)
    mirror.writes("One, there.", "Two.", "Three, here.")
    mirror.types("sync")
    assert mirror.there() == ["One, there.", "Two.", "Three, here."]
    assert mirror.in_step()


def test_a_page_with_markers_in_it_is_never_sent(mirror: Mirror) -> None:
    mirror.writes("One, here.", "Two.", "Three.")
    mirror.ben_writes("One, there.", "Two.", "Three.")
    mirror.types("sync", code=5)
    merged = mirror.folder / ".nbsync" / "conflicts" / ID / "merged.json"
    mirror.page.write_text(merged.read_text())
    answer = mirror.types("sync", "--json", code=4)
    (found,) = answer.document["unreadable"]
    assert "markers" in found["error"] and f"{ID}.json:" in found["error"]
    assert mirror.there() == ["One, there.", "Two.", "Three."]


# --- titles --------------------------------------------------------------------------------


def test_a_title_goes_up_and_comes_down(mirror: Mirror) -> None:
    mirror.writes("One.", "Two.", "Three.", title="Here")
    mirror.types("sync")
    assert mirror.sandbox.record(ID)["title"] == "Here"
    mirror.sandbox.write(ID, title="There")
    mirror.types("sync")
    assert mirror.said()["title"] == "There"
    assert mirror.in_step()


def test_a_title_here_and_a_block_there_merge(mirror: Mirror) -> None:
    mirror.writes("One.", "Two.", "Three.", title="Here")
    mirror.ben_writes("One, there.", "Two.", "Three.")
    mirror.types("sync")
    assert mirror.sandbox.record(ID)["title"] == "Here"
    assert mirror.there() == ["One, there.", "Two.", "Three."]
    assert mirror.in_step()


def test_two_titles_and_two_blocks_are_a_conflict_in_the_title_alone(mirror: Mirror) -> None:
    mirror.writes("One, here.", "Two.", "Three.", title="Here")
    mirror.ben_writes("One.", "Two.", "Three, there.", title="There")
    (conflict,) = mirror.types("sync", "--json", code=5).document["conflicts"]
    assert conflict["regions"] == 1
    merged = mirror.folder / ".nbsync" / "conflicts" / ID / "merged.json"
    draft = merged.read_text()
    assert draft.count("<<<<<<<") == 1
    assert "One, here." in draft and "Three, there." in draft
    start, end = draft.index("<<<<<<<"), draft.index(">>>>>>>")
    assert "Here" in draft[start:end] and "There" in draft[start:end]
    rest = draft[:start] + '  "title": "Both",\n' + draft[end:].partition("\n")[2]
    mirror.page.write_text(rest)
    mirror.types("resolve", ID, "--ours")
    mirror.types("sync")
    assert mirror.sandbox.record(ID)["title"] == "Both"
    assert mirror.there() == ["One, here.", "Two.", "Three, there."]
    assert mirror.in_step()


# --- Markdown notebooks -------------------------------------------------------------------------


def test_a_markdown_notebook_in_a_json_mirror_merges_as_text(mirror: Mirror) -> None:
    mirror.sandbox.seed(
        short_id=OTHER, title="V", content=mirror.sandbox.markdown("# V\n\nOne.\n\nTwo.")
    )
    mirror.types("pull")
    page = mirror.folder / f"{OTHER}.json"
    edit(page, "One.", "One, here.")
    mirror.sandbox.write(OTHER, content=mirror.sandbox.markdown("# V\n\nOne.\n\nTwo, there."))
    mirror.types("sync")
    assert markdown_on(mirror.sandbox, OTHER) == "# V\n\nOne, here.\n\nTwo, there."
    edit(page, "One, here.", "One, anew.")
    mirror.sandbox.write(OTHER, content=mirror.sandbox.markdown("# V\n\nOne, else.\n\nTwo, there."))
    mirror.types("sync", code=5)
    mirror.types("resolve", OTHER, "--ours")
    mirror.types("sync")
    assert markdown_on(mirror.sandbox, OTHER) == "# V\n\nOne, anew.\n\nTwo, there."


def turned_markdown(mirror: Mirror) -> None:
    settings = mirror.folder / "nbsync.toml"
    settings.write_text(settings.read_text().replace('"json"', '"markdown"'))


def test_json_pages_of_markdown_notebooks_and_of_no_documents_stay_in_a_markdown_mirror(
    mirror: Mirror,
) -> None:
    mirror.sandbox.seed(short_id=OTHER, title="V", content=mirror.sandbox.markdown("# V\n\nOne."))
    mirror.sandbox.seed(short_id="none0001", title="N", content=None)
    mirror.types("sync")
    turned_markdown(mirror)
    mirror.types("sync")
    assert list(pages(mirror.folder)) == [f"{ID}.md", "none0001.json", f"{OTHER}.json"]
    edit(mirror.folder / f"{OTHER}.json", "One.", "One, here.")
    mirror.types("sync")
    assert markdown_on(mirror.sandbox, OTHER) == "# V\n\nOne, here."
    assert mirror.types("sync", "--json").document["changes"] == []


def test_json_pages_of_rich_text_become_markdown_when_the_mirror_does(mirror: Mirror) -> None:
    turned_markdown(mirror)
    mirror.sandbox.seed(short_id=OTHER, title="V", content=mirror.sandbox.markdown("# V"))
    mirror.writes("One, here.", "Two.", "Three.")
    mirror.types("sync")
    assert list(pages(mirror.folder)) == [f"{ID}.md", f"{OTHER}.md"]
    assert pages(mirror.folder)[f"{ID}.md"].endswith("---\n\nOne, here.\n\nTwo.\n\nThree.\n")
    mirror.types("sync")
    assert mirror.there()[0] == "One, here."
    asked(mirror.sandbox)
    assert mirror.types("sync", "--json").document["changes"] == []
    assert [method for method, _ in asked(mirror.sandbox)] == ["GET"]


def test_the_reference_of_files_names_all_that_lies_in_nbsyncs_folder(mirror: Mirror) -> None:
    mirror.writes("One, here.", "Two.", "Three.")
    mirror.ben_writes("One, there.", "Two.", "Three.")
    mirror.types("sync", code=5)
    mirror.types("new", "Launch review")
    reference = (Path(__file__).parents[1] / "docs" / "reference" / "files.md").read_text("utf-8")
    folder = mirror.folder / ".nbsync"
    for path in folder.rglob("*"):
        name = path.relative_to(folder).parts[0]
        assert f"| `{name}" in reference or f", `{name}`" in reference, name
    for path in (folder / "conflicts" / ID).iterdir():
        assert f"`{path.name}`" in reference or f"`{path.stem}`" in reference, path.name


def test_a_json_mirror_without_its_memory_loses_no_page(mirror: Mirror) -> None:
    shutil.rmtree(mirror.folder / ".nbsync")
    mirror.types("sync")
    assert mirror.in_step()
    shutil.rmtree(mirror.folder / ".nbsync")
    mirror.writes("One, here.", "Two.", "Three.")
    mirror.types("sync", code=5)
    mirror.types("resolve", ID, "--ours")
    mirror.types("sync")
    assert mirror.there()[0] == "One, here."
    assert mirror.in_step()
