"""Where the key for a host is found, and which hosts a key may go to."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from nbsync.api.hosts import US_CLOUD, is_cloud, is_loopback, normalise
from nbsync.credentials import keyfile, ring
from nbsync.credentials.keeping import RING, user_folder
from nbsync.errors import AuthError, ConfigError

VARIABLE = "POSTHOG_PERSONAL_API_KEY"
# Project keys send events and read nothing (contract section 10).
_PROJECT_KEYS = ("phc_", "phs_")


@dataclass(frozen=True, slots=True)
class Key:
    """A personal API key.

    Attributes:
        value: The key itself; never printed, logged or written.
        source: Where it was found, in words.
    """

    value: str = field(repr=False)
    source: str


@dataclass(frozen=True, slots=True)
class _Source:
    """A place where a key may be.

    Attributes:
        name: The place, in words.
        key: What is there; "" for nothing.
        host: The only host it may go to; None for PostHog's clouds.
        problem: Why it cannot be used, if that is known already.
        hint: What to do about that.
    """

    name: str
    key: str = field(default="", repr=False)
    host: str | None = None
    problem: str = ""
    hint: str = ""


def check_kind(key: str) -> None:
    """Check that a key is none of those that only send events.

    Raises:
        AuthError: It is.
    """
    if key.startswith(_PROJECT_KEYS):
        raise AuthError(
            "That is a project key, which sends events and cannot read notebooks.",
            hint="make a personal API key (phx_…) in PostHog's settings",
        )


def find_key(host: str, env: Mapping[str, str], home: Path, *, folder: Path | None = None) -> Key:
    """Find the key for a host.

    A key goes only where it belongs: one from the environment to the host that stands beside it,
    or else to PostHog's clouds; one that nbsync or posthog-cli has stored, to the host it was
    stored for. So a directory from elsewhere cannot send it to a host of its own choice.

    Args:
        host: The normalised host.
        env: The environment.
        home: The user's home folder.
        folder: The folder of the user's own configuration; None: the usual one.

    Raises:
        AuthError: There is none; the message says where it was looked for, and what was found.
    """
    looked, hint = [], ""
    for source in _sources(host, env, home, folder):
        why_not = _why_not(source, host)
        if not why_not:
            return Key(source.key, source.name)
        looked.append(f"{source.name}: {why_not}")
        hint = hint or source.hint
    raise AuthError(
        f"There is no key for {host}. Looked at " + "; ".join(looked) + ".",
        hint=hint or _way_to_one(host),
    )


def _way_to_one(host: str) -> str:
    export = f"export {VARIABLE}=phx_…"
    if not is_cloud(host):
        export += f" POSTHOG_HOST={host}"
    # It may be a clone that has named the host.
    doubt = "" if is_cloud(host) or is_loopback(host) else "only if that is your own PostHog: "
    return (
        f"nbsync login --host {host}   # {doubt}with a key of the scope notebook:write, made at"
        f" {host}/settings/user-api-keys; or: {export}"
    )


def _why_not(source: _Source, host: str) -> str:
    """Why a source's key is not used for a host; "" if it is."""
    if source.problem:
        return source.problem
    if not source.key:
        return "not set"
    if source.key.startswith(_PROJECT_KEYS):
        return "a project key, which cannot read notebooks"
    if source.host is None:
        return "" if is_cloud(host) else "without a host it goes to PostHog's clouds only"
    return "" if source.host == host else f"it is for {source.host} only"


def _sources(host: str, env: Mapping[str, str], home: Path, own: Path | None) -> Iterator[_Source]:
    """The places in their order; the slow ones are looked at where those before had no key."""
    yield _variable(env, VARIABLE, "POSTHOG_HOST")
    legacy = "POSTHOG_CLI_TOKEN"
    current = "POSTHOG_CLI_API_KEY"
    name = current if env.get(current, "").strip() or not env.get(legacy) else legacy
    yield _variable(env, name, "POSTHOG_CLI_HOST")
    yield _own((user_folder() if own is None else own) / keyfile.NAME, host)
    yield _ring(host)
    folder = env.get("POSTHOG_HOME", "")
    yield _stored((Path(folder) if folder else home / ".posthog") / "credentials.json")


def _variable(env: Mapping[str, str], variable: str, host_variable: str) -> _Source:
    key, host = env.get(variable, "").strip(), env.get(host_variable, "").strip()
    if not key or not host:
        return _Source(variable, key)
    return _bound(variable, key, host, host_variable)


def _own(path: Path, host: str) -> _Source:
    """What `nbsync login` has put into its file."""
    name = f"nbsync's {path}"
    try:
        key = keyfile.load(path).get(host, "")
    except AuthError as error:
        why = error.message.removeprefix(f"{path} ").rstrip(".")
        return _Source(name, problem=why, hint=error.hint)
    return _Source(name, key, host, "" if key else "has none for this host")


def _ring(host: str) -> _Source:
    """What `nbsync login` has put into the system's keyring."""
    try:
        key = ring.read(host)
    except ring.Unusable as error:
        return _Source(RING, problem=str(error))
    return _Source(RING, key, host, "" if key else "has none for this host")


def _stored(path: Path) -> _Source:
    """Read posthog-cli's file: host (none for the US cloud), token, env_id (contract 10)."""
    name = f"posthog-cli's {path}"
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return _Source(name, problem="not there")
    except OSError as error:
        return _Source(name, problem=f"cannot be read ({error.strerror})")
    except (ValueError, RecursionError):
        return _Source(name, problem="no JSON")
    if not isinstance(stored, dict) or not isinstance(stored.get("token"), str):
        return _Source(name, problem="has no token")
    host = stored.get("host") or US_CLOUD
    if not isinstance(host, str):
        return _Source(name, problem="has a host that is no text")
    return _bound(name, stored["token"].strip(), host, "its host")


def _bound(name: str, key: str, host: str, host_name: str) -> _Source:
    try:
        return _Source(name, key, normalise(host))
    except ConfigError as error:
        return _Source(name, key, problem=f"{host_name} is no host to use ({error.message})")
