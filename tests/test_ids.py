"""Ids of pages that are to become notebooks: the same for the same page, on every machine."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nbsync.sync.ids import derive_id


@given(st.lists(st.text()))
def test_an_id_is_ten_letters_and_digits_and_follows_from_its_parts(parts: list[str]) -> None:
    short_id = derive_id(*parts)
    assert short_id == derive_id(*parts)
    assert len(short_id) == 10
    assert short_id.isascii() and short_id.isalnum()


def test_an_id_that_is_taken_is_not_given_again() -> None:
    taken: set[str] = set()
    for _ in range(5):
        taken.add(derive_id("host 1", "notes.md", "text", taken=taken))
    assert len(taken) == 5


def test_parts_do_not_run_into_each_other() -> None:
    assert derive_id("a", "bc") != derive_id("ab", "c")
