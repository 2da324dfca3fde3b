"""Which elements of two sequences are the same ones."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence

# Comparing everything with everything: about a second's work at most.
_MOST_PAIRS = 2_000_000
# The same once for every run found, at worst: some tenths of a second.
_MOST_STEPS = 5_000_000

Match = tuple[int, int, int]
"""Where a run begins in the one sequence and in the other, and its length."""


def matches(one: Sequence[str], other: Sequence[str]) -> list[Match]:
    """Align two sequences.

    What is the same at both ends is matched first, then what is there exactly once in both,
    then the longest runs between; where as much stays at its own place, that wins, so that
    paragraphs that are alike are not taken for each other.

    Returns:
        Runs of equal elements, in the order of both sequences, none of them empty.
    """
    head = common_head(one, other)
    tail = common_head(one[head:][::-1], other[head:][::-1])
    ends = len(one) - tail, len(other) - tail
    inner = _inner(one[head : ends[0]], other[head : ends[1]])
    found = [(0, 0, head), *((a + head, b + head, n) for a, b, n in inner), (*ends, tail)]
    return [match for match in found if match[2]]


def common_head(one: Sequence[str], other: Sequence[str]) -> int:
    """Count the equal elements that two sequences begin with."""
    length = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        length += 1
    return length


def _inner(one: Sequence[str], other: Sequence[str]) -> list[Match]:
    if not one or not other:
        return []
    anchors = _anchors(one, other)
    found = _between(one, other, anchors) if anchors else _longest(one, other)
    if len(one) == len(other):
        placed = [(at, at, 1) for at in range(len(one)) if one[at] == other[at]]
        if len(placed) >= sum(length for _, _, length in found):
            return placed
    return found


def _anchors(one: Sequence[str], other: Sequence[str]) -> list[tuple[int, int]]:
    """Pair what is there once in both, as far as the pairs keep their order."""
    places = {text: at for at, text in enumerate(other)}
    counts = Counter(one), Counter(other)
    return rising(
        [
            (at, places[text])
            for at, text in enumerate(one)
            if counts[0][text] == counts[1][text] == 1
        ]
    )


def rising(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Give the longest run of pairs, not necessarily adjacent, whose second numbers rise."""
    ends: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for number, (_, place) in enumerate(pairs):
        at = bisect_left(ends, place)
        ends[at : at + 1], last[at : at + 1] = [place], [number]
        before.append(last[at - 1] if at else -1)
    chain: list[tuple[int, int]] = []
    number = last[-1] if last else -1
    while number >= 0:
        chain.append(pairs[number])
        number = before[number]
    return chain[::-1]


def _between(
    one: Sequence[str], other: Sequence[str], anchors: list[tuple[int, int]]
) -> list[Match]:
    found: list[Match] = []
    start = (0, 0)
    for anchor in [*anchors, (len(one), len(other))]:
        part = matches(one[start[0] : anchor[0]], other[start[1] : anchor[1]])
        found.extend((a + start[0], b + start[1], n) for a, b, n in part)
        found.append((*anchor, 1))
        start = (anchor[0] + 1, anchor[1] + 1)
    return found[:-1]


def _longest(one: Sequence[str], other: Sequence[str]) -> list[Match]:
    from difflib import SequenceMatcher  # noqa: PLC0415 - only edits need it

    counts = Counter(other)
    pairs = sum(count * counts[text] for text, count in Counter(one).items())
    if pairs > _MOST_PAIRS:
        return []
    if pairs * min(len(one), len(other)) > _MOST_STEPS:
        return _most(one, other)
    blocks = SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks()
    return [(block.a, block.b, block.size) for block in blocks[:-1]]


def _most(one: Sequence[str], other: Sequence[str]) -> list[Match]:
    """Match as many elements as keep their order, wherever they are."""
    places: dict[str, list[int]] = {}
    for at in range(len(other) - 1, -1, -1):
        places.setdefault(other[at], []).append(at)
    # the last one first: no element is matched twice then
    pairs = [(here, there) for here, text in enumerate(one) for there in places.get(text, ())]
    return [(here, there, 1) for here, there in rising(pairs)]


class Aligner:
    """What merge3 takes for a sequence matcher."""

    def __init__(self, _junk: None, one: Sequence[str], other: Sequence[str]) -> None:
        self._one, self._other = one, other

    def get_matching_blocks(self) -> list[Match]:
        """Give the matches, and after them an empty one at the ends."""
        return [*matches(self._one, self._other), (len(self._one), len(self._other), 0)]


def gaps(
    one: Sequence[str], other: Sequence[str]
) -> Iterator[tuple[Sequence[str], Sequence[str], Sequence[str]]]:
    """Walk two sequences: what stands in one only, in the other only, then in both."""
    here = there = 0
    for a, b, length in [*matches(one, other), (len(one), len(other), 0)]:
        yield one[here:a], other[there:b], one[a : a + length]
        here, there = a + length, b + length
