"""Markdown pages: nothing of the notebook and nothing of the user's is lost on the way."""

from __future__ import annotations

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from nbsync.errors import FormatError
from nbsync.formats import (
    MARKDOWN,
    adopt,
    document_of,
    markdown_of,
    parse,
    render,
    short_id_in,
    suffix_for,
    title_of,
    why_json,
)
from nbsync.model import Json, Notebook

ID = "aB3dE5fG"
CHARACTERS = st.characters(exclude_categories=["Cs"])
TITLES = st.none() | st.text(CHARACTERS.filter(lambda c: c != "\0"), max_size=20).map(str.strip)
BODIES = st.text(CHARACTERS, max_size=40) | st.lists(
    st.sampled_from(
        ["# a", "# b ", "text", " ", "", "\n", "\r\n", "\r", "---\n", "```\n", "<A />"]
    ),
    max_size=12,
).map("".join)


def notebook(markdown: str, title: str | None = None) -> Notebook:
    return Notebook(title, document_of(markdown))


def page(front: str, body: str = "text") -> str:
    return f"---\n{front}---\n\n{body}\n"


def refusal(text: str, like: Notebook | None = None) -> FormatError:
    with pytest.raises(FormatError) as caught:
        parse(text, MARKDOWN, like=like)
    return caught.value


# --- what a page looks like ----------------------------------------------------


def test_a_title_that_follows_the_heading_is_not_written() -> None:
    text = '---\nshort_id: "aB3dE5fG"\n---\n\n# Plan\n\ntext\n'
    assert render(notebook("# Plan\n\ntext", "Plan"), ID, MARKDOWN) == text
    assert parse(text, MARKDOWN, like=None) == notebook("# Plan\n\ntext", "Plan")


@pytest.mark.parametrize(
    ("title", "line"),
    [
        ("Other", 'title: "Other"\n'),
        ("", 'title: ""\n'),
        (None, "title: null\n"),
        ("null", 'title: "null"\n'),
        ('a "b" \\ c', 'title: "a \\"b\\" \\\\ c"\n'),
        ("Été 🦔 👩\u200d👩 日本", 'title: "Été 🦔 👩\u200d👩 日本"\n'),
        (
            "a\n\tb\x07\x85\xa0\u2028\u202e",
            'title: "a\\n\\tb\\u0007\\u0085\\u00a0\\u2028\\u202e"\n',
        ),
        (" Plan ", ""),
    ],
)
def test_a_title_of_its_own_is_one_quoted_line(title: str | None, line: str) -> None:
    text = render(notebook("# Plan", title), ID, MARKDOWN)
    assert text == f'---\nshort_id: "aB3dE5fG"\n{line}---\n\n# Plan\n'
    assert parse(text, MARKDOWN, like=notebook("# Plan", title)).title == title


def test_a_title_with_a_lone_surrogate_is_an_escape_that_reads_back() -> None:
    text = render(notebook("# Plan", "a\ud800"), ID, MARKDOWN)
    assert 'title: "a\\ud800"' in text.encode().decode()
    assert parse(text, MARKDOWN, like=None).title == "a\ud800"


def test_a_null_title_without_a_heading_is_not_written() -> None:
    assert render(notebook("text"), ID, MARKDOWN) == page(f'short_id: "{ID}"\n')


def test_an_empty_notebook_is_a_page_without_a_body() -> None:
    text = render(notebook(""), ID, MARKDOWN)
    assert text == f'---\nshort_id: "{ID}"\n---\n\n'
    assert parse(text, MARKDOWN, like=None) == notebook("")
    assert parse(text.rstrip("\n"), MARKDOWN, like=None) == notebook("")


# --- the way there and back ------------------------------------------------------


@given(TITLES, BODIES)
@example(title="Plan", body="# Plan")
@example(title=None, body="\r")
@example(title=None, body="a\r\nb")
@example(title=None, body="\n\n# a\n")
def test_every_notebook_makes_the_trip(title: str | None, body: str) -> None:
    there = notebook(body, title)
    text = render(there, ID, MARKDOWN)
    assert parse(text, MARKDOWN, like=there) == there
    assert short_id_in(text, MARKDOWN) == ID
    assert why_json(there) == "" and suffix_for(there, "markdown") == MARKDOWN


