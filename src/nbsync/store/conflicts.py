"""The files of open conflicts, which a human reads and may edit."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from nbsync import files
from nbsync.model import Artefact, Json, Record, digest
from nbsync.store.folder import Folder
from nbsync.store.history import History
from nbsync.store.texts import FORMAT, bytes_of, fields_in, record_in, record_text, text_of

_NAMES = ("base", "local", "remote", "merged")
_NEEDED = frozenset({"local", "remote", "merged"})
_SUFFIXES = (".md", ".json")
_RECORD = "record.json"
_STATE = "state.json"


class State(NamedTuple):
    """What is known of a conflict's files besides what is in them.

    Attributes:
        suffix: What the texts' names end in.
        regions: How many regions overlap.
        written: By name, the digests of the texts that nbsync wrote.
        base: The stamp of the base that they were made on.
        seen: The token of the newest record that was held against them.
    """

    suffix: str
    regions: int
    written: Mapping[str, str]
    base: str
    seen: str


class Conflicts:
    """The folders `conflicts/<short_id>/`.

    Each has the texts `base`, `local`, `remote` and `merged`, the server's `record.json`, and a
    `state.json`, which is written last and removed first: without it no conflict is open.

    Args:
        path: The folder that they are in.
        history: Where goes what is replaced.
    """

    def __init__(self, path: Path, history: History) -> None:
        self._folder = Folder(path, "")
        self._history = history

    def all(self) -> dict[str, Artefact]:
        """Every open conflict by short_id; a broken folder is none."""
        found: dict[str, Artefact] = {}
        for short_id, folder in sorted(self._folder.entries().items()):
            with suppress(OSError, ValueError):
                found[short_id] = _artefact(short_id, folder)
        return found

    def open(self, short_id: str, artefact: Artefact) -> None:
        """Write a conflict's files, where they differ.

        Once the user has edited the merged text, it and all that it was made from stay as they
        are, for it answers that record of the server's and no later one; a later one goes to the
        history. But it answers this page of the user's and no later one, too: for another page
        all is written anew, and what the user wrote goes to the history.

        Raises:
            FormatError: No file can hold it.
            NbsyncError: It could not be written.
        """
        folder = self._folder.entry(short_id)
        texts = {
            f"{name}{artefact.suffix}": bytes_of(text) for name, text in artefact.texts.items()
        }
        old, data = _record(short_id, folder), record_text(artefact.remote).encode()
        answered = old is not None and _answered(short_id, folder, artefact)
        if old is not None and record_text(old).encode() != data:
            self._history.keep_record(artefact.remote if answered else old)
        with files.explained(str(folder), "written"):
            if answered:
                self._answer_again(short_id, folder, artefact)
                return
            self._keep_edited(short_id, folder, texts)
            files.make_folder(self._folder.claim(short_id))
            _write(folder, texts, data, _state_text(_state_of(artefact)))

    def close(self, short_id: str) -> None:
        """Remove a conflict's files, if there are any; what the user wrote there is kept.

        Raises:
            NbsyncError: They could not be removed, or what was written there not be kept.
        """
        folder = self._folder.existing(short_id)
        if folder is None or folder.is_symlink() or not folder.is_dir():
            return
        with files.explained(str(folder), "removed"):
            texts = _texts(folder)
            self._keep_edited(short_id, folder, {})
        if (record := _record(short_id, folder)) is not None:
            self._history.keep_record(record)
        for path in (folder / _STATE, folder / _RECORD, *texts):
            files.remove(path)
        files.sweep(folder)
        with suppress(OSError):  # what the user put there stays
            folder.rmdir()
        self._folder.forget()

    def _answer_again(self, short_id: str, folder: Path, artefact: Artefact) -> None:
        """Let what was merged stay, also where its user has scribbled in what it was made of."""
        state = _state(folder)
        path, data = folder / f"local{state.suffix}", bytes_of(artefact.texts["local"])
        scribbled = _bytes(path)
        if scribbled is not None and scribbled != data:
            self._history.keep_bytes(short_id, scribbled, path.suffix)
            files.replace(path, data)
        if _record(short_id, folder) == artefact.remote:  # held against it once more, not newer
            return
        seen = _state_text(state._replace(seen=artefact.seen))
        files.replace(folder / _STATE, seen.encode())

    def _keep_edited(self, short_id: str, folder: Path, texts: Mapping[str, bytes]) -> None:
        written = _written(folder)
        for path, data in _texts(folder).items():
            if data != texts.get(path.name) and _digest(data) != written.get(path.stem):
                self._history.keep_bytes(short_id, data, path.suffix)


def _artefact(short_id: str, folder: Path) -> Artefact:
    state = _state(folder)
    record = record_in(files.read(folder / _RECORD)[0])
    texts = {
        # what the user saved in another encoding is the user's all the same
        path.stem: data.decode("utf-8", "surrogateescape" if path.stem == "merged" else "strict")
        for path, data in _texts(folder).items()
        if path.suffix == state.suffix
    }
    if record.short_id != short_id or not texts.keys() >= _NEEDED:
        raise ValueError("not all of it is there")
    return Artefact(record, texts, state.suffix, state.regions, state.base, state.seen)


def _answered(short_id: str, folder: Path, artefact: Artefact) -> bool:
    try:
        found, written = _artefact(short_id, folder), _state(folder).written
    except (OSError, ValueError):
        return False
    same = written.get("local") == digest(artefact.texts["local"])
    return same and digest(found.texts["merged"]) != written.get("merged")


def _write(folder: Path, texts: Mapping[str, bytes], record: bytes, state: str) -> None:
    for path in _texts(folder):
        if path.name not in texts:
            path.unlink(missing_ok=True)
    for name, data in ({**texts} | {_RECORD: record, _STATE: state.encode()}).items():
        path = folder / name
        if _bytes(path) != data:
            files.replace(path, data)
    files.flush_folder(folder)


def _state_of(artefact: Artefact) -> State:
    written = {name: digest(text) for name, text in artefact.texts.items()}
    return State(artefact.suffix, artefact.regions, written, artefact.base, artefact.seen)


def _state_text(state: State) -> str:
    written: dict[str, Json] = dict(state.written)
    return text_of(
        {
            "format": FORMAT,
            "regions": state.regions,
            "suffix": state.suffix,
            "written": written,
            "base": state.base,
            "seen": state.seen,
        }
    )


def _state(folder: Path) -> State:
    fields = fields_in(files.read(folder / _STATE)[0])
    suffix, regions, written = (fields.get(name) for name in ("suffix", "regions", "written"))
    if not isinstance(regions, int) or not isinstance(written, dict) or suffix not in _SUFFIXES:
        raise ValueError("not what nbsync writes")
    digests = {name: str(value) for name, value in written.items()}
    base, seen = (str(fields.get(name, "")) for name in ("base", "seen"))
    return State(str(suffix), regions, digests, base, seen)


def _written(folder: Path) -> Mapping[str, str]:
    try:
        return _state(folder).written
    except (OSError, ValueError):
        return {}


def _record(short_id: str, folder: Path) -> Record | None:
    try:
        record = record_in(files.read(folder / _RECORD)[0])
    except (OSError, ValueError):
        return None
    return record if record.short_id == short_id else None


def _texts(folder: Path) -> dict[Path, bytes]:
    paths = (folder / f"{name}{suffix}" for suffix in _SUFFIXES for name in _NAMES)
    found = ((path, _bytes(path)) for path in paths)
    return {path: data for path, data in found if data is not None}


def _bytes(path: Path) -> bytes | None:
    try:
        return files.read(path)[0]
    except (FileNotFoundError, NotADirectoryError):
        return None


def _digest(data: bytes) -> str:
    from hashlib import sha256  # noqa: PLC0415 - few looks need it

    return sha256(data).hexdigest()[:32]
