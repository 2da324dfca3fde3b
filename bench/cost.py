"""What commands cost, each beside the least that it could: written to docs/reference/cost.md."""

from __future__ import annotations

import argparse
import math
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from measuring import HERE, NBSYNC, Server, Spent, median, paired, seeded, serving, spent
from nbsync.sandbox import Sandbox

_LATENCY, _PARALLEL = 0.05, 8
_LIMIT, _WINDOWS, _USED = 40, 12, 0.95
_FIRST = "first `pull`"
_LARGE = 1_000  # with fewer, start-up is most of it

_HEAD = """\
# What commands cost

Written by `make bench` on {when}, Python {python}, {processors} processors ({machine}). Times
depend on the machine, and each stands beside a reference that was measured in turn with it; the
requests are exact, and tests hold them. All are whole processes, start-up included, against
`nbsync sandbox` in a process of its own; notebooks of 2.5 kB.

| what | notebooks | requests | kB received | seconds | of a processor | peak MiB | times the reference | goal |
|---|---|---|---|---|---|---|---|---|
"""  # noqa: E501 - a table
_FOOT = """
The references:

- *bare GETs*: every notebook with httpx, 8 at a time, and nothing done with the answers; once
  before and once after the pull.
- *click*: `python -c "import click"`.
- *scan*: a Python that imports click and sqlite3, lists the pages and bases, and reads their stat.
- *latency*: the number of notebooks / 8 × the latency.
- *budget*: the least time in which so many requests keep the limit; 1.05 is 95 % of it used.

A goal that is not met has an exclamation mark. The bytes are those of the answers' bodies.
"""  # noqa: RUF001
_MISSED = "\n## Where a goal is not met\n\n"
_HAND = "<!-- by hand from here -->"
"""What stands below this line in the page is kept."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Attributes:
        what: What was done.
        notebooks: How many there were.
        spent: What it took.
        requests: How many requests it was to take; None where that is no goal.
        reference: What it is compared with, and the ratio; "" for nothing.
        ratio: Its seconds over those of the reference.
        most: What the ratio is to be at most; None where that is no goal.
        memory: What the peak is to be at most, in MiB.
    """

    what: str
    notebooks: int
    spent: Spent
    requests: int | None = None
    reference: str = ""
    ratio: float = 0.0
    most: float | None = None
    memory: float | None = None

    def __str__(self) -> str:
        """The line, in Markdown."""
        used = self.spent
        compared = f"{self.ratio:.2f} × {self.reference}" if self.reference else ""  # noqa: RUF001
        cells = (
            self.what,
            f"{self.notebooks:,}" if self.notebooks else "",
            f"{used.requests:,}",
            f"{used.received / 1000:,.0f}",
            f"{used.seconds:.2f}",
            f"{used.cpu:.2f}",
            f"{used.peak:.0f}",
            compared,
            ", ".join(self._goals()),
        )
        return f"| {' | '.join(cells)} |"

    def _goals(self) -> Iterator[str]:
        for words, met, _ in self._judged():
            yield words if met else f"**{words}!**"

    def missed(self) -> Iterator[str]:
        """The goals that are not met, and by how much."""
        number = f" ({self.notebooks:,} notebooks)" if self.notebooks else ""
        for words, met, found in self._judged():
            if not met:
                yield f"{self.what}{number}: {found} in place of {words}"

    def _judged(self) -> Iterator[tuple[str, bool, str]]:
        """Each goal in words, whether it is met, and what was found."""
        used = self.spent
        if self.requests is not None:
            noun = "request" if self.requests == 1 else "requests"
            met = used.requests == self.requests
            yield f"{self.requests:,} {noun}", met, f"{used.requests:,}"
        if self.most is not None:
            found = f"{self.ratio:.2f} × {self.reference}"  # noqa: RUF001
            yield f"≤ {round(self.most, 2):g} ×", self.ratio <= self.most, found  # noqa: RUF001
        if self.memory is not None:
            yield f"≤ {self.memory:g} MiB", used.peak <= self.memory, f"{used.peak:.0f} MiB"


