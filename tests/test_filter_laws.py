"""Whatever happens, and however the filter is edited: what it leaves out is left alone."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import rule

from filtered_world import FilteredWorld
from histories import Histories, search
from nbsync.model import EVERYTHING, Selection
from world import World

FILTERS = [
    EVERYTHING,
    Selection(titles=("Notebook*",)),
    Selection(titles=("!*1",)),
    Selection(search="Two"),
    Selection(search="Two", titles=("!*0",)),
    Selection(created_by=("nobody",)),
]


class Filtered(Histories):
    """Two mirrors, a browser, faults, and a filter that is edited."""

    def make_world(self) -> World:
        return FilteredWorld()

    @rule(chosen=st.sampled_from(FILTERS))
    def edit_the_filter(self, chosen: Selection) -> None:
        self.world.server.selection = chosen

    def teardown(self) -> None:
        self.world.settle()
        self.world.check_quiet()
        self.world.server.selection = EVERYTHING
        super().teardown()


@pytest.mark.laws
def test_what_is_outside_is_left_alone_and_nothing_is_lost() -> None:
    search(Filtered, 20)


@pytest.mark.soak
def test_what_is_outside_is_left_alone_in_many_histories() -> None:
    search(Filtered, 10_000)
