"""The whole truth table, its riders, and the guards."""

from __future__ import annotations

from copy import copy
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbsync.errors import GuardTripped
from nbsync.model import (
    BaseInfo,
    Change,
    Conflict,
    Notebook,
    Plan,
    State,
    Step,
    Unloaded,
    Unreadable,
)
from nbsync.reconcile import Standing, check_guards, clean, half, join, reconcile, standing

A, B, C = (Notebook(name, {"body": name}) for name in "ABC")
BAD = Unreadable("n", "n.md", "no notebook")
NAMES: dict[str, State] = {"-": None, "A": A, "B": B, "C": C, "?": BAD}

# base, then a row for each local state and a column for each remote one.
#   .  nothing          =  base follows        held, orphan   said, nothing done
#   >  to the server    <  to the file         !  conflict    ?  unreadable
TABLE = {
    "A": """
          -      A      B      C      ?
      -   =      held   <      <      ?
      A   <      .      <      <      ?
      B   >      >      =      !      ?
      C   >      >      !      =      ?
      ?   ?      ?      ?      ?      ?
    """,
    "-": """
          -      A      B      C      ?
      -   .      <      <      <      ?
      A   orphan =      !      !      ?
      B   orphan !      =      !      ?
      C   orphan !      !      =      ?
      ?   ?      ?      ?      ?      ?
    """,
}


def cases() -> list[tuple[str, str, str, str]]:
    found = []
    for base, table in TABLE.items():
        columns, *rows = (line.split() for line in table.strip().splitlines())
        for local, *words in rows:
            found += [
                (base, local, remote, word) for remote, word in zip(columns, words, strict=True)
            ]
    return found


def decide(base: State, local: State, remote: State, **flags: bool) -> Plan:
    def side(state: State) -> dict[str, State]:
        return {} if state is None else {"n": state}

    given_ids = {name: {"n"} for name, on in flags.items() if on}
    return reconcile(side(base), side(local), side(remote), **given_ids)


def word(plan: Plan) -> str:
    words = {
        "=": plan.base,
        "<": plan.local,
        ">": plan.remote,
        "!": plan.conflicts,
        "held": plan.held,
        "orphan": plan.orphans,
        "?": plan.unreadable,
    }
    said = [name for name, part in words.items() if part]
    assert len(said) <= 1
    return said[0] if said else "."


@pytest.mark.parametrize(("base", "local", "remote", "expected"), cases())
def test_every_state_has_its_row(base: str, local: str, remote: str, expected: str) -> None:
    assert word(decide(NAMES[base], NAMES[local], NAMES[remote])) == expected


@pytest.mark.parametrize(("base", "local", "remote", "expected"), cases())
def test_a_change_names_what_it_replaces_and_by_what(
    base: str, local: str, remote: str, expected: str
) -> None:
    here, there = NAMES[local], NAMES[remote]
    plan = decide(NAMES[base], here, there)
    for change in plan.local:
        assert (change.old, change.new) == (here, there)
    for change in plan.remote:
        assert (change.old, change.new) == (there, here)
    for conflict in plan.conflicts:
        assert conflict == Conflict("n", *(NAMES[name] for name in (base, local, remote)))  # type: ignore[arg-type]


def test_the_edit_beats_the_deletion_on_either_side_and_that_is_said() -> None:
    here = decide(A, None, B).local
    there = decide(A, B, None).remote
    assert here == (Change("n", None, B, "the edit beats the deletion"),)
    assert there == (Change("n", None, B, "the edit beats the deletion"),)


@pytest.mark.parametrize("remote", ["-", "A", "B", "C"])
def test_a_stale_page_is_brought_up_and_never_sent(remote: str) -> None:
    plan = decide(A, C, NAMES[remote], stale=True)
    assert plan.remote == () == plan.conflicts
    assert word(plan) == ("=" if remote == "C" else "<")


