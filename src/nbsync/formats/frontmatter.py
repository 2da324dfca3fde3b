"""The YAML at the head of a page: how it is found, and what it says."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from nbsync.errors import FormatError
from nbsync.formats.markers import refuse_markers

if TYPE_CHECKING:
    import yaml

SHORT_ID, TITLE = "short_id", "title"

_PAGE = re.compile(
    r"(?P<opening>\ufeff?---[ \t]*\r?\n)(?P<front>(?:(?!---[ \t]*(?:\r?\n|\Z))[^\n]*\n)*)"
    r"(?P<closing>---[ \t]*(?:\r?\n|\Z))(?P<gap>(?:\r?\n)?)"
)
_ID = re.compile(r"[A-Za-z0-9]{1,32}")
_ID_LINE = re.compile(rf"^{SHORT_ID}[ \t]*:", re.MULTILINE)
# The lines that nbsync itself writes, but for escapes: they are read without loading YAML.
_OWN_LINE = re.compile(
    rf"({SHORT_ID}|{TITLE}): (null|\"([ !#-\[\]-~\xa1-\u2027\u202a-\ud7ff\ue000-\ufefe"
    r"\uff00-\ufffd\U00010000-\U0010ffff]*)\")\r?\n"
)
# YAML takes long over what is longer or deeper, and the pages of a clone may be either.
_LONGEST, _DEEPEST = 100_000, 100
_FIX = "put the lines between the two `---` right, then run `nbsync status`"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page's text, cut into its parts; joined, they are the text again.

    Attributes:
        opening: The first `---` line, with a byte order mark before it if there is one.
        front: The lines between.
        closing: The second `---` line.
        gap: The empty line after it, "" where there is none.
        body: All the rest.
    """

    opening: str
    front: str
    closing: str
    gap: str
    body: str

    @property
    def text(self) -> str:
        """All of the page."""
        return f"{self.opening}{self.front}{self.closing}{self.gap}{self.body}"

    @property
    def line_end(self) -> str:
        """The line end that the front matter uses."""
        return "\r\n" if self.opening.endswith("\r\n") else "\n"


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of the front matter that is ours.

    Attributes:
        value: What it says, read as the text that stands there; None for null.
        line: The page's line that it begins in, counted from 1.
        key: Where in the front matter its key begins.
        start: Where its value begins.
        end: Where its value ends.
    """

    value: str | None
    line: int
    key: int
    start: int
    end: int


def split(text: str) -> Sheet | None:
    """Cut a page's text into its parts; None where no front matter begins, or none ends."""
    found = _PAGE.match(text)
    if found is None:
        return None
    return Sheet(**found.groupdict(), body=text[found.end() :])


def short_id_of(text: str) -> str | None:
    """Read the id in a page's front matter; None where the text is nobody's business.

    Raises:
        FormatError: There is a `short_id:` line, but the id cannot be told.
    """
    sheet = split(text)
    if sheet is None:
        _refuse_unclosed(text)
        return None
    if SHORT_ID not in sheet.front:
        return None
    try:
        entries = read(sheet.front)
    except FormatError:
        if _ID_LINE.search(sheet.front):
            raise
        return None
    return id_in(entries) if SHORT_ID in entries else None


def _refuse_unclosed(text: str) -> None:
    if re.match(r"\ufeff?---[ \t]*\r?\n", text) and _ID_LINE.search(text):
        raise FormatError(
            "The front matter is not closed: there is no second `---` line.",
            line=1,
            hint="put a `---` line after the front matter, then run `nbsync status`",
        )


def id_in(entries: Mapping[str, Entry]) -> str:
    """Give the id among the entries of a front matter.

    Raises:
        FormatError: There is none, or it is no id.
    """
    entry = entries.get(SHORT_ID)
    if entry is None:
        raise FormatError("The front matter has no short_id.", line=1, hint=_FIX)
    check_id(entry.value, line=entry.line)
    return entry.value or ""


def check_id(short_id: object, *, line: int) -> None:
    """Refuse what is no notebook's id.

    Args:
        short_id: What stands there.
        line: The page's line that it stands in.

    Raises:
        FormatError: It is no text of 1 to 32 ASCII letters and digits.
    """
    if not isinstance(short_id, str) or not _ID.fullmatch(short_id):
        raise FormatError(
            f"The short_id is {json.dumps(short_id)}, which is no notebook's id: those are 1 to 32"
            " ASCII letters and digits.",
            line=line,
            hint="put the id back; the notebook's address in the browser ends with it",
        )


def read(front: str) -> dict[str, Entry]:
    """Read the keys that are ours, short_id and title, as the text that stands there.

    Args:
        front: The lines between the two `---` lines.

    Raises:
        FormatError: It is no YAML mapping, or a key of ours stands there twice or is no text.
    """
    own = _read_own(front)
    return _read_yaml(front) if own is None else own


def _read_own(front: str) -> dict[str, Entry] | None:
    entries: dict[str, Entry] = {}
    at = 0
    while at < len(front):
        found = _OWN_LINE.match(front, at)
        if found is None or found[1] in entries:
            return None
        line = len(entries) + 2
        entries[found[1]] = Entry(found[3], line, at, found.start(2), found.end(2))
        at = found.end()
    return entries


def _read_yaml(front: str) -> dict[str, Entry]:
    import yaml  # noqa: PLC0415 - most pages can be read without it

    entries: dict[str, Entry] = {}
    root = _compose(front)
    if not isinstance(root, yaml.MappingNode | None):
        raise FormatError("The front matter has no keys.", line=2, hint=_FIX)
    for key, value in root.value if root else ():
        name = key.value
        if not isinstance(key, yaml.ScalarNode) or name not in (SHORT_ID, TITLE):
            continue
        line = _line_at(front, key.start_mark.index)
        if not isinstance(value, yaml.ScalarNode):
            raise FormatError(f"{name} is no text.", line=line, hint=_FIX)
        if name in entries:
            raise FormatError(f"{name} stands there twice.", line=line, hint=_FIX)
        text = None if value.tag == "tag:yaml.org,2002:null" else value.value
        marks = (key.start_mark.index, value.start_mark.index, value.end_mark.index)
        entries[name] = Entry(text, line, *marks)
    return entries


def _compose(front: str) -> yaml.Node | None:
    import yaml  # noqa: PLC0415 - as above

    _refuse_endless(front)
    try:
        root: yaml.Node | None = yaml.compose(front, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
        refuse_markers("\n" + front)
        mark = getattr(error, "problem_mark", None)
        index = mark.index if mark else getattr(error, "position", 0)
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
        raise FormatError(
            f"The front matter is no YAML: {problem}.", line=_line_at(front, index), hint=_FIX
        ) from error
    return root


def _refuse_endless(front: str) -> None:
    if len(front) > _LONGEST:
        why = f"it is longer than {_LONGEST} characters"
    elif max(accumulate((each in "[{") - (each in "]}") for each in front), default=0) > _DEEPEST:
        why = "it is nested too deeply"
    else:
        return
    raise FormatError(f"The front matter is no YAML that a page has: {why}.", line=2, hint=_FIX)


def _line_at(front: str, index: int) -> int:
    return front.count("\n", 0, index) + 2


def same_text(one: str | None, other: str | None) -> bool:
    """Tell whether two titles are the same to PostHog, which strips them (observed.md 14)."""
    return one == other or (one is not None and other is not None and one.strip() == other.strip())
