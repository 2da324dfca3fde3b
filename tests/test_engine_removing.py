"""Notebooks deleted by name: on both sides, or on none, and never what somebody just wrote."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from failpoints import killed_at
from mirrors import asked, edit, go, opened, pages, pulled, sync, there
from nbsync.errors import AuthError, Busy, GuardTripped, PreconditionFailed, Unavailable
from nbsync.model import LocalReplica, Page, Record, RemoteReplica, Report, Unreadable
from nbsync.sandbox import Sandbox
from nbsync.sync import Mirror
from nbsync.sync.pages import add
from nbsync.sync.removing import remove_each

ID, PAGE = "aB3dE5fG", "aB3dE5fG.md"
TEXT = "# W\n\nOne.\n\nTwo.\n\nThree."
HEAD = ("GET", "?limit=100&offset=0")
DELETION = ("PATCH", f"{ID}/")


@pytest.fixture
def mirror(sandbox: Sandbox, tmp_path: Path) -> Path:
    """A mirror of eight notebooks."""
    seed(sandbox)
    return pulled(tmp_path / "mirror", sandbox)


def seed(sandbox: Sandbox) -> None:
    for number in range(7):
        sandbox.seed(short_id=f"other{number}", title="O", content=sandbox.markdown("Other."))
    sandbox.seed(short_id=ID, title="W", content=sandbox.markdown(TEXT))


def remove(
    root: Path,
    sandbox: Sandbox,
    *short_ids: str,
    force: bool = False,
    dry_run: bool = False,
    allowed: int | None = None,
) -> Report:
    with opened(root, sandbox) as mirror:
        return remove_each(mirror, short_ids or [ID], force=force, dry_run=dry_run, allowed=allowed)


def is_deleted(sandbox: Sandbox, short_id: str = ID) -> bool:
    return sandbox.record(short_id)["deleted"] is True


def done(report: Report) -> set[tuple[str, str, str]]:
    assert [problem.error for problem in report.problems] == []
    assert report.unreadable == ()
    return {(change.short_id, change.side.value, change.action) for change in report.changes}


BOTH = {(ID, "local", "delete"), (ID, "remote", "delete")}
HERE = {(ID, "local", "delete")}


def refused(report: Report, root: Path, sandbox: Sandbox) -> tuple[str, str]:
    """Nothing was done, on either side; what was said, and the hint."""
    assert report.changes == ()
    assert not is_deleted(sandbox)
    [problem] = report.problems
    assert problem.exit_code == 4
    return problem.error, problem.hint


def kept(root: Path, text: str) -> bool:
    """Whether the history has a page's text that holds this."""
    return any(text in path.read_text() for path in (root / ".nbsync/history" / ID).glob("page-*"))


# --- what goes -------------------------------------------------------------------------------


def test_a_notebook_goes_on_both_sides_in_two_requests_and_its_text_stays_in_the_history(
    sandbox: Sandbox, mirror: Path
) -> None:
    report = remove(mirror, sandbox)
    assert done(report) == BOTH
    assert (report.requests, report.tracked) == (2, 7)
    assert asked(sandbox) == [HEAD, DELETION]
    assert is_deleted(sandbox)
    assert PAGE not in pages(mirror)
    assert not (mirror / ".nbsync/base" / f"{ID}.json").exists()
    assert kept(mirror, "Three.")
    assert sync(mirror, sandbox).changes == ()
    assert asked(sandbox) == [HEAD]


def test_several_cost_one_list_and_a_request_each(sandbox: Sandbox, mirror: Path) -> None:
    report = remove(mirror, sandbox, "other1", ID, "other2", ID)
    assert len(report.changes) == 6
    log = asked(sandbox)
    assert log[0] == HEAD
    assert sorted(log[1:]) == sorted([DELETION, ("PATCH", "other1/"), ("PATCH", "other2/")])


def test_of_a_missing_page_the_notebook_alone_goes(sandbox: Sandbox, mirror: Path) -> None:
    (mirror / PAGE).unlink()
    assert done(remove(mirror, sandbox)) == {(ID, "remote", "delete")}
    assert asked(sandbox) == [HEAD, DELETION]
    assert is_deleted(sandbox)
    assert sync(mirror, sandbox).held == ()


