"""What a command loads before it does anything: start-up is most of what it takes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from commands import person, seed
from nbsync import formats, store, sync
from nbsync.sandbox import Sandbox

HEAVY = {
    "httpx",
    "rich",
    "yaml",
    "watchdog",
    "asyncio",
    "merge3",
    "filelock",
    "starlette",
    "keyring",
    "concurrent.futures",
    "email",
    "nbsync.formats.richtext",
    "nbsync.merge",
    "ssl",
}
NOT_TO_LOOK = {
    "nbsync.formats.kinds",
    "nbsync.formats.frontmatter",
    "nbsync.local.commits",
    "nbsync.store.pruning",
    "nbsync.sync.running",
    "nbsync.sync.send",
    "nbsync.cli.candidates",
    "decimal",
}
"""What reads a page or a base, or carries anything out: where nothing changed, it is not needed."""
NOT_TO_ANSWER = {"nbsync.sync", "nbsync.store", "nbsync.cli.setup", "hashlib", "sqlite3"}
_RUN = r"""
import json, sys
before = set(sys.modules)  # what measures coverage has loaded as well
from nbsync.cli import run
code = run(sys.argv[1:])
print("\n" + json.dumps([code, sorted(sys.modules.keys() - before)]), file=sys.stderr)
"""


def loaded(*words: str, of: set[str] = HEAVY) -> tuple[int, set[str]]:
    """Run a command line in a fresh process; its exit code, and what it loaded of some modules."""
    command = [sys.executable, "-c", _RUN, *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    code, modules = json.loads(done.stderr.splitlines()[-1])
    return code, of & set(modules)


@pytest.mark.parametrize(
    ("words", "code"), [(("--version",), 0), ((), 2), (("--help",), 0), (("nonsense",), 2)]
)
def test_help_and_wrong_usage_load_nothing_heavy_and_no_command(
    words: tuple[str, ...], code: int
) -> None:
    assert loaded(*words, of=HEAVY | NOT_TO_LOOK | NOT_TO_ANSWER) == (code, set())


@pytest.mark.parametrize(
    "words", [("status", "--offline"), ("status", "--json", "--offline"), ("diff",), ("conflicts",)]
)
def test_a_look_without_the_server_loads_nothing_heavy(
    tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    seed(sandbox, "note0001", "# One")
    ana = person(tmp_path, sandbox, monkeypatch)
    assert ana.types("init", "--host", sandbox.url, "--project", sandbox.project).code == 0
    assert ana.types("pull").code == 0
    assert loaded("-C", str(ana.folder), *words) == (0, set())


def test_the_first_look_after_a_pull_understands_no_page_and_no_base_anew(
    tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed(sandbox, "note0001", "# One")
    ana = person(tmp_path, sandbox, monkeypatch)
    ana.begins()
    for words in (("status", "--offline"), ("list",)):
        command = ("-C", str(ana.folder), *words)
        assert loaded(*command, of=HEAVY | NOT_TO_LOOK - {"nbsync.cli.candidates"}) == (0, set())


@pytest.mark.parametrize("room", [formats, store, sync])
def test_what_a_room_offers_is_found_when_it_is_asked_for_and_nothing_else(
    room: ModuleType,
) -> None:
    assert all(hasattr(room, name) for name in room.__all__)
    assert not hasattr(room, "nothing")
