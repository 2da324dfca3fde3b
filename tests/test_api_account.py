"""What a server tells of a key is read as far as it can be, whatever else it tells."""

from __future__ import annotations

import httpx
import pytest

from mirrors import never_sleep
from nbsync.api.account import Identity, Project, identify, projects
from nbsync.api.exchange import Exchange
from nbsync.errors import AuthError, ConfigError, NotFound, Unavailable
from nbsync.model import Json

HOST = "https://us.posthog.com"
KEY: dict[str, Json] = {"label": "laptop", "scopes": ["user:read", "notebook:write"]}
ME: dict[str, Json] = {"email": "a@example.com", "first_name": "Ana", "last_name": "Lee"}
Answers = dict[str, httpx.Response]


def json(value: Json, status: int = 200) -> httpx.Response:
    return httpx.Response(status, json=value)


def refused(status: int, code: str, detail: str) -> httpx.Response:
    return json({"type": "x", "code": code, "detail": detail, "attr": None}, status)


def server(answers: Answers) -> tuple[Exchange, list[str]]:
    """An exchange with a server that knows some paths, and the paths that were asked for."""
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.raw_path.decode())
        return answers.get(request.url.path, refused(404, "not_found", "Endpoint not found."))

    http = httpx.Client(base_url=HOST, transport=httpx.MockTransport(answer))
    return Exchange(http, sleep=never_sleep), asked


def told(key: Json, user: Json = None) -> Identity:
    answers = {"/api/personal_api_keys/@current/": json(key)}
    if user is not None:
        answers["/api/users/@me/"] = json(user)
    return identify(server(answers)[0], HOST)


def test_a_key_and_its_user_are_told() -> None:
    team: Json = {"id": 7, "name": " Site ", "api_token": "phc_x"}
    who = told({**KEY, "scoped_teams": [7, 8]}, {**ME, "team": team})
    assert who == Identity(
        name="Ana Lee",
        email="a@example.com",
        label="laptop",
        scopes=("notebook:write", "user:read"),
        limited_to=("7", "8"),
        current=Project("7", "Site"),
    )


@pytest.mark.parametrize(
    ("scopes", "scope", "may"),
    [
        (None, "notebook:write", True),
        (["*"], "notebook:write", True),
        (["notebook:write"], "notebook:read", True),
        (["notebook:read"], "notebook:write", False),
        ([], "notebook:read", False),
        ([3], "notebook:read", False),
    ],
)
def test_writing_implies_reading_and_no_scopes_at_all_are_no_limit(
    scopes: Json, scope: str, *, may: bool
) -> None:
    assert told({**KEY, "scopes": scopes}, ME).may(scope) is may


@pytest.mark.parametrize("team", [None, 3, {}, {"id": "7"}])
def test_a_user_without_a_project_of_their_own_has_none(team: Json) -> None:
    assert told(KEY, {**ME, "team": team, "first_name": None}).current is None


def test_a_user_is_not_asked_for_where_the_key_may_not() -> None:
    exchange, asked = server({"/api/personal_api_keys/@current/": json({**KEY, "scopes": []})})
    assert identify(exchange, HOST).email == ""
    assert asked == ["/api/personal_api_keys/@current/"]


@pytest.mark.parametrize(
    "first",
    [
        refused(404, "not_found", "Not found."),
        refused(403, "permission_denied", "This action does not support personal API key access"),
        refused(401, "not_authenticated", "Authentication credentials were not provided."),
    ],
)
def test_a_server_that_does_not_tell_of_keys_tells_whose_it_is(first: httpx.Response) -> None:
    answers = {"/api/personal_api_keys/@current/": first, "/api/users/@me/": json(ME)}
    who = identify(server(answers)[0], HOST)
    assert (who.email, who.scopes, who.label) == ("a@example.com", None, "")


@pytest.mark.parametrize(
    ("answer", "error", "says"),
    [
        (refused(401, "authentication_failed", "invalid."), AuthError, "nbsync login --host"),
        (refused(403, "permission_denied", "does not support personal API key"), AuthError, ""),
        (refused(404, "not_found", "Endpoint not found."), NotFound, "check the host"),
        (httpx.Response(404, text="nginx"), Unavailable, "login page"),
        (json([]), Unavailable, "login page"),
        (json({"email": 3}), Unavailable, "login page"),
        (
            httpx.Response(302, headers={"location": "https://evil.example/api/users/@me/"}),
            ConfigError,
            "evil.example",
        ),
    ],
)
def test_what_is_no_answer_is_an_error(
    answer: httpx.Response, error: type[Exception], says: str
) -> None:
    exchange, asked = server({"/api/users/@me/": answer})
    with pytest.raises(error) as caught:
        identify(exchange, HOST)
    assert says in getattr(caught.value, "hint", "")
    assert "project " not in str(caught.value)
    assert asked[0] == "/api/personal_api_keys/@current/"


def test_projects_are_listed_by_name_and_what_is_none_is_left_out() -> None:
    rows: Json = [{"id": 9, "name": "b"}, {"id": 2, "name": "A"}, {"name": "x"}, 3, {"id": 1}]
    exchange, asked = server({"/api/projects/": json({"results": rows})})
    assert projects(exchange, HOST) == (Project("1", ""), Project("2", "A"), Project("9", "b"))
    assert asked == ["/api/projects/?limit=500"]


def test_projects_that_may_not_be_listed_are_an_error() -> None:
    detail = "API keys with scoped projects are only supported on project-based endpoints."
    answer = refused(403, "permission_denied", detail)
    exchange, _ = server({"/api/projects/": answer})
    with pytest.raises(AuthError, match="scoped projects"):
        projects(exchange, HOST)
