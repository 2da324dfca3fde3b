"""What a directory holds: which file is which notebook's page, and which cannot be told."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from nbsync.local.places import fold
from nbsync.model import LocalSnapshot, Seen, Unreadable


class Trouble(NamedTuple):
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
        self._tracked = tracked
        self._seen = seen

    @cached_property
    def _owners(self) -> dict[str, str | None]:
        """Owners by folded path; where all is in step nobody asks."""
        tracked = frozenset(self._tracked)
        return {
            fold(path): was.short_id for path, was in self._seen.items() if was.short_id in tracked
        }

    def owner(self, path: str) -> str | None:
        """The notebook whose page lay at a path; None where that is nobody's place."""
        stem = path.rpartition("/")[2].rpartition(".")[0]
        return self._owners.get(fold(path)) or (stem if stem in self._tracked else None)


def settle(findings: Findings, places: Places) -> LocalSnapshot:
    """Make up a snapshot from all that was found.

    An id is either in the snapshot's tokens or in its unreadables, never in both.
    """
    files = findings.files.items()
    pages = {file.short_id: path for path, file in files if file.short_id is not None}
    strangers = {path: file for path, file in files if file.short_id is None}
    twins = _twins(findings, pages) if len(pages) + len(strangers) < len(files) else []
    lost = _lost(strangers, places)
    troubles = [
        trouble
        for trouble in (*findings.troubles, *lost)
        if trouble.certain
        or ((owner := places.owner(trouble.path)) is not None and owner not in pages)
    ]
    unreadable = [
        Unreadable(places.owner(trouble.path), trouble.path, trouble.error, trouble.hint)
        for trouble in troubles
    ]
    unreadable += twins
    for one in unreadable:
        if one.short_id is not None:
            pages.pop(one.short_id, None)
    return LocalSnapshot(
        tokens={short_id: findings.files[path].token for short_id, path in pages.items()},
        paths=pages,
        unreadable=tuple(sorted(unreadable, key=lambda one: one.path or "")),
        untracked=_untracked(strangers, {trouble.path for trouble in troubles}),
        seen=findings.files | _remembered(troubles, places),
    )


def _lost(strangers: Mapping[str, Seen], places: Places) -> list[Trouble]:
    return [
        Trouble(
            path,
            file,
            f"{path}: its front matter with the short_id {owner} is gone",
            f'put `short_id: "{owner}"` back between two lines of `---` at its top, '
            "or move the file away",
            certain=False,
        )
        for path, file in strangers.items()
        if (owner := places.owner(path)) is not None
    ]


def _twins(findings: Findings, pages: Mapping[str, str]) -> list[Unreadable]:
    """Files that have the same id.

    Args:
        findings: All files.
        pages: By id, the last of the files that have it.
    """
    of: dict[str, list[str]] = {}
    for path, file in findings.files.items():
        if file.short_id is not None and pages[file.short_id] != path:
            of.setdefault(file.short_id, [pages[file.short_id]]).append(path)
    hint = "remove all but one of them, or take the short_id out of a copy and `nbsync add` it"
    found = []
    for short_id, paths in of.items():
        error = f"{' and '.join(sorted(paths))} have the same short_id {short_id}"
        found += [Unreadable(short_id, path, error, hint) for path in sorted(paths)]
    return found


def _untracked(strangers: Collection[str], troubled: Collection[str]) -> tuple[str, ...]:
    return tuple(
        sorted(path for path in strangers if path.endswith(".md") and path not in troubled)
    )


def _remembered(troubles: Sequence[Trouble], places: Places) -> dict[str, Seen]:
    # Whose place it is stays known, and the file is read again every time until it is understood.
    return {
        trouble.path: trouble.seen._replace(checked_ns=0, short_id=places.owner(trouble.path))
        for trouble in troubles
        if trouble.seen is not None
    }
