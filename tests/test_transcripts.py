"""Every command and every error, as a reader can follow it: the conversations in `cli/`.

After a change of words, `make transcripts` writes them anew; read the difference before you keep
it. What makes something happen in them is told in transcripts.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from commands import person
from errors_table import TABLE
from nbsync import errors
from nbsync.cli import COMMANDS
from nbsync.sandbox import Sandbox
from powerless import open_folder
from transcripts import WRITES, Player, steps

FOLDER = TABLE.parent
TRANSCRIPTS = sorted(path for path in FOLDER.glob("*.txt") if path != TABLE)


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_a_conversation_goes_as_it_is_written_down(
    path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = path.read_text(encoding="utf-8")
    with open_folder() as here:
        who = person(here, sandbox, monkeypatch)
        who.folder.rmdir()
        with monkeypatch.context() as patch, ExitStack() as leave:
            player = Player(here, sandbox, patch)
            leave.callback(player.leave)
            played = player.play(script)
    if WRITES:
        path.write_text(played, encoding="utf-8")
    else:
        assert played == script


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_conversation_of_its_own(name: str) -> None:
    lines = [step.line for step in steps((FOLDER / f"{name}.txt").read_text(encoding="utf-8"))]
    assert any(re.match(rf"\$ (?:\S+=.* )?nbsync {name}\b", line) for line in lines)


# What of each kind of error can be read somewhere; of those that say that something else was met,
# what nbsync makes of it.
MET: dict[type[errors.NbsyncError], tuple[str, ...]] = {
    errors.NbsyncError: ("cannot be written: Permission denied.", "cannot be written: File too"),
    errors.ConfigError: ("did you mean `format`?", "There is no project 999", "[exit 2]"),
    errors.FormatError: ("The short_id is gone from what you wrote",),
    errors.PreconditionFailed: ("was edited since .nbsync/conflicts/weekly01/merged.md was made",),
    errors.Busy: ("git is in the middle of a merge", "Another nbsync watch is at work"),
    errors.GuardTripped: ("This would delete 6 in PostHog", "[exit 6]"),
    errors.APIError: ("Most likely it had no effect.",),
    errors.AuthError: (
        "does not accept the key (401)",
        "lacks the scope notebook:write",
        "[exit 3]",
    ),
    errors.Forbidden: ("notebooks/weekly01/ is not open to this key (403)",),
    errors.NotFound: ("PostHog has none: the notebook is deleted",),
    errors.Rejected: ("notebooks/weekly01/ was refused (400)",),
    errors.VersionConflict: ("{content, text_content, version 1}  409",),
    errors.Unavailable: ("cannot be reached", "was sent on to https://sso.example.com", "[exit 7]"),
    errors.RateLimited: ("asks to wait 3600 s (429)",),
    errors.AnswerLost: ("[the answer had been lost]", "}  no answer"),
}


def kinds(kind: type[errors.NbsyncError]) -> Iterator[type[errors.NbsyncError]]:
    yield kind
    for each in kind.__subclasses__():
        if each.__module__ == errors.__name__:
            yield from kinds(each)


@pytest.mark.parametrize("kind", list(kinds(errors.NbsyncError)), ids=lambda kind: kind.__name__)
def test_every_kind_of_error_is_met_in_a_conversation(kind: type[errors.NbsyncError]) -> None:
    everything = "".join(path.read_text(encoding="utf-8") for path in (*TRANSCRIPTS, TABLE))
    assert [words for words in MET[kind] if words not in everything] == []
