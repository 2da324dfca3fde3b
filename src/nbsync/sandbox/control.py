"""What tests and demonstrations order behind the API's back, by method and below /_sandbox/."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from nbsync.sandbox import activity, errors
from nbsync.sandbox.faults import Fault
from nbsync.sandbox.jsonb import kept
from nbsync.sandbox.people import user_called
from nbsync.sandbox.records import Notebook, micros, record

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp

    from nbsync.sandbox.accounts import Accounts
    from nbsync.sandbox.faults import Doorman
    from nbsync.sandbox.notebooks import Notebooks

_COMPLAINTS = (errors.ApiError, KeyError, TypeError, ValueError)
_EDITS = frozenset(["title", "content", "text_content", "version", "deleted"])


@dataclass(frozen=True, slots=True)
class Control:
    """The levers of a sandbox."""

    notebooks: Notebooks
    doorman: Doorman
    accounts: Accounts

    def app(self) -> ASGIApp:
        """Offer the levers over HTTP."""
        return Starlette(
            routes=[
                Route("/_sandbox/requests", self._requests, methods=["GET", "DELETE"]),
                Route("/_sandbox/{lever}", self._pull, methods=["POST"]),
            ],
            exception_handlers=dict.fromkeys(
                (errors.ApiError, KeyError, ValueError, TypeError), _complain
            ),
        )

    def fault(self, order: dict[str, Any]) -> None:
        """Order a fault.

        Raises:
            ValueError: The order makes no sense.
        """
        self.doorman.order(Fault.ordered(order))

    def reset(self) -> None:
        """Forget the notebooks, the log, the faults, and the keys and projects that were added."""
        self.notebooks.db.clear()
        self.accounts.forget()
        self.doorman.forget()

    def seed(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Put a notebook there with any field as given, in place of one with its short_id.

        Raises:
            ValueError: A field no notebook has, a time that is none, or nobody's address.
        """
        given = dict(fields)
        author = user_called(given.pop("created_by", "ana"))
        editor = user_called(given.pop("last_modified_by", author.name))
        modified, created = (
            micros(given.pop(name)) if name in given else None
            for name in ("last_modified_at", "created_at")
        )
        db = self.notebooks.db
        stamp = db.tick()
        given["content"] = kept(given.get("content"), self.notebooks.kind.deepest)
        notebook = Notebook(
            short_id=given.pop("short_id", None) or self.notebooks.unused(),
            id=str(uuid.uuid4()),
            title=None,
            content="null",
            text_content=None,
            version=0,
            deleted=False,
            visibility="default",
            forbidden=False,
            created_at=next(time for time in (created, modified, db.tick()) if time is not None),
            created_by=author.id,
            last_modified_at=next(time for time in (modified, created, stamp) if time is not None),
            last_modified_by=editor.id,
        )
        if unknown := set(given) - _EDITS - {"visibility", "forbidden", "id"}:
            raise ValueError(f"A notebook has no {', '.join(sorted(unknown))}.")
        notebook = replace(notebook, **given)
        db.save(notebook)
        return self._shown(notebook)

    def write(self, short_id: str, fields: dict[str, Any]) -> dict[str, Any]:
        """Edit as another writer who checks no version, as PostHog's own do.

        Args:
            short_id: What is edited.
            fields: Notebook fields, and `user`; with `silent` true, `last_modified_at` stays.

        Raises:
            KeyError: There is no such notebook.
            ValueError: A field that nobody can write.
        """
        given = dict(fields)
        user, silent = user_called(given.pop("user", "ben")), given.pop("silent", False)
        if unknown := set(given) - _EDITS:
            raise ValueError(f"Nobody can write {', '.join(sorted(unknown))}.")
        db = self.notebooks.db
        with db.lock:
            before = self._find(short_id)
            if "content" in given:
                given = {
                    "version": before.version + 1,
                    **given,
                    "content": kept(given["content"], self.notebooks.kind.deepest),
                }
            if not silent:
                given |= {"last_modified_at": db.tick(), "last_modified_by": user.id}
            after = replace(before, **given)
            db.save(after)
            if not silent:
                activity.note(db, before, after, user, self.notebooks.kind)
        return self._shown(after)

    def forbid(self, short_id: str, *, forbidden: bool) -> None:
        """Hide a notebook from every key, or show it again.

        Raises:
            KeyError: There is no such notebook.
        """
        with self.notebooks.db.lock:
            self.notebooks.db.save(replace(self._find(short_id), forbidden=forbidden))

    def allow(self, short_id: str, access: str) -> None:
        """Set what everybody may do with a notebook: "viewer", "editor" or "manager".

        Raises:
            KeyError: There is no such notebook.
        """
        self.notebooks.db.access[self._find(short_id).short_id] = access

    def purge(self, short_id: str) -> None:
        """Delete a notebook's row for good.

        Raises:
            KeyError: There is no such notebook.
        """
        self._find(short_id)
        self.notebooks.db.remove(short_id)

    def record(self, short_id: str) -> dict[str, Any]:
        """Show a notebook as GET would, deleted or not.

        Raises:
            KeyError: There is no such notebook.
        """
        return self._shown(self._find(short_id))

    def _shown(self, notebook: Notebook) -> dict[str, Any]:
        shown = json.loads(record(notebook, long=self.notebooks.kind.long_records))
        assert isinstance(shown, dict)
        return shown

    def _find(self, short_id: str) -> Notebook:
        notebook = self.notebooks.db.find(short_id)
        if notebook is None:
            raise KeyError(short_id)
        return notebook

    async def _requests(self, request: Request) -> Response:
        if request.method == "DELETE":
            self.doorman.forget_requests()
        return JSONResponse(self.doorman.requests())

    async def _pull(self, request: Request) -> Response:
        order = json.loads(await request.body() or b"{}")
        if not isinstance(order, dict):
            raise ValueError("An order is a JSON object.")
        return JSONResponse(self._obey(request.path_params["lever"], order))

    def _obey(self, lever: str, order: dict[str, Any]) -> dict[str, Any]:
        match lever:
            case "faults":
                self.fault(order)
            case "reset":
                self.reset()
            case "keys":
                self.accounts.add_key(order)
            case "projects":
                self.accounts.projects[int(order["id"])] = str(order["name"])
            case "notebooks":
                return self.seed(order)
            case "write":
                return self.write(_short_id(order), order)
            case "forbid":
                self.forbid(_short_id(order), forbidden=order.get("forbidden", True))
            case "allow":
                self.allow(_short_id(order), str(order["access"]))
            case "purge":
                self.purge(_short_id(order))
            case _:
                raise KeyError(lever)
        return {}


def _short_id(order: dict[str, Any]) -> str:
    if not isinstance(short_id := order.pop("short_id", None), str):
        raise ValueError("The order names no short_id.")
    return short_id


async def _complain(_: Request, error: Exception) -> Response:
    status = 404 if isinstance(error, KeyError) else 400
    return JSONResponse({"detail": str(error)}, status)
