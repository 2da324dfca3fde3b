"""One nbsync at a time in a directory, which belongs to one project on one host."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from nbsync.errors import Busy, ConfigError, NbsyncError
from nbsync.store import DiskStore
from powerless import as_nobody, names, no_space, open_folder

HOLD = """
import sys
from pathlib import Path
from nbsync.store import DiskStore
sys.argv = ["/usr/bin/nbsync", "watch", "--every", "60"]
with DiskStore(Path(sys.stdin.readline().strip()), host="h", project="1"):
    print("held", flush=True)
    sys.stdin.readline()
"""


@contextmanager
def another_process(root: Path) -> Iterator[subprocess.Popen[str]]:
    """Another nbsync that holds the lock until it is told to end, or is killed."""
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", HOLD], stdin=pipe, stdout=pipe, text=True) as one:
        assert one.stdin is not None
        assert one.stdout is not None
        one.stdin.write(f"{root}\n")
        one.stdin.flush()
        assert one.stdout.readline() == "held\n"
        try:
            yield one
        finally:
            one.kill()


def opened(root: Path, *, host: str = "h", project: str = "1", read_only: bool = False) -> None:
    with DiskStore(root, host=host, project=project, wait=0, read_only=read_only):
        pass


def test_who_comes_second_is_told_who_came_first(tmp_path: Path) -> None:
    with another_process(tmp_path) as one:
        with pytest.raises(Busy) as caught:
            opened(tmp_path)
        message = str(caught.value)
        assert f"at work in {tmp_path}" in message
        assert "'nbsync watch --every 60'" in message
        assert f"process {one.pid}, since 20" in message
        opened(tmp_path, read_only=True)


def test_a_lock_whose_holder_left_no_note_is_held_all_the_same(tmp_path: Path) -> None:
    with another_process(tmp_path):
        for note in ("{}", "[]", "no JSON", None):
            if note is None:
                (tmp_path / ".nbsync" / "lock.json").unlink()
            else:
                (tmp_path / ".nbsync" / "lock.json").write_text(note)
            with pytest.raises(Busy, match=r"Another nbsync is at work in .*\w\.$"):
                opened(tmp_path)


def test_a_holder_that_was_killed_holds_nothing(tmp_path: Path) -> None:
    with another_process(tmp_path) as one:
        one.kill()
        one.wait()
        assert (tmp_path / ".nbsync" / "lock.json").exists()
        opened(tmp_path)
        assert not (tmp_path / ".nbsync" / "lock.json").exists()


def test_the_note_says_who_when_and_with_what_command(tmp_path: Path) -> None:
    store = DiskStore(tmp_path, host="h", project="1", clock_ns=lambda: 1_767_225_600_000_000_000)
    with store:
        note = json.loads((tmp_path / ".nbsync" / "lock.json").read_text())
        assert note["since"] == "2026-01-01T00:00:00+00:00"
        assert note.keys() == {"pid", "command", "since"}


def test_the_lock_is_given_back_when_the_run_fails(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), DiskStore(tmp_path, host="h", project="1"):
        raise ZeroDivisionError
    opened(tmp_path)


def test_the_store_says_whose_it_is(tmp_path: Path) -> None:
    opened(tmp_path)
    text = (tmp_path / ".nbsync" / "mirror.json").read_text()
    assert text == '{\n "format": 1,\n "host": "h",\n "project": "1"\n}\n'
    before = (tmp_path / ".nbsync" / "mirror.json").stat()
    opened(tmp_path)
    assert (tmp_path / ".nbsync" / "mirror.json").stat().st_mtime_ns == before.st_mtime_ns


@pytest.mark.parametrize(("host", "project"), [("other", "1"), ("h", "2")])
@pytest.mark.parametrize("read_only", [False, True])
def test_another_projects_store_is_not_touched(
    tmp_path: Path, host: str, project: str, *, read_only: bool
) -> None:
    opened(tmp_path)
    with pytest.raises(ConfigError) as caught:
        opened(tmp_path, host=host, project=project, read_only=read_only)
    assert "belongs to project 1 on h" in str(caught.value)
    assert f"names project {project} on {host}" in str(caught.value)
    assert "nbsync init" in caught.value.hint
    opened(tmp_path)


def test_a_newer_nbsyncs_store_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / ".nbsync").mkdir()
    (tmp_path / ".nbsync" / "mirror.json").write_text('{"format": 2, "where": "elsewhere"}')
    with pytest.raises(ConfigError, match="newer nbsync") as caught:
        opened(tmp_path)
    assert caught.value.hint.startswith("pip install --upgrade nbsync")


@pytest.mark.parametrize("text", ["", "{", "[]", "\x00", '{"format": "x"}'])
def test_a_broken_note_of_whose_it_is_is_written_anew(tmp_path: Path, text: str) -> None:
    (tmp_path / ".nbsync").mkdir()
    (tmp_path / ".nbsync" / "mirror.json").write_text(text)
    opened(tmp_path, read_only=True)
    assert (tmp_path / ".nbsync" / "mirror.json").read_text() == text
    opened(tmp_path)
    with pytest.raises(ConfigError):
        opened(tmp_path, project="2")


def test_reading_alone_makes_nothing_and_takes_no_lock(tmp_path: Path) -> None:
    opened(tmp_path, read_only=True)
    assert names(tmp_path) == []


def test_a_file_in_place_of_the_store_says_so(tmp_path: Path) -> None:
    (tmp_path / ".nbsync").write_text("")
    with pytest.raises(NbsyncError, match=r"\.nbsync.* cannot be"):
        opened(tmp_path)


def test_a_folder_that_may_not_be_written_to_says_so() -> None:
    with open_folder() as root:
        root.chmod(0o555)
        with as_nobody(), pytest.raises(NbsyncError, match="cannot be made: Permission denied"):
            opened(root)
        assert names(root) == []


def test_a_full_disk_at_the_start_gives_the_lock_back(tmp_path: Path) -> None:
    with no_space(), pytest.raises(NbsyncError, match=r"mirror\.json cannot be written"):
        opened(tmp_path)
    opened(tmp_path)
