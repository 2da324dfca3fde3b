"""What is promised of safety: nothing is overwritten unseen, nothing goes for good."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from commands import Person, edit_there, person
from mirrors import (
    asked,
    edit,
    go,
    markdown_on,
    opened,
    pages,
    pulled,
    seed_each,
    sync,
    there,
    touched,
)
from nbsync import formats
from nbsync.model import Notebook, Record
from nbsync.sandbox import Sandbox
from nbsync.sync import Mirror, run
from world import EFFECTS, Clock, Watched

IDS = [f"nb{number}" for number in range(5)]
EMPTY: dict[str, Any] = {"count": 0, "next": None, "previous": None, "results": []}


@pytest.fixture
def mirror(sandbox: Sandbox, tmp_path: Path) -> Path:
    """Five notebooks, pulled: so few that no guard stands between a fault and its harm."""
    seed_each(sandbox, IDS)
    return pulled(tmp_path / "mirror", sandbox)


@pytest.fixture
def ana(tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Person:
    """The same for somebody who types commands."""
    seed_each(sandbox, IDS)
    who = person(tmp_path, sandbox, monkeypatch)
    assert who.types("init", "--host", sandbox.url, "--project", sandbox.project).code == 0
    assert who.types("pull").code == 0
    asked(sandbox)
    return who


class Beheld:
    """A server that is looked at just before each write: what went is what base held."""

    def __init__(self, mirror: Mirror, sandbox: Sandbox) -> None:
        self._mirror = mirror
        self._sandbox = sandbox
        self.writes = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._mirror.remote, name)

    def update(self, old: Record, new: Notebook) -> Record:
        there_before = self._sandbox.record(old.short_id)["content"]
        answer = self._mirror.remote.update(old, new)
        base = self._mirror.store.base(old.short_id)
        assert base is not None
        assert there_before == base.record.notebook.content, "what went had not been seen"
        self.writes += 1
        return answer


def test_no_write_replaces_what_its_writer_had_not_seen(
    sandbox: Sandbox, mirror: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    go(other, sandbox, "pull")
    writes = 0
    for turn, short_id in enumerate(IDS):
        root = (mirror, other)[turn % 2]
        edit(root / f"{short_id}.md", "One.", f"One, by writer {turn % 2}.")
        if turn != 1:
            there(sandbox, short_id, "Three.", "Three, in a browser.")
        with opened(root, sandbox) as held:
            beheld: Any = Beheld(held, sandbox)
            run(Mirror(held.local, beheld, held.store), push=True)
        writes += beheld.writes
        assert f"One, by writer {turn % 2}." in markdown_on(sandbox, short_id)
        assert turn == 1 or "Three, in a browser." in markdown_on(sandbox, short_id)
    assert writes == len(IDS)


@pytest.mark.parametrize("fate", ["brought up", "merged", "removed"])
def test_a_page_saved_in_the_last_moment_is_not_overwritten(
    sandbox: Sandbox, mirror: Path, fate: str
) -> None:
    page = mirror / "nb0.md"
    if fate == "removed":
        sandbox.write("nb0", deleted=True)
    else:
        there(sandbox, "nb0", "One.", "One, there.")
    if fate == "merged":
        edit(page, "Three.", "Three, here.")

    def save(effect: str) -> None:
        """The journal says what is to be done: all that is left is to do it."""
        if effect == "enter":
            edit(page, "Two.", "Two, just now.")

    with opened(mirror, sandbox) as held:
        store: Any = Watched(held.store, EFFECTS["store"], Clock(before_effect=save))
        report = run(Mirror(held.local, held.remote, store), pull=True)
    assert "Two, just now." in page.read_text()
    assert [
        "nb0.md changed while nbsync was at work" in each.error for each in report.problems
    ] == [True]
    sync(mirror, sandbox)
    assert "Two, just now." in markdown_on(sandbox, "nb0")


def test_every_text_that_was_ever_there_is_found_again(ana: Person, sandbox: Sandbox) -> None:
    page = ana.folder / "nb0.md"
    ever: set[str] = set()

    def note_both_sides() -> None:
        said = formats.parse(page.read_text(), ".md", like=None)
        ever.update((str(formats.markdown_of(said.content)), markdown_on(sandbox, "nb0")))

    def both(here: str, there: str) -> None:
        edit(page, "Two.", f"{here}, two.")
        edit_there(sandbox, "nb0", "Two.", f"{there}, two.")
        note_both_sides()
        assert ana.types("sync").code == 5

    edit_there(sandbox, "nb0", "One.", "One, there.")
    note_both_sides()
    assert ana.types("sync").code == 0
    edit(page, "One, there.", "One, here.")
    note_both_sides()
    assert ana.types("sync").code == 0
    both("Mine that gives way", "Theirs that stays")
    assert ana.types("resolve", "nb0", "--theirs").code == 0
    edit(page, "Theirs that stays, two.", "Two.")
    note_both_sides()
    assert ana.types("sync").code == 0
    both("Mine that stays", "Theirs that gives way")
    assert ana.types("resolve", "nb0", "--ours").code == 0
    assert ana.types("sync").code == 0
    edit(page, "Three.", "Three, never sent.")
    note_both_sides()
    assert ana.types("rm", "nb0", "--force").code == 0
    with opened(ana.folder, sandbox) as held:
        kept = held.store.kept("nb0")
    found = [each.text or markdown_of(each.record) for each in kept]
    assert [text for text in sorted(ever) if not any(text in one for one in found)] == []
    assert len(ever) == 8


def markdown_of(record: Record | None) -> str:
    assert record is not None
    return str(formats.markdown_of(record.notebook.content))


@pytest.mark.parametrize("why", ["not listed", "an empty list", "no access", "errors"])
def test_what_is_absent_from_the_list_is_not_deleted(
    sandbox: Sandbox, mirror: Path, why: str
) -> None:
    before = touched(mirror)
    names = ("short_id", "title", "content", "version", "created_at", "last_modified_at")
    if why == "not listed":
        fields = {name: sandbox.record("nb0")[name] for name in names}
        sandbox.seed(**fields, visibility="internal")
    elif why == "no access":
        sandbox.forbid("nb0")
    else:
        sandbox.fault(method="GET", path="notebooks/?", status=200, body=EMPTY, times=None)
    if why == "errors":
        sandbox.fault(method="GET", path="notebooks/nb", status=500, times=None)
    for _ in range(2):
        sync(mirror, sandbox)
    assert sorted(pages(mirror)) == [f"{short_id}.md" for short_id in IDS]
    assert {name: before[name] for name in pages(mirror)} == {
        name: touched(mirror)[name] for name in pages(mirror)
    }
    assert {method for method, _ in asked(sandbox)} == {"GET"}


def test_a_directory_that_is_not_mounted_deletes_no_notebook(
    sandbox: Sandbox, mirror: Path, tmp_path: Path
) -> None:
    away = tmp_path / "away"
    away.mkdir()
    for page in mirror.glob("*.md"):
        page.rename(away / page.name)
    report = sync(mirror, sandbox)
    assert (report.held, report.changes) == (tuple(IDS), ())
    assert {method for method, _ in asked(sandbox)} == {"GET"}
    for page in away.iterdir():
        page.rename(mirror / page.name)
    assert sync(mirror, sandbox).held == ()


def test_a_dry_run_shows_what_is_then_done_and_does_none_of_it(
    ana: Person, sandbox: Sandbox
) -> None:
    edit_there(sandbox, "nb0", "One.", "One, there.")
    edit(ana.folder / "nb1.md", "One.", "One, here.")
    edit_there(sandbox, "nb2", "One.", "One, there.")
    edit(ana.folder / "nb2.md", "Three.", "Three, here.")
    sandbox.write("nb3", deleted=True)
    edit_there(sandbox, "nb4", "One.", "One, there.")
    edit(ana.folder / "nb4.md", "One.", "One, here.")
    assert ana.types("new", "A new one").code == 0
    before = without_cache(ana.folder)
    shown = ana.types("sync", "-n", "--json").document
    assert without_cache(ana.folder) == before
    assert {method for method, _ in asked(sandbox)} == {"GET"}
    done = ana.types("sync", "--json").document
    assert changes(shown) == changes(done)
    assert len(changes(done)) == 6
    assert [each["short_id"] for each in shown["conflicts"]] == ["nb4"]
    assert [each["short_id"] for each in done["conflicts"]] == ["nb4"]


def without_cache(root: Path) -> dict[str, Any]:
    cache = (".nbsync/index.sqlite3", ".nbsync/lock")
    return {name: stat for name, stat in touched(root).items() if not name.startswith(cache)}


def changes(document: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(one["short_id"], one["side"], one["action"]) for one in document["changes"]]


def test_what_is_wrong_with_one_notebook_holds_up_no_other(sandbox: Sandbox, mirror: Path) -> None:
    there(sandbox, "nb0", "One.", "One, there.")
    edit(mirror / "nb0.md", "One.", "One, here.")
    (mirror / "nb1.md").write_bytes(b"\xff\xfe")
    for short_id in ("nb2", "nb4"):
        there(sandbox, short_id, "One.", "One, there.")
    sandbox.fault(path="/notebooks/nb2/", status=500, times=None)
    edit(mirror / "nb3.md", "One.", "One, here.")
    for _ in range(2):
        report = sync(mirror, sandbox)
    assert [each.short_id for each in report.conflicts] == ["nb0"]
    assert {each.short_id for each in report.unreadable} == {"nb1", "nb2"}
    assert "One, here." in markdown_on(sandbox, "nb3")
    assert "One, there." in (mirror / "nb4.md").read_text()
    assert [path for method, path in asked(sandbox) if method == "PATCH"] == ["nb3/"]
