"""The laws, over random histories in memory: edits, kills, lost answers, git, and time."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from memory import MemoryStore
from world import Clock, Place, World

pytestmark = pytest.mark.laws  # long searches, in a run of their own without coverage

HOW = st.sampled_from(["rewrite", "append", "add", "remove", "move"])
NUMBER = st.integers(0, 7)
WHICH = st.integers(0, 1)
KILL = st.one_of(st.none(), st.none(), st.integers(1, 40))
EXAMPLES = {"ci": 500, "dev": 100, "soak": 500}


class Histories(RuleBasedStateMachine):
    """Two mirrors, a browser, and faults at every effect."""

    form = "markdown"
    rich = False

    def __init__(self) -> None:
        super().__init__()
        self.world = World(form=self.form, rich=self.rich)

    def place(self, which: int) -> Place:
        return self.world.places[which]

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
        files = self.place(which).local.files
        if files:
            path = sorted(files)[pick % len(files)]
            lines = str(files[path]).split("\n")
            for at, line in enumerate(lines):
                if not line.startswith(("# ", '  "title":')):
                    continue
                word = self.world.word()
                lines[at] = f"# {word}" if line.startswith("# ") else f'  "title": "{word}",'
                self.world.overwritten_by_its_author(self.place(which), path)
                files[path] = "\n".join(lines)
                break

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
        gone = sorted(self.world.server._records.keys() - self.world.server.live().keys())
        if gone:
            self.world.server.restore(gone[pick % len(gone)])

    @rule(which=WHICH, pick=NUMBER)
    def delete_page(self, which: int, pick: int) -> None:
        files = self.place(which).local.files
        if files:
            path = sorted(files)[pick % len(files)]
            self.world.overwritten_by_its_author(self.place(which), path)
            del files[path]

    @rule(which=WHICH, pick=NUMBER)
    def move_page(self, which: int, pick: int) -> None:
        files = self.place(which).local.files
        if files:
            path = sorted(files)[pick % len(files)]
            files[f"folder/{self.world.word()}.md"] = files.pop(path)

    @rule(which=WHICH, kill=KILL)
    def add_page(self, which: int, kill: int | None) -> None:
        name = self.world.word()
        text = f"# New {name}\n\n{name}\n"
        self.world.add(self.place(which), f"{name}.md", text, Clock(kill))

    @rule(which=WHICH)
    def commit(self, which: int) -> None:
        self.place(which).commit()

    @rule(which=WHICH, pick=NUMBER, what=st.sampled_from(["both", "bases", "pages"]))
    def checkout(self, which: int, pick: int, what: str) -> None:
        place = self.place(which)
        if not place.commits:
            return
        place.commit()
        pages, bases = place.commits[pick % len(place.commits)]
        if what != "bases":
            place.local.files = dict(pages)
        if what != "pages":
            place.store._bases = dict(bases)

    @rule(which=WHICH)
    def lose_the_index(self, which: int) -> None:
        self.place(which).store.forget_index()

    @rule(which=WHICH)
    def lose_the_state(self, which: int) -> None:
        place = self.place(which)
        place.lost.append(place.store)
        place.store = MemoryStore()

    @rule(
        which=WHICH,
        halves=st.sampled_from([("pull",), ("push",), ("pull", "push")]),
        kill=KILL,
        after=st.booleans(),
    )
    def sync(self, which: int, halves: tuple[str, ...], kill: int | None, *, after: bool) -> None:
        self.world.sync(self.place(which), *halves, clock=Clock(kill, after))

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

    @rule(when=st.sampled_from(["before", "after"]))
    def lose_an_answer(self, when: str) -> None:
        self.world.server.lose_answer("before" if when == "before" else "after")

    @rule()
    def lose_the_network(self) -> None:
        self.world.server.offline = not self.world.server.offline

    @rule(which=WHICH, ours=st.booleans(), kill=KILL)
    def resolve(self, which: int, kill: int | None, *, ours: bool) -> None:
        self.world.resolve(self.place(which), ours=ours, clock=Clock(kill))

    @rule(which=WHICH, pick=NUMBER, kill=KILL)
    def restore(self, which: int, pick: int, kill: int | None) -> None:
        self.world.restore(self.place(which), pick, Clock(kill))

    def teardown(self) -> None:
        self.world.settle()
        self.world.check_quiet()
        self.world.check_nothing_lost()


class Additions(RuleBasedStateMachine):
    """People only ever add words, and git takes whole commits back: no word may go."""

    form = "markdown"
    rich = False

    def __init__(self) -> None:
        super().__init__()
        self.world = World(notebooks=2, form=self.form, rich=self.rich)

    @rule(which=WHICH, pick=NUMBER, where=NUMBER)
    def add_here(self, which: int, pick: int, where: int) -> None:
        self.world.edit_page(self.world.places[which], pick, "add", where)

    @rule(pick=NUMBER, where=NUMBER)
    def add_there(self, pick: int, where: int) -> None:
        self.world.edit_there(pick, "add", where)

    @rule(pick=NUMBER, where=NUMBER)
    def add_there_while_a_write_is_on_its_way(self, pick: int, where: int) -> None:
        self.world.server.meanwhile(lambda: self.world.edit_there(pick, "add", where))

    @rule(when=st.sampled_from(["before", "after"]))
    def lose_an_answer(self, when: str) -> None:
        self.world.server.lose_answer("before" if when == "before" else "after")

    @rule(which=WHICH)
    def lose_the_index(self, which: int) -> None:
        self.world.places[which].store.forget_index()

    @rule(which=WHICH)
    def commit(self, which: int) -> None:
        self.world.sync(self.world.places[which])
        self.world.places[which].commit()

    @rule(which=WHICH, pick=NUMBER, what=st.sampled_from(["both", "bases"]))
    def checkout(self, which: int, pick: int, what: str) -> None:
        place = self.world.places[which]
        report = self.world.sync(place)
        if place.commits and report is not None and not report.conflicts and not report.problems:
            pages, bases = place.commits[pick % len(place.commits)]
            if what == "both":
                place.local.files = dict(pages)
            place.store._bases = dict(bases)

    @rule(
        which=WHICH,
        halves=st.sampled_from([("pull",), ("push",), ("pull", "push")]),
        kill=KILL,
        after=st.booleans(),
    )
    def sync(self, which: int, halves: tuple[str, ...], kill: int | None, *, after: bool) -> None:
        self.world.sync(self.world.places[which], *halves, clock=Clock(kill, after))

    @rule(which=WHICH, pick=NUMBER, where=NUMBER, at=st.integers(1, 12))
    def add_here_while_syncing(self, which: int, pick: int, where: int, at: int) -> None:
        place, clock = self.world.places[which], Clock()

        def meanwhile(name: str) -> None:
            del name
            if clock.count == at:
                self.world.edit_page(place, pick, "add", where)

        clock.before_effect = meanwhile
        self.world.sync(place, clock=clock)

    def teardown(self) -> None:
        self.world.settle()
        self.world.check_quiet()
        self.world.check_nothing_lost()
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


MACHINES = [
    Histories,
    Additions,
    HistoriesAsJson,
    AdditionsAsJson,
    HistoriesInRichText,
    AdditionsInRichText,
]


def search(machine: type[RuleBasedStateMachine], examples: int) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            settings.get_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev")),
            max_examples=examples,
            stateful_step_count=30,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.parametrize("machine", [Histories, Additions])
def test_the_laws_hold_over_random_histories(machine: type[RuleBasedStateMachine]) -> None:
    search(machine, EXAMPLES[os.environ.get("HYPOTHESIS_PROFILE", "dev")])


@pytest.mark.parametrize("machine", [HistoriesInRichText, AdditionsInRichText])
def test_the_laws_hold_for_rich_text(machine: type[RuleBasedStateMachine]) -> None:
    search(machine, EXAMPLES[os.environ.get("HYPOTHESIS_PROFILE", "dev")] // 4)


@pytest.mark.parametrize("machine", [HistoriesAsJson, AdditionsAsJson])
def test_the_laws_hold_in_a_json_mirror(machine: type[RuleBasedStateMachine]) -> None:
    search(machine, EXAMPLES[os.environ.get("HYPOTHESIS_PROFILE", "dev")] // 4)


@pytest.mark.soak
@pytest.mark.parametrize("machine", MACHINES)
def test_the_laws_hold_over_many_random_histories(machine: type[RuleBasedStateMachine]) -> None:
    search(machine, 20_000)
