"""login keeps a key for its host alone, whoami tells what it can do, logout forgets it."""

from __future__ import annotations

import io
import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from commands import Answer, Person, nbsync, person, seed, terminal
from nbsync.cli import run
from nbsync.credentials import user_folder
from nbsync.sandbox import Sandbox
from terminals import on_terminal

Patch = pytest.MonkeyPatch
EVERYTHING = "activity_log:read, notebook:write, project:read, user:read"


class Newcomer:
    """Somebody with a folder and an environment that says nothing of PostHog."""

    def __init__(self, tmp_path: Path, sandbox: Sandbox, patch: Patch) -> None:
        self.who: Person = person(tmp_path, sandbox, patch)
        self.here, self.sandbox, self.patch = tmp_path, sandbox, patch
        self.ring = tmp_path / "keyring.json"
        self.file = user_folder() / "keys.json"
        patch.delenv("POSTHOG_HOST")
        patch.delenv("POSTHOG_PERSONAL_API_KEY")
        patch.setenv("KEYRING_FILE", str(self.ring))
        patch.setenv("PYTHONPATH", str(Path(__file__).parent))

    def types(self, *words: str, key: str = "") -> Answer:
        """Type a command; the key comes on standard input."""
        self.patch.setattr(sys, "stdin", io.StringIO(f"{key}\n"))
        return self.who.types(*words)

    def logs_in(self, *words: str, key: str = "", host: str = "") -> Answer:
        place = ("--host", host or self.sandbox.url)
        return self.types("login", *place, "--token-stdin", *words, key=key or self.sandbox.key)

    def has_no_keyring(self) -> None:
        self.patch.delenv("KEYRING_FILE")

    def makes_a_mirror(self, host: str = "") -> None:
        words = ("init", "--host", host or self.sandbox.url, "--project", "1")
        assert self.types(*words).code == 0
        self.sandbox.clear()

    def kept(self) -> dict[str, str]:
        kept: dict[str, str] = json.loads(self.ring.read_text())
        return kept


@pytest.fixture
def ana(tmp_path: Path, sandbox: Sandbox, monkeypatch: Patch) -> Newcomer:
    return Newcomer(tmp_path, sandbox, monkeypatch)


def paths(sandbox: Sandbox) -> list[str]:
    return [f"{each['path']} {each['status']}" for each in sandbox.requests()]


# --- login ---------------------------------------------------------------------------------------


def test_login_says_who_and_what_and_keeps_the_key_in_the_keyring(ana: Newcomer) -> None:
    answer = ana.logs_in("-v")
    url = ana.sandbox.url
    assert answer.code == 0, answer.screen
    assert answer.out == (
        f"Logged in to {url} as Ana (ana@example.com).\n"
        "  key      Ana's laptop\n"
        f"  scopes   {EVERYTHING}\n"
        "  kept in  the system's keyring\n"
    )
    assert answer.err.endswith(f"  next: nbsync init my-notebooks --host {url}\n")
    assert "GET /api/personal_api_keys/@current/ 200 " in answer.err
    assert ana.kept() == {f"nbsync {url}": ana.sandbox.key}
    assert paths(ana.sandbox) == ["/api/personal_api_keys/@current/ 200", "/api/users/@me/ 200"]
    assert ana.sandbox.key not in answer.screen


def test_what_login_keeps_every_command_finds(ana: Newcomer) -> None:
    assert ana.logs_in().code == 0
    ana.makes_a_mirror()
    seed(ana.sandbox, "note0001", "# One")
    assert ana.types("pull").code == 0
    assert ana.types("status").code == 0
    assert ana.logs_in().err == "  next: nbsync status\n"


def test_a_key_is_asked_for_on_a_terminal_and_not_shown(ana: Newcomer) -> None:
    key = ana.sandbox.key
    answers = (
        ("Its number or address [1]: ", f"{ana.sandbox.url}\n"),
        ("Key, not shown: ", "\n"),
        ("Key, not shown: ", f" {key} \n"),
    )
    screen = on_terminal(["login"], *answers, folder=ana.here, env=os.environ)
    assert (screen.code, key in screen.text) == (0, False), screen.text
    assert ana.kept() == {f"nbsync {ana.sandbox.url}": key}


