"""Effects that are counted, so that a process can be killed at any of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

EFFECTS = {
    "local": ("write", "write_new", "remove"),
    "remote": ("create", "update", "undelete", "delete"),
    "store": (
        "put_base",
        "put_bases",
        "drop_base",
        "put_step",
        "put_row",
        "put_rows",
        "keep_text",
        "keep_record",
        "enter",
        "strike",
        "open_conflict",
        "close_conflict",
    ),
}

# Each thing that these are given is an effect of its own.
_MANY = frozenset({"write_new", "put_bases"})


class Killed(BaseException):
    """The process is gone; nothing that it would have done happens any more."""


@dataclass
class Clock:
    """Counts effects, and kills at one of them: before it, or after it."""

    kill_at: int | None = None
    after: bool = False
    count: int = 0
    before_effect: Callable[[str], None] | None = None

    def around(self, name: str, effect: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **kwargs: Any) -> Any:
            self.count += 1
            due = self.count == self.kill_at
            if due and not self.after:
                raise Killed
            if self.before_effect is not None:
                self.before_effect(name)
            result = effect(*args, **kwargs)
            if due:
                raise Killed
            return result

        return counted


class Watched:
    """A replica or a store whose effects are counted."""

    def __init__(self, target: Any, names: tuple[str, ...], clock: Clock) -> None:
        self._target = target
        self._names = names
        self._clock = clock

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._target, name)
        if name not in self._names:
            return value
        counted = self._clock.around(name, value)
        if name in _MANY:
            return lambda things: [outcome for each in things for outcome in counted([each])]
        return counted
