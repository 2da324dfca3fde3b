"""Values that Postgres' jsonb keeps otherwise or not at all, and whether a mirror is at rest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mirrors import asked, sync, touched
from nbsync.sandbox import Sandbox

DIGITS = "7" * 4_300

# What is written, and what a GET shows of it (observed.md 1 to 3).
KEPT = {
    "zero below zero": ("-0.0", 0.0),
    "an integer zero below zero": ("-0", 0),
    "a large float": ("1e16", 10**16),
    "a very large float": ("1e300", 10**300),
    "a float too exact": ("12345678901234567.5", 12345678901234568),
    "a float too small": ("1e-400", 0.0),
    "a float with a zero": ("1.10", 1.1),
    "a float by its exponent": ("1e2", 100.0),
    "one": ("1", 1),
    "one as a float": ("1.0", 1.0),
    "4300 digits": (DIGITS, int(DIGITS)),
    "4300 digits below zero": ("-" + DIGITS, -int(DIGITS)),
    "keys in an order": ('{"bbb": 1, "aa": 2, "c": {"z": 1, "b": 2, "é": 3}, "": 4}', None),
    "every character": ('"\\ud83e\\udd94 \\uffff \\u2028 \\u007f \\u0001 \\\\u0000 \\ufeff"', None),
    "a NUL that is none": ('{"\\\\u0000": "\\\\ud800"}', None),
    "500 lists": ("[" * 500 + "]" * 500, None),
    "500 objects": ('{"a":' * 500 + "1" + "}" * 500, None),
    "nothing": ("[{}, [], null, false, 0, 0.0]", None),
}
# What no server keeps, and how it is told.
REFUSED = {
    "a NUL": ('"a\\u0000b"', "content.content[0].attrs.x: the character U+0000"),
    "a NUL in a key": ('{"a\\u0000": 1}', "a key in content.content[0].attrs.x: the character"),
    "half a character": ('["\\ud800"]', "content.content[0].attrs.x[0]: the character U+D800"),
    "halves in the wrong order": ('"\\udd94\\ud83e"', "content.content[0].attrs.x: the character"),
    "half a character in a key": ('{"\\udfff": 1}', "a key in content.content[0].attrs.x"),
    "803 levels": ("[" * 803 + "]" * 803, "more than 800 levels"),
}
# What no page can say.
UNREADABLE = {
    "4301 digits": ("[1,\n" + "7" * 4_301 + "]", "has 4301 digits", 1),
    "5000 levels": ("[\n" * 5_000 + "]" * 5_000, "nested too deeply", 805),
    "900 levels": ("[\n" * 900 + "]" * 900, "nested too deeply", 805),
    "Infinity": ("[1,\n[Infinity]]", "Infinity is no number", 1),
    "less than everything": ("\n-Infinity", "-Infinity is no number", 1),
    "NaN": ('["NaN",\n\nNaN]', "NaN is no number", 2),
    "a float too large": ('["1e400",\n1e400]', "1e400 is no number", 1),
    "a key twice": ('{"text": "mine",\n"other": {"text": 1}, "text": "yours"}', "stands twice", 1),
    "a raw NUL": ('"a\0b"', "Invalid control character", 0),
}


def trap(name: str) -> tuple[str, Any]:
    raw, kept = KEPT[name]
    return raw, json.loads(raw) if kept is None else kept


def quiet(root: Path, sandbox: Sandbox, *, form: str = "markdown") -> bool:
    """Whether another sync asks once, changes nothing, and touches no page and no base."""

    def stood() -> dict[str, tuple[int, int, int, str]]:
        files = touched(root)
        return {name: files[name] for name in files if "index" not in name and "lock" not in name}

    before = stood()
    asked(sandbox)
    report = sync(root, sandbox, form=form)
    return (
        not (report.changes or report.problems or report.unreadable or report.conflicts)
        and [method for method, _ in asked(sandbox)] == ["GET"]
        and stood() == before
    )


def quiet_without_index(root: Path, sandbox: Sandbox, *, form: str = "markdown") -> bool:
    """As `quiet`, and once more with every page and base read from the disk anew."""
    if not quiet(root, sandbox, form=form):
        return False
    (root / ".nbsync" / "index.sqlite3").unlink()
    return quiet(root, sandbox, form=form)
