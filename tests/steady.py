"""What is never the same twice in a conversation, and what stands for it."""

from __future__ import annotations

import re
from pathlib import Path

_DAY, _HOUR = r"\d{4}-\d\d-\d\d", r"\d\d:\d\d"
_NEVER_TWICE = [
    (re.compile(pattern, re.MULTILINE), stand_in)
    for pattern, stand_in in (
        (rf"{_DAY}[ T]{_HOUR}(:\d\d)?([.\d]*(Z|[+-]{_HOUR})| UTC)?|\b{_HOUR}:\d\d\b", "TIME"),
        (r"\b\d+ ms\b", "N ms"),
        (r"127\.0\.0\.1:\d{4,}", "127.0.0.1:PORT"),
        (r"-[0-9a-f]{16}\.", "-DIGEST."),
        (r"^@[0-9a-f]{8}\b", "@KEY"),
        (r"\((DNS:|self.signed certificate)[^)]*\)", r"(\1 …)"),
        (r"at \d+ (does not speak TLS as it should) \([^)]*\)", r"at PORT \1 (…)"),
        (r"(?<![\d.])(?!127\.)\d+\.\d+\.\d+\b", "X.Y.Z"),
        (r"[\d.]+ [kMGT]B free", "N GB free"),
        (r"^(ok      system      ).*", r"\1…"),
        (r"^(ok      watch       the system's own events ).*", r"\1…"),
    )
]
_NEW_ID = re.compile(r"\b[0-9A-Za-z]{10}\b")


class Steady:
    """Puts stand-ins for what is never the same twice, or on another machine, and takes them back.

    Args:
        here: The folder that all takes place in.
        url: Where the server is.
    """

    def __init__(self, here: Path, url: str) -> None:
        self._here, self._url = here, url
        self._ids: dict[str, str] = {}

    def lines(self, screen: str) -> list[str]:
        """What was printed, in lines, with stand-ins."""
        screen = screen.replace(self._url, "SERVER").replace(str(self._here), "HERE")
        for pattern, stand_in in _NEVER_TWICE:
            screen = pattern.sub(stand_in, screen)
        return _NEW_ID.sub(self._id, screen).splitlines()

    def real(self, text: str) -> str:
        """A text with what its stand-ins stand for."""
        for short_id, stand_in in self._ids.items():
            text = text.replace(stand_in, short_id)
        return text.replace("SERVER", self._url).replace("HERE", str(self._here))

    def _id(self, found: re.Match[str]) -> str:
        word = found[0]
        is_id = word in self._ids or any(self._here.glob(f"**/.nbsync/*/{word}*"))
        return self._ids.setdefault(word, f"<new-id-{len(self._ids) + 1}>") if is_id else word
