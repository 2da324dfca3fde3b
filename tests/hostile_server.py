"""A server on this machine that answers each request with the bytes it is told to, and listens."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from mirrors import never_sleep
from nbsync.api.connecting import connect
from nbsync.errors import NbsyncError
from nbsync.local import Directory
from nbsync.model import Report
from nbsync.remote import Server
from nbsync.store import DiskStore
from nbsync.sync import Mirror, run

KEY = "phx_" + "0123456789abcdefghijklmnopqrstuvwxyzABCD"
GOOD, EVIL = "good0001", "evil0001"
LIST = "/api/projects/1/notebooks/"
_AT = "2026-09-01T00:00:00Z"


@dataclass(frozen=True)
class Asked:
    """A request, as it came over the wire; header names in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    head: bytes = field(repr=False)


Answer: TypeAlias = "bytes | Iterable[bytes]"


@dataclass
class Listener:
    """Where it listens, what it was asked, and how much of its answers was taken."""

    url: str
    seen: list[Asked] = field(default_factory=list)
    sent: int = 0

    def heard(self) -> bytes:
        """Every byte of every request's head."""
        return b"\n".join(asked.head for asked in self.seen)


@contextmanager
def listening(answer: Callable[[Asked], Answer]) -> Iterator[Listener]:
    """Answer every request, each on a connection of its own, until the end of the block."""
    threads: list[threading.Thread] = []

    def serve(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.settimeout(10)
            asked = _read(connection)
            if asked is None:
                return
            there.seen.append(asked)
            told = answer(asked)
            for piece in (told,) if isinstance(told, bytes) else told:
                connection.sendall(piece)
                there.sent += len(piece)
            # What is unread when it is closed would take the answer with it.
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass

    def accept() -> None:
        with suppress(OSError):
            while True:
                thread = threading.Thread(target=serve, args=(listener.accept()[0],))
                threads.append(thread)
                thread.start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        there = Listener(f"http://127.0.0.1:{listener.getsockname()[1]}")
        acceptor = threading.Thread(target=accept)
        acceptor.start()
        try:
            yield there
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            acceptor.join()
            for thread in threads:
                thread.join()


def _read(connection: socket.socket) -> Asked | None:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return None
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    left = int(headers.get("content-length", "0")) - len(body)
    while left > 0 and (piece := connection.recv(65536)):
        left -= len(piece)
    method, target, _ = first.split(" ")
    return Asked(method, target, headers, data)


# --- answers -------------------------------------------------------------------------------------


def reply(body: object = b"", status: int = 200, **headers: str) -> bytes:
    """A whole answer; what is no bytes is sent as JSON."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    told = {"Content-Type": "application/json", "Content-Length": str(len(data))}
    told |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in told.items())
    return f"HTTP/1.1 {status} Said\r\n{lines}Connection: close\r\n\r\n".encode() + data


def row(short_id: Any, **fields: Any) -> dict[str, Any]:
    """A row of the list."""
    told = {"short_id": short_id, "title": f"Title of {short_id}"[:200], "last_modified_at": _AT}
    return {**told, "created_at": _AT, "deleted": False, **fields}


def page(*rows: object, **fields: Any) -> dict[str, Any]:
    """A page of the list."""
    return {"count": len(rows), "next": None, "previous": None, "results": list(rows), **fields}


def notebook(short_id: Any, text: str = "One.", **fields: Any) -> dict[str, Any]:
    """A notebook of one paragraph."""
    node = {"type": "ph-markdown-notebook", "attrs": {"nodeId": "x", "markdown": text}}
    content = {"type": "doc", "content": [node]}
    return {**row(short_id), "content": content, "text_content": text, "version": 1, **fields}


def project(
    evil: Answer, *, method: str = "GET", rows: tuple[Any, ...] = (GOOD, EVIL)
) -> Callable[[Asked], Answer]:
    """A server that is as it should be, but for what it answers about one notebook.

    Args:
        evil: What it answers there.
        method: To which requests; others are answered as they should be.
        rows: The ids in its list.
    """

    def answer(asked: Asked) -> Answer:
        path = asked.target.partition("?")[0]
        short_id = path.removeprefix(LIST).strip("/")
        if asked.method == method and short_id == (EVIL if method != "POST" else ""):
            return evil
        if not short_id:
            return reply(page(*map(row, rows)))
        if short_id in rows:
            return reply(notebook(short_id))
        missing = {"type": "invalid_request", "code": "not_found", "detail": "Not found."}
        return reply({**missing, "attr": None}, 404)

    return answer


# --- the mirror ----------------------------------------------------------------------------------


def pull(root: Path, url: str, *, pull: bool = False, push: bool = False) -> Report:
    """One run of the engine against a server, which never waits."""
    root.mkdir(exist_ok=True)
    client = connect(url, KEY, project="1", env={}, sleep=never_sleep)
    with client, DiskStore(root, host=url, project="1", wait=0) as store:
        return run(
            Mirror(Directory(root), Server(client), store, "markdown"),
            pull=pull or not push,
            push=push,
        )


def tried(root: Path, url: str, *, push: bool = False) -> Report | NbsyncError:
    """One run, or how it failed."""
    try:
        return pull(root, url, push=push)
    except NbsyncError as error:
        return error
