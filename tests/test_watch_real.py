"""`nbsync watch` as people run it: a process, a folder, a server; every edit arrives, once."""

from __future__ import annotations

import itertools
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from commands import Person, edit_there, person, seed
from mirrors import edit, markdown_on, opened, pages
from nbsync.cli.demo import environment
from nbsync.sandbox import Sandbox
from nbsync.sync.watching import Watch as Loop
from nbsync.watch import Hold, Inbox, Rhythm, observed, ticks
from test_git import commit, git
from watching import NEVER, PATIENCE, Watch, eventually, lists, watching, wire, writes

pytestmark = pytest.mark.laws  # processes, each of which takes its time to start

NUMBER = 8
IDS = [f"note000{number}" for number in range(NUMBER)]
ID = IDS[0]
TEXT = "# Note 0\n\nOne.\n\nTwo.\n\nThree."


def text_of(number: int) -> str:
    return f"# Note {number}\n\nOne.\n\nTwo.\n\nThree."


@pytest.fixture
def ana(tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Person:
    """Somebody whose mirror is in step."""
    return mirrored(tmp_path, sandbox, monkeypatch, NUMBER)


def mirrored(
    tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, number: int
) -> Person:
    for index in range(number):
        seed(sandbox, f"note{index:04}", text_of(index))
    who = person(tmp_path, sandbox, monkeypatch)
    assert who.types("init", "--host", sandbox.url, "--project", sandbox.project).code == 0
    assert who.types("pull", "-q").code == 0
    sandbox.clear()
    return who


def begun(watch: Watch) -> None:
    """Wait until it has asked for the list once, and forget that."""
    watch.tells("watching")
    eventually(lambda: lists(watch.sandbox))
    watch.sandbox.clear()


def save_whole(page: Path, text: str) -> None:
    """Save as many editors do: to another file, which then takes the place of the page."""
    beside = page.with_name(f".{page.name}.swp")
    beside.write_text(text)
    beside.replace(page)


def holds(page: Path, words: str) -> bool:
    return page.is_file() and words in page.read_text()


def versions_sent(sandbox: Sandbox, short_id: str = ID) -> list[int]:
    return [
        each["body"]["version"]
        for each in writes(sandbox)
        if each["method"] == "PATCH" and f"/{short_id}/" in each["path"]
    ]


def test_a_save_is_one_patch_and_nothing_else_on_the_wire(ana: Person) -> None:
    page = ana.folder / f"{ID}.md"
    with watching(ana.folder, ana.sandbox) as watch:
        begun(watch)
        edit(page, "Two.", "Two, in place.")
        watch.tells("change", short_id=ID, side="remote")
        assert wire(ana.sandbox) == [("PATCH", f"{ID}/")]
        assert markdown_on(ana.sandbox, ID) == TEXT.replace("Two.", "Two, in place.")
        save_whole(page, page.read_text().replace("Three.", "Three, by renaming."))
        watch.tells("change", short_id=ID, side="remote")
        assert wire(ana.sandbox) == [("PATCH", f"{ID}/")] * 2
        watch.looks()
        assert len(writes(ana.sandbox)) == 2
        assert "Three, by renaming." in markdown_on(ana.sandbox, ID)
        assert len(watch.told("change")) == 2


def test_an_edit_in_posthog_is_in_the_page_and_nothing_is_echoed(ana: Person) -> None:
    page = ana.folder / f"{ID}.md"
    with watching(ana.folder, ana.sandbox, every="0.2") as watch:
        begun(watch)
        edit_there(ana.sandbox, ID, "Two.", "Two, there.")
        told = watch.tells("change", short_id=ID, side="local")
        assert (told["action"], told["path"], told["version"]) == ("update", f"{ID}.md", 1)
        assert "Two, there." in page.read_text()
        at = page.stat().st_mtime_ns
        watch.looks()
        assert writes(ana.sandbox) == []
        assert page.stat().st_mtime_ns == at
        assert len(watch.told("change")) == 1


def test_an_idle_watch_asks_for_the_list_and_for_nothing_else(ana: Person) -> None:
    with watching(ana.folder, ana.sandbox, every="0.1") as watch:
        begun(watch)
        eventually(lambda: lists(ana.sandbox) >= 10)
        assert set(wire(ana.sandbox)) == {("GET", "")}
        assert watch.told("change") == []


def test_edits_on_both_sides_are_merged_and_sent(ana: Person) -> None:
    page = ana.folder / f"{ID}.md"
    both = TEXT.replace("One.", "One, here.").replace("Three.", "Three, there.")
    with watching(ana.folder, ana.sandbox) as watch:
        begun(watch)
        edit_there(ana.sandbox, ID, "Three.", "Three, there.")
        edit(page, "One.", "One, here.")
        eventually(lambda: markdown_on(ana.sandbox, ID) == both)
        eventually(lambda: both in page.read_text())


def test_an_overlap_is_told_once_and_can_be_resolved_meanwhile(ana: Person) -> None:
    page = ana.folder / f"{ID}.md"
    with watching(ana.folder, ana.sandbox, every="0.3") as watch:
        begun(watch)
        edit_there(ana.sandbox, ID, "Two.", "Two, there.")
        edit(page, "Two.", "Two, here.")
        text = page.read_text()
        watch.tells("conflict", short_id=ID)
        watch.looks()
        edit(ana.folder / f"{IDS[1]}.md", "One.", "One, meanwhile.")
        watch.tells("change", short_id=IDS[1])
        assert page.read_text() == text
        assert len(watch.told("conflict")) == 1
        assert markdown_on(ana.sandbox, ID) == TEXT.replace("Two.", "Two, there.")
        assert ana.types("status").code == 0
        assert ana.types("resolve", ID, "--ours").code == 0
        eventually(lambda: "Two, here." in markdown_on(ana.sandbox, ID))
        watch.tells("settled", short_id=ID)


def test_of_500_saves_of_one_page_the_last_arrives_and_no_version_is_sent_twice(
    ana: Person,
) -> None:
    page = ana.folder / f"{ID}.md"
    before = page.read_text()
    with watching(ana.folder, ana.sandbox) as watch:
        begun(watch)
        for number in range(500):
            text = before.replace("Two.", f"Two, {number}.")
            if number % 2:
                save_whole(page, text)
            else:
                page.write_text(text)
        eventually(lambda: "Two, 499." in markdown_on(ana.sandbox, ID))
        watch.looks()
        sent = versions_sent(ana.sandbox)
        assert len(sent) == len(set(sent)) < 20
        assert {each["status"] for each in writes(ana.sandbox)} == {200}
        assert "Two, 499." in page.read_text()
        assert "conflict" not in {line["event"] for line in watch.said}


def test_60_pages_at_once_wait_for_a_push_by_hand(
    tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = mirrored(tmp_path, sandbox, monkeypatch, 60)
    with watching(ana.folder, sandbox) as watch:
        begun(watch)
        for page in ana.folder.glob("*.md"):
            edit(page, "Two.", "Two, replaced.")
        told = watch.tells("guard", count=60)
        assert "nbsync push --allow-changes=60" in told["hint"]
        edit_there(sandbox, ID, "Three.", "Three, there.")
        watch.looks()
        assert len([line for line in watch.told("guard") if line["count"] == 60]) == 1
        assert writes(sandbox) == []
        assert ana.types("push", "--allow-changes=60").code == 0
        assert len([each for each in writes(sandbox) if each["status"] == 200]) == 60
        watch.looks()
        edit(ana.folder / f"{IDS[1]}.md", "One.", "One, afterwards.")
        eventually(lambda: "One, afterwards." in markdown_on(sandbox, IDS[1]))
        assert all("Two, replaced." in markdown_on(sandbox, f"note{n:04}") for n in range(60))


@pytest.fixture
def repo(ana: Person) -> Path:
    """The mirror under git, with two commits and both of them known to PostHog."""
    git(ana.folder, "init", "--quiet")
    (ana.folder / ".gitignore").write_text(".nbsync/*\n!.nbsync/base/\n")
    commit(ana.folder, "first")
    edit_there(ana.sandbox, ID, "One.", "One, later.")
    assert ana.types("pull", "-q").code == 0
    commit(ana.folder, "second")
    ana.sandbox.clear()
    return ana.folder


def test_nothing_moves_while_git_is_at_work(ana: Person, repo: Path) -> None:
    with watching(repo, ana.sandbox, every="0.2") as watch:
        begun(watch)
        lock = repo / ".git" / "index.lock"
        lock.touch()
        edit(repo / f"{IDS[1]}.md", "Two.", "Two, here.")
        edit_there(ana.sandbox, IDS[2], "Two.", "Two, there.")
        watch.tells("git")
        ana.sandbox.clear()
        watch.process.send_signal(signal.SIGHUP)
        assert writes(ana.sandbox) == []
        assert "Two, there." not in (repo / f"{IDS[2]}.md").read_text()
        lock.unlink()
        eventually(lambda: "Two, here." in markdown_on(ana.sandbox, IDS[1]))
        eventually(lambda: holds(repo / f"{IDS[2]}.md", "Two, there."))
        assert len(watch.told("git")) == 1


def test_a_checkout_of_an_old_commit_sends_nothing_and_is_said(ana: Person, repo: Path) -> None:
    with watching(repo, ana.sandbox) as watch:
        begun(watch)
        git(repo, "checkout", "--quiet", "HEAD~1")
        watch.tells("head")
        watch.looks()
        assert writes(ana.sandbox) == []
        git(repo, "checkout", "--quiet", "--force", "main")
        watch.tells("head")
        watch.looks()
        assert writes(ana.sandbox) == []
        assert holds(repo / f"{ID}.md", "One, later.")
        assert markdown_on(ana.sandbox, ID) == TEXT.replace("One.", "One, later.")


def test_a_rebase_that_stops_holds_everything_until_it_is_done(ana: Person, repo: Path) -> None:
    git(repo, "checkout", "--quiet", "-b", "other", "HEAD~1")
    edit(repo / f"{IDS[3]}.md", "Three.", "Three, on a branch.")
    commit(repo, "on a branch")
    git(repo, "checkout", "--quiet", "main")
    assert ana.types("pull", "-q").code == 0
    with watching(repo, ana.sandbox) as watch:
        begun(watch)
        git(repo, "checkout", "--quiet", "other")
        git(repo, "rebase", "--quiet", "--exec", "false", "main", ok=False)
        assert (repo / ".git" / "rebase-merge").exists()
        watch.tells("git")
        git(repo, "rebase", "--continue")
        eventually(lambda: "Three, on a branch." in markdown_on(ana.sandbox, IDS[3]))
        watch.looks()
        assert {each["path"].split("/")[-2] for each in writes(ana.sandbox)} == {IDS[3]}
        assert markdown_on(ana.sandbox, ID) == TEXT.replace("One.", "One, later.")


def test_an_emptied_folder_deletes_nothing(ana: Person) -> None:
    with watching(ana.folder, ana.sandbox) as watch:
        begun(watch)
        kept = pages(ana.folder)
        for name in kept:
            (ana.folder / name).unlink()
        watch.tells("missing")
        watch.looks()
        assert writes(ana.sandbox) == []
        for name, text in kept.items():
            (ana.folder / name).write_text(text)
        edit(ana.folder / f"{ID}.md", "Two.", "Two, again.")
        eventually(lambda: "Two, again." in markdown_on(ana.sandbox, ID))
        assert {each["body"].get("deleted") for each in writes(ana.sandbox)} == {None}


@pytest.mark.parametrize("how", ["renamed away", "unmounted"])
def test_a_folder_that_vanishes_deletes_nothing_and_nothing_is_made_in_its_place(
    ana: Person, how: str
) -> None:
    away = ana.folder.with_name("elsewhere")
    with watching(ana.folder, ana.sandbox, every="0.2") as watch:
        begun(watch)
        ana.folder.rename(away)
        if how == "unmounted":  # an empty mount point is left
            ana.folder.mkdir()
        watch.tells("vanished")
        edit(away / f"{ID}.md", "Two.", "Two, away.")
        edit_there(ana.sandbox, IDS[1], "Two.", "Two, there.")
        for _ in range(3):
            watch.process.send_signal(signal.SIGHUP)
        assert writes(ana.sandbox) == []
        if how == "unmounted":
            ana.folder.rmdir()  # which is possible only because nothing was put there
        assert not ana.folder.exists()
        away.rename(ana.folder)
        watch.tells("back")
        eventually(lambda: "Two, away." in markdown_on(ana.sandbox, ID))
        eventually(lambda: holds(ana.folder / f"{IDS[1]}.md", "Two, there."))
        edit(ana.folder / f"{IDS[2]}.md", "Two.", "Two, as ever.")
        eventually(lambda: "Two, as ever." in markdown_on(ana.sandbox, IDS[2]))
        assert len(watch.told("vanished")) == 1
        assert {each["method"] for each in writes(ana.sandbox)} == {"PATCH"}


def test_a_half_written_page_is_neither_told_nor_sent_until_it_reads(ana: Person) -> None:
    page = ana.folder / f"{ID}.md"
    whole = page.read_text().replace("Two.", "Two, whole.")
    with watching(ana.folder, ana.sandbox) as watch:
        begun(watch)
        page.write_text(whole[:10])
        edit(ana.folder / f"{IDS[1]}.md", "Two.", "Two, meanwhile.")
        watch.tells("change", short_id=IDS[1])  # it has looked, and said nothing of the other
        page.write_text(whole)
        watch.tells("change", short_id=ID)
        watch.looks()
        assert versions_sent(ana.sandbox) == [0]
        assert watch.told("unreadable") == []
        page.write_text(whole[:10])
        watch.tells("unreadable", path=f"{ID}.md")
        watch.looks()
        assert len(watch.told("unreadable")) == 1
        assert versions_sent(ana.sandbox) == [0]


def test_a_new_file_is_mentioned_once_and_sent_only_when_it_is_added(ana: Person) -> None:
    with watching(ana.folder, ana.sandbox) as watch:
        begun(watch)
        (ana.folder / "ideas.md").write_text("# Ideas\n\nOne.\n")
        told = watch.tells("untracked", path="ideas.md")
        assert told["hint"] == "nbsync add ideas.md"
        watch.looks()
        assert len(watch.told("untracked")) == 1
        assert writes(ana.sandbox) == []
        assert ana.types("add", "ideas.md").code == 0
        watch.tells("change", path="ideas.md", action="create")
        assert [each["method"] for each in writes(ana.sandbox)] == ["POST"]


def test_moved_pages_and_new_folders_are_followed(ana: Person) -> None:
    with watching(ana.folder, ana.sandbox) as watch:
        begun(watch)
        inner = ana.folder / "2026" / "november"
        inner.mkdir(parents=True)
        (ana.folder / f"{ID}.md").rename(inner / "weekly.md")
        edit(inner / "weekly.md", "Two.", "Two, moved.")
        told = watch.tells("change", short_id=ID)
        assert told["path"] == "2026/november/weekly.md"
        watch.looks()
        assert wire(ana.sandbox).count(("PATCH", f"{ID}/")) == 1


def test_a_server_that_is_gone_is_told_once_and_edits_arrive_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "box.sqlite3"
    with Sandbox(data=data) as box:
        ana = mirrored(tmp_path, box, monkeypatch, NUMBER)
        port = int(box.url.rpartition(":")[2])
        running = watching(ana.folder, box, every="0.2")
        watch = running.__enter__()
        begun(watch)
    try:
        edit(ana.folder / f"{ID}.md", "Two.", "Two, offline.")
        watch.tells("offline")
        with Sandbox(data=data, port=port) as box:
            eventually(lambda: "Two, offline." in markdown_on(box, ID))
            watch.tells("online")
            assert len(watch.told("offline")) == 1
            assert versions_sent(box) == [0]
            running.__exit__(None, None, None)
    finally:
        watch.process.kill()


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 503},
        {"status": 429},
        {"status": 200, "text": "<html>Sign in to this network</html>"},
        {"drop": "before"},
    ],
)
def test_whatever_answers_in_place_of_posthog_is_told_once(
    ana: Person, fault: dict[str, Any]
) -> None:
    with watching(ana.folder, ana.sandbox, every="0.2") as watch:
        begun(watch)
        ana.sandbox.fault(path="/notebooks/", times=None, **fault)
        watch.tells("offline")
        edit(ana.folder / f"{ID}.md", "Two.", "Two, meanwhile.")
        edit_there(ana.sandbox, IDS[1], "Two.", "Two, there.")
        if fault.get("status") != 429:  # with a time to come back, one look is long
            watch.looks_in_vain()
        ana.sandbox.clear()
        watch.tells("online")
        eventually(lambda: "Two, meanwhile." in markdown_on(ana.sandbox, ID))
        eventually(lambda: holds(ana.folder / f"{IDS[1]}.md", "Two, there."))
        assert len(watch.told("offline")) == 1


