"""resolve --merged: what somebody made of the draft becomes the page, or nothing changes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from failpoints import killed_at
from mirrors import asked, edit, go, markdown_on, opened, pages, sync, there, touched
from nbsync.errors import NbsyncError
from nbsync.formats.markers import marks_left
from nbsync.model import Report
from nbsync.sandbox import Sandbox
from nbsync.sync.recover import recover
from nbsync.sync.resolving import Waiting, open_conflicts, resolve_each, take_merged_each, to_merge

ID, PAGE = "aB3dE5fG", "aB3dE5fG.md"
TEXT = "# W\n\nOne.\n\nTwo.\n\nThree."
SETTLED = "# W\n\nOne, settled.\n\nTwo.\n\nThree."
MERGED = f".nbsync/conflicts/{ID}/merged"


def rich(*paragraphs: str) -> dict[str, Any]:
    blocks = [
        {"type": "paragraph", "content": [{"type": "text", "text": text}]} for text in paragraphs
    ]
    return {"type": "doc", "content": blocks}


@pytest.fixture
def mirror(sandbox: Sandbox, tmp_path: Path) -> Path:
    """A mirror of one notebook, in conflict about its first paragraph."""
    root = tmp_path / "mirror"
    sandbox.seed(short_id=ID, title="W", content=sandbox.markdown(TEXT))
    go(root, sandbox, "pull")
    in_conflict(root, sandbox)
    return root


def in_conflict(root: Path, sandbox: Sandbox) -> None:
    there(sandbox, ID, "One.", "One, there.")
    edit(root / PAGE, "One.", "One, here.")
    assert len(sync(root, sandbox).conflicts) == 1
    asked(sandbox)


def folder(root: Path) -> Path:
    return root / ".nbsync" / "conflicts" / ID


def settle(root: Path, text: str, *, suffix: str = ".md") -> None:
    """Put what stands between marks in order: `text` takes the place of each marked region."""
    path = folder(root) / f"merged{suffix}"
    lines: list[str] = []
    inside = False
    for line in path.read_text().split("\n"):
        if line.startswith("<<<<<<< "):
            lines, inside = [*lines, text], True
        elif line.startswith(">>>>>>> "):
            inside = False
        elif not inside:
            lines.append(line)
    path.write_text("\n".join(lines))


def take(root: Path, sandbox: Sandbox) -> Report:
    with opened(root, sandbox) as mirror:
        return take_merged_each(mirror, [ID])


def refused(root: Path, sandbox: Sandbox) -> tuple[str, str]:
    """The error and the hint of a refusal, which changes nothing."""
    before = touched(root)
    (problem,) = take(root, sandbox).problems
    after = touched(root)
    for found in (before, after):
        for name in [name for name in found if name.startswith(".nbsync/index")]:
            del found[name]
    assert before == after
    return problem.error, problem.hint


def kept(root: Path) -> set[str]:
    return {path.read_text() for path in (root / ".nbsync/history" / ID).glob("page-*")}


def waiting(root: Path, sandbox: Sandbox) -> Waiting:
    with opened(root, sandbox) as mirror:
        (one,) = open_conflicts(mirror)
    return one


def in_step(root: Path, sandbox: Sandbox) -> None:
    """The next push sends what was settled, and then all is quiet."""
    go(root, sandbox, "push")
    asked(sandbox)
    report = sync(root, sandbox)
    assert not (report.changes or report.problems or report.conflicts or report.unreadable)
    assert asked(sandbox) == [("GET", "?limit=100&offset=0")]


# --- taken -----------------------------------------------------------------------------------


def test_the_merged_text_becomes_the_page_and_the_next_push_sends_it(
    sandbox: Sandbox, mirror: Path
) -> None:
    ours = (mirror / PAGE).read_text()
    assert waiting(mirror, sandbox).left == 1
    settle(mirror, "One, settled.")
    one = waiting(mirror, sandbox)
    assert (one.left, one.outdated, one.conflict.regions) == (0, False, 1)
    draft = (folder(mirror) / "merged.md").read_text()
    report = take(mirror, sandbox)
    (change,) = report.changes
    assert (change.action, change.side, change.path, change.version) == ("merged", "local", PAGE, 1)
    assert (mirror / PAGE).read_text() == draft
    assert asked(sandbox) == []
    assert ours in kept(mirror)
    assert not folder(mirror).exists()
    in_step(mirror, sandbox)
    assert markdown_on(sandbox, ID) == SETTLED


def test_a_later_edit_in_posthog_is_merged_with_what_was_settled(
    sandbox: Sandbox, mirror: Path
) -> None:
    settle(mirror, "One, settled.")
    there(sandbox, ID, "Three.", "Three, later.")
    take(mirror, sandbox)
    in_step(mirror, sandbox)
    assert markdown_on(sandbox, ID) == SETTLED.replace("Three.", "Three, later.")


def test_a_page_that_went_missing_is_made_again_from_the_merged_text(
    sandbox: Sandbox, mirror: Path
) -> None:
    settle(mirror, "One, settled.")
    (mirror / PAGE).unlink()
    assert take(mirror, sandbox).problems == ()
    assert "One, settled." in (mirror / PAGE).read_text()
    in_step(mirror, sandbox)
    assert markdown_on(sandbox, ID) == SETTLED


def test_a_page_that_was_renamed_takes_the_merged_text_where_it_lies(
    sandbox: Sandbox, mirror: Path
) -> None:
    (mirror / PAGE).rename(mirror / "moved.md")
    settle(mirror, "One, settled.")
    take(mirror, sandbox)
    assert list(pages(mirror)) == ["moved.md"]
    in_step(mirror, sandbox)
    assert markdown_on(sandbox, ID) == SETTLED


def test_a_page_into_which_the_merged_text_was_copied_by_hand_is_settled_with_it(
    sandbox: Sandbox, mirror: Path
) -> None:
    settle(mirror, "One, settled.")
    shutil.copy(folder(mirror) / "merged.md", mirror / PAGE)
    assert not waiting(mirror, sandbox).outdated
    assert take(mirror, sandbox).problems == ()
    in_step(mirror, sandbox)
    assert markdown_on(sandbox, ID) == SETTLED


def test_titles_that_clash_are_settled_in_the_front_matter(sandbox: Sandbox, mirror: Path) -> None:
    edit(mirror / PAGE, "---\n\n", "title: Ours\n---\n\n")
    sandbox.write(ID, title="Theirs")
    sync(mirror, sandbox)
    assert 'title: "Theirs"\n>>>>>>> ' in (folder(mirror) / "merged.md").read_text()
    assert waiting(mirror, sandbox).left == 2
    path = folder(mirror) / "merged.md"
    text = path.read_text()
    head, _, rest = text.partition("<<<<<<<")
    path.write_text(head + "title: Both\n" + rest.partition("in PostHog\n")[2])
    settle(mirror, "One, settled.")
    assert take(mirror, sandbox).problems == ()
    in_step(mirror, sandbox)
    assert (sandbox.record(ID)["title"], markdown_on(sandbox, ID)) == ("Both", SETTLED)


def test_a_rich_text_page_is_settled_as_a_page_and_stays_rich_text(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.seed(short_id=ID, title="W", content=rich("One.", "Two."))
    go(tmp_path, sandbox, "pull")
    edit(tmp_path / PAGE, "One.", "One, here.")
    sandbox.write(ID, content=rich("One, there.", "Two."))
    sync(tmp_path, sandbox)
    assert (folder(tmp_path) / "base.md").read_text().endswith("One.\n\nTwo.\n")
    settle(tmp_path, "One, settled.")
    assert take(tmp_path, sandbox).problems == ()
    in_step(tmp_path, sandbox)
    assert sandbox.record(ID)["content"] == rich("One, settled.", "Two.")


def test_a_json_page_is_settled_as_json(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.seed(short_id=ID, title="W", content=rich("One."))
    go(tmp_path, sandbox, "pull", form="json")
    edit(tmp_path / f"{ID}.json", "One.", "One, here.")
    sandbox.write(ID, content=rich("One, there."))
    go(tmp_path, sandbox, "pull", "push", form="json")
    error, _ = refused(tmp_path, sandbox)
    assert error.startswith(f"{MERGED}.json:")
    settle(tmp_path, '            "text": "One, settled.",', suffix=".json")
    assert take(tmp_path, sandbox).problems == ()
    go(tmp_path, sandbox, "push", form="json")
    assert sandbox.record(ID)["content"] == rich("One, settled.")


def test_a_notebook_that_became_rich_text_is_settled_as_rich_text(
    sandbox: Sandbox, mirror: Path
) -> None:
    sandbox.write(ID, content=rich("One, rich.", "Two."))
    sync(mirror, sandbox)
    (folder(mirror) / "merged.md").write_text(f'---\nshort_id: "{ID}"\n---\n\nOne, settled.\n')
    assert take(mirror, sandbox).problems == ()
    in_step(mirror, sandbox)
    assert sandbox.record(ID)["content"] == rich("One, settled.")


def test_a_tag_of_rich_text_pages_is_refused_where_the_notebook_became_markdown(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.seed(short_id=ID, title="W", content=rich("One."))
    go(tmp_path, sandbox, "pull")
    edit(tmp_path / PAGE, "One.", "One, here.")
    sandbox.write(ID, content=sandbox.markdown("One, there."))
    sync(tmp_path, sandbox)
    settle(tmp_path, "One, settled.<Break />")
    error, hint = refused(tmp_path, sandbox)
    assert "this notebook is Markdown in PostHog now" in error
    assert hint == f"nbsync resolve {ID} --edit"
    edit(folder(tmp_path) / "merged.md", "<Break />", "")
    assert take(tmp_path, sandbox).problems == ()
    in_step(tmp_path, sandbox)
    assert markdown_on(sandbox, ID) == "One, settled."


def test_a_notebook_that_can_be_no_markdown_any_more_is_settled_as_json(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.seed(short_id=ID, title="W", content=rich("One."))
    go(tmp_path, sandbox, "pull")
    edit(tmp_path / PAGE, "One.", "One, here.")
    sandbox.write(ID, content={"other": 1})
    sync(tmp_path, sandbox)
    path = folder(tmp_path) / "merged.json"
    path.write_text(json.dumps({"short_id": ID, "title": "W", "content": {"other": 2}}))
    assert take(tmp_path, sandbox).problems == ()
    assert list(pages(tmp_path)) == [f"{ID}.json"]
    in_step(tmp_path, sandbox)
    assert sandbox.record(ID)["content"] == {"other": 2}


def test_marks_that_the_notebook_itself_holds_are_its_text(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    example = "<<<<<<< yours\n\nA\n\n=======\n\nB\n\n>>>>>>> theirs"
    sandbox.seed(short_id=ID, title="W", content=sandbox.markdown(f"{TEXT}\n\n{example}\n\nEnd."))
    go(tmp_path, sandbox, "pull")
    in_conflict(tmp_path, sandbox)
    error, _ = refused(tmp_path, sandbox)
    assert "markers are left" in error
    assert waiting(tmp_path, sandbox).left == 1
    path = folder(tmp_path) / "merged.md"
    head, _, rest = path.read_text().partition("<<<<<<< local")
    path.write_text(f"{head}One, settled.{rest.partition('in PostHog')[2]}")
    assert take(tmp_path, sandbox).problems == ()
    in_step(tmp_path, sandbox)
    assert markdown_on(sandbox, ID) == f"{SETTLED}\n\n{example}\n\nEnd."


# --- refused ---------------------------------------------------------------------------------


def test_a_draft_that_nobody_settled_is_refused_with_its_line(
    sandbox: Sandbox, mirror: Path
) -> None:
    error, hint = refused(mirror, sandbox)
    assert error == f"{MERGED}.md:7: Conflict markers are left in the text."
    assert hint == f"nbsync resolve {ID} --edit"


@pytest.mark.parametrize(
    ("gone", "line"),
    [
        (("<<<<<<<", "=======", "|||||||"), 10),
        (("<<<<<<<", "|||||||", ">>>>>>>"), 9),
        (("=======", "|||||||", ">>>>>>>"), 7),
        (("<<<<<<<", "=======", ">>>>>>>"), 8),
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_mark_that_was_forgotten_is_refused_too(
    sandbox: Sandbox, mirror: Path, gone: tuple[str, ...], line: int, line_end: str
) -> None:
    path = folder(mirror) / "merged.md"
    lines = [each for each in path.read_text().split("\n") if not each.startswith(gone)]
    path.write_bytes(line_end.join(lines).encode())
    error, _ = refused(mirror, sandbox)
    assert error.startswith(f"{MERGED}.md:{line}: Conflict markers")
    assert waiting(mirror, sandbox).left == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", ".md: The short_id is gone; this is notebook aB3dE5fG."),
        (b"One, settled.\n", ".md: The short_id is gone"),
        (b'---\nshort_id: "other"\n---\n\nOne.\n', ".md: The short_id is other; this is"),
        (b'---\nshort_id: "aB3dE5fG"\ntitle: [\n---\n\nOne.\n', ".md:"),
        (b'---\nshort_id: "aB3dE5fG"\n---\n\nCaf\xe9.\n', ".md:5: The text is not UTF-8."),
        ('---\nshort_id: "aB3dE5fG"\n---\n\nCafé.\n'.encode("utf-16"), ".md:1: The text is not"),
    ],
)
def test_a_merged_text_that_is_no_page_of_this_notebook_is_refused(
    sandbox: Sandbox, mirror: Path, text: bytes, said: str
) -> None:
    (folder(mirror) / "merged.md").write_bytes(text)
    error, hint = refused(mirror, sandbox)
    assert error.startswith(MERGED + said)
    assert hint == f"nbsync resolve {ID} --edit"


def test_a_page_that_was_edited_since_is_refused_and_the_next_sync_lays_out_both(
    sandbox: Sandbox, mirror: Path
) -> None:
    settle(mirror, "One, settled.")
    mine = (folder(mirror) / "merged.md").read_text()
    edit(mirror / PAGE, "Three.", "Three, here.")
    assert waiting(mirror, sandbox).outdated
    error, hint = refused(mirror, sandbox)
    assert error.startswith(f"{PAGE} was edited since {MERGED}.md was made of it")
    assert hint.startswith("nbsync sync   # ")
    sync(mirror, sandbox)
    assert mine in kept(mirror)
    assert "Three, here." in (folder(mirror) / "merged.md").read_text()
    settle(mirror, "One, settled.")
    assert take(mirror, sandbox).problems == ()
    in_step(mirror, sandbox)
    assert markdown_on(sandbox, ID) == SETTLED.replace("Three.", "Three, here.")


def test_a_page_that_was_edited_since_can_be_kept_as_it_is(sandbox: Sandbox, mirror: Path) -> None:
    settle(mirror, "One, settled.")
    mine = (folder(mirror) / "merged.md").read_text()
    edit(mirror / PAGE, "Three.", "Three, here.")
    with opened(mirror, sandbox) as one:
        assert resolve_each(one, [ID], ours=True).problems == ()
    assert mine in kept(mirror)
    in_step(mirror, sandbox)
    assert markdown_on(sandbox, ID) == "# W\n\nOne, here.\n\nTwo.\n\nThree, here."


def test_a_page_that_cannot_be_read_is_left_alone(sandbox: Sandbox, mirror: Path) -> None:
    settle(mirror, "One, settled.")
    shutil.copy(mirror / PAGE, mirror / "copy.md")
    assert not waiting(mirror, sandbox).outdated
    assert "copy.md" in "".join(refused(mirror, sandbox))


def test_a_conflict_that_git_settled_is_none_and_base_does_not_go_back(
    sandbox: Sandbox, mirror: Path, tmp_path: Path
) -> None:
    teammate = tmp_path / "teammate"
    go(teammate, sandbox, "pull")
    edit(teammate / PAGE, "One, there.", "One, agreed.")
    sync(teammate, sandbox)
    base = f".nbsync/base/{ID}.json"
    for name in (PAGE, base):
        shutil.copy(teammate / name, mirror / name)
    brought = (mirror / base).read_bytes()
    settle(mirror, "One, settled.")
    assert refused(mirror, sandbox)[0] == f"Notebook {ID} is in no conflict."
    with opened(mirror, sandbox) as one:
        assert open_conflicts(one) == []
        assert len(resolve_each(one, [ID], ours=True).problems) == 1
    assert (mirror / base).read_bytes() == brought
    in_step(mirror, sandbox)
    assert markdown_on(sandbox, ID) == "# W\n\nOne, agreed.\n\nTwo.\n\nThree."


# --- several, killed, and the same everywhere --------------------------------------------------


def test_one_that_cannot_be_settled_holds_up_no_other(sandbox: Sandbox, tmp_path: Path) -> None:
    ids = ["nb1", "nb2", "nb3"]
    for short_id in ids:
        sandbox.seed(short_id=short_id, title="W", content=sandbox.markdown(TEXT))
    go(tmp_path, sandbox, "pull")
    for short_id in ids:
        there(sandbox, short_id, "One.", "One, there.")
        edit(tmp_path / f"{short_id}.md", "One.", "One, here.")
    sync(tmp_path, sandbox)
    for short_id in ("nb1", "nb3"):
        path = tmp_path / ".nbsync/conflicts" / short_id / "merged.md"
        path.write_text(f'---\nshort_id: "{short_id}"\n---\n\n{SETTLED}\n')
    with opened(tmp_path, sandbox) as mirror:
        report = take_merged_each(mirror, ids)
    assert [change.short_id for change in report.changes] == ["nb1", "nb3"]
    assert [problem.short_id for problem in report.problems] == ["nb2"]
    assert [(each.short_id, each.path) for each in report.conflicts] == [("nb2", "nb2.md")]


def test_what_is_to_be_merged_by_hand_is_handed_out_unless_it_would_be_refused(
    sandbox: Sandbox, mirror: Path
) -> None:
    with opened(mirror, sandbox) as one:
        conflict, artefact = to_merge(one, ID)
        assert (conflict.path, set(artefact.texts)) == (PAGE, {"base", "local", "remote", "merged"})
        with pytest.raises(NbsyncError, match="is in no conflict"):
            to_merge(one, "other")
        edit(mirror / PAGE, "Three.", "Three, here.")
        with pytest.raises(NbsyncError, match="was edited since"):
            to_merge(one, ID)


@pytest.mark.parametrize("missing", [False, True])
def test_killed_after_any_effect_it_can_be_said_again(
    sandbox: Sandbox, mirror: Path, tmp_path: Path, *, missing: bool
) -> None:
    settle(mirror, "One, settled.")
    expected = {PAGE: (folder(mirror) / "merged.md").read_text()}
    if missing:
        (mirror / PAGE).unlink()
    kill_at, killed = 0, True
    while killed:
        kill_at += 1
        root = tmp_path / str(kill_at)
        shutil.copytree(mirror, root)
        one = opened(root, sandbox)
        killed = killed_at(one, lambda one: take_merged_each(one, [ID]), kill_at, small=False)
        was_open = folder(root).joinpath("state.json").exists()
        assert was_open is bool(killed and take(root, sandbox).problems == ())
        assert pages(root) == expected
        with opened(root, sandbox) as again:
            recover(again)
            base = again.store.base(ID)
            assert base is not None and base.record.version == 1
            assert again.store.journal() == ()
        assert sync(root, sandbox, dry_run=True).conflicts == ()
    assert kill_at > 5
    in_step(root, sandbox)
    assert markdown_on(sandbox, ID) == SETTLED


def test_the_files_of_one_conflict_are_the_same_bytes_in_every_mirror(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.seed(short_id=ID, title="W", content=sandbox.markdown(TEXT))
    sandbox.seed(short_id="rich", title="R", content=rich("One."))
    roots = {tmp_path / "one": sandbox.key, tmp_path / "two": sandbox.second_key}
    for root, key in roots.items():
        go(root, sandbox, "pull", key=key)
        edit(root / PAGE, "One.", "One, here.")
        edit(root / "rich.md", "One.", "One, here.")
    there(sandbox, ID, "One.", "One, there.")
    sandbox.write("rich", content=rich("One, there."))
    found = []
    for root, key in roots.items():
        go(root, sandbox, "pull", key=key)
        laid = root / ".nbsync" / "conflicts"
        found.append({p.relative_to(laid): p.read_bytes() for p in laid.rglob("*") if p.is_file()})
    assert found[0] == found[1]
    assert len(found[0]) == 12


Settle = Callable[[Path, Sandbox], object]


def side(*, ours: bool) -> Settle:
    def act(root: Path, sandbox: Sandbox) -> object:
        with opened(root, sandbox) as one:
            return resolve_each(one, [ID], ours=ours)

    return act


def merge(root: Path, sandbox: Sandbox) -> object:
    settle(root, "One, settled.")
    return take(root, sandbox)


def by_hand(root: Path, sandbox: Sandbox) -> object:
    edit(root / PAGE, "One, here.", "One, there.")
    return sync(root, sandbox)


@pytest.mark.parametrize("act", [side(ours=True), side(ours=False), merge, by_hand])
def test_the_files_go_when_the_conflict_is_gone_and_so_does_their_folder(
    sandbox: Sandbox, mirror: Path, act: Settle
) -> None:
    act(mirror, sandbox)
    assert list((mirror / ".nbsync" / "conflicts").iterdir()) == []


# --- marks -----------------------------------------------------------------------------------


def test_marks_are_found_line_by_line() -> None:
    text = "<<<<<<< a\nx\n||||||| b\n=======\r\n>>>>>>> c\n======== d\n<<<<<<<\n>>>>>> e\n"
    assert marks_left(text, known=[]) == [
        (1, "<<<<<<< a"),
        (3, "||||||| b"),
        (4, "======="),
        (5, ">>>>>>> c"),
    ]


def test_a_mark_is_known_as_often_as_one_of_the_texts_has_it() -> None:
    text = "=======\n=======\n=======\n"
    assert marks_left(text, known=["=======\nx\n=======", "======="]) == [(3, "=======")]
