"""A PostHog project as a remote replica."""

from __future__ import annotations

import re
import threading
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import closing
from math import ceil

from nbsync.api.budget import Forecast
from nbsync.api.client import Client
from nbsync.api.question import Offline, shown
from nbsync.errors import (
    AnswerLost,
    Forbidden,
    FormatError,
    NbsyncError,
    NotFound,
    RateLimited,
    Rejected,
    Unavailable,
    VersionConflict,
)
from nbsync.formats import check_sendable, text_content
from nbsync.model import (
    EVERYTHING,
    Activity,
    Json,
    Notebook,
    Record,
    RemoteMemory,
    RemoteSnapshot,
    Unreadable,
    canonical,
)
from nbsync.remote.activity import read_log
from nbsync.remote.fetching import fetch_all
from nbsync.remote.listing import PAGE, record_in, whole_records
from nbsync.remote.selecting import Selecting

# The server takes other letters, too (observed.md 13), but as file names they are not portable.
_SHORT_ID = re.compile(r"[A-Za-z0-9]{1,32}")
_GIVE_UP = 20
"""So many bad answers in a row are no longer the fault of single notebooks."""

_UNCHANGED = Unreadable(None, None, "It has the version that is known.")

Fetched = tuple[str, Record | Unreadable | None]
_Answer = tuple[str, Record | Unreadable | None, Unavailable | Rejected | None]


