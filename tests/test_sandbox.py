"""The sandbox lets in, creates and reads as the servers in the transcripts did."""

from __future__ import annotations

import httpx
import pytest

from calls import BASE, FIELDS, NOT_FOUND, SERVER_ERROR, client, create, patch
from nbsync.sandbox import Sandbox

# --- keys and projects -----------------------------------------------------------


@pytest.mark.parametrize("header", [None, "Token abc", "bearer phx_sandbox_key_of_ana", "Bearer x"])
def test_a_request_without_a_key_is_not_authenticated(sandbox: Sandbox, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    answer = httpx.get(sandbox.url + BASE, headers=headers, verify=False)
    assert answer.status_code == 401
    assert answer.json() == {
        "type": "authentication_error",
        "code": "not_authenticated",
        "detail": "Authentication credentials were not provided.",
        "attr": None,
    }


def test_a_wrong_key_fails_to_authenticate(sandbox: Sandbox) -> None:
    with client(sandbox.url, "phx_nobodys") as http:
        answer = http.get(BASE)
    assert (answer.status_code, answer.json()["code"]) == (401, "authentication_failed")


def test_a_read_only_key_reads_but_does_not_write(sandbox: Sandbox) -> None:
    short_id = sandbox.seed(title="x")["short_id"]
    with client(sandbox.url, sandbox.read_only_key) as http:
        assert http.get(f"{BASE}{short_id}/").status_code == 200
        assert http.get(BASE).json()["count"] == 1
        for answer in (http.post(BASE, json={}), patch(http, short_id, title="y")):
            assert answer.status_code == 403
            assert answer.json()["detail"] == "API key missing required scope 'notebook:write'"
        history = http.get(f"{BASE}{short_id}/activity/")
        assert history.json()["detail"] == "API key missing required scope 'activity_log:read'"
        me = http.get("/api/users/@me/")
        assert me.json()["detail"] == "API key missing required scope 'user:read'"
        assert http.delete(f"{BASE}{short_id}/").status_code == 403


@pytest.mark.parametrize("project", ["2", "0", "-1", "abc", "99999"])
def test_an_unknown_project_is_not_found(ana: httpx.Client, project: str) -> None:
    answer = ana.get(f"/api/projects/{project}/notebooks/")
    assert (answer.status_code, answer.json()["detail"]) == (404, "Project not found.")


@pytest.mark.parametrize(
    "path", ["/api/projects/1.0/notebooks/", f"{BASE}x/bogus/", f"{BASE}x//", "/api/nothing/", "/"]
)
def test_an_unknown_path_has_no_endpoint(ana: httpx.Client, path: str) -> None:
    answer = ana.get(path)
    assert (answer.status_code, answer.json()["detail"]) == (404, "Endpoint not found.")


@pytest.mark.parametrize("project", ["@current", "01", "1"])
def test_the_project_has_several_names(ana: httpx.Client, project: str) -> None:
    assert ana.get(f"/api/projects/{project}/notebooks").json()["count"] == 0


def test_a_key_can_be_asked_who_it_is(ana: httpx.Client, sandbox: Sandbox) -> None:
    key = ana.get("/api/personal_api_keys/@current/").json()
    assert "notebook:write" in key["scopes"] and key["value"] is None
    assert ana.get("/api/users/@me/").json()["email"] == "ana@example.com"
    assert [each["id"] for each in ana.get("/api/projects/").json()["results"]] == [1]
    assert ana.get("/api/projects/@current/").json()["name"] == "Sandbox"
    assert ana.post("/api/projects/").json()["code"] == "method_not_allowed"


def test_keys_and_projects_can_be_ordered_and_are_forgotten(
    ana: httpx.Client, sandbox: Sandbox
) -> None:
    key = {"value": "phx_own", "scopes": ["project:read"], "user": "ben", "projects": [1]}
    assert ana.post("/_sandbox/keys", json=key).status_code == 200
    assert ana.post("/_sandbox/projects", json={"id": 2, "name": "Two"}).status_code == 200
    assert [each["name"] for each in ana.get("/api/projects/").json()["results"]] == [
        "Sandbox",
        "Two",
    ]
    with client(sandbox.url, "phx_own") as http:
        told = http.get("/api/personal_api_keys/@current/").json()
        assert (told["scopes"], told["scoped_teams"], told["user_id"]) == (["project:read"], [1], 2)
        refused = http.get("/api/projects/")
        assert refused.status_code == 403
        assert "scoped projects are only supported on project-based" in refused.json()["detail"]
        assert http.get("/api/projects/1/").status_code == 200
        assert sandbox.requests()[-1]["user"] == "ben"
        sandbox.reset()
        assert http.get("/api/projects/1/").status_code == 401
    assert ana.get("/api/projects/").json()["count"] == 1
    orders: list[dict[str, object]] = [{"scopes": []}, {"value": "phx_own", "user": "eve"}]
    for order in orders:
        assert ana.post("/_sandbox/keys", json=order).status_code in (400, 404)


def test_somebody_of_another_organization_sees_none_of_the_projects(sandbox: Sandbox) -> None:
    with client(sandbox.url, "phx_sandbox_key_outsider") as http:
        assert http.get("/api/projects/").json()["count"] == 0


def test_an_old_server_knows_no_keys_and_asks_for_no_scopes() -> None:
    with Sandbox(kind="2023") as old, client(old.url, old.read_only_key) as http:
        answer = http.get("/api/personal_api_keys/@current/")
        assert (answer.status_code, answer.json()["detail"]) == (404, "Not found.")
        assert http.get("/api/users/@me/").json()["email"] == "ana@example.com"
        assert http.get("/api/projects/").json()["count"] == 1


# --- methods ---------------------------------------------------------------------


def test_delete_is_a_405_without_a_body(ana: httpx.Client, sandbox: Sandbox) -> None:
    short_id = sandbox.seed()["short_id"]
    answer = ana.delete(f"{BASE}{short_id}/")
    assert (answer.status_code, answer.content) == (405, b"")
    assert sandbox.record(short_id)["deleted"] is False


def test_methods_without_a_scope_are_for_no_key(ana: httpx.Client) -> None:
    refused = "This action does not support personal API key access"
    answers = (ana.delete(BASE), ana.post(f"{BASE}x/", json={}), ana.get(f"{BASE}activity/"))
    assert [(each.status_code, each.json()["detail"]) for each in answers] == [(403, refused)] * 3
    assert ana.patch(BASE, json={}).json()["detail"] == 'Method "PATCH" not allowed.'


def test_head_has_no_body_and_options_describes(ana: httpx.Client, sandbox: Sandbox) -> None:
    short_id = sandbox.seed()["short_id"]
    assert ana.head(f"{BASE}{short_id}/").content == b""
    assert ana.options(BASE).json()["name"] == "Notebook List"
    assert ana.options(f"{BASE}{short_id}/").json()["name"] == "Notebook Instance"


def test_put_changes_what_it_names_like_patch(ana: httpx.Client, sandbox: Sandbox) -> None:
    short_id = sandbox.seed(title="a", content={"a": 1})["short_id"]
    assert ana.put(f"{BASE}{short_id}/", json={"title": "b"}).json()["content"] == {"a": 1}


# --- creating --------------------------------------------------------------------


def test_a_new_notebook_has_every_field_of_a_record(ana: httpx.Client) -> None:
    made = create(ana, title="Title only")
    assert list(made) == FIELDS
    assert (made["content"], made["text_content"], made["version"]) == (None, None, 0)
    assert made["created_at"] > made["last_modified_at"]
    assert made["created_by"]["email"] == made["last_modified_by"]["email"] == "ana@example.com"
    assert len(made["short_id"]) == 8 and made["short_id"].isalnum()
    assert list(ana.get(f"{BASE}{made['short_id']}/").json()) == FIELDS


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (None, None), ("", ""), ("   ", ""), ("  padded \n", "padded"), (123, "123"), (1.5, "1.5"),
        ("a\n\tb", "a\n\tb"), ("<b>x</b> & \u2028", "<b>x</b> &"), ("😀" * 256, "😀" * 256),
        ("  " + "t" * 256 + "  ", "t" * 256),
    ],
)  # fmt: skip
def test_titles_are_trimmed_text(ana: httpx.Client, sent: object, kept: object) -> None:
    assert create(ana, title=sent)["title"] == kept


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ('{"title": true}', ("invalid_input", "Not a valid string.", "title")),
        ('{"title": ["a"]}', ("invalid_input", "Not a valid string.", "title")),
        ('{"title": "%s"}' % ("t" * 257), ("max_length",
         "Ensure this field has no more than 256 characters.", "title")),
        (r'{"title": "a\u0000b"}', ("null_characters_not_allowed",
         "Null characters are not allowed.", "title")),
        (r'{"text_content": "a\u0000b"}', ("null_characters_not_allowed",
         "Null characters are not allowed.", "text_content")),
        (r'{"title": "\ud800 lone"}', ("surrogate_characters_not_allowed",
         "Surrogate characters are not allowed: U+D800.", "title")),
        ('{"content": NaN}', ("invalid_input", "Value must be valid JSON.", "content")),
        ('{"content": [1e400]}', ("invalid_input", "Value must be valid JSON.", "content")),
        ('{"version": null}', ("null", "This field may not be null.", "version")),
        ('{"version": true}', ("invalid_input", "A valid integer is required.", "version")),
        ('{"version": 5.5}', ("invalid_input", "A valid integer is required.", "version")),
        ('{"version": 2147483648}', ("max_value",
         "Ensure this value is less than or equal to 2147483647.", "version")),
        ('{"version": -2147483649}', ("min_value",
         "Ensure this value is greater than or equal to -2147483648.", "version")),
        ('{"deleted": null}', ("null", "This field may not be null.", "deleted")),
        ('{"deleted": "maybe"}', ("invalid_input", "Must be a valid boolean.", "deleted")),
        ('{"deleted": [1]}', ("invalid_input", "Must be a valid boolean.", "deleted")),
        ('{"title": [], "version": "x"}', ("invalid_input", "Not a valid string.", "title")),
        ("[]", ("invalid_input", "Invalid data. Expected a dictionary, but got list.", None)),
        ('"x"', ("invalid_input", "Invalid data. Expected a dictionary, but got str.", None)),
        ("null", ("null", "No data provided", None)),
    ],
)  # fmt: skip
def test_a_wrong_field_is_a_400_that_names_it(
    ana: httpx.Client, sandbox: Sandbox, body: str, error: tuple[str, str, str | None]
) -> None:
    headers = {"Content-Type": "application/json"}
    short_id = sandbox.seed()["short_id"]
    for method, path in (("POST", BASE), ("PATCH", f"{BASE}{short_id}/")):
        answer = ana.request(method, path, content=body, headers=headers)
        assert answer.status_code == 400
        code, detail, attr = error
        wanted = {"type": "validation_error", "code": code, "detail": detail, "attr": attr}
        assert answer.json() == wanted
    assert len(ana.get(BASE).json()["results"]) == 1


