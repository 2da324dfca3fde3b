"""What is outside the filter is decided upon by nothing; what a filter takes, by its own words."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbsync.model import EVERYTHING, ME, Notebook, Plan, Selection, State, Unreadable
from nbsync.reconcile import reconcile

ANA, BEN = "11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222"
A, B, C = (Notebook(title, {"type": "doc"}) for title in "abc")
BAD = Unreadable("nb", "nb.md", "it is broken")
STATES: tuple[State, ...] = (None, A, B, BAD)


def one(state: State) -> dict[str, State]:
    return {} if state is None else {"nb": state}


# --- the table ---------------------------------------------------------------------------


@pytest.mark.parametrize(("base", "local", "remote"), [*product(STATES, STATES, (None, A, B, C))])
@pytest.mark.parametrize("wish", ["", "delete", "intents", "stale"])
def test_nothing_is_done_for_what_is_outside_whatever_stands_where(
    base: State, local: State, remote: State, wish: str
) -> None:
    wishes = {wish: {"nb"}} if wish else {}
    plan = reconcile(one(base), one(local), one(remote), outside={"nb"}, **wishes)
    here = base is not None or local is not None
    assert plan == Plan(outside=("nb",) if here else ())


@pytest.mark.parametrize(("base", "local", "remote"), [*product(STATES, STATES, (None, A, B, C))])
def test_what_is_outside_changes_nothing_for_the_others(
    base: State, local: State, remote: State
) -> None:
    alone = reconcile(one(base), one(local), one(remote))
    sides = ({**one(side), "apart": A} for side in (base, local, remote))
    assert reconcile(*sides, outside={"apart"}) == replace(alone, outside=("apart",))


def test_what_is_outside_is_told_in_order() -> None:
    assert reconcile({}, {"b": A, "a": A}, {}, outside={"a", "b", "c"}).outside == ("a", "b")


# --- what a filter takes -------------------------------------------------------------------


def takes(title: str | None, *titles: str) -> bool:
    return Selection(titles=titles).takes(title, ANA, me="")


@pytest.mark.parametrize(
    ("title", "globs"),
    [
        ("Weekly numbers", ["Weekly*"]),
        ("weekly numbers", ["WEEKLY*"]),
        ("a/b", ["a*b"]),
        ("a/b", ["a?b"]),
        ("Weekly\nnumbers", ["Weekly*"]),
        ("Weekly", ["Monthly*", "[vw]eekly"]),
        ("Monthly", ["!Weekly*"]),
        ("Weekly draft of mine", ["Weekly*", "!*draft*", "*of mine"]),
        (None, ["!Weekly*"]),
        (None, [""]),
        ("!important", ["\\!*"]),
        ("anything", []),
    ],
)
def test_a_title_is_in(title: str | None, globs: list[str]) -> None:
    assert takes(title, *globs)


@pytest.mark.parametrize(
    ("title", "globs"),
    [
        ("My Weekly", ["Weekly*"]),
        ("Weekly", ["Weekly?"]),
        ("Weekly draft", ["Weekly*", "!*draft*"]),
        ("Weekly", ["!Weekly*"]),
        ("Weekly", ["Weekly", "Monthly", "!*"]),
        (None, ["Weekly*"]),
        ("important", ["\\!*"]),
    ],
)
def test_a_title_is_out(title: str | None, globs: list[str]) -> None:
    assert not takes(title, *globs)


@given(st.text(max_size=30), st.lists(st.text("ab*?[]!\\-", max_size=8), max_size=4))
def test_every_glob_is_one_and_a_negation_of_all_leaves_nothing(
    title: str, globs: list[str]
) -> None:
    takes(title, *globs)
    assert not takes(title, *globs, "!*")
    assert takes(title, *globs, "*")


@pytest.mark.parametrize(
    ("people", "creator", "me", "inside"),
    [
        ((), ANA, "", True),
        ((), "", "", True),
        ((ANA,), ANA, "", True),
        ((ANA,), BEN, "", False),
        ((ANA,), "", "", False),
        ((ME,), ANA, ANA, True),
        ((ME,), BEN, ANA, False),
        ((ME,), "", "", False),
        ((ME, BEN), BEN, ANA, True),
        ((ME, BEN), ANA, ANA, True),
    ],
)
def test_a_notebook_is_in_by_whoever_made_it(
    people: tuple[str, ...], creator: str, me: str, *, inside: bool
) -> None:
    assert Selection(created_by=people).takes("x", creator, me=me) is inside


def test_all_that_a_filter_says_must_hold() -> None:
    both = Selection(created_by=(ANA,), titles=("Weekly*",))
    assert both.takes("Weekly", ANA, me="")
    assert not both.takes("Weekly", BEN, me="")
    assert not both.takes("Monthly", ANA, me="")


def test_only_the_selection_of_everything_has_no_token() -> None:
    assert EVERYTHING.token == ""
    assert EVERYTHING.query == {}
    every = [
        Selection(created_by=(ME,)),
        Selection(titles=("me",)),
        Selection(search="me"),
        Selection(contains="me"),
    ]
    assert len({each.token for each in (EVERYTHING, *every)}) == 5
    assert [dict(each.query) for each in every] == [{}, {}, {"search": "me"}, {"contains": "me"}]
