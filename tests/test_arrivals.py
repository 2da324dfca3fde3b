"""Many notebooks that are new here: written together, and never too many at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from effects import EFFECTS, Clock, Watched
from failpoints import killed_at
from mirrors import asked, edit, go, opened, pages, seed_each, there
from nbsync.errors import Busy, NbsyncError, Unavailable
from nbsync.model import Page, Record
from nbsync.sandbox import Sandbox
from nbsync.sync import Mirror, run

IDS = [f"nb{index:03}" for index in range(40)]


class Around:
    """A side of a mirror with one method of its own."""

    def __init__(self, target: Any, **own: Any) -> None:
        self._target = target
        self._own = own

    def __getattr__(self, name: str) -> Any:
        return self._own.get(name) or getattr(self._target, name)


def refusing(local: Any, error: NbsyncError) -> Any:
    """A directory that refuses to write one page."""

    def write_new(new: Sequence[Page]) -> Any:
        outcomes = iter(local.write_new([page for page in new if page.short_id != "nb005"]))
        return [error if page.short_id == "nb005" else next(outcomes) for page in new]

    return Around(local, write_new=write_new)


def refused_by_git(new: Sequence[Page]) -> Any:
    raise Busy("git is at work.")


def bases(root: Path) -> set[str]:
    return {path.stem for path in root.glob(".nbsync/base/*.json")}


def test_each_base_is_written_after_its_page(sandbox: Sandbox, tmp_path: Path) -> None:
    seed_each(sandbox, IDS)
    written: list[str] = []
    with opened(tmp_path, sandbox) as mirror:
        local, store = mirror.local, mirror.store

        def write_new(new: Sequence[Page]) -> Any:
            outcomes = local.write_new(new)
            written.extend(page.short_id for page in new)
            return outcomes

        def put_bases(records: Sequence[Record]) -> Any:
            assert {record.short_id for record in records} <= {*written}
            assert all((tmp_path / f"{record.short_id}.md").exists() for record in records)
            return store.put_bases(records)

        sides: Any = (Around(local, write_new=write_new), Around(store, put_bases=put_bases))
        report = run(replace(mirror, local=sides[0], store=sides[1]), pull=True)
    assert sorted(written) == [done.short_id for done in report.changes] == IDS
    assert bases(tmp_path) == set(IDS)


def test_a_page_that_cannot_be_written_holds_up_no_other(sandbox: Sandbox, tmp_path: Path) -> None:
    seed_each(sandbox, IDS)
    with opened(tmp_path, sandbox) as mirror:
        local = refusing(mirror.local, NbsyncError("nb005.md cannot be written: no."))
        report = run(replace(mirror, local=local), pull=True)
        assert [kept.record is not None for kept in mirror.store.kept("nb005")] == [True]
    assert [problem.short_id for problem in report.problems] == ["nb005"]
    assert len(report.changes) == len(IDS) - 1
    assert bases(tmp_path) == {*IDS} - {"nb005"}
    asked(sandbox)
    assert [done.short_id for done in go(tmp_path, sandbox, "pull").changes] == ["nb005"]
    assert len(asked(sandbox)) == 2


def test_a_base_that_cannot_be_written_is_made_up_for_by_the_next_run(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    seed_each(sandbox, IDS[:3])
    with opened(tmp_path, sandbox) as mirror:

        def put_bases(records: Sequence[Record]) -> list[NbsyncError]:
            return [NbsyncError(f"{each.short_id}.json cannot be written: no.") for each in records]

        store: Any = Around(mirror.store, put_bases=put_bases)
        report = run(replace(mirror, store=store), pull=True)
    assert (len(report.problems), report.changes) == (3, ())
    assert len(pages(tmp_path)) == 3
    assert go(tmp_path, sandbox, "pull").problems == ()
    assert bases(tmp_path) == set(IDS[:3])


def test_git_at_work_ends_the_run_and_leaves_whole_what_was_written(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    seed_each(sandbox, IDS)
    merge = tmp_path / ".git" / "MERGE_HEAD"
    merge.parent.mkdir()
    (tmp_path / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    with opened(tmp_path, sandbox) as mirror:
        written: list[str] = []

        def write_new(new: Sequence[Page]) -> Any:
            if written:
                merge.touch()
            written.extend(page.short_id for page in new)
            return mirror.local.write_new(new)

        local: Any = Around(mirror.local, write_new=write_new)
        with pytest.raises(Busy):
            run(replace(mirror, local=local), pull=True)
    assert len(bases(tmp_path)) == 32
    assert {f"{short_id}.md" for short_id in bases(tmp_path)} == pages(tmp_path).keys()
    assert not list(tmp_path.rglob(".nbsync-tmp-*"))
    merge.unlink()
    assert len(go(tmp_path, sandbox, "pull").changes) == 8
    assert bases(tmp_path) == set(IDS)


def test_what_arrived_before_the_server_was_gone_is_not_asked_for_again(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    seed_each(sandbox, IDS)
    with opened(tmp_path, sandbox) as mirror:

        def fetch(short_ids: Iterable[str]) -> Iterator[tuple[str, Any]]:
            for done, pair in enumerate(mirror.remote.fetch(short_ids)):
                if done == 5:
                    raise Unavailable("The server is gone.")
                yield pair

        remote: Any = Around(mirror.remote, fetch=fetch)
        report = run(replace(mirror, remote=remote), pull=True)
    assert (len(report.changes), len(report.problems)) == (5, 1)
    assert len(bases(tmp_path)) == 5
    asked(sandbox)
    assert len(go(tmp_path, sandbox, "pull").changes) == 35


@pytest.mark.parametrize("busy", [False, True])
def test_an_interrupt_leaves_whole_what_arrived(
    sandbox: Sandbox, tmp_path: Path, *, busy: bool
) -> None:
    seed_each(sandbox, IDS[:8])
    with opened(tmp_path, sandbox) as mirror:
        arrived: list[str] = []

        def fetch(short_ids: Iterable[str]) -> Iterator[tuple[str, Any]]:
            for pair in mirror.remote.fetch(short_ids):
                if len(arrived) == 5:
                    raise KeyboardInterrupt
                arrived.append(pair[0])
                yield pair

        local = Around(mirror.local, write_new=refused_by_git) if busy else mirror.local
        sides: Any = {"remote": Around(mirror.remote, fetch=fetch), "local": local}
        with pytest.raises(KeyboardInterrupt):
            run(replace(mirror, **sides), pull=True)
    assert bases(tmp_path) == (set() if busy else set(arrived))
    assert pages(tmp_path).keys() == {f"{short_id}.md" for short_id in bases(tmp_path)}


def test_killed_at_any_effect_a_first_pull_goes_on_where_it_stopped(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    seed_each(sandbox, IDS[:2])
    go(tmp_path / "whole", sandbox, "pull")
    whole, kill_at, killed = pages(tmp_path / "whole"), 0, True
    while killed:
        kill_at += 1
        root = tmp_path / str(kill_at)
        killed = killed_at(
            opened(root, sandbox), lambda mirror: run(mirror, pull=True), kill_at, small=True
        )
        left = pages(root)
        assert left.items() <= whole.items(), kill_at
        assert {f"{short_id}.md" for short_id in bases(root)} <= left.keys(), kill_at
        report = go(root, sandbox, "pull")
        assert (report.problems, report.unreadable) == ((), ()), kill_at
        assert (pages(root), bases(root)) == (whole, {*IDS[:2]}), kill_at
        assert not list(root.rglob(".nbsync-tmp-*")), kill_at
    assert kill_at > 10


def test_a_notebook_with_an_open_conflict_and_no_base_is_no_new_one(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    seed_each(sandbox, IDS[:1])
    go(tmp_path, sandbox, "pull")
    there(sandbox, "nb000", "One.", "One, there.")
    edit(tmp_path / "nb000.md", "One.", "One, here.")
    assert len(go(tmp_path, sandbox, "pull").conflicts) == 1
    (tmp_path / "nb000.md").unlink()
    (tmp_path / ".nbsync/base/nb000.json").unlink()
    for _ in range(2):
        report = go(tmp_path, sandbox, "pull")
    assert (report.problems, report.conflicts) == ((), ())
    assert "One, there." in pages(tmp_path)["nb000.md"]
    with opened(tmp_path, sandbox) as mirror:
        assert mirror.store.conflicts() == {}


@pytest.mark.parametrize(("size", "most"), [(10, 32), (600_000, 2)])
def test_no_more_wait_to_be_written_than_fit_into_a_little_memory(
    sandbox: Sandbox, tmp_path: Path, size: int, most: int
) -> None:
    number = 40 if size == 10 else 6
    for short_id in IDS[:number]:
        sandbox.seed(short_id=short_id, title="T", content=sandbox.markdown("x" * size))
    waiting = []
    with opened(tmp_path, sandbox) as mirror:

        def fetch(short_ids: Iterable[str]) -> Iterator[tuple[str, Any]]:
            for done, pair in enumerate(mirror.remote.fetch(short_ids)):
                waiting.append(done - len(pages(tmp_path)))
                yield pair

        remote: Any = Around(mirror.remote, fetch=fetch)
        run(replace(mirror, remote=remote), pull=True)
    assert max(waiting) < most
    assert len(bases(tmp_path)) == number


def test_a_dry_run_writes_nothing(sandbox: Sandbox, tmp_path: Path) -> None:
    seed_each(sandbox, IDS[:9])
    clock = Clock()
    with opened(tmp_path, sandbox) as mirror:
        local: Any = Watched(mirror.local, EFFECTS["local"], clock)
        watched = Mirror(local, mirror.remote, mirror.store)
        assert len(run(watched, pull=True, dry_run=True).changes) == 9
    assert (clock.count, pages(tmp_path)) == (0, {})


def test_ids_that_differ_in_case_alone_get_places_of_their_own(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    seed_each(sandbox, ["aB3", "Ab3", "ab3"])
    go(tmp_path, sandbox, "pull")
    assert len({path.lower() for path in pages(tmp_path)}) == 3
