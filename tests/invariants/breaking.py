"""Running one test against a broken copy of the sources."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "src"

Edit = tuple[str, str, str]
"""A file below src/nbsync/, the text that is there once, and what takes its place."""


def copied(folder: Path, edits: Iterable[Edit]) -> Path:
    """Copy the sources into a folder, and break the copy."""
    copy = folder / "src"
    shutil.copytree(SOURCES, copy, ignore=shutil.ignore_patterns("__pycache__"))
    for name, old, new in edits:
        file = copy / "nbsync" / name
        text = file.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{name}: {old}"
        file.write_text(text.replace(old, new), encoding="utf-8")
    return copy


def outcome(sources: Path, folder: Path, *tests: str) -> tuple[int, str]:
    """Run tests of this repository with other sources: pytest's exit code, and what it said."""
    environ = os.environ | {
        "PYTHONPATH": str(sources),
        "PYTHONDONTWRITEBYTECODE": "1",
        "HYPOTHESIS_PROFILE": "ci",
        "COLUMNS": "200",
    }
    used = ["-c", "import nbsync; print(nbsync.__file__)"]
    where = subprocess.run(
        [sys.executable, *used], env=environ, capture_output=True, text=True, check=True
    )
    assert where.stdout.startswith(str(sources)), where.stdout
    words = ["-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-n", "0"]
    done = subprocess.run(
        [sys.executable, *words, f"--basetemp={folder / 'tests'}", *tests],
        cwd=ROOT,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    return done.returncode, done.stdout
