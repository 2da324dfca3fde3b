"""Ask PostHog's rich-text editor about documents that were read from edited pages."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from nbsync.errors import FormatError
from nbsync.formats.richtext import parse_document, render_document
from nbsync.formats.richtext.block_reader import split_blocks
from nbsync.model import Json
from richtext_corpus import RICH_TEXT
from richtext_documents import large_document, small_document
from richtext_inline import Form
from richtext_table import EVERY_WIDGET, INLINE, WIDGETS

_SCRIPT: Final = Path(__file__).parent / "accepts.mjs"
_FORMS: Final = (Form(full=True), Form(), Form(odd=True), Form(full=True, odd=True))
_MADE: Final = 80
_STEP: Final = 6
_BETWEEN: Final = "\n\n"
_ITEM: Final = re.compile(r"^( *)(- (?:\[[ x]\] )?|\d+\. )(.*)$", re.MULTILINE)
_ROW: Final = re.compile(r"^\| .* \|$(?!\n\| ---)", re.MULTILINE)
_WORD: Final = re.compile(r"w\d+w")

NEW_BLOCKS: Final = (
    "Some **bold**, *italic*, ~~struck~~, <u>underlined</u> and `code`,\nand a second line.",
    'A [link](https://x.yz), <mention id="5">@Ann</mention> and <ref id="r">a comment</ref>.',
    '<Backlink href="/insights/x" title="X" /> and <ReplayTimestamp playbackTime={100} /> here.',
    "<Paragraph />",
    'a\n<Break />b<Char code="U+2028" />c',
    *(f"{'#' * level} Heading {level}" for level in range(1, 7)),
    "# ",
    "---",
    "- one\n- two\n  - inner\n    - deeper\n- three\n\n  More.\n\n  ```sql\n  select 1\n  ```",
    "3. three\n4. four\n   1. inner",
    "- [ ] open\n- [x] done\n  - [ ] inner",
    "- plain\n1. first\n- [ ] task",
    "- \n- x",
    "> quoted\n> again\n>\n> - one\n> - two\n>\n> > twice\n>\n> ```\n> code\n> ```",
    ">",
    "```sql\nselect 1\n\nfrom x\n```",
    "```\n```",
    "| a | b |\n| --- | --- |\n| **c** | d |\n| e |  |",
    "| a |\n| --- |\n| <Cell colspan={2}>x<Paragraph />y</Cell> |",
    "![alt](https://posthog.com/x.png)",
    '<Query query={{"kind": "HogQLQuery", "query": `\n  select 1\n  from x\n`}} />',
    '<Recording id="018b" />',
    "<FeatureFlag id={5} />",
    '<Python code="x = 1" />',
    '<Embed src="https://posthog.com" />',
    '<Latex content="e = mc^2" />',
)
"""Blocks as a person writes them, of every kind."""


@dataclass(slots=True)
class Case:
    """A document read from an edited page, and where it came from."""

    edit: str
    text: str = field(repr=False)
    before: Json = field(repr=False)
    after: Json = field(repr=False)


def main() -> None:
    """Edit documents of all kinds, and print what is refused."""
    accepted = _accepted([*_corpus(), *_made()])
    cases, unread = [], Counter[str]()
    for document in accepted:
        for edit, text in _edits(document):
            try:
                after = parse_document(text, like=document)
            except FormatError:
                unread[edit] += 1
            else:
                cases.append(Case(edit, text, document, after))
    problems = _problems([case.after for case in cases])
    refused = [(case, each) for case, each in zip(cases, problems, strict=True) if each]
    tried, failed = Counter(case.edit for case in cases), Counter(case.edit for case, _ in refused)
    print(f"{len(accepted)} documents\n\n| edit | read | not read | refused |\n|---|---|---|---|")
    for edit in sorted(tried | unread):
        print(f"| {edit} | {tried[edit]} | {unread[edit]} | {failed[edit]} |")
    for case, problem in refused[:10]:
        print(f"\n{case.edit}: {problem}\n--- page\n{case.text}\n--- document\n{case.after}")
    sys.exit(1 if refused else 0)


def _corpus() -> Iterator[Json]:
    yield from (sample.document for sample in RICH_TEXT)


def _made() -> Iterator[Json]:
    for seed in range(_MADE):
        form = _FORMS[seed % len(_FORMS)]
        yield small_document(seed, form) if seed % 20 else large_document(seed, form)
    yield {"type": "doc", "content": [{"type": "heading", "content": []}]}


def _accepted(documents: list[Json]) -> list[Any]:
    both = zip(documents, _problems(documents), strict=True)
    return [document for document, problem in both if problem is None]


def _problems(documents: list[Json]) -> list[str | None]:
    nodes = {"blocks": {kind: {**EVERY_WIDGET, **own} for kind, own in WIDGETS.items()}}
    answer = subprocess.run(
        ["node", str(_SCRIPT), json.dumps({**nodes, "inline": INLINE})],  # noqa: S607
        input="".join(json.dumps(document) + "\n" for document in documents),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return [json.loads(line)["problem"] for line in answer.stdout.split("\n") if line]


def _edits(document: Json) -> Iterator[tuple[str, str]]:
    """Pages of the document after one edit each, with what the edit was."""
    page = render_document(document)
    texts = [chunk.text for chunk in split_blocks(page)]
    yield "none", page
    few = len(page) % _STEP
    for number, new in enumerate(NEW_BLOCKS[few::_STEP] if len(texts) > 1 else NEW_BLOCKS):
        at = 1 + number % len(texts)
        yield "block inserted", _BETWEEN.join([*texts[:at], new, *texts[at:]])
    for word in _WORD.findall(page)[:5]:
        yield "word changed", page.replace(word, "another")
    for at in range(2, min(len(texts), _STEP)):
        yield (
            "block moved",
            _BETWEEN.join([*texts[:1], texts[at], *texts[1:at], *texts[at + 1 :]]),
        )
        yield "block deleted", _BETWEEN.join([*texts[:at], *texts[at + 1 :]])
    for found in [*_ITEM.finditer(page)][:_STEP]:
        yield "item added", _after(page, found, f"{found[1]}{found[2]}new")
        yield "inner item added", _after(page, found, f"{found[1]}  {found[2]}new")
    for found in [*_ROW.finditer(page)][:_STEP]:
        yield "row added", _after(page, found, "| new | and **bold** |")


def _after(page: str, found: re.Match[str], line: str) -> str:
    return f"{page[: found.end()]}\n{line}{page[found.end() :]}"


if __name__ == "__main__":
    main()
