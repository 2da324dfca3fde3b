"""An imitation PostHog notebooks server, to try nbsync on and to test it with."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Self

from nbsync.sandbox.kinds import DEFAULT, kind_called

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
        kind: str = DEFAULT,
        client_ids: bool | None = None,
        rows_with_content: bool | None = None,
    ) -> None:
        """Choose what kind of server it will be.

        Args:
            port: Where to listen; 0 takes any free port.
            data: A file that keeps the notebooks; in memory without one.
            kind: "2023", "2026", "2026-06" or "2026-09"; see `kinds`.
            client_ids: Whether a POST may choose its short_id, if not as the kind has it.
            rows_with_content: Whether list rows are whole records, if not as the kind has it.

        Raises:
            ValueError: There is no such kind.
        """
        self._port, self._data = port, str(data)
        self._kind = kind_called(kind, client_ids=client_ids, rows_with_content=rows_with_content)
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
            app, self._control = server.build(self._data, self._kind)
            leave.callback(self._control.notebooks.db.close)
            leave.callback(server.start(app, listener))
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
        """Copy the log: n, method, path, query, user and body of each request; status and bytes."""
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

    def add_key(self, value: str, **order: Any) -> None:
        """Add a key: its `scopes`, and if need be `label`, `user` and `projects` to limit it to.

        Raises:
            ValueError: It is nobody's.
        """
        self._control.accounts.add_key({"value": value, **order})

    def add_project(self, number: int, name: str) -> None:
        """List one more project; it has no notebooks, nor any that could be made."""
        self._control.accounts.projects[number] = name

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

    def allow(self, short_id: str, access: str) -> None:
        """Set what everybody may do with a notebook: "viewer", "editor" or "manager".

        Raises:
            KeyError: There is no such notebook.
        """
        self._control.allow(short_id, access)

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
    kind: str = DEFAULT,
    ready: Callable[[str], None] | None = None,
) -> None:
    """Run a sandbox in the foreground until SIGINT or SIGTERM.

    Args:
        port: Where to listen; 0 takes any free port.
        data: A file that keeps the notebooks, or ":memory:".
        kind: As for `Sandbox`.
        ready: Called with the URL once requests are taken.

    Raises:
        OSError: The port is taken.
        ValueError: There is no such kind.
    """
    from nbsync.sandbox import server  # noqa: PLC0415 (an extra need not be installed)

    server.serve(port, data, kind_called(kind), ready)
