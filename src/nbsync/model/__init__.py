"""The values that every part speaks in, and the seams between the parts."""

from nbsync.model.memory import (
    Artefact,
    Base,
    BaseInfo,
    JournalEntry,
    LocalSnapshot,
    RemoteMemory,
    RemoteSnapshot,
    Seen,
    Step,
)
from nbsync.model.notebook import (
    Notebook,
    Page,
    Record,
    State,
    Unloaded,
    Unreadable,
    record_of,
    row_token,
)
from nbsync.model.plan import Change, Conflict, Done, OpenConflict, Plan, Problem, Report, Side
from nbsync.model.seams import LocalReplica, RemoteReplica, Store
from nbsync.model.values import Json, canonical, digest, parse_json

__all__ = [
    "Artefact",
    "Base",
    "BaseInfo",
    "Change",
    "Conflict",
    "Done",
    "JournalEntry",
    "Json",
    "LocalReplica",
    "LocalSnapshot",
    "Notebook",
    "OpenConflict",
    "Page",
    "Plan",
    "Problem",
    "Record",
    "RemoteMemory",
    "RemoteReplica",
    "RemoteSnapshot",
    "Report",
    "Seen",
    "Side",
    "State",
    "Step",
    "Store",
    "Unloaded",
    "Unreadable",
    "canonical",
    "digest",
    "parse_json",
    "record_of",
    "row_token",
]
