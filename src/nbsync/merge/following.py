"""Edits that go along where the other side moved what they were made to."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

_WORD = re.compile(r"\w+")
# More words in common than not: less may be another text that came in its place.
_SURE = 0.5
# Pairs of elements, and words in them: about a second's work at most.
_MOST_COMPARED, _MOST_WORDS = 50_000, 5_000_000

Sides = tuple[Sequence[str], Sequence[str], Sequence[str]]


def with_edits_followed(tokens: Sides) -> Sides:
    """Put each side's edits into base and into the other side, where it is certain what was edited.

    That is so for an element which base and the other side have once, and the side that edited
    it has no more, but a new one instead that has most words in common with it and with no
    other. What then differs from base is what else was done to it, above all its place.

    Args:
        tokens: The elements of base, local and remote.

    Returns:
        The three; the very same ones where nothing is certain.
    """
    base, local, remote = tokens
    ours, theirs = _edits(base, local, remote), _edits(base, remote, local)
    if not ours and not theirs:
        return tokens
    return (
        _replaced(base, {**ours, **theirs}),
        _replaced(local, theirs),
        _replaced(remote, ours),
    )


def _edits(base: Sequence[str], editor: Sequence[str], other: Sequence[str]) -> dict[str, str]:
    was, here, there = Counter(base), Counter(editor), Counter(other)
    lost = [text for text in was if text not in here and was[text] == there[text] == 1]
    new = [text for text in here if here[text] == 1 and text not in was and text not in there]
    if len(lost) * len(new) > _MOST_COMPARED:
        return {}
    words = {text: Counter(_WORD.findall(text)) for text in (*lost, *new)}
    if len(lost) > 1 < len(new) and len(new) * sum(len(words[text]) for text in lost) > _MOST_WORDS:
        return {}
    alike = [
        (old, text) for old in lost for text in new if likeness(words[old], words[text]) > _SURE
    ]
    counts = Counter(old for old, _ in alike), Counter(text for _, text in alike)
    return {old: text for old, text in alike if counts[0][old] == counts[1][text] == 1}


def likeness(one: Mapping[str, int], other: Mapping[str, int]) -> float:
    """Tell how many words two texts have in common, by their counts: 0 for none, 1 for all."""
    common = sum(min(count, other[word]) for word, count in one.items() if word in other)
    return 2 * common / max(1, sum(one.values()) + sum(other.values()))


def _replaced(tokens: Sequence[str], edits: Mapping[str, str]) -> Sequence[str]:
    return [edits.get(token, token) for token in tokens]
