"""What a command loads before it does anything: start-up is most of what it takes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from commands import person, seed
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
_RUN = r"""
import json, sys
from nbsync.cli import run
code = run(sys.argv[1:])
print("\n" + json.dumps([code, sorted(sys.modules)]), file=sys.stderr)
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
    assert loaded(*words, of=HEAVY | {"nbsync.sync", "nbsync.cli.setup"}) == (code, set())


@pytest.mark.parametrize("words", [("status", "--offline"), ("list",), ("diff",), ("conflicts",)])
def test_a_look_without_the_server_loads_nothing_heavy(
    tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    seed(sandbox, "note0001", "# One")
    ana = person(tmp_path, sandbox, monkeypatch)
    assert ana.types("init", "--host", sandbox.url, "--project", sandbox.project).code == 0
    assert ana.types("pull").code == 0
    assert loaded("-C", str(ana.folder), *words) == (0, set())
