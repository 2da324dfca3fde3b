"""Pages as git's HEAD holds them: where they lie, and whether the server has all their words."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from nbsync import formats
from nbsync.errors import FormatError
from nbsync.model import Base, Notebook

_SUFFIXES = (formats.MARKDOWN, formats.JSON)


class HeadPages:
    """The pages in HEAD by id, read only when somebody asks.

    Args:
        head: What HEAD holds, by path: (mode, id of the content).
        contents: Gives contents by their ids.
    """

    def __init__(
        self,
        head: Mapping[str, tuple[str, str]],
        contents: Callable[[Collection[str]], Mapping[str, bytes]],
    ) -> None:
        self._head = head
        self._contents = contents
        self._places: dict[str, str] | None = None

    def place(self, short_id: str) -> str | None:
        """Where a notebook's page lies in HEAD; None where none does."""
        if self._places is None:
            self._places = self._read()
        return self._places.get(short_id)

    def id_at(self, path: str, data: bytes) -> str | None:
        """The id in what HEAD holds at a path; None where it is no page."""
        return _id_in(data, "." + path.rpartition(".")[2])

    def _read(self) -> dict[str, str]:
        paths = [
            path
            for path in self._head
            if path.endswith(_SUFFIXES) and not any(part[:1] == "." for part in path.split("/"))
        ]
        texts = self._contents({self._head[path][1] for path in paths})
        found: dict[str, str] = {}
        for path in sorted(paths):
            short_id = self.id_at(path, texts[self._head[path][1]])
            if short_id is not None:
                found.setdefault(short_id, path)
        return found


def _id_in(data: bytes, suffix: str) -> str | None:
    try:
        return formats.short_id_in(data.decode(), suffix)
    except (FormatError, UnicodeDecodeError):
        return None


def is_known(
    data: bytes | None, short_id: str, suffix: str, base: Base, head_base: Base | None
) -> bool:
    """Whether the server has, or had, what a page in HEAD says: no word of it is only here.

    Args:
        data: The page; None for none.
        short_id: The notebook.
        suffix: `.md` or `.json`.
        base: What the page is to stand on.
        head_base: What it stands on in HEAD, where that is known.
    """
    text = None if data is None else _as_page(data, short_id, suffix)
    if text is None:
        return data is None
    for stands_on in (base, *([head_base] if head_base else [])):
        said = _said(text, suffix, stands_on.record.notebook)
        if said == stands_on.record.notebook:
            return True
        if said is not None and {said.key, formats.page_key(said)} & set(base.earlier):
            return True
    return False


def text_to_commit(data: bytes | None, suffix: str, base: Base) -> str:
    """A record as a page, with the front matter that the page in HEAD has.

    A page in HEAD that says just what the record does stays as it is, byte for byte.

    Args:
        data: The page in HEAD, of which `is_known` is true; None for none.
        suffix: `.md` or `.json`.
        base: What the page is to stand on.

    Raises:
        FormatError: The record cannot be written as such a page.
    """
    record = base.record
    like = None if data is None else _as_page(data, record.short_id, suffix)
    if like is not None and _said(like, suffix, record.notebook) == record.notebook:
        return like
    return formats.render(record.notebook, record.short_id, suffix, like=like)


def _as_page(data: bytes, short_id: str, suffix: str) -> str | None:
    """A file of HEAD as the notebook's page, which it may have become since; None if it cannot."""
    try:
        text = data.decode()
        same = formats.short_id_in(text, suffix) == short_id
        return text if same else formats.adopt(text, short_id, suffix)
    except (FormatError, UnicodeDecodeError):
        return None


def _said(text: str, suffix: str, like: Notebook) -> Notebook | None:
    try:
        return formats.parse(text, suffix, like=like)
    except FormatError:
        return None