def test_of_a_notebook_that_is_gone_already_the_page_goes(sandbox: Sandbox, mirror: Path) -> None:
    sandbox.write(ID, deleted=True)
    assert done(remove(mirror, sandbox)) == HERE
    assert asked(sandbox) == [HEAD, ("GET", f"{ID}/")]
    assert PAGE not in pages(mirror)


def test_a_notebook_that_goes_for_good_in_the_same_moment_is_no_failure(
    sandbox: Sandbox, mirror: Path
) -> None:
    with opened(mirror, sandbox) as here:
        meanwhile = Meanwhile(here.remote, lambda: sandbox.purge(ID))
        report = remove_each(Mirror(here.local, meanwhile, here.store), [ID])  # type: ignore[arg-type]
    assert done(report) == BOTH
    assert PAGE not in pages(mirror)


def test_a_page_that_was_never_sent_goes_without_a_request(sandbox: Sandbox, mirror: Path) -> None:
    short_id = taken_in(mirror, sandbox, "# Draft\n\nMine.\n")
    assert done(remove(mirror, sandbox, short_id)) == {(short_id, "local", "delete")}
    assert asked(sandbox) == []
    assert "draft.md" not in pages(mirror)
    [text] = (mirror / ".nbsync/history" / short_id).glob("page-*")
    assert "Mine." in text.read_text()
    assert sync(mirror, sandbox).changes == ()


def test_an_intent_without_its_page_is_struck(sandbox: Sandbox, mirror: Path) -> None:
    short_id = taken_in(mirror, sandbox, "# Draft\n")
    (mirror / "draft.md").unlink()
    assert done(remove(mirror, sandbox, short_id)) == {(short_id, "local", "forget")}
    with opened(mirror, sandbox) as here:
        assert here.store.journal() == ()


def test_an_old_text_that_git_brought_back_is_no_edit_and_goes(
    sandbox: Sandbox, mirror: Path
) -> None:
    old = (mirror / PAGE).read_text()
    there(sandbox, ID, "Two.", "Two, there.")
    go(mirror, sandbox, "pull")
    (mirror / PAGE).write_text(old)
    for path in (mirror / ".nbsync").glob("index.sqlite3*"):
        path.unlink()
    assert done(remove(mirror, sandbox)) == BOTH
    assert kept(mirror, "Two.\n")


def test_a_notebook_that_is_not_listed_is_looked_up_first(sandbox: Sandbox, mirror: Path) -> None:
    unlist(sandbox)
    assert done(remove(mirror, sandbox)) == BOTH
    assert asked(sandbox) == [HEAD, ("GET", f"{ID}/"), DELETION]


def test_a_notebook_that_is_not_listed_and_was_changed_there_stays(
    sandbox: Sandbox, mirror: Path
) -> None:
    unlist(sandbox)
    there(sandbox, ID, "Two.", "Two, there.")
    error, _ = refused(remove(mirror, sandbox), mirror, sandbox)
    assert "changed in PostHog" in error


def unlist(sandbox: Sandbox) -> None:
    """Make the notebook internal: it is in no list, and a GET shows it."""
    kept = ("short_id", "title", "content", "version", "last_modified_at", "created_at")
    sandbox.seed(**{name: sandbox.record(ID)[name] for name in kept}, visibility="internal")


def taken_in(root: Path, sandbox: Sandbox, text: str) -> str:
    (root / "draft.md").write_text(text)
    with opened(root, sandbox) as mirror:
        return add(mirror, "draft.md", text, scope="here").short_id


# --- what stays ------------------------------------------------------------------------------


def test_what_was_saved_there_since_is_not_deleted(sandbox: Sandbox, mirror: Path) -> None:
    there(sandbox, ID, "Two.", "Two, there.")
    for force in (False, True):
        error, hint = refused(remove(mirror, sandbox, force=force), mirror, sandbox)
        assert "changed in PostHog" in error
        assert hint == f"nbsync pull {ID}"
    assert asked(sandbox) == [HEAD, HEAD]
    go(mirror, sandbox, "pull")
    assert done(remove(mirror, sandbox)) == BOTH


def test_edits_that_were_never_sent_stay_unless_forced(sandbox: Sandbox, mirror: Path) -> None:
    edit(mirror / PAGE, "Two.", "Two, here.")
    error, hint = refused(remove(mirror, sandbox), mirror, sandbox)
    assert error == f"{PAGE} has edits that were never sent."
    assert hint.startswith(f"nbsync push {ID} ")
    assert "Two, here." in (mirror / PAGE).read_text()
    assert done(remove(mirror, sandbox, force=True)) == BOTH
    assert is_deleted(sandbox)
    assert kept(mirror, "Two, here.")


