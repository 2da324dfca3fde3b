"""Getting many things at a time, through a window that keeps memory flat."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterable, Mapping
from queue import SimpleQueue
from typing import Generic, TypeVar

from nbsync.errors import ConfigError

VARIABLE = "NBSYNC_PARALLEL"
_USUAL, _MOST = 8, 64

T = TypeVar("T")
R = TypeVar("R")


def parallel_for(env: Mapping[str, str]) -> int:
    """How many notebooks are to be fetched at a time.

    Args:
        env: The environment; NBSYNC_PARALLEL is a number from 1 to 64.

    Raises:
        ConfigError: It is none.
    """
    text = env.get(VARIABLE, "").strip()
    if not text:
        return _USUAL
    if text in map(str, range(1, _MOST + 1)):
        return int(text)
    raise ConfigError(
        f"{VARIABLE} is {text!r}, which is no number from 1 to {_MOST}.",
        hint=f"export {VARIABLE}={_USUAL}   # or: unset {VARIABLE}",
    )


def fetch_all(
    get: Callable[[T, threading.Event], R], wanted: Iterable[T], *, parallel: int
) -> Generator[R, None, None]:
    """Call a function for each of many things in threads, and yield what it returns.

    At most twice as many as run at a time are under way or waiting to be taken. When the
    iterator is closed, those that wait are dropped and those that run are waited for.

    Args:
        get: Called with one thing, and an event that is set when nobody wants it any more.
        wanted: The things; asked for one by one, in the caller's thread.
        parallel: How many run at a time.

    Yields:
        Results, as they arrive.

    Raises:
        Exception: What the function raised first.
    """
    window, under_way = _Window(get, parallel), 0
    try:
        for each in wanted:
            window.put(each)
            under_way += 1
            if under_way == 2 * parallel:
                yield window.take()
                under_way -= 1
        for _ in range(under_way):
            yield window.take()
    finally:
        window.close()


class _Window(Generic[T, R]):
    """Threads that take things from one queue and put what became of them into another.

    The queues cost a tenth of what futures do that are waited for anew at every answer.
    """

    def __init__(self, get: Callable[[T, threading.Event], R], parallel: int) -> None:
        self._get = get
        self._parallel = parallel
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._asked: SimpleQueue[tuple[T] | None] = SimpleQueue()
        self._answered: SimpleQueue[tuple[R] | BaseException] = SimpleQueue()

    def put(self, one: T) -> None:
        """Have one thing got; the first few have a thread started each."""
        self._asked.put((one,))
        if len(self._threads) < self._parallel:
            name = f"nbsync-fetch-{len(self._threads)}"
            # One that nobody closes must not keep the process from ending.
            thread = threading.Thread(target=self._work, name=name, daemon=True)
            thread.start()
            self._threads.append(thread)

    def take(self) -> R:
        """Wait for the next answer.

        Raises:
            Exception: What was raised in place of one.
        """
        answer = self._answered.get()
        if isinstance(answer, BaseException):
            raise answer
        return answer[0]

    def close(self) -> None:
        """Drop what nobody has begun with, and wait for the rest."""
        self._stop.set()
        for _ in self._threads:
            self._asked.put(None)
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while (asked := self._asked.get()) is not None and not self._stop.is_set():
            try:
                answer: tuple[R] | BaseException = (self._get(asked[0], self._stop),)
            except BaseException as error:  # noqa: BLE001 - it is raised where it is taken
                answer = error
            self._answered.put(answer)
