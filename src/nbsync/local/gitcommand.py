"""One git command, run so that nothing but git itself runs, whatever a repository says."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from nbsync.errors import NbsyncError

# `update-ref --stdin` tells at once that a change is prepared since 2.34.
_OLDEST = (2, 34)
# No hook, no monitor, no index in two parts; messages in UTF-8.
_SAFE = {
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "core.splitIndex": "false",
    "i18n.commitEncoding": "UTF-8",
}
# What would lead git to another repository or index, as in a hook, or date and sign for another.
_UNSET = re.compile(
    r"GIT_(DIR|WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|COMMON_DIR"
    r"|NAMESPACE|PREFIX|AUTHOR_.*|\w+_PATHSPECS)|POSTHOG.*|NBSYNC.*"
)


@dataclass(frozen=True, slots=True)
class Git:
    """The git of one checkout.

    Attributes:
        top: The checkout's top folder.
        index: Another index than the checkout's own; None for that.
    """

    top: Path
    index: Path | None = None

    def run(
        self,
        *words: str,
        data: bytes = b"",
        env: Mapping[str, str] | None = None,
        ok: Collection[int] = (0,),
    ) -> bytes:
        """Run a command to its end.

        Args:
            *words: The command and its arguments.
            data: Its standard input.
            env: What its environment has on top of this process's.
            ok: The exit codes that are no failure.

        Returns:
            Its standard output.

        Raises:
            NbsyncError: It failed, with what git said; or there is no git.
        """
        with self.start(*words, env=env) as process:
            out, err = process.communicate(data)
        if process.returncode not in ok:
            raise failure(words[0], err)
        return out

    def start(self, *words: str, env: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        """Start a command that is talked to while it runs.

        Raises:
            NbsyncError: There is no git.
        """
        safe = [part for name, value in _SAFE.items() for part in ("-c", f"{name}={value}")]
        try:
            return subprocess.Popen(  # noqa: S603 - git, with words of ours
                ["git", *safe, *words],  # noqa: S607 - the user's own git
                cwd=self.top,
                env={**self._environment(), **(env or {})},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
        except OSError as error:
            raise NbsyncError(
                f"git cannot be run: {error.strerror}.",
                hint="install git 2.34 or newer",
            ) from error

    def check_age(self) -> None:
        """See to it that there is a git, and that it is not too old.

        Raises:
            NbsyncError: It is not so.
        """
        said = self.run("--version").decode("utf-8", "replace")
        found = re.search(r"(\d+)\.(\d+)", said)
        if found is None or (int(found[1]), int(found[2])) < _OLDEST:
            raise NbsyncError(
                f"This git is too old for what is asked of it here: {said.strip()}.",
                hint="install git 2.34 or newer",
            )

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not _UNSET.fullmatch(name)}
        kept |= {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"}
        index = {} if self.index is None else {"GIT_INDEX_FILE": str(self.index)}
        return kept | index | {"GIT_LITERAL_PATHSPECS": "1"}


def failure(word: str, err: bytes) -> NbsyncError:
    """The error for a git command that failed, in git's own words."""
    said = " ".join(err.decode("utf-8", "replace").split()) or "it did not say why"
    return NbsyncError(f"git {word} failed: {said}", hint="git status")
