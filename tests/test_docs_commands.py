"""Every command in a block of code of the documents is run, where it makes sense."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from commands import Person, edit_there, nbsync, person, seed
from mirrors import edit
from nbsync.cli import COMMANDS
from nbsync.sandbox import Sandbox

pytestmark = pytest.mark.laws  # every command of the docs: without coverage

ROOT = Path(__file__).parents[1]
# The reference of commands is generated from their help; the tutorials are run by test_docs.py.
PAGES = [
    ROOT / "README.md",
    *(
        path
        for path in sorted((ROOT / "docs").rglob("*.md"))
        if path.name != "commands.md" and path.parent.name != "tutorial"
    ),
]
PAGE = "aB3dE5fG.md"
# These go on, ask for a key, or are about the machine: conversations in `cli/` have them.
ELSEWHERE = frozenset({"watch", "sandbox", "demo", "login", "doctor"})
ENDS_SO = {
    "nbsync conflicts": 5,
    "nbsync conflicts --json": 5,
    "nbsync restore aB3dE5fG --version @1a2b3c4d": 4,  # there is no such key
}
_BLOCK_LINE = re.compile(r"    (?:exec )?((?:[A-Z_]+=(?:\"[^\"]*\"|\S*) )*nbsync .*)")
_CONSOLE = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
_TOOL = r"""#!/bin/sh
# An editor takes the markers out of its file; a merge tool takes the first file for the merged one.
[ "$1" = --wait ] || exec cp "$1" "$2"
sed '/^[<|>=]\{7\}/d' "$2" >"$2.new" && mv "$2.new" "$2"
"""


def lines() -> Iterator[str]:
    """Each command line, without what a remark beside it says."""
    for page in PAGES:
        for line in page.read_text(encoding="utf-8").splitlines():
            if found := _BLOCK_LINE.fullmatch(line):
                yield found[1].partition("  #")[0].strip()


@pytest.fixture
def reader(tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Person:
    """Somebody in a mirror with the notebooks, the files and the programs that are named."""
    who = person(tmp_path, sandbox, monkeypatch)
    seed(sandbox, "aB3dE5fG", "# Weekly numbers\n\nSignups grew by 0 %.\n\nNext: ask five.")
    for short_id in ("weekly02", "draft001", "note0001", "note0002"):
        seed(sandbox, short_id, f"# Title of {short_id}\n\nOne.")
    for number in range(12):
        edit_there(sandbox, "aB3dE5fG", f"by {number} %", f"by {number + 1} %")
    who.begins()
    (who.folder / "drafts").mkdir()
    (who.folder / "draft001.md").rename(who.folder / "drafts" / "one.md")
    (who.folder / "weekly02.md").rename(who.folder / "weekly.md")
    (who.folder / "notes.md").write_text("# Notes\n")
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("code", "meld"):
        (programs / name).write_text(_TOOL)
        (programs / name).chmod(0o755)
    said = {
        "PATH": f"{programs}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "EDITOR": "code --wait",
        "BROWSER": "true",
        "PYTHONPATH": str(Path(__file__).parent),  # where the keyring of the tests is
        "POSTHOG_PROJECT_ID": "1",
        **{f"GIT_{role}_NAME": "Una" for role in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{role}_EMAIL": "una@example.com" for role in ("AUTHOR", "COMMITTER")},
    }
    for name, value in said.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.chdir(who.folder)
    return who


def in_conflict(who: Person) -> None:
    edit(who.folder / PAGE, "five", "ten")
    edit_there(who.sandbox, "aB3dE5fG", "five", "six")
    assert who.types("sync", "-q").code == 5


def settled(who: Person) -> None:
    in_conflict(who)
    shutil.copy(who.folder / PAGE, who.folder / ".nbsync" / "conflicts" / "aB3dE5fG" / "merged.md")


def without_its_page(who: Person) -> None:
    (who.folder / PAGE).unlink()


def deleted_and_written_anew(who: Person) -> None:
    assert who.types("rm", "aB3dE5fG", "-q").code == 0
    assert who.types("restore", "aB3dE5fG", "--version", "12", "-q").code == 0


def a_clone_of_a_backup(who: Person) -> None:
    shutil.rmtree(who.folder / ".nbsync")


def no_mirror_yet(who: Person) -> None:
    a_clone_of_a_backup(who)
    (who.folder / "nbsync.toml").unlink()


def under_git(who: Person) -> None:
    assert who.types("init", "--git", "-q").code == 0
    subprocess.run(["git", "init", "--quiet"], cwd=who.folder, check=True)


# Where a command makes sense, by the first pattern that it fits.
SITUATIONS: dict[str, Callable[[Person], None]] = {
    r".*--merged": settled,
    r".*nbsync (resolve|conflicts)\b": in_conflict,
    r"nbsync restore aB3dE5fG$": without_its_page,
    r"nbsync add aB3dE5fG.md": deleted_and_written_anew,
    r"nbsync add --all": a_clone_of_a_backup,
    r"nbsync init": no_mirror_yet,
    r".*--commit": under_git,
}


@pytest.mark.parametrize("line", sorted(set(lines())))
def test_a_command_of_the_documents_does_what_it_is_there_for(
    line: str, reader: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = shlex.split(re.sub(r">\S+|&$", "", line))
    while "=" in words[0]:
        monkeypatch.setenv(*words.pop(0).split("=", 1))
    if words[1] in ELSEWHERE:
        assert words[1] in COMMANDS
        return
    for pattern, prepare in SITUATIONS.items():
        if re.match(pattern, line):
            prepare(reader)
            break
    meant = {"eu": reader.sandbox.url, "12345": "1", "67890": "1"}
    typed = [file for word in words[1:] for file in files(meant.get(word, word))]
    answer = nbsync(*typed)
    assert answer.code == ENDS_SO.get(line, 0), answer.screen


def files(word: str) -> list[str]:
    """What a shell makes of a word."""
    return sorted(map(str, Path().glob(word))) if "*" in word else [word]


def with_consoles() -> Iterator[Path]:
    return (page for page in PAGES if _CONSOLE.search(page.read_text(encoding="utf-8")))


@pytest.mark.parametrize("page", list(with_consoles()), ids=lambda page: page.stem)
def test_what_a_page_shows_as_typed_in_a_mirror_can_be_typed(page: Path, reader: Person) -> None:
    assert reader.types("add", "notes.md", "-q").code == 0
    typed = "".join(_CONSOLE.findall(page.read_text(encoding="utf-8")))
    commands = [line.removeprefix("$ ") for line in typed.splitlines()]
    script = "\n".join(f"{line} || exit {at}" for at, line in enumerate(commands, start=1))
    done = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{commands[done.returncode - 1]}\n{done.stdout}{done.stderr}"
    if page.stem == "leave":
        assert "# Weekly numbers\n\nSignups grew by 12 %." in done.stdout
        assert (reader.folder / "plain" / PAGE).read_text().startswith("# Weekly numbers\n")
        assert not (reader.folder / ".nbsync").exists()
