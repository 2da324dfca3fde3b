"""Pages as editors and git leave them: line ends, marks, final newlines, through every path."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory import MemoryDirectory, MemoryStore
from memory_server import MemoryServer
from mirrors import asked, edit, go, markdown_on, opened, sync, there
from nbsync import formats
from nbsync.sandbox import Sandbox
from nbsync.sync import Mirror, run
from nbsync.sync.resolving import resolve_each

ID, PAGE = "aB3dE5fG", "aB3dE5fG.md"
TEXT = "# W\n\nOne.\n\nTwo.\n\nThree."


def with_crlf(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))


@pytest.fixture
def mirror(sandbox: Sandbox, tmp_path: Path) -> Path:
    sandbox.seed(short_id=ID, title="W", content=sandbox.markdown(TEXT))
    go(tmp_path, sandbox, "pull")
    asked(sandbox)
    return tmp_path


def test_a_page_saved_with_crlf_is_no_edit(sandbox: Sandbox, mirror: Path) -> None:
    with_crlf(mirror / PAGE)
    before = (mirror / PAGE).read_bytes()
    assert sync(mirror, sandbox).changes == ()
    assert asked(sandbox) == [("GET", "?limit=100&offset=0")]
    assert (mirror / PAGE).read_bytes() == before


def test_an_edit_of_a_crlf_page_is_sent_with_lf_and_the_page_is_not_rewritten(
    sandbox: Sandbox, mirror: Path
) -> None:
    with_crlf(mirror / PAGE)
    edit(mirror / PAGE, "Two.", "Two, here.")
    before = (mirror / PAGE).read_bytes()
    go(mirror, sandbox, "push")
    assert markdown_on(sandbox, ID) == TEXT.replace("Two.", "Two, here.")
    assert (mirror / PAGE).read_bytes() == before
    assert sync(mirror, sandbox).changes == ()


@pytest.mark.parametrize("way", ["pull", "merge"])
def test_a_crlf_page_that_is_brought_up_has_line_ends_of_one_kind(
    sandbox: Sandbox, mirror: Path, way: str
) -> None:
    with_crlf(mirror / PAGE)
    if way == "merge":
        edit(mirror / PAGE, "Three.", "Three, here.")
    there(sandbox, ID, "One.", "One, there.")
    sync(mirror, sandbox)
    data = (mirror / PAGE).read_bytes()
    assert b"One, there." in data
    assert data.count(b"\r\n") in {0, data.count(b"\n")}


def test_a_crlf_page_in_conflict_is_left_as_it_is_and_sent_with_lf(
    sandbox: Sandbox, mirror: Path
) -> None:
    with_crlf(mirror / PAGE)
    edit(mirror / PAGE, "One.", "One, here.")
    there(sandbox, ID, "One.", "One, there.")
    before = (mirror / PAGE).read_bytes()
    assert len(sync(mirror, sandbox).conflicts) == 1
    assert (mirror / PAGE).read_bytes() == before
    with opened(mirror, sandbox) as opened_mirror:
        resolve_each(opened_mirror, [ID], ours=True)
    go(mirror, sandbox, "push")
    assert markdown_on(sandbox, ID) == TEXT.replace("One.", "One, here.")
    assert (mirror / PAGE).read_bytes() == before


def test_a_byte_order_mark_stays_through_push_pull_and_merge(
    sandbox: Sandbox, mirror: Path
) -> None:
    page = mirror / PAGE
    page.write_bytes(b"\xef\xbb\xbf" + page.read_bytes())
    assert sync(mirror, sandbox).changes == ()
    edit(page, "Two.", "Two, here.")
    go(mirror, sandbox, "push")
    assert markdown_on(sandbox, ID) == TEXT.replace("Two.", "Two, here.")
    there(sandbox, ID, "One.", "One, there.")
    edit(page, "Three.", "Three, here.")
    sync(mirror, sandbox)
    assert page.read_bytes().startswith(b"\xef\xbb\xbf---\n")
    assert "\ufeff" not in markdown_on(sandbox, ID)


def test_keys_and_comments_of_the_user_stay_through_a_merge(sandbox: Sandbox, mirror: Path) -> None:
    page = mirror / PAGE
    edit(page, f'short_id: "{ID}"\n', f'# mine\ntags: [a, b]\nshort_id: "{ID}"  # keep\n')
    edit(page, "Three.", "Three, here.")
    there(sandbox, ID, "One.", "One, there.")
    sync(mirror, sandbox)
    assert page.read_text().startswith(f'---\n# mine\ntags: [a, b]\nshort_id: "{ID}"  # keep\n---')
    assert sync(mirror, sandbox).changes == ()


def test_a_page_without_its_final_newline_is_no_edit(sandbox: Sandbox, mirror: Path) -> None:
    page = mirror / PAGE
    page.write_bytes(page.read_bytes().removesuffix(b"\n"))
    assert sync(mirror, sandbox).changes == ()
    assert not page.read_bytes().endswith(b"\n")


class Pair:
    """A mirror and a server in memory, with one notebook."""

    def __init__(self, markdown: str, title: str | None = "W", form: str = "markdown") -> None:
        self.server = MemoryServer()
        self.files = MemoryDirectory()
        self.store = MemoryStore()
        self.form = form
        self.server.seed(ID, title, formats.document_of(markdown))
        self.sync()

    def sync(self, *halves: str) -> Any:
        mirror = Mirror(self.files, self.server, self.store, self.form)
        halves = halves or ("pull", "push")
        return run(mirror, pull="pull" in halves, push="push" in halves)

    @property
    def there(self) -> str:
        text = formats.markdown_of(self.server.live()[ID].content)
        assert text is not None
        return text

    def writes(self) -> list[str]:
        return [write.by for write in self.server.writes if write.by == "nbsync"]


BODIES = st.lists(
    st.sampled_from(["", "One.", "Two.", "# W", " ", "```", "- a", "\r"]), max_size=6
).flatmap(lambda lines: st.sampled_from(["\n", "\n\n", "\r\n"]).map(lambda end: end.join(lines)))
ENDS = st.sampled_from(["", "\n", "\n\n", "\r\n"])


@given(first=BODIES, second=BODIES, end=ENDS)
@settings(max_examples=40)
def test_whatever_the_server_says_the_page_says_it_and_nothing_is_sent_back(
    first: str, second: str, end: str
) -> None:
    pair = Pair(first + end)
    pair.server.edit(ID, content=formats.document_of(second))
    report = pair.sync()
    assert report.conflicts == () == report.problems
    assert pair.there == second
    assert pair.writes() == []
    assert pair.sync().changes == ()


@pytest.mark.parametrize(
    ("first", "second"),
    [("", "\n\n"), ("One.", "Two.\n"), ("\n\n\n", "\n"), ("One.\r\nTwo.", "One.\nTwo.")],
)
def test_a_page_that_says_what_the_server_says_is_no_edit_of_an_older_base(
    first: str, second: str
) -> None:
    pair = Pair(first)
    bases = dict(pair.store._bases)
    pair.server.edit(ID, content=formats.document_of(second))
    pair.sync()
    pair.store._bases = bases  # git took the base back alone
    pair.store.forget_index()
    report = pair.sync()
    assert pair.writes() == []
    assert report.conflicts == ()
    assert pair.there == second


@given(first=BODIES, end=ENDS, line_end=st.sampled_from(["\n", "\r\n"]))
@settings(max_examples=40)
def test_a_word_put_at_the_end_of_a_page_is_all_that_is_sent(
    first: str, end: str, line_end: str
) -> None:
    pair = Pair(first + end)
    text = str(pair.files.files[PAGE])
    closed = text if text.endswith(("\n", "\r")) else text + line_end
    pair.files.files[PAGE] = f"{closed}{line_end}word{line_end}"
    pair.sync("push")
    assert "word" in pair.there
    assert pair.there.startswith((first + end).rstrip("\r\n"))
    assert pair.sync().changes == ()


@pytest.mark.parametrize("body", ["Text.", "", "## Two"])
def test_a_title_given_to_an_untitled_notebook_is_written_into_its_page(body: str) -> None:
    pair = Pair(body, title=None)
    pair.server.edit(ID, title="Given there")
    pair.sync()
    assert 'title: "Given there"' in str(pair.files.files[PAGE])
