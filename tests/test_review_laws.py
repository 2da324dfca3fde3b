"""Laws of what comes from elsewhere: foreign headers, and front matter of the user's own."""

from __future__ import annotations

import yaml
from hypothesis import given
from hypothesis import strategies as st

from nbsync.api.answers import told_to_wait
from nbsync.formats import document_of, parse, render
from nbsync.formats.frontmatter import split
from nbsync.model import Notebook

OTHERS = ("tags: [a, b]\n", "# mine\n", "nested:\n  title: inner\n", "note: |\n  short_id: no\n\n")
TITLES = ("", "title: T\n", "title: |\n  T\n", "title: >-\n  T\n  U\n", '"title": T # mine\n')
FRONTS = st.tuples(st.sampled_from(TITLES), st.lists(st.sampled_from(OTHERS), unique=True)).flatmap(
    lambda parts: st.permutations(['short_id: "aB3"\n', parts[0], *parts[1]]).map("".join)
)


@given(st.text() | st.from_regex(r"[A-Z][a-z]{2}, \d{1,5} [A-Z][a-z]{2} \d+ [\d:]+ [+-]?\w*"))
def test_whatever_retry_after_says_it_is_at_least_a_second_or_nothing(text: str) -> None:
    wait = told_to_wait({"retry-after": text}, now=1_700_000_000.0)
    assert wait is None or wait >= 1


@given(FRONTS, st.sampled_from(["\n", "\r\n"]), st.sampled_from(["T2", "H", 'a "b": #c', "0x1"]))
def test_a_new_title_leaves_every_other_key_and_comment(front: str, end: str, title: str) -> None:
    page = f"---\n{front}---\n\n# H\n".replace("\n", end)
    after = render(Notebook(title, document_of("# H")), "aB3", ".md", like=page)
    assert parse(after, ".md", like=None).title == title
    sheet = split(after)
    assert sheet is not None
    assert sheet.front.count("# mine") == front.count("# mine")
    was, now = yaml.safe_load(front), yaml.safe_load(sheet.front.replace("\r\n", "\n"))
    assert was | {"title": title} == now | {"title": title}
