"""What came from the server and git's HEAD does not hold, notebook by notebook."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from nbsync.errors import FormatError
from nbsync.model import Base, LocalSnapshot, Page, Record, Unreadable
from nbsync.sync.headpages import HeadPages, is_known, text_to_commit
from nbsync.sync.tree import BASES, Entry, LeftOut, ReadBase, Received, Tree
from nbsync.sync.work import Mirror, read, suffix_of


@dataclass(slots=True)
class _Look:
    """What one look at the mirror and at git has found."""

    mirror: Mirror
    tree: Tree
    snapshot: LocalSnapshot
    read_base: ReadBase
    bases: Mapping[str, Sequence[str]]
    pages: HeadPages
    head: Mapping[str, Entry]
    index: Mapping[str, Entry]
    known: Mapping[str, bytes]
    left_out: list[LeftOut] = field(default_factory=list)

    def head_data(self, path: str) -> bytes | None:
        """What HEAD holds at a path."""
        blob = self.head[path][1] if path in self.head else None
        if blob is None:
            return None
        data = self.known.get(blob)
        return self.tree.contents([blob])[blob] if data is None else data


def received(
    mirror: Mirror,
    tree: Tree,
    *,
    read_base: ReadBase,
    only: Collection[str] | None = None,
) -> tuple[list[Received], list[LeftOut]]:
    """Find what came from the server and is not in HEAD, whichever run it came in.

    Args:
        mirror: The mirror.
        tree: The git repository.
        read_base: Reads a base file; raises ValueError where it is none.
        only: Ids to look at; all without it.

    Returns:
        What is to be committed, and what is left alone with a word.
    """
    snapshot = mirror.local.scan(mirror.store.bases().keys(), mirror.store.seen())
    changed = tree.changed()
    ids = _ids_of(changed, snapshot)
    ids = ids if only is None else ids & set(only)
    if not ids:
        return [], []
    head, bases = tree.head(), bases_in({*tree.head(), *changed})
    places = [path for one in ids for path in (*bases.get(one, ()), snapshot.paths.get(one, ""))]
    look = _Look(
        mirror=mirror,
        tree=tree,
        snapshot=snapshot,
        read_base=read_base,
        bases=bases,
        pages=HeadPages(head, tree.contents),
        head=head,
        index=tree.index(),
        known=tree.contents({head[path][1] for path in places if path in head}),
    )
    found = [one for short_id in sorted(ids) if (one := _look_at(look, short_id)) is not None]
    return _allowed(look, found), look.left_out


def base_id(path: str) -> str | None:
    """The id of the notebook whose base lies at a path; None where none does."""
    name = path.removeprefix(BASES)
    is_base = path.startswith(BASES) and name.endswith(".json") and "/" not in name
    return name.removesuffix(".json").partition("~")[0] if is_base else None


def _ids_of(changed: Collection[str], snapshot: LocalSnapshot) -> set[str]:
    pages = {path: short_id for short_id, path in snapshot.paths.items()}
    ids = {base_id(path) or pages.get(path) for path in changed}
    return {short_id for short_id in ids if short_id}


def bases_in(paths: Collection[str]) -> dict[str, list[str]]:
    """Base files by id: "aB3.json" before "aB3~1f.json", which beats it."""
    found: dict[str, list[str]] = {}
    for path in sorted(paths):
        if short_id := base_id(path):
            found.setdefault(short_id, []).append(path)
    return found


def _look_at(look: _Look, short_id: str) -> Received | None:
    """What came of one notebook; None where nothing did, or it is left alone."""
    places = look.bases.get(short_id, ())
    there = {path: data for path in places if (data := look.tree.working(path)) is not None}
    base, base_path = _readable(look, short_id, there)
    vanished = [path for path in places if path in look.head and path not in there]
    head_base, _ = _readable(
        look, short_id, {path: look.head_data(path) for path in places if path in look.head}
    )
    if base is None:
        gone = bool(vanished) and not there and _is_gone(look, short_id)
        return _gone(look, short_id, vanished, head_base) if gone else None
    path = look.snapshot.paths.get(short_id)
    if path is None:
        return None
    files: dict[str, bytes | None] = dict.fromkeys(vanished)
    files[base_path] = there[base_path]
    page = _page_of(look, base, path, head_base, came=_moves(look, files))
    return None if page is None else _differing(look, base.record, files | page)


def _readable(
    look: _Look, short_id: str, there: Mapping[str, bytes | None]
) -> tuple[Base | None, str]:
    for path in reversed(list(there)):
        try:
            return look.read_base(there[path] or b"", short_id), path
        except ValueError:
            continue
    return None, ""


def _is_gone(look: _Look, short_id: str) -> bool:
    """Whether a notebook without a base was deleted: nothing here or there speaks of it."""
    unsure: list[Unreadable] = [
        bad for bad in look.snapshot.unreadable if bad.short_id in {None, short_id}
    ]
    rows = look.mirror.store.rows()
    listed = rows is None or short_id in rows.rows or short_id in rows.unlisted
    here = short_id in look.snapshot.paths or short_id in look.mirror.store.conflicts()
    return not (unsure or listed or here)


def _gone(
    look: _Look, short_id: str, bases: Iterable[str], head_base: Base | None
) -> Received | None:
    """A notebook that was deleted: its page and its base go, unless HEAD's page says more."""
    path = look.pages.place(short_id)
    if path is not None:
        data = look.head_data(path)
        if head_base is None or not is_known(data, short_id, suffix_of(path), head_base, None):
            hint = f"git rm {path}   # if they may go"
            why = "it was deleted, and HEAD holds words of yours in its page"
            look.left_out.append(LeftOut(short_id, path, why, hint))
            return None
    kept = look.mirror.store.kept(short_id)
    deleted = next((one.record for one in kept if one.record and one.record.deleted), None)
    last = head_base.record if head_base else None
    return Received(
        short_id=short_id,
        title=last.notebook.title if last else None,
        version=last.version if last else None,
        by=deleted.fields.get("last_modified_by") if deleted else None,
        at=deleted.modified_at if deleted else "",
        gone=True,
        files=dict.fromkeys([*bases, *([path] if path else [])]),
    )


