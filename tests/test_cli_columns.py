"""Columns stand below each other whatever notebooks are called; colour is for those who want it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands import Person, person_of_three, seed, terminal
from mirrors import edit
from nbsync.cli import run
from nbsync.cli.columns import fitted, line, lined_up, width
from nbsync.sandbox import Sandbox

Patch = pytest.MonkeyPatch


@pytest.fixture
def ana(tmp_path: Path, sandbox: Sandbox, monkeypatch: Patch) -> Person:
    return person_of_three(tmp_path, sandbox, monkeypatch)


TITLES = ["日本語のノート", "שלום עולם", "e\u0301te\u0301", "한국어", "📝 notes", "a" * 300]


def test_wide_letters_and_letters_from_right_to_left_break_no_line(
    ana: Person, monkeypatch: Patch
) -> None:
    for number, title in enumerate(TITLES):
        seed(ana.sandbox, f"odd{number:05}", f"# {title}")
    seed(ana.sandbox, "evil0001", "# x")
    ana.sandbox.write("evil0001", title="\x1b[2J\n\u202egpj.exe")
    assert ana.types("pull").code == 0
    for columns in ("20", "60", "400"):
        monkeypatch.setenv("COLUMNS", columns)
        with terminal(monkeypatch, stdout=True) as drawn:
            assert run(["-C", str(ana.folder), "--no-color", "list", "-q"]) == 0
        shown = "".join(drawn).replace("\r\n", "\n")
        rows = shown.splitlines()
        assert len(rows) == 3 + len(TITLES) + 1
        assert "\x1b" not in shown and "\u202e" not in shown
        if columns != "20":
            assert max(map(width, rows)) <= int(columns)
        assert all(row[:8].isalnum() for row in rows)


def test_nothing_is_cut_where_there_is_no_terminal(ana: Person, monkeypatch: Patch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    seed(ana.sandbox, "long0001", f"# {'a' * 300}")
    ana.types("pull")
    assert any(line.endswith("a" * 300) for line in ana.types("list").out.splitlines())


def test_wide_names_of_pages_keep_to_their_column_everywhere(ana: Person) -> None:
    (ana.folder / "note0001.md").rename(ana.folder / "日本語.md")
    for name in ("日本語.md", "note0002.md"):
        edit(ana.folder / name, "A line.", "My line.")
    for words in (("status",), ("push", "-n"), ("push",)):
        rows = [row for row in ana.types(*words).out.splitlines() if ".md" in row]
        begins = {width(row[: max(row.find("Weekly"), row.find("Launch"))]) for row in rows}
        assert (len(rows), len(begins)) == (2, 1), rows


@pytest.mark.parametrize(
    ("text", "cells"),
    [("", 0), ("abc", 3), ("日本", 4), ("é", 1), ("e\u0301", 1), ("📝", 2), ("שלום", 4), ("각", 2)],
)
def test_what_a_text_takes_up_on_a_terminal(text: str, cells: int) -> None:
    assert width(text) == cells


@given(st.text(), st.integers(0, 30))
def test_a_text_that_is_cut_fits_and_begins_as_before(text: str, room: int) -> None:
    cut = fitted(text, room)
    assert width(cut) <= room
    assert cut == text or (text.startswith(cut.removesuffix("…")) and width(text) > room)


@given(
    st.lists(st.tuples(*[st.text("ab日ש\u0301", max_size=50)] * 3), max_size=5),
    st.none() | st.integers(0, 90),
)
def test_columns_begin_below_each_other(rows: list[tuple[str, str, str]], room: int | None) -> None:
    shown = lined_up(rows, room)
    assert len(shown) == len(rows)
    for column in range(2):
        widths = {width(cells[column]) for cells in shown}
        assert len(widths) <= 1 or (room is None and max(widths) > 40)
    least = 2 * 2 + 2 * 4 + max((width(row[0]) for row in rows), default=0)
    if room is not None and room >= least:
        assert all(width(line(cells)) <= room for cells in shown)
    assert all("\u200e" in cells[0] for cells in shown if "ש" in cells[0])


# --- colour --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variables", "words", "colour"),
    [
        ({}, (), True),
        ({"NO_COLOR": ""}, (), True),
        ({"NO_COLOR": "1"}, (), False),
        ({"NO_COLOR": "0"}, (), False),
        ({"TERM": "dumb"}, (), False),
        ({}, ("--no-color",), False),
    ],
)
def test_colour_is_for_terminals_that_want_it(
    ana: Person,
    monkeypatch: Patch,
    variables: dict[str, str],
    words: tuple[str, ...],
    *,
    colour: bool,
) -> None:
    with terminal(monkeypatch, stdout=True) as drawn:
        with monkeypatch.context() as patch:
            for name, value in variables.items():
                patch.setenv(name, value)
            assert run(["-C", str(ana.folder), "list", *words]) == 0
        sys.stdout.flush()
    assert ("\x1b[" in "".join(drawn)) == colour
    assert "\x1b[" not in ana.types("list").out


def test_a_dumb_terminal_gets_no_progress(ana: Person, monkeypatch: Patch) -> None:
    for number in range(25):
        seed(ana.sandbox, f"many{number:04}", "# One of many")
    with terminal(monkeypatch) as drawn:
        with monkeypatch.context() as patch:
            patch.setenv("TERM", "dumb")
            assert run(["-C", str(ana.folder), "pull"]) == 0
        sys.stderr.flush()
    assert "\x1b" not in "".join(drawn)
    assert "/25" not in "".join(drawn)
