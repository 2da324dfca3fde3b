"""Whatever is wrong is told once, and again only when it was well in between."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nbsync.model import Done, OpenConflict, Problem, Report, Side, Unreadable
from nbsync.sync.notices import Notice, What
from nbsync.sync.told import SECOND_LOOK, Told

BOTH = ("pull", "push")


def report(*problems: str, unreadable: tuple[str, ...] = ()) -> Report:
    return Report(
        problems=tuple(Problem(name, f"{name}.md", "It was refused.") for name in problems),
        unreadable=tuple(Unreadable(name, None, "It cannot be had.") for name in unreadable),
    )


def names(notices: list[Notice]) -> list[str]:
    return [
        notice.about.short_id or ""
        for notice in notices
        if isinstance(notice.about, Problem | Unreadable)
    ]


@given(
    st.lists(
        st.tuples(st.sets(st.sampled_from("abc")), st.booleans(), st.floats(0.1, 3.0)), max_size=30
    )
)
def test_what_lasts_is_told_once_at_its_second_look_and_nothing_else_is(
    looks: list[tuple[set[str], bool, float]],
) -> None:
    told, now = Told(), 0.0
    since: dict[str, float] = {}
    known: set[str] = set()
    for found, whole, pause in looks:
        now += pause
        said = names(told.take_in(report(*sorted(found)), halves=BOTH if whole else (), now=now))
        since = {name: since.get(name, now) for name in "abc" if name in found} | (
            {} if whole else {name: at for name, at in since.items() if name not in found}
        )
        known &= since.keys()
        lasting = {name for name in found if now - since[name] >= SECOND_LOOK}
        assert lasting - known <= {*said} <= found - known
        assert len(said) == len({*said})
        known |= {*said}
        wait = told.second_look(now)
        assert (wait is None) == (found <= known)
        assert wait is None or 0 < wait <= SECOND_LOOK


@given(
    st.lists(
        st.tuples(st.sets(st.sampled_from("abc")), st.sampled_from([BOTH, *zip(BOTH)]), st.just(1)),
        max_size=30,
    )
)
def test_only_what_a_look_has_found_is_told_of_it(
    looks: list[tuple[set[str], tuple[str, ...], float]],
) -> None:
    told, now = Told(), 0.0
    for found, halves, pause in looks:
        now += pause
        said = names(told.take_in(report(*sorted(found)), halves=halves, now=now))
        assert {*said} <= found
        assert told.second_look(now) is None or found - {*said}


def test_what_only_a_pull_finds_is_not_over_because_a_push_does_not_find_it() -> None:
    told = Told()
    lost = report(unreadable=("a",))
    told.take_in(lost, halves=("pull",), now=0.0)
    assert names(told.take_in(lost, halves=("pull",), now=1.0)) == ["a"]
    assert told.take_in(Report(), halves=("push",), now=2.0) == []
    assert told.take_in(lost, halves=("pull",), now=3.0) == []
    assert told.take_in(Report(), halves=("pull",), now=4.0) == []
    assert told.take_in(lost, halves=("pull",), now=5.0) == []
    assert names(told.take_in(lost, halves=("pull",), now=6.0)) == ["a"]


def test_a_run_that_was_broken_off_says_nothing_about_what_it_does_not_name() -> None:
    told = Told()
    told.take_in(report("a"), halves=("push",), now=0.0)
    assert names(told.take_in(report("a"), halves=("push",), now=1.0)) == ["a"]
    assert told.take_in(Report(), halves=(), now=2.0) == []
    assert told.take_in(report("a"), halves=("push",), now=3.0) == []
    assert told.has_problems
    assert told.take_in(Report(), halves=("push",), now=4.0) == []
    assert not told.has_problems


def test_changes_are_told_at_once_and_conflicts_too() -> None:
    change = Done("a.md", "a", Side.LOCAL, "update", "A", 1)
    conflict = OpenConflict("b", "b.md", "B", 1, 2, "Ben", "2026-11-23T11:00:00Z")
    found = Report(changes=(change,), conflicts=(conflict,), held=("c",), untracked=("d.md",))
    told = Told()
    first = told.take_in(found, halves=("pull", "push"), now=0.0)
    assert [notice.what for notice in first] == [What.CHANGE, What.CONFLICT]
    second = told.take_in(Report(held=("c",)), halves=("push",), now=SECOND_LOOK)
    assert [notice.what for notice in second] == [What.SETTLED, What.MISSING]