def test_a_key_that_is_refused_ends_it_with_3_and_bad_settings_with_2(ana: Person) -> None:
    with watching(ana.folder, ana.sandbox) as watch:
        begun(watch)
        ana.sandbox.fault(path="/notebooks/", status=401, times=None)
        watch.process.send_signal(signal.SIGHUP)
        assert watch.process.wait(PATIENCE) == 3
    ana.sandbox.clear()
    with watching(ana.folder, ana.sandbox) as watch:
        begun(watch)
        with (ana.folder / "nbsync.toml").open("a") as settings:
            settings.write("ignroe = []\n")
        watch.process.send_signal(signal.SIGHUP)
        assert watch.process.wait(PATIENCE) == 2


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_stopped_within_a_push_it_finishes_the_notebook_in_hand(
    ana: Person, ending: signal.Signals
) -> None:
    with watching(ana.folder, ana.sandbox) as watch:
        begun(watch)
        ana.sandbox.fault(method="PATCH", delay=0.7, times=None)
        for short_id in IDS[:4]:
            save_whole(
                ana.folder / f"{short_id}.md", (ana.folder / f"{short_id}.md").read_text() + "x\n"
            )
        eventually(lambda: writes(ana.sandbox))
        assert watch.ends(ending) == 130
    sent = writes(ana.sandbox)
    assert len(sent) == 1
    assert sent[0]["status"] == 200  # it waited for the answer
    assert list((ana.folder / ".nbsync" / "journal").glob("*")) == []
    short_id = sent[0]["path"].split("/")[-2]
    assert (
        f'"version": {ana.sandbox.record(short_id)["version"]}'
        in (ana.folder / ".nbsync" / "base" / f"{short_id}.json").read_text()
    )
    ana.sandbox.clear()
    assert ana.types("push").code == 0
    assert {each["path"].split("/")[-2] for each in writes(ana.sandbox)} == {*IDS[:4]} - {short_id}


