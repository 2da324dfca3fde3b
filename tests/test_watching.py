"""The loop of a watch, tick by tick: what a look does, and what it makes of what goes wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from mirrors import edit, markdown_on, pages, sync, there, touched
from nbsync.errors import AuthError, ConfigError, Forbidden, RateLimited
from nbsync.sandbox import Sandbox
from nbsync.store import DiskStore
from nbsync.sync.notices import Notice, State, What
from nbsync.sync.resolving import resolve_each
from nbsync.sync.watching import Vanished
from nbsync.watch import Tick, Why
from test_git import commit, git
from watched import IDS, Scene, changes, detail, scene, whats

ONE, TWO = IDS[:2]


@pytest.fixture
def ana(tmp_path: Path, sandbox: Sandbox) -> Iterator[Scene]:
    with scene(tmp_path / "notes", sandbox) as found:
        yield found


# --- both ways ---------------------------------------------------------------------


def test_the_first_look_brings_everything_and_tells_it(tmp_path: Path, sandbox: Sandbox) -> None:
    with scene(tmp_path / "notes", sandbox) as found:
        assert len(pages(found.root)) == len(IDS)
        assert found.shown[-1].state is State.IN_STEP


def test_a_saved_page_is_one_patch_and_nothing_before_it(ana: Scene) -> None:
    edit(ana.page(), "One.", "One, mine.")
    assert changes(ana.files()) == [(ONE, "remote", "update", 1)]
    assert ana.asked() == [("PATCH", f"{ONE}/")]
    assert "One, mine." in markdown_on(ana.sandbox, ONE)


def test_what_others_saved_arrives_and_is_not_sent_back(ana: Scene) -> None:
    there(ana.sandbox, ONE, "Two.", "Two, theirs.")
    assert changes(ana.poll()) == [(ONE, "local", "update", 1)]
    assert ana.asked() == [("GET", ""), ("GET", f"{ONE}/")]
    assert "Two, theirs." in ana.page().read_text()
    assert ana.files() == []
    assert ana.asked() == []


def test_an_idle_minute_asks_once_a_poll_and_touches_nothing(ana: Scene) -> None:
    before = touched(ana.root)
    for _ in range(12):
        assert ana.poll() == []
    assert ana.tick("push", after=1.0) == []
    assert ana.asked() == [("GET", "")] * 12
    after = touched(ana.root)
    assert {name: after[name] for name in pages(ana.root)} == {
        name: before[name] for name in pages(ana.root)
    }


def test_edits_on_both_sides_are_merged_and_sent(ana: Scene) -> None:
    edit(ana.page(), "One.", "One, mine.")
    there(ana.sandbox, ONE, "Three.", "Three, theirs.")
    assert changes(ana.files()) == [
        (ONE, "local", "merge", 1),
        (ONE, "remote", "update", 2),
    ]
    assert "One, mine." in markdown_on(ana.sandbox, ONE)
    assert "Three, theirs." in ana.page().read_text()


def test_a_conflict_is_told_once_and_once_more_when_it_is_settled(ana: Scene) -> None:
    edit(ana.page(), "One.", "One, mine.")
    there(ana.sandbox, ONE, "One.", "One, theirs.")
    assert whats(ana.files()) == [What.CONFLICT]
    assert "One, mine." in ana.page().read_text()
    assert ana.poll() == ana.files() == ana.start() == []
    ana.page().write_text(ana.page().read_text().replace("One, mine.", "One, theirs."))
    sync(ana.root, ana.sandbox)
    settled = ana.poll()
    assert whats(settled) == [What.SETTLED]
    assert ana.poll() == []


def test_what_a_settlement_kept_of_a_page_is_sent_soon_although_no_file_stirred(
    ana: Scene,
) -> None:
    edit(ana.page(), "One.", "One, mine.")
    there(ana.sandbox, ONE, "One.", "One, theirs.")
    assert whats(ana.files()) == [What.CONFLICT]
    with ana.opened() as mirror:
        resolve_each(mirror, [ONE], ours=True)
    assert whats(ana.poll()) == [What.SETTLED]
    assert ana.again() == (None, 0.05)
    assert changes(ana.poll(after=0.05)) == [(ONE, "remote", "update", 2)]


def test_a_watch_that_only_pushes_never_looks_at_the_server(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    with scene(tmp_path / "notes", sandbox, push_only=True) as ben:
        there(ben.sandbox, TWO, "Two.", "Two, theirs.")
        assert ben.start() == ben.poll() == []
        assert ben.asked() == []
        edit(ben.page(), "One.", "One, mine.")
        assert changes(ben.start()) == [(ONE, "remote", "update", 1)]
        assert ben.asked() == [("PATCH", f"{ONE}/")]


# --- pages and notebooks that something is wrong with ------------------------------------


def test_a_half_written_page_is_not_told_and_not_sent(ana: Scene) -> None:
    whole = ana.page().read_text()
    ana.page().write_text(whole[:20])
    assert ana.files() == []
    assert ana.again() == (None, 1.0)
    ana.page().write_text(whole.replace("One.", "One, mine."))
    assert changes(ana.files(after=0.5)) == [(ONE, "remote", "update", 1)]
    assert ana.again() == (None, None)
    assert ana.asked() == [("PATCH", f"{ONE}/")]


def test_a_page_that_stays_unreadable_is_told_once_until_it_was_well(ana: Scene) -> None:
    whole = ana.page().read_text()
    for _ in range(2):
        ana.page().write_text(whole[:20])
        assert ana.files() == ana.files() == []
        unread = ana.files(after=1.0)
        assert whats(unread) == [What.UNREADABLE]
        assert ana.files(after=60) == ana.poll() == ana.start() == []
        ana.page().write_text(whole)
        assert ana.files() == ana.poll() == []
    assert ana.asked() == [("GET", "")] * 6


def test_very_many_unreadable_pages_are_told_in_few_lines(ana: Scene) -> None:
    for number in range(20):
        (ana.root / f"odd{number}.md").write_text("---\nshort_id: [\n---\n")
    assert ana.files() == []
    found = ana.files(after=1.0)
    assert whats(found) == [What.UNREADABLE] * 6
    assert detail(found[-1], "count") == 15
    assert found[-1].message == "… and 15 more files cannot be understood"


def test_a_notebook_that_is_refused_is_told_once_and_tried_ever_more_rarely(ana: Scene) -> None:
    ana.sandbox.fault(method="PATCH", status=400, times=None, body={"detail": "Odd.", "code": "x"})
    edit(ana.page(), "One.", "One, mine.")
    assert ana.files() == []
    told: list[Notice] = []
    waits: list[float] = []
    wait = ana.again()[1]
    while wait is not None and len(waits) < 8:
        waits.append(wait)
        told += ana.files(after=wait)
        wait = ana.again()[1]
    assert whats(told) == [What.PROBLEM]
    assert waits == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]
    assert ana.poll() == []
    assert ana.again() == (None, None)
    ana.sandbox.clear()
    assert changes(ana.files()) == [(ONE, "remote", "update", 1)]
    assert ana.again() == (None, None)


def test_a_notebook_that_is_forbidden_holds_up_no_other(ana: Scene) -> None:
    ana.sandbox.forbid(ONE)
    edit(ana.page(), "One.", "One, mine.")
    edit(ana.page(2), "One.", "One, mine.")
    assert changes(ana.files()) == [(TWO, "remote", "update", 1)]
    told = ana.files(after=0.5) + ana.files(after=0.5) + ana.files() + ana.files()
    assert whats(told) == [What.PROBLEM]


def test_a_new_file_is_mentioned_once_and_never_sent(ana: Scene) -> None:
    (ana.root / "idea.md").write_text("# An idea\n")
    assert ana.files() == []
    mentioned = ana.files(after=1.0)
    assert [(each.what, each.hint) for each in mentioned] == [
        (What.UNTRACKED, "nbsync add idea.md")
    ]
    assert ana.files() == ana.start() == []
    assert all(method == "GET" for method, _ in ana.asked())


def test_files_that_were_there_from_the_beginning_are_not_mentioned(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "README.md").write_text("# What this is\n")
    with scene(tmp_path / "notes", sandbox) as found:
        assert found.files(after=2.0) == found.start() == []


def test_a_missing_page_is_told_once_and_deletes_nothing(ana: Scene) -> None:
    text = ana.page().read_text()
    ana.page().unlink()
    assert ana.files() == []
    missing = ana.files(after=1.0)
    assert whats(missing) == [What.MISSING]
    assert detail(missing[0], "short_id") == ONE
    assert ana.files() == ana.start() == []
    ana.page().write_text(text)
    assert ana.start() == []
    assert not ana.sandbox.record(ONE)["deleted"]


def test_a_page_that_an_editor_takes_away_for_a_moment_is_not_missed(ana: Scene) -> None:
    text = ana.page().read_text()
    ana.page().unlink()
    assert ana.files() == []
    ana.page().write_text(text)
    assert ana.files(after=1.0) == []
    assert ana.again() == (None, None)


def test_a_moved_page_is_nothing_to_tell(ana: Scene) -> None:
    (ana.root / "deep").mkdir()
    ana.page().rename(ana.root / "deep" / "elsewhere.md")
    assert ana.files() == ana.files(after=1.0) == []
    assert ana.asked() == []


# --- a server that is away ------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 503},
        {"status": 200, "text": "<html>Log in to the train's network</html>"},
        {"drop": "before"},
    ],
)
def test_an_outage_is_told_once_and_its_end_with_how_long_it_was(
    ana: Scene, fault: dict[str, object]
) -> None:
    ana.sandbox.fault(**fault, times=None)
    offline = ana.poll()
    assert whats(offline) == [What.OFFLINE]
    assert ana.again()[0] == detail(offline[0], "retry_in") == 1.5
    assert ana.shown[-1].state is State.OFFLINE and ana.shown[-1].again == 1.5
    edit(ana.page(), "One.", "One, mine.")
    assert ana.tick("pull", "push", after=1.5) == []
    assert ana.again()[0] == 3.0
    ana.sandbox.clear()
    back = ana.tick("pull", "push", after=88.5)
    assert whats(back) == [What.ONLINE, What.CHANGE]
    assert back[0].message == "PostHog can be reached again, after 90 s"
    assert changes(back) == [(ONE, "remote", "update", 1)]
    ana.sandbox.fault(status=503, times=3)
    assert ana.poll()[0].details["retry_in"] == 1.5


def test_what_could_not_be_looked_at_is_looked_at_with_the_next_tick(ana: Scene) -> None:
    ana.sandbox.fault(status=503, times=3)
    there(ana.sandbox, TWO, "Two.", "Two, theirs.")
    assert whats(ana.poll()) == [What.OFFLINE]
    back = ana.tick("push", after=2.0)
    assert whats(back) == [What.ONLINE, What.CHANGE]


def test_an_outage_in_the_middle_tells_what_was_done_before_it(ana: Scene) -> None:
    edit(ana.page(), "One.", "One, mine.")
    edit(ana.page(2), "One.", "One, mine.")
    ana.sandbox.fault(path=f"/{TWO}/", status=429, headers={"Retry-After": "9"})
    told = ana.files()
    assert changes(told) == [(ONE, "remote", "update", 1)]
    assert whats(told) == [What.CHANGE, What.OFFLINE]
    told = ana.tick("pull", "push", after=2.0)
    assert changes(told) == [(TWO, "remote", "update", 1)]
    assert whats(told) == [What.ONLINE, What.CHANGE]


def test_a_server_that_asks_to_wait_is_asked_again_then(ana: Scene) -> None:
    ana.sandbox.fault(status=429, headers={"Retry-After": "40"}, times=1)
    limited = ana.poll()
    assert whats(limited) == [What.OFFLINE]
    assert ana.again() == (40.0, None)
    assert whats(ana.poll(after=40.0)) == [What.ONLINE]


@pytest.mark.parametrize(("asks", "waits"), [(3600.0, 60.0), (0.0, 1.0)])
def test_no_wait_is_longer_than_a_minute_or_no_wait_at_all(
    ana: Scene, asks: float, waits: float
) -> None:
    ana.refusal = RateLimited("Too many requests.", wait=asks)
    assert detail(ana.poll()[0], "retry_in") == waits
    assert ana.again() == (waits, None)


def test_a_server_that_is_only_pushed_to_is_back_when_something_arrived_there(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    with scene(tmp_path / "notes", sandbox, push_only=True) as ben:
        whole = ben.page().read_text()
        edit(ben.page(), "One.", "One, mine.")
        ben.sandbox.fault(status=429, headers={"Retry-After": "40"}, times=1)
        assert whats(ben.files()) == [What.OFFLINE]
        ben.page().write_text(whole)
        assert ben.start() == []
        edit(ben.page(), "One.", "One, mine.")
        assert whats(ben.files()) == [What.ONLINE, What.CHANGE]


def test_a_bad_key_ends_it(ana: Scene) -> None:
    ana.sandbox.fault(status=401, times=1)
    with pytest.raises(AuthError):
        ana.poll()


def test_a_key_that_is_taken_away_in_the_middle_ends_it_after_what_was_done(ana: Scene) -> None:
    for number in (1, 2):
        there(ana.sandbox, IDS[number - 1], "One.", "One, theirs.")
    ana.sandbox.fault(path=f"/{ONE}/", status=401, times=None)
    ana.sandbox.fault(path=f"/{TWO}/", delay=0.0)
    with pytest.raises(AuthError):
        ana.poll()
    with pytest.raises(AuthError):
        ana.poll()


def test_a_firewall_that_forbids_everything_is_waited_for_once_it_has_worked(ana: Scene) -> None:
    ana.sandbox.fault(status=403, text="<html>Blocked</html>", times=1)
    assert whats(ana.poll()) == [What.OFFLINE]
    assert whats(ana.poll()) == [What.ONLINE]


def test_a_list_that_is_forbidden_from_the_beginning_ends_it(ana: Scene) -> None:
    ana.watch._worked = False
    ana.sandbox.fault(status=403, text="<html>Blocked</html>", times=1)
    with pytest.raises(Forbidden):
        ana.poll()


# --- guards -----------------------------------------------------------------------------------


def test_a_mass_replacement_pauses_the_push_and_the_pull_goes_on(ana: Scene) -> None:
    for number in range(1, 8):
        edit(ana.page(number), "One.", "One, mine.")
    guard = ana.files()
    assert whats(guard) == [What.GUARD]
    assert (detail(guard[0], "count"), detail(guard[0], "half")) == (7, "push")
    assert "nbsync push --allow-changes=7" in guard[0].hint
    assert ana.shown[-1].state is State.PAUSED
    assert ana.again() == (None, 5.0)
    there(ana.sandbox, IDS[7], "Two.", "Two, theirs.")
    assert changes(ana.poll()) == [(IDS[7], "local", "update", 1)]
    assert ana.files() == ana.poll() == ana.start() == []
    edit(ana.page(8), "One.", "One, mine.")
    assert ana.files() == []
    assert [detail(notice, "count") for notice in ana.files()] == [8]
    assert ana.files() == []
    assert all(method == "GET" for method, _ in ana.asked())


@pytest.fixture
def many(tmp_path: Path, sandbox: Sandbox) -> Iterator[Scene]:
    """A mirror in which some edits at once are nothing that a guard would stop."""
    with scene(tmp_path / "notes", sandbox, notebooks=40) as found:
        yield found


def test_many_edits_are_sent_when_they_are_no_longer_more_and_more(many: Scene) -> None:
    for number in range(1, 7):
        edit(many.page(number), "One.", "One, mine.")
    assert many.files() == []
    assert many.again() == (None, 1.0)
    assert many.files(after=0.5) == []
    edit(many.page(7), "One.", "One, mine.")
    assert many.files(after=0.5) == many.files(after=0.9) == []
    assert many.asked() == []
    assert len(changes(many.files(after=0.1))) == 7


def test_a_guard_sees_all_of_a_replacement_that_takes_its_time(many: Scene) -> None:
    told = []
    for number in range(1, 31):
        edit(many.page(number), "One.", "One, mine.")
        if number % 6 == 0:
            told += many.files(after=0.3)
    told += many.files(after=1.0)
    assert whats(told) == [What.GUARD, What.GUARD]
    assert detail(told[-1], "count") == 30
    assert all(method == "GET" for method, _ in many.asked())


def test_edits_that_never_end_are_sent_after_a_while(many: Scene) -> None:
    sent = []
    for number in range(1, 26):
        text = many.page(number % 10 + 1).read_text()
        many.page(number % 10 + 1).write_text(f"{text.rstrip()} Again.\n")
        sent += changes(many.files(after=0.9))
    assert len(sent) >= 10


def test_what_is_pulled_before_many_edits_is_told(many: Scene) -> None:
    for number in range(1, 8):
        edit(many.page(number), "One.", "One, mine.")
    there(many.sandbox, ONE, "Two.", "Two, theirs.")
    there(many.sandbox, many.ids[20], "Two.", "Two, theirs.")
    assert len(changes(many.start())) == 2
    assert many.again() == (None, 1.0)
    assert len(changes(many.tick("push", after=1.0))) == 7


def test_a_push_by_hand_lets_a_paused_watch_go_on(ana: Scene) -> None:
    for number in range(1, 8):
        edit(ana.page(number), "One.", "One, mine.")
    ana.files()
    sync(ana.root, ana.sandbox, allowed=7)
    assert whats(ana.poll()) == [What.GUARD_LIFTED]
    assert ana.again() == (None, None)
    edit(ana.page(), "One, mine.", "One, mine again.")
    assert changes(ana.files()) == [(ONE, "remote", "update", 2)]


def test_pages_that_are_put_back_let_a_paused_watch_go_on(ana: Scene) -> None:
    for number in range(1, 8):
        edit(ana.page(number), "One.", "One, mine.")
    assert whats(ana.start()) == [What.GUARD]
    for number in range(1, 7):
        edit(ana.page(number), "One, mine.", "One.")
    lifted = ana.files()
    assert changes(lifted) == [(IDS[6], "remote", "update", 1)]
    assert What.GUARD_LIFTED in whats(lifted)


def test_very_many_deletions_in_posthog_pause_the_pull_and_the_push_goes_on(ana: Scene) -> None:
    for short_id in IDS[1:]:
        ana.sandbox.write(short_id, deleted=True)
    guard = ana.poll()
    assert whats(guard) == [What.GUARD]
    assert "nbsync pull --allow-changes=7" in guard[0].hint
    edit(ana.page(), "One.", "One, mine.")
    assert changes(ana.files()) == [(ONE, "remote", "update", 1)]
    assert len(pages(ana.root)) == len(IDS)


# --- git, other commands, and folders that come and go ----------------------------------------


@pytest.fixture
def repo(ana: Scene) -> Scene:
    git(ana.root, "init", "--quiet")
    (ana.root / ".gitignore").write_text(".nbsync/*\n!.nbsync/base/\n")
    commit(ana.root, "first")
    assert ana.start() == []
    ana.asked()
    return ana


def test_nothing_moves_in_either_direction_while_git_is_at_work(repo: Scene) -> None:
    edit(repo.page(), "One.", "One, mine.")
    there(repo.sandbox, TWO, "Two.", "Two, theirs.")
    lock = repo.root / ".git" / "index.lock"
    lock.touch()
    assert repo.start() == []
    assert repo.again() == (None, 0.25)
    busy = repo.files(after=1.0)
    assert whats(busy) == [What.GIT]
    assert repo.shown[-1].state is State.GIT
    assert repo.files(after=1.0) == repo.poll() == []
    assert repo.again() == (None, 1.0)
    assert repo.asked() == []
    lock.unlink()
    done = repo.files(after=1.0)
    assert whats(done) == [What.GIT_DONE, What.CHANGE, What.CHANGE]


def test_a_lock_that_git_holds_for_a_moment_is_not_told(repo: Scene) -> None:
    edit(repo.page(), "One.", "One, mine.")
    lock = repo.root / ".git" / "index.lock"
    lock.touch()
    assert repo.files() == []
    lock.unlink()
    assert whats(repo.files(after=0.25)) == [What.CHANGE]


def test_a_moved_head_is_told_once_and_it_goes_on_from_there(repo: Scene) -> None:
    git(repo.root, "checkout", "--quiet", "-b", "other")
    moved = repo.files()
    assert whats(moved) == [What.HEAD]
    assert moved[0].message.startswith("HEAD moved from main (")
    assert str(detail(moved[0], "after")).startswith("other (")
    assert repo.files() == repo.start() == []


def test_an_older_branch_that_is_checked_out_deletes_and_sends_nothing(repo: Scene) -> None:
    edit(repo.page(), "One.", "One, mine.")
    repo.files()
    commit(repo.root, "second")
    assert whats(repo.start()) == [What.HEAD]
    repo.asked()
    git(repo.root, "checkout", "--quiet", "HEAD~1")
    told = repo.start()
    assert What.HEAD in whats(told)
    assert all(method == "GET" for method, _ in repo.asked())
    assert "One, mine." in markdown_on(repo.sandbox, ONE)


def test_another_nbsync_is_waited_for_in_silence_and_told_of_when_it_takes_long(
    ana: Scene,
) -> None:
    edit(ana.page(), "One.", "One, mine.")
    other = DiskStore(ana.root, host=ana.sandbox.url, project=ana.sandbox.project, wait=0)
    with other:
        for _ in range(20):
            assert ana.files(after=0.5) == []
            assert ana.again() == (None, 0.5)
        busy = ana.files(after=0.5)
        assert whats(busy) == [What.BUSY]
        assert "Another nbsync is at work" in busy[0].message
        assert ana.files(after=0.5) == []
    assert whats(ana.files(after=0.5)) == [What.FREE, What.CHANGE]


def test_a_vanished_folder_is_told_once_and_looked_for(ana: Scene) -> None:
    ana.refusal = Vanished("notes is not there", hint="ls notes")
    assert ana.start() == []
    assert ana.again() == (None, 1.0)
    assert whats(ana.start()) == []
    gone = ana.tick("push", after=1.0)
    assert [(each.what, each.hint) for each in gone] == [(What.VANISHED, "ls notes")]
    assert ana.poll() == []
    ana.refusal = None
    back = ana.tick("push", after=3600)
    assert whats(back) == [What.BACK]
    assert "after 1 h 0 min" in back[0].message
    assert ana.asked() == [("GET", "")]


def test_a_trouble_that_turns_into_another_ends_the_one_before(ana: Scene) -> None:
    ana.refusal = Vanished("notes is not there")
    ana.start()
    assert whats(ana.poll()) == [What.VANISHED]
    ana.refusal = None
    ana.sandbox.fault(status=503, times=3)
    assert whats(ana.poll()) == [What.BACK, What.OFFLINE]


def test_a_system_that_refuses_is_told_once_and_tried_again(ana: Scene) -> None:
    ana.refusal = OSError(28, "No space left on device")
    failing = ana.files()
    assert whats(failing) == [What.FAILING]
    assert "No space left on device" in failing[0].message
    assert ana.again()[0] == 1.5
    assert ana.files() == []
    ana.refusal = None
    assert whats(ana.files()) == [What.WORKING]


def test_a_configuration_that_may_be_half_written_is_looked_at_twice(ana: Scene) -> None:
    ana.refusal = ConfigError("nbsync.toml is no TOML.")
    edit(ana.page(), "One.", "One, mine.")
    assert ana.files() == []
    assert ana.again() == (None, 1.0)
    ana.refusal = None
    assert whats(ana.files()) == [What.CHANGE]
    ana.refusal = ConfigError("nbsync.toml is no TOML.")
    assert ana.files() == ana.files() == []
    with pytest.raises(ConfigError):
        ana.files(after=1.0)


def test_a_configuration_that_is_bad_from_the_beginning_ends_it(ana: Scene) -> None:
    ana.watch._worked = False
    ana.refusal = ConfigError("nbsync.toml is no TOML.")
    with pytest.raises(ConfigError):
        ana.files()


# --- stopping -----------------------------------------------------------------------------------


def test_a_stop_finishes_the_notebook_in_hand_and_tells_what_was_done(ana: Scene) -> None:
    for number in (1, 2, 3):
        edit(ana.page(number), "One.", "One, mine.")
    ana.shown.clear()
    ana.stop_after = 1
    assert changes(ana.files()) == [(ONE, "remote", "update", 1)]
    assert ana.asked() == [("PATCH", f"{ONE}/")]
    with ExitStack() as leave:
        assert leave.enter_context(ana.opened()).store.journal() == ()
    ana.stop_after = 10**9
    ana.shown.clear()
    assert [each[0] for each in changes(ana.files())] == IDS[1:3]


def test_a_stop_before_anything_was_done_does_nothing(ana: Scene) -> None:
    edit(ana.page(), "One.", "One, mine.")
    ana.stop_after = 0
    assert ana.files() == []
    assert ana.asked() == []
    ana.shown.clear()
    ana.watch.follow([Tick(pull=True, push=True, why=Why.START)])
    assert ana.asked() == [] and ana.shown == []
    ana.stop_after = 10**9
    ana.watch.follow([Tick(pull=False, push=True, why=Why.FILES)])
    assert ana.asked() == [("PATCH", f"{ONE}/")]


def test_a_stop_ends_a_pull_between_two_notebooks(ana: Scene) -> None:
    for short_id in IDS:
        there(ana.sandbox, short_id, "One.", "One, theirs.")
    ana.shown.clear()
    ana.stop_after = 2
    done = changes(ana.poll())
    assert len(done) == 3
    ana.stop_after = 10**9
    ana.shown.clear()
    assert len(changes(ana.poll())) == len(IDS) - 3
