"""A watch whose ticks, clock and patience are a test's own; its mirror and its server are real."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from commands import seed
from mirrors import asked, never_sleep
from nbsync.api.connecting import connect
from nbsync.errors import NbsyncError
from nbsync.local import Directory
from nbsync.local.git import checkout_of
from nbsync.model import Done, Json
from nbsync.remote import Server
from nbsync.sandbox import Sandbox
from nbsync.store import DiskStore
from nbsync.sync import Mirror
from nbsync.sync.notices import Notice, Standing, What
from nbsync.sync.watching import Watch
from nbsync.watch import Hold

IDS = [f"note{number:04}" for number in range(1, 9)]


def half() -> float:
    """Neither luck nor bad luck."""
    return 0.5


@dataclass
class Scene:
    """A folder, a server, and a watch of both.

    Attributes:
        root: The mirror.
        sandbox: The server.
        ids: Its notebooks.
        now: What the watch takes for the time, in seconds.
        refusal: What opening the mirror raises, if anything.
        stop_after: How many times progress may be made before somebody asks to stop.
    """

    root: Path
    sandbox: Sandbox
    server: Server
    store: DiskStore
    ids: list[str]
    push_only: bool = False
    now: float = 1000.0
    refusal: NbsyncError | OSError | None = None
    stop_after: int = 10**9
    told: list[Notice] = field(default_factory=list)
    shown: list[Standing] = field(default_factory=list)
    hold: Hold = field(default_factory=lambda: Hold(jitter=half))
    watch: Watch = field(init=False)

    def __post_init__(self) -> None:
        self.watch = Watch(
            opened=self.opened,
            hold=self.hold,
            tell=self.told.append,
            show=self.shown.append,
            head=self.head,
            stopping=self.is_stopping,
            push_only=self.push_only,
            monotonic=self.clock,
        )

    @contextmanager
    def opened(self) -> Iterator[Mirror]:
        if self.refusal is not None:
            raise self.refusal
        with self.store as store:
            yield Mirror(Directory(self.root), self.server, store)

    def head(self) -> str:
        checkout = checkout_of(self.root)
        return str(checkout.head()) if checkout else ""

    def is_stopping(self) -> bool:
        return sum(standing.total > 0 for standing in self.shown) >= self.stop_after

    def clock(self) -> float:
        return self.now

    def tick(self, *halves: str, after: float = 0.0) -> list[Notice]:
        """Let some time pass, look, and give what was told of it."""
        self.now += after
        self.told.clear()
        self.hold.taken()
        self.watch.look(pull="pull" in halves, push="push" in halves)
        return list(self.told)

    def start(self) -> list[Notice]:
        """Look at both sides."""
        return self.tick("pull", "push")

    def poll(self, after: float = 5.0) -> list[Notice]:
        """Look at the server."""
        return self.tick("pull", after=after)

    def files(self, after: float = 0.1) -> list[Notice]:
        """Look at the files."""
        return self.tick("push", after=after)

    def asked(self) -> list[tuple[str, str]]:
        """The requests since this was last called, as (method, path)."""
        return [(method, path.partition("?")[0]) for method, path in asked(self.sandbox)]

    def again(self) -> tuple[float | None, float | None]:
        """What the last look has said of the next: (retry_in, look_again_in)."""
        return self.hold.taken()

    def page(self, number: int = 1) -> Path:
        return self.root / f"{self.ids[number - 1]}.md"


def whats(notices: list[Notice]) -> list[What]:
    """What kinds of things were told."""
    return [notice.what for notice in notices]


def changes(notices: list[Notice]) -> list[tuple[str, str, str, int | None]]:
    """The changes among them: (short_id, side, action, version)."""
    done = [notice.about for notice in notices if isinstance(notice.about, Done)]
    return [(each.short_id, each.side.value, each.action, each.version) for each in done]


def detail(notice: Notice, name: str) -> Json:
    """What a program may want to know of it."""
    return notice.details[name]


@contextmanager
def scene(
    root: Path, sandbox: Sandbox, *, push_only: bool = False, notebooks: int = len(IDS)
) -> Iterator[Scene]:
    """A mirror of a few notebooks that is watched, in step, its first look behind it."""
    ids = [f"note{number:04}" for number in range(1, notebooks + 1)]
    for number, short_id in enumerate(ids, start=1):
        seed(sandbox, short_id, f"# Note {number}\n\nOne.\n\nTwo.\n\nThree.")
    root.mkdir(exist_ok=True)
    before = threading.active_count()
    client = connect(
        sandbox.url, sandbox.key, project=sandbox.project, env={}, sleep=never_sleep, patience=5
    )
    store = DiskStore(root, host=sandbox.url, project=sandbox.project, wait=0)
    with client:
        found = Scene(root, sandbox, Server(client), store, ids)
        found.start()
        if push_only:
            found = Scene(root, sandbox, Server(client), store, ids, push_only=True)
            found.start()
        found.asked()
        found.again()
        yield found
    assert threading.active_count() == before
