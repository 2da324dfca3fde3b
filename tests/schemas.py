"""The committed JSON schemas, and what holds a document against its own."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

FOLDER = Path(__file__).parents[1] / "docs" / "reference" / "schemas"


def schema(name: str) -> dict[str, Any]:
    """The schema of a command's documents, or of "error"."""
    found = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


@cache
def _validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(schema(name))


def valid(document: dict[str, Any]) -> dict[str, Any]:
    """A document that is as its schema says.

    Raises:
        AssertionError: It is not, and where.
    """
    name = str(document["type"]).removeprefix("nbsync.")
    wrong = [
        f"{error.json_path}: {error.message}" for error in _validator(name).iter_errors(document)
    ]
    assert not wrong, "\n".join([f"{name}.json", *wrong])
    return document
