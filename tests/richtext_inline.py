"""Text and inline content of rich-text documents, made by chance."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from random import Random
from typing import Any, Final

from richtext_oddities import odd_inline, odd_text
from richtext_table import EVERY_WIDGET, INLINE

_ODD_LINES: Final = ("", "  ", "```", "-- `x` \\", "| a |", "\tx", "> y", "</Node>", '"{{}}"')
ALIASES: Final = {
    "bulletList": "bullet_list",
    "orderedList": "ordered_list",
    "listItem": "list_item",
    "codeBlock": "code_block",
    "tableRow": "table_row",
    "tableCell": "table_cell",
    "tableHeader": "table_header",
    "bold": "strong",
    "italic": "em",
}
_PLAIN: Final = (
    "the",
    "growth",
    "of",
    "signups",
    "5%",
    "über",
    "🦔",
    "(again)",
    "it's",
    "a-b",
    ":",
)
_SPECIAL: Final = (
    *("snake_case_name", "2*3*4", "C:\\dir\\", "[note]", "3 < 4 > 2", "a|b", "`x`", "**not**"),
    *("__init__", "~~", "&amp;", "</u>", "<ref", "![a](b)", "<Query />", "https://x.yz/a_b(c)"),
)
_STARTS: Final = (
    "# ",
    "> ",
    "- ",
    "1. ",
    "+ ",
    "[x] ",
    "| ",
    "---",
    "<Foo> ",
    "<!-- ",
    "```",
    "• ",
)


@dataclass(frozen=True, slots=True)
class Form:
    """How documents are written.

    Attributes:
        full: As PostHog's editor saves them, with every attribute; else as clients of the API
            send them, without those that have their default.
        old: With the older names of nodes and marks, which no editor reads any more.
        odd: With anything in them that JSON can hold.
    """

    full: bool = False
    old: bool = False
    odd: bool = False


class InlineMaker:
    """Makes inline content by chance; every text has a word in it that stands nowhere else.

    Args:
        chance: Where all chance comes from: the same chance, the same documents.
        form: How to write them.
    """

    def __init__(self, chance: Random, form: Form) -> None:
        self.chance = chance
        self.form = form
        self._numbers = count(1)

    def word(self) -> str:
        return f"w{next(self._numbers)}w"

    def pick(self, *choices: Any) -> Any:
        """One of them; the first is the plainest."""
        return choices[self.chance.randrange(len(choices))]

    def seldom(self, of: int) -> bool:
        return self.chance.randrange(of) == of - 1

    def some(self, least: int, most: int, make: Callable[[], Any]) -> list[Any]:
        return [make() for _ in range(self.chance.randrange(least, most + 1))]

    def uuid(self) -> str:
        return f"018b4205-f670-7fa8-928a-{next(self._numbers):012x}"

    # --- text

    def text(self) -> str:
        """Words, one of them like no other, now and then what Markdown takes for its own."""
        if self.form.odd and self.seldom(2):
            return odd_text(self)
        before = [self.pick(*_PLAIN) for _ in range(self.chance.randrange(3))]
        after = [self.pick(*_PLAIN) for _ in range(self.chance.randrange(3))]
        if self.seldom(5):
            after.append(self.pick(*_SPECIAL))
        start = self.pick(*_STARTS) if self.seldom(8) else ""
        return str(start) + " ".join([*before, self.word(), *after])

    def lines(self, least: int, most: int) -> str:
        """Lines of code, of which each has a word like no other."""
        return "\n".join(str(line) for line in self.some(least, most, self._line))

    def _line(self) -> str:
        if self.seldom(6):
            return str(self.pick(*_ODD_LINES))
        indent = self.pick("", "  ", "    ", "\t")
        verb = self.pick("select", "where", "x =", "--", "'{y}' ||")
        return f"{indent}{verb} {self.word()}{self.pick('', ' ', ',', ';')}"

    # --- inline

    def inline(self, *, breaks: bool = True) -> list[Any]:
        """The content of a text block."""
        nodes: list[Any] = []
        for _ in range(self.chance.randrange(1, 5)):
            node = self._inline_node(breaks=breaks)
            if self.form.odd or not (nodes and _is_one(nodes[-1], node)):
                nodes.append(node)
        return nodes

    def _inline_node(self, *, breaks: bool) -> Any:
        if self.form.odd and self.seldom(5):
            return odd_inline(self)
        kind = self.pick(*["text"] * 5, *["marked"] * 5, "break", "atom")
        if kind == "text":
            return {"type": "text", "text": self.text()}
        if kind == "marked":
            text = self.text() + (" " if self.seldom(5) else "")
            return {"type": "text", "text": text, "marks": self.marks()}
        if kind == "break" and breaks:
            return {"type": "hardBreak", **({"marks": self.marks()} if self.seldom(4) else {})}
        return self._atom()

    def marks(self) -> list[Any]:
        """Marks in the order of an editor; code stands alone."""
        if self.seldom(6):
            return [{"type": "code"}]
        names = self.pick(
            *(("bold",), ("italic",), ("strike",), ("underline",), ("link",), ("comment",)),
            *(("bold", "italic"), ("link", "bold"), ("italic", "underline"), ("link", "comment")),
            *(("bold", "strike", "comment"), ("link", "bold", "italic", "strike", "underline")),
        )
        return [self.mark(name) for name in names]

    def mark(self, name: str) -> Any:
        kind = self.name(name)
        if name == "comment":
            return {"type": kind, "attrs": {"id": self.uuid()}}
        if name != "link":
            return {"type": kind}
        url = f"https://posthog.com/{self.word()}"
        href = self.pick(url, f"{url}?a=b_c&d=(e)", f"/insights/{self.word()}", f"{url}) x\\")
        hidden = {"target": "_blank", "rel": "noopener noreferrer nofollow", "class": None}
        return {"type": kind, "attrs": {"href": href, **(hidden if self.form.full else {})}}

    def _atom(self) -> Any:
        kind = self.pick(*INLINE)
        label = {"label": f"Ann {self.word()}"} if kind == "ph-mention" and self.seldom(3) else {}
        marks = {"marks": self.pick([{"type": "bold"}], self.marks())} if self.seldom(5) else {}
        return {"type": kind, "attrs": {**self.attrs(kind, INLINE[kind]), **label}, **marks}

    # --- attributes

    def attrs(self, kind: str, defaults: Mapping[str, Any]) -> dict[str, Any]:
        attrs = {
            name: self._value(name, kind, default) if self.seldom(3) else default
            for name, default in defaults.items()
        }
        main = next(name for name in defaults if name not in EVERY_WIDGET or len(defaults) < 5)
        attrs[main] = self._value(main, kind, defaults[main])
        if "nodeId" in attrs:
            attrs["nodeId"] = self.uuid()
        if self.form.full:
            return attrs
        return {name: value for name, value in attrs.items() if value != defaults[name]}

    def _value(self, name: str, kind: str, default: Any) -> Any:
        """A value that is not the default."""
        if isinstance(default, bool):
            return not default
        if kind == "ph-mention":
            return self.chance.randrange(1, 900)
        make = _VALUES.get(name)
        return make(self) if make else self.text()

    def query(self) -> Any:
        sql: Any = {"kind": "HogQLQuery", "query": self.lines(1, 8)}
        step = {"kind": "EventsNode", "event": self.word(), "properties": [{"value": ["a", 1.0]}]}
        query: Any = self.pick(
            {"kind": "DataVisualizationNode", "source": sql},
            {"kind": "InsightVizNode", "source": {"kind": "TrendsQuery", "series": [step, step]}},
            {"kind": "SavedInsightNode", "shortId": self.word()},
            {
                "kind": "DataTableNode",
                "full": True,
                "source": {"kind": "EventsQuery", "event": self.word()},
            },
        )
        return json.dumps(query) if not self.form.full and self.seldom(5) else query

    def name(self, name: str) -> str:
        return ALIASES.get(name, name) if self.form.old else name


_VALUES: Final[Mapping[str, Callable[[InlineMaker], Any]]] = {
    "query": InlineMaker.query,
    "code": lambda make: make.lines(1, 6),
    **dict.fromkeys(("src", "href"), lambda make: f"https://example.com/{make.word()}?a=1&b=(2)"),
    **dict.fromkeys(
        ("height", "width", "playbackTime", "groupTypeIndex"), lambda make: make.pick(200, 1.5, 0)
    ),
    "id": lambda make: make.pick(make.uuid(), 37958, make.word()),
    **dict.fromkeys(
        ("universalFilters", "pinned", "globalsUsed", "distinctIds", "children"),
        lambda make: make.pick([make.word()], {"date_from": "-3d", "values": [{"a": make.word()}]}),
    ),
    "__init": lambda _: {"expanded": True},
}


def _is_one(one: Any, other: Any) -> bool:
    """Whether an editor would make one node of two."""
    texts = isinstance(one, dict) and isinstance(other, dict) and "text" in one and "text" in other
    return texts and one.get("marks") == other.get("marks")
