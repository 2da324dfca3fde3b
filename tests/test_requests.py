"""What each command costs: every row of the published table, request by request."""

from __future__ import annotations

from pathlib import Path

import pytest

from mirrors import asked, edit, go, opened, sync, there
from nbsync.sandbox import Sandbox
from nbsync.sync import status
from nbsync.sync.pages import add

HEAD = ("GET", "?limit=100&offset=0")
WHOLE = ("GET", "?limit=1000&offset=0")


def seed(sandbox: Sandbox, number: int) -> list[str]:
    ids = [f"nb{index:05}" for index in range(number)]
    for short_id in ids:
        text = f"# Notebook {short_id}\n\nFirst.\n\nLast."
        sandbox.seed(
            short_id=short_id, title=f"Notebook {short_id}", content=sandbox.markdown(text)
        )
    return ids


@pytest.fixture
def mirror(sandbox: Sandbox, tmp_path: Path) -> Path:
    """Twelve notebooks, pulled."""
    seed(sandbox, 12)
    go(tmp_path, sandbox, "pull")
    asked(sandbox)
    return tmp_path


@pytest.mark.parametrize("number", [0, 1, 7])
def test_a_first_pull_reads_the_list_each_notebook_and_the_head_again(
    sandbox: Sandbox, tmp_path: Path, number: int
) -> None:
    ids = seed(sandbox, number)
    go(tmp_path, sandbox, "pull")
    first, *rest, last = asked(sandbox)
    assert (first, last) == (WHOLE, HEAD)
    assert sorted(rest) == [("GET", f"{short_id}/") for short_id in ids]


def test_newest_notebooks_are_fetched_first(sandbox: Sandbox, tmp_path: Path) -> None:
    ids = seed(sandbox, 40)
    go(tmp_path, sandbox, "pull")
    order = [path.rstrip("/") for _, path in asked(sandbox)[1:-1]]
    assert set(order[:10]) <= set(ids[-18:])


@pytest.mark.parametrize("halves", [("pull",), ("pull", "push")])
def test_nothing_new_is_one_request(
    sandbox: Sandbox, mirror: Path, halves: tuple[str, ...]
) -> None:
    go(mirror, sandbox, *halves)
    assert asked(sandbox) == [HEAD]


def test_a_push_with_nothing_to_send_asks_nothing(sandbox: Sandbox, mirror: Path) -> None:
    go(mirror, sandbox, "push")
    assert asked(sandbox) == []


def test_status_is_one_request_and_offline_none(sandbox: Sandbox, mirror: Path) -> None:
    there(sandbox, "nb00003", "First", "Changed")
    edit(mirror / "nb00004.md", "First", "Changed")
    (mirror / "nb00005.md").unlink()
    with opened(mirror, sandbox) as opened_mirror:
        status(opened_mirror)
        assert asked(sandbox) == [HEAD]
        status(opened_mirror, offline=True)
        assert asked(sandbox) == []


@pytest.mark.parametrize("k", [1, 5])
def test_a_pull_with_k_changed_is_one_and_k(sandbox: Sandbox, mirror: Path, k: int) -> None:
    ids = [f"nb{index:05}" for index in range(k)]
    for short_id in ids:
        there(sandbox, short_id, "First", "Changed")
    go(mirror, sandbox, "pull")
    head, *rest = asked(sandbox)
    assert head == HEAD
    assert sorted(rest) == [("GET", f"{short_id}/") for short_id in ids]
    go(mirror, sandbox, "pull")
    assert asked(sandbox) == [HEAD]


