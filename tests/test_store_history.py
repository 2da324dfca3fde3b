"""The history's files: what is kept, for how long, in which order, and what prune removes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kept import kept_records, kept_texts
from nbsync import formats
from nbsync.errors import NbsyncError
from nbsync.model import Json, Page
from nbsync.store import DiskStore
from nbsync.store.pruning import DAY_NS
from test_contract_store import artefact, record

MINE = (1, 2, 40, 100, 150)
"""When a text was written that no version ever said."""


class Days:
    """A clock that a test moves on by days."""

    def __init__(self) -> None:
        self.ns = 1_800_000_000 * 10**9

    def __call__(self) -> int:
        return self.ns

    def on(self, days: float) -> None:
        self.ns += int(days * DAY_NS)


def markdown(number: int) -> Json:
    return formats.document_of(f"# Plan\n\nText {number}.")


def page_text(number: int, *, mine: str = "") -> str:
    return f'---\nshort_id: "aB3"\n{mine}---\n\n# Plan\n\nText {number}.\n'


@pytest.fixture
def days() -> Days:
    return Days()


@pytest.fixture
def store(tmp_path: Path, days: Days) -> Iterator[DiskStore]:
    with DiskStore(tmp_path, host="h", project="1", clock_ns=days) as store:
        yield store


def a_version(store: DiskStore, number: int) -> None:
    """What a pull does: the page of the version before, and its record, go into the history."""
    store.keep_text(Page("aB3", "aB3.md", page_text(number - 1)))
    store.put_base(record(version=number, content=markdown(number)))


def test_of_150_versions_only_those_go_that_are_beyond_100_and_older_than_90_days(
    store: DiskStore, days: Days
) -> None:
    store.keep_text(Page("aB3", "aB3.md", page_text(0)))
    for number in range(1, 151):
        if number in MINE:
            store.keep_text(Page("aB3", "aB3.md", page_text(10_000 + number)))  # never sent
        a_version(store, number)
        days.on(1)
    versions = [kept.version for kept in kept_records(store, "aB3")]
    assert versions == list(range(50, 150))
    texts = set(kept_texts(store, "aB3"))
    assert {page_text(10_000 + number) for number in MINE} < texts
    assert {page_text(number) for number in range(50, 150)} < texts
    assert not {page_text(number) for number in range(1, 49)} & texts
    assert page_text(0) in texts  # no version is known that said so


def test_nothing_goes_in_90_days_however_much_there_is(store: DiskStore, days: Days) -> None:
    for number in range(1, 151):
        a_version(store, number)
        days.on(0.5)
    assert len(kept_records(store, "aB3")) == 149
    assert len(kept_texts(store, "aB3")) == 150


def test_nothing_goes_of_100_versions_however_old_they_are(store: DiskStore, days: Days) -> None:
    for number in range(1, 102):
        a_version(store, number)
        days.on(365)
    store.keep_record(record(version=100, content=markdown(100)))
    assert len(kept_records(store, "aB3")) == 100


def test_another_notebooks_versions_do_not_count(store: DiskStore, days: Days) -> None:
    for number in range(1, 61):
        for short_id in ("aB3", "cD4"):
            store.put_base(record(short_id, version=number, content=markdown(number)))
        days.on(10)
    assert len(kept_records(store, "aB3")) == len(kept_records(store, "cD4")) == 59


def test_what_is_no_page_and_what_is_no_text_is_never_let_go(
    store: DiskStore, days: Days, tmp_path: Path
) -> None:
    store.keep_text(Page("aB3", "aB3.md", "<<<<<<< mine\n"))
    store.keep_text(Page("aB3", "aB3.md", "\ud800"))
    store.keep_text(Page("aB3", "aB3.json", "{"))
    folder = tmp_path / ".nbsync" / "history" / "aB3"
    others = [path.name for path in folder.iterdir()]
    (folder / "v000000-broken.json").write_text("{")
    (folder / "v999999-a-folder.json").mkdir()
    for number in range(1, 151):
        a_version(store, number)
        days.on(5)
    assert set(others) < {path.name for path in folder.iterdir()}
    assert (folder / "v999999-a-folder.json").is_dir()


def test_a_text_that_is_replaced_again_counts_as_kept_now(store: DiskStore, days: Days) -> None:
    for text in ("one", "two", "one", "one"):
        store.keep_text(Page("aB3", "aB3.md", text))
        days.on(1)
    kept = store.kept("aB3")
    assert [each.text for each in kept] == ["one", "two"]
    assert kept[0].at > kept[1].at
    assert kept[0].at[:10] == "2027-01-17"


def test_what_is_kept_comes_newest_first(store: DiskStore, days: Days) -> None:
    names = []
    for number in range(12):
        store.keep_text(Page("aB3", "aB3.md", str(number)))
        days.ns += 1
        store.keep_record(record(version=number))
        days.ns += 1
        names += [str(number), number]
    kept = [one.text or (one.record and one.record.version) for one in store.kept("aB3")]
    assert kept == names[::-1]


def test_prune_removes_whatever_is_old_and_nothing_else(
    store: DiskStore, days: Days, tmp_path: Path
) -> None:
    for short_id in ("aB3", "cD4"):
        store.keep_text(Page(short_id, "x.md", "old and nowhere else"))
        store.keep_record(record(short_id))
    store.put_base(record("aB3"))
    store.open_conflict("aB3", artefact())
    days.on(30)
    store.keep_text(Page("aB3", "x.md", "new"))
    found = store.outdated(29)
    assert [(each.short_id, each.is_text) for each in found] == [
        ("aB3", False),
        ("aB3", True),
        ("cD4", False),
        ("cD4", True),
    ]
    assert all(each.size == each.path.stat().st_size for each in found)
    assert store.outdated(31) == ()
    store.discard(found)
    store.discard(found)
    assert kept_texts(store, "aB3") == ("new",)
    assert store.kept("cD4") == ()
    assert not (tmp_path / ".nbsync" / "history" / "cD4").exists()
    assert store.bases().keys() == store.conflicts().keys() == {"aB3"}
    store.keep_text(Page("cD4", "x.md", "again"))
    assert kept_texts(store, "cD4") == ("again",)


def test_prune_says_what_it_could_not_remove(store: DiskStore, days: Days, tmp_path: Path) -> None:
    store.keep_text(Page("aB3", "x.md", "old"))
    days.on(1)
    (found,) = store.outdated(0)
    found.path.unlink()
    found.path.mkdir()
    with pytest.raises(NbsyncError, match="cannot be removed"):
        store.discard([found])


def test_a_store_for_reading_discards_nothing(tmp_path: Path, store: DiskStore) -> None:
    with (
        DiskStore(tmp_path, host="h", project="1", read_only=True) as reader,
        pytest.raises(NbsyncError, match="for reading only"),
    ):
        reader.discard(())


def test_nothing_is_read_through_a_link_in_the_history(store: DiskStore, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    store.keep_text(Page("aB3", "x.md", "text"))
    folder = tmp_path / ".nbsync" / "history"
    (folder / "aB3" / "page-0000.md").symlink_to(tmp_path / "secret")
    (folder / "cD4").symlink_to(folder / "aB3")
    assert kept_texts(store, "aB3") == ("text",)
    assert [kept.text for kept in store.kept("aB3")] == ["text"]
    assert store.kept("cD4") == ()


def test_a_text_with_front_matter_of_its_own_stays(store: DiskStore, days: Days) -> None:
    store.keep_text(Page("aB3", "aB3.md", page_text(1, mine="# my private remark\n")))
    for number in range(1, 151):
        a_version(store, number)
        days.on(2)
    texts = kept_texts(store, "aB3")
    assert page_text(1, mine="# my private remark\n") in texts
    assert page_text(1) not in texts