@pytest.mark.parametrize("remote", ["A", "B"])
def test_a_stale_page_without_a_base_is_brought_up(remote: str) -> None:
    assert word(decide(None, C, NAMES[remote], stale=True)) == "<"


def test_a_stale_page_without_a_base_is_not_deleted_where_the_notebook_is_gone() -> None:
    assert decide(None, C, None, stale=True) == Plan(orphans=("n",))
    assert decide(None, C, None, stale=True, intents=True) == decide(None, C, None, intents=True)


def test_a_page_becomes_a_notebook_only_when_that_was_asked_for() -> None:
    assert decide(None, B, None, intents=True) == Plan(remote=(Change("n", None, B),))
    assert decide(None, B, None) == Plan(orphans=("n",))


def test_an_intent_changes_nothing_where_the_notebook_exists() -> None:
    for base, local, remote in product("-A", "AB", "ABC"):
        states = (NAMES[base], NAMES[local], NAMES[remote])
        assert decide(*states, intents=True) == decide(*states)


def test_a_missing_page_is_held_until_its_deletion_is_asked_for() -> None:
    assert decide(A, None, A) == Plan(held=("n",))
    assert decide(A, None, A, delete=True) == Plan(remote=(Change("n", A, None),))


def test_what_was_edited_there_is_not_deleted_for_a_missing_page() -> None:
    assert word(decide(A, None, B, delete=True)) == "<"


def test_an_unreadable_base_is_a_missing_one() -> None:
    assert decide(BAD, A, B) == decide(None, A, B)


def test_both_unreadable_sides_are_said() -> None:
    assert len(decide(A, BAD, BAD).unreadable) == 2


def test_notebooks_known_by_their_token_alone_are_equal_when_their_tokens_are() -> None:
    base, moved = Unloaded("base"), Unloaded("row")
    assert decide(base, base, base) == Plan()
    assert decide(base, base, moved) == Plan(local=(Change("n", base, moved),))
    assert word(decide(A, B, moved)) == "!"


def test_each_notebook_is_decided_by_itself() -> None:
    plan = reconcile({"a": A, "b": A}, {"a": B, "b": A}, {"a": A, "b": B})
    assert plan == Plan(local=(Change("b", A, B),), remote=(Change("a", A, B),))


STATES = st.sampled_from(list(NAMES.values()))
SIDES = st.dictionaries(st.sampled_from("abcd"), STATES)


@given(SIDES, SIDES, SIDES)
def test_a_plan_is_the_plans_of_its_notebooks_joined(
    base: dict[str, State], local: dict[str, State], remote: dict[str, State]
) -> None:
    def only(side: dict[str, State], name: str) -> dict[str, State]:
        return {key: state for key, state in side.items() if key == name}

    parts = [reconcile(*(only(side, name) for side in (base, local, remote))) for name in "abcd"]
    assert reconcile(base, local, remote) == join(parts)


@given(SIDES, SIDES, SIDES)
def test_states_that_are_one_object_are_decided_like_states_that_are_equal(
    base: dict[str, State], local: dict[str, State], remote: dict[str, State]
) -> None:
    def copied(side: dict[str, State]) -> dict[str, State]:
        return {key: copy(state) for key, state in side.items()}

    assert reconcile(base, local, remote) == reconcile(copied(base), copied(local), copied(remote))
    for shared in (base, local, remote):
        expected = reconcile(copied(shared), copied(shared), copied(shared))
        assert reconcile(shared, shared, shared) == expected


def test_a_half_leaves_the_other_side_alone() -> None:
    plan = Plan(local=(Change("a", A, B),), remote=(Change("b", A, B),), held=("c",))
    assert half(plan, pull=True, push=False) == Plan(local=plan.local, held=("c",))
    assert half(plan, pull=False, push=True) == Plan(remote=plan.remote, held=("c",))


