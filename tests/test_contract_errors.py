"""Every error that servers were seen to answer with is a message that says what to do next."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from nbsync.api.answers import decipher
from nbsync.api.bodies import is_listing, is_log, is_notebook
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

HOST = "https://posthog.example.com"
LIST = "/api/projects/7/notebooks/"
# What was asked: a list or a new notebook, a notebook, or its activity log.
PATHS = {
    "list": (LIST, None, is_listing),
    "notebook": (f"{LIST}abc/", "abc", is_notebook),
    "log": (f"{LIST}abc/activity/", "abc", is_log),
}
PROXY, SCOPE = "HTTPS_PROXY", "to the key in PostHog's settings"
# A command that can be run, a setting, a place in PostHog or in the page, or when to come back.
NEXT = re.compile(r"nbsync [a-z]|nbsync\.toml|POSTHOG_|PostHog|_PROXY|proxy|page|run it again")


@dataclass(frozen=True)
class Meaning:
    """What a body stands for: it is the first one with that status, question and words."""

    status: int
    words: str
    error: type[NbsyncError]
    hint: str
    asked: str = ""


MEANINGS = [
    Meaning(400, "more than 256 characters", Rejected, "`title:`"),
    Meaning(400, "Null characters", Rejected, "U+0000"),
    Meaning(400, "Surrogate characters", Rejected, "broken character"),
    Meaning(400, "Not a valid string", Rejected, "one line of text"),
    Meaning(400, "for integer string conversion", Rejected, "long number"),
    Meaning(400, "JSON parse error", Rejected, PROXY),
    Meaning(400, "Invalid data. Expected a dictionary", Rejected, PROXY),
    Meaning(400, "No data provided", Rejected, PROXY),
    Meaning(400, "Value must be valid JSON", Rejected, "nbsync diff"),
    Meaning(400, "ph-query node", Rejected, "correct that query"),
    Meaning(400, "short_id must be", Rejected, "nbsync add"),
    Meaning(400, '"attr":"version"', Rejected, "nbsync pull"),
    Meaning(400, '"attr":"deleted"', Rejected, "nbsync diff"),
    Meaning(400, '"attr":"created_by"', Rejected, "nbsync status -v"),
    Meaning(401, "credentials were not provided", AuthError, "Authorization header"),
    Meaning(401, "is invalid.", AuthError, "export POSTHOG_PERSONAL_API_KEY="),
    Meaning(401, "Invalid username", AuthError, "export POSTHOG_PERSONAL_API_KEY="),
    Meaning(403, "required scope 'notebook:read'", AuthError, f"notebook:read {SCOPE}"),
    Meaning(403, "required scope 'notebook:write'", AuthError, f"notebook:write {SCOPE}"),
    Meaning(403, "required scope 'activity_log:read'", AuthError, f"activity_log:read {SCOPE}"),
    Meaning(403, "access to the requested project", AuthError, "`project` in nbsync.toml"),
    Meaning(403, "have access to the project", AuthError, "`project` in nbsync.toml"),
    Meaning(403, "does not support personal API key", AuthError, "update PostHog"),
    Meaning(403, "", Forbidden, "firewall"),
    Meaning(404, "Endpoint not found.", NotFound, "update PostHog", asked="GET log"),
    Meaning(404, "Endpoint not found.", ConfigError, "`host` in nbsync.toml"),
    Meaning(404, "Project not found.", ConfigError, "`project` and `host`"),
    Meaning(404, '"Not found."', ConfigError, "`project` and `host`", asked="GET list"),
    Meaning(404, '"Not found."', NotFound, "`project` in nbsync.toml"),
    Meaning(404, "", Unavailable, "a proxy or a login page"),
    Meaning(405, "", Rejected, "lets GET, POST and PATCH pass"),
    Meaning(406, "Accept header", Rejected, "headers Accept"),
    Meaning(409, "Someone else edited", VersionConflict, "nbsync sync"),
    Meaning(409, "short_id already exists", VersionConflict, "nbsync sync"),
    Meaning(415, "Unsupported media type", Rejected, "Content-Type"),
    Meaning(429, "throttled", RateLimited, "goes on where it stopped"),
    Meaning(500, "", Unavailable, "PostHog's status page", asked="GET"),
    Meaning(500, "", AnswerLost, "nbsync status"),
]


def question(asked: str) -> Question:
    method, _, kind = asked.partition(" ")
    path, short_id, expects = PATHS[kind]
    return Question(method, HOST, path, "7", short_id, expects, log=kind == "log")


def error_of(
    asked: str, status: int, body: str, headers: dict[str, str] | None = None
) -> NbsyncError:
    with pytest.raises((APIError, ConfigError)) as caught:
        decipher(question(asked), status, headers or {}, body.encode(), now=0)
    return caught.value


def seen() -> list[Any]:
    """Every error body of the transcripts: who was asked what, and what the answer was.

    Methods that nbsync does not use stand there as the nearest one that it does.
    """
    file = Path(__file__).with_name("contract") / "errors.json"
    return [
        pytest.param(asked, answer, id=f"{named(answer)} {asked}")
        for answer in json.loads(file.read_text("utf-8"))
        for asked in answer["asked"]
    ]


def named(answer: dict[str, Any]) -> str:
    said = json.loads(answer["body"]) if answer["body"].startswith("{") else {}
    return f"{answer['status']} {said.get('code')} {said.get('attr')} {answer['seen'][0]}"


@pytest.mark.parametrize(("asked", "answer"), seen())
def test_every_error_that_was_seen_says_what_to_do_next(asked: str, answer: dict[str, Any]) -> None:
    error = error_of(asked, answer["status"], answer["body"], answer.get("headers"))
    meaning = next(
        each
        for each in MEANINGS
        if each.status == answer["status"]
        and each.words in answer["body"]
        and asked.startswith(each.asked)
    )
    assert type(error) is meaning.error
    assert HOST in error.message or "abc" in error.message
    assert meaning.hint in error.hint and NEXT.search(error.hint)


def test_every_meaning_was_seen() -> None:
    answers = [each.values for each in seen()]
    for meaning in MEANINGS:
        assert any(
            answer["status"] == meaning.status and meaning.words in answer["body"]
            for _, answer in answers
        )


@pytest.mark.parametrize(("asked", "answer"), seen())
def test_only_an_error_of_posthogs_own_says_that_a_write_was_refused(
    asked: str, answer: dict[str, Any]
) -> None:
    error = error_of(asked, answer["status"], answer["body"], answer.get("headers"))
    if isinstance(error, AnswerLost):
        assert error.refused is ('"type":"server_error"' in answer["body"])
        assert ("no effect" in error.message) is error.refused


def body(detail: str, *, kind: str = "", code: str = "", attr: str | None = None) -> str:
    return json.dumps({"type": kind, "code": code, "detail": detail, "attr": attr})


# These stand in the contract, sections 4, 8 and 9, and in no transcript.
SHARED = "Can't save: you don't have access to X, and this notebook is publicly shared."
TOLD = [
    (400, body(SHARED, code="invalid_input"), Rejected, "end the sharing"),
    (403, body(SHARED, code="permission_denied"), Forbidden, "end the sharing"),
    (400, body("At most 50 cells.", code="invalid_input", attr="content"), Rejected, "take cells"),
    (403, body("You do not have editor access.", code="permission_denied"), Forbidden, "ask for"),
    (
        403,
        body("Organization 'X' does not allow using personal API keys.", code="permission_denied"),
        AuthError,
        "an administrator",
    ),
    (401, "<html>Proxy login</html>", AuthError, "`host` in nbsync.toml"),
    (413, "<html>Too large</html>", Rejected, "split the notebook"),
    (418, "{}", Rejected, PROXY),
    (429, "", RateLimited, "goes on where it stopped"),
]


@pytest.mark.parametrize(("status", "text", "kind", "hint"), TOLD)
def test_every_error_that_the_contract_tells_of_says_what_to_do_next(
    status: int, text: str, kind: type[NbsyncError], hint: str
) -> None:
    error = error_of("PATCH notebook", status, text)
    assert type(error) is kind
    assert hint in error.hint and NEXT.search(error.hint)


def test_an_advice_names_the_notebook_where_there_is_one() -> None:
    text = body("Value must be valid JSON.", code="invalid_input", attr="content")
    assert error_of("PATCH notebook", 400, text).hint.endswith("nbsync diff abc")
    assert error_of("POST list", 400, text).hint.endswith("nbsync diff")


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_gateways_error_says_nothing_of_a_write(status: int) -> None:
    for text in ("<html>", body("A server error occurred.", kind="server_error", code="error")):
        error = error_of("POST list", status, text, {"retry-after": "3"})
        assert isinstance(error, AnswerLost) and not error.refused
