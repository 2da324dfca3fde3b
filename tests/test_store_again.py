"""One store entered again and again, as a watch does: what stays in memory, and what is noticed."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mirrors import sync, touched
from nbsync.local import Directory
from nbsync.model import RemoteMemory, Report, Seen, Step
from nbsync.sandbox import Sandbox
from nbsync.store import DiskStore
from nbsync.sync import Mirror, run
from nbsync.sync.offline import Offline
from stores import LATE, fill, store_in
from test_contract_store import record

_NUMBER = 200
_OPENED: list[str] = []
_HEARS: list[bool] = []


def _hear(event: str, arguments: tuple[object, ...]) -> None:
    if _HEARS and event == "open" and not isinstance(arguments[0], int):
        _OPENED.append(str(arguments[0]))


sys.addaudithook(_hear)  # for good: there is no way to take one off


@contextmanager
def noting_what_is_opened() -> Iterator[list[str]]:
    """The names of all files that this process opens."""
    _OPENED.clear()
    _HEARS.append(True)
    try:
        yield _OPENED
    finally:
        _HEARS.clear()


def pulled(root: Path, sandbox: Sandbox) -> DiskStore:
    """A mirror of many notebooks in step, and its store."""
    for index in range(_NUMBER):
        content = sandbox.markdown(f"# Notebook {index}\n\nWords.")
        sandbox.seed(short_id=f"nb{index:03}", title=f"Notebook {index}", content=content)
    sync(root, sandbox)
    return late_store(root, sandbox)


def late_store(root: Path, sandbox: Sandbox) -> DiskStore:
    """A store that finds every file left alone for long enough."""
    host, project = sandbox.url, sandbox.project
    root.mkdir(exist_ok=True)
    return DiskStore(root, host=host, project=project, wait=0, clock_ns=lambda: LATE)


def looked(root: Path, store: DiskStore) -> Report:
    """A push as the watch makes it, with a server that nobody may ask."""
    with store:
        directory = Directory(root, clock_ns=lambda: LATE)
        return run(Mirror(directory, Offline(), store), push=True)


def test_a_look_at_what_is_in_step_opens_no_page_and_no_base_and_writes_nothing(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    root = tmp_path / "notes"
    store = pulled(root, sandbox)
    assert looked(root, store).tracked == _NUMBER
    before = touched(root)
    for fresh in (False, True, False):
        if fresh:
            store = late_store(root, sandbox)
        with noting_what_is_opened() as opened:
            assert looked(root, store) == Report(tracked=_NUMBER)
        names = [Path(name).name for name in opened if name.startswith(str(root))]
        whose = {"index.sqlite3-journal"}  # looked for, before SQLite does
        assert set(names) - whose == {"lock", "lock.json", "mirror.json"}
    after = touched(root)
    assert {name for name in before if after[name] != before[name]} <= {".nbsync/lock"}
    assert after.keys() == before.keys()


def test_of_many_files_only_the_one_that_moved_is_read(tmp_path: Path, sandbox: Sandbox) -> None:
    root = tmp_path / "notes"
    store = pulled(root, sandbox)
    looked(root, store)
    page = root / "nb007.md"
    page.write_text(page.read_text())  # the same text, at another time
    with noting_what_is_opened() as opened:
        assert looked(root, store).changes == ()
    assert {Path(name).name for name in opened if name.endswith(".md")} == {"nb007.md"}
    assert not [name for name in opened if f"{os.sep}base{os.sep}" in name and "nb007" not in name]
    with noting_what_is_opened() as opened:
        looked(root, store)
    assert [name for name in opened if name.endswith(".md")] == []


def test_a_base_that_was_changed_behind_its_back_is_noticed_by_a_store_that_knew_it(
    tmp_path: Path,
) -> None:
    store = store_in(tmp_path)
    with store:
        store.put_base(record(title="As it was"))
        assert store.bases()["aB3"].title == "As it was"
    base = tmp_path / ".nbsync" / "base" / "aB3.json"
    with store_in(tmp_path / "elsewhere") as other:
        other.put_base(record(title="From another clone"))
    shutil.copy(tmp_path / "elsewhere" / ".nbsync" / "base" / "aB3.json", base)
    with store:
        assert store.bases()["aB3"].title == "From another clone"
    base.unlink()
    with store:
        assert store.bases() == {}


def test_a_store_entered_again_sees_what_another_one_wrote_meanwhile(tmp_path: Path) -> None:
    one, two = store_in(tmp_path), store_in(tmp_path)
    with one:
        fill(one)
    for number in range(3):
        seen = {"b.md": Seen((number, 2, 3, 4), 5, "token", "aB3")}
        with two:
            two.put_step("aB3", Step("another page", str(number)))
            two.put_step("cD4", None if number else Step("page", "base"))
            two.put_seen(seen)
            two.put_rows(RemoteMemory({"aB3": str(number)}, "cursor", number))
            two.put_base(record("eF5", version=number + 1))
            two.note_verified()
        with one:
            assert one.steps()["aB3"] == Step("another page", str(number))
            assert ("cD4" in one.steps()) is (number == 0)
            assert one.seen() == seen
            assert one.rows() == two.rows()
            assert one.bases().keys() == {"aB3", "eF5"}
            assert one.bases()["eF5"].version == number + 1
            assert one.verified() == two.verified()
            one.put_row("aB3", "mine")
        with two:
            memory = two.rows()
            assert memory is not None
            assert memory.rows == {"aB3": "mine"}


def test_a_store_entered_again_knows_what_it_wrote_itself_without_reading_it(
    tmp_path: Path,
) -> None:
    store = store_in(tmp_path)
    with store:
        fill(store)
        seen = store.seen()
    with store:
        assert store.seen() is seen


def remove(path: Path) -> None:
    path.unlink()


def overwrite(path: Path) -> None:
    path.write_bytes(b"garbage")


def restore_an_older_one(path: Path) -> None:
    with store_in(path.parents[1] / "older") as older:
        older.put_step("aB3", Step("an older page", "an older base"))
    shutil.copy(path.parents[1] / "older" / ".nbsync" / path.name, path)


@pytest.mark.parametrize(
    ("happen", "left"),
    [
        (remove, {}),
        (overwrite, {}),
        (restore_an_older_one, {"aB3": Step("an older page", "an older base")}),
    ],
)
def test_an_index_that_went_between_two_runs_is_forgotten_and_made_anew(
    tmp_path: Path, happen: Callable[[Path], None], left: dict[str, Step]
) -> None:
    path = tmp_path / ".nbsync" / "index.sqlite3"
    store = store_in(tmp_path)
    with store:
        fill(store)
    happen(path)
    with store:
        assert store.steps() == left
        assert store.seen() == {}
        store.put_step("cD4", Step("page", "base"))
    with store_in(tmp_path) as fresh:
        assert fresh.steps() == {**left, "cD4": Step("page", "base")}


def test_an_index_that_could_not_be_written_is_not_taken_for_known_the_next_time(
    tmp_path: Path,
) -> None:
    path = tmp_path / ".nbsync" / "index.sqlite3"
    store = store_in(tmp_path)
    with store:
        path.mkdir()
        store.put_step("aB3", Step("page", "base"))
    path.rmdir()
    with store:
        assert store.steps() == {}


def test_what_a_store_for_reading_was_told_is_not_known_the_next_time(tmp_path: Path) -> None:
    with store_in(tmp_path) as store:
        fill(store)
    reader = store_in(tmp_path, read_only=True)
    with reader:
        reader.put_step("aB3", None)
        assert reader.steps() == {}
    with reader:
        assert reader.steps() == {"aB3": Step("page", "base")}


def test_an_id_that_another_process_took_is_avoided_the_next_time(tmp_path: Path) -> None:
    one, two = store_in(tmp_path), store_in(tmp_path)
    with one:
        one.put_base(record("Ab3"))
    with two:
        two.put_base(record("aB4"))
    with one:
        one.put_base(record("Ab4"))
        assert one.bases().keys() == {"Ab3", "aB4", "Ab4"}
    folded = [path.name.casefold() for path in (tmp_path / ".nbsync" / "base").iterdir()]
    assert len(set(folded)) == len(folded) == 3


def test_a_file_just_saved_is_read_at_every_look_and_remembered_once(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    root = tmp_path / "notes"
    sandbox.seed(short_id="nb1", title="One", content=sandbox.markdown("# One"))
    sync(root, sandbox)
    sync(root, sandbox)
    before = touched(root, below=".nbsync")
    with noting_what_is_opened() as opened:
        sync(root, sandbox)
    assert [Path(name).name for name in opened if name.endswith(".md")] == ["nb1.md"]
    after = touched(root, below=".nbsync")
    assert {name for name in after if after[name] != before[name]} <= {".nbsync/lock"}
