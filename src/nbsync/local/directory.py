"""The directory as the local side of the sync."""

from __future__ import annotations

import os
import re
import stat
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path, PurePath

from nbsync import files
from nbsync.errors import Busy, FormatError, NbsyncError, PreconditionFailed
from nbsync.local.git import Checkout, Head, checkout_of, git_marks
from nbsync.local.ignoring import ignored
from nbsync.local.places import fold, free_place
from nbsync.local.scan import Places, settle
from nbsync.local.walk import Walk, decode, short_id_of
from nbsync.model import LocalSnapshot, Page, Seen, Unreadable

_AGAIN = "nbsync sync"
# The name of most pages, in no folder: nothing about it can be odd.
_PLAIN = re.compile(r"[A-Za-z0-9]+\.(md|json)")


class Directory:
    """A directory of pages, as `model.LocalReplica`; one object serves one run.

    Args:
        root: The mirror's folder.
        filename: What a new page is called: `{short_id}` and `{title}`, and `/` between folders.
        ignore: Patterns of paths that are not looked at (see `ignoring.Ignored`).
        read_only: Nothing is removed on the way: for a caller that holds no lock.
        clock_ns: The wall clock, in ns since 1970.
    """

    def __init__(
        self,
        root: Path,
        *,
        filename: str = "{short_id}",
        ignore: Sequence[str] = (),
        read_only: bool = False,
        clock_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self._root = root
        self._filename = filename
        self._ignore = tuple(ignore)
        self._read_only = read_only
        self._clock_ns = clock_ns
        self._folded = _Folded()
        self._git_marks = git_marks(root)
        self._checkout: Checkout | None = None
        self._head: Head | None = None

    def scan(self, tracked: Collection[str], seen: Mapping[str, Seen]) -> LocalSnapshot:
        """Find every page; only files whose signature is not vouched for are read.

        Args:
            tracked: Ids of known notebooks; a file at the place of one is never a stranger.
            seen: Files as the last scan saw them.

        Raises:
            NbsyncError: The directory itself cannot be read.
        """
        places = Places(tracked, seen)
        tidy = not self._read_only
        walk = Walk(self._root, self._ignore, seen, places, clock_ns=self._clock_ns, tidy=tidy)
        return settle(walk.run(), places)

    def read(self, short_id: str, path: str) -> Page | Unreadable | None:
        """The page at a path; None where there is no file.

        A file without any front matter is a page too, for one that is to be taken in; one with
        another notebook's id is unreadable.
        """
        try:
            text = decode(path, files.read(self._inside(path), most=files.LARGEST_PAGE)[0])
            found = short_id_of(path, text)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            why = f"{path}: cannot be read: {files.reason(error)}"
            return Unreadable(short_id, path, why, "make it readable, or move it away")
        except NbsyncError as error:
            return Unreadable(short_id, path, error.message, error.hint, error.exit_code)
        if found not in (None, short_id):
            return Unreadable(short_id, path, f"{path}: is the page of {found}", _AGAIN)
        return Page(short_id, path, text)

    def write(self, new: Page, *, old: Page | None) -> None:
        """Put a page in place of the old one, durably; the same text is not written again.

        Raises:
            PreconditionFailed: The file is not the old page's text (or, without one, is there).
            FormatError: The text is no Unicode, or the path leads out of the directory.
            NbsyncError: The system refused.
        """
        target, data = self._inside(new.path), _bytes(new)
        if old is None or old.path != new.path:
            if old is not None:
                self._check(old)
            self._create(target, data, new.path)
            if old is not None:
                self._give_up(old, instead=new)
            return
        if old.text == new.text:
            self._check(old)
            return
        with files.explained(new.path, "written"):
            files.replace(target, data, check=lambda: self._check(old))
            files.flush_folder(target.parent)

    def write_new(self, pages: Sequence[Page]) -> list[NbsyncError | None]:
        """Put pages where nothing is, durably; many at a time cost far less than one by one.

        Returns:
            For each page, in order, why it was not written; None where it was. A page in whose
            place something lies is a PreconditionFailed, and that stays as it is.

        Raises:
            Busy: git is at work, or HEAD moved; none of them was written.
        """
        outcomes: list[NbsyncError | None] = [None for _ in pages]
        wanted: dict[int, tuple[Path, bytes]] = {}
        folder = self._root
        for at, page in enumerate(pages):
            try:
                target, data = self._inside(page.path), _bytes(page)
                if target.parent != folder:
                    files.make_folder(target.parent)
            except OSError as error:
                outcomes[at] = _not_created(page.path, error)
            except NbsyncError as error:
                outcomes[at] = error
            else:
                wanted[at], folder = (target, data), target.parent
        # One look at git is enough for all: they get their names one right after the other, in
        # less time than a single page takes to be written after a look of its own.
        failures = files.create_each([*wanted.values()], check=self.check_quiet)
        for at, failure in zip(wanted, failures, strict=True):
            if failure is not None:
                outcomes[at] = _not_created(pages[at].path, failure)
        return outcomes

    def remove(self, old: Page) -> None:
        """Remove a page, durably; folders stay.

        Raises:
            PreconditionFailed: The file is not the old page's text.
            NbsyncError: The system refused.
        """
        target = self._inside(old.path)
        self._check(old)
        with files.explained(old.path, "removed"):
            target.unlink()
            files.flush_folder(target.parent)

    def place(self, short_id: str, title: str | None, suffix: str, taken: Collection[str]) -> str:
        """The path for a notebook that has no page yet: by the pattern, and where nothing is.

        Raises:
            FormatError: The id is none.
            ConfigError: The pattern and what is ignored leave no place.
        """
        self._folded.follow(taken)
        return free_place(
            self._filename, short_id, title, suffix, is_free=self._is_free, can_hold=self._can_hold
        )

    def check_quiet(self) -> None:
        """See to it that git is not at work, and that HEAD is where it was at the first call.

        Raises:
            Busy: It is, or it moved.
        """
        if self._checkout is None and any(map(os.path.lexists, self._git_marks)):
            self._checkout = checkout_of(self._root)
        if self._checkout is None:
            return
        self._checkout.check_idle()
        head = self._checkout.head()
        if self._head is None:
            self._head = head
        elif head != self._head:
            raise Busy(
                f"HEAD moved from {self._head} to {head} in {self._checkout.top} "
                "while nbsync was at work",
                hint=_AGAIN,
            )

    def _inside(self, path: str) -> Path:
        if _PLAIN.fullmatch(path):
            return self._root / path
        names = path.split("/")
        odd = any(not name or name.startswith(".") or "\0" in name for name in names)
        if odd or PurePath(path).drive or PurePath(path).as_posix() != path:
            raise FormatError(f"{path!r} is no place for a page of this directory")
        folder = self._root
        for name in names[:-1]:
            folder /= name
            if folder.is_symlink():
                raise FormatError(
                    f"{path}: {name} is a symbolic link, and nbsync follows none",
                    hint="put the folder itself there",
                )
        return self._root / path

    def _check(self, old: Page) -> None:
        with files.explained(old.path, "read"):
            try:
                same = files.read(self._inside(old.path))[0] == _bytes(old)
            except PermissionError:
                raise
            except OSError:  # it is gone, or no file any more
                same = False
        if not same:
            raise PreconditionFailed(
                f"{old.path} changed while nbsync was at work; nothing was overwritten",
                hint=_AGAIN,
            )

    def _create(self, target: Path, data: bytes, path: str) -> None:
        try:
            files.make_folder(target.parent)
            files.create(target, data)
        except OSError as error:
            raise _not_created(path, error) from error
        files.flush_folder(target.parent)

    def _give_up(self, old: Page, *, instead: Page) -> None:
        try:
            self.remove(old)
        except NbsyncError:
            with suppress(NbsyncError):  # rather one page than two of the same notebook
                self.remove(instead)
            raise

    def _is_free(self, path: str) -> bool:
        taken = path in self._folded or ignored(path, self._ignore)
        return not taken and not os.path.lexists(self._root / path)

    def _can_hold(self, folder: str) -> bool:
        path = self._root
        for name in folder.split("/"):
            path /= name
            try:
                if not stat.S_ISDIR(path.lstat().st_mode):
                    return False
            except OSError:
                return True
        return True


class _Folded:
    """Taken paths as every file system may see them, followed without folding them all anew."""

    def __init__(self) -> None:
        self._followed: Collection[str] = ()
        self._count = 0
        self._places: set[str] = set()

    def follow(self, paths: Collection[str]) -> None:
        """Take in all paths; of a list that was given before, what it has grown by."""
        if paths is not self._followed or not isinstance(paths, list):
            self._followed, self._count, self._places = paths, 0, set()
        self._places.update(map(fold, islice(paths, self._count, None)))
        self._count = len(paths)

    def __contains__(self, path: str) -> bool:
        return fold(path) in self._places


def _not_created(path: str, error: OSError) -> NbsyncError:
    if isinstance(error, FileExistsError):
        what = f"{path} appeared while nbsync was at work; nothing was overwritten"
        return PreconditionFailed(what, hint=_AGAIN)
    return files.failure(path, "written", error)


def _bytes(page: Page) -> bytes:
    try:
        return page.text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise FormatError(f"{page.path}: holds half a character, which no file can") from error
