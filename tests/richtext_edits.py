"""What editors and people do to the text of a page."""

from __future__ import annotations

import re
from typing import Final

from hypothesis import strategies as st

LINES: Final = (
    *(
        "",
        "",
        "A line.",
        "Another **bold** line",
        "a *b* ~~c~~ <u>d</u> `e`",
        "# Title",
        "### Part",
    ),
    *(
        "- one",
        "- two",
        "  - inner",
        "    - deeper",
        "  more of it",
        "1. first",
        "7. later",
        "* star",
    ),
    *(
        "- [ ] open",
        "- [x] done",
        "> quoted",
        "> - in it",
        ">",
        "> > twice",
        "---",
        "```sql",
        "```",
    ),
    *("select 1", "| a | b |", "| --- | --- |", "| c | d |", "| e |", "![alt](src)", "[x](/y) z"),
    *('<Query query={{"kind": "x"}} />', "<Query query={{", '  "a": `', "    text", "  `", "}} />"),
    *("<Paragraph />", '<Node type="x">', "</Node>", '<Node json={{"type": "x"}} />', "<!-- x -->"),
    *("<Foo />", '<Char code="U+2028" />x', "<Break />x", "<Mark highlight>x</Mark>", " indented"),
    *(
        '<ref id="r">x</ref>',
        '<ref id="r">',
        '<mention id="5">@Ann</mention>',
        "a\\",
        "\\# x",
        "*a",
    ),
    *('<Backlink href="/x" title="X" /> here', '<UnknownNode nodeType="x" />', "  ", "\t- tab"),
    *('<UnknownNode nodeType="x" /> y', "1) paren", "- ", "#", "[a](", "**", "<Cell>x</Cell>"),
)
"""Lines of pages, some of them wrong where they stand."""


def untidy(page: str) -> str:
    """The page as an editor saves it that takes white space from the ends of lines."""
    return re.sub(r"[ \t]+$", "", page, flags=re.MULTILINE)


def edited(page: str, data: st.DataObject) -> str:
    """A page after a few edits of whole lines and of words."""
    lines = page.split("\n")
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(lines) - 1))
        match data.draw(st.sampled_from(["replace", "add", "word", "delete", "move", "cut"])):
            case "replace":
                lines[at] = data.draw(st.sampled_from(LINES))
            case "add":
                lines.insert(at, data.draw(st.sampled_from(LINES)))
            case "word":
                lines[at] = re.sub(r"\w+", "word", lines[at], count=1)
            case "delete":
                del lines[at]
            case "move":
                lines.insert(data.draw(st.integers(0, len(lines) - 1)), lines.pop(at))
            case _:
                lines[at] = lines[at][: data.draw(st.integers(0, len(lines[at])))]
        lines = lines or [""]
    return "\n".join(lines)
