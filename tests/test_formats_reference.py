"""Every example in the reference of pages is read as it says."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from nbsync.errors import FormatError
from nbsync.formats import JSON, MARKDOWN, parse, render, short_id_in

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "page.md"
_EXAMPLE = re.compile(
    r"^```(markdown|json) (title|refused)=([^\n]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL
)
# What is between tildes is rich text, and tried by test_docs_richtext.py.
TEXT = re.sub(r"^~~~.*?^~~~$", "", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
EXAMPLES = [found.groups() for found in _EXAMPLE.finditer(TEXT)]


def test_every_fenced_block_is_an_example_that_is_tried() -> None:
    assert TEXT.count("```") == 2 * len(EXAMPLES)
    assert {(kind, says) for kind, says, _, _ in EXAMPLES} == {
        (kind, says) for kind in ("markdown", "json") for says in ("title", "refused")
    }


@pytest.mark.parametrize(("kind", "says", "what", "text"), EXAMPLES)
def test_an_example_is_read_as_it_says(kind: str, says: str, what: str, text: str) -> None:
    suffix = MARKDOWN if kind == "markdown" else JSON
    if says == "title":
        notebook = parse(text, suffix, like=None)
        assert notebook.title == json.loads(what)
        assert short_id_in(text, suffix) == "aB3dE5fG"
        again = render(notebook, "aB3dE5fG", suffix, like=text)
        assert again == text or suffix == JSON
    else:
        with pytest.raises(FormatError, match=json.loads(what)) as caught:
            _read(text, suffix)
        assert caught.value.line is not None and caught.value.hint


def _read(text: str, suffix: str) -> None:
    """Read a page as a scan does: whose it is, then what it says."""
    short_id_in(text, suffix)
    parse(text, suffix, like=None)