@pytest.mark.parametrize(
    ("scopes", "lacking"),
    [
        (("notebook:write", "activity_log:read"), []),
        (("*",), []),
        (("notebook:read",), ["notebook:write", "activity_log:read"]),
        (("notebook:write", "activity_log:write"), []),
        (("notebook:write",), ["activity_log:read"]),
    ],
)
def test_what_a_key_cannot_do_is_told_in_words(
    ana: Newcomer, scopes: tuple[str, ...], lacking: list[str]
) -> None:
    ana.sandbox.add_key("phx_own", scopes=scopes, label="two\nlines", projects=[1, 3])
    answer = ana.logs_in(key="phx_own")
    told = [line for line in answer.out.splitlines() if line.startswith("  lacks ")]
    assert [line.split()[1].rstrip(":") for line in told] == lacking
    assert "  for      project 1, 3 alone\n" in answer.out
    assert "  key      two\ufffdlines\n" in answer.out
    document = ana.logs_in("--json", key="phx_own").document
    assert [each["scope"] for each in document["lacks"]] == lacking
    assert document["limited_to"] == ["1", "3"] and document["kept"] == "the system's keyring"


def test_a_key_that_may_not_tell_whose_it_is_is_as_good(ana: Newcomer) -> None:
    answer = ana.logs_in(key=ana.sandbox.read_only_key)
    assert "as somebody whose name the key may not tell (scope user:read)." in answer.out
    assert "nbsync pulls, and does not push" in answer.out
    assert paths(ana.sandbox) == ["/api/personal_api_keys/@current/ 200"]
    assert ana.logs_in("--json", key=ana.sandbox.read_only_key).document["name"] is None


def test_a_user_who_is_not_told_although_the_key_may_is_no_obstacle(ana: Newcomer) -> None:
    ana.sandbox.fault(path="/api/users/@me", status=403)
    assert ana.logs_in().code == 0


def test_an_old_server_knows_no_scopes_but_whose_key_it_is(
    tmp_path: Path, monkeypatch: Patch
) -> None:
    with Sandbox(kind="2023") as old:
        ana = Newcomer(tmp_path, old, monkeypatch)
        answer = ana.logs_in()
        assert paths(old) == ["/api/personal_api_keys/@current/ 404", "/api/users/@me/ 200"]
        assert "Ana (ana@example.com)" in answer.out
        assert "  scopes   no scopes at this server\n" in answer.out
        assert ana.logs_in("--json").document["scopes"] is None
        ana.makes_a_mirror()
        assert ana.types("whoami").code == 0


def test_a_server_that_tells_nothing_of_keys_says_so(ana: Newcomer) -> None:
    ana.sandbox.fault(path="/api/", status=404, times=None)
    answer = ana.logs_in()
    assert (answer.code, "is nothing that this PostHog knows (404)" in answer.err) == (4, True)


@pytest.mark.parametrize(
    ("key", "code", "why"),
    [
        ("phx_nobody", 3, "does not accept the key (401)"),
        ("phs_secret", 3, "That is a project key"),
        ("phx_sandbox_key_insights", 3, "lacks the scope notebook:read"),
        ("two words\nlines", 3, "characters that no key has"),
    ],
)
def test_a_key_of_no_use_is_not_kept(ana: Newcomer, key: str, code: int, why: str) -> None:
    answer = ana.logs_in(key=key)
    assert (answer.code, why in answer.err, answer.out) == (code, True, "")
    assert "  next: " in answer.err and key not in answer.screen
    assert not ana.ring.exists()


def test_an_organization_that_allows_no_keys_is_not_told_for_a_wrong_key(ana: Newcomer) -> None:
    detail = "Organization 'X' does not allow using personal API keys."
    body = {"type": "x", "code": "permission_denied", "detail": detail, "attr": None}
    ana.sandbox.fault(path="/api/", status=403, body=body, times=None)
    answer = ana.logs_in()
    assert (answer.code, detail in answer.err) == (3, True)
    assert "  next: ask an administrator to allow personal API keys" in answer.err