def test_a_second_signal_ends_it_at_once_and_nothing_is_lost(ana: Person) -> None:
    with watching(ana.folder, ana.sandbox) as watch:
        begun(watch)
        ana.sandbox.fault(method="PATCH", delay=2 * PATIENCE, times=None)
        edit(ana.folder / f"{ID}.md", "Two.", "Two, late.")
        eventually(lambda: writes(ana.sandbox))
        watch.process.send_signal(signal.SIGINT)
        eventually(lambda: any("once more" in line for line in watch.talk))
        assert watch.ends(signal.SIGINT) == 130
    ana.sandbox.clear()
    assert ana.types("sync").code == 0
    assert "Two, late." in markdown_on(ana.sandbox, ID)


def test_it_looks_at_once_when_it_is_told_to(ana: Person) -> None:
    with watching(ana.folder, ana.sandbox) as watch:
        begun(watch)
        edit_there(ana.sandbox, ID, "Two.", "Two, there.")
        assert "Two, there." not in (ana.folder / f"{ID}.md").read_text()
        watch.process.send_signal(signal.SIGHUP)
        watch.tells("change", short_id=ID, side="local")


def test_pushing_only_never_asks_what_is_there(ana: Person) -> None:
    with watching(ana.folder, ana.sandbox, "--push-only", every="0.1") as watch:
        watch.tells("watching")
        edit_there(ana.sandbox, IDS[1], "Two.", "Two, there.")
        edit(ana.folder / f"{ID}.md", "Two.", "Two, here.")
        watch.tells("change", short_id=ID, side="remote")
        assert wire(ana.sandbox) == [("PATCH", f"{ID}/")]
        assert "Two, there." not in (ana.folder / f"{IDS[1]}.md").read_text()


