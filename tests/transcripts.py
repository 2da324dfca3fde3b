"""Whole conversations with the command line: what is typed, printed and asked of PostHog.

Each file of `cli/` is played against a sandbox. Lines that make something happen:

    $ nbsync pull                      a command; `>FILE`, `<FILE`, `VARIABLE=value` as in a shell
    $ nbsync watch --every 600 &       one that goes on, until `$ kill %1`
    $ export NAME=value                also `unset` and `cd`; any other command is run by sh
    # in PostHog: …                    what somebody does there (`happenings.in_posthog`)
    # here: FILE "old" -> "new"        an edit of a file
    # the server …                     how it answers from now on (`happenings.MOODS`)
    # the disk is full                 … and `# the disk is well again`
    # nothing can be written here      … nor in folders below, from now on
    # asked "…": "…"                   what is typed at a question of the next command

and what comes of them, below them:

        -> update  weekly01.md …       all that is printed, on standard output and standard error
        [exit 5]                       how the command ended, where that is not 0
        & TIME …                       what a command that goes on says meanwhile
      > PATCH /api/…  {…}  200         the requests that were made, in order, with the fields sent

Any other line that starts with `#` is a remark. SERVER, HERE, TIME, N ms and <new-id-1> stand for
what is never the same twice. Requests that are made at the same time are put into the order of
their paths. From a command that goes on, as many lines and requests are waited for as are written.
"""

from __future__ import annotations

import io
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from commands import nbsync
from happenings import MOODS, in_posthog, told
from mirrors import edit
from nbsync.sandbox import Sandbox
from powerless import as_nobody, no_space
from steady import Steady
from terminals import on_terminal
from watching import PATIENCE, eventually

WRITES = bool(os.environ.get("NBSYNC_WRITE_TRANSCRIPTS"))
"""Whether what comes is to be written down, and not held against what is."""
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_ASSIGNED = re.compile(r"[A-Z_]+=")


@dataclass(slots=True)
class Step:
    """A line that makes something happen, and how much is written below it of what comes."""

    line: str
    spaced: bool
    said: int = 0
    asked: int = 0


def steps(script: str) -> list[Step]:
    """The lines of a transcript that make something happen, and its remarks."""
    found: list[Step] = []
    before = ""
    for line in script.splitlines():
        if line.startswith(("$ ", "#")):
            found.append(Step(line, bool(found) and before == ""))
        elif found:
            found[-1].said += line.startswith("    &")
            found[-1].asked += line.startswith("  > ")
        before = line
    return found


