"""Each test that the page on trust names is there."""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "explanation" / "what-nbsync-trusts.md"


def test_every_test_that_is_named_is_there_and_every_row_names_one() -> None:
    text = PAGE.read_text("utf-8")
    named = set(re.findall(r"`(test_\w+)`", text))
    sources = "\n".join(path.read_text("utf-8") for path in HERE.glob("test_*.py"))
    assert {name for name in named if f"def {name}(" not in sources} == set()
    rows = [line for line in text.splitlines() if line.startswith("| ") and "held by" not in line]
    assert len(rows) > 20
    assert [row for row in rows if "`test_" not in row] == []
