"""Whether an answer says what the recorded one said, names, ids and times aside."""

from __future__ import annotations

import json
import re
from typing import Any

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z")
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b\w{8,12}\b")
_NAMED = frozenset({"first_name", "email", "distinct_id"})
_IDS = frozenset({"id", "short_id", "item_id", "uuid"})
_LINKS = frozenset({"next", "previous"})
_WRITTEN_BY_USERS = (".content", ".before", ".after")
# How the words go on is Python's own, and changes with its version.
_PYTHONS_WORDS = "JSON parse error - "


class Names:
    """Which id, address or time of the recorded server is which one here."""

    def __init__(self, known: dict[str, str]) -> None:
        self._known = dict(known)

    def knows(self, recorded: str) -> bool:
        """Whether an id has been met."""
        return recorded in self._known

    def learn(self, recorded: str, here: str) -> None:
        """Take an id as the same, unless it is known as another."""
        self._known.setdefault(recorded, here)

    def here(self, text: str) -> str:
        """A recorded text, with the names that are used here."""
        for recorded, here in self._known.items():
            if not _ID.fullmatch(recorded):
                text = text.replace(recorded, here)
        return _ID.sub(lambda found: self._known.get(found[0], found[0]), text)


def difference(recorded: Any, here: Any, names: Names, *, partly: bool = False) -> str:
    """Where two JSON values first differ; "" where they say the same.

    Args:
        recorded: What the recorded server said.
        here: What the sandbox says.
        names: What is called how; it learns from what it sees.
        partly: The recorded value was cut off: what it lacks is not missed.
    """
    return _difference(recorded, here, names, partly, "")


def _difference(recorded: Any, here: Any, names: Names, partly: bool, at: str) -> str:  # noqa: FBT001
    if isinstance(recorded, dict) and isinstance(here, dict):
        if recorded.keys() - here.keys() or (not partly and here.keys() - recorded.keys()):
            return f"{at}: keys {sorted(recorded)} / {sorted(here)}"
        pairs = [(f"{at}.{name}", recorded[name], here[name]) for name in recorded]
    elif isinstance(recorded, list) and isinstance(here, list):
        if len(recorded) > len(here) or (not partly and len(recorded) < len(here)):
            return f"{at}: length {len(recorded)} / {len(here)}"
        pairs = [(f"{at}[]", *pair) for pair in zip(recorded, here, strict=False)]
    else:
        return "" if _same(recorded, here, names, at) else f"{at}: {recorded!r} / {here!r}"[:300]
    found = (_difference(old, new, names, partly, where) for where, old, new in pairs)
    return next((each for each in found if each), "")


def _same(recorded: Any, here: Any, names: Names, at: str) -> bool:
    if not (isinstance(recorded, str) and isinstance(here, str)):
        # 1 and 1.0 are equal and not the same; so are 0.0 and -0.0.
        return type(recorded) is type(here) and repr(recorded) == repr(here)
    name = at.rpartition(".")[2]
    if any(part in at for part in _WRITTEN_BY_USERS):
        return recorded == here
    if name in _IDS:
        names.learn(recorded, here)
    elif name in _NAMED or (_TIME.fullmatch(recorded) and _TIME.fullmatch(here)):
        return True
    elif recorded.startswith(_PYTHONS_WORDS):
        return here.startswith(_PYTHONS_WORDS)
    return here == (names.here(recorded) if name in _IDS | _LINKS else recorded)


def beginning(text: str) -> Any:
    """What a JSON text says that was cut off somewhere: all its values that are whole.

    Raises:
        ValueError: It is no beginning of an object.
    """
    closers: list[str] = []
    whole: list[tuple[int, str]] = []
    quoted = escaped = False
    for at, letter in enumerate(text):
        if escaped:
            escaped = False
        elif quoted:
            quoted, escaped = letter != '"', letter == "\\"
        elif letter == '"':
            quoted = True
        elif letter in "{[":
            closers.append("}" if letter == "{" else "]")
        elif letter in "}]":
            closers.pop()
        if not quoted and letter in ",{[":
            end = at if letter == "," else at + 1
            whole.append((end, "".join(reversed(closers))))
    for end, rest in reversed(whole):
        try:
            return json.loads(text[:end] + rest)
        except ValueError:
            continue
    raise ValueError(f"No beginning of JSON: {text[:40]}")
