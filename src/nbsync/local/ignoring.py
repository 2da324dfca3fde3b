"""Which files are nobody's business: the patterns of `ignore`, which mean what they do for git."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import translate
from functools import lru_cache
from typing import NamedTuple

_ANY = re.compile("")
_ESCAPED = re.compile(r"\\(.)")


def ignored(path: str, patterns: Sequence[str]) -> bool:
    """Whether the patterns of `ignore` mean a file, or a folder that it is in.

    Args:
        path: Relative to the mirror's root, with `/` between folders.
        patterns: As for `Ignored`.
    """
    if not patterns:
        return False
    rules, names = Ignored(patterns), path.split("/")
    return any(
        rules.has("/".join(names[:count]), folder=count < len(names))
        for count in range(1, len(names) + 1)
    )


class Ignored:
    """What the patterns of `ignore` mean, for one who goes down from folder to folder.

    Args:
        patterns: As lines of a .gitignore. One with a `/` that is not at its end is held against
            the whole path, any other against the last name; `*` and `?` stand for no `/`, `**` for
            any number of folders; with a `/` at its end it means folders alone. A `!` takes out
            again what is meant, unless a folder above is ignored; the last pattern decides.
    """

    def __init__(self, patterns: Sequence[str]) -> None:
        rules = [rule for rule in map(_rule, patterns) if rule is not None]
        self._rules = tuple(reversed(rules))
        self.asks_for_folders = any(rule.folders for rule in rules)
        """Whether it matters if a path is a folder."""

    def has(self, path: str, *, folder: bool) -> bool:
        """Whether a path is ignored, given that no folder that it is in is.

        Args:
            path: Relative to the mirror's root, with `/` between folders.
            folder: Whether it is a folder.
        """
        names = path.split("/")
        for rule in self._rules:
            if (folder or not rule.folders) and rule.means(names):
                return not rule.negated
        return False


class _Rule(NamedTuple):
    """One pattern.

    Attributes:
        parts: What stands between its `/`; None for any number of folders.
        negated: Whether it takes out again what it means.
        folders: Whether it means folders alone.
    """

    parts: tuple[re.Pattern[str] | None, ...]
    negated: bool
    folders: bool

    def means(self, names: Sequence[str]) -> bool:
        """Whether it means the path of these names.

        Once a `**` fits, no earlier one need be tried anew, so that no pattern takes long.
        """
        at, name, again, resume = 0, 0, -1, 0
        while name < len(names):
            part = self.parts[at] if at < len(self.parts) else None
            if at < len(self.parts) and part is None:
                again, resume, at = at, name, at + 1
            elif part is not None and part.match(names[name]):
                at, name = at + 1, name + 1
            elif again >= 0:
                resume += 1
                at, name = again + 1, resume
            else:
                return False
        return at == len(self.parts)


@lru_cache(maxsize=1000)
def _rule(pattern: str) -> _Rule | None:
    """A pattern, read; None for a remark, or nothing."""
    text = re.sub(r"(?<!\\) +$", "", pattern)
    negated = text.startswith("!")
    text = text[negated:]
    names = text.strip("/").split("/")
    if text.startswith("#") or names == [""]:
        return None
    parts: list[re.Pattern[str] | None] = []
    if "/" not in text.rstrip("/"):
        parts.append(None)
    for name in names:
        if name != "**":
            parts.append(_name(name))
        elif not parts or parts[-1] is not None:
            parts.append(None)
    if parts[-1] is None:
        parts.append(_ANY)  # what is in a folder, not the folder itself
    return _Rule(tuple(parts), negated, text.endswith("/"))


def _name(glob: str) -> re.Pattern[str]:
    plain = _ESCAPED.sub(lambda found: f"[{found[1]}]" if found[1] in "*?[" else found[1], glob)
    return re.compile(translate(plain.replace("[^", "[!")))
