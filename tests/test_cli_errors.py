"""What is said, and with which exit code, when a command cannot do its work."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import click
import pytest

from commands import Person, edit_there, nbsync, person, seed
from mirrors import edit
from nbsync.cli.endings import ended
from nbsync.cli.options import Settings
from nbsync.errors import NbsyncError
from nbsync.sandbox import Sandbox


@pytest.fixture
def ana(tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Person:
    """Somebody with a mirror of seven notebooks."""
    for number in range(1, 8):
        seed(sandbox, f"note000{number}", f"# Note {number}\n\nA line.")
    who = person(tmp_path, sandbox, monkeypatch)
    who.begins()
    return who


Patch = pytest.MonkeyPatch
Setup = Callable[[Person, Patch], None]


@dataclass(frozen=True)
class Case:
    """A situation, what is typed in it, and what comes of that."""

    situation: str
    setup: Setup
    words: tuple[str, ...]
    code: int
    says: tuple[str, ...]
    hint: str


def config(who: Person, old: str, new: str) -> None:
    edit(who.folder / "nbsync.toml", old, new)


def no_mirror(who: Person, patch: Patch) -> None:
    (who.folder / "nbsync.toml").unlink()


def no_key(who: Person, patch: Patch) -> None:
    patch.delenv("POSTHOG_PERSONAL_API_KEY")


def wrong_key(who: Person, patch: Patch) -> None:
    patch.setenv("POSTHOG_PERSONAL_API_KEY", "phx_nobody")


def key_without_host(who: Person, patch: Patch) -> None:
    patch.delenv("POSTHOG_HOST")


def other_host(who: Person, patch: Patch) -> None:
    patch.setenv("POSTHOG_HOST", "eu")


def other_project(who: Person, patch: Patch) -> None:
    patch.setenv("POSTHOG_PROJECT_ID", "7")


def foreign_memory(who: Person, patch: Patch) -> None:
    config(who, 'project = "1"', 'project = "2"')


def no_such_project(who: Person, patch: Patch) -> None:
    foreign_memory(who, patch)
    (who.folder / ".nbsync").rename(who.folder.parent / "aside")


def broken_config(who: Person, patch: Patch) -> None:
    config(who, "host =", "host = = ")


def unknown_setting(who: Person, patch: Patch) -> None:
    config(who, "format =", "formats =")


def read_only_key(who: Person, patch: Patch) -> None:
    patch.setenv("POSTHOG_PERSONAL_API_KEY", who.sandbox.read_only_key)
    edit(who.folder / "note0001.md", "A line.", "My line.")


def login_page(who: Person, patch: Patch) -> None:
    who.sandbox.fault(status=200, text="<html>Log in</html>", times=None)


def sent_on(who: Person, patch: Patch) -> None:
    headers = {"location": "https://sso.example.com/login"}
    who.sandbox.fault(status=302, text="", headers=headers, times=None)


def throttled(who: Person, patch: Patch) -> None:
    who.sandbox.fault(status=429, headers={"Retry-After": "3600"}, body={}, times=None)


def server_down(who: Person, patch: Patch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    there = f"http://127.0.0.1:{port}"
    config(who, who.sandbox.url, there)
    edit(who.folder / ".nbsync" / "mirror.json", who.sandbox.url, there)
    patch.setenv("POSTHOG_HOST", there)


def proxy_of_another_kind(who: Person, patch: Patch) -> None:
    config(who, who.sandbox.url, "https://eu.posthog.com")
    edit(who.folder / ".nbsync" / "mirror.json", who.sandbox.url, "https://eu.posthog.com")
    patch.setenv("POSTHOG_HOST", "eu")
    patch.setenv("HTTPS_PROXY", "nonsense://127.0.0.1:1")


def all_pages_gone(who: Person, patch: Patch) -> None:
    for page in who.folder.glob("*.md"):
        page.unlink()


def both_edited(who: Person, patch: Patch) -> None:
    edit(who.folder / "note0001.md", "A line.", "My line.")
    edit_there(who.sandbox, "note0001", "A line.", "His line.")


def edited(who: Person, patch: Patch) -> None:
    edit(who.folder / "note0001.md", "A line.", "My line.")


def too_long_a_title(who: Person, patch: Patch) -> None:
    edit(who.folder / "note0001.md", "# Note 1", f"# {'x' * 257}")


def git_at_work(who: Person, patch: Patch) -> None:
    git = who.folder / ".git"
    git.mkdir()
    (git / "HEAD").write_text("ref: refs/heads/main\n")
    (git / "index.lock").touch()


def fine(who: Person, patch: Patch) -> None:
    """Nothing is amiss."""


def hidden_notebook(who: Person, patch: Patch) -> None:
    edit_there(who.sandbox, "note0001", "A line.", "His line.")
    who.sandbox.fault(path="/notebooks/note0001", status=500, text="", times=None)


CASES = [
    Case("no mirror", no_mirror, ("status",), 2, ("no nbsync.toml in",), "nbsync init"),
    Case("no key", no_key, ("pull",), 3, ("There is no key", "not set"), "export POSTHOG"),
    Case("wrong key", wrong_key, ("pull",), 3, ("does not accept the key (401)",), "export"),
    Case(
        "a key that is for PostHog's clouds",
        key_without_host,
        ("pull",),
        3,
        ("without a host it goes to PostHog's clouds only",),
        "POSTHOG_HOST=http://127.0.0.1",
    ),
    Case("another host", other_host, ("status",), 2, ("POSTHOG_HOST is https://eu",), "unset"),
    Case("another project", other_project, ("pull",), 2, ("POSTHOG_PROJECT_ID is 7",), "unset"),
    Case("foreign memory", foreign_memory, ("pull",), 2, ("belongs to project 1",), "nbsync"),
    Case("no such project", no_such_project, ("pull",), 2, ("no project 2",), "`project`"),
    Case("broken nbsync.toml", broken_config, ("list",), 2, ("is no TOML",), "edit "),
    Case("unknown setting", unknown_setting, ("list",), 2, ("`formats` is no key",), "`format`"),
    Case("read-only key", read_only_key, ("push",), 3, ("notebook:write",), "add the scope"),
    Case("login page", login_page, ("pull",), 7, ("not PostHog's API", "HTML"), "proxy"),
    Case("sent on", sent_on, ("status",), 7, ("sso.example.com", "login page"), "`host`"),
    Case("throttled", throttled, ("pull",), 7, ("asks to wait 3600 s (429)",), "later"),
    Case("server down", server_down, ("sync",), 7, ("cannot be reached",), "network"),
    Case("a strange proxy", proxy_of_another_kind, ("pull",), 2, ("proxy",), "unset HTTPS_PROXY"),
    Case(
        "much to delete",
        all_pages_gone,
        ("push", "--delete"),
        6,
        ("This would delete 7 in PostHog", "and 4 more), of 7 notebooks. Nothing was done."),
        "nbsync push --delete --allow-changes=7",
    ),
    Case("conflict", both_edited, ("sync",), 5, ("conflict: note0001.md",), "resolve note0001"),
    Case("one that fails", hidden_notebook, ("pull",), 4, ("note0001",), "run it again"),
    Case("title too long", too_long_a_title, ("push",), 4, ("note0001.md", "256"), ""),
    Case("git at work", git_at_work, ("sync",), 4, ("git is at work in",), "git status"),
    Case("wrong option", fine, ("pull", "--nope"), 2, ("No such option '--nope'",), "pull --help"),
    Case("wrong command", fine, ("pul",), 2, ("no command 'pul'. Did you mean 'pull'",), "--help"),
    Case("no folder", fine, ("-C", "nowhere", "list"), 2, ("no folder nowhere",), "init nowhere"),
    Case("option without value", fine, ("list", "-C"), 2, ("'-C' requires",), "nbsync --help"),
    Case("unknown name", fine, ("diff", "zzz"), 2, ("No notebook is called 'zzz'",), "nbsync list"),
    Case("ambiguous name", fine, ("pull", "note"), 2, ("could be 7 notebooks",), "nbsync list"),
    Case("in no conflict", fine, ("resolve", "note0001", "--ours"), 4, ("in no conflict",), "conf"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.situation)
def test_every_failure_says_what_where_and_what_to_do_next(
    case: Case, ana: Person, monkeypatch: Patch
) -> None:
    case.setup(ana, monkeypatch)
    answer = ana.types(*case.words)
    assert answer.code == case.code, answer.screen
    for words in case.says:
        assert words in answer.err
    hints = [line for line in answer.err.splitlines() if line.startswith("  next: ")]
    assert any(case.hint in hint for hint in hints)
    assert "Traceback" not in answer.screen
    assert ana.sandbox.key not in answer.screen


def test_a_difference_is_exit_8_where_that_is_asked_for(ana: Person, monkeypatch: Patch) -> None:
    assert ana.types("status", "--exit-code").code == 0
    edited(ana, monkeypatch)
    assert ana.types("status").code == 0
    assert ana.types("status", "--exit-code").code == 8
    assert ana.types("status", "--exit-code", "--offline").code == 8


def test_a_number_that_covers_it_confirms_a_guarded_run(ana: Person, monkeypatch: Patch) -> None:
    all_pages_gone(ana, monkeypatch)
    assert ana.types("push", "--delete", "--allow-changes", "6").code == 6
    assert ana.types("push", "--delete", "-n").code == 0
    assert ana.sandbox.record("note0001")["deleted"] is False
    assert ana.types("push", "--delete", "--allow-changes", "7").code == 0
    assert ana.sandbox.record("note0001")["deleted"] is True


def test_what_was_done_before_the_server_went_is_told(ana: Person) -> None:
    for number in range(1, 8):
        edit(ana.folder / f"note000{number}.md", "A line.", "My line.")
    ana.sandbox.fault(method="PATCH", skip=3, times=None, status=401, body={})
    answer = ana.types("push", "--allow-changes=7")
    assert (answer.code, answer.out.count("-> update")) == (3, 3)


def test_a_bug_is_owned_up_to(capsys: pytest.CaptureFixture[str]) -> None:
    def broken() -> int:
        raise ZeroDivisionError("one by nothing")

    assert ended(broken, Settings()) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "Traceback" in said.err
    assert "error: This is a bug in nbsync: ZeroDivisionError: one by nothing.\n" in said.err


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort()])
def test_an_interruption_is_exit_130(
    error: BaseException, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted() -> int:
        raise error

    assert ended(interrupted, Settings()) == 130
    assert capsys.readouterr().err.startswith("error: Interrupted; what was done is done whole.\n")


@pytest.mark.parametrize("failing", [False, True])
def test_a_closed_pipe_is_exit_141(*, failing: bool) -> None:
    def printing() -> int:
        if failing:
            raise NbsyncError("for nobody")
        click.echo("for nobody")
        return 0

    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as stdout, redirect_stdout(stdout):
        assert ended(printing, Settings(as_json=True)) == 141


def test_an_error_without_a_full_stop_gets_one(capsys: pytest.CaptureFixture[str]) -> None:
    def failing() -> int:
        raise NbsyncError("no full stop")

    assert ended(failing, Settings()) == 4
    assert capsys.readouterr().err == "error: no full stop.\n"


def test_other_peoples_titles_cannot_play_with_the_terminal(ana: Person) -> None:
    title = "a\x1b[31mb\nc\u202ed"
    ana.sandbox.seed(short_id="evil0001", title=title, content=ana.sandbox.markdown("x"))
    for words in (("status",), ("pull",), ("list",)):
        screen = ana.types(*words).screen
        assert "a\ufffd[31mb\ufffdc\ufffdd" in screen
        assert "\x1b" not in screen


def test_a_look_does_not_wait_for_another_nbsync(ana: Person, sandbox: Sandbox) -> None:
    from mirrors import opened

    with opened(ana.folder, sandbox):
        answer = ana.types("status")
    assert (answer.code, answer.out) == (0, "7 notebooks in step, verified today.\n")


def test_a_file_that_is_left_out_is_not_taken_in(ana: Person) -> None:
    with (ana.folder / "nbsync.toml").open("a") as settings:
        settings.write('ignore = ["drafts"]\n')
    (ana.folder / "drafts").mkdir()
    (ana.folder / "drafts" / "own.md").write_text("mine")
    answer = ana.types("add", str(ana.folder / "drafts" / "own.md"))
    assert (answer.code, "left out by `ignore`" in answer.err) == (2, True)


def test_init_in_a_place_that_is_a_file_is_refused(ana: Person, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("x")
    answer = nbsync("init", str(tmp_path / "taken"), "--host", "eu", "--project", "1")
    assert (answer.code, "cannot be written: File exists." in answer.err) == (4, True)


def test_the_next_step_after_init_is_the_key_where_there_is_none(
    tmp_path: Path, sandbox: Sandbox, monkeypatch: Patch
) -> None:
    person(tmp_path, sandbox, monkeypatch)
    monkeypatch.delenv("POSTHOG_PERSONAL_API_KEY")
    there, cloud = str(tmp_path / "there"), str(tmp_path / "cloud")
    answer = nbsync("init", there, "--host", sandbox.url, "--project", "1")
    assert f"export POSTHOG_PERSONAL_API_KEY=phx_… POSTHOG_HOST={sandbox.url}\n" in answer.err
    answer = nbsync("init", cloud, "--host", "eu", "--project", "1", "--format", "json")
    assert "export POSTHOG_PERSONAL_API_KEY=phx_…\n" in answer.err
