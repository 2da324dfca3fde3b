"""Makes the transcripts beside this file from full recordings; README.md says what is kept."""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent
# Keys of servers that are gone; their names say as much.
_KEYS = (
    (re.compile(r"phx_ref[a-z]+_main_0+"), "phx_key_of_main"),
    (re.compile(r"phc_\w{20,}"), "phc_token_of_a_project"),
)
_ANSWER_HEADERS = ("retry-after", "location")
_DEEPEST = 200
_COUNTED = 400_000


def pack(recordings: Path) -> None:
    """Write every recording anew, one exchange a line."""
    for source in sorted(recordings.glob("20??/*.json")):
        recording = json.loads(source.read_text("utf-8"))
        target = _HERE / source.parent.name / source.name
        target.parent.mkdir(exist_ok=True)
        head = {"note": recording["note"], "server": recording["server"]}
        if not recording["exchanges"]:
            head["raw"] = recording["derived"]["raw"]
        counted = _rows(recording)
        lines = [_exchange(each, counted.get(n)) for n, each in enumerate(recording["exchanges"])]
        body = "".join(f"\n {line}," for line in lines).removesuffix(",")
        text = f'{_dump(head)[:-1]}, "exchanges": [{body}]}}\n'
        for key, name in _KEYS:
            text = key.sub(name, text)
        json.loads(text)
        target.write_text(text, "utf-8")


def _rows(recording: dict[str, Any]) -> dict[int, int]:
    """How many rows lists had whose bodies were not kept whole, by exchange, where it is known."""
    derived = recording.get("derived")
    if not isinstance(derived, dict):
        return {}
    known = {0: derived["n"]} if isinstance(derived.get("n"), int) else {}
    for n, exchange in enumerate(recording["exchanges"]):
        facts = derived.get(exchange["label"])
        if isinstance(facts, dict) and "n" in facts:
            known[n] = facts["n"]
    return known


def _exchange(recorded: dict[str, Any], rows: int | None) -> str:
    request, response = recorded["request"], recorded.get("response", {})
    packed = {name: request[name] for name in ("method", "path", "auth", "headers")}
    packed = {"label": recorded["label"], **packed, "body": _body(request["body"])}
    for name in ("transport_error", "raw"):
        if name in recorded or name in response:
            packed[name] = recorded.get(name) or response[name]
    if "status" in response:
        packed["status"] = response["status"]
        headers = {name.lower(): value for name, value in response["headers"]}
        kept = {name: headers[name] for name in _ANSWER_HEADERS if name in headers}
        if kept:
            packed["answer_headers"] = kept
        packed["rows"] = rows if "head" in response["body"] else None
    line = _dump({name: value for name, value in packed.items() if value not in (None, {})})
    return line if "status" not in response else f"{line[:-1]}, {_answer(response['body'])}}}"


def _body(body: dict[str, Any] | None) -> Any:
    """A request's body: text, base64, or the parts it can be put together from."""
    if not body or not body["length"]:
        return None if body is None else ""
    if "base64" in body:
        return {"base64": body["base64"]}
    if "text" in body:
        return body["text"]
    if "head" in body:
        return {"parts": _parts(body)}
    return {"length": body["length"]}


def _answer(body: dict[str, Any]) -> str:
    """An answer's body: its JSON verbatim, its text, its parts, or how it begins."""
    if "head" in body:
        parts = _parts(body)
        if parts:
            return f'"answer_parts": {_dump(parts)}'
        return f'"answer_begins": {_dump(body["head"])}, "length": {body["length"]}'
    if "json" not in body:
        return f'"answer_text": {_dump(body["text"])}'
    if body["text"].count("[") > _DEEPEST:
        return f'"answer_begins": {_dump(body["text"][:600])}, "length": {body["length"]}'
    return f'"answer": {body["text"].strip()}'


def _parts(body: dict[str, Any]) -> list[Any] | None:
    for parts in _guesses(body["head"], body["tail"], body["length"]):
        if hashlib.sha256(expand(parts)).hexdigest() == body["sha256"]:
            return parts
    return None


def _guesses(head: str, tail: str, length: int) -> Iterator[list[Any]]:
    missing = length - len(head.encode()) - len(tail.encode())
    for end in dict.fromkeys((head[-1], tail[0])):
        yield [head, {"repeat": end, "times": missing}, tail]
    if before := re.search(r'^.*"text_content": ?"(?=w0 w1 )', head):
        after = tail[tail.index("399999") + 6 :] if "399999" in tail else tail
        for rest in (after, ""):
            yield [before[0], {"count": "w", "to": _COUNTED}, rest]
    if deep := re.match(r'\{"title":"deep (\d+)","content":', head):
        half = int(deep[1]) // 2
        opened = {"repeat": '{"content":[', "times": half}
        closed = {"repeat": "]}", "times": half}
        yield from ([deep[0], opened, core, closed, "}"] for core in ("0", "1"))


def expand(parts: list[Any]) -> bytes:
    """The bytes that parts stand for."""
    return "".join(map(_expanded, parts)).encode()


def _expanded(part: Any) -> str:
    if isinstance(part, str):
        return part
    if "repeat" in part:
        return str(part["repeat"]) * int(part["times"])
    return " ".join(f"{part['count']}{n}" for n in range(part["to"]))


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


if __name__ == "__main__":
    pack(Path(sys.argv[1]))
