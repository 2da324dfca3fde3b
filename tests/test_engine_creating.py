"""Creating exactly once: ids that exist already, answers that get lost, servers that choose ids."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from mirrors import asked, edit, go, markdown_on, opened, pages, sync
from nbsync.model import Report
from nbsync.sandbox import Sandbox
from nbsync.sync import Mirror, run
from nbsync.sync.pages import add

NOTES = "# Notes\n\nOne.\n\nTwo.\n"


def take_in(root: Path, sandbox: Sandbox, text: str = NOTES, name: str = "notes.md") -> str:
    """Write a file and `nbsync add` it; its id."""
    root.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text)
    with opened(root, sandbox) as mirror:
        return add(mirror, name, text, scope="here").short_id


def posts(sandbox: Sandbox) -> int:
    return sum(method == "POST" for method, _ in asked(sandbox))


def named_or_kept(root: Path, report: Report, word: str) -> bool:
    """Whether a word of the page is still in it, or in a conflict that is named."""
    return any(word in text for text in pages(root).values()) or bool(report.conflicts)


def test_an_edit_made_before_the_first_push_survives_a_twin_that_was_created_and_written_to(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    short_id = take_in(first, sandbox)
    assert take_in(second, sandbox) == short_id
    edit(second / "notes.md", "Two.", "Two, only here.")
    go(first, sandbox, "push")
    sandbox.write(short_id, content=sandbox.markdown("# Notes\n\nOne, there.\n\nTwo."))
    report = go(second, sandbox, "push")
    assert named_or_kept(second, report, "Two, only here.")


def test_a_colleagues_page_that_is_added_does_not_give_way_to_the_notebook_with_its_id(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.seed(short_id="aB3dE5fG", title="W", content=sandbox.markdown("# W\n\nThere."))
    sandbox.write("aB3dE5fG", content=sandbox.markdown("# W\n\nThere, later."))
    take_in(tmp_path, sandbox, '---\nshort_id: "aB3dE5fG"\n---\n\n# W\n\nMine.\n')
    report = go(tmp_path, sandbox, "push")
    assert named_or_kept(tmp_path, report, "Mine.")
    assert markdown_on(sandbox, "aB3dE5fG") == "# W\n\nThere, later."


def test_a_page_edited_after_the_answer_to_its_create_was_lost_is_no_conflict(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    short_id = take_in(tmp_path, sandbox)
    sandbox.fault(method="POST", drop="after")
    sandbox.fault(method="GET", path=short_id, status=500, times=9)
    go(tmp_path, sandbox, "push")
    sandbox.clear()
    edit(tmp_path / "notes.md", "Two.", "Two, edited.")
    report = sync(tmp_path, sandbox)
    assert report.conflicts == ()
    assert "Two, edited." in markdown_on(sandbox, short_id)
    assert posts(sandbox) == 0


def test_a_push_alone_finds_the_notebook_whose_answer_was_lost(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    short_id = take_in(tmp_path, sandbox)
    sandbox.fault(method="POST", drop="after")
    sandbox.fault(method="GET", path=short_id, status=500, times=9)
    assert go(tmp_path, sandbox, "push").problems
    sandbox.clear()
    edit(tmp_path / "notes.md", "Two.", "Two, edited.")
    report = go(tmp_path, sandbox, "push")
    assert report.conflicts == () == report.problems
    assert "Two, edited." in markdown_on(sandbox, short_id)
    assert posts(sandbox) == 0


@pytest.mark.parametrize("fault", [{"drop": "after"}, {"status": 500, "effect": True}])
def test_a_server_that_chooses_ids_is_not_given_the_same_page_twice(
    tmp_path: Path, fault: dict[str, object]
) -> None:
    with Sandbox(client_ids=False) as old:
        take_in(tmp_path, old)
        old.fault(method="POST", **fault)
        go(tmp_path, old, "push")
        go(tmp_path, old, "push")
        assert posts(old) == 1
        sync(tmp_path, old)
        assert len(pages(tmp_path)) == 1


def test_a_create_that_did_not_arrive_adopts_no_older_notebook_that_says_the_same(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.seed(
        short_id="older",
        title="Notes",
        content=sandbox.markdown(NOTES.removesuffix("\n")),
        created_at="2024-01-01T00:00:00.000001Z",
    )
    short_id = take_in(tmp_path, sandbox)
    sandbox.fault(method="POST", drop="before")
    go(tmp_path, sandbox, "push")
    assert markdown_on(sandbox, short_id) == NOTES.removesuffix("\n")


def test_a_page_saved_while_it_is_created_by_a_server_that_chooses_ids_is_created_once(
    tmp_path: Path,
) -> None:
    with Sandbox(client_ids=False) as old:
        take_in(tmp_path, old)
        with opened(tmp_path, old) as mirror:
            remote: Any = Saving(mirror.remote, tmp_path / "notes.md")
            run(Mirror(mirror.local, remote, mirror.store), push=True)
        sync(tmp_path, old)
        sync(tmp_path, old)
        assert posts(old) == 1
        assert len(pages(tmp_path)) == 1
        assert "Two, saved." in next(iter(pages(tmp_path).values()))


class Saving:
    """A server during whose answer to a create the page is saved once more."""

    def __init__(self, remote: Any, path: Path) -> None:
        self._remote = remote
        self._path = path

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._remote, name)
        if name != "create":
            return value

        def create(*args: Any) -> Any:
            answer = value(*args)
            edit(self._path, "Two.", "Two, saved.")
            return answer

        return create


def test_a_file_added_again_after_its_notebook_was_deleted_can_be_created(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    short_id = take_in(tmp_path, sandbox)
    go(tmp_path, sandbox, "push")
    sandbox.write(short_id, deleted=True)
    sync(tmp_path, sandbox)
    assert pages(tmp_path) == {}
    for _ in range(2):  # what the hint says: remove the short_id, add it again
        take_in(tmp_path, sandbox)
        report = go(tmp_path, sandbox, "push")
    assert report.problems == ()
    assert len(pages(tmp_path)) == 1


def test_a_file_added_twice_after_its_answer_was_lost_is_created_once(tmp_path: Path) -> None:
    with Sandbox() as box:
        short_id = take_in(tmp_path, box)
        box.fault(method="POST", drop="after")
        box.fault(method="GET", path=short_id, status=500, times=9)
        go(tmp_path, box, "push")
        box.clear()
        text = (tmp_path / "notes.md").read_text()
        with opened(tmp_path, box) as mirror:
            assert add(mirror, "notes.md", text, scope="here").short_id == short_id
        edit(tmp_path / "notes.md", "Two.", "Two, edited.")
        report = go(tmp_path, box, "push")
        assert report.conflicts == ()
        assert "Two, edited." in markdown_on(box, short_id)


def test_an_intent_whose_page_was_deleted_is_left_alone_and_costs_nothing(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    take_in(tmp_path, sandbox)
    (tmp_path / "notes.md").unlink()
    report = go(tmp_path, sandbox, "push")
    assert report.problems == () == report.changes
    assert asked(sandbox) == []


def test_a_page_renamed_between_add_and_push_is_created_once(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    short_id = take_in(tmp_path, sandbox)
    (tmp_path / "notes.md").rename(tmp_path / "renamed.md")
    go(tmp_path, sandbox, "push")
    sync(tmp_path, sandbox)
    assert posts(sandbox) == 1
    assert list(pages(tmp_path)) == ["renamed.md"]
    assert markdown_on(sandbox, short_id) == "# Notes\n\nOne.\n\nTwo."


def test_a_server_that_never_says_whether_it_created_is_asked_again_by_the_next_push(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    go(tmp_path, sandbox, "pull")
    short_id = take_in(tmp_path, sandbox)
    sandbox.fault(method="POST", status=500, times=3)
    (problem,) = go(tmp_path, sandbox, "push").problems
    assert "did not say whether it created" in problem.error
    assert problem.hint == "nbsync push"
    assert [change.action for change in go(tmp_path, sandbox, "push").changes] == ["create"]
    assert "Two." in markdown_on(sandbox, short_id)
    assert sync(tmp_path, sandbox).changes == ()


def test_two_clones_create_one_notebook_where_an_old_server_had_none_yet(tmp_path: Path) -> None:
    with Sandbox(kind="2023") as old:
        first, second = tmp_path / "first", tmp_path / "second"
        go(first, old, "pull")
        take_in(first, old)
        take_in(second, old)
        go(second, old, "push")
        go(first, old, "push")
        assert posts(old) == 1
        for root in (first, second):
            sync(root, old)
            assert len(pages(root)) == 1


def test_rich_text_with_a_mark_within_a_word_is_known_again_when_it_was_made_markdown(
    tmp_path: Path,
) -> None:
    bold = {"type": "text", "text": "bold", "marks": [{"type": "bold"}]}
    block = {"type": "paragraph", "content": [bold, {"type": "text", "text": "ly said."}]}
    page = {"title": "Notes", "content": {"type": "doc", "content": [block]}}
    with Sandbox(kind="2026-09") as box:
        take_in(tmp_path, box, json.dumps(page), "notes.json")
        report = go(tmp_path, box, "push")
        assert report.conflicts == () == report.problems
        assert sync(tmp_path, box).changes == ()


def test_a_notebook_made_under_a_second_id_and_edited_there_is_met_and_not_made_again(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.seed(short_id="other", title="O", content=sandbox.markdown("# O"))
    go(tmp_path, sandbox, "pull")
    short_id = take_in(tmp_path, sandbox)
    sandbox.seed(short_id=short_id, title="Gone", content=None, deleted=True)
    sandbox.fault(method="POST", drop="after", skip=1)
    sandbox.fault(method="GET", path="/notebooks", status=503, times=9)
    assert len(go(tmp_path, sandbox, "push").problems) == 1
    sandbox.clear()
    (made,) = [each for each in notebooks(sandbox) if each != "other"]
    sandbox.write(made, content=sandbox.markdown("# Notes\n\nOne.\n\nTwo, there."))
    report = go(tmp_path, sandbox, "push")
    assert notebooks(sandbox) == [made, "other"]
    assert [conflict.short_id for conflict in report.conflicts] == [made]
    assert "Two." in (tmp_path / "notes.md").read_text()


def notebooks(sandbox: Sandbox) -> list[str]:
    """The ids of the notebooks that a list shows."""
    answer = httpx.get(
        f"{sandbox.url}/api/projects/1/notebooks/",
        headers={"Authorization": f"Bearer {sandbox.second_key}"},
    )
    return [row["short_id"] for row in answer.json()["results"]]
