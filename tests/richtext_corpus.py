"""The documents of the corpus, with PostHog's own conversion of each (corpus/README.md)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from nbsync.formats import markdown_of
from nbsync.model import Json, parse_json


@dataclass(frozen=True, slots=True)
class Sample:
    """One document, and what PostHog makes of it."""

    name: str
    document: Any = field(repr=False)
    markdown: str = field(repr=False)


_FILE: Final = Path(__file__).parent / "corpus" / "richtext.json"
SAMPLES: Final = [Sample(**entry) for entry in json.loads(_FILE.read_bytes())]


def _kept(document: Json) -> Json:
    """The document as PostHog's database keeps it."""
    return parse_json(json.dumps(document))


def _is_rich_text(document: Json) -> bool:
    return isinstance(document, dict) and markdown_of(document) is None


RICH_TEXT: Final = [
    Sample(sample.name, _kept(sample.document), sample.markdown)
    for sample in SAMPLES
    if _is_rich_text(sample.document)
]
"""Those that are documents, and not Markdown in one."""