def test_an_edited_page_of_a_notebook_that_is_gone_goes_when_forced(
    sandbox: Sandbox, mirror: Path
) -> None:
    edit(mirror / PAGE, "Two.", "Two, here.")
    sandbox.write(ID, deleted=True)
    [problem] = remove(mirror, sandbox).problems
    assert "never sent" in problem.error
    assert done(remove(mirror, sandbox, force=True)) == HERE
    assert kept(mirror, "Two, here.")


def test_a_conflict_is_to_be_settled_first(sandbox: Sandbox, mirror: Path) -> None:
    there(sandbox, ID, "Two.", "Two, there.")
    edit(mirror / PAGE, "Two.", "Two, here.")
    sync(mirror, sandbox)
    error, hint = refused(remove(mirror, sandbox, force=True), mirror, sandbox)
    assert "conflict" in error
    assert hint.startswith(f"nbsync resolve {ID} --edit")


def test_a_page_that_cannot_be_read_stays_and_so_does_its_notebook(
    sandbox: Sandbox, mirror: Path
) -> None:
    (mirror / PAGE).write_bytes(b"\xff")
    report = remove(mirror, sandbox, force=True)
    assert (report.changes, report.problems) == ((), ())
    assert [found.short_id for found in report.unreadable] == [ID]
    assert not is_deleted(sandbox)


def test_a_notebook_that_the_key_may_not_see_stays(sandbox: Sandbox, mirror: Path) -> None:
    sandbox.forbid(ID)
    report = remove(mirror, sandbox)
    assert [found.exit_code for found in report.unreadable] == [3]
    assert PAGE in pages(mirror)


def test_a_page_that_may_have_been_sent_is_to_be_pushed_first(
    sandbox: Sandbox, mirror: Path
) -> None:
    short_id = taken_in(mirror, sandbox, "# Draft\n\nMine.\n")
    sandbox.fault(method="POST", drop="after", times=None)
    sandbox.fault(method="GET", path=short_id, drop="before", times=None)
    go(mirror, sandbox, "push")
    sandbox.clear()
    report = remove(mirror, sandbox, short_id)
    assert [problem.hint for problem in report.problems] == [f"nbsync push {short_id}"]
    assert "draft.md" in pages(mirror)
    go(mirror, sandbox, "push")
    assert len(remove(mirror, sandbox, short_id).changes) == 2


def test_what_was_never_here_or_never_compared_is_to_be_pulled_first(
    sandbox: Sandbox, mirror: Path
) -> None:
    sandbox.seed(short_id="new00001", title="N", content=sandbox.markdown("New."))
    (mirror / ".nbsync/base" / f"{ID}.json").unlink()
    edit(mirror / PAGE, "Two.", "Two, here.")
    report = remove(mirror, sandbox, "new00001", ID)
    assert [problem.hint for problem in report.problems] == [
        "nbsync pull new00001",
        f"nbsync pull {ID}",
    ]
    assert not is_deleted(sandbox) and not is_deleted(sandbox, "new00001")


def test_a_file_that_posthog_has_no_notebook_of_stays(sandbox: Sandbox, mirror: Path) -> None:
    (mirror / "odd.md").write_text('---\nshort_id: "zzzzzzzz"\n---\n\nMine.\n')
    report = remove(mirror, sandbox, "zzzzzzzz", "yyyyyyyy")
    mine, nobodys = report.problems
    assert mine.error.startswith("odd.md: PostHog has no notebook zzzzzzzz")
    assert (nobodys.exit_code, nobodys.hint) == (2, "nbsync list")
    assert "odd.md" in pages(mirror)


def test_too_many_at_once_are_to_be_confirmed(sandbox: Sandbox, mirror: Path) -> None:
    short_ids = [f"other{number}" for number in range(6)]
    with pytest.raises(GuardTripped) as found:
        remove(mirror, sandbox, *short_ids)
    assert found.value.count == 6
    assert asked(sandbox) == [HEAD]
    assert len(pages(mirror)) == 8
    assert len(remove(mirror, sandbox, *short_ids, allowed=6).changes) == 12


