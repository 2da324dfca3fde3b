"""Discussion threads: the replies that both sides added, edited or removed, together."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass

from nbsync.formats.blocks import line_tokens
from nbsync.model import Json, parse_json

_OPENER = "<Comment"
_THREAD = re.compile(
    rf"(?={_OPENER}\s)(?P<before>.*?)(?:\sreplies=\{{(?=\[)(?P<replies>.*)|(?P<after> />\Z))",
    re.DOTALL,
)
_DECODER = json.JSONDecoder()

_Replies = dict[str, str]
"""The JSON of each reply, by id."""


@dataclass(frozen=True, slots=True)
class _Thread:
    """A line `<Comment … replies={[…]} … />`, and what stands in it before and after them."""

    line: str
    before: str
    replies: _Replies
    after: str


_NEW = _Thread("", "", {}, "")

_Key = tuple[str, str]
"""What stands before a thread's replies, and after them."""


def with_all_replies(base: str, local: str, remote: str) -> tuple[str, str, str]:
    """Put the union of both sides' replies into each thread that both sides changed, or began.

    PostHog merges threads in the same way (research/posthog-merge.md): by id; an edit beats
    no edit and a removal beats no edit. A thread stays as it is on each side where both edited
    one reply, or one edited it and the other removed it, or one changed their order.

    Returns:
        The three texts, in which the threads that merge are the same.
    """
    if _OPENER not in local or _OPENER not in remote:
        return base, local, remote
    sides = [_threads(text) for text in (base, local, remote)]
    unions: dict[_Key, str] = {}
    for key in sides[1].keys() & sides[2].keys():
        was, here, there = (side.get(key, _NEW) for side in sides)
        # what base has, but not once, or with other props, is nothing that both began
        known = was is not _NEW or key[0] not in base
        if known and len({was.line, here.line, there.line}) == len(sides):
            replies = _union(was.replies, here.replies, there.replies)
            if replies is not None:
                unions[key] = f"{key[0]} replies={{{_as_list(replies)}}}{key[1]}"
    return _replaced(base, unions), _replaced(local, unions), _replaced(remote, unions)


def merge_replies(base: str, local: str, remote: str) -> str | None:
    """Unite two versions of a list of replies, `{[…]}` each, "" for no list in base.

    Returns:
        The union, as `with_all_replies` makes it; None where there is none.
    """
    sides = [_read(source) if source else {} for source in (base, local, remote)]
    was, here, there = sides
    if was is None or here is None or there is None:
        return None
    replies = _union(was, here, there)
    return None if replies is None else f"{{{_as_list(replies)}}}"


def _read(source: str) -> _Replies | None:
    try:
        values = parse_json(source[1:-1])
    except ValueError:
        return None
    return _by_id(values) if isinstance(values, list) else None


def _as_list(replies: _Replies) -> str:
    return f"[{','.join(replies.values())}]"


def _threads(text: str) -> dict[_Key, _Thread]:
    found = [thread for line in line_tokens(text) if (thread := _thread(line))]
    counts = Counter((thread.before, thread.after) for thread in found)
    keyed = {(thread.before, thread.after): thread for thread in found}
    return {key: thread for key, thread in keyed.items() if counts[key] == 1}


def _thread(line: str) -> _Thread | None:
    found = _THREAD.match(line)
    if found is None:
        return None
    if found["replies"] is None:
        return _Thread(line, found["before"], {}, line[found.start("after") :])
    try:
        _, end = _DECODER.raw_decode(found["replies"])
        replies = _by_id(parse_json(found["replies"][:end]))
    except (ValueError, RecursionError):
        return None
    rest = found["replies"][end:]
    if replies is None or not rest.startswith("}"):
        return None
    return _Thread(line, found["before"], replies, rest[1:])


def _by_id(values: Json) -> _Replies | None:
    replies: _Replies = {}
    for value in values if isinstance(values, list) else ():
        name = value.get("id") if isinstance(value, dict) else None
        if not isinstance(name, str) or name in replies:
            return None
        replies[name] = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return replies


def _union(base: _Replies, local: _Replies, remote: _Replies) -> _Replies | None:
    merged: _Replies = {}
    for name in {**remote, **local, **base}:
        was, here, there = (side.get(name) for side in (base, local, remote))
        if was not in (here, there) and here != there:
            return None
        kept = here if there == was else there
        if kept is not None:
            merged[name] = kept
    in_order = all(_order(base, side) == _order(side, base) for side in (local, remote))
    return merged if in_order else None


def _order(one: _Replies, other: _Replies) -> list[str]:
    return [name for name in one if name in other]


def _replaced(text: str, unions: dict[_Key, str]) -> str:
    if not unions:
        return text
    tokens = line_tokens(text)
    for at, token in enumerate(tokens):
        thread = _thread(token)
        if thread:
            tokens[at] = unions.get((thread.before, thread.after), token)
    return "".join(tokens)
