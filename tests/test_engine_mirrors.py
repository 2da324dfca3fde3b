"""Several mirrors of one project, several processes in one mirror, and requests as a whole."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from mirrors import asked, edit, go, markdown_on, opened, pages, pulled, seed_each, sync, there
from nbsync.cli import cli
from nbsync.errors import Busy, GuardTripped
from nbsync.sandbox import Sandbox
from nbsync.sync import Mirror, run
from nbsync.sync.pages import add
from nbsync.sync.resolving import resolve_each
from nbsync.sync.restoring import restore_each

IDS = [f"nb{number}" for number in range(8)]


def base_of(root: Path, short_id: str) -> bytes:
    return (root / ".nbsync/base" / f"{short_id}.json").read_bytes()


@pytest.fixture
def mirror(sandbox: Sandbox, tmp_path: Path) -> Path:
    seed_each(sandbox, IDS)
    return pulled(tmp_path / "mirror", sandbox)


def test_a_base_has_the_same_bytes_whether_it_was_sent_or_fetched(
    sandbox: Sandbox, mirror: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    go(other, sandbox, "pull")
    edit(mirror / "nb0.md", "One.", "One, here.")
    edit(mirror / "nb1.md", "# Title of nb1", "# Another title")
    (mirror / "new.md").write_text("# New\n")
    with opened(mirror, sandbox) as opened_mirror:
        new = add(opened_mirror, "new.md", "# New\n", scope="here").short_id
    go(mirror, sandbox, "push")
    go(other, sandbox, "pull")
    for short_id in (*IDS, new):
        assert base_of(mirror, short_id) == base_of(other, short_id)


def test_two_mirrors_that_add_the_same_file_make_one_notebook(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    for name in ("first", "second"):
        root = tmp_path / name
        root.mkdir()
        (root / "notes.md").write_text("# Notes\n")
        with opened(root, sandbox) as opened_mirror:
            add(opened_mirror, "notes.md", "# Notes\n", scope="here")
    for name in ("first", "second"):
        assert sync(tmp_path / name, sandbox).conflicts == ()
    assert pages(tmp_path / "first") == pages(tmp_path / "second")
    assert len(pages(tmp_path / "first")) == 1


def test_a_file_with_an_id_of_another_project_is_created_under_it(
    sandbox: Sandbox, mirror: Path
) -> None:
    text = '---\nshort_id: "zZ9yY8xX"\n---\n\n# From elsewhere\n'
    (mirror / "elsewhere.md").write_text(text)
    with opened(mirror, sandbox) as opened_mirror:
        assert add(opened_mirror, "elsewhere.md", text, scope="here").short_id == "zZ9yY8xX"
    go(mirror, sandbox, "push")
    assert markdown_on(sandbox, "zZ9yY8xX") == "# From elsewhere"
    assert (mirror / "elsewhere.md").read_text() == text


def test_a_notebook_saved_there_during_a_first_pull_is_brought_at_its_end(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    seed_each(sandbox, IDS)
    with opened(tmp_path, sandbox) as opened_mirror:
        remote: Any = SavedMeanwhile(opened_mirror.remote, sandbox)
        run(Mirror(opened_mirror.local, remote, opened_mirror.store), pull=True)
    assert "One, meanwhile." in (tmp_path / "nb0.md").read_text()


class SavedMeanwhile:
    """A server on which somebody saves a notebook right after it was fetched."""

    def __init__(self, remote: Any, sandbox: Sandbox) -> None:
        self._remote = remote
        self._sandbox: Sandbox | None = sandbox

    def __getattr__(self, name: str) -> Any:
        return getattr(self._remote, name)

    def fetch(self, short_ids: Any) -> Any:
        answers = list(self._remote.fetch(short_ids))
        if self._sandbox is not None:
            there(self._sandbox, "nb0", "One.", "One, meanwhile.")
            self._sandbox = None
        return answers


def test_whatever_is_sent_has_content_text_and_version_together_or_deleted_alone(
    sandbox: Sandbox, mirror: Path
) -> None:
    there(sandbox, "nb0", "One.", "One, there.")
    edit(mirror / "nb0.md", "Three.", "Three, here.")
    edit(mirror / "nb1.md", "# Title of nb1", "# Another title")
    sandbox.write("nb2", deleted=True)
    edit(mirror / "nb2.md", "One.", "One, here.")
    sandbox.write("nb3", title="Their title")
    edit(mirror / "nb3.md", "One.", "One, here.")
    (mirror / "nb4.md").unlink()
    go(mirror, sandbox, "push", remove=True, allowed=9)
    sync(mirror, sandbox, allowed=9)
    bodies = [entry["body"] for entry in sandbox.requests() if entry["method"] == "PATCH"]
    assert len(bodies) >= 5
    for body in bodies:
        keys = set(body) - {"title"}
        content = {"content", "text_content", "version"}
        assert keys in (content, content | {"deleted"}, {"deleted"})
        assert "title" not in body or "content" in body


def test_an_answer_to_a_deletion_that_is_lost_deletes_once_and_is_forgotten(
    sandbox: Sandbox, mirror: Path
) -> None:
    (mirror / "nb0.md").unlink()
    sandbox.fault(method="PATCH", drop="after")
    assert len(go(mirror, sandbox, "push", remove=True).problems) == 1
    sync(mirror, sandbox)
    report = sync(mirror, sandbox)
    assert report.held == () == report.problems
    assert report.tracked == len(IDS) - 1


def test_a_guard_stops_a_pull_that_would_remove_most_pages(sandbox: Sandbox, mirror: Path) -> None:
    for short_id in IDS[:6]:
        sandbox.write(short_id, deleted=True)
    before = pages(mirror)
    with pytest.raises(GuardTripped) as caught:
        go(mirror, sandbox, "pull")
    assert caught.value.count == 6
    assert pages(mirror) == before
    go(mirror, sandbox, "pull", allowed=6)
    assert len(pages(mirror)) == 2


def test_a_guard_never_stops_a_pull_that_brings_every_page_up(
    sandbox: Sandbox, mirror: Path
) -> None:
    for short_id in IDS:
        there(sandbox, short_id, "One.", "One, there.")
    assert len(go(mirror, sandbox, "pull").changes) == len(IDS)


@pytest.mark.parametrize("what", ["changed", "deleted"])
def test_a_page_that_cannot_be_read_stays_whatever_the_server_does(
    sandbox: Sandbox, mirror: Path, what: str
) -> None:
    text = (mirror / "nb0.md").read_bytes()
    (mirror / "nb0.md").write_bytes(text + b"\xff")
    if what == "changed":
        there(sandbox, "nb0", "One.", "One, there.")
    else:
        sandbox.write("nb0", deleted=True)
    there(sandbox, "nb1", "One.", "One, there.")
    report = sync(mirror, sandbox)
    assert [found.short_id for found in report.unreadable] == ["nb0"]
    assert (mirror / "nb0.md").read_bytes() == text + b"\xff"
    assert "One, there." in (mirror / "nb1.md").read_text()
    (mirror / "nb0.md").write_bytes(text)
    sync(mirror, sandbox)
    assert ("One, there." in pages(mirror).get("nb0.md", "")) == (what == "changed")
    assert sync(mirror, sandbox).changes == ()


def test_a_restored_page_whose_notebook_moved_meanwhile_is_brought_up(
    sandbox: Sandbox, mirror: Path
) -> None:
    (mirror / "nb0.md").unlink()
    there(sandbox, "nb0", "One.", "One, there.")
    with opened(mirror, sandbox) as opened_mirror:
        restore_each(opened_mirror, ["nb0"])
    assert "One." in (mirror / "nb0.md").read_text()
    sync(mirror, sandbox)
    assert "One, there." in (mirror / "nb0.md").read_text()
    assert "One, there." in markdown_on(sandbox, "nb0")


@pytest.mark.parametrize("ours", [True, False])
def test_nothing_is_settled_while_git_is_at_work(
    sandbox: Sandbox, mirror: Path, *, ours: bool
) -> None:
    there(sandbox, "nb0", "One.", "One, there.")
    edit(mirror / "nb0.md", "One.", "One, here.")
    sync(mirror, sandbox)
    (mirror / ".git").mkdir()
    (mirror / ".git/HEAD").write_text("ref: refs/heads/main\n")
    (mirror / ".git/MERGE_HEAD").write_text("0" * 40)
    before = base_of(mirror, "nb0")
    with suppress(Busy), opened(mirror, sandbox) as opened_mirror:
        assert resolve_each(opened_mirror, ["nb0"], ours=ours).problems
    assert base_of(mirror, "nb0") == before


@pytest.mark.parametrize("command", ["list", "diff", "conflicts"])
def test_a_command_that_holds_no_lock_removes_nothing_that_another_is_writing(
    sandbox: Sandbox, tmp_path: Path, command: str
) -> None:
    settings = ["init", "--host", sandbox.url, "--project", sandbox.project]
    made = CliRunner().invoke(cli, ["-C", str(tmp_path), *settings])
    assert made.exit_code == 0, made.output
    half_written = tmp_path / ".nbsync-tmp-1-1"
    half_written.write_text("what a sync in another window is about to put in its place")
    done = CliRunner().invoke(cli, ["-C", str(tmp_path), command])
    assert done.exit_code == 0, done.output
    assert half_written.exists()


def test_a_page_that_nothing_is_known_of_is_reported_and_never_created(
    sandbox: Sandbox, mirror: Path
) -> None:
    (mirror / "stray.md").write_text('---\nshort_id: "stray1234"\n---\n\n# Stray\n')
    for halves in (("push",), ("pull", "push")):
        (problem,) = go(mirror, sandbox, *halves).problems
        assert problem.hint == "nbsync add stray.md"
    assert {method for method, _ in asked(sandbox)} == {"GET"}
