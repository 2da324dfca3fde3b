"""What a server tells of a key: whose it is, what it may do, which projects there are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nbsync.api.exchange import Exchange
from nbsync.api.question import Question
from nbsync.errors import AuthError, NotFound
from nbsync.model import Json

_THIS_KEY = "/api/personal_api_keys/@current/"
_ME = "/api/users/@me/"
_PROJECTS = "/api/projects/"
_ENOUGH = 500


@dataclass(frozen=True, slots=True)
class Project:
    """A project as it is chosen: its number, and what it is called."""

    number: str
    name: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose key it is, and what it may do.

    Attributes:
        name: Its user's name; "" where the key may not tell.
        email: Its user's address; "" as above.
        label: What its user calls the key; "" where the server does not tell.
        scopes: What it may do, sorted; None where the server knows no scopes (2023), and the key
            may do all that its user may.
        limited_to: The numbers of the projects that it is made for; without any, for all.
        current: The project that its user last looked at, if that is known.
    """

    name: str
    email: str
    label: str
    scopes: tuple[str, ...] | None
    limited_to: tuple[str, ...]
    current: Project | None

    def may(self, scope: str) -> bool:
        """Whether the key has a scope; writing implies reading (contract section 10)."""
        enough = {scope, scope.replace(":read", ":write"), "*"}
        return self.scopes is None or not enough.isdisjoint(self.scopes)


def identify(exchange: Exchange, host: str) -> Identity:
    """Ask whose key it is, in one question or two.

    Every good key may ask what it is itself (contract section 10); servers of 2023 do not tell,
    but whose it is (transcripts/2023/47-auth-projects).

    Args:
        exchange: Asks with the key.
        host: The normalised host that it asks.

    Raises:
        AuthError: The key is not accepted.
        NotFound: The server tells neither.
        Unavailable: The server cannot be reached.
        ConfigError: It is elsewhere.
    """
    try:
        key = _ask(exchange, host, _THIS_KEY, _is_key)
    except (AuthError, NotFound):
        return _identity({}, _ask(exchange, host, _ME, _is_user))
    known = _identity(key, {})
    if not known.may("user:read"):
        return known
    try:
        return _identity(key, _ask(exchange, host, _ME, _is_user))
    except (AuthError, NotFound):
        return known


def projects(exchange: Exchange, host: str) -> tuple[Project, ...]:
    """List the projects that a key's user sees, 500 at most, in the order of their names.

    Args:
        exchange: Asks with the key.
        host: The normalised host that it asks.

    Raises:
        AuthError: The key may not list them; one made for some projects never may.
        NotFound: The server does not list any.
        Unavailable: The server cannot be reached.
        ConfigError: It is elsewhere.
    """
    answer = _ask(exchange, host, _PROJECTS, _is_list, limit=str(_ENOUGH))
    rows = answer["results"]
    assert isinstance(rows, list)
    found = [project for row in rows if (project := _project(row)) is not None]
    return tuple(sorted(found, key=lambda each: (each.name.casefold(), each.number)))


def _ask(
    exchange: Exchange, host: str, path: str, expects: Callable[[Json], bool], **query: str
) -> dict[str, Json]:
    asked = Question("GET", host, path, "@current", None, expects, account=True)
    return exchange.ask(asked, query=query) or {}


def _is_key(value: Json) -> bool:
    return isinstance(value, dict) and {"label", "scopes"} <= value.keys()


def _is_user(value: Json) -> bool:
    return isinstance(value, dict) and isinstance(value.get("email"), str)


def _is_list(value: Json) -> bool:
    return isinstance(value, dict) and isinstance(value.get("results"), list)


def _identity(key: dict[str, Json], user: dict[str, Json]) -> Identity:
    scopes, teams = key.get("scopes"), key.get("scoped_teams")
    parts = (_text(user.get(name)) for name in ("first_name", "last_name"))
    return Identity(
        name=" ".join(part for part in parts if part),
        email=_text(user.get("email")),
        label=_text(key.get("label")),
        scopes=tuple(sorted(map(str, scopes))) if isinstance(scopes, list) else None,
        limited_to=tuple(str(team) for team in teams) if isinstance(teams, list) else (),
        current=_project(user.get("team")),
    )


def _project(row: Json) -> Project | None:
    if not isinstance(row, dict) or not isinstance(row.get("id"), int):
        return None
    return Project(str(row["id"]), _text(row.get("name")))


def _text(value: Json) -> str:
    return value.strip() if isinstance(value, str) else ""
