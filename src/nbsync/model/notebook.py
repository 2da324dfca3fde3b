"""A notebook, and what each side holds of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from nbsync.model.values import Json, canonical, digest

# Fields of the API's record that depend on who asks.
_PERSONAL = frozenset({"user_access_level"})
_PEOPLE = frozenset({"created_by", "last_modified_by"})


@dataclass(frozen=True, slots=True)
class Notebook:
    """What is synced. Two notebooks are equal when title and content are, as JSON values."""

    title: str | None = field(compare=False)
    content: Json = field(compare=False, repr=False)
    key: str = field(init=False)

    def __post_init__(self) -> None:
        """Derive the key that decides equality."""
        object.__setattr__(self, "key", digest(canonical([self.title, self.content])))


@dataclass(frozen=True, slots=True)
class Record:
    """A notebook as the server returned it.

    Attributes:
        short_id: The notebook's id in URLs, plain ASCII letters and digits.
        notebook: Its title and content.
        version: The server's counter of content writes.
        modified_at: `last_modified_at`, as the server wrote it (ISO 8601).
        deleted: Whether it lies in the server's bin.
        fields: The API's record without what depends on who asks; people as uuid, name, email.
    """

    short_id: str
    notebook: Notebook
    version: int
    modified_at: str
    deleted: bool
    fields: Mapping[str, Json] = field(repr=False, compare=False)

    @property
    def token(self) -> str:
        """Changes whenever a row of the list shows that a GET is needed."""
        return row_token(self.modified_at, self.notebook.title)

    @property
    def stamp(self) -> str:
        """Tells this record from others of its notebook."""
        return f"{self.version} {self.token}"

    @property
    def by(self) -> str:
        """Who changed it last, by name or else by address; "" where that is not told."""
        who = self.fields.get("last_modified_by")
        return str(who.get("name") or who.get("email") or "") if isinstance(who, dict) else ""


def row_token(modified_at: str, title: str | None) -> str:
    """The token of a row of the notebooks list: what it tells of a notebook's state."""
    return f"{modified_at} {'-' if title is None else '=' + title}"


def record_of(answer: Json) -> Record:
    """Turn the API's JSON for one notebook into a record.

    Raises:
        ValueError: The answer is not the record of a notebook.
    """
    if not isinstance(answer, dict):
        raise ValueError("not an object")
    fields = {name: value for name, value in answer.items() if name not in _PERSONAL}
    for name in _PEOPLE & fields.keys():
        fields[name] = _person(fields[name])
    short_id, title = fields.get("short_id"), fields.get("title")
    version, modified_at = fields.get("version"), fields.get("last_modified_at")
    if not isinstance(short_id, str) or not (title is None or isinstance(title, str)):
        raise ValueError("no short_id, or a title that is no text")
    if not isinstance(version, int) or not isinstance(modified_at, str) or "content" not in fields:
        raise ValueError("no version, last_modified_at or content")
    return Record(
        short_id=short_id,
        notebook=Notebook(title, fields["content"]),
        version=version,
        modified_at=modified_at,
        deleted=fields.get("deleted") is True,
        fields=fields,
    )


def _person(person: Json) -> Json:
    if not isinstance(person, dict):
        return None
    parts = (person.get("first_name"), person.get("last_name"))
    name = " ".join(part for part in parts if isinstance(part, str) and part)
    known = {"uuid": person.get("uuid"), "name": name or person.get("name"), "email": None}
    return known | {"email": person.get("email")}


@dataclass(frozen=True, slots=True)
class Page:
    """A notebook's file.

    Attributes:
        short_id: The id in its front matter.
        path: Where it lies, relative to the mirror's root, with `/` between folders.
        text: All of it, as it was decoded from UTF-8, line ends untouched.
    """

    short_id: str
    path: str
    text: str = field(repr=False)

    @property
    def token(self) -> str:
        """Changes whenever the file's bytes do."""
        return digest(self.text)


class Unreadable(NamedTuple):
    """Something is there and cannot be understood; never the same as absent."""

    short_id: str | None
    path: str | None
    error: str
    hint: str = ""
    exit_code: int = 4


class Unloaded(NamedTuple):
    """A notebook known by its token alone; equal tokens are equal notebooks."""

    token: str


State: TypeAlias = Notebook | Unloaded | Unreadable | None
