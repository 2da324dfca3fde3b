"""The store's files: where they lie, their damage, their loss, and what is not touched."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from kept import kept_texts
from nbsync import files
from nbsync.errors import ConfigError, FormatError, NbsyncError
from nbsync.model import (
    JournalEntry,
    Json,
    Notebook,
    Page,
    Step,
    digest,
)
from nbsync.store import DiskStore
from powerless import as_nobody, names, no_space, open_folder
from stores import below, fill, stamps, store_in, use
from test_contract_store import artefact, record


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
        assert kept_texts(store, "aB3") == ("{}",)
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


def test_a_journal_entry_that_may_not_be_read_is_not_taken_for_struck() -> None:
    with open_folder() as root:
        with store_in(root) as store:
            store.enter(JournalEntry("aB3", "create", "a.md"))
        (root / ".nbsync" / "journal" / "aB3.json").chmod(0)
        with (
            as_nobody(),
            store_in(root, read_only=True) as store,
            pytest.raises(NbsyncError, match=r"aB3\.json cannot be read: Permission denied"),
        ):
            store.journal()


def test_what_a_killed_run_left_half_written_is_removed(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        fill(store)
    folders = [tmp_path / ".nbsync" / name for name in ("", "base", "journal", "history/aB3")]
    for folder in folders:
        (folder / f"{files.TEMPORARY}1-2").touch()
    with store_in(tmp_path) as store:
        store.bases()
        store.keep_text(Page("aB3", "a.md", "more"))
        store.close_conflict("aB3")
    assert not [name for name in below(tmp_path) if files.TEMPORARY in name]


def test_a_notebook_that_was_sent_comes_back_with_its_key(tmp_path: Path) -> None:
    sent = Notebook("Plan", {"type": "doc", "content": [{"text": "é 😀 \u2028"}]})
    with store_in(tmp_path) as store:
        store.enter(JournalEntry("aB3", "push", "a.md", sent=sent))
    with store_in(tmp_path) as store:
        (entry,) = store.journal()
        assert entry.sent == sent


@pytest.mark.parametrize("read_only", [True, False])
@pytest.mark.parametrize(
    "name",
    ["", "base", "history", "conflicts", "journal", "lock", "lock.json", "index.sqlite3"],
)
def test_a_link_in_a_cloned_store_is_refused_and_what_it_points_to_is_left_alone(
    tmp_path: Path, name: str, *, read_only: bool
) -> None:
    root, target = tmp_path / "mirror", tmp_path / "target"
    place = root / ".nbsync" / name if name else root / ".nbsync"
    place.parent.mkdir(parents=True)
    if name.endswith(("lock", ".json", ".sqlite3")):
        target.write_text("mine")
    else:
        target.mkdir()
    place.symlink_to(target)
    store = DiskStore(root, host="https://us.posthog.com", project="1", read_only=read_only)
    with pytest.raises(ConfigError, match="symbolic link") as caught, store:
        pass
    assert caught.value.hint.startswith("rm ")
    assert [path.name for path in target.iterdir()] == [] if target.is_dir() else True
    assert target.is_dir() or target.read_text() == "mine"


@pytest.mark.parametrize("name", ["history/nb", "conflicts/nb"])
def test_a_linked_folder_of_one_notebook_is_neither_read_nor_written_through(
    tmp_path: Path, name: str
) -> None:
    root, target = tmp_path / "mirror", tmp_path / "target"
    target.mkdir()
    (target / "local.md").write_text("mine")
    place = root / ".nbsync" / name
    place.parent.mkdir(parents=True)
    place.symlink_to(target)
    with DiskStore(root, host="https://us.posthog.com", project="1") as store:
        assert store.conflicts() == {}
        store.close_conflict("nb")
        if name.startswith("history"):
            with pytest.raises(NbsyncError, match="symbolic link"):
                store.keep_text(Page("nb", "nb.md", "text"))
    assert [path.name for path in target.iterdir()] == ["local.md"]


def test_a_folder_that_is_not_mounted_is_never_made(tmp_path: Path) -> None:
    root = tmp_path / "drive" / "mirror"
    with pytest.raises(NbsyncError, match="No such file"), DiskStore(root, host="h", project="1"):
        raise AssertionError
    assert list(tmp_path.iterdir()) == []
