"""Edits against deletions, in every order and place: before a run, during it, and after it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from duels import EDITS, Duel, pulled, seed
from mirrors import asked, edit, go, markdown_on, pages, sync, there
from nbsync.model import Report
from nbsync.sandbox import Sandbox
from nbsync.sync import Mirror, run
from nbsync.sync.removing import remove_each

pytestmark = pytest.mark.laws  # long, and in a run of its own without coverage

# How each of the notebooks ends, in the order of EDITS:
#   B  on both sides, with the edit      b  on both sides, without it
#   H  page missing, notebook with it    h  page missing, notebook as it was
#   C  in conflict, and named            O  a page that no notebook stands behind, and named
#   G  gone on both sides                2  two pages that have one id, and named
# The first word is for what came before the run, the second for what came after it.
LETTERS = {
    "both+": "B",
    "both": "b",
    "held+": "H",
    "held": "h",
    "conflict": "C",
    "orphan": "O",
    "gone": "G",
    "twins": "2",
}
ALL_IS_WELL = ("BBBBBBBB", "BBBBBBBB")
OUTCOMES = {
    # the page is removed by hand: never a deletion; what was edited there brings it back
    ("hand", "edit first", "pull"): ("hhhhhBBb", "hhhhhHHh"),
    ("hand", "edit first", "push"): ("hhhhhBBb", "HHHhhBBH"),
    ("hand", "edit first", "sync"): ("hhhhhBBb", "HHHhhHHH"),
    ("hand", "delete first", "pull"): ALL_IS_WELL,
    ("hand", "delete first", "push"): ALL_IS_WELL,
    ("hand", "delete first", "sync"): ALL_IS_WELL,
    # deleted in PostHog: an edit here beats it, unless it was sent before or written long after
    ("server", "edit first", "pull"): ("BBBGGGGB", "BBBGGGGB"),
    ("server", "edit first", "push"): ("BBBGGGGB", "GGGGGGGG"),
    ("server", "edit first", "sync"): ("BBBGGGGB", "GGGGGGGG"),
    ("server", "delete first", "pull"): ("BBBGGGGB", "OOOOOGGO"),
    ("server", "delete first", "push"): ("BBBGGGGB", "BBBGGGGB"),
    ("server", "delete first", "sync"): ("BBBGGGGB", "OOOOOGGO"),
    # deleted there, and restored
    ("bin", "edit first", "sync"): ALL_IS_WELL,
    ("bin", "delete first", "sync"): ALL_IS_WELL,
    # a missing base: what differs is a conflict
    ("base", "edit first", "sync"): ("CCCBBBBC", "BBBBBBBB"),
    ("base", "delete first", "sync"): ("CCCBBBBC", "BBBBBBBB"),
    # a checkout takes the page and its base: the notebook stays, and gets a page again
    ("git", "edit first", "sync"): ("bbbbbBBb", "BBBbbBBB"),
    ("git", "delete first", "sync"): ("CCCBBBBC", "BBBBBBBB"),
    # the index is a cache
    ("index", "edit first", "sync"): ALL_IS_WELL,
    ("index", "delete first", "sync"): ALL_IS_WELL,
    # without any memory, what differs is a conflict, whoever moved
    ("memory", "edit first", "sync"): ("CCCBBCCC", "BBBBBBBB"),
    ("memory", "delete first", "sync"): ("CCCBBCCC", "BBBBBBBB"),
}
RUNS: Mapping[str, Callable[[Mirror], Report]] = {
    "pull": lambda mirror: run(mirror, pull=True, allowed=99),
    "push": lambda mirror: run(mirror, push=True, allowed=99),
    "sync": lambda mirror: run(mirror, pull=True, push=True, allowed=99),
}
MOMENTS = {
    "pull": ("listed", "fetched", "writing", "written"),
    "push": ("looked", "sending", "answered"),
    "sync": ("listed", "fetched", "writing", "written", "sending", "answered"),
}
MARKS = {
    "title": "Renamed here",
    "front": "mine: kept",
    "there": "Three, there.",
    "renamed": "Renamed there",
}
BEATS = "the edit beats the deletion"


@dataclass
class Ring:
    """Where duels are fought: one server, and a folder for each."""

    sandbox: Sandbox
    folder: Path

    def duel(self, deletion: str) -> Duel:
        """A new one, of the same mirror and the same notebooks."""
        seed(self.sandbox)
        root = self.folder / "duel"
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(self.folder / "pulled", root)
        return Duel(root, self.sandbox, deletion)


@pytest.fixture(scope="module")
def ring(running_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ring]:
    folder = tmp_path_factory.mktemp("duels")
    pulled(folder / "pulled", running_sandbox)
    yield Ring(running_sandbox, folder)
    running_sandbox.reset()


@pytest.mark.parametrize(("deletion", "order", "halves"), OUTCOMES)
def test_an_edit_and_a_deletion_end_as_the_one_rule_says_whenever_they_come(
    ring: Ring, deletion: str, order: str, halves: str
) -> None:
    before, after = OUTCOMES[deletion, order, halves]
    for moment in ("before", "after", *MOMENTS[halves]):
        duel = ring.duel(deletion)
        acts = (duel.edit, duel.delete)
        first, second = acts if order == "edit first" else reversed(acts)
        for name in EDITS:
            first(name)
        if moment == "before":
            for name in EDITS:
                second(name)
        came = duel.run(RUNS[halves], moment, None if moment == "before" else second)
        if not came and moment in MOMENTS[halves]:
            continue
        ends = "".join(LETTERS[word] for word in duel.settle().values())
        where = f"{deletion}, {order}, {halves}, {moment}: {ends}"
        if moment in {"before", "after"}:
            assert ends == (before if moment == "before" else after), where
        else:
            may = [{*pair, *_besides(deletion)} for pair in zip(before, after, strict=True)]
            assert all(end in each for end, each in zip(ends, may, strict=True)), where
        own_doing = deletion in {"hand", "git"} and order == "edit first"
        assert_nothing_is_lost(duel, ends, where, spare="page json title front both" * own_doing)
        assert_it_is_said(duel, ends, where, order)


OURS: Mapping[str, tuple[Callable[[Mirror], Report], str, str]] = {
    "rm": (lambda mirror: remove_each(mirror, EDITS, allowed=99), "BBBGGBBB", "OOOOOGGO"),
    "rm --force": (
        lambda mirror: remove_each(mirror, EDITS, force=True, allowed=99),
        "GGGGGBBB",
        "OOOOOGGO",
    ),
    "push --delete": (
        lambda mirror: run(mirror, push=True, remove=True, allowed=99),
        "BBBBBBBB",
        "OOOOOGGO",
    ),
    "sync --delete": (
        lambda mirror: run(mirror, pull=True, push=True, remove=True, allowed=99),
        "BBBBBBBB",
        "OOOOOGGO",
    ),
}


@pytest.mark.parametrize(
    ("command", "pages_are"),
    [
        ("rm", "there"),
        ("rm", "missing"),
        ("rm --force", "there"),
        ("rm --force", "missing"),
        ("push --delete", "missing"),
        ("sync --delete", "missing"),
    ],
)
def test_an_edit_that_comes_before_or_during_a_deletion_of_ours_ends_as_the_one_rule_says(
    ring: Ring, command: str, pages_are: str
) -> None:
    act, before, after = OURS[command]
    for moment in ("before", "after", "looked", "listed", "writing", "sending", "answered"):
        duel = ring.duel("hand")
        if pages_are == "missing":
            for name in EDITS:
                duel.delete(name)
        if moment == "before":
            for name in EDITS:
                duel.edit(name)
        came = duel.run(act, moment, None if moment == "before" else duel.edit)
        if not came and moment not in {"before", "after"}:
            continue
        ends = "".join(LETTERS[word] for word in duel.settle().values())
        where = f"{command}, {pages_are}, {moment}: {ends}"
        if moment in {"before", "after"}:
            assert ends == (before if moment == "before" else after), where
        else:
            may = [{*pair, "B"} for pair in zip(before, after, strict=True)]
            assert all(end in each for end, each in zip(ends, may, strict=True)), where
        if moment == "looked":  # before the server was asked: all that was edited stays
            assert "O" not in ends and ends.endswith("BBB"), where
        assert_nothing_is_lost(duel, ends, where)


def _besides(deletion: str) -> str:
    """How else it may end that something happened during a run: with the edit on both sides.

    A page that was removed after it was written is missing; a page that was saved anew while it
    was being brought back, by somebody whose checkout had taken its base, too, is there twice.
    """
    return "B" + {"hand": "hH", "git": "hH2"}.get(deletion, "")


def assert_nothing_is_lost(duel: Duel, ends: str, where: str, *, spare: str = "") -> None:
    """Every edit can be found again: in the page, the history, a conflict, or in PostHog.

    Args:
        duel: What was fought.
        ends: How it ended.
        where: What to say of it.
        spare: Those that somebody may have removed himself before nbsync ever saw them.
    """
    for name, end in zip(EDITS, ends, strict=True):
        if name == "move" or (name in spare.split() and end in "hHb"):
            continue
        held = duel.everything(name) + json.dumps(duel.sandbox.record(name))
        assert MARKS.get(name, "Two, here.") in held, f"{where}: {name} is lost"


def assert_it_is_said(duel: Duel, ends: str, where: str, order: str) -> None:
    """An edit that beat a deletion is named."""
    for name, end in zip(EDITS, ends, strict=True):
        brought = duel.deletion == "hand" and order == "edit first" and name in {"there", "renamed"}
        if end == "B" and (duel.deletion == "server" or brought):
            said = " ".join(duel.said[name])
            assert BEATS in said, f"{where}: {name}: {said}"


# --- what once went wrong ------------------------------------------------------------------------


@pytest.fixture
def mirror(sandbox: Sandbox, tmp_path: Path) -> Path:
    """A mirror of the same notebooks."""
    pulled(tmp_path / "mirror", sandbox)
    sandbox.clear()
    return tmp_path / "mirror"


def test_a_page_that_was_removed_while_its_edit_was_sent_is_called_missing_by_the_next_sync(
    sandbox: Sandbox, mirror: Path
) -> None:
    duel = Duel(mirror, sandbox, "hand")
    duel.edit("page")
    duel.run(RUNS["push"], "answered", duel.only("page", duel.delete))
    assert sync(mirror, sandbox).held == ("page",)
    assert "Two, here." in markdown_on(sandbox, "page")


def test_a_page_that_is_back_before_an_edit_from_posthog_brings_it_back_gets_no_twin(
    sandbox: Sandbox, mirror: Path
) -> None:
    duel = Duel(mirror, sandbox, "hand")
    there(sandbox, "page", "Three.", "Three, there.")
    duel.delete("page")
    duel.run(RUNS["pull"], "fetched", duel.only("page", duel.edit))
    assert [path for path in pages(mirror) if path.startswith("page")] == ["page.md"]
    assert any("appeared while nbsync was at work" in each for each in duel.said["page"])
    assert duel.settle()["page"] == "both+"
    assert "Three, there." in (mirror / "page.md").read_text()


@pytest.mark.parametrize("edited", [True, False])
def test_a_page_that_is_moved_just_before_it_would_be_removed_keeps_what_it_stands_on(
    sandbox: Sandbox, mirror: Path, *, edited: bool
) -> None:
    duel = Duel(mirror, sandbox, "server")

    def move(name: str) -> None:
        duel.edit(name)
        if edited:
            edit(mirror / "moved/away.md", "Two.", "Two, here.")

    duel.delete("move")
    duel.run(RUNS["pull"], "writing", duel.only("move", move))
    assert sync(mirror, sandbox).problems == ()
    assert sandbox.record("move")["deleted"] is not edited
    assert (mirror / "moved/away.md").exists() is edited


def test_a_missing_page_that_is_back_before_rm_deletes_its_notebook_keeps_it(
    sandbox: Sandbox, mirror: Path
) -> None:
    duel = Duel(mirror, sandbox, "hand")
    duel.delete("page")
    duel.run(OURS["rm --force"][0], "listed", duel.only("page", duel.edit))
    assert sandbox.record("page")["deleted"] is False
    assert any("appeared while nbsync was at work" in each for each in duel.said["page"])
    sync(mirror, sandbox)
    assert "Two, here." in markdown_on(sandbox, "page")


def test_a_removal_that_was_killed_after_its_page_had_gone_is_finished(
    sandbox: Sandbox, mirror: Path
) -> None:
    sandbox.write("page", deleted=True)

    def kill(name: str) -> None:
        raise KeyboardInterrupt(name)

    with pytest.raises(KeyboardInterrupt):
        Duel(mirror, sandbox, "hand").run(RUNS["pull"], "written", kill)
    assert "page.md" not in pages(mirror)
    assert (mirror / ".nbsync/base/page.json").exists()
    report = go(mirror, sandbox, "push")
    assert (report.held, report.tracked) == ((), len(EDITS) - 1)
    asked(sandbox)
    assert sync(mirror, sandbox).changes == ()
