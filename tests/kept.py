"""What a store's history has of a notebook, by kind."""

from __future__ import annotations

from nbsync.model import Record, Store


def kept_texts(store: Store, short_id: str) -> tuple[str, ...]:
    """The texts of pages, the newest first."""
    return tuple(one.text for one in store.kept(short_id) if one.record is None)


def kept_records(store: Store, short_id: str) -> tuple[Record, ...]:
    """The server's records, the lowest version first."""
    found = [one.record for one in store.kept(short_id) if one.record is not None]
    return tuple(sorted(found, key=lambda record: (record.version, record.modified_at)))
