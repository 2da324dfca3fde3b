"""What is promised of fidelity: base is the server's word, quiet files, and a memory to lose."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

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
from nbsync.sandbox import Sandbox
from nbsync.sync.pages import add

IDS = [f"nb{number}" for number in range(5)]


@pytest.fixture
def mirror(sandbox: Sandbox, tmp_path: Path) -> Path:
    seed_each(sandbox, IDS)
    return pulled(tmp_path / "mirror", sandbox)


def test_base_is_what_the_server_made_of_what_was_sent(sandbox: Sandbox, tmp_path: Path) -> None:
    cell: dict[str, Any] = {"type": "ph-query", "attrs": {"nodeId": "q", "query": {}}}
    sandbox.seed(short_id="nb0", title="Q", content={"type": "doc", "content": [cell]})
    go(tmp_path, sandbox, "pull", form="json")
    page, query = tmp_path / "nb0.json", {"kind": "HogQLQuery", "query": "select 1"}
    said = json.loads(page.read_text())
    said["content"]["content"][0]["attrs"]["query"] = {"kind": "InsightVizNode", "source": query}
    page.write_text(json.dumps(said))
    go(tmp_path, sandbox, "push", form="json")
    kept = sandbox.record("nb0")["content"]
    assert kept["content"][0]["attrs"]["query"]["kind"] == "DataVisualizationNode"
    base = json.loads((tmp_path / ".nbsync/base/nb0.json").read_text())
    assert base["record"]["content"] == kept == json.loads(page.read_text())["content"]
    asked(sandbox)
    assert sync(tmp_path, sandbox, form="json").changes == ()
    assert [method for method, _ in asked(sandbox)] == ["GET"]


def test_a_page_whose_text_stays_is_not_written(sandbox: Sandbox, mirror: Path) -> None:
    sandbox.write("nb0", title="Title of nb0")
    edit(mirror / "nb1.md", "One.", "One, here.")
    there(sandbox, "nb2", "One.", "One, changed.")
    edit(mirror / "nb2.md", "One.", "One, changed.")
    there(sandbox, "nb3", "One.", "One, changed.")
    edit(mirror / "nb3.md", "One.", "One, changed.")
    edit(mirror / "nb3.md", "Three.", "Three, here.")
    (mirror / ".nbsync/base/nb4.json").unlink()
    before = touched(mirror)
    assert {done.side for done in sync(mirror, sandbox).changes} == {"remote"}
    after = touched(mirror)
    assert {name: before[name] for name in pages(mirror)} == {
        name: after[name] for name in pages(mirror)
    }


def test_a_notebook_that_has_the_id_already_is_not_taken_for_the_one_sent(
    sandbox: Sandbox, mirror: Path
) -> None:
    (mirror / "notes.md").write_text("# Notes\n\nMine.\n")
    with opened(mirror, sandbox) as held:
        short_id = add(held, "notes.md", "# Notes\n\nMine.\n", scope="here").short_id
    sandbox.seed(short_id=short_id, title="Notes", content=sandbox.markdown("# Notes\n\nTheirs."))
    report = go(mirror, sandbox, "push")
    assert [method for method, _ in asked(sandbox)] == ["POST"]
    assert [conflict.short_id for conflict in report.conflicts] == [short_id]
    assert "Mine." in (mirror / "notes.md").read_text()
    assert "Theirs." in markdown_on(sandbox, short_id)


STATE = [
    "base",
    "history",
    "journal",
    "conflicts",
    "index.sqlite3",
    "lock",
    "mirror.json",
    "everything",
]


@pytest.mark.parametrize("how", ["deleted", "garbage"])
@pytest.mark.parametrize("what", STATE)
def test_what_is_remembered_can_go_and_nothing_else_goes_with_it(
    sandbox: Sandbox, mirror: Path, what: str, how: str
) -> None:
    there(sandbox, "nb0", "One.", "One, there.")
    edit(mirror / "nb0.md", "One.", "One, here.")
    there(sandbox, "nb1", "One.", "One, there.")
    edit(mirror / "nb1.md", "Three.", "Three, here.")
    sync(mirror, sandbox)
    edit(mirror / "nb2.md", "One.", "One, never sent.")
    there(sandbox, "nb3", "One.", "One, there, later.")
    before = pages(mirror)
    lose(mirror / ".nbsync" if what == "everything" else mirror / ".nbsync" / what, how)
    asked(sandbox)
    for _ in range(2):
        report = sync(mirror, sandbox)
    log, after = asked(sandbox), pages(mirror)
    assert {path for method, path in log if method != "GET"} <= {"nb2/"}
    assert sorted(after) == sorted(before)
    for short_id in ("nb0", "nb1", "nb2", "nb4"):
        assert after[f"{short_id}.md"] == before[f"{short_id}.md"]
    waiting = {conflict.short_id for conflict in report.conflicts}
    for short_id in IDS:
        in_step = after[f"{short_id}.md"].endswith(f"\n\n{markdown_on(sandbox, short_id)}\n")
        assert in_step is (short_id not in waiting)
    assert {"nb0"} <= waiting <= {"nb0", "nb2", "nb3"}


def lose(path: Path, how: str) -> None:
    """Delete a part of the memory, or write something else into all of its files."""
    if how == "deleted":
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        return
    for file in [path, *path.rglob("*")]:
        if file.is_file():
            file.write_bytes(b"\x00garbage\xff")
