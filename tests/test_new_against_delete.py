"""A page that becomes a notebook, and what happens to both between the POST and its answer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mirrors import edit, opened, pages, sync
from nbsync.errors import AnswerLost
from nbsync.model import Notebook, Record
from nbsync.sandbox import Sandbox
from nbsync.sync import Mirror, run
from nbsync.sync.pages import add

TEXT = "# Draft\n\nMine.\n"


class Posting:
    """A server; between one POST and its answer something happens, and the answer may be lost."""

    def __init__(self, remote: Any, act: Callable[[], None], *, lost: bool) -> None:
        self._remote = remote
        self._act: Callable[[], None] | None = act
        self._lost = lost

    def __getattr__(self, name: str) -> Any:
        return getattr(self._remote, name)

    def create(self, short_id: str, new: Notebook) -> Record:
        record: Record = self._remote.create(short_id, new)
        act, self._act = self._act, None
        if act is not None:
            act()
            if self._lost:
                raise AnswerLost("The connection broke.")
        return record


# What happens: how it stands once two syncs have run; with the answer lost, if that is another.
#   page: what the page holds; notebooks: (deleted, what it holds) of each that there is
MINE, LATER, THEIRS = "Mine.", "Mine, later.", "Theirs."
ENDS = {
    "removed here": (None, [(False, MINE)]),
    "edited and removed here": (None, [(False, MINE)]),
    "edited here": (LATER, [(False, LATER)]),
    "moved here": (MINE, [(False, MINE)]),
    "deleted there": (None, [(True, MINE)]),
    "edited there": (THEIRS, [(False, THEIRS)]),
    "edited here and deleted there": (LATER, [(False, LATER)]),
}
LOST = {  # nobody has heard that there was one: the page is made a notebook again
    "deleted there": (MINE, [(False, MINE), (True, MINE)]),
    "edited here and deleted there": (LATER, [(False, LATER), (True, MINE)]),
    "edited there": (MINE, [(False, THEIRS)]),  # a conflict, and named
}


@pytest.mark.parametrize("lost", [False, True])
@pytest.mark.parametrize("what", ENDS)
def test_what_happens_between_a_post_and_its_answer_loses_nothing_and_is_settled_by_the_one_rule(
    sandbox: Sandbox, tmp_path: Path, what: str, *, lost: bool
) -> None:
    page = tmp_path / "draft.md"
    page.write_text(TEXT)
    with opened(tmp_path, sandbox) as mirror:
        short_id = add(mirror, "draft.md", TEXT, scope="here").short_id

    def act() -> None:
        if what in {"edited and removed here", "edited here", "edited here and deleted there"}:
            edit(page, MINE, LATER)
        if "removed" in what:
            page.unlink()
        if what == "moved here":
            page.rename(tmp_path / "away.md")
        if "deleted there" in what:
            sandbox.write(short_id, deleted=True)
        if what == "edited there":
            sandbox.write(short_id, content=sandbox.markdown("# Draft\n\nTheirs."))

    with opened(tmp_path, sandbox) as mirror:
        remote: Any = Posting(mirror.remote, act, lost=lost)
        run(Mirror(mirror.local, remote, mirror.store), push=True)
    sync(tmp_path, sandbox)
    report = sync(tmp_path, sandbox)
    assert (report.changes, report.problems, report.unreadable) == ((), (), ())
    text, notebooks = LOST.get(what, ENDS[what]) if lost else ENDS[what]
    assert list(map(holds, pages(tmp_path).values())) == ([] if text is None else [text])
    assert sorted(everything(sandbox)) == notebooks
    assert bool(report.held) == ("removed" in what)
    assert bool(report.conflicts) == (lost and what == "edited there")


def holds(text: str) -> str:
    return next(words for words in (LATER, THEIRS, MINE) if words in text)


def everything(sandbox: Sandbox) -> list[tuple[bool, str]]:
    """Whether it is deleted, and what it holds, of every notebook that there is."""
    database = sandbox._control.notebooks.db
    _, rows = database.page("1", (), "short_id", window=(100, 0), full=True)
    return [(row.deleted, holds(row.content)) for row in rows]
