"""The store's files: their bytes, their damage, their loss, and what is not touched."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from nbsync import files
from nbsync.errors import FormatError, NbsyncError
from nbsync.model import (
    Base,
    JournalEntry,
    Json,
    Notebook,
    Page,
    RemoteMemory,
    Seen,
    Step,
    canonical,
    digest,
    parse_json,
)
from nbsync.store import DiskStore
from powerless import as_nobody, names, no_space, open_folder
from test_contract_store import artefact, record

LATE = 2**62  # ns, long after every file's mtime


def store_in(root: Path, *, read_only: bool = False, late: bool = True) -> DiskStore:
    clock: dict[str, Callable[[], int]] = {"clock_ns": lambda: LATE} if late else {}
    return DiskStore(root, host="h", project="1", wait=0, read_only=read_only, **clock)


def fill(store: DiskStore) -> None:
    """One of everything."""
    store.put_base(record(version=1))
    store.put_base(record(version=2, content="later"))
    store.keep_text(Page("aB3", "a.md", "text\n"))
    store.enter(JournalEntry("aB3", "pull", "a.md", to=record()))
    store.open_conflict("aB3", artefact())
    store.put_step("aB3", Step("page", "base"))
    store.put_seen({"a.md": Seen((1, 2, 3, 4), 5, "token", "aB3")})
    store.put_rows(RemoteMemory({"aB3": "1"}, "cursor", 1, frozenset({"x"})))
    store.bases()


def use(store: DiskStore) -> None:
    """Ask for everything, and write one of everything."""
    store.bases()
    store.base("aB3")
    store.journal()
    store.conflicts()
    store.steps()
    store.seen()
    store.rows()
    store.kept_records("aB3")
    store.kept_texts("aB3")
    fill(store)
    store.strike("aB3")
    store.close_conflict("aB3")
    store.put_row("aB3", "2")
    store.drop_base("aB3")


def below(root: Path) -> list[str]:
    folder = root / ".nbsync"
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def stamps(root: Path) -> dict[str, tuple[int, int, bytes]]:
    found = {}
    for name in below(root):
        path = root / ".nbsync" / name
        if path.is_file():
            found[name] = (path.stat().st_ino, path.stat().st_mtime_ns, path.read_bytes())
    return found


def test_the_store_lies_on_disk_as_the_documentation_says(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        fill(store)
    files_there = [name for name in below(tmp_path) if (tmp_path / ".nbsync" / name).is_file()]
    kept = sorted(path.name for path in (tmp_path / ".nbsync" / "history" / "aB3").iterdir())
    assert kept[0] == f"page-{digest('text' + chr(10))[:16]}.md"
    assert kept[1].startswith("v000001-")
    assert [name for name in files_there if not name.startswith("history/")] == [
        "base/aB3.json",
        "conflicts/aB3/base.md",
        "conflicts/aB3/local.md",
        "conflicts/aB3/merged.md",
        "conflicts/aB3/record.json",
        "conflicts/aB3/remote.md",
        "conflicts/aB3/state.json",
        "index.sqlite3",
        "journal/aB3.json",
        "lock",
        "mirror.json",
    ]


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


def test_what_no_file_can_hold_is_refused_and_nothing_changes(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        store.put_base(record())
        before = stamps(tmp_path)
        refused: list[Json] = ["\ud800", float("nan"), [float("inf")]]
        for content in refused:
            with pytest.raises(FormatError, match="cannot be kept on disk"):
                store.put_base(record(version=2, content=content))
        with pytest.raises(FormatError, match="cannot be kept on disk"):
            store.open_conflict("aB3", artefact(merged="\ud800"))
        assert stamps(tmp_path) == before


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
        index.execute("UPDATE entries SET value = replace(value, 'As it was', 'As remembered')")
        index.commit()
    with store_in(tmp_path) as store:
        assert store.bases()["aB3"].title == "As remembered"
        path.write_bytes(path.read_bytes())
        assert store.bases()["aB3"].title == "As it was"
        path.unlink()
        assert store.bases() == {}


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


def test_any_file_can_be_deleted_between_runs_and_only_forgets(tmp_path: Path) -> None:
    with store_in(tmp_path / "full") as store:
        fill(store)
    for name in below(tmp_path / "full"):
        root = tmp_path / "copy"
        shutil.copytree(tmp_path / "full", root)
        path = root / ".nbsync" / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
        with store_in(root, read_only=True) as store:
            store.bases()
            store.journal()
            store.conflicts()
        with store_in(root) as store:
            use(store)
        shutil.rmtree(root)


def test_any_file_can_be_deleted_during_a_run_and_only_forgets(tmp_path: Path) -> None:
    with store_in(tmp_path / "full") as store:
        fill(store)
    for name in [*below(tmp_path / "full"), "."]:
        root = tmp_path / "copy"
        shutil.copytree(tmp_path / "full", root)
        with store_in(root) as store:
            store.bases()
            fill(store)
            path = root / ".nbsync" / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
            use(store)
        shutil.rmtree(root)


def test_any_file_can_be_garbage_and_nothing_fails(tmp_path: Path) -> None:
    with store_in(tmp_path / "full") as store:
        fill(store)
    for name in below(tmp_path / "full"):
        if not (tmp_path / "full" / ".nbsync" / name).is_file():
            continue
        for data in (b"", b"{", b"\xff\x00", b"[]", b'{"format": 1}', b"SQLite format 3\x00"):
            root = tmp_path / "copy"
            shutil.copytree(tmp_path / "full", root)
            (root / ".nbsync" / name).write_bytes(data)
            if name == "mirror.json" and data.startswith(b'{"format"'):
                continue
            with store_in(root) as store:
                use(store)
            shutil.rmtree(root)


def test_reading_alone_writes_nothing_and_refuses_to(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        fill(store)
    (tmp_path / ".nbsync" / "journal" / "x.json").write_text("broken")
    before = stamps(tmp_path)
    with store_in(tmp_path, read_only=True) as store:
        assert store.bases().keys() == {"aB3"}
        assert store.steps() == {"aB3": Step("page", "base")}
        assert len(store.journal()) == 1
        store.put_seen({})
        store.put_step("aB3", None)
        store.put_row("aB3", "2")
        assert store.seen() == {}
        refused: list[Callable[[], object]] = [
            lambda: store.put_base(record(version=3)),
            lambda: store.drop_base("aB3"),
            lambda: store.keep_text(Page("aB3", "a.md", "x")),
            lambda: store.keep_record(record(version=3)),
            lambda: store.enter(JournalEntry("aB3", "create", "a.md")),
            lambda: store.strike("aB3"),
            lambda: store.open_conflict("aB3", artefact(3)),
            lambda: store.close_conflict("aB3"),
        ]
        for write in refused:
            with pytest.raises(NbsyncError, match="for reading only"):
                write()
    assert stamps(tmp_path) == before


def test_a_store_on_a_read_only_disk_can_be_read() -> None:
    with open_folder() as root:
        with store_in(root) as store:
            fill(store)
        for path in (root / ".nbsync", *(root / ".nbsync").rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)
        with as_nobody(), store_in(root, read_only=True) as store:
            assert store.steps() == {"aB3": Step("page", "base")}
            assert store.bases().keys() == {"aB3"}


def test_a_broken_journal_entry_is_moved_aside_and_never_over_another(tmp_path: Path) -> None:
    folder = tmp_path / ".nbsync" / "journal"
    with store_in(tmp_path) as store:
        store.enter(JournalEntry("aB3", "create", "a.md"))
        good = (folder / "aB3.json").read_text()
        for text in (
            "{",
            good.replace('"aB3"', '"Ab3"'),
            good.replace('"path": "a.md"', '"path": 1'),
            good.replace('"sent": null', '"sent": []'),
            good.replace('"sent": null', '"sent": {"content": 1, "title": 1}'),
            good.replace('"to": null', '"to": {}'),
        ):
            (folder / "aB3.json").write_text(text)
            assert store.journal() == ()
    assert names(folder) == [f"aB3.json.bad{number or ''}" for number in range(6)]
    assert (folder / "aB3.json.bad").read_text() == "{"


def test_a_text_that_is_no_json_path_is_kept_under_its_suffix(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        store.keep_text(Page("aB3", "notes/a.json", "{}"))
        store.keep_text(Page("aB3", "notes/a.md", "\ud800"))
        assert store.kept_texts("aB3") == ("{}",)
    suffixes = {Path(name).suffix for name in names(tmp_path / ".nbsync" / "history" / "aB3")}
    assert suffixes == {".json", ".md"}


def test_a_full_disk_says_so_and_loses_nothing(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        fill(store)
        before = stamps(tmp_path)
        writes: dict[str, Callable[[], object]] = {
            "v000002": lambda: store.put_base(record(version=3)),
            "aB3/page": lambda: store.keep_text(Page("aB3", "a.md", "more")),
            "journal/aB3.json": lambda: store.enter(JournalEntry("aB3", "create", "b.md")),
            "conflicts/aB3": lambda: store.open_conflict("aB3", artefact(2, merged="more")),
        }
        for where, write in writes.items():
            with no_space(), pytest.raises(NbsyncError, match=f"{where}.* cannot be written"):
                write()
        assert stamps(tmp_path) == before


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


def test_what_a_killed_run_left_half_written_is_removed(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        fill(store)
    folders = [tmp_path / ".nbsync" / name for name in ("", "base", "journal", "history/aB3")]
    for folder in folders:
        (folder / f"{files.TEMPORARY}1-2").touch()
    with store_in(tmp_path) as store:
        store.keep_text(Page("aB3", "a.md", "more"))
        store.close_conflict("aB3")
    assert not [name for name in below(tmp_path) if files.TEMPORARY in name]


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
        index.execute("UPDATE entries SET name = 'unknown'")
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


def test_a_notebook_that_was_sent_comes_back_with_its_key(tmp_path: Path) -> None:
    sent = Notebook("Plan", {"type": "doc", "content": [{"text": "é 😀 \u2028"}]})
    with store_in(tmp_path) as store:
        store.enter(JournalEntry("aB3", "push", "a.md", sent=sent))
    with store_in(tmp_path) as store:
        (entry,) = store.journal()
        assert entry.sent == sent
