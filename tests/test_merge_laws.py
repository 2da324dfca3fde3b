"""Laws of merging: what either side did is in the result, and nothing else is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import combinations

import pytest
from hypothesis import given, settings

from merge_edits import SIDES, Blocks, Sides, as_markdown, as_rich_text, markdown, words
from nbsync.formats import MARKDOWN, body_of, parse, render
from nbsync.merge import draft, merge
from nbsync.model import Notebook, canonical

pytestmark = pytest.mark.laws  # long, and in a run of its own without coverage

ID = "aB3dE5fG"
Form = Callable[[Blocks], Notebook]
FORMS: list[Form] = [as_markdown, as_rich_text]
both_forms = pytest.mark.parametrize("form", FORMS, ids=["markdown", "rich text"])


def notebooks(sides: Sides, form: Form) -> tuple[Notebook, Notebook, Notebook]:
    return form(sides.base), form(sides.local), form(sides.remote)


def an_unchanged_side_gives_the_other(sides: Sides, form: Form) -> None:
    base, local, remote = notebooks(sides, form)
    for new in (local, remote):
        assert merge(base, new, base).notebook == new
        assert merge(base, base, new).notebook == new
        assert merge(base, new, new).notebook == new


def the_sides_may_change_places(sides: Sides, form: Form) -> None:
    base, local, remote = notebooks(sides, form)
    here, there = merge(base, local, remote), merge(base, remote, local)
    assert here.notebook == there.notebook
    assert (here.notebook is None) == (here.regions > 0) == (there.regions > 0)


def every_word_is_there_as_often_as_the_changes_say(sides: Sides, form: Form) -> None:
    base, local, remote = notebooks(sides, form)
    merged = merge(base, local, remote).notebook
    if merged is None:
        return
    was, here, there, now = (
        Counter(words(body_of(each.content) or "")) for each in (base, local, remote, merged)
    )
    for word in was | here | there | now:
        if here[word] == was[word]:
            assert now[word] == there[word], word
        elif there[word] == was[word]:
            assert now[word] == here[word], word
        else:
            assert here[word] == there[word] == now[word], word


def what_one_side_put_in_another_order_is_in_that_order(sides: Sides, form: Form) -> None:
    base, local, remote = notebooks(sides, form)
    merged = merge(base, local, remote).notebook
    if merged is None:
        return
    orders = [words(body_of(each.content) or "") for each in (base, local, remote, merged)]
    # the keys of an object have no order, and in rich text props are an object's
    props = {word for block in sides.base if block.kind == "props" for word in words(block.text)}
    ordered = set(orders[3]) - (props if form is as_rich_text else set())
    shared = [word for word in ordered if all(order.count(word) == 1 for order in orders)]
    was, here, there, now = ([word for word in order if word in shared] for order in orders)
    if here == was:
        assert now == there
    elif there == was:
        assert now == here
    places = [{word: at for at, word in enumerate(order)} for order in (here, there, now)]
    for one, other in combinations(shared, 2):
        ours, theirs, found = (place[one] < place[other] for place in places)
        assert found in (ours, theirs), (one, other)


def what_no_page_shows_is_kept(sides: Sides, form: Form) -> None:
    base, local, remote = notebooks(sides, form)
    merged = merge(base, local, remote).notebook
    if merged is None:
        return
    was, here, there, now = (
        Counter(words(canonical(each.content))) for each in (base, local, remote, merged)
    )
    for word in here | there:
        if word not in was:
            assert now[word], word


def a_result_reads_back(sides: Sides, form: Form) -> None:
    base, local, remote = notebooks(sides, form)
    merged = merge(base, local, remote).notebook
    if merged is not None:
        page = render(merged, ID, MARKDOWN)
        assert parse(page, MARKDOWN, like=remote if form is as_markdown else merged) == merged


def every_word_of_a_conflict_is_in_its_draft(sides: Sides, form: Form) -> None:
    base, local, remote = notebooks(sides, form)
    merged = merge(base, local, remote)
    if merged.notebook is not None:
        return
    page = render(local, ID, MARKDOWN)
    labels = ("here", "there")
    text = draft(base, local, remote, short_id=ID, suffix=MARKDOWN, like=page, labels=labels)
    was, here, there = (set(words(markdown(s))) for s in (sides.base, sides.local, sides.remote))
    assert (here | there) - was | here & there <= set(words(text))
    assert text.count("<<<<<<< here") == merged.regions


LAWS = [
    an_unchanged_side_gives_the_other,
    the_sides_may_change_places,
    every_word_is_there_as_often_as_the_changes_say,
    what_one_side_put_in_another_order_is_in_that_order,
    what_no_page_shows_is_kept,
    a_result_reads_back,
    every_word_of_a_conflict_is_in_its_draft,
]


@both_forms
@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
@given(sides=SIDES)
def test_of_random_edits(sides: Sides, law: Callable[[Sides, Form], None], form: Form) -> None:
    law(sides, form)


@pytest.mark.soak
@both_forms
@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
@settings(max_examples=20_000)
@given(sides=SIDES)
def test_of_many_random_edits(sides: Sides, law: Callable[[Sides, Form], None], form: Form) -> None:
    law(sides, form)
