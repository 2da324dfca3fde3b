"""The first five minutes: init asks for what it lacks, and ends with what to type next."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from commands import nbsync, person, terminal
from nbsync.cli import run
from nbsync.credentials import user_folder
from nbsync.sandbox import Sandbox
from terminals import Screen, on_terminal

HOST, KEY, PROJECT = "Its number or address [1]: ", "Key, not shown (Enter: later): ", "Project"
Newcomer = Callable[..., Screen]


@pytest.fixture
def environ(tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """An environment that says nothing of PostHog, with a keyring that is empty."""
    person(tmp_path, sandbox, monkeypatch)
    monkeypatch.delenv("POSTHOG_HOST")
    monkeypatch.delenv("POSTHOG_PERSONAL_API_KEY")
    monkeypatch.setenv("KEYRING_FILE", str(tmp_path / "keyring.json"))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    return dict(os.environ)


@pytest.fixture
def newcomer(tmp_path: Path, environ: dict[str, str]) -> Newcomer:
    """Somebody at a terminal: what they type after `nbsync`, and what they answer."""

    def types(*words: str, answers: tuple[tuple[str, str], ...] = (), **options: Any) -> Screen:
        folder = tmp_path / options.pop("folder", "")
        return on_terminal(words, *answers, folder=folder, env=environ | options)

    return types


def everything_written(folder: Path, *, but: str = "keyring.json") -> str:
    """All bytes below a folder, but those of one file."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != but)
    return "".join(path.read_bytes().decode("latin-1") for path in files)


def test_a_key_that_is_pasted_is_on_no_screen_and_in_no_file(
    tmp_path: Path, sandbox: Sandbox, newcomer: Newcomer
) -> None:
    sandbox.add_project(2, "Another one")
    screen = newcomer(
        "init",
        "notes2",
        "-v",
        answers=(
            (HOST, "3\n"),
            ("Its address: ", f"{sandbox.url}/\n"),
            (KEY, f"{sandbox.key}\n"),
            ("Its number or name [1]: ", "sandbox\n"),
        ),
    )
    assert screen.code == 0, screen.text
    assert f"Logged in to {sandbox.url} as Ana (ana@example.com)." in screen.text
    assert "  1  Sandbox\n" in screen.text and "  2  Another one\n" in screen.text
    assert sandbox.key not in screen.text + everything_written(tmp_path)
    assert {each["user"] for each in sandbox.requests()} == {"ana"}


def test_a_key_of_one_project_says_which_project_it_is(
    tmp_path: Path, sandbox: Sandbox, newcomer: Newcomer
) -> None:
    sandbox.add_key("phx_one", scopes=["notebook:write", "project:read"], projects=[1])
    screen = newcomer("init", "a", "--host", sandbox.url, answers=((KEY, "phx_one\n"),))
    assert screen.code == 0, screen.text
    assert "The key is for project 1 alone." in screen.text
    assert 'project = "1"' in (tmp_path / "a" / "nbsync.toml").read_text()


def test_a_key_that_is_left_for_later_is_what_comes_next(
    tmp_path: Path, sandbox: Sandbox, newcomer: Newcomer
) -> None:
    answers = ((KEY, "\n"), ("Project (the number in its address): ", "12345\n"))
    screen = newcomer("init", "a", "--host", sandbox.url, answers=answers)
    assert screen.code == 0, screen.text
    assert f"  next: nbsync login --host {sandbox.url} " in screen.text
    assert sandbox.requests() == []


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ("phx_nobody", "does not accept the key (401)"),
        ("phc_public", "That is a project key"),
        ("phx_sandbox_key_insights", "it lacks the scope notebook:read"),
        ("kéy", "characters that no key has"),
    ],
)
def test_a_key_of_no_use_is_told_at_once_and_nothing_is_made(
    tmp_path: Path, sandbox: Sandbox, newcomer: Newcomer, key: str, why: str
) -> None:
    screen = newcomer("init", "a", "--host", sandbox.url, answers=((KEY, f"{key}\n"),))
    assert (screen.code, why in screen.text, key in screen.text) == (3, True, False), screen.text
    assert not (tmp_path / "a").exists() and not (tmp_path / "keyring.json").exists()


