"""The values: JSON as PostHog keeps it, records as the API returns them, and who is offline."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbsync.errors import Unavailable
from nbsync.model import (
    Base,
    BaseInfo,
    Json,
    Notebook,
    Page,
    canonical,
    digest,
    parse_json,
    record_of,
    row_token,
)
from nbsync.sync.offline import Offline

ANSWER: dict[str, Json] = {
    "id": "u",
    "short_id": "aB3dE5fG",
    "title": "T",
    "content": {"b": 1, "a": [1.5]},
    "version": 3,
    "deleted": False,
    "last_modified_at": "2026-11-23T05:36:38.516172Z",
    "last_modified_by": {
        "uuid": "x",
        "first_name": "Ana",
        "last_name": "B",
        "email": "a@b.c",
        "id": 7,
    },
    "created_by": None,
    "user_access_level": "manager",
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("-0.0", 0.0),
        ("1e16", 10**16),
        ("1e300", int(Decimal("1e300"))),
        ("1e-400", 0.0),
        ("1.10", 1.1),
        ("1e2", 100.0),
        ("12345678901234567.5", 12345678901234568),
        ("1.0", 1.0),
        ("1", 1),
        ("123456789012345678901234567890", 123456789012345678901234567890),
        ('{"a": 1, "a": 2}', {"a": 2}),
    ],
)
def test_numbers_and_keys_are_read_as_the_database_keeps_them(text: str, value: Json) -> None:
    read = parse_json(text)
    assert read == value
    assert type(read) is type(value)
    assert not str(read).startswith("-")


@pytest.mark.parametrize(
    "text", ["NaN", "Infinity", "-Infinity", "1e400", "-1e999", "[" * 5000, "{"]
)
def test_what_is_no_value_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_json(text)


def test_a_value_nested_too_deeply_has_no_canonical_text() -> None:
    value: Json = []
    for _ in range(5000):
        value = [value]
    with pytest.raises(ValueError, match="nested too deeply"):
        canonical(value)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(JSON_VALUES)
def test_key_order_decides_nothing_and_values_all(value: Json) -> None:
    shuffled = parse_json(json.dumps(value)[::1])
    assert Notebook("t", value) == Notebook("t", shuffled)
    assert Notebook("t", value) != Notebook("u", value)
    assert Notebook("t", value) != Notebook("t", [value])


def test_a_title_that_is_none_is_not_one_that_is_empty() -> None:
    assert Notebook(None, 1) != Notebook("", 1)
    assert row_token("t", None) != row_token("t", "")
    assert row_token("t", None) != row_token("t", "-")


def test_true_is_not_one_and_one_is_not_its_float() -> None:
    assert Notebook("t", True) != Notebook("t", 1)
    assert Notebook("t", 1) != Notebook("t", 1.0)


def test_a_record_leaves_out_what_depends_on_who_asks() -> None:
    record = record_of(ANSWER)
    assert "user_access_level" not in record.fields
    assert record.fields["last_modified_by"] == {"uuid": "x", "name": "Ana B", "email": "a@b.c"}
    assert record.fields["created_by"] is None
    assert record_of(dict(record.fields)) == record
    assert record_of(dict(record.fields)).fields == record.fields


def test_a_record_and_what_is_told_of_its_base_have_one_stamp() -> None:
    record = record_of(ANSWER)
    info = BaseInfo("digest", record.token, record.version, record.notebook.title)
    assert info.stamp == record.stamp
    assert Base(record).earlier == ()


@pytest.mark.parametrize(
    ("person", "by"),
    [
        ({"first_name": "Ana", "last_name": "B", "email": "a@b.c"}, "Ana B"),
        ({"first_name": "", "email": "a@b.c"}, "a@b.c"),
        ({"first_name": ""}, ""),
        (None, ""),
    ],
)
def test_who_changed_a_notebook_is_told_by_name_or_else_by_address(person: Json, by: str) -> None:
    assert record_of({**ANSWER, "last_modified_by": person}).by == by


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        [],
        {},
        {**ANSWER, "short_id": 7},
        {**ANSWER, "title": 7},
        {**ANSWER, "version": "3"},
        {**ANSWER, "last_modified_at": None},
        {name: value for name, value in ANSWER.items() if name != "content"},
    ],
)
def test_an_answer_that_is_no_notebook_is_refused(wrong: Json) -> None:
    with pytest.raises(ValueError, match=r"."):
        record_of(wrong)


def test_a_pages_token_is_its_texts_digest() -> None:
    assert Page("x", "x.md", "text").token == digest("text")
    assert len(digest("\ud800")) == 32


def test_offline_nothing_is_asked() -> None:
    server = Offline()
    record = record_of(ANSWER)
    assert list(server.fetch(())) == []
    asks: list[Callable[[], object]] = [
        lambda: list(server.fetch(["x"])),
        lambda: server.scan(None),
        lambda: server.create("x", record.notebook),
        lambda: server.update(record, record.notebook),
        lambda: server.undelete(record),
        lambda: server.delete(record),
    ]
    for ask in asks:
        with pytest.raises(Unavailable, match="offline"):
            ask()
