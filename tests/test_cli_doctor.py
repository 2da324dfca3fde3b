"""nbsync doctor: whatever ails a mirror is found, told without secrets, and crashes nothing."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from time import time
from typing import Any

import pytest

from commands import Person, nbsync, person
from errors_scenes import SECRET, Scene, mirror_of_two, unknown_name
from errors_table import ROWS
from gits import Repo, committed
from in_between import listening, nothing_in_between
from mirrors import edit, opened
from nbsync.api.connecting import connect
from nbsync.cli.checkups import folder as folder_room
from nbsync.cli.checkups.finding import Finding, State, discreet
from nbsync.cli.checkups.network import Server
from nbsync.cli.checkups.watching import look_at_watching
from nbsync.cli.mirror import NOWHERE
from nbsync.config import Config
from nbsync.model import JournalEntry
from nbsync.sandbox import Sandbox
from nbsync.store import DiskStore
from nbsync.watch import is_elsewhere, kind_of, watch_limits
from powerless import as_nobody, no_more_handles, open_folder
from schemas import valid

Patch = pytest.MonkeyPatch
ALL = [
    *("nbsync", "system", "git", "mirror", "folder", "memory", "key", "name", "server"),
    *("user", "scopes", "project", "repository", "watch"),
]


@pytest.fixture
def ana(tmp_path: Path, sandbox: Sandbox, monkeypatch: Patch) -> Person:
    """Somebody with a mirror of two notebooks, in her home."""
    who = person(tmp_path, sandbox, monkeypatch)
    nothing_in_between(monkeypatch)
    monkeypatch.setenv("HOME", str(tmp_path))
    mirror_of_two(who)
    return who


def asked(who: Person, *words: str, code: int | None = None) -> dict[str, dict[str, Any]]:
    """The findings of a report by what was looked at, in their order; the last of each."""
    answer = who.types("doctor", "--json", *words)
    document = valid(answer.document)
    assert "Traceback" not in answer.screen
    assert who.sandbox.key not in answer.screen and SECRET not in answer.screen
    assert document["requests"] <= 4
    assert answer.code == (0 if document["well"] else 1)
    assert code is None or answer.code == code, answer.out
    for each in document["findings"]:
        assert (each["state"] == "ok") == (each["hint"] == ""), each
    return {each["check"]: each for each in document["findings"]}


def states(found: dict[str, dict[str, Any]], *, but: str = "ok") -> dict[str, str]:
    """What is not as it should be."""
    return {name: each["state"] for name, each in found.items() if each["state"] != but}


# --- a report ------------------------------------------------------------------------


def test_a_mirror_that_is_well_is_told_line_by_line_in_three_requests(ana: Person) -> None:
    answer = ana.types("doctor")
    assert answer.code == 0, answer.screen
    lines = answer.out.splitlines()
    assert [line.split()[1] for line in lines] == ALL
    assert all(line.startswith("ok      ") and line.endswith(".") for line in lines)
    assert answer.err == "doctor: all is well; 3 requests.\n"
    assert [each["method"] for each in ana.sandbox.requests()] == ["GET"] * 3
    assert "project     1 at" in answer.out and ": 2 notebooks." in answer.out


def test_a_report_tells_no_home_no_key_no_title_and_no_text(ana: Person) -> None:
    answer = ana.types("doctor")
    assert "~/notes/nbsync.toml" in answer.out
    for private in (str(ana.folder.parent), ana.sandbox.key, "Note 1", "A line."):
        assert private not in answer.screen


@pytest.mark.parametrize("proxy", ["http://[proxy", "http://ana:o//p@127.0.0.1:1", "@:@//"])
def test_a_proxy_whose_address_is_odd_is_not_too_much_for_a_report(
    proxy: str, ana: Person, monkeypatch: Patch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    for host in (ana.sandbox.url, "https://posthog.invalid"):
        monkeypatch.setenv("POSTHOG_HOST", host)
        answer = nbsync("-C", str(ana.folder.parent), "doctor")
        assert "Traceback" not in answer.screen and "mirror      ~ is in no mirror" in answer.out


def test_what_must_not_be_shown_is_cut_out_whoever_said_it() -> None:
    found = Finding("x", State.NOTE, "/opt/ana/notes has s3cret", "rm '/opt/ana/my notes/s3cret'")
    shown = discreet(found, home=Path("/opt/ana"), secrets=["", "s3cret"])
    assert (shown.message, shown.hint) == ("~/notes has …", "rm ~/'my notes/…'")
    assert discreet(found, home=Path("/"), secrets=[]) == found
    nowhere = Finding("x", State.NOTE, f"{NOWHERE}/nbsync")
    assert discreet(nowhere, home=NOWHERE, secrets=[]) == nowhere


def test_offline_no_server_is_asked(ana: Person) -> None:
    found = asked(ana, "--offline", code=0)
    assert ana.sandbox.requests() == []
    assert [*found] == [name for name in ALL if name not in ALL[7:12]]


def test_quiet_is_what_is_not_well_alone(ana: Person, monkeypatch: Patch) -> None:
    assert ana.types("doctor", "-q").screen == ""
    monkeypatch.delenv("POSTHOG_PERSONAL_API_KEY")
    answer = ana.types("doctor", "-q")
    assert (answer.code, answer.err) == (1, "")
    first, second = answer.out.splitlines()
    assert first.startswith("failed  key         There is no key for http://127.0.0.1")
    assert second.startswith(f"  next: nbsync login --host {ana.sandbox.url}")


def test_verbose_logs_its_requests(ana: Person) -> None:
    lines = [line for line in ana.types("doctor", "-v").err.splitlines() if line.startswith("GET")]
    assert len(lines) == 3
    assert all(re.fullmatch(r"GET /api/\S+ 200 \d+ ms", line) for line in lines)


def test_outside_of_a_mirror_there_is_less_to_look_at(ana: Person, tmp_path: Path) -> None:
    answer = nbsync("-C", str(tmp_path), "doctor", "--json")
    found = {each["check"]: each for each in valid(answer.document)["findings"]}
    assert answer.code == 0
    assert states(found) == {"mirror": "note"}
    assert found["user"]["message"] == 'Ana (ana@example.com), called "Ana\'s laptop"'
    assert "project" not in found and "folder" not in found


def test_with_nothing_at_all_there_is_still_a_report(tmp_path: Path, ana: Person) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("POSTHOG_HOST", "POSTHOG_PERSONAL_API_KEY"):
            patch.delenv(name)
        patch.setenv("PATH", str(tmp_path))
        answer = nbsync("-C", str(tmp_path), "doctor")
    assert answer.code == 0
    assert "!       git         git cannot be run" in answer.out
    assert "doctor: 0 failed, 2 notes; 0 requests." in answer.err


def test_a_host_in_the_environment_that_is_none_is_told(ana: Person, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("POSTHOG_HOST", f"https://ana:{SECRET}@posthog.example.com")
        answer = nbsync("-C", str(tmp_path), "doctor")
    assert (answer.code, "failed  host" in answer.out) == (1, True)
    assert SECRET not in answer.screen


# --- every sickness of the table of errors -------------------------------------------------------

# What is not ok; nothing for what another run alone would meet.
DIAGNOSES = {
    "no key": "key",
    "a wrong key": "server",
    "a key with a letter that no key has": "server",
    "a key of another region": "key",
    "a key that may not read notebooks": "scopes",
    "a key that may not write notebooks": "scopes",
    "a key that may not read the log": "scopes",
    "a key of another project": "project",
    "a key of somebody outside": "project",
    "no such project": "project",
    "a notebook that one may only view": "",
    "a name that nobody knows": "name",
    "a port where nothing listens": "server",
    "a certificate that nobody vouches for": "server",
    "a certificate that has expired": "server",
    "no TLS where it should be": "server",
    "certificates that are not there": "name",
    "a proxy that refuses": "server",
    "a proxy that is not there": "server",
    "a server that is no PostHog": "server",
    "a login page of the company's": "server",
    "a PostHog that has moved": "server",
    "too many requests": "server",
    "a server that is down": "server",
    "a full disk": "",
    "a folder that may not be written to": "folder memory",
    "a memory of a newer nbsync": "memory",
    "a key of nbsync.toml that is spelled wrong": "mirror",
    "a value of nbsync.toml that is spelled wrong": "mirror",
    "a secret in nbsync.toml": "mirror",
    "a host without TLS": "mirror",
}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_the_doctor_finds_whatever_goes_wrong(row: Any, ana: Person, monkeypatch: Patch) -> None:
    with ExitStack() as leave:
        scene = Scene(ana, monkeypatch, leave)
        row.make(scene)
        # Where PostHog's clouds are is asked for on no test's behalf.
        found = asked(scene.who, *(["--offline"] if "region" in row.name else []))
    amiss = states(found)
    assert [*amiss] == DIAGNOSES[row.name].split(), amiss
    for name in amiss:
        assert not found[name]["hint"].startswith("nbsync doctor")


# --- the folder and the memory ---------------------------------------------------------


def test_a_memory_that_was_never_made_is_to_be_pulled(ana: Person) -> None:
    (ana.folder / ".nbsync").rename(ana.folder.parent / "aside")
    found = asked(ana, "--offline", code=0)
    assert (found["memory"]["state"], found["memory"]["hint"]) == ("note", "nbsync pull")


def test_a_run_that_was_broken_off_is_told(ana: Person) -> None:
    url = ana.sandbox.url
    with DiskStore(ana.folder, host=url, project="1") as store:
        store.enter(JournalEntry("note0001", "push", "note0001.md"))
        store.enter(JournalEntry("note0009", "create", "new.md"))
    (ana.folder / ".nbsync" / "journal" / "note0003.json.bad").write_text("{")
    answer = ana.types("doctor", "--offline")
    assert answer.code == 0
    assert "1 notebook in the hand of a run that was broken off" in answer.out
    assert "  next: nbsync sync\n" in answer.out
    assert "note0003.json.bad" in answer.out


def test_a_base_that_cannot_be_read_is_counted(ana: Person) -> None:
    (ana.folder / ".nbsync" / "base" / "note0001.json").write_text("{")
    found = asked(ana, "--offline", code=0)["memory"]
    assert found["state"] == "note"
    assert "1 notebook remembered; 1 base record cannot be read" in found["message"]


def test_another_nbsync_at_work_is_named(ana: Person, sandbox: Sandbox) -> None:
    with opened(ana.folder, sandbox) as mirror:
        mirror.store.enter(JournalEntry("note0001", "push", "note0001.md"))
        report = asked(ana, "--offline", code=0)
        found = report["lock"]
        assert "journal" not in report  # it was not broken off
        assert f"process {os.getpid()}" in found["message"]
        assert Path(sys.argv[0]).name not in found["message"]  # nor what else was typed
        (ana.folder / ".nbsync" / "lock.json").unlink()
        assert "another process" in asked(ana, "--offline", code=0)["lock"]["message"]
    assert "lock" not in asked(ana, "--offline")
    (ana.folder / ".nbsync" / "lock").unlink(missing_ok=True)
    assert "lock" not in asked(ana, "--offline")


def test_a_memory_of_another_project_has_failed(ana: Person) -> None:
    edit(ana.folder / "nbsync.toml", 'project = "1"', 'project = "2"')
    found = asked(ana, "--offline", code=1)
    assert "belongs to project 1" in found["memory"]["message"]


def test_an_environment_that_means_another_project_has_failed(
    ana: Person, monkeypatch: Patch
) -> None:
    monkeypatch.setenv("POSTHOG_PROJECT_ID", "7")
    found = asked(ana, "--offline", code=1)["environment"]
    assert found["hint"].startswith("unset POSTHOG_PROJECT_ID")


def test_a_disk_that_is_nearly_full_is_noted(ana: Person, monkeypatch: Patch) -> None:
    monkeypatch.setattr(folder_room, "_LITTLE", 1 << 62)
    found = asked(ana, "--offline", code=0)["folder"]
    assert (found["state"], found["hint"]) == ("note", "df -h ~/notes   # free some space")


def test_a_memory_that_may_not_be_written_has_failed(ana: Person, monkeypatch: Patch) -> None:
    asked(ana, "--offline")  # nobody might not be let in to where the modules lie
    with open_folder() as place:
        (place / "notes").mkdir()
        (place / "notes").chmod(0o777)
        (place / "notes" / ".nbsync").mkdir(mode=0o755)
        text = (ana.folder / "nbsync.toml").read_text()
        (place / "notes" / "nbsync.toml").write_text(text)
        monkeypatch.setenv("HOME", str(place))
        with as_nobody():
            found = asked(Person(place / "notes", ana.sandbox), "--offline", code=1)
    assert found["memory"]["message"] == "~/notes/.nbsync cannot be written."


def garbled(path: Path) -> None:
    path.write_bytes(b"\xff\x00{ nonsense")


def looped(path: Path) -> None:
    path.symlink_to(path.name)


PLACES = (
    *("nbsync.toml", ".nbsync", ".nbsync/mirror.json", ".nbsync/lock", ".nbsync/journal"),
    *(".nbsync/base", ".nbsync/base/note0001.json", ".nbsync/index.sqlite3", "note0001.md"),
    *(".nbsync/journal/note0001.json", ".git", ".gitignore"),
)


@pytest.mark.parametrize("spoil", [garbled, looped, Path.mkdir, Path.exists, os.mkfifo])
def test_no_sickness_is_too_much_for_a_report(spoil: Callable[[Path], object], ana: Person) -> None:
    well = ana.folder.rename(ana.folder.with_name("well"))
    for name in PLACES:
        shutil.copytree(well, ana.folder)
        path = ana.folder / name
        if path.exists():
            path.rename(ana.folder.with_name(f"aside from {path.name}"))
        path.parent.mkdir(exist_ok=True)
        spoil(path)
        asked(ana, "--offline")
        shutil.rmtree(ana.folder)


# --- the server --------------------------------------------------------------------------


@pytest.mark.parametrize("good", [0, 1, 2])
def test_a_question_that_fails_is_not_asked_again(ana: Person, good: int) -> None:
    ana.sandbox.fault(skip=good, status=503, text="", times=None)
    found = asked(ana, code=1)
    assert len(ana.sandbox.requests()) == good + 1
    assert states(found) == {"project" if good == 2 else "server": "failed"}


def test_a_server_of_2023_tells_less(ana: Person) -> None:
    with Sandbox(kind="2023") as old, pytest.MonkeyPatch.context() as patch:
        patch.setenv("POSTHOG_HOST", old.url)
        for path in (ana.folder / "nbsync.toml", ana.folder / ".nbsync" / "mirror.json"):
            edit(path, ana.sandbox.url, old.url)
        found = asked(ana, code=0)
    assert found["scopes"]["message"] == "this server knows none"
    assert found["user"]["message"] == "Ana (ana@example.com)"


def test_the_budget_that_is_left_is_told(ana: Person, monkeypatch: Patch) -> None:
    monkeypatch.setenv("NBSYNC_RATE_LIMIT", "480/m,4800/h")
    said = asked(ana, code=0)["requests"]["message"]
    assert said == "left for this key: 477 in 60 s, 4797 in 3600 s"


def test_a_budget_that_is_used_up_is_told_and_not_waited_for(
    ana: Person, monkeypatch: Patch
) -> None:
    monkeypatch.setenv("NBSYNC_RATE_LIMIT", "2/h")
    found = asked(ana, code=1)
    assert "used up for 3600 s, until " in found["project"]["message"]


def test_a_rate_limit_that_is_none_has_failed(ana: Person, monkeypatch: Patch) -> None:
    monkeypatch.setenv("NBSYNC_RATE_LIMIT", "many")
    assert asked(ana, code=1)["server"]["hint"].startswith("export NBSYNC_RATE_LIMIT=")


@pytest.mark.parametrize(("ahead", "which"), [(7200.0, "ahead of"), (-7200.0, "behind")])
def test_a_clock_that_is_wrong_is_noted(ahead: float, which: str) -> None:
    with listening() as place:
        host = f"http://{place}"
        client = connect(
            host, "phx_x", project="1", env={}, clock=lambda: time() + ahead, insists=False
        )
        with client:
            found = {each.check: each for each in Server(client, host, "1").findings()}
    assert found["clock"].state is State.NOTE
    assert re.search(rf"clock is 7[12]\d\d s {which} the server's", found["clock"].message)


def test_a_proxy_is_told_without_its_password(ana: Person) -> None:
    with pytest.MonkeyPatch.context() as patch, ExitStack() as leave:
        unknown_name(Scene(ana, patch, leave))
        patch.setenv("HTTPS_PROXY", f"http://ana:{SECRET}@127.0.0.1:1/")
        found = asked(ana, code=1)
        assert found["name"]["message"].endswith("through the proxy 127.0.0.1:1")
        patch.setenv("NO_PROXY", "posthog.invalid")
        assert "the name posthog.invalid" in asked(ana, code=1)["name"]["message"]


# --- git ---------------------------------------------------------------------------------


@pytest.fixture
def repo(tmp_path: Path, sandbox: Sandbox, monkeypatch: Patch) -> Repo:
    return committed(tmp_path, sandbox, monkeypatch)


def of_git(repo: Repo) -> list[dict[str, Any]]:
    found = valid(repo.types("doctor", "--offline", "--json").document)["findings"]
    return [each for each in found if each["check"] == "repository"]


def test_a_repository_that_is_well_is_told_with_its_branch(repo: Repo) -> None:
    (found,) = of_git(repo)
    assert (found["state"], found["hint"]) == ("ok", "")
    assert repo.git("rev-parse", "HEAD")[:10] in found["message"]


def ignore_bases(repo: Repo) -> None:
    (repo.folder / ".gitignore").write_text(".nbsync/\n")


def ignore_nothing(repo: Repo) -> None:
    (repo.folder / ".gitignore").unlink()


def no_attributes(repo: Repo) -> None:
    (repo.folder / ".gitattributes").write_text("")


def track_the_memory(repo: Repo) -> None:
    repo.git("add", "--force", ".nbsync/mirror.json")


def track_a_trap(repo: Repo) -> None:
    (repo.folder / ".nbsync" / "$(reboot)").touch()
    repo.git("add", "--force", ".nbsync/$(reboot)")


def merge(repo: Repo) -> None:
    (repo.folder / ".git" / "MERGE_HEAD").touch()


def break_git(repo: Repo) -> None:
    (repo.folder / ".git" / "config").write_text("[broken")


@pytest.mark.parametrize(
    ("spoil", "says", "hint"),
    [
        (ignore_bases, "leaves .nbsync/base/ out", "nbsync init --git"),
        (ignore_nothing, "does not leave out", "nbsync init --git"),
        (no_attributes, "line ends", "nbsync init --git"),
        (track_the_memory, "1 file of this machine's own", "git rm --cached .nbsync/mirror.json"),
        (track_a_trap, "1 file of this", "git rm --cached '.nbsync/$(reboot)'"),
        (merge, "in the middle of a merge", "git status"),
        (break_git, "cannot be asked", "git status"),
    ],
)
def test_what_is_amiss_with_git_is_noted(
    repo: Repo, spoil: Callable[[Repo], None], says: str, hint: str
) -> None:
    spoil(repo)
    (found,) = of_git(repo)
    assert (found["state"], says in found["message"]) == ("note", True), found
    assert found["hint"].startswith(hint)


# --- watching ----------------------------------------------------------------------------


def test_where_there_are_no_events_files_are_compared_and_that_is_noted(tmp_path: Path) -> None:
    config = Config("https://eu.posthog.com", "1")
    look_at_watching(tmp_path, config)  # what is loaded once and for all
    with no_more_handles():
        (found,) = look_at_watching(tmp_path, config)
    assert found.state is State.NOTE
    assert "no events: inotify instance limit reached" in found.message
    assert found.hint == 'say watch.backend = "polling" in nbsync.toml'


def test_polling_that_was_asked_for_is_well(tmp_path: Path) -> None:
    config = Config("https://eu.posthog.com", "1", watch_backend="polling")
    (found,) = look_at_watching(tmp_path, config)
    assert (found.state, "as nbsync.toml says" in found.message) == (State.OK, True)


def test_the_kind_of_file_system_is_that_of_the_last_and_deepest_mount(tmp_path: Path) -> None:
    here = tmp_path / "a b"
    here.mkdir()
    place = str(here).replace(" ", r"\040")
    mounts = tmp_path / "mounts"
    mounts.write_text(
        f"/dev/sda / ext4 rw 0 0\nx {place} ext4 rw\nsrv {place} nfs4 rw 0 0\nnonsense\n"
    )
    assert kind_of(here, mounts) == "nfs4"
    assert kind_of(tmp_path, mounts) == "ext4"
    assert kind_of(tmp_path, tmp_path / "none") == ""


@pytest.mark.parametrize(
    ("kind", "elsewhere"),
    [
        *((each, True) for each in ("nfs", "nfs4", "cifs", "9p", "fuse.sshfs", "fuse.vmhgfs-fuse")),
        *((each, False) for each in ("ext4", "btrfs", "fuse.mergerfs", "tmpfs", "")),
    ],
)
def test_file_systems_of_other_machines_are_known(kind: str, *, elsewhere: bool) -> None:
    assert is_elsewhere(kind) is elsewhere


def test_the_limits_of_watching_are_those_of_the_system(tmp_path: Path) -> None:
    assert watch_limits(tmp_path) is None
    (tmp_path / "max_user_watches").write_text("8192\n")
    (tmp_path / "max_user_instances").write_text("128\n")
    assert watch_limits(tmp_path) == (8192, 128)
    (tmp_path / "max_user_instances").write_text("many\n")
    assert watch_limits(tmp_path) is None
