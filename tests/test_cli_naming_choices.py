"""A NOTEBOOK that could be several is asked for, or listed; one that is none gets the nearest."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands import Person, person, seed, terminal
from mirrors import asked
from nbsync.cli import run
from nbsync.cli.demo import environment
from nbsync.sandbox import Sandbox
from terminals import on_terminal

Patch = pytest.MonkeyPatch
TAKING_NOTEBOOKS = [
    ("diff",),
    ("pull",),
    ("push",),
    ("sync",),
    ("resolve", "--ours"),
    ("restore",),
    ("restore", "--version", "0"),
    ("log", "--offline"),
    ("rm", "-n"),
    ("open", "--print"),
    ("edit",),
]


@pytest.fixture
def ana(tmp_path: Path, sandbox: Sandbox, monkeypatch: Patch) -> Person:
    """Somebody with a mirror of three notebooks, two of which are called alike."""
    seed(sandbox, "weekly01", "# Weekly numbers")
    seed(sandbox, "weekly02", "# Weekly plan \x1b[31m")
    seed(sandbox, "launch01", "# Launch")
    who = person(tmp_path, sandbox, monkeypatch)
    who.begins()
    return who


def on_screen(who: Person, patch: Patch, answers: str, *words: str) -> tuple[int, str]:
    """How a command ends on a terminal where this is typed, and what was to be seen."""
    with terminal(patch, answers=answers) as drawn:
        code = run(["-C", str(who.folder), "--no-color", *words])
    return code, "".join(drawn).replace("\r\n", "\n")


@pytest.mark.parametrize("words", TAKING_NOTEBOOKS, ids=" ".join)
def test_without_a_terminal_what_it_could_be_is_listed(ana: Person, words: tuple[str, ...]) -> None:
    answer = ana.types(*words, "Weekly")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == (
        "error: 'Weekly' could be 2 notebooks.\n"
        "  weekly01  Weekly numbers     weekly01.md\n"
        "  weekly02  Weekly plan \ufffd[31m  weekly02.md\n"
        "  next: name one by its short_id; all of them: nbsync list Weekly\n"
    )
    assert asked(ana.sandbox) == []


@pytest.mark.parametrize("words", TAKING_NOTEBOOKS, ids=" ".join)
def test_a_name_that_means_nothing_gets_the_nearest(ana: Person, words: tuple[str, ...]) -> None:
    for name in ("weekly numbes", "weekly01.dm", "Lunch"):
        answer = ana.types(*words, name)
        assert answer.code == 2, answer.screen
        near = "launch01 (Launch)" if name == "Lunch" else "weekly01 (Weekly numbers)"
        assert f"No notebook is called {name!r}" in answer.err
        assert "Did you mean " in answer.err and near in answer.err
    assert "Did you mean" not in ana.types(*words, "something else").err


def test_on_a_terminal_one_is_chosen_by_its_number(ana: Person, monkeypatch: Patch) -> None:
    code, seen = on_screen(ana, monkeypatch, "3\n2\n", "pull", "weekly")
    assert code == 0
    assert "'weekly' could be 2 notebooks:\n  1  weekly01  Weekly numbers" in seen
    assert "2  weekly02  Weekly plan \ufffd[31m  weekly02.md\n" in seen
    assert "That is none of them." in seen
    assert [path for _, path in asked(ana.sandbox)] == ["?limit=100&offset=0"]


@pytest.mark.parametrize(("typed", "code"), [("weekly02\n", 0), ("\n", 2), ("\x04", 130)])
def test_it_may_be_chosen_by_its_short_id_or_not_at_all(
    ana: Person, monkeypatch: Patch, typed: str, code: int
) -> None:
    ended, seen = on_screen(ana, monkeypatch, typed, "diff", "weekly")
    assert ended == code
    assert ("error: 'weekly' could be 2 notebooks.\n  next: name one" in seen) == (code == 2)


def test_nothing_is_asked_where_nothing_is_to_be_asked(ana: Person, monkeypatch: Patch) -> None:
    code, seen = on_screen(ana, monkeypatch, "1\n", "diff", "weekly", "--no-input")
    assert (code, "Its number" in seen) == (2, False)


def test_of_very_many_the_first_are_shown_and_any_can_be_named(
    ana: Person, monkeypatch: Patch
) -> None:
    for number in range(25):
        seed(ana.sandbox, f"many{number:04}", f"# Meeting {number:02}")
    assert ana.types("pull").code == 0
    answer = ana.types("diff", "meeting")
    assert "  many0019  Meeting 19  many0019.md\n  … and 5 more\n" in answer.err
    code, seen = on_screen(ana, monkeypatch, "21\nmany0024\n", "diff", "meeting")
    assert code == 0
    assert " 20  many0019" in seen and "That is none of them." in seen
    assert len(ana.types("diff", "meeting", "--json").document["candidates"]) == 25


def test_a_whole_title_goes_before_a_part_of_one(ana: Person) -> None:
    seed(ana.sandbox, "weekly03", "# Weekly")
    assert ana.types("pull").code == 0
    assert ana.types("diff", "WEEKLY").code == 0
    seed(ana.sandbox, "weekly04", "# Weekly")
    assert ana.types("pull").code == 0
    assert "'Weekly' could be 2 notebooks." in ana.types("diff", "Weekly").err


@pytest.mark.parametrize("name", [".", "./", "..", "/", ""])
def test_a_folder_does_not_mean_the_one_title_with_a_dot(ana: Person, name: str) -> None:
    seed(ana.sandbox, "notes014", "# Release 1.4 / ../")
    assert ana.types("pull").code == 0
    assert ana.types("rm", name).code == 2
    assert ana.types("pull").out == ""
    assert (ana.folder / "notes014.md").exists()


def test_a_notebook_without_a_page_or_a_title_is_listed_too(ana: Person) -> None:
    seed(ana.sandbox, "launch02", "# Launch party")
    ana.sandbox.seed(short_id="zzzz0001", title=None, content=ana.sandbox.markdown("text"))
    ana.types("status")
    assert "  launch02  Launch party  (no page here)\n" in ana.types("diff", "aunc").err
    assert "Did you mean zzzz0001 (untitled)?" in ana.types("diff", "zzzz0002x").err


def test_a_person_at_a_terminal_chooses_and_the_command_goes_on(ana: Person) -> None:
    page = ana.folder / "weekly02.md"
    page.write_text(f"{page.read_text()}\nMore.\n")
    screen = on_terminal(
        ["diff", "weekly"],
        ("Its number or short_id", "2\n"),
        folder=ana.folder,
        env=environment(ana.sandbox),
    )
    assert screen.code == 0
    assert "+More." in screen.text
