"""The laws, over random histories on real files, under real git, and over real HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from disk_place import DiskPlace, make_repository
from disk_world import DiskWorld
from effects import Clock
from failpoints import killed_at
from histories import HOW, KILL, NUMBER, SECONDS, SIDES, WHICH, Additions, Histories, search
from mirrors import never_sleep
from nbsync import formats
from nbsync.api.connecting import connect
from nbsync.errors import NbsyncError
from nbsync.local import Directory
from nbsync.model import Notebook
from nbsync.remote import Server
from nbsync.sandbox import Sandbox
from nbsync.sync import Mirror, run
from place import Place
from world import suffix_of

pytestmark = pytest.mark.laws  # long searches, in a run of their own without coverage

PARTS = 20
AT = st.integers(1, 30)
FAULTS: dict[str, dict[str, Any]] = {
    "refused": {"status": 500},
    "failed after it was done": {"status": 500, "effect": True},
    "never arrived": {"drop": "before"},
    "answer lost": {"drop": "after"},
    "answer broken off": {"truncate": True},
    "asked to wait": {"status": 429},
    "a gateway": {"status": 502, "text": "<html>Bad gateway</html>"},
    "a gateway that gave up waiting": {"status": 504, "text": "<html>", "effect": True},
    "a page to sign in on": {"status": 200, "text": "<html>Sign in</html>"},
    "not permitted": {"status": 403},
    "key not accepted": {"status": 401},
}


class OnDisk:
    """What the histories on real components have in common.

    Attributes:
        sandbox: The server.
        folder: Where the two mirrors are.
        tab: A notebook as it was when somebody opened it in a browser.
    """

    sandbox: ClassVar[Sandbox]
    folder: ClassVar[Path]
    world: Any
    form: str
    rich: bool
    tab: tuple[str, Notebook] | None = None

    def make_world(self) -> DiskWorld:
        return DiskWorld(self.sandbox, self.folder, form=self.form, rich=self.rich)

    @initialize(pulled=st.sampled_from([(), (0,), (0, 1)]))
    def pull(self, pulled: tuple[int, ...]) -> None:
        for which in pulled:
            self.world.sync(self.world.places[which], "pull")

    @rule(
        fault=st.sampled_from(sorted(FAULTS)),
        method=st.sampled_from(["GET", "PATCH", "POST", None]),
        skip=st.integers(0, 3),
        times=st.integers(1, 4),
    )
    def lose_an_answer(self, fault: str, method: str | None, skip: int, times: int) -> None:
        self.world.server.fault(**FAULTS[fault], method=method, skip=skip, times=times)

    @rule(which=WHICH, at=AT, small=st.booleans(), act=st.sampled_from(["sync", "pull", "push"]))
    def be_killed(self, which: int, at: int, act: str, *, small: bool) -> None:
        """A process of its own, which SIGKILL ends at one of its effects."""
        place = self.world.places[which]
        self.world.note_what_is_seen(place)

        def sync(mirror: Mirror) -> None:
            with suppress(NbsyncError):
                run(mirror, pull=act != "push", push=act != "pull", allowed=1000)

        killed_at(self.opened(place), sync, at, small=small)

    @contextmanager
    def opened(self, place: DiskPlace) -> Iterator[Mirror]:
        """The mirror as another process opens it."""
        client = connect(self.sandbox.url, self.sandbox.key, project="1", env={}, sleep=never_sleep)
        with place.disk_store() as store:
            directory = Directory(place.root, clock_ns=place.now)
            kind = "richtext" if self.rich else "markdown"
            yield Mirror(directory, Server(client, parallel=1), store, self.form, kind)

    def while_syncing(self, which: int, at: int, action: Callable[[], object]) -> None:
        """Have something done just before the n-th moment of a sync."""
        clock = Clock()

        def meanwhile(name: str) -> None:
            del name
            if clock.count == at:
                action()

        clock.before_effect = meanwhile
        self.world.sync(self.world.places[which], clock=clock)

    @rule(which=WHICH, at=AT)
    def the_other_syncs_meanwhile(self, which: int, at: int) -> None:
        other = self.world.places[1 - which]
        self.while_syncing(which, at, lambda: self.world.sync(other))

    @rule(which=WHICH, pick=NUMBER, how=HOW, where=NUMBER, at=AT)
    def the_browser_writes_meanwhile(
        self, which: int, pick: int, how: str, where: int, at: int
    ) -> None:
        how = "add" if isinstance(self, Additions) else how
        self.while_syncing(which, at, lambda: self.world.edit_there(pick, how, where))


class HistoriesOnDisk(OnDisk, Histories):
    """Two mirrors on disk, browsers, git, and faults at every effect."""

    def lose_the_state(self, which: int) -> None:
        """Not here: what was once in the history would not be found."""

    def teardown(self) -> None:
        try:
            super().teardown()
        finally:
            self.world.close()

    @rule(pick=NUMBER)
    def open_a_tab(self, pick: int) -> None:
        live = self.world.server.live()
        if live:
            short_id = sorted(live)[pick % len(live)]
            self.tab = short_id, live[short_id]

    @rule(how=HOW, where=NUMBER)
    def save_an_old_tab(self, how: str, where: int) -> None:
        """Somebody's browser writes what it had, whatever there is by now."""
        text = formats.markdown_of(self.tab[1].content) if self.tab else None
        if self.tab is not None and text is not None:
            changed = self.world.changed(text, how, where, first=1)
            self.world.server.edit(self.tab[0], content=formats.document_of(changed))

    @rule(which=WHICH, pick=NUMBER, at=AT)
    def delete_a_page_meanwhile(self, which: int, pick: int, at: int) -> None:
        place = self.world.places[which]
        self.while_syncing(which, at, lambda: self.world.delete_page(place, pick))

    @rule(which=WHICH, pick=NUMBER, at=AT)
    def move_a_page_meanwhile(self, which: int, pick: int, at: int) -> None:
        place = self.world.places[which]
        self.while_syncing(which, at, lambda: self.world.move_page(place, pick))

    @rule(which=WHICH, pick=NUMBER, at=AT)
    def check_out_meanwhile(self, which: int, pick: int, at: int) -> None:
        place = self.world.places[which]
        self.while_syncing(which, at, lambda: place.checkout(pick, "both"))

    @rule(which=WHICH, seconds=SECONDS, at=AT)
    def set_the_clock_meanwhile(self, which: int, seconds: int, at: int) -> None:
        place = self.world.places[which]
        self.while_syncing(which, at, lambda: place.jump(seconds))


