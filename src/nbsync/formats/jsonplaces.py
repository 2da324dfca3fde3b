"""Where in the text of a JSON page something stands."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from nbsync.model import parse_json
from nbsync.model.values import DEEPEST

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]|[^\s"\[\]{},:]+', re.DOTALL)
_COLON = re.compile(r"\s*:")


@dataclass(frozen=True, slots=True)
class _Token:
    """A bracket, key or scalar; how many brackets are open after it; whether its object has it."""

    text: str
    start: int
    depth: int
    key: str | None
    again: bool


def line_of_key(text: str, key: str) -> int:
    """Give the line of one of the page's own keys, counted from 1; 1 where it is not to be found.

    Args:
        text: All of a page that is JSON.
        key: The key.
    """
    found = (token for token in _tokens(text) if token.depth == 1 and token.key == key)
    return _line(text, next(found, None))


def trouble(text: str) -> tuple[str, int] | None:
    """Find the first thing in a page that is JSON and cannot be kept.

    Args:
        text: All of the page.

    Returns:
        What it is, as a clause, and its line, counted from 1: a key that stands twice in one
        object, a level that is too deep, or a number that JSON or PostHog cannot hold. None
        where there is no such thing.
    """
    for token in _tokens(text):
        what = _what(token)
        if what:
            return what, _line(text, token)
    return None


def _what(token: _Token) -> str:
    if token.depth > DEEPEST:
        return "nested too deeply"
    if token.again:
        return f"the key {token.text} stands twice in one object"
    if token.text[0] not in '"[]{}':
        try:
            parse_json(token.text)
        except ValueError as error:
            return str(error)
    return ""


def _line(text: str, token: _Token | None) -> int:
    return 1 if token is None else text.count("\n", 0, token.start) + 1


def _tokens(text: str) -> Iterator[_Token]:
    known: list[set[str]] = []
    for found in _TOKEN.finditer(text):
        said, key = found[0], None
        if said in "[{":
            known.append(set())
        elif said in "]}":
            del known[-1:]
        elif said[0] == '"' and _COLON.match(text, found.end()):
            key = str(json.loads(said, strict=False))
        again = key is not None and bool(known) and key in known[-1]
        yield _Token(said, found.start(), len(known), key, again)
        if key is not None and known:
            known[-1].add(key)
