"""Where the processor's time of a first pull goes: the parts, each without those within it."""

from __future__ import annotations

import argparse
import functools
import os
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from measuring import HERE, seeded, serving, spent
from nbsync.cli import run
from nbsync.sandbox import Sandbox

_PARTS = {
    "list: asked for and read": ("nbsync.remote.server:Server.scan",),
    "request: made, sent, its answer awaited": ("nbsync.api.exchange:Exchange.ask",),
    "answer: taken in and read": (
        "nbsync.api.exchange:take_in",
        "nbsync.api.exchange:decipher",
        "nbsync.remote.server:record_in",
    ),
    "page: rendered, and read back": ("nbsync.sync.arrivals:Arrivals.takes",),
    "pages: written": ("nbsync.local.directory:Directory.write_new",),
    "bases: written": ("nbsync.store.disk:DiskStore.put_bases",),
    "index: kept": (
        "nbsync.store.disk:DiskStore.put_rows",
        "nbsync.store.disk:DiskStore.put_row",
        "nbsync.store.disk:DiskStore.put_step",
        "nbsync.store.disk:DiskStore.__exit__",
    ),
    "look: at what is there, and the plan": ("nbsync.sync.survey:look",),
}
_REST = "the rest: threads, notes, words"


class Clocks:
    """Seconds of a processor by part, over all threads.

    Attributes:
        seconds: By part.
    """

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._lock = threading.Lock()
        self._here = threading.local()

    def around(self, part: str, work: Callable[..., Any]) -> Callable[..., Any]:
        """A function whose time goes to a part, but for that of other parts within it."""

        @functools.wraps(work)
        def timed(*args: Any, **kwargs: Any) -> Any:
            outer = self._enter(part)
            try:
                return work(*args, **kwargs)
            finally:
                self._enter(outer)

        return timed

    def _enter(self, part: str | None) -> str | None:
        """Charge the part that was on until now, and let another one be on."""
        now = time.thread_time()
        before: tuple[str | None, float] = getattr(self._here, "on", (None, now))
        if before[0] is not None:
            with self._lock:
                self.seconds[before[0]] += now - before[1]
        self._here.on = (part, now)
        return before[0]


def main() -> None:
    """Pull so many notebooks, and print a table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("-n", type=int, default=2000, help="how many notebooks")
    options.add_argument("--folder", type=Path, help="where the mirror lies meanwhile")
    given = options.parse_args()
    clocks = Clocks()
    for part, places in _PARTS.items():
        for place in places:
            _patch(clocks, part, place)
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        _measure(Path(folder), given.n, clocks)


def _patch(clocks: Clocks, part: str, place: str) -> None:
    module, _, path = place.partition(":")
    *outer, name = path.split(".")
    owner = functools.reduce(getattr, outer, import_module(module))
    setattr(owner, name, clocks.around(part, getattr(owner, name)))


def _measure(folder: Path, number: int, clocks: Clocks) -> None:
    mirror = folder / "mirror"
    mirror.mkdir()
    with serving(seeded(folder, number)) as server:
        os.environ |= {
            "POSTHOG_HOST": server.url,
            "POSTHOG_PERSONAL_API_KEY": Sandbox.key,
            "NBSYNC_RATE_LIMIT": "off",
        }
        bare = (sys.executable, str(HERE / "bare.py"), server.url, Sandbox.key, str(number))
        least = spent(bare, folder, server).cpu
        run(["-q", "-C", str(mirror), "init", "--host", server.url, "--project", "1"])
        clocks.seconds.clear()
        began, before = time.process_time(), os.times()
        code = run(["-q", "-C", str(mirror), "pull"])
        used, after = time.process_time() - began, os.times()
    if code:
        raise SystemExit(code)
    _show(clocks.seconds, used, after.system - before.system, number, least)


def _show(
    seconds: Mapping[str, float], used: float, system: float, number: int, least: float
) -> None:
    rows = [(part, seconds.get(part, 0.0)) for part in _PARTS]
    rows.append((_REST, used - sum(seconds.values())))
    rows += [("all", used), ("of that, in the system", system), ("bare GETs, all", least)]
    print(
        f"A first pull of {number:,} notebooks:\n\n| part | ms a notebook | of all |\n|---|---|---|"
    )
    for part, each in rows:
        print(f"| {part} | {each / number * 1000:.2f} | {each / used:.0%} |")


if __name__ == "__main__":
    main()
