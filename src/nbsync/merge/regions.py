"""Merging three sequences: what merges, and the regions that overlap."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from nbsync.formats.align import Aligner, Match, common_head, gaps

Tokens: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Clash:
    """A region that both sides changed, each in its own way; base is None where it is missing."""

    base: Tokens | None
    local: Tokens
    remote: Tokens


Piece: TypeAlias = Tokens | Clash


def three_way(
    base: Sequence[str],
    local: Sequence[str],
    remote: Sequence[str],
    *,
    step: int = 1,
    by_text: bool = False,
) -> list[Piece]:
    """Merge two versions of a sequence.

    Changes that only touch are both taken, whichever way they were cut: an element that is
    edited here while its neighbour is edited, removed or inserted there. The same change on
    both sides is taken once. All else that both changed is a clash, two insertions at one
    place included.

    Args:
        base: What both come from.
        local: The one.
        remote: The other.
        step: How many elements make a whole; 2 where text and separators take turns.
        by_text: Align the texts alone, where they and separators take turns.

    Returns:
        The elements in order, in runs, with the clashes between them; no run is empty.
    """
    import merge3  # noqa: PLC0415 - most runs merge nothing

    matcher = _TextAligner if by_text else Aligner
    pieces: list[Piece] = []
    sides = {"unchanged": base, "same": local, "a": local, "b": remote}
    for region in merge3.Merge3(base, local, remote, sequence_matcher=matcher).merge_regions():
        if region[0] == "conflict":
            b0, b1, l0, l1, r0, r1 = region[1:]
            cut = tuple(base[b0:b1]), tuple(local[l0:l1]), tuple(remote[r0:r1])
            pieces += _settle(*cut, step=step)
        else:
            pieces.append(tuple(sides[region[0]][region[1] : region[2]]))
    return [piece for piece in pieces if piece]


class _TextAligner(Aligner):
    """Aligns texts alone, whatever stands between them.

    Separators are so much alike that aligning all may take a text for its neighbour's, and the
    same removal on two sides for two different ones.
    """

    def __init__(self, _junk: None, one: Sequence[str], other: Sequence[str]) -> None:
        super().__init__(_junk, one[::2], other[::2])
        self._tokens = one, other

    def get_matching_blocks(self) -> list[Match]:
        """Give the matches, and after them an empty one at the ends."""
        found: list[Match] = []
        here = there = 0
        for a, b, length in super().get_matching_blocks():
            edges = [(2 * here - 1, 2 * there - 1), (2 * a - 1, 2 * b - 1)]
            for at, (one, other) in enumerate(edges):
                # where something was only added, or only removed, there is but one of the two
                alone = at == 0 or not found or (found[-1][0] < one and found[-1][1] < other)
                if alone and self._are_same(one, other):
                    found.append((one, other, 1))
            found += self._runs(2 * a, 2 * b, 2 * length - 1)
            here, there = a + length, b + length
        return [*found, (len(self._tokens[0]), len(self._tokens[1]), 0)]

    def _runs(self, here: int, there: int, length: int) -> Iterator[Match]:
        """Cut a run of equal texts where the separators between them differ."""
        one, other = self._tokens
        start = 0
        if one[here : here + length] != other[there : there + length]:
            for at in range(1, length, 2):
                if one[here + at] != other[there + at]:
                    yield here + start, there + start, at - start
                    start = at + 1
        yield here + start, there + start, length - start

    def _are_same(self, here: int, there: int) -> bool:
        one, other = self._tokens
        return 0 <= here < len(one) and 0 <= there < len(other) and one[here] == other[there]


def _settle(base: Tokens, local: Tokens, remote: Tokens, *, step: int) -> Iterator[Piece]:
    for less, more in ((local, remote), (remote, local)):
        if _is_part(less, more) and _is_part(more, base):
            yield less  # both have removed something, and one of them more
            return
    head = _common(local, remote, step)
    tail = _common(local[head:][::-1], remote[head:][::-1], step)
    inner = local[head : len(local) - tail], remote[head : len(remote) - tail]
    yield local[:head]
    beside = _beside(base, inner, head, tail)
    yield _resolve(base, *inner) if beside is None else beside
    yield local[len(local) - tail :]


def _beside(base: Tokens, inner: tuple[Tokens, Tokens], head: int, tail: int) -> Tokens | None:
    """Take what one side did beside a change that both made, where only one has anything left.

    Args:
        base: What both come from.
        inner: What is left of each side.
        head: How many elements both begin with.
        tail: How many elements both end with.
    """
    left = inner[0] + inner[1]
    if all(inner) or not base:
        return None
    if head + tail >= len(base):
        return left  # all was replaced alike: what is left was added
    known = base[: len(left)] if tail else base[len(base) - len(left) :]
    # the rest was replaced alike, and this was removed by one side
    return () if bool(head) != bool(tail) and known == left else None


def _common(local: Tokens, remote: Tokens, step: int) -> int:
    """Count the elements that both begin with, in wholes, or all that there are."""
    count = common_head(local, remote)
    return count if count in (len(local), len(remote)) else count // step * step


def _resolve(base: Tokens, local: Tokens, remote: Tokens) -> Piece:
    if base == local:
        return remote
    if base == remote:
        return local
    before, after = _touching(base, local, remote), _touching(base, remote, local)
    if before is None or after is None:
        found = after if before is None else before
        return Clash(base, local, remote) if found is None else found
    # both orders would do, so neither is certain
    return before if before == after else Clash(base, local, remote)


def _is_part(less: Tokens, more: Tokens) -> bool:
    rest = iter(more)
    return all(element in rest for element in less)


def _touching(base: Tokens, first: Tokens, second: Tokens) -> Tokens | None:
    """Take both changes if first changed only what comes before all that second changed."""
    kept, start = common_head(base[::-1], first[::-1]), common_head(base, second)
    if not base or kept + start < len(base):
        return None
    between = base[len(base) - kept : start]
    if min(len(first), len(second)) > len(base) and not any(map(str.strip, between)):
        return None  # both have added something, and at one place
    kept = len(base) - start
    return first[: len(first) - kept] + second[start:]


def two_way(local: Sequence[str], remote: Sequence[str]) -> list[Piece]:
    """Compare two sequences without a base: what differs is a clash."""
    pieces: list[Piece] = []
    for here, there, same in gaps(local, remote):
        if here or there:
            pieces.append(Clash(None, tuple(here), tuple(there)))
        pieces.append(tuple(same))
    return [piece for piece in pieces if piece]


def added_at_one_place(base: Sequence[str], local: Sequence[str], remote: Sequence[str]) -> bool:
    """Tell whether both sides have added elements at one place, each some of its own.

    However such additions were cut, their order would be chosen silently.
    """
    ours, theirs = _growths(base, local), _growths(base, remote)
    here = there = 0
    while here < len(ours) and there < len(theirs):
        one, other = ours[here], theirs[there]
        touch = one.end >= other.start and other.end >= one.start
        if touch and not (one.new <= other.new or other.new <= one.new):
            return True
        here, there = (here + 1, there) if one.end <= other.end else (here, there + 1)
    return False


@dataclass(frozen=True, slots=True)
class _Growth:
    """Elements of base, from start to end, that became more of them."""

    start: int
    end: int
    new: frozenset[str]


def _growths(base: Sequence[str], side: Sequence[str]) -> list[_Growth]:
    found: list[_Growth] = []
    at = 0
    for was, now, same in gaps(base, side):
        if len(now) > len(was):
            found.append(_Growth(at, at + len(was), frozenset(now)))
        at += len(was) + len(same)
    return found


def nothing_lost(
    base: Iterable[str], local: Iterable[str], remote: Iterable[str], merged: Iterable[str]
) -> bool:
    """Tell whether a merged sequence holds every element as often as the changes say.

    A number that one side left alone is the other side's; where both changed it, any number
    that the two changes can add up to will do. What fails here is for example an element that
    one side moved and the other one removed, or that each moved elsewhere; or the last of
    several equal ones where each side removed one, as nobody can tell which.
    """
    was, here, there, now = map(Counter, (base, local, remote, merged))
    removed = min(here.total(), there.total()) < was.total()
    return all(
        _adds_up(was[text], here[text], there[text], now[text], removed=removed)
        for text in {**was, **here, **there, **now}
    )


def _adds_up(base: int, local: int, remote: int, merged: int, *, removed: bool) -> bool:
    if local == base:
        return merged == remote
    if remote == base:
        return merged == local
    sums = local, remote, local + remote - base
    least = max(min(sums), min(local, remote, int(removed)))
    # what neither of them had from base is one addition of both
    return least <= merged <= max(sums if base else sums[:2])