@given(TITLES, BODIES)
def test_without_a_base_at_most_the_final_newline_is_lost(title: str | None, body: str) -> None:
    assume(not body.endswith("\n") or "\r" not in body)
    back = parse(render(notebook(body, title), ID, MARKDOWN), MARKDOWN, like=None)
    assert markdown_of(back.content) == body.removesuffix("\n")
    assert back.title == title


@given(TITLES, BODIES, TITLES, BODIES)
def test_an_unchanged_page_is_written_the_same(
    title: str | None, body: str, other_title: str | None, other_body: str
) -> None:
    there = notebook(body, title)
    text = render(there, ID, MARKDOWN)
    assert render(parse(text, MARKDOWN, like=there), ID, MARKDOWN, like=text) == text
    other = notebook(other_body, other_title)
    text = render(other, ID, MARKDOWN, like=text)
    assert text == render(other, ID, MARKDOWN)


# --- titles ------------------------------------------------------------------------


def test_deleting_the_heading_does_not_erase_the_title() -> None:
    like = notebook("# Plan\n\ntext", "Plan")
    assert parse(page("short_id: x\n"), MARKDOWN, like=like).title == "Plan"
    assert parse(page("short_id: x\n"), MARKDOWN, like=None).title is None
    assert parse(page("short_id: x\ntitle: null\n"), MARKDOWN, like=like).title is None


def test_editing_the_heading_edits_the_title() -> None:
    like = notebook("# Plan", "Plan")
    assert parse(page("short_id: x\n", "# New"), MARKDOWN, like=like).title == "New"


def test_a_title_that_the_server_would_strip_is_the_same_title() -> None:
    like = notebook("text", " Plan\n")
    assert parse(page("short_id: x\ntitle: Plan\n"), MARKDOWN, like=like).title == " Plan\n"
    assert parse(page('short_id: x\ntitle: " New "\n'), MARKDOWN, like=like).title == "New"


# --- line ends -----------------------------------------------------------------------


def test_a_final_newline_is_an_edit_only_where_the_base_has_one() -> None:
    text = page("short_id: x\n")
    assert parse(text, MARKDOWN, like=notebook("text")) == notebook("text")
    assert parse(text, MARKDOWN, like=notebook("text\n")) == notebook("text\n")
    assert parse(text[:-1], MARKDOWN, like=notebook("text\n")) == notebook("text")
    assert parse(text + "\n", MARKDOWN, like=notebook("text")) == notebook("text\n")


def test_a_page_that_git_gave_other_line_ends_says_the_same() -> None:
    there = notebook("# Plan\n\none\ntwo", "Plan")
    text = render(there, ID, MARKDOWN).replace("\n", "\r\n")
    assert parse(text, MARKDOWN, like=there) == there
    assert parse(text, MARKDOWN, like=None) == there
    assert short_id_in(text, MARKDOWN) == ID


def test_a_base_with_carriage_returns_keeps_them() -> None:
    there = notebook("one\r\ntwo")
    assert parse(render(there, ID, MARKDOWN), MARKDOWN, like=there) == there
    assert parse(page("short_id: x\n", "one\r\ntwo\r"), MARKDOWN, like=there) == there
    assert parse(page("short_id: x\n", "one\r\ntwo\r\nx"), MARKDOWN, like=there) != there


def test_mixed_line_ends_are_the_pages_own() -> None:
    text = page("short_id: x\n", "one\r\ntwo")
    assert markdown_of(parse(text, MARKDOWN, like=notebook("a")).content) == "one\r\ntwo"
    lone = page("short_id: x\n", "a\r")
    assert markdown_of(parse(lone, MARKDOWN, like=notebook("a\r")).content) == "a\r"


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    text = "\ufeff" + page("short_id: x\n")
    assert short_id_in(text, MARKDOWN) == "x"
    assert parse(text, MARKDOWN, like=None) == notebook("text")


