"""The first five minutes on a terminal, whole: from `pip install` to an edit that is in PostHog."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from commands import person, seed
from mirrors import markdown_on
from nbsync.sandbox import Sandbox

pytestmark = pytest.mark.laws

ROOT = Path(__file__).parents[1]
PATIENCE = 60.0
PROMPT = "ready> "


class Shell:
    """A shell on a terminal, and all that was to be seen there."""

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self._unread = ""
        self.screen = ""

    def until(self, words: str) -> str:
        """Wait for words on the screen; what came before them since the last ones."""
        while words not in self._unread:
            readable = select.select([self._handle], [], [], PATIENCE)[0]
            assert readable, f"never seen: {words!r}\n{self.screen}"
            text = os.read(self._handle, 65536).decode(errors="replace").replace("\r\n", "\n")
            self.screen += text
            self._unread += text
        before, _, self._unread = self._unread.partition(words)
        return before

    def answers(self, question: str, answer: str) -> None:
        """Type an answer once a question is asked."""
        self.until(question)
        os.write(self._handle, f"{answer}\n".encode())

    def types(self, line: str, *answers: tuple[str, str]) -> str:
        """Type a command and answer its questions; what is seen after the last of them."""
        os.write(self._handle, f"{line}\n".encode())
        self.until("\n")
        for question, answer in answers:
            self.answers(question, answer)
        return self.until(PROMPT)


@contextmanager
def shell(env: dict[str, str], folder: Path) -> Iterator[Shell]:
    """A shell that ends with the block."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        ["/bin/sh"],
        cwd=folder,
        env={**env, "TERM": "xterm", "PS1": PROMPT, "ENV": ""},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    ) as process:
        os.close(theirs)
        try:
            found = Shell(ours)
            found.until(PROMPT)
            yield found
        finally:
            process.kill()
            with suppress(OSError):
                os.close(ours)


@pytest.fixture
def newcomer(tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """An environment with a fresh Python, and with nothing of PostHog.

    What nbsync needs, and what builds it, is there already: nothing is asked of the network.
    """
    person(tmp_path, sandbox, monkeypatch)
    (tmp_path / "home").mkdir()
    fresh = tmp_path / "fresh"
    venv.create(fresh, symlinks=True)
    [packages] = (fresh / "lib").glob("python*/site-packages")
    (packages / "outer.pth").write_text(sysconfig.get_path("purelib"))
    said = {name: os.environ[name] for name in os.environ if not name.startswith("POSTHOG_")}
    return said | {
        "PATH": f"{fresh / 'bin'}:{os.environ['PATH']}",
        "PYTHONPATH": str(Path(__file__).parent),
        "KEYRING_FILE": str(tmp_path / "keyring.json"),
        "PIP_NO_INDEX": "1",
        "PIP_NO_DEPS": "1",
        "PIP_NO_BUILD_ISOLATION": "0",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_CACHE_DIR": "1",
    }


def test_from_pip_install_to_an_edit_that_is_in_posthog(
    tmp_path: Path, sandbox: Sandbox, newcomer: dict[str, str]
) -> None:
    seed(sandbox, "weekly01", "# Weekly numbers\n\nSignups grew by 4 %.")
    sandbox.add_project(2, "Another one")
    with shell(newcomer, tmp_path / "home") as at:
        at.types(f"cd {ROOT} && python -m pip install --quiet . ; cd ~")
        assert str(tmp_path / "fresh") in at.types("command -v nbsync")
        where = at.types("python -c 'import nbsync; print(nbsync.__file__)'")
        assert where.startswith(str(tmp_path / "fresh")), where
        begun = at.types(
            "nbsync init my-notebooks",
            ("Its number or address [1]: ", "3"),
            ("Its address: ", sandbox.url),
            ("Key, not shown (Enter: later): ", sandbox.key),
            ("Its number or name [1]: ", "1"),
        )
        assert begun.endswith("  next: cd my-notebooks && nbsync pull\n"), begun
        assert "weekly01.md" in at.types("cd my-notebooks && nbsync pull")
        at.types("sed -i.bak 's/4 %/7 %/' weekly01.md && rm weekly01.md.bak")
        assert "\n-Signups grew by 4 %.\n" in at.types("NO_COLOR=1 nbsync diff")
        assert "changed 1 in PostHog; 1 notebook, 1 request." in at.types("nbsync push")
        assert "1 notebook in step" in at.types("nbsync status --exit-code && echo done")
        assert sandbox.key not in at.screen
    assert markdown_on(sandbox, "weekly01") == "# Weekly numbers\n\nSignups grew by 7 %."
    assert sys.prefix not in where
