"""A server, two mirrors of it in memory, and everything that people and machines do to them."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from memory import MemoryDirectory, MemoryStore
from memory_server import MemoryServer
from nbsync import formats
from nbsync.errors import NbsyncError
from nbsync.model import Json, Notebook, Record, Report
from nbsync.sync import Mirror, run
from nbsync.sync.pages import add, resolve_each
from nbsync.sync.restoring import restore_each

EFFECTS = {
    "local": ("write", "remove"),
    "remote": ("create", "update", "undelete", "delete"),
    "store": (
        "put_base",
        "drop_base",
        "put_step",
        "put_row",
        "put_rows",
        "keep_text",
        "keep_record",
        "enter",
        "strike",
        "open_conflict",
        "close_conflict",
    ),
}


class Killed(BaseException):
    """The process is gone; nothing that it would have done happens any more."""


@dataclass
class Clock:
    """Counts effects, and kills at one of them: before it, or after it."""

    kill_at: int | None = None
    after: bool = False
    count: int = 0
    before_effect: Callable[[str], None] | None = None

    def around(self, name: str, effect: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **kwargs: Any) -> Any:
            self.count += 1
            due = self.count == self.kill_at
            if due and not self.after:
                raise Killed
            if self.before_effect is not None:
                self.before_effect(name)
            result = effect(*args, **kwargs)
            if due:
                raise Killed
            return result

        return counted


class Watched:
    """A replica or a store whose effects are counted."""

    def __init__(self, target: Any, names: tuple[str, ...], clock: Clock) -> None:
        self._target = target
        self._names = names
        self._clock = clock

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._target, name)
        return self._clock.around(name, value) if name in self._names else value


class Guarded:
    """The server as one mirror reaches it: notes what that mirror held when it wrote."""

    def __init__(self, world: World, place: Place) -> None:
        self._world = world
        self._place = place

    def __getattr__(self, name: str) -> Any:
        return getattr(self._world.server, name)

    def update(self, old: Record, new: Notebook) -> Record:
        """Law 1, as it happens: what is overwritten is what this mirror's base held."""
        server, base = self._world.server, self._place.store.base(old.short_id)
        before = len(server.writes)
        try:
            return server.update(old, new)
        finally:
            for write in server.writes[before:]:
                if write.held is old and write.old is not None and not old.deleted:
                    assert base is not None
                    assert write.old.notebook.content == base.record.notebook.content


@dataclass
class Place:
    """One mirror: its directory, its memory, and what was once committed of them."""

    local: MemoryDirectory = field(default_factory=MemoryDirectory)
    store: MemoryStore = field(default_factory=MemoryStore)
    commits: list[tuple[dict[str, Any], dict[str, Any]]] = field(default_factory=list)
    lost: list[MemoryStore] = field(default_factory=list)
    locked: bool = False

    def page_of(self, short_id: str) -> str:
        """The text of a notebook's page; "" where there is none."""
        path = self.local.scan((), {}).paths.get(short_id)
        return "" if path is None else str(self.local.files[path])

    def waits(self, short_id: str) -> bool:
        return short_id in self.store.conflicts()

    def commit(self) -> None:
        self.commits.append((dict(self.local.files), copy.copy(self.store._bases)))


