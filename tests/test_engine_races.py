"""What happens to files while a run is under way: saved, renamed, gone for a moment."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mirrors import edit, go, markdown_on, opened, pages, seed_each, sync, there
from nbsync.model import Report
from nbsync.sandbox import Sandbox
from nbsync.sync import Mirror, run

IDS = [f"nb{number}" for number in range(4)]


class During:
    """A server during whose first answer of a kind something happens in the directory."""

    def __init__(self, remote: Any, name: str, act: Callable[[], object]) -> None:
        self._remote = remote
        self._name = name
        self._act: Callable[[], object] | None = act

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._remote, name)
        if name != self._name:
            return value

        def watched(*args: Any) -> Any:
            answer = value(*args)
            if name == "fetch":
                answer = list(answer)
            if self._act is not None:
                act, self._act = self._act, None
                act()
            return answer

        return watched


@pytest.fixture
def mirror(sandbox: Sandbox, tmp_path: Path) -> Path:
    seed_each(sandbox, IDS)
    go(tmp_path, sandbox, "pull")
    return tmp_path


def run_during(
    root: Path, sandbox: Sandbox, name: str, act: Callable[[], object], **options: Any
) -> Report:
    with opened(root, sandbox) as mirror:
        remote: Any = During(mirror.remote, name, act)
        return run(Mirror(mirror.local, remote, mirror.store), **options)


@pytest.mark.parametrize("edited", ["edited", "clean"])
def test_a_page_renamed_while_its_notebook_is_fetched_gets_no_twin(
    sandbox: Sandbox, mirror: Path, edited: str
) -> None:
    there(sandbox, "nb0", "One.", "One, there.")
    if edited == "edited":
        edit(mirror / "nb0.md", "Three.", "Three, here.")

    def rename() -> None:
        (mirror / "nb0.md").rename(mirror / "renamed.md")

    run_during(mirror, sandbox, "fetch", rename, pull=True, push=True)
    sync(mirror, sandbox)
    assert sync(mirror, sandbox).unreadable == ()
    assert sorted(pages(mirror)) == ["nb1.md", "nb2.md", "nb3.md", "renamed.md"]
    assert "One, there." in (mirror / "renamed.md").read_text()
    assert "One, there." in markdown_on(sandbox, "nb0")
    assert ("Three, here." in markdown_on(sandbox, "nb0")) == (edited == "edited")


def test_a_page_that_an_editor_takes_away_for_a_moment_takes_nothing_back(
    sandbox: Sandbox, mirror: Path
) -> None:
    there(sandbox, "nb0", "One.", "One, there.")
    text = (mirror / "nb0.md").read_text()
    run_during(mirror, sandbox, "fetch", (mirror / "nb0.md").unlink, pull=True)
    (mirror / "nb0.md").write_text(text.replace("Three.", "Three, here."))
    for twin in mirror.glob("nb0~*.md"):  # what the hint about twins says
        twin.unlink()
    for _ in range(2):
        sync(mirror, sandbox)
    assert "One, there." in markdown_on(sandbox, "nb0")
    assert "Three, here." in markdown_on(sandbox, "nb0")


def test_a_page_retitled_while_another_is_sent_overwrites_no_title_that_changed_there(
    sandbox: Sandbox, mirror: Path
) -> None:
    edit(mirror / "nb0.md", "Three.", "Three, here.")
    edit(mirror / "nb1.md", "Three.", "Three, here.")
    sandbox.write("nb1", title="Their title")

    def retitle() -> None:
        edit(mirror / "nb1.md", "# Title of nb1", "# My title")

    run_during(mirror, sandbox, "update", retitle, push=True)
    report = sync(mirror, sandbox)
    assert sandbox.record("nb1")["title"] == "Their title"
    assert [conflict.short_id for conflict in report.conflicts] == ["nb1"]


def test_a_page_that_is_back_before_its_notebook_is_deleted_keeps_it(
    sandbox: Sandbox, mirror: Path
) -> None:
    edit(mirror / "nb0.md", "Three.", "Three, here.")
    text = (mirror / "nb1.md").read_text()
    (mirror / "nb1.md").unlink()

    def back() -> None:
        (mirror / "nb1.md").write_text(text)

    run_during(mirror, sandbox, "update", back, push=True, remove=True)
    assert sandbox.record("nb1")["deleted"] is False


def test_a_page_saved_while_its_notebook_is_fetched_is_merged(
    sandbox: Sandbox, mirror: Path
) -> None:
    there(sandbox, "nb0", "One.", "One, there.")

    def save() -> None:
        edit(mirror / "nb0.md", "Three.", "Three, here.")

    run_during(mirror, sandbox, "fetch", save, pull=True)
    text = (mirror / "nb0.md").read_text()
    assert "One, there." in text
    assert "Three, here." in text


def test_a_page_saved_while_it_is_sent_is_sent_again_by_the_next_push(
    sandbox: Sandbox, mirror: Path
) -> None:
    edit(mirror / "nb0.md", "Three.", "Three, here.")

    def save() -> None:
        edit(mirror / "nb0.md", "Three, here.", "Three, here, later.")

    run_during(mirror, sandbox, "update", save, push=True)
    assert "Three, here, later." in (mirror / "nb0.md").read_text()
    report = go(mirror, sandbox, "push")
    assert report.conflicts == ()
    assert "Three, here, later." in markdown_on(sandbox, "nb0")


def test_a_page_that_becomes_unreadable_while_it_is_sent_is_no_conflict_once_it_is_mended(
    sandbox: Sandbox, mirror: Path
) -> None:
    edit(mirror / "nb0.md", "Three.", "Three, here.")
    text = (mirror / "nb0.md").read_text()

    def spoil() -> None:
        (mirror / "nb0.md").write_bytes(b"\xff\xfe")

    run_during(mirror, sandbox, "update", spoil, push=True)
    sync(mirror, sandbox)
    (mirror / "nb0.md").write_text(text.replace("Three, here.", "Three, here, later."))
    report = sync(mirror, sandbox)
    assert report.conflicts == ()
    assert "Three, here, later." in markdown_on(sandbox, "nb0")


def test_a_page_deleted_while_it_is_sent_is_held(sandbox: Sandbox, mirror: Path) -> None:
    edit(mirror / "nb0.md", "Three.", "Three, here.")
    run_during(mirror, sandbox, "update", (mirror / "nb0.md").unlink, push=True)
    sync(mirror, sandbox)
    report = sync(mirror, sandbox)
    assert report.held == ("nb0",)
    assert not (mirror / "nb0.md").exists()
    assert "Three, here." in markdown_on(sandbox, "nb0")
