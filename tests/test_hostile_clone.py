"""A clone of somebody's mirror reads, writes and removes nothing around it, and gets no key."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import sqlite3
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from commands import Answer, nbsync, person, seed
from gits import committed
from hostile_server import KEY, listening, reply
from mirrors import edit
from nbsync.cli.mirror import NOWHERE
from nbsync.cli.mirror import home as home_of
from nbsync.credentials import keep_key, user_folder
from nbsync.model import digest
from nbsync.sandbox import Sandbox
from nbsync.store.glimpse import glimpse
from nbsync.store.remembered import TABLES

pytestmark = pytest.mark.laws  # hundreds of mirrors: without coverage

Patch = pytest.MonkeyPatch
ONE = "aB3dE5fG"
GIB = 1024**3
SECRET = "nobody's business but mine"


@dataclass(frozen=True)
class Clone:
    """A mirror of the sandbox that was put here by somebody else, and what lies around it."""

    folder: Path
    around: Path
    sandbox: Sandbox

    def types(self, *words: str) -> Answer:
        """Run a command in it; whatever it finds, it ends in words."""
        answer = nbsync("-C", str(self.folder), *words)
        assert answer.code != 1 and "Traceback" not in answer.err, answer.screen
        assert SECRET not in answer.screen
        return answer

    def is_used(self) -> list[Answer]:
        """Do what people do: look, edit, sync, and look again."""
        page = self.folder / f"{ONE}.md"
        if page.is_file() and not page.is_symlink() and page.stat().st_size < GIB:
            page.write_text(page.read_text().replace("Two.", "Two, edited."))
        seed(self.sandbox, "new00001", "# New there")
        said = (("status",), ("sync",), ("push", "--json"), ("list",), ("check",), ("log", ONE))
        self.is_looked_at()
        return [self.types(*words) for words in said]

    def is_looked_at(self) -> None:
        """Do what touches nothing, and so must stand whatever there is."""
        assert "Traceback" not in nbsync("-C", str(self.folder), "doctor").err
        glimpse(self.memory)

    @property
    def memory(self) -> Path:
        return self.folder / ".nbsync"


def surroundings(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Every file around the clone, with its bytes and inode."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path): (path.read_bytes(), path.stat().st_ino) for path in found}


@pytest.fixture
def clone(tmp_path: Path, sandbox: Sandbox, monkeypatch: Patch) -> Iterator[Clone]:
    ana = person(tmp_path, sandbox, monkeypatch)
    seed(sandbox, ONE, "# Weekly\n\nOne.\n\nTwo.")
    ana.begins()
    (ana.folder / ".nbsync" / "index.sqlite3").unlink()
    around = tmp_path / "around"
    for folder in ("folder", "base", "deeper/still"):
        (around / folder).mkdir(parents=True)
    text = f'---\nshort_id: "{ONE}"\n---\n\n# Weekly\n\n{SECRET}\n'
    for name in ("page.md", "folder/page.md", "notes.txt", "deeper/still/merged.md"):
        (around / name).write_text(text)
    (around / "base" / f"{ONE}.json").write_text(json.dumps({"format": 1, "x": SECRET}))
    before = surroundings(around)
    made = Clone(ana.folder, around, sandbox)
    yield made
    assert surroundings(around) == before
    for asked in sandbox.requests():
        parts = asked["path"].removeprefix("/api/projects/1/notebooks/").strip("/").split("/")
        assert re.fullmatch("[A-Za-z0-9]{0,32}", parts[0]), asked
    assert SECRET not in json.dumps([sandbox.record(ONE)["content"]])


# --- the key -------------------------------------------------------------------------------------


def _environment(patch: Patch, home: Path) -> None:
    patch.setenv("POSTHOG_PERSONAL_API_KEY", KEY)


def _bound_environment(patch: Patch, home: Path) -> None:
    patch.setenv("POSTHOG_PERSONAL_API_KEY", KEY)
    patch.setenv("POSTHOG_HOST", "us")


def _cli_environment(patch: Patch, home: Path) -> None:
    patch.setenv("POSTHOG_CLI_API_KEY", KEY)
    patch.setenv("POSTHOG_CLI_HOST", "https://eu.posthog.com")


def _cli_file(patch: Patch, home: Path) -> None:
    (home / ".posthog").mkdir(parents=True)
    stored = {"host": None, "token": KEY, "env_id": "1"}
    (home / ".posthog" / "credentials.json").write_text(json.dumps(stored))


def _own_file(patch: Patch, home: Path) -> None:
    keep_key("https://us.posthog.com", KEY, user_folder(), in_file=True)


def _ring(patch: Patch, home: Path) -> None:
    patch.setenv("KEYRING_FILE", str(home / "ring.json"))
    keep_key("https://us.posthog.com", KEY, user_folder(), in_file=False)


KEPT = (_environment, _bound_environment, _cli_environment, _cli_file, _own_file, _ring)
OFFLINE = ("list",)
ASKING = ("status", "pull", "push", "sync", "list", "whoami", "log aB3dE5fG", "doctor --json")


@pytest.fixture
def home(tmp_path: Path, sandbox: Sandbox, monkeypatch: Patch) -> Path:
    """The home of somebody whose environment says nothing of PostHog."""
    ana = person(tmp_path, sandbox, monkeypatch)
    for name in ("POSTHOG_HOST", "POSTHOG_PERSONAL_API_KEY"):
        monkeypatch.delenv(name)
    (tmp_path / "home").mkdir(exist_ok=True)
    assert ana.folder.name == "notes"
    return tmp_path / "home"


@pytest.mark.parametrize("keep", KEPT)
def test_a_key_goes_to_no_host_that_a_clone_chose(
    keep: Callable[[Patch, Path], None], home: Path, monkeypatch: Patch
) -> None:
    keep(monkeypatch, home)
    mirror = home.parent / "notes"
    with listening(lambda asked: reply({})) as there:
        (mirror / "nbsync.toml").write_text(f'host = "{there.url}"\nproject = "1"\n')
        for words in ASKING:
            answer = nbsync("-C", str(mirror), *words.split())
            assert answer.code or words in OFFLINE, answer.screen
            assert KEY not in answer.screen
    assert KEY.encode() not in there.heard()
    assert [asked for asked in there.seen if "authorization" in asked.headers] == []


NO_HOSTS = (
    *("https://us.posthog.com:pw@{evil}", "https://us.posthog.com@{evil}", "http://{name}:1"),
    *("http://us.posthog.com", "https://us.p\u043esthog.com", "https://us\uff0eposthog\uff0ecom"),
    *("https://us.posthog.com\\\\@{evil}", "https://us.posthog.com#@{evil}", "file:///etc/passwd"),
    *("https://us.posthog.com/../..", "https://us.posthog.com?x", "https://us.posthog.com%2eevil"),
    *("", "//", "https://", "https://[::1", "https://us.posthog.com:99999", "https://a..b\u200b"),
    *("https://us.posthog.com\\n.evil.example", "ftp://us.posthog.com", "us.posthog.com evil"),
)
OTHER_HOSTS = (
    *("https://us.posthog.com:8443", "https://xn--psthog-jua.com", "https://us.posthog.{name}"),
    *(
        "https://us-posthog.com",
        "https://posthog.com",
        "https://localhost",
        "http://127.0.0.1:{port}",
    ),
    *("https://us.posthog.com:0", "https://0x7f.1", "http://[::1]:{port}"),
)


@pytest.mark.parametrize("text", [*NO_HOSTS, *OTHER_HOSTS])
def test_a_host_that_is_none_or_looks_like_another_gets_nothing(
    text: str, home: Path, monkeypatch: Patch
) -> None:
    mirror = home.parent / "notes"
    with listening(lambda asked: reply({})) as there:
        evil, port = there.url.removeprefix("http://"), there.url.rpartition(":")[2]
        monkeypatch.setenv("POSTHOG_PERSONAL_API_KEY", KEY)
        for proxy in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(proxy, there.url)
        host = text.format(evil=evil, name="evil.example", port=port)
        (mirror / "nbsync.toml").write_text(f'host = "{host}"\nproject = "1"\n')
        answer = nbsync("-C", str(mirror), "pull")
        assert answer.code == (2 if text in NO_HOSTS else 3), answer.screen
        assert ":pw@" not in answer.screen and KEY not in answer.screen
    assert there.seen == []


def test_a_clone_brings_no_key_of_its_own_to_somebody_without_a_home(
    home: Path, monkeypatch: Patch
) -> None:
    mirror = home.parent / "notes"
    with listening(lambda asked: reply({})) as there:
        (mirror / "nbsync.toml").write_text(f'host = "{there.url}"\nproject = "1"\n')
        stored = json.dumps({"host": there.url, "token": KEY, "env_id": "1"})
        for folder in (".nbsync/.posthog", ".posthog"):
            (mirror / folder).mkdir(parents=True)
            (mirror / folder / "credentials.json").write_text(stored)
        keys = mirror / "~" / ".config" / "nbsync" / "keys.json"
        keys.parent.mkdir(parents=True)
        keys.write_text(json.dumps({there.url: KEY}))
        keys.chmod(0o600)
        (keys.parent / "config.toml").write_text('[merge]\ntool = ["sh"]\n')
        monkeypatch.delenv("HOME")
        # A name that no system knows, as containers give their users; the files stay readable.
        start = "import os, sys; os.setreuid(54321, 0) if os.geteuid() == 0 else None;"
        start += " from nbsync.cli.mergetool import user_config; assert not user_config().exists();"
        start += " from nbsync.cli import run; sys.exit(run(['pull']))"
        words = [sys.executable, "-c", start]
        done = subprocess.run(words, cwd=mirror, capture_output=True, text=True, check=False)
    if os.geteuid() == 0:
        assert done.returncode == 3 and "There is no key for" in done.stderr, done.stderr
        assert there.seen == []


def test_a_home_that_is_no_whole_path_is_none(home: Path, monkeypatch: Patch) -> None:
    assert home_of() == home
    monkeypatch.setenv("HOME", "notes")  # a clone could bring it
    assert home_of() == NOWHERE


# --- nbsync.toml ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        *('proxy = "http://evil.example"', 'editor = "sh -c true"', 'mergetool = "sh"'),
        *('[merge]\ntool = "sh"', '[git]\ncommand = "sh"', 'key = "phx_1"', 'hooks = ["sh"]'),
        *('filename = "../{title}"', 'filename = "/etc/{title}"', 'filename = ".git/{title}"'),
        *('filename = "a/../../{short_id}"', 'filename = ".nbsync/base/{short_id}"'),
        *('filename = "{title}/../.ssh/x"', 'filename = "~/\\u200b{title}"', 'project = "../2"'),
        *('project = "1/../2"', 'project = "@current"', f"x = {'[' * 9999}", f"x = {'9' * 9999}"),
        *(f'ignore = ["{"*a" * 3000}b"]\nx = 1', f"{'a.' * 9999}b = 1", "\x00", "host = 1"),
    ],
    ids=str,
)
def test_a_setting_that_reaches_out_of_the_mirror_is_refused(line: str, clone: Clone) -> None:
    table = (clone.folder / "nbsync.toml").read_text()
    mine = "\n".join(each for each in table.splitlines() if each[:7] not in {"project", "filenam"})
    (clone.folder / "nbsync.toml").write_text(f"{mine}\n{line}\n")
    answer = clone.types("sync")
    assert answer.code == 2 and "next:" in answer.err and len(answer.err) < 2000
    assert clone.sandbox.requests() == []


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        before = Path.cwd()
        os.chdir(path.parent)  # a socket's name must be short
        try:
            made.bind(path.name)
        finally:
            os.chdir(before)


def _gigabyte(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(GIB)


def _link_out(path: Path) -> None:
    path.symlink_to(path.parents[len(path.parents) - 1] / "dev" / "zero")


ODD: dict[str, Callable[[Path], None]] = {
    "a pipe": _fifo,
    "a socket": _socket,
    "a gigabyte": _gigabyte,
    "a link to an endless file": _link_out,
    "a folder": Path.mkdir,
}


@pytest.mark.parametrize("kind", ODD)
def test_a_configuration_that_is_no_file_is_refused_at_once(kind: str, clone: Clone) -> None:
    (clone.folder / "nbsync.toml").unlink()
    ODD[kind](clone.folder / "nbsync.toml")
    answer = clone.types("sync")
    assert answer.code == 2 and "nbsync.toml" in answer.err


# --- what is where a file should be --------------------------------------------------------------

PLACES = (
    *(f"{ONE}.md", "other.md", f".nbsync/base/{ONE}.json", f".nbsync/journal/{ONE}.json"),
    *(f".nbsync/conflicts/{ONE}/state.json", f".nbsync/conflicts/{ONE}/merged.md"),
    *(f".nbsync/history/{ONE}/page-0.md", ".nbsync/mirror.json", ".nbsync/index.sqlite3"),
    *(".nbsync/index.sqlite3-journal", ".nbsync/lock", ".nbsync/lock.json", ".nbsync/extra"),
)


def _cleared(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    return path


@pytest.mark.parametrize("kind", ODD)
def test_what_is_no_file_stops_nothing_and_is_never_read(kind: str, clone: Clone) -> None:
    for place in PLACES:
        kept = clone.folder.with_name("kept")
        shutil.copytree(clone.folder, kept)
        ODD[kind](_cleared(clone.folder / place))
        clone.is_looked_at()
        for words in (("sync",), ("check",)):
            answer = clone.types(*words)
            assert answer.code in {0, 2, 4, 5}, (place, answer.screen)
        shutil.rmtree(clone.folder)
        kept.rename(clone.folder)


LINKS = {
    f"{ONE}.md": "page.md",
    "other.md": "notes.txt",
    "folder": "folder",
    ".nbsync": "folder",
    ".nbsync/base": "base",
    ".nbsync/history": "folder",
    ".nbsync/journal": "folder",
    ".nbsync/conflicts": "folder",
    ".nbsync/edits": "folder",
    ".nbsync/index.sqlite3": "notes.txt",
    ".nbsync/index.sqlite3-journal": "notes.txt",
    ".nbsync/lock": "notes.txt",
    ".nbsync/lock.json": "notes.txt",
    ".nbsync/mirror.json": "notes.txt",
    f".nbsync/base/{ONE}.json": f"base/{ONE}.json",
    ".nbsync/base/new00001.json": f"base/{ONE}.json",
    f".nbsync/journal/{ONE}.json": f"base/{ONE}.json",
    f".nbsync/history/{ONE}": "folder",
    f".nbsync/conflicts/{ONE}": "deeper/still",
    f".nbsync/conflicts/{ONE}/merged.md": "deeper/still/merged.md",
    ".gitignore": "notes.txt",
    ".gitattributes": "notes.txt",
    ".editorconfig": "notes.txt",
}


@pytest.mark.parametrize("place", LINKS)
@pytest.mark.parametrize("put", [Path.symlink_to, Path.hardlink_to])
def test_nothing_is_read_or_written_through_a_link(
    put: Callable[[Path, Path], None], place: str, clone: Clone
) -> None:
    path, target = clone.folder / place, clone.around / LINKS[place]
    if put is Path.hardlink_to and (target.is_dir() or place == f"{ONE}.md"):
        return  # no system links folders, and who links a page to a file means its text
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    put(_cleared(path), target)
    clone.is_used()
    clone.types("init", "--git")
    clone.types("add", str(path))


def test_a_page_with_two_names_is_replaced_and_its_other_name_keeps_its_text(clone: Clone) -> None:
    other = clone.around / "page.md"
    page = clone.folder / f"{ONE}.md"
    text = other.read_bytes()
    other.write_bytes(page.read_bytes())
    page.unlink()
    page.hardlink_to(other)
    before = other.read_bytes()
    clone.sandbox.write(ONE, content=clone.sandbox.markdown("# Weekly\n\nChanged."))
    assert clone.types("pull").code == 0
    assert "Changed." in page.read_text() and other.read_bytes() == before
    other.write_bytes(text)


# --- ids and names -------------------------------------------------------------------------------

NAMES = (
    *("../../around/page", "/etc/passwd", "a\\0b", ".git/config", ".nbsync/index", "con", "nul."),
    *("x" * 10_000, "AB3DE5FG", ".GIT", ".NbSync", "\\u017fhort", "a/b", "a\\\\b", "..", "~root"),
    *("\\u202egpj", "\\x1b[2J", "a b", "", "%2e%2e", "\\ud83d\\ude00"),
)


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_page_whose_id_is_a_path_is_no_page(name: str, clone: Clone) -> None:
    (clone.folder / "evil.md").write_text(f'---\nshort_id: "{name}"\n---\n\n# Evil\n')
    for answer in clone.is_used():
        assert not [each for each in answer.screen if not each.isprintable() and each != "\n"]
    clone.types("add", str(clone.folder / "evil.md"))
    known = {ONE.lower(), "new00001", "con"}
    found = {path.stem.partition("~")[0].lower() for path in clone.memory.glob("*/*")}
    assert found <= known | {"mirror", "ab3de5fg"}


@pytest.mark.parametrize("path", ["../around/page.md", "/etc/passwd", ".git/config", "a\x00b", ""])
@pytest.mark.parametrize("kind", ["pull", "create"])
def test_a_journal_that_names_another_place_leads_nowhere(
    kind: str, path: str, clone: Clone
) -> None:
    secret = (clone.around / "page.md").read_text()
    base = json.loads((clone.memory / "base" / f"{ONE}.json").read_text())
    entry: dict[str, Any] = {"format": 1, "short_id": ONE, "kind": kind, "path": path}
    entry |= {"before": digest(secret), "after": "", "old_path": path, "since": "x"}
    for after in ("", digest(secret), digest((clone.folder / f"{ONE}.md").read_text())):
        for place in (path, f"{ONE}.md"):
            for to in (None, base["record"], {**base["record"], "short_id": "../../x"}):
                told = {**entry, "after": after, "path": place, "to": to}
                told["sent"] = {"title": "x", "content": None} if kind != "pull" else None
                journal = _cleared(clone.memory / "journal" / f"{ONE}.json")
                journal.write_text(json.dumps(told))
                assert clone.types("pull").code in {0, 4, 5}


def test_files_with_odd_names_are_shown_without_what_a_terminal_obeys(clone: Clone) -> None:
    for name in ("\x1b[2J.md", "a\nb.md", "\u202edm.gpj", "\x9b.md", "x\x07y.md"):
        (clone.folder / name).write_text(f'---\nshort_id: "{ONE}"\n---\n\n# Evil\n')
        (clone.folder / f"un{name}").write_text("# Evil\n")
    for words in (("status",), ("status", "--json"), ("check",), ("check", "--json"), ("sync",)):
        screen = clone.types(*words).screen
        assert not [each for each in screen if not each.isprintable() and each != "\n"]


def test_a_name_that_a_shell_would_carry_out_is_told_so_that_it_does_not(clone: Clone) -> None:
    page = (clone.folder / f"{ONE}.md").rename(clone.folder / "x; reboot #.md")
    answer = clone.types("add", str(page))
    assert "  next: nbsync diff 'x; reboot #.md'\n" in answer.screen


# --- records -------------------------------------------------------------------------------------

GARBAGE: dict[str, bytes] = {
    "nothing": b"",
    "noise": bytes(range(256)) * 9,
    "a list": b"[]",
    "null": b"null",
    "depth": b"[" * 200_000,
    "depth within": b'{"format": 1, "record": ' + b'{"a":' * 100_000 + b"1" + b"}" * 100_001,
    "another format": b'{"format": 1e999}',
    "a format to come": b'{"format": 99, "host": "x", "project": "y"}',
    "wrong kinds": json.dumps(
        {
            "format": 1,
            "short_id": ["x"],
            "kind": 3,
            "path": {},
            "to": [],
            "sent": 7,
            "regions": -1,
            "suffix": "/../../x",
            "written": {"merged": []},
            "record": {"short_id": ONE, "version": 2**70, "title": [], "content": {}},
            "earlier": [3],
            "digest": 0,
            "host": 3,
            "project": None,
        }
    ).encode(),
    "a number without an end": b'{"format": 1, "version": ' + b"9" * 9999 + b"}",
}


@pytest.mark.parametrize("name", GARBAGE)
def test_records_that_are_garbage_are_no_records(name: str, clone: Clone) -> None:
    places = (
        *(f"base/{ONE}.json", f"journal/{ONE}.json", f"conflicts/{ONE}/state.json"),
        *(f"conflicts/{ONE}/record.json", f"history/{ONE}/v000001-0.json", "index.sqlite3"),
        *("index.sqlite3-journal", "mirror.json", "lock.json", "lock", f"base/{ONE}~1.json"),
    )
    for place in places:
        if name != "a format to come" or place != "mirror.json":
            _cleared(clone.memory / place).write_bytes(GARBAGE[name])
    for answer in clone.is_used():
        assert answer.code in {0, 4, 5}, answer.screen


@pytest.mark.parametrize(
    "front",
    [
        "a: &a [x, x]\n" + "".join(f"b{n}: &b{n} [*a, *a]\n" for n in range(40)),
        "a: " + "[" * 50_000,
        "a: b\n" * 200_000,
        "? " * 50_000,
        "- " * 50_000,
        "a: !!python/object/apply:os.system ['touch pwned']",
        "a: !!python/name:os.system",
        "<<: &x {<<: *x}",
        "a: " + "9" * 5000,
        "a: 2026-99-99",
        "%YAML 9.9",
        "a: \t\x85\u2028",
    ],
    ids=range(12),
)
def test_front_matter_is_read_and_nothing_in_it_is_carried_out(front: str, clone: Clone) -> None:
    body = '---\n{}\nshort_id: "new00009"\n---\n\n' + "> " * 20_000 + "x\n" + "[" * 20_000
    (clone.folder / "evil.md").write_text(body.replace("{}", front))
    for words in (("status",), ("check",), ("sync",)):
        clone.types(*words)
    assert not list(clone.folder.rglob("pwned")) and not Path("pwned").exists()


def test_an_index_with_views_and_triggers_is_made_anew(clone: Clone) -> None:
    index = clone.memory / "index.sqlite3"
    with sqlite3.connect(index) as database:
        for table in TABLES:
            if table.name != "rows":
                database.execute(table.schema)
        endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x FROM n)"
        database.execute(f"CREATE VIEW rows AS {endless} SELECT x AS short_id, x AS token FROM n")
        again = f"{endless} SELECT count(*) FROM n"
        database.execute(f"CREATE TRIGGER t AFTER INSERT ON meta BEGIN {again}; END")
        database.execute("PRAGMA user_version = 3")
    database.close()
    clone.is_used()
    with sqlite3.connect(index) as database:
        kinds = {kind for (kind,) in database.execute("SELECT type FROM sqlite_master")}
    database.close()
    assert "view" not in kinds and "trigger" not in kinds


def test_a_journal_of_the_index_removes_no_file_that_it_names(clone: Clone) -> None:
    index, name = clone.memory / "index.sqlite3", str(clone.around / "notes.txt").encode()
    database = sqlite3.connect(index, isolation_level=None)
    database.execute("PRAGMA cache_size = 1")
    database.execute("CREATE TABLE t (x)")
    database.execute("BEGIN IMMEDIATE")
    for _ in range(500):
        database.execute("INSERT INTO t VALUES (zeroblob(500))")
    halfway, journal = index.read_bytes(), index.with_name(f"{index.name}-journal").read_bytes()
    database.close()
    index.write_bytes(halfway)
    # Section 3.1 of SQLite's file format: the page it stands on, the name, its length and sum.
    total = sum(byte - 256 if byte > 127 else byte for byte in name) & 0xFFFFFFFF
    tail = struct.pack(">I", 0x40000000 // 4096 + 1) + name + struct.pack(">II", len(name), total)
    trailer = tail + bytes.fromhex("d9d505f920a163d7")
    index.with_name(f"{index.name}-journal").write_bytes(journal + trailer)
    clone.is_used()
    assert (clone.around / "notes.txt").exists()


# --- git -----------------------------------------------------------------------------------------

HOOKS = (
    *("pre-commit", "prepare-commit-msg", "commit-msg", "post-commit", "post-index-change"),
    *("reference-transaction", "post-checkout", "pre-auto-gc", "fsmonitor-watchman"),
)
PROGRAMS = (
    *("core.fsmonitor", "core.sshCommand", "core.editor", "core.pager", "core.askPass"),
    *("diff.external", "diff.evil.textconv", "diff.evil.command", "merge.evil.driver"),
    *("filter.evil.clean", "filter.evil.smudge", "filter.evil.process", "credential.helper"),
    *("gpg.program", "sequence.editor", "core.gitProxy", "merge.tool", "mergetool.evil.cmd"),
    *("alias.status", "core.alternateRefsCommand", "uploadpack.packObjectsHook"),
)


def test_nothing_that_a_repository_names_is_run(
    tmp_path: Path, sandbox: Sandbox, monkeypatch: Patch
) -> None:
    repo = committed(tmp_path, sandbox, monkeypatch)
    ran = tmp_path / "ran"
    script = tmp_path / "evil.sh"
    script.write_text(f"#!/bin/sh\necho $0 >> {ran}\ncat\n")
    script.chmod(0o755)
    hooks = repo.folder / "hooks"
    hooks.mkdir()
    for folder in (hooks, repo.folder / ".git" / "hooks"):
        for name in HOOKS:
            shutil.copy(script, folder / name)
    repo.git("config", "core.hooksPath", "hooks")
    for name in PROGRAMS:
        repo.git("config", name, str(script))
    with (repo.folder / ".gitattributes").open("a") as file:
        file.write("other.md filter=evil diff=evil merge=evil\n*.json diff=evil\n")
    (repo.folder / "other.md").write_text("# Not a page\n")
    ran.unlink(missing_ok=True)  # git itself has run some of them by now
    edit(repo.page(ONE), "Two.", "Two, edited.")
    sandbox.write("bbbbbbbb", content=sandbox.markdown("# Churn\n\nLow."))
    for words in ("pull --commit", "sync --commit", "status", "diff", "check", "doctor"):
        answer = repo.types(*words.split())
        assert answer.code in {0, 3, 4}, answer.screen
    assert not ran.exists(), ran.read_text()
    assert len(repo.log()) > 3
