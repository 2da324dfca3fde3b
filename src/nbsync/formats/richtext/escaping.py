"""How text stands on a page: its escapes, and tags for characters that cannot stand raw."""

from __future__ import annotations

import re
from typing import Final

from nbsync.formats.blocks import WHITESPACE

_ESCAPABLE = re.escape("\\`*_~[]()<>#+-.|!•")
ESCAPES: Final = re.compile(rf"(?:\\[{_ESCAPABLE}])++")
"""A run of escapes (dialect.md 5)."""

_NAMES = "Backlink|ReplayTimestamp|Char|Break|Mark|UnknownNode|Node|Cell|Header|Paragraph"
TAG_START: Final = rf"</?(?:ref|mention|{_NAMES})(?=[{WHITESPACE}/>]|\Z)"
"""What a tag in a line starts with."""

CHARS: Final = re.compile('(?:<Char code="U\\+[0-9A-F]{4}" />)++')
"""A run of tags for characters, as they are written here."""

_UNSAYABLE = "\\x00-\\x08\\x0a-\\x1f\\x7f-\\x9f\u2028\u2029\ufeff\ud800-\udfff"
UNSAYABLE: Final = re.compile(f"[{_UNSAYABLE}]")
"""A character that cannot stand raw: editors and line splitting change or lose it."""

NO_HREF: Final = re.compile(f"[{_UNSAYABLE}\t]")
"""A character that no link's address may hold."""

_ESCAPE = re.compile(rf"\\([{_ESCAPABLE}])")
_CODE_POINT = re.compile(r"U\+([0-9A-F]{4})")
_CODE_ESCAPE = re.compile(r"\\([\\`])")
_ALWAYS = (
    r"[\\`*\[\]]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])"
    rf"|<(?=/?u>)|(?={TAG_START})<"
)
_TILDES = {False: "~(?=~)|(?<=~)~", True: "~"}
_PATTERNS: Final = {
    (pipes, tildes): re.compile(f"{_ALWAYS}|{_TILDES[tildes]}" + (r"|\|" if pipes else ""))
    for pipes in (False, True)
    for tildes in (False, True)
}
_PARENTHESES = re.compile(r"[\\()]")
_LINE_START = re.compile(
    rf"#{{1,6}}[{WHITESPACE}]|>|[-+•](?:[{WHITESPACE}]|\Z)|---+[{WHITESPACE}]*\Z"
    rf"|<(?!(?:{_NAMES})[ />])[A-Z]|<!--|!\[.*\)[{WHITESPACE}]*\Z"
)
_NUMBER = re.compile(rf"([0-9]+)([.)])(?=[{WHITESPACE}]|\Z)")


def escape_text(text: str, *, pipes: bool, tildes: bool) -> str:
    """Write text so that it reads as nothing else.

    Args:
        text: One stretch of text; it may hold any character.
        pipes: Escape `|` too; a table's cell escapes all of its own.
        tildes: Escape a single `~` too, as strike stands near it.
    """
    escaped = _PATTERNS[pipes, tildes].sub(r"\\\g<0>", text)
    return UNSAYABLE.sub(lambda found: char_tag(found[0]), escaped)


def char_tag(character: str) -> str:
    """The tag that stands for a character."""
    return f'<Char code="U+{ord(character):04X}" />'


def unescape_chars(run: str) -> str:
    """The characters that a run of `CHARS` stands for."""
    return "".join(chr(int(code, 16)) for code in _CODE_POINT.findall(run))


def unescape(source: str) -> str:
    """Take the escapes from text."""
    return _ESCAPE.sub(r"\1", source)


def escape_code(text: str) -> str:
    """Write text as a code span; "" where there is none that says it."""
    if not text or UNSAYABLE.search(text):
        return ""
    return "`" + text.replace("\\", "\\\\").replace("`", "\\`") + "`"


def unescape_code(source: str) -> str:
    """The text of what stands between a code span's backticks."""
    return _CODE_ESCAPE.sub(r"\1", source)


def escape_href(href: str) -> str | None:
    """Write a link's address; None where it can be no link.

    An address stays as it is where it reads the same, as PostHog's converter leaves it.
    """
    if not href or href != href.strip(WHITESPACE) or NO_HREF.search(href):
        return None
    if unescape(f"{href})") == f"{href})" and _is_balanced(href):
        return href
    return _PARENTHESES.sub(r"\\\g<0>", href)


def _is_balanced(href: str) -> bool:
    depth = 0
    for found in _PARENTHESES.finditer(href):
        depth += {"(": 1, ")": -1}.get(found[0], 0)
        if depth < 0:
            return False
    return depth == 0


def escape_line_start(line: str) -> str:
    """Write a paragraph's line so that it begins no other block (dialect.md 6.3)."""
    head = line.lstrip(WHITESPACE)
    indentation = line[: len(line) - len(head)]
    if _LINE_START.match(head):
        return f"{indentation}\\{head}"
    return indentation + _NUMBER.sub(r"\1\\\2", head, count=1) if _NUMBER.match(head) else line
