"""Whether pages can be kept as they are: read back, sent, and committed with what they stand on."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from shlex import quote

from nbsync import formats
from nbsync.errors import FormatError
from nbsync.formats.markers import marks_left
from nbsync.model import Base, LocalSnapshot, Notebook, Page, Problem, Unreadable
from nbsync.sync.headpages import HeadPages
from nbsync.sync.tree import Entry, ReadBase, Tree
from nbsync.sync.uncommitted import base_id, bases_in
from nbsync.sync.work import Mirror, read, suffix_of


def check(
    mirror: Mirror,
    tree: Tree | None,
    *,
    read_base: ReadBase,
    paths: Collection[str] | None = None,
) -> list[Problem]:
    """Look for what should not be committed, without asking the server.

    Args:
        mirror: The mirror.
        tree: The git repository that it lies in; None where it lies in none.
        read_base: Reads a base file.
        paths: Pages and bases to look at; all without it. What is neither is passed over.

    Returns:
        What is wrong, in the order of the paths.
    """
    snapshot = mirror.local.scan(mirror.store.bases().keys(), mirror.store.seen())
    found = [
        Problem(bad.short_id or "", bad.path, bad.error, bad.hint) for bad in snapshot.unreadable
    ]
    ids = {base_id(path) for path in paths or ()} - {None}
    ids |= {short_id for short_id, path in snapshot.paths.items() if path in (paths or ())}
    for short_id, path in snapshot.paths.items():
        if paths is None or short_id in ids:
            found += _of_page(mirror, short_id, path)
    if tree is not None:
        found += _Staged(mirror, tree, read_base, snapshot).problems()
    wanted = [one for one in found if paths is None or one.path in paths or one.short_id in ids]
    return sorted(dict.fromkeys(wanted), key=lambda one: (one.path or "", one.short_id, one.error))


def _of_page(mirror: Mirror, short_id: str, path: str) -> Iterator[Problem]:
    """What is wrong with one page; one that is as the server has it is not looked at closely."""
    page = mirror.local.read(short_id, path)
    if page is None:
        return
    if isinstance(page, Unreadable):
        yield Problem(short_id, path, page.error, page.hint)
        return
    base = mirror.store.base(short_id)
    stands_on = base.record.notebook if base else None
    try:
        notebook = read(page, stands_on or mirror.blank)
        if notebook != stands_on:
            formats.check_sendable(notebook)
            _check_reads_back(page, notebook)
    except FormatError as error:
        where = "" if path in error.message else f"{path}: "
        yield Problem(short_id, path, f"{where}{error.message}", error.hint)
        return
    if notebook != stands_on and suffix_of(path) == formats.MARKDOWN:
        yield from _marks(page, stands_on)


def _check_reads_back(page: Page, notebook: Notebook) -> None:
    """See to it that a page would be the same once more.

    Raises:
        FormatError: It would not.
    """
    suffix = suffix_of(page.path)
    text = formats.render(notebook, page.short_id, suffix, like=page.text)
    if formats.parse(text, suffix, like=notebook) != notebook:
        raise FormatError(
            "What it says would not come back from a page as it is.",
            hint=f"nbsync diff {quote(page.path)}",
        )


def _marks(page: Page, stands_on: Notebook | None) -> Iterator[Problem]:
    known = formats.body_of(stands_on.content) if stands_on else None
    for line, mark in marks_left(page.text, known=[known or ""]):
        if mark[0] in "<>":
            what = f"{page.path}:{line}: a conflict marker stands in the page"
            yield Problem(page.short_id, page.path, what, "settle the marked region, then save")


@dataclass(slots=True)
class _Pair:
    """A page and its base as the index and HEAD have them; None where they have none.

    Attributes:
        path: The page.
        base_path: The base.
        base: The base that is staged.
        head_base: The base in HEAD.
        page: What the index holds of the page.
        moved: Whether that is another text than HEAD's.
    """

    path: str
    base_path: str
    base: Base | None
    head_base: Base | None
    page: bytes | None
    moved: bool


class _Staged:
    """What the next commit would hold of pages and bases, which belong together."""

    def __init__(
        self, mirror: Mirror, tree: Tree, read_base: ReadBase, snapshot: LocalSnapshot
    ) -> None:
        self._mirror = mirror
        self._tree = tree
        self._read_base = read_base
        self._snapshot = snapshot
        self._head, self._index = tree.head(), tree.index()
        self._pages = HeadPages(self._index, tree.contents)
        self._touched = {
            path
            for path in self._head.keys() | self._index.keys()
            if self._head.get(path) != self._index.get(path)
        }
        sides, places = (self._head, self._index), {*self._touched, *snapshot.paths.values()}
        self._staged = bases_in(self._index)
        self._known = tree.contents(
            {side[path][1] for side in sides for path in places if path in side}
            if self._touched
            else ()
        )

    def problems(self) -> Iterator[Problem]:
        """Bases that are to be committed without their pages, and pages without their bases."""
        bases = bases_in(self._touched)
        at = {path: short_id for short_id, path in self._snapshot.paths.items()}
        for short_id in sorted(bases.keys() | {at[path] for path in self._touched if path in at}):
            for base_path in bases.get(short_id, ()):
                yield from self._of_base(short_id, base_path)
            yield from self._of_page(short_id)

    def _of_base(self, short_id: str, base_path: str) -> Iterator[Problem]:
        pair = self._pair(short_id, base_path)
        if base_path in self._index and pair.base is None:
            what = f"{base_path}: what is staged is no base record of {short_id}"
            yield Problem(short_id, base_path, what, f"git restore --staged {base_path}")
        elif pair.base is None and pair.page is not None and not self._others(short_id, base_path):
            what = f"{base_path} is to go, and its page {pair.path} is to stay"
            yield Problem(short_id, base_path, what, f"git restore --staged {base_path}")
        elif pair.base is not None and self._is_left_behind(pair):
            what = f"{base_path} is staged without its page {pair.path}"
            yield Problem(short_id, base_path, what, f"git add {quote(pair.path)}")

    def _is_left_behind(self, pair: _Pair) -> bool:
        if pair.page is None:
            return pair.path in self._snapshot.paths.values()
        same = pair.base and pair.head_base and pair.base.record.notebook
        if pair.moved or (pair.head_base and same == pair.head_base.record.notebook):
            return False
        return pair.base is not None and not _says(pair.page, pair.path, pair.base)

    def _of_page(self, short_id: str) -> Iterator[Problem]:
        """A page that is staged with what only the base in the working tree knows."""
        here = self._mirror.store.base(short_id)
        bases = self._staged.get(short_id)
        pair = self._pair(short_id, bases[-1] if bases else f".nbsync/base/{short_id}.json")
        if here is None or not pair.moved or pair.page is None:
            return
        known = pair.base.record.notebook if pair.base else None
        if known != here.record.notebook and _says(pair.page, pair.path, here):
            what = f"{pair.path} is staged without its base {pair.base_path}"
            yield Problem(short_id, pair.path, what, f"git add {pair.base_path}")

    def _pair(self, short_id: str, base_path: str) -> _Pair:
        path = self._snapshot.paths.get(short_id, "")
        if path not in self._index:
            path = self._pages.place(short_id) or path
        return _Pair(
            path=path,
            base_path=base_path,
            base=self._base(self._index, short_id, base_path),
            head_base=self._base(self._head, short_id, base_path),
            page=self._data(self._index, path),
            moved=self._index.get(path) != self._head.get(path),
        )

    def _others(self, short_id: str, base_path: str) -> bool:
        return any(path != base_path for path in self._staged.get(short_id, ()))

    def _base(self, side: Mapping[str, Entry], short_id: str, path: str) -> Base | None:
        try:
            return self._read_base(self._data(side, path) or b"", short_id)
        except ValueError:
            return None

    def _data(self, side: Mapping[str, Entry], path: str) -> bytes | None:
        blob = side[path][1] if path in side else None
        if blob is None:
            return None
        return self._known[blob] if blob in self._known else self._tree.contents([blob])[blob]


def _says(data: bytes, path: str, base: Base) -> bool:
    """Whether a page says just what a base does."""
    notebook = base.record.notebook
    try:
        return formats.parse(data.decode(), suffix_of(path), like=notebook) == notebook
    except (FormatError, UnicodeDecodeError):
        return False
