"""The doorman of the sandbox: it logs every request, and makes those fail that it was told to."""

from __future__ import annotations

import asyncio
import json
import threading
from contextlib import suppress
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal

from nbsync.sandbox import errors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from nbsync.sandbox.accounts import Accounts


@dataclass(slots=True)
class Fault:
    """An order to make requests fail; `skip` and `times` count down as requests match.

    Attributes:
        method: Only requests with this method, or any.
        path: Only requests whose path and query contain this, or any.
        skip: How many matching requests pass first.
        times: How many fail then; None for ever.
        status: Answer with this, and with `body` (JSON), `text` (as it is) and `headers`.
        effect: With `status`: the request has its effect nevertheless.
        drop: Close the connection without an answer, before or after the effect.
        truncate: Have the effect, then close the connection halfway through the answer.
        delay: Wait so many seconds, then go on as ever.
    """

    method: str | None = None
    path: str | None = None
    skip: int = 0
    times: int | None = 1
    status: int | None = None
    body: Any = None
    text: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    effect: bool = False
    drop: Literal["before", "after"] | None = None
    truncate: bool = False
    delay: float | None = None

    @classmethod
    def ordered(cls, order: Mapping[str, Any]) -> Fault:
        """Read an order.

        Raises:
            ValueError: It has fields no order has, or not exactly one thing to do.
        """
        if unknown := set(order) - {each.name for each in fields(cls)}:
            raise ValueError(f"A fault has no {', '.join(sorted(unknown))}.")
        fault = cls(**order)
        if fault.drop not in (None, "before", "after"):
            raise ValueError(f'drop is "before" or "after", not {fault.drop!r}.')
        deeds = (fault.status, fault.drop, fault.truncate or None, fault.delay)
        if sum(deed is not None for deed in deeds) != 1:
            raise ValueError("A fault does one of status, drop, truncate and delay.")
        return fault

    def meets(self, method: str, target: str) -> bool:
        """Tell whether this fault is for a request, and count it."""
        if self.times == 0 or self.method not in (None, method) or (self.path or "") not in target:
            return False
        if self.skip:
            self.skip -= 1
            return False
        if self.times is not None:
            self.times -= 1
        return True

    def answer(self) -> list[Message]:
        """Make the answer this fault gives in place of the real one."""
        assert self.status is not None
        headers = {name.lower(): value for name, value in self.headers.items()}
        if self.text is not None:
            body, media = self.text.encode(), "text/html; charset=utf-8"
        else:
            if self.status == 429:  # noqa: PLR2004
                headers.setdefault("retry-after", "1")
            standard = errors.of_status(self.status, headers.get("retry-after", "1"))
            given = standard if self.body is None else self.body
            body, media = json.dumps(given).encode(), "application/json"
        headers = {"content-type": media, "content-length": str(len(body)), **headers}
        pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
        return [
            {"type": "http.response.start", "status": self.status, "headers": pairs},
            {"type": "http.response.body", "body": body},
        ]


class Doorman:
    """The ASGI layer that logs requests and carries out faults.

    Args:
        app: What it stands before.
        accounts: Tells whose key a request came with.
        body_limit: How many bytes a body may have; a longer one is not read. None: any number.
    """

    def __init__(self, app: ASGIApp, accounts: Accounts, body_limit: int | None) -> None:
        self._app, self._accounts, self._body_limit = app, accounts, body_limit
        self._lock = threading.Lock()
        self._log: list[dict[str, Any]] = []
        self._faults: list[Fault] = []

    def requests(self) -> list[dict[str, Any]]:
        """Copy the log: n, method, path, query, user and body of each request; status and bytes."""
        with self._lock:
            return [dict(entry) for entry in self._log]

    def forget(self) -> None:
        """Drop the log and the faults."""
        with self._lock:
            self._log, self._faults = [], []

    def forget_requests(self) -> None:
        """Drop the log alone."""
        with self._lock:
            self._log = []

    def order(self, fault: Fault) -> None:
        """Add a fault behind those that are there."""
        with self._lock:
            self._faults.append(fault)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        body = await _read(scope, receive, self._body_limit)
        if body is None:
            return
        query = scope["query_string"].decode()
        target = f"{scope['path']}?{query}"
        with self._lock:
            entry = self._note(scope, query, body)
            fault = next((f for f in self._faults if f.meets(scope["method"], target)), Fault())
        await self._serve(fault, entry, _Exchange(self._app, scope, receive, send, body))

    async def _serve(self, fault: Fault, entry: dict[str, Any], at: _Exchange) -> None:
        if fault.delay:
            await asyncio.sleep(fault.delay)
        if fault.drop == "before":
            await at.hang_up()
            return
        answer = await at.take_effect() if fault.status is None or fault.effect else []
        if fault.drop == "after":
            await at.hang_up()
            return
        if fault.status is not None:
            answer = fault.answer()
        entry["status"] = answer[0]["status"]
        entry["bytes"] = sum(len(message.get("body", b"")) for message in answer)
        if fault.truncate:
            await at.break_off(answer)
            return
        for message in answer:
            await at.send(message)

    def _note(self, scope: Scope, query: str, body: bytes) -> dict[str, Any]:
        parsed = None
        with suppress(ValueError, RecursionError):
            parsed = json.loads(body) if body else None
        headers = dict(scope["headers"])
        entry = {
            "n": len(self._log) + 1,
            "method": scope["method"],
            "path": scope["path"],
            "query": query,
            "status": None,
            "bytes": 0,
            "user": self._accounts.name_of(headers.get(b"authorization", b"").decode("latin-1")),
            "body": parsed,
        }
        self._log.append(entry)
        return entry


@dataclass(frozen=True, slots=True)
class _Exchange:
    app: ASGIApp
    scope: Scope
    receive: Receive
    send: Send
    body: bytes

    async def take_effect(self) -> list[Message]:
        """Let the server work on the request, and hold back its answer."""
        answer: list[Message] = []

        async def again() -> Message:
            return {"type": "http.request", "body": self.body, "more_body": False}

        async def hold(message: Message) -> None:
            answer.append(message)

        await self.app(self.scope, again, hold)
        return answer

    async def hang_up(self) -> None:
        """Close the connection and wait until the server has noticed."""
        self.scope["state"]["transport"].close()
        while (await self.receive())["type"] != "http.disconnect":
            pass

    async def break_off(self, answer: list[Message]) -> None:
        """Send the head and half of the body, then hang up."""
        start, *rest = answer
        whole = b"".join(message["body"] for message in rest)
        await self.send(start)
        half = whole[: len(whole) // 2]
        await self.send({"type": "http.response.body", "body": half, "more_body": True})
        await self.hang_up()


async def _read(scope: Scope, receive: Receive, limit: int | None) -> bytes | None:
    """Read the whole body; None where the client left before it was all there.

    A body that is refused for its size is not read at all.
    """
    length = int(dict(scope["headers"]).get(b"content-length", 0))
    if limit is not None and length > limit:
        return b""
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)