def main() -> None:
    """Measure, and print the table or write it."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("-n", type=int, nargs="*", default=[10, 1_000, 10_000], help="sizes")
    options.add_argument("--write", type=Path, help="where to write the page")
    options.add_argument("--folder", type=Path, help="where the mirrors lie meanwhile")
    given = options.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        rows = []
        for row in _rows(Path(folder), given.n):
            print(row, flush=True)
            rows.append(row)
    print(*_growth(rows), *_missed(rows), sep="\n")
    if given.write is not None:
        given.write.write_text(_page(rows, _by_hand(given.write)), encoding="utf-8")


def _by_hand(page: Path) -> str:
    """What somebody wrote at the end of the page."""
    before = page.read_text(encoding="utf-8") if page.exists() else ""
    return before.partition(f"{_HAND}\n")[2]


def _growth(rows: Sequence[Row]) -> list[str]:
    """How a first pull grows with the number of notebooks, a line for each step."""
    pulls = [row for row in rows if row.what == _FIRST and row.notebooks >= _LARGE]
    lines = []
    for small, large in pairwise(pulls):
        more = large.notebooks - small.notebooks
        each = (large.spent.seconds - small.spent.seconds) / more * 1000
        was = small.spent.seconds / small.notebooks * 1000
        memory = large.spent.peak - small.spent.peak
        lines.append(
            f"From {small.notebooks:,} to {large.notebooks:,} notebooks a first pull takes"
            f" {each:.2f} ms more for each, {each / was:.2f} × what each of the"  # noqa: RUF001
            f" {small.notebooks:,} took (1 is linear in time), and {memory:.0f} MiB more,"
            f" {memory * 1024 / more:.1f} KiB for each (0 is flat)."
        )
    return lines


def _missed(rows: Sequence[Row]) -> list[str]:
    return [f"- {said}" for row in rows for said in row.missed()]


def _page(rows: Sequence[Row], by_hand: str) -> str:
    head = _HEAD.format(
        when=f"{datetime.now(UTC):%Y-%m-%d}",
        python=platform.python_version(),
        processors=os.cpu_count(),
        machine=platform.machine(),
    )
    growth = "".join(f"\n{line}\n" for line in _growth(rows))
    missed = "\n".join(_missed(rows)) or "Every goal is met."
    table = "".join(f"{row}\n" for row in rows)
    return f"{head}{table}{_FOOT}{growth}{_MISSED}{missed}\n\n{_HAND}\n{by_hand}"


def _rows(folder: Path, sizes: Sequence[int]) -> Iterator[Row]:
    click = (sys.executable, "-c", "import click")
    version, _, ratio = paired((*NBSYNC, "--version"), click, folder, 9)
    yield Row("`--version`", 0, version, None, "click", ratio, 1.3)
    for number in sizes:
        yield from _sized(folder / str(number), number)
    yield from _slow(folder / "slow", min(1_000, max(sizes)))
    yield from _limited(folder / "limited", min(_LIMIT * _WINDOWS, max(sizes)))


def _sized(folder: Path, number: int) -> Iterator[Row]:
    """All that is measured for one number of notebooks."""
    folder.mkdir()
    with serving(seeded(folder, number)) as server:
        mirror, pulled = _pulled(folder, server, number)
        yield pulled
        for command, requests in (("pull", 1), ("sync", 1), ("push", 0), ("status", 1)):
            found = median([spent((*NBSYNC, command), mirror, server) for _ in range(3)])
            yield Row(f"`{command}`, nothing new", number, found, requests)
        yield _verified(mirror, server, number)
        for edits in (1, 10, 100):
            if edits <= number:
                yield _pushed(mirror, server, number, edits)
        # What was written within a tick of the clock is read again; here it has been, once.
        spent(("sleep", "2.1"), mirror)
        spent((*NBSYNC, "push"), mirror, server)
    yield from _offline(mirror, number)


def _pulled(folder: Path, server: Server, number: int, **limit: str) -> tuple[Path, Row]:
    """A first pull between two rounds of bare GETs, and a look by which all is known again."""
    mirror = folder / "mirror"
    mirror.mkdir()
    bare = (sys.executable, str(HERE / "bare.py"), server.url, Sandbox.key, str(number))
    init = (*NBSYNC, "init", "--host", server.url, "--project", "1")
    spent(init, mirror, server)
    before = spent(bare, folder, server).seconds
    found = spent((*NBSYNC, "pull"), mirror, server, **limit)
    least = (before + spent(bare, folder, server).seconds) / 2
    spent(("sleep", "2.1"), mirror)  # what was written within a clock's tick is read again
    spent((*NBSYNC, "pull"), mirror, server)
    requests = max(1, math.ceil(number / 1000)) + number + 1
    return mirror, Row(
        _FIRST, number, found, requests, "bare GETs", found.seconds / least, 1.5, 120
    )


def _pushed(mirror: Path, server: Server, number: int, edits: int) -> Row:
    for index in range(edits):
        page = mirror / f"nb{index:06}.md"
        page.write_text(f"{page.read_text()}One of {edits} edits.\n")
    command = (*NBSYNC, "push", "--allow-changes", str(edits))
    what = "`push` of 1 edit" if edits == 1 else f"`push` of {edits} edits"
    return Row(what, number, spent(command, mirror, server), edits)


def _verified(mirror: Path, server: Server, number: int) -> Row:
    found = spent((*NBSYNC, "pull", "--verify"), mirror, server)
    return Row("`pull --verify`", number, found, 1 + number)


def _offline(mirror: Path, number: int) -> Iterator[Row]:
    """What looks at the files alone."""
    status = (*NBSYNC, "status", "--offline")
    scan = (sys.executable, str(HERE / "scan.py"))
    found, _, ratio = paired(status, scan, mirror, 9)
    yield Row("`status --offline`", number, found, 0, "scan", ratio, 2)
    if shutil.which("git"):
        _commit(mirror)
        found, _, ratio = paired(status, ("git", "status", "--short"), mirror, 5)
        yield Row("the same", number, found, 0, "`git status`", ratio)


def _commit(mirror: Path) -> None:
    who = ("-c", "user.name=Ana", "-c", "user.email=ana@example.com")
    (mirror / ".gitignore").write_text(".nbsync/*\n!.nbsync/base/\n")
    for words in (("init", "-q"), ("add", "-A"), (*who, "commit", "-q", "-m", "All")):
        spent(("git", *words), mirror)


def _slow(folder: Path, number: int) -> Iterator[Row]:
    """A first pull from a server that takes its time."""
    folder.mkdir()
    with serving(seeded(folder, number)) as server:
        server.delay(_LATENCY)
        _, row = _pulled(folder, server, number)
    least = number / _PARALLEL * _LATENCY
    what = f"first `pull`, {_LATENCY * 1000:.0f} ms latency"
    ratio = row.spent.seconds / least
    yield Row(what, number, row.spent, row.requests, "latency", ratio, 1.2)


def _limited(folder: Path, number: int) -> Iterator[Row]:
    """A first pull that has to keep a limit; each window but the first begins when one is over."""
    folder.mkdir()
    with serving(seeded(folder, number)) as server:
        state = str(folder / "state")
        limit = {"NBSYNC_RATE_LIMIT": f"{_LIMIT}/s", "XDG_STATE_HOME": state}
        _, row = _pulled(folder, server, number, **limit)
    least = math.ceil(row.spent.requests / _LIMIT) - 1
    ratio = row.spent.seconds / max(1, least)
    what = f"first `pull`, at most {_LIMIT} requests a second"
    yield Row(what, number, row.spent, row.requests, "budget", ratio, 1 / _USED)


if __name__ == "__main__":
    main()