def _moves(look: _Look, files: Mapping[str, bytes | None]) -> bool:
    """Whether HEAD does not hold these files so."""
    return any(
        _blob(look, data) != look.head.get(path, ("", ""))[1] for path, data in files.items()
    )


def _blob(look: _Look, data: bytes | None) -> str:
    return "" if data is None else look.tree.blob(data)


def _page_of(
    look: _Look, base: Base, path: str, head_base: Base | None, *, came: bool
) -> dict[str, bytes | None] | None:
    """The page to commit, by path; None where it is better left alone."""
    short_id, [target, *leaving] = base.record.short_id, _target(look, base, path, head_base)
    safe = came and _is_in_step(look, base, path)
    if not safe:
        places = [(place, look.head_data(place)) for place in (target, *leaving)]
        safe = all(
            is_known(data, short_id, suffix_of(place), base, head_base) for place, data in places
        )
    if not safe:
        if came:
            why = "HEAD holds words of yours in it that PostHog does not have"
            look.left_out.append(LeftOut(short_id, target, why, "nbsync push"))
        return None
    files: dict[str, bytes | None] = dict.fromkeys(leaving)
    try:
        text = text_to_commit(look.head_data(target), suffix_of(target), base)
        return files | {target: text.encode()}
    except (FormatError, UnicodeEncodeError):
        return None  # PostHog's notebook can no longer be written as such a page


def _target(look: _Look, base: Base, path: str, head_base: Base | None) -> list[str]:
    """Where a page is to be committed, and where one goes for that.

    A page that was moved and not committed so is committed where HEAD has it: the move is the
    user's. One that became of another kind was moved by a pull.
    """
    short_id = base.record.short_id
    entry, other = look.head.get(path), None
    if entry is not None:
        other = look.pages.id_at(path, look.head_data(path) or b"")
    anothers = other not in {None, short_id} and other in look.bases
    if head_base is None or (entry is not None and not anothers):
        return [path]
    old = look.pages.place(short_id)
    if old is None or suffix_of(old) == suffix_of(path):
        return [old or path]
    return [path, old]


def _is_in_step(look: _Look, base: Base, path: str) -> bool:
    """Whether the page here says what the server does, and nothing of the user's own."""
    page = look.mirror.local.read(base.record.short_id, path)
    if not isinstance(page, Page):
        return False
    try:
        return read(page, base.record.notebook) == base.record.notebook
    except FormatError:
        return False


def _differing(look: _Look, record: Record, files: Mapping[str, bytes | None]) -> Received | None:
    """A notebook's files that HEAD does not hold so; None where it holds them all."""
    wanted = {path: data for path, data in files.items() if _moves(look, {path: data})}
    if not wanted:
        return None
    return Received(
        short_id=record.short_id,
        title=record.notebook.title,
        version=record.version,
        by=record.fields.get("last_modified_by"),
        at=record.modified_at,
        files=wanted,
    )


def _allowed(look: _Look, found: Sequence[Received]) -> list[Received]:
    """Those of whose files none is staged otherwise, or cannot be committed."""
    barred = look.tree.barred({path for one in found for path in one.files})
    allowed = []
    for one in found:
        whys = {path: _staged(look, path, data) for path, data in one.files.items()}
        path = next((path for path in one.files if barred.get(path) or whys[path]), None)
        if path is None:
            allowed.append(one)
        elif path in barred:
            look.left_out.append(LeftOut(one.short_id, path, barred[path]))
        else:
            hint = "git commit, then run this again"
            look.left_out.append(LeftOut(one.short_id, path, whys[path], hint))
    return allowed


def _staged(look: _Look, path: str, data: bytes | None) -> str:
    """Why a path is not to be touched; "" where the index has HEAD's entry, or what is wanted."""
    entry = look.index.get(path)
    as_wanted = _blob(look, data) == (entry[1] if entry else "")
    return "" if as_wanted or entry == look.head.get(path) else "it has staged changes"
