"""-v: every command that asks a server says what it asked, and never with which key."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from commands import Person, person
from errors_scenes import mirror_of_two
from mirrors import edit
from nbsync.sandbox import Sandbox

LINE = re.compile(r"(GET|PATCH|POST) /api/\S+ (\d{3}|not sent|no answer) \d+ ms")


@pytest.fixture
def ana(tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Person:
    who = person(tmp_path, sandbox, monkeypatch)
    mirror_of_two(who)
    return who


@pytest.mark.parametrize(
    "words",
    [
        *(("status",), ("pull",), ("sync",), ("push",), ("pull", "--verify"), ("whoami",)),
        *(("doctor",), ("log", "note0002"), ("restore", "note0002"), ("rm", "note0002")),
    ],
    ids=" ".join,
)
def test_every_request_is_a_line_wherever_the_option_stands(
    words: tuple[str, ...], ana: Person
) -> None:
    edit(ana.folder / "note0001.md", "A line.", "My line.")
    for typed in ((*words, "-v"), ("-v", *words)):
        ana.sandbox.clear()
        err = ana.types(*typed).err
        lines = [line for line in err.splitlines() if LINE.fullmatch(line)]
        made = [f"{each['method']} {each['path']}" for each in ana.sandbox.requests()]
        told = [" ".join(line.split()[:2]).partition("?")[0] for line in lines]
        assert sorted(told) == sorted(made)
        assert ana.sandbox.key not in err


def test_what_is_tried_again_is_a_line_each_time(ana: Person) -> None:
    ana.sandbox.fault(method="GET", status=503, text="", times=1)
    ana.sandbox.fault(method="GET", drop="before", times=1)
    err = ana.types("status", "-v").err
    asked = [line.split()[2:-2] for line in err.splitlines() if line.startswith("GET ")]
    assert asked == [["503"], ["no", "answer"], ["200"]]
