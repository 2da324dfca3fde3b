"""Tables whose columns one side moved while the other one wrote rows: those are no lines."""

from __future__ import annotations

import re
from itertools import pairwise

from nbsync.formats.blocks import WHITESPACE, line_tokens

_CELL_END = re.compile(r"(?<!\\)(?:\\\\)*\|")
_RULED = "---"
_RULE = re.compile(r":?-{3,}:?")


def columns_moved(base: str, local: str, remote: str) -> bool:
    """Tell whether sides disagree on a table's columns, so that their rows do not go together.

    Args:
        base: The text around the table that both come from.
        local: The one.
        remote: The other.

    Returns:
        True where one side added, removed or moved a column and the other one did not do the
        same. Another name for a column is no other column.
    """
    return headers_moved(_header(base), _header(local), _header(remote))


def headers_moved(
    base: list[str] | None, local: list[str] | None, remote: list[str] | None
) -> bool:
    """Tell the same of the first rows of a table; None where there is no table."""
    if base is None or local is None or remote is None or local == remote:
        return False
    return _differ(base, local) or _differ(base, remote)


def _header(text: str) -> list[str] | None:
    """The first row of the first table in a text."""
    for header, rule in pairwise(line_tokens(text)[::2]):
        if _RULED in rule and (rules := _cells(rule)) and all(map(_RULE.fullmatch, rules)):
            cells = _cells(header)
            if cells:
                return cells
    return None


def _cells(line: str) -> list[str] | None:
    row = line.strip(WHITESPACE)
    if not row.startswith("|"):
        return None
    ends = [found.end() for found in _CELL_END.finditer(row)]
    cells = [row[start : end - 1] for start, end in pairwise(ends)]
    rest = row[ends[-1] :] if ends else ""
    return [cell.strip(WHITESPACE) for cell in (*cells, *([rest] if rest else []))]


def _differ(one: list[str], other: list[str]) -> bool:
    return one != other and (len(one) != len(other) or sorted(one) == sorted(other))
