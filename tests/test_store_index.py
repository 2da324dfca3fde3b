"""The index: lost, broken or of another version, it costs requests and nothing else."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from nbsync.model import RemoteMemory, Seen, Step
from stores import fill, stamps, store_in
from test_contract_store import record


def test_an_index_of_another_version_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / ".nbsync" / "index.sqlite3"
    with store_in(tmp_path) as store:
        store.put_step("aB3", Step("page", "base"))
        store.put_seen({"a.md": Seen((1, 2, 3, 4), 5, "token", "aB3")})
    with closing(sqlite3.connect(path)) as index:
        index.execute("PRAGMA user_version = 99")
    with store_in(tmp_path) as store:
        assert store.steps() == {}
        store.put_step("Ab3", Step("page", "base"))
    with store_in(tmp_path) as store:
        assert store.steps() == {"Ab3": Step("page", "base")}
        assert store.seen() == {}


ODD = {
    "a number for a text": ("UPDATE steps SET page = 1", {"steps"}),
    "a text for a number": ("UPDATE seen SET size = 'five'", {"seen"}),
    "a fraction": ("UPDATE seen SET checked_ns = 0.5", {"seen"}),
    "nothing": ("UPDATE seen SET token = NULL", {"seen"}),
    "a base's": ("UPDATE bases SET mtime = x'00'", set[str]()),
    "a row of the list": ("UPDATE rows SET token = 7 WHERE short_id = 'aB3'", {"rows"}),
    "no JSON": ("UPDATE meta SET value = 'no' WHERE name = 'list'", {"rows"}),
    "other JSON": ("UPDATE meta SET value = '[1, 2]' WHERE name = 'list'", {"rows"}),
    "no value": ("UPDATE meta SET value = NULL WHERE name = 'list'", {"rows"}),
    "another name": ("UPDATE meta SET name = 'unknown' WHERE name = 'list'", {"rows"}),
    "no inode": ("UPDATE seen SET inode = 'five'", {"steps", "seen", "rows"}),
    "no table": ("DROP TABLE seen", {"steps", "seen", "rows"}),
    "no UTF-8": ("UPDATE seen SET token = CAST(x'ff' AS TEXT)", {"steps", "seen", "rows"}),
}


@pytest.mark.parametrize("how", ODD)
def test_odd_values_in_the_index_are_left_out_and_half_a_list_is_none(
    tmp_path: Path, how: str
) -> None:
    path = tmp_path / ".nbsync" / "index.sqlite3"
    with store_in(tmp_path) as store:
        fill(store)
    statement, lost = ODD[how]
    with closing(sqlite3.connect(path)) as index:
        index.execute(statement)
        index.commit()
    with store_in(tmp_path, read_only=True) as store:
        found = {"steps": store.steps(), "seen": store.seen(), "rows": store.rows()}
        assert {name for name, what in found.items() if not what} == lost
        assert store.bases().keys() == {"aB3"}


def test_what_sqlite_cannot_hold_is_read_again_and_the_rest_is_remembered(tmp_path: Path) -> None:
    good, far = Seen((1, 2, 2**63, 4), 5, "token", "aB3"), Seen((2**63, 2, 3, 4), 5, "", None)
    with store_in(tmp_path) as store:
        store.put_seen({"a.md": good, "from-the-far-future.md": far})
        store.put_rows(RemoteMemory({"aB3": "half a character \ud83d"}, "cursor", 1))
    with store_in(tmp_path) as store:
        assert store.seen() == {"a.md": good}
        memory = store.rows()
        assert memory is not None
        assert memory.rows == {"aB3": "half a character \ud83d"}


def test_an_index_that_cannot_be_written_is_forgotten(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        (tmp_path / ".nbsync" / "index.sqlite3").mkdir()
        store.put_step("aB3", Step("page", "base"))
        assert store.steps() == {"aB3": Step("page", "base")}
    with store_in(tmp_path) as store:
        assert store.steps() == {}


def test_a_run_with_nothing_new_does_not_touch_the_index(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        fill(store)
        store.close_conflict("aB3")
        store.strike("aB3")
    before = stamps(tmp_path)
    with store_in(tmp_path) as store:
        store.put_seen(store.seen())
        memory = store.rows()
        assert memory is not None
        store.put_rows(memory)
        store.put_row("aB3", "1")
        store.put_step("aB3", Step("page", "base"))
        store.bases()
        store.put_base(record(version=2, content="later"))
    assert stamps(tmp_path) == before


KILLED = """
import os, sys
from pathlib import Path
from nbsync.model import Step
from nbsync.store import DiskStore
with DiskStore(Path(sys.argv[1]), host="h", project="1") as store:
    for number in range(4999):
        store.put_step(f"id{number}", Step("page", str(number)))
    os.kill(os.getpid(), 9)
"""


def test_a_killed_run_leaves_an_older_index_and_a_true_one(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    with store_in(tmp_path) as store:
        assert store.steps() == {f"id{number}": Step("page", str(number)) for number in range(4000)}
