"""A run of everything, after which the key is nowhere but where its owner put it."""

from __future__ import annotations

import base64
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import httpx
import pytest

from commands import Answer, edit_there
from gits import Repo, repository
from hostile_server import KEY, listening, reply
from mirrors import edit
from nbsync.credentials import user_folder
from nbsync.sandbox import Sandbox
from watching import watching

pytestmark = pytest.mark.laws  # whole processes: without coverage

Patch = pytest.MonkeyPatch
ONE, TWO = "aB3dE5fG", "bbbbbbbb"
NEEDLES = (
    KEY[:12].encode(),
    KEY[-12:].encode(),
    *(base64.b64encode(text.encode()).rstrip(b"=") for text in (KEY, f":{KEY}", f"{KEY}:")),
    KEY.encode("utf-16-le"),
    KEY.encode().hex().encode(),
)
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
# Notes down how it was called and with which environment, and does what was asked for.
SPY = """#!/bin/sh
{{ tr '\\0' ' ' < /proc/$$/cmdline; tr '\\0' '\\n' < /proc/$$/environ; }} >> {log}
exec {program} "$@"
"""


@dataclass
class Life:
    """Somebody with a mirror under git, and all that they saw of it."""

    repo: Repo
    here: Path
    patch: Patch
    seen: list[tuple[str, str]] = field(default_factory=list)

    def types(self, *words: str, typed: str = "", code: int | None = None) -> Answer:
        """Type a command, and look at what it prints."""
        self.patch.setattr(sys, "stdin", io.StringIO(typed))
        answer = self.repo.types(*words)
        assert code is None or answer.code == code, answer.screen
        self.seen.append((" ".join(words), answer.screen))
        return answer

    def spies(self, name: str, program: str) -> Path:
        """Put a program on the path that notes down what it is given."""
        place, log = self.here / "bin" / name, self.here / f"{name}.log"
        place.parent.mkdir(exist_ok=True)
        place.write_text(SPY.format(log=log, program=program))
        place.chmod(0o755)
        return log


@pytest.fixture
def ana(tmp_path: Path, sandbox: Sandbox, monkeypatch: Patch) -> Iterator[Life]:
    sandbox.add_key(KEY, scopes=["notebook:write", "user:read", "project:read"], user="ana")
    for folder in ("tmp", "cache", "state"):
        (tmp_path / folder).mkdir()
    repo = repository(tmp_path, sandbox, monkeypatch)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("NBSYNC_RATE_LIMIT", "9000/m")
    monkeypatch.setenv("POSTHOG_PERSONAL_API_KEY", KEY)
    monkeypatch.setenv("POSTHOG_HOST", sandbox.url)
    life = Life(repo, tmp_path, monkeypatch)
    real = shutil.which("git")
    assert real is not None
    life.spies("git", real)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    (tmp_path / "git.log").unlink(missing_ok=True)
    for short_id, title in ((ONE, "Weekly"), (TWO, "Churn")):
        sandbox.seed(
            short_id=short_id, title=title, content=sandbox.markdown(f"# {title}\n\nOne.\n\nTwo.")
        )
    yield life
    check(life)


def _texts(life: Life) -> Iterator[tuple[str, bytes]]:
    yield from ((words, screen.encode()) for words, screen in life.seen)
    for path in life.here.rglob("*"):
        yield "the name of a file", os.fsencode(path)
        if path.is_file() and not path.is_symlink():
            yield str(path), path.read_bytes()
    objects = ["git", "cat-file", "--batch-all-objects", "--batch"]
    done = subprocess.run(objects, cwd=life.repo.folder, capture_output=True, check=True)
    yield "git's objects", done.stdout
    for asked in life.repo.sandbox.requests():
        yield "the sandbox's log", json.dumps(asked).encode()


def check(life: Life) -> None:
    """See to it that the key is in nothing."""
    found = [(where, each) for where, text in _texts(life) for each in NEEDLES if each in text]
    assert found == []