def test_a_login_page_in_between_is_no_posthog(ana: Newcomer) -> None:
    ana.sandbox.fault(path="/api/", status=200, text="<html>", times=None)
    answer = ana.logs_in()
    assert (answer.code, "not PostHog's API" in answer.err) == (7, True)


@pytest.mark.parametrize(
    ("words", "key", "code", "hint"),
    [
        (("--host", "eu"), "", 2, "nbsync login --host https://eu.posthog.com --token-stdin <FILE"),
        (("--host", "eu", "--token-stdin"), " ", 3, "--token-stdin <FILE"),
        (("--token-stdin",), "phx_1", 2, "nbsync login --host eu"),
        (("--host", "ftp://x", "--token-stdin"), "phx_1", 2, "posthog.example.com"),
    ],
)
def test_what_is_missing_is_named(
    ana: Newcomer, words: tuple[str, ...], key: str, code: int, hint: str
) -> None:
    answer = ana.types("login", *words, key=key)
    assert answer.code == code
    assert hint in answer.err.partition("  next: ")[2]


def test_a_key_from_the_environment_goes_before_one_that_is_kept(ana: Newcomer) -> None:
    ana.patch.setenv("POSTHOG_HOST", ana.sandbox.url)
    ana.patch.setenv("POSTHOG_PERSONAL_API_KEY", ana.sandbox.second_key)
    answer = ana.types("login", "--token-stdin", key=ana.sandbox.key)
    assert "  note     POSTHOG_PERSONAL_API_KEY has a key too, and goes before it\n" in answer.out
    assert ana.types("whoami").out.startswith("Ben (ben@example.com) at ")


def test_quiet_says_nothing_of_what_went_well(ana: Newcomer) -> None:
    assert ana.logs_in("-q").screen == ""


def test_what_is_no_text_is_no_key(ana: Newcomer) -> None:
    ana.patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"phx_1\xff"), encoding="utf-8"))
    answer = ana.who.types("login", "--host", "eu", "--token-stdin")
    assert (answer.code, "Traceback" in answer.err, "phx_1" in answer.err) == (3, False, False)


# --- where a key is kept -------------------------------------------------------------------------


def test_without_a_keyring_nothing_is_kept_that_was_not_wished(ana: Newcomer) -> None:
    ana.has_no_keyring()
    answer = ana.logs_in()
    assert answer.code == 3
    assert "cannot be kept in the system's keyring: this system has none." in answer.err
    assert f"it is kept in {ana.file}" in answer.err and "--file" in answer.err
    assert not ana.file.exists()


def test_a_file_of_keys_is_for_its_owner_alone(ana: Newcomer) -> None:
    ana.has_no_keyring()
    document = ana.logs_in("--file", "--json").document
    assert document["path"] == document["kept"] == str(ana.file)
    assert stat.S_IMODE(ana.file.stat().st_mode) == 0o600
    assert stat.S_IMODE(ana.file.parent.stat().st_mode) == 0o700
    assert json.loads(ana.file.read_text()) == {ana.sandbox.url: ana.sandbox.key}
    assert [path.name for path in ana.file.parent.iterdir()] == ["keys.json"]
    assert f"found in nbsync's {ana.file}\n" in ana.types("whoami", "--host", ana.sandbox.url).out


def test_a_keyring_is_used_where_there_is_one_whatever_was_said(ana: Newcomer) -> None:
    assert ana.logs_in("--file").code == 0
    assert ana.kept() and not ana.file.exists()


def test_a_key_that_goes_into_the_keyring_leaves_the_file(ana: Newcomer) -> None:
    ana.has_no_keyring()
    assert ana.logs_in("--file").code == 0
    ana.patch.setenv("KEYRING_FILE", str(ana.ring))
    assert ana.logs_in().code == 0
    assert not ana.file.exists()


@pytest.mark.parametrize(
    ("mood", "why"),
    [
        ("forgets", "it does not keep what it is given"),
        ("tells", "it cannot be used (RuntimeError)"),
        ("locked", "it cannot be used (Failed to unlock the collection!)"),
    ],
)
def test_a_keyring_that_fails_says_why_without_the_key(ana: Newcomer, mood: str, why: str) -> None:
    ana.patch.setenv("KEYRING_MOOD", mood)
    answer = ana.logs_in()
    assert (answer.code, why in answer.err, "Traceback" in answer.err) == (3, True, False)
    assert ana.sandbox.key not in answer.screen


