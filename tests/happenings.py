"""What happens around a conversation: in PostHog, and between it and the command line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from commands import edit_there
from nbsync.sandbox import Sandbox

_LOGIN = {"location": "https://sso.example.com/login"}
MOODS: dict[str, dict[str, Any]] = {
    "fails at every write": {"method": "PATCH", "status": 500, "times": None},
    "refuses what is sent": {"method": "PATCH", "status": 400, "times": None},
    "asks to wait an hour": {"status": 429, "headers": {"Retry-After": "3600"}, "times": None},
    "shows a login page": {"status": 200, "text": "<html>Log in</html>", "times": None},
    "sends on to a login page": {"status": 302, "text": "", "headers": _LOGIN, "times": None},
    "takes the next write and hangs up": {"method": "PATCH", "drop": "after"},
    "takes the next notebook and hangs up": {"method": "POST", "drop": "after"},
}
"""How a server answers, as a fault of the sandbox."""


def in_posthog(box: Sandbox, said: Sequence[str], texts: Sequence[str]) -> None:
    """Do there what a sentence says.

    Args:
        box: The sandbox.
        said: The words of the sentence, each text in it as `"`.
        texts: Those texts.
    """
    match said:
        case [who, "writes", name, '"']:
            title = texts[0].partition("\n")[0].removeprefix("# ")
            content = box.markdown(texts[0])
            box.seed(short_id=name, title=title, content=content, created_by=who.lower())
        case ["Ben", "edits", name, '"', "->", '"']:
            edit_there(box, name, *texts)
        case [who, "titles", name, '"']:
            box.write(name, title=texts[0], user=who.lower())
        case [who, "deletes", name]:
            box.write(name, deleted=True, user=who.lower())
        case ["nobody", "may", "see", name]:
            box.forbid(name)
        case ["Ana", "may", "only", "view", name]:
            box.allow(name, "viewer")
        case ["project", number, "is", '"']:
            box.add_project(int(number), texts[0])
        case ["the", "key", key, "may", *scopes]:
            _add_key(box, key, scopes)
        case _:
            raise AssertionError(f"nobody knows how to do this: {' '.join(said)}")


def told(made: dict[str, Any]) -> str:
    """A request in one line: method, path, the fields sent, status."""
    query = f"?{made['query']}" if made["query"] else ""
    body = made["body"] if isinstance(made["body"], dict) else {}
    fields = [
        f"{name} {json.dumps(value)}" if name in {"version", "deleted", "title"} else name
        for name, value in sorted(body.items())
    ]
    sent = f"  {{{', '.join(fields)}}}" if fields else ""
    return f"{made['method']} {made['path']}{query}{sent}  {made['status'] or 'no answer'}"


def _add_key(box: Sandbox, key: str, scopes: Sequence[str]) -> None:
    """`phx_… may notebook:read, user:read in project 2`."""
    words = [word.rstrip(",") for word in scopes]
    projects = [int(words[-1])] if words[-3:-1] == ["in", "project"] else []
    granted = words[:-3] if projects else words
    box.add_key(key, label="laptop", scopes=granted, projects=projects)
