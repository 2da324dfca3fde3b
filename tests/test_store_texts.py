"""The one text that a JSON object has on disk, whichever way it is laid out."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from nbsync.model.values import DEEPEST
from nbsync.store.texts import Fields, text_of
from nbsync.sync.work import Paths

_TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
_NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
_VALUES = st.recursive(
    st.none() | st.booleans() | _NUMBERS | _TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(st.text('ab\n"é'), inner),
)


@given(st.dictionaries(st.text("abc"), _VALUES))
def test_a_text_is_what_pythons_own_json_would_lay_out(fields: Fields) -> None:
    expected = json.dumps(fields, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False)
    assert text_of(fields) == expected + "\n"


def test_what_is_nested_as_deeply_as_a_content_may_be_has_a_text() -> None:
    fields: Fields = {"a": 1}
    for level in range(DEEPEST // 2):
        fields = {"a": [fields, level]}
    assert json.loads(text_of(fields)) == fields


def test_places_that_are_taken_are_told_in_one_list_for_as_long_as_there_are_only_more() -> None:
    paths = Paths({"one": "one.md"})
    told = paths.taken
    paths["two"] = "two.md"
    paths["one"] = "one.md"
    assert paths.taken is told == ["one.md", "two.md"]
    paths["two"] = "two.json"
    assert paths.taken == ["one.md", "two.json"]
    assert (paths.lift("one"), paths.taken) == ("one.md", ["two.json"])
