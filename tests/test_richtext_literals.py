"""JSON values on a page read back as they were written, also after a person's edits."""

from __future__ import annotations

import json
from textwrap import dedent

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nbsync.errors import FormatError
from nbsync.formats.richtext.literals import has_lines, read_value, value_end, write_value
from nbsync.model import Json, canonical, parse_json

ODD = "`\\\n\n\n\r\t \"'{}[]<>/|&*_é\x00\x07\x7f\x85\xa0\u2028\u2029\ufeff\ud83d🦔"
TEXTS = st.text() | st.text(ODD) | st.lists(st.text(" \t`\\ax"), max_size=5).map("\n".join)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS


def kept(value: Json) -> Json:
    """The value as a base holds it: its numbers and characters are those that JSON has."""
    return parse_json(json.dumps(value))


VALUES = st.recursive(
    SCALARS.filter(lambda value: value not in (float("inf"), float("-inf"))),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXTS, inner, max_size=5),
).map(kept)
INDENTS = st.none() | st.integers(0, 9)


def nested(levels: int) -> Json:
    value: Json = "a\nb"
    for level in range(levels):
        value = {"select": value} if level % 2 else [value]
    return value


def laid_out(text: str) -> str:
    """A text of the tests, without the indentation it has here."""
    return dedent(text).strip("\n")


def value_of(text: str) -> Json:
    value, end = read_value(text, 0)
    assert end == len(text)
    return value


def read_or_refusal(source: str) -> tuple[Json, int] | FormatError:
    try:
        return read_value(source, 0)
    except FormatError as error:
        return error


def refusal(source: str, start: int = 0) -> FormatError:
    with pytest.raises(FormatError) as caught:
        read_value(source, start)
    assert caught.value.hint
    return caught.value


@given(VALUES, INDENTS, st.sampled_from(["", "x", "a\n `", '"{']))
@example(["\n", "\n\n", " \n ", "a\n\n  b\n", "\\`\n`\\", "\ta\n b"], 3, "")
def test_a_value_that_was_written_reads_as_itself(
    value: Json, indent: int | None, before: str
) -> None:
    text = write_value(value, indent=indent)
    source = f"{before}{text}}} />"
    read, end = read_value(source, len(before))
    assert canonical(read) == canonical(value)
    assert end == len(before) + len(text) == value_end(source, len(before))


@given(st.lists(st.text('ab \t`\\"{}').map(str.rstrip), min_size=2), st.integers(0, 4))
def test_a_text_stays_what_it_is_when_an_editor_takes_trailing_blanks_or_moves_it(
    lines: list[str], columns: int
) -> None:
    value: Json = {"sql": "\n".join(lines), "inner": ["\n".join(lines), 1]}
    written = write_value(value, indent=2).split("\n")
    assert value_of("\n".join(line.rstrip() for line in written)) == value
    assert value_of("\n".join(" " * columns + line if line else "" for line in written)) == value


@given(VALUES, INDENTS)
def test_what_is_written_can_be_kept_and_seen_in_any_editor(
    value: Json, indent: int | None
) -> None:
    text = write_value(value, indent=indent)
    text.encode()
    assert not set(text) & set("\x00\x07\r\x7f\x85\u2028\u2029\ufeff")
    assert indent is not None or "\n" not in text
    assert not text.startswith((" ", "\n"))


@given(VALUES)
def test_keys_stand_in_the_order_they_have(value: Json) -> None:
    for indent in (None, 2):
        read, _ = read_value(write_value(value, indent=indent), 0)
        assert json.dumps(read) == json.dumps(value)


@pytest.mark.parametrize("indent", [None, 0, 4])
@pytest.mark.parametrize("levels", [49, 50, 51, 52, 500])
def test_values_nested_500_levels_deep_read_as_themselves(levels: int, indent: int | None) -> None:
    value = nested(levels)
    text = write_value(value, indent=indent)
    assert canonical(value_of(text)) == canonical(value)
    assert max(len(line) - len(line.lstrip()) for line in text.split("\n")) <= 110


def test_an_object_is_laid_out_as_a_person_would() -> None:
    query: Json = {
        "kind": "DataTableNode",
        "source": {"kind": "HogQLQuery", "query": "SELECT *\n  FROM `events`\n\nLIMIT 5"},
        "series": [{"event": "$pageview"}, {"event": "sign up"}],
        "columns": ["*", "person", "timestamp"],
        "long": ["a" * 40, "b" * 40],
        "filters": {"dateRange": {"from": "-7d", "to": None}, "open": []},
        "rows": [[1, 2], []],
    }
    expected = r"""
        {
          "kind": "DataTableNode",
          "source": {
            "kind": "HogQLQuery",
            "query": `
              SELECT *
                FROM \`events\`

              LIMIT 5
            `
          },
          "series": [
            {"event": "$pageview"},
            {"event": "sign up"}
          ],
          "columns": ["*", "person", "timestamp"],
          "long": [
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
          ],
          "filters": {"dateRange": {"from": "-7d", "to": null}, "open": []},
          "rows": [
            [1, 2],
            []
          ]
        }
    """
    assert write_value(query, indent=0) == laid_out(expected)
    assert value_of(laid_out(expected)) == query