@pytest.mark.parametrize(("yes", "code"), [("y\n", 0), ("n\n", 3)])
def test_a_file_is_asked_for_on_a_terminal(ana: Newcomer, yes: str, code: int) -> None:
    ana.has_no_keyring()
    answers = (("Key, not shown: ", f"{ana.sandbox.key}\n"), ("can read? [Y/n]: ", yes))
    words = ["login", "--host", ana.sandbox.url]
    screen = on_terminal(words, *answers, folder=ana.here, env=os.environ)
    assert (screen.code, ana.file.exists()) == (code, code == 0), screen.text


def open_to_others(file: Path) -> None:
    file.chmod(0o640)


def of_another_kind(file: Path) -> None:
    file.write_text('["phx_secret"]')


def no_json(file: Path) -> None:
    file.write_text("phx_secret")


def a_link(file: Path) -> None:
    file.rename(file.with_name("elsewhere"))
    file.symlink_to(file.with_name("elsewhere"))


def a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def a_pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file, 0o600)


@pytest.mark.parametrize(
    ("spoil", "why", "hint"),
    [
        (open_to_others, "can be read or changed by others on this machine", "chmod 600 "),
        (of_another_kind, "is no file of nbsync's keys", "rm "),
        (no_json, "is no file of nbsync's keys", "rm "),
        (a_link, "cannot be read", "ls -ld "),
        (a_folder, "is no regular file", "ls -ld "),
        (a_pipe, "is no regular file", "ls -ld "),
    ],
)
def test_a_file_that_cannot_be_trusted_is_not_used(
    ana: Newcomer, spoil: Any, why: str, hint: str
) -> None:
    ana.has_no_keyring()
    ana.patch.setenv("XDG_CONFIG_HOME", str(ana.here / "Application Support"))  # as macOS has it
    ana.file = user_folder() / "keys.json"
    assert ana.logs_in("--file").code == 0
    ana.makes_a_mirror()
    spoil(ana.file)
    for answer in (ana.types("pull"), ana.logs_in("--file"), ana.types("logout")):
        assert (answer.code, why in answer.err) == (3, True), answer.screen
        assert f"  next: {hint}'{ana.file}'" in answer.err
        assert "phx_secret" not in answer.screen
    assert ana.types("login", "--host", "eu", "--token-stdin", key="phc_x").code == 3


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_somebody_else_is_not_used(ana: Newcomer) -> None:
    ana.has_no_keyring()
    assert ana.logs_in("--file").code == 0
    os.chown(ana.file, 54321, -1)
    answer = ana.types("logout", "--host", ana.sandbox.url)
    assert (answer.code, "belongs to somebody else" in answer.err) == (3, True)


def test_a_folder_that_cannot_be_made_is_told(ana: Newcomer) -> None:
    ana.has_no_keyring()
    (ana.here / "home").mkdir()
    (ana.here / "home" / ".config").write_text("")
    answer = ana.logs_in("--file")
    assert (answer.code, f"{ana.file} cannot be written: " in answer.err) == (3, True)


# --- hosts ---------------------------------------------------------------------------------------


def test_a_clone_does_not_choose_where_a_pasted_key_goes(ana: Newcomer) -> None:
    ana.makes_a_mirror()
    answer = ana.types("login", "--token-stdin", key="phx_1")
    assert answer.code == 2
    assert f"  next: nbsync login --host {ana.sandbox.url}\n" in answer.err
    assert ana.sandbox.requests() == []


def test_a_clone_does_not_choose_where_a_kept_key_goes(ana: Newcomer) -> None:
    assert ana.logs_in().code == 0
    ana.sandbox.clear()
    with Sandbox() as evil:
        ana.makes_a_mirror(evil.url)
        for words in (["pull"], ["whoami"], ["status"]):
            answer = ana.types(*words)
            assert answer.code == 3
            assert "the system's keyring: has none for this host" in answer.err
        assert evil.requests() == []


