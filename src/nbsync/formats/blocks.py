"""Where the blocks of a notebook's Markdown begin and end, as PostHog's own parser sees them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

# What JavaScript's trim() and \s take for white space; Python's own set is another one.
WHITESPACE = (
    "\t\n\x0b\x0c\r \xa0\u1680"
    + "".join(map(chr, range(0x2000, 0x200B)))
    + "\u2028\u2029\u202f\u205f\u3000\ufeff"
)

_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")
_TAG = re.compile(rf"<([A-Z][A-Za-z0-9]*)(?=[{WHITESPACE}>/])")
_TAG_MARK = re.compile(r"\\.|[\"'{}]|/>|>")
_TAG_LINES = 1_000
_FENCE = "```"
_COMMENT, _COMMENT_END = "<!--", "-->"


def lines_of(text: str) -> list[str]:
    """Split a text at LF, CRLF and lone CR, as PostHog does, and keep the line ends."""
    return _LINE.findall(text)


def cut_line_end(text: str) -> tuple[str, str]:
    """Part a text from the line end that closes it, "" where none does."""
    length = 2 if text.endswith("\r\n") else int(text.endswith(("\r", "\n")))
    return text[: len(text) - length], text[len(text) - length :]


def line_tokens(text: str) -> list[str]:
    """Split a text into line, line end, line, …, line; joined, they are the text again.

    Lines stand at even places and line ends at odd ones; the last line may be "".
    """
    tokens = [part for line in lines_of(text) for part in cut_line_end(line)]
    if not tokens or tokens[-1]:
        return [*tokens, ""]
    return tokens[:-1]


def block_tokens(text: str) -> list[str]:
    """Split Markdown into block, separator, block, …, block; joined, they are the text again.

    A block is a run of lines that are not blank; a code fence, a component's tag and a comment
    belong to one block whatever is in them. A separator is the line end that closes a block and
    the blank lines after it, those of one space (PostHog's empty paragraphs) included. Blocks
    stand at even places and separators at odd ones; the first and the last block may be blank.
    """
    tokens: list[str] = []
    for in_block, group in groupby(_lines_in_blocks(text), key=lambda item: item[0]):
        chunk = "".join(line for _, line in group)
        if in_block:
            tokens.extend(cut_line_end(chunk))
        else:
            tokens[-1] += chunk
    if not tokens or tokens[-1]:
        return [*tokens, ""]
    return tokens[:-1]


def _lines_in_blocks(text: str) -> list[tuple[bool, str]]:
    lines, at = lines_of(text), 0
    marked: list[tuple[bool, str]] = []
    while at < len(lines):
        # a separator begins at a line's end and ends with one: wherever it comes to stand,
        # no two lines become one
        whole = at > 0 and cut_line_end(lines[at])[1] != ""
        in_block = not whole or bool(lines[at].strip(WHITESPACE))
        end = max(verbatim_end(lines, at), at + 1)
        marked.extend((in_block, line) for line in lines[at:end])
        at = end
    return marked


def verbatim_end(lines: Sequence[str], at: int) -> int:
    """Find the end of a code fence, comment or component that begins at a line.

    Args:
        lines: The lines of the Markdown, with or without their line ends.
        at: The line's index.

    Returns:
        The index of the first line after it; `at` itself where nothing of the kind begins.
    """
    head = lines[at].strip(WHITESPACE)
    if head.startswith(_FENCE):
        return _fence_end(lines, at)
    if head.startswith(_COMMENT):
        return _comment_end(lines, at)
    tag = _TAG.match(head)
    return _tag_end(lines, at, tag[1]) if tag else at


def _fence_end(lines: Sequence[str], at: int) -> int:
    head = lines[at].strip(WHITESPACE)
    ticks = len(head) - len(head.lstrip("`"))
    for number in range(at + 1, len(lines)):
        line = lines[number].strip(WHITESPACE)
        if len(line) >= ticks and not line.strip("`"):
            return number + 1
    return len(lines)


def _comment_end(lines: Sequence[str], at: int) -> int:
    for number in range(at, len(lines)):
        line = lines[number].strip(WHITESPACE)
        end = line.find(_COMMENT_END, len(_COMMENT) if number == at else 0)
        if end >= 0:
            return number + 1 if end == len(line) - len(_COMMENT_END) else at
    return at


def _tag_end(lines: Sequence[str], at: int, name: str) -> int:
    quote, depth, opened = "", 0, False
    for number in range(at, min(at + _TAG_LINES, len(lines))):
        line = lines[number].strip(WHITESPACE)
        if not line and not quote and not depth:
            break
        if not opened:
            quote, depth, opened, closed = _tag_line(line, quote, depth)
            if closed:
                return number + 1
        if opened and line.endswith(f"</{name}>"):
            return number + 1
    head = lines[at].strip(WHITESPACE)
    if head.endswith(("/>", f"</{name}>")):
        return at + 1
    rest = range(at, len(lines))
    return next((number for number in rest if not lines[number].strip(WHITESPACE)), len(lines))


def _tag_line(line: str, quote: str, depth: int) -> tuple[str, int, bool, bool]:
    """Read one line of a tag: the open quote and braces after it, then `>` met, `/>` at its end."""
    for mark in _TAG_MARK.finditer(line):
        found = mark.group()
        if quote or found in "\"'":
            quote = _quote_after(found, quote)
        elif found in "{}":
            depth = max(0, depth + (1 if found == "{" else -1))
        elif depth == 0 and found == "/>" and mark.end() == len(line):
            return quote, depth, False, True
        elif depth == 0 and found == ">":
            return quote, depth, True, False
    return quote, depth, False, False


def _quote_after(found: str, quote: str) -> str:
    if not quote:
        return found
    return "" if found == quote else quote