def _works(ana: Life) -> None:
    """Every command that does something, in the forms that it prints."""
    page = ana.repo.page(ONE)
    ana.types("init", "--git", "-v", code=0)
    ana.types("whoami", "-v", code=0)
    ana.types("whoami", "--json", code=0)
    ana.types("pull", "-v", "--commit", code=0)
    edit(page, "Two.", "Two, here.")
    ana.types("status", "-v")
    ana.types("status", "--json", "-v")
    ana.types("diff")
    ana.types("push", "-v", code=0)
    ana.types("new", "Fresh")
    ana.types("push", "--json", "-v", code=0)
    for words in ("list", "list --json", f"log {ONE} -v", f"log {ONE} --json", "check", "prune"):
        ana.types(*words.split())
    for words in ("doctor", "doctor --json -v", "conflicts --json", f"open {ONE} --print"):
        ana.types(*words.split())
    ana.types("pull", "--verify", "-v", code=0)
    edit(page, "One.", "One, here.")
    edit_there(ana.repo.sandbox, ONE, "One.", "One, there.")
    ana.types("sync", "-v", "--commit", code=5)
    ana.types("conflicts")
    ana.types("resolve", ONE, "--ours", "-v", code=0)
    ana.types("rm", TWO, "--no-input", "-v")
    ana.types("restore", TWO, "--json", "-v")
    ana.types("sync", "--json", "--commit", "-v", code=0)
    ana.types("completion", "bash")


def _fails(ana: Life) -> None:
    """Errors of each kind, some of a server that repeats what it was sent."""
    told = {"type": "x", "code": "x", "attr": "title", "detail": f"Bearer {KEY} is not welcome"}
    edit(ana.repo.page(ONE), "Two, here.", "Two, again.")
    for status in (302, 400, 401, 403, 404, 409, 418, 429, 500, 503):
        place = {"Location": f"https://evil.example/{KEY}?{KEY}", "Retry-After": "999999"}
        for method in ("GET", "PATCH"):
            ana.repo.sandbox.fault(method=method, status=status, body=told, headers=place)
            ana.types("push" if method == "PATCH" else "sync", "-v")
    ana.repo.sandbox.fault(status=200, text=f"<html>{KEY}", times=3)
    ana.types("sync", "-v")
    ana.repo.sandbox.fault(drop="before")
    ana.types("sync", "--json", "-v")
    ana.types("pull", "nothing-of-the-kind")
    ana.types("no-such-command")
    with ana.patch.context() as patch:
        patch.setenv("POSTHOG_HOST", "eu")
        ana.types("pull", "-v", code=2)
        patch.delenv("POSTHOG_HOST")
        ana.types("pull", "-v", code=3)


def test_the_key_is_in_nothing_that_is_printed_written_committed_or_started(ana: Life) -> None:
    _works(ana)
    ana.patch.setenv("NBSYNC_RATE_LIMIT", "off")
    spied = ana.spies("browser", "true")
    ana.patch.setenv("BROWSER", f"{ana.here / 'bin' / 'browser'} %s")
    ana.types("open", ONE, code=0)
    assert ONE in spied.read_text()
    assert "commit-tree" in (ana.here / "git.log").read_text()
    assert (ana.here / "state").exists() and any((ana.here / "state").rglob("*.sqlite3"))


def test_the_key_is_in_no_error_whatever_the_server_says(ana: Life) -> None:
    ana.patch.setenv("NBSYNC_RATE_LIMIT", "off")
    ana.types("pull", code=0)
    edit(ana.repo.page(ONE), "Two.", "Two, here.")
    _fails(ana)
    assert any("is not welcome" in screen for _, screen in ana.seen)


@pytest.mark.parametrize("in_file", [False, True])
def test_the_key_is_where_its_owner_put_it_and_nowhere_else(in_file: bool, ana: Life) -> None:  # noqa: FBT001 - a parameter
    ring = ana.here / "ring.json"
    ana.patch.delenv("POSTHOG_PERSONAL_API_KEY")
    if not in_file:
        ana.patch.setenv("KEYRING_FILE", str(ring))
    words = ["login", "--host", ana.repo.sandbox.url, "--token-stdin", "-v"]
    ana.types(*words, *(["--file"] if in_file else []), typed=f"{KEY}\n", code=0)
    ana.types("whoami", code=0)
    ana.types("sync", "--commit", "-v", code=0)
    ana.types("doctor", "--json")
    place = user_folder() / "keys.json" if in_file else ring
    assert KEY in place.read_text()
    ana.types("logout", "--host", ana.repo.sandbox.url, "-v", code=0)


