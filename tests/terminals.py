"""A command in a process of its own that has a terminal, and what is typed on it."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
from codecs import getincrementaldecoder
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_PATIENCE = 30.0


@dataclass(frozen=True)
class Screen:
    """How a command on a terminal ended, and all that was to be seen on it."""

    code: int
    text: str


def on_terminal(
    words: Sequence[str], *answers: tuple[str, str], folder: Path, env: Mapping[str, str]
) -> Screen:
    """Run nbsync on a terminal, and answer its questions.

    Args:
        words: What is typed after `nbsync`.
        *answers: Each what is waited for on the screen, and what is typed then.
        folder: Where it is run.
        env: The environment.
    """
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "nbsync", *words],
        cwd=folder,
        env={**env, "TERM": "xterm"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,  # away from the terminal that the tests may have themselves
    )
    os.close(theirs)
    decoder = getincrementaldecoder("utf-8")()
    seen, unread, left = "", "", list(answers)
    with suppress(OSError):  # the terminal is gone
        while select.select([ours], [], [], _PATIENCE)[0] and (piece := os.read(ours, 4096)):
            text = decoder.decode(piece)
            seen, unread = seen + text, unread + text
            while left and left[0][0] in unread:
                unread = unread.partition(left[0][0])[2]
                os.write(ours, left.pop(0)[1].encode())
    if left:
        process.kill()
    code = process.wait(_PATIENCE)
    os.close(ours)
    assert not left, f"never seen: {left[0][0]!r}\n{seen}"
    return Screen(code, seen.replace("\r\n", "\n"))