def test_a_key_without_a_keyring_is_kept_in_a_file_if_that_is_wished(
    tmp_path: Path, sandbox: Sandbox, newcomer: Newcomer
) -> None:
    wish = ("only you can read? [Y/n]: ", "\n")
    words = ("init", "a", "--host", sandbox.url, "--project", "1")
    screen = newcomer(*words, answers=((KEY, f"{sandbox.key}\n"), wish), KEYRING_FILE="")
    assert screen.code == 0, screen.text
    kept = user_folder() / "keys.json"
    assert (kept.stat().st_mode & 0o777, kept.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert sandbox.key not in everything_written(tmp_path, but="keys.json") + screen.text


# --- in this process: nothing is asked for without being shown -----------------------------------


@pytest.fixture
def known(environ: dict[str, str], sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """A sandbox whose host is not said, and for which a key is found."""
    monkeypatch.setenv("POSTHOG_CLI_HOST", sandbox.url)
    monkeypatch.setenv("POSTHOG_CLI_API_KEY", sandbox.key)
    return sandbox


def asked(monkeypatch: pytest.MonkeyPatch, *words: str, answers: str) -> tuple[int, str]:
    with terminal(monkeypatch, answers=answers) as drawn:
        code = run(words)
    return code, "".join(drawn).replace("\r\n", "\n")


def test_init_asks_until_it_can_be_meant(
    tmp_path: Path, known: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = tmp_path / "there"
    answers = f"ftp://x\nphx_secret\nother\neu.i.posthog.com\n{known.url}\n@current\n12345\n"
    code, screen = asked(monkeypatch, "init", str(there), answers=answers)
    assert code == 0, screen
    assert "  2  EU cloud  https://eu.posthog.com\n  3  another one\n" in screen
    assert "'ftp://x' is no host" in screen and "That is a key." in screen
    assert 'use the host "https://eu.posthog.com"' in screen
    assert "The key is in POSTHOG_CLI_API_KEY." in screen
    assert "another project whenever you choose one" in screen
    written = (there / "nbsync.toml").read_text()
    assert f'host = "{known.url}"\nproject = "12345"' in written


@pytest.mark.parametrize(
    ("answer", "host"), [("\n", "us"), ("1\n", "us"), ("2\n", "eu"), ("EU\n", "eu"), ("us\n", "us")]
)
def test_a_cloud_is_chosen_by_number_or_name(
    tmp_path: Path, known: Sandbox, monkeypatch: pytest.MonkeyPatch, answer: str, host: str
) -> None:
    monkeypatch.setenv("POSTHOG_PERSONAL_API_KEY", "phx_1")
    words = ("init", str(tmp_path / "a"), "--project", "1")
    code, screen = asked(monkeypatch, *words, answers=answer)
    assert code == 0, screen
    assert f'host = "https://{host}.posthog.com"' in (tmp_path / "a" / "nbsync.toml").read_text()


def test_what_was_said_is_not_asked_for_and_no_request_is_made(
    tmp_path: Path, known: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("init", str(tmp_path / "a"), "--host", known.url, "--project", "1")
    assert asked(monkeypatch, *words, answers="")[0] == 0
    code, screen = asked(monkeypatch, *words[:-1], "x/y", answers="")
    assert (code, "no project id" in screen, known.requests()) == (2, True, [])


def projects(sandbox: Sandbox, number: int) -> None:
    for each in range(2, number + 1):
        sandbox.add_project(each, f"Number {each}\x1b[2J")


@pytest.mark.parametrize(
    ("number", "answer", "chosen"), [(1, "\n", "1"), (2, "2\n", "2"), (60, "99\n", "99")]
)
def test_projects_are_listed_where_the_key_can_list_them(
    tmp_path: Path,
    known: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    answer: str,
    chosen: str,
) -> None:
    projects(known, number)
    words = ("init", str(tmp_path / "a"), "--host", known.url)
    code, screen = asked(monkeypatch, *words, answers=answer)
    assert code == 0, screen
    assert f'project = "{chosen}"' in (tmp_path / "a" / "nbsync.toml").read_text()
    assert ("… and 20 more" in screen) is (number == 60)
    assert "\x1b[2J" not in screen


@pytest.mark.parametrize(
    ("scopes", "limited", "shown"),
    [
        (["notebook:write", "user:read"], [], "Project (the number in its address) [1]: "),
        (["notebook:write"], [], "Project (the number in its address): "),
        (
            ["notebook:write", "project:read"],
            [],
            "Projects:\n  1  Sandbox\nIts number or name [1]: ",
        ),
        (["*"], [1, 2], "Projects:\n  1  \n  2  \nIts number or name [1]: "),
    ],
)
def test_without_a_list_the_projects_of_the_key_or_a_number_are_asked_for(
    tmp_path: Path,
    known: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    scopes: list[str],
    limited: list[int],
    shown: str,
) -> None:
    known.add_key("phx_other", scopes=scopes, projects=limited)
    monkeypatch.setenv("POSTHOG_CLI_API_KEY", "phx_other")
    words = ("init", str(tmp_path / "a"), "--host", known.url)
    code, screen = asked(monkeypatch, *words, answers="1\n")
    assert (code, shown in screen) == (0, True), screen


@pytest.mark.parametrize("status", [403, 404])
def test_a_server_that_lists_no_projects_is_no_obstacle(
    tmp_path: Path, known: Sandbox, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    known.fault(path="/api/projects", status=status)
    words = ("init", str(tmp_path / "a"), "--host", known.url)
    code, screen = asked(monkeypatch, *words, answers="7\n")
    assert (code, "Projects:" in screen) == (0, False), screen


def test_a_server_that_is_down_is_no_obstacle_either(
    tmp_path: Path, known: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    known.fault(path="/api/personal_api_keys", status=502, text="", times=3)
    words = ("init", str(tmp_path / "a"), "--host", known.url)
    code, screen = asked(monkeypatch, *words, answers="7\n")
    assert (code, "So the project's number is needed." in screen) == (0, True), screen


def test_a_found_key_that_is_not_accepted_is_told(
    tmp_path: Path, known: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POSTHOG_CLI_API_KEY", "phx_nobody")
    words = ("init", str(tmp_path / "a"), "--host", known.url)
    code, screen = asked(monkeypatch, *words, answers="")
    assert (code, "does not accept the key (401)" in screen) == (3, True)


@pytest.mark.parametrize("option", ["--no-input", "--json"])
def test_init_asks_nothing_where_that_is_wished(
    tmp_path: Path, known: Sandbox, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    words = ("init", str(tmp_path / "a"), "--host", known.url, option)
    assert asked(monkeypatch, *words, answers="12345\n")[0] == 2


def test_init_asks_nothing_without_a_terminal(tmp_path: Path, known: Sandbox) -> None:
    answer = nbsync("init", str(tmp_path / "a"), "--host", "eu")
    assert answer.code == 2
    assert "error: The project is missing.\n  next: nbsync init " in answer.err
