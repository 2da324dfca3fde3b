"""The sandbox checks versions and keeps JSON as the servers in the transcripts did."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from calls import BASE, NOT_FOUND, SERVER_ERROR, create, patch
from nbsync.sandbox import Sandbox

CONFLICT = {
    "type": "server_error",
    "code": "conflict",
    "detail": "Someone else edited the Notebook",
    "attr": None,
}


# --- writing ---------------------------------------------------------------------


def test_content_with_the_right_version_is_kept_and_counted(
    ana: httpx.Client, sandbox: Sandbox
) -> None:
    old = sandbox.seed(content={"a": 1})
    answer = patch(ana, old["short_id"], content={"b": 2}, version=0).json()
    assert (answer["content"], answer["version"]) == ({"b": 2}, 1)
    assert answer["last_modified_at"] > old["last_modified_at"]
    assert sandbox.record(old["short_id"]) == answer


@pytest.mark.parametrize(
    "body",
    [
        {"content": {"x": 1}, "version": 1},
        {"content": {"x": 1}, "version": -1, "title": "must not stick"},
        {"content": {"x": 1}},
        {"content": None, "version": 7},
        {"content": {}, "version": 7, "deleted": True},
    ],
)
def test_a_stale_version_is_refused_with_409_and_moves_nothing(
    ana: httpx.Client, sandbox: Sandbox, body: dict[str, Any]
) -> None:
    before = sandbox.seed(title="t", content={"a": 1})
    answer = patch(ana, before["short_id"], **body)
    assert (answer.status_code, answer.json()) == (409, CONFLICT)
    assert sandbox.record(before["short_id"]) == before


@pytest.mark.parametrize("body", [{}, {"bogus": 1}, {"short_id": "changed", "id": "x"}])
def test_a_patch_without_effect_is_a_500_and_moves_nothing(
    ana: httpx.Client, sandbox: Sandbox, body: dict[str, Any]
) -> None:
    before = sandbox.seed(title="t")
    answer = patch(ana, before["short_id"], **body)
    assert (answer.status_code, answer.json()) == (500, SERVER_ERROR)
    assert sandbox.record(before["short_id"]) == before


@pytest.mark.parametrize("body", [{"title": "t"}, {"text_content": "  x "}, {"deleted": False}])
def test_other_fields_move_the_time_and_not_the_version(
    ben: httpx.Client, sandbox: Sandbox, body: dict[str, Any]
) -> None:
    before = sandbox.seed(title="t", version=3)
    after = patch(ben, before["short_id"], **body).json()
    assert after["version"] == 3
    assert after["last_modified_at"] > before["last_modified_at"]
    assert after["last_modified_by"]["email"] == "ben@example.com"
    assert after["created_by"]["email"] == "ana@example.com"


def test_version_without_content_overwrites_the_counter(
    ana: httpx.Client, sandbox: Sandbox
) -> None:
    short_id = sandbox.seed(version=1)["short_id"]
    assert patch(ana, short_id, version=0, title="x", bogus=1).json()["version"] == 0
    assert patch(ana, short_id, content=1, version=1).status_code == 409


def test_a_deleted_notebook_can_be_edited_and_restored(ana: httpx.Client, sandbox: Sandbox) -> None:
    short_id = sandbox.seed(title="t")["short_id"]
    assert patch(ana, short_id, deleted=True).json()["deleted"] is True
    assert ana.get(f"{BASE}{short_id}/").json() == NOT_FOUND
    edited = patch(ana, short_id, content={"x": 1}, version=0)
    assert (edited.status_code, edited.json()["deleted"]) == (200, True)
    restored = patch(ana, short_id, deleted=False).json()
    assert (restored["deleted"], restored["version"]) == (False, 1)


def test_an_unknown_notebook_is_404_before_the_body_is_looked_at(ana: httpx.Client) -> None:
    assert patch(ana, "nopenope", version="bad").json() == NOT_FOUND


def test_of_parallel_writes_of_one_version_exactly_one_wins(
    sandbox: Sandbox, ana: httpx.Client, ben: httpx.Client
) -> None:
    for _ in range(5):
        short_id = sandbox.seed(content={})["short_id"]

        def write(n: int, short_id: str = short_id) -> int:
            return patch((ana, ben)[n % 2], short_id, content={"n": n}, version=0).status_code

        with ThreadPoolExecutor(8) as pool:
            assert sorted(pool.map(write, range(8))) == [200] + [409] * 7
        assert sandbox.record(short_id)["version"] == 1


def test_parallel_reads_are_served(sandbox: Sandbox, ana: httpx.Client) -> None:
    paths = [f"{BASE}{sandbox.seed(title=str(n))['short_id']}/" for n in range(40)]
    with ThreadPoolExecutor(8) as pool:
        read = list(pool.map(lambda path: ana.get(path).json()["title"], paths))
    assert read == [str(n) for n in range(40)]


# --- how JSON is kept ------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "echoed", "kept"),
    [
        ("1", "1", "1"), ("1.0", "1.0", "1.0"), ("1.10", "1.1", "1.1"), ("-0", "0", "0"),
        ("-0.0", "-0.0", "0.0"), ("0.1", "0.1", "0.1"), ("1e2", "100.0", "100.0"),
        ("1E+2", "100.0", "100.0"), ("1e-7", "1e-07", "1e-07"), ("1e-400", "0.0", "0.0"),
        ("1e16", "1e+16", "1" + "0" * 16), ("1e22", "1e+22", "1" + "0" * 22),
        ("1e300", "1e+300", "1" + "0" * 300), ("-1e16", "-1e+16", "-1" + "0" * 16),
        ("12345678901234567.5", "1.2345678901234568e+16", "12345678901234568"),
        ("0.1234567890123456789012345", "0.12345678901234568", "0.12345678901234568"),
        ("9007199254740993", "9007199254740993", "9007199254740993"),
        ("1" * 4300, "1" * 4300, "1" * 4300), ("5e-324", "5e-324", "5e-324"),
        ('{"bbb":1,"aa":2,"c":3,"ab":4,"a":5}', '{"bbb":1,"aa":2,"c":3,"ab":4,"a":5}',
         '{"a":5,"c":3,"aa":2,"ab":4,"bbb":1}'),
        ('{"type":0,"text":[{"é":7,"bb":2,"10":4,"9":5,"":6}]}',
         '{"type":0,"text":[{"é":7,"bb":2,"10":4,"9":5,"":6}]}',
         '{"text":[{"":6,"9":5,"10":4,"bb":2,"é":7}],"type":0}'),
        ('{"a":1,"a":2,"b":{"x":1,"x":[2]}}', '{"a":2,"b":{"x":[2]}}', '{"a":2,"b":{"x":[2]}}'),
        (r'"\u00e9 \ud83d\ude00 \u2028\u0001\/\\u0000"', '"é 😀 \u2028\\u0001/\\\\u0000"',
         '"é 😀 \u2028\\u0001/\\\\u0000"'),
    ],
)  # fmt: skip
def test_a_write_echoes_what_was_sent_and_a_read_shows_what_jsonb_kept(
    ana: httpx.Client, sent: str, echoed: str, kept: str
) -> None:
    headers = {"Content-Type": "application/json"}
    answer = ana.post(BASE, content=f'{{"content":{sent}}}', headers=headers)
    path = f"{BASE}{answer.json()['short_id']}/"
    assert content_of(answer.text) == echoed
    assert content_of(ana.get(path).text) == kept
    answer = ana.patch(path, content=f'{{"content":{sent},"version":0}}', headers=headers)
    assert content_of(answer.text) == echoed
    assert content_of(ana.patch(path, json={"title": "t"}).text) == kept


def content_of(text: str) -> str:
    return text.partition('"content":')[2].partition(',"text_content":')[0]


@pytest.mark.parametrize(
    "content", [r'"a\u0000b"', r'{"a\u0000b":1}', r'"\\\u0000"', r'"\ud800"', r'["\ude00\ud83d"]']
)
def test_characters_postgres_refuses_are_a_500(
    ana: httpx.Client, sandbox: Sandbox, content: str
) -> None:
    headers = {"Content-Type": "application/json"}
    answer = ana.post(BASE, content=f'{{"content":{content}}}', headers=headers)
    assert (answer.status_code, answer.json()) == (500, SERVER_ERROR)
    before = sandbox.seed()
    path = f"{BASE}{before['short_id']}/"
    answer = ana.patch(path, content=f'{{"content":{content},"version":0}}', headers=headers)
    assert answer.status_code == 500
    assert sandbox.record(before["short_id"]) == before


@pytest.mark.parametrize(("pairs", "status"), [(450, 201), (550, 500), (5000, 500)])
def test_documents_may_be_nested_so_deep_and_no_deeper(
    ana: httpx.Client, pairs: int, status: int
) -> None:
    body = '{"content":' + '{"content":[' * pairs + "]}" * pairs + "}"
    answer = ana.post(BASE, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status


def test_a_list_of_shallow_values_is_not_taken_for_deep(ana: httpx.Client) -> None:
    content = [{"n": n} for n in range(2000)]
    assert json.dumps(create(ana, content=content)["content"]) == json.dumps(content)
