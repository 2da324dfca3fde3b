"""What is said of running a watch is so: commands run, the shipped units start and stop it."""

from __future__ import annotations

import os
import plistlib
import re
import shlex
import shutil
import signal
import subprocess
import sys
from configparser import RawConfigParser
from pathlib import Path

import pytest

from commands import Person, edit_there, person, seed
from mirrors import markdown_on
from nbsync.cli.demo import environment
from nbsync.sandbox import Sandbox
from nbsync.sync.notices import What
from watching import PATIENCE, eventually, lists

pytestmark = pytest.mark.laws  # processes, each of which takes its time to start

DOCS = Path(__file__).parents[1] / "docs"
UNIT = DOCS / "how-to" / "nbsync.service"
AGENT = DOCS / "how-to" / "com.nbsync.watch.plist"
WATCH = (DOCS / "how-to" / "watch.md").read_text(encoding="utf-8")
OUTPUT = (DOCS / "reference" / "output.md").read_text(encoding="utf-8")
_WATCHES = sorted(set(re.findall(r"(?:`|^    )(nbsync watch[^`\n]*)", WATCH, re.MULTILINE)))
_ID = "aB3dE5fG"


@pytest.fixture
def home(tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with the program, the key and a mirror where both units take them to be."""
    seed(sandbox, _ID, "# Weekly\n\nOne.")
    who = person(tmp_path, sandbox, monkeypatch)
    home = tmp_path / "home"
    (home / ".local" / "bin").mkdir(parents=True)
    program = home / ".local" / "bin" / "nbsync"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m nbsync "$@"\n')
    program.chmod(0o755)
    who.folder.rename(home / "my-notebooks")
    keys = home / ".config" / "nbsync"
    keys.mkdir(parents=True)
    (keys / "environment").write_text(
        f"POSTHOG_PERSONAL_API_KEY={sandbox.key}\nPOSTHOG_HOST={sandbox.url}\n"
    )
    ana = Person(home / "my-notebooks", sandbox)
    assert ana.types("init", "--host", sandbox.url, "--project", sandbox.project).code == 0
    assert ana.types("pull", "-q").code == 0
    sandbox.clear()
    return home


@pytest.mark.parametrize("line", _WATCHES)
def test_every_watch_in_the_how_to_runs(line: str, home: Path, sandbox: Sandbox) -> None:
    words = shlex.split(line)[1:]
    process = subprocess.Popen(
        [sys.executable, "-m", "nbsync", *words],
        cwd=home / "my-notebooks",
        env=environment(sandbox),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline(), process.stderr and process.stderr.read()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)
        assert process.returncode == 130


def test_a_systemd_that_is_here_accepts_the_unit(home: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("there is no systemd here")
    done = subprocess.run(
        [analyze, "--user", "verify", str(UNIT)],
        env={**os.environ, "HOME": str(home), "XDG_RUNTIME_DIR": str(home)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_unit_starts_a_watch_and_does_not_start_one_again_that_needs_somebody(
    home: Path, sandbox: Sandbox
) -> None:
    unit = RawConfigParser()
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(UNIT.read_text())
    service = {name: value.replace("%h", str(home)) for name, value in unit["Service"].items()}
    assert service["Restart"] == "on-failure"
    assert service["RestartPreventExitStatus"].split() == ["2", "3"]
    assert service["SuccessExitStatus"] == "130"
    keys = Path(service["EnvironmentFile"].removeprefix("-")).read_text().splitlines()
    process = subprocess.Popen(
        shlex.split(service["ExecStart"]),
        cwd=service["WorkingDirectory"],
        env={"HOME": str(home), **dict(line.split("=", 1) for line in keys)},
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    with process:
        eventually(lambda: lists(sandbox))
        known = lists(sandbox)
        assert service["ExecReload"] == "/bin/kill -HUP $MAINPID"
        process.send_signal(signal.SIGHUP)
        eventually(lambda: lists(sandbox) > known)
        process.send_signal(signal.Signals[service["KillSignal"]])
        process.communicate(timeout=PATIENCE)
        assert process.returncode == int(service["SuccessExitStatus"])


@pytest.fixture
def agent(home: Path) -> list[str]:
    words: list[str] = plistlib.loads(AGENT.read_bytes())["ProgramArguments"]
    return words


def test_the_agent_carries_edits_and_ends_well_when_it_is_asked_to(
    home: Path, sandbox: Sandbox, agent: list[str]
) -> None:
    with subprocess.Popen(agent, env={"HOME": str(home), "PATH": os.environ["PATH"]}) as process:
        log = home / "Library" / "Logs" / "nbsync.log"
        eventually(lambda: lists(sandbox))
        page = home / "my-notebooks" / f"{_ID}.md"
        page.write_text(page.read_text().replace("One.", "One, here."))
        eventually(lambda: "One, here." in markdown_on(sandbox, _ID))
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
    assert "Weekly" in log.read_text()
    assert sandbox.key not in log.read_text()
    edit_there(sandbox, _ID, "here", "there")
    sandbox.clear()
    assert sandbox.requests() == []  # nobody is left to ask


@pytest.mark.parametrize(("broken", "code"), [("settings", 0), ("key", 0), ("lock", 4)])
def test_the_agent_is_started_again_only_where_that_can_help(
    home: Path, sandbox: Sandbox, agent: list[str], broken: str, code: int
) -> None:
    variables = {"HOME": str(home), "PATH": os.environ["PATH"]}
    if broken == "settings":
        (home / "my-notebooks" / "nbsync.toml").write_text("host = 3\n")
    elif broken == "key":
        sandbox.fault(path="/notebooks/", status=401, times=None)
    first = None
    if broken == "lock":
        first = subprocess.Popen(agent, env=variables)
        eventually(lambda: lists(sandbox))
    done = subprocess.run(agent, env=variables, capture_output=True, timeout=PATIENCE, check=False)
    assert done.returncode == code
    if first is not None:
        first.terminate()
        assert first.wait(PATIENCE) == 0
    sandbox.clear()


def test_the_reference_names_every_event() -> None:
    part = OUTPUT.partition("\n## Watch\n")[2]
    assert set(re.findall(r"^\| `([a-z-]+)` \|", part, re.MULTILINE)) >= {*What}
