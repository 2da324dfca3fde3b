"""Asking every notebook for its version: some writers move it, and no row of the list."""

from __future__ import annotations

from collections.abc import Callable, Collection

from nbsync.model import Record, Unloaded, Unreadable
from nbsync.sync.survey import Survey
from nbsync.sync.work import Mirror

_AT_A_TIME = 160


def verify(
    mirror: Mirror,
    survey: Survey,
    *,
    only: Collection[str] | None,
    progress: Callable[[int, int], None],
) -> bool:
    """Ask for every notebook that the list says is as it was, unless its version is known.

    PostHog's AI assistant and its move to Markdown write so (contract section 5).

    Args:
        mirror: The two sides and the store.
        survey: What a look has found; what turns out to be otherwise is put right in it.
        only: Ids to ask for; all without it.
        progress: Called with (notebooks asked for, notebooks in all).

    Returns:
        Whether every one of them could be had.
    """
    versions = _versions(survey, only)
    ids, whole = sorted(versions), True
    for done in range(0, len(ids), _AT_A_TIME):
        progress(done, len(ids))
        some = {short_id: versions[short_id] for short_id in ids[done : done + _AT_A_TIME]}
        for short_id, answer in mirror.remote.changed(some):
            whole = whole and not isinstance(answer, Unreadable)
            _put_right(survey, short_id, answer)
    return whole


def _versions(survey: Survey, only: Collection[str] | None) -> dict[str, int]:
    """The version that is known of each notebook that no row tells to have changed."""
    versions = {
        short_id: survey.bases[short_id].version
        for short_id, state in survey.remote.items()
        if short_id in survey.bases and state == survey.base.get(short_id)
    }
    for short_id, conflict in survey.conflicts.items():
        if survey.records.get(short_id) == conflict.remote:
            versions[short_id] = conflict.remote.version
    return {key: version for key, version in versions.items() if only is None or key in only}


def _put_right(survey: Survey, short_id: str, answer: Record | Unreadable | None) -> None:
    survey.remote.pop(short_id, None)
    survey.records.pop(short_id, None)
    if isinstance(answer, Record):
        survey.records[short_id] = answer
        survey.remote[short_id] = Unloaded(answer.stamp)
    elif answer is not None:
        survey.remote[short_id] = answer
