"""The files of bases: the same bytes whoever writes them, and missing when damaged."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from nbsync.errors import NbsyncError
from nbsync.model import (
    Base,
    canonical,
    digest,
    parse_json,
)
from powerless import as_nobody, names, open_folder
from stores import fill, stamps, store_in
from test_contract_store import record


def test_a_base_is_the_same_bytes_whoever_writes_it(tmp_path: Path) -> None:
    one, other = record(content={"b": "é", "a": [1.0, -0.0, 1e16]}), record()
    shuffled = replace(one, fields=dict(reversed(list(one.fields.items()))))
    for name, each in (("x", one), ("y", shuffled)):
        with store_in(tmp_path / name) as store:
            store.put_base(other)
            store.put_base(each)
    data = [(tmp_path / name / ".nbsync" / "base" / "aB3.json").read_bytes() for name in "xy"]
    assert data[0] == data[1]
    text = data[0].decode()
    assert text.endswith("}\n")
    assert "\r" not in text
    assert '\n "record": {\n  "content": {\n   "a": [' in text
    assert "é" in text
    fields = json.loads(text)
    assert list(fields) == ["digest", "earlier", "format", "record"]
    assert "user_access_level" not in fields["record"]
    assert fields["record"]["created_by"] == {
        "uuid": "u1",
        "name": "Ada",
        "email": "ada@example.com",
    }


def test_the_digest_is_of_all_the_rest_as_it_reads(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        info = store.put_base(record(content=[-0.0, 1e16, 1.5]))
        assert store.base("aB3") == Base(store.base("aB3").record)  # type: ignore[union-attr]
    text = (tmp_path / ".nbsync" / "base" / "aB3.json").read_text()
    rest = parse_json(text)
    assert isinstance(rest, dict)
    assert rest.pop("digest") == digest(canonical(rest))
    assert info.digest == digest(text)


def damage(path: Path, how: str) -> None:
    text = path.read_text()
    fields = json.loads(text)
    if how == "cut short":
        path.write_text(text[:-20])
    elif how == "no JSON object":
        path.write_text("[]\n")
    elif how == "no UTF-8":
        path.write_bytes(b"\xff")
    elif how == "edited by hand":
        path.write_text(text.replace('"text"', '"other"', 1))
    elif how == "another notebook's":
        fields["record"]["short_id"] = "Ab3"
    elif how == "not a record":
        del fields["record"]["version"]
    elif how == "earlier is no list":
        fields["earlier"] = {}
    elif how == "of a newer format":
        fields["format"] = 2
    if how in {"another notebook's", "not a record", "earlier is no list", "of a newer format"}:
        del fields["digest"]
        path.write_text(json.dumps(fields | {"digest": digest(canonical(fields))}))


@pytest.mark.parametrize(
    "how",
    [
        "cut short",
        "no JSON object",
        "no UTF-8",
        "edited by hand",
        "another notebook's",
        "not a record",
        "earlier is no list",
        "of a newer format",
    ],
)
def test_a_damaged_base_is_missing_until_it_is_set_again(tmp_path: Path, how: str) -> None:
    with store_in(tmp_path) as store:
        store.put_base(record())
        damage(tmp_path / ".nbsync" / "base" / "aB3.json", how)
        assert store.base("aB3") is None
        assert store.bases() == {}
        info = store.put_base(record(version=2))
        assert store.bases() == {"aB3": info}


def test_the_line_ends_of_a_checkout_do_not_make_a_base_missing(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        info = store.put_base(record())
        path = tmp_path / ".nbsync" / "base" / "aB3.json"
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
        assert store.base("aB3") == Base(record())
        assert store.bases()["aB3"].digest != info.digest


def test_the_same_base_is_not_written_again(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        store.put_base(record(version=1))
        store.put_base(record(version=2))
        before = stamps(tmp_path)
        store.put_base(record(version=2))
        assert stamps(tmp_path) == before


def test_a_base_whose_signature_is_vouched_for_is_not_read_again(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        store.put_base(record(title="As it was"))
        store.bases()
    path = tmp_path / ".nbsync" / "base" / "aB3.json"
    with closing(sqlite3.connect(tmp_path / ".nbsync" / "index.sqlite3")) as index:
        index.execute("UPDATE bases SET title = 'As remembered', digest = 'another'")
        index.commit()
    with store_in(tmp_path) as store:
        assert store.bases()["aB3"].title == "As remembered"
        path.write_bytes(path.read_bytes())
        assert store.bases()["aB3"].title == "As it was"
        path.unlink()
        assert store.bases() == {}


def test_a_base_that_was_written_just_now_is_known_by_its_text_and_not_by_its_stat(
    tmp_path: Path,
) -> None:
    path = tmp_path / ".nbsync" / "base" / "aB3.json"
    with store_in(tmp_path, late=False) as store:
        store.put_base(record(title="As it was"))
    with closing(sqlite3.connect(tmp_path / ".nbsync" / "index.sqlite3")) as index:
        index.execute("UPDATE bases SET title = 'As remembered'")
        index.commit()
    for _ in range(2):
        with store_in(tmp_path, late=False) as store:
            assert store.bases()["aB3"].title == "As remembered"
    status, data = path.stat(), path.read_bytes()
    path.write_bytes(data.replace(b"As it was", b"It is no "))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    with store_in(tmp_path, late=False) as store:
        assert store.bases() == {}  # its digest is wrong: it counts as missing


def test_a_base_that_was_written_just_now_is_read_again(tmp_path: Path) -> None:
    for title in ("One", "Two"):
        with store_in(tmp_path, late=False) as store:
            store.put_base(record(title=title))
            assert store.bases()["aB3"].title == title
    with store_in(tmp_path, late=False) as store:
        path = tmp_path / ".nbsync" / "base" / "aB3.json"
        status, data = path.stat(), path.read_bytes()
        path.write_bytes(data.replace(b"Two", b"Six"))
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
        assert store.bases() == {}


def test_bases_that_git_put_there_under_both_names_are_one(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        store.put_base(record("Ab3"))
        store.put_base(record("aB3", version=2))
        folder = tmp_path / ".nbsync" / "base"
        shadow = f"aB3~{digest('aB3')[:8]}.json"
        assert names(folder) == ["Ab3.json", shadow]
        (folder / "aB3.json").write_bytes((folder / shadow).read_bytes())
        assert store.bases().keys() == {"aB3", "Ab3"}
        store.drop_base("aB3")
        assert names(folder) == ["Ab3.json"]
        (folder / "notes.txt").touch()
        (folder / "a b.json").touch()
        assert store.bases().keys() == {"Ab3"}


def test_a_base_that_git_put_there_during_a_run_is_seen(tmp_path: Path) -> None:
    with store_in(tmp_path / "there") as store:
        store.put_base(record("aB3"))
    with store_in(tmp_path / "here") as store:
        store.put_base(record("x"))
        for source in (tmp_path / "there" / ".nbsync" / "base").iterdir():
            shutil.copy(source, tmp_path / "here" / ".nbsync" / "base")
        assert store.base("aB3") == Base(record("aB3"))


def test_a_base_that_may_not_be_looked_at_is_not_taken_for_missing() -> None:
    with open_folder() as root:
        with store_in(root) as store:
            fill(store)
        (root / ".nbsync" / "base").chmod(0)
        with (
            as_nobody(),
            store_in(root, read_only=True) as store,
            pytest.raises(NbsyncError, match="base cannot be read: Permission denied"),
        ):
            store.bases()
        (root / ".nbsync" / "base").chmod(0o755)
