"""What people, git, machines and networks do to notebooks, as hypothesis makes it up."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from effects import Clock
from place import Place
from world import World

PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "dev")
HOW = st.sampled_from(["rewrite", "append", "add", "remove", "move"])
NUMBER = st.integers(0, 7)
WHICH = st.integers(0, 1)
KILL = st.one_of(st.none(), st.none(), st.integers(1, 40))
SIDES = st.sampled_from(["ours", "theirs", "merged"])
PLACES = st.sampled_from(["both", "bases", "pages"])
SECONDS = st.sampled_from([-86_400_000, -3_600, -1, 1, 3_600, 86_400_000])


class Syncs(RuleBasedStateMachine):
    """Mirrors that sync, are killed, and lose their index."""

    def __init__(self) -> None:
        super().__init__()
        self.world = self.make_world()

    def make_world(self) -> World:
        return World()

    def place(self, which: int) -> Place:
        return self.world.places[which]

    @rule(which=WHICH)
    def lose_the_index(self, which: int) -> None:
        self.place(which).lose_the_index()

    @rule(
        which=WHICH,
        halves=st.sampled_from([("pull",), ("push",), ("pull", "push")]),
        kill=KILL,
        after=st.booleans(),
    )
    def sync(self, which: int, halves: tuple[str, ...], kill: int | None, *, after: bool) -> None:
        self.world.sync(self.place(which), *halves, clock=Clock(kill, after))


class _Faults(Syncs):
    """What goes wrong, whatever people do, and what must hold in the end."""

    form = "markdown"
    rich = False

    def make_world(self) -> World:
        return World(form=self.form, rich=self.rich)

    @rule(which=WHICH)
    def lose_the_journal(self, which: int) -> None:
        self.place(which).lose_the_journal()

    @rule(which=WHICH, seconds=SECONDS)
    def set_the_clock(self, which: int, seconds: int) -> None:
        self.place(which).jump(seconds)

    @rule(seconds=SECONDS)
    def set_the_clock_there(self, seconds: int) -> None:
        self.world.server.jump(seconds)

    @rule(when=st.sampled_from(["before", "after"]))
    def lose_an_answer(self, when: str) -> None:
        self.world.server.lose_answer("before" if when == "before" else "after")

    def teardown(self) -> None:
        self.world.settle()
        self.world.check_quiet()
        self.world.check_nothing_lost()
        self.world.check_nothing_twice()


class Histories(_Faults):
    """Two mirrors, a browser, and faults at every effect."""

    @rule(which=WHICH, pick=NUMBER, how=HOW, where=NUMBER)
    def edit_page(self, which: int, pick: int, how: str, where: int) -> None:
        self.world.edit_page(self.place(which), pick, how, where)

    @rule(pick=NUMBER, how=HOW, where=NUMBER)
    def edit_there(self, pick: int, how: str, where: int) -> None:
        self.world.edit_there(pick, how, where)

    @rule(pick=NUMBER)
    def retitle_there(self, pick: int) -> None:
        live = sorted(self.world.server.live())
        if live:
            self.world.server.edit(live[pick % len(live)], title=self.world.word())

    @rule(which=WHICH, pick=NUMBER)
    def retitle_page(self, which: int, pick: int) -> None:
        self.world.retitle_page(self.place(which), pick)

    @rule(pick=NUMBER)
    def touch_there(self, pick: int) -> None:
        live = self.world.server.live()
        if live:
            short_id = sorted(live)[pick % len(live)]
            self.world.server.edit(short_id, title=live[short_id].title)

    @rule(pick=NUMBER)
    def delete_there(self, pick: int) -> None:
        live = sorted(self.world.server.live())
        if live:
            self.world.server.bin(live[pick % len(live)])

    @rule(pick=NUMBER)
    def restore_there(self, pick: int) -> None:
        self.world.restore_there(pick)

    @rule(which=WHICH, pick=NUMBER)
    def delete_page(self, which: int, pick: int) -> None:
        self.world.delete_page(self.place(which), pick)

    @rule(which=WHICH, pick=NUMBER)
    def move_page(self, which: int, pick: int) -> None:
        self.world.move_page(self.place(which), pick)

    @rule(which=WHICH, kill=KILL)
    def add_page(self, which: int, kill: int | None) -> None:
        name = self.world.word()
        text = f"# New {name}\n\n{name}\n"
        self.world.add(self.place(which), f"{name}.md", text, Clock(kill))

    @rule(which=WHICH, kill=KILL)
    def new_page(self, which: int, kill: int | None) -> None:
        self.world.new(self.place(which), Clock(kill))

    @rule(which=WHICH, pick=NUMBER, force=st.booleans(), kill=KILL, after=st.booleans())
    def remove(self, which: int, pick: int, kill: int | None, *, force: bool, after: bool) -> None:
        self.world.remove(self.place(which), pick, force=force, clock=Clock(kill, after))

    @rule(which=WHICH)
    def commit(self, which: int) -> None:
        self.place(which).commit()

    @rule(which=WHICH, pick=NUMBER, what=PLACES)
    def checkout(self, which: int, pick: int, what: str) -> None:
        self.place(which).checkout(pick, what)

    @rule(which=WHICH)
    def lose_the_state(self, which: int) -> None:
        self.place(which).lose_the_state()

    @rule(which=WHICH, pick=NUMBER, how=HOW, where=NUMBER, at=st.integers(1, 12))
    def edit_page_while_syncing(self, which: int, pick: int, how: str, where: int, at: int) -> None:
        place, clock = self.place(which), Clock()

        def meanwhile(name: str) -> None:
            if clock.count == at:
                self.world.edit_page(place, pick, how, where)

        clock.before_effect = meanwhile
        self.world.sync(place, clock=clock)

    @rule(pick=NUMBER, how=HOW, where=NUMBER)
    def edit_there_while_a_write_is_on_its_way(self, pick: int, how: str, where: int) -> None:
        self.world.server.meanwhile(lambda: self.world.edit_there(pick, how, where))

    @rule()
    def lose_the_network(self) -> None:
        self.world.server.offline = not self.world.server.offline

    @rule(which=WHICH, pick=NUMBER)
    def merge_by_hand(self, which: int, pick: int) -> None:
        self.world.merge_by_hand(self.place(which), pick)

    @rule(which=WHICH, how=SIDES, kill=KILL, after=st.booleans())
    def resolve(self, which: int, how: str, kill: int | None, *, after: bool) -> None:
        self.world.resolve(self.place(which), how, Clock(kill, after))

    @rule(which=WHICH, pick=NUMBER, kill=KILL)
    def restore(self, which: int, pick: int, kill: int | None) -> None:
        self.world.restore(self.place(which), pick, Clock(kill))


class Additions(_Faults):
    """People only ever add words, and git takes whole commits back: no word may go."""

    def make_world(self) -> World:
        return World(notebooks=2, form=self.form, rich=self.rich)

    @rule(which=WHICH, pick=NUMBER, where=NUMBER)
    def add_here(self, which: int, pick: int, where: int) -> None:
        self.world.edit_page(self.place(which), pick, "add", where)

    @rule(pick=NUMBER, where=NUMBER)
    def add_there(self, pick: int, where: int) -> None:
        self.world.edit_there(pick, "add", where)

    @rule(pick=NUMBER, where=NUMBER)
    def add_there_while_a_write_is_on_its_way(self, pick: int, where: int) -> None:
        self.world.server.meanwhile(lambda: self.world.edit_there(pick, "add", where))

    @rule(which=WHICH)
    def commit(self, which: int) -> None:
        self.world.sync(self.place(which))
        self.place(which).commit()

    @rule(which=WHICH, pick=NUMBER, what=st.sampled_from(["both", "bases"]))
    def checkout(self, which: int, pick: int, what: str) -> None:
        place = self.place(which)
        report = self.world.sync(place)
        if report is not None and not report.conflicts and not report.problems:
            place.checkout(pick, what)

    @rule(which=WHICH, pick=NUMBER, where=NUMBER, at=st.integers(1, 12))
    def add_here_while_syncing(self, which: int, pick: int, where: int, at: int) -> None:
        place, clock = self.place(which), Clock()

        def meanwhile(name: str) -> None:
            del name
            if clock.count == at:
                self.world.edit_page(place, pick, "add", where)

        clock.before_effect = meanwhile
        self.world.sync(place, clock=clock)

    def teardown(self) -> None:
        super().teardown()
        self.world.check_no_word_lost()


class HistoriesAsJson(Histories):
    """The same in a JSON mirror."""

    form = "json"


class AdditionsAsJson(Additions):
    """The same in a JSON mirror."""

    form = "json"


class HistoriesInRichText(Histories):
    """The same with notebooks that are documents, on Markdown pages."""

    rich = True


class AdditionsInRichText(Additions):
    """The same with notebooks that are documents, on Markdown pages."""

    rich = True


def search(machine: type[RuleBasedStateMachine], examples: int, *, part: int | None = None) -> None:
    """Search for a history that breaks a law.

    Args:
        machine: What may happen.
        examples: How many histories.
        part: Which histories; the same part is the same ones. None: as the profile has it.
    """
    if part is not None:
        machine = seed(part)(type(machine.__name__, (machine,), {}))
    run_state_machine_as_test(
        machine,
        settings=settings(
            settings.get_profile(PROFILE),
            max_examples=examples,
            stateful_step_count=30,
            suppress_health_check=list(HealthCheck),
        ),
    )
