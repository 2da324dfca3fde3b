"""The title that a notebook's own text gives it."""

from __future__ import annotations

import pytest

from nbsync.formats import title_of
from nbsync.formats.inline import plain


@pytest.mark.parametrize(
    ("markdown", "title"),
    [
        ("# Plan", "Plan"),
        ("text\n\n#  Plan  \nmore", "Plan"),
        ("text\r\n# Plan\r\nmore", "Plan"),
        ("text\r# Plan\rmore", "Plan"),
        ("## Second level\n# First", "First"),
        ("#\tTabbed", "Tabbed"),
        ("#\xa0Wide", "Wide"),
        ("a paragraph\n# Heading", "Heading"),
        ("- item\n# Heading", "Heading"),
        ("> # Quoted\n\n# Heading", "Heading"),
        ("<!-- note --> text\n# Heading", "Heading"),
        ("<!-- never closed\n# Heading", "Heading"),
        ("# One\n# Two", "One"),
        ("# **Bold** and *it* `co_de`", "Bold and it co_de"),
        ("# \ufeffMarked\ufeff", "Marked"),
    ],
)
def test_the_first_level_1_heading_is_the_title(markdown: str, title: str) -> None:
    assert title_of(markdown) == title


@pytest.mark.parametrize(
    "markdown",
    [
        "",
        "text",
        "#",
        "#\n",
        "#no space",
        " # indented",
        "# ",
        "#  \n\n# Later",  # an empty first heading is the title all the same
        "> # quoted",
        "## second level",
        "\\# escaped",
        "```\n# code\n```",
        "````md\n```\n# code\n```\n````",
        "```\n# never closed",
        "<!-- a\n\n# comment\n-->",
        '<Query query={{\n"a": "\n\n# in a tag\n"}}\n/>',
        "<Note>\n# in children\n</Note>",
        "<Unclosed tag\n# swallowed by its paragraph",
        "# a line\u2028separator",
    ],
)
def test_what_is_no_heading_gives_no_title(markdown: str) -> None:
    assert title_of(markdown) is None


@pytest.mark.parametrize(
    "markdown",
    [
        '<Query query={{"a": ["/>", \'}\']}} />\n# Heading',
        '<Embed src="a \\" b > c" />\n# Heading',
        "<Note>text</Note>\n# Heading",
        "<Note>\ntext\n</Note>\n# Heading",
        '<Broken "unparseable />\n\n# Heading',
        "<Odd }} />\n# Heading",
        "<Query /> x\n\n# Heading",
        "<Unclosed {\n\ntext\n\n}\n# Heading",
        "<Query\n query={1}\n/>\n# Heading",  # a name alone on its line begins no tag
        "```\ncode\n`````\n# Heading",
    ],
)
def test_a_heading_after_a_block_of_its_own_kind_is_found(markdown: str) -> None:
    assert title_of(markdown) == "Heading"


def test_a_tag_is_given_up_after_a_thousand_lines() -> None:
    assert title_of("<Query {\n" + "line\n" * 1_000 + "}\n/>\n\n# Heading") == "Heading"


def test_a_heading_of_a_megabyte_takes_no_time() -> None:
    assert title_of("# " + "*a " * 300_000) == ("*a " * 300_000).strip()


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("plain & <br> text", "plain & <br> text"),
        ("\\*a\\* \\\\ \\: \\", "*a* \\ \\: \\"),
        ("**a *b* c**", "a b c"),
        ("***x***", "*x*"),
        ("*a **b** c*", "a *b** c*"),
        ("__a__ _b_ ~~c~~", "a b c"),
        ("snake_case_name a_b_", "snake_case_name a_b_"),
        ("_a_b_", "a_b"),
        ("* a* **b ** ~~", "* a* *b * ~~"),
        ("**", "**"),
        ("**never closed", "**never closed"),
        ("*a `*` b*", "a * b"),
        ("*a `b* c", "a `b c"),
        ("<u>under</u> <u>open", "under <u>open"),
        ('<ref id="a\\"b">r</ref> <mention id=\'1\'>@Ann</mention>', "r @Ann"),
        ('<ref id="">r</ref> <ref id="a">open', '<ref id="">r</ref> <ref id="a">open'),
        ("`a\\`b \\\\ \\c` ` open", "a`b \\ \\c ` open"),
        ("[**a** b](https://a.b/(c)\\)d) x", "a b x"),
        ("[a](not closed [b] ]( [c", "[a](not closed [b] ]( [c"),
        ("[`](`](https://a.b)", "]("),
        ("![alt](src)", "!alt"),
    ],
)
def test_marks_and_escapes_leave_their_text(source: str, text: str) -> None:
    assert plain(source) == text
