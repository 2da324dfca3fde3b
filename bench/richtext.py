"""What rich-text pages cost: documents written and read, and lines made to be hard to read."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nbsync.errors import NbsyncError
from nbsync.formats.richtext import parse_document, render_document
from richtext_documents import large_document
from richtext_inline import Form

_KILO = 1000
_HARD = ("*", "[", "<", "`", "|", ">", "\\", "_", "**a ", "[a](", "<u>", '<ref id="x">', "{")


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of a table: how many documents of how many bytes of JSON, and the seconds for all."""

    what: str
    documents: int
    size: int
    seconds: float

    def __str__(self) -> str:
        """The row, in Markdown."""
        each = 1000 * self.seconds / self.documents
        speed = self.size / self.seconds / _KILO**2
        size = self.size / self.documents / _KILO
        return f"| {self.what} | {self.documents} | {size:.0f} kB | {each:.1f} | {speed:.1f} |"


def main() -> None:
    """Time many documents of one size, then a few of several, then single hard lines."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("-n", type=int, default=1000, help="how many documents of 20 kB")
    number = options.parse_args().n
    print("| what | documents | each | ms each | MB/s |\n|---|---|---|---|---|")
    for form in (Form(full=True), Form()):
        _documents("as the editor saves them" if form.full else "sparse", number // 2, 20, form)
    for size in (5, 20, 80, 320):
        _documents("of several sizes", 640 // size, size, Form(full=True))
    print("\n| 1 MB of | written, s | read, s | changed and read, s |\n|---|---|---|---|")
    for mark in _HARD:
        _line(mark)


def _documents(what: str, number: int, size: int, form: Form) -> None:
    made = [large_document(seed, form, size * _KILO) for seed in range(number)]
    total = sum(len(json.dumps(document)) for document in made)
    pages: list[str] = []
    edited: list[Any] = []

    def write() -> None:
        pages.extend(map(render_document, made))

    def read() -> None:
        for page, document in zip(pages, made, strict=True):
            edited.append(parse_document(page + "\n\nOne more.", like=document))

    print(Figure(f"{what}: written", number, total, _seconds(write)))
    print(Figure(f"{what}: read", number, total, _seconds(read)))


def _line(mark: str) -> None:
    text = mark * (_KILO**2 // len(mark))
    content = [{"type": "paragraph", "content": [{"type": "text", "text": text}]}]
    document: dict[str, Any] = {"type": "doc", "content": content}
    pages: list[str] = []
    written = _seconds(lambda: pages.append(render_document(document)))
    read = _seconds(lambda: parse_document(pages[0], like=document))

    def change() -> None:
        parse_document(f"x{text}", like=document)

    print(f"| `{mark}` | {written:.2f} | {read:.2f} | {_seconds(change):.2f} |")


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    try:
        work()
    except NbsyncError as error:
        print(f"({error})")
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
