"""The parts put together, behind uvicorn's HTTP/1.1 without its process management."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import threading
from typing import TYPE_CHECKING, Any, cast

from uvicorn import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from nbsync.sandbox.accounts import Accounts
from nbsync.sandbox.app import Api, sandbox
from nbsync.sandbox.control import Control
from nbsync.sandbox.database import Database
from nbsync.sandbox.faults import Doorman
from nbsync.sandbox.notebooks import Notebooks

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp

    from nbsync.sandbox.kinds import Kind

_HOST = "127.0.0.1"
# Longer than any client's pool keeps a connection, so that none is closed in its hand.
_KEEP_ALIVE = 300


class _Protocol(H11Protocol):
    """Hands the connection to the application, so that a fault can close it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}
        self.access_log = False
        # asyncio does this only for sockets made with an explicit protocol number; without it every
        # answer waits 40 ms for an acknowledgement.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def build(data: str, kind: Kind) -> tuple[ASGIApp, Control]:
    """Make a sandbox and its levers."""
    notebooks = Notebooks(Database(data), kind)
    accounts = Accounts()
    doorman = Doorman(Api(notebooks, accounts).app(), accounts, kind.body_limit)
    control = Control(notebooks, doorman, accounts)
    return sandbox(doorman, control.app()), control


def listen(port: int) -> socket.socket:
    """Bind a port of this machine; 0 takes any that is free.

    Raises:
        OSError: The port is taken.
    """
    return socket.create_server((_HOST, port), backlog=512)


def address(listener: socket.socket) -> str:
    """Give the URL of a bound socket."""
    return f"http://{_HOST}:{listener.getsockname()[1]}"


async def run(
    app: ASGIApp, listener: socket.socket, stop: asyncio.Event, ready: Callable[[], None]
) -> None:
    """Serve until told to stop; then drop every connection at once.

    Args:
        app: What is served.
        listener: A bound socket, closed in the end.
        stop: Set when it is enough.
        ready: Called once requests are taken.
    """
    config = Config(
        cast("Any", app),
        lifespan="off",
        ws="none",
        log_config=None,
        proxy_headers=False,
        timeout_keep_alive=_KEEP_ALIVE,
    )
    config.load()
    state = ServerState()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: _Protocol(config, state, {}, _loop=loop), sock=listener
    )
    try:
        ready()
        await stop.wait()
    finally:
        server.close()
        for connection in list(state.connections):
            connection.transport.abort()
        for task in list(state.tasks):
            task.cancel()
        await asyncio.gather(*state.tasks, return_exceptions=True)
        await server.wait_closed()


def start(app: ASGIApp, listener: socket.socket) -> Callable[[], None]:
    """Serve on a thread of this process.

    Args:
        app: What is served.
        listener: A bound socket, closed in the end.

    Returns:
        What to call when it is enough; it comes back when the thread has ended.
    """
    loop, stop = asyncio.new_event_loop(), asyncio.Event()
    thread = threading.Thread(
        target=loop.run_until_complete,
        args=(run(app, listener, stop, lambda: None),),
        name="nbsync sandbox",
        daemon=True,
    )
    thread.start()

    def end() -> None:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()

    return end


def serve(port: int, data: str, kind: Kind, ready: Callable[[str], None] | None) -> None:
    """Run a sandbox in the foreground, as `nbsync.sandbox.serve` says.

    Raises:
        OSError: The port is taken.
    """
    with listen(port) as listener:
        url = address(listener)
        app, control = build(data, kind)
        with contextlib.closing(control.notebooks.db):
            asyncio.run(_until_signal(app, listener, lambda: ready(url) if ready else None))


async def _until_signal(app: ASGIApp, listener: socket.socket, ready: Callable[[], None]) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()

    def end(_number: int, _frame: object) -> None:
        loop.call_soon_threadsafe(stop.set)

    # signal.signal works on every system, add_signal_handler does not.
    before = {each: signal.signal(each, end) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        await run(app, listener, stop, ready)
    finally:
        for each, old in before.items():
            signal.signal(each, old)
