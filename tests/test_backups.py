"""Backups as the documents tell to make them: the workflows' own commands, and a restore."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from commands import nbsync
from gits import ONE, TWO, Repo, committed, seed
from mirrors import asked, there
from nbsync.cli.demo import environment
from nbsync.sandbox import Sandbox

HOW_TO = Path(__file__).parents[1] / "docs" / "how-to"
PAGE = (HOW_TO / "back-up-with-git.md").read_text("utf-8")
INSTALL = 'python -m pip install "$NBSYNC_SOURCE"'


@pytest.fixture
def repo(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """A mirror with two notebooks, pushed to the bare repository `origin.git` beside it."""
    made = committed(tmp_path, sandbox, monkeypatch)
    made.git("clone", "--quiet", "--bare", ".", str(tmp_path / "origin.git"))
    asked(sandbox)
    return made


@pytest.fixture(scope="module")
def empty() -> Iterator[Sandbox]:
    """Another server, whose project is empty."""
    with Sandbox() as box:
        yield box


def loaded(name: str) -> dict[str, Any]:
    document = yaml.safe_load((HOW_TO / name).read_text("utf-8"))
    assert isinstance(document, dict)
    return document


def github() -> list[str]:
    """What GitHub's runner runs, step by step; it installs nbsync first."""
    steps = loaded("backup-github.yml")["jobs"]["backup"]["steps"]
    assert steps[0]["uses"].startswith("actions/checkout@")
    install, *rest = [step["run"] for step in steps if "run" in step]
    assert install == INSTALL
    return rest


def gitlab() -> list[str]:
    """What GitLab's runner runs, as one script; it installs nbsync first."""
    install, *rest = loaded("backup-gitlab.yml")["backup"]["script"]
    assert install == INSTALL
    return ["\n".join(rest)]


def cloned(origin: Path, folder: Path, runner: str) -> Repo:
    """A fresh clone as a runner makes it: shallow, and on a branch or on a commit."""
    sandbox_of_nobody = Sandbox()
    shutil.rmtree(folder, ignore_errors=True)
    words = ["clone", "--quiet", "--depth", "1", origin.as_uri(), str(folder)]
    subprocess.run(["git", *words], check=True, capture_output=True)
    clone = Repo(folder, sandbox_of_nobody)
    if runner == "gitlab":
        clone.git("checkout", "--quiet", "--detach")
    return clone


def ran(scripts: list[str], clone: Repo, sandbox: Sandbox) -> int:
    """Run a job's scripts until one fails, each in a shell of its own; how the last ended."""
    variables = environment(sandbox)
    variables |= {
        "PATH": f"{Path(sys.executable).parent}:{variables['PATH']}",
        "HOME": str(clone.folder.parent / "home"),
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "CI_SERVER_HOST": "gitlab.example.com",
        "CI_PROJECT_URL": (clone.folder.parent / "origin").as_uri(),
        "CI_DEFAULT_BRANCH": "main",
        "BACKUP_TOKEN": "a-secret-of-the-job",
    }
    for script in scripts:
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=clone.folder,
            env=variables,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "a-secret-of-the-job" not in done.stdout + done.stderr
        if done.returncode:
            return done.returncode
    return 0


@pytest.mark.laws
@pytest.mark.parametrize("runner", ["github", "gitlab"])
def test_the_commands_of_a_workflow_back_up_night_after_night(
    repo: Repo, tmp_path: Path, runner: str
) -> None:
    scripts, origin = github() if runner == "github" else gitlab(), tmp_path / "origin.git"
    there(repo.sandbox, ONE, "One.", "One, by Ben.")
    clone = cloned(origin, tmp_path / "clone", runner)
    assert ran(scripts, clone, repo.sandbox) == 0
    assert asked(repo.sandbox) == [("GET", "?limit=1000&offset=0"), ("GET", f"{ONE}/")]
    backup = Repo(origin, repo.sandbox)
    assert backup.log() == [
        "Ben <ben@example.com> Weekly",
        "Ben <ben@example.com> Churn",
        "Ana <ana@example.com> Weekly",
        "Una <una@example.com> A mirror",
    ]
    assert "One, by Ben." in backup.git("show", f"main:{ONE}.md")
    assert "a-secret-of-the-job" not in (clone.folder / ".git" / "config").read_text()

    clone = cloned(origin, tmp_path / "clone", runner)
    assert ran(scripts, clone, repo.sandbox) == 0
    assert asked(repo.sandbox) == [("GET", "?limit=1000&offset=0")]
    assert len(backup.log()) == 4
    assert backup.git("fsck") == ""


