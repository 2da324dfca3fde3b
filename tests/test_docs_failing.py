"""Every command of the page about failures is run as it stands there."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

import pytest

from commands import nbsync, person
from errors_scenes import mirror_of_two
from nbsync.cli.doctor import doctor
from nbsync.sandbox import Sandbox
from terminals import on_terminal

PAGE = Path(__file__).parents[1] / "docs" / "how-to" / "when-something-fails.md"
TEXT = PAGE.read_text("utf-8")
LINES = re.findall(r"`(nbsync [^`]+)`|^    (nbsync .*)$", TEXT, re.MULTILINE)
COMMANDS = sorted({one or other for one, other in LINES} - {"nbsync watch"})


def test_the_page_has_the_commands_that_are_run_here() -> None:
    assert len(COMMANDS) >= 10


@pytest.mark.parametrize("line", COMMANDS)
def test_what_the_page_tells_to_type_does_what_it_says(
    line: str, tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = person(tmp_path, sandbox, monkeypatch)
    mirror_of_two(who)
    monkeypatch.setenv("KEYRING_FILE", str(tmp_path / "keyring.json"))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    typed = line.partition(" >")[0].replace("--host eu", f"--host {sandbox.url}")
    words = ["-C", str(who.folder), *shlex.split(typed.replace("NOTEBOOK", "note0001"))[1:]]
    if "login" in words:
        pasted = ("Key, not shown", f"{sandbox.key}\n")
        assert on_terminal(words, pasted, folder=tmp_path, env=os.environ).code == 0
        return
    # What it would open is told instead.
    answer = nbsync(*words, *(["--json"] if "open" in words else []))
    assert answer.code == 0, answer.screen


def test_the_states_of_the_doctor_are_told() -> None:
    for word in ("`ok`", "`!`", "`failed`"):
        assert word in TEXT
    assert "at most four requests" in TEXT and "at most four requests" in str(doctor.help)
