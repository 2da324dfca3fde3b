"""A mirror of the sandbox that is for some of its notebooks only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mirrors import never_sleep
from nbsync.api.connecting import connect
from nbsync.local import Directory
from nbsync.model import EVERYTHING, Plan, Report, Selection
from nbsync.remote import Selecting, Server
from nbsync.sandbox import Sandbox
from nbsync.store import DiskStore
from nbsync.sync import Mirror, Survey, run, status

HEAD = ("GET", "?limit=100&offset=0")
WHOLE = ("GET", "?limit=1000&offset=0")
MINE = ("GET", "?limit=1&offset=0&user=true")


@contextmanager
def opened(
    root: Path, sandbox: Sandbox, selection: Selection = EVERYTHING, *, key: str | None = None
) -> Iterator[Mirror]:
    """The mirror in a folder, with its lock held."""
    root.mkdir(exist_ok=True)
    used = key or sandbox.key
    client = connect(sandbox.url, used, project=sandbox.project, env={}, sleep=never_sleep)
    try:
        with DiskStore(root, host=sandbox.url, project=sandbox.project) as store:
            server = Server(client, selecting=Selecting(selection, used[-5:]))
            yield Mirror(Directory(root), server, store, selection=selection)
    finally:
        client.close()


def go(
    root: Path,
    sandbox: Sandbox,
    selection: Selection,
    *halves: str,
    key: str | None = None,
    **options: Any,
) -> Report:
    """One run as a command would make it: "pull", "push", or both; both where none is named."""
    these = halves or ("pull", "push")
    with opened(root, sandbox, selection, key=key) as mirror:
        return run(mirror, pull="pull" in these, push="push" in these, **options)


def looked(
    root: Path, sandbox: Sandbox, selection: Selection, *, offline: bool = False
) -> tuple[Survey, Plan]:
    """What status would tell."""
    with opened(root, sandbox, selection) as mirror:
        return status(mirror, offline=offline)


def uuid(sandbox: Sandbox, name: str) -> str:
    """The uuid of somebody who has made a notebook."""
    made = sandbox.seed(short_id=f"of{name}", created_by=name, deleted=True)
    found = made["created_by"]["uuid"]
    assert isinstance(found, str)
    return found
