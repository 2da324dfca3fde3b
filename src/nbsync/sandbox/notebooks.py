"""What may happen to notebooks: reading, creating and updating them."""

from __future__ import annotations

import secrets
import string
import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from nbsync.sandbox import activity, errors, validation
from nbsync.sandbox.converting import markdown_content
from nbsync.sandbox.jsonb import dump, kept
from nbsync.sandbox.kinds import Kind
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
        kind: How the server behaves where not all do the same.
    """

    db: Database
    kind: Kind

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
            ApiError: The body is wrong (400), or a notebook has the short_id (409 or 500).
        """
        given = validation.fields(body, self.kind)
        asked = validation.short_id(body.get("short_id")) if self.kind.client_ids else None
        content = kept(given.get("content"), self.kind.deepest)
        if self.kind.only_markdown:
            given["content"], given["text_content"] = markdown_content(given.get("content"))
            content = kept(given["content"], self.kind.deepest)
        with self.db.lock:
            if asked is not None and (old := self.db.find(asked)) is not None:
                return self._given_back(old)
            notebook = self._new(asked, given, content, user)
            self.db.save(notebook)
            activity.note(self.db, None, notebook, user, self.kind)
        return self._record(notebook, dump(given.get("content")))

    def update(self, short_id: str, body: Any, user: User) -> str:
        """Carry out a PATCH and write its answer; deleted notebooks take it too.

        Raises:
            ApiError: No such notebook (404), a wrong body (400), a stale version (409), or nothing
                to do (500, transcripts/2026/30-patch-empty-body).
        """
        self._writable(short_id)
        given = validation.fields(body, self.kind)
        with self.db.lock:
            before = self._writable(short_id)
            if "content" in given and (given["content"] or self.kind.checks_falsy_content):
                if given.get("version") != before.version:
                    raise errors.conflict()
                given["version"] = before.version + 1
            if not given:
                raise errors.server_error()
            stored = dict(given)
            if "content" in given:
                stored["content"] = kept(given["content"], self.kind.deepest)
            after = replace(
                before, **stored, last_modified_at=self.db.tick(), last_modified_by=user.id
            )
            self.db.save(after)
            activity.note(self.db, before, after, user, self.kind)
        return self._record(after, dump(given["content"]) if "content" in given else None)

    def _given_back(self, old: Notebook) -> str:
        """Answer a POST with a short_id that is taken."""
        if self.kind.taken_ids_fail:
            raise errors.server_error()
        if old.deleted:
            raise errors.conflict("A notebook with this short_id already exists.")
        # The old one comes back as if it had been made now, and what was sent is dropped.
        return self._record(old, None)

    def _record(self, notebook: Notebook, content: str | None) -> str:
        return record(notebook, content, long=self.kind.long_records)

    def _writable(self, short_id: str) -> Notebook:
        notebook = self.db.find(short_id)
        if notebook is None:
            raise errors.not_found()
        if notebook.forbidden or notebook.access == "viewer":
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
