"""--commit: what came from PostHog in git, as the people who wrote it, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from gits import BASE, ONE, TWO, Repo, check_whole, committed, everything
from mirrors import asked, edit, there
from nbsync.sandbox import Sandbox


@pytest.fixture
def repo(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """Two notebooks of two people, pulled and committed."""
    return committed(tmp_path, sandbox, monkeypatch)


def test_the_log_shows_the_people_of_the_notebooks(repo: Repo) -> None:
    assert repo.log("%an <%ae> %ad %s", "--date=iso-strict")[:2] == [
        "Ben <ben@example.com> 2026-02-03T04:05:06+00:00 Churn",
        "Ana <ana@example.com> 2026-01-02T03:04:05+00:00 Weekly",
    ]
    assert set(repo.log("%cn <%ce>")) == {"Una <una@example.com>"}
    assert repo.status() == ""
    check_whole(repo)


def test_a_run_with_nothing_new_commits_nothing_and_asks_one_request(repo: Repo) -> None:
    before, state = repo.log("%H"), repo.git("ls-files", "--stage", "--debug")
    asked(repo.sandbox)
    done = repo.types("pull", "--commit")
    assert (done.code, done.out) == (0, "")
    assert len(asked(repo.sandbox)) == 1
    assert repo.log("%H") == before
    assert repo.git("ls-files", "--stage", "--debug") == state


def test_two_people_in_one_run_are_two_commits(repo: Repo) -> None:
    there(repo.sandbox, ONE, "One.", "One, by Ben.")
    there(repo.sandbox, TWO, "High.", "Low, by Ana.", user="ana")
    done = repo.types("--json", "pull", "--commit")
    assert [(each["author"], each["notebooks"]) for each in done.document["commits"]] == [
        ("Ben", [ONE]),
        ("Ana", [TWO]),
    ]
    assert repo.log()[:2] == ["Ana <ana@example.com> Churn", "Ben <ben@example.com> Weekly"]
    assert [each["commit"] for each in done.document["commits"]] == repo.log("%H")[1::-1]
    assert repo.git("show", "--format=", "--name-only").split() == [
        f".nbsync/base/{TWO}.json",
        f"{TWO}.md",
    ]
    check_whole(repo)


def test_unpushed_words_are_in_no_commit_and_stay_in_the_page(repo: Repo) -> None:
    edit(repo.page(ONE), "Two.", "Two, unpushed.")
    there(repo.sandbox, ONE, "One.", "One, by Ben.")
    assert repo.types("pull", "--commit").code == 0
    text = repo.page(ONE).read_text()
    assert "Two, unpushed." in text and "One, by Ben." in text
    committed = repo.git("show", f"HEAD:{ONE}.md")
    assert "unpushed" not in committed and "One, by Ben." in committed
    assert repo.status() == f" M {ONE}.md\n"
    assert "unpushed" not in repo.git("log", "--all", "-p")
    assert repo.types("sync", "--commit").code == 0
    assert "Two, unpushed." in repo.git("show", f"HEAD:{ONE}.md")
    assert repo.log()[0] == "Ana <ana@example.com> Weekly"
    assert repo.status() == ""


def test_front_matter_of_ones_own_is_kept_and_committed_only_by_its_owner(repo: Repo) -> None:
    edit(repo.page(ONE), "---\n\n", "tags: [mine]\n---\n\n")
    there(repo.sandbox, ONE, "One.", "One, by Ben.")
    assert repo.types("pull", "--commit").code == 0
    assert "tags" not in repo.git("show", f"HEAD:{ONE}.md")
    repo.commit("Tags")
    there(repo.sandbox, ONE, "Two.", "Two, by Ben.")
    assert repo.types("pull", "--commit").code == 0
    committed = repo.git("show", f"HEAD:{ONE}.md")
    assert "tags: [mine]" in committed and "Two, by Ben." in committed
    assert repo.status() == ""


def test_a_dirty_index_and_untracked_files_survive_byte_for_byte(repo: Repo) -> None:
    (repo.folder / "staged.txt").write_text("staged\n")
    (repo.folder / "both.txt").write_text("one\n")
    repo.git("add", "staged.txt", "both.txt")
    (repo.folder / "both.txt").write_text("two\n")
    edit(repo.folder / "nbsync.toml", "host", "# a remark\nhost")
    (repo.folder / "loose.md").write_text("Nobody's business.\n")
    repo.git("update-index", "--chmod=+x", ".editorconfig")
    (repo.folder / "coming.txt").write_text("")
    repo.git("add", "--intent-to-add", "coming.txt")
    before, files = repo.status(), everything(repo)
    there(repo.sandbox, TWO, "High.", "Low.")
    assert repo.types("pull", "--commit").code == 0
    assert repo.status() == before
    files[f"{TWO}.md"] = files[f"{TWO}.md"].replace(b"High.", b"Low.")
    assert everything(repo) == files
    assert repo.git("show", "--format=", "--name-only").split() == [
        f".nbsync/base/{TWO}.json",
        f"{TWO}.md",
    ]
    check_whole(repo)


def test_a_path_with_staged_changes_is_skipped_with_a_word(repo: Repo) -> None:
    edit(repo.page(ONE), "Two.", "Two, staged.")
    repo.git("add", f"{ONE}.md")
    staged = repo.git("ls-files", "--stage")
    there(repo.sandbox, ONE, "One.", "One, by Ben.")
    there(repo.sandbox, TWO, "High.", "Low.")
    done = repo.types("pull", "--commit")
    assert done.code == 0
    assert f"not committed: {ONE}.md: it has staged changes." in done.err
    assert repo.log()[0] == "Ben <ben@example.com> Churn"
    after = repo.git("ls-files", "--stage")
    assert [line for line in after.splitlines() if ONE in line] == [
        line for line in staged.splitlines() if ONE in line
    ]
    repo.git("restore", "--staged", f"{ONE}.md")
    assert repo.types("pull", "--commit").code == 0
    assert repo.log()[0] == "Ben <ben@example.com> Weekly"


def test_what_is_staged_just_as_it_came_is_committed(repo: Repo) -> None:
    there(repo.sandbox, ONE, "One.", "One, by Ben.")
    assert repo.types("pull").code == 0
    repo.git("add", "--all")
    assert repo.types("pull", "--commit").code == 0
    assert repo.log()[0] == "Ben <ben@example.com> Weekly"
    assert repo.status() == ""


def test_what_a_killed_run_left_is_committed_by_the_next(repo: Repo) -> None:
    there(repo.sandbox, ONE, "One.", "One, by Ben.")
    assert repo.types("pull").code == 0
    assert repo.status() != ""
    done = repo.types("pull", "--commit")
    assert (done.code, done.out) == (0, "")
    assert repo.log()[0] == "Ben <ben@example.com> Weekly"
    assert repo.status() == ""


def test_a_base_that_somebody_committed_without_its_page_is_followed_by_it(repo: Repo) -> None:
    there(repo.sandbox, ONE, "One.", "One, by Ben.")
    assert repo.types("pull").code == 0
    repo.commit("Half of it", ".nbsync/base")
    assert repo.types("pull", "--commit").code == 0
    assert "One, by Ben." in repo.git("show", f"HEAD:{ONE}.md")
    assert repo.status() == ""


def test_committed_words_that_posthog_lacks_are_not_taken_out_of_head(repo: Repo) -> None:
    edit(repo.page(ONE), "Two.", "Two, committed.")
    repo.commit("Mine")
    assert repo.types("pull", "--commit").err.startswith("pull: nothing to do")
    there(repo.sandbox, ONE, "One.", "One, by Ben.")
    done = repo.types("pull", "--commit")
    assert f"not committed: {ONE}.md: HEAD holds words of yours" in done.err
    assert done.code == 0
    assert repo.log()[0] == "Una <una@example.com> Mine"
    assert repo.types("sync", "--commit").code == 0
    committed = repo.git("show", f"HEAD:{ONE}.md")
    assert "Two, committed." in committed and "One, by Ben." in committed
    assert repo.status() == ""


def test_a_deleted_notebook_leaves_the_tree_by_the_neutral_author(repo: Repo) -> None:
    repo.sandbox.write(ONE, deleted=True)
    assert repo.types("pull", "--commit").code == 0
    assert repo.log()[0] == "PostHog <noreply@posthog.com> Weekly (deleted)"
    assert repo.git("ls-files").split() == [
        ".editorconfig",
        ".gitattributes",
        ".gitignore",
        f".nbsync/base/{TWO}.json",
        f"{TWO}.md",
        "nbsync.toml",
    ]
    assert repo.status() == ""
    check_whole(repo)


def test_a_notebook_that_was_deleted_here_goes_by_whoever_did_it(repo: Repo) -> None:
    assert repo.types("rm", TWO).code == 0
    assert repo.types("pull", "--commit").code == 0
    assert repo.log()[0] == "Ana <ana@example.com> Churn (deleted)"
    assert repo.status() == ""


def test_a_missing_page_is_no_deletion(repo: Repo) -> None:
    before = repo.log("%H")
    repo.page(ONE).unlink()
    assert repo.types("pull", "--commit").code == 0
    assert repo.log("%H") == before
    assert repo.status() == f" D {ONE}.md\n"


def test_lost_bases_are_no_deletions(repo: Repo) -> None:
    before = repo.log("%H")
    for path in (repo.folder / ".nbsync" / "base").iterdir():
        path.unlink()
    repo.page(TWO).unlink()
    repo.sandbox.fault(method="GET", path=f"{TWO}/", status=403)
    repo.types("pull", "--commit")
    assert not [line for line in repo.log() if "deleted" in line]
    assert repo.log("%H")[-len(before) :] == before
    assert repo.git("ls-tree", "-r", "--name-only", "HEAD").count(TWO) == 2


def test_a_deleted_notebook_with_committed_words_of_ones_own_stays_in_head(repo: Repo) -> None:
    edit(repo.page(ONE), "Two.", "Two, committed.")
    repo.commit("Mine")
    edit(repo.page(ONE), "Two, committed.", "Two.")
    repo.sandbox.write(ONE, deleted=True)
    done = repo.types("pull", "--commit")
    assert "it was deleted, and HEAD holds words of yours in its page" in done.err
    assert "Two, committed." in repo.git("show", f"HEAD:{ONE}.md")


def test_a_page_that_was_moved_is_committed_where_head_has_it(repo: Repo) -> None:
    (repo.folder / "notes").mkdir()
    repo.page(ONE).rename(repo.folder / "notes" / "weekly.md")
    there(repo.sandbox, ONE, "One.", "One, by Ben.")
    assert repo.types("pull", "--commit").code == 0
    assert repo.git("show", "--format=", "--name-only").split() == [BASE, f"{ONE}.md"]
    assert repo.status() == f" D {ONE}.md\n?? notes/\n"
    repo.commit("Moved")
    there(repo.sandbox, ONE, "Two.", "Two, by Ben.")
    assert repo.types("pull", "--commit").code == 0
    assert repo.git("show", "--format=", "--name-only").split() == [BASE, "notes/weekly.md"]
    assert repo.status() == ""


def test_two_pages_that_changed_names_are_committed_each_under_its_own(repo: Repo) -> None:
    one, two, aside = repo.page(ONE), repo.page(TWO), repo.folder / "aside.md"
    one.rename(aside)
    two.rename(one)
    aside.rename(two)
    there(repo.sandbox, ONE, "One.", "One, by Ben.")
    assert repo.types("pull", "--commit").code == 0
    assert "One, by Ben." in repo.git("show", f"HEAD:{ONE}.md")
    assert "High." in repo.git("show", f"HEAD:{TWO}.md")


def test_a_page_that_becomes_json_changes_its_place_in_head(repo: Repo) -> None:
    repo.sandbox.write(ONE, content=[1, 2, 3])
    assert repo.types("pull", "--commit").code == 0
    assert repo.git("show", "--format=", "--name-status").splitlines() == [
        f"M\t{BASE}",
        f"A\t{ONE}.json",
        f"D\t{ONE}.md",
    ]
    assert repo.status() == ""


def test_a_file_that_was_taken_in_is_committed_with_its_front_matter(repo: Repo) -> None:
    notes = repo.folder / "notes.md"
    notes.write_text("# Notes\n\nMine.\n")
    repo.commit("Notes")
    assert repo.types("add", "notes.md").code == 0
    assert repo.types("sync", "--commit").code == 0
    assert repo.git("show", "HEAD:notes.md") == notes.read_text()
    assert repo.log()[0] == "Ana <ana@example.com> Notes"
    assert repo.status() == ""


def test_only_named_notebooks_are_committed(repo: Repo) -> None:
    there(repo.sandbox, ONE, "One.", "One, by Ben.")
    there(repo.sandbox, TWO, "High.", "Low.")
    assert repo.types("pull").code == 0
    assert repo.types("pull", TWO, "--commit").code == 0
    assert repo.log()[0] == "Ben <ben@example.com> Churn"
    assert repo.status().split() == ["M", BASE, "M", f"{ONE}.md"]


def test_a_dry_run_commits_nothing(repo: Repo) -> None:
    there(repo.sandbox, ONE, "One.", "One, by Ben.")
    before = repo.log("%H")
    assert repo.types("pull", "-n", "--commit").code == 0
    assert repo.log("%H") == before


def test_the_configuration_can_say_it_and_the_command_otherwise(repo: Repo) -> None:
    with (repo.folder / "nbsync.toml").open("a") as file:
        file.write("\n[git]\ncommit = true\n")
    there(repo.sandbox, ONE, "One.", "One, by Ben.")
    assert repo.types("pull", "--no-commit").code == 0
    assert repo.log()[0].endswith("Churn")
    assert repo.types("sync").code == 0
    assert repo.log()[0] == "Ben <ben@example.com> Weekly"


def test_a_page_that_head_has_with_conflict_markers_is_put_right(repo: Repo) -> None:
    clean = repo.page(ONE).read_text()
    edit(repo.page(ONE), "Two.", "<<<<<<< ours\nA\n=======\nB\n>>>>>>> theirs")
    repo.commit("Markers and all")
    there(repo.sandbox, ONE, "One.", "One, by Ben.")
    assert repo.types("pull", "--commit").code == 4
    assert repo.log()[0] == "Una <una@example.com> Markers and all"
    repo.page(ONE).write_text(clean)
    assert repo.types("pull", "--commit").code == 0
    assert repo.log()[0] == "Ben <ben@example.com> Weekly"
    assert repo.status() == ""


def test_a_page_that_cannot_be_read_does_not_hold_up_what_came_before_it_was_broken(
    repo: Repo,
) -> None:
    there(repo.sandbox, ONE, "One.", "One, by Ben.")
    assert repo.types("pull").code == 0
    edit(repo.page(ONE), "Two.", "<<<<<<< ours\nA\n=======\nB\n>>>>>>> theirs")
    assert repo.types("pull", "--commit").code == 4
    assert "One, by Ben." in repo.git("show", f"HEAD:{ONE}.md")
    assert "<<<<<<<" not in repo.git("show", f"HEAD:{ONE}.md")
    assert repo.status() == f" M {ONE}.md\n"


def test_a_file_that_head_has_in_another_encoding_is_replaced_once_it_was_taken_in(
    repo: Repo,
) -> None:
    notes = repo.folder / "notes.md"
    notes.write_bytes("# Äpfel\n".encode("latin-1"))
    (repo.folder / "odd.md").write_text("---\nshort_id: [\n---\n\nodd\n")
    repo.commit("Latin")
    notes.write_text("# Äpfel\n", encoding="utf-8")
    assert repo.types("add", "notes.md").code == 0
    repo.types("sync", "--commit")
    assert "Äpfel" in repo.git("show", "HEAD:notes.md")
    (repo.folder / "moved").mkdir()
    repo.page(ONE).rename(repo.folder / "moved" / "one.md")
    there(repo.sandbox, ONE, "One.", "One, by Ben.")
    repo.types("pull", "--commit")
    assert "One, by Ben." in repo.git("show", f"HEAD:{ONE}.md")


def test_a_broken_base_is_neither_committed_nor_taken_for_a_deletion(repo: Repo) -> None:
    (repo.folder / BASE).write_text("{}")
    edit(repo.page(ONE), "Two.", "Two, mine.")
    before = repo.log("%H")
    assert repo.types("pull", "--commit").code == 5
    assert repo.log("%H") == before
