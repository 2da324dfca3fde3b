"""Inside the filter, outside, deleted: what a mirror does for each, and with how many requests."""

from __future__ import annotations

from pathlib import Path

import pytest

from filtered import HEAD, MINE, WHOLE, go, looked, opened, uuid
from mirrors import asked, edit, markdown_on, pages, there, touched
from mirrors import go as go_unfiltered
from nbsync.errors import ConfigError, GuardTripped
from nbsync.model import ME, Selection, Side
from nbsync.sandbox import Sandbox
from nbsync.sync import run
from nbsync.sync.pages import add

WEEKLY = Selection(titles=("Weekly*",))
FOUND = Selection(search="needle")
FOUND_HEAD = ("GET", "?limit=100&offset=0&search=needle")
FOUND_WHOLE = ("GET", "?limit=1000&offset=0&search=needle")


def seed(sandbox: Sandbox, short_id: str, title: str, *, by: str = "ana") -> None:
    text = f"# {title}\n\nOne needle.\n\nTwo."
    content = sandbox.markdown(text)
    sandbox.seed(short_id=short_id, title=title, content=content, text_content=text, created_by=by)


@pytest.fixture
def three(sandbox: Sandbox, tmp_path: Path) -> Path:
    """A weekly notebook of Ana's and one of Ben's, and another one of his."""
    seed(sandbox, "one", "Weekly one")
    seed(sandbox, "two", "Weekly two", by="ben")
    seed(sandbox, "far", "Monthly", by="ben")
    return tmp_path


@pytest.fixture
def weekly(three: Path, sandbox: Sandbox) -> Path:
    """A mirror of the weekly ones, pulled."""
    go(three, sandbox, WEEKLY, "pull")
    asked(sandbox)
    return three


@pytest.fixture
def found(three: Path, sandbox: Sandbox) -> Path:
    """A mirror of what a search finds, which is all, pulled."""
    go(three, sandbox, FOUND, "pull")
    assert len(pages(three)) == 3
    asked(sandbox)
    return three


def retitle(sandbox: Sandbox, short_id: str, old: str, new: str) -> None:
    there(sandbox, short_id, old, new, title=new)


def lose(sandbox: Sandbox, short_id: str) -> None:
    """Let the search find a notebook no more."""
    text = markdown_on(sandbox, short_id).replace("needle", "pin")
    sandbox.write(short_id, content=sandbox.markdown(text), text_content=text)


# --- what comes ----------------------------


def test_only_titles_that_match_come_and_nothing_new_is_one_request(
    three: Path, sandbox: Sandbox
) -> None:
    go(three, sandbox, WEEKLY, "pull")
    assert sorted(pages(three)) == ["one.md", "two.md"]
    first, *rest, last = asked(sandbox)
    assert (first, last) == (WHOLE, HEAD)
    assert sorted(rest) == [("GET", "one/"), ("GET", "two/")]
    go(three, sandbox, WEEKLY)
    before = touched(three)
    asked(sandbox)
    assert go(three, sandbox, WEEKLY).changes == ()
    assert asked(sandbox) == [HEAD]
    assert touched(three) == before


def test_only_what_somebody_made_comes(three: Path, sandbox: Sandbox) -> None:
    ben = uuid(sandbox, "ben")
    go(three, sandbox, Selection(created_by=(ben,)), "pull")
    assert sorted(pages(three)) == ["far.md", "two.md"]


def test_me_is_asked_for_once(three: Path, sandbox: Sandbox) -> None:
    mine = Selection(created_by=(ME,))
    asked(sandbox)
    go(three, sandbox, mine, "pull")
    assert asked(sandbox) == [WHOLE, MINE, ("GET", "one/"), HEAD]
    seed(sandbox, "new", "Mine as well")
    go(three, sandbox, mine, "pull")
    assert asked(sandbox) == [HEAD, ("GET", "new/")]
    assert sorted(pages(three)) == ["new.md", "one.md"]


