"""Whose keys a sandbox knows, which projects it lists, and what it tells a key of both."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nbsync.sandbox import errors, people

if TYPE_CHECKING:
    from nbsync.sandbox.kinds import Kind
    from nbsync.sandbox.people import Key

_ORGANIZATION = {"id": "0190e0e0-0000-7000-8000-000000000e0e", "name": "Sandbox Ltd"}
# As PostHog says it of whatever is not below one project (contract section 10).
_NOT_FOR_SCOPED = "API keys with scoped projects are only supported on project-based endpoints."


def _listed() -> dict[int, str]:
    return {1: "Sandbox"}


@dataclass(slots=True)
class Accounts:
    """The keys and the projects of one sandbox.

    Attributes:
        ordered: Keys that were added, by what is sent.
        projects: The names of the projects that are listed; only the first one has notebooks.
    """

    ordered: dict[str, Key] = field(default_factory=dict)
    projects: dict[int, str] = field(default_factory=_listed)

    def forget(self) -> None:
        """Drop what was added."""
        self.ordered.clear()
        self.projects = _listed()

    def add_key(self, order: dict[str, Any]) -> None:
        """Add a key, or give one that is there other rights.

        Args:
            order: `value`, `scopes`, and if need be `label`, `user`, and `projects` to limit it to.

        Raises:
            KeyError: It has no value.
            ValueError: It is nobody's.
        """
        value = str(order["value"])
        self.ordered[value] = people.Key(
            value,
            str(order.get("label", "ordered")),
            people.user_called(order.get("user", "ana")),
            tuple(order.get("scopes", ())),
            tuple(order.get("projects", ())),
        )

    def key_of(self, authorization: str | None) -> Key:
        """Find the key an Authorization header carries.

        Raises:
            ApiError: There is none, or it is nobody's (401).
        """
        return people.key_of(authorization, self.ordered)

    def name_of(self, authorization: str | None) -> str | None:
        """Name whoever sent a request, or None where its key is nobody's."""
        return people.name_of(authorization, self.ordered)

    def list_projects(self, key: Key, kind: Kind) -> dict[str, Any]:
        """The projects that a key's user sees (2023/47-auth-projects).

        Raises:
            ApiError: The key is made for some projects alone, or lacks the scope (403).
        """
        _demand(key, "project:read", kind)
        if kind.scopes and key.projects:
            raise errors.denied(_NOT_FOR_SCOPED)
        seen = {} if key.user is people.OUTSIDER else self.projects
        rows = [self.project(number) for number in seen]
        return {"count": len(rows), "next": None, "previous": None, "results": rows}

    def project(self, number: int) -> dict[str, Any]:
        """One project, as far as a client cares (2023/47-auth-projects)."""
        uuid = f"0190c0c0-0000-7000-8000-{number:012x}"
        organization = _ORGANIZATION["id"]
        return {
            "id": number,
            "uuid": uuid,
            "organization": organization,
            "name": self.projects[number],
        }

    def me(self, key: Key, kind: Kind) -> dict[str, Any]:
        """Whose key it is, and what project they look at (2023/47-auth-projects).

        Raises:
            ApiError: The key lacks the scope (403).
        """
        _demand(key, "user:read", kind)
        shown = key.user.record(long=kind.long_records)
        number = next(iter(self.projects))
        return {**shown, "team": self.project(number), "organization": _ORGANIZATION}

    def current_key(self, key: Key, kind: Kind) -> dict[str, Any]:
        """The key itself; any valid one may ask (contract section 10).

        Raises:
            ApiError: The server is from before there were scopes, and knows no such key (404).
        """
        if not kind.scopes:
            raise errors.not_found()
        return {
            "id": key.value[-8:],
            "label": key.label,
            "value": None,
            "user_id": key.user.id,
            "scopes": list(key.scopes),
            "scoped_teams": list(key.projects),
            "scoped_organizations": [],
        }


def _demand(key: Key, scope: str, kind: Kind) -> None:
    if kind.scopes:
        key.demand(scope)
