"""How soon an edit is on the other side while `nbsync watch` runs, and what it costs when idle.

A real watch on a real folder, against a sandbox in this process. From the start of a save to the
moment at which the PATCH arrives, so that the save itself counts; from an edit in the sandbox to
the moment at which the page holds it, with a look every second. Times vary between machines.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from nbsync.cli.demo import environment
from nbsync.sandbox import Sandbox

_LONGEST = 60.0
_EVERY = 1.0
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Place:
    """A mirror, what it mirrors, and the ids of its notebooks."""

    root: Path
    sandbox: Sandbox
    ids: list[str]


def main() -> None:
    """Print a table for each size."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("-n", type=int, nargs="*", default=[30, 10_000], help="how many notebooks")
    options.add_argument("--saves", type=int, default=50, help="how many saves of each kind")
    options.add_argument("--edits", type=int, default=20, help="how many edits in the sandbox")
    options.add_argument("--idle", type=float, default=60, help="how many seconds to do nothing")
    given = options.parse_args()
    for number in given.n:
        with Sandbox() as sandbox, tempfile.TemporaryDirectory() as folder:
            _measure(_pulled(Path(folder), sandbox, number), given)


def _measure(place: Place, given: argparse.Namespace) -> None:
    """All the figures for one mirror."""
    print(f"\nN = {len(place.ids)}\n\n| what | median | 95 % | longest | of a processor |")
    print("|---|---|---|---|---|", flush=True)
    with _watch(place, "3600") as watch:
        _row("plain save to PATCH", watch, lambda: _saves(place, _in_place, given.saves))
        _row("atomic save to PATCH", watch, lambda: _saves(place, _renamed, given.saves))
    with _watch(place, str(_EVERY)) as watch:
        what = f"edit to page, every {_EVERY:g} s"
        _row(what, watch, lambda: _edits(place, given.edits))
    with _watch(place, "5") as watch:
        _idle(place, watch, given.idle)


def _row(what: str, watch: subprocess.Popen[str], measure: Callable[[], list[float]]) -> None:
    """One row; the last figure is what each took of the watch's own time, whatever else ran."""
    before = _used(watch.pid)
    figures = sorted(measure())
    used = (_used(watch.pid) - before) / len(figures)
    late = figures[min(len(figures) - 1, round(0.95 * len(figures)))]
    cells = (statistics.median(figures), late, figures[-1], used)
    print(f"| {what} | " + " | ".join(f"{1000 * each:.0f} ms" for each in cells) + " |", flush=True)


def _pulled(root: Path, sandbox: Sandbox, number: int) -> Place:
    """A mirror of so many notebooks, in step."""
    ids = [f"nb{index:06}" for index in range(number)]
    for short_id in ids:
        content = sandbox.markdown(f"# Notebook {short_id}\n\n" + "A line of some length.\n" * 100)
        sandbox.seed(short_id=short_id, title=f"Notebook {short_id}", content=content)
    start = time.perf_counter()
    for words in (["init", "--host", sandbox.url, "--project", "1"], ["pull", "-q"]):
        subprocess.run(
            [sys.executable, "-m", "nbsync", *words],
            cwd=root,
            env=environment(sandbox),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )
    print(f"\nPulled {number} notebooks in {time.perf_counter() - start:.1f} s", flush=True)
    return Place(root, sandbox, ids)


@contextmanager
def _watch(place: Place, every: str) -> Iterator[subprocess.Popen[str]]:
    """A watch that has looked at both sides once."""
    place.sandbox.clear()
    process = subprocess.Popen(
        [sys.executable, "-m", "nbsync", "watch", "--json", "--every", every],
        cwd=place.root,
        env=environment(place.sandbox),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
    )
    assert process.stdout is not None
    threading.Thread(target=process.stdout.read, daemon=True).start()
    with process:
        try:
            _await(place.sandbox.requests)
            _settle()
            yield process
        finally:
            process.terminate()


def _settle() -> None:
    """Let what is under way come to its end, so that each figure starts from rest."""
    threading.Event().wait(2)


def _await(look: Callable[[], object]) -> float:
    """When there was something to see, on the clock of `time.perf_counter`, in seconds."""
    pause, end = threading.Event(), time.perf_counter() + _LONGEST
    while not look():
        if time.perf_counter() > end:
            raise TimeoutError("it never came")
        pause.wait(0.001)
    return time.perf_counter()


def _saves(place: Place, save: Callable[[Path, str], None], times: int) -> list[float]:
    """From a save to its PATCH."""
    seconds = []
    for number in range(times):
        page = place.root / f"{place.ids[number % len(place.ids)]}.md"
        text = page.read_text() + f"\nSave {number}.\n"
        place.sandbox.clear()
        start = time.perf_counter()
        save(page, text)
        seconds.append(_await(place.sandbox.requests) - start)
        _rest(place, number)
    return seconds


def _rest(place: Place, number: int) -> None:
    """Wait until that notebook's base is written: the next save meets a watch at rest."""
    short_id = place.ids[number % len(place.ids)]
    base = place.root / ".nbsync" / "base" / f"{short_id}.json"
    _await(lambda: f"Save {number}." in base.read_text())
    threading.Event().wait(0.3)


def _in_place(page: Path, text: str) -> None:
    page.write_text(text)


def _renamed(page: Path, text: str) -> None:
    beside = page.with_name(f"{page.name}~")
    beside.write_text(text)
    beside.replace(page)


def _edits(place: Place, times: int) -> list[float]:
    """From an edit in the sandbox to the page."""
    seconds = []
    for number in range(times):
        short_id = place.ids[number % len(place.ids)]
        page = place.root / f"{short_id}.md"
        content = place.sandbox.markdown(f"# Notebook {short_id}\n\nEdit {number}.")
        start = time.perf_counter()
        place.sandbox.write(short_id, content=content)
        seconds.append(_await(lambda page=page, number=number: _holds(page, number)) - start)  # type: ignore[misc]
        threading.Event().wait(number / times)  # at another moment between two looks each time
    return seconds


def _holds(page: Path, number: int) -> bool:
    return f"Edit {number}." in page.read_text()


def _idle(place: Place, watch: subprocess.Popen[str], seconds: float) -> None:
    """What doing nothing costs: requests, time of a processor, memory."""
    place.sandbox.clear()
    before = _used(watch.pid)
    threading.Event().wait(seconds)
    used = 60 * (_used(watch.pid) - before) / seconds
    asked = place.sandbox.requests()
    wrote = sum(each["method"] != "GET" for each in asked)
    print(f"\nIdle for {seconds:g} s, every 5 s: {len(asked)} requests, {wrote} writes,", end=" ")
    print(
        f"{1000 * used:.0f} ms of a processor a minute, {_resident(watch.pid):.0f} MiB", flush=True
    )


def _used(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _resident(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


if __name__ == "__main__":
    main()
