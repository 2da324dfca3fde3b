"""What `ignore` means is what a .gitignore would, asked of git itself."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbsync.local import Directory
from nbsync.local.ignoring import Ignored, ignored

CASES = [
    ("a.md", "a.md", True),
    ("deep/a.md", "a.md", True),
    ("deep/a.md", "/a.md", False),
    ("deep/a.md", "deep", True),
    ("deep/er/a.md", "er/", True),
    ("er", "er/", False),
    ("deep/er/a.md", "deep/er", True),
    ("deep/er/a.md", "deep/*.md", False),
    ("deep/er/a.md", "deep/*", True),
    ("deep/er/a.md", "deep/**", True),
    ("deep", "deep/**", False),
    ("deep/er/a.md", "**/er", True),
    ("deep/er/a.md", "**/a.md", True),
    ("deep/er/a.md", "deep/**/a.md", True),
    ("deep/a.md", "deep/**/a.md", True),
    ("deep/er/a.md", "deep/**/**/a.md", True),
    ("deep/er/a.md", "er/a.md", False),
    ("deep/a.md", "deep/?.md", True),
    ("deep/a.md", "deep?a.md", False),
    ("deeper/a.md", "deep", False),
    ("deeper/a.md", "deep**", True),
    ("a.md", "*.json", False),
    ("A.md", "a.md", False),
    ("a.md", "[!b].md", True),
    ("a.md", "[^b].md", True),
    ("a.md", "[!a].md", False),
    ("a.md", "", False),
    ("a.md", "/", False),
    ("a.md", "a.md   ", True),
    ("#a.md", "#a.md", False),
    ("#a.md", "\\#a.md", True),
    ("!a.md", "\\!a.md", True),
    ("a*.md", "a\\*.md", True),
    ("ab.md", "a\\*.md", False),
    ("a/b/a/b/c.md", "a/**/b/**/c.md", True),
    ("a/b/c/d.md", "**/c", True),
]
LISTS = [
    ("a.md", ["*.md", "!a.md"], False),
    ("b.md", ["*.md", "!a.md"], True),
    ("a.md", ["!a.md", "*.md"], True),
    ("deep/a.md", ["deep/", "!a.md"], True),
    ("deep/a.md", ["deep/*", "!deep/a.md"], False),
    ("deep/b.md", ["deep/*", "!deep/a.md"], True),
]
EVERY = [*((path, [pattern], said) for path, pattern, said in CASES), *LISTS]


@pytest.mark.parametrize(("path", "patterns", "is_ignored"), EVERY)
def test_a_pattern_means_what_it_does_in_a_gitignore(
    path: str, patterns: list[str], *, is_ignored: bool
) -> None:
    assert ignored(path, patterns) is is_ignored


@pytest.mark.skipif(os.name == "nt", reason="not every name here can be a file's there")
def test_git_says_the_same_of_every_case(tmp_path: Path) -> None:
    for number, (path, patterns, is_ignored) in enumerate(EVERY):
        root = tmp_path / str(number)
        (root / path).parent.mkdir(parents=True)
        (root / path).touch()
        (root / ".gitignore").write_text("\n".join(patterns) + "\n", encoding="utf-8")
        git = ["git", "-C", str(root), "-c", "core.excludesFile="]
        if number == 0:
            subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
        done = subprocess.run([*git, "check-ignore", "-q", "--", f"./{path}"], check=False)
        assert (done.returncode == 0) is is_ignored, (path, patterns)


def test_files_and_folders_that_are_ignored_are_not_looked_at(tmp_path: Path) -> None:
    for path in ("a.md", "drafts/b.md", "drafts/keep.md", "notes/drafts", "notes/c.tmp.md"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text("---\nshort_id: x\n---\n")
    for patterns, left in (
        ((), "a.md drafts/b.md drafts/keep.md notes/c.tmp.md"),
        (("drafts/",), "a.md notes/c.tmp.md"),
        (("drafts/*", "!keep.md", "*.tmp.md"), "a.md drafts/keep.md"),
    ):
        seen = Directory(tmp_path, ignore=patterns).scan((), {}).seen
        assert " ".join(sorted(seen)) == left


PATTERNS = st.lists(st.text("ab.*?[]!/\\#", max_size=8), max_size=4)


@given(st.text("ab./", min_size=1, max_size=10), PATTERNS)
def test_going_down_from_folder_to_folder_the_same_is_ignored(
    path: str, patterns: list[str]
) -> None:
    names, going_down = path.split("/"), Ignored(patterns)
    wholes = ["/".join(names[:count]) for count in range(1, len(names) + 1)]
    said = any(going_down.has(whole, folder=whole != path) for whole in wholes)
    assert said is ignored(path, patterns)


def test_no_pattern_takes_long() -> None:
    path = "/".join(["a"] * 300)
    assert not ignored(f"{path}/b", ["**/a/" * 50 + "c"])
    assert not ignored("a" * 250, ["*a" * 60 + "b"])
