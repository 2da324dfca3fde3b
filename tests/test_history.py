"""A notebook's past as it is listed, and the law that all that was seen can be found again."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from nbsync import formats
from nbsync.errors import NbsyncError, Unavailable
from nbsync.model import Activity, Json, Notebook, Page
from nbsync.sync.older import find_here, find_there, versions_here
from nbsync.sync.past import Where, look_back
from nbsync.sync.resolving import resolve_each
from past import ID, PAGE, Pair, pair_with_a_past

RICH: Json = {"type": "doc", "content": [{"type": "paragraph"}]}


@pytest.fixture
def pair() -> Pair:
    return pair_with_a_past()


def test_the_log_has_each_version_once_the_newest_first_and_says_where_it_is(pair: Pair) -> None:
    assert [(entry.version, entry.what, entry.where) for entry in pair.log()] == [
        (3, "current", Where.BOTH),
        (2, "updated", Where.BOTH),
        (1, "updated", Where.THERE),
        (0, "created", Where.BOTH),
    ]
    assert {entry.title for entry in pair.log()} == {"Plan"}
    assert pair.log()[1].by == "Ben"


def test_without_the_server_the_log_has_what_is_here(pair: Pair) -> None:
    pair.server.read = 0
    entries = pair.log(ask=False)
    assert [(entry.version, entry.what) for entry in entries] == [
        (3, "current"),
        (2, "saved"),
        (0, "saved"),
    ]
    assert {entry.where for entry in entries} == {Where.HERE}
    assert pair.server.read == 0


def test_no_more_is_read_of_the_servers_log_than_is_shown(pair: Pair) -> None:
    pair.server.read = 0
    assert [entry.version for entry in pair.log(2)] == [3, 2]
    assert pair.server.read == 2


def test_a_version_that_nobody_logged_is_known_as_what_the_next_one_replaced(pair: Pair) -> None:
    del pair.server.writes[1], pair.server.writes[0]  # as what an assistant writes
    assert [(entry.version, entry.what, entry.where) for entry in pair.log()][2:] == [
        (1, "earlier", Where.THERE),
        (0, "saved", Where.HERE),
    ]
    assert pair.restore("1").changes


def test_a_log_that_cannot_be_read_to_its_end_counts_as_far_as_it_was_read(pair: Pair) -> None:
    pair.server.read, pair.server.refusal = 0, Unavailable("gone")
    past = look_back(pair.mirror(), ID, limit=20)
    assert past.trouble is pair.server.refusal
    assert [entry.where for entry in past.entries] == [
        Where.BOTH,
        Where.BOTH,
        Where.THERE,  # what the last that was read replaced
        Where.HERE,
    ]


def test_a_page_text_that_no_version_says_has_a_key_of_its_own(pair: Pair) -> None:
    pair.edit("Text 3.", "Mine alone.")
    pair.restore("2")
    (entry,) = (entry for entry in pair.log() if entry.key)
    assert (entry.version, entry.what, entry.where) == (None, "page text", Where.HERE)
    assert (entry.title, re.fullmatch("[0-9a-f]{8}", entry.key) is not None) == ("Plan", True)


def test_a_page_text_that_cannot_be_read_is_in_the_log_without_a_title(pair: Pair) -> None:
    pair.store.keep_text(Page(ID, PAGE, "no page at all"))
    (entry,) = (entry for entry in pair.log() if entry.key)
    assert (entry.title, entry.what) == (None, "page text")


def test_renames_and_other_entries_are_told_without_a_version(pair: Pair) -> None:
    pair.server.edit(ID, title="Renamed")
    first = pair.log()[0]
    assert (first.version, first.what, first.title) == (None, "renamed", "Renamed")
    pair.sync()
    assert [entry.version for entry in pair.log()[:3]] == [3, None, 2]  # base is the renamed one


def test_a_rejected_save_is_no_version_and_a_time_that_is_none_was_long_ago(pair: Pair) -> None:
    changes: dict[str, tuple[Json, Json]] = {"version": (1, 9), "content": (None, RICH)}
    pair.server.more = [
        Activity("2026-09-01T00:00:00", "Ben", "save_rejected_conflict", "Plan", changes),
        Activity("yesterday", "Ben", "updated", "Plan", {"version": (None, "x")}),
    ]
    last, first = pair.log()[-1], pair.log()[-2]
    assert (first.what, first.version) == ("save rejected conflict", None)
    assert (last.at, last.version) == ("yesterday", None)
    assert find_there(pair.mirror(), ID, 9) is None


def test_who_saved_is_told_by_name_or_address_where_that_is_known(pair: Pair) -> None:
    base = pair.store.base(ID)
    assert base is not None
    people: dict[str, Json] = {
        "Ben": {"name": "Ben", "email": "b@x"},
        "b@x": {"name": None, "email": "b@x"},
        "": None,
    }
    for shown, person in people.items():
        fields = {**base.record.fields, "last_modified_by": person}
        pair.store.put_base(replace(base.record, fields=fields))
        assert pair.log(ask=False)[0].by == shown


def test_the_versions_that_are_here_are_known(pair: Pair) -> None:
    assert versions_here(pair.mirror(), ID) == (0, 2, 3)
    assert versions_here(pair.mirror(), "other") == ()
    assert look_back(pair.mirror(), "other", limit=5).entries == ()


def test_the_record_that_a_conflict_is_with_is_here(pair: Pair) -> None:
    pair.edit("Text 3.", "Ours.")
    pair.edit_there("# Plan\n\nTheirs.")
    assert pair.sync().conflicts
    entries = [(entry.version, entry.what) for entry in pair.log()]
    assert entries[:3] == [(4, "in conflict"), (None, "page text"), (3, "current")]
    found = find_here(pair.mirror(), ID, "4")
    assert found is not None
    assert "Theirs." in str(found.notebook.content)


NUMBER = st.integers(0, 9)


class Restores(RuleBasedStateMachine):
    """Edits on both sides, runs, and restores: every text that a run has seen is somewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.pair = Pair()
        self.words = 0
        self.pages: set[str] = set()
        self.notebooks: set[str] = set()

    def note(self) -> None:
        self.pages |= {str(text) for text in self.pair.files.files.values()}
        self.notebooks |= {notebook.key for notebook in self.pair.server.live().values()}

    def text(self, ends: int) -> str:
        self.words += 1
        return f"# Plan\n\nText {self.words}." + "\n" * (ends % 3)

    @rule(ends=NUMBER)
    def edit_here(self, ends: int) -> None:
        if self.pair.files.files:
            front, _, _ = self.pair.page.partition("\n---\n")
            # what somebody replaces in their own file, unseen, is theirs to lose
            self.pages.discard(self.pair.page)
            self.pair.page = f"{front}\n---\n\n{self.text(ends)}"

    @rule(ends=NUMBER)
    def edit_there(self, ends: int) -> None:
        if ID in self.pair.server.live():
            self.pair.edit_there(self.text(ends))

    @rule()
    def lose_the_page(self) -> None:
        for text in self.pair.files.files.values():
            self.pages.discard(str(text))
        self.pair.files.files.clear()

    @rule()
    def lose_the_index(self) -> None:
        self.pair.store.forget_index()

    @rule(halves=st.sampled_from([("pull",), ("push",), ("pull", "push")]))
    def sync(self, halves: tuple[str, ...]) -> None:
        self.note()
        self.pair.sync(*halves)

    @rule(ours=st.booleans())
    def resolve(self, *, ours: bool) -> None:
        self.note()
        resolve_each(self.pair.mirror(), list(self.pair.store.conflicts()), ours=ours)

    @rule(pick=NUMBER)
    def restore(self, pick: int) -> None:
        self.note()
        entries = self.pair.log(40)
        names = [f"@{entry.key}" if entry.key else str(entry.version) for entry in entries]
        with suppress(NbsyncError):  # a draft of a merge is no page
            self.pair.restore(names[pick % len(names)])

    def teardown(self) -> None:
        store, files = self.pair.store, self.pair.files.files
        texts = {str(text) for text in files.values()} | {kept.text for kept in store.kept(ID)}
        base, conflicts = store.base(ID), store.conflicts()
        known: list[Notebook] = [kept.record.notebook for kept in store.kept(ID) if kept.record]
        known += [base.record.notebook] if base else []
        known += [conflict.remote.notebook for conflict in conflicts.values()]
        logged = [activity.changes for activity in self.pair.server.activity(ID)]
        keys = {notebook.key for notebook in known}
        keys |= {
            Notebook("Plan", side).key for changes in logged for side in changes.get("content", ())
        }
        keys |= {notebook.key for notebook in self.pair.server.live().values()}
        assert self.notebooks <= keys
        for text in self.pages - texts:
            readings = [formats.parse(text, ".md", like=like) for like in (None, *known)]
            assert {reading.key for reading in readings} & keys, text


def test_after_any_sequence_of_restores_edits_and_syncs_every_text_seen_is_somewhere() -> None:
    run_state_machine_as_test(
        Restores,
        settings=settings(
            settings.get_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev")),
            max_examples=40,
            stateful_step_count=20,
            suppress_health_check=list(HealthCheck),
        ),
    )
