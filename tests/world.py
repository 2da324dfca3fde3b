"""A server, two mirrors of it in memory, and everything that people and machines do to them."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from effects import EFFECTS, Clock, Killed, Watched
from memory_server import MemoryServer
from nbsync import formats
from nbsync.errors import NbsyncError
from nbsync.model import Json, Notebook, Record, Report
from nbsync.sync import Mirror, run
from nbsync.sync.pages import add, new
from nbsync.sync.removing import remove_each
from nbsync.sync.resolving import resolve_each, take_merged_each
from nbsync.sync.restoring import restore_each
from place import Place

__all__ = ["EFFECTS", "Clock", "Killed", "Place", "Watched", "World"]


class Guarded:
    """The server as one mirror reaches it: notes what that mirror held when it wrote."""

    def __init__(self, world: World, place: Place) -> None:
        self._world = world
        self._place = place

    def __getattr__(self, name: str) -> Any:
        return getattr(self._world.server, name)

    def update(self, old: Record, new: Notebook) -> Record:
        """Law 1, as it happens: what is overwritten is what this mirror's base held."""
        server: MemoryServer = self._world.server
        base = self._place.store.base(old.short_id)
        before = len(server.writes)
        try:
            return server.update(old, new)
        finally:
            for write in server.writes[before:]:
                if write.held is old and write.old is not None and not old.deleted:
                    assert base is not None
                    assert write.old.notebook.content == base.record.notebook.content


