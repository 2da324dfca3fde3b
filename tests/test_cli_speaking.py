"""The lines of a watch, its objects, and the last line of a terminal."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest

from nbsync.cli.options import Settings
from nbsync.cli.speaking import Voice, line, local_time, told
from nbsync.cli.statusline import StatusLine
from nbsync.errors import NbsyncError
from nbsync.model import Done, Json, OpenConflict, Problem, Side, Unreadable
from nbsync.sync.notices import Notice, Standing, State, What
from nbsync.sync.spells import Spells, lasted

NOON = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)


def noon() -> datetime:
    return NOON


def change(side: Side, action: str, title: str, version: int | None, note: str = "") -> Notice:
    return Notice(What.CHANGE, about=Done("a.md", "aB3d", side, action, title, version, note))


CONFLICT = OpenConflict("aB3d", "", "Weekly", 2, 7, "B", "2026-11-23T11:00:00Z")


@pytest.mark.parametrize(
    ("notice", "said"),
    [
        (change(Side.REMOTE, "update", "Weekly", 5), "->  updated   Weekly  v5"),
        (change(Side.LOCAL, "create", "", 0), "<-  created   a.md  v0"),
        (change(Side.LOCAL, "delete", "W\x1b[2J", None), "<-  deleted   W\ufffd[2J"),
        (
            change(Side.REMOTE, "restore", "W", 3, "it was deleted"),
            "->  restored  W  v3  [it was deleted]",
        ),
        (
            Notice(What.CONFLICT, hint="fix it", about=CONFLICT),
            "    conflict  Weekly  aB3d (page missing) (2 regions; version 7 by B)  next: fix it",
        ),
        (Notice(What.SETTLED, about=CONFLICT), "    settled   Weekly  aB3d (page missing)"),
        (
            Notice(What.PROBLEM, about=Problem("aB3d", "a.md", "It was refused")),
            "    problem   a.md: It was refused.",
        ),
        (
            Notice(What.UNREADABLE, about=Unreadable(None, "a.md", "a.md:3: no YAML", "mend it")),
            "    unread    a.md:3: no YAML.",
        ),
        (
            Notice(What.UNREADABLE, about=Unreadable(None, None, "A notebook is odd.")),
            "    unread    A notebook is odd.",
        ),
        (
            Notice(What.OFFLINE, "It is away", details={"retry_in": 62.5}),
            "    offline   It is away.  (again at 12:01:02)",
        ),
        (Notice(What.GIT_DONE, "git is done"), "    git       git is done."),
    ],
)
def test_each_thing_is_one_line(notice: Notice, said: str) -> None:
    text = click.unstyle(line(notice, NOON))
    assert text == said
    assert text.isprintable()


def test_what_is_wrong_and_what_is_well_again_have_their_colours() -> None:
    assert "\x1b[33moffline" in line(Notice(What.OFFLINE, "It is away"), NOON)
    assert "\x1b[32monline" in line(Notice(What.ONLINE, "It is back"), NOON)


@pytest.mark.parametrize(
    ("notice", "fields"),
    [
        (
            Notice(What.HEAD, "HEAD moved", details={"before": "a", "after": "b"}),
            {
                "event": "head",
                "message": "HEAD moved.",
                "hint": "",
                "before": "a",
                "after": "b",
            },
        ),
        (
            Notice(What.PROBLEM, about=Problem("aB3d", "a.md", "Refused", "nbsync diff")),
            {
                "event": "problem",
                "short_id": "aB3d",
                "path": "a.md",
                "error": "Refused.",
                "hint": "nbsync diff",
            },
        ),
    ],
)
def test_each_thing_is_one_object(notice: Notice, fields: dict[str, Json]) -> None:
    head: dict[str, Json] = {"type": "nbsync.watch", "schema": 1}
    assert told(notice, NOON) == {**head, "at": "2026-11-23T12:00:00.000+00:00", **fields}


def test_a_conflict_is_an_object_that_says_what_settles_it() -> None:
    found = told(Notice(What.CONFLICT, hint="nbsync resolve aB3d", about=CONFLICT), NOON)
    assert found["files"] == ".nbsync/conflicts/aB3d"
    assert found["next"] == "nbsync resolve aB3d"
    assert found["regions"] == 2
    assert json.loads(json.dumps(found)) == found


def test_the_time_has_its_zone() -> None:
    assert local_time().utcoffset() is not None


def test_what_ends_a_watch_can_be_put_into_the_log_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    voice = Voice(Settings(), tmp_path / "log", every=5.0, clock=noon)
    voice.note(Notice(What.ENDED, "Bad key", details={"exit_code": 3}))
    voice.show(Standing(State.IN_STEP))
    voice.close()
    assert capsys.readouterr() == ("", "")
    assert (tmp_path / "log").read_text() == "2026-11-23 12:00:00      stopped   Bad key.\n"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.4, "0 s"), (90, "90 s"), (600, "10 min"), (3600, "1 h 0 min"), (9000, "2 h 30 min")],
)
def test_how_long_it_lasted_is_said_in_words(seconds: float, words: str) -> None:
    assert lasted(seconds) == words


def test_a_spell_that_was_never_told_ends_in_silence() -> None:
    spells = Spells()
    assert spells.meet(What.GIT, NbsyncError("git is at work"), now=0.0, after=1.0) == []
    assert not spells.is_told(What.GIT)
    assert spells.over([What.GIT], now=0.5) == []


# --- the last line ------------------------------------------------------------------------


@pytest.fixture
def drawn(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[[], str]:
    """What was drawn last, without the marks of a terminal."""
    monkeypatch.setenv("COLUMNS", "80")

    def last() -> str:
        return click.unstyle(capsys.readouterr().err.rpartition("\r")[2])

    return last


def test_it_says_how_things_stand_and_when_it_looks_next(drawn: Callable[[], str]) -> None:
    status = StatusLine(5.0, noon)
    status.draw()
    status.clear()
    assert drawn() == ""
    status.show(Standing(State.IN_STEP))
    assert drawn() == "in step · next look 12:00:05"
    status.note("12:00:01 ->  updated   Weekly  v5")
    status.show(Standing(State.OFFLINE, again=60.0))
    assert (
        drawn() == "offline since 12:00:00 · next look 12:01:00 · last: 12:00:01 ->  updated   Week"
    )
    status.clear()
    assert drawn() == ""


def test_it_counts_only_what_is_worth_counting(drawn: Callable[[], str]) -> None:
    status = StatusLine(0.0, noon)
    status.show(Standing(State.PULLING))
    assert drawn() == ""
    status.show(Standing(State.PULLING, 3, 10))
    assert drawn() == "pulling 3/10"
    status.show(Standing(State.IN_STEP))
    assert drawn() == "in step"


def test_it_is_never_wider_than_the_terminal(
    drawn: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "10")
    status = StatusLine(5.0, noon)
    status.show(Standing(State.GIT, again=1.0))
    assert drawn() == "git at wo"
