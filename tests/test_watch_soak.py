"""A watch that runs on while both sides are edited and everything fails now and then."""

from __future__ import annotations

import random
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from commands import Person, person, seed
from mirrors import markdown_on
from nbsync.sandbox import Sandbox
from watching import PATIENCE, Watch, eventually, watching

NOTEBOOKS = 60  # so many that those edited while offline trip no guard
EDITED = 10
FOLDERS = 3
CLASH = "clash"
SHORT, LONG = 8, 15 * 60
MEBIBYTES, HANDLES, THREADS = 20, 5, 5

# A server that is stopped while somebody connects may leave that connection to the collector.
_STOPPED = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

# What is done, and how often beside the others.
DEEDS = {
    "edit here": 12,
    "edit there": 12,
    "edit one line on both sides": 1,
    "move a page": 1,
    "fault": 3,
    "outage": 1,
    "restart the server": 1,
    "sleep": 1,
    "hang up": 1,
    "look at the status": 1,
}
FAULTS: list[dict[str, Any]] = [
    {"status": 500},
    {"status": 502, "text": "<html>Bad gateway</html>"},
    {"status": 500, "effect": True, "method": "PATCH"},
    {"status": 429},
    {"drop": "before"},
    {"drop": "after"},
    {"truncate": True},
    {"status": 200, "text": "<html>Sign in</html>"},
]


def first_text(title: str) -> str:
    return f"# {title}\n\nhere 0\n\nA line between.\n\nthere 0\n\nThe end."


