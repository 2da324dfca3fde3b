"""JSON pages: the notebook as it is."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbsync.errors import FormatError
from nbsync.formats import JSON, adopt, document_of, parse, render, short_id_in
from nbsync.formats.jsonplaces import trouble
from nbsync.model import Json, Notebook, parse_json

ID = "aB3dE5fG"
CHARACTERS = st.characters(exclude_categories=["Cs"])
TITLES = st.none() | st.text(CHARACTERS, max_size=10).map(str.strip)
VALUES: st.SearchStrategy[Json] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=10,
)

PAGE = """{
  "short_id": "x1",
  "title": "Plan",
  "content": {
    "b": 1,
    "a": "é"
  }
}
"""


def refusal(text: str) -> FormatError:
    with pytest.raises(FormatError) as caught:
        parse(text, JSON, like=None)
    return caught.value


def test_a_json_page_keeps_the_order_of_keys() -> None:
    there = Notebook("Plan", {"b": 1, "a": "é"})
    assert render(there, "x1", JSON) == render(there, "x1", JSON, like="anything") == PAGE
    assert parse(PAGE, JSON, like=None) == there
    assert short_id_in(PAGE, JSON) == "x1"
    assert parse("\ufeff" + PAGE.replace("\n", "\r\n"), JSON, like=None) == there


@given(TITLES, VALUES)
def test_every_notebook_makes_the_trip(title: str | None, value: Json) -> None:
    there = Notebook(title, parse_json(json.dumps(value)))  # as PostHog's database keeps it
    text = render(there, ID, JSON)
    text.encode()
    assert parse(text, JSON, like=there) == parse(text, JSON, like=None) == there
    assert render(parse(text, JSON, like=there), ID, JSON, like=text) == text
    assert short_id_in(text, JSON) == ID


def test_a_title_that_is_left_out_is_the_one_it_was() -> None:
    text = '{"short_id": "x1", "content": null}'
    assert parse(text, JSON, like=Notebook("Plan", None)).title == "Plan"
    assert parse(text, JSON, like=None).title is None


def test_a_title_that_the_server_would_strip_is_the_same_title() -> None:
    text = '{"short_id": "x1", "title": "Plan ", "content": null}'
    assert parse(text, JSON, like=Notebook(" Plan", None)).title == " Plan"
    assert parse(text, JSON, like=Notebook("Other", None)).title == "Plan"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '"short_id content"',
        '{"short_id": "x1"}',
        '{"content": {}}',
        '{"name": "config", "content":\n',
    ],
)
def test_a_text_without_id_and_content_is_nobodys_business(text: str) -> None:
    assert short_id_in(text, JSON) is None


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('{\n  "short_id": "x1",\n  "content": {}\n  "title": 1}', 4, "',' delimiter"),
        ('{\n  "short_id": "x-1",\n  "content": {}}', 2, '"x-1"'),
        ('{\n\n  "short_id": 12,\n  "content": {}}', 3, "12"),
        ('{\n  "short_id": "x1",\n  "content": [\n"1e999", 1e999]}', 4, "1e999"),
        ('{\n  "short_id": "x1",\n  "content": -Infinity}', 3, "Infinity"),
        (f'{{\n  "short_id": "x1",\n  "content": {"9" * 5_000}}}', 3, "5000 digits"),
        ('{\n  "short_id": "x1",\n  "content": ' + "[" * 5_000, 3, "deeply"),
        ('{\n"short_id": "x1",\n"content": {"a": 1,\n"b": 2, "a": 3}}', 4, '"a" stands twice'),
        ('{"short_id": "x1", "content": 1,\n"content": 2}', 2, '"content" stands twice'),
        ('{\n  "short_id": "x1",\n<<<<<<< a\n=======\n>>>>>>> b\n}', 3, "markers"),
    ],
)
def test_an_id_that_cannot_be_told_is_refused_with_its_line(
    text: str, line: int, words: str
) -> None:
    with pytest.raises(FormatError, match=words) as caught:
        short_id_in(text, JSON)
    assert caught.value.line == line and caught.value.hint
    assert refusal(text).line == line


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("[]", 1, "no object"),
        ('{"short_id": "x1"}', 1, "content"),
        ('{"content": {}}', 1, "no short_id"),
        ('{"short_id": "x1",\n"title": 5, "content": {}}', 2, "title is no text"),
        ('{"short_id": "x1", "content": {},\n"version": 5}', 2, '"version"'),
        ('{"short_id": "x1", "content":\n<<<<<<< a\n1\n=======\n2\n>>>>>>> b\n}', 2, "markers"),
    ],
)
def test_a_page_that_is_none_is_refused_with_its_line(text: str, line: int, words: str) -> None:
    error = refusal(text)
    assert error.line == line and words in error.message and error.hint


def test_content_is_read_or_refused_however_deep_it_is() -> None:
    outcomes = set()
    for depth in range(900, 1_100):
        try:
            parse(f'{{"short_id": "x1", "content": {"[" * depth}{"]" * depth}}}', JSON, like=None)
        except FormatError as error:
            outcomes.add(error.message)
    assert all("nested too deeply" in message for message in outcomes)


@pytest.mark.parametrize("levels", [809, 810])
def test_the_deepest_page_is_the_same_for_every_interpreter(levels: int) -> None:
    text = '{"short_id": "x1", "content": ' + "[\n" * levels + "]" * levels + "}"
    if levels == 809:
        there = parse(text, JSON, like=None)
        assert parse(render(there, "x1", JSON), JSON, like=there) == there
        assert trouble(text) is None
    else:
        error = refusal(text)
        assert "nested too deeply" in error.message and error.line == 810
        with pytest.raises(FormatError):
            adopt(text, "x2", JSON)


def test_a_wide_page_is_not_a_deep_one() -> None:
    there = Notebook("T", [{"a": []} for _ in range(2_000)])
    assert parse(render(there, "x1", JSON), JSON, like=None) == there


def test_the_trouble_of_a_number_that_is_long_is_told_briefly() -> None:
    text = '{"short_id": "x1", "content": ' + "9" * 400 + ".5}"
    assert len(refusal(text).message) < 120


def test_lone_surrogates_are_read_and_written_as_escapes() -> None:
    text = '{"short_id": "x1", "title": "\\ud800", "content": "\\udfff"}'
    there = parse(text, JSON, like=None)
    assert (there.title, there.content) == ("\ud800", "\udfff")
    assert parse(render(there, "x1", JSON).encode().decode(), JSON, like=None) == there


def test_a_json_text_becomes_a_page() -> None:
    adopted = '{\n  "short_id": "x1",\n  "title": "T",\n  "content": {}\n}\n'
    assert adopt('{"content": {}, "title": "T"}', "x1", JSON) == adopted
    assert adopt('{"content": {}, "short_id": "y", "title": "T"}', "x1", JSON) == adopted
    assert adopt(adopted, "x1", JSON) == adopted
    adopted = adopt('{"content": "\\ud800"}', "x1", JSON)
    assert parse(adopted.encode().decode(), JSON, like=None) == Notebook(None, "\ud800")


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"content": {}, "type": "doc"}'])
def test_a_json_text_that_is_no_notebook_does_not(text: str) -> None:
    with pytest.raises(FormatError) as caught:
        adopt(text, "x1", JSON)
    assert caught.value.line == 1 and caught.value.hint


def test_a_markdown_notebook_may_be_a_json_page() -> None:
    there = Notebook("Plan", document_of("# Plan"))
    assert parse(render(there, ID, JSON), JSON, like=there) == there
