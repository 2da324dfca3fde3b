"""--commit in every kind of repository, and where git refuses, is missing or is at work."""

from __future__ import annotations

import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from gits import BASE, ONE, TWO, Repo, check_whole, committed, everything, repository, seed
from mirrors import asked, there
from nbsync.config import Config, dump, parse
from nbsync.errors import NbsyncError
from nbsync.local.commits import Repository
from nbsync.local.git import checkout_of
from nbsync.local.gitcommand import Git
from nbsync.model.commit import Commit
from nbsync.sandbox import Sandbox


@pytest.fixture
def repo(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """Two notebooks of two people, pulled and committed."""
    return committed(tmp_path, sandbox, monkeypatch)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('git.commit = "yes"', "`git.commit` is 'yes', but must be true or false."),
        ("git = true", "`git` is True, but must be a table."),
        ("git.comit = true", "did you mean `git.commit`?"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_refused(repo: Repo, line: str, said: str) -> None:
    with (repo.folder / "nbsync.toml").open("a") as file:
        file.write(f"{line}\n")
    answer = repo.types("pull")
    assert answer.code == 2
    assert said in answer.err


def test_the_setting_comes_back_from_what_is_written() -> None:
    config = Config("https://eu.posthog.com", "1", git_commit=True)
    assert parse(tomllib.loads(dump(config))) == config


@pytest.mark.parametrize("left", ["MERGE_HEAD", "rebase-merge", "BISECT_LOG", "index.lock"])
def test_a_repository_in_the_middle_of_something_is_left_alone(repo: Repo, left: str) -> None:
    there(repo.sandbox, ONE, "One.", "One, by Ben.")
    (repo.folder / ".git" / left).write_text("")
    before = everything(repo)
    done = repo.types("pull", "--commit")
    assert done.code == 4
    assert "git is" in done.err
    assert everything(repo) == before
    (repo.folder / ".git" / left).unlink()
    assert repo.types("pull", "--commit").code == 0
    assert repo.log()[0] == "Ben <ben@example.com> Weekly"


def test_a_detached_head_moves_and_no_branch_does(repo: Repo) -> None:
    repo.git("checkout", "--quiet", "--detach")
    main = repo.git("rev-parse", "main")
    there(repo.sandbox, ONE, "One.", "One, by Ben.")
    assert repo.types("pull", "--commit").code == 0
    assert repo.log()[0] == "Ben <ben@example.com> Weekly"
    assert repo.git("rev-parse", "main") == main
    assert repo.git("symbolic-ref", "-q", "HEAD", ok=False) == ""


@pytest.mark.parametrize("form", ["sha1", "sha256"])
def test_the_first_commit_of_a_branch_works(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    old = repository(tmp_path, sandbox, monkeypatch)
    seed(sandbox, ONE, "# Weekly\n\nOne.", by="ben")
    subprocess.run(["rm", "-rf", ".git"], cwd=old.folder, check=True)
    old.git("init", "--quiet", f"--object-format={form}")
    old.git("config", "user.name", "Una")
    old.git("config", "user.email", "una@example.com")
    (old.folder / "staged.txt").write_text("")
    old.git("add", "staged.txt")
    assert old.types("pull", "--commit").code == 0
    assert old.log() == ["Ben <ben@example.com> Weekly"]
    assert old.git("ls-tree", "-r", "--name-only", "HEAD").split() == [BASE, f"{ONE}.md"]
    assert "A  staged.txt" in old.status()
    check_whole(old)


def test_a_worktree_commits_on_its_own_branch(repo: Repo, tmp_path: Path) -> None:
    repo.git("worktree", "add", "--quiet", "-b", "side", str(tmp_path / "side"))
    side = Repo(tmp_path / "side", repo.sandbox)
    there(repo.sandbox, ONE, "One.", "One, by Ben.")
    main = repo.git("rev-parse", "main")
    assert side.types("pull", "--commit").code == 0
    assert side.log()[0] == "Ben <ben@example.com> Weekly"
    assert side.status() == ""
    assert repo.git("rev-parse", "main") == main


@pytest.mark.parametrize("words", ["--split-index", "--untracked-cache", "--index-version=4"])
def test_an_index_of_another_kind_is_followed_too(repo: Repo, words: str) -> None:
    repo.git("update-index", *words.split("="))
    (repo.folder / "staged.txt").write_text("staged\n")
    repo.git("add", "staged.txt")
    there(repo.sandbox, ONE, "One.", "One, by Ben.")
    assert repo.types("pull", "--commit").code == 0
    assert repo.log()[0] == "Ben <ben@example.com> Weekly"
    assert repo.status() == "A  staged.txt\n"
    check_whole(repo)


def test_a_submodule_commits_in_itself(repo: Repo, tmp_path: Path) -> None:
    outer = Repo(tmp_path / "outer", repo.sandbox)
    outer.folder.mkdir()
    outer.git("init", "--quiet")
    outer.git(
        "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(repo.folder), "inner"
    )
    inner = Repo(outer.folder / "inner", repo.sandbox)
    inner.git("config", "user.name", "Una")
    inner.git("config", "user.email", "una@example.com")
    there(repo.sandbox, ONE, "One.", "One, by Ben.")
    assert inner.types("pull", "--commit").code == 0
    assert inner.log()[0] == "Ben <ben@example.com> Weekly"
    assert inner.status() == ""


def test_a_mirror_in_a_folder_of_a_repository_leaves_the_rest_of_it_alone(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outer = repository(tmp_path, sandbox, monkeypatch)
    (outer.folder / "nbsync.toml").rename(outer.folder / "kept.toml")
    inner = Repo(outer.folder / "deep" / "notes ö", sandbox)
    assert (
        outer.types(
            "init", str(inner.folder), "--git", "--host", sandbox.url, "--project", "1"
        ).code
        == 0
    )
    outer.commit("Inner")
    (outer.folder / "aB3dE5fG.md").write_text("not ours\n")
    seed(sandbox, ONE, "# Weekly\n\nOne.", by="ben")
    assert inner.types("pull", "--commit").code == 0
    assert inner.log()[0] == "Ben <ben@example.com> Weekly"
    assert outer.status() == "?? aB3dE5fG.md\n"
    there(sandbox, ONE, "One.", "Two.")
    assert inner.types("pull", "--commit").code == 0
    assert outer.status() == "?? aB3dE5fG.md\n"


def test_no_repository_is_an_error_before_anything_is_done(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = repository(tmp_path, sandbox, monkeypatch)
    subprocess.run(["rm", "-rf", ".git"], cwd=repo.folder, check=True)
    seed(sandbox, ONE, "# Weekly")
    asked(sandbox)
    done = repo.types("pull", "--commit")
    assert done.code == 2
    assert "is in no git repository" in done.err and "git init" in done.err
    assert asked(sandbox) == []


def test_without_an_identity_nothing_is_committed_and_nothing_is_lost(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.git("config", "--unset", "user.name")
    repo.git("config", "--unset", "user.email")
    repo.git("config", "user.useConfigOnly", "true")
    there(repo.sandbox, ONE, "One.", "One, by Ben.")
    before = repo.log("%H")
    done = repo.types("pull", "--commit")
    assert done.code == 4
    assert "git does not know who you are. Nothing was committed; nothing is lost." in done.err
    assert 'git config user.name "Your Name" && git config user.email' in done.err
    assert "update  aB3dE5fG.md" in done.out
    assert repo.log("%H") == before
    repo.git("config", "user.name", "Una")
    repo.git("config", "user.email", "una@example.com")
    assert repo.types("pull", "--commit").code == 0
    assert repo.status() == ""


def test_git_that_is_missing_or_too_old_is_said_before_anything_is_done(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    monkeypatch.setenv("PATH", str(tools))
    asked(repo.sandbox)
    done = repo.types("pull", "--commit")
    assert done.code == 4
    assert "git cannot be run" in done.err and "install git" in done.err
    (tools / "git").write_text("#!/bin/sh\necho git version 2.20.1\n")
    (tools / "git").chmod(0o755)
    done = repo.types("pull", "--commit")
    assert done.code == 4
    assert "too old" in done.err and "2.20.1" in done.err
    assert asked(repo.sandbox) == []


def test_hooks_and_monitors_of_a_repository_are_not_run(repo: Repo, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    for hook in (
        "pre-commit",
        "commit-msg",
        "post-commit",
        "reference-transaction",
        "post-index-change",
        "monitor",
    ):
        path = repo.folder / ".git" / "hooks" / hook
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\necho {hook} >> '{ran}'\n")
        path.chmod(0o755)
    repo.git("config", "core.fsmonitor", str(repo.folder / ".git" / "hooks" / "monitor"))
    ran.unlink(missing_ok=True)
    there(repo.sandbox, ONE, "One.", "One, by Ben.")
    assert repo.types("pull", "--commit").code == 0
    assert not ran.exists()
    assert repo.log()[0] == "Ben <ben@example.com> Weekly"


def test_a_page_with_a_filter_is_not_committed_without_it(repo: Repo, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    repo.git("config", "filter.secret.clean", f"touch '{ran}'; tr a-z b-za")
    with (repo.folder / ".gitattributes").open("a") as file:
        file.write(f"{ONE}.md filter=secret\n")
    repo.git("add", ".gitattributes")
    repo.git("commit", "--quiet", "--message", "Secret")
    ran.unlink(missing_ok=True)
    there(repo.sandbox, ONE, "One.", "One, by Ben.")
    there(repo.sandbox, TWO, "High.", "Low.")
    done = repo.types("pull", "--commit")
    assert "gives it filter=secret, which nbsync does not apply" in done.err
    assert not ran.exists()
    assert repo.log()[0] == "Ben <ben@example.com> Churn"


def test_what_gitignore_leaves_out_stays_out(repo: Repo) -> None:
    with (repo.folder / ".gitignore").open("a") as file:
        file.write("/cccccccc.md\n")
    repo.commit("Ignore")
    seed(repo.sandbox, "cccccccc", "# Ours only", by="ben")
    done = repo.types("pull", "--commit")
    assert "not committed: cccccccc.md: .gitignore leaves it out." in done.err
    assert repo.log()[0] == "Una <una@example.com> Ignore"


def test_of_many_pages_that_are_left_out_the_first_are_named(repo: Repo) -> None:
    with (repo.folder / ".gitignore").open("a") as file:
        file.write("/c*.md\n")
    repo.commit("Ignore")
    for number in range(8):
        seed(repo.sandbox, f"ccc{number}", f"# {number}", by="ben")
    done = repo.types("pull", "--commit")
    assert done.err.count("leaves it out") == 5
    assert "not committed: 3 more" in done.err


def test_a_place_that_is_a_folder_or_a_link_in_head_is_left_alone(repo: Repo) -> None:
    (repo.folder / "odd").symlink_to("nowhere")
    (repo.folder / "cccccccc.md").mkdir()
    (repo.folder / "cccccccc.md" / "inside.txt").write_text("mine\n")
    repo.commit("Odd things")
    subprocess.run(["rm", "-rf", "cccccccc.md"], cwd=repo.folder, check=True)
    seed(repo.sandbox, "cccccccc", "# In the way", by="ben")
    done = repo.types("pull", "--commit")
    assert "not committed: cccccccc.md: HEAD holds no regular file there" in done.err
    assert repo.log()[0] == "Una <una@example.com> Odd things"
    assert "inside.txt" in repo.git("ls-tree", "-r", "--name-only", "HEAD")


def test_a_signed_repository_gets_signed_commits_or_none(repo: Repo, tmp_path: Path) -> None:
    signer = tmp_path / "signer"
    signer.write_text(
        "#!/bin/sh\ncat >/dev/null\necho '[GNUPG:] SIG_CREATED ' >&2\n"
        "printf -- '-----BEGIN PGP SIGNATURE-----\\n\\nx\\n-----END PGP SIGNATURE-----\\n'\n"
    )
    signer.chmod(0o755)
    repo.git("config", "commit.gpgsign", "true")
    repo.git("config", "gpg.program", str(signer))
    there(repo.sandbox, ONE, "One.", "One, by Ben.")
    assert repo.types("pull", "--commit").code == 0
    assert "gpgsig -----BEGIN" in repo.git("cat-file", "commit", "HEAD")
    signer.write_text("#!/bin/sh\necho no key >&2\nexit 1\n")
    there(repo.sandbox, TWO, "High.", "Low.")
    before = repo.log("%H")
    done = repo.types("pull", "--commit")
    assert done.code == 4
    assert "git commit-tree failed" in done.err and "nothing is lost" in done.err
    assert repo.log("%H") == before


@pytest.mark.parametrize("meanwhile", ["touch .git/index.lock", '"$REAL" add late.txt'])
def test_git_at_work_meanwhile_stops_the_commit(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, meanwhile: str
) -> None:
    (repo.folder / "late.txt").write_text("late\n")
    there(repo.sandbox, ONE, "One.", "One, by Ben.")
    before, tools = repo.log("%H"), tmp_path / "tools"
    tools.mkdir()
    (tools / "git").write_text(
        "#!/bin/sh\nindex=$GIT_INDEX_FILE; unset GIT_INDEX_FILE\n"
        f"case $index in */followed) {meanwhile} ;; esac\n"
        '[ -n "$index" ] && export GIT_INDEX_FILE="$index"\nexec "$REAL" "$@"\n'
    )
    (tools / "git").chmod(0o755)
    monkeypatch.setenv("REAL", str(shutil.which("git")))
    with monkeypatch.context() as patch:
        patch.setenv("PATH", str(tools), prepend=":")
        done = repo.types("pull", "--commit")
    assert done.code == 4
    assert "git was at work" in done.err and "nothing is lost" in done.err
    assert repo.log("%H") == before
    (repo.folder / ".git" / "index.lock").unlink(missing_ok=True)
    late = repo.status()
    assert repo.types("pull", "--commit").code == 0
    assert repo.log()[0] == "Ben <ben@example.com> Weekly"
    assert repo.status() == late.replace(f" M {BASE}\n", "").replace(f" M {ONE}.md\n", "")
    check_whole(repo)


def test_a_head_that_moves_meanwhile_stops_the_commit(repo: Repo) -> None:
    there(repo.sandbox, ONE, "One.", "One, by Ben.")
    assert repo.types("pull").code == 0
    tree = Repository(repo.folder)
    assert tree.commit
    tree.head()
    repo.git("commit", "--quiet", "--allow-empty", "--message", "Meanwhile")
    index = (repo.folder / ".git" / "index").read_bytes()

    wanted = Commit("Ben", "b@example.com", None, "x\n", {"x.md": b"x\n"}, ("x",))
    with pytest.raises(NbsyncError, match="update-ref"):
        tree.publish([wanted])
    assert (repo.folder / ".git" / "index").read_bytes() == index
    assert repo.log()[0] == "Una <una@example.com> Meanwhile"
    check_whole(repo)


def test_the_index_of_another_repository_in_the_environment_is_not_touched(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Nobody")
    there(repo.sandbox, ONE, "One.", "One, by Ben.")
    assert repo.types("pull", "--commit").code == 0
    monkeypatch.undo()
    assert not (tmp_path / "index").exists()
    assert "Ben <ben@example.com> Weekly" in repo.log()[0]


def test_a_git_command_that_fails_says_why_in_gits_own_words(repo: Repo) -> None:
    found = checkout_of(repo.folder)
    assert found is not None
    with pytest.raises(NbsyncError, match="git rev-parse failed: fatal: Needed a single revision"):
        Git(found.top).run("rev-parse", "--verify", "nonsense")
