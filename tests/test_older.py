"""Older texts: how each of them comes back into the page, and is sent as an edit."""

from __future__ import annotations

from contextlib import suppress

import pytest

from nbsync import formats
from nbsync.errors import AuthError, NbsyncError
from nbsync.model import Json, Page, Report
from nbsync.sync.older import find_here, find_there
from nbsync.sync.resolving import resolve_each
from nbsync.sync.restoring import bring_back_one
from past import ID, PAGE, Pair, pair_with_a_past
from world import Clock, Killed

RICH: Json = {"type": "doc", "content": [{"type": "paragraph"}]}


@pytest.fixture
def pair() -> Pair:
    return pair_with_a_past()


@pytest.mark.parametrize("number", [0, 1, 2])
def test_an_older_version_comes_back_as_an_edit_that_goes_through_push(
    pair: Pair, number: int
) -> None:
    before = pair.page
    (done,) = pair.restore(str(number)).changes
    assert (done.action, done.version, done.note) == ("update", number, "")
    assert pair.page == before.replace("Text 3.", f"Text {number}.")
    assert before in {kept.text for kept in pair.store.kept(ID)}
    (sent,) = pair.sync("push").changes
    assert sent.version == 4
    assert pair.there == f"# Plan\n\nText {number}."
    assert pair.sync().changes == ()


def test_an_older_text_is_meant_even_where_the_index_is_lost_before_the_push(pair: Pair) -> None:
    pair.store.forget_index()
    pair.restore("2")
    assert [done.action for done in pair.sync().changes] == ["update"]
    assert pair.there == "# Plan\n\nText 2."


def test_a_version_of_the_log_has_the_title_that_it_had_last() -> None:
    pair = Pair("No heading.")
    pair.server.edit(ID, title="Second")
    pair.edit_there("Text 1.")
    pair.server.edit(ID, title="Third", content=formats.document_of("Text 2."))
    pair.sync()
    pair.restore("1")
    assert pair.page == f'---\nshort_id: "{ID}"\ntitle: "Second"\n---\n\nText 1.\n'
    found = find_there(pair.mirror(), ID, 2)
    assert found is not None
    assert (found.notebook.title, found.version) == ("Third", 2)


def test_a_version_that_changed_nothing_has_the_content_of_its_neighbour() -> None:
    pair = Pair()
    for text in ("A", "A", "B", "B"):
        pair.edit_there(text)
    for number, text in enumerate(["# Plan\n\nText 0.", "A", "A", "B", "B"]):
        found = find_there(pair.mirror(), ID, number)
        assert found is not None, number
        assert formats.markdown_of(found.notebook.content) == text


def test_of_an_unknown_version_no_more_is_read_than_tells_so(pair: Pair) -> None:
    pair.server.read = 0
    assert find_there(pair.mirror(), ID, 99) is None
    assert pair.server.read == 1
    pair.server.refusal = AuthError("no")
    assert find_here(pair.mirror(), ID, "@00000000") is None
    with pytest.raises(AuthError):
        find_there(pair.mirror(), ID, 0)


def test_a_version_before_the_log_begins_is_not_found(pair: Pair) -> None:
    pair.server.writes = pair.server.writes[2:]
    assert find_there(pair.mirror(), ID, 0) is None


def test_front_matter_of_the_users_own_stays(pair: Pair) -> None:
    pair.edit("---\n\n", "tags: [a]  # mine\n---\n\n")
    pair.restore("0")
    assert pair.page == f'---\nshort_id: "{ID}"\ntags: [a]  # mine\n---\n\n# Plan\n\nText 0.\n'


def test_of_a_page_text_its_notebook_comes_back_and_its_front_matter_does_not(pair: Pair) -> None:
    pair.edit("---\n\n", "tags: [then]\n---\n\n")
    pair.edit("Text 3.", "Mine alone.")
    pair.restore("2")
    pair.edit("tags: [then]", "tags: [now]")
    (key,) = (entry.key for entry in pair.log() if entry.key)
    (done,) = pair.restore(f"@{key}").changes
    assert (done.action, done.version) == ("update", None)
    assert "Mine alone." in pair.page
    assert "tags: [now]" in pair.page


def test_a_missing_page_comes_back_at_an_older_version(pair: Pair) -> None:
    pair.files.files.clear()
    (done,) = pair.restore("0").changes
    assert (done.action, done.path) == ("create", PAGE)
    assert pair.sync("push").changes[0].action == "update"
    assert pair.there == "# Plan\n\nText 0."


def test_a_missing_page_comes_back_as_the_text_that_was_kept_with_its_front_matter(
    pair: Pair,
) -> None:
    pair.edit("---\n\n", "tags: [then]\n---\n\n")
    pair.edit("Text 3.", "Mine alone.")
    mine = pair.page
    pair.restore("2")
    pair.files.files.clear()
    (key,) = (entry.key for entry in pair.log() if entry.key)
    pair.restore(f"@{key}")
    assert pair.page == mine


def test_a_kept_text_that_is_another_notebooks_page_gets_this_ones_id(pair: Pair) -> None:
    pair.store.keep_text(Page(ID, PAGE, "---\nshort_id: other\n# mine\n---\n\nStrange.\n"))
    pair.files.files.clear()
    (key,) = (entry.key for entry in pair.log() if entry.key)
    pair.restore(f"@{key}")
    assert "# mine\n" in pair.page
    assert pair.page.endswith("---\n\nStrange.\n")
    assert formats.short_id_in(pair.page, ".md") == ID


def test_a_kept_record_has_a_key_as_well(pair: Pair) -> None:
    key = next(kept.key for kept in pair.store.kept(ID) if kept.record and kept.record.version == 0)
    assert pair.restore(f"@{key}").changes[0].version == 0


