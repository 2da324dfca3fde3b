"""Drafts: a page in which what merges is merged, and the rest stands between marks."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from nbsync.errors import FormatError
from nbsync.formats import JSON, MARKDOWN, document_of, parse, render, short_id_in, title_of
from nbsync.merge import draft, merge
from nbsync.model import Json, Notebook

ID = "aB3dE5fG"
HEAD = f'---\nshort_id: "{ID}"\n---\n\n'


def notebook(markdown: str, title: str | None = "") -> Notebook:
    return Notebook(title_of(markdown) if title == "" else title, document_of(markdown))


def drafted(
    base: Notebook | None,
    local: Notebook,
    remote: Notebook,
    *,
    suffix: str = MARKDOWN,
    like: str = "",
) -> str:
    like = like or render(local, ID, suffix)
    labels = ("this page", "PostHog, version 7")
    return draft(base, local, remote, short_id=ID, suffix=suffix, like=like, labels=labels)


def marked(local: str, remote: str, base: str | None = None) -> str:
    middle = "" if base is None else f"||||||| base\n{base}"
    return f"<<<<<<< this page\n{local}{middle}=======\n{remote}>>>>>>> PostHog, version 7\n"


def test_regions_that_overlap_stand_between_marks() -> None:
    base = notebook("# Plan\n\none\n\ntwo\n\nthree")
    local = notebook("# Plan\n\n1\n\ntwo\n\n3\n\nfour")
    remote = notebook("# Plan\n\nI\n\nTWO\n\nthree")
    text = drafted(base, local, remote)
    region = marked("1\n", "I\n", "one\n")
    assert text == f"{HEAD}# Plan\n\n{region}\nTWO\n\n3\n\nfour\n"
    assert text.replace(region, "settled\n") == f"{HEAD}# Plan\n\nsettled\n\nTWO\n\n3\n\nfour\n"


def test_a_region_at_the_end_of_the_text_is_closed_by_a_line_end() -> None:
    text = drafted(notebook("a\n\nb"), notebook("a\n\nB"), notebook("a\n\nß"))
    assert text == f"{HEAD}a\n\n" + marked("B\n", "ß\n", "b\n")
    settled = text.replace(marked("B\n", "ß\n", "b\n"), "B\n")
    assert parse(settled, MARKDOWN, like=notebook("a\n\nß")) == notebook("a\n\nB")


def test_additions_at_one_place_stand_between_marks() -> None:
    text = drafted(notebook("a"), notebook("a\n\nmine"), notebook("a\n\ntheirs"))
    assert text == f"{HEAD}a\n" + marked("\nmine\n", "\ntheirs\n", "")
    text = drafted(notebook("a\n\nb\n"), notebook("a\n\nb\n\nx\n"), notebook("a\n\nb\n\ny\n"))
    assert text == f"{HEAD}a\n\nb\n" + marked("\nx\n", "\ny\n", "")


def test_a_region_that_was_removed_is_an_empty_section() -> None:
    text = drafted(notebook("a\n\nb\n\nc"), notebook("a\n\nc"), notebook("a\n\nB\n\nc"))
    assert text == f"{HEAD}a\n\n" + marked("", "B\n\n", "b\n\n") + "c\n"


def test_without_a_base_the_marks_have_no_base_section() -> None:
    text = drafted(None, notebook("# Plan\n\na"), notebook("# Plan\n\nb"))
    assert text == f"{HEAD}# Plan\n\n" + marked("a\n", "b\n")


def test_a_paragraph_removed_here_and_moved_there_is_marked_where_it_came_to() -> None:
    text = drafted(notebook("a\n\nb\n\nc"), notebook("a\n\nb"), notebook("c\n\na\n\nb"))
    assert text == HEAD + marked("", "c\n\n") + "a\n\nb\n"


def test_two_titles_are_marked_in_the_front_matter() -> None:
    base, local = notebook("# Plan\n\na", "Old"), notebook("# Plan\n\na", 'My "own"')
    like = f'---\r\n# mine\r\nshort_id: {ID} # id\r\ntitle: My "own"\r\ntags: [a]\r\n---\r\n\r\nx'
    text = drafted(base, local, notebook("# Plan\n\nb", None), like=like)
    titles = marked('title: "My \\"own\\""\n', "title: null\n", 'title: "Old"\n')
    front = f"# mine\nshort_id: {ID} # id\n{titles}tags: [a]\n---\n\n"
    assert text == ("---\n" + front + "# Plan\n\nb\n").replace("\n", "\r\n")
    with pytest.raises(FormatError, match="markers"):
        short_id_in(text, MARKDOWN)
    text = drafted(None, local, base)
    assert marked('title: "My \\"own\\""\n', 'title: "Old"\n') in text


def test_titles_that_follow_their_headings_are_not_marked() -> None:
    text = drafted(notebook("# Plan\n\na"), notebook("# A\n\na"), notebook("# B\n\na"))
    assert text == HEAD + marked("# A\n", "# B\n", "# Plan\n") + "\na\n"


def test_a_title_that_merges_is_merged() -> None:
    base = notebook("a", "Plan")
    text = drafted(base, notebook("b", "Plan"), notebook("c", "New"))
    assert text == HEAD.replace("\n---\n", '\ntitle: "New"\n---\n') + marked("b\n", "c\n", "a\n")


def test_the_front_matter_of_the_page_is_kept() -> None:
    like = f"---\n# mine\nshort_id: {ID}\n---\nx\n"
    text = drafted(notebook("a"), notebook("b"), notebook("c"), like=like)
    assert text.startswith(f"---\n# mine\nshort_id: {ID}\n---\n<<<<<<<")


def test_what_is_no_document_on_the_other_side_is_marked_whole() -> None:
    other = Notebook("T", {"type": "page", "content": []})
    text = drafted(notebook("# T\n\na"), notebook("# T\n\nb"), other)
    content = '{\n  "type": "page",\n  "content": []\n}\n'
    assert text == HEAD + marked("# T\n\nb\n", content, "# T\n\na\n")


def rich(*texts: str) -> Json:
    return {"type": "doc", "content": [{"type": "text", "text": text} for text in texts]}


def test_json_pages_are_marked_line_by_line() -> None:
    sides = [Notebook("T", rich("a", text)) for text in ("old", "mine", "theirs")]
    text = drafted(*sides, suffix=JSON)
    lines = ['        "text": "%s"\n' % word for word in ("mine", "theirs", "old")]  # noqa: UP031 - quotes
    region = marked(lines[0], lines[1], lines[2])
    assert text.replace(region, lines[2]) == render(sides[0], ID, JSON)


def test_in_json_pages_what_merges_is_merged() -> None:
    base = Notebook("Old", rich("a", "b"))
    text = drafted(base, Notebook("A", rich("1", "b")), Notebook("B", rich("a", "2")), suffix=JSON)
    titles = [f'  "title": "{title}",\n' for title in ("A", "B", "Old")]
    region = marked(titles[0], titles[1], titles[2])
    assert text.replace(region, titles[0]) == render(Notebook("A", rich("1", "2")), ID, JSON)


def test_in_json_pages_lines_that_would_merge_into_another_block_are_marked() -> None:
    def block(kind: str, text: str) -> Notebook:
        return Notebook("T", {"type": "doc", "content": [{"type": kind, "x": 1, "text": text}]})

    base, local, remote = block("a", "a"), block("b", "a"), block("a", "b")
    assert merge(base, local, remote).regions == 1
    assert drafted(base, local, remote, suffix=JSON).count("<<<<<<< ") == 2
    assert drafted(None, local, remote, suffix=JSON).count("<<<<<<< ") == 2


WORDS = st.sampled_from(["# a", "# b", "x", "y", "", " ", "\n", "\n\n", "\n\n"])
TEXTS = st.lists(WORDS, max_size=10).map("".join)
NOTEBOOKS = st.builds(notebook, TEXTS, st.sampled_from(["", "t", "u", None]))


@given(st.none() | NOTEBOOKS, NOTEBOOKS, NOTEBOOKS, st.sampled_from([MARKDOWN, JSON]))
def test_every_region_that_overlaps_is_marked(
    base: Notebook | None, local: Notebook, remote: Notebook, suffix: str
) -> None:
    merged = merge(base, local, remote)
    assume(merged.notebook is None)
    text = drafted(base, local, remote, suffix=suffix)
    marks = [line for line in text.splitlines() if line.startswith("<<<<<<< ")]
    assert marks
    if suffix == MARKDOWN:
        assert len(marks) == merged.regions
    with pytest.raises(FormatError):
        parse(text, suffix, like=local)


@given(st.none() | NOTEBOOKS, NOTEBOOKS, NOTEBOOKS)
def test_every_line_of_both_sides_is_in_the_draft(
    base: Notebook | None, local: Notebook, remote: Notebook
) -> None:
    text = drafted(base, local, remote)
    for side in (local, remote):
        for line in set(render(side, ID, JSON).split("\\n")) & {"# a", "# b", "x", "y"}:
            assert line in text.splitlines() or (base is not None and line in str(base.content))


def test_a_draft_of_what_merges_is_the_merged_page() -> None:
    base, local, remote = notebook("# a\n\nb"), notebook("# A\n\nb"), notebook("# a\n\nB")
    assert drafted(base, local, remote) == render(notebook("# A\n\nB"), ID, MARKDOWN)
    assert drafted(base, local, remote, suffix=JSON) == render(notebook("# A\n\nB"), ID, JSON)
