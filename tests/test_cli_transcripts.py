"""Whole conversations with the command line, as a person sees them.

Each file of `transcripts/` is played against a sandbox. Its lines are:

    $ nbsync pull              a command
        <- update …            indented: all that it prints
        [exit 5]               how it ended, where that is not 0
    $ rm notes.md              any other command, run by sh
    @seed weekly01: # Title    a notebook that is in PostHog from now on
    @ben weekly01: old => new  an edit that Ben makes in PostHog
    @edit notes.md: old => new an edit that you make in a file
    # …                        a remark

SERVER, HERE, TIME, N ms and <new-id-1> stand for what is never the same twice. After a change
of words, `UPDATE_TRANSCRIPTS=1 pytest tests/test_cli_transcripts.py` writes them anew; read the
difference before you keep it.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from commands import Person, edit_there, nbsync, person, seed
from mirrors import edit
from nbsync.sandbox import Sandbox

TRANSCRIPTS = sorted((Path(__file__).parent / "transcripts").glob("*.txt"))
_TIME = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?([.\d]*Z| UTC)?")
_NEW_ID = re.compile(r"\b[0-9A-Za-z]{10}\b")


class Player:
    """Plays a transcript: takes what is typed and done in it, and writes down what comes."""

    def __init__(self, who: Person, monkeypatch: pytest.MonkeyPatch) -> None:
        self.who = who
        self.here = who.folder.parent
        self.monkeypatch = monkeypatch
        self.known: set[str] = set()
        self.ids: dict[str, str] = {}
        monkeypatch.chdir(who.folder.parent)

    def play(self, script: str) -> str:
        written = []
        for line in script.splitlines():
            if line.startswith("$ "):
                came = self.typed(line.removeprefix("$ "))
                written += [line, *(f"    {each}".rstrip() for each in came)]
            elif line.startswith(("@", "#")):
                self.directed(line)
                written.append(line)
        return "\n".join(written) + "\n"

    def typed(self, line: str) -> list[str]:
        words = shlex.split(line.replace("SERVER", self.who.sandbox.url), comments=True)
        if words[0] == "cd":
            self.monkeypatch.chdir(Path.cwd() / words[1])
            return []
        if words[0] != "nbsync":
            done = subprocess.run(line, shell=True, capture_output=True, text=True, check=True)
            return self.steady(done.stdout)
        answer = nbsync(*(self.real(word) for word in words[1:]))
        ending = [f"[exit {answer.code}]"] if answer.code else []
        return self.steady(answer.screen) + ending

    def directed(self, line: str) -> None:
        direction, _, rest = line.partition(" ")
        name, _, text = rest.partition(": ")
        old, _, new = text.encode().decode("unicode_escape").partition(" => ")
        if direction == "@seed":
            self.known.add(name)
            seed(self.who.sandbox, name, old)
        elif direction == "@ben":
            edit_there(self.who.sandbox, name, old, new)
        elif direction == "@edit":
            edit(Path.cwd() / name, old, new)

    def steady(self, screen: str) -> list[str]:
        """What came, without what is never the same twice."""
        screen = screen.replace(self.who.sandbox.url, "SERVER").replace(str(self.here), "HERE")
        screen = _TIME.sub("TIME", re.sub(r"\d+ ms\b", "N ms", screen))
        return _NEW_ID.sub(self._steady_id, screen).splitlines()

    def _steady_id(self, found: re.Match[str]) -> str:
        word = found[0]
        is_id = word in self.ids or any(Path.cwd().glob(f"**/.nbsync/*/{word}*"))
        return self.ids.setdefault(word, f"<new-id-{len(self.ids) + 1}>") if is_id else word

    def real(self, word: str) -> str:
        for short_id, stand_in in self.ids.items():
            word = word.replace(stand_in, short_id)
        return word


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_a_conversation_goes_as_it_is_written_down(
    path: Path, tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = path.read_text(encoding="utf-8")
    who = person(tmp_path, sandbox, monkeypatch)
    who.folder.rmdir()
    played = Player(who, monkeypatch).play(script)
    if os.environ.get("UPDATE_TRANSCRIPTS"):
        path.write_text(played, encoding="utf-8")
    assert played == script
