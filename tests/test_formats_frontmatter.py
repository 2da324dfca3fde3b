"""Front matter: read as text, changed in place, and otherwise left alone."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from nbsync.errors import FormatError
from nbsync.formats import MARKDOWN, document_of, parse, render, short_id_in
from nbsync.formats.frontmatter import read
from nbsync.formats.inplace import quoted
from nbsync.model import Notebook

ID = "aB3dE5fG"
CHARACTERS = st.characters(exclude_categories=["Cs"])
TITLES = st.none() | st.text(CHARACTERS.filter(lambda c: c != "\0"), max_size=20).map(str.strip)


def notebook(markdown: str, title: str | None = None) -> Notebook:
    return Notebook(title, document_of(markdown))


def page(front: str, body: str = "text") -> str:
    return f"---\n{front}---\n\n{body}\n"


def refusal(text: str) -> FormatError:
    with pytest.raises(FormatError) as caught:
        parse(text, MARKDOWN, like=None)
    return caught.value


# --- the user's own front matter ----------------------------------------------------

FRONTS = st.lists(
    st.sampled_from(
        [
            *("# mine\n", "tags: [a, 'b']  # why\n", "\n", "n:\n  title: x\n  y: [z]\n"),
            *("Title: T\n", "s: |\n  text\n\n  more\n", "'quoted key': &a {b: c}\n", "e:\n"),
        ]
    ),
    unique=True,
    max_size=5,
).map("".join)


def is_readable(front: str) -> bool:
    try:
        read(front)
    except FormatError:
        return False
    return True


@given(
    FRONTS, FRONTS, TITLES, TITLES, st.sampled_from(["\n", "\r\n"]), st.sampled_from(["", "\ufeff"])
)
def test_the_users_keys_and_comments_stay_byte_for_byte(
    above: str, below: str, title: str | None, other: str | None, end: str, mark: str
) -> None:
    def text(lines: str) -> str:
        front = f"---\n{above}{lines}{below}---\n\n".replace("\n", end)
        return f"{mark}{front}body\n"

    assume(is_readable(f'{above}short_id: "{ID}"\n{below}'))
    before = text(f'short_id: "{ID}"\ntitle: {quoted(title)}\n')
    after = text(f'short_id: "{ID}"\n' + (f"title: {quoted(other)}\n" if other is not None else ""))
    assert render(notebook("body", other), ID, MARKDOWN, like=before) == after
    assert parse(before, MARKDOWN, like=None) == notebook("body", title)


@pytest.mark.parametrize(
    ("before", "title", "after"),
    [
        ("short_id: x1\n", None, "short_id: x1\n"),
        ("short_id: 'x1' # id\n", "T", "short_id: 'x1' # id\ntitle: \"T\"\n"),
        ("short_id: y2 # id\n", None, 'short_id: "x1" # id\n'),
        ("a: 1\n", "T", 'short_id: "x1"\ntitle: "T"\na: 1\n'),
        ("", None, 'short_id: "x1"\n'),
        ("title: T\nshort_id: x1\n", "T", "title: T\nshort_id: x1\n"),
        ("title: Old # why\nshort_id: x1\n", "T", 'title: "T" # why\nshort_id: x1\n'),
        ("title: Old # why\nshort_id: x1\n", None, "# why\nshort_id: x1\n"),
        ("title:\nshort_id: x1\n", "T", 'title: "T"\nshort_id: x1\n'),
        ("title: # why\nshort_id: x1\n", "T", 'title: "T" # why\nshort_id: x1\n'),
        ("title: |\n  Old\n\n# why\nshort_id: x1\n", "T", 'title: "T"\n\n# why\nshort_id: x1\n'),
        ("title: |\n  Old\n\n# why\nshort_id: x1\n", None, "\n# why\nshort_id: x1\n"),
        ("short_id: |-\n  x1\na: 1\n", "T", 'short_id: |-\n  x1\ntitle: "T"\na: 1\n'),
        ("title: Old\n  and\n  more\nshort_id: x1\n", "T", 'title: "T"\nshort_id: x1\n'),
        ('title: "Old\n  more"\nshort_id: x1\n', None, "short_id: x1\n"),
        ("? title\n: Old\nshort_id: x1\n", "T", '? title\n: "T"\nshort_id: x1\n'),
        ("{short_id: x1, title: Old}\n", "T", '{short_id: x1, title: "T"}\n'),
        ("a: &a T\ntitle: &t Old\nshort_id: x1\n", "T", 'a: &a T\ntitle: "T"\nshort_id: x1\n'),
        ("a: &a T\ntitle: *a\nshort_id: x1\n", "T", "a: &a T\ntitle: *a\nshort_id: x1\n"),
    ],
)
def test_keys_are_changed_in_place(before: str, title: str | None, after: str) -> None:
    text = render(notebook("body", title), "x1", MARKDOWN, like=page(before, "old"))
    assert text == page(after, "body")


@pytest.mark.parametrize(
    "front",
    [
        "{a: b, c: d}\n",
        "{short_id: x1}\n",
        "{short_id: x1, title: Old, a: b}\n",
        "a: &a Old\ntitle: *a\nshort_id: x1\n",
        "title: &a Old\na: *a\nshort_id: x1\n",
    ],
)
def test_front_matter_that_cannot_be_changed_in_place_is_refused(front: str) -> None:
    like = page(front)
    with pytest.raises(FormatError, match="cannot change in place") as caught:
        render(notebook("body", None if "Old, a: b" in front else "T"), "x1", MARKDOWN, like=like)
    assert caught.value.hint


def test_a_page_without_an_empty_line_keeps_none_unless_the_body_needs_it() -> None:
    like = '---\nshort_id: "x1"\n---\nold\n'
    assert parse(like, MARKDOWN, like=None) == notebook("old")
    assert render(notebook("new"), "x1", MARKDOWN, like=like) == like.replace("old", "new")
    text = render(notebook("\nnew"), "x1", MARKDOWN, like=like)
    assert text == '---\nshort_id: "x1"\n---\n\n\nnew\n'
    closed = '---\r\nshort_id: "x1"\r\n---  '
    assert render(notebook("new"), "x1", MARKDOWN, like=closed) == closed + "\r\nnew\r\n"


def test_a_text_without_front_matter_lends_nothing() -> None:
    assert render(notebook("new"), "x1", MARKDOWN, like="old") == page('short_id: "x1"\n', "new")


# --- reading front matter ---------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("123", "123"),
        ("2024-01-01", "2024-01-01"),
        ("yes", "yes"),
        ("1e3", "1e3"),
        ("null", None),
        ("~", None),
        ("", None),
        ('"null"', "null"),
        ("'~'", "~"),
        ("!!str null", "null"),
        ("Ann's plan", "Ann's plan"),
        ("|\n  two\n  lines", "two\nlines"),
        (">-\n  folded\n  line", "folded line"),
        ("plain\n  goes on", "plain goes on"),
        ('"\\U0001F994 \\u00e9"', "🦔 é"),
        ("  padded  ", "padded"),
        ('" padded "', "padded"),
    ],
)
def test_a_title_is_read_as_the_text_that_stands_there(written: str, title: str | None) -> None:
    text = page(f"short_id: x1\ntitle: {written}\n", "# Heading")
    assert parse(text, MARKDOWN, like=None).title == title


@pytest.mark.parametrize("short_id", ["0x12ab34", "01234567", "123", "1e5", "yes", "null1"])
@pytest.mark.parametrize(
    "form", ["short_id: {}", "short_id: '{}'", '"short_id": "{}"', "{{short_id: {}}}"]
)
def test_an_id_that_looks_like_a_number_is_no_number(short_id: str, form: str) -> None:
    assert short_id_in(page(form.format(short_id) + "\n"), MARKDOWN) == short_id


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# Heading\n\ntext",
        "---\ntext",
        "---",
        "----\nshort_id: x\n---\n",
        "text\n---\nshort_id: x\n---\n",
        page("title: x\n"),
        page("about: short_id\n"),
        page("- short_id\n"),
        page("note: the short_id: of it\n"),
        page("nested:\n  short_id: x1\n"),
        page(""),
    ],
)
def test_a_text_without_a_short_id_is_nobodys_business(text: str) -> None:
    assert short_id_in(text, MARKDOWN) is None


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("---\nshort_id: x\n\ntext", 1, "not closed"),
        (page("a: 1\nshort_id: x-1\n"), 3, '"x-1"'),
        (page("short_id:\n"), 2, "null"),
        (page('short_id: ""\n'), 2, '""'),
        (page(f"short_id: {'x' * 33}\n"), 2, "1 to 32"),
        (page("short_id: été\n"), 2, "ASCII"),
        (page("short_id: [x]\n"), 2, "no text"),
        (page("short_id: x\na: 1\nshort_id: y\n"), 4, "twice"),
        (page('short_id: "x"\nshort_id: "x"\n'), 3, "twice"),
        (page("short_id: x\ntitle: a: b\n"), 3, "no YAML"),
        (page("short_id: x\ntitle: 'a\n"), 4, "no YAML"),
        (page("short_id: x\na: *b\n"), 3, "undefined alias"),
        (page("short_id: x\na: \x07\n"), 3, "no YAML"),
        (page('short_id: x\na: "\\UFFFFFFFF"\n'), 2, "no YAML"),
        (page("short_id: x\na: " + "[" * 700 + "\n"), 2, "nested too deeply"),
        (page("short_id: x\na: " + "- " * 9000 + "\n"), 3, "no YAML"),
        (page("short_id: x\n" + "# a\n" * 30_000), 2, "longer than 100000 characters"),
        (page("short_id: x\n<<<<<<< a\ntitle: a\n=======\ntitle: b\n>>>>>>> b\n"), 3, "markers"),
    ],
)
def test_an_id_that_cannot_be_told_is_refused_with_its_line(
    text: str, line: int, words: str
) -> None:
    with pytest.raises(FormatError, match=words) as caught:
        short_id_in(text, MARKDOWN)
    assert caught.value.line == line and caught.value.hint
    assert refusal(text).line == line or "not closed" in words


@given(st.text(CHARACTERS, max_size=60), st.sampled_from(["", "short_id: x\n", "short_id:"]))
def test_whatever_stands_in_a_file_is_read_or_refused(text: str, head: str) -> None:
    refusals: list[FormatError] = []
    for whole in (head + text, f"---\n{head}{text}\n---\n"):
        try:
            short_id_in(whole, MARKDOWN)
            parse(whole, MARKDOWN, like=None)
        except FormatError as error:
            refusals.append(error)
    assert all(error.message and error.hint and error.line for error in refusals)


@given(st.lists(st.text(CHARACTERS, max_size=20), min_size=2, max_size=2), st.booleans())
def test_reading_without_yaml_and_with_it_gives_the_same(words: list[str], crlf: bool) -> None:  # noqa: FBT001 - hypothesis passes it by name
    front = f"short_id: {quoted(words[0])}\ntitle: {quoted(words[1])}\n"
    front = front.replace("\n", "\r\n") if crlf else front
    quick, slow = read(front), read(front + "# a comment\n")
    assert quick == slow
    assert [entry.value for entry in quick.values()] == words


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("text", 1, "no front matter"),
        (page("title: x\n"), 1, "no short_id"),
        (page("- a\n"), 2, "no keys"),
        (page("short_id: x\ntitle: [a]\n"), 3, "title is no text"),
        (page("short_id: x\ntitle: {a: b}\n"), 3, "title is no text"),
        (page("short_id: x\ntitle: a\ntitle: a\n"), 4, "title stands there twice"),
    ],
)
def test_a_page_that_is_none_is_refused_with_its_line(text: str, line: int, words: str) -> None:
    error = refusal(text)
    assert error.line == line and words in error.message and error.hint


PROGRAM = """
import sys
from nbsync import formats
text = sys.argv[1]
assert formats.short_id_in(text, ".md") == "x1"
assert formats.render(formats.parse(text, ".md", like=None), "x1", ".md", like=text) == text
assert not {"yaml", "merge3"} & sys.modules.keys()
"""


def test_front_matter_in_our_own_hand_is_read_without_loading_yaml() -> None:
    text = page('short_id: "x1"\ntitle: "Plan"\n')
    subprocess.run([sys.executable, "-c", PROGRAM, text], check=True)
