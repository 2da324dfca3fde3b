"""The laws, over random histories in memory: edits, kills, lost answers, git, and time."""

from __future__ import annotations

import pytest
from hypothesis.stateful import RuleBasedStateMachine

from histories import (
    PROFILE,
    Additions,
    AdditionsAsJson,
    AdditionsInRichText,
    Histories,
    HistoriesAsJson,
    HistoriesInRichText,
    search,
)

pytestmark = pytest.mark.laws  # long searches, in a run of their own without coverage

EXAMPLES = {"ci": 350, "dev": 100, "soak": 500}[PROFILE]
PARTS = 20
"""A soak is split into so many tests, so that several processes can share it."""

SOAKED: dict[type[RuleBasedStateMachine], int] = {
    Histories: 100_000,
    Additions: 40_000,
    HistoriesAsJson: 20_000,
    AdditionsAsJson: 20_000,
    HistoriesInRichText: 20_000,
    AdditionsInRichText: 20_000,
}


@pytest.mark.parametrize("machine", [Histories, Additions])
def test_the_laws_hold_over_random_histories(machine: type[RuleBasedStateMachine]) -> None:
    search(machine, EXAMPLES if machine is Histories else EXAMPLES // 2)


@pytest.mark.parametrize("machine", [HistoriesInRichText, AdditionsInRichText])
def test_the_laws_hold_for_rich_text(machine: type[RuleBasedStateMachine]) -> None:
    search(machine, EXAMPLES // 8)


@pytest.mark.parametrize("machine", [HistoriesAsJson, AdditionsAsJson])
def test_the_laws_hold_in_a_json_mirror(machine: type[RuleBasedStateMachine]) -> None:
    search(machine, EXAMPLES // 8)


@pytest.mark.soak
@pytest.mark.parametrize("machine", SOAKED)
@pytest.mark.parametrize("part", range(PARTS))
def test_the_laws_hold_over_many_random_histories(
    machine: type[RuleBasedStateMachine], part: int
) -> None:
    search(machine, SOAKED[machine] // PARTS, part=part)