def test_the_requests_of_a_night_are_those_in_the_documents(repo: Repo, tmp_path: Path) -> None:
    there(repo.sandbox, ONE, "One.", "One, by Ben.")
    clone = cloned(tmp_path / "origin.git", tmp_path / "clone", "github")
    clone.git("config", "user.name", "Una")
    clone.git("config", "user.email", "una@example.com")
    done = clone.types("pull", "--commit", "-v")
    assert done.code == 0
    told = [line for line in done.err.splitlines() if " /api/" in line]
    shown = [line.strip() for line in PAGE.splitlines() if line.startswith("    GET ")]
    assert [re.sub(r"\d+ ms", "N ms", line) for line in told] == [
        re.sub(r"\d+ ms", "N ms", line.replace("/12345/", "/1/")) for line in shown
    ]


@pytest.mark.laws
@pytest.mark.parametrize("runner", ["github", "gitlab"])
def test_a_workflow_pushes_what_came_and_fails_for_what_did_not(
    repo: Repo, tmp_path: Path, runner: str
) -> None:
    there(repo.sandbox, ONE, "One.", "One, by Ben.")
    there(repo.sandbox, TWO, "High.", "Low.")
    repo.sandbox.fault(method="GET", path=f"{ONE}/", status=403)
    clone = cloned(tmp_path / "origin.git", tmp_path / "clone", runner)
    assert ran(github() if runner == "github" else gitlab(), clone, repo.sandbox) in {3, 4}
    assert Repo(tmp_path / "origin.git", repo.sandbox).log()[0] == "Ben <ben@example.com> Churn"


def test_a_workflow_has_the_key_from_a_secret_and_may_write_nothing_but_the_repository() -> None:
    document = loaded("backup-github.yml")
    assert document["permissions"] == {"contents": "write"}
    keys = [step.get("env", {}) for step in document["jobs"]["backup"]["steps"]]
    assert {"POSTHOG_PERSONAL_API_KEY": "${{ secrets.POSTHOG_PERSONAL_API_KEY }}"} in keys
    assert "phx_" not in (HOW_TO / "backup-gitlab.yml").read_text("utf-8")


def test_the_commands_that_restore_a_backup_make_its_notebooks_anew(
    repo: Repo, tmp_path: Path, empty: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    rich = {"type": "doc", "content": [{"type": "paragraph"}]}
    repo.sandbox.seed(short_id="rich0001", title="Rich", content=rich)
    repo.sandbox.seed(short_id="odd00001", title="Odd", content=[1, 2])
    seed(repo.sandbox, "deep0001", "# Deep\n\nText.")
    assert repo.types("pull", "--commit").code == 0
    (repo.folder / "notes").mkdir()
    repo.git("mv", "deep0001.md", "notes/deep.md")
    (repo.folder / "README.md").write_text("# Our backup\n")
    repo.commit("README")

    found = re.search(r"the pages keep their ids:\n\n((?:    .*\n)+)", PAGE)
    assert found is not None
    lines = [line.strip() for line in found[1].splitlines()]
    assert lines[0].startswith("git clone ") and lines[0].endswith(" restored")
    monkeypatch.setenv("POSTHOG_HOST", empty.url)
    monkeypatch.setenv("POSTHOG_PERSONAL_API_KEY", empty.key)
    restored = tmp_path / "restored"
    repo.git("clone", "--quiet", ".", str(restored))
    for line in lines[2:]:
        words = line.split()
        if words[0] == "nbsync":
            said = {"eu": empty.url, "67890": empty.project}
            done = nbsync("-C", str(restored), *(said.get(word, word) for word in words[1:]))
            assert done.code == 0, done.screen
        else:
            subprocess.run(words, cwd=restored, check=True)
    for short_id in (ONE, TWO, "deep0001", "odd00001"):
        made, was = empty.record(short_id), repo.sandbox.record(short_id)
        assert (made["title"], made["content"]) == (was["title"], was["content"])
    assert empty.record("rich0001")["title"] == "Rich"
    assert (restored / "README.md").read_text() == "# Our backup\n"
    quiet = nbsync("-C", str(restored), "sync")
    assert (quiet.code, quiet.out) == (0, "")
    assert nbsync("-C", str(restored), "add", "--all").out == ""


def test_add_wants_a_file_or_all(repo: Repo) -> None:
    answer = repo.types("add")
    assert answer.code == 2
    assert "nbsync add notes.md" in answer.err


def test_the_hook_in_the_documents_is_what_the_tests_of_check_install() -> None:
    found = re.search(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    assert found[1] == "#!/bin/sh\nexec nbsync check\n"
    framework = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert framework is not None
    [hook] = yaml.safe_load(framework[1])["repos"][0]["hooks"]
    assert hook["entry"] == "nbsync check"
