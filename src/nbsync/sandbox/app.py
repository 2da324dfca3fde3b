"""The HTTP face of the sandbox: which path and method does what, and who may."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from nbsync.sandbox import activity, errors, listing, people, validation
from nbsync.sandbox.converting import markdown_of
from nbsync.sandbox.jsonb import dump
from nbsync.sandbox.records import record

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

    from nbsync.sandbox.accounts import Accounts
    from nbsync.sandbox.kinds import Kind
    from nbsync.sandbox.notebooks import Notebooks
    from nbsync.sandbox.people import Key

_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]
_READ = dict.fromkeys(["GET", "HEAD", "OPTIONS"], "notebook:read")
_WRITE = dict.fromkeys(["PUT", "PATCH", "DELETE"], "notebook:write")
# DELETE on the collection and POST to an item have no scope, so no key has it
# (transcripts/2026/36-delete-method).
_COLLECTION = _READ | dict.fromkeys(["POST", "PUT", "PATCH"], "notebook:write")
_ITEM = _READ | _WRITE
_ACTIVITY = dict.fromkeys(["GET", "HEAD", "OPTIONS"], "activity_log:read")
_FOR_NO_KEY = "This action does not support personal API key access"
_NO_ACCESS = "You don't have access to the project."
_PROJECT_ID, _FOREIGN_PROJECT_ID = 1, 3
_FORMATS = ["application/json", "application/x-www-form-urlencoded", "multipart/form-data"]
_JSON = ("application/json", "application/*", "*/*")


@dataclass(frozen=True, slots=True)
class Api:
    """PostHog's notebook API.

    Attributes:
        notebooks: The notebooks of project 1, the only one there is.
        accounts: Whose keys are known, and what they are told of themselves.
    """

    notebooks: Notebooks
    accounts: Accounts

    @property
    def kind(self) -> Kind:
        """How the server behaves where not all do the same."""
        return self.notebooks.kind

    def app(self) -> ASGIApp:
        """Route requests, with or without a trailing slash (transcripts/2026/44-trailing-slash)."""
        handlers = {errors.ApiError: _refusal, 404: _no_endpoint, 405: _no_method}
        inner = Starlette(routes=self._routes(), exception_handlers=handlers)
        inner.router.redirect_slashes = False

        async def without_slash(scope: Scope, receive: Receive, send: Send) -> None:
            await inner({**scope, "path": scope["path"].removesuffix("/")}, receive, send)

        return without_slash

    def _routes(self) -> list[Route]:
        base = "/api/projects/{project}/notebooks"
        return [
            Route(base, self.collection, methods=_METHODS),
            Route(f"{base}/activity", self.all_activity, methods=_METHODS),
            Route(f"{base}/{{short_id}}", self.item, methods=_METHODS),
            *self._newer_routes(base),
            Route("/api/projects", self.projects, methods=["GET"]),
            Route("/api/projects/{project}", self.project, methods=["GET"]),
            Route("/api/users/@me", self.me, methods=["GET"]),
            Route("/api/personal_api_keys/@current", self.current_key, methods=["GET"]),
        ]

    def _newer_routes(self, base: str) -> list[Route]:
        if not self.kind.activity_of_one:
            return []
        return [
            Route(f"{base}/{{short_id}}/activity", self.activity, methods=_METHODS),
            Route(f"{base}/{{short_id}}/markdown", self.markdown, methods=["GET"]),
        ]

    async def collection(self, request: Request) -> Response:
        """List or create."""
        key = self._admit(request, _COLLECTION)
        if request.method == "POST":
            return _json(self.notebooks.create(await self._body(request), key.user), 201)
        if request.method == "OPTIONS":
            return _options("Notebook List")
        if request.method not in _READ:
            raise errors.not_allowed(request.method)
        query, url = request.query_params, _address(request)
        return _json(listing.page(self.notebooks.db, query, url, key.user, self.kind))

    async def item(self, request: Request) -> Response:
        """Read or change one notebook; there is no DELETE (transcripts/2026/36-delete-method)."""
        key = self._admit(request, _ITEM)
        # A format suffix is part of no short_id, transcripts/2026/39-retrieve.
        short_id = request.path_params["short_id"].removesuffix(".json")
        if request.method in ("PUT", "PATCH"):
            return _json(self.notebooks.update(short_id, await self._body(request), key.user))
        if request.method == "DELETE":
            return Response(status_code=405)
        if request.method in ("POST", "TRACE"):
            raise errors.not_allowed(request.method)
        if request.method == "OPTIONS":
            return _options("Notebook Instance")
        notebook = self.notebooks.read(short_id)
        # The bare number, no entity tag: transcripts/2026/40-retrieve-if-none-match.
        same = request.headers.get("if-none-match") == str(notebook.version)
        if same and self.kind.conditional:
            return Response(status_code=304)
        return _json(record(notebook, long=self.kind.long_records))

    async def markdown(self, request: Request) -> Response:
        """Show a Markdown notebook's text, and null for any other's (contract section 6)."""
        self._admit(request, _READ)
        notebook = self.notebooks.read(request.path_params["short_id"])
        return _json(dump({"markdown": markdown_of(json.loads(notebook.content))}))

    async def activity(self, request: Request) -> Response:
        """Show what happened to one notebook."""
        self._admit(request, _ACTIVITY)
        notebook = self.notebooks.read(request.path_params["short_id"])
        query, url = request.query_params, _address(request)
        return _json(activity.page(self.notebooks.db, notebook.short_id, query, url))

    async def all_activity(self, request: Request) -> Response:
        """Show the whole project's; since there are scopes, no key may (49-activity-paging)."""
        self._visitor(request)
        if self.kind.activity_of_one:
            raise errors.denied(_FOR_NO_KEY)
        query, url = request.query_params, _address(request)
        return _json(activity.page(self.notebooks.db, None, query, url))

    async def projects(self, request: Request) -> Response:
        """List the projects."""
        return _json(dump(self.accounts.list_projects(self._key(request), self.kind)))

    async def project(self, request: Request) -> Response:
        """Show the one project."""
        self._admit(request, {"GET": "project:read", "HEAD": "project:read"})
        return _json(dump(self.accounts.project(_PROJECT_ID)))

    async def me(self, request: Request) -> Response:
        """Show whose key this is."""
        return _json(dump(self.accounts.me(self._key(request), self.kind)))

    async def current_key(self, request: Request) -> Response:
        """Show the key itself."""
        return _json(dump(self.accounts.current_key(self._key(request), self.kind)))

    def _admit(self, request: Request, scopes: dict[str, str]) -> Key:
        """Let a request in: key, project, scope (46-auth-failures, 47-auth-projects, 61-scopes)."""
        key = self._visitor(request)
        if self.kind.scopes:
            if request.method not in scopes:
                raise errors.denied(_FOR_NO_KEY)
            key.demand_project(_PROJECT_ID)
            key.demand(scopes[request.method])
        return key

    def _visitor(self, request: Request) -> Key:
        project = request.path_params.get("project", "@current")
        if "." in project:
            raise errors.not_found("Endpoint not found.")
        key = self._key(request)
        _acceptable(request)
        number = _number(project)
        if number is None and not self.kind.scopes:
            raise errors.not_found()
        if number not in (_PROJECT_ID, _FOREIGN_PROJECT_ID):
            raise errors.not_found("Project not found.")
        if number == _FOREIGN_PROJECT_ID or key.user is people.OUTSIDER:
            raise errors.denied(_NO_ACCESS)
        return key

    def _key(self, request: Request) -> Key:
        return self.accounts.key_of(request.headers.get("authorization"))

    async def _body(self, request: Request) -> object:
        # Answered without reading on, transcripts/2026/70-create-huge-21mb-early-response.
        length, limit = int(request.headers.get("content-length", 0)), self.kind.body_limit
        if limit is not None and length > limit:
            raise errors.server_error()
        return validation.parse(await request.body(), request.headers.get("content-type", ""))