def test_the_version_that_a_page_says_is_brought_back_by_doing_nothing(pair: Pair) -> None:
    before = dict(pair.files.files)
    assert pair.restore("3") == Report(tracked=1, requests=pair.server.requests)
    assert pair.files.files == before


def test_a_stale_page_that_says_the_older_text_is_meant_from_now_on(pair: Pair) -> None:
    pair.edit("Text 3.", "Text 2.")
    pair.store.forget_index()  # as in a fresh clone: an earlier text is no edit
    assert pair.sync("push").changes == ()
    (done,) = pair.restore("2").changes
    assert (done.action, done.version) == ("keep", 2)
    pair.sync("push")
    assert pair.there == "# Plan\n\nText 2."


def test_a_page_that_cannot_be_read_is_replaced_and_kept(pair: Pair) -> None:
    broken = pair.page + "\n<<<<<<< a\n=======\n>>>>>>> b\n"
    pair.page = broken
    assert pair.restore("0").changes
    assert "Text 0." in pair.page
    assert broken in {kept.text for kept in pair.store.kept(ID)}


def test_in_conflict_the_page_is_the_users_and_the_conflict_stays_open(pair: Pair) -> None:
    pair.edit("Text 3.", "Ours.")
    pair.edit_there("# Plan\n\nTheirs.")
    pair.sync()
    (done,) = pair.restore("0").changes
    assert done.note == "the conflict stays open"
    assert pair.sync().conflicts
    assert "Text 0." in pair.page
    resolve_each(pair.mirror(), [ID], ours=True)
    pair.sync()
    assert pair.there == "# Plan\n\nText 0."


def test_an_older_version_of_another_form_is_refused(pair: Pair) -> None:
    other = Pair(form="json")
    other.server.edit(ID, content=RICH)
    other.sync()
    (problem,) = other.restore("0").problems
    assert "is Markdown, and the notebook is rich text now" in problem.error
    assert problem.hint.startswith(f"nbsync log {ID}")
    other.edit_there("Markdown again.")
    other.sync()
    (problem,) = other.restore("1").problems
    assert "is rich text, and the notebook is Markdown now" in problem.error
    assert other.restore("0").changes


def test_a_kept_text_that_is_no_page_is_refused_and_it_is_said_where_it_lies(pair: Pair) -> None:
    pair.store.keep_text(Page(ID, PAGE, "no page at all"))
    (key,) = (entry.key for entry in pair.log() if entry.key)
    with pytest.raises(NbsyncError, match="cannot be read as a page") as caught:
        pair.restore(f"@{key}")
    assert f".nbsync/history/{ID}/page-{key}" in caught.value.hint


def test_a_text_that_would_make_the_page_unreadable_is_refused(pair: Pair) -> None:
    pair.edit_there("# Plan\n\n<<<<<<< a\n=======\n>>>>>>> b")
    pair.sync()
    pair.edit_there("# Plan\n\nText 5.")
    pair.sync()
    before = pair.page
    (problem,) = pair.restore("4").problems
    assert "Version 4" in problem.error and "cannot be its page" in problem.error
    assert pair.page == before


@pytest.mark.parametrize("now", ["A.", "A.\n", "A.\n\n", "", "\n"])
@pytest.mark.parametrize("then", ["B.", "B.\n", "B.\n\n", "", "\n"])
@pytest.mark.parametrize("crlf", [False, True])
def test_final_newlines_come_back_as_they_were(now: str, then: str, *, crlf: bool) -> None:
    pair = Pair(then)
    pair.edit_there(now)
    pair.sync()
    if crlf:
        pair.page = pair.page.replace("\n", "\r\n")
    pair.restore("0")
    pair.sync("push")
    assert pair.there == then


def test_a_page_without_a_base_gets_the_text_and_is_not_taken_for_more(pair: Pair) -> None:
    pair.store._bases.clear()
    pair.store.forget_index()
    pair.store.keep_text(Page(ID, PAGE, pair.page.replace("Text 3.", "Mine.")))
    key = next(kept.key for kept in pair.store.kept(ID) if "Mine." in kept.text)
    assert pair.restore(f"@{key}").changes
    assert "Mine." in pair.page
    assert pair.sync().conflicts


def test_a_page_that_is_not_there_and_has_no_base_comes_back_all_the_same(pair: Pair) -> None:
    pair.server.bin(ID)
    pair.sync()
    assert pair.files.files == {}
    assert pair.restore("2").changes[0].action == "create"
    assert "Text 2." in pair.page


@pytest.mark.parametrize("after", [False, True])
def test_killed_at_any_step_a_restore_loses_nothing_and_can_be_said_again(*, after: bool) -> None:
    for kill_at in range(1, 5):
        pair = Pair()
        pair.edit_there("# Plan\n\nText 1.")
        pair.sync()
        pair.edit("Text 1.", "Mine alone.")
        mine = pair.page
        older = find_here(pair.mirror(), ID, "0")
        assert older is not None
        with suppress(Killed):
            bring_back_one(pair.mirror(Clock(kill_at, after=after)), ID, older)
        assert mine == pair.page or mine in {kept.text for kept in pair.store.kept(ID)}
        pair.restore("0")
        pair.sync()
        assert pair.there == "# Plan\n\nText 0."


def test_a_page_edited_in_that_very_moment_is_not_overwritten(pair: Pair) -> None:
    clock = Clock()

    def meanwhile(name: str) -> None:
        if name == "keep_text":
            pair.edit("Text 3.", "Just now.")

    clock.before_effect = meanwhile
    older = find_here(pair.mirror(), ID, "0")
    assert older is not None
    (problem,) = bring_back_one(pair.mirror(clock), ID, older).problems
    assert "changed" in problem.error
    assert "Just now." in pair.page
