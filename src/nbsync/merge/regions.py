"""Merging three sequences: what merges, and the regions that overlap."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from nbsync.formats.align import Aligner, common_head, gaps

Tokens: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Clash:
    """A region that both sides changed, each in its own way; base is None where it is missing."""

    base: Tokens | None
    local: Tokens
    remote: Tokens


Piece: TypeAlias = Tokens | Clash


def three_way(
    base: Sequence[str], local: Sequence[str], remote: Sequence[str], *, step: int = 1
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

    Returns:
        The elements in order, in runs, with the clashes between them; no run is empty.
    """
    import merge3  # noqa: PLC0415 - most runs merge nothing

    pieces: list[Piece] = []
    sides = {"unchanged": base, "same": local, "a": local, "b": remote}
    for region in merge3.Merge3(base, local, remote, sequence_matcher=Aligner).merge_regions():
        if region[0] == "conflict":
            b0, b1, l0, l1, r0, r1 = region[1:]
            cut = tuple(base[b0:b1]), tuple(local[l0:l1]), tuple(remote[r0:r1])
            pieces += _settle(*cut, step=step)
        else:
            pieces.append(tuple(sides[region[0]][region[1] : region[2]]))
    return [piece for piece in pieces if piece]


def _settle(base: Tokens, local: Tokens, remote: Tokens, *, step: int) -> Iterator[Piece]:
    head = common_head(local, remote) // step * step
    tail = common_head(local[head:][::-1], remote[head:][::-1]) // step * step
    inner = local[head : len(local) - tail], remote[head : len(remote) - tail]
    yield local[:head]
    yield _resolve(base, *inner)
    yield local[len(local) - tail :]


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


def _touching(base: Tokens, first: Tokens, second: Tokens) -> Tokens | None:
    """Take both changes if first changed only what comes before all that second changed."""
    kept, start = common_head(base[::-1], first[::-1]), common_head(base, second)
    if not base or kept + start < len(base):
        return None
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


def nothing_lost(
    base: Sequence[str], local: Sequence[str], remote: Sequence[str], merged: Sequence[str]
) -> bool:
    """Tell whether a merged sequence holds every element as often as the changes say.

    A number that one side left alone is the other side's; where both changed it, any number
    that the two changes can add up to will do. What fails here is for example an element that
    one side moved and the other one removed, or that each moved elsewhere; or the last of
    several equal ones where each side removed one, as nobody can tell which.
    """
    was, here, there, now = map(Counter, (base, local, remote, merged))
    removed = min(len(local), len(remote)) < len(base)
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
    return least <= merged <= max(sums)
