"""Progress on a terminal: a count, and an honest estimate of the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from nbsync.cli.options import Settings
from nbsync.sync.work import unseen

_WORTH_DRAWING = 20


@contextmanager
def progress(settings: Settings) -> Iterator[Callable[[int, int], None]]:
    """A function to be told (done, total); `unseen` where nobody would see it.

    Nothing is drawn, and rich is not loaded, until a run turns out to be a long one.
    """
    if not settings.draws:
        yield unseen
        return
    bars: list[_Bar] = []

    def advance(done: int, total: int) -> None:
        if total < _WORTH_DRAWING:
            return
        if not bars:
            bars.append(_Bar(total, no_color=settings.no_color))
        bars[0].show(done, total)

    try:
        yield advance
    finally:
        for bar in bars:
            bar.close()


class _Bar:
    """A bar on standard error that goes when it is done."""

    def __init__(self, total: int, *, no_color: bool) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

        self._progress = Progress(
            "{task.description}",
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True, no_color=no_color or None),
            transient=True,
        )
        self._progress.start()
        self._task = self._progress.add_task("notebooks", total=total)

    def show(self, done: int, total: int) -> None:
        self._progress.update(self._task, completed=done, total=total)

    def close(self) -> None:
        self._progress.stop()