def test_a_dry_run_tells_and_changes_nothing(sandbox: Sandbox, mirror: Path) -> None:
    short_id = taken_in(mirror, sandbox, "# Draft\n")
    edit(mirror / PAGE, "Two.", "Two, here.")
    before = pages(mirror)
    (mirror / "other1.md").unlink()
    report = remove(mirror, sandbox, ID, "other1", short_id, force=True, dry_run=True)
    assert done(report) == BOTH | {("other1", "remote", "delete"), (short_id, "local", "delete")}
    assert pages(mirror) | {"other1.md": before["other1.md"]} == before
    assert not is_deleted(sandbox)
    assert asked(sandbox) == [HEAD]


def test_a_dry_run_of_a_notebook_that_is_gone_tells_of_the_page_alone(
    sandbox: Sandbox, mirror: Path
) -> None:
    sandbox.write(ID, deleted=True)
    assert done(remove(mirror, sandbox, dry_run=True)) == HERE
    assert PAGE in pages(mirror)


# --- what goes wrong -------------------------------------------------------------------------


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("edited", [False, True])
def test_after_a_lost_answer_a_second_rm_completes(
    sandbox: Sandbox, mirror: Path, when: str, *, edited: bool
) -> None:
    if edited:
        edit(mirror / PAGE, "Two.", "Two, here.")
    before = pages(mirror)
    sandbox.fault(method="PATCH", drop=when)
    [problem] = remove(mirror, sandbox, force=edited).problems
    assert problem.hint == f"nbsync rm{' --force' if edited else ''} {ID}"
    assert pages(mirror) == before
    remove(mirror, sandbox, force=edited)
    assert is_deleted(sandbox)
    assert PAGE not in pages(mirror)
    assert sync(mirror, sandbox).changes == ()


def test_a_key_that_may_only_read_deletes_nothing(sandbox: Sandbox, mirror: Path) -> None:
    edit(mirror / PAGE, "Two.", "Two, here.")
    before = pages(mirror)
    with opened(mirror, sandbox, key=sandbox.read_only_key) as here, pytest.raises(AuthError):
        remove_each(here, [ID], force=True)
    assert pages(mirror) == before


def test_a_server_that_goes_away_halfway_ends_it_and_the_rest_stays(
    sandbox: Sandbox, mirror: Path
) -> None:
    sandbox.fault(
        method="PATCH", path="other", status=429, times=None, headers={"Retry-After": "3600"}
    )
    report = remove(mirror, sandbox, ID, "other1", "other2")
    assert {change.short_id for change in report.changes} == {ID}
    assert [problem.short_id for problem in report.problems] == ["other1"]
    with pytest.raises(Unavailable):
        remove(mirror, sandbox, "other1", "other2")


def test_one_that_is_refused_holds_up_no_other(sandbox: Sandbox, mirror: Path) -> None:
    sandbox.fault(method="PATCH", path=ID, status=400)
    report = remove(mirror, sandbox, ID, "other1")
    assert [problem.short_id for problem in report.problems] == [ID]
    assert {change.short_id for change in report.changes} == {"other1"}


class Meanwhile:
    """A server, and what somebody else does just before each deletion reaches it."""

    def __init__(self, remote: RemoteReplica, act: object) -> None:
        self._remote = remote
        self._act = act

    def __getattr__(self, name: str) -> object:
        return getattr(self._remote, name)

    def delete(self, old: Record) -> Record:
        self._act()  # type: ignore[operator]
        return self._remote.delete(old)


def test_a_page_that_is_edited_during_the_deletion_stays_and_can_bring_the_notebook_back(
    sandbox: Sandbox, mirror: Path
) -> None:
    with opened(mirror, sandbox) as here:
        meanwhile = Meanwhile(here.remote, lambda: edit(mirror / PAGE, "Two.", "Two, late."))
        report = remove_each(Mirror(here.local, meanwhile, here.store), [ID])  # type: ignore[arg-type]
    [problem] = report.problems
    assert problem.hint.startswith(f"nbsync push {ID}")
    assert "Two, late." in (mirror / PAGE).read_text()
    go(mirror, sandbox, "push")
    assert not is_deleted(sandbox)
    assert "Two, late." in str(sandbox.record(ID)["content"])


class Saving:
    """A directory in which somebody saves a page right after it was looked at."""

    def __init__(self, local: LocalReplica, path: Path) -> None:
        self._local = local
        self._path = path

    def __getattr__(self, name: str) -> object:
        return getattr(self._local, name)

    def read(self, short_id: str, path: str) -> Page | Unreadable | None:
        if "late" not in self._path.read_text():
            edit(self._path, "Two.", "Two, late.")
        return self._local.read(short_id, path)


