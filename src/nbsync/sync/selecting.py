"""Which of the notebooks that are here the filter leaves out, as far as it can be told unasked."""

from __future__ import annotations

from collections.abc import Collection

from nbsync.model import ME, Record, RemoteMemory, Selection
from nbsync.sync.work import Mirror, Work

NOT_KEPT_UP = "outside the filter: from now on it is synced only by name"


def is_current(mirror: Mirror, memory: RemoteMemory | None) -> bool:
    """Whether the list was last read for what the mirror is for now: the filter may be edited."""
    return memory is not None and memory.selection == mirror.selection.token


def left_out(mirror: Mirror, memory: RemoteMemory | None, short_ids: Collection[str]) -> set[str]:
    """The ids of notebooks that the filter leaves out.

    What is listed is told by the list. What only the server can select it does not list, so that
    whatever a GET has shown to be there all the same is outside. For what no list tells of, its
    base speaks: a notebook that was left out and is deleted is no matter of this mirror.

    Args:
        mirror: The mirror.
        memory: What the list last told, now or earlier.
        short_ids: Pages and bases that are here.
    """
    if not mirror.selection.token:
        return set()
    known, listed = set[str](), set[str]()
    if memory is not None and is_current(mirror, memory):
        known, listed = set(memory.outside), set(memory.rows)
        if mirror.selection.query:
            known |= memory.unlisted
    untold = set(short_ids) - known - listed
    me = memory.me if memory else ""
    return known | {each for each in untold if _by_base(mirror, me, each)}


def _by_base(mirror: Mirror, me: str, short_id: str) -> bool:
    base = mirror.store.base(short_id)
    return base is not None and _is_put_outside(mirror.selection, me, base.record)


def is_outside(work: Work, record: Record) -> bool:
    """Whether a record's title or maker put it outside the filter, as far as is known."""
    selection = work.mirror.selection
    return bool(selection.token) and _is_put_outside(selection, work.me, record)


def _is_put_outside(selection: Selection, me: str, record: Record) -> bool:
    person = record.fields.get("created_by")
    creator = str(person.get("uuid") or "").lower() if isinstance(person, dict) else ""
    if not me and ME in selection.created_by:
        me = creator
    return not selection.takes(record.notebook.title, creator, me=me)