@dataclass
class Life:
    """What happens around a watch.

    Attributes:
        ana: Whose mirror it is.
        box: The server, which is another one after a restart.
        watch: What is looked at.
        chance: What happens next.
        here: The last number that was written into each page.
        there: The last number that was written into each notebook.
    """

    ana: Person
    box: Sandbox
    watch: Watch
    chance: random.Random
    here: dict[str, int] = field(default_factory=dict)
    there: dict[str, int] = field(default_factory=dict)
    number: int = 0
    pause: threading.Event = field(default_factory=threading.Event)

    def page(self, short_id: str) -> Path:
        found = self.ana.folder.rglob(f"{short_id}*.md")
        return next(path for path in found if ".nbsync" not in path.parts)

    def go_on(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        deeds = {name: getattr(self, name.replace(" ", "_")) for name in DEEDS}
        while time.monotonic() < end:
            self.number += 1
            [name] = self.chance.choices(list(DEEDS), list(DEEDS.values()))
            deeds[name]()
            self.pause.wait(self.chance.choice([0, 0, 0.02, 0.1, 0.3]))

    def some(self) -> str:
        return f"nb{self.chance.randrange(EDITED):04}"

    def edit_here(self, short_id: str = "") -> None:
        short_id = short_id or self.some()
        path = self.page(short_id)
        with suppress(OSError):
            text = path.read_text()
            lines = [
                f"here {self.number}" if line.startswith("here ") else line
                for line in text.split("\n")
            ]
            beside = path.with_name(f".{path.name}.swp")
            beside.write_text("\n".join(lines))
            if path.read_text() == text:  # as editors do: ask before what changed is overwritten
                if self.chance.random() < 0.5:
                    beside.replace(path)
                else:
                    path.write_text("\n".join(lines))
                self.here[short_id] = self.number

    def edit_there(self, short_id: str = "") -> None:
        short_id = short_id or self.some()
        self._write_there(short_id, "there ", f"there {self.number}")
        self.there[short_id] = self.number

    def edit_one_line_on_both_sides(self) -> None:
        self._write_there(CLASH, "here ", f"here {self.number} as they say")
        self.edit_here(CLASH)

    def move_a_page(self) -> None:
        path = self.page(self.some())
        folder = self.ana.folder / f"folder{self.number % FOLDERS}"
        path.rename(folder / path.name)

    def fault(self) -> None:
        self.box.fault(**{"path": "/notebooks/", **self.chance.choice(FAULTS)})

    def outage(self) -> None:
        self.box.fault(path="/notebooks/", status=503, times=None)
        self.pause.wait(self.chance.random())
        self.box.clear()

    def restart_the_server(self) -> None:
        port, data = int(self.box.url.rpartition(":")[2]), self.box._data
        self.box.__exit__(None, None, None)
        self.pause.wait(self.chance.random() / 2)
        self.box = Sandbox(data=data, port=port).__enter__()
        self.watch.sandbox = self.box

    def sleep(self) -> None:
        self.watch.process.send_signal(signal.SIGSTOP)
        self.edit_here()
        self.edit_there()
        self.pause.wait(self.chance.random() / 2)
        self.watch.process.send_signal(signal.SIGCONT)

    def hang_up(self) -> None:
        self.watch.process.send_signal(signal.SIGHUP)

    def look_at_the_status(self) -> None:
        assert self.ana.types("status", "--offline").code == 0

    def _write_there(self, short_id: str, start: str, line: str) -> None:
        with self.box._control.notebooks.db.lock:  # nobody else writes between the two
            lines = [
                line if each.startswith(start) else each
                for each in markdown_on(self.box, short_id).split("\n")
            ]
            self.box.write(short_id, content=self.box.markdown("\n".join(lines)))

    def settle(self) -> None:
        """Let everything work again, until both sides agree with what was last said."""
        self.box.clear()
        self.hang_up()
        try:
            eventually(self.is_settled, patience=4 * PATIENCE)
        except AssertionError:
            left = {each: self.both(each) for each in self.apart()}
            status = self.ana.types("sync", "-n").screen
            pytest.fail(f"{left}\n{status}\n{self.watch.story()}")
        self.watch.looks()

    def is_settled(self) -> bool:
        """Whether nothing is left to do, once somebody has decided what only they can decide."""
        apart = self.apart()
        if apart == [CLASH]:
            assert self.ana.types("resolve", CLASH, "--ours").code in {0, 2, 4}
        return not apart

    def apart(self) -> list[str]:
        """The notebooks that do not agree."""
        return [each for each in {CLASH, *self.here, *self.there} if not self.agrees(each)]

    def both(self, short_id: str) -> tuple[object, ...]:
        """Both texts of a notebook, and what was last written on each side."""
        texts = self.page(short_id).read_text(), markdown_on(self.box, short_id)
        return (*texts, self.here.get(short_id), self.there.get(short_id))

    def agrees(self, short_id: str) -> bool:
        """Whether page and notebook say the same, and the last word of each side is in it."""
        text = markdown_on(self.box, short_id)
        said = [f"here {self.here[short_id]}\n"] if short_id in self.here else []
        said += [f"there {self.there[short_id]}\n"] if short_id in self.there else []
        page = self.page(short_id).read_text().rstrip("\n")
        return page.endswith(text) and all(each in text for each in said)


@dataclass(frozen=True)
class Holdings:
    """What a process holds.

    Attributes:
        memory: Resident, in MiB.
        handles: Open file descriptors.
        threads: Threads.
    """

    memory: float
    handles: int
    threads: int


def holdings(pid: int) -> Holdings:
    place = Path(f"/proc/{pid}")
    lines = dict(
        line.split(":", 1) for line in (place / "status").read_text().splitlines() if ":" in line
    )
    memory = int(lines["VmRSS"].split()[0]) / 1024
    return Holdings(memory, len(list((place / "fd").iterdir())), int(lines["Threads"]))


@contextmanager
def living(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chance: random.Random
) -> Iterator[Life]:
    box = Sandbox(data=tmp_path / "box.sqlite3").__enter__()
    life: Life | None = None
    try:
        for short_id in (*(f"nb{number:04}" for number in range(NOTEBOOKS - 1)), CLASH):
            seed(box, short_id, first_text(short_id))
        ana = person(tmp_path, box, monkeypatch)
        assert ana.types("init", "--host", box.url, "--project", box.project).code == 0
        assert ana.types("pull", "-q").code == 0
        for number in range(FOLDERS):  # each takes handles and threads to watch
            (ana.folder / f"folder{number}").mkdir()
        with watching(ana.folder, box, every="0.3") as watch:
            watch.tells("watching")
            life = Life(ana, box, watch, chance)
            yield life
    finally:
        (box if life is None else life.box).__exit__(None, None, None)


def lived(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chance: random.Random, seconds: float
) -> str:
    """Let a watch live for so long, see that nothing was lost or has grown, and give figures."""
    with living(tmp_path, monkeypatch, chance) as life:
        life.go_on(seconds / 4)
        life.settle()
        first = holdings(life.watch.process.pid)
        life.go_on(seconds * 3 / 4)
        life.settle()
        last = holdings(life.watch.process.pid)
        status = life.ana.types("status", "--json").document
        assert (status["differences"], status["unreadable"]) == ([], [])
        life.box.clear()
        life.watch.looks()
        assert {each["method"] for each in life.box.requests()} == {"GET"}
        assert last.memory <= first.memory + MEBIBYTES
        assert last.handles <= first.handles + HANDLES
        assert last.threads <= first.threads + THREADS
        assert life.watch.process.poll() is None, life.watch.story()
        return f"{life.number} deeds in {seconds:.0f} s: {first}, in the end {last}"


@pytest.mark.laws
@_STOPPED
def test_a_watch_lives_through_everything_for_some_seconds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lived(tmp_path, monkeypatch, random.Random(6), SHORT)


@pytest.mark.soak
@_STOPPED
def test_a_watch_lives_through_everything_for_a_quarter_of_an_hour(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = random.randrange(2**32)
    figures = lived(tmp_path, monkeypatch, random.Random(seed), LONG)
    with capsys.disabled():
        sys.stdout.write(f"\nseed {seed}: {figures}\n")


@pytest.mark.soak
def test_2000_pages_at_once_all_arrive_once_their_number_is_confirmed(
    tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [f"nb{number:04}" for number in range(2000)]
    for short_id in ids:
        seed(sandbox, short_id, first_text(short_id))
    ana = person(tmp_path, sandbox, monkeypatch)
    assert ana.types("init", "--host", sandbox.url, "--project", sandbox.project).code == 0
    assert ana.types("pull", "-q").code == 0
    with watching(ana.folder, sandbox) as watch:
        watch.tells("watching")
        for short_id in ids:
            page = ana.folder / f"{short_id}.md"
            page.write_text(page.read_text().replace("The end.", "The very end."))
        watch.tells("guard", count=2000)
        sandbox.clear()
        assert ana.types("push", "-q", "--allow-changes=2000").code == 0
        assert all(markdown_on(sandbox, each).endswith("The very end.") for each in ids)
        watch.looks()
        sent = [each for each in sandbox.requests() if each["method"] == "PATCH"]
        assert len(sent) == len({each["path"] for each in sent}) == 2000
