"""One mirror on disk, in a git repository, on a machine with a clock of its own."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, MutableMapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from nbsync.local import Directory
from nbsync.local.git import checkout_of
from nbsync.model import LocalSnapshot
from nbsync.sandbox import Sandbox
from nbsync.store import DiskStore
from place import Place

_IGNORED = "/.nbsync/*\n!/.nbsync/base/\n"
_ATTRIBUTES = "*.md -text\n.nbsync/base/** -text -diff -merge linguist-generated\n"


def git(folder: Path, *words: str) -> bytes:
    """Run git, which may find nothing to do; what it printed."""
    names = ("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL")
    environ = {"PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1", "HOME": os.fspath(folder)}
    done = subprocess.run(
        ["git", "-c", "core.autocrlf=false", "-c", "gc.auto=0", *words],
        cwd=folder,
        env={**environ, **dict.fromkeys(names, "t@example.com")},
        capture_output=True,
        check=False,
    )
    return done.stdout


def make_repository(folder: Path) -> None:
    """A folder under git as `nbsync init --git` leaves it, to be copied for each history."""
    folder.mkdir()
    git(folder, "init", "--quiet", "--template=")
    (folder / ".gitignore").write_text(_IGNORED)
    (folder / ".gitattributes").write_text(_ATTRIBUTES)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "empty")


class Pages(MutableMapping[str, str]):
    """The pages of a folder, as an editor reads and saves them."""

    def __init__(self, place: DiskPlace) -> None:
        self._place = place

    def __iter__(self) -> Iterator[str]:
        root = os.fspath(self._place.root)
        for folder, folders, names in os.walk(root):
            folders[:] = [name for name in folders if not name.startswith(".")]
            for name in names:
                if name.endswith((".md", ".json")):
                    yield (Path(folder) / name).relative_to(root).as_posix()

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __contains__(self, name: object) -> bool:
        return (self._place.root / str(name)).exists()

    def __getitem__(self, name: str) -> str:
        return (self._place.root / name).read_bytes().decode()

    def __setitem__(self, name: str, text: str) -> None:
        self._place.save(self._place.root / name, text)

    def __delitem__(self, name: str) -> None:
        (self._place.root / name).unlink()


class Folder:
    """The directory of a mirror, as somebody looks at it who holds no lock."""

    def __init__(self, place: DiskPlace) -> None:
        self.files = Pages(place)
        self._root = place.root

    def scan(self, tracked: Any, seen: Any) -> LocalSnapshot:
        return Directory(self._root, read_only=True).scan(tracked, seen)


class Memory:
    """The store of a mirror, looked at anew each time."""

    def __init__(self, place: DiskPlace) -> None:
        self._place = place

    def __getattr__(self, name: str) -> Any:
        return getattr(self._place.disk_store(read_only=True), name)


class DiskPlace(Place):
    """A mirror on disk, in a git repository that shares its objects with the other one.

    Attributes:
        root: Its folder.
        now: The wall clock of its machine.
    """

    def __init__(self, root: Path, host: str, commits: list[str]) -> None:
        super().__init__(commits=commits)
        self.root = root
        self._host = host
        self._offset = 0
        self._saves = itertools.count()
        self.local, self.store = Folder(self), Memory(self)

    def now(self) -> int:
        return time.time_ns() + self._offset * 10**9

    def disk_store(self, *, read_only: bool = False) -> DiskStore:
        return DiskStore(
            self.root,
            host=self._host,
            project=Sandbox.project,
            wait=0,
            read_only=read_only,
            clock_ns=self.now,
        )

    def save(self, path: Path, text: str) -> None:
        """Save a file as editors do: some write into it, some put another in its place."""
        path.parent.mkdir(parents=True, exist_ok=True)
        to = path if next(self._saves) % 2 else path.with_name(".editor~")
        to.write_bytes(text.encode())
        os.utime(to, ns=(self.now(), self.now()))
        to.replace(path)

    def untouched(self) -> object:
        found = {}
        for path in self._files():
            name, stat = path.relative_to(self.root).as_posix(), path.stat()
            if not name.startswith((".nbsync/index.sqlite3", ".nbsync/lock")):
                found[name] = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
        return found

    def texts(self) -> set[str]:
        found = set()
        for path in self._files():
            with suppress(UnicodeDecodeError):
                found.add(path.read_bytes().decode())
        return found

    def _files(self) -> Iterator[Path]:
        for folder, folders, names in os.walk(self.root):
            if ".git" in folders:
                folders.remove(".git")
            yield from (Path(folder) / name for name in names)

    def commit(self) -> None:
        git(self.root, "add", "--all")
        git(self.root, "commit", "--quiet", "--message", "now")
        checkout = checkout_of(self.root)
        assert checkout is not None
        self.commits.append(checkout.head().commit)

    def checkout(self, pick: int, what: str) -> None:
        if not self.commits:
            return
        self.commit()
        commit = self.commits[pick % len(self.commits)]
        match what:
            case "both":
                git(self.root, "checkout", "--quiet", "--force", "--detach", commit)
            case "bases":
                git(self.root, "checkout", "--quiet", commit, "--", ".nbsync/base")
            case _:
                git(self.root, "checkout", "--quiet", commit, "--", ".", ":!.nbsync")

    def merge_by_hand(self, short_id: str, text: str) -> None:
        (path,) = self.root.glob(f".nbsync/conflicts/{short_id}/merged.*")
        self.save(path, text)

    def lose_the_index(self) -> None:
        for path in self.root.glob(".nbsync/index.sqlite3*"):
            path.unlink()

    def lose_the_journal(self) -> None:
        shutil.rmtree(self.root / ".nbsync/journal", ignore_errors=True)

    def lose_the_state(self) -> None:
        shutil.rmtree(self.root / ".nbsync", ignore_errors=True)

    def jump(self, seconds: int) -> None:
        self._offset += seconds