@pytest.mark.parametrize(
    ("body", "media", "status", "detail"),
    [
        (b'{"title": "x"', "application/json", 400,
         "JSON parse error - Expecting ',' delimiter: line 1 column 14 (char 13)"),
        (b'{"title": "\xff"}', "application/json", 400,
         "JSON parse error - 'utf-8' codec can't decode byte 0xff in position 11: invalid start"),
        (b"1" * 4301, "application/json", 400,
         "JSON parse error - Exceeds the limit (4300 digits) for integer string conversion"),
        (b"{}", "text/plain", 415, 'Unsupported media type "text/plain" in request.'),
        (b"[" * 100_000, "application/json", 500, "A server error occurred."),
    ],
)  # fmt: skip
def test_a_body_that_cannot_be_read_is_refused(
    ana: httpx.Client, body: bytes, media: str, status: int, detail: str
) -> None:
    answer = ana.post(BASE, content=body, headers={"Content-Type": media})
    assert answer.status_code == status
    assert answer.json()["detail"].startswith(detail)


def test_a_body_may_come_in_pieces(ana: httpx.Client) -> None:
    pieces = [b'{"content":"', *[b"x" * 100_000] * 20, b'"}']
    headers = {"Content-Type": "application/json"}
    answer = ana.post(BASE, content=iter(pieces), headers=headers)
    assert answer.json()["content"] == "x" * 2_000_000


