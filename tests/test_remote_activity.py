"""What was done to a notebook is read page by page, and no further than it is wanted."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest

from fake_time import FakeTime
from nbsync.api.connecting import connect
from nbsync.errors import AuthError, ConfigError, NotFound, Rejected, Unavailable
from nbsync.model import Activity, Json, Notebook
from nbsync.remote import Server
from nbsync.sandbox import Sandbox

PAGE = Sandbox.markdown
LOG = "/api/projects/1/notebooks/note/activity/"


@pytest.fixture
def server(sandbox: Sandbox) -> Iterator[Server]:
    time = FakeTime()
    with connect(sandbox.url, sandbox.key, project="1", env={}, sleep=time.wait) as client:
        yield Server(client)


def edited(box: Sandbox, server: Server, times: int) -> None:
    """Create a notebook and edit it; the log then has one entry more than there were edits."""
    server.create("note", Notebook("Note", PAGE("text 0")))
    for number in range(1, times + 1):
        box.write("note", content=PAGE(f"text {number}"))
    box.clear()


def asked(box: Sandbox) -> list[str]:
    return [each["query"] for each in box.requests() if each["path"] == LOG]


def entry(**fields: Json) -> dict[str, Json]:
    """An entry as transcripts/2026/68 has them."""
    detail: Json = {"id": None, "changes": None, "trigger": None, "name": "Note", "type": None}
    user: Json = {"first_name": "Ana", "email": "ana@example.com"}
    return {
        "id": "1",
        "user": user,
        "activity": "created",
        "scope": "Notebook",
        "item_id": "note",
        "detail": detail,
        "created_at": "2026-11-23T05:41:04.322757Z",
    } | fields


def logged(box: Sandbox, server: Server, *entries: Json) -> list[Activity]:
    page = {"results": list(entries), "next": None, "previous": None, "total_count": len(entries)}
    box.fault(status=200, body=page)
    return list(server.activity("note"))


def texts(activity: Activity) -> tuple[Json, Json]:
    return activity.changes["content"]


# --- pages ------------------------------------------------------------------------------


def test_every_entry_is_told_newest_first(sandbox: Sandbox, server: Server) -> None:
    edited(sandbox, server, times=6)
    told = list(server.activity("note"))
    assert [each.action for each in told] == ["updated"] * 6 + ["created"]
    assert [texts(each)[1] for each in told[:6]] == [PAGE(f"text {n}") for n in range(6, 0, -1)]
    assert texts(told[5])[0] == PAGE("text 0")
    assert [each.by for each in told] == ["Ben"] * 6 + ["Ana"]
    assert told == sorted(told, key=lambda each: each.at, reverse=True)


def test_a_page_is_five_entries_and_is_read_when_it_is_reached(
    sandbox: Sandbox, server: Server
) -> None:
    edited(sandbox, server, times=11)
    told = server.activity("note")
    assert asked(sandbox) == []
    list(islice(told, 5))
    assert asked(sandbox) == ["limit=5&page=1"]
    next(told)
    assert asked(sandbox) == ["limit=5&page=1", "limit=5&page=2"]
    assert len(list(told)) == 6
    assert asked(sandbox) == ["limit=5&page=1", "limit=5&page=2", "limit=5&page=3"]
    assert server.requests == len(sandbox.requests()) + 1  # the creation


@pytest.mark.parametrize("edits", [0, 4, 5, 9])
def test_a_page_past_the_last_is_never_asked_for(
    sandbox: Sandbox, server: Server, edits: int
) -> None:
    edited(sandbox, server, times=edits)
    assert len(list(server.activity("note"))) == edits + 1
    assert len(asked(sandbox)) == edits // 5 + 1
    assert all(each["status"] == 200 for each in sandbox.requests())


def test_what_is_logged_while_it_is_read_is_left_out_and_nothing_comes_twice(
    sandbox: Sandbox, server: Server
) -> None:
    edited(sandbox, server, times=8)
    told = server.activity("note")
    first = list(islice(told, 5))
    for number in range(12):
        sandbox.write("note", content=PAGE(f"later {number}"))
    every = first + list(told)
    assert [each.action for each in every] == ["updated"] * 8 + ["created"]
    assert len({each.at for each in every}) == 9


def test_a_server_that_has_but_one_page_is_not_asked_for_ever(
    sandbox: Sandbox, server: Server
) -> None:
    page = {"results": [entry()], "next": f"{sandbox.url}{LOG}?page=2", "total_count": 11}
    sandbox.fault(status=200, body=page, times=None)
    assert len(list(server.activity("note"))) == 1
    assert len(sandbox.requests()) == 3


def test_a_next_page_at_another_host_is_not_gone_to(sandbox: Sandbox, server: Server) -> None:
    page = {"results": [], "next": "https://evil.example/x", "total_count": 9}
    sandbox.fault(status=200, body=page)
    with pytest.raises(ConfigError, match=r"evil\.example"):
        next(server.activity("note"))


# --- entries -------------------------------------------------------------------------------


def test_a_deletion_and_a_restoration_are_told(sandbox: Sandbox, server: Server) -> None:
    edited(sandbox, server, times=0)
    for deleted in (True, False):
        sandbox.write("note", deleted=deleted)
    restored, deletion, _ = server.activity("note")
    assert (deletion.action, deletion.changes) == ("deleted", {"deleted": (False, True)})
    assert (restored.action, restored.changes) == ("restored", {"deleted": (True, False)})


def test_an_entry_says_what_the_title_was_then(sandbox: Sandbox, server: Server) -> None:
    edited(sandbox, server, times=0)
    sandbox.write("note", title="Uno")
    renamed, created = server.activity("note")
    assert (renamed.title, created.title) == ("Uno", "Note")
    assert renamed.changes == {"title": ("Note", "Uno")}
    assert created.changes == {}


@pytest.mark.parametrize(
    ("user", "name"),
    [
        ({"first_name": "Ana", "last_name": "Lima", "email": "ana@example.com"}, "Ana Lima"),
        ({"first_name": "", "email": "ana@example.com"}, "ana@example.com"),
        ({"first_name": "System", "is_system": True}, "System"),
        ({"first_name": 3}, ""),
        (None, ""),
    ],
)
def test_whose_doing_it_was_is_told_as_well_as_it_is_known(
    sandbox: Sandbox, server: Server, user: Json, name: str
) -> None:
    assert [each.by for each in logged(sandbox, server, entry(user=user))] == [name]


@pytest.mark.parametrize(
    "strange",
    [None, 3, [], "x", {}, entry(created_at=None), entry(activity=None), entry(created_at=3)],
)
def test_an_entry_of_another_shape_is_passed_over(
    sandbox: Sandbox, server: Server, strange: Json
) -> None:
    good = entry(id="2")
    assert len(logged(sandbox, server, strange, good)) == 1


def test_entries_without_an_id_are_all_told(sandbox: Sandbox, server: Server) -> None:
    nameless = {name: value for name, value in entry().items() if name != "id"}
    assert len(logged(sandbox, server, nameless, nameless)) == 2


@pytest.mark.parametrize(
    "detail",
    [None, [], {"changes": {}}, {"changes": [None, {}, {"field": 3}], "name": 4}],
)
def test_a_detail_of_another_shape_tells_nothing(
    sandbox: Sandbox, server: Server, detail: Json
) -> None:
    (told,) = logged(sandbox, server, entry(detail=detail))
    assert (told.title, dict(told.changes)) == (None, {})


def test_a_change_that_lacks_a_side_has_nothing_there(sandbox: Sandbox, server: Server) -> None:
    changes: Json = [{"field": "title", "after": "A"}]
    (told,) = logged(sandbox, server, entry(detail={"changes": changes}))
    assert told.changes == {"title": (None, "A")}


@pytest.mark.parametrize(
    "page",
    [
        [],
        {"results": []},
        {"results": {}, "next": None, "total_count": 0},
        {"results": [], "next": None, "total_count": None},
        {"results": [], "next": None},
    ],
)
def test_a_page_of_another_shape_is_no_answer(sandbox: Sandbox, server: Server, page: Json) -> None:
    sandbox.fault(status=200, body=page, times=None)
    with pytest.raises(Unavailable, match="another shape"):
        next(server.activity("note"))


# --- refusals ----------------------------------------------------------------------------------


def test_a_key_that_may_not_read_the_log_is_told_which_scope_it_lacks(sandbox: Sandbox) -> None:
    with connect(sandbox.url, sandbox.read_only_key, project="1", env={}) as client:
        sandbox.seed(short_id="note")
        with pytest.raises(AuthError, match=r"lacks the scope activity_log:read") as caught:
            next(Server(client).activity("note"))
    assert "activity_log:read" in caught.value.hint


def test_the_log_of_a_deleted_notebook_is_not_there(sandbox: Sandbox, server: Server) -> None:
    edited(sandbox, server, times=1)
    sandbox.write("note", deleted=True)
    for short_id in ("note", "never"):
        with pytest.raises(NotFound, match=f"no notebook {short_id}"):
            next(server.activity(short_id))


def test_a_server_that_is_too_old_to_show_the_log_is_said_to_be() -> None:
    with (
        Sandbox(kind="2023") as box,
        connect(box.url, box.key, project="1", env={}) as client,
    ):
        box.seed(short_id="note")
        with pytest.raises(NotFound, match="too old") as caught:
            next(Server(client).activity("note"))
        assert box.url in caught.value.message and caught.value.hint


def test_a_server_that_shows_the_log_to_no_key_says_so(sandbox: Sandbox, server: Server) -> None:
    detail = "This action does not support personal API key access"
    body: dict[str, Any] = {"code": "permission_denied", "detail": detail}
    sandbox.fault(status=403, body=body)
    with pytest.raises(AuthError, match="may not use its log"):
        next(server.activity("note"))


def test_a_log_that_fails_is_asked_for_three_times(sandbox: Sandbox, server: Server) -> None:
    sandbox.fault(status=500, times=None)
    with pytest.raises(Unavailable, match="failed at the server"):
        next(server.activity("note"))
    assert len(sandbox.requests()) == 3


def test_the_log_of_an_id_that_could_be_a_path_is_not_asked_for(
    sandbox: Sandbox, server: Server
) -> None:
    with pytest.raises(Rejected):
        next(server.activity("../x"))
    assert sandbox.requests() == []
