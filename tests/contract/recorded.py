"""What was asked of the recorded servers, and what they answered."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contract.pack import expand

_HERE = Path(__file__).parent
SERVERS = ("2023", "2026")


@dataclass(frozen=True)
class Exchange:
    """One request and its answer.

    Attributes:
        label: What the recording calls it.
        auth: Whose key it carried; None for none, or for one that only the label tells of.
        body: The request's body; None for none.
        status: The answer's status; None where there was no answer.
        fields: All of the packed exchange.
    """

    label: str
    method: str
    path: str
    auth: str | None
    headers: dict[str, str]
    body: bytes | None
    status: int | None
    fields: dict[str, Any]


def names(server: str) -> list[str]:
    """The transcripts of a server, in the order in which they were made."""
    return sorted(path.stem for path in (_HERE / server).glob("*.json"))


def exchanges(server: str, name: str) -> list[Exchange]:
    """The exchanges of a transcript."""
    text = (_HERE / server / f"{name}.json").read_text("utf-8")
    return [_exchange(each) for each in json.loads(text)["exchanges"]]


def _exchange(fields: dict[str, Any]) -> Exchange:
    return Exchange(
        fields["label"],
        fields["method"],
        fields["path"],
        fields.get("auth"),
        fields.get("headers", {}),
        _bytes(fields.get("body")),
        fields.get("status"),
        fields,
    )


def _bytes(body: Any) -> bytes | None:
    if body is None or isinstance(body, str):
        return None if body is None else body.encode()
    if "base64" in body:
        return base64.b64decode(body["base64"])
    return expand(body["parts"]) if "parts" in body else b""
