"""Values of nbsync.toml, of the type that they must be of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from nbsync.errors import ConfigError

_Choice = TypeVar("_Choice", bound=str)


def switch(table: Mapping[str, object], key: str) -> bool:
    """True or false; false where it is missing.

    Raises:
        ConfigError: It is neither.
    """
    value = table.get(key, False)
    if not isinstance(value, bool):
        raise ConfigError(f"`{key}` is {value!r}, but must be true or false.", hint=f"{key} = true")
    return value


def one_of(table: Mapping[str, object], key: str, default: _Choice, other: _Choice) -> _Choice:
    """One of two words; the default where it is missing.

    Raises:
        ConfigError: It is neither.
    """
    said = text(table, key, default)
    for choice in (default, other):
        if said == choice:
            return choice
    from difflib import get_close_matches  # noqa: PLC0415 - only mistakes need it

    near = get_close_matches(said.lower(), (default, other), n=1)
    hint = f'did you mean "{near[0]}"?' if near else f'use "{default}" or "{other}"'
    raise ConfigError(f"`{key}` is {said!r}.", hint=hint)


def text(table: Mapping[str, object], key: str, default: str | None = None) -> str:
    """A text; the default where it is missing.

    Raises:
        ConfigError: It is none, or missing without a default.
    """
    value = table.get(key, default)
    if value is None:
        raise ConfigError(f"`{key}` is missing.", hint=f'add a line like {key} = "…"')
    if not isinstance(value, str):
        raise ConfigError(f"`{key}` is {value!r}, but must be a text.", hint=f'{key} = "…"')
    return value


def texts(table: Mapping[str, object], key: str, example: str = "drafts/**") -> tuple[str, ...]:
    """A list of texts; an empty one where it is missing.

    Raises:
        ConfigError: It is none.
    """
    values = table.get(key, [])
    if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
        raise ConfigError(f"`{key}` must be a list of texts.", hint=f'{key} = ["{example}"]')
    return tuple(values)