def test_me_without_a_notebook_is_found_out_with_the_first_one(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    mine = Selection(created_by=(ME,))
    seed(sandbox, "two", "Of another", by="ben")
    asked(sandbox)
    go(tmp_path, sandbox, mine, "pull")
    go(tmp_path, sandbox, mine)
    assert asked(sandbox) == [WHOLE, MINE, HEAD, HEAD]
    seed(sandbox, "one", "Mine")
    assert [done.short_id for done in go(tmp_path, sandbox, mine).changes] == ["one"]
    assert asked(sandbox) == [HEAD, MINE, ("GET", "one/")]


def test_the_first_notebook_of_mine_may_be_made_here(tmp_path: Path, sandbox: Sandbox) -> None:
    mine = Selection(created_by=(ME,))
    go(tmp_path, sandbox, mine)
    (tmp_path / "own.md").write_text("# My own\n\nText.\n", encoding="utf-8")
    with opened(tmp_path, sandbox, mine) as mirror:
        made = add(mirror, "own.md", (tmp_path / "own.md").read_text("utf-8"), scope="s")
    assert go(tmp_path, sandbox, mine).changes[0].note == ""
    survey, plan = looked(tmp_path, sandbox, mine)
    assert (survey.outside, plan.outside) == (set(), ())
    assert sandbox.record(made.short_id)["title"] == "My own"


def test_me_is_whoever_has_the_key(three: Path, sandbox: Sandbox) -> None:
    mine = Selection(created_by=(ME,))
    go(three, sandbox, mine, "pull")
    report = go(three, sandbox, mine, key=sandbox.second_key)
    assert sorted(done.short_id for done in report.changes) == ["far", "two"]
    assert sorted(pages(three)) == ["far.md", "one.md", "two.md"]
    assert sandbox.record("one")["deleted"] is False


# --- what falls out, and in again ----------------------------


def test_a_notebook_that_falls_out_stays_as_it_is_here(weekly: Path, sandbox: Sandbox) -> None:
    before = touched(weekly, below=".nbsync/base")
    retitle(sandbox, "one", "Weekly one", "Yearly")
    assert go(weekly, sandbox, WEEKLY).changes == ()
    assert asked(sandbox) == [HEAD]
    there(sandbox, "one", "Two.", "Three.")
    assert go(weekly, sandbox, WEEKLY).changes == ()
    assert asked(sandbox) == [HEAD]
    assert "# Weekly one\n" in pages(weekly)["one.md"]
    assert touched(weekly, below=".nbsync/base") == before
    assert looked(weekly, sandbox, WEEKLY)[1].outside == ("one",)


def test_an_edit_outside_is_kept_and_merged_once_the_notebook_is_back(
    weekly: Path, sandbox: Sandbox
) -> None:
    retitle(sandbox, "one", "Weekly one", "Yearly")
    edit(weekly / "one.md", "Two.", "Two, by Ana.")
    report = go(weekly, sandbox, WEEKLY)
    assert (report.changes, report.outside) == ((), ("one",))
    assert asked(sandbox) == [HEAD]
    assert go(weekly, sandbox, WEEKLY, "push").outside == ("one",)
    assert asked(sandbox) == []
    there(sandbox, "one", "One needle.", "One, by Ben.")
    retitle(sandbox, "one", "Yearly", "Weekly again")
    report = go(weekly, sandbox, WEEKLY)
    assert [(done.side, done.action) for done in report.changes] == [
        (Side.LOCAL, "merge"),
        (Side.REMOTE, "update"),
    ]
    assert report.outside == ()
    text = "# Weekly again\n\nOne, by Ben.\n\nTwo, by Ana."
    assert markdown_on(sandbox, "one") == text
    assert pages(weekly)["one.md"].endswith(f"{text}\n")
    assert go(weekly, sandbox, WEEKLY).changes == ()


def test_a_filter_that_is_edited_reads_the_list_once(weekly: Path, sandbox: Sandbox) -> None:
    ones = Selection(titles=("* one",))
    edit(weekly / "two.md", "Two.", "Two, by Ana.")
    report = go(weekly, sandbox, ones)
    assert asked(sandbox) == [WHOLE]
    assert (report.changes, report.outside) == ((), ("two",))
    go(weekly, sandbox, ones)
    assert asked(sandbox) == [HEAD]
    report = go(weekly, sandbox, WEEKLY)
    assert asked(sandbox) == [WHOLE, ("PATCH", "two/")]
    assert [(done.short_id, done.action) for done in report.changes] == [("two", "update")]


def test_a_push_after_the_filter_was_edited_asks_what_is_inside(
    weekly: Path, sandbox: Sandbox
) -> None:
    ones = Selection(titles=("* one",))
    assert go(weekly, sandbox, ones, "push").outside == ()
    assert asked(sandbox) == []
    edit(weekly / "one.md", "Two.", "Two, by Ana.")
    edit(weekly / "two.md", "Two.", "Two, by Ana.")
    assert go(weekly, sandbox, ones, "push").outside == ("two",)
    assert asked(sandbox) == [WHOLE, ("PATCH", "one/")]
    edit(weekly / "one.md", "Two, by Ana.", "Two.")
    go(weekly, sandbox, ones, "push")
    assert asked(sandbox) == [("PATCH", "one/")]


def test_offline_the_bases_tell_what_an_edited_filter_leaves_out(
    weekly: Path, sandbox: Sandbox
) -> None:
    edit(weekly / "two.md", "Two.", "Two, by Ana.")
    for other in (Selection(titles=("* one",)), Selection(created_by=(uuid(sandbox, "ana"),))):
        survey, plan = looked(weekly, sandbox, other, offline=True)
        assert (plan.outside, plan.remote, survey.kept_back) == (("two",), (), ["two"])
    survey, plan = looked(weekly, sandbox, Selection(created_by=(ME,)), offline=True)
    assert plan.outside == ()  # nobody has said yet who that is
    asked(sandbox)


def test_without_a_filter_everything_comes(weekly: Path, sandbox: Sandbox) -> None:
    retitle(sandbox, "one", "Weekly one", "Yearly")
    go(weekly, sandbox, WEEKLY)
    asked(sandbox)
    go(weekly, sandbox, Selection())
    assert sorted(asked(sandbox)) == [WHOLE, ("GET", "far/"), ("GET", "one/")]
    assert "# Yearly\n" in pages(weekly)["one.md"]


def test_a_stale_page_outside_is_no_edit(weekly: Path, sandbox: Sandbox) -> None:
    old = (weekly / "one.md").read_bytes()
    there(sandbox, "one", "Two.", "Three.")
    go(weekly, sandbox, WEEKLY)
    retitle(sandbox, "one", "Weekly one", "Yearly")
    (weekly / "one.md").write_bytes(old)
    (weekly / ".nbsync" / "index.sqlite3").unlink()
    report = go(weekly, sandbox, WEEKLY)
    assert (report.changes, report.outside) == ((), ())


def test_a_page_outside_that_was_kept_as_json_stays_so(tmp_path: Path, sandbox: Sandbox) -> None:
    text = {"type": "paragraph", "content": [{"type": "text", "text": "Text."}]}
    sandbox.seed(short_id="old", title="Old", content={"type": "doc", "content": [text]})
    go_unfiltered(tmp_path, sandbox, "pull", form="json")
    assert go(tmp_path, sandbox, WEEKLY).changes == ()
    assert list(pages(tmp_path)) == ["old.json"]
    go(tmp_path, sandbox, Selection())
    assert list(pages(tmp_path)) == ["old.md"]


def test_a_guard_counts_what_is_inside(tmp_path: Path, sandbox: Sandbox) -> None:
    for number in range(24):
        seed(sandbox, f"n{number}", f"{'Weekly' if number < 8 else 'Daily'} {number}")
    go(tmp_path, sandbox, Selection(), "pull")
    for number in range(6):
        edit(tmp_path / f"n{number}.md", "Two.", "Two, by Ana.")
    with pytest.raises(GuardTripped, match=r"overwrite 6 in PostHog .*, of 8 notebooks"):
        go(tmp_path, sandbox, WEEKLY)
    assert len(go(tmp_path, sandbox, Selection()).changes) == 6


# --- deleted, missing, lost ----------------------------


def test_a_deletion_inside_is_told_from_falling_out(weekly: Path, sandbox: Sandbox) -> None:
    retitle(sandbox, "one", "Weekly one", "Yearly")
    sandbox.write("two", deleted=True)
    report = go(weekly, sandbox, WEEKLY)
    assert [(done.short_id, done.action) for done in report.changes] == [("two", "delete")]
    assert asked(sandbox) == [HEAD, ("GET", "two/")]
    assert sorted(pages(weekly)) == ["one.md"]


@pytest.mark.parametrize("change", ["clean", "edited", "missing"])
@pytest.mark.parametrize("index", ["kept", "lost"])
def test_what_is_outside_is_left_alone_though_it_is_deleted(
    weekly: Path, sandbox: Sandbox, change: str, index: str
) -> None:
    ones = Selection(titles=("* one",))
    go(weekly, sandbox, ones)
    sandbox.write("two", deleted=True)
    if change == "edited":
        edit(weekly / "two.md", "Two.", "Two, by Ana.")
    if change == "missing":
        (weekly / "two.md").unlink()
    if index == "lost":
        (weekly / ".nbsync" / "index.sqlite3").unlink()
    before = pages(weekly)
    asked(sandbox)
    report = go(weekly, sandbox, ones, remove=True)
    assert asked(sandbox) == [WHOLE if index == "lost" else HEAD]
    assert (report.changes, report.problems, report.held) == ((), (), ())
    assert pages(weekly) == before
    assert (weekly / ".nbsync" / "base" / "two.json").exists()
    assert sandbox.record("two")["deleted"] is True


def test_a_missing_page_outside_deletes_nothing(weekly: Path, sandbox: Sandbox) -> None:
    retitle(sandbox, "one", "Weekly one", "Yearly")
    (weekly / "one.md").unlink()
    report = go(weekly, sandbox, WEEKLY, remove=True)
    assert (report.changes, report.held) == ((), ())
    assert sandbox.record("one")["deleted"] is False
    assert looked(weekly, sandbox, WEEKLY)[1].outside == ("one",)


def test_a_page_outside_without_a_base_is_left_alone(weekly: Path, sandbox: Sandbox) -> None:
    retitle(sandbox, "one", "Weekly one", "Yearly")
    edit(weekly / "one.md", "Two.", "Two, by Ana.")
    (weekly / ".nbsync" / "base" / "one.json").unlink()
    report = go(weekly, sandbox, WEEKLY)
    assert (report.changes, report.conflicts, report.outside) == ((), (), ("one",))
    assert asked(sandbox) == [HEAD]


def test_a_fresh_clone_knows_what_is_outside(
    weekly: Path, sandbox: Sandbox, tmp_path: Path
) -> None:
    retitle(sandbox, "one", "Weekly one", "Yearly")
    go(weekly, sandbox, WEEKLY)
    (weekly / ".nbsync" / "index.sqlite3").unlink()
    asked(sandbox)
    assert go(weekly, sandbox, WEEKLY).changes == ()
    assert asked(sandbox) == [WHOLE]


def test_verify_asks_for_what_is_inside_only(weekly: Path, sandbox: Sandbox) -> None:
    retitle(sandbox, "one", "Weekly one", "Yearly")
    go(weekly, sandbox, WEEKLY, "pull", verify=True)
    assert asked(sandbox) == [HEAD, ("GET", "two/")]


# --- by name, and made here ----------------------------


def test_what_is_named_is_synced_though_it_is_outside(weekly: Path, sandbox: Sandbox) -> None:
    retitle(sandbox, "one", "Weekly one", "Yearly")
    edit(weekly / "one.md", "Two.", "Two, by Ana.")
    go(weekly, sandbox, WEEKLY)
    go(weekly, sandbox, WEEKLY, "pull", only=["one", "far"])
    assert sorted(pages(weekly)) == ["far.md", "one.md", "two.md"]
    report = go(weekly, sandbox, WEEKLY, "push", only=["one"])
    assert [(done.short_id, done.action) for done in report.changes] == [("one", "update")]
    assert "outside the filter" in report.changes[0].note
    assert markdown_on(sandbox, "one") == "# Yearly\n\nOne needle.\n\nTwo, by Ana."
    there(sandbox, "far", "Two.", "Three.")
    asked(sandbox)
    assert go(weekly, sandbox, WEEKLY).changes == ()
    assert asked(sandbox) == [HEAD]
    assert looked(weekly, sandbox, WEEKLY)[1].outside == ("far", "one")


def test_a_page_whose_title_is_outside_becomes_a_notebook_and_that_is_said(
    weekly: Path, sandbox: Sandbox
) -> None:
    text = "# Daily\n\nToday.\n"
    (weekly / "daily.md").write_text(text, encoding="utf-8")
    with opened(weekly, sandbox, WEEKLY) as mirror:
        made = add(mirror, "daily.md", text, scope="s").short_id
    sandbox.fault(method="POST", drop="after")
    go(weekly, sandbox, WEEKLY, "push")
    report = go(weekly, sandbox, WEEKLY)
    assert sandbox.record(made)["title"] == "Daily"
    assert report.problems == ()
    assert looked(weekly, sandbox, WEEKLY)[1].outside == (made,)
    edit(weekly / "daily.md", "Today.", "Tomorrow.")
    assert go(weekly, sandbox, WEEKLY).outside == (made,)


def test_a_new_heading_that_is_outside_is_sent_and_that_is_said(
    weekly: Path, sandbox: Sandbox
) -> None:
    edit(weekly / "one.md", "# Weekly one", "# Yearly")
    (done,) = go(weekly, sandbox, WEEKLY).changes
    assert (done.action, sandbox.record("one")["title"]) == ("update", "Yearly")
    assert "outside the filter" in done.note
    assert looked(weekly, sandbox, WEEKLY)[1].outside == ("one",)


def test_a_page_outside_becomes_one_notebook_where_the_server_chooses_ids(tmp_path: Path) -> None:
    with Sandbox(kind="2023") as old:
        go(tmp_path, old, WEEKLY)
        text = "# Daily\n\nToday.\n"
        (tmp_path / "daily.md").write_text(text, encoding="utf-8")
        with opened(tmp_path, old, WEEKLY) as mirror:
            add(mirror, "daily.md", text, scope="s")
        old.fault(method="POST", drop="after")
        for _ in range(3):
            go(tmp_path, old, WEEKLY)
        posts = [method for method, _ in asked(old) if method == "POST"]
        assert len(posts) == 1
        assert list(pages(tmp_path)) == ["daily.md"]
        (outside,) = looked(tmp_path, old, WEEKLY)[1].outside
        assert f'short_id: "{outside}"' in pages(tmp_path)["daily.md"]


@pytest.mark.parametrize("selection", [WEEKLY, FOUND], ids=["titles", "search"])
def test_a_page_whose_creation_was_cut_short_at_its_last_step_is_outside_like_any_other(
    tmp_path: Path, sandbox: Sandbox, selection: Selection
) -> None:
    text = "# Daily\n\nToday.\n"
    (tmp_path / "daily.md").write_text(text, encoding="utf-8")
    with opened(tmp_path, sandbox, selection) as mirror:
        add(mirror, "daily.md", text, scope="s")
        run(mirror, pull=True)
        (intent,) = mirror.store.journal()
        (done,) = run(mirror, push=True).changes
        mirror.store.enter(intent)
    edit(tmp_path / "daily.md", "Today.", "Today, by Ana.")
    go(tmp_path, sandbox, selection)
    asked(sandbox)
    report = go(tmp_path, sandbox, selection)
    assert (report.changes, report.outside) == ((), (done.short_id,))
    assert len(asked(sandbox)) == 1


# --- what only the server can select ----------------------------


def test_a_search_is_the_servers_and_nothing_new_is_one_request(
    three: Path, sandbox: Sandbox
) -> None:
    sandbox.write("far", text_content="pins")
    asked(sandbox)
    go(three, sandbox, FOUND, "pull")
    assert sorted(pages(three)) == ["one.md", "two.md"]
    log = asked(sandbox)
    assert (log[0], log[-1], len(log)) == (FOUND_WHOLE, FOUND_HEAD, 4)
    go(three, sandbox, FOUND)
    assert asked(sandbox) == [FOUND_HEAD]


def test_what_the_search_no_longer_finds_is_looked_up_once(found: Path, sandbox: Sandbox) -> None:
    lose(sandbox, "one")
    edit(found / "one.md", "Two.", "Two, by Ana.")
    report = go(found, sandbox, FOUND)
    assert asked(sandbox) == [FOUND_HEAD, ("GET", "one/")]
    assert (report.changes, report.outside) == ((), ("one",))
    assert go(found, sandbox, FOUND).outside == ("one",)
    assert asked(sandbox) == [FOUND_HEAD]
    assert go(found, sandbox, FOUND, "push").changes == ()
    assert asked(sandbox) == []
    text = markdown_on(sandbox, "one").replace("pin", "needle")
    sandbox.write("one", content=sandbox.markdown(text), text_content=text)
    (done,) = go(found, sandbox, FOUND).changes
    assert (done.short_id, done.action) == ("one", "update")
    assert asked(sandbox) == [FOUND_HEAD, ("GET", "one/"), ("PATCH", "one/")]


def test_a_deletion_is_told_from_what_a_search_no_longer_finds(
    found: Path, sandbox: Sandbox
) -> None:
    lose(sandbox, "one")
    sandbox.write("two", deleted=True)
    (done,) = go(found, sandbox, FOUND).changes
    assert (done.short_id, done.action) == ("two", "delete")
    assert looked(found, sandbox, FOUND)[1].outside == ("one",)


def test_what_may_no_longer_be_read_is_outside_a_search(found: Path, sandbox: Sandbox) -> None:
    sandbox.forbid("one")
    report = go(found, sandbox, FOUND)
    assert (report.changes, report.unreadable) == ((), ())
    assert looked(found, sandbox, FOUND)[1].outside == ("one",)
    sandbox.forbid("one", forbidden=False)


def test_what_cannot_be_read_right_now_is_not_outside(found: Path, sandbox: Sandbox) -> None:
    lose(sandbox, "one")
    sandbox.fault(method="GET", status=500, path="/one", times=9)
    report = go(found, sandbox, FOUND)
    assert [each.short_id for each in report.unreadable] == ["one"]
    assert report.changes == ()


def test_what_a_search_does_not_find_can_be_named(found: Path, sandbox: Sandbox) -> None:
    lose(sandbox, "one")
    seed(sandbox, "far2", "Far")
    sandbox.write("far2", text_content="pins")
    go(found, sandbox, FOUND)
    go(found, sandbox, FOUND, "pull", only=["one", "far2", "nobody"])
    assert "One pin." in pages(found)["one.md"]
    assert "far2.md" in pages(found)
    edit(found / "one.md", "Two.", "Two, by Ana.")
    (done,) = go(found, sandbox, FOUND, "push", only=["one"]).changes
    assert done.action == "update"
    go(found, sandbox, FOUND)
    asked(sandbox)
    assert go(found, sandbox, FOUND).changes == ()
    assert asked(sandbox) == [FOUND_HEAD]
    assert looked(found, sandbox, FOUND)[1].outside == ("far2", "one")


def test_contains_is_the_servers_too(three: Path, sandbox: Sandbox) -> None:
    block = {"type": "ph-recording", "attrs": {"id": "rec1"}}
    sandbox.seed(short_id="film", title="Film", content={"type": "doc", "content": [block]})
    for said in ("recording:true", "recording", "recording:rec1"):
        go(three / said.replace(":", "-"), sandbox, Selection(contains=said), "pull")
        assert list(pages(three / said.replace(":", "-"))) == ["film.md"]
    go(three / "none", sandbox, Selection(contains="recording:false"), "pull")
    assert len(pages(three / "none")) == 3


# --- refused ----------------------------


def test_a_selection_that_the_server_refuses_is_named(three: Path, sandbox: Sandbox) -> None:
    said = {"type": "validation_error", "code": "invalid_input", "detail": "No.", "attr": "search"}
    sandbox.fault(method="GET", status=400, body=said)
    with pytest.raises(ConfigError, match=r"search = 'needle'") as caught:
        go(three, sandbox, FOUND, "pull")
    assert "[filter]" in caught.value.hint


def test_a_server_that_knows_no_search_is_too_old_for_one(tmp_path: Path) -> None:
    with Sandbox(kind="2023") as old:
        seed(old, "one", "Weekly one")
        with pytest.raises(ConfigError, match="too old to select notebooks by search = 'needle'"):
            go(tmp_path, old, FOUND, "pull")
        mine = Selection(created_by=(ME,), titles=("Weekly*",))
        go(tmp_path, old, mine, "pull")
        assert list(pages(tmp_path)) == ["one.md"]
