"""Which block of a page is an edit of which block of the document that it stands on."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence

from nbsync.formats.align import rising
from nbsync.formats.richtext.schema import TEXT_BLOCKS
from nbsync.formats.richtext.showing import attrs_of, type_of
from nbsync.model import Json, canonical

Pairs = dict[int, int]
"""For the place of each block now: the place of the block that it is an edit of."""

# Pairs of blocks, and words in them: about a second's work at most.
_MOST_COMPARED, _MOST_WORDS = 10_000, 5_000_000
_WORD = re.compile(r"\w+")
# Of one kind, but with no word in common: as good as nothing, and better than nothing.
_STRANGERS = 0.01
_SAME_ID = 2.0
_ALIKE = 0.5
_LISTS = frozenset({"bulletList", "orderedList", "taskList"})
_ITEMS = frozenset({"listItem", "taskItem"})
_CELLS = frozenset({"tableCell", "tableHeader"})
_KINDS = (TEXT_BLOCKS, _LISTS, _ITEMS, _CELLS)


def pair(
    shown: Sequence[Json],
    now: Sequence[Json],
    olds: Sequence[int],
    news: Sequence[int],
    *,
    only_alike: bool = False,
) -> Pairs:
    """Pair blocks that were edited with what they are now.

    Args:
        shown: The blocks as the page showed them.
        now: The blocks as it has them now.
        olds: Places in shown that are to be paired.
        news: Places in now that are to be paired.
        only_alike: Pair in any order, but only blocks that have most of their words, or their
            `nodeId`, in common; else in their order, and strangers of one kind too.
    """
    if not olds or not news:
        return {}
    marks = {at: _Mark(shown[at]) for at in olds}, {at: _Mark(now[at]) for at in news}
    if only_alike:
        return _chosen(marks, olds, news, _greedy) if _are_few(marks, olds, news) else {}
    return _pair_in_order(marks, olds, news)


_Marks = tuple[dict[int, "_Mark"], dict[int, "_Mark"]]
_Scores = list[list[float]]


def _chosen(
    marks: _Marks,
    olds: Sequence[int],
    news: Sequence[int],
    choose: Callable[[_Scores], list[tuple[int, int]]],
) -> Pairs:
    scores = [[marks[0][old].likeness(marks[1][new]) for new in news] for old in olds]
    return {news[new]: olds[old] for old, new in choose(scores)}


def _are_few(marks: _Marks, olds: Sequence[int], news: Sequence[int]) -> bool:
    """Whether blocks can be compared each with each."""
    if len(olds) * len(news) > _MOST_COMPARED:
        return False
    alone = len(olds) == 1 or len(news) == 1
    return alone or len(news) * sum(len(marks[0][at].words) for at in olds) <= _MOST_WORDS


def _pair_in_order(marks: _Marks, olds: Sequence[int], news: Sequence[int]) -> Pairs:
    """Pair without crossing; where there are too many, around those that are surely the same."""
    if not olds or not news:
        return {}
    if _are_few(marks, olds, news):
        return _chosen(marks, olds, news, _in_order)
    sure = _sure(marks, olds, news)
    if not sure:
        both = zip(olds, news, strict=False)
        return {new: old for old, new in both if marks[0][old].likeness(marks[1][new])}
    found: Pairs = {}
    start = (0, 0)
    for old, new in [*sure, (len(olds), len(news))]:
        found |= _pair_in_order(marks, olds[start[0] : old], news[start[1] : new])
        start = (old + 1, new + 1)
    return found | {news[new]: olds[old] for old, new in sure}


def _sure(marks: _Marks, olds: Sequence[int], news: Sequence[int]) -> list[tuple[int, int]]:
    """Pair what has an id, or a word, that is nowhere else; as far as the pairs do not cross."""
    places = (
        _only_places([marks[0][at] for at in olds]),
        _only_places([marks[1][at] for at in news]),
    )
    both = {(place, places[1][word]) for word, place in places[0].items() if word in places[1]}
    pairs = sorted(
        (old, new) for old, new in both if marks[0][olds[old]].likeness(marks[1][news[new]])
    )
    return rising([pair for at, pair in enumerate(pairs) if not at or pairs[at - 1][0] != pair[0]])


def _only_places(marks: Sequence[_Mark]) -> dict[str, int]:
    """Where the words stand that are in one block only."""
    counts = Counter(word for mark in marks for word in mark.words)
    return {word: at for at, mark in enumerate(marks) for word in mark.words if counts[word] == 1}


class _Mark:
    """What a block is recognized by: its kind, its id, and its words with their numbers."""

    def __init__(self, node: Json) -> None:
        kind = type_of(node)
        self._kind = next((kinds for kinds in _KINDS if kind in kinds), kind)
        self._id = attrs_of(node).get("nodeId")
        self.words = Counter(_WORD.findall(canonical(node)))
        self._count = self.words.total()

    def likeness(self, other: _Mark) -> float:
        """Tell how much two blocks have in common: 0 for nothing at all, 1 for all words."""
        if self._kind != other._kind:
            return 0.0
        if self._id is not None and self._id == other._id:
            return _SAME_ID
        common = (self.words & other.words).total()
        return max(_STRANGERS, 2 * common / max(1, self._count + other._count))


def _in_order(scores: list[list[float]]) -> list[tuple[int, int]]:
    """Choose pairs that do not cross, with the highest sum of scores."""
    rows, columns = len(scores), len(scores[0])
    best = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    for row in reversed(range(rows)):
        for column in reversed(range(columns)):
            score = scores[row][column]
            both = best[row + 1][column + 1] + score if score else 0.0
            best[row][column] = max(both, best[row + 1][column], best[row][column + 1])
    chosen, row, column = [], 0, 0
    while row < rows and column < columns:
        score = scores[row][column]
        if score and best[row][column] == best[row + 1][column + 1] + score:
            chosen.append((row, column))
            row, column = row + 1, column + 1
        elif best[row][column] == best[row + 1][column]:
            row += 1
        else:
            column += 1
    return chosen


def _greedy(scores: list[list[float]]) -> list[tuple[int, int]]:
    found = sorted(
        (-score, row, column)
        for row, line in enumerate(scores)
        for column, score in enumerate(line)
        if score >= _ALIKE
    )
    chosen: dict[int, int] = {}
    for _, row, column in found:
        if row not in chosen and column not in chosen.values():
            chosen[row] = column
    return list(chosen.items())