class _Forgetful(Inbox):
    """Loses every second file event, or all of them."""

    def __init__(self, *, keeps_some: bool) -> None:
        super().__init__()
        self._next = itertools.cycle([False, keeps_some])

    def stirred(self) -> None:
        if next(self._next):
            super().stirred()


@pytest.mark.parametrize("keeps_some", [True, False])
def test_events_that_get_lost_cost_time_and_no_edit(ana: Person, *, keeps_some: bool) -> None:
    inbox, hold = _Forgetful(keeps_some=keeps_some), Hold()
    watch = Loop(
        opened=lambda: opened(ana.folder, ana.sandbox),
        hold=hold,
        tell=lambda _: None,
        show=lambda _: None,
        head=str,
        stopping=lambda: inbox.stopped,
    )
    rhythm = Rhythm(every=float(NEVER), rescan=0.3)
    looking = threading.Thread(target=watch.follow, args=(ticks(inbox, hold, rhythm=rhythm),))
    with observed(ana.folder, inbox):
        looking.start()
        eventually(lambda: lists(ana.sandbox))
        for number, short_id in enumerate(IDS):
            page = ana.folder / f"{short_id}.md"
            text = page.read_text().replace("Two.", f"Two, {number}.")
            (save_whole if number % 2 else Path.write_text)(page, text)
            eventually(lambda: f"Two, {number}." in markdown_on(ana.sandbox, short_id))  # noqa: B023
        inbox.stop()
        looking.join(PATIENCE)
    assert not looking.is_alive()
    assert len(writes(ana.sandbox)) == len(IDS)


