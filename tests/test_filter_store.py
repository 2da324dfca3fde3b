"""What a list told of a filter is remembered, and what was remembered wrongly is not."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from filtered import go
from nbsync.errors import Rejected
from nbsync.model import RemoteMemory, Selection
from nbsync.sandbox import Sandbox
from nbsync.store import DiskStore

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