@pytest.mark.laws  # long, and in a run of its own without coverage
def test_a_pull_reads_list_pages_past_the_head_only_as_far_as_is_new(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    ids = seed(sandbox, 130)
    go(tmp_path, sandbox, "pull")
    asked(sandbox)
    for short_id in ids[:110]:
        there(sandbox, short_id, "First", "Changed")
    go(tmp_path, sandbox, "pull")
    log = asked(sandbox)
    assert log[:2] == [HEAD, ("GET", "?limit=1000&offset=100")]
    assert len(log) == 2 + 110


def test_a_deletion_is_confirmed_by_one_get(sandbox: Sandbox, mirror: Path) -> None:
    sandbox.write("nb00003", deleted=True)
    go(mirror, sandbox, "pull")
    assert asked(sandbox) == [HEAD, ("GET", "nb00003/")]
    assert not (mirror / "nb00003.md").exists()
    go(mirror, sandbox, "pull")
    assert asked(sandbox) == [HEAD]


def test_a_deletion_among_many_costs_a_crawl_of_the_list_and_one_from_here_does_not(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    seed(sandbox, 120)
    go(tmp_path, sandbox, "pull")
    asked(sandbox)
    sandbox.write("nb00003", deleted=True)
    go(tmp_path, sandbox, "pull")
    crawl = ("GET", "?limit=1000&offset=0&order=created_at")
    assert asked(sandbox) == [HEAD, crawl, ("GET", "nb00003/")]
    (tmp_path / "nb00004.md").unlink()
    go(tmp_path, sandbox, "push", remove=True)
    asked(sandbox)
    go(tmp_path, sandbox, "pull")
    assert asked(sandbox) == [HEAD]


@pytest.mark.parametrize("m", [1, 10])
def test_m_content_edits_are_m_requests(sandbox: Sandbox, mirror: Path, m: int) -> None:
    ids = [f"nb{index:05}" for index in range(m)]
    for short_id in ids:
        edit(mirror / f"{short_id}.md", "First", "Edited")
    go(mirror, sandbox, "push", allowed=m)
    assert asked(sandbox) == [("PATCH", f"{short_id}/") for short_id in ids]
    sync(mirror, sandbox)
    assert asked(sandbox) == [HEAD]


def test_a_content_edit_sends_content_text_and_the_version_of_base(
    sandbox: Sandbox, mirror: Path
) -> None:
    edit(mirror / "nb00003.md", "First", "Edited")
    go(mirror, sandbox, "push")
    (request,) = sandbox.requests()
    text = "# Notebook nb00003\n\nEdited.\n\nLast."
    assert request["body"] == {
        "content": sandbox.markdown(text),
        "text_content": text,
        "version": 0,
    }


def test_a_changed_title_costs_one_look_at_the_list(sandbox: Sandbox, mirror: Path) -> None:
    edit(mirror / "nb00003.md", "# Notebook nb00003", "# A better title")
    edit(mirror / "nb00004.md", "First", "Edited")
    go(mirror, sandbox, "push")
    requests = sandbox.requests()
    assert asked(sandbox) == [HEAD, ("PATCH", "nb00003/"), ("PATCH", "nb00004/")]
    assert requests[1]["body"]["title"] == "A better title"
    assert requests[1]["body"]["version"] == 0
    assert "title" not in requests[2]["body"]


def test_a_409_costs_one_get_and_one_more_patch(sandbox: Sandbox, mirror: Path) -> None:
    there(sandbox, "nb00003", "Last", "There")
    edit(mirror / "nb00003.md", "First", "Here")
    report = go(mirror, sandbox, "push")
    item = "nb00003/"
    assert asked(sandbox) == [("PATCH", item), ("GET", item), ("PATCH", item)]
    assert [(done.side, done.action) for done in report.changes] == [
        ("local", "merge"),
        ("remote", "update"),
    ]


def test_a_new_notebook_is_one_request(sandbox: Sandbox, mirror: Path) -> None:
    for name in ("one.md", "two.md"):
        (mirror / name).write_text(f"# {name}\n")
        with opened(mirror, sandbox) as opened_mirror:
            add(opened_mirror, name, f"# {name}\n", scope="here")
    go(mirror, sandbox, "push")
    assert asked(sandbox) == [("POST", ""), ("POST", "")]
    sync(mirror, sandbox)
    assert asked(sandbox) == [HEAD]


def test_losing_the_index_costs_the_list_and_what_changed(sandbox: Sandbox, mirror: Path) -> None:
    there(sandbox, "nb00003", "First", "Changed")
    for path in mirror.glob(".nbsync/index.sqlite3*"):
        path.unlink()
    sync(mirror, sandbox)
    assert asked(sandbox) == [WHOLE, ("GET", "nb00003/")]
    sync(mirror, sandbox)
    assert asked(sandbox) == [HEAD]


def test_a_fresh_clone_costs_the_list_and_what_changed(
    sandbox: Sandbox, mirror: Path, tmp_path: Path
) -> None:
    import shutil

    clone = tmp_path / "clone"
    (clone / ".nbsync").mkdir(parents=True)
    for page in mirror.glob("*.md"):
        shutil.copy(page, clone)
    shutil.copytree(mirror / ".nbsync/base", clone / ".nbsync/base")
    there(sandbox, "nb00003", "First", "Changed")
    sync(clone, sandbox)
    assert asked(sandbox) == [WHOLE, ("GET", "nb00003/")]


def test_servers_of_2023_whose_rows_carry_content_cost_the_list_alone(tmp_path: Path) -> None:
    with Sandbox(rows_with_content=True, client_ids=False) as old:
        seed(old, 30)
        report = go(tmp_path, old, "pull")
        assert len(report.changes) == 30
        assert asked(old) == [WHOLE, HEAD]
        there(old, "nb00003", "First", "Changed")
        go(tmp_path, old, "pull")
        assert asked(old) == [HEAD]
        assert "Changed" in (tmp_path / "nb00003.md").read_text()


def test_an_open_conflict_costs_nothing_while_neither_side_moves(
    sandbox: Sandbox, mirror: Path
) -> None:
    there(sandbox, "nb00003", "First", "There")
    edit(mirror / "nb00003.md", "First", "Here")
    assert len(sync(mirror, sandbox).conflicts) == 1
    assert asked(sandbox) == [HEAD, ("GET", "nb00003/")]
    assert len(sync(mirror, sandbox).conflicts) == 1
    assert asked(sandbox) == [HEAD]
    assert len(go(mirror, sandbox, "push").conflicts) == 1
    assert asked(sandbox) == []


def test_a_touched_notebook_is_fetched_once(sandbox: Sandbox, mirror: Path) -> None:
    sandbox.write("nb00003", title="Notebook nb00003")
    before = (mirror / "nb00003.md").stat()
    go(mirror, sandbox, "pull")
    assert asked(sandbox) == [HEAD, ("GET", "nb00003/")]
    go(mirror, sandbox, "pull")
    assert asked(sandbox) == [HEAD]
    after = (mirror / "nb00003.md").stat()
    assert (before.st_mtime_ns, before.st_ino) == (after.st_mtime_ns, after.st_ino)


def test_an_unlisted_notebook_is_asked_for_once(sandbox: Sandbox, mirror: Path) -> None:
    kept = ("short_id", "title", "content", "version", "created_at", "last_modified_at")
    fields = {name: sandbox.record("nb00003")[name] for name in kept}
    sandbox.seed(**fields, visibility="internal")
    sync(mirror, sandbox)
    assert asked(sandbox) == [HEAD, ("GET", "nb00003/")]
    sync(mirror, sandbox)
    assert asked(sandbox) == [HEAD]
    assert (mirror / "nb00003.md").exists()
