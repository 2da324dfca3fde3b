"""The tables of what is promised and of what went wrong elsewhere: whole, true, and repeatable."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

from invariants.breaking import SOURCES, copied, outcome
from invariants.breaks import BREAKS
from invariants.document import TARGET, document
from invariants.footguns import FOOTGUNS, KINDS
from invariants.promises import INVARIANTS, WITH_WATCH, Break

TESTS = Path(__file__).parent
NUMBERS = [f"{each.invariant} {each.how}" for each in BREAKS]


@cache
def functions_in(name: str) -> frozenset[str]:
    """The functions that stand in a file."""
    tree = ast.parse((TESTS / name).read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def names_a_test(test: str) -> bool:
    file, _, name = test.partition("::")
    return name.partition("[")[0] in functions_in(file)


def test_every_invariant_was_broken_and_every_footgun_is_told_or_explained() -> None:
    assert list(INVARIANTS) == [f"I{number}" for number in range(1, 29)]
    assert {each.invariant for each in BREAKS} == INVARIANTS.keys()
    assert WITH_WATCH.keys() <= INVARIANTS.keys()
    numbers = {"A": range(1, 14), "B": range(14, 20), "D": range(24, 30), "E": range(30, 36)}
    every = [
        f"{kind}{number}"
        for kind, those in (numbers | {"F": range(36, 42)}).items()
        for number in those
    ]
    assert [each.number for each in FOOTGUNS] == every
    assert {each.number[0] for each in FOOTGUNS} == KINDS.keys()
    assert [each.number for each in FOOTGUNS if not each.tests and not each.why] == []


def test_the_tables_name_tests_that_there_are() -> None:
    named = [each.test for each in BREAKS] + [test for each in FOOTGUNS for test in each.tests]
    assert [test for test in named if not names_a_test(test)] == []


def test_every_footgun_test_is_in_the_table() -> None:
    told = {test for each in FOOTGUNS for test in each.tests}
    for file in TESTS.glob("test_footguns*.py"):
        for name in functions_in(file.name):
            assert not name.startswith("test_") or f"{file.name}::{name}" in told, name


@pytest.mark.parametrize("each", BREAKS, ids=NUMBERS)
def test_what_is_to_be_broken_is_still_there_once(each: Break) -> None:
    for file, old, new in each.edits:
        text = (SOURCES / "nbsync" / file).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{file}: find the place anew, and see the test fail: {old}"
        ast.parse(text.replace(old, new))


def test_the_document_is_what_the_tables_say() -> None:
    said = TARGET.read_text(encoding="utf-8")
    assert said == document(), "run: PYTHONPATH=tests python -m invariants.document"


@pytest.mark.soak
def test_unbroken_all_of_these_tests_pass(tmp_path: Path) -> None:
    tests = sorted({f"{TESTS / each.test}" for each in BREAKS})
    code, said = outcome(copied(tmp_path, ()), tmp_path, *tests)
    assert code == 0, said


@pytest.mark.soak
@pytest.mark.parametrize("each", BREAKS, ids=NUMBERS)
def test_broken_its_test_fails(tmp_path: Path, each: Break) -> None:
    code, said = outcome(copied(tmp_path, each.edits), tmp_path, f"{TESTS / each.test}")
    assert code == 1, said
    assert each.shows in said
