"""Requests to the sandbox as a browser or a script would send them."""

from __future__ import annotations

from typing import Any

import httpx

from nbsync.sandbox import Sandbox

BASE = "/api/projects/1/notebooks/"
FIELDS = [
    "id", "short_id", "title", "content", "text_content", "version", "deleted", "created_at",
    "created_by", "last_modified_at", "last_modified_by", "user_access_level", "parent_resource",
]  # fmt: skip
SERVER_ERROR = {
    "type": "server_error",
    "code": "error",
    "detail": "A server error occurred.",
    "attr": None,
}
NOT_FOUND = {"type": "invalid_request", "code": "not_found", "detail": "Not found.", "attr": None}


def client(url: str, key: str = Sandbox.key) -> httpx.Client:
    return httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, verify=False)


def create(http: httpx.Client, **body: object) -> dict[str, Any]:
    answer = http.post(BASE, json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def patch(http: httpx.Client, short_id: str, /, **body: object) -> httpx.Response:
    return http.patch(f"{BASE}{short_id}/", json=body)
