"""What is too large is not sent, and a server that answers early leaves nothing unclear."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Literal

import httpx
import pytest

from fake_time import FakeTime
from nbsync.api.bodies import MAX_BODY, encode
from nbsync.api.client import Client
from nbsync.errors import AnswerLost, Rejected
from nbsync.model import Json
from nbsync.sandbox import Sandbox

Manner = Literal["answers", "answers and resets", "hangs up", "stops reading"]
# The answer of transcripts/2026/70, as it came over the wire.
EARLY = (
    b"HTTP/1.1 500 Internal Server Error\r\ncontent-type: application/json\r\n"
    b"content-length: 86\r\nconnection: close\r\n\r\n"
    b'{"type":"server_error","code":"error","detail":"A server error occurred.","attr":null}'
)
READ_FIRST = 64 * 1024
LARGE: dict[str, Json] = {"content": "x" * (8 * 1024 * 1024)}


@contextmanager
def early(manner: Manner) -> Iterator[str]:
    """A server that reads the beginning of one request and has seen enough; its address."""
    over = threading.Event()

    def serve() -> None:
        connection, _ = listener.accept()
        with connection, suppress(OSError):
            connection.recv(READ_FIRST)
            if manner.startswith("answers"):
                connection.sendall(EARLY)
            if manner == "stops reading":
                over.wait(30)
            elif manner == "answers":
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(READ_FIRST):
                    pass

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            over.set()
            thread.join()


def asking(host: str) -> Client:
    http = httpx.Client(base_url=host, trust_env=False, timeout=httpx.Timeout(10, write=0.2))
    return Client(http, project="1", sleep=FakeTime().wait)


# --- before it is sent ---------------------------------------------------------------------


def test_a_body_of_exactly_the_limit_can_be_sent() -> None:
    frame = len(encode({"content": ""}))
    assert len(encode({"content": "x" * (MAX_BODY - frame)})) == MAX_BODY
    with pytest.raises(Rejected, match="too large"):
        encode({"content": "x" * (MAX_BODY - frame + 1)})


def test_the_size_is_that_of_the_bytes_and_not_of_the_characters() -> None:
    with pytest.raises(Rejected, match=r"30\.0 MiB, and PostHog takes 20 MiB") as caught:
        encode({"content": "ü" * (15 * 1024 * 1024)})
    assert "split the notebook" in caught.value.hint


def test_what_json_cannot_hold_is_refused_with_a_way_on() -> None:
    with pytest.raises(Rejected, match="cannot be sent") as caught:
        encode({"content": [float("nan")]})
    assert "nbsync diff" in caught.value.hint


def test_a_large_notebook_below_the_limit_arrives(sandbox: Sandbox) -> None:
    sandbox.seed(short_id="abc")
    http = httpx.Client(base_url=sandbox.url, headers={"Authorization": f"Bearer {sandbox.key}"})
    with Client(http, project="1", sleep=FakeTime().wait) as client:
        assert client.update("abc", {**LARGE, "version": 0})["version"] == 1


# --- a server that has seen enough -----------------------------------------------------------


def test_an_answer_that_comes_while_the_body_is_written_is_heard() -> None:
    with early("answers") as host, asking(host) as client:
        with pytest.raises(AnswerLost, match="failed at the server") as caught:
            client.create(LARGE)
        assert caught.value.refused
        assert client.requests == 1


@pytest.mark.parametrize("manner", ["answers and resets", "hangs up", "stops reading"])
def test_a_server_that_does_not_take_the_whole_body_leaves_the_write_in_doubt(
    manner: Manner,
) -> None:
    with early(manner) as host, asking(host) as client:
        with pytest.raises(AnswerLost) as caught:
            client.create(LARGE)
        assert caught.value.hint == "nbsync status"
        assert client.requests == 1
