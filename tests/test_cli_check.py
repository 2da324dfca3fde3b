"""check: what should not be committed is found offline, and a commit hook can rely on it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from commands import Answer
from gits import ONE, TWO, Repo, committed
from mirrors import asked, edit, there
from nbsync.sandbox import Sandbox

BASE = f".nbsync/base/{ONE}.json"


@pytest.fixture
def repo(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """Two notebooks, pulled and committed; and no key, as a hook has none."""
    made = committed(tmp_path, sandbox, monkeypatch)
    asked(sandbox)
    return made


def lines(answer: Answer) -> list[str]:
    """What was found, of a check that found something."""
    assert answer.code == 4, answer.screen
    return answer.out.splitlines()


def test_a_mirror_in_order_passes_without_a_key_and_without_a_request(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("POSTHOG_PERSONAL_API_KEY")
    edit(repo.page(ONE), "Two.", "Two, edited.")
    answer = repo.types("check")
    assert (answer.code, answer.out) == (0, "")
    assert answer.err == "check: 0 problems.\n"
    assert asked(repo.sandbox) == []


def test_a_mirror_without_git_is_checked_too(repo: Repo) -> None:
    shutil.rmtree(repo.folder / ".git")
    assert repo.types("check").code == 0
    edit(repo.page(ONE), "---\n\n", "")
    assert f"{ONE}.md" in lines(repo.types("check"))[0]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("Two.", "<<<<<<< ours\nA\n=======\nB\n>>>>>>> theirs", "Conflict markers stand"),
        ("Two.", "A\n\n>>>>>>> theirs", ":11: a conflict marker stands in the page"),
        ("# Weekly", "# " + "w" * 257, "The title has 257 characters"),
        ("Two.", "nul \x00", "U+0000"),
        ("---\n\n", "\n", "front matter"),
    ],
)
def test_a_page_that_cannot_be_kept_is_a_line(repo: Repo, old: str, new: str, said: str) -> None:
    edit(repo.page(ONE), old, new)
    [line] = lines(repo.types("check"))
    assert f"{ONE}.md" in line and said in line
    assert "Next: " in line


def test_a_heading_underlined_with_equals_signs_is_no_marker(repo: Repo) -> None:
    edit(repo.page(ONE), "Two.", "Title\n=======\n\nText.")
    assert repo.types("check").code == 0


def test_two_pages_with_one_id_are_told_once_and_to_programs_for_each(repo: Repo) -> None:
    shutil.copy(repo.page(ONE), repo.folder / "copy.md")
    answer = repo.types("check")
    [line] = lines(answer)
    assert "have the same short_id" in line
    assert answer.err == "check: 1 problem.\n"
    paths = [each["path"] for each in repo.types("check", "--json").document["problems"]]
    assert paths == sorted(["copy.md", f"{ONE}.md"])


def test_json_names_each_problem_with_its_page(repo: Repo) -> None:
    edit(repo.page(ONE), "# Weekly", "# " + "w" * 257)
    answer = repo.types("--json", "check")
    assert answer.code == 4
    [problem] = answer.document["problems"]
    assert (problem["short_id"], problem["path"]) == (ONE, f"{ONE}.md")
    assert problem["hint"]


def test_named_files_are_checked_and_no_others(repo: Repo) -> None:
    edit(repo.page(ONE), "# Weekly", "# " + "w" * 257)
    assert repo.types("check", f"{TWO}.md", "nbsync.toml").code == 0
    assert len(lines(repo.types("check", f"{TWO}.md", f"{ONE}.md"))) == 1
    assert len(lines(repo.types("check", BASE))) == 1
    assert repo.types("check", "none.md").code == 2
    elsewhere = repo.folder.parent / "home"
    elsewhere.mkdir(exist_ok=True)
    assert repo.types("check", str(elsewhere)).code == 0


def test_a_base_staged_without_its_page_is_told(repo: Repo) -> None:
    there(repo.sandbox, ONE, "One.", "One, by Ben.")
    assert repo.types("pull").code == 0
    assert repo.types("check").code == 0
    repo.git("add", ".nbsync/base")
    [line] = lines(repo.types("check"))
    assert line == f"{BASE} is staged without its page {ONE}.md. Next: git add {ONE}.md"
    assert lines(repo.types("check", f"{ONE}.md")) == [line]
    assert repo.types("check", f"{TWO}.md").code == 0
    repo.git("add", f"{ONE}.md")
    assert repo.types("check").code == 0


def test_a_page_staged_without_its_base_is_told(repo: Repo) -> None:
    there(repo.sandbox, ONE, "One.", "One, by Ben.")
    assert repo.types("pull").code == 0
    repo.git("add", f"{ONE}.md")
    [line] = lines(repo.types("check"))
    assert line == f"{ONE}.md is staged without its base {BASE}. Next: git add {BASE}"
    repo.git("add", ".nbsync/base")
    assert repo.types("check").code == 0


def test_a_base_and_an_edit_of_what_it_says_belong_together(repo: Repo) -> None:
    edit(repo.page(ONE), "Two.", "Two, mine.")
    there(repo.sandbox, ONE, "One.", "One, by Ben.")
    assert repo.types("pull").code == 0
    repo.git("add", "--all")
    assert repo.types("check").code == 0


def test_a_base_that_moved_in_other_fields_alone_needs_no_page(repo: Repo) -> None:
    repo.sandbox.write(ONE, title="Weekly")
    assert repo.types("pull").code == 0
    repo.git("add", "--all")
    assert repo.status() == f"M  {BASE}\n"
    assert repo.types("check").code == 0


def test_a_new_notebook_is_staged_with_its_base_or_not_at_all(repo: Repo) -> None:
    repo.sandbox.seed(short_id="cccccccc", title="New", content=repo.sandbox.markdown("# New"))
    assert repo.types("pull").code == 0
    repo.git("add", ".nbsync/base")
    [line] = lines(repo.types("check"))
    assert line.endswith("Next: git add cccccccc.md")
    repo.git("add", "--all")
    assert repo.types("check").code == 0
    repo.git("rm", "--quiet", "--cached", ".nbsync/base/cccccccc.json")
    [line] = lines(repo.types("check"))
    assert "cccccccc.md is staged without its base" in line


def test_a_base_that_is_to_go_without_its_page_is_told(repo: Repo) -> None:
    repo.git("rm", "--quiet", "--cached", BASE)
    [line] = lines(repo.types("check"))
    assert line.startswith(f"{BASE} is to go, and its page {ONE}.md is to stay.")
    repo.git("rm", "--quiet", "--cached", f"{ONE}.md")
    assert repo.types("check").code == 0


def test_a_base_with_conflict_markers_is_told_when_it_is_staged(repo: Repo) -> None:
    text = (repo.folder / BASE).read_text()
    (repo.folder / BASE).write_text(f"<<<<<<< ours\n{text}=======\n{text}>>>>>>> theirs\n")
    repo.git("add", BASE)
    [line] = lines(repo.types("check"))
    assert line.startswith(f"{BASE}: what is staged is no base record of {ONE}.")
    assert "git restore" in line


def test_a_page_that_is_moved_in_git_needs_nothing_more(repo: Repo) -> None:
    repo.git("mv", f"{ONE}.md", "weekly.md")
    assert repo.types("check").code == 0


def test_the_first_commit_of_a_repository_is_checked_like_any_other(repo: Repo) -> None:
    shutil.rmtree(repo.folder / ".git")
    repo.git("init", "--quiet")
    repo.git("add", "--all")
    assert repo.types("check").code == 0
    repo.git("rm", "--quiet", "--cached", f"{ONE}.md")
    [line] = lines(repo.types("check"))
    assert line == f"{BASE} is staged without its page {ONE}.md. Next: git add {ONE}.md"


def test_a_commit_hook_stops_what_should_not_be_committed(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=":")
    hook = repo.folder / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexec nbsync check\n")
    hook.chmod(0o755)
    there(repo.sandbox, ONE, "One.", "One, by Ben.")
    assert repo.types("pull").code == 0
    words = ["git", "commit", "--quiet", "--message", "x", "--", BASE]  # an index of its own
    done = subprocess.run(words, cwd=repo.folder, capture_output=True, text=True, check=False)
    assert done.returncode
    assert "is staged without its page" in done.stdout + done.stderr
    repo.git("commit", "--quiet", "--all", "--message", "both")
    assert repo.log("%s")[0] == "both"
