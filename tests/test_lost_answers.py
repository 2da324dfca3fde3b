"""An answer lost at every request, in every way, from each kind of server: nothing is done twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from nbsync.sandbox import Sandbox
from scenes_lost import SCENES, Ending, Order, Stage

READS = 3
"""How often a question that changes nothing is asked, before it counts as not answered."""

_BAD_GATEWAY = "<html><head><title>502 Bad Gateway</title></head></html>"
_AWAY: Order = {"drop": "before", "times": None}

WAYS: dict[str, tuple[Order, ...]] = {
    "dropped before the effect": ({"drop": "before"},),
    "dropped after the effect": ({"drop": "after"},),
    "broken off": ({"truncate": True},),
    "500 and no effect": ({"status": 500},),
    "502 after the effect": ({"status": 502, "text": _BAD_GATEWAY, "effect": True},),
    "dropped before the effect, then the server is away": ({"drop": "before"}, _AWAY),
    "dropped after the effect, then the server is away": ({"drop": "after"}, _AWAY),
}
"""What becomes of a request, and of those after it until the command ends."""

READ_WAYS = ("500 and no effect", "dropped before the effect, then the server is away")
"""To a question that changes nothing all the other ways are the same."""

TELLING_WAYS = ("dropped after the effect", "500 and no effect")
ALL_WAYS_BY_DEFAULT = ("2023", "2026")

Loss: TypeAlias = tuple[str, int]
"""A way to lose a request, and how many times in a row."""


@pytest.fixture(scope="module", params=["2023", "2026", "2026-06", "2026-09"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def server(kind: str) -> Iterator[Sandbox]:
    with Sandbox(kind=kind) as sandbox:
        yield sandbox


@pytest.mark.parametrize("scene", SCENES)
def test_after_a_lost_answer_two_syncs_end_where_an_undisturbed_command_does(
    kind: str, server: Sandbox, tmp_path: Path, scene: str
) -> None:
    ways = tuple(WAYS) if kind in ALL_WAYS_BY_DEFAULT else TELLING_WAYS
    reads = [(way, READS) for way in READ_WAYS if way in ways]
    play_all(server, tmp_path, scene, reads=reads, writes=[(way, 1) for way in ways])


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
    single = [way for way, orders in WAYS.items() if len(orders) == 1]
    for first, method in enumerate(methods):
        times = READS if method == "GET" else 1
        for way in single:
            fault = {**WAYS[way][0], "skip": first, "times": times}
            _, disturbed = stage.play([fault])
            for second in range(first + times, len(disturbed)):
                again = READS if disturbed[second] == "GET" else 1
                for other in single:
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
    assert expected.quiet
    assert methods
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
