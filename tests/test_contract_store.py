"""What the engine may rely on of a store, held by the real one and by the one in memory."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept import kept_records, kept_texts
from memory import MemoryStore
from nbsync.errors import Busy, FormatError
from nbsync.formats import page_key
from nbsync.model import (
    Artefact,
    BaseInfo,
    JournalEntry,
    Json,
    Notebook,
    Page,
    Record,
    RemoteMemory,
    Seen,
    Step,
    record_of,
)
from nbsync.store import DiskStore


def record(
    short_id: str = "aB3", *, version: int = 1, title: str | None = "Plan", content: Json = "text"
) -> Record:
    return record_of(
        {
            "id": "0190a0b1-0000-0000-0000-000000000000",
            "short_id": short_id,
            "title": title,
            "content": content,
            "text_content": "text",
            "version": version,
            "deleted": False,
            "created_by": {"uuid": "u1", "first_name": "Ada", "email": "ada@example.com"},
            "last_modified_at": f"2026-01-01T00:00:{version:02d}Z",
            "user_access_level": "editor",
        }
    )


def artefact(version: int = 2, *, suffix: str = ".md", **texts: str) -> Artefact:
    known = {"base": "base\n", "local": "local\n", "remote": "remote\n", "merged": "<<<<\n"}
    return Artefact(record(version=version), known | texts, suffix, 1)


class DiskWorld:
    """A real folder, the store in it, and a user who edits the files of a conflict."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.store = self._open()

    def _open(self) -> DiskStore:
        store = DiskStore(self._root, host="https://example.com", project="1", wait=0)
        return store.__enter__()

    def reopen(self) -> None:
        self.close()
        self.store = self._open()

    def close(self) -> None:
        self.store.__exit__(None, None, None)

    def lose_index(self) -> None:
        self.close()
        (self._root / ".nbsync" / "index.sqlite3").unlink(missing_ok=True)
        self.store = self._open()

    def edit_conflict(self, short_id: str, name: str, text: str) -> None:
        path = self._root / ".nbsync" / "conflicts" / short_id / f"{name}.md"
        assert path.exists()
        path.write_bytes(text.encode())


class MemoryWorld:
    """The same in memory."""

    def __init__(self) -> None:
        self.store = MemoryStore()

    def reopen(self) -> None:
        """What is in memory stays there."""

    def close(self) -> None:
        """As above."""

    def lose_index(self) -> None:
        self.store.forget_index()

    def edit_conflict(self, short_id: str, name: str, text: str) -> None:
        self.store.edited[short_id, name] = text


World = DiskWorld | MemoryWorld


