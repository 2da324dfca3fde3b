"""Rich-text documents: of everything that PostHog's schema allows, and odd ones."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from random import Random
from typing import Any, Final

from hypothesis import strategies as st

from nbsync.model import Json
from richtext_inline import Form, InlineMaker
from richtext_oddities import odd_block, spoil
from richtext_table import EVERY_WIDGET, WIDGETS

_LISTS: Final = ("bulletList", "orderedList", "taskList")
_DEEPEST: Final = 4
_LARGE: Final = 20_000


class Maker(InlineMaker):
    """Makes blocks and documents by chance."""

    # --- blocks

    def blocks(self, least: int, most: int, depth: int) -> list[Any]:
        return self.some(least, most, lambda: self.block(depth))

    def block(self, depth: int = 0) -> Any:
        if self.form.odd and self.seldom(4):
            return odd_block(self, depth)
        makers: list[Callable[[], Any]] = [self.paragraph, self.heading, self.code, self.widget]
        makers += [self.image, self.rule, self.paragraph, self.empty, self.widget]
        if depth < _DEEPEST:
            deep = (self.list, self.quote, self.table, self.list)
            makers += [partial(make, depth) for make in deep]
        node = self.pick(*makers)()
        return spoil(self, node) if self.form.odd and self.seldom(5) else node

    def paragraph(self) -> Any:
        return {"type": "paragraph", "content": self.inline()}

    def empty(self) -> Any:
        return {"type": "paragraph"}

    def rule(self) -> Any:
        return {"type": "horizontalRule"}

    def heading(self) -> Any:
        uuid = self.uuid()
        hidden = {"id": uuid, "data-toc-id": uuid, "collapsed": False} if self.form.full else {}
        level = self.chance.randrange(1, 4)
        attrs = {"attrs": {"level": level, **hidden}} if self.form.full or level != 1 else {}
        return {"type": "heading", **attrs, "content": self.inline(breaks=self.seldom(4))}

    def code(self) -> Any:
        language = self.pick(None, "sql", "python", "c++ title=x")
        attrs = {"attrs": {"language": language}} if self.form.full or language else {}
        text = self.lines(0, 5)
        content = {"content": [{"type": "text", "text": text}]} if text else {}
        return {"type": self.name("codeBlock"), **attrs, **content}

    def quote(self, depth: int) -> Any:
        return {"type": "blockquote", "content": self.blocks(1, 3, depth + 1)}

    def list(self, depth: int) -> Any:
        kind = self.pick(*_LISTS)
        start = self.pick(1, 1, 4) if kind == "orderedList" else 1
        own = {}
        if kind == "orderedList" and (self.form.full or start != 1):
            own = {"attrs": {"start": start, **({"type": None} if self.form.full else {})}}
        items = self.some(1, 4, lambda: self.item(kind, depth))
        return {"type": self.name(kind), **own, "content": items}

    def item(self, kind: str, depth: int) -> Any:
        first = self.empty() if self.seldom(10) else self.paragraph()
        content = [first]
        if depth < _DEEPEST and self.seldom(4):
            content.append(self.list(depth + 1))
        if self.seldom(6):
            content.extend(self.blocks(1, 2, depth + 1))
        if kind != "taskList":
            return {"type": self.name("listItem"), "content": content}
        done = self.seldom(3)
        attrs = {"attrs": {"checked": done}} if self.form.full or done else {}
        return {"type": "taskItem", **attrs, "content": content}

    def table(self, depth: int) -> Any:
        width = self.chance.randrange(1, 4)
        rows: list[Any] = []
        for number in range(self.chance.randrange(1, 4)):
            kind = "tableCell" if number or self.seldom(8) else "tableHeader"
            cells: list[Any] = [self._cell(kind, depth) for _ in range(width)]
            rows.append({"type": self.name("tableRow"), "content": cells})
        return {"type": "table", "content": rows}

    def _cell(self, kind: str, depth: int) -> Any:
        content = [self.empty() if self.seldom(6) else self.paragraph()]
        if self.seldom(10):
            content = self.blocks(1, 2, depth + 2)
        shape: dict[str, Any] = {"colspan": 1, "rowspan": 1, "colwidth": None}
        if self.seldom(8):
            shape |= self.pick({"colspan": 2}, {"rowspan": 2}, {"colwidth": [120]})
        elif not self.form.full:
            shape = {}
        attrs = {"attrs": shape} if shape else {}
        return {"type": self.name(kind), **attrs, "content": content}

    def image(self) -> Any:
        src = f"https://us.posthog.com/uploaded_media/{self.word()}"
        if not self.form.full:
            return {"type": "ph-image", "attrs": {"src": src, "alt": self.text()}}
        height = self.pick(None, None, 451)
        hidden = {**EVERY_WIDGET, **WIDGETS["ph-image"]}
        own = {"height": height, "nodeId": self.uuid(), "src": src}
        return {"type": "ph-image", "attrs": {**hidden, **own}}

    def widget(self) -> Any:
        kind = self.pick(*(kind for kind in WIDGETS if kind != "ph-image"))
        return {"type": kind, "attrs": self.attrs(kind, {**EVERY_WIDGET, **WIDGETS[kind]})}

    # --- documents

    def document(self, most: int = 8) -> dict[str, Any]:
        """A document of a heading and up to so many blocks."""
        title = [] if self.form.odd and self.seldom(3) else [self.heading()]
        return {"type": "doc", "content": [*title, *self.blocks(0, most, 0)]}

    def large(self, size: int = _LARGE) -> dict[str, Any]:
        """A document of about so many bytes as JSON."""
        content = [self.heading()]
        length = 0
        while length < size:
            content.append(self.block())
            length += len(json.dumps(content[-1]))
        return {"type": "doc", "content": content}


_FORMS: Final = (Form(full=True), Form(), Form(old=True))


def documents(*forms: Form, most: int = 8) -> st.SearchStrategy[dict[str, Any]]:
    """Documents of a few blocks: regular ones unless the form says otherwise."""
    return st.builds(
        lambda chance, form: Maker(chance, form).document(most),
        st.randoms(use_true_random=False),
        st.sampled_from(forms or _FORMS),
    )


def odd_documents(most: int = 6) -> st.SearchStrategy[dict[str, Any]]:
    """Documents with anything in them that JSON can hold."""
    return documents(Form(odd=True), Form(full=True, odd=True), Form(old=True, odd=True), most=most)


def large_document(seed: int, form: Form = _FORMS[0], size: int = _LARGE) -> dict[str, Any]:
    """A document of about so many bytes as JSON; the same for the same seed."""
    return Maker(Random(seed), form).large(size)


def small_document(seed: int, form: Form = _FORMS[0]) -> dict[str, Any]:
    """A document of a few blocks; the same for the same seed."""
    return Maker(Random(seed), form).document()


def seeds() -> st.SearchStrategy[int]:
    """Seeds of large documents."""
    return st.integers(0, 2**32)


def nodes_of(node: Json) -> Iterator[dict[str, Any]]:
    """Every node within a node, itself included, from the first to the last."""
    if isinstance(node, dict):
        yield node
        content = node.get("content")
        for child in content if isinstance(content, list) else []:
            yield from nodes_of(child)
