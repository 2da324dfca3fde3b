"""Mirrors under git: git moves pages and bases apart, and nothing old is ever sent for it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from mirrors import asked, edit, go, markdown_on, opened, sync, there
from nbsync.cli import cli
from nbsync.errors import Busy
from nbsync.sandbox import Sandbox
from nbsync.sync import status

ID, PAGE = "aB3dE5fG", "aB3dE5fG.md"
FIRST = "# Weekly\n\nOne.\n\nTwo.\n\nThree."


def git(folder: Path, *words: str, ok: bool = True) -> str:
    identity = {"GIT_AUTHOR_NAME": "T", "GIT_AUTHOR_EMAIL": "t@example.com"}
    identity |= {"GIT_COMMITTER_NAME": "T", "GIT_COMMITTER_EMAIL": "t@example.com"}
    done = subprocess.run(
        ["git", "-c", "init.defaultBranch=main", "-c", "core.autocrlf=false", *words],
        cwd=folder,
        env={**os.environ, **identity, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_EDITOR": "true"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert not ok or done.returncode == 0, done.stderr
    return done.stdout


def commit(folder: Path, message: str) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", message)


@pytest.fixture
def repo(sandbox: Sandbox, tmp_path: Path) -> Path:
    """A mirror in git with two commits: the notebook before and after an edit in PostHog."""
    folder = tmp_path / "repo"
    folder.mkdir()
    git(folder, "init", "--quiet")
    arguments = ["-C", str(folder), "init", "--host", sandbox.url, "--project", "1", "--git"]
    made = CliRunner().invoke(cli, arguments)
    assert made.exit_code == 0, made.output
    sandbox.seed(short_id=ID, title="Weekly", content=sandbox.markdown(FIRST))
    for index in range(7):
        sandbox.seed(
            short_id=f"other{index}", title="O", content=sandbox.markdown(f"Other {index}.")
        )
    go(folder, sandbox, "pull")
    commit(folder, "first")
    there(sandbox, ID, "One.", "One, later.")
    go(folder, sandbox, "pull")
    commit(folder, "second")
    asked(sandbox)
    return folder


def writes(sandbox: Sandbox) -> list[tuple[str, str]]:
    return [(method, path) for method, path in asked(sandbox) if method != "GET"]


def test_what_git_sees_after_init_is_pages_bases_and_settings(repo: Path) -> None:
    tracked = git(repo, "ls-files").splitlines()
    assert {name for name in tracked if not name.startswith((".nbsync/base/", "other"))} == {
        ".editorconfig",
        ".gitattributes",
        ".gitignore",
        "nbsync.toml",
        PAGE,
    }
    assert f".nbsync/base/{ID}.json" in tracked


def test_a_quiet_sync_leaves_git_status_empty(sandbox: Sandbox, repo: Path) -> None:
    sync(repo, sandbox)
    assert git(repo, "status", "--porcelain") == ""


def test_an_old_commit_checked_out_is_brought_up_and_never_sent(
    sandbox: Sandbox, repo: Path
) -> None:
    git(repo, "checkout", "--quiet", "HEAD~1")
    go(repo, sandbox, "push")
    assert asked(sandbox) == []
    sync(repo, sandbox)
    assert writes(sandbox) == []
    assert "One, later." in (repo / PAGE).read_text()
    git(repo, "checkout", "--quiet", "--force", "main")
    sync(repo, sandbox)
    assert git(repo, "status", "--porcelain") == ""


def test_an_old_commit_without_the_index_is_never_sent(sandbox: Sandbox, repo: Path) -> None:
    git(repo, "checkout", "--quiet", "HEAD~1")
    for path in (repo / ".nbsync").glob("index.sqlite3*"):
        path.unlink()
    sync(repo, sandbox)
    assert writes(sandbox) == []
    assert "One, later." in (repo / PAGE).read_text()


def test_a_hard_reset_is_brought_up_and_never_sent(sandbox: Sandbox, repo: Path) -> None:
    git(repo, "reset", "--quiet", "--hard", "HEAD~1")
    sync(repo, sandbox)
    assert writes(sandbox) == []
    assert "One, later." in (repo / PAGE).read_text()


@pytest.mark.parametrize("index", ["with the index", "without the index"])
def test_bases_moved_without_pages_send_nothing_and_are_brought_up(
    sandbox: Sandbox, repo: Path, index: str
) -> None:
    git(repo, "checkout", "--quiet", "HEAD~1", "--", ".nbsync/base")
    if index == "without the index":
        for path in (repo / ".nbsync").glob("index.sqlite3*"):
            path.unlink()
        go(repo, sandbox, "pull")  # a page newer than its base equals the server: adopted
    else:
        go(repo, sandbox, "push")
        assert asked(sandbox) == []
    sync(repo, sandbox)
    assert writes(sandbox) == []
    assert markdown_on(sandbox, ID).count("later") == 1
    assert git(repo, "diff", "HEAD", "--stat") == ""


def test_bases_deleted_by_git_send_nothing(sandbox: Sandbox, repo: Path) -> None:
    for path in (repo / ".nbsync/base").iterdir():
        path.unlink()
    report = sync(repo, sandbox)
    assert writes(sandbox) == []
    assert report.conflicts == () == report.problems
    assert git(repo, "diff", "HEAD", "--stat", "--", "*.md") == ""


def test_a_page_taken_back_under_an_unchanged_base_is_an_edit(sandbox: Sandbox, repo: Path) -> None:
    git(repo, "checkout", "--quiet", "HEAD~1", "--", PAGE)
    go(repo, sandbox, "push")
    assert asked(sandbox) == [("PATCH", f"{ID}/")]
    assert markdown_on(sandbox, ID) == FIRST


def test_a_page_taken_back_in_a_fresh_clone_is_stale_and_restored_only_when_meant(
    sandbox: Sandbox, repo: Path, tmp_path: Path
) -> None:
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", str(repo), str(clone))
    git(clone, "checkout", "--quiet", "HEAD~1", "--", PAGE)
    go(clone, sandbox, "push")
    assert asked(sandbox) == []

    with opened(clone, sandbox) as mirror:
        from nbsync.sync.restoring import restore_each

        assert [change.action for change in restore_each(mirror, [ID]).changes] == ["keep"]
    go(clone, sandbox, "push")
    assert asked(sandbox) == [("PATCH", f"{ID}/")]
    assert markdown_on(sandbox, ID) == FIRST


def test_a_stale_page_is_brought_up_by_pull(sandbox: Sandbox, repo: Path, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", str(repo), str(clone))
    git(clone, "checkout", "--quiet", "HEAD~1", "--", PAGE)
    go(clone, sandbox, "pull")
    assert writes(sandbox) == []
    assert git(clone, "diff", "HEAD", "--stat") == ""


def test_a_fresh_clone_goes_on_without_a_download(
    sandbox: Sandbox, repo: Path, tmp_path: Path
) -> None:
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", str(repo), str(clone))
    report = sync(clone, sandbox)
    assert report.changes == ()
    assert len(asked(sandbox)) == 1
    edit(clone / PAGE, "Two.", "Two, from the clone.")
    there(sandbox, ID, "Three.", "Three, there.")
    report = sync(clone, sandbox)
    assert [change.action for change in report.changes] == ["merge", "update"]
    text = markdown_on(sandbox, ID)
    assert "Two, from the clone." in text
    assert "Three, there." in text


def test_two_clones_that_both_push_and_merge_in_git_lose_nothing(
    sandbox: Sandbox, repo: Path, tmp_path: Path
) -> None:
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", str(repo), str(clone))

    edit(repo / PAGE, "Two.", "Two, from the first.")
    sync(repo, sandbox)
    commit(repo, "first edit")
    edit(clone / PAGE, "Three.", "Three, from the second.")
    sync(clone, sandbox)
    commit(clone, "second edit")
    asked(sandbox)

    merged = subprocess.run(
        ["git", "pull", "--quiet", "--no-rebase", "--no-edit", "origin", "main"],
        cwd=clone,
        env={**os.environ, "GIT_COMMITTER_NAME": "T", "GIT_COMMITTER_EMAIL": "t@e.com"},
        capture_output=True,
        check=False,
    )
    if merged.returncode:
        with pytest.raises(Busy, match="merge"):
            sync(clone, sandbox)
        assert asked(sandbox) == []
        git(clone, "checkout", "--ours", ".")
        commit(clone, "merged")
    sync(clone, sandbox)
    sync(clone, sandbox)
    text = markdown_on(sandbox, ID)
    assert "Two, from the first." in text
    assert "Three, from the second." in text
    assert (clone / PAGE).read_text().endswith(f"{text}\n")


def test_a_merge_that_took_the_other_sides_base_sends_nothing_old(
    sandbox: Sandbox, repo: Path, tmp_path: Path
) -> None:
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", str(repo), str(clone))
    edit(repo / PAGE, "Two.", "Two, from the first.")
    sync(repo, sandbox)
    commit(repo, "first edit")
    git(clone, "pull", "--quiet", "origin", "main")
    sync(clone, sandbox)
    assert "Two, from the first." in (clone / PAGE).read_text()
    there(sandbox, ID, "Two, from the first.", "Two, last.")
    sync(clone, sandbox)
    assert markdown_on(sandbox, ID).count("Two, last.") == 1


@pytest.mark.parametrize(
    "mark", ["index.lock", "MERGE_HEAD", "CHERRY_PICK_HEAD", "BISECT_LOG", "rebase-merge"]
)
def test_nothing_moves_while_git_is_at_work(sandbox: Sandbox, repo: Path, mark: str) -> None:
    edit(repo / PAGE, "Two.", "Two, here.")
    there(sandbox, ID, "Three.", "Three, there.")
    path = repo / ".git" / mark
    path.mkdir() if mark.startswith("rebase") else path.write_text("")
    before = (repo / PAGE).read_bytes()
    with pytest.raises(Busy, match="git"):
        sync(repo, sandbox)
    assert asked(sandbox) == []
    assert (repo / PAGE).read_bytes() == before
    path.rmdir() if mark.startswith("rebase") else path.unlink()
    sync(repo, sandbox)
    assert "Two, here." in markdown_on(sandbox, ID)


def test_a_merge_in_the_middle_with_markers_in_the_page_sends_nothing(
    sandbox: Sandbox, repo: Path
) -> None:
    git(repo, "checkout", "--quiet", "-b", "side", "HEAD~1")
    edit(repo / PAGE, "One.", "One, on a branch.")
    commit(repo, "branch")
    git(repo, "checkout", "--quiet", "main")
    git(repo, "merge", "--quiet", "side", ok=False)
    assert "<<<<<<<" in (repo / PAGE).read_text()
    with pytest.raises(Busy):
        sync(repo, sandbox)
    git(repo, "add", "--all")
    git(repo, "commit", "--quiet", "--message", "markers and all")
    report = sync(repo, sandbox)
    assert writes(sandbox) == []
    assert [found.short_id for found in report.unreadable] == [ID]
    assert "<<<<<<<" in (repo / PAGE).read_text()


def test_a_stashed_edit_is_sent_when_it_comes_back(sandbox: Sandbox, repo: Path) -> None:
    edit(repo / PAGE, "Two.", "Two, here.")
    git(repo, "stash", "--quiet")
    sync(repo, sandbox)
    assert writes(sandbox) == []
    git(repo, "stash", "pop", "--quiet")
    sync(repo, sandbox)
    assert writes(sandbox) == [("PATCH", f"{ID}/")]
    assert "Two, here." in markdown_on(sandbox, ID)


def test_a_branch_without_the_page_deletes_no_notebook(sandbox: Sandbox, repo: Path) -> None:
    git(repo, "rm", "--quiet", PAGE)
    commit(repo, "page gone, base kept")
    report = sync(repo, sandbox)
    assert report.held == (ID,)
    assert writes(sandbox) == []
    with opened(repo, sandbox) as mirror:
        assert status(mirror)[1].held == (ID,)


def test_head_that_moves_during_a_run_stops_it(sandbox: Sandbox, repo: Path) -> None:
    edit(repo / PAGE, "Two.", "Two, here.")
    with opened(repo, sandbox) as mirror:
        mirror.local.check_quiet()
        git(repo, "commit", "--quiet", "--allow-empty", "--message", "meanwhile")
        with pytest.raises(Busy, match="HEAD"):
            mirror.local.check_quiet()