class World:
    """A project, two mirrors of it, and the words that were ever written."""

    def __init__(
        self,
        notebooks: int = 3,
        *,
        server: MemoryServer | None = None,
        form: str = "markdown",
        rich: bool = False,
    ) -> None:
        self.server = server or MemoryServer()
        self.form = form
        self.like = formats.NEW_DOCUMENT if rich else None
        self.places = [Place(), Place()]
        self.words = 0
        self.seen: set[tuple[str, str]] = set()
        for number in range(notebooks):
            text = f"# Notebook {number}\n\nOne.\n\nTwo.\n\nThree."
            like = self.like.content if self.like else None
            content = formats.content_of(text, like=like)
            self.server.seed(f"nb{number}", f"Notebook {number}", content)

    # --- what people do ---------------------------------------------------------------

    def word(self) -> str:
        self.words += 1
        return f"word{self.words}"

    def changed(self, text: str, how: str, where: int, first: int) -> str:
        """The text with one paragraph written anew, added, taken out, or moved."""
        parts = text.split("\n\n")
        if len(parts) <= first:
            return text + f"\n\n{self.word()}"
        at = first + where % (len(parts) - first)
        match how:
            case "rewrite":
                parts[at] = f"{self.word()}."
            case "add":
                parts.insert(at + 1, f"{self.word()}.")
            case "remove" if len(parts) > first + 1:
                del parts[at]
            case "move":
                parts.append(parts.pop(at))
            case _:
                parts[at] += f" {self.word()}."
        return "\n\n".join(parts)

    def edit_page(self, place: Place, pick: int, how: str, where: int) -> None:
        paths = sorted(path for path, text in place.local.files.items() if isinstance(text, str))
        if paths:
            path = paths[pick % len(paths)]
            text = place.local.files[path]
            assert isinstance(text, str)
            self.overwritten_by_its_author(place, path)
            place.local.files[path] = self.edited(text, how, where)

    def edited(self, text: str, how: str, where: int) -> str:
        """A page's text with one edit in its body."""
        if not text.startswith("{"):
            end = "\n" if text.endswith("\n") else ""
            return self.changed(text.removesuffix("\n"), how, where, first=2) + end
        page = json.loads(text)
        markdown = formats.markdown_of(page["content"])
        if markdown is None:
            page["content"]["content"].append(paragraph(self.word()))
        else:
            changed = self.changed(markdown, how, where, first=1)
            page["content"] = formats.document_of(changed, like=page["content"])
        return json.dumps(page, indent=2)

    def overwritten_by_its_author(self, place: Place, path: str) -> None:
        """What somebody replaces in their own file is theirs to lose."""
        gone = place.local.files[path]
        self.seen = {(short_id, text) for short_id, text in self.seen if text != gone}

    def edit_there(self, pick: int, how: str, where: int) -> None:
        live = sorted(self.server.live())
        if live:
            short_id = live[pick % len(live)]
            old = copy.deepcopy(self.server.live()[short_id].content)
            text = formats.markdown_of(old)
            if text is not None:
                content = formats.document_of(self.changed(text, how, where, first=1))
                self.server.edit(short_id, content=content)
            elif isinstance(old, dict) and isinstance(blocks := old["content"], list):
                old["content"] = self.changed_blocks(blocks, how, where)
                self.server.edit(short_id, content=old)

    def changed_blocks(self, blocks: list[Json], how: str, where: int) -> list[Json]:
        """The blocks with one written anew, added, taken out, or moved."""
        at = 1 + where % max(1, len(blocks) - 1)
        new = paragraph(f"{self.word()}.")
        match how:
            case "rewrite":
                return [*blocks[:at], new, *blocks[at + 1 :]]
            case "remove" if len(blocks) > 2:
                return blocks[:at] + blocks[at + 1 :]
            case "move":
                return blocks[:at] + blocks[at + 1 :] + blocks[at : at + 1]
            case _:
                return [*blocks[: at + 1], new, *blocks[at + 1 :]]

    # --- what nbsync does -----------------------------------------------------------------

    def mirror(self, place: Place, clock: Clock | None = None) -> Mirror:
        parts: dict[str, Any] = {
            "local": place.local,
            "remote": self.server,
            "store": place.store,
        }
        parts["remote"] = Guarded(self, place)
        if clock is not None:
            parts = {name: Watched(part, EFFECTS[name], clock) for name, part in parts.items()}
        place.local._first_head = None
        kind = "richtext" if self.like else "markdown"
        return Mirror(**parts, form=self.form, new_notebooks=kind)

    def sync(self, place: Place, *halves: str, clock: Clock | None = None) -> Report | None:
        """One run; None where it was killed or could do nothing."""
        if place.locked:
            return None
        self.note_what_is_seen(place)
        place.locked = True
        try:
            halves = halves or ("pull", "push")
            return run(
                self.mirror(place, clock),
                pull="pull" in halves,
                push="push" in halves,
                allowed=1000,
            )
        except (Killed, NbsyncError):
            return None
        finally:
            place.locked = False

    def note_what_is_seen(self, place: Place) -> None:
        for text in place.local.files.values():
            assert isinstance(text, str)
            short_id = formats.short_id_in(text, suffix_of(text)) if readable(text) else None
            if short_id is not None:
                self.seen.add((short_id, text))

    def resolve(self, place: Place, *, ours: bool, clock: Clock | None = None) -> None:
        self.note_what_is_seen(place)
        with suppress(Killed, NbsyncError):
            resolve_each(self.mirror(place, clock), list(place.store.conflicts()), ours=ours)

    def restore(self, place: Place, pick: int, clock: Clock | None = None) -> None:
        known = sorted(place.store.bases())
        if known:
            with suppress(Killed, NbsyncError):
                restore_each(self.mirror(place, clock), [known[pick % len(known)]])

    def add(self, place: Place, path: str, text: str, clock: Clock | None = None) -> None:
        if path not in place.local.files:
            place.local.files[path] = text
            with suppress(Killed, NbsyncError):
                add(self.mirror(place, clock), path, text, scope="world")

    # --- what must hold ----------------------------------------------------------------------

    def check_no_word_lost(self) -> None:
        """Where people only ever add words, every word of a page or a notebook stays.

        It stays in the notebook; or the notebook is in conflict, and it waits in a page.
        """
        live = self.server.live()
        for short_id, notebook in live.items():
            pages = [place.page_of(short_id) for place in self.places]
            waiting = [place.page_of(short_id) for place in self.places if place.waits(short_id)]
            held = formats.text_content(notebook.content)
            ever = [
                self.server_text(w.new) for w in self.server.writes if w.new.short_id == short_id
            ]
            for word in words_of(*ever, *pages):
                assert word in words_of(held, *waiting), f"{short_id}: {word} is lost"

    @staticmethod
    def server_text(record: Record) -> str:
        return formats.text_content(record.notebook.content)

    def check_nothing_lost(self) -> None:
        """Law 2: every text that a run has seen can be found again."""
        on_server = {
            (record.short_id, formats.page_key(record.notebook))
            for write in self.server.writes
            for record in (write.new, write.old)
            if record is not None
        }
        texts: set[tuple[str, str]] = set()
        for place in self.places:
            texts |= {("", str(text)) for text in place.local.files.values()}
            texts |= {("", str(text)) for files, _ in place.commits for text in files.values()}
            for store in (place.store, *place.lost):
                texts |= {("", text) for kept, _ in store.history.values() for text in kept}
                for artefact in store.conflicts().values():
                    texts |= {("", text) for text in artefact.texts.values()}
        for short_id, text in self.seen:
            if ("", text) in texts or (short_id, self.key_of(text)) in on_server:
                continue
            raise AssertionError(f"{short_id}: a text is lost:\n{text}")

    def key_of(self, text: str) -> str:
        """What a page says, whatever it was read relative to; "" where it says nothing."""
        try:
            return formats.page_key(formats.parse(text, suffix_of(text), like=self.like))
        except NbsyncError:
            return ""

    def settle(self) -> None:
        """Law 3: after faults stop, two syncs of each reach agreement, or name the conflict."""
        self.server.offline = False
        self.server._losses.clear()
        self.server._meanwhile.clear()
        for _ in range(2):
            for place in self.places:
                assert self.sync(place) is not None
        for place in self.places:
            report = self.sync(place)
            assert report is not None
            self.check_agreement(place, report)

    def check_agreement(self, place: Place, report: Report) -> None:
        excused = {conflict.short_id for conflict in report.conflicts} | set(report.held)
        excused |= {problem.short_id for problem in report.problems}
        excused |= {str(found.short_id) for found in report.unreadable}
        pages = place.local.scan((), {}).paths
        live = self.server.live()
        for short_id in live.keys() | pages.keys():
            if short_id in excused:
                continue
            assert short_id in live, f"{short_id} is a page, and gone from the server"
            assert short_id in pages, f"{short_id} has no page"
            text = place.local.files[pages[short_id]]
            assert isinstance(text, str)
            here = formats.parse(text, suffix_of(text), like=live[short_id])
            assert here == live[short_id], f"{short_id} differs"

    def check_quiet(self) -> None:
        """Law 4: a further sync changes nothing, writes nothing, and costs one request."""
        for place in self.places:
            before = (dict(place.local.files), dict(place.store._bases), self.server.requests)
            report = self.sync(place)
            assert report is not None
            assert report.changes == ()
            assert dict(place.local.files) == before[0]
            assert dict(place.store._bases) == before[1]
            if not (report.problems or report.unreadable):
                assert self.server.requests - before[2] == 1


def paragraph(text: str) -> Json:
    """A block of rich text."""
    return {"type": "paragraph", "content": [{"type": "text", "text": text}]}


def suffix_of(text: str) -> str:
    """What the name of a page with this text ends in."""
    return ".json" if text.startswith("{") else ".md"


def words_of(*texts: str) -> set[str]:
    """The words that `World.word` made, as they stand in texts."""
    return {word for text in texts for word in re.findall(r"word\d+", text)}


def readable(text: str) -> bool:
    try:
        formats.short_id_in(text, suffix_of(text))
    except NbsyncError:
        return False
    return True
