"""The people of the sandbox, their API keys, and what each key may do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from nbsync.sandbox import errors

_PREFIX = "Bearer "


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who writes notebooks."""

    id: int
    uuid: str
    first_name: str

    @property
    def name(self) -> str:
        """What the request log and control orders call this person."""
        return self.first_name.lower()

    @property
    def email(self) -> str:
        """The address, which orders may use in place of the name."""
        return f"{self.name}@example.com"

    def record(self, *, long: bool = True) -> dict[str, Any]:
        """This person as a notebook's `created_by` shows them (39-retrieve).

        Args:
            long: Whether with all that servers of 2026 tell.
        """
        first = {
            "id": self.id,
            "uuid": self.uuid,
            "distinct_id": f"d-{self.email}",
            "first_name": self.first_name,
        }
        last = {"email": self.email, "is_email_verified": None}
        if not long:
            return first | last
        more = {"hedgehog_config": None, "role_at_organization": None}
        return {**first, "last_name": "", **last, **more}


@dataclass(frozen=True, slots=True)
class Key:
    """A personal API key.

    Attributes:
        value: What is sent.
        label: What its owner calls it.
        user: Its owner.
        scopes: What it may do; "*" is everything.
        projects: The projects it is limited to; without any, it is not.
    """

    value: str
    label: str
    user: User
    scopes: tuple[str, ...]
    projects: tuple[int, ...] = ()

    def demand(self, scope: str) -> None:
        """Refuse unless the key has a scope.

        Raises:
            ApiError: It has not (403). Writing implies reading, transcripts/2026/61-scopes.
        """
        enough = {scope, scope.replace(":read", ":write"), "*"}
        if not enough.intersection(self.scopes):
            raise errors.denied(f"API key missing required scope '{scope}'")

    def demand_project(self, project: int) -> None:
        """Refuse unless the key may be used in a project.

        Raises:
            ApiError: It may not (403, transcripts/2026/61-scopes).
        """
        if self.projects and project not in self.projects:
            raise errors.denied(
                f"API key does not have access to the requested project: ID {project}."
            )


ANA = User(1, "0190a0a0-0000-7000-8000-000000000a0a", "Ana")
BEN = User(2, "0190b0b0-0000-7000-8000-000000000b0b", "Ben")
OUTSIDER = User(3, "0190d0d0-0000-7000-8000-000000000d0d", "Cleo")
"""Somebody of another organization, who has no access to the project."""
USERS = {user.id: user for user in (ANA, BEN)}

_SCOPES = ("activity_log:read", "notebook:write", "project:read", "user:read")
ANAS_KEY = Key("phx_sandbox_key_of_ana", "Ana's laptop", ANA, _SCOPES)
BENS_KEY = Key("phx_sandbox_key_of_ben", "Ben's laptop", BEN, _SCOPES)
READ_ONLY_KEY = Key("phx_sandbox_key_read_only", "Ana's dashboard", ANA, ("notebook:read",))
# Keys that may do this and not that, as those of transcripts/2026/61-scopes.
_OTHER_KEYS = (
    Key("phx_sandbox_key_write_only", "writes", ANA, ("notebook:write",)),
    Key("phx_sandbox_key_insights", "insights", ANA, ("insight:read", "insight:write")),
    Key("phx_sandbox_key_without_scopes", "nothing", ANA, ()),
    Key("phx_sandbox_key_project_2", "elsewhere", ANA, _SCOPES, projects=(2,)),
    Key("phx_sandbox_key_activity", "history", ANA, ("activity_log:read",)),
    Key("phx_sandbox_key_star", "everything", ANA, ("*",)),
    Key("phx_sandbox_key_outsider", "Cleo's laptop", OUTSIDER, _SCOPES),
)
_KEYS = {key.value: key for key in (ANAS_KEY, BENS_KEY, READ_ONLY_KEY, *_OTHER_KEYS)}

_NO_MORE: Mapping[str, Key] = MappingProxyType({})


def key_of(authorization: str | None, more: Mapping[str, Key] = _NO_MORE) -> Key:
    """Find the key an Authorization header carries.

    Args:
        authorization: The header.
        more: Keys beside those that every sandbox knows, by what is sent.

    Raises:
        ApiError: There is none, or it is nobody's (401, transcripts/2026/46-auth-failures).
    """
    value = (authorization or "").removeprefix(_PREFIX).strip()
    if not (authorization or "").startswith(_PREFIX) or len(value) < 2:  # noqa: PLR2004
        raise errors.unauthenticated(
            "not_authenticated", "Authentication credentials were not provided."
        )
    known = {**_KEYS, **more}
    if value not in known:
        raise errors.unauthenticated(
            "authentication_failed",
            "Personal API key found in request Authorization header is invalid.",
        )
    return known[value]


def name_of(authorization: str | None, more: Mapping[str, Key] = _NO_MORE) -> str | None:
    """Name whoever sent a request, or None where its key is nobody's."""
    try:
        return key_of(authorization, more).user.name
    except errors.ApiError:
        return None


def user_called(name: str) -> User:
    """Find a person by name or address.

    Raises:
        ValueError: There is nobody of that name.
    """
    for user in USERS.values():
        if name in (user.name, user.email):
            return user
    raise ValueError(f"There is no user {name!r} in the sandbox; there are ana and ben.")
