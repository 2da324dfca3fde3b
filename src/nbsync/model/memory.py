"""What is remembered between runs, and what a scan tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from nbsync.model.notebook import Notebook, Record, Unreadable
from nbsync.model.values import Json


class Base(NamedTuple):
    """The record that a page stands on, and what earlier stood in step with it.

    Attributes:
        record: The notebook as both sides held it when they last agreed, as the server returned it.
        earlier: Keys of the last 50 notebooks that were in step before this one, and of their
            pages where those say less; newest first.
    """

    record: Record
    earlier: tuple[str, ...] = ()


class BaseInfo(NamedTuple):
    """What can be told of a base without loading it.

    Attributes:
        digest: Of its file.
        token: Its record's.
        version: Its record's.
        title: Its record's.
        by: Who changed its record last (`Record.by`).
    """

    digest: str
    token: str
    version: int
    title: str | None
    by: str = ""

    @property
    def stamp(self) -> str:
        """Tells this base's record from others, as `Record.stamp` does."""
        return f"{self.version} {self.token}"


class Step(NamedTuple):
    """The page and the base that the index last saw in step; page is "" where none was."""

    page: str
    base: str


class Seen(NamedTuple):
    """A file as the scan last saw it: a stat signature that vouches for a digest.

    Attributes:
        signature: (mtime ns, size, inode, ctime ns).
        checked_ns: The wall clock when the bytes were read; a younger mtime is racily clean. 0
            where they could not be understood.
        token: Digest of its text; "" where the file is not readable as text.
        short_id: The id in it; None where it is nobody's business.
    """

    signature: tuple[int, int, int, int]
    checked_ns: int
    token: str
    short_id: str | None

    @classmethod
    def written(cls, token: str, short_id: str) -> Seen:
        """A page that was written: its text is known, and its stat is too young to vouch for it."""
        return cls((0, 0, 0, 0), 1, token, short_id)


@dataclass(frozen=True, slots=True)
class RemoteMemory:
    """What the list told, the last time it was read to the end.

    Attributes:
        rows: short_id to row token, for all that was listed.
        cursor: `last_modified_at` of the first row of the last walk's first request.
        count: How many notebooks the server counted then.
        unlisted: Ids that are not in the list, and that a GET has shown not to be gone.
        tells_all: Whether its rows are whole records: a server of 2023, which chooses ids itself.
        selection: The token of the selection that it was read for.
        outside: Ids that the selection leaves out, by what the list last told of them. What only
            the server selects by is not there: it does not list what it leaves out.
        me: The uuid of the person whose key is used; "" where nobody asked.
        asker: Tells that key from others; "" where it does not matter who asks.
    """

    rows: Mapping[str, str]
    cursor: str
    count: int
    unlisted: frozenset[str] = frozenset()
    tells_all: bool = False
    selection: str = ""
    outside: frozenset[str] = frozenset()
    me: str = ""
    asker: str = ""


class LocalSnapshot(NamedTuple):
    """The directory at one moment: what lies where, by token."""

    tokens: Mapping[str, str]
    paths: Mapping[str, str]
    unreadable: tuple[Unreadable, ...]
    untracked: tuple[str, ...]
    seen: Mapping[str, Seen]


class RemoteSnapshot(NamedTuple):
    """The server's list at one moment: what it holds, by token.

    Attributes:
        tokens: Row tokens by short_id.
        memory: What the next scan is to be given.
        refused: Notebooks whose ids are no file names everywhere; they are left alone.
    """

    tokens: Mapping[str, str]
    memory: RemoteMemory
    refused: tuple[Unreadable, ...] = ()


class JournalEntry(NamedTuple):
    """What is being done to one notebook right now, so that a killed run can be finished.

    Attributes:
        short_id: The notebook.
        kind: "create" (an intent: the page is to become a notebook), "push" or "pull".
        path: Its page.
        before: Token of the page before; "" for no page.
        after: Token of the page after; "" for no page.
        to: The base to come, for "pull"; None where base goes.
        sent: What was sent, for "push" and for a "create" that was tried.
        old_path: Where the page before lies, if that is another place; it goes when after is there.
        since: When the server's newest known row was modified, before a "create" was first sent:
            what was made before that is not its effect.
    """

    short_id: str
    kind: str
    path: str
    before: str = ""
    after: str = ""
    to: Record | None = None
    sent: Notebook | None = None
    old_path: str = ""
    since: str = ""


@dataclass(frozen=True, slots=True)
class Artefact:
    """An open conflict's files.

    Attributes:
        remote: The server's record that the conflict is with.
        texts: Page texts by name: "base" (where there is one), "local", "remote", "merged".
        suffix: What the file names end in, `.md` or `.json`.
        regions: How many regions overlap.
        base: The stamp of the base that it was made on; on another one it says nothing.
        seen: The token of the newest record that was held against it. Once somebody has begun
            to edit the merged text, that is newer than remote, which the merged text answers.
    """

    remote: Record
    texts: Mapping[str, str]
    suffix: str
    regions: int
    base: str = ""
    seen: str = ""


class Kept(NamedTuple):
    """Something that the history has of a notebook.

    Attributes:
        at: When it was put there, ISO 8601 in UTC.
        key: What people name it by: eight hexadecimal digits of its text's digest.
        record: The server's record; None for the text of a page.
        text: The page's text; "" for a record.
        suffix: What the page's name ended in; "" for a record.
    """

    at: str
    key: str
    record: Record | None = None
    text: str = ""
    suffix: str = ""


class Activity(NamedTuple):
    """One entry of the server's activity log of a notebook (contract section 6).

    Attributes:
        at: When it was, as the server wrote it (ISO 8601).
        by: Whose doing it was; "" where the server does not say.
        action: "created", "updated", "deleted", "restored" or what else the server says.
        title: The notebook's title then.
        changes: (before, after) by the field that changed: content, title, version, deleted.
    """

    at: str
    by: str
    action: str
    title: str | None
    changes: Mapping[str, tuple[Json, Json]] = MappingProxyType({})
