"""What of the list a mirror is for: asked of the server, or told from the rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from nbsync.api.client import Client
from nbsync.errors import ConfigError, Rejected
from nbsync.model import ME, Json, RemoteMemory, Selection
from nbsync.remote.listing import Row, read

_HINT = "change [filter] in nbsync.toml"


@dataclass(frozen=True, slots=True)
class Selecting:
    """Reads the list for a selection.

    Attributes:
        selection: What the mirror is for.
        asker: Tells the key that is used from others.
    """

    selection: Selection
    asker: str = ""

    def read(
        self, client: Client, memory: RemoteMemory | None
    ) -> tuple[RemoteMemory, Mapping[str, Row]]:
        """Read the list as far as is needed, and sort out what the selection leaves out.

        Args:
            client: Whom to ask.
            memory: What this returned the last time. One of another selection, or of somebody
                else's key where it matters who asks, is none.

        Raises:
            ConfigError: The server refuses the selection, or does not know it.
            APIError: The list could not be read to its end.
        """
        if memory is not None and not self._was_read_for(memory):
            memory = None
        try:
            after, rows = read(client, memory, self.selection.query)
        except Rejected as error:
            if not self.selection.query:
                raise
            raise ConfigError(f"{error.message} It was asked for {self._asked}.", hint=_HINT) from (
                error
            )
        if after.tells_all and self.selection.query:
            # It passes over parameters that it does not know, and lists everything.
            raise ConfigError(
                f"This PostHog is too old to select notebooks by {self._asked}.",
                hint="use `created_by` and `titles` in [filter] of nbsync.toml",
            )
        return (self._sorted_out(client, memory, after, rows) if self._token else after), rows

    @property
    def _token(self) -> str:
        return self.selection.token

    @property
    def _who(self) -> str:
        """Tells who asks, where that matters."""
        return self.asker if ME in self.selection.created_by else ""

    @property
    def _asked(self) -> str:
        return " and ".join(f"{name} = {value!r}" for name, value in self.selection.query.items())

    def _was_read_for(self, memory: RemoteMemory) -> bool:
        return (memory.selection, memory.asker) == (self._token, self._who)

    def _sorted_out(
        self,
        client: Client,
        before: RemoteMemory | None,
        after: RemoteMemory,
        rows: Mapping[str, Row],
    ) -> RemoteMemory:
        """Say which notebooks are outside: by their rows now, or as was told of them before.

        What was outside and is not listed any more stays outside: what is done to it there is
        no matter of this mirror.
        """
        me, known = (before.me, before.outside) if before else ("", frozenset[str]())
        if ME in self.selection.created_by and not me and rows.keys() - known:
            me = _whose_key(client)
        left_out = {
            short_id
            for short_id, row in rows.items()
            if not self.selection.takes(_title(row), creator_of(row.fields), me=me)
        }
        outside = frozenset(left_out | (known - rows.keys()))
        return replace(after, selection=self._token, outside=outside, me=me, asker=self._who)


def creator_of(fields: Mapping[str, Json]) -> str:
    """The uuid of whoever made a notebook, by its row or record; "" where it does not say."""
    person = fields.get("created_by")
    uuid = person.get("uuid") if isinstance(person, dict) else None
    return str(uuid or "").lower()


def _title(row: Row) -> str | None:
    title = row.fields["title"]
    return None if title is None else str(title)


def _whose_key(client: Client) -> str:
    """The uuid of the person whose key is used; "" while that person has made no notebook.

    Any value of `user` means whoever asks (transcripts/2026/57). This takes no other scope than
    the list itself.
    """
    rows = client.list(limit=1, user="true").rows
    return creator_of(rows[0]) if rows else ""
