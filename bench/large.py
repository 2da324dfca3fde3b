"""What large and odd notebooks cost: each shape in each form, at sizes that double."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from large_shapes import DOCUMENTS, TEXTS
from nbsync import formats
from nbsync.formats import JSON, MARKDOWN
from nbsync.merge import draft, merge
from nbsync.model import Notebook

_KILO: Final = 1000
_ID: Final = "aB3dE5fG7h"
_FORMS: Final = ("markdown", "richtext", "json")


@dataclass(frozen=True, slots=True)
class Case:
    """A notebook of one shape and size, in one form of page, with edits of it.

    Attributes:
        suffix: The kind of page.
        base: The notebook.
        local: It, edited near its beginning.
        remote: It, edited near its end.
        other: It, edited where local is, and differently.
    """

    suffix: str
    base: Notebook
    local: Notebook
    remote: Notebook
    other: Notebook


def main() -> None:
    """Time every operation on every shape, and print how it grows."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--most", type=int, default=1000, help="the largest size, in kB")
    options.add_argument("--doublings", type=int, default=2, help="how many sizes below it")
    options.add_argument("--patience", type=float, default=20.0, help="stop after these seconds")
    options.add_argument("--shape", action="append", help="only this one; may be repeated")
    options.add_argument("--form", action="append", choices=_FORMS)
    chosen = options.parse_args()
    sizes = [chosen.most * _KILO >> step for step in range(chosen.doublings, -1, -1)]
    print("| form | shape | work | s per MB | growth per doubling |\n|---|---|---|---|---|")
    for form in chosen.form or _FORMS:
        for shape in TEXTS if form == "markdown" else DOCUMENTS:
            if not chosen.shape or shape in chosen.shape:
                _grow(form, shape, sizes, chosen.patience)


def _grow(form: str, shape: str, sizes: list[int], patience: float) -> None:
    """Print a row for each operation on a shape."""
    found: dict[str, list[float]] = {}
    for size in sizes:
        began = time.process_time()
        for what, seconds in _timed(_case(form, shape, size)):
            found.setdefault(what, []).append(seconds)
        if time.process_time() - began > patience:
            break
    for what, times in found.items():
        million = sizes[len(times) - 1] / _KILO**2
        factors = [f"{now / max(was, 1e-9):.1f}" for was, now in pairwise(times)]
        row = (form, shape, what, f"{times[-1] / million:.2f}", ", ".join(factors))
        print(f"| {' | '.join(row)} |", flush=True)


def _case(form: str, shape: str, size: int) -> Case:
    if form == "markdown":
        return _edited(MARKDOWN, TEXTS[shape](size), formats.document_of)
    suffix = MARKDOWN if form == "richtext" else JSON
    return _edited(
        suffix, DOCUMENTS[shape](size), lambda blocks: {"type": "doc", "content": blocks}
    )


def _edited(suffix: str, made: Any, content: Callable[[Any], Any]) -> Case:
    def notebook(change: Callable[[Any], Any]) -> Notebook:
        return Notebook("A title", content(change(made)))

    early, late, third = _edits(made)
    return Case(suffix, notebook(lambda each: each), *map(notebook, (early, late, third)))


def _edits(made: Any) -> tuple[Callable[[Any], Any], Callable[[Any], Any], Callable[[Any], Any]]:
    if isinstance(made, str):
        return (
            lambda text: f"First of all.{text}",
            lambda text: f"{text}Last of all.",
            lambda text: f"Before it.{text}",
        )
    return (
        lambda blocks: [_said(blocks[0], "First of all."), *blocks[1:]],
        lambda blocks: [*blocks[:-1], _said(blocks[-1], "Last of all.", at_end=True)],
        lambda blocks: [_said(blocks[0], "Before it."), *blocks[1:]],
    )


def _said(node: Any, words: str, *, at_end: bool = False) -> Any:
    """Put words into the first or the last text of a node."""
    if node.get("type") == "paragraph":
        texts = node.get("content", [])
        more = {"type": "text", "text": words}
        return {**node, "content": [*texts, more] if at_end else [more, *texts]}
    if node.get("content"):
        at = -1 if at_end else 0
        inner = [*node["content"]]
        inner[at] = _said(inner[at], words, at_end=at_end)
        return {**node, "content": inner}
    return {**node, "attrs": {**node.get("attrs", {}), "title": words}}


def _timed(case: Case) -> Iterator[tuple[str, float]]:
    pages: dict[str, str] = {}

    def render(which: str, notebook: Notebook) -> None:
        pages[which] = formats.render(notebook, _ID, case.suffix)

    def parse(which: str, like: Notebook) -> None:
        formats.parse(pages[which], case.suffix, like=like)

    labels = ("local", "remote")
    works: dict[str, Callable[[], object]] = {
        "chosen": lambda: formats.suffix_for(case.base, "markdown"),
        "written": lambda: render("base", case.base),
        "edit written": lambda: render("local", case.local),
        "read": lambda: parse("base", case.base),
        "edit read": lambda: parse("local", case.base),
        "adopted": lambda: formats.adopt(pages["base"], _ID, case.suffix),
        "merged": lambda: merge(case.base, case.local, case.remote),
        "clash merged": lambda: merge(case.base, case.local, case.other),
        "clash drafted": lambda: draft(
            case.base,
            case.local,
            case.other,
            short_id=_ID,
            suffix=case.suffix,
            like=pages["local"],
            labels=labels,
        ),
    }
    if case.suffix == JSON:
        del works["chosen"]
    for what, work in works.items():
        start = time.process_time()
        work()
        yield what, time.process_time() - start


if __name__ == "__main__":
    main()