class World:
    """A project, two mirrors of it, and the words that were ever written."""

    def __init__(
        self,
        notebooks: int = 3,
        *,
        server: Any = None,
        form: str = "markdown",
        rich: bool = False,
    ) -> None:
        self.server: Any = server or MemoryServer()
        self.form = form
        self.like = formats.NEW_DOCUMENT if rich else None
        self.places: list[Place] = [Place(), Place()]
        self.words = 0
        self.seen: set[tuple[str, str]] = set()
        self.restored: set[str] = set()
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
            self.write_page(place, path, self.edited(text, how, where))

    def write_page(self, place: Place, path: str, text: str) -> None:
        """Save a page in an editor; from now on it must not get lost."""
        self.overwritten_by_its_author(place, path)
        place.local.files[path] = text
        self.note(text)

    def merge_by_hand(self, place: Place, pick: int) -> None:
        """Take the marks out of a conflict's merged text, and add a word."""
        merged = place.merged()
        if merged:
            short_id = sorted(merged)[pick % len(merged)]
            marks = ("<<<<<<<", "|||||||", "=======", ">>>>>>>")
            lines = merged[short_id].rstrip("\n").split("\n")
            kept = "\n".join(line for line in lines if not line.startswith(marks))
            end = "" if kept.startswith("{") else f"\n\n{self.word()}\n"
            self.seen.discard((short_id, merged[short_id]))
            place.merge_by_hand(short_id, kept + end)
            self.seen.add((short_id, kept + end))

    def retitle_page(self, place: Place, pick: int) -> None:
        paths = sorted(place.local.files)
        path = paths[pick % len(paths)] if paths else ""
        lines = str(place.local.files[path]).split("\n") if paths else []
        for at, line in enumerate(lines):
            if line.startswith(("# ", '  "title":')):
                word = self.word()
                lines[at] = f"# {word}" if line.startswith("# ") else f'  "title": "{word}",'
                self.write_page(place, path, "\n".join(lines))
                return

    def delete_page(self, place: Place, pick: int) -> None:
        paths = sorted(place.local.files)
        if paths:
            path = paths[pick % len(paths)]
            self.overwritten_by_its_author(place, path)
            del place.local.files[path]

    def move_page(self, place: Place, pick: int) -> None:
        paths = sorted(place.local.files)
        if paths:
            path = paths[pick % len(paths)]
            place.local.files[f"folder/{self.word()}{path[path.rindex('.') :]}"] = (
                place.local.files.pop(path)
            )

    def restore_there(self, pick: int) -> None:
        gone = self.server.gone()
        if gone:
            self.restored.add(gone[pick % len(gone)])
            self.server.restore(gone[pick % len(gone)])

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

    @contextmanager
    def opened(self, place: Place, clock: Clock | None = None) -> Iterator[Mirror]:
        """A mirror that one command is at work in; None else is, in memory."""
        yield self.mirror(place, clock)

    def sync(self, place: Place, *halves: str, clock: Clock | None = None) -> Report | None:
        """One run; None where it was killed or could do nothing."""
        if place.locked:
            return None
        self.note_what_is_seen(place)
        place.locked = True
        try:
            halves = halves or ("pull", "push")
            with self.opened(place, clock) as mirror:
                pull, push = "pull" in halves, "push" in halves
                return run(mirror, pull=pull, push=push, allowed=1000)
        except (Killed, NbsyncError):
            return None
        finally:
            place.locked = False

    def note_what_is_seen(self, place: Place) -> None:
        for text in place.local.files.values():
            assert isinstance(text, str)
            self.note(text)

    def note(self, text: str) -> None:
        """Have a page's text looked for at the end."""
        short_id = formats.short_id_in(text, suffix_of(text)) if readable(text) else None
        if short_id is not None:
            self.seen.add((short_id, text))

    def command(
        self, place: Place, act: Callable[[Mirror], object], clock: Clock | None = None
    ) -> None:
        """Run another command than a sync, which may fail or be killed."""
        if place.locked:
            return
        self.note_what_is_seen(place)
        place.locked = True
        try:
            with suppress(Killed, NbsyncError), self.opened(place, clock) as mirror:
                act(mirror)
        finally:
            place.locked = False

    def resolve(self, place: Place, how: str, clock: Clock | None = None) -> None:
        waiting = list(place.store.conflicts())

        def settle(mirror: Mirror) -> None:
            if how == "merged":
                take_merged_each(mirror, waiting)
            else:
                resolve_each(mirror, waiting, ours=how == "ours")

        self.command(place, settle, clock)

    def restore(self, place: Place, pick: int, clock: Clock | None = None) -> None:
        known = sorted(place.store.bases())
        if known:
            names = [known[pick % len(known)]]
            self.command(place, lambda mirror: restore_each(mirror, names), clock)

    def remove(
        self, place: Place, pick: int, *, force: bool = False, clock: Clock | None = None
    ) -> None:
        known = sorted({*place.store.bases(), *place.local.scan((), {}).paths})
        if known:
            names = [known[pick % len(known)]]
            self.command(
                place,
                lambda mirror: remove_each(mirror, names, force=force, allowed=1000),
                clock,
            )

    def add(self, place: Place, path: str, text: str, clock: Clock | None = None) -> None:
        if path not in place.local.files:
            place.local.files[path] = text
            self.command(place, lambda mirror: add(mirror, path, text, scope="world"), clock)

    def new(self, place: Place, clock: Clock | None = None) -> None:
        name = self.word()
        self.command(place, lambda mirror: new(mirror, name, scope="world", salt=name), clock)

    # --- what must hold ----------------------------------------------------------------------

    def check_no_word_lost(self) -> None:
        """Where people only ever add words, every word of a page or a notebook stays.

        It stays in the notebook; or the notebook is in conflict, and it waits in a page.
        """
        live, there = self.server.live(), self.ever_there()
        for short_id, notebook in live.items():
            pages = [place.page_of(short_id) for place in self.places]
            waiting = [place.page_of(short_id) for place in self.places if place.waits(short_id)]
            held = formats.text_content(notebook.content)
            ever = [formats.text_content(n.content) for whose, n in there if whose == short_id]
            for word in words_of(*ever, *pages):
                assert word in words_of(held, *waiting), f"{short_id}: {word} is lost"

    @staticmethod
    def server_text(record: Record) -> str:
        return formats.text_content(record.notebook.content)

    def check_nothing_lost(self) -> None:
        """Law 2: every text that a run has seen can be found again."""
        on_server = {
            (short_id, formats.page_key(notebook)) for short_id, notebook in self.ever_there()
        }
        texts = self.texts()
        for short_id, text in self.seen:
            if text in texts or (short_id, self.key_of(text)) in on_server:
                continue
            raise AssertionError(f"{short_id}: a text is lost:\n{text}")

    def texts(self) -> set[str]:
        """Every text that can be found again, outside the server."""
        return set().union(*(place.texts() for place in self.places))

    def check_nothing_twice(self) -> None:
        """No page became two notebooks: no word stood in two when they were made.

        But one that is deleted while it is made may be made again: those that somebody took out
        of the bin do not count.
        """
        made: dict[str, str] = {}
        counted = self.server.live().keys() - self.restored
        for short_id, notebook in self.created():
            if short_id not in counted:
                continue
            for word in words_of(f"{notebook.title} {formats.text_content(notebook.content)}"):
                assert made.setdefault(word, short_id) == short_id, f"{word} was made twice"

    def created(self) -> list[tuple[str, Notebook]]:
        """Every notebook that nbsync has made, as it was made."""
        made = (write.new for write in self.server.writes if write.old is None)
        return [(record.short_id, record.notebook) for record in made]

    def ever_there(self) -> set[tuple[str, Notebook]]:
        """Every notebook as the server ever held it."""
        pairs = ((write.new, write.old) for write in self.server.writes)
        return {
            (record.short_id, record.notebook)
            for pair in pairs
            for record in pair
            if record is not None
        }

    def key_of(self, text: str) -> str:
        """What a page says, whatever it was read relative to; "" where it says nothing."""
        try:
            return formats.page_key(formats.parse(text, suffix_of(text), like=self.like))
        except NbsyncError:
            return ""

    def settle(self) -> None:
        """Law 3: after faults stop, two syncs of each reach agreement, or name the conflict."""
        self.server.calm()
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
            before, asked = place.untouched(), self.server.requests
            report = self.sync(place)
            assert report is not None
            assert report.changes == ()
            assert place.untouched() == before
            if not (report.problems or report.unreadable):
                assert self.server.requests - asked == 1


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
