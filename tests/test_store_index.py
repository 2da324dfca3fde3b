"""The index: lost, broken or of another version, it costs requests and nothing else."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from nbsync.model import (
    Seen,
    Step,
)
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


def test_odd_values_in_the_index_are_left_out_and_half_a_list_is_none(tmp_path: Path) -> None:
    path = tmp_path / ".nbsync" / "index.sqlite3"
    with store_in(tmp_path) as store:
        fill(store)
    for value in ("no JSON", "1", "[]", "[[1, 2, 3], 4, 5, 6]"):
        with closing(sqlite3.connect(path)) as index:
            index.execute("UPDATE entries SET value = ? WHERE name != 'meta'", (value,))
            index.commit()
        with store_in(tmp_path, read_only=True) as store:
            assert (store.steps(), store.seen(), store.rows()) == ({}, {}, None)
            assert store.bases().keys() == {"aB3"}
    with closing(sqlite3.connect(path)) as index:
        index.execute("UPDATE entries SET name = 'unknown' WHERE name = 'meta'")
        index.commit()
    with store_in(tmp_path, read_only=True) as store:
        assert store.rows() is None


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
