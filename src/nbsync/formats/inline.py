"""What a line of notebook Markdown says once its marks and escapes are taken away."""

from __future__ import annotations

import re
import sys
from bisect import bisect_left
from functools import cached_property

from nbsync.formats.blocks import WHITESPACE

_ESCAPABLE = frozenset("\\`*_~[]()<>#+-.|!•")
_EMPHASIS = ("**", "__", "~~", "*", "_")
_SPECIAL = re.compile(r"[\\*_~<`\[]")
_TAG = re.compile(
    rf"<(ref|mention)[{WHITESPACE}]++id="
    rf"(?:\"(?:[^\"\\]|\\.)++\"|'(?:[^'\\]|\\.)++')[{WHITESPACE}]*+>"
)
_CODE_ESCAPE = re.compile(r"\\([\\`])")
_BACKSLASHES = re.compile(r"\\++")
_PARENTHESIS = re.compile(r"\\[\\`*_~\[\]()<>#+\-.|!•]|[()]")
_NOWHERE = sys.maxsize


def plain(source: str) -> str:
    """Give the text that PostHog would show for one line of inline Markdown.

    Bold, italic, strike, underline, code, links, references and mentions leave their text.
    """
    return _Line(source).plain()


class _Line:
    """A line as it is read, from its beginning to its end.

    What is looked for at one place after the other is found once: a line of nothing but marks
    that are never closed takes no longer than any other.
    """

    def __init__(self, source: str) -> None:
        self._source = source
        self._found: dict[tuple[str, bool], tuple[int, int]] = {}

    def plain(self) -> str:
        parts, at = [], 0
        while at < len(self._source):
            text, at = self._next(at)
            parts.append(text)
        return "".join(parts)

    def _next(self, at: int) -> tuple[str, int]:
        readers = (self._escape, self._emphasis, self._underline, self._tag, self._code, self._link)
        for read in readers:
            found = read(at)
            if found is not None:
                return found
        special = _SPECIAL.search(self._source, at + 1)
        end = special.start() if special else len(self._source)
        return self._source[at:end], end

    def _escape(self, at: int) -> tuple[str, int] | None:
        if self._source[at] != "\\":
            return None
        following = self._source[at + 1 : at + 2]
        return (following, at + 2) if following in _ESCAPABLE else ("\\", at + 1)

    def _emphasis(self, at: int) -> tuple[str, int] | None:
        token = next((token for token in _EMPHASIS if self._opens(at, token)), None)
        if token is None:
            return None
        start = at + len(token)
        return self._until(start, token, self._closer(token, start))

    def _until(self, start: int, token: str, end: int) -> tuple[str, int] | None:
        return None if end < 0 else (plain(self._source[start:end]), end + len(token))

    def _opens(self, at: int, token: str) -> bool:
        source = self._source
        if not source.startswith(token, at):
            return False
        following = source[at + len(token) : at + len(token) + 1]
        if not following or following in WHITESPACE or (len(token) == 1 and following == token):
            return False
        return "_" not in token or not _is_word(source[max(0, at - 1) : at])

    def _closer(self, token: str, start: int) -> int:
        """Find where emphasis ends that began before a place; -1 where it does not."""
        end = self._outside_code(token, start)
        if end == start:
            end = self._outside_code(token, end + 1)
        return end

    def _closes(self, token: str, end: int) -> bool:
        if token not in _EMPHASIS:
            return True
        follower = self._source[end + len(token) : end + len(token) + 1]
        in_word = "_" in token and _is_word(follower)
        return self._source[end - 1] not in WHITESPACE and not in_word

    def _underline(self, at: int) -> tuple[str, int] | None:
        return self._between(at + 3, "</u>") if self._source.startswith("<u>", at) else None

    def _tag(self, at: int) -> tuple[str, int] | None:
        opener = _TAG.match(self._source, at)
        return self._between(opener.end(), f"</{opener[1]}>") if opener else None

    def _between(self, start: int, closer: str) -> tuple[str, int] | None:
        return self._until(start, closer, self._outside_code(closer, start))

    def _code(self, at: int) -> tuple[str, int] | None:
        if self._source[at] != "`":
            return None
        number = bisect_left(self._ticks, at + 1)
        if number == len(self._ticks):
            return None
        end = self._ticks[number]
        return _CODE_ESCAPE.sub(r"\1", self._source[at + 1 : end]), end + 1

    def _link(self, at: int) -> tuple[str, int] | None:
        label_end = self._outside_code("](", at + 1) if self._source[at] == "[" else -1
        end = self._addresses.get(label_end + 1, -1) if label_end >= 0 else -1
        return None if end < 0 else (plain(self._source[at + 1 : label_end]), end + 1)

    def _outside_code(self, token: str, start: int) -> int:
        """Find a token that is neither escaped nor in a code span; -1 where there is none."""
        # which backticks begin code depends on nothing but how many come before
        number = bisect_left(self._ticks, start)
        key = token, bool(number % 2)
        since, found = self._found.get(key, (_NOWHERE, 0))
        if not since <= start <= found:
            found = self._search(token, start, number)
            self._found[key] = start, found
        return -1 if found == _NOWHERE else found

    def _search(self, token: str, start: int, number: int) -> int:
        ticks, at = self._ticks, start
        while (found := self._unescaped(token, at)) < _NOWHERE:
            while number + 1 < len(ticks) and ticks[number + 1] < found:
                number += 2
            if number + 1 < len(ticks) and ticks[number] < found:
                at = ticks[number + 1] + 1
            elif self._closes(token, found):
                return found
            else:
                at = found + 1
        return _NOWHERE

    def _unescaped(self, token: str, start: int) -> int:
        found = self._source.find(token, start)
        while found >= 0:
            if found not in self._escaped:
                return found
            found = self._source.find(token, found + 1)
        return _NOWHERE

    @cached_property
    def _escaped(self) -> frozenset[int]:
        """The places after an odd number of backslashes."""
        runs = _BACKSLASHES.finditer(self._source)
        return frozenset(run.end() for run in runs if (run.end() - run.start()) % 2)

    @cached_property
    def _ticks(self) -> list[int]:
        """The places of the backticks that are not escaped."""
        found = (mark.start() for mark in re.finditer("`", self._source))
        return [at for at in found if at not in self._escaped]

    @cached_property
    def _addresses(self) -> dict[int, int]:
        """Where each parenthesis is closed, by where it is opened."""
        closed: dict[int, int] = {}
        opened: list[int] = []
        for found in _PARENTHESIS.finditer(self._source):
            if found[0] == "(":
                opened.append(found.start())
            elif found[0] == ")" and opened:
                closed[opened.pop()] = found.start()
        return closed


def _is_word(character: str) -> bool:
    return character.isascii() and character.isalnum()
