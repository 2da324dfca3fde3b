"""Every status and body has one meaning, and nothing passes for what it is not."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbsync.api.answers import decipher, told_to_wait
from nbsync.api.bodies import is_listing, is_notebook
from nbsync.api.question import Question
from nbsync.errors import (
    AnswerLost,
    APIError,
    AuthError,
    ConfigError,
    Forbidden,
    NbsyncError,
    NotFound,
    RateLimited,
    Rejected,
    Unavailable,
    VersionConflict,
)
from nbsync.model import Json

HOST = "https://us.posthog.com"
PATH = "/api/projects/7/notebooks/"
NOW = 1_800_000_000.0
RECORD: dict[str, Json] = {
    "short_id": "abc",
    "title": None,
    "last_modified_at": "2026-09-01T00:00:00Z",
    "version": 3,
    "content": None,
}

GET = Question("GET", HOST, f"{PATH}abc/", "7", "abc", is_notebook)
GET_IF = Question("GET", HOST, f"{PATH}abc/", "7", "abc", is_notebook, conditional=True)
LIST = Question("GET", HOST, PATH, "7", None, is_listing)
POST = Question("POST", HOST, PATH, "7", None, is_notebook)
PATCH = Question("PATCH", HOST, f"{PATH}abc/", "7", "abc", is_notebook)


def read(
    asked: Question, status: int, body: object = b"", **headers: str
) -> dict[str, Json] | None:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return decipher(asked, status, named, data, now=NOW)


def said(detail: str, code: str = "permission_denied", attr: str | None = None) -> dict[str, Json]:
    return {"type": "whatever", "code": code, "detail": detail, "attr": attr}


def failure(asked: Question, status: int, body: object = b"", **headers: str) -> NbsyncError:
    with pytest.raises(NbsyncError) as caught:
        read(asked, status, body, **headers)
    return caught.value


def test_a_record_is_data() -> None:
    assert read(GET, 200, RECORD) == RECORD
    assert read(POST, 201, RECORD) == RECORD


def test_numbers_are_read_as_the_database_keeps_them() -> None:
    body = json.dumps(RECORD).replace('"content": null', '"content": [1e16, -0.0]').encode()
    answer = read(GET, 200, body)
    assert answer is not None
    assert repr(answer["content"]) == "[10000000000000000, 0.0]"


def test_not_modified_is_an_answer_only_to_a_conditional_question() -> None:
    assert read(GET_IF, 304) is None
    assert isinstance(failure(GET, 304), Unavailable)


@pytest.mark.parametrize(
    "body", [b"<html>Sign in</html>", b"", b'{"short_id": "ab', b"[]", {"short_id": 1}, {"a": 1}]
)
def test_a_good_status_with_a_foreign_body_is_no_answer(body: object) -> None:
    assert type(failure(GET, 200, body)) is Unavailable
    assert isinstance(failure(PATCH, 200, body), AnswerLost)
    assert isinstance(failure(POST, 201, body), AnswerLost)


def test_a_login_page_is_named() -> None:
    assert "an HTML page" in failure(LIST, 200, b" <!doctype html>").message


@pytest.mark.parametrize(
    "rows", [None, [1], [{"short_id": "a"}], [{**RECORD, "title": 3}], [{**RECORD, "short_id": 3}]]
)
def test_a_list_whose_rows_are_no_notebooks_is_no_answer(rows: Json) -> None:
    body = {"count": 1, "next": None, "results": rows}
    assert isinstance(failure(LIST, 200, body), Unavailable)
    assert isinstance(failure(LIST, 200, {"count": 0, "results": []}), Unavailable)


def test_a_key_that_is_not_accepted_may_be_of_another_region() -> None:
    error = failure(GET, 401, said("Personal API key … is invalid.", "authentication_failed"))
    assert type(error) is AuthError and error.exit_code == 3
    assert "is invalid" in error.message and HOST in error.message
    assert "region" in error.hint and "export POSTHOG_PERSONAL_API_KEY" in error.hint


def test_a_missing_scope_is_named() -> None:
    error = failure(PATCH, 403, said("API key missing required scope 'notebook:write'"))
    assert type(error) is AuthError
    assert "notebook:write" in error.message and "notebook:write" in error.hint


@pytest.mark.parametrize(
    "detail",
    [
        "API key does not have access to the requested project: ID 1.",
        "You don't have access to the project.",
        "This action does not support personal API key access",
        "Organization 'X' does not allow using personal API keys.",
    ],
)
def test_a_key_for_other_projects_is_no_matter_of_one_notebook(detail: str) -> None:
    error = failure(GET, 403, said(detail))
    assert type(error) is AuthError
    assert "project 7" in error.message and detail in error.message


def test_a_notebook_for_others_only_is_forbidden_by_itself() -> None:
    error = failure(PATCH, 403, said("You do not have editor access to this resource."))
    assert type(error) is Forbidden and error.exit_code == 3
    assert isinstance(failure(GET, 403, b"blocked"), Forbidden)


def test_a_missing_notebook_is_not_found() -> None:
    error = failure(GET, 404, said("Not found.", "not_found"))
    assert type(error) is NotFound and "abc" in error.message


@pytest.mark.parametrize("asked", [GET, PATCH, LIST, POST])
def test_a_missing_project_is_a_matter_of_configuration(asked: Question) -> None:
    error = failure(asked, 404, said("Project not found.", "not_found"))
    assert type(error) is ConfigError and error.exit_code == 2
    assert "project 7" in error.message and HOST in error.message and "nbsync.toml" in error.hint


@pytest.mark.parametrize("detail", ["Not found.", "Endpoint not found."])
def test_a_list_that_is_not_there_is_a_missing_project(detail: str) -> None:
    assert type(failure(LIST, 404, said(detail, "not_found"))) is ConfigError


@pytest.mark.parametrize("body", [b"", b"<html>nginx</html>", {"detail": "nope"}, []])
def test_a_proxys_404_does_not_pass_for_a_deleted_notebook(body: object) -> None:
    assert isinstance(failure(GET, 404, body), Unavailable)
    assert isinstance(failure(PATCH, 404, body), AnswerLost)


def test_a_conflict_is_known_by_its_status() -> None:
    body = {"type": "server_error", "code": "conflict", "detail": "Someone else edited …"}
    error = failure(PATCH, 409, body)
    assert type(error) is VersionConflict and "Someone else" in error.message


@pytest.mark.parametrize("status", [400, 405, 413, 415, 418])
def test_a_refusal_says_what_is_wrong_and_where(status: int) -> None:
    error = failure(POST, status, said("Too long.", "max_length", "title"))
    assert type(error) is Rejected
    assert "Too long." in error.message and "title" in error.message
    assert "without a reason" in failure(POST, status, b"").message


@pytest.mark.parametrize(
    ("headers", "detail", "wait"),
    [
        ({"retry_after": "24"}, "Expected available in 62 seconds.", 24),
        ({}, "Request was throttled. Expected available in 62 seconds.", 62),
        ({"retry_after": "soon"}, "Expected available in 1 second.", 1),
        ({"retry_after": "0"}, "", 1),
        ({}, "", 60),
        ({}, "Expected available in 0 seconds.", 1),
    ],
)
def test_throttling_says_how_long_to_wait(
    headers: dict[str, str], detail: str, wait: float
) -> None:
    for asked in (GET, PATCH):
        error = failure(asked, 429, said(detail, "throttled"), **headers)
        assert isinstance(error, RateLimited)
        assert error.wait == wait and error.exit_code == 7


def test_a_date_is_a_time_to_wait_too() -> None:
    later = format_datetime(datetime.fromtimestamp(NOW + 90, UTC), usegmt=True)
    assert told_to_wait({"retry-after": later}, now=NOW) == 90
    assert told_to_wait({"retry-after": later}, now=NOW + 500) == 1
    assert told_to_wait({}, now=NOW) is None


def test_a_date_after_the_end_of_all_calendars_is_a_long_wait() -> None:
    error = failure(GET, 429, b"", retry_after="Fri, 31 Dec 9999 23:59:59 -1200")
    assert isinstance(error, RateLimited) and error.wait == 999_999_999


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_a_broken_server_leaves_a_write_in_doubt(status: int) -> None:
    body = said("A server error occurred.", "error")
    assert type(failure(GET, status, body)) is Unavailable
    error = failure(PATCH, status, body)
    assert type(error) is AnswerLost and error.hint == "nbsync status"


def test_a_server_that_asks_to_wait_is_obeyed_where_that_does_no_harm() -> None:
    error = failure(GET, 503, b"", retry_after="9")
    assert isinstance(error, RateLimited) and error.wait == 9
    assert isinstance(failure(PATCH, 503, b"", retry_after="9"), AnswerLost)


def test_a_redirect_to_another_host_says_how_to_go_there() -> None:
    for status in (301, 302, 307, 308):
        error = failure(GET, status, location=f"https://eu.posthog.com{PATH}abc")
        assert type(error) is ConfigError
        assert 'host = "https://eu.posthog.com"' in error.hint


@pytest.mark.parametrize(
    "location", ["/login?next=/", "https://wifi.example/login", "", "//[", "."]
)
def test_a_redirect_to_another_page_is_no_answer(location: str) -> None:
    error = failure(LIST, 302, location=location)
    assert type(error) is Unavailable
    assert location in error.message and "host" in error.hint


def test_what_a_server_says_cannot_steer_a_terminal() -> None:
    error = failure(POST, 400, said("\x1b[2J" + "x" * 1000, "invalid", "\x07"))
    assert "\x1b" not in error.message and "\x07" not in error.message
    assert len(error.message) < 500


@given(
    st.sampled_from([GET, GET_IF, LIST, POST, PATCH]),
    st.integers(200, 599),
    st.binary() | st.sampled_from([b"{}", b"[]", b"null"]),
)
def test_every_response_is_data_or_an_error_of_ours(
    asked: Question, status: int, body: bytes
) -> None:
    with suppress(APIError, ConfigError):
        read(asked, status, body)
