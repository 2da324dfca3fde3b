"""Where everything arrives that ends a wait: from threads, from signal handlers, in any number."""

from __future__ import annotations

from enum import StrEnum
from queue import Empty, SimpleQueue


class News(StrEnum):
    """What arrived."""

    STIRRED = "stirred"
    ASKED = "asked"
    STOP = "stop"


class Inbox:
    """News of three kinds; of each, one lies here at most, so that a storm of them takes no room.

    All but `get` may be called from any thread and from signal handlers: the queue below is made
    for that, and the marks beside it only ever spare a second piece of the same news.
    """

    def __init__(self) -> None:
        self._queue: SimpleQueue[News] = SimpleQueue()
        self._lies_here = dict.fromkeys(News, False)

    @property
    def stopped(self) -> bool:
        """Whether it was stopped; it stays so."""
        return self._lies_here[News.STOP]

    def stirred(self) -> None:
        """Tell that a file may have changed."""
        self._put(News.STIRRED)

    def ask(self) -> None:
        """Ask for a look at both sides now."""
        self._put(News.ASKED)

    def stop(self) -> None:
        """End the ticks; the one that is under way is carried out."""
        self._put(News.STOP)

    def get(self, timeout: float) -> News | None:
        """Wait for the next piece of news.

        Args:
            timeout: Seconds, at least 0.

        Returns:
            It, or None where none came in time.
        """
        try:
            news = self._queue.get(timeout=timeout)
        except Empty:
            return None
        # What comes from here on may be put again. What came a moment earlier and was spared
        # is answered by this piece: whoever gets it looks only after it has been returned.
        if news is not News.STOP:
            self._lies_here[news] = False
        return news

    def _put(self, news: News) -> None:
        if not self._lies_here[news]:
            self._lies_here[news] = True
            self._queue.put(news)
