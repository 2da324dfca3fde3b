"""The mirror's folder, its nbsync.toml, and what nbsync remembers in .nbsync/."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from shlex import quote

from nbsync.cli.checkups.finding import Finding, failed, note, ok
from nbsync.cli.show import counted
from nbsync.config import FILE, Config, check_environment, find_root, load
from nbsync.errors import ConfigError, NbsyncError
from nbsync.files import reason
from nbsync.store import DiskStore
from nbsync.store.lock import holder

_LITTLE = 100 * 1024 * 1024
"""Bytes; with less, a first pull may not fit."""

_GIGA = 1024**3


@dataclass(frozen=True, slots=True)
class Place:
    """The mirror that the doctor was called to.

    Attributes:
        root: Its folder; None outside of a mirror.
        config: What its nbsync.toml says; None where that cannot be used.
    """

    root: Path | None
    config: Config | None


def look_for_mirror(start: Path, env: Mapping[str, str]) -> tuple[Place, list[Finding]]:
    """Where the mirror is, and whether its nbsync.toml and the environment mean the same.

    Args:
        start: Where the command was started.
        env: The environment.
    """
    try:
        root = find_root(start)
    except ConfigError:
        hint = "nbsync init   # or go to the folder of a mirror, for the rest of the report"
        return Place(None, None), [note("mirror", f"{start} is in no mirror: no {FILE}", hint)]
    try:
        config = load(root)
    except ConfigError as error:
        return Place(root, None), [failed("mirror", error)]
    said = f"{root / FILE}: project {config.project} at {config.host}"
    found = [ok("mirror", f"{said}, as {config.form}")]
    try:
        check_environment(config, env)
    except ConfigError as error:
        found.append(failed("environment", error))
    return Place(root, config), found


def look_at_folder(root: Path) -> list[Finding]:
    """Whether the folder can be written to, how much room there is, and whether case counts."""
    try:
        if not _may_write(root):
            raise PermissionError(0, "you may not write there")
        free = shutil.disk_usage(root).free
    except OSError as error:
        what = f"{root} cannot be written: {reason(error)}"
        return [failed("folder", NbsyncError(what, hint=f"ls -ld {quote(str(root))}"))]
    case = "case-sensitive" if _tells_case(root) else "not case-sensitive"
    said = f"{root}: writable, {free / _GIGA:.1f} GB free, {case}"
    if free < _LITTLE:
        return [note("folder", said, f"df -h {quote(str(root))}   # free some space")]
    return [ok("folder", said)]


def look_at_memory(root: Path, config: Config) -> list[Finding]:
    """Whether .nbsync/ is this mirror's and can be read, and whether something was left undone."""
    folder = root / ".nbsync"
    if not folder.is_dir():
        return [note("memory", f"{folder} is not there yet", "nbsync pull")]
    found: list[Finding] = []
    try:
        with DiskStore(root, host=config.host, project=config.project, read_only=True) as store:
            # What a run has in hand that is under way was not broken off.
            found += _lock(folder) or _journal(folder, store)
            found += _bases(folder, store)
    except NbsyncError as error:
        found.append(failed("memory", error))
    return found


def _lock(folder: Path) -> list[Finding]:
    if not _may_write(folder):
        raise NbsyncError(f"{folder} cannot be written", hint=f"ls -ld {quote(str(folder))}")
    who = holder(folder)
    if who is None:
        return []
    hint = "wait for it to end; if it never does, end it"
    return [note("lock", f"another nbsync is at work in {folder.parent}: {who}", hint)]


def _journal(folder: Path, store: DiskStore) -> Iterator[Finding]:
    entries = store.journal()
    begun = sum(1 for entry in entries if entry.kind != "create" or entry.sent is not None)
    if begun:
        what = f"{counted(begun, 'notebook')} in the hand of a run that was broken off"
        yield note("journal", f"{what}; the next one goes on from there", "nbsync sync")
    bad = sorted((folder / "journal").glob("*.bad*"))
    if bad:
        hint = "nbsync add FILE   # for a page that was to become a notebook; then remove it"
        yield note("journal", f"what could not be read was put aside: {bad[0]}", hint)


def _bases(folder: Path, store: DiskStore) -> Iterator[Finding]:
    known = len(store.bases())
    there = len(list((folder / "base").glob("*.json")))
    said = f"{folder}: {counted(known, 'notebook')} remembered"
    if there > known:
        lost = counted(there - known, "base record")
        hint = "nbsync sync   # compares them; what differs becomes a conflict"
        yield note("memory", f"{said}; {lost} cannot be read, and count as missing", hint)
    else:
        yield ok("memory", said)


def _may_write(folder: Path) -> bool:
    effective = os.access in os.supports_effective_ids
    return os.access(folder, os.W_OK | os.X_OK, effective_ids=effective)


def _tells_case(root: Path) -> bool:
    return not (root / FILE.upper()).exists()
