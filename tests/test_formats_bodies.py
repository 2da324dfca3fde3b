"""The text of a page, in whichever of the two forms the notebook's document has."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nbsync.errors import FormatError
from nbsync.formats import (
    MARKDOWN,
    NEW_DOCUMENT,
    body_of,
    content_of,
    document_of,
    has_page_tags,
    heading_of,
    page_key,
    page_tokens,
    parse,
    render,
    suffix_for,
    why_json,
)
from nbsync.model import Json, Notebook

ID = "aB3dE5fG"
HEAD = f'---\nshort_id: "{ID}"\n'


def words(text: str, *marks: str) -> Json:
    node: dict[str, Json] = {"type": "text", "text": text}
    return node | ({"marks": [{"type": mark} for mark in marks]} if marks else {})


def block(kind: str, *content: Json, **attrs: Json) -> Json:
    node: dict[str, Json] = {"type": kind}
    return node | ({"attrs": attrs} if attrs else {}) | ({"content": [*content]} if content else {})


def para(text: str) -> Json:
    return block("paragraph", words(text))


def heading(text: str, level: Json = 1, **attrs: Json) -> Json:
    return block("heading", words(text), level=level, **attrs)


def document(*blocks: Json, **others: Json) -> Json:
    return {"type": "doc", "content": [*blocks], **others}


RICH = document(heading("Plan", **{"data-toc-id": "t1"}), para("One."), block("paragraph"))


# --- bodies ------------------------------------------------------------------------------


def test_a_body_is_the_markdown_or_the_document_as_markdown() -> None:
    assert body_of(document_of("# Plan\n")) == "# Plan\n"
    assert body_of(RICH) == "# Plan\n\nOne.\n\n<Paragraph />"
    assert body_of({"type": "doc"}) == body_of(document()) == ""


@pytest.mark.parametrize("content", [None, "text", [], 1, {"type": "page"}, {"content": []}])
def test_what_is_no_document_has_no_body_and_no_heading(content: Json) -> None:
    assert body_of(content) is None
    assert heading_of(content) is None


def test_a_body_is_read_in_the_form_of_what_it_stands_on() -> None:
    fresh = content_of("# Plan\n\nOne.", like=NEW_DOCUMENT.content)
    assert fresh == document(heading("Plan"), para("One."))
    assert content_of("# Plan", like=None) == document_of("# Plan")
    markdown = document_of("# Plan")
    assert content_of("# Plan\n\n<Paragraph />", like=markdown) == document_of(
        "# Plan\n\n<Paragraph />"
    )


def test_a_body_that_was_not_edited_is_the_document_and_an_edit_keeps_the_rest() -> None:
    body = body_of(RICH) or ""
    assert content_of(body, like=RICH) == RICH
    edited = content_of(body.replace("One.", "Two."), like={**_object(RICH), "x": 1})
    first = heading("Plan", **{"data-toc-id": "t1"})
    assert edited == document(first, para("Two."), block("paragraph"), x=1)


def _object(value: Json) -> dict[str, Json]:
    assert isinstance(value, dict)
    return value


def test_a_heading_is_the_first_of_level_1_in_either_form() -> None:
    assert heading_of(document_of("## Not\n\n# Plan *b*\n\n# Other")) == "Plan b"
    assert heading_of(document_of("# Plan"), "# At hand") == "At hand"
    bold = block("heading", words("Plan "), words("b", "bold"), level=1)
    assert heading_of(document(heading("Not", 2), bold, heading("Other"))) == "Plan b"
    assert heading_of(document(para("# no"), heading(" "))) is None


# --- keys of pages -----------------------------------------------------------------------


def test_a_page_has_one_key_whatever_its_document_holds_beside() -> None:
    other = document(heading("Plan", id="t2"), para("One."), block("paragraph"), x=1)
    one, two = Notebook("Plan", RICH), Notebook("Plan", other)
    assert one.key != two.key
    assert page_key(one) == page_key(two) != one.key
    assert page_key(one) != page_key(Notebook("Other", RICH))
    assert page_key(one) != page_key(Notebook("Plan", document(heading("Plan"))))
    assert page_key(one) != page_key(Notebook("Plan", document_of(body_of(RICH) or "")))


@pytest.mark.parametrize("content", [document_of("# Plan"), None, "text", {"type": "page"}])
def test_what_says_all_in_its_page_has_the_key_of_the_notebook(content: Json) -> None:
    there = Notebook("Plan", content)
    assert page_key(there) == there.key


# --- tags that are not Markdown's -------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "a <Mark highlight>b</Mark>",
        "a</Mark>",
        "<Paragraph />",
        "<Paragraph/>",
        "<Node attrs={{}}>",
        "</Node>",
        "| <Cell colspan={2}>a</Cell> |",
        "| <Header>a</Header> |",
        "a <Break />b",
        'a<Char code="U+2028" />',
        '<Backlink href="/x" />',
        "<ReplayTimestamp playbackTime={1} />",
        "<Query query={`\nselect 1\n`} />",
        '<Query query={{\n  "query": `\n    select 1\n    `\n}} />',
        "<Query list={[`\na\n`, `\nb\n`]} />",
    ],
)
def test_a_tag_of_rich_text_pages_is_seen(text: str) -> None:
    assert has_page_tags(text)
    assert has_page_tags(f"One.\n\n{text}\n\nTwo.", like="One.\n\nTwo.")
    assert not has_page_tags(f"One.\n\n{text}\n\nTwo.", like=f"Else.\n\n{text}")


@pytest.mark.parametrize(
    "text",
    ["", "a", "<Query query={{}} />", "<Nodes />", "<Marker>", "a `\n", "<u>a</u>", "<Charcoal />"],
)
def test_what_markdown_notebooks_know_themselves_is_none(text: str) -> None:
    assert not has_page_tags(text)


# --- tokens ----------------------------------------------------------------------------------


def test_a_block_of_a_page_is_one_token_whatever_lines_are_in_it() -> None:
    tag = "<Query query={`\n  select 1\n\n  from x\n`} />"
    assert page_tokens(f"a\nb\n\n{tag}\n\nc") == ["a\nb", "\n\n", tag, "\n\n", "c"]
    item = "- a\n\n  b"
    assert page_tokens(f"{item}\n\n<Paragraph />") == [item, "\n\n", "<Paragraph />"]


@pytest.mark.parametrize(
    "body", ["", "a\n\n\n\nb", "a\n", "# a\nb", "<Query query={", "<Node>\n\na", "```\nx\n\ny"]
)
def test_a_page_that_is_laid_out_otherwise_or_never_ends_is_cut_like_markdown(body: str) -> None:
    assert "".join(page_tokens(body)) == body
    assert len(page_tokens(body)) % 2 == 1


TEXTS = st.lists(
    st.sampled_from(["# a", "b", "- c", "  d", "\n", "\n\n", "```\n", "<Node>", "</Node>", "> e"]),
    max_size=12,
).map("".join)


@given(TEXTS)
@example("")
def test_tokens_are_all_of_the_text(body: str) -> None:
    tokens = page_tokens(body)
    assert "".join(tokens) == body and len(tokens) % 2 == 1


# --- pages -----------------------------------------------------------------------------------


def test_a_rich_text_page_has_a_title_of_its_own_only_where_the_heading_is_another() -> None:
    text = render(Notebook("Plan", RICH), ID, MARKDOWN)
    assert text == f"{HEAD}---\n\n# Plan\n\nOne.\n\n<Paragraph />\n"
    assert parse(text, MARKDOWN, like=Notebook("Plan", RICH)) == Notebook("Plan", RICH)
    text = render(Notebook("Own", RICH), ID, MARKDOWN)
    assert text.startswith(f'{HEAD}title: "Own"\n---\n')
    assert parse(text, MARKDOWN, like=Notebook("Own", RICH)) == Notebook("Own", RICH)


def test_a_rich_text_page_in_crlf_stays_so_and_is_no_edit() -> None:
    there = Notebook("Plan", RICH)
    text = render(there, ID, MARKDOWN).replace("\n", "\r\n")
    assert parse(text, MARKDOWN, like=there) == there
    assert render(there, ID, MARKDOWN, like=text) == text


@pytest.mark.parametrize("front", ["", "# mine\ntags: [a]\n"])
def test_an_error_names_the_line_of_the_page(front: str) -> None:
    text = f"{HEAD}{front}---\n\n# Plan\n\n<Foo />\n"
    with pytest.raises(FormatError, match="Foo") as caught:
        parse(text, MARKDOWN, like=Notebook("Plan", RICH))
    assert caught.value.line == 7 + front.count("\n") and caught.value.hint


def test_a_page_that_never_ends_is_refused_with_the_line_where_it_begins() -> None:
    with pytest.raises(FormatError) as caught:
        parse(f"{HEAD}---\n\n```\nx\n", MARKDOWN, like=NEW_DOCUMENT)
    assert caught.value.line == 5


def test_what_is_nested_more_than_500_levels_is_a_json_page() -> None:
    node = para("deep")
    for _ in range(248):
        node = block("blockquote", node)
    assert why_json(Notebook("T", document(para("x"), node))) != ""
    assert suffix_for(Notebook("T", document(para("x"), node)), "markdown") == ".json"
    inner = _object(node)["content"]
    assert isinstance(inner, list)
    assert why_json(Notebook("T", document(*inner))) == ""
    assert "500 levels" in why_json(Notebook("T", document(node)))


@pytest.mark.parametrize("x", [float("inf"), float("-inf"), float("nan")])
def test_what_would_not_come_back_exactly_is_a_json_page(x: float) -> None:
    there = Notebook("T", document(block("ph-query", x=x)))
    assert why_json(there) == "its text would not come back from a page as it is"
    assert suffix_for(there, "markdown") == ".json"
