"""What a directory holds: which file is which notebook's page, and which cannot be told."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from nbsync.local.places import fold
from nbsync.model import LocalSnapshot, Seen, Unreadable


@dataclass(frozen=True, slots=True)
class Trouble:
    """A file that is there and cannot be understood.

    Attributes:
        path: Where it lies.
        seen: What its stat was, or what was known of it.
        error: What is wrong with it, its path included.
        hint: What to do about it.
        certain: Whether it counts although its notebook has a good page elsewhere; a place that
            merely holds no page any more does not.
    """

    path: str
    seen: Seen | None
    error: str
    hint: str
    certain: bool = True


@dataclass(slots=True)
class Findings:
    """All that a walk through the directory came upon: files by path, and troubles."""

    files: dict[str, Seen] = field(default_factory=dict)
    troubles: list[Trouble] = field(default_factory=list)


class Places:
    """Where the pages of known notebooks lay, or would lie by their names."""

    def __init__(self, tracked: Collection[str], seen: Mapping[str, Seen]) -> None:
        self._tracked = tracked if isinstance(tracked, (set, frozenset)) else frozenset(tracked)
        self._seen = {
            fold(path): was.short_id for path, was in seen.items() if was.short_id in self._tracked
        }

    def owner(self, path: str) -> str | None:
        """The notebook whose page lay at a path; None where that is nobody's place."""
        stem = path.rpartition("/")[2].rpartition(".")[0]
        return self._seen.get(fold(path)) or (stem if stem in self._tracked else None)


def settle(findings: Findings, places: Places) -> LocalSnapshot:
    """Make up a snapshot from all that was found.

    An id is either in the snapshot's tokens or in its unreadables, never in both.
    """
    pages: dict[str, list[str]] = {}
    for path, file in findings.files.items():
        if file.short_id is not None:
            pages.setdefault(file.short_id, []).append(path)
    lost = _lost(findings, places)
    troubles = [
        trouble
        for trouble in (*findings.troubles, *lost)
        if trouble.certain or places.owner(trouble.path) not in (None, *pages)
    ]
    unreadable = [
        Unreadable(places.owner(trouble.path), trouble.path, trouble.error, trouble.hint)
        for trouble in troubles
    ]
    for short_id, twins in pages.items():
        unreadable += _twins(short_id, sorted(twins)) if len(twins) > 1 else []
    barred = {one.short_id for one in unreadable}
    paths = {short_id: first for short_id, (first, *_) in pages.items() if short_id not in barred}
    seen = findings.files | _remembered(troubles, places)
    return LocalSnapshot(
        tokens={short_id: findings.files[path].token for short_id, path in paths.items()},
        paths=paths,
        unreadable=tuple(sorted(unreadable, key=lambda one: one.path or "")),
        untracked=_untracked(findings, {trouble.path for trouble in troubles}),
        seen=seen,
    )


def _lost(findings: Findings, places: Places) -> list[Trouble]:
    return [
        Trouble(
            path,
            file,
            f"{path}: its front matter with the short_id {owner} is gone",
            f'put `short_id: "{owner}"` back between two lines of `---` at its top, '
            "or move the file away",
            certain=False,
        )
        for path, file in findings.files.items()
        if file.short_id is None and (owner := places.owner(path)) is not None
    ]


def _twins(short_id: str, paths: Sequence[str]) -> list[Unreadable]:
    error = f"{' and '.join(paths)} have the same short_id {short_id}"
    hint = "remove all but one of them, or take the short_id out of a copy and `nbsync add` it"
    return [Unreadable(short_id, path, error, hint) for path in paths]


def _untracked(findings: Findings, troubled: Collection[str]) -> tuple[str, ...]:
    strangers = (path for path, file in findings.files.items() if file.short_id is None)
    return tuple(
        sorted(path for path in strangers if path.endswith(".md") and path not in troubled)
    )


def _remembered(troubles: Sequence[Trouble], places: Places) -> dict[str, Seen]:
    # Whose place it is stays known, and the file is read again every time until it is understood.
    return {
        trouble.path: replace(trouble.seen, checked_ns=0, short_id=places.owner(trouble.path))
        for trouble in troubles
        if trouble.seen is not None
    }
