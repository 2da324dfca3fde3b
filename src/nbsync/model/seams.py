"""The seams: what the engine asks of a directory, a server and a store."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from nbsync.errors import NbsyncError
from nbsync.model.memory import (
    Activity,
    Artefact,
    Base,
    BaseInfo,
    JournalEntry,
    Kept,
    LocalSnapshot,
    RemoteMemory,
    RemoteSnapshot,
    Seen,
    Step,
)
from nbsync.model.notebook import Notebook, Page, Record, Unreadable


class LocalReplica(Protocol):
    """The directory's side of the notebooks."""

    def scan(self, tracked: Collection[str], seen: Mapping[str, Seen]) -> LocalSnapshot:
        """Find every page; only files whose signature is not vouched for are read."""
        ...

    def read(self, short_id: str, path: str) -> Page | Unreadable | None:
        """The page at a path; None where there is no file."""
        ...

    def write(self, new: Page, *, old: Page | None) -> None:
        """Put a page in place of the old one.

        Raises:
            PreconditionFailed: The file is not the old page's text (or, without one, is there).
        """
        ...

    def write_new(self, pages: Sequence[Page]) -> Sequence[NbsyncError | None]:
        """Put pages where nothing is: for each, in order, why it was not written, or None.

        Raises:
            Busy: git is at work, or HEAD moved; none of them was written.
        """
        ...

    def remove(self, old: Page) -> None:
        """Remove a page.

        Raises:
            PreconditionFailed: The file is not the old page's text.
        """
        ...

    def place(self, short_id: str, title: str | None, suffix: str, taken: Collection[str]) -> str:
        """The path for a notebook that has no page yet."""
        ...

    def check_quiet(self) -> None:
        """See to it that git is not at work, and that HEAD is where it was at the first call.

        Raises:
            Busy: It is, or it moved.
        """
        ...


class RemoteReplica(Protocol):
    """The server's side of the notebooks."""

    requests: int

    def scan(self, memory: RemoteMemory | None) -> RemoteSnapshot:
        """Read the list as far as is needed to know every notebook's token.

        What the mirror is not for is told as well, but for what only the server can select.

        Raises:
            APIError: The list could not be read to its end.
        """
        ...

    def fetch(self, short_ids: Iterable[str]) -> Iterator[tuple[str, Record | Unreadable | None]]:
        """Get notebooks, several at a time, as they arrive; None for one that is gone (404).

        Raises:
            AuthError: The key is not accepted at all.
            Unavailable: The server cannot be reached any more.
        """
        ...

    def changed(
        self, versions: Mapping[str, int]
    ) -> Iterator[tuple[str, Record | Unreadable | None]]:
        """Get those notebooks whose version is another one than is given; None for one gone.

        A notebook that has the version is passed over: it costs a request and no answer's body.
        Some writers move the version and no row of the list (contract section 5).

        Raises:
            AuthError: The key is not accepted at all.
            Unavailable: The server cannot be reached any more.
        """
        ...

    def activity(self, short_id: str) -> Iterator[Activity]:
        """What the server's log says of a notebook, newest first, read page by page as asked.

        Raises:
            AuthError: The key may not read it; it needs the scope activity_log:read.
            NotFound: The notebook is deleted, or the server is too old to show this.
            APIError: It could not be read.
        """
        ...

    def create(self, short_id: str, new: Notebook) -> Record:
        """Create a notebook under an id of our choice; the answer may be another notebook.

        Raises:
            AnswerLost: It may or may not have been created.
            APIError: It was not.
        """
        ...

    def update(self, old: Record, new: Notebook) -> Record:
        """Replace the content (and the title, if it differs) of the version that old has.

        An old record that is deleted is restored by the same request.

        Raises:
            VersionConflict: The server's version is another one.
            AnswerLost: It may or may not have been replaced.
            APIError: It was not.
        """
        ...

    def undelete(self, old: Record) -> Record:
        """Take a notebook out of the server's bin, as it lies there.

        Raises:
            AnswerLost: It may or may not have been restored.
            APIError: It was not; NotFound: it is gone for good.
        """
        ...

    def delete(self, old: Record) -> Record:
        """Put a notebook into the server's bin.

        Raises:
            AnswerLost: It may or may not have been deleted.
            APIError: It was not.
        """
        ...


class Store(Protocol):
    """What nbsync remembers between runs."""

    def bases(self) -> Mapping[str, BaseInfo]:
        """Every base that can be read, without its content."""
        ...

    def base(self, short_id: str) -> Base | None:
        """A base; None where it is missing, unreadable or another notebook's."""
        ...

    def put_base(self, record: Record) -> BaseInfo:
        """Set a base; what it replaces goes to the history and into `earlier`."""
        ...

    def put_bases(self, records: Sequence[Record]) -> Sequence[BaseInfo | NbsyncError]:
        """Set the bases of different notebooks: for each, in order, what was told or why not."""
        ...

    def drop_base(self, short_id: str) -> None:
        """Remove a base; what it held goes to the history."""
        ...

    def steps(self) -> Mapping[str, Step]:
        """The (page, base) pairs that were last seen in step."""
        ...

    def put_step(self, short_id: str, step: Step | None) -> None:
        """Remember a pair, or that there is none."""
        ...

    def seen(self) -> Mapping[str, Seen]:
        """Files by path, as the last scan saw them."""
        ...

    def put_seen(self, seen: Mapping[str, Seen]) -> None:
        """Remember files as a scan saw them, in place of the earlier ones."""
        ...

    def rows(self) -> RemoteMemory | None:
        """What the list last told; None where that is not known."""
        ...

    def put_rows(self, memory: RemoteMemory) -> None:
        """Remember what the list told."""
        ...

    def put_row(self, short_id: str, token: str | None) -> None:
        """Remember that a notebook now has this token, or is gone, if the list was ever read."""
        ...

    def keep_text(self, page: Page) -> None:
        """Keep a page's text in the history; the same text is kept once."""
        ...

    def keep_record(self, record: Record) -> None:
        """Keep a record in the history; the same record is kept once."""
        ...

    def kept(self, short_id: str) -> tuple[Kept, ...]:
        """What the history has of a notebook, the newest first."""
        ...

    def verified(self) -> str:
        """When every notebook was last asked for its version, ISO 8601 in UTC; "" if not known."""
        ...

    def note_verified(self) -> None:
        """Remember that every notebook was asked for its version now."""
        ...

    def journal(self) -> tuple[JournalEntry, ...]:
        """Every entry that was not struck."""
        ...

    def enter(self, entry: JournalEntry) -> None:
        """Write an entry, durably; it replaces an earlier one for the same notebook."""
        ...

    def strike(self, short_id: str) -> None:
        """Remove the entry of a notebook, if there is one."""
        ...

    def conflicts(self) -> Mapping[str, Artefact]:
        """Every open conflict."""
        ...

    def open_conflict(self, short_id: str, artefact: Artefact) -> None:
        """Write a conflict's files; a merged file that the user has edited stays as it is."""
        ...

    def close_conflict(self, short_id: str) -> None:
        """Remove a conflict's files, if there are any; what the user wrote there is kept."""
        ...
