"""The demo fits one screen and cleans up; the sandbox listens until it is told to stop."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from commands import nbsync, person
from nbsync.cli.demo import Stage, environment
from nbsync.errors import NbsyncError
from nbsync.sandbox import Sandbox
from schemas import valid

pytestmark = pytest.mark.laws  # whole processes: without coverage

LINES, COLUMNS = 40, 100
LONGEST = 60


def started(sandbox: Sandbox, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "nbsync", *words],
        env=environment(sandbox),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )


def lines_until(process: subprocess.Popen[str], words: str) -> list[str]:
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if words in line:
            break
    return lines


def test_the_demo_fits_one_screen_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = dict(os.environ)
    answer = nbsync("demo", "--json")
    assert dict(os.environ) == before
    told, document = answer.err.splitlines(), valid(answer.document)
    assert len(told) <= LINES
    assert max(map(len, told)) <= COLUMNS
    assert "    conflict: aB3dE5fG.md  Weekly numbers" in answer.err
    assert told[-1] == "    4 notebooks in step, verified today."
    assert (answer.code, document["type"], document["folder"]) == (0, "nbsync.demo", None)
    assert [each["exit_code"] for each in document["commands"]] == [0, 0, 0, 5, 0, 0, 0]
    assert list(tmp_path.iterdir()) == []


def test_a_demo_that_goes_otherwise_says_so(sandbox: Sandbox, tmp_path: Path) -> None:
    stage = Stage(tmp_path / "nowhere", sandbox, err=True)
    with pytest.raises(NbsyncError, match="`nbsync status` ended with 2"):
        stage.run("status")


def test_the_demo_serves_until_enter_and_keeps_its_directory(sandbox: Sandbox) -> None:
    with started(sandbox, "demo", "--serve", "--keep") as demo:
        said = "".join(lines_until(demo, "Press Enter"))
        there = dict(re.findall(r"export (\w+)=(\S+)", said))
        [folder] = re.findall(r"cd (\S+) && nbsync status", said)
        status = subprocess.run(
            [sys.executable, "-m", "nbsync", "status"],
            env=environment(sandbox) | there,
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
        )
        rest, _ = demo.communicate("\n", timeout=LONGEST)
    assert status.stdout == "4 notebooks in step, verified today.\n"
    assert (demo.returncode, rest) == (0, f"\nThe files are still in {folder}\n")
    page = Path(folder) / "aB3dE5fG.md"
    assert "mostly from search" in page.read_text(encoding="utf-8")
    shutil.rmtree(folder)


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_a_sandbox_keeps_its_notebooks_and_ends_when_told(
    tmp_path: Path, sandbox: Sandbox, ending: signal.Signals
) -> None:
    with started(sandbox, "sandbox", "--port", "0", "--data", str(tmp_path / "data")) as server:
        said = "".join(lines_until(server, "Ctrl-C ends it."))
        server.send_signal(ending)
        assert server.wait(timeout=LONGEST) == 0
    assert re.search(r"export POSTHOG_HOST=http://127\.0\.0\.1:\d+\n", said)
    assert (tmp_path / "data").exists()


@pytest.mark.parametrize("option", ["--json", "--quiet"])
def test_a_sandbox_says_where_it_listens_in_few_words(sandbox: Sandbox, option: str) -> None:
    with started(sandbox, "sandbox", "--port", "0", option) as server:
        said = "".join(lines_until(server, "}" if option == "--json" else "http"))
        server.send_signal(signal.SIGINT)
        assert server.wait(timeout=LONGEST) == 0
    if option == "--json":
        document = valid(json.loads(said))
        said = f"{document['url']}\n"
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+\n", said)


def test_a_port_that_is_taken_is_said(
    tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    person(tmp_path, sandbox, monkeypatch)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
        answer = nbsync("sandbox", "--port", port)
    assert answer.code == 4
    assert f"error: Port {port} cannot be listened on: " in answer.err
    assert answer.err.endswith("next: nbsync sandbox --port 0\n")


def test_a_place_that_cannot_keep_notebooks_is_said(tmp_path: Path) -> None:
    answer = nbsync("sandbox", "--port", "0", "--data", str(tmp_path / "no" / "where"))
    assert (answer.code, answer.out) == (2, "")
    assert "where cannot keep notebooks: " in answer.err
