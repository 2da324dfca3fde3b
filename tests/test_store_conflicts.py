"""The files of a conflict on a real disk, which a user reads, edits, deletes and adds to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kept import kept_records, kept_texts
from nbsync.errors import NbsyncError
from nbsync.store import DiskStore
from powerless import as_nobody, names, open_folder
from test_contract_store import artefact, record


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DiskStore]:
    with DiskStore(tmp_path, host="h", project="1", wait=0) as one:
        yield one


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / ".nbsync" / "conflicts" / "aB3"


def inodes(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_ino for path in folder.iterdir()}


def test_only_what_differs_is_written(store: DiskStore, folder: Path) -> None:
    store.open_conflict("aB3", artefact(2))
    before = inodes(folder)
    store.open_conflict("aB3", artefact(2))
    assert inodes(folder) == before
    store.open_conflict("aB3", artefact(2, local="later\n"))
    moved = {name for name, inode in inodes(folder).items() if before[name] != inode}
    assert moved == {"local.md", "state.json"}
    assert kept_texts(store, "aB3") == ()


def test_a_merged_file_that_was_deleted_is_written_again(store: DiskStore, folder: Path) -> None:
    store.open_conflict("aB3", artefact())
    (folder / "merged.md").unlink()
    assert store.conflicts() == {}
    store.open_conflict("aB3", artefact())
    assert store.conflicts() == {"aB3": artefact()}


def test_what_was_edited_is_kept_where_nothing_vouches_for_it_any_more(
    store: DiskStore, folder: Path
) -> None:
    store.open_conflict("aB3", artefact())
    (folder / "merged.md").write_bytes(b"mine\n")
    (folder / "state.json").unlink()
    store.open_conflict("aB3", artefact())
    assert store.conflicts() == {"aB3": artefact()}
    assert kept_texts(store, "aB3") == ("mine\n",)


def test_what_was_saved_in_another_encoding_stays_and_is_kept_byte_for_byte(
    store: DiskStore, folder: Path, tmp_path: Path
) -> None:
    store.open_conflict("aB3", artefact())
    (folder / "merged.md").write_bytes(b"caf\xe9\n")
    store.open_conflict("aB3", artefact())
    assert store.conflicts()["aB3"].texts["merged"] == "caf\udce9\n"
    store.close_conflict("aB3")
    kept = tmp_path / ".nbsync" / "history" / "aB3"
    assert b"caf\xe9\n" in {path.read_bytes() for path in kept.iterdir()}


def test_what_its_user_scribbled_into_the_page_that_was_merged_is_put_right_and_kept(
    store: DiskStore, folder: Path
) -> None:
    store.open_conflict("aB3", artefact())
    (folder / "merged.md").write_bytes(b"mine\n")
    (folder / "local.md").write_bytes(b"scribble\n")
    store.open_conflict("aB3", artefact())
    (one,) = store.conflicts().values()
    assert (one.texts["merged"], one.texts["local"]) == ("mine\n", artefact().texts["local"])
    assert kept_texts(store, "aB3") == ("scribble\n",)


def test_a_users_own_files_in_the_folder_stay(store: DiskStore, folder: Path) -> None:
    store.open_conflict("aB3", artefact())
    (folder / "todo.txt").write_text("think")
    store.close_conflict("aB3")
    assert names(folder) == ["todo.txt"]
    assert store.conflicts() == {}
    store.open_conflict("aB3", artefact())
    assert store.conflicts() == {"aB3": artefact()}


def test_a_record_of_another_notebook_is_not_this_conflicts(store: DiskStore, folder: Path) -> None:
    store.open_conflict("aB3", artefact())
    store.open_conflict("other", artefact())
    assert store.conflicts().keys() == {"aB3"}
    store.close_conflict("other")
    assert kept_records(store, "other") == ()
    assert not (folder.parent / "other").exists()


@pytest.mark.parametrize(
    ("old", "new"),
    [('".md"', '"/../../x"'), ('"regions": 1', '"regions": "many"'), ('"written": {', '"x": {')],
)
def test_a_state_that_nbsync_did_not_write_is_none(
    store: DiskStore, folder: Path, old: str, new: str
) -> None:
    store.open_conflict("aB3", artefact())
    path = folder / "state.json"
    path.write_text(path.read_text().replace(old, new))
    assert store.conflicts() == {}


def test_a_closed_conflict_leaves_what_nbsync_wrote_itself_to_be_forgotten(
    store: DiskStore, folder: Path
) -> None:
    store.open_conflict("aB3", artefact())
    store.close_conflict("aB3")
    assert not folder.exists()
    assert kept_texts(store, "aB3") == ()
    assert kept_records(store, "aB3") == (record(version=2),)


def test_a_file_of_the_users_that_may_not_be_read_is_neither_replaced_nor_removed() -> None:
    with open_folder() as root:
        with DiskStore(root, host="h", project="1", wait=0) as store:
            store.open_conflict("aB3", artefact(2))
        folder = root / ".nbsync" / "conflicts" / "aB3"
        for path in (root / ".nbsync").rglob("*"):
            path.chmod(0o777)
        (folder / "merged.md").write_bytes(b"mine\n")
        (folder / "merged.md").chmod(0)
        (root / ".nbsync").chmod(0o777)
        with as_nobody(), DiskStore(root, host="h", project="1", wait=0) as store:
            assert store.conflicts() == {}
            with pytest.raises(NbsyncError, match=r"conflicts/aB3 cannot be written: Permission"):
                store.open_conflict("aB3", artefact(3))
            with pytest.raises(NbsyncError, match=r"conflicts/aB3 cannot be removed: Permission"):
                store.close_conflict("aB3")
        assert (folder / "merged.md").read_bytes() == b"mine\n"
