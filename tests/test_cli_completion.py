"""The Tab key completes commands, options and notebooks, from what is remembered alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import click
import pytest

from commands import Person, person, seed
from mirrors import touched
from nbsync.cli import COMMANDS, cli
from nbsync.cli.completing import TAKING_ONE, TAKING_SEVERAL
from nbsync.cli.completion import answer
from nbsync.sandbox import Sandbox

BIN = Path(sys.executable).parent
SHELLS = ("bash", "zsh", "fish")


@pytest.fixture
def ana(tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Person:
    """Somebody who stands in a mirror of four notebooks, pages of hers among them."""
    seed(sandbox, "note0001", "# Weekly numbers")
    seed(sandbox, "note0002", "# Überblick: 日本語, \x1b[31mred")
    seed(sandbox, "other001", "# Numbers of the year")
    seed(sandbox, "late0001", "# Launch")
    who = person(tmp_path, sandbox, monkeypatch)
    who.begins()
    (who.folder / "drafts").mkdir()
    (who.folder / "other001.md").rename(who.folder / "drafts" / "the year's [best], 1.md")
    assert who.types("status").code == 0
    sandbox.clear()
    monkeypatch.chdir(who.folder)
    return who


def completes(
    capfdbinary: pytest.CaptureFixture[bytes],
    monkeypatch: pytest.MonkeyPatch,
    *words: str,
    shell: str = "bash",
) -> list[str]:
    """What a shell is told, in lines, for a command line whose last word is being typed."""
    typed = ["nbsync", *words]
    monkeypatch.setenv("_NBSYNC_COMPLETE", f"{shell}_complete")
    monkeypatch.setenv("COMP_WORDS", "\n".join(typed))
    monkeypatch.setenv("COMP_CWORD", str(len(words)))
    if shell == "fish":
        monkeypatch.setenv("COMP_CWORD", typed[-1])
    with open(1, "w", encoding="utf-8", closefd=False) as out, monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", out)
        code = answer(f"{shell}_complete")
    written = capfdbinary.readouterr()
    assert (code in {0, 1}, written.err) == (True, b"")
    return written.out.decode().splitlines()


class Shell:
    """What is completed in this process, as bash is told it."""

    def __init__(self, out: pytest.CaptureFixture[bytes], patch: pytest.MonkeyPatch) -> None:
        self.out, self.patch = out, patch

    def __call__(self, *words: str) -> list[str]:
        found = completes(self.out, self.patch, *words)
        return [line.removeprefix("plain,") for line in found if line]


@pytest.fixture
def tab(capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Shell:
    return Shell(capfdbinary, monkeypatch)


def test_short_ids_are_completed_the_last_changed_first_and_other_paths(
    ana: Person, tab: Shell
) -> None:
    ids = ["late0001", "other001", "note0002", "note0001"]
    assert tab("pull", "") == ids
    assert tab("pull", "note") == ["note0002", "note0001"]
    assert tab("pull", "note0001", "late") == ["late0001"]


def test_a_path_is_completed_once_it_is_no_short_id(ana: Person, tab: Shell) -> None:
    assert tab("diff", "note0001.") == ["note0001.md"]
    assert tab("diff", "./note0001") == ["./note0001.md"]
    assert tab("diff", "dr") == ["drafts/the\\ year\\'s\\ \\[best\\],\\ 1.md"]
    os.chdir(ana.folder / "drafts")
    assert tab("diff", "the") == ["the\\ year\\'s\\ \\[best\\],\\ 1.md"]
    assert tab("diff", "the\\ year") == ["the\\ year\\'s\\ \\[best\\],\\ 1.md"]


def test_a_part_of_one_title_becomes_its_short_id(ana: Person, tab: Shell) -> None:
    assert tab("open", "weekly") == ["note0001"]
    assert tab("open", "numbers") == []
    assert tab("open", "nothing") == []


@pytest.mark.parametrize(
    "words",
    [
        *(("pull",), ("push",), ("sync",), ("list",), ("diff",), ("rm", "-n"), ("edit",)),
        *(("open", "--print"), ("log",), ("restore",), ("resolve", "--ours"), ("-q", "log")),
    ],
)
def test_every_command_that_takes_a_notebook_completes_one(
    ana: Person, tab: Shell, words: tuple[str, ...]
) -> None:
    assert tab(*words, "late") == ["late0001"]


def test_what_is_known_of_commands_before_they_are_loaded_is_so() -> None:
    several, one = set[str](), set[str]()
    context = click.Context(cli, info_name="nbsync")
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        for argument in command.params:
            if argument.make_metavar(context).strip("[].").startswith("NOTEBOOK"):
                (one if argument.nargs == 1 else several).add(name)
    assert several == TAKING_SEVERAL and one == TAKING_ONE


def test_commands_options_and_values_are_completed(ana: Person, tab: Shell) -> None:
    assert tab("") == list(COMMANDS)
    assert tab("pu") == ["pull", "push"]
    assert "--verbose" in tab("--") and "--verbose" in tab("pull", "--")
    assert tab("list", "--sort", "") == ["path", "title", "when", "who", "state"]
    assert tab("completion", "") == list(SHELLS)
    assert tab("nonsense", "") == []


def test_files_and_folders_are_left_to_the_shell(ana: Person, tab: Shell) -> None:
    assert tab("add", "dra") == ["file,dra"]
    assert tab("check", "") == ["file,"]
    assert tab("-C", "dra") == ["dir,dra"]
    assert tab("init", "") == ["dir,"]


def test_another_folder_is_looked_at_where_it_is_named(
    ana: Person, tab: Shell, tmp_path: Path
) -> None:
    os.chdir(tmp_path)
    assert tab("pull", "late") == []
    assert tab("-C", "notes", "pull", "late") == ["late0001"]
    assert tab("pull", "-C", "notes", "late") == ["late0001"]
    assert tab("-C", "nowhere", "pull", "late") == []


def test_titles_stand_beside_and_do_no_harm(
    ana: Person, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    zsh = completes(capfdbinary, monkeypatch, "pull", "note", shell="zsh")
    red = "Überblick: 日本語, \ufffd[31mred"
    assert zsh == ["plain", "note0002", red, "plain", "note0001", "Weekly numbers"]
    fish = completes(capfdbinary, monkeypatch, "pull", "note", shell="fish")
    assert fish == [f"plain,note0002\t{red}", "plain,note0001\tWeekly numbers"]
    names = completes(capfdbinary, monkeypatch, "pus", shell="zsh")
    assert names == ["plain", "push", "Send the edits of your files to PostHog."]


def test_it_asks_nobody_and_writes_and_locks_nothing(ana: Person, tab: Shell) -> None:
    before = touched(ana.folder)
    (ana.folder / ".nbsync" / "lock.json").write_text("somebody is at work")
    assert tab("pull", "late") == ["late0001"]
    (ana.folder / ".nbsync" / "lock.json").unlink()
    assert touched(ana.folder) == before
    assert ana.sandbox.requests() == []


def test_a_broken_index_or_one_that_a_clone_brought_completes_nothing(
    ana: Person, tab: Shell, tmp_path: Path
) -> None:
    index = ana.folder / ".nbsync" / "index.sqlite3"
    index.rename(tmp_path / "elsewhere")
    assert tab("pull", "late") == []
    index.symlink_to(tmp_path / "elsewhere")
    assert tab("pull", "late") == []
    index.unlink()
    index.write_text("no database")
    assert tab("pull", "late") == []


def test_names_that_would_break_a_line_or_a_word_are_left_out(
    ana: Person,
    tab: Shell,
    capfdbinary: pytest.CaptureFixture[bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = next(ana.folder.glob("drafts/*"))
    page = page.rename(ana.folder / "drafts" / "a:b.md")
    assert ana.types("status").code == 0
    assert tab("pull", "drafts") == []
    assert "drafts/a\\:b.md" in completes(capfdbinary, monkeypatch, "pull", "drafts", shell="zsh")
    page.rename(ana.folder / "drafts" / "a\nb.md")
    assert ana.types("status").code == 0
    assert completes(capfdbinary, monkeypatch, "pull", "drafts", shell="zsh") == [""]


@pytest.mark.parametrize("wanted", ["csh_complete", "bash_complete", "bash", ""])
def test_what_cannot_be_answered_prints_nothing(
    wanted: str, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("COMP_WORDS", "COMP_CWORD"):
        monkeypatch.delenv(name, raising=False)
    assert answer(wanted) == 1
    assert capfdbinary.readouterr() == (b"", b"")


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_of_a_shell_is_printed(ana: Person, shell: str) -> None:
    script = ana.types("completion", shell).out
    assert f"_NBSYNC_COMPLETE={shell}_complete" in script
    assert "nbsync" in ana.types("completion", shell, "--json").document["script"]
    assert ("--max 1" in script) == (shell == "fish")


def test_an_unknown_shell_is_named_with_those_that_are_known(ana: Person) -> None:
    said = ana.types("completion", "csh")
    assert said.code == 2
    assert all(shell in said.err for shell in SHELLS)


# --- real shells ---------------------------------------------------------------------------------


def surroundings() -> Mapping[str, str]:
    """The environment of a shell in which nbsync is installed."""
    names = {name: value for name, value in os.environ.items() if not name.startswith("_NBSYNC")}
    return {**names, "PATH": f"{BIN}:{os.environ['PATH']}", "TERM": "dumb"}


def in_shell(who: Person, shell: str, script: str) -> str:
    """What a script prints in a shell, which says nothing on standard error."""
    plain = {"bash": ["--norc", "--noprofile"], "zsh": ["-f"], "fish": ["--no-config"]}[shell]
    done = subprocess.run(
        [shell, *plain, "-c", script],
        cwd=who.folder,
        env=surroundings(),
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )
    assert done.stderr == ""
    return done.stdout


BASH = """
source <(nbsync completion bash)
complete -p nbsync
press() {
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
    _nbsync_completion nbsync 2>/dev/null
    printf '%s\\n' "${COMPREPLY[@]}"
}
touch 'plain,x' 'drafts/the'
press nbsync pus
press nbsync pull dr
press nbsync pull -- late
press nbsync nonsense ''
"""


def test_bash_completes_with_the_script_sourced(ana: Person) -> None:
    assert in_shell(ana, "bash", BASH).splitlines() == [
        "complete -o nosort -F _nbsync_completion nbsync",
        "push",
        "drafts/the\\ year\\'s\\ \\[best\\],\\ 1.md",
        "late0001",
        "",
    ]


@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not installed")
def test_fish_completes_with_the_script_sourced(ana: Person) -> None:  # pragma: no cover
    script = "nbsync completion fish | source; complete -C 'nbsync pull late'"
    assert in_shell(ana, "fish", script) == "late0001\tLaunch\n"


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed")
def test_zsh_takes_the_script(ana: Person) -> None:  # pragma: no cover
    script = "autoload -Uz compinit; compinit -D; source <(nbsync completion zsh)"
    script += "; which _nbsync_completion"
    assert "zsh_complete" in in_shell(ana, "zsh", script)
