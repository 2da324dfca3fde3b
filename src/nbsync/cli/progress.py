"""Progress on a terminal: a count, and an honest estimate of the rest."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from nbsync.cli.options import Settings
from nbsync.sync.spells import lasted
from nbsync.sync.work import unseen

if TYPE_CHECKING:
    from rich.progress import ProgressColumn, Task
    from rich.text import Text

    from nbsync.api.budget import Forecast, Limit

_WORTH_DRAWING = 20
# What takes so many seconds because of the limits alone is worth a sentence.
_WORTH_SAYING = 60.0
_ASKED_EVERY = 10.0
_STRETCHES = {1: "a second", 60: "a minute", 3600: "an hour"}


@contextmanager
def progress(
    settings: Settings, forecast: Callable[[int], Forecast] | None = None
) -> Iterator[Callable[[int, int], None]]:
    """A function to be told (done, total); `unseen` where nobody would see it.

    Nothing is drawn, and rich is not loaded, until a run turns out to be a long one.

    Args:
        settings: How to speak.
        forecast: How soon so many notebooks can be done at best, under the key's limits.
    """
    if not settings.draws:
        yield unseen
        return
    bars: list[_Bar] = []

    def advance(done: int, total: int) -> None:
        if total < _WORTH_DRAWING:
            return
        if not bars:
            if forecast is not None:
                _say_how_long(total, forecast(total - done))
            bars.append(_Bar(total, Least(forecast), no_color=settings.no_color))
        bars[0].show(done, total)

    try:
        yield advance
    finally:
        for bar in bars:
            bar.close()


def _say_how_long(total: int, rest: Forecast) -> None:
    """Say once why it will take long, if it will: nobody is to think that nothing happens."""
    if rest.seconds >= _WORTH_SAYING:
        click.echo(
            f"{total:,} notebooks: at least {lasted(rest.seconds)}, because this key may send"
            f" {allowance(rest.limits)}.\nStop it whenever you like: the same command goes on where"
            " this one stopped.",
            err=True,
        )


def allowance(limits: Iterable[Limit]) -> str:
    """Limits in words: "480 requests a minute and 4,800 an hour"."""
    kept = sorted(limits, key=lambda each: each.seconds)
    said = [f"{each.requests:,} {_STRETCHES[each.seconds]}" for each in kept]
    number, stretch = said[0].split(" ", 1)
    return " and ".join((f"{number} requests {stretch}", *said[1:]))


class Least:
    """The seconds that the rest takes at least; asked for now and then, and counted down between.

    Args:
        forecast: As for `progress`.
        clock: Seconds, by a clock that only goes forward.
    """

    def __init__(
        self,
        forecast: Callable[[int], Forecast] | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._forecast = forecast
        self._clock = clock
        self._end = self._again = clock()

    def note(self, left: int) -> None:
        """Learn how many notebooks are left."""
        now = self._clock()
        if self._forecast is not None and now >= self._again:
            self._end, self._again = now + self._forecast(left).seconds, now + _ASKED_EVERY

    def seconds(self) -> float:
        """How long it takes from now on at least; 0 where no limit is in the way."""
        return max(self._end - self._clock(), 0.0)


class _Bar:
    """A bar on standard error that goes when it is done."""

    def __init__(self, total: int, least: Least, *, no_color: bool) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress

        self._least = least
        self._progress = Progress(
            "{task.description}",
            BarColumn(),
            MofNCompleteColumn(),
            _remaining(least),
            console=Console(stderr=True, no_color=no_color or None),
            transient=True,
        )
        self._progress.start()
        self._task = self._progress.add_task("notebooks", total=total)

    def show(self, done: int, total: int) -> None:
        self._least.note(total - done)
        self._progress.update(self._task, completed=done, total=total)

    def close(self) -> None:
        self._progress.stop()


def _remaining(least: Least) -> ProgressColumn:
    """The column that says how long it still takes: as it went so far, and as is allowed."""
    from rich.progress import ProgressColumn
    from rich.text import Text

    class Remaining(ProgressColumn):
        max_refresh = 0.5

        def render(self, task: Task) -> Text:
            return Text(remaining(task.time_remaining, least.seconds()), style="progress.remaining")

    return Remaining()


def remaining(as_it_went: float | None, least: float) -> str:
    """How long it still takes, in words; "" where nothing is known yet.

    Args:
        as_it_went: Seconds, if it goes on as in the last half minute; None if that is not known.
            Where a limit has hours to go, the first minute says nothing of them.
        least: Seconds that the limits make of it.
    """
    seconds = max(as_it_went or 0.0, least)
    return f"{lasted(seconds)} left" if seconds >= 1 else ""
