"""What is promised of convergence: both sides come to agree, in whatever order, and then rest."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from functools import cache
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory import MemoryStore
from mirrors import asked, edit, go, markdown_on, pages, pulled, seed_each, sync, there, touched
from nbsync import formats
from nbsync.model import Notebook, State
from nbsync.reconcile import reconcile
from nbsync.sandbox import Sandbox
from world import Place, World

IDS = [f"nb{number}" for number in range(6)]
A, B = (Notebook(name, {"body": name}) for name in "AB")


def seed(sandbox: Sandbox) -> None:
    sandbox.reset()
    seed_each(sandbox, IDS)


@pytest.fixture
def mirror(sandbox: Sandbox, tmp_path: Path) -> Path:
    seed(sandbox)
    return pulled(tmp_path / "mirror", sandbox)


# --- all that can become of a notebook here, there, and in what is remembered of it -------


def rewrite(place: Place, short_id: str, old: str, new: str) -> None:
    path = f"{short_id}.md"
    place.local.files[path] = re.sub(old, new, str(place.local.files[path]))


def write(world: World, short_id: str, old: str, new: str) -> None:
    text = str(formats.markdown_of(world.server.live()[short_id].content))
    world.server.edit(short_id, content=formats.document_of(text.replace(old, new)))


HERE: dict[str, Callable[[Place, str], object]] = {
    "as it was": lambda place, short_id: None,
    "edited": lambda place, short_id: rewrite(place, short_id, "One.", "One, changed."),
    "edited at its end": lambda place, short_id: rewrite(place, short_id, "Three.", "Here."),
    "retitled": lambda place, short_id: rewrite(place, short_id, "# .*", "# Mine"),
    "unreadable": lambda place, short_id: rewrite(place, short_id, f'"{short_id}"', "[]"),
    "not to be sent": lambda place, short_id: rewrite(place, short_id, "One.", "One.\0"),
    "deleted": lambda place, short_id: place.local.files.pop(f"{short_id}.md"),
}
THERE: dict[str, Callable[[World, str], object]] = {
    "as it was": lambda world, short_id: None,
    "edited": lambda world, short_id: write(world, short_id, "One.", "One, changed."),
    "edited otherwise": lambda world, short_id: write(world, short_id, "One.", "One, there."),
    "edited at its end": lambda world, short_id: write(world, short_id, "Three.", "There."),
    "retitled": lambda world, short_id: world.server.edit(short_id, title="Theirs"),
    "deleted": lambda world, short_id: world.server.bin(short_id),
    "purged": lambda world, short_id: world.server.purge(short_id),
}


def remember_nothing(place: Place) -> None:
    place.lost.append(place.store)
    place.store = MemoryStore()


REMEMBERED: dict[str, Callable[[Place], object]] = {
    "everything": lambda place: None,
    "no index": lambda place: place.store.forget_index(),
    "no bases": lambda place: place.store._bases.clear(),
    "nothing": remember_nothing,
}


@pytest.mark.laws
@pytest.mark.parametrize("remembered", REMEMBERED)
def test_two_syncs_from_any_state_agree_or_name_what_is_in_the_way(remembered: str) -> None:
    for here, there_ in product(HERE, THERE):
        world = World(notebooks=1)
        for place in world.places:
            world.sync(place)
        first = world.places[0]
        HERE[here](first, "nb0")
        THERE[there_](world, "nb0")
        REMEMBERED[remembered](first)
        try:
            world.settle()
            world.check_quiet()
            world.check_nothing_lost()
        except AssertionError as error:
            raise AssertionError(f"{here} here, {there_} there: {error}") from error


SCENES = [
    ("not to be sent", "as it was"),
    ("edited", "edited otherwise"),
    ("edited at its end", "edited"),
    ("as it was", "edited"),
    ("edited", "as it was"),
    ("retitled", "as it was"),
    ("as it was", "deleted"),
    ("edited", "deleted"),
    ("unreadable", "edited"),
]


@pytest.mark.laws
@settings(max_examples=20)
@given(st.permutations(range(len(SCENES))))
def test_the_order_in_which_notebooks_are_done_makes_no_difference(order: Sequence[int]) -> None:
    assert endings(order) == in_order()


@cache
def in_order() -> list[object]:
    return endings(range(len(SCENES)))


def endings(order: Sequence[int]) -> list[object]:
    """How each scene ends after one sync, its notebook being done at this place of the order."""
    world = World(notebooks=len(SCENES))
    place = world.places[0]
    world.sync(place)
    for number, (here, there_) in zip(order, SCENES, strict=True):
        HERE[here](place, f"nb{number}")
        THERE[there_](world, f"nb{number}")
    world.sync(place)
    live = world.server.live()
    return [
        [
            re.sub(r"nb\d|Notebook \d", "", str(said))
            for said in (
                place.local.files.get(f"nb{number}.md"),
                formats.markdown_of(live[f"nb{number}"].content) if f"nb{number}" in live else None,
                f"nb{number}" in place.store.conflicts(),
            )
        ]
        for number in order
    ]


STATES: st.SearchStrategy[State] = st.sampled_from([None, A, B])


@given(STATES, STATES)
def test_equal_sides_are_in_no_conflict_whatever_base_says(base: State, both: State) -> None:
    plan = reconcile({"n": base}, {"n": both}, {"n": both})
    assert plan.conflicts == ()
    assert plan.local == plan.remote == ()


def test_after_losing_all_that_is_remembered_only_what_differs_is_in_conflict(
    sandbox: Sandbox, mirror: Path
) -> None:
    for short_id in ("nb0", "nb1"):
        there(sandbox, short_id, "One.", "One, changed.")
        edit(mirror / f"{short_id}.md", "One.", "One, changed.")
    edit(mirror / "nb1.md", "Two.", "Two, here.")
    for path in (mirror / ".nbsync").rglob("*"):
        if path.is_file():
            path.unlink()
    before = pages(mirror)
    report = sync(mirror, sandbox)
    assert [each.short_id for each in report.conflicts] == ["nb1"]
    assert (report.changes, report.problems, pages(mirror)) == ((), (), before)
    assert {method for method, _ in asked(sandbox)} == {"GET"}


@pytest.mark.parametrize("seed_", range(2))
def test_two_mirrors_and_a_browser_converge_and_nobodys_words_go(
    sandbox: Sandbox, tmp_path: Path, seed_: int
) -> None:
    seed(sandbox)
    roots = [tmp_path / "first", tmp_path / "second"]
    for root in roots:
        go(root, sandbox, "pull")
    words = []
    steps = [
        ("first", "One."),
        ("second", "Two."),
        ("browser", "Three."),
        ("sync", "0"),
        ("sync", "1"),
    ]
    turns = steps * 3
    random.Random(seed_).shuffle(turns)
    for number, (who, what) in enumerate(turns):
        word = f"word{number}"
        if who == "sync":
            sync(roots[int(what)], sandbox)
            continue
        words.append(word)
        if who == "browser":
            there(sandbox, "nb0", what, f"{word} {what}")
        else:
            edit(tmp_path / who / "nb0.md", what, f"{word} {what}")
    for root in (*roots, *roots):
        report = sync(root, sandbox)
        assert report.conflicts == () == report.problems
    text = markdown_on(sandbox, "nb0")
    assert [word for word in words if word not in text.split()] == []
    assert pages(roots[0]) == pages(roots[1])
    assert pages(roots[0])["nb0.md"].endswith(f"\n\n{text}\n")


def test_a_sync_after_a_sync_costs_one_request_and_touches_nothing(
    sandbox: Sandbox, mirror: Path
) -> None:
    there(sandbox, "nb0", "One.", "One, there.")
    edit(mirror / "nb1.md", "One.", "One, here.")
    there(sandbox, "nb2", "One.", "One, there.")
    edit(mirror / "nb2.md", "Three.", "Three, here.")
    edit(mirror / "nb3.md", "# Title of nb3", "# Another title")
    sandbox.write("nb4", title="A title of theirs")
    sandbox.write("nb5", deleted=True)
    sync(mirror, sandbox)
    before = touched(mirror)
    asked(sandbox)
    report = sync(mirror, sandbox)
    assert asked(sandbox) == [("GET", "?limit=100&offset=0")]
    assert (report.changes, report.conflicts, report.problems) == ((), (), ())
    after = touched(mirror)
    cache = (".nbsync/index.sqlite3", ".nbsync/lock")
    assert {name for name in before | after if before.get(name) != after.get(name)} <= {
        name for name in before | after if name.startswith(cache)
    }
