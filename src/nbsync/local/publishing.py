"""Commits put on HEAD beside the working tree: on an index of their own, and all or none."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from nbsync import files
from nbsync.errors import Busy, NbsyncError
from nbsync.local.git import Checkout
from nbsync.local.gitcommand import Git, failure
from nbsync.model.commit import Commit

_MODE = "100644"
_AGAIN = "nbsync pull --commit"
_REASON = "commit: what came from PostHog"


def publish(
    git: Git,
    checkout: Checkout,
    commits: Sequence[Commit],
    *,
    head: str,
    zeros: str,
    prefix: str,
    modes: Mapping[str, str],
) -> list[str]:
    """Make commits on HEAD, all or none; index entries that were as HEAD's follow.

    Args:
        git: The repository's git.
        checkout: Where its own state lies.
        commits: The oldest first; their paths are below the prefix.
        head: The commit that HEAD must lead to; "" for none.
        zeros: The id of nothing.
        prefix: What stands before every path, up to the checkout's top.
        modes: The modes of paths in HEAD.

    Returns:
        The ids of the commits.

    Raises:
        Busy: git is at work in the repository, or HEAD moved.
        NbsyncError: git refused; nothing was committed.
    """
    _check_committer(git)
    with TemporaryDirectory(prefix="nbsync-") as folder:
        maker = _Maker(git, Path(folder), zeros, prefix, modes)
        maker.start(commits, head)
        made: list[str] = []
        for commit in commits:
            parent = made[-1] if made else head
            made.append(maker.commit(commit, parent))
        lines = [line for commit in commits for line in maker.lines(commit.files)]
        _move(git, checkout, maker.followed(checkout, lines), made[-1], head or zeros)
        maker.refresh(path for each in commits for path, data in each.files.items() if data)
    return made


def _check_committer(git: Git) -> None:
    try:
        git.run("var", "GIT_COMMITTER_IDENT")
    except NbsyncError as error:
        raise NbsyncError(
            "git does not know who you are.",
            hint='git config user.name "Your Name" && git config user.email you@example.com'
            f" && {_AGAIN}",
        ) from error


@dataclass(frozen=True, slots=True)
class _Index:
    """The user's index as it was, and the one that is to take its place."""

    before: bytes | None
    after: Path


class _Maker:
    """Makes commits without the working tree and without the user's index."""

    def __init__(
        self, git: Git, folder: Path, zeros: str, prefix: str, modes: Mapping[str, str]
    ) -> None:
        self._git = git
        self._folder = folder
        self._zeros = zeros
        self._prefix = prefix
        self._modes = modes
        self._blobs: dict[bytes, str] = {}
        self._env = {"GIT_INDEX_FILE": str(folder / "index")}
        signs = git.run("config", "--type=bool", "--get", "commit.gpgsign", ok=(0, 1))
        self._sign = ["-S"] if signs.strip() == b"true" else []

    def start(self, commits: Iterable[Commit], head: str) -> None:
        """Write the contents of all commits, and begin with what HEAD holds."""
        contents = {data for each in commits for data in each.files.values() if data is not None}
        places = []
        for number, data in enumerate(contents):
            place = self._folder / f"{number}"
            place.write_bytes(data)
            places.append((place, data))
        names = "".join(f"{place}\n" for place, _ in places).encode()
        out = self._git.run("hash-object", "-w", "--no-filters", "--stdin-paths", data=names)
        for (_, data), blob in zip(places, out.decode().split(), strict=True):
            self._blobs[data] = blob
        self._git.run("read-tree", head or "--empty", env=self._env)

    def lines(self, changes: Mapping[str, bytes | None]) -> list[bytes]:
        """Changes as `update-index --index-info` reads them; what goes comes first."""
        lines = []
        for path, data in sorted(changes.items(), key=lambda change: change[1] is not None):
            mode = "0" if data is None else self._modes.get(path, _MODE)
            blob = self._zeros if data is None else self._blobs[data]
            lines.append(f"{mode} {blob}\t{self._prefix}{path}\0".encode())
        return lines

    def commit(self, wanted: Commit, parent: str) -> str:
        """Make one commit, which no branch leads to yet; its id."""
        self._update(self._env, self.lines(wanted.files))
        tree = self._git.run("write-tree", "--missing-ok", env=self._env).decode().strip()
        env = {"GIT_AUTHOR_NAME": wanted.author, "GIT_AUTHOR_EMAIL": wanted.email}
        if wanted.at is not None:
            env["GIT_AUTHOR_DATE"] = f"@{wanted.at} +0000"
        parents = ["-p", parent] if parent else []
        message = wanted.message.encode("utf-8", "replace")
        words = ["commit-tree", *self._sign, *parents, tree]
        return self._git.run(*words, data=message, env=env).decode().strip()

    def followed(self, checkout: Checkout, lines: Sequence[bytes]) -> _Index:
        """A copy of the user's index with what was committed; every other entry is as it was."""
        real, after = checkout.git / "index", self._folder / "followed"
        before = None
        with files.explained(str(real), "read"), suppress(FileNotFoundError):
            before = real.read_bytes()
            after.write_bytes(before)
            shutil.copystat(real, after)  # by its time git tells what may have changed since
        self._update({"GIT_INDEX_FILE": str(after)}, lines)
        return _Index(before, after)

    def refresh(self, paths: Iterable[str]) -> None:
        """Let the index see that clean pages are clean; an extra, as git does it anyway."""
        names = "".join(f"{self._prefix}{path}\0" for path in paths).encode()
        words = ["add", "--refresh", "--pathspec-from-file=-", "--pathspec-file-nul"]
        with suppress(NbsyncError):
            self._git.run(*words, data=names)

    def _update(self, env: Mapping[str, str], lines: Iterable[bytes]) -> None:
        self._git.run("update-index", "-z", "--index-info", data=b"".join(lines), env=env)


def _move(git: Git, checkout: Checkout, index: _Index, new: str, old: str) -> None:
    """Move HEAD and the index as one, under the locks that git itself would take.

    Raises:
        Busy: git was at work meanwhile.
        NbsyncError: git refused.
    """
    real, lock = checkout.git / "index", checkout.git / "index.lock"
    busy = Busy(f"git was at work in {checkout.top} meanwhile.", hint=_AGAIN)
    with files.explained(str(real), "written"):
        try:
            handle = os.open(lock, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        except FileExistsError:
            raise busy from None
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(index.after.read_bytes())
                file.flush()
                os.fsync(file.fileno())
            if (real.read_bytes() if real.exists() else None) != index.before:
                raise busy
            if index.before is not None:
                shutil.copymode(real, lock)
            _move_head(git, new, old, lambda: lock.replace(real))
        finally:
            with suppress(FileNotFoundError):
                lock.unlink()


def _move_head(git: Git, new: str, old: str, then: Callable[[], object]) -> None:
    """Move HEAD in two steps, and do what belongs with it when it can no longer fail.

    Killed between the two, the commit is staged and not made: the next run makes it.

    Raises:
        NbsyncError: HEAD is elsewhere, or git refused.
    """
    with git.start("update-ref", "-m", _REASON, "--stdin") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        with suppress(BrokenPipeError):
            process.stdin.write(f"start\nupdate HEAD {new} {old}\nprepare\n".encode())
            process.stdin.flush()
        told = [process.stdout.readline(), process.stdout.readline()]
        ready = told[-1].startswith(b"prepare: ok")
        if ready:
            then()
        _, err = process.communicate(b"commit\n" if ready else None)
    if not ready or process.returncode:
        raise failure("update-ref", err)