def sandbox(doorman: ASGIApp, control: ASGIApp) -> ASGIApp:
    """Put the API, behind its doorman, and the control of the sandbox under one roof."""

    async def house(scope: Scope, receive: Receive, send: Send) -> None:
        app = control if scope["path"].startswith("/_sandbox/") else doorman
        await app(scope, receive, send)

    return house


def _acceptable(request: Request) -> None:
    """Refuse to answer in anything but JSON (transcripts/2026/11-create-bad-json)."""
    wanted = request.headers.get("accept", "*/*")
    if not any(each in wanted for each in _JSON):
        raise errors.unacceptable()


def _number(project: str) -> int | None:
    if project == "@current":
        return _PROJECT_ID
    return int(project) if re.fullmatch(r"-?[0-9]+", project) else None


def _address(request: Request) -> str:
    host = request.headers.get("host", "")
    return f"http://{host}{request.scope['raw_path'].decode()}"


def _json(text: str, status: int = 200) -> Response:
    return Response(text, status, media_type="application/json")


def _options(name: str) -> Response:
    described = {"name": name, "description": "", "renders": _FORMATS[:1], "parses": _FORMATS}
    return _json(dump(described))


async def _refusal(_: Request, error: Exception) -> Response:
    assert isinstance(error, errors.ApiError)
    return _json(error.text, error.status)


async def _no_endpoint(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _json(errors.not_found("Endpoint not found.").text, 404)


async def _no_method(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _json(errors.not_allowed(request.method).text, 405)