class RichTextOnDisk(HistoriesOnDisk):
    """The same with notebooks that are documents."""

    rich = True


class JsonOnDisk(HistoriesOnDisk):
    """The same with JSON pages."""

    form = "json"


class AdditionsOnDisk(OnDisk, Additions):
    """People only ever add words: none may go."""

    def teardown(self) -> None:
        try:
            super().teardown()
        finally:
            self.world.close()


class Forgetting(RuleBasedStateMachine):
    """All that nbsync knows is lost, again and again: no page and no notebook goes with it."""

    sandbox: ClassVar[Sandbox]
    folder: ClassVar[Path]
    rich = False

    def __init__(self) -> None:
        super().__init__()
        self.world = DiskWorld(self.sandbox, self.folder, rich=self.rich)

    @rule(which=WHICH, pick=NUMBER, how=HOW, where=NUMBER)
    def edit_page(self, which: int, pick: int, how: str, where: int) -> None:
        self.world.edit_page(self.world.places[which], pick, how, where)

    @rule(pick=NUMBER, how=HOW, where=NUMBER)
    def edit_there(self, pick: int, how: str, where: int) -> None:
        self.world.edit_there(pick, how, where)

    @rule(which=WHICH, pick=NUMBER)
    def delete_page(self, which: int, pick: int) -> None:
        self.world.delete_page(self.world.places[which], pick)

    @rule(pick=NUMBER)
    def delete_there(self, pick: int) -> None:
        live = sorted(self.world.server.live())
        if live:
            self.world.server.bin(live[pick % len(live)])

    @rule(which=WHICH, kill=KILL)
    def new_page(self, which: int, kill: int | None) -> None:
        self.world.new(self.world.places[which], Clock(kill))

    @rule(which=WHICH, kill=KILL, after=st.booleans())
    def sync(self, which: int, kill: int | None, *, after: bool) -> None:
        self.world.sync(self.world.places[which], clock=Clock(kill, after))

    @rule(which=WHICH, how=SIDES)
    def resolve(self, which: int, how: str) -> None:
        self.world.resolve(self.world.places[which], how)

    @rule(which=WHICH, kill=KILL, after=st.booleans())
    def lose_everything(self, which: int, kill: int | None, *, after: bool) -> None:
        """Law 8: equal pages are adopted silently, different ones are conflicts."""
        place, live = self.world.places[which], self.world.server.live()
        place.lose_the_state()
        before = dict(place.local.files)
        report = self.world.sync(place, clock=Clock(kill, after))
        if report is None:
            report = self.world.sync(place)
        assert report is not None
        assert before.items() <= dict(place.local.files).items()
        assert self.world.server.live() == live
        assert {change.action for change in report.changes} <= {"create"}
        assert {each.short_id for each in report.conflicts} == self.different(place, live)

    def different(self, place: Place, live: dict[str, Notebook]) -> set[str]:
        """Ids of pages that say something else than their notebooks."""
        found = set()
        for short_id, path in place.local.scan((), {}).paths.items():
            if short_id in live:
                text = place.local.files[path]
                here = formats.parse(text, suffix_of(text), like=live[short_id])
                found |= {short_id} if here != live[short_id] else set()
        return found

    def teardown(self) -> None:
        try:
            self.world.settle()
            self.world.check_quiet()
            self.world.check_nothing_twice()
        finally:
            self.world.close()


class ForgettingRichText(Forgetting):
    """The same with notebooks that are documents."""

    rich = True


EXAMPLES = {
    HistoriesOnDisk: 15,
    AdditionsOnDisk: 5,
    RichTextOnDisk: 8,
    JsonOnDisk: 4,
    Forgetting: 5,
    ForgettingRichText: 3,
}
SOAKED = {
    HistoriesOnDisk: 3000,
    AdditionsOnDisk: 1000,
    RichTextOnDisk: 1000,
    JsonOnDisk: 1000,
    Forgetting: 1000,
    ForgettingRichText: 500,
}
Machine = type[HistoriesOnDisk | AdditionsOnDisk | Forgetting]


def there(machine: Machine, sandbox: Sandbox, folder: Path) -> type[RuleBasedStateMachine]:
    """The machine at a place."""
    make_repository(folder / "empty")
    return type(machine.__name__, (machine,), {"sandbox": sandbox, "folder": folder})


@pytest.mark.parametrize("machine", EXAMPLES)
def test_the_laws_hold_on_real_files_over_real_http(
    machine: Machine, sandbox: Sandbox, tmp_path: Path
) -> None:
    search(there(machine, sandbox, tmp_path), EXAMPLES[machine])


@pytest.mark.soak
@pytest.mark.parametrize("machine", SOAKED)
@pytest.mark.parametrize("part", range(PARTS))
def test_the_laws_hold_on_real_files_in_many_histories(
    machine: Machine, part: int, sandbox: Sandbox, tmp_path: Path
) -> None:
    search(there(machine, sandbox, tmp_path), SOAKED[machine] // PARTS, part=part)
