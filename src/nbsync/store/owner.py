"""Which host and project a store belongs to."""

from __future__ import annotations

from pathlib import Path

from nbsync import files
from nbsync.errors import ConfigError
from nbsync.model import Json, parse_json
from nbsync.store.texts import FORMAT, text_of


def check_owner(folder: Path, host: str, project: str, *, read_only: bool) -> None:
    """See to it that a store is this mirror's; one that says nothing becomes it.

    Args:
        folder: `.nbsync/`.
        host: The server's address.
        project: The project's id there.
        read_only: Whether nothing is written.

    Raises:
        ConfigError: It belongs to another host or project, or to a newer nbsync.
        NbsyncError: It could not be read or written.
    """
    path = folder / "mirror.json"
    said = _said(path)
    form = said.get("format")
    if isinstance(form, int) and form > FORMAT:
        raise ConfigError(
            f"{folder} was made by a newer nbsync (its format is {form}, this one knows {FORMAT}).",
            hint="pip install --upgrade nbsync   # or as nbsync was installed",
        )
    owner = (said.get("host"), said.get("project"))
    if owner == (host, project) and form == FORMAT:
        return
    if isinstance(owner[0], str) and isinstance(owner[1], str) and form == FORMAT:
        raise ConfigError(
            f"{folder} belongs to project {owner[1]} on {owner[0]}, "
            f"and nbsync.toml names project {project} on {host}.",
            hint="put nbsync.toml right, or `nbsync init` another folder for the other project",
        )
    if not read_only:
        text = text_of({"format": FORMAT, "host": host, "project": project})
        with files.explained(str(path), "written"):
            files.replace(path, text.encode())


def _said(path: Path) -> dict[str, Json]:
    with files.explained(str(path), "read"):
        try:
            said = parse_json(files.read(path)[0])
        except (FileNotFoundError, ValueError):
            return {}
    return said if isinstance(said, dict) else {}
