"""Records, notebooks and journal entries as the text of JSON files, and back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from json.encoder import encode_basestring as quoted
from typing import TypeAlias

from nbsync.errors import FormatError
from nbsync.model import (
    Base,
    JournalEntry,
    Json,
    Notebook,
    Record,
    canonical,
    digest,
    parse_json,
    record_of,
)

Fields: TypeAlias = dict[str, Json]

FORMAT = 1
"""The form in which everything below `.nbsync/` is written."""

# What Postgres keeps otherwise than it is written, or not at all; in a text it does no harm.
_ODD = ("-0.0", "e+", "NaN", "Infinity")

_WORDS = {None: "null", True: "true", False: "false"}

_plain = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def bytes_of(text: str) -> bytes:
    """A text as UTF-8.

    Raises:
        FormatError: It holds half a character.
    """
    with _refused():
        return text.encode("utf-8")


def text_of(fields: Fields) -> str:
    """The one text of a JSON object on disk: sorted keys, one space deep, LF, a final newline.

    Raises:
        FormatError: No file can hold it: half a character, no number, or nested too deeply.
    """
    with _refused():
        text = _laid_out(fields, "\n")
    bytes_of(text)
    return text + "\n"


def _laid_out(value: Json, margin: str) -> str:
    """What `json.dumps` would write with `indent=1`, for which it has no fast way.

    Args:
        value: A JSON value.
        margin: The line end and the spaces before what is on this level.
    """
    if value is None or isinstance(value, bool):
        return _WORDS[value]
    if not value or not isinstance(value, (dict, list)):
        return _plain(value)
    inner, parts = margin + " ", []
    between = f",{inner}"
    # Each comprehension would be one more frame a level, and contents may have 800 levels.
    if isinstance(value, dict):
        for key in sorted(value):
            each = value[key]
            said = quoted(each) if isinstance(each, str) else _laid_out(each, inner)
            parts.append(f"{quoted(key)}: {said}")
        return f"{{{inner}{between.join(parts)}{margin}}}"
    for each in value:
        said = quoted(each) if isinstance(each, str) else _laid_out(each, inner)
        parts.append(said)
    return f"[{inner}{between.join(parts)}{margin}]"


def fields_in(data: bytes) -> Fields:
    """The JSON object in a file of this form.

    Raises:
        ValueError: It is no UTF-8, no JSON, no object, or of another form.
    """
    fields = parse_json(data.decode("utf-8"), ordered=True)
    if not isinstance(fields, dict) or fields.get("format") != FORMAT:
        raise ValueError("not in the form that is known here")
    return fields


def record_fields(record: Record) -> Fields:
    """A record as the server returned it; what its attributes say goes before its fields."""
    fields = dict(record.fields) | {
        "short_id": record.short_id,
        "title": record.notebook.title,
        "content": record.notebook.content,
        "version": record.version,
        "last_modified_at": record.modified_at,
    }
    if record.deleted or "deleted" in fields:
        fields["deleted"] = record.deleted
    return fields


def record_name(record: Record) -> str:
    """A name for a record that no other record of its notebook has."""
    return f"v{record.version:06d}-{digest(canonical(record_fields(record)))[:16]}.json"


def record_text(record: Record) -> str:
    """A record on its own, as it lies in the history.

    Raises:
        FormatError: No file can hold it.
    """
    return text_of({"format": FORMAT, "record": record_fields(record)})


def record_in(data: bytes) -> Record:
    """The record in what `record_text` wrote.

    Raises:
        ValueError: There is none.
    """
    return record_of(fields_in(data).get("record"))


def base_text(base: Base) -> str:
    """A base with a digest of itself.

    Raises:
        FormatError: No file can hold it.
    """
    earlier: list[Json] = list(base.earlier)
    rest: Fields = {
        "earlier": earlier,
        "format": FORMAT,
        "record": record_fields(base.record),
    }
    with _refused():  # -0.0 and 1e16 are written as they are, and read as Postgres keeps them
        said = canonical(rest)
        if any(odd in said for odd in _ODD):
            said = canonical(parse_json(said))
    return text_of(rest | {"digest": digest(said)})


def base_in(data: bytes, short_id: str) -> Base:
    """The base in what `base_text` wrote.

    Raises:
        ValueError: It is broken, was changed by hand, or is another notebook's.
    """
    rest = fields_in(data)
    said, earlier = rest.pop("digest", None), rest.get("earlier")
    if said != digest(canonical(rest)):
        raise ValueError("its digest is another one")
    record = record_of(rest.get("record"))
    if record.short_id != short_id:
        raise ValueError("it is another notebook's")
    return Base(record, _words(earlier))


def entry_text(entry: JournalEntry) -> str:
    """A journal entry.

    Raises:
        FormatError: No file can hold it.
    """
    sent = entry.sent
    return text_of(
        {
            "format": FORMAT,
            "short_id": entry.short_id,
            "kind": entry.kind,
            "path": entry.path,
            "before": entry.before,
            "after": entry.after,
            "to": None if entry.to is None else record_fields(entry.to),
            "sent": None if sent is None else {"title": sent.title, "content": sent.content},
            "old_path": entry.old_path,
            "since": entry.since,
        }
    )


def entry_in(data: bytes, short_id: str) -> JournalEntry:
    """The entry in what `entry_text` wrote.

    Raises:
        ValueError: It is broken, or another notebook's.
    """
    fields = fields_in(data)
    names = ("short_id", "kind", "path", "before", "after", "old_path", "since")
    words = _words([fields.get(name, "") for name in names])
    found, kind, path, before, after, old_path, since = words
    if found != short_id:
        raise ValueError("it is another notebook's")
    to = fields.get("to")
    return JournalEntry(
        short_id=found,
        kind=kind,
        path=path,
        before=before,
        after=after,
        to=None if to is None else record_of(to),
        sent=_notebook(fields.get("sent")),
        old_path=old_path,
        since=since,
    )


def _notebook(value: Json) -> Notebook | None:
    if value is None:
        return None
    if not isinstance(value, dict) or "content" not in value:
        raise ValueError("not a notebook")
    title = value.get("title")
    if not (title is None or isinstance(title, str)):
        raise ValueError("a title that is no text")
    return Notebook(title, value["content"])


def _words(value: Json) -> tuple[str, ...]:
    words = value if isinstance(value, list) else [None]
    texts = tuple(word for word in words if isinstance(word, str))
    if len(texts) != len(words):
        raise ValueError("not a list of texts")
    return texts


@contextmanager
def _refused() -> Iterator[None]:
    try:
        yield
    except (ValueError, RecursionError) as error:
        raise FormatError(f"A notebook cannot be kept on disk as JSON: {error}") from error
