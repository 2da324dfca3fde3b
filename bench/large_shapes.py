"""Notebooks of one shape and any size: what people write a lot of, and what nobody should."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any, Final, TypeAlias

_SENTENCE: Final = (
    "retention of the weekly cohort fell after the release and came back within a month as the"
    " team had hoped it would but the funnel of the second step did not move at all"
)
_WORDS: Final = _SENTENCE.split()
_DEEP: Final = 30

Node: TypeAlias = dict[str, Any]


def _words(number: int) -> str:
    start = number * 7 % len(_WORDS)
    return " ".join([f"Note {number}:", *_WORDS[start:], *_WORDS[:start]])


def _until(size: int, make: Callable[[int], str], between: str = "\n\n") -> str:
    parts: list[str] = []
    length = 0
    for number in count():
        if length >= size:
            break
        parts.append(make(number))
        length += len(parts[-1]) + len(between)
    return between.join(parts)


def _repeated(text: str) -> Callable[[int], str]:
    return lambda size: text * (size // len(text))


def _tag(number: int) -> str:
    query = {"kind": "HogQLQuery", "query": f"select {number}", "values": list(range(400))}
    return f'<Query query={{{json.dumps(query)}}} title="{_words(number)}" />'


def _deep(number: int) -> str:
    return "\n".join(f"{'  ' * depth}- {_words(number + depth)}" for depth in range(_DEEP))


TEXTS: Final[Mapping[str, Callable[[int], str]]] = {
    "prose": lambda size: _until(size, lambda n: " ".join(_words(n + each) for each in range(5))),
    "table": lambda size: (
        "| a | b |\n| --- | --- |\n" + _until(size, lambda n: f"| {n} | {_words(n)} |", "\n")
    ),
    "list": lambda size: _until(size, lambda n: f"- {_words(n)}", "\n"),
    "one line": lambda size: _until(size, _words, " "),
    "newlines": _repeated("\n"),
    "lines": lambda size: _until(size, lambda _: "x", "\n"),
    "hard breaks": lambda size: _until(size, lambda _: "x<br>", ""),
    "deep lists": lambda size: _until(size, _deep),
    "tags": lambda size: _until(size, _tag),
    "small blocks": lambda size: _until(size, lambda n: f"b{n}"),
    "equal blocks": lambda size: _until(size, lambda _: "x"),
    "stars": _repeated("*"),
    "bold openers": _repeated("**a "),
    "links": _repeated("[a]("),
    "brackets": _repeated("["),
    "backticks": _repeated("`"),
    "less-than": _repeated("<"),
    "heading of stars": lambda size: "# " + "*a " * (size // 3),
    "conflict marks": _repeated("<<<<<<< a\n"),
    "comments": _repeated("<!-- a\n"),
    "open tags": _repeated("<Foo {\n"),
    "open quotes": _repeated('<Foo a="\n'),
    "fences": _repeated("```\n````\n"),
    "threads": _repeated('<Comment ref="a" replies={[\n'),
    "spaces": _repeated(" "),
    "blank lines": _repeated(" \n"),
    "backslashes": _repeated("\\"),
    "CRLF": _repeated("a\r\n"),
    "bars": _repeated("|"),
    "rules": _repeated("---\n"),
}
"""Markdown, by the name of its shape: a function of the number of characters."""


def _text(text: str, *marks: str) -> Node:
    node: Node = {"type": "text", "text": text}
    return {**node, "marks": [{"type": mark} for mark in marks]} if marks else node


def _paragraph(*inline: Node) -> Node:
    return {"type": "paragraph", "content": list(inline)}


def _blocks(size: int, make: Callable[[int], Node]) -> list[Node]:
    blocks: list[Node] = []
    length = 0
    for number in count():
        if length >= size:
            return blocks
        blocks.append(make(number))
        length += len(json.dumps(blocks[-1]))
    return blocks


def _one(kind: str, make: Callable[[int], Node]) -> Callable[[int], list[Node]]:
    return lambda size: [{"type": kind, "content": _blocks(size, make)}]


def _in_text(repeated: str) -> Callable[[int], list[Node]]:
    return lambda size: [_paragraph(_text(repeated * (size // len(repeated))))]


def _item(*blocks: Node) -> Node:
    return {"type": "listItem", "content": list(blocks)}


def _deep_list(number: int, depth: int = _DEEP) -> Node:
    inner = [_deep_list(number + 1, depth - 1)] if depth else []
    item = _item(_paragraph(_text(_words(number))), *inner)
    return {"type": "bulletList", "content": [item]}


def _deep_quote(number: int, depth: int = _DEEP) -> Node:
    inner = [_deep_quote(number + 1, depth - 1)] if depth else []
    return {"type": "blockquote", "content": [_paragraph(_text(_words(number))), *inner]}


def _row(number: int) -> Node:
    cells = [
        {"type": "tableCell" if number else "tableHeader", "content": [_paragraph(_text(text))]}
        for text in (str(number), _words(number))
    ]
    return {"type": "tableRow", "content": cells}


def _widget(number: int) -> Node:
    query = {"kind": "HogQLQuery", "query": f"select {number}", "values": list(range(400))}
    attrs = {"query": query, "title": _words(number), "nodeId": f"node-{number}"}
    return {"type": "ph-query", "attrs": attrs}


def _marked(number: int) -> Node:
    marks = [mark for at, mark in enumerate(("bold", "italic", "underline")) if number >> at & 1]
    return _text(f"w{number} ", *marks)


DOCUMENTS: Final[Mapping[str, Callable[[int], list[Node]]]] = {
    "prose": lambda size: _blocks(
        size, lambda n: _paragraph(*(_text(_words(n + each)) for each in range(2)))
    ),
    "table": _one("table", _row),
    "list": _one("bulletList", lambda n: _item(_paragraph(_text(_words(n))))),
    "one line": lambda size: [_paragraph(_text(_until(size, _words, " ")))],
    "one marked line": lambda size: [_paragraph(*_blocks(size, _marked))],
    "newlines": _in_text("\n"),
    "texts of newlines": _one("paragraph", lambda _: _text("\n")),
    "controls": _in_text("\x01"),
    "hard breaks": _one("paragraph", lambda n: {"type": "hardBreak"} if n % 2 else _text("x")),
    "only breaks": _one("paragraph", lambda _: {"type": "hardBreak"}),
    "atoms": _one("paragraph", lambda n: {"type": "ph-mention", "attrs": {"id": n}}),
    "deep lists": lambda size: _blocks(size, _deep_list),
    "deep quotes": lambda size: _blocks(size, _deep_quote),
    "tags": lambda size: _blocks(size, _widget),
    "small blocks": lambda size: _blocks(size, lambda n: _paragraph(_text(f"b{n}"))),
    "equal blocks": lambda size: _blocks(size, lambda _: _paragraph(_text("x"))),
    "empty blocks": lambda size: _blocks(size, lambda _: {"type": "paragraph"}),
    "odd blocks": lambda size: _blocks(size, lambda n: {"type": "paragraph", "odd": n}),
    "odd item": lambda size: [
        {"type": "bulletList", "content": [{"type": "listItem", "odd": 1}, *_items(size)]}
    ],
    "code": lambda size: [{"type": "codeBlock", "content": [_text(_until(size, _words, "\n"))]}],
    "stars": _in_text("*"),
    "underscores": _in_text("_"),
    "bold openers": _in_text("**a "),
    "links": _in_text("[a]("),
    "less-than": _in_text("<"),
    "tags in text": _in_text('<ref id="x">'),
    "backticks": _in_text("`"),
    "bars": _in_text("|"),
    "spaces": _in_text(" "),
    "tildes": _in_text("~ "),
    "numbers": _in_text("1. "),
}
"""Blocks of rich text, by the name of their shape: a function of the length of their JSON."""


def _items(size: int) -> list[Node]:
    return _blocks(size, lambda n: _item(_paragraph(_text(_words(n)))))
