"""nbsync as a process of its own: signals, pipes, two at once, and a terminal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from commands import Person, person, seed, terminal
from mirrors import asked, edit, opened, pages
from nbsync.cli import run
from nbsync.cli.demo import environment
from nbsync.sandbox import Sandbox
from watching import eventually

pytestmark = pytest.mark.laws  # whole processes: without coverage

MANY = 30
LONGEST = 60


@pytest.fixture
def ana(tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Person:
    """Somebody whose mirror is still empty, of a project with many notebooks."""
    for number in range(MANY):
        seed(sandbox, f"note{number:04}", f"# Note {number}\n\nA line.")
    who = person(tmp_path, sandbox, monkeypatch)
    assert who.types("init", "--host", sandbox.url, "--project", sandbox.project).code == 0
    sandbox.clear()
    return who


def started(who: Person, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "nbsync", "-C", str(who.folder), *words],
        env=environment(who.sandbox),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def lines_until(process: subprocess.Popen[str], words: str, *, times: int = 1) -> list[str]:
    """Read standard error until words have come so often."""
    assert process.stderr is not None
    lines: list[str] = []
    for line in process.stderr:
        lines.append(line)
        if sum(words in each for each in lines) == times:
            break
    return lines


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_a_long_pull_can_be_stopped_and_the_next_one_goes_on(
    ana: Person, ending: signal.Signals
) -> None:
    ana.sandbox.fault(path="/notebooks/note", delay=0.1, times=None)
    with started(ana, "pull", "-v") as pull:
        lines_until(pull, "/notebooks/note", times=10)
        pull.send_signal(ending)
        out, err = pull.communicate(timeout=LONGEST)
    assert (pull.returncode, out) == (130, "")
    assert "error: Interrupted; what was done is done whole.\n" in err
    assert "Traceback" not in err
    done = len(pages(ana.folder))
    assert 0 < done < MANY
    ana.sandbox.clear()
    assert ana.types("pull").code == 0
    assert len(pages(ana.folder)) == MANY
    fetched = [path for _, path in asked(ana.sandbox) if path.startswith("note")]
    # a page whose base was still to be written is looked at once more
    assert MANY - done <= len(fetched) <= MANY - done + 1


def test_an_interrupted_command_still_prints_one_document(ana: Person) -> None:
    ana.sandbox.fault(path="/notebooks/note", delay=0.1, times=None)
    with started(ana, "pull", "-v", "--json") as pull:
        lines_until(pull, "/notebooks/note")
        pull.send_signal(signal.SIGINT)
        out, _ = pull.communicate(timeout=LONGEST)
    assert pull.returncode == 130
    assert '"type": "nbsync.error"' in out and '"exit_code": 130' in out


def test_a_second_signal_ends_it_at_once(ana: Person) -> None:
    ana.sandbox.fault(path="/notebooks/note", delay=2 * LONGEST, times=None)
    with started(ana, "pull", "-v") as pull:
        eventually(lambda: any("/note0" in each["path"] for each in ana.sandbox.requests()))
        pull.send_signal(signal.SIGINT)
        lines_until(pull, "Stopping; once more stops at once.")
        pull.send_signal(signal.SIGINT)
        assert pull.wait(timeout=LONGEST) == 130
    ana.sandbox.clear()
    assert ana.types("pull").code == 0


def test_a_reader_that_has_gone_ends_a_command_silently(ana: Person) -> None:
    assert ana.types("pull", "-q").code == 0
    with started(ana, "list") as listing:
        assert listing.stdout is not None and listing.stderr is not None
        listing.stdout.close()
        assert listing.stderr.read() == ""
        assert listing.wait(timeout=LONGEST) == 141


def test_an_error_for_a_reader_that_has_gone_is_silent_too(ana: Person) -> None:
    with started(ana, "--json", "nonsense") as failing:
        assert failing.stdout is not None and failing.stderr is not None
        failing.stdout.close()
        assert failing.stderr.read() == ""
        assert failing.wait(timeout=LONGEST) == 141


def test_a_second_one_says_who_is_at_work(ana: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nbsync.cli.mirror._PATIENCE", 0.1)  # in place of five seconds
    with opened(ana.folder, ana.sandbox):
        second = ana.types("new", "Launch review")
    assert (second.code, second.out) == (4, "")
    assert f"error: Another nbsync is at work in {ana.folder}" in second.err
    assert f"process {os.getpid()}" in second.err


@pytest.mark.parametrize(("answer", "code", "deleted"), [("y\n", 0, True), ("n\n", 6, False)])
def test_a_guard_asks_on_a_terminal(
    ana: Person, monkeypatch: pytest.MonkeyPatch, answer: str, code: int, *, deleted: bool
) -> None:
    assert ana.types("pull").code == 0
    for page in ana.folder.glob("*.md"):
        page.unlink()
    with terminal(monkeypatch, answers=answer) as drawn:
        assert run(["-C", str(ana.folder), "push", "--delete"]) == code
    assert f"This would delete {MANY} in PostHog" in "".join(drawn)
    assert ana.sandbox.record("note0000")["deleted"] is deleted


def test_a_long_pull_draws_its_progress_on_a_terminal(
    ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    with terminal(monkeypatch) as drawn:
        assert run(["-C", str(ana.folder), "pull"]) == 0
    assert f"{MANY}/{MANY}" in "".join(drawn)


def test_a_short_pull_draws_nothing(ana: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    with terminal(monkeypatch) as drawn:
        assert run(["-C", str(ana.folder), "pull", "note0001"]) == 0
    assert "".join(drawn).splitlines() == ["pull: changed 1 here; 1 notebook, 2 requests."]


@pytest.mark.parametrize(
    ("words", "variable", "coloured"),
    [((), "", True), (("--no-color",), "", False), ((), "1", False)],
)
def test_colour_is_for_terminals_and_can_be_refused(
    ana: Person,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    variable: str,
    *,
    coloured: bool,
) -> None:
    monkeypatch.setenv("NO_COLOR", variable)
    with terminal(monkeypatch) as drawn:
        assert run([*words, "diff", "-C", str(ana.folder), "nothing"]) == 2
    assert ("\x1b[31merror:" in "".join(drawn)) is coloured


def test_results_on_a_terminal_are_coloured_and_cut_where_there_are_very_many(
    ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(MANY, 70):
        seed(ana.sandbox, f"note{number:04}", f"# Note {number}\n\nA line.")
    with terminal(monkeypatch, stdout=True) as drawn:
        assert run(["-C", str(ana.folder), "pull"]) == 0
    assert "\x1b[32mcreate" in "".join(drawn)
    assert "   … and 30 more" in "".join(drawn)
    edit(ana.folder / "note0001.md", "A line.", "\x1b[31mMine\ttoo")
    with terminal(monkeypatch, stdout=True) as drawn:
        assert run(["-C", str(ana.folder), "diff"]) == 0
    assert "\x1b[32m+\ufffd[31mMine\ttoo" in "".join(drawn)


def test_a_wait_is_told_once(ana: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(2):
        ana.sandbox.fault(status=429, headers={"Retry-After": "1"}, body={}, path="/notebooks/note")
    answer = ana.types("pull", "note0001")
    assert (answer.code, answer.err.count("asks to wait 1 s (429)")) == (0, 1)


def ended_in(who: Person, line: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """A line of shell in which nbsync is "$@"."""
    return subprocess.run(
        ["sh", "-c", line, "sh", sys.executable, "-m", "nbsync", "-C", str(who.folder)],
        env={**environment(who.sandbox), **environ},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_a_command_whose_output_was_closed_before_it_began_does_its_work(ana: Person) -> None:
    done = ended_in(ana, '"$@" pull >&-')
    assert (done.returncode, "Traceback" in done.stderr) == (0, False)
    assert len(pages(ana.folder)) == MANY


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only some systems have a full device")
@pytest.mark.parametrize("words", ["pull", "pull --json"])
def test_a_full_disk_under_the_output_is_no_bug_and_the_work_is_done(
    ana: Person, words: str
) -> None:
    done = ended_in(ana, f'"$@" {words} >/dev/full')
    assert done.returncode == 4
    assert "Traceback" not in done.stderr
    assert len(pages(ana.folder)) == MANY


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become a user that has no name")
def test_somebody_without_a_home_has_none_that_a_clone_could_bring() -> None:
    nameless = "import os; from nbsync.cli.mirror import home;os.setreuid(54321, 0); print(home())"
    environ = {name: value for name, value in os.environ.items() if name != "HOME"}
    process = subprocess.run(
        [sys.executable, "-c", nameless],
        env=environ,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert process.stderr == ""
    assert process.stdout == f"{os.devnull}\n"