# --- conflict markers -------------------------------------------------------------------

MARKED = "one\n<<<<<<< here\na\n||||||| base\nb\n=======\nc\n>>>>>>> there\ntwo"


def test_a_page_with_conflict_markers_is_refused() -> None:
    error = refusal(page("short_id: x\n", MARKED), like=notebook("one"))
    assert error.line == 6 and error.hint == "settle the marked regions, then save"
    assert refusal(page("short_id: x\n", MARKED).replace("\n", "\r\n")).line == 6


def test_conflict_markers_that_the_notebook_itself_has_are_its_text() -> None:
    there = notebook(MARKED)
    assert parse(render(there, ID, MARKDOWN), MARKDOWN, like=there) == there
    assert why_json(there) == ""


@pytest.mark.parametrize("left_out", ["<<<<<<< here\n", "=======\n", ">>>>>>> there\n"])
def test_an_incomplete_set_of_markers_is_text(left_out: str) -> None:
    text = MARKED.replace(left_out, "")
    assert parse(page("short_id: x\n", text), MARKDOWN, like=None) == notebook(text)


# --- becoming a page -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "adopted"),
    [
        ("", '---\nshort_id: "x1"\n---\n\n'),
        ("# Plan", '---\nshort_id: "x1"\n---\n\n# Plan\n'),
        ("\n# Plan\n", '---\nshort_id: "x1"\n---\n\n\n# Plan\n'),
        ("\ufeffa\r\nb", '\ufeff---\r\nshort_id: "x1"\r\n---\r\n\r\na\r\nb\r\n'),
        ("---\nnever closed", '---\nshort_id: "x1"\n---\n\n---\nnever closed\n'),
        ("---\n---\ntext", '---\nshort_id: "x1"\n---\ntext'),
        ("---\r\na: 1\r\n---\r\ntext", '---\r\nshort_id: "x1"\r\na: 1\r\n---\r\ntext'),
        ("---\ntitle: T # t\n---\n", '---\nshort_id: "x1"\ntitle: T # t\n---\n'),
        ("---\nshort_id: other\n---\n", '---\nshort_id: "x1"\n---\n'),
        ("---\nshort_id: x1\n---", "---\nshort_id: x1\n---"),
    ],
)
def test_a_file_becomes_a_page_and_keeps_all_it_has(text: str, adopted: str) -> None:
    assert adopt(text, "x1", MARKDOWN) == adopted
    assert short_id_in(adopted, MARKDOWN) == "x1"
    assert adopt(adopted, "x1", MARKDOWN) == adopted


@pytest.mark.parametrize("front", ["- a\n", "a: b: c\n", "{a: b}\n", "title: [a]\n"])
def test_a_file_whose_front_matter_cannot_be_changed_is_refused(front: str) -> None:
    with pytest.raises(FormatError) as caught:
        adopt(page(front), "x1", MARKDOWN)
    assert caught.value.line == 2 and caught.value.hint


@given(BODIES)
def test_an_adopted_text_is_the_notebooks_text(text: str) -> None:
    assume(not text.startswith("---") and "\r" not in text)
    adopted = parse(adopt(text, ID, MARKDOWN), MARKDOWN, like=None)
    assert markdown_of(adopted.content) == text.removesuffix("\n")
    assert adopted.title == title_of(text)


# --- which kind of page -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"type": "page"}, "an object of another kind"),
        ({"type": "doc", "content": "text"}, "an object of another kind"),
        ([], "a list"),
        ("text", "a text"),
        (True, "a truth value"),
        (None, "null"),
        (1, "a number"),
        (1.5, "a number"),
    ],
)
def test_a_notebook_whose_content_is_no_document_is_a_json_page(content: Json, words: str) -> None:
    there = Notebook("Plan", content)
    assert suffix_for(there, "markdown") == ".json"
    assert why_json(there) == f"its content is no document but {words}"
    with pytest.raises(FormatError, match="is no document"):
        render(there, ID, MARKDOWN)


def test_a_mirror_may_want_json_for_all() -> None:
    assert suffix_for(notebook("# Plan"), "json") == ".json"
