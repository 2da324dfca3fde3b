"""An imitation PostHog notebooks server, to try nbsync on and to test it with."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType

    from nbsync.sandbox.control import Control

__all__ = ["Sandbox", "serve"]


class Sandbox:
    """A sandbox server on a thread of this process; a context manager.

    Attributes:
        url: Where it listens, once entered.
        project: The id of its one project.
        key: A personal API key of the user Ana.
        second_key: One of the user Ben, who is the other writer in tests.
        read_only_key: One that may only read notebooks.
    """

    url: str
    project = "1"
    key = "phx_sandbox_key_of_ana"
    second_key = "phx_sandbox_key_of_ben"
    read_only_key = "phx_sandbox_key_read_only"

    def __init__(
        self,
        *,
        port: int = 0,
        data: str | Path = ":memory:",
        client_ids: bool = True,
        rows_with_content: bool = False,
    ) -> None:
        """Choose what kind of server it will be.

        Args:
            port: Where to listen; 0 takes any free port.
            data: A file that keeps the notebooks; in memory without one.
            client_ids: Whether a POST may choose its short_id (servers of 2023: no).
            rows_with_content: Whether list rows are whole records (servers of 2023: yes).
        """
        self._port = port
        self._options = (str(data), client_ids, rows_with_content)
        self._leave = contextlib.ExitStack()
        self._control: Control

    def __enter__(self) -> Self:
        """Start to listen.

        Raises:
            OSError: The port is taken.
        """
        from nbsync.sandbox import server  # noqa: PLC0415 (an extra need not be installed)

        with contextlib.ExitStack() as leave:
            listener = leave.enter_context(server.listen(self._port))
            app, self._control = server.build(*self._options)
            leave.callback(self._control.notebooks.db.close)
            loop, stop = asyncio.new_event_loop(), asyncio.Event()
            leave.callback(loop.close)
            thread = threading.Thread(
                target=loop.run_until_complete,
                args=(server.run(app, listener, stop, lambda: None),),
                name="nbsync sandbox",
                daemon=True,
            )
            thread.start()
            leave.callback(thread.join)
            leave.callback(loop.call_soon_threadsafe, stop.set)
            self.url = server.address(listener)
            self._leave = leave.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop at once, whatever is under way."""
        self._leave.close()

    def requests(self) -> list[dict[str, Any]]:
        """Copy the log: n, method, path, query, status, user and body of every API request."""
        return self._control.doorman.requests()

    def clear(self) -> None:
        """Forget the request log and the faults."""
        self._control.doorman.forget()

    def reset(self) -> None:
        """Forget the notebooks too."""
        self._control.reset()

    def fault(self, **order: Any) -> None:
        """Make requests fail: the fields of `faults.Fault`.

        Raises:
            ValueError: The order makes no sense.
        """
        self._control.fault(order)

    def seed(self, **fields: Any) -> dict[str, Any]:
        """Put a notebook there with any field as given, and show it.

        Raises:
            ValueError: A field no notebook has.
        """
        return self._control.seed(fields)

    def write(self, short_id: str, **fields: Any) -> dict[str, Any]:
        """Edit as another writer (`user`, Ben unless given) who checks no version.

        Args:
            short_id: What is edited.
            fields: What is written; `silent=True` leaves `last_modified_at` alone.

        Raises:
            KeyError: There is no such notebook.
            ValueError: A field that nobody can write.
        """
        return self._control.write(short_id, fields)

    def forbid(self, short_id: str, *, forbidden: bool = True) -> None:
        """Hide a notebook from every key, or show it again.

        Raises:
            KeyError: There is no such notebook.
        """
        self._control.forbid(short_id, forbidden=forbidden)

    def purge(self, short_id: str) -> None:
        """Delete a notebook's row for good.

        Raises:
            KeyError: There is no such notebook.
        """
        self._control.purge(short_id)

    def record(self, short_id: str) -> dict[str, Any]:
        """Show a notebook as a GET would, deleted or not.

        Raises:
            KeyError: There is no such notebook.
        """
        return self._control.record(short_id)

    @staticmethod
    def markdown(text: str) -> dict[str, Any]:
        """Make the content of a Markdown notebook."""
        attrs = {"nodeId": "markdown-notebook-v2", "markdown": text}
        return {"type": "doc", "content": [{"type": "ph-markdown-notebook", "attrs": attrs}]}


def serve(
    *,
    port: int,
    data: str,
    client_ids: bool = True,
    rows_with_content: bool = False,
    ready: Callable[[str], None] | None = None,
) -> None:
    """Run a sandbox in the foreground until SIGINT or SIGTERM.

    Args:
        port: Where to listen; 0 takes any free port.
        data: A file that keeps the notebooks, or ":memory:".
        client_ids: As for `Sandbox`.
        rows_with_content: As for `Sandbox`.
        ready: Called with the URL once requests are taken.

    Raises:
        OSError: The port is taken.
    """
    from nbsync.sandbox import server  # noqa: PLC0415 (an extra need not be installed)

    server.serve(port, data, client_ids, rows_with_content, ready)