def test_an_empty_body_makes_an_empty_notebook(ana: httpx.Client) -> None:
    assert ana.post(BASE).status_code == 201


def test_a_body_over_20_mib_is_a_500(ana: httpx.Client) -> None:
    answer = ana.post(BASE, json={"content": "x" * (20 * 1024 * 1024)})
    assert (answer.status_code, answer.json()) == (500, SERVER_ERROR)
    assert ana.get(BASE).json()["count"] == 0


@pytest.mark.parametrize("content", ["hello", "", [1, {"a": 2}], 42, True, False, {}, []])
def test_content_is_any_json(ana: httpx.Client, content: object) -> None:
    made = create(ana, content=content)
    assert made["content"] == ana.get(f"{BASE}{made['short_id']}/").json()["content"] == content


@pytest.mark.parametrize(("sent", "kept"), [(7, 7), (-1, -1), ("5", 5), (5.0, 5)])
def test_version_can_be_chosen_on_create(ana: httpx.Client, sent: object, kept: object) -> None:
    assert create(ana, version=sent)["version"] == kept


def test_a_notebook_can_be_born_deleted(ana: httpx.Client) -> None:
    made = create(ana, deleted="yes")
    assert made["deleted"] is True
    assert ana.get(f"{BASE}{made['short_id']}/").status_code == 404