def _bug(script: str) -> Callable[[dict[str, str], Path], subprocess.CompletedProcess[str]]:
    def run(env: dict[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
        start = f"import sys; {script}; from nbsync.cli import run; sys.exit(run(['sync', '-v']))"
        words = [sys.executable, "-X", "dev", "-c", start]
        return subprocess.run(
            words, env=env, cwd=folder, capture_output=True, text=True, check=False
        )

    return run


@pytest.mark.parametrize(
    "script",
    [
        "import httpx; httpx.Client.send = None",
        "import nbsync.api.exchange as it; it.decipher = None",
        "import nbsync.api.connecting as it; it.connect = None",
    ],
    ids=["in the request", "in the answer", "where the key is handed over"],
)
def test_a_bug_shows_where_it_is_and_not_the_key(script: str, ana: Life) -> None:
    done = _bug(script)(dict(os.environ), ana.repo.folder)
    ana.seen.append((script, done.stdout + done.stderr))
    assert done.returncode == 1 and "Traceback" in done.stderr, done.stderr


def test_a_watch_keeps_the_key_out_of_its_log_and_of_the_list_of_processes(ana: Life) -> None:
    ana.types("pull", code=0)
    words = ("--log", str(ana.here / "watch.log"), "-v")
    key = {"POSTHOG_PERSONAL_API_KEY": KEY, "HOME": str(ana.here / "home")}
    with watching(ana.repo.folder, ana.repo.sandbox, *words, every="0.2", **key) as watch:
        watch.tells("watching")
        edit(ana.repo.page(ONE), "Two.", "Two, watched.")
        told = watch.tells("change", short_id=ONE)
        number = watch.process.pid
        ana.seen.append(("ps", Path(f"/proc/{number}/cmdline").read_text()))
    ana.seen.append(("watch", json.dumps(told) + watch.story()))
    assert (ana.here / "watch.log").read_text()


def _echo_in(garbled: bytes, asked: object) -> bytes:
    return garbled % KEY.encode() + b"\r\n\r\n"


def test_an_error_of_a_server_that_repeats_the_key_is_shown_without_it() -> None:
    from nbsync.api.connecting import connect
    from nbsync.errors import ConfigError, Rejected, Unavailable

    def echo(asked: object) -> bytes:
        return reply({"detail": f"{KEY}!", "code": KEY, "type": "x", "attr": None}, 400)

    with listening(echo) as there, connect(there.url, KEY, project="1", env={}) as client:
        with pytest.raises(Rejected, match=r"\[key\]!") as caught:
            client.get(ONE)
        assert KEY not in caught.value.message + caught.value.hint
    place = f"https://evil.example/api/projects/1/notebooks/{ONE}/?key={KEY}"
    away = reply(b"", 302, Location=place)
    with (
        listening(lambda asked: away) as there,
        connect(there.url, KEY, project="1", env={}) as client,
    ):
        with pytest.raises(ConfigError, match=r"key=\[key\]") as moved:
            client.get(ONE)
        assert KEY not in moved.value.message + moved.value.hint
    for garbled in (b"%b", b"HTTP/1.1 200 OK\r\nX\0: %b", CHUNKED + b"%b"):
        with (
            listening(partial(_echo_in, garbled)) as there,
            connect(there.url, KEY, project="1", env={}, insists=False) as client,
        ):
            with pytest.raises(Unavailable, match=r"\[key\]") as torn:
                client.get(ONE)
            assert KEY not in torn.value.message
    with listening(lambda asked: reply({}, 400)) as there, httpx.Client(base_url=there.url) as http:
        from nbsync.api.client import Client

        with pytest.raises(Rejected):
            Client(http, project="1").get(ONE)
