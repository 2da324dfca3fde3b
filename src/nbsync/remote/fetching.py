"""Getting many things at a time, through a window that keeps memory flat."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


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
    stop = threading.Event()
    pool = ThreadPoolExecutor(parallel, thread_name_prefix="nbsync-fetch")
    under_way: set[Future[R]] = set()
    try:
        for each in wanted:
            under_way.add(pool.submit(get, each, stop))
            if len(under_way) == 2 * parallel:
                arrived, under_way = wait(under_way, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in arrived)
        while under_way:
            arrived, under_way = wait(under_way, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in arrived)
    finally:
        stop.set()
        pool.shutdown(wait=True, cancel_futures=True)
