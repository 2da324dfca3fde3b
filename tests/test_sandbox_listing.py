"""The sandbox lists notebooks and their history as the servers in the transcripts did."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from calls import BASE, FIELDS, SERVER_ERROR, client, create, patch
from nbsync.sandbox import Sandbox


def titles(answer: httpx.Response) -> list[str]:
    return [row["title"] for row in answer.json()["results"]]


# --- listing ---------------------------------------------------------------------


def test_rows_have_no_content_and_the_newest_comes_first(
    ana: httpx.Client, sandbox: Sandbox
) -> None:
    for n in range(3):
        sandbox.seed(title=f"nb {n}", content={"a": 1})
    answer = ana.get(BASE).json()
    assert (answer["count"], answer["next"], answer["previous"]) == (3, None, None)
    absent = {"content", "text_content", "version", "parent_resource"}
    assert set(answer["results"][0]) == set(FIELDS) - absent
    assert titles(ana.get(BASE)) == ["nb 2", "nb 1", "nb 0"]


def test_deleted_and_internal_notebooks_are_not_listed(ana: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.seed(deleted=True)
    internal = sandbox.seed(visibility="internal")["short_id"]
    assert ana.get(f"{BASE}?deleted=true").json()["count"] == 0
    assert ana.get(f"{BASE}{internal}/").status_code == 200


def test_pages_are_linked_with_the_host_that_was_asked(ana: httpx.Client, sandbox: Sandbox) -> None:
    for n in range(5):
        sandbox.seed(title=str(n))
    url = f"http://ref.example:1234{BASE}"
    answer = ana.get(f"{BASE}?limit=2&foo=bar%20baz", headers={"Host": "ref.example:1234"})
    assert answer.json()["next"] == f"{url}?foo=bar+baz&limit=2&offset=2"
    answer = ana.get(f"{BASE}?limit=2&offset=2", headers={"Host": "ref.example:1234"})
    assert titles(answer) == ["2", "1"]
    assert answer.json()["next"] == f"{url}?limit=2&offset=4"
    assert answer.json()["previous"] == f"{url}?limit=2"
    beyond = ana.get(f"{BASE}?offset=105", headers={"Host": "ref.example:1234"}).json()
    assert (beyond["results"], beyond["next"]) == ([], None)
    assert beyond["previous"] == f"{url}?limit=100&offset=5"
    follow = ana.get(ana.get(f"{BASE}?limit=3").json()["next"])
    assert titles(follow) == ["1", "0"]


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("", 100), ("limit=0", 100), ("limit=-1", 100), ("limit=abc", 100), ("limit=", 100),
        ("limit=1000", 105), ("limit=99999999999999999999", 105), ("offset=-1", 100),
        ("offset=x", 100), ("offset=0", 100), ("offset=104", 1),
    ],
)  # fmt: skip
def test_a_page_has_100_rows_unless_a_positive_limit_is_given(
    ana: httpx.Client, sandbox: Sandbox, query: str, rows: int
) -> None:
    for _ in range(105):
        sandbox.seed()
    assert len(ana.get(f"{BASE}?{query}").json()["results"]) == rows


@pytest.mark.parametrize(
    ("order", "first"),
    [
        ("created_at", "a"), ("-created_at", "c"), ("title", "a"), ("-title", None),
        ("-version", "b"), ("last_modified_at", "b"), ("", "c"),
    ],
)  # fmt: skip
def test_the_list_can_be_ordered_by_a_field(
    ana: httpx.Client, sandbox: Sandbox, order: str, first: str | None
) -> None:
    sandbox.seed(title="a", created_at="2026-01-01T00:00:00Z", last_modified_at="2026-03-01")
    sandbox.seed(title="b", created_at="2026-01-02T00:00:00Z", version=9)
    sandbox.seed(title=None, created_at="2026-01-03T00:00:00Z")
    sandbox.seed(title="c", created_at="2026-01-04T00:00:00Z", last_modified_at="2026-04-01")
    assert titles(ana.get(f"{BASE}?order={order}"))[0] == first


@pytest.mark.parametrize("query", ["order=bogus", "order=created_at,title", "created_by=1",
                                   "last_modified_by=zzz", "search=%00"])  # fmt: skip
def test_a_query_the_server_chokes_on_is_a_500(ana: httpx.Client, query: str) -> None:
    answer = ana.get(f"{BASE}?{query}")
    assert (answer.status_code, answer.json()) == (500, SERVER_ERROR)


def test_a_random_order_has_every_row(ana: httpx.Client, sandbox: Sandbox) -> None:
    for n in range(9):
        sandbox.seed(title=str(n))
    assert sorted(titles(ana.get(f"{BASE}?order=?"))) == [str(n) for n in range(9)]


def test_the_list_can_be_filtered(ana: httpx.Client, ben: httpx.Client, sandbox: Sandbox) -> None:
    one = sandbox.seed(title="Weekly report", text_content="a needle")
    two = sandbox.seed(title="other", created_by="ben@example.com", last_modified_by="ana")

    def found(http: httpx.Client, query: str) -> list[str]:
        return titles(http.get(f"{BASE}?{query}"))

    assert found(ana, f"short_id={one['short_id']}") == ["Weekly report"]
    assert found(ana, f"created_by={two['created_by']['uuid']}") == ["other"]
    assert found(ana, f"last_modified_by={one['created_by']['uuid']}&limit=5") != []
    assert found(ana, "created_by=00000000-0000-0000-0000-000000000000") == []
    assert found(ana, "user=false") == ["Weekly report"]
    assert found(ben, "user=") == ["other"]
    assert found(ana, "search=NEEDLE") == found(ana, "search=report week") == ["Weekly report"]
    assert len(found(ana, "search=")) == 2


def test_dates_filter_strictly_on_the_last_modification(
    ana: httpx.Client, sandbox: Sandbox
) -> None:
    for n in range(3):
        sandbox.seed(title=str(n), last_modified_at=f"2026-11-23T05:40:56.00000{n}Z")

    def found(query: str) -> list[str]:
        return titles(ana.get(f"{BASE}?order=created_at&{query}"))

    assert found("date_from=2026-11-23T05:40:56.000001Z") == ["2"]
    assert found("date_to=2026-11-23T05:40:56.000001") == ["0"]
    assert found("date_from=2026-11-23T07:40:56.000000%2B02:00") == ["1", "2"]
    assert found("date_from=garbage") == found("date_from=") == []
    assert len(found("date_to=garbage")) == 3


# --- activity --------------------------------------------------------------------


def test_the_activity_log_has_whole_contents_before_and_after(
    ana: httpx.Client, ben: httpx.Client, sandbox: Sandbox
) -> None:
    short_id = create(ana, title="act", content={"v": 0})["short_id"]
    patch(ben, short_id, content={"v": 1}, version=0)
    patch(ana, short_id, text_content="not logged")
    patch(ana, short_id, title="act")  # not logged either
    patch(ana, short_id, content=None, version=1)
    patch(ana, short_id, content={}, version=2)
    patch(ana, short_id, title="")
    patch(ana, short_id, deleted=True)
    assert ana.get(f"{BASE}{short_id}/activity/").status_code == 404
    patch(ana, short_id, deleted=False)
    page = ana.get(f"{BASE}{short_id}/activity/?limit=50").json()
    assert (page["total_count"], page["next"], page["previous"]) == (7, None, None)

    def change(action: str, field: str, before: object, after: object) -> dict[str, Any]:
        return {"type": "Notebook", "action": action, "field": field, "before": before,
                "after": after}  # fmt: skip

    assert [(entry["activity"], entry["detail"]["changes"]) for entry in page["results"]] == [
        ("restored", [change("changed", "deleted", True, False)]),
        ("deleted", [change("changed", "deleted", False, True)]),
        ("updated", [change("deleted", "title", "act", None)]),
        ("updated", [change("changed", "version", 2, 3)]),
        ("updated", [change("deleted", "content", {"v": 1}, None),
                     change("changed", "version", 1, 2)]),
        ("updated", [change("changed", "content", {"v": 0}, {"v": 1}),
                     change("changed", "version", 0, 1)]),
        ("created", None),
    ]  # fmt: skip
    entry = page["results"][5]
    assert entry["user"] == {"first_name": "Ben", "email": "ben@example.com"}
    assert (entry["scope"], entry["item_id"]) == ("Notebook", short_id)
    assert entry["detail"]["short_id"] == short_id and entry["detail"]["name"] == "act"


def test_activity_is_paged(ana: httpx.Client, sandbox: Sandbox) -> None:
    short_id = create(ana, title="0")["short_id"]
    for n in range(1, 12):
        patch(ana, short_id, title=str(n))
    url = f"{BASE}{short_id}/activity/"
    first = ana.get(url).json()
    assert (len(first["results"]), first["total_count"]) == (10, 12)
    second = ana.get(first["next"]).json()
    assert (len(second["results"]), second["next"]) == (2, None)
    assert ana.get(second["previous"]).json() == first
    middle = ana.get(f"{url}?limit=2&page=2").json()
    assert middle["next"] == f"{sandbox.url}{url}?limit=2&page=3"
    assert middle["previous"] == f"{sandbox.url}{url}?limit=2&page=1"
    for query in ("page=0", "page=999", "limit=0", "limit=abc", "limit=-1", "page=abc"):
        assert ana.get(f"{url}?{query}").status_code == 500


# --- older servers ---------------------------------------------------------------


def test_a_server_of_2023_chooses_ids_and_lists_whole_records() -> None:
    with Sandbox(client_ids=False, rows_with_content=True) as old, client(old.url, old.key) as http:
        made = create(http, short_id="has space and way too long!", content={"a": 1})
        assert len(made["short_id"]) == 8
        assert http.get(BASE).json()["results"] == [made]


def test_timestamps_are_printed_as_django_does(ana: httpx.Client, sandbox: Sandbox) -> None:
    made = sandbox.seed(
        created_at="2024-01-02T03:04:05Z", last_modified_at="2024-01-02T03:04:05.12Z"
    )
    shown = ana.get(f"{BASE}{made['short_id']}/").json()
    assert shown["created_at"] == "2024-01-02T03:04:05Z"
    assert shown["last_modified_at"] == "2024-01-02T03:04:05.120000Z"


def test_the_clock_never_stands_still(sandbox: Sandbox) -> None:
    times = [sandbox.seed()["last_modified_at"] for _ in range(200)]
    assert times == sorted(set(times))
