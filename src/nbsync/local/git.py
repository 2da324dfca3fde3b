"""What git is doing to the directory, learnt from its files and without running it."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from nbsync import files
from nbsync.errors import Busy

_AT_WORK = {
    "index.lock": "at work",
    "MERGE_HEAD": "in the middle of a merge",
    "CHERRY_PICK_HEAD": "in the middle of a cherry-pick",
    "REVERT_HEAD": "in the middle of a revert",
    "rebase-merge": "in the middle of a rebase",
    "rebase-apply": "in the middle of a rebase or of applying patches",
    "BISECT_LOG": "in the middle of a bisection",
}
# A symbolic ref may name another one; git itself follows five.
_DEPTH = 5


class Head(NamedTuple):
    """Where HEAD is.

    Attributes:
        ref: What it names, `refs/heads/…`; "" where it names a commit itself.
        commit: The commit it leads to; "" for a branch without one.
    """

    ref: str
    commit: str

    def __str__(self) -> str:
        """Say it as people do: the branch, and the first digits of the commit."""
        branch = self.ref.removeprefix("refs/heads/")
        commit = self.commit[:10] or "no commit"
        return f"{branch} ({commit})" if branch else commit


@dataclass(slots=True)
class Checkout:
    """The git checkout that a folder is in.

    Attributes:
        top: The folder that has `.git` in it.
        git: Where this checkout's own state lies.
        common: Where the branches lie, which several checkouts may share.
    """

    top: Path
    git: Path
    common: Path
    _packed: tuple[files.Signature, dict[str, str]] | None = field(default=None, repr=False)

    def check_idle(self) -> None:
        """See to it that git is not in the middle of anything.

        Raises:
            Busy: It is.
        """
        for mark, doing in _AT_WORK.items():
            if os.path.lexists(self.git / mark):
                raise Busy(f"git is {doing} in {self.top}", hint="git status")

    def head(self) -> Head:
        """Where HEAD is now."""
        value, ref = _line(self.git / "HEAD"), ""
        for _ in range(_DEPTH):
            if not value.startswith("ref:"):
                break
            name = value.removeprefix("ref:").strip()
            ref = ref or name
            value = self._ref(name)
        return Head(ref, value)

    def _ref(self, name: str) -> str:
        loose = _line(self.git / name) or _line(self.common / name)
        return loose or self._packed_refs().get(name, "") or self._tables()

    def _packed_refs(self) -> dict[str, str]:
        path = self.common / "packed-refs"
        try:
            now = files.signature(path.stat())
            if self._packed is None or self._packed[0] != now:
                lines = path.read_text("utf-8", "replace").splitlines()
                pairs = (line.split(" ", 1) for line in lines if line[:1] not in ("#", "^", ""))
                self._packed = (now, {pair[1]: pair[0] for pair in pairs if len(pair) > 1})
        except OSError:
            return {}
        return self._packed[1]

    def _tables(self) -> str:
        # Of the newer way to store refs, only whether it moved can be told without git.
        names = (_line(folder / "reftable" / "tables.list") for folder in (self.git, self.common))
        return "".join(names)


def checkout_of(folder: Path) -> Checkout | None:
    """The checkout that a folder is in; None where there is none."""
    folder = folder.resolve()
    for top in (folder, *folder.parents):
        dot_git = top / ".git"
        if dot_git.is_file():  # a worktree or a submodule
            git = top / _line(dot_git).removeprefix("gitdir:").strip()
            if (git / "HEAD").exists():
                return Checkout(top, git, git / (_line(git / "commondir") or "."))
        elif (dot_git / "HEAD").exists():
            return Checkout(top, dot_git, dot_git)
    return None


def git_marks(folder: Path) -> list[str]:
    """The places of which one exists where the folder is in a checkout, for a quick look."""
    folder = folder.resolve()
    return [str(top / ".git") for top in (folder, *folder.parents)]


def _line(path: Path) -> str:
    with suppress(OSError):
        return path.read_text("utf-8", "replace").strip()
    return ""
