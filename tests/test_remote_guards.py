"""What guards a write where the server does not: servers of 2023, and fields that none checks."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_time import FakeTime
from nbsync.api.client import Client
from nbsync.api.connecting import connect
from nbsync.errors import FormatError, VersionConflict
from nbsync.model import Json, Notebook, Record, record_of
from nbsync.remote import Server
from nbsync.sandbox import Sandbox

PAGE = Sandbox.markdown
NOTHING: list[Json] = [None, {}, [], "", 0, False]
CONTENTS = st.sampled_from([*NOTHING, PAGE("text"), PAGE("")])


class OldServer:
    """One notebook of a server of 2023 (transcripts/2023/22-33): falsy content is not checked.

    Attributes:
        record: The notebook.
        sent: (method, body) of every request.
    """

    def __init__(self, content: Json, *, version: int = 3, deleted: bool = False) -> None:
        self.sent: list[tuple[str, Any]] = []
        self.record: dict[str, Json] = {
            "short_id": "note",
            "title": "Note",
            "content": content,
            "version": version,
            "deleted": deleted,
            "last_modified_at": "2023-08-11T00:00:00Z",
        }

    def server(self) -> Server:
        http = httpx.Client(
            transport=httpx.MockTransport(self._answer), base_url="https://posthog.example.com"
        )
        return Server(Client(http, project="1", sleep=FakeTime().wait))

    def held(self) -> Record:
        return record_of(self.record)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        body: dict[str, Any] = json.loads(request.content or b"{}")
        self.sent.append((request.method, body))
        if request.method == "GET" and self.record["deleted"]:
            said = {"type": "invalid_request", "code": "not_found", "detail": "Not found."}
            return httpx.Response(404, json=said)
        if request.method == "PATCH":
            known = {name: body[name] for name in body.keys() & self.record.keys()}
            if not known:
                return httpx.Response(500, json={"type": "server_error", "code": "error"})
            if known.get("content"):
                if known.get("version") != self.record["version"]:
                    return httpx.Response(409, json={"type": "server_error", "code": "conflict"})
                known["version"] += 1
            self.record |= known
        return httpx.Response(200, json=self.record)


# --- content that no server of 2023 checks -----------------------------------------------


@pytest.mark.parametrize("content", NOTHING)
@pytest.mark.parametrize("theirs", [{"version": 4, "content": PAGE("theirs")}, {"version": 9}])
def test_a_wrong_version_never_wipes_what_others_wrote(
    content: Json, theirs: dict[str, Json]
) -> None:
    there = OldServer(PAGE("first"))
    held = there.held()
    there.record |= theirs
    before = dict(there.record)
    with pytest.raises(VersionConflict) as caught:
        there.server().update(held, Notebook("Note", content))
    assert there.record == before
    assert [method for method, _ in there.sent] == ["GET"]
    assert caught.value.hint == "nbsync sync"


@pytest.mark.parametrize("content", NOTHING)
def test_what_was_wiped_under_the_same_version_is_seen(content: Json) -> None:
    there = OldServer(PAGE("first"))
    held = there.held()
    there.record["content"] = {"type": "doc"}
    with pytest.raises(VersionConflict):
        there.server().update(held, Notebook("Note", content))
    assert there.record["content"] == {"type": "doc"}


@pytest.mark.parametrize("content", NOTHING)
def test_content_that_is_nothing_is_sent_where_all_is_as_it_was(content: Json) -> None:
    there = OldServer(PAGE("first"))
    record = there.server().update(there.held(), Notebook("Note", content))
    assert record.notebook.content == there.record["content"] == content
    assert [method for method, _ in there.sent] == ["GET", "PATCH"]


@pytest.mark.parametrize("content", [{}, None])
def test_an_emptied_page_of_a_deleted_notebook_brings_it_back_empty(content: Json) -> None:
    there = OldServer(PAGE("first"), deleted=True)
    record = there.server().update(there.held(), Notebook("Note", content))
    assert (record.deleted, record.notebook.content) == (False, content)
    assert [method for method, _ in there.sent] == ["GET", "PATCH", "PATCH"]


def test_an_emptied_page_does_not_wipe_what_was_written_before_the_deletion() -> None:
    there = OldServer(PAGE("first"))
    held = there.held()
    there.record |= {"content": PAGE("theirs"), "version": 4, "deleted": True}
    with pytest.raises(VersionConflict):
        there.server().update(held, Notebook("Note", {}))
    assert there.record["content"] == PAGE("theirs")


def test_an_older_server_over_http_is_guarded_just_so() -> None:
    with (
        Sandbox(kind="2023") as box,
        connect(box.url, box.key, project="1", env={}) as client,
    ):
        box.seed(short_id="note", title="Note", content=PAGE("first"))
        server, held = Server(client), record_of(box.record("note"))
        box.write("note", content=PAGE("theirs"))
        for content in NOTHING:
            with pytest.raises(VersionConflict):
                server.update(held, Notebook("Note", content))
        assert box.record("note")["content"] == PAGE("theirs")
        now = record_of(box.record("note"))
        assert server.update(now, Notebook("Note", {})).notebook.content == {}


# --- every write ------------------------------------------------------------------------------


@given(
    content=CONTENTS,
    title=st.none() | st.sampled_from(["Note", "Other", "", "x" * 300]),
    theirs=CONTENTS,
    was_deleted=st.booleans(),
    is_deleted=st.booleans(),
)
def test_a_version_goes_with_content_alone_and_no_patch_is_empty(
    content: Json, title: str | None, theirs: Json, *, was_deleted: bool, is_deleted: bool
) -> None:
    there = OldServer(theirs, deleted=is_deleted)
    server, held = there.server(), replace(there.held(), deleted=was_deleted)
    with suppress(VersionConflict, FormatError):
        server.update(held, Notebook(title, content))
    server.delete(held)
    server.undelete(held)
    sent = [body for method, body in there.sent if method == "PATCH"]
    assert len(sent) >= 2
    for body in sent:
        assert body
        assert ("version" in body) is ("content" in body) is ("text_content" in body)
        assert "short_id" not in body
        assert ("title" in body) is ("content" in body and title != "Note")