def test_a_client_may_choose_the_short_id(ana: httpx.Client) -> None:
    assert create(ana, short_id="MyShort1")["short_id"] == "MyShort1"
    assert create(ana, short_id="été")["short_id"] == "été"
    assert ana.get(f"{BASE}été/").status_code == 200
    assert len(create(ana, short_id="")["short_id"]) == len(create(ana, short_id=None)["short_id"])


@pytest.mark.parametrize("short_id", ["a b", "a-b_c", "x" * 13, 123])
def test_a_short_id_that_is_none_is_refused(ana: httpx.Client, short_id: object) -> None:
    answer = ana.post(BASE, json={"short_id": short_id})
    assert (answer.status_code, answer.json()["attr"]) == (400, "short_id")


def test_a_short_id_in_use_gives_back_the_old_notebook(ana: httpx.Client) -> None:
    create(ana, short_id="MyShort1", title="A", content={"old": 1})
    again = create(ana, short_id="MyShort1", title="B", content={"new": 1})
    assert (again["title"], again["content"]) == ("A", {"old": 1})


def test_a_short_id_of_a_deleted_notebook_is_a_conflict(ana: httpx.Client) -> None:
    create(ana, short_id="MyShort1", deleted=True)
    answer = ana.post(BASE, json={"short_id": "MyShort1"})
    assert answer.status_code == 409
    assert answer.json()["detail"] == "A notebook with this short_id already exists."


# --- reading ---------------------------------------------------------------------


def test_if_none_match_takes_the_bare_version(ana: httpx.Client, sandbox: Sandbox) -> None:
    path = f"{BASE}{sandbox.seed(version=3)['short_id']}/"
    same = ana.get(path, headers={"If-None-Match": "3"})
    assert (same.status_code, same.content) == (304, b"")
    for tag in ('"3"', 'W/"3"', "2", "*"):
        assert ana.get(path, headers={"If-None-Match": tag}).status_code == 200


def test_short_ids_match_exactly_and_may_carry_a_suffix(
    ana: httpx.Client, sandbox: Sandbox
) -> None:
    made = sandbox.seed(short_id="cxraHBuk")
    assert ana.get(f"{BASE}cxraHBuk").status_code == 200
    assert ana.get(f"{BASE}cxraHBuk.json").status_code == 200
    for other in ("CXRAhbUK", made["id"], "nopenope"):
        answer = ana.get(f"{BASE}{other}/")
        assert (answer.status_code, answer.json()) == (404, NOT_FOUND)


def test_a_forbidden_notebook_is_a_403_and_not_listed(ana: httpx.Client, sandbox: Sandbox) -> None:
    short_id = sandbox.seed()["short_id"]
    sandbox.forbid(short_id)
    for answer in (ana.get(f"{BASE}{short_id}/"), patch(ana, short_id, title="x")):
        assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    assert ana.get(BASE).json()["count"] == 0
    sandbox.forbid(short_id, forbidden=False)
    assert ana.get(f"{BASE}{short_id}/").status_code == 200
