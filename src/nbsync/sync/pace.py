"""What a watch is ticked by, and whom it tells about the ticks to come."""

from __future__ import annotations

from typing import Protocol


class Tick(Protocol):
    """Which halves to look at."""

    @property
    def pull(self) -> bool:
        """Whether the server may have changed."""
        ...

    @property
    def push(self) -> bool:
        """Whether the files may have changed."""
        ...


class Hold(Protocol):
    """Whom the loop tells about the ticks to come."""

    def retry_in(self, seconds: float) -> None:
        """Give no tick for so many seconds, then one of both halves."""
        ...

    def look_again_in(self, seconds: float) -> None:
        """Give another tick of the same halves after so many seconds."""
        ...

    def failed(self) -> float:
        """Give no tick for a while, longer each time, and say for how many seconds."""
        ...

    def succeeded(self) -> None:
        """Let the next failure be the first."""
        ...