class Server:
    """The notebooks of one project at one host.

    Args:
        client: Whom to ask.
        parallel: How many notebooks are fetched at a time.
        selecting: Reads the list; of all notebooks, where nothing else is given.
    """

    def __init__(
        self, client: Client, *, parallel: int = 8, selecting: Selecting | None = None
    ) -> None:
        self.selecting = selecting or Selecting(EVERYTHING)
        self.refused: tuple[Unreadable, ...] = ()
        """Notebooks that the last scan left out because of their ids."""
        self.access: dict[str, str] = {}
        """What the key's user may do with the notebooks whose rows were read, by short_id:
        "viewer" and the like (contract section 1); it is no part of a record."""
        self._client = client
        self._parallel = parallel
        self._counted_from = 0
        self._told: dict[str, Record] = {}
        self._pages = 0  # of a list that tells every notebook whole; 0 for other lists

    @property
    def requests(self) -> int:
        """How many requests were sent."""
        return self._client.requests - self._counted_from

    @requests.setter
    def requests(self, count: int) -> None:
        self._counted_from = self._client.requests - count

    def forecast(self, notebooks: int) -> Forecast:
        """How soon so many notebooks can be had at best, under the key's limits.

        Those count that were not yielded yet; some of them may have been asked for.
        """
        asked = len(self._told) + 2 * self._parallel
        return self._client.exchange.forecast(max(0, notebooks - asked))

    def scan(self, memory: RemoteMemory | None) -> RemoteSnapshot:
        """Read the list as far as is needed to know every notebook's token.

        Args:
            memory: The memory of the last scan, updated by later writes; None for none.

        Raises:
            APIError: The list could not be read to its end.
            ConfigError: There is no such project there, or it cannot be selected from like this.
        """
        remembered, rows = self.selecting.read(self._client, memory)
        odd = {each for each in remembered.rows if not _SHORT_ID.fullmatch(each)}
        self.refused = tuple(map(_refused, sorted(odd - remembered.outside)))
        self._told = dict(whole_records(remembered, rows))
        self._pages = ceil(remembered.count / PAGE) if remembered.tells_all else 0
        levels = {each: row.fields.get("user_access_level") for each, row in rows.items()}
        self.access |= {each: level for each, level in levels.items() if isinstance(level, str)}
        tokens = {each: token for each, token in remembered.rows.items() if each not in odd}
        return RemoteSnapshot(tokens, remembered, self.refused)

    def fetch(self, short_ids: Iterable[str]) -> Generator[Fetched, None, None]:
        """Get notebooks, several at a time, as they arrive; None for one that is gone (404).

        A notebook that the list has told whole (2023 servers) is not asked for, once.

        Raises:
            AuthError: The key is not accepted at all.
            Unavailable: The server cannot be reached any more, or asks to wait for too long.
        """
        yield from self._get_all(short_ids, {})

    def changed(self, versions: Mapping[str, int]) -> Generator[Fetched, None, None]:
        """Get those notebooks whose version is another one than is given; None for one gone.

        Servers of 2023 know no condition (observed.md 9), but their list tells everything: it is
        read once, and only what it does not tell is asked for.

        Raises:
            AuthError: The key is not accepted at all.
            Unavailable: The server cannot be reached any more, or asks to wait for too long.
        """
        if 0 < self._pages < len(versions.keys() - self._told.keys()):
            self._told = dict(whole_records(*self.selecting.read(self._client, None)))
        for short_id, found in self._get_all(versions, versions):
            same = isinstance(found, Record) and found.version == versions[short_id]
            if found is not _UNCHANGED and not same:
                yield short_id, found

    def activity(self, short_id: str) -> Iterator[Activity]:
        """What the server's log says of a notebook, newest first, read page by page as asked.

        Raises:
            AuthError: The key may not read it; it needs the scope activity_log:read.
            NotFound: The notebook is deleted, or the server is too old to show this.
            APIError: It could not be read.
        """
        return read_log(self._client, short_id)

    def _get_all(
        self, short_ids: Iterable[str], versions: Mapping[str, int]
    ) -> Generator[Fetched, None, None]:
        def get(short_id: str, stop: threading.Event) -> _Answer:
            return self._get(short_id, versions.get(short_id), stop)

        failures = 0
        with closing(fetch_all(get, short_ids, parallel=self._parallel)) as answers:
            for short_id, found, error in answers:
                failures = 0 if error is None else failures + 1
                if error is not None and failures >= _GIVE_UP:
                    raise error
                yield short_id, found

    def create(self, short_id: str, new: Notebook) -> Record:
        """Create a notebook under an id of our choice; the answer may be another notebook.

        Raises:
            FormatError: Its content cannot be sent; nothing was.
            AnswerLost: It may or may not have been created.
            VersionConflict: A deleted notebook has the id.
            APIError: It was not created.
        """
        check_sendable(new)
        body = {"short_id": short_id, "title": new.title, **_content(new)}
        return _answered(self._client.create(body))

    def update(self, old: Record, new: Notebook) -> Record:
        """Replace the content (and the title, if it differs) of the version that old has.

        An old record that is deleted is restored by the same request. The answer may be a
        deleted notebook if somebody deleted it since.

        Raises:
            FormatError: The content cannot be sent; nothing was.
            VersionConflict: The server's version is another one.
            AnswerLost: It may or may not have been replaced.
            APIError: It was not.
        """
        check_sendable(new)
        self._told.pop(old.short_id, None)
        if not new.content:
            self._check_unchanged(old)
        body: dict[str, Json] = {**_content(new), "version": old.version}
        if new.title != old.notebook.title:
            body["title"] = new.title
        if old.deleted:
            body["deleted"] = False
        return _answered(self._client.update(old.short_id, body), old)

    def undelete(self, old: Record) -> Record:
        """Take a notebook out of the server's bin, as it lies there; its folder is lost.

        Raises:
            AnswerLost: It may or may not have been restored.
            APIError: It was not; NotFound: it is gone for good.
        """
        return self._set_deleted(old, deleted=False)

    def delete(self, old: Record) -> Record:
        """Put a notebook into the server's bin.

        Raises:
            AnswerLost: It may or may not have been deleted.
            APIError: It was not.
        """
        return self._set_deleted(old, deleted=True)

    def _set_deleted(self, old: Record, *, deleted: bool) -> Record:
        self._told.pop(old.short_id, None)
        return _answered(self._client.update(old.short_id, {"deleted": deleted}), old)

    def _get(self, short_id: str, version: int | None, stop: threading.Event) -> _Answer:
        """One notebook; and the error, if it may be the whole server's."""
        told = self._told.pop(short_id, None)
        if told is not None or not _SHORT_ID.fullmatch(short_id):
            return short_id, told or _refused(short_id), None
        try:
            return short_id, self._look_up(short_id, version, stop), None
        except (Offline, RateLimited):
            raise
        except (Unavailable, Rejected) as error:
            return short_id, _unreadable(short_id, error), error
        except FormatError as error:
            return short_id, _unreadable(short_id, error), None

    def _look_up(
        self, short_id: str, version: int | None, stop: threading.Event
    ) -> Record | Unreadable | None:
        try:
            answer = self._client.get(short_id, version=version, stop=stop)
            if answer is None:
                return _UNCHANGED
            record = record_in(answer)
        except NotFound:
            return None
        except Forbidden as error:
            return _unreadable(short_id, error)
        except ValueError as error:
            return _no_notebook(short_id, str(error))
        if record.short_id != short_id:
            return _no_notebook(short_id, f"it is that of {record.short_id[:40]!r}")
        return record

    def _check_unchanged(self, old: Record) -> None:
        """Servers of 2023 do not look at the version of falsy content (observed.md 8)."""
        try:
            answer = self._client.get(old.short_id) or {}
        except NotFound:  # a deleted one is shown only by restoring it, which the edit does anyway
            answer = self._client.update(old.short_id, {"deleted": False})
        same = canonical(answer.get("content")) == canonical(old.notebook.content)
        if not same or answer.get("version") != old.version:
            raise VersionConflict(
                f"Notebook {old.short_id} was changed on the server.", hint="nbsync sync"
            )


def _content(new: Notebook) -> dict[str, Json]:
    # Without text_content, search on the server goes stale (contract section 4).
    return {"content": new.content, "text_content": text_content(new.content)}


def _answered(answer: Json, old: Record | None = None) -> Record:
    try:
        record = record_in(answer)
    except ValueError as error:
        why = str(error)
    else:
        if old is None or record.short_id == old.short_id:
            return record
        why = f"it is that of {record.short_id[:40]!r}"
    raise AnswerLost(
        f"A notebook was sent, but the answer is not its record: {why}.", hint="nbsync status"
    )


def _unreadable(short_id: str, error: NbsyncError) -> Unreadable:
    # One notebook that cannot be had is no reason to say that nothing was done (7).
    code = error.exit_code if isinstance(error, Forbidden) else 4
    return Unreadable(short_id, None, error.message, error.hint, code)


def _no_notebook(short_id: str, why: str) -> Unreadable:
    return Unreadable(
        short_id,
        None,
        f"The server's answer for notebook {short_id} is not its record: {why}.",
        "nbsync pull -v",
    )


def _refused(short_id: str) -> Unreadable:
    return Unreadable(
        None,
        None,
        f"There is a notebook with the id {shown(short_id)!r}, which is no file name everywhere.",
        "it is left alone; copy its content into a new notebook to have it synced",
    )
