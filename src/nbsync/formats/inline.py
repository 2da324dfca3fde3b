"""What a line of notebook Markdown says once its marks and escapes are taken away."""

from __future__ import annotations

import re

from nbsync.formats.blocks import WHITESPACE

_ESCAPABLE = frozenset("\\`*_~[]()<>#+-.|!•")
_EMPHASIS = ("**", "__", "~~", "*", "_")
_SPECIAL = re.compile(r"[\\*_~<`\[]")
_TAG = re.compile(
    rf"<(ref|mention)[{WHITESPACE}]+id="
    rf"(?:\"(?:[^\"\\]|\\.)+\"|'(?:[^'\\]|\\.)+')[{WHITESPACE}]*>"
)
_CODE_ESCAPE = re.compile(r"\\([\\`])")


def plain(source: str) -> str:
    """Give the text that PostHog would show for one line of inline Markdown.

    Bold, italic, strike, underline, code, links, references and mentions leave their text.
    """
    parts, at = [], 0
    while at < len(source):
        text, at = _next(source, at)
        parts.append(text)
    return "".join(parts)


def _next(source: str, at: int) -> tuple[str, int]:
    for read in (_escape, _emphasis, _underline, _tag, _code, _link):
        found = read(source, at)
        if found is not None:
            return found
    special = _SPECIAL.search(source, at + 1)
    end = special.start() if special else len(source)
    return source[at:end], end


def _escape(source: str, at: int) -> tuple[str, int] | None:
    if source[at] != "\\":
        return None
    following = source[at + 1 : at + 2]
    return (following, at + 2) if following in _ESCAPABLE else ("\\", at + 1)


def _emphasis(source: str, at: int) -> tuple[str, int] | None:
    token = next((token for token in _EMPHASIS if _opens(source, at, token)), None)
    if token is None:
        return None
    start = at + len(token)
    end = _closer(source, token, start)
    return None if end < 0 else (plain(source[start:end]), end + len(token))


def _opens(source: str, at: int, token: str) -> bool:
    if not source.startswith(token, at):
        return False
    following = source[at + len(token) : at + len(token) + 1]
    if not following or following in WHITESPACE or (len(token) == 1 and following == token):
        return False
    return "_" not in token or not _is_word(source[max(0, at - 1) : at])


def _closer(source: str, token: str, start: int) -> int:
    end = _outside_code(source, token, start)
    while end >= 0:
        follower = source[end + len(token) : end + len(token) + 1]
        in_word = "_" in token and _is_word(follower)
        if end > start and source[end - 1] not in WHITESPACE and not in_word:
            return end
        end = _outside_code(source, token, end + 1)
    return -1


def _is_word(character: str) -> bool:
    return character.isascii() and character.isalnum()


def _underline(source: str, at: int) -> tuple[str, int] | None:
    return _between(source, at + 3, "</u>") if source.startswith("<u>", at) else None


def _tag(source: str, at: int) -> tuple[str, int] | None:
    opener = _TAG.match(source, at)
    return _between(source, opener.end(), f"</{opener[1]}>") if opener else None


def _between(source: str, start: int, closer: str) -> tuple[str, int] | None:
    end = _outside_code(source, closer, start)
    return None if end < 0 else (plain(source[start:end]), end + len(closer))


def _code(source: str, at: int) -> tuple[str, int] | None:
    end = _unescaped(source, "`", at + 1) if source[at] == "`" else -1
    return None if end < 0 else (_CODE_ESCAPE.sub(r"\1", source[at + 1 : end]), end + 1)


def _link(source: str, at: int) -> tuple[str, int] | None:
    label_end = _outside_code(source, "](", at + 1) if source[at] == "[" else -1
    end = _href_end(source, label_end + 2) if label_end >= 0 else -1
    return None if end < 0 else (plain(source[at + 1 : label_end]), end)


def _href_end(source: str, at: int) -> int:
    depth = 0
    while at < len(source):
        character = source[at]
        if character == "\\" and source[at + 1 : at + 2] in _ESCAPABLE:
            at += 1
        elif character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
            if depth < 0:
                return at + 1
        at += 1
    return -1


def _outside_code(source: str, token: str, start: int) -> int:
    """Find a token that is neither escaped nor in a code span; -1 where there is none."""
    while True:
        found = _unescaped(source, token, start)
        code = _unescaped(source, "`", start)
        code_end = _unescaped(source, "`", code + 1) if 0 <= code < found else -1
        if code_end < 0:
            return found
        start = code_end + 1


def _unescaped(source: str, token: str, start: int) -> int:
    found = source.find(token, start)
    while found >= 0:
        before = source[:found]
        if (len(before) - len(before.rstrip("\\"))) % 2 == 0:
            return found
        found = source.find(token, found + 1)
    return -1
