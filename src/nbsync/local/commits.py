"""A mirror in a git repository: what HEAD and the index hold of it, and commits made on HEAD."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path, PurePosixPath
from shlex import quote
from typing import TypeAlias

from nbsync import files
from nbsync.errors import ConfigError
from nbsync.local.git import Checkout, checkout_of
from nbsync.local.gitcommand import Git
from nbsync.local.publishing import publish
from nbsync.model.commit import Commit

Entry: TypeAlias = tuple[str, str]
"""Mode, and the content's id."""

_SHA1 = 40
_FILES = frozenset({"100644", "100755"})
# What would make of the bytes something else than they are.
_ATTRIBUTES = ("filter", "working-tree-encoding", "ident")


class Repository:
    """The git repository that a mirror lies in; every path is relative to the mirror's root.

    Args:
        root: The mirror's folder.
        index: Another index than the checkout's own, as git's hooks are given one.

    Raises:
        ConfigError: It lies in none.
        NbsyncError: There is no git, or it is too old.
    """

    def __init__(self, root: Path, *, index: Path | None = None) -> None:
        found = checkout_of(root)
        if found is None:
            raise ConfigError(
                f"{root} is in no git repository.",
                hint=f"git init {quote(str(root))} && nbsync -C {quote(str(root))} init --git",
            )
        self._root, self._checkout = root.resolve(), found
        inside = self._root.relative_to(found.top.resolve()).as_posix()
        self._prefix = "" if inside == "." else f"{inside}/"
        self._git = Git(found.top, index)
        self._git.check_age()

    @property
    def checkout(self) -> Checkout:
        """The checkout itself."""
        return self._checkout

    @cached_property
    def commit(self) -> str:
        """The commit that HEAD leads to; "" for a branch without one."""
        said = self._git.run("rev-parse", "-q", "--verify", "HEAD^{commit}", ok=(0, 1))
        return said.decode().strip()

    @cached_property
    def zeros(self) -> str:
        """The id of nothing, as long as this repository's ids are."""
        return "0" * len(self.commit or self._git.run("hash-object", "--stdin").decode().strip())

    def changed(self) -> set[str]:
        """The paths that HEAD may not hold as the working tree or the index does."""
        if self.commit:
            words = ["diff-index", "-z", "--name-only", "--no-renames", "--ignore-submodules=all"]
            differing = self._names(*words, self.commit)
        else:
            differing = self._names("ls-files", "-z", "--cached")
        return {*differing, *self._names("ls-files", "-z", "--others", "--exclude-standard")}

    def head(self) -> Mapping[str, Entry]:
        """What HEAD holds, by path."""
        return self._head

    @cached_property
    def _head(self) -> dict[str, Entry]:
        if not self.commit:
            return {}
        found = {}
        for about, path in self._entries("ls-tree", "-r", "-z", self.commit):
            mode, _, blob = about.split(" ")
            found[path] = (mode, blob)
        return found

    def index(self) -> Mapping[str, Entry]:
        """What is staged, by path; a path that is not merged has an entry of its own kind."""
        found = {}
        for about, path in self._entries("ls-files", "-z", "--stage"):
            mode, blob, stage = about.split(" ")
            found[path] = (mode, blob) if stage == "0" else ("unmerged", stage)
        return found

    def contents(self, blobs: Collection[str]) -> dict[str, bytes]:
        """Contents by their ids; a submodule has none."""
        asked = "".join(f"{blob}\n" for blob in blobs).encode()
        out = self._git.run("cat-file", "--batch", data=asked) if asked else b""
        found, at = dict.fromkeys(blobs, b""), 0
        while at < len(out):
            end = out.index(b"\n", at)
            blob, _, size = out[at:end].decode().partition(" ")
            at = end + 1
            if not size.endswith("missing"):
                length = int(size.rpartition(" ")[2])
                found[blob], at = out[at : at + length], at + length + 1
        return found

    def blob(self, data: bytes) -> str:
        """The id that git gives a content."""
        kind = "sha1" if len(self.zeros) == _SHA1 else "sha256"
        text = b"blob %d\0%b" % (len(data), data)
        return hashlib.new(kind, text, usedforsecurity=False).hexdigest()

    def working(self, path: str) -> bytes | None:
        """The bytes of a file; None where there is none that can be read."""
        try:
            return files.read(self._root / path)[0]
        except OSError:
            return None

    def barred(self, paths: Collection[str]) -> dict[str, str]:
        """Why paths cannot be committed; those that can be are not in it."""
        if not paths:
            return {}
        names = "".join(f"{self._prefix}{path}\0" for path in sorted(paths)).encode()
        found = dict.fromkeys(self._ignored(paths), ".gitignore leaves it out")
        for path, attribute in self._attributes(names):
            found[path] = f".gitattributes gives it {attribute}, which nbsync does not apply"
        folders = {str(part) for path in self._head for part in PurePosixPath(path).parents}
        for path in paths:
            above = (str(part) for part in PurePosixPath(path).parents)
            mode = self._head.get(path, ("100644", ""))[0]
            if mode not in _FILES or path in folders or any(part in self._head for part in above):
                found[path] = "HEAD holds no regular file there, but something else"
        return found

    def publish(self, commits: Sequence[Commit]) -> list[str]:
        """Make commits on HEAD, all or none; index entries that were as HEAD's follow.

        Args:
            commits: The oldest first.

        Returns:
            Their ids.

        Raises:
            Busy: git is at work in the directory, or was meanwhile.
            NbsyncError: git refused, and why; nothing was committed.
        """
        self._checkout.check_idle()
        return publish(
            self._git,
            self._checkout,
            commits,
            head=self.commit,
            zeros=self.zeros,
            prefix=self._prefix,
            modes={path: entry[0] for path, entry in self._head.items()},
        )

    def _ignored(self, paths: Iterable[str]) -> Iterator[str]:
        # This command knows no literal paths, and one that begins with a colon would be none.
        names = "".join(f"./{self._prefix}{path}\0" for path in paths).encode()
        env = {"GIT_LITERAL_PATHSPECS": "0"}
        out = self._git.run("check-ignore", "-z", "--stdin", data=names, env=env, ok=(0, 1))
        said = out.decode("utf-8", "surrogateescape").split("\0")
        yield from self._inside(path.removeprefix("./") for path in said)

    def _attributes(self, names: bytes) -> Iterator[tuple[str, str]]:
        out = self._git.run("check-attr", "-z", "--stdin", *_ATTRIBUTES, data=names)
        parts = out.decode("utf-8", "surrogateescape").split("\0")
        for path, name, value in zip(parts[::3], parts[1::3], parts[2::3], strict=False):
            if value not in {"unspecified", "unset"}:
                yield path.removeprefix(self._prefix), f"{name}={value}"

    def _names(self, *words: str) -> Iterator[str]:
        yield from self._inside(self._listed(*words))

    def _entries(self, *words: str) -> Iterator[tuple[str, str]]:
        for line in self._listed(*words):
            about, _, path = line.partition("\t")
            for inside in self._inside([path]):
                yield about, inside

    def _listed(self, *words: str) -> list[str]:
        out = self._git.run(*words, "--", *([self._prefix] if self._prefix else []))
        return out.decode("utf-8", "surrogateescape").split("\0")

    def _inside(self, paths: Iterable[str]) -> Iterator[str]:
        for path in paths:
            if path and path.startswith(self._prefix):
                yield path.removeprefix(self._prefix)
