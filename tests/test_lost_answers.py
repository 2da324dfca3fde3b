"""Answers lost at every request, in every way, from each kind of server: nothing is done twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from nbsync.sandbox import Sandbox
from scenes_lost import SCENES, Order
from stages import Ending, Stage

pytestmark = pytest.mark.laws  # long, and in a run of its own without coverage

READS = 3
"""How often a question that changes nothing is asked, before it counts as not answered."""

REFUSED = "500 and no effect"
HALFWAY = "dropped after the effect, then the server is away"
AWAY = "dropped before the effect, then the server is away"

_BAD_GATEWAY = "<html><head><title>502 Bad Gateway</title></head></html>"
_AWAY: Order = {"drop": "before", "times": None}

WAYS: dict[str, tuple[Order, ...]] = {
    "dropped before the effect": ({"drop": "before"},),
    "dropped after the effect": ({"drop": "after"},),
    "broken off": ({"truncate": True},),
    REFUSED: ({"status": 500},),
    "502 after the effect": ({"status": 502, "text": _BAD_GATEWAY, "effect": True},),
    HALFWAY: ({"drop": "after"}, _AWAY),
    AWAY: ({"drop": "before"}, _AWAY),
}
"""What becomes of a request, and of those after it until the command ends."""

READ_WAYS = (REFUSED, AWAY)
"""To a question that changes nothing all the other ways are the same."""

TELLING_WAYS = ("dropped after the effect", HALFWAY, REFUSED)
"""The effect without the answer, for now and for longer, and the answer without the effect."""
KINDS = ("2023", "2026", "2026-06", "2026-09")
# Each kind answers a POST in a way of its own; the last two answer all else as 2026 does.
BY_DEFAULT = [
    (kind, scene)
    for kind in KINDS
    for scene in SCENES
    if kind in {"2023", "2026"} or scene.startswith("create")
]

Loss: TypeAlias = tuple[str, int]
"""A way to lose a request, and how many times in a row."""


@pytest.fixture(scope="module", params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def server(kind: str) -> Iterator[Sandbox]:
    with Sandbox(kind=kind) as sandbox:
        yield sandbox


@pytest.mark.parametrize(("kind", "scene"), BY_DEFAULT, indirect=["kind"])
def test_after_a_lost_answer_two_syncs_end_where_an_undisturbed_command_does(
    kind: str, server: Sandbox, tmp_path: Path, scene: str
) -> None:
    every = kind == "2026" or (kind == "2023" and scene.startswith("create"))
    writes = [way for way in WAYS if way != AWAY] if every else TELLING_WAYS
    play_all(
        server,
        tmp_path,
        scene,
        reads=[(way, READS) for way in (READ_WAYS if every else [REFUSED])],
        writes=[(way, 1) for way in writes],
    )


@pytest.mark.soak
@pytest.mark.parametrize("scene", SCENES)
def test_after_any_lost_answer_two_syncs_end_there_too(
    server: Sandbox, tmp_path: Path, scene: str
) -> None:
    reads = [(way, times) for way in WAYS for times in (1, READS)]
    play_all(server, tmp_path, scene, reads=reads, writes=[(way, 1) for way in WAYS])


@pytest.mark.soak
@pytest.mark.parametrize("scene", SCENES)
def test_after_two_lost_answers_two_syncs_end_there_too(
    server: Sandbox, tmp_path: Path, scene: str
) -> None:
    stage = Stage(SCENES[scene], server, tmp_path)
    expected, methods = stage.play()
    single = ("dropped before the effect", "dropped after the effect", REFUSED)
    for first, method in enumerate(methods):
        times = READS if method == "GET" else 1
        for way in single:
            fault = {**WAYS[way][0], "skip": first, "times": times}
            _, disturbed = stage.play([fault])
            for second in range(first + times, len(disturbed)):
                again = READS if disturbed[second] == "GET" else 1
                for other in single:
                    if {method, disturbed[second]} == {"POST"} and way == other == REFUSED:
                        continue  # two of these at one id say that a deleted notebook has it
                    # A request that the first fault takes is none that the second one counts.
                    late = {**WAYS[other][0], "skip": second - times, "times": again}
                    ending, _ = stage.play([fault, late])
                    assert ending == expected, (first + 1, way, second + 1, other, disturbed)


def play_all(
    server: Sandbox, folder: Path, name: str, *, reads: Iterable[Loss], writes: Iterable[Loss]
) -> None:
    """Play a scene undisturbed, then once for each of its requests and each way to lose it."""
    stage = Stage(SCENES[name], server, folder)
    expected, methods = stage.play()
    assert methods and not stage.failed
    assert expected.quiet and not expected.conflicts
    wrong = {}
    for number, method in enumerate(methods):
        for way, times in reads if method == "GET" else writes:
            lost, *after = WAYS[way]
            faults = [{**lost, "skip": number, "times": times}]
            faults += [{**order, "skip": number} for order in after]
            ending, _ = stage.play(faults)
            if ending != expected:
                wrong[number + 1, method, way, times] = differences(ending, expected)
    assert wrong == {}, methods


def differences(found: Ending, expected: Ending) -> dict[str, object]:
    """The fields in which two endings differ: what was found there."""
    fields = ("pages", "notebooks", "conflicts", "quiet")
    return {
        field: getattr(found, field)
        for field in fields
        if getattr(found, field) != getattr(expected, field)
    }
