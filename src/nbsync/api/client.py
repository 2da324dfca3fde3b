"""The notebooks endpoints, one method each."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from urllib.parse import quote, urlsplit

import httpx

from nbsync.api.bodies import encode, is_listing, is_log, is_notebook
from nbsync.api.budget import Budget
from nbsync.api.exchange import MAX_WAIT, Exchange
from nbsync.api.question import Question, shown, unreadable_answer
from nbsync.errors import ConfigError, Rejected
from nbsync.model import Json

_SHORT_ID = re.compile(r"[A-Za-z0-9]{1,32}")


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of the notebooks list.

    Attributes:
        rows: JSON objects with at least short_id, title and last_modified_at.
        count: How many notebooks the whole list has.
        more: Whether there is a page after this one.
    """

    rows: tuple[dict[str, Json], ...] = field(repr=False)
    count: int
    more: bool


@dataclass(frozen=True, slots=True)
class Log:
    """A page of a notebook's activity log, newest entry first.

    Attributes:
        entries: JSON objects of any shape; what is no object is left out.
        more: Whether there is a page after this one.
    """

    entries: tuple[dict[str, Json], ...] = field(repr=False)
    more: bool


class Client:
    """One project's notebooks at one host. May be used by several threads at once.

    Args:
        http: Where to and with which key; must not follow redirects.
        project: The project's id.
        another: Makes one more of it, for threads that ask at once; else they share the one.
        budget: Asked before each request; None for no limit.
        sleep: Waits so many seconds.
        clock: The wall clock, in seconds.
        log: Told what it waits for.
        trace: Told of every request, a line each, without the key.
        patience: How many seconds one question waits at most because the server asks it to.
        insists: Whether a question that was not answered is asked again.
    """

    def __init__(
        self,
        http: httpx.Client,
        *,
        project: str,
        another: Callable[[], httpx.Client] | None = None,
        budget: Budget | None = None,
        sleep: Callable[[float], object] = time.sleep,  # noqa: TID251 - the one real one
        clock: Callable[[], float] = time.time,
        log: Callable[[str], None] | None = None,
        trace: Callable[[str], None] | None = None,
        patience: float = MAX_WAIT,
        insists: bool = True,
    ) -> None:
        self.project = project
        self.host = str(http.base_url).rstrip("/")
        self._place = f"/api/projects/{quote(project, safe='')}/notebooks/"
        self._exchange = Exchange(
            http,
            another=another,
            budget=budget,
            sleep=sleep,
            clock=clock,
            log=log,
            trace=trace,
            patience=patience,
            insists=insists,
        )

    @property
    def requests(self) -> int:
        """How many requests were sent."""
        return self._exchange.requests

    @property
    def exchange(self) -> Exchange:
        """What its questions go through; those about the key itself go the same way."""
        return self._exchange

    def __enter__(self) -> Self:
        """Close it at the end of a with statement."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Close the connections and the budget."""
        self._exchange.close()

    def list(
        self, *, limit: int, offset: int = 0, order: str | None = None, **filters: str
    ) -> Listing:
        """Read a page of the list; deleted and internal notebooks are not in it (contract 1).

        Args:
            limit: Rows at most; 1000 is honoured (observed.md 11).
            offset: Rows before the page.
            order: A field; the default is the last modified first. Unknown ones are a 500.
            **filters: Such as search, created_by, date_from (contract section 1).

        Raises:
            AuthError: The key is not accepted.
            ConfigError: There is no such project, or it is elsewhere.
            Unavailable: The server cannot be reached, or asks to wait for too long.
        """
        query = {"limit": str(limit), "offset": str(offset), **filters}
        if order is not None:
            query["order"] = order
        asked = self._question("GET", None, is_listing)
        answer = self._exchange.ask(asked, query=query) or {}
        rows, count, following = answer["results"], answer["count"], answer["next"]
        assert isinstance(rows, list)
        assert isinstance(count, int)
        if following is not None:
            self._check_next(asked, following)
        dicts = tuple(row for row in rows if isinstance(row, dict))
        return Listing(dicts, count, following is not None)

    def get(
        self, short_id: str, *, version: int | None = None, stop: threading.Event | None = None
    ) -> dict[str, Json] | None:
        """Read one notebook.

        Args:
            short_id: Its id.
            version: Answer None if this is still its version; that hides a new title
                (observed.md 7, 9).
            stop: Ends waiting when it is set.

        Raises:
            NotFound: It does not exist, or it is deleted.
            AuthError: The key is not accepted; Forbidden if it is for others only.
            Unavailable: The server cannot be reached, or asks to wait for too long.
            CancelledError: Stop was set.
        """
        # The bare number: with quotes it never matches (observed.md 9).
        headers = {} if version is None else {"If-None-Match": str(version)}
        asked = self._question("GET", short_id, is_notebook, conditional=version is not None)
        return self._exchange.ask(asked, headers=headers, stop=stop)

    def activity(self, short_id: str, *, page: int, limit: int) -> Log:
        """Read a page of what was done to a notebook (contract section 6; transcripts/2026/48, 68).

        Args:
            short_id: Its id.
            page: Counted from 1; one past the last is a 500 (transcripts/2023/49).
            limit: Entries at most; each may hold the notebook twice.

        Raises:
            NotFound: It does not exist, or it is deleted, or the server is too old to tell.
            AuthError: The key may not read the log: it needs the scope activity_log:read.
            Unavailable: The server cannot be reached, or asks to wait for too long.
        """
        asked = self._question("GET", short_id, is_log, log=True)
        answer = self._exchange.ask(asked, query={"limit": str(limit), "page": str(page)}) or {}
        entries, total, following = answer["results"], answer["total_count"], answer["next"]
        assert isinstance(entries, list)
        assert isinstance(total, int)
        if following is not None:
            self._check_next(asked, following)
        dicts = tuple(entry for entry in entries if isinstance(entry, dict))
        return Log(dicts, following is not None and page * limit < total)

    def create(self, body: Mapping[str, Json]) -> dict[str, Json]:
        """Create a notebook; the answer may be another one (contract section 3).

        Args:
            body: short_id, title, content, text_content.

        Raises:
            AnswerLost: It may or may not have been created.
            VersionConflict: A deleted notebook has the short_id.
            Rejected: The server refuses it.
            AuthError: The key may not write.
            Unavailable: Nothing was sent, or the server asks to wait for too long.
        """
        asked = self._question("POST", None, is_notebook)
        return self._exchange.ask(asked, body=encode(body)) or {}

    def update(self, short_id: str, body: Mapping[str, Json]) -> dict[str, Json]:
        """Change a notebook; works on deleted ones, too (contract section 4).

        Args:
            short_id: Its id.
            body: The fields to set; version exactly where there is content.

        Raises:
            AnswerLost: It may or may not have been changed.
            VersionConflict: Its version is another one.
            NotFound: It does not exist.
            Rejected: The server refuses it.
            AuthError: The key may not write, or not this one.
            Unavailable: Nothing was sent, or the server asks to wait for too long.
        """
        asked = self._question("PATCH", short_id, is_notebook)
        return self._exchange.ask(asked, body=encode(body)) or {}

    def _question(
        self,
        method: str,
        short_id: str | None,
        expects: Callable[[Json], bool],
        *,
        conditional: bool = False,
        log: bool = False,
    ) -> Question:
        path = self._place
        if short_id is not None:
            if not _SHORT_ID.fullmatch(short_id):
                raise Rejected(
                    f"{short_id!r} is no short_id: those are ASCII letters and digits.",
                    hint="nbsync list",
                )
            path += f"{short_id}/activity/" if log else f"{short_id}/"
        return Question(method, self.host, path, self.project, short_id, expects, conditional, log)

    def _check_next(self, asked: Question, following: Json) -> None:
        """Pages are reckoned here; but a link to another host tells that something is amiss."""
        try:
            name = urlsplit(following).hostname if isinstance(following, str) else None
        except ValueError:
            name = None
        if name is None:
            raise unreadable_answer(asked, "the link to its next page is none")
        name = shown(name)
        if name != urlsplit(self.host).hostname:
            raise ConfigError(
                f"{asked} says that its next page is at another host, {name!r}.",
                hint=f"if {name!r} is where your PostHog is, set `host` in nbsync.toml to it;"
                " if not, the proxy before it must hand on the Host header",
            )