def test_lines_are_laid_out_at_72_columns() -> None:
    for length, lines in ((46, 3), (47, 6)):
        value: Json = {"a": {"key": "x" * length, "b": 1}}
        text = write_value(value, indent=0)
        assert text.count("\n") + 1 == lines
        assert max(map(len, text.split("\n"))) <= 72


@pytest.mark.parametrize(
    "text", ["no line end", "a\r\nb", "a\n\u2028", "a\n\x07", "a\n\x85", "a\n\ufeff", "a\n\ud800"]
)
def test_a_text_that_lines_cannot_show_stays_a_json_string(text: str) -> None:
    assert not has_lines([{"a": text}])
    written = write_value([text], indent=0)
    assert "`" not in written
    assert value_of(written) == [text]


def test_a_text_of_lines_is_found_wherever_it_is() -> None:
    assert has_lines("a\n")
    assert has_lines([1, {"a": [None, {"b": "\n"}]}])
    assert not has_lines({"a\nb": ["a", 1, {}]})


def test_compact_values_are_as_posthog_writes_them() -> None:
    value: Json = {"é": [1, 1.5, True, None, "a\nb"], "b": {}}
    assert write_value(value, indent=None) == '{"é":[1,1.5,true,null,"a\\nb"],"b":{}}'


@pytest.mark.parametrize(
    ("literal", "text"),
    [
        ("`\n  a\n    b\n`", "a\n  b"),
        ("`\n      a\n    b\n  `", "  a\nb"),
        ("`\n a\n  b\n`", "a\n b"),
        ("`\na\n  b\n`", "a\n  b"),
        ("`\na\n\n b\n    `", "a\n\n b"),
        ("`\n  a\n\n  b\n`", "a\n\nb"),
        ("`\n  a\n \n   \n  b\n`", "a\n\n \nb"),
        ("` \n  a\n\tb\n`", "  a\n\tb"),
        ("`\n\n  a\n\n`", "\na\n"),
        ("`\r\n  a\r\n  b\r\n`", "a\nb"),
        ("`\n`", ""),
        ("`\n\n`", ""),
        ("``", ""),
        ("`one line`", "one line"),
        ("`\n  \\d \\\\ \\` \\\n`", "\\d \\ ` \\"),
    ],
)
def test_a_text_that_a_person_edited_reads_as_it_looks(literal: str, text: str) -> None:
    assert value_of(literal) == text
    assert value_of(f'[{{"a":{literal}}},{literal}]') == [{"a": text}, text]


@pytest.mark.parametrize(
    ("source", "line", "words"),
    [
        ("oops", 1, "is no JSON"),
        ("", 1, "is empty"),
        ("\n\n }", 3, "is empty"),
        ('{\n"a": `\n  x\n`,\n"b" 1}', 5, "is no JSON"),
        ('{\n"a": `\n  x\n`,\n"a": 1}', 5, 'the key "a" stands twice'),
        ("[\n1,\n1e999]", 3, "1e999"),
        (f"[1,\n{'9' * 4301}]", 2, "4301 digits"),
        ("{\n[", 1, "a } is missing"),
        ('{\n"a": "x,\n"b": ""}', 2, "a quote that is never closed"),
        ("[\n1,\n `x]", 3, "a quote that is never closed"),
        ('"x\n"', 1, "never ends"),
        ("`x\ny", 1, "never ends"),
        ("{\n`a\n b\n`}", 2, "backticks do not stand alone"),
        ("{\n`\n a`}", 3, "backticks do not stand alone"),
        (f"\n{'[' * 900}{']' * 900}", 2, "nested too deeply"),
    ],
)
def test_what_is_no_value_is_refused_with_its_line(source: str, line: int, words: str) -> None:
    for before in ("", "\n\nx"):
        error = refusal(before + source, len(before))
        assert words in error.message
        assert error.line == line + before.count("\n")


def test_a_value_may_have_white_space_before_it_and_anything_after_it() -> None:
    assert read_value(" \n [1] ]", 0) == ([1], 6)
    assert read_value("null}", 0) == (None, 4)


@pytest.mark.parametrize("filler", ['"', "{", "[", "`", "\\", "<A ", "}", "`\n", "{}", "[1,", "\n"])
def test_a_long_line_of_anything_is_read_or_refused(filler: str) -> None:
    many = filler * (200_000 // len(filler))
    for source in (many, f'{{"a":{many}}}', f"`\n{many}\n`", f'["{many}"]'):
        read = read_or_refusal(source)
        assert read.line if isinstance(read, FormatError) else read[1] <= len(source)