@pytest.fixture(params=["disk", "memory"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    one: World = DiskWorld(tmp_path) if request.param == "disk" else MemoryWorld()
    yield one
    one.close()


def test_a_new_store_remembers_nothing(world: World) -> None:
    store = world.store
    assert (store.bases(), store.steps(), store.seen(), store.conflicts()) == ({}, {}, {}, {})
    assert store.rows() is None
    assert store.base("aB3") is None
    assert store.journal() == ()
    assert kept_texts(store, "aB3") == ()
    assert kept_records(store, "aB3") == ()


def test_a_base_comes_back_as_the_server_returned_it(world: World) -> None:
    given_record = record(content={"type": "doc", "content": [1, 2.5, None, "é\u2028"]})
    info = world.store.put_base(given_record)
    world.reopen()
    base = world.store.base("aB3")
    assert base is not None
    assert base.record == given_record
    assert base.record.fields == given_record.fields
    assert "user_access_level" not in base.record.fields
    assert base.earlier == ()
    assert world.store.bases() == {"aB3": info}
    assert (info.token, info.version, info.title) == (given_record.token, 1, "Plan")


def test_the_digest_of_a_base_moves_with_anything_in_it(world: World) -> None:
    one = world.store.put_base(record(version=1))
    two = world.store.put_base(record(version=2))
    again = world.store.put_base(record(version=2))
    assert one.digest != two.digest
    assert two == again == world.store.bases()["aB3"]


def test_many_bases_are_put_as_one_is_and_one_that_cannot_be_holds_up_no_other(
    world: World,
) -> None:
    old, new, other = record(version=1), record(version=2, content="new"), record("Ab3")
    world.store.put_base(old)
    told = world.store.put_bases([new, record("../x"), other, record("x" * 33)])
    assert [type(each) for each in told] == [BaseInfo, FormatError, BaseInfo, FormatError]
    assert world.store.bases() == {"aB3": told[0], "Ab3": told[2]}
    base = world.store.base("aB3")
    assert base is not None and base.record == new
    assert base.earlier == (old.notebook.key,)
    assert kept_records(world.store, "aB3") == (old,)
    assert list(world.store.put_bases([new])) == [told[0]]
    assert list(world.store.put_bases([])) == []


def test_of_many_bases_one_whose_place_is_a_link_or_a_folder_holds_up_no_other(
    tmp_path: Path,
) -> None:
    folder = tmp_path / ".nbsync" / "base"
    folder.mkdir(parents=True)
    (folder / "aB3.json").symlink_to("elsewhere")
    (folder / "b.json").mkdir()
    world = DiskWorld(tmp_path)
    told = world.store.put_bases([record(short_id) for short_id in ("aB3", "b", "c")])
    assert [str(each) for each in told[:2]] == [
        f"{folder}/aB3.json cannot be written: it is a symbolic link",
        f"{folder}/b.json cannot be written: Is a directory",
    ]
    assert world.store.bases() == {"c": told[2]}
    world.close()


def test_a_base_that_somebody_put_there_since_the_look_is_not_replaced(tmp_path: Path) -> None:
    world = DiskWorld(tmp_path)
    base = tmp_path / ".nbsync" / "base" / "aB3.json"
    world.store.put_base(record(version=1))
    committed = base.read_bytes()
    world.store.put_base(record(version=2))
    world.reopen()
    world.store.bases()
    base.write_bytes(committed)
    with pytest.raises(Busy, match="base of notebook aB3 changed"):
        world.store.put_base(record(version=3))
    assert base.read_bytes() == committed
    assert world.store.bases().keys() == {"aB3"}
    assert world.store.put_base(record(version=3)).version == 3
    world.close()


def test_what_a_base_replaces_goes_into_the_history_and_into_earlier(world: World) -> None:
    records = [record(version=number, content=str(number)) for number in (1, 2, 3)]
    for each in records:
        world.store.put_base(each)
    base = world.store.base("aB3")
    assert base is not None
    assert base.earlier == (records[1].notebook.key, records[0].notebook.key)
    assert kept_records(world.store, "aB3") == (records[0], records[1])


def test_a_record_that_says_the_same_keeps_earlier_and_the_history_has_the_old_one(
    world: World,
) -> None:
    world.store.put_base(record(version=1, content="a"))
    world.store.put_base(record(version=2, content="b"))
    world.store.put_base(record(version=3, content="b"))
    base = world.store.base("aB3")
    assert base is not None
    assert base.earlier == (record(content="a").notebook.key,)
    assert [kept.version for kept in kept_records(world.store, "aB3")] == [1, 2]


def test_a_notebook_that_comes_back_is_not_its_own_earlier_one(world: World) -> None:
    for number, content in enumerate(["a", "b", "a", "c", "a"]):
        world.store.put_base(record(version=number, content=content))
    base = world.store.base("aB3")
    assert base is not None
    keys = {content: record(content=content).notebook.key for content in "abc"}
    assert base.earlier == (keys["c"], keys["b"])


def test_the_last_hundred_keys_are_remembered(world: World) -> None:
    for number in range(110):
        world.store.put_base(record(version=number, content=str(number)))
    base = world.store.base("aB3")
    assert base is not None
    assert base.earlier == tuple(
        record(content=str(number)).notebook.key for number in range(108, 8, -1)
    )


def rich(number: int) -> Record:
    paragraph: Json = {"type": "paragraph", "content": [{"type": "text", "text": str(number)}]}
    content: list[Json] = [paragraph, {"type": "paragraph", "attrs": {"data-toc-id": number}}]
    return record(version=number, content={"type": "doc", "content": content})


def test_of_rich_text_the_last_fifty_are_remembered_and_the_pages_that_said_them(
    world: World,
) -> None:
    for number in range(60):
        world.store.put_base(rich(number))
    base = world.store.base("aB3")
    assert base is not None
    found = [rich(number).notebook for number in range(58, 8, -1)]
    assert base.earlier == tuple(key for one in found for key in (one.key, page_key(one)))


def test_a_page_that_says_what_the_notebook_says_now_is_no_earlier_one(world: World) -> None:
    def said(hidden: str) -> Record:
        block: Json = {"type": "heading", "attrs": {"level": 1, "data-toc-id": hidden}}
        return record(content={"type": "doc", "content": [block]})

    one, other = said("one"), said("other")
    assert page_key(one.notebook) == page_key(other.notebook)
    world.store.put_base(one)
    world.store.put_base(other)
    base = world.store.base("aB3")
    assert base is not None and base.earlier == (one.notebook.key,)
    world.store.put_base(record())
    base = world.store.base("aB3")
    keys = (other.notebook.key, page_key(one.notebook), one.notebook.key)
    assert base is not None and base.earlier == keys


def test_a_base_that_is_dropped_is_in_the_history(world: World) -> None:
    world.store.put_base(record())
    world.store.drop_base("aB3")
    world.store.drop_base("aB3")
    assert world.store.base("aB3") is None
    assert world.store.bases() == {}
    assert kept_records(world.store, "aB3") == (record(),)


def test_ids_that_differ_only_in_case_are_two_notebooks(world: World) -> None:
    ids = ("aB3", "Ab3", "AB3")
    for number, short_id in enumerate(ids):
        world.store.put_base(record(short_id, content=number))
        world.store.enter(JournalEntry(short_id, "create", f"{short_id}.md"))
        world.store.keep_text(Page(short_id, "x.md", f"text {number}"))
        world.store.open_conflict(short_id, replace(artefact(), remote=record(short_id)))
    world.reopen()
    for number, short_id in enumerate(ids):
        base = world.store.base(short_id)
        assert base is not None
        assert base.record.notebook.content == number
        assert kept_texts(world.store, short_id) == (f"text {number}",)
    assert world.store.bases().keys() == set(ids)
    assert {entry.short_id for entry in world.store.journal()} == set(ids)
    assert world.store.conflicts().keys() == set(ids)
    world.store.drop_base("aB3")
    world.store.strike("Ab3")
    world.store.close_conflict("AB3")
    assert world.store.bases().keys() == {"Ab3", "AB3"}
    assert {entry.short_id for entry in world.store.journal()} == {"aB3", "AB3"}
    assert world.store.conflicts().keys() == {"aB3", "Ab3"}


@pytest.mark.parametrize("wrong", ["", "../x", "a/b", "été", "x" * 33, "a~1"])
def test_what_is_no_id_becomes_no_path(world: World, wrong: str) -> None:
    store = world.store
    with pytest.raises(FormatError):
        store.base(wrong)
    with pytest.raises(FormatError):
        store.put_base(record(wrong))
    with pytest.raises(FormatError):
        store.drop_base(wrong)
    with pytest.raises(FormatError):
        store.enter(JournalEntry(wrong, "create", "a.md"))
    with pytest.raises(FormatError):
        store.strike(wrong)
    with pytest.raises(FormatError):
        store.keep_text(Page(wrong, "a.md", ""))
    with pytest.raises(FormatError):
        store.keep_record(record(wrong))
    with pytest.raises(FormatError):
        store.open_conflict(wrong, artefact())
    with pytest.raises(FormatError):
        store.close_conflict(wrong)


def test_steps_are_remembered_until_they_are_forgotten(world: World) -> None:
    world.store.put_step("aB3", Step("page", "base"))
    world.store.put_step("Ab3", Step("", "base"))
    world.store.put_step("Ab3", None)
    world.store.put_step("never", None)
    world.reopen()
    assert world.store.steps() == {"aB3": Step("page", "base")}


def test_what_a_scan_saw_replaces_what_the_last_one_saw(world: World) -> None:
    huge = 2**64 + 1
    one, two = Seen((1, 2, huge, 4), 5, "token", "aB3"), Seen((1, 2, 3, 4), 5, "", None)
    world.store.put_seen({"a.md": one, "b.md": two})
    world.store.put_seen({"é/c.md": one, "b.md": two})
    world.reopen()
    assert world.store.seen() == {"é/c.md": one, "b.md": two}


def test_rows_are_remembered_once_the_list_was_read(world: World) -> None:
    world.store.put_row("aB3", "token")
    assert world.store.rows() is None
    world.store.put_rows(RemoteMemory({"aB3": "1", "Ab3": "1"}, "cursor", 2, frozenset({"x", "y"})))
    world.store.put_row("aB3", "2")
    world.store.put_row("new", "1")
    world.store.put_row("Ab3", None)
    world.store.put_row("old", None)
    world.reopen()
    assert world.store.rows() == RemoteMemory(
        {"aB3": "2", "new": "1"}, "cursor", 2, frozenset({"x", "y"})
    )
    world.store.put_rows(RemoteMemory({}, "", 0))
    world.reopen()
    assert world.store.rows() == RemoteMemory({}, "", 0)


def test_a_lost_index_forgets_what_it_held_and_nothing_else(world: World) -> None:
    world.store.put_base(record())
    world.store.put_step("aB3", Step("page", "base"))
    world.store.put_seen({"a.md": Seen((1, 2, 3, 4), 5, "token", "aB3")})
    world.store.put_rows(RemoteMemory({"aB3": "1"}, "cursor", 1))
    world.lose_index()
    store = world.store
    assert (store.steps(), store.seen(), store.rows()) == ({}, {}, None)
    assert store.bases().keys() == {"aB3"}


def test_texts_and_records_are_kept_once(world: World) -> None:
    for _ in range(2):
        world.store.keep_text(Page("aB3", "a.md", "one\r\n"))
        world.store.keep_text(Page("aB3", "b.md", "two"))
        world.store.keep_record(record(version=2))
        world.store.keep_record(record(version=1))
        world.store.keep_record(record(version=1, content="other"))
    world.reopen()
    assert sorted(kept_texts(world.store, "aB3")) == ["one\r\n", "two"]
    kept = kept_records(world.store, "aB3")
    assert [each.version for each in kept] == [1, 1, 2]
    assert {str(each.notebook.content) for each in kept} == {"text", "other"}
    assert kept_texts(world.store, "Ab3") == ()


def test_what_is_kept_comes_newest_first_and_is_named_by_what_it_is(world: World) -> None:
    world.store.keep_text(Page("aB3", "a.md", "one"))
    world.store.keep_record(record(version=7))
    world.store.keep_text(Page("aB3", "notes/a.json", "{}"))
    world.store.keep_record(record(version=2))
    world.store.keep_text(Page("aB3", "a.md", "one"))
    world.reopen()
    kept = world.store.kept("aB3")
    assert [(one.text, one.suffix, one.record) for one in kept] == [
        ("one", ".md", None),
        ("", "", record(version=2)),
        ("{}", ".json", None),
        ("", "", record(version=7)),
    ]
    assert len({one.key for one in kept}) == 4
    assert all(re.fullmatch("[0-9a-f]{8}", one.key) for one in kept)
    assert [one.at for one in kept] == sorted((one.at for one in kept), reverse=True)
    assert world.store.kept("Ab3") == ()


def test_the_journal_has_the_last_entry_of_each_notebook_by_id(world: World) -> None:
    entries = (
        JournalEntry("Z9", "pull", "z.md", "before", "after", to=record("Z9")),
        JournalEntry("aB3", "create", "a.md", sent=Notebook(None, {"type": "doc"})),
        JournalEntry("bC4", "push", "b.md", "x", "y", record("bC4"), Notebook("T", "text")),
    )
    world.store.enter(JournalEntry("aB3", "create", "earlier.md"))
    for entry in reversed(entries):
        world.store.enter(entry)
    world.reopen()
    assert world.store.journal() == entries
    to = world.store.journal()[0].to
    assert to is not None
    assert to.fields == record("Z9").fields
    world.store.strike("aB3")
    world.store.strike("aB3")
    assert world.store.journal() == (entries[0], entries[2])


def test_a_conflict_comes_back_as_it_was_opened(world: World) -> None:
    one = artefact()
    without_base = {name: text for name, text in one.texts.items() if name != "base"}
    two = Artefact(record("Ab3"), without_base, ".json", 3)
    world.store.open_conflict("aB3", one)
    world.store.open_conflict("Ab3", two)
    world.reopen()
    assert world.store.conflicts() == {"aB3": one, "Ab3": two}


def test_a_conflict_that_moved_on_is_written_anew(world: World) -> None:
    world.store.open_conflict("aB3", artefact(2))
    later = artefact(3, local="later\n", merged="later\n")
    world.store.open_conflict("aB3", later)
    assert world.store.conflicts() == {"aB3": later}
    assert kept_records(world.store, "aB3") == (artefact(2).remote,)
    last = replace(artefact(3, suffix=".json"), regions=2)
    world.store.open_conflict("aB3", last)
    assert world.store.conflicts() == {"aB3": last}


def test_a_merged_text_that_the_user_edited_stays_with_all_that_it_answers(world: World) -> None:
    first = artefact(2)
    world.store.open_conflict("aB3", first)
    world.edit_conflict("aB3", "merged", "mine\n")
    world.store.open_conflict("aB3", artefact(3, remote="later\n", merged="later\n"))
    world.reopen()
    (open_one,) = world.store.conflicts().values()
    assert open_one.texts["merged"] == "mine\n"
    assert open_one.texts["remote"] == "remote\n"
    assert open_one.remote == first.remote
    assert kept_records(world.store, "aB3") == (artefact(3).remote,)


def test_a_merged_text_that_the_user_edited_answers_no_other_page(world: World) -> None:
    world.store.open_conflict("aB3", artefact(2))
    world.edit_conflict("aB3", "merged", "mine\n")
    later = artefact(2, local="later\n", merged="draft of later\n")
    world.store.open_conflict("aB3", later)
    world.reopen()
    assert world.store.conflicts() == {"aB3": later}
    assert kept_texts(world.store, "aB3") == ("mine\n",)


def test_a_conflict_that_is_closed_is_gone_and_what_was_written_in_it_is_kept(
    world: World,
) -> None:
    world.store.open_conflict("aB3", artefact())
    world.edit_conflict("aB3", "merged", "my merged\n")
    world.edit_conflict("aB3", "local", "my local\n")
    world.store.close_conflict("aB3")
    world.store.close_conflict("aB3")
    assert world.store.conflicts() == {}
    assert sorted(kept_texts(world.store, "aB3")) == ["my local\n", "my merged\n"]
    assert kept_records(world.store, "aB3") == (artefact().remote,)
    world.store.open_conflict("aB3", artefact(3))
    assert world.store.conflicts() == {"aB3": artefact(3)}


def test_other_texts_edited_in_a_conflict_are_kept_when_it_moves_on(world: World) -> None:
    world.store.open_conflict("aB3", artefact(2))
    world.edit_conflict("aB3", "local", "my local\n")
    world.store.open_conflict("aB3", artefact(3))
    assert world.store.conflicts() == {"aB3": artefact(3)}
    assert kept_texts(world.store, "aB3") == ("my local\n",)


IDS = st.sampled_from(["aB3", "Ab3", "x"])
NUMBERS = st.integers(1, 3)
STEPS = st.lists(
    st.tuples(st.sampled_from(["put", "drop", "keep", "enter", "strike", "step"]), IDS, NUMBERS),
    max_size=20,
)


@given(STEPS)
def test_both_stores_remember_the_same(steps: list[tuple[str, str, int]]) -> None:
    with tempfile.TemporaryDirectory() as root:
        worlds: tuple[World, World] = (DiskWorld(Path(root)), MemoryWorld())
        for world in worlds:
            store = world.store
            for what, short_id, number in steps:
                one = record(short_id, version=number, content=number)
                if what == "put":
                    store.put_base(one)
                elif what == "drop":
                    store.drop_base(short_id)
                elif what == "keep":
                    store.keep_text(Page(short_id, "a.md", str(number)))
                elif what == "enter":
                    store.enter(JournalEntry(short_id, "pull", "a.md", to=one))
                elif what == "strike":
                    store.strike(short_id)
                else:
                    store.put_step(short_id, Step(str(number), "base") if number < 3 else None)
            world.reopen()
        disk, memory = worlds[0].store, worlds[1].store
        for short_id in ("aB3", "Ab3", "x"):
            assert disk.base(short_id) == memory.base(short_id)
            assert sorted(kept_texts(disk, short_id)) == sorted(kept_texts(memory, short_id))
            assert kept_records(disk, short_id) == kept_records(memory, short_id)
        assert disk.bases().keys() == memory.bases().keys()
        assert disk.journal() == memory.journal()
        assert disk.steps() == memory.steps()
        worlds[0].close()