def test_a_mirror_of_posthogs_own_clouds_says_where_a_key_is_for(ana: Newcomer) -> None:
    ana.makes_a_mirror("eu")
    answer = ana.types("login", "--no-input")
    assert answer.code == 2
    assert "  next: nbsync login --host https://eu.posthog.com --token-stdin <FILE\n" in answer.err


def test_a_configuration_that_cannot_be_read_is_told(ana: Newcomer) -> None:
    (ana.who.folder / "nbsync.toml").write_text("host")
    assert "is no TOML" in ana.types("login", "--token-stdin", key="phx_1").err


# --- logout --------------------------------------------------------------------------------------


def test_logout_forgets_the_key_of_one_host(ana: Newcomer) -> None:
    assert ana.logs_in().code == 0
    kept = ana.kept() | {"nbsync https://eu.posthog.com": "phx_eu"}
    ana.ring.write_text(json.dumps(kept))
    ana.makes_a_mirror()
    answer = ana.types("logout")
    url = ana.sandbox.url
    assert answer.out == f"Forgot the key for {url} that was in the system's keyring.\n"
    assert ana.kept() == {"nbsync https://eu.posthog.com": "phx_eu"}
    assert ana.types("logout").out == f"There was no key for {url} to forget.\n"
    document = ana.types("logout", "--host", "eu", "--json").document
    assert (document["forgotten"], document["left"]) == (["the system's keyring"], None)
    assert ana.sandbox.requests() == []


def test_logout_forgets_what_is_in_a_file_and_leaves_other_hosts_there(ana: Newcomer) -> None:
    ana.has_no_keyring()
    assert ana.logs_in("--file").code == 0
    ana.file.write_text(json.dumps(json.loads(ana.file.read_text()) | {"https://x.com": "phx_x"}))
    answer = ana.types("logout", "--host", ana.sandbox.url)
    assert f"that was in {ana.file}." in answer.out
    assert json.loads(ana.file.read_text()) == {"https://x.com": "phx_x"}
    assert ana.types("logout", "--host", "https://x.com", "-q").screen == ""
    assert not ana.file.exists()


def test_logout_tells_of_a_key_that_is_not_its_own_to_forget(ana: Newcomer) -> None:
    ana.patch.setenv("POSTHOG_PERSONAL_API_KEY", "phx_1")
    answer = ana.types("logout", "--host", "us")
    assert "POSTHOG_PERSONAL_API_KEY still has one" in answer.err


@pytest.mark.parametrize("mood", ["locked", "reads"])
def test_logout_does_not_claim_what_it_does_not_know(ana: Newcomer, mood: str) -> None:
    assert ana.logs_in().code == 0
    ana.patch.setenv("KEYRING_MOOD", mood)
    answer = ana.types("logout", "--host", ana.sandbox.url)
    assert (answer.code, "is not known: it cannot be used" in answer.err) == (3, True)
    ana.patch.delenv("KEYRING_MOOD")
    assert ana.kept()


@pytest.mark.parametrize("command", ["logout", "whoami"])
def test_outside_of_a_mirror_the_host_must_be_said(ana: Newcomer, command: str) -> None:
    answer = ana.types(command)
    assert (answer.code, f"next: nbsync {command} --host eu" in answer.err) == (2, True)


# --- whoami --------------------------------------------------------------------------------------


def test_whoami_tells_who_and_what_and_how_much(ana: Newcomer) -> None:
    assert ana.logs_in().code == 0
    ana.makes_a_mirror()
    seed(ana.sandbox, "note0001", "# One")
    assert ana.types("whoami").out == (
        f"Ana (ana@example.com) at {ana.sandbox.url}\n"
        "  key      Ana's laptop\n"
        f"  scopes   {EVERYTHING}\n"
        "  found in the system's keyring\n"
        "  project  1 (Sandbox): 1 notebook\n"
    )
    assert ana.types("whoami", "--json").document == {
        "type": "nbsync.whoami",
        "schema": 1,
        "host": ana.sandbox.url,
        "name": "Ana",
        "email": "ana@example.com",
        "label": "Ana's laptop",
        "scopes": EVERYTHING.split(", "),
        "limited_to": [],
        "lacks": [],
        "source": "the system's keyring",
        "project": "1",
        "notebooks": 1,
        "problem": None,
        "requests": 3,
    }