def test_polling_finds_what_no_event_tells_of(ana: Person) -> None:
    with (ana.folder / "nbsync.toml").open("a") as settings:
        settings.write('\n[watch]\nbackend = "polling"\n')
    with watching(ana.folder, ana.sandbox) as watch:
        assert watch.tells("watching")["backend"] == "polling"
        watch.looks()
        edit(ana.folder / f"{ID}.md", "Two.", "Two, polled.")
        watch.tells("change", short_id=ID, side="remote")
        inner = ana.folder / "inner"
        inner.mkdir()
        (ana.folder / f"{ID}.md").rename(inner / "moved.md")
        edit(inner / "moved.md", "Three.", "Three, moved.")
        watch.tells("change", short_id=ID, side="remote", path="inner/moved.md")
        watch.looks()
        assert versions_sent(ana.sandbox) == [0, 1]


def test_a_second_watch_is_refused_and_the_first_goes_on(ana: Person) -> None:
    with watching(ana.folder, ana.sandbox) as watch:
        begun(watch)
        second = subprocess.run(
            [sys.executable, "-m", "nbsync", "-C", str(ana.folder), "watch"],
            env=environment(ana.sandbox),
            capture_output=True,
            encoding="utf-8",
            timeout=PATIENCE,
            check=False,
        )
        assert second.returncode == 4
        assert "Another nbsync watch is at work" in second.stderr
        edit(ana.folder / f"{ID}.md", "Two.", "Two, still.")
        watch.tells("change", short_id=ID, side="remote")


def test_the_key_is_in_no_line_no_log_and_no_list_of_processes(ana: Person, tmp_path: Path) -> None:
    log = tmp_path / "watch.log"
    with watching(ana.folder, ana.sandbox, "-v", "--log", str(log), every="0.2") as watch:
        begun(watch)
        edit(ana.folder / f"{ID}.md", "Two.", "Two, here.")
        watch.tells("change", short_id=ID)
        ana.sandbox.fault(path="/notebooks/", status=503, times=None)
        watch.tells("offline")
        ana.sandbox.clear()
        watch.tells("online")
        listed = Path(f"/proc/{watch.process.pid}/cmdline")
        if listed.exists():
            assert ana.sandbox.key.encode() not in listed.read_bytes()
    assert "Note 0" in log.read_text()
    said = [log.read_text(), watch.story(), *map(str, watch.said), *watch.talk]
    assert not any(ana.sandbox.key in each for each in said)
    for path in ana.folder.rglob("*"):
        assert not path.is_file() or ana.sandbox.key.encode() not in path.read_bytes()
