"""Edits against deletions: who does what, when a run comes in between, and how it ends."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mirrors import asked, go, markdown_on, opened, pages, sync
from nbsync.errors import NbsyncError
from nbsync.model import Problem, Report, Unreadable
from nbsync.sandbox import Sandbox
from nbsync.sync import Mirror

HEAD = ("GET", "?limit=100&offset=0")
BODY = "One.\n\nTwo.\n\nThree."
EDITS = ("page", "json", "title", "front", "move", "there", "renamed", "both")
"""What is edited, each in a notebook of its own: the page, a JSON page, the title alone, the
user's own front matter, the file's place; in PostHog the text, the title; both sides' texts."""

DELETIONS = ("hand", "server", "bin", "base", "git", "index", "memory")
"""What goes: the page; the notebook; the notebook, for a moment; its base; page and base with a
checkout; the index; all of .nbsync/."""

OF_ALL = frozenset({"index", "memory"})
SYNCS = 3


def body(name: str) -> str:
    return BODY if name == "title" else f"# Title of {name}\n\n{BODY}"


def seed(sandbox: Sandbox) -> None:
    """Put the notebooks there, the same to the microsecond every time."""
    sandbox.reset()
    for number, name in enumerate(EDITS):
        at = f"2026-01-01T00:00:{number:02}.000001Z"
        sandbox.seed(
            short_id=name,
            title=f"Title of {name}",
            content=sandbox.markdown(body(name)),
            created_at=at,
            last_modified_at=at,
        )


def pulled(root: Path, sandbox: Sandbox) -> None:
    """Make a mirror of the notebooks, in a checkout of git's."""
    seed(sandbox)
    root.mkdir()
    (root / ".git").mkdir()
    (root / ".git/HEAD").write_text("0" * 40)
    go(root, sandbox, "pull", only=["json"], form="json")
    go(root, sandbox, "pull")


