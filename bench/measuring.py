"""Whole processes and what each of them took, and a sandbox in a process of its own."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbsync.sandbox import Sandbox

HERE = Path(__file__).parent
NBSYNC = (str(Path(sys.executable).with_name("nbsync")),)
_MIB = 1024
_SIZE = 2500  # characters of a notebook, as most are


@dataclass(frozen=True, slots=True)
class Spent:
    """What a process took.

    Attributes:
        seconds: On the wall.
        cpu: Seconds of a processor, in the process and in the system for it.
        peak: The largest memory, in MiB.
        requests: How many the sandbox answered meanwhile.
        received: How many bytes the bodies of its answers had.
    """

    seconds: float
    cpu: float
    peak: float
    requests: int = 0
    received: int = 0


def median(spent: Sequence[Spent]) -> Spent:
    """Each figure's median; the requests and bytes, the same each time, of the last."""
    return Spent(
        seconds=statistics.median(each.seconds for each in spent),
        cpu=statistics.median(each.cpu for each in spent),
        peak=statistics.median(each.peak for each in spent),
        requests=spent[-1].requests,
        received=spent[-1].received,
    )


@dataclass(frozen=True, slots=True)
class Server:
    """A sandbox that runs."""

    url: str

    def answered(self) -> tuple[int, int]:
        """How many requests there were since the last time, and bytes in answers to them."""
        log = self._pull("requests", method="GET")
        self._pull("requests", method="DELETE")
        return len(log), sum(each["bytes"] for each in log)

    def delay(self, seconds: float) -> None:
        """Let every answer take so much longer from now on."""
        self._pull("faults", {"delay": seconds, "times": None})

    def _pull(self, lever: str, order: object = None, *, method: str = "POST") -> Any:
        data = None if order is None else json.dumps(order).encode()
        request = urllib.request.Request(  # noqa: S310 - plain http to this machine
            f"{self.url}/_sandbox/{lever}", data=data, method=method
        )
        with urllib.request.urlopen(request) as answer:  # noqa: S310 - as above
            return json.load(answer)


def seeded(folder: Path, number: int) -> Path:
    """A file with so many notebooks for a sandbox, called nb000000 and so on."""
    data = folder / f"{number}.sqlite3"
    with Sandbox(data=data) as sandbox:
        for index in range(number):
            title = f"Notebook {index:06}"
            text = f"# {title}\n\n" + "A line of some length.\n" * (_SIZE // 23)
            content = sandbox.markdown(text)
            sandbox.seed(short_id=f"nb{index:06}", title=title, content=content)
    return data


@contextmanager
def serving(data: Path) -> Iterator[Server]:
    """A sandbox with these notebooks, in a process of its own."""
    command = [*NBSYNC, "sandbox", "--port", "0", "--data", str(data), "--quiet"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Server(process.stdout.readline().strip())
        finally:
            process.terminate()


def spent(
    command: Sequence[str],
    folder: Path,
    server: Server | None = None,
    **environment: str,
) -> Spent:
    """Run a command to its end.

    Raises:
        RuntimeError: It failed.
    """
    if server is not None:
        server.answered()
        environment = {
            "POSTHOG_HOST": server.url,
            "POSTHOG_PERSONAL_API_KEY": Sandbox.key,
            **environment,
        }
    inherited = {key: os.environ[key] for key in os.environ if key != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryFile() as said:
        start = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**inherited, "NBSYNC_RATE_LIMIT": "off", **environment},
            stdout=said,
            stderr=said,
        )
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            raise RuntimeError(f"{command} failed: {said.read().decode()}")
    asked, received = (0, 0) if server is None else server.answered()
    cpu = used.ru_utime + used.ru_stime
    return Spent(seconds, cpu, used.ru_maxrss / _MIB, asked, received)


def paired(
    one: Sequence[str], other: Sequence[str], folder: Path, times: int
) -> tuple[Spent, Spent, float]:
    """Two commands in turn, after one of each that does not count.

    Returns:
        The median of each, and the median of what the one took over what the other did.
    """
    pairs = [(spent(one, folder), spent(other, folder)) for _ in range(times + 1)][1:]
    ratio = statistics.median(first.seconds / second.seconds for first, second in pairs)
    return median([first for first, _ in pairs]), median([second for _, second in pairs]), ratio
