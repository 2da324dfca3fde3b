"""What git is doing, told from its files alone, against real repositories."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from nbsync.errors import Busy
from nbsync.local import Directory
from nbsync.local.git import checkout_of


def git(folder: Path, *arguments: str, fails: bool = False) -> str:
    settings = {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        **{
            f"GIT_{who}_{what}": f"{what}@example.com"
            for who in ("AUTHOR", "COMMITTER")
            for what in ("NAME", "EMAIL")
        },
    }
    done = subprocess.run(
        ["git", "-c", "init.defaultBranch=main", "-c", "protocol.file.allow=always", *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], **settings},
        capture_output=True,
        text=True,
        check=not fails,
    )
    return done.stdout.strip()


def commit(folder: Path, text: str) -> None:
    (folder / "a.md").write_text(text)
    git(folder, "add", "a.md")
    git(folder, "commit", "--quiet", "-m", text)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "--quiet")
    commit(folder, "one")
    return folder


def test_without_git_it_is_always_quiet(tmp_path: Path) -> None:
    Directory(tmp_path).check_quiet()


def test_a_folder_called_dot_git_with_nothing_in_it_is_no_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    assert checkout_of(tmp_path) is None
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / ".git").write_text("gitdir: nowhere\n")
    assert checkout_of(tmp_path / "inner") is None


def test_git_that_is_begun_during_a_run_is_watched_from_then_on(repository: Path) -> None:
    (repository / ".git").rename(repository / "hidden")
    directory = Directory(repository)
    directory.check_quiet()
    (repository / "hidden").rename(repository / ".git")
    directory.check_quiet()
    commit(repository, "two")
    with pytest.raises(Busy, match="HEAD moved"):
        directory.check_quiet()


def test_a_commit_moves_head_and_the_message_says_from_where_to_where(repository: Path) -> None:
    directory = Directory(repository)
    directory.check_quiet()
    before = git(repository, "rev-parse", "HEAD")
    commit(repository, "two")
    after = git(repository, "rev-parse", "HEAD")
    with pytest.raises(Busy) as caught:
        directory.check_quiet()
    assert f"from main ({before[:10]}) to main ({after[:10]})" in str(caught.value)
    assert str(repository) in str(caught.value)
    git(repository, "reset", "--quiet", "--hard", "HEAD~1")
    directory.check_quiet()


def test_a_branch_at_the_same_commit_is_another_head(repository: Path) -> None:
    directory = Directory(repository)
    directory.check_quiet()
    git(repository, "checkout", "--quiet", "-b", "other")
    with pytest.raises(Busy, match=r"from main .* to other"):
        directory.check_quiet()


def test_packing_the_refs_moves_nothing(repository: Path) -> None:
    directory = Directory(repository)
    directory.check_quiet()
    git(repository, "tag", "-a", "v1", "-m", "one")
    git(repository, "pack-refs", "--all")
    assert not (repository / ".git" / "refs" / "heads" / "main").exists()
    directory.check_quiet()
    directory.check_quiet()
    commit(repository, "two")
    git(repository, "pack-refs", "--all")
    with pytest.raises(Busy, match="HEAD moved"):
        directory.check_quiet()


def test_a_head_that_names_a_commit_is_followed_too(repository: Path) -> None:
    git(repository, "checkout", "--quiet", "--detach")
    directory = Directory(repository)
    directory.check_quiet()
    commit(repository, "two")
    with pytest.raises(Busy, match="HEAD moved"):
        directory.check_quiet()


def test_a_branch_without_a_commit_and_its_first_one_are_told_apart(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    directory = Directory(tmp_path)
    directory.check_quiet()
    commit(tmp_path, "one")
    with pytest.raises(Busy, match=r"from main \(no commit\)"):
        directory.check_quiet()


def test_a_name_that_names_a_name_is_followed_and_a_circle_is_left(repository: Path) -> None:
    git(repository, "symbolic-ref", "refs/heads/alias", "refs/heads/main")
    (repository / ".git" / "HEAD").write_text("ref: refs/heads/alias\n")
    directory = Directory(repository)
    directory.check_quiet()
    commit(repository, "two")
    with pytest.raises(Busy, match="HEAD moved from alias"):
        directory.check_quiet()
    (repository / ".git" / "refs" / "heads" / "main").write_text("ref: refs/heads/alias\n")
    Directory(repository).check_quiet()


def test_a_merge_with_conflicts_is_busy_until_it_is_done(repository: Path) -> None:
    git(repository, "checkout", "--quiet", "-b", "other")
    commit(repository, "theirs")
    git(repository, "checkout", "--quiet", "main")
    commit(repository, "ours")
    (repository / "notes").mkdir()
    directory = Directory(repository / "notes")
    directory.check_quiet()
    git(repository, "merge", "other", fails=True)
    with pytest.raises(Busy, match=f"git is in the middle of a merge in {repository}") as caught:
        directory.check_quiet()
    assert caught.value.hint == "git status"
    git(repository, "merge", "--abort")
    directory.check_quiet()


@pytest.mark.parametrize("command", ["rebase", "cherry-pick", "revert"])
def test_whatever_stops_half_way_is_busy(repository: Path, command: str) -> None:
    git(repository, "checkout", "--quiet", "-b", "other")
    commit(repository, "theirs")
    git(repository, "checkout", "--quiet", "main")
    commit(repository, "ours")
    commit(repository, "more")
    git(repository, command, "HEAD~1" if command == "revert" else "other", fails=True)
    with pytest.raises(Busy, match=f"in the middle of a {command}"):
        Directory(repository).check_quiet()
    git(repository, command, "--abort")
    Directory(repository).check_quiet()


def test_a_bisection_is_busy(repository: Path) -> None:
    commit(repository, "two")
    git(repository, "bisect", "start")
    with pytest.raises(Busy, match="bisection"):
        Directory(repository).check_quiet()


def test_the_index_being_written_is_busy(repository: Path) -> None:
    (repository / ".git" / "index.lock").touch()
    with pytest.raises(Busy, match="git is at work"):
        Directory(repository).check_quiet()


def test_a_worktree_has_its_own_head_and_its_own_merges(repository: Path, tmp_path: Path) -> None:
    commit(repository, "base")
    tree = tmp_path / "tree"
    git(repository, "worktree", "add", "--quiet", "-b", "other", str(tree))
    here, there = Directory(repository), Directory(tree)
    here.check_quiet()
    there.check_quiet()
    commit(tree, "theirs")
    here.check_quiet()
    with pytest.raises(Busy, match="HEAD moved from other"):
        there.check_quiet()
    commit(repository, "ours")
    git(tree, "merge", "main", fails=True)
    with pytest.raises(Busy, match=f"a merge in {tree}"):
        Directory(tree).check_quiet()
    Directory(repository).check_quiet()


def test_a_submodule_is_a_checkout_of_its_own(repository: Path, tmp_path: Path) -> None:
    outer = tmp_path / "outer"
    outer.mkdir()
    git(outer, "init", "--quiet")
    git(outer, "submodule", "add", "--quiet", str(repository), "notes")
    directory = Directory(outer / "notes")
    directory.check_quiet()
    (outer / ".git" / "index.lock").touch()
    directory.check_quiet()
    commit(outer / "notes", "two")
    with pytest.raises(Busy, match="HEAD moved"):
        directory.check_quiet()


def test_refs_in_tables_are_seen_to_move(repository: Path) -> None:
    # As `git init --ref-format=reftable` lays them out.
    tables = repository / ".git" / "reftable"
    tables.mkdir()
    (repository / ".git" / "HEAD").write_text("ref: refs/heads/.invalid\n")
    (tables / "tables.list").write_text("0x1-0x1-aa.ref\n")
    directory = Directory(repository)
    directory.check_quiet()
    (tables / "tables.list").write_text("0x1-0x2-bb.ref\n")
    with pytest.raises(Busy, match="HEAD moved"):
        directory.check_quiet()
