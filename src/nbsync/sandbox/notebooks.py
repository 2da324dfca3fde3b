"""What may happen to notebooks: reading, creating and updating them.

Not imitated: the rewriting of `ph-query` and `ph-python` nodes that the server does on a write
(transcripts/2026/64-content-rewrite-on-write), and its later habit of turning every new notebook
into a Markdown one.
"""

from __future__ import annotations

import secrets
import string
import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from nbsync.sandbox import activity, errors, validation
from nbsync.sandbox.jsonb import dump, kept
from nbsync.sandbox.records import Notebook, record

if TYPE_CHECKING:
    from nbsync.sandbox.database import Database
    from nbsync.sandbox.people import User

_ALPHABET = string.ascii_letters + string.digits
_SHORT_ID_LENGTH = 8


@dataclass(frozen=True, slots=True)
class Notebooks:
    """The notebooks of the one project.

    Attributes:
        db: Where they are kept.
        client_ids: Whether a POST may choose its short_id; servers of 2023 ignore it
            (transcripts/2023/05-create-with-short-id).
    """

    db: Database
    client_ids: bool

    def read(self, short_id: str) -> Notebook:
        """Find a notebook that is not deleted.

        Raises:
            ApiError: There is none (404), or the reader may not see it (403).
        """
        notebook = self.db.find(short_id)
        if notebook is None or notebook.deleted:
            raise errors.not_found()
        if notebook.forbidden:
            raise errors.denied("You do not have viewer access to this resource.")
        return notebook

    def create(self, body: Any, user: User) -> str:
        """Carry out a POST and write its answer.

        Raises:
            ApiError: The body is wrong (400), or the short_id is a deleted notebook's (409).
        """
        given = validation.fields(body)
        asked = validation.short_id(body.get("short_id")) if self.client_ids else None
        content = kept(given.get("content"))
        with self.db.lock:
            if asked is not None and (old := self.db.find(asked)) is not None:
                if old.deleted:
                    raise errors.conflict("A notebook with this short_id already exists.")
                # A live notebook's id: the old one comes back as if it had been made now, and what
                # was sent is dropped (transcripts/2026/63-short-id-semantics).
                return record(old)
            notebook = self._new(asked, given, content, user)
            self.db.save(notebook)
            activity.note(self.db, None, notebook, user)
        return record(notebook, dump(given.get("content")))

    def update(self, short_id: str, body: Any, user: User) -> str:
        """Carry out a PATCH and write its answer; deleted notebooks take it too.

        Raises:
            ApiError: No such notebook (404), a wrong body (400), a stale version (409), or nothing
                to do (500, transcripts/2026/30-patch-empty-body).
        """
        self._writable(short_id)
        given = validation.fields(body)
        with self.db.lock:
            before = self._writable(short_id)
            if "content" in given:
                if given.get("version") != before.version:
                    raise errors.conflict()
                given["version"] = before.version + 1
            if not given:
                raise errors.server_error()
            stored = {**given, "content": kept(given["content"])} if "content" in given else given
            after = replace(
                before, **stored, last_modified_at=self.db.tick(), last_modified_by=user.id
            )
            self.db.save(after)
            activity.note(self.db, before, after, user)
        return record(after, dump(given["content"]) if "content" in given else None)

    def _writable(self, short_id: str) -> Notebook:
        notebook = self.db.find(short_id)
        if notebook is None:
            raise errors.not_found()
        if notebook.forbidden:
            raise errors.denied("You do not have editor access to this resource.")
        return notebook

    def _new(
        self, short_id: str | None, given: dict[str, Any], content: str, user: User
    ) -> Notebook:
        # created_at is the later of the two, transcripts/2026/45-timestamps.
        modified, created = self.db.tick(), self.db.tick()
        return Notebook(
            short_id=short_id or self.unused(),
            id=str(uuid.uuid4()),
            title=given.get("title"),
            content=content,
            text_content=given.get("text_content"),
            version=given.get("version", 0),
            deleted=given.get("deleted", False),
            visibility="default",
            forbidden=False,
            created_at=created,
            created_by=user.id,
            last_modified_at=modified,
            last_modified_by=user.id,
        )

    def unused(self) -> str:
        """Make a short_id that no notebook has."""
        while True:
            made = "".join(secrets.choice(_ALPHABET) for _ in range(_SHORT_ID_LENGTH))
            if self.db.find(made) is None:
                return made
