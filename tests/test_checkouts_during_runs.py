"""A checkout that comes in the middle of a run, at each of its steps: it undoes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import count, islice
from pathlib import Path
from typing import Any

import pytest

from mirrors import edit, go, markdown_on, opened, seed_each, sync, there
from nbsync.errors import NbsyncError
from nbsync.sandbox import Sandbox
from nbsync.sync import Mirror, run

ID = "nb0"
PAGE, BASE = f"{ID}.md", f".nbsync/base/{ID}.json"
SEEDED = ("short_id", "title", "content", "version", "created_at", "last_modified_at")
PACES = {"slowly": [1] * 6, "halting": [2, 4], "at once": [6]}
"""How many acts of a checkout fall into one step of the run after another."""

Files = dict[str, str]
Act = Callable[[], object]


@dataclass
class Steps:
    """What happens at one step of a run after another, where a step is a look at a file.

    Attributes:
        wait: How many steps come before the first of it.
        acts: What happens, an act a step.
    """

    wait: int
    acts: list[Act] = field(default_factory=list)

    def step(self) -> None:
        self.wait -= 1
        if self.wait < 0 and self.acts:
            self.acts.pop(0)()

    def over(self, inner: Any) -> Any:
        """The same side or store, each call of which is a step."""
        return _Stepping(inner, self)


class _Stepping:
    def __init__(self, inner: Any, steps: Steps) -> None:
        self._inner = inner
        self._steps = steps

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._inner, name)
        if not callable(value):
            return value

        def stepped(*args: Any, **options: Any) -> Any:
            self._steps.step()
            return value(*args, **options)

        return stepped


@pytest.fixture
def commits(sandbox: Sandbox, tmp_path: Path) -> dict[str, Files]:
    """Three commits of a mirror: before an edit there, with an edit of ours, and after theirs.

    What lies in the directory is the last of them.
    """
    seed_each(sandbox, [ID])
    go(tmp_path, sandbox, "pull")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git/HEAD").write_text("0" * 40)
    found = {"old": committed(tmp_path)}
    edit(tmp_path / PAGE, "Three.", "Three, here.")
    found["ours"] = committed(tmp_path)
    there(sandbox, ID, "One.", "One, there.")
    checkout(tmp_path, found["old"])
    go(tmp_path, sandbox, "pull")
    return found | {"theirs": committed(tmp_path)}


def committed(root: Path) -> Files:
    return {name: (root / name).read_text() for name in (BASE, PAGE)}


def checkout(root: Path, commit: Files) -> None:
    for act in checking_out(root, commit):
        act()


def checking_out(root: Path, commit: Files) -> Iterator[Act]:
    """What git does, act by act: each file that differs is removed and written anew."""
    lock = root / ".git/index.lock"
    yield lock.touch
    for name, text in commit.items():
        yield lambda name=name: (root / name).unlink()  # type: ignore[misc]
        yield lambda name=name, text=text: (root / name).write_text(text)  # type: ignore[misc]
    yield lock.unlink


def paced(acts: list[Act], pace: list[int]) -> list[Act]:
    """The acts, so many of them together."""
    left = iter(acts)
    return [partial(_all, list(islice(left, number))) for number in pace]


def _all(acts: list[Act]) -> None:
    for act in acts:
        act()


@pytest.mark.parametrize("halves", [("push",), ("pull", "push")], ids=" and ".join)
@pytest.mark.parametrize("pace", PACES)
@pytest.mark.parametrize(
    ("before", "after"),
    [("ours", "theirs"), ("theirs", "ours"), ("old", "theirs"), ("theirs", "old")],
)
def test_a_checkout_at_any_step_of_a_run_undoes_nothing(
    sandbox: Sandbox,
    tmp_path: Path,
    commits: dict[str, Files],
    halves: tuple[str, ...],
    pace: str,
    before: str,
    after: str,
) -> None:
    saved = {name: sandbox.record(ID)[name] for name in SEEDED}
    for wait in count():
        sandbox.reset()
        sandbox.seed(**saved)
        checkout(tmp_path, commits[before])
        steps = Steps(wait, paced(list(checking_out(tmp_path, commits[after])), PACES[pace]))
        with suppress(NbsyncError), opened(tmp_path, sandbox) as mirror:
            stepping = Mirror(steps.over(mirror.local), mirror.remote, steps.over(mirror.store))
            run(stepping, pull="pull" in halves, push=True)
        assert "One, there." in markdown_on(sandbox, ID), f"undone at step {wait}"
        never_came = steps.wait >= 0
        for act in steps.acts:
            act()
        sync(tmp_path, sandbox)
        sync(tmp_path, sandbox)
        assert "One, there." in markdown_on(sandbox, ID), f"undone after step {wait}"
        ours = after == "ours" or "Three, here." in markdown_on(sandbox, ID)
        assert ("Three, here." in (tmp_path / PAGE).read_text()) is ours
        if never_came:
            break
    assert wait > len(PACES[pace])
