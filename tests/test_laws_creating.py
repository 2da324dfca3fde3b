"""Creating exactly once, over random histories against each kind of server there is."""

from __future__ import annotations

import json
from typing import Literal

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from histories import KILL, NUMBER, WHICH, Syncs, search
from memory_server import Lost, MemoryServer
from nbsync import formats
from test_laws import EXAMPLES
from world import Clock, World, paragraph

pytestmark = pytest.mark.laws  # long searches, in a run of their own without coverage

FILE = st.integers(0, 2)
LOST: tuple[Lost, ...] = ("before", "after", "refused", "refused after")


class Creations(Syncs):
    """Two people add the same files, others write and delete, and answers get lost.

    No file becomes two notebooks, and nobody's words are lost. A file that its author adds anew,
    or whose notebook was deleted and restored, may become a second one: `excused` are those.
    """

    client_ids = True
    taken: Literal["old", "error"] = "old"
    converts = False
    rich = False

    def __init__(self) -> None:
        super().__init__()
        self.excused: set[int] = set()
        self.added = [set[int](), set[int]()]
        self.edited: set[int] = set()

    def make_world(self) -> World:
        server = MemoryServer(client_ids=self.client_ids, taken=self.taken, converts=self.converts)
        return World(notebooks=1, server=server)

    @rule(which=WHICH, number=FILE, kill=KILL)
    def add(self, which: int, number: int, kill: int | None) -> None:
        place = self.place(which)
        path = f"new{number}.{'json' if self.rich else 'md'}"
        if path in place.local.files:
            return
        if self.made(number) or any(title_of(number) in str(t) for t in place.local.files.values()):
            self.excused.add(number)
        self.added[which].add(number)
        self.world.add(place, path, text_of(number, rich=self.rich), Clock(kill))

    @rule(which=WHICH, pick=NUMBER, where=NUMBER)
    def add_words_here(self, which: int, pick: int, where: int) -> None:
        self.edited |= self.added[which]
        self.world.edit_page(self.place(which), pick, "add", where)

    @rule(pick=NUMBER, where=NUMBER)
    def add_words_there(self, pick: int, where: int) -> None:
        if not self.client_ids:  # nothing tells whose it was
            self.excused |= self.added[0] | self.added[1]
        self.world.edit_there(pick, "add", where)

    @rule(pick=NUMBER)
    def delete_there(self, pick: int) -> None:
        live = sorted(self.world.server.live())
        if live:
            short_id = live[pick % len(live)]
            self.excused |= {number for number in range(3) if short_id in self.made(number)}
            self.world.server.bin(short_id)

    @rule(pick=NUMBER)
    def restore_there(self, pick: int) -> None:
        records = self.world.server._records
        gone = sorted(records.keys() - self.world.server.live().keys())
        if gone:
            short_id = gone[pick % len(gone)]
            self.excused |= {n for n in range(3) if records[short_id].notebook.title == title_of(n)}
            self.world.server.restore(short_id)

    @rule(when=st.sampled_from(LOST))
    def lose_an_answer(self, when: Lost) -> None:
        """One 500 at a time: two for one id say that a deleted notebook has it."""
        if not (when.startswith("refused") and self.world.server._losses):
            self.world.server.lose_answer(when)

    @rule()
    def lose_the_network(self) -> None:
        self.world.server.offline = not self.world.server.offline

    @rule(which=WHICH, kill=KILL)
    def the_other_syncs_while_a_write_is_on_its_way(self, which: int, kill: int | None) -> None:
        if self.client_ids:  # two at once are two, where the server chooses ids
            self.world.server.meanwhile(lambda: self.world.sync(self.place(which)))
        self.world.sync(self.place(1 - which), clock=Clock(kill))

    def made(self, number: int) -> list[str]:
        """The notebooks that were ever made of a file."""
        made = (each.new for each in self.world.server.writes if each.old is None)
        return [new.short_id for new in made if f"new{number}" in self.world.server_text(new)]

    def teardown(self) -> None:
        self.world.settle()
        self.world.check_quiet()
        self.world.check_nothing_lost()
        self.world.check_no_word_lost()
        if not self.client_ids:  # what two clones have sent may not have been the same
            self.excused |= self.added[0] & self.added[1] & self.edited
        for number in range(3):
            live = [key for key in self.world.server.live() if key in self.made(number)]
            assert len(live) <= 1 or number in self.excused, f"{number} was made twice"


def title_of(number: int) -> str:
    return f"New {number}"


def text_of(number: int, *, rich: bool) -> str:
    if not rich:
        return f"# {title_of(number)}\n\nnew{number}\n"
    content = {"type": "doc", "content": [paragraph(f"new{number}")]}
    return json.dumps({"title": title_of(number), "content": content})


class Ignored(Creations):
    """Servers of 2023 choose ids themselves."""

    client_ids = False


class Failing(Creations):
    """Servers that fail at an id that is taken."""

    taken = "error"


class Converting(Creations):
    """Servers that make Markdown of what is created, and fail at an id that is taken."""

    taken = "error"
    converts = True
    rich = True


class Rich(Creations):
    """Rich text, which some servers keep."""

    rich = True


KINDS = [Creations, Ignored, Failing, Converting, Rich]


@pytest.mark.parametrize("machine", KINDS)
def test_nothing_is_created_twice_and_nothing_lost(machine: type[RuleBasedStateMachine]) -> None:
    search(machine, EXAMPLES // 4)


@pytest.mark.soak
@pytest.mark.parametrize("machine", KINDS)
def test_nothing_is_created_twice_in_many_histories(machine: type[RuleBasedStateMachine]) -> None:
    search(machine, 20_000)


def test_the_text_of_a_file_is_a_page() -> None:
    for rich in (False, True):
        text = text_of(1, rich=rich)
        suffix = ".json" if rich else ".md"
        adopted = formats.adopt(text, "x", suffix)
        assert formats.parse(adopted, suffix, like=None).title == title_of(1)