@dataclass
class Duel:
    """One mirror, in which every notebook is edited in its own way, and deleted in one.

    Attributes:
        root: The mirror.
        sandbox: The server.
        deletion: What goes.
        buffers: The pages as an editor has them open, by notebook.
        said: All that any report said of a notebook.
        left: What is still to happen during the run, by notebook.
    """

    root: Path
    sandbox: Sandbox
    deletion: str
    buffers: dict[str, tuple[str, str]] = field(default_factory=dict)
    said: dict[str, list[str]] = field(default_factory=dict)
    left: dict[str, Callable[[str], None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for path, text in pages(self.root).items():
            self.buffers[Path(path).stem] = (path, text)
        self.said = {name: [] for name in EDITS}

    # --- what happens -------------------------------------------------------------------------

    def edit(self, name: str) -> None:
        """Let a notebook be edited, as its name says; a page that is gone is saved again."""
        if name == "renamed":
            self.sandbox.write(name, title="Renamed there")
        if name in {"there", "both"}:
            text = markdown_on(self.sandbox, name).replace("Three.", "Three, there.")
            self.sandbox.write(name, content=self.sandbox.markdown(text))
        if name == "move":
            path, text = self.found(name) or self.buffers[name]
            with suppress(FileNotFoundError):
                (self.root / path).unlink()
            self._save("moved/away.md", text)
        old, new = {
            "page": ("Two.", "Two, here."),
            "json": ("Two.", "Two, here."),
            "both": ("Two.", "Two, here."),
            "title": ('title: "Title of title"', 'title: "Renamed here"'),
            "front": ("---\n\n", "mine: kept\n---\n\n"),
        }.get(name, ("", ""))
        if old:
            path, text = self.found(name) or self.buffers[name]
            if new not in text:
                assert old in text, text
                self._save(path, text.replace(old, new, 1))

    def _save(self, path: str, text: str) -> None:
        (self.root / path).parent.mkdir(exist_ok=True)
        (self.root / path).write_bytes(text.encode())

    def delete(self, name: str) -> None:
        """Let what is to go be gone."""
        if self.deletion in {"hand", "git"} and (page := self.found(name)):
            (self.root / page[0]).unlink()
        if self.deletion in {"server", "bin"}:
            self.sandbox.write(name, deleted=True)
        if self.deletion == "bin":
            self.sandbox.write(name, deleted=False)
        if self.deletion in {"base", "git"}:
            (self.root / f".nbsync/base/{name}.json").unlink(missing_ok=True)
        if self.deletion == "git":
            (self.root / ".git/HEAD").write_text("1" * 40)
        if self.deletion in OF_ALL:
            for path in (self.root / ".nbsync").glob("index.sqlite3*"):
                path.unlink()
        if self.deletion == "memory":
            shutil.rmtree(self.root / ".nbsync", ignore_errors=True)

    # --- a run, and what happens meanwhile -----------------------------------------------------

    def run(
        self,
        act: Callable[[Mirror], Report],
        moment: str = "",
        meanwhile: Callable[[str], None] | None = None,
    ) -> bool:
        """Let a run do its work; at a moment of it, something happens to each notebook.

        Returns:
            Whether that moment came for any of them.
        """
        if meanwhile is not None:
            self.left = dict.fromkeys(EDITS, meanwhile)
        with suppress(NbsyncError), opened(self.root, self.sandbox) as mirror:
            hooks = _hooks(moment, self)
            local: Any = _Watched(mirror.local, hooks.get("local", {}))
            remote: Any = _Watched(mirror.remote, hooks.get("remote", {}))
            self.hear(act(Mirror(local, remote, mirror.store)))
        came = len(self.left) < len(EDITS)
        for name in tuple(self.left):  # for which it never came
            self.happens(name)
        return came

    def only(self, name: str, act: Callable[[str], None]) -> Callable[[str], None]:
        """The act for one notebook, and nothing for the others."""
        return lambda which: act(which) if which == name else None

    def happens(self, name: str) -> None:
        """Let it happen to a notebook, once."""
        act = self.left.pop(name, None)
        if act is not None:
            act(name)

    def hear(self, report: Report) -> None:
        for change in report.changes:
            self.said.setdefault(change.short_id, []).append(f"{change.action} {change.note}")
        problems: list[Problem | Unreadable] = [*report.problems, *report.unreadable]
        for problem in problems:
            said = self.said.setdefault(problem.short_id or "", [])
            said += [problem.error, problem.hint]

    # --- how it ends ----------------------------------------------------------------------------

    def settle(self) -> Mapping[str, str]:
        """Sync until a sync finds nothing to do; how each notebook then stands.

        Raises:
            AssertionError: It never ends.
        """
        for _ in range(SYNCS):
            asked(self.sandbox)
            report = sync(self.root, self.sandbox, allowed=99)
            self.hear(report)
            log = asked(self.sandbox)
            orphans = {("GET", f"{each.short_id}/") for each in report.problems}
            if not report.changes and log[0] == HEAD and orphans.issuperset(log[1:]):
                return {name: self._standing(name, report) for name in EDITS}
        raise AssertionError(f"after {SYNCS} syncs it still does: {report.changes}")

    def _standing(self, name: str, report: Report) -> str:
        there, page = not self.sandbox.record(name)["deleted"], self.found(name)
        problem = any(each.short_id == name for each in report.problems)
        if any(conflict.short_id == name for conflict in report.conflicts):
            return "conflict"
        if any(each.short_id == name for each in report.unreadable):
            return "twins"
        if there and page is not None:
            assert not problem, report.problems
            assert self._agree(name, page[1]), page
            return "both" + self._edited(name)
        if there:
            assert name in report.held, f"{name} is missing, and that is not said"
            return "held" + self._edited(name)
        if page is not None:
            return "orphan" if problem else "orphan, and nothing says so"
        return "gone"

    def _agree(self, name: str, text: str) -> bool:
        record = self.sandbox.record(name)
        if name == "json":
            return markdown_on(self.sandbox, name) in text.replace("\\n", "\n")
        titled = f"# {record['title']}\n" in text or f'title: "{record["title"]}"' in text
        return titled and text.partition("---\n\n")[2] in {
            markdown_on(self.sandbox, name) + end for end in ("", "\n")
        }

    def _edited(self, name: str) -> str:
        """The mark of an edit that the notebook holds, or its page, where only that can hold it."""
        record, page = self.sandbox.record(name), self.found(name)
        text = markdown_on(self.sandbox, name)
        held = {
            "title": record["title"] == "Renamed here",
            "renamed": record["title"] == "Renamed there",
            "there": "Three, there." in text,
            "both": "Two, here." in text and "Three, there." in text,
            "front": page is not None and "mine: kept" in page[1],
            "move": page is not None and page[0] == "moved/away.md",
        }.get(name, "Two, here." in text)
        return "+" if held else ""

    def found(self, name: str) -> tuple[str, str] | None:
        """The path and the text of a notebook's page, wherever it lies."""
        for path, text in pages(self.root).items():
            if f'short_id: "{name}"' in text or f'"short_id": "{name}"' in text:
                return path, text
        return None

    def everything(self, name: str) -> str:
        """Every text of a notebook that can be found again in the directory."""
        files = [path for path in self.root.rglob("*") if path.suffix in {".md", ".json"}]
        own = [path for path in files if name in path.as_posix()]
        page = self.found(name)
        texts = [path.read_bytes().decode() for path in own]
        return "\n".join([*texts, page[1] if page else ""])


def _hooks(moment: str, duel: Duel) -> dict[str, dict[str, Callable[[str, Any], None]]]:
    """What is done around which calls, so that something happens at a moment of a run."""

    def to_all(when: str, found: Any) -> None:
        if when == "after":
            for name in EDITS:
                duel.happens(name)

    def to_one(wanted: str) -> Callable[[str, Any], None]:
        return lambda when, found: duel.happens(found) if when == wanted else None

    before, after = to_one("before"), to_one("after")
    hooks: dict[str, dict[str, dict[str, Callable[[str, Any], None]]]] = {
        "looked": {"local": {"scan": to_all}},
        "listed": {"remote": {"scan": to_all}},
        "fetched": {"remote": {"fetch": after}},
        "writing": {"local": {"write": before, "write_new": before, "remove": before}},
        "written": {"local": {"write": after, "write_new": after, "remove": after}},
        "sending": {"remote": {"update": before, "delete": before, "undelete": before}},
        "answered": {"remote": {"update": after, "delete": after, "undelete": after}},
    }
    return hooks.get(moment, {})


class _Watched:
    """A side, with something done around some of its calls."""

    def __init__(self, part: Any, hooks: Mapping[str, Callable[[str, Any], None]]) -> None:
        self._part = part
        self._hooks = hooks

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._part, name)
        hook = self._hooks.get(name)
        if hook is None:
            return value
        if name == "fetch":
            return lambda ids: _each(value(ids), hook)

        def watched(*args: Any, **kwargs: Any) -> Any:
            short_ids = _named(args)
            for short_id in short_ids:
                hook("before", short_id)
            answer = value(*args, **kwargs)
            for short_id in short_ids:
                hook("after", short_id)
            return answer

        return watched


def _named(args: tuple[Any, ...]) -> list[Any]:
    """The notebooks that a call is about."""
    first = args[0] if args else None
    several = first if isinstance(first, list) else [first]
    return [getattr(each, "short_id", each) for each in several]


def _each(answers: Iterator[Any], hook: Callable[[str, Any], None]) -> Iterator[Any]:
    for short_id, answer in answers:
        hook("after", short_id)
        yield short_id, answer
