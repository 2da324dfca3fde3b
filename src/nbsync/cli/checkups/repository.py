"""The git repository that a mirror lies in, and whether the right things go into it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from shlex import quote

from nbsync.cli.checkups.finding import Finding, note, ok
from nbsync.cli.show import counted
from nbsync.errors import Busy, NbsyncError
from nbsync.local.git import Checkout, checkout_of
from nbsync.local.gitcommand import Git

_BASE = ".nbsync/base/any.json"
_OTHER = ".nbsync/index.sqlite3"
_INIT = "nbsync init --git"


def look_at_repository(root: Path) -> list[Finding]:
    """Whether git is in the middle of something, and leaves bases alone and all else out."""
    checkout = checkout_of(root)
    if checkout is None:
        return [ok("repository", "none: the mirror is not under git")]
    try:
        found = list(_amiss(root, checkout))
    except NbsyncError as error:
        found = [note("repository", f"it cannot be asked: {error.message}", error.hint)]
    return found or [ok("repository", f"{checkout.top}, on {checkout.head()}")]


def _amiss(root: Path, checkout: Checkout) -> Iterator[Finding]:
    try:
        checkout.check_idle()
    except Busy as error:
        hint = f"{error.hint}   # finish that or give it up: until then, nothing moves"
        yield note("repository", error.message, hint)
    git = Git(root)
    # It takes no literal pathspecs, which all else of nbsync's asks for.
    env = {"GIT_LITERAL_PATHSPECS": "0"}
    ignored = git.run("check-ignore", _BASE, _OTHER, env=env, ok=(0, 1)).decode().split()
    if _BASE in ignored:
        what = "git leaves .nbsync/base/ out: in a clone, nobody knows what the pages stand on"
        yield note("repository", what, f"{_INIT}   # then: git check-ignore -v {_BASE}")
    if _OTHER not in ignored:
        what = "git does not leave out what is this machine's alone in .nbsync/"
        yield note("repository", what, _INIT)
    kept = [name for name in _tracked(git) if not name.startswith(".nbsync/base/")]
    if kept:
        what = f"git has {counted(len(kept), 'file')} of this machine's own, such as {kept[0]}"
        yield note("repository", what, f"git rm --cached {quote(kept[0])}")
    if b": unset" not in git.run("check-attr", "text", "--", _BASE):
        what = "git may change the line ends of pages and bases: .gitattributes does not keep it"
        yield note("repository", f"{what} from it", _INIT)


def _tracked(git: Git) -> list[str]:
    listed = git.run("ls-files", "-z", "--", ".nbsync").decode("utf-8", "replace")
    return [name for name in listed.split("\0") if name]