def test_whoami_tells_of_a_project_that_the_key_is_not_for(ana: Newcomer) -> None:
    ana.sandbox.add_key("phx_two", scopes=["notebook:write"], projects=[2])
    assert ana.logs_in(key="phx_two").code == 0
    ana.makes_a_mirror()
    answer = ana.types("whoami")
    assert answer.code == 3
    assert "  for      project 2 alone\n" in answer.out and "  project  1\n" in answer.out
    assert "does not have access to the requested project" in answer.err
    assert "project: ID 1" in ana.types("whoami", "--json").document["problem"]["error"]


def test_whoami_asks_for_no_notebooks_that_it_may_not_read(ana: Newcomer) -> None:
    ana.makes_a_mirror()
    ana.patch.setenv("POSTHOG_HOST", ana.sandbox.url)
    ana.patch.setenv("POSTHOG_PERSONAL_API_KEY", "phx_sandbox_key_insights")
    answer = ana.types("whoami")
    assert answer.code == 0
    assert "lacks    notebook:read: it cannot read notebooks, so that nothing works" in answer.out
    assert answer.out.endswith("  project  1\n")
    assert paths(ana.sandbox) == ["/api/personal_api_keys/@current/ 200"]


def test_an_environment_that_means_another_host_than_the_mirror_is_told(ana: Newcomer) -> None:
    ana.makes_a_mirror()
    ana.patch.setenv("POSTHOG_HOST", "https://eu.posthog.com")
    assert ana.types("whoami").code == 2


# --- the key stays where it is -------------------------------------------------------------------


def test_the_key_is_in_no_output_and_no_file_but_its_own(ana: Newcomer) -> None:
    ana.has_no_keyring()
    seed(ana.sandbox, "note0001", "# One")
    seen = [ana.logs_in("--file", "-v").screen, ana.logs_in("--file", "--json", "-v").screen]
    ana.makes_a_mirror()
    ana.sandbox.fault(path="/notebooks/note0001", status=500, text="<html>", times=None)
    for words in (["pull", "-v"], ["whoami", "-v"], ["whoami", "--json"], ["logout", "--json"]):
        if words[0] == "logout":
            kept = ana.file.read_text()
        seen.append(ana.types(*words).screen)
    assert ana.sandbox.key in kept
    files = [path for path in ana.here.rglob("*") if path.is_file()]
    assert files
    seen += [path.read_bytes().decode("latin-1") for path in files]
    assert not [text for text in seen if ana.sandbox.key in text]


def test_a_bug_while_a_key_is_checked_shows_no_key(ana: Newcomer) -> None:
    ana.patch.setenv("HOME", str(ana.here / ("x" * 300)))  # no file system takes such a name
    ana.has_no_keyring()
    answer = ana.logs_in("--file")
    assert ana.sandbox.key not in answer.screen
    assert answer.code == 3


def test_a_login_that_is_interrupted_keeps_nothing(ana: Newcomer) -> None:
    with terminal(ana.patch, answers="\x04") as drawn:
        code = run(["login"])
    assert (code, ana.ring.exists()) == (130, False), drawn


def test_the_keyring_is_not_loaded_where_the_environment_has_a_key(ana: Newcomer) -> None:
    ana.patch.setenv("POSTHOG_HOST", ana.sandbox.url)
    ana.patch.setenv("POSTHOG_PERSONAL_API_KEY", ana.sandbox.key)
    ana.patch.setenv("PYTHON_KEYRING_BACKEND", "no_such_module.Keyring")
    ana.makes_a_mirror()
    script = "import sys; from nbsync.cli import run; run(['-q', 'pull']);"
    script += "print('keyring' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ana.who.folder,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "False\n"
    ana.patch.delenv("POSTHOG_PERSONAL_API_KEY")
    broken = on_terminal(["pull"], folder=ana.who.folder, env=os.environ)
    assert "the system's keyring: it cannot be used (No module named 'no_such_module')" in (
        broken.text
    )
    assert nbsync("--version").code == 0