@pytest.mark.parametrize(
    ("change", "action"),
    [
        (Change("n", None, A), "create"),
        (Change("n", A, B), "update"),
        (Change("n", A, None), "delete"),
    ],
)
def test_a_change_has_a_word(change: Change, action: str) -> None:
    assert change.action == action


# --- how a page stands to its base ----------------------------------------------


def info(digest: str) -> BaseInfo:
    return BaseInfo(digest, "token", 1, "title")


@pytest.mark.parametrize(
    ("page", "base", "step", "expected"),
    [
        ("p", info("b"), Step("p", "b"), Standing.CLEAN),
        ("q", info("b"), Step("p", "b"), Standing.EDITED),
        ("q", info("b"), Step("", "b"), Standing.EDITED),
        ("p", info("c"), Step("p", "b"), Standing.STALE),
        ("p", None, Step("p", "b"), Standing.STALE),
        ("q", info("c"), Step("p", "b"), Standing.UNSURE),
        ("q", None, Step("p", "b"), Standing.UNSURE),
        ("p", info("b"), None, Standing.UNSURE),
        ("p", None, None, Standing.UNSURE),
    ],
)
def test_tokens_tell_how_a_page_stands(
    page: str, base: BaseInfo | None, step: Step | None, expected: Standing
) -> None:
    assert standing(page, base, step) is expected


TOKENS = st.dictionaries(st.sampled_from("abc"), st.sampled_from("pq"))


@given(TOKENS, TOKENS, TOKENS)
def test_all_that_is_clean_is_told_at_once(
    pages: dict[str, str], bases: dict[str, str], were: dict[str, str]
) -> None:
    infos = {key: info(token) for key, token in bases.items()}
    steps = {key: Step(token, "p") for key, token in were.items()}
    each = {key: standing(page, infos.get(key), steps.get(key)) for key, page in pages.items()}
    expected = {key for key, found in each.items() if found is Standing.CLEAN}
    assert set(clean(pages, infos, steps)) == expected


# --- guards ---------------------------------------------------------------------------


def changes(number: int, old: Notebook | None, new: Notebook | None) -> tuple[Change, ...]:
    return tuple(Change(f"n{index}", old, new) for index in range(number))


@pytest.mark.parametrize(
    ("plan", "count"),
    [
        (Plan(local=changes(6, A, None)), 6),
        (Plan(remote=changes(6, A, None)), 6),
        (Plan(remote=changes(6, A, B)), 6),
        (Plan(local=changes(3, A, None), remote=changes(3, A, B)), 6),
    ],
)
def test_more_than_five_and_more_than_a_quarter_stop_the_run(plan: Plan, count: int) -> None:
    with pytest.raises(GuardTripped) as caught:
        check_guards(plan, tracked=23)
    assert caught.value.count == count
    assert f"--allow-changes={count}" in caught.value.hint
    check_guards(plan, tracked=24)
    check_guards(plan, tracked=23, allowed=count)
    with pytest.raises(GuardTripped):
        check_guards(plan, tracked=23, allowed=count - 1)


def test_five_are_always_let_through() -> None:
    check_guards(Plan(local=changes(5, A, None)), tracked=5)


def test_bringing_pages_up_to_date_and_creating_are_never_guarded() -> None:
    plan = Plan(local=(*changes(500, A, B), *changes(500, None, A)), remote=changes(500, None, A))
    check_guards(plan, tracked=500)


def test_the_guard_says_what_it_would_do_on_each_side() -> None:
    plan = Plan(local=changes(7, A, None), remote=(*changes(8, A, None), *changes(9, A, B)))
    with pytest.raises(GuardTripped) as caught:
        check_guards(plan, tracked=24, names={"n1": "weekly.md"})
    first = "(n0, weekly.md, n2 and"
    assert caught.value.message == (
        f"This would delete 7 here {first} 4 more) and delete 8 in PostHog {first} 5 more) and "
        f"overwrite 9 in PostHog {first} 6 more), of 24 notebooks. Nothing was done."
    )