def test_a_page_that_is_edited_after_the_look_stays_and_so_does_its_notebook(
    sandbox: Sandbox, mirror: Path
) -> None:
    with opened(mirror, sandbox) as here:
        saving = Saving(here.local, mirror / PAGE)
        report = remove_each(Mirror(saving, here.remote, here.store), [ID])  # type: ignore[arg-type]
    error, hint = refused(report, mirror, sandbox)
    assert "changed while nbsync was at work" in error
    assert hint == f"nbsync rm {ID}"


def test_git_beginning_its_work_halfway_ends_it_and_what_was_done_is_told(
    sandbox: Sandbox, mirror: Path
) -> None:
    (mirror / ".git").mkdir()
    (mirror / ".git/HEAD").write_text("ref: refs/heads/main\n")
    with opened(mirror, sandbox) as here:
        meanwhile = Meanwhile(here.remote, (mirror / ".git/index.lock").touch)
        there_and_here = Mirror(here.local, meanwhile, here.store)  # type: ignore[arg-type]
        report = remove_each(there_and_here, [ID, "other1"])
    assert [(change.short_id, change.side.value) for change in report.changes] == [(ID, "remote")]
    assert [problem.short_id for problem in report.problems] == [ID]
    assert not is_deleted(sandbox, "other1")
    (mirror / ".git/index.lock").unlink()
    sync(mirror, sandbox)
    assert PAGE not in pages(mirror)


def test_while_git_is_at_work_nothing_is_deleted(sandbox: Sandbox, mirror: Path) -> None:
    (mirror / ".git").mkdir()
    (mirror / ".git/HEAD").write_text("ref: refs/heads/main\n")
    (mirror / ".git/index.lock").touch()
    with pytest.raises(Busy):
        remove(mirror, sandbox)
    assert not is_deleted(sandbox)


@pytest.mark.parametrize("scene", ["clean", "forced", "draft"])
def test_killed_after_any_effect_the_next_sync_leaves_both_sides_or_none(
    sandbox: Sandbox, tmp_path: Path, scene: str
) -> None:
    seed(sandbox)
    go(tmp_path / "pulled", sandbox, "pull")
    if scene == "forced":
        edit(tmp_path / "pulled" / PAGE, "Two.", "Two, here.")
    short_id = ID
    if scene == "draft":
        short_id = taken_in(tmp_path / "pulled", sandbox, "# Draft\n\nMine.\n")
    kill_at, killed = 0, True
    while killed:
        kill_at += 1
        sandbox.reset()
        seed(sandbox)
        root = tmp_path / f"killed-{kill_at}"
        shutil.copytree(tmp_path / "pulled", root)
        killed = killed_at(
            opened(root, sandbox),
            lambda mirror: remove_each(mirror, [short_id], force=True),
            kill_at,
            small=False,
        )
        if scene == "draft":
            remove(root, sandbox, short_id)
            assert "draft.md" not in pages(root)
            assert sync(root, sandbox).changes == ()
            continue
        gone = is_deleted(sandbox)
        sync(root, sandbox)
        assert is_deleted(sandbox) is gone is (PAGE not in pages(root)), kill_at
        assert sync(root, sandbox).changes == ()
        if not gone:
            remove(root, sandbox, force=True)
        assert is_deleted(sandbox) and PAGE not in pages(root)
        assert kept(root, "Two, here." if scene == "forced" else "Two.")
    assert kill_at > 3


def test_a_page_that_moved_between_the_look_and_the_deletion_is_not_taken_for_missing(
    sandbox: Sandbox, mirror: Path
) -> None:
    with opened(mirror, sandbox) as here:
        saving = Renaming(here.local, mirror / PAGE)
        report = remove_each(Mirror(saving, here.remote, here.store), [ID])  # type: ignore[arg-type]
    error, _ = refused(report, mirror, sandbox)
    assert "moved or removed" in error
    assert PreconditionFailed.exit_code == 4


class Renaming(Saving):
    """A directory in which somebody renames a page right after it was looked at."""

    def read(self, short_id: str, path: str) -> Page | Unreadable | None:
        if self._path.exists():
            self._path.rename(self._path.with_name("renamed.md"))
        return self._local.read(short_id, path)