class Player:
    """Plays a transcript, and writes down what comes of it.

    Args:
        here: The folder where it begins; everybody may write there.
        sandbox: The server.
        patch: Changes the environment, and puts it back.
    """

    def __init__(self, here: Path, sandbox: Sandbox, patch: pytest.MonkeyPatch) -> None:
        self._sandbox, self._patch = sandbox, patch
        self._steady = Steady(here, sandbox.url)
        self._answers: list[tuple[str, str]] = []
        self._seen = 0
        self._full = self._powerless = False
        self._watch: subprocess.Popen[str] | None = None
        patch.chdir(here)
        patch.setenv("COLUMNS", "80")
        patch.setenv("NO_COLOR", "1")
        for name in ("VISUAL", "EDITOR", "BROWSER"):
            patch.delenv(name, raising=False)
        patch.setenv("PYTHONPATH", str(Path(__file__).parent), prepend=os.pathsep)

    def play(self, script: str) -> str:
        """Do what a transcript says; the transcript as it then is."""
        written: list[str] = []
        for step in steps(script):
            written += ["", step.line] if step.spaced else [step.line]
            came = self._typed(step) if step.line.startswith("$ ") else self._directed(step.line)
            came = [line.rstrip() for line in came]
            while came and not came[-1]:
                came.pop()
            written += came + self._meanwhile(step) + self._requests()
        return "\n".join(written) + "\n"

    def leave(self) -> None:
        """End what still goes on."""
        if self._watch is not None:
            self._watch.kill()
            self._watch.communicate()

    def met(self, line: str, screen: str, code: int) -> list[str]:
        """A command that was typed elsewhere: its line, and what came of it."""
        return [line, *self._printed(screen, code), *self._requests()]

    # --- what is typed ---------------------------------------------------------------------------

    def _typed(self, step: Step) -> list[str]:
        line = step.line.removeprefix("$ ")
        words = shlex.split(self._steady.real(line), comments=True)
        given = []
        while _ASSIGNED.match(words[0]):
            given.append(words.pop(0).split("=", 1))
        match words:
            case ["cd", folder]:
                self._patch.chdir(Path.cwd() / folder)
            case ["export", *assignments]:
                for each in assignments:
                    self._patch.setenv(*each.split("=", 1))
            case ["unset", *names]:
                for name in names:
                    self._patch.delenv(name, raising=False)
            case ["kill", *how, "%1"]:
                self._signal(how)
            case ["nbsync", *rest, "&"]:
                self._start(rest)
            case ["nbsync", *rest] if rest and "|" not in rest:
                with self._patch.context() as patch:
                    for name, value in given:
                        patch.setenv(name, value)
                    return self._printed(*self._nbsync(rest))
            case _:
                return self._shell(line)
        return []

    def _nbsync(self, words: Sequence[str]) -> tuple[str, int]:
        answers, self._answers = self._answers, []
        if answers:
            screen = on_terminal(words, *answers, folder=Path.cwd(), env=os.environ)
            return screen.text, screen.code
        stdin, stdout = "", ""
        while words and words[-1].startswith(("<", ">")):
            *words, last = words
            stdin, stdout = (last[1:], stdout) if last[0] == "<" else (stdin, last[1:])
        with ExitStack() as until, self._patch.context() as patch:
            text = Path(stdin).read_text() if stdin else ""
            patch.setattr(sys, "stdin", io.StringIO(text))
            if self._full:
                until.enter_context(no_space())
            if self._powerless:
                until.enter_context(as_nobody())
            answer = nbsync(*words)
        if stdout:
            Path(stdout).write_text(answer.out)
        return answer.err if stdout else answer.screen, answer.code

    def _shell(self, line: str) -> list[str]:
        done = subprocess.run(
            ["/bin/sh", "-c", self._steady.real(line)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
            encoding="utf-8",
            check=False,
        )
        return self._printed(done.stdout, done.returncode)

    def _printed(self, screen: str, code: int) -> list[str]:
        ending = [f"    [exit {code}]"] if code else []
        return [f"    {line}" for line in self._steady.lines(screen)] + ending

    # --- what goes on meanwhile ------------------------------------------------------------------

    def _start(self, words: Sequence[str]) -> None:
        self._watch = subprocess.Popen(
            [sys.executable, "-m", "nbsync", *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )

    def _signal(self, how: Sequence[str]) -> None:
        assert self._watch is not None
        self._watch.send_signal(signal.SIGHUP if how == ["-HUP"] else signal.SIGINT)

    def _meanwhile(self, step: Step) -> list[str]:
        """What the command that goes on says and asks, as much as is written."""
        if self._watch is None:
            return []
        stdout = self._watch.stdout
        assert stdout is not None
        patience = threading.Timer(PATIENCE, self._watch.kill)
        patience.start()
        if step.line == "$ kill %1":
            said = stdout.readlines()
            said.append(f"[exit {self._watch.wait(PATIENCE)}]")
            stdout.close()
            self._watch = None
        else:
            said = [line for _ in range(step.said) if (line := stdout.readline())]
        patience.cancel()
        eventually(lambda: len(self._answered()) >= step.asked)
        return [f"    & {line}".rstrip() for line in self._steady.lines("".join(said))]

    # --- what happens elsewhere ------------------------------------------------------------------

    def _directed(self, line: str) -> list[str]:
        texts = [json.loads(text) for text in _QUOTED.findall(self._steady.real(line))]
        said = _QUOTED.sub('"', line).removeprefix("# ").split()
        match said:
            case ["in", "PostHog:", *rest]:
                in_posthog(self._sandbox, rest, texts)
            case ["here:", name, '"', "->", '"']:
                edit(Path.cwd() / self._steady.real(name), *texts)
            case ["asked", '":', '"']:
                self._answers.append((texts[0], texts[1] + "\n"))
            case ["the", "server", "is", "well", "again"]:
                self._sandbox.clear()
                self._seen = 0
            case ["the", "server", *mood] if " ".join(mood) in MOODS:
                self._sandbox.fault(**MOODS[" ".join(mood)])
            case ["the", "disk", "is", *how]:
                self._full = how == ["full"]
            case ["nothing", "can", "be", "written", "here"]:
                self._powerless = True
                for path in (Path.cwd(), *Path.cwd().rglob("*")):
                    path.chmod(0o555 if path.is_dir() else 0o444)
            case _:
                pass
        return []

    # --- what comes, without what is never the same twice ----------------------------------------

    def _answered(self) -> list[dict[str, Any]]:
        log = self._sandbox.requests()[self._seen :]
        return [each for each in log if each["status"] is not None]

    def _requests(self) -> list[str]:
        log = self._sandbox.requests()
        made, self._seen = log[self._seen :], len(log)
        lines: list[str] = []
        reads: list[str] = []
        for each in made:
            if each["method"] == "GET" and not each["query"]:
                reads.append(told(each))
                continue
            lines += [*sorted(reads), told(each)]
            reads = []
        return [f"  > {line}" for line in self._steady.lines("\n".join([*lines, *sorted(reads)]))]
