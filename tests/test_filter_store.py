"""What a list told of a filter is remembered, and what was remembered wrongly is not."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from filtered import go
from mirrors import edit, never_sleep, seed_each
from nbsync.api.connecting import connect
from nbsync.errors import Rejected
from nbsync.local import Directory
from nbsync.model import RemoteMemory, Selection
from nbsync.remote import Selecting, Server
from nbsync.sandbox import Sandbox
from nbsync.store import DiskStore
from nbsync.sync import Mirror, run

TOLD = RemoteMemory(
    rows={"aB3": "1", "Ab3": "2", "xyz": "3"},
    cursor="cursor",
    count=3,
    unlisted=frozenset({"gone"}),
    selection=Selection(titles=("Weekly*",)).token,
    outside=frozenset({"xyz", "long"}),
    me="11111111-1111-1111-1111-111111111111",
    asker="digest",
)


def opened(root: Path) -> DiskStore:
    return DiskStore(root, host="https://eu.posthog.com", project="1")


def test_what_is_outside_is_remembered_and_by_whose_key(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        store.put_rows(TOLD)
    with opened(tmp_path) as store:
        assert store.rows() == TOLD
        store.put_rows(RemoteMemory({}, "", 0))
    with opened(tmp_path) as store:
        assert store.rows() == RemoteMemory({}, "", 0)


@pytest.mark.parametrize("more", [[1], ["token"], ["token", {}, "", ""], ["t", [], "", "", ""]])
def test_what_is_no_memory_of_a_filter_is_none_at_all(tmp_path: Path, more: list[object]) -> None:
    with opened(tmp_path) as store:
        store.put_rows(TOLD)
    with closing(sqlite3.connect(tmp_path / ".nbsync" / "index.sqlite3")) as index, index:
        value = json.dumps(["cursor", 3, [], False, *more])
        index.execute("UPDATE meta SET value = ? WHERE name = 'list'", (value,))
    with opened(tmp_path) as store:
        assert store.rows() is None


def test_a_list_that_is_refused_for_itself_is_not_the_filters_fault(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    said = {"type": "validation_error", "code": "invalid_input", "detail": "No.", "attr": None}
    sandbox.fault(method="GET", status=400, body=said)
    with pytest.raises(Rejected):
        go(tmp_path, sandbox, Selection(titles=("Weekly*",)), "pull")


class Counting(DiskStore):
    """A store that counts how often it was asked for all that the list told."""

    times = 0

    def rows(self) -> RemoteMemory | None:
        self.times += 1
        return super().rows()


def test_a_push_under_a_filter_asks_what_the_list_told_as_often_for_many_edits_as_for_one(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    ids, selection = [f"note000{index}" for index in range(4)], Selection(titles=("Title*",))
    seed_each(sandbox, ids)
    go(tmp_path, sandbox, selection, "pull")
    client = connect(sandbox.url, sandbox.key, project=sandbox.project, env={}, sleep=never_sleep)
    asked = []
    for edited in (ids[:1], ids):
        for short_id in edited:
            edit(tmp_path / f"{short_id}.md", "Two.", f"Two, among {len(edited)}, not.Two.")
        with Counting(tmp_path, host=sandbox.url, project=sandbox.project) as store:
            server = Server(client, selecting=Selecting(selection, sandbox.key[-5:]))
            report = run(Mirror(Directory(tmp_path), server, store, selection=selection), push=True)
        assert len(report.changes) == len(edited)
        asked.append(store.times)
    client.close()
    assert asked[0] == asked[1]
