"""What commands cost, as whole processes against a sandbox: requests, time, memory.

Times vary between machines; the requests do not. Each time stands beside a reference of the same
run: Python with click alone, and bare GETs of the same notebooks.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx

from nbsync.sandbox import Sandbox

_MIB = 1024


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the table."""

    what: str
    seconds: float
    requests: int


def main() -> None:
    """Seed N notebooks and run the commands one after the other."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("-n", type=int, default=1000, help="how many notebooks")
    number = options.parse_args().n
    with Sandbox() as sandbox, tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        ids = [f"nb{index:06}" for index in range(number)]
        for short_id in ids:
            text = f"# Notebook {short_id}\n\n" + "A line of some length. " * 100
            content = sandbox.markdown(text)
            sandbox.seed(short_id=short_id, title=f"Notebook {short_id}", content=content)
        figures = [
            _process("python -c 'import click'", sandbox, root, "-c", "import click"),
            _nbsync(sandbox, root, "--version"),
            _nbsync(sandbox, root, "init", "--host", sandbox.url, "--project", "1"),
            _bare(sandbox, ids),
            _nbsync(sandbox, root, "pull"),
            _nbsync(sandbox, root, "pull"),
            _nbsync(sandbox, root, "pull"),
            _nbsync(sandbox, root, "status", "--offline"),
        ]
        for short_id in ids[:10]:
            page = root / f"{short_id}.md"
            page.write_text(page.read_text() + "\nOne more line.\n")
        figures.append(_nbsync(sandbox, root, "push", "--allow-changes", "10"))
    print(f"N = {number}\n\n| command | seconds | requests |\n|---|---|---|")
    for figure in figures:
        print(f"| {figure.what} | {figure.seconds:.2f} | {figure.requests} |")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / _MIB
    print(f"\nPeak memory of a command: {peak:.0f} MiB")


def _nbsync(sandbox: Sandbox, root: Path, *words: str) -> Figure:
    return _process(f"nbsync {words[0]}", sandbox, root, "-m", "nbsync", *words)


def _process(what: str, sandbox: Sandbox, root: Path, *arguments: str) -> Figure:
    sandbox.clear()
    environment = {"POSTHOG_HOST": sandbox.url, "POSTHOG_PERSONAL_API_KEY": sandbox.key}
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, *arguments],
        cwd=root,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    return Figure(what, time.perf_counter() - start, len(sandbox.requests()))


def _bare(sandbox: Sandbox, ids: list[str]) -> Figure:
    sandbox.clear()
    headers = {"Authorization": f"Bearer {sandbox.key}"}
    place = f"{sandbox.url}/api/projects/1/notebooks/"
    with httpx.Client(headers=headers) as client, ThreadPoolExecutor(8) as pool:
        start = time.perf_counter()
        for answer in pool.map(client.get, (f"{place}{short_id}/" for short_id in ids)):
            answer.raise_for_status()
        seconds = time.perf_counter() - start
    return Figure("bare GETs, 8 at a time", seconds, len(sandbox.requests()))


if __name__ == "__main__":
    main()
