"""A mirror of the sandbox in a folder, as the command line opens it, and ways to look at it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nbsync.api.connecting import connect
from nbsync.local import Directory
from nbsync.model import Report
from nbsync.remote import Server
from nbsync.sandbox import Sandbox
from nbsync.store import DiskStore
from nbsync.sync import Mirror, run


def never_sleep(seconds: float) -> None:
    """Stand in for a pause."""


@contextmanager
def opened(
    root: Path,
    sandbox: Sandbox,
    *,
    form: str = "markdown",
    key: str | None = None,
    wait: float = 0,
    parallel: int = 8,
) -> Iterator[Mirror]:
    """The mirror in a folder, with its lock held."""
    client = connect(
        sandbox.url, key or sandbox.key, project=sandbox.project, env={}, sleep=never_sleep
    )
    root.mkdir(parents=True, exist_ok=True)
    try:
        with DiskStore(root, host=sandbox.url, project=sandbox.project, wait=wait) as store:
            server = Server(client, parallel=parallel)
            yield Mirror(Directory(root), server, store, form)
    finally:
        client.close()


def go(root: Path, sandbox: Sandbox, *halves: str, **options: Any) -> Report:
    """One run as a command would make it: "pull", "push", or both."""
    mirror_options = {name: options.pop(name) for name in ("form", "key") if name in options}
    with opened(root, sandbox, **mirror_options) as mirror:
        return run(mirror, pull="pull" in halves, push="push" in halves, **options)


def sync(root: Path, sandbox: Sandbox, **options: Any) -> Report:
    """Both halves."""
    return go(root, sandbox, "pull", "push", **options)


def seed_each(sandbox: Sandbox, short_ids: Iterable[str]) -> None:
    """Put Markdown notebooks of three paragraphs there, each titled by its id."""
    for short_id in short_ids:
        title = f"Title of {short_id}"
        text = f"# {title}\n\nOne.\n\nTwo.\n\nThree."
        sandbox.seed(short_id=short_id, title=title, content=sandbox.markdown(text))


def pulled(root: Path, sandbox: Sandbox) -> Path:
    """A mirror in which everything has just been pulled, and nothing asked since."""
    go(root, sandbox, "pull")
    asked(sandbox)
    return root


def asked(sandbox: Sandbox) -> list[tuple[str, str]]:
    """The requests since the log was last cleared, as (method, path and query); clears it."""
    prefix = f"/api/projects/{sandbox.project}/notebooks/"
    log = [
        (
            each["method"],
            each["path"].removeprefix(prefix) + (f"?{each['query']}" if each["query"] else ""),
        )
        for each in sandbox.requests()
    ]
    sandbox.clear()
    return log


def pages(root: Path) -> dict[str, str]:
    """Every page's text by path."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes().decode()
        for path in sorted(root.rglob("*"))
        if path.suffix in {".md", ".json"} and not path.relative_to(root).parts[0].startswith(".")
    }


def edit(path: Path, old: str, new: str) -> None:
    """Replace a piece of a file that must be there, byte for byte."""
    text = path.read_bytes().decode()
    assert old in text
    path.write_bytes(text.replace(old, new).encode())


def touched(root: Path, *, below: str = "") -> dict[str, tuple[int, int, int, str]]:
    """Size, mtime, inode and digest of every file, to see that nothing was touched."""
    found = {}
    for path in sorted((root / below).rglob("*")):
        if path.is_file():
            stat = path.stat()
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            found[os.fspath(path.relative_to(root))] = (
                stat.st_size,
                stat.st_mtime_ns,
                stat.st_ino,
                digest,
            )
    return found


def markdown_on(sandbox: Sandbox, short_id: str) -> str:
    """The Markdown that the server holds."""
    text = sandbox.record(short_id)["content"]["content"][0]["attrs"]["markdown"]
    assert isinstance(text, str)
    return text


def there(sandbox: Sandbox, short_id: str, old: str, new: str, **fields: object) -> None:
    """Replace a piece of the notebook that must be there, as another user in a browser."""
    text = markdown_on(sandbox, short_id)
    assert old in text
    sandbox.write(short_id, content=sandbox.markdown(text.replace(old, new)), **fields)
