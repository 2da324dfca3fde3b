"""`nbsync watch` as people meet it: what it says, where, and how it is stopped."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from commands import Answer, Person, edit_there, nbsync, person, seed
from mirrors import edit, pages
from nbsync.cli.demo import environment
from nbsync.cli.options import Settings
from nbsync.cli.speaking import Voice
from nbsync.cli.watch import _Eyes
from nbsync.cli.watched import Watched
from nbsync.sandbox import Sandbox
from nbsync.watch import Inbox, observed
from watching import eventually, watching

pytestmark = pytest.mark.laws  # waits for timers and files: without coverage

ID = "aB3dE5fG"
LONGEST = 60


@pytest.fixture
def ana(tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Person:
    """Somebody with a mirror of one notebook."""
    seed(sandbox, ID, "# Weekly numbers\n\nOne.\n\nTwo.")
    who = person(tmp_path, sandbox, monkeypatch)
    who.begins()
    return who


class Talk:
    """A watch that speaks to people, and what it has said so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []

    def until(self, pattern: str) -> str:
        """The next line that holds a pattern."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
            if re.search(pattern, line):
                return line.removesuffix("\n")
        raise AssertionError("".join(self.lines))


@contextmanager
def talking(who: Person, *words: str, every: str = "0.3") -> Iterator[Talk]:
    """A watch with standard output and standard error in one, until the block ends."""
    said = ["-C", os.fspath(who.folder), "watch", "--every", every, *words]
    with subprocess.Popen(
        [sys.executable, "-m", "nbsync", *said],
        env=environment(who.sandbox),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    ) as process:
        try:
            yield Talk(process)
            process.terminate()
            process.wait(LONGEST)
        finally:
            process.kill()


def test_people_get_a_line_for_each_thing_that_happens(ana: Person) -> None:
    with talking(ana) as talk:
        first = talk.until("watching")
        assert re.fullmatch(r"\d\d:\d\d:\d\d      watching  .*", first)
        assert f"{ana.folder} and project 1 at {ana.sandbox.url} (every 0.3 s)" in first
        edit(ana.folder / f"{ID}.md", "One.", "One, mine.")
        assert talk.until("updated")[10:] == "->  updated   Weekly numbers  v1"
        edit_there(ana.sandbox, ID, "Two.", "Two, theirs.")
        assert talk.until("updated")[10:] == "<-  updated   Weekly numbers  v2"
        (ana.folder / "idea.md").write_text("# An idea\n")
        assert talk.until("new file")[10:] == (
            "    new file  idea.md is no notebook yet.  next: nbsync add idea.md"
        )
        ana.sandbox.fault(status=503, times=None, body={})
        offline = talk.until("offline")
        assert re.search(r"failed at the server \(503\).*  \(again at \d\d:\d\d:\d\d\)$", offline)
        ana.sandbox.clear()
        talk.until("online    PostHog can be reached again, after ")
        talk.process.send_signal(signal.SIGTERM)
        talk.until("Stopping after the notebook in hand; once more stops at once.")
        assert talk.until("stopped")[10:] == "    stopped   What was done is done whole."
        assert talk.process.wait(LONGEST) == 130


def test_programs_get_an_object_a_line(ana: Person) -> None:
    with watching(ana.folder, ana.sandbox, every="0.3") as watch:
        first = watch.tells("watching")
        assert {name: first[name] for name in ("type", "schema", "every", "backend", "host")} == {
            "type": "nbsync.watch",
            "schema": 1,
            "every": 0.3,
            "backend": "native",
            "host": ana.sandbox.url,
        }
        assert (first["project"], first["folder"]) == ("1", str(ana.folder))
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d", first["at"])
        edit(ana.folder / f"{ID}.md", "One.", "One, mine.")
        change = watch.tells("change")
        del change["at"]
        assert change == {
            "type": "nbsync.watch",
            "schema": 1,
            "event": "change",
            "path": f"{ID}.md",
            "short_id": ID,
            "side": "remote",
            "action": "update",
            "title": "Weekly numbers",
            "version": 1,
            "note": "",
        }
        assert watch.ends(signal.SIGINT) == 130
        assert watch.said[-1]["event"] == "ended" and watch.said[-1]["exit_code"] == 130


def test_a_bug_is_owned_up_to_in_a_line_too(ana: Person, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "def ticks(*words, **more):\n    raise ZeroDivisionError('one by nothing')\n\n"
        "import nbsync.watch\nnbsync.watch.ticks = ticks\n"
    )
    ended = subprocess.run(
        [sys.executable, "-m", "nbsync", "-C", os.fspath(ana.folder), "watch", "--json"],
        env=environment(ana.sandbox) | {"PYTHONPATH": os.fspath(tmp_path)},
        capture_output=True,
        encoding="utf-8",
        timeout=LONGEST,
        check=False,
    )
    assert ended.returncode == 1
    said = [json.loads(line) for line in ended.stdout.splitlines()]
    assert [each["event"] for each in said] == ["watching", "ended"]
    assert said[-1]["message"] == "This is a bug in nbsync: ZeroDivisionError: one by nothing."
    assert "Traceback" in ended.stderr


def test_a_conflict_is_told_with_what_settles_it(ana: Person) -> None:
    with talking(ana) as talk:
        talk.until("watching")
        ana.sandbox.fault(status=503, times=3, body={})
        talk.until("offline")
        edit(ana.folder / f"{ID}.md", "One.", "One, mine.")
        edit_there(ana.sandbox, ID, "One.", "One, theirs.")
        line = talk.until("conflict")
        assert line[10:] == (
            f"    conflict  Weekly numbers  {ID}.md (1 region; version 1 by Ben)"
            f"  next: nbsync resolve {ID} --edit   # or --ours, --theirs"
        )
        assert ana.types("resolve", ID, "--ours").code == 0
        assert talk.until("settled")[10:] == f"    settled   Weekly numbers  {ID}.md"
        assert talk.until("updated")[10:] == "->  updated   Weekly numbers  v2"


def test_quiet_says_only_what_went_wrong_and_the_log_says_all(ana: Person, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with talking(ana, "-q", "--log", str(log)) as talk:
        eventually(lambda: log.exists() and "watching" in log.read_text())
        edit(ana.folder / f"{ID}.md", "One.", "One, mine.")
        eventually(lambda: "updated" in log.read_text())
        log.rename(tmp_path / "log.1")
        ana.sandbox.fault(status=503, times=3, body={})
        talk.until("offline")
        assert len(talk.lines) == 1
        eventually(lambda: log.exists() and "online" in log.read_text())
    assert re.search(
        r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  ->  updated   Weekly numbers  v1$",
        (tmp_path / "log.1").read_text(),
        re.MULTILINE,
    )
    assert "\x1b" not in (tmp_path / "log.1").read_text()


def test_a_log_that_cannot_be_written_is_told_once_and_stops_nothing(
    ana: Person, tmp_path: Path
) -> None:
    log = tmp_path / "not there" / "log"
    with talking(ana, "--log", str(log)) as talk:
        talk.until("log       .*cannot be written: No such file or directory; it goes on without")
        edit(ana.folder / f"{ID}.md", "One.", "One, mine.")
        talk.until("->  updated")
        assert sum("cannot be written" in line for line in talk.lines) == 1
        log.parent.mkdir()
        edit(ana.folder / f"{ID}.md", "One, mine.", "One, mine again.")
        talk.until("->  updated")
        eventually(lambda: log.exists() and "v2" in log.read_text())


def test_a_second_watch_of_a_mirror_is_refused(ana: Person) -> None:
    with talking(ana) as talk:
        talk.until("watching")
        second = ana.types("watch")
        assert (second.code, second.out) == (4, "")
        assert f"error: Another nbsync watch is at work in {ana.folder}." in second.err
        assert ana.types("status").code == 0
        assert ana.types("pull").code == 0


def test_it_does_not_wait_with_the_lock_while_it_is_idle(ana: Person) -> None:
    with talking(ana, every="3600") as talk:
        talk.until("watching")
        ana.types("new", "Launch review")
        talk.until("->  created   Launch review")


def methods(who: Person) -> list[str]:
    """What the server was asked."""
    return [each["method"] for each in who.sandbox.requests()]


def test_a_second_signal_ends_it_at_once(ana: Person) -> None:
    with talking(ana, every="3600") as talk:
        eventually(lambda: methods(ana) == ["GET"])
        ana.sandbox.fault(method="PATCH", delay=2.0 * LONGEST, times=None)
        edit(ana.folder / f"{ID}.md", "One.", "One, mine.")
        eventually(lambda: "PATCH" in methods(ana))
        talk.process.send_signal(signal.SIGINT)
        talk.until("Stopping after the notebook in hand; once more stops at once.")
        talk.process.send_signal(signal.SIGINT)
        assert talk.process.wait(LONGEST) == 130
    ana.sandbox.clear()
    assert ana.types("sync").code == 0


def test_sighup_looks_again_now(ana: Person) -> None:
    with watching(ana.folder, ana.sandbox) as watch:
        watch.tells("watching")
        eventually(lambda: len(ana.sandbox.requests()) > 0)
        edit_there(ana.sandbox, ID, "Two.", "Two, theirs.")
        watch.process.send_signal(signal.SIGHUP)
        assert watch.tells("change")["side"] == "local"


def test_a_signal_that_is_ignored_from_the_beginning_stays_ignored(ana: Person) -> None:
    said = [sys.executable, "-m", "nbsync", "-C", str(ana.folder), "watch", "--every", "3600"]
    with subprocess.Popen(
        ["sh", "-c", 'trap "" HUP; exec "$@"', "sh", *said],
        env=environment(ana.sandbox),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    ) as process:
        talk = Talk(process)
        talk.until("watching")
        process.send_signal(signal.SIGHUP)
        edit(ana.folder / f"{ID}.md", "One.", "One, mine.")
        talk.until("->  updated")
        assert methods(ana) == ["GET", "PATCH"]
        process.send_signal(signal.SIGTERM)
        talk.until("stopped")


# --- what ends it ---------------------------------------------------------------------------


def last_object(answer: Answer) -> dict[str, Any]:
    found = json.loads(answer.out.splitlines()[-1])
    assert isinstance(found, dict)
    return found


def test_a_bad_key_ends_it_with_3(ana: Person) -> None:
    ana.sandbox.fault(status=401, times=None)
    answer = ana.types("watch")
    assert answer.code == 3
    assert "does not accept the key (401)" in answer.err and "  next: " in answer.err
    answer = ana.types("watch", "--json")
    assert (answer.code, answer.err) == (3, "")
    end = last_object(answer)
    assert (end["event"], end["exit_code"]) == ("ended", 3)
    assert ana.sandbox.key not in answer.out


def test_without_a_mirror_it_ends_with_2(tmp_path: Path) -> None:
    answer = nbsync("-C", str(tmp_path), "watch", "--json")
    assert answer.code == 2
    assert last_object(answer)["hint"] == "nbsync init"
    assert nbsync("-C", str(tmp_path), "watch", "--every", "0").code == 2


def test_it_can_be_run_beside_the_main_thread(ana: Person) -> None:
    ana.sandbox.fault(status=401, times=None)
    codes: list[int] = []
    thread = threading.Thread(target=lambda: codes.append(ana.types("watch", "-q").code))
    thread.start()
    thread.join(LONGEST)
    assert codes == [3]


def configure(who: Person, old: str, new: str) -> None:
    """Edit nbsync.toml as careful editors do."""
    path = who.folder / "nbsync.toml"
    text = path.read_text()
    assert old in text
    beside = path.with_name("nbsync.toml.new")
    beside.write_text(text.replace(old, new))
    beside.replace(path)


def test_a_configuration_that_changes_is_obeyed_and_a_bad_one_ends_it_with_2(ana: Person) -> None:
    with watching(ana.folder, ana.sandbox, every="0.3") as watch:
        watch.tells("watching")
        configure(ana, "{short_id}", "notes/{title}")
        assert watch.tells("config")["message"] == (
            "nbsync.toml changed, and is obeyed from now on."
        )
        seed(ana.sandbox, "note0002", "# Second")
        assert watch.tells("change")["path"] == "notes/Second.md"
        configure(ana, "format", 'watch.backend = "polling"\nformat')
        assert "its backend from the next start on" in watch.tells("config")["message"]
        configure(ana, "format", "forMat")
        assert watch.process.wait(LONGEST) == 2
        assert "`forMat` is no key" in watch.tells("ended")["message"]


def test_a_configuration_that_names_another_project_ends_it_with_2(ana: Person) -> None:
    with watching(ana.folder, ana.sandbox, every="0.3") as watch:
        watch.tells("watching")
        configure(ana, 'project = "1"', 'project = "2"')
        end = watch.tells("ended")
        assert (end["exit_code"], watch.process.wait(LONGEST)) == (2, 2)
        assert "now names project 2" in end["message"]


def test_a_folder_that_goes_away_is_not_made_anew_and_it_goes_on_when_it_is_back(
    ana: Person,
) -> None:
    away = ana.folder.with_name("away")
    with watching(ana.folder, ana.sandbox) as watch:
        edit(ana.folder / f"{ID}.md", "One.", "One, mine.")
        watch.tells("change")
        ana.folder.rename(away)
        watch.process.send_signal(signal.SIGHUP)
        assert f"{ana.folder} is not there" in watch.tells("vanished")["message"]
        assert not ana.folder.exists()
        ana.folder.mkdir()
        edit_there(ana.sandbox, ID, "Two.", "Two, theirs.")
        ana.folder.rmdir()
        away.rename(ana.folder)
        assert watch.tells("back")["seconds"] >= 0
        assert watch.tells("change")["side"] == "local"
        edit(ana.folder / f"{ID}.md", "One, mine.", "One, mine again.")
        assert watch.tells("change")["side"] == "remote"
    assert len(pages(ana.folder)) == 1


def test_a_system_that_gives_no_events_is_told_once(
    ana: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(folder=ana.folder)
    with ExitStack() as leave:
        there = Watched(settings, leave)
        observer = leave.enter_context(observed(ana.folder, Inbox(), backend="polling"))
        eyes = _Eyes(there, observer, Voice(settings, None, every=5.0))
        with eyes.opened():
            pass
        observer.trouble = "No space left on device"
        for _ in range(2):
            with eyes.opened() as mirror:
                assert mirror.form == "markdown"
    said = capsys.readouterr().out
    assert said.count("gives no file events (No space left on device)") == 1


def test_a_reader_that_has_gone_ends_it(ana: Person) -> None:
    with talking(ana) as talk:
        talk.until("watching")
        assert talk.process.stdout is not None
        talk.process.stdout.close()
        edit(ana.folder / f"{ID}.md", "One.", "One, mine.")
        assert talk.process.wait(LONGEST) == 141


# --- the status line -------------------------------------------------------------------------


def test_a_terminal_shows_how_it_stands(ana: Person) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "nbsync", "-C", str(ana.folder), "watch", "--every", "0.3"],
        env=environment(ana.sandbox) | {"TERM": "xterm", "COLUMNS": "120"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        drawn = ""

        def until(words: str) -> None:
            nonlocal drawn
            while words not in drawn:
                drawn += os.read(ours, 4096).decode()
            drawn = drawn.partition(words)[2]

        until("in step · next look ")
        edit(ana.folder / f"{ID}.md", "One.", "One, mine.")
        until("Weekly numbers\x1b[0m  v1")
        until("in step · next look ")
        until(" · last: ")
        until("->  updated   Weekly numbers  v1")
        ana.sandbox.fault(status=503, times=None, body={})
        until("offline since ")
        process.send_signal(signal.SIGINT)
        until("stopped")
        assert process.wait(LONGEST) == 130
    os.close(ours)
