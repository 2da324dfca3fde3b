"""Settling conflicts: for one side, or with what somebody made of the draft."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from nbsync import formats
from nbsync.errors import FormatError, NbsyncError, PreconditionFailed
from nbsync.formats.markers import marks_left
from nbsync.model import Artefact, Notebook, OpenConflict, Page, Report, Side
from nbsync.sync.acting import begin, on_each
from nbsync.sync.ours import is_markdown
from nbsync.sync.recover import recover
from nbsync.sync.work import Mirror, Work, conflict_of, read, remember, suffix_of
from nbsync.sync.writing import bring, path_for, put_page

_ORIGINS = ("base", "local", "remote")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A conflict that waits for a human, and how far somebody has come with it.

    Attributes:
        conflict: The conflict, as it is told.
        left: How many regions of its merged text still stand between marks.
        outdated: Whether the page was edited since its files were laid out.
    """

    conflict: OpenConflict
    left: int
    outdated: bool


def open_conflicts(mirror: Mirror) -> list[Waiting]:
    """Every conflict that waits for a human, by short_id."""
    work = begin(mirror)
    return [
        Waiting(
            conflict=_told(work, artefact),
            left=_regions_left(artefact),
            outdated=_is_outdated(work, short_id, artefact),
        )
        for short_id, artefact in sorted(_waiting(mirror).items())
    ]


def resolve_each(mirror: Mirror, short_ids: Iterable[str], *, ours: bool) -> Report:
    """Settle conflicts for one side; one that cannot be settled holds up no other.

    Base becomes the record that the conflict was with. Later edits on the server are then merged
    again, as everywhere.

    Args:
        mirror: The mirror.
        short_ids: The notebooks.
        ours: Pages stay and are sent with the next push; else the server's texts take their
            places, and the pages' go into the history.

    Returns:
        What was done, what failed, and every conflict that is open still.
    """
    return _on_each(mirror, short_ids, _keep_ours if ours else _take_theirs)


def take_merged_each(mirror: Mirror, short_ids: Iterable[str]) -> Report:
    """Settle conflicts with their merged texts; one that cannot be settled holds up no other.

    The merged text becomes the page, as it is, and what the page said goes into the history.
    Base becomes the record that the conflict was with, so that the next push sends the page.
    Killed at any step, it can be said again.

    Returns:
        What was done, what failed, and every conflict that is open still. It fails where marks
        are left, the text cannot be read or is another notebook's, or the page was edited since
        the text was made; then nothing was changed.
    """
    return _on_each(mirror, short_ids, _take_merged)


def to_merge(mirror: Mirror, short_id: str) -> tuple[OpenConflict, Artefact]:
    """The files of a conflict that somebody is to merge, or has merged, by hand.

    Args:
        mirror: The mirror, whose lock is held.
        short_id: The notebook.

    Raises:
        PreconditionFailed: The page was edited since they were laid out.
        FormatError: The page cannot be read.
        NbsyncError: There is no such conflict.
        Busy: git is at work in the directory.
    """
    mirror.local.check_quiet()
    recover(mirror)
    work = begin(mirror)
    artefact = _found(_waiting(mirror), short_id)
    _check_in_time(work.page(short_id), artefact)
    return _told(work, artefact), artefact


_Act = Callable[[Work, str, Artefact], None]


def _on_each(mirror: Mirror, short_ids: Iterable[str], act: _Act) -> Report:
    waiting = _waiting(mirror)

    def settle(work: Work, short_id: str) -> None:
        act(work, short_id, _found(waiting, short_id))

    report = on_each(mirror, short_ids, settle)
    left = _waiting(mirror)
    work = begin(mirror) if left else Work(mirror)
    return replace(report, conflicts=tuple(_told(work, left[key]) for key in sorted(left)))


def _waiting(mirror: Mirror) -> dict[str, Artefact]:
    """The open conflicts, without those that git has settled: their base is another one by now.

    A settlement that was killed may have put base in its place already; it can be said again.
    """
    bases = mirror.store.bases()
    stamps = {key: info.stamp for key, info in bases.items()}
    return {
        key: artefact
        for key, artefact in mirror.store.conflicts().items()
        if stamps.get(key, "") in {artefact.base, artefact.remote.stamp}
    }


def _found(waiting: Mapping[str, Artefact], short_id: str) -> Artefact:
    if short_id not in waiting:
        raise NbsyncError(f"Notebook {short_id} is in no conflict.", hint="nbsync conflicts")
    return waiting[short_id]


def _told(work: Work, artefact: Artefact) -> OpenConflict:
    record = artefact.remote
    return conflict_of(work, record.short_id, record, artefact.regions)


def _take_theirs(work: Work, short_id: str, artefact: Artefact) -> None:
    record = artefact.remote
    bring(work, work.page(short_id), record)
    work.tell(Side.LOCAL, "theirs", short_id, record.notebook, version=record.version)


def _keep_ours(work: Work, short_id: str, artefact: Artefact) -> None:
    record, page = artefact.remote, work.page(short_id)
    if page is None:
        raise NbsyncError(
            f"The page of notebook {short_id} is missing: there is nothing of ours to keep.",
            hint=f"nbsync resolve {short_id} --theirs",
        )
    notebook = read(page, record.notebook)
    if not _has_form_of(notebook, record.notebook):
        raise FormatError(
            f"{page.path}: {_other_form(record.notebook)} What the page says goes into its "
            "history.",
            hint=f"nbsync resolve {short_id} --theirs && nbsync log {short_id} --offline",
        )
    remember(work.mirror, record, page)
    work.tell(Side.LOCAL, "ours", short_id, notebook, version=record.version)


def _take_merged(work: Work, short_id: str, artefact: Artefact) -> None:
    record, page = artefact.remote, work.page(short_id)
    _check_in_time(page, artefact)
    notebook = _merged(artefact)
    path = _place(work, page, artefact, notebook)
    put_page(work, page, Page(short_id, path, artefact.texts["merged"]), record)
    work.paths[short_id] = path
    work.tell(Side.LOCAL, "merged", short_id, notebook, version=record.version)


def _place(work: Work, page: Page | None, artefact: Artefact, notebook: Notebook) -> str:
    """Where the merged text is to lie, which is of the kind that its file's name says."""
    if page is None:
        taken = work.paths.taken
        local, short_id = work.mirror.local, artefact.remote.short_id
        return local.place(short_id, notebook.title, artefact.suffix, taken)
    if suffix_of(page.path) == artefact.suffix:
        return page.path
    return path_for(work, page, artefact.remote)


def _check_in_time(page: Page | None, artefact: Artefact) -> None:
    """See to it that what was merged is what the page says.

    Raises:
        PreconditionFailed: The page was edited since.
    """
    if page is None or not _was_edited(page, artefact):
        return
    short_id = artefact.remote.short_id
    raise PreconditionFailed(
        f"{page.path} was edited since {_path(artefact)} was made of it: what you edited is not "
        "in there.",
        hint="nbsync sync   # makes it anew, and keeps what you wrote there in the history; or "
        f"to keep the page as it is: nbsync resolve {short_id} --ours",
    )


def _is_outdated(work: Work, short_id: str, artefact: Artefact) -> bool:
    try:
        page = work.page(short_id)
    except NbsyncError:
        return False  # what is wrong with it, others say
    return page is not None and _was_edited(page, artefact)


def _was_edited(page: Page, artefact: Artefact) -> bool:
    """Whether a page says neither what was merged nor, already, what came of it."""
    return page.text not in (artefact.texts["local"], artefact.texts["merged"])


def _path(artefact: Artefact) -> str:
    return f".nbsync/conflicts/{artefact.remote.short_id}/merged{artefact.suffix}"


def _merged(artefact: Artefact) -> Notebook:
    """The notebook that the merged text says, relative to the record that it answers.

    Raises:
        FormatError: It says none, or another one; the message names the file and the line.
    """
    try:
        return _read_merged(artefact)
    except FormatError as error:
        where = _path(artefact) if error.line is None else f"{_path(artefact)}:{error.line}"
        hint = f"nbsync resolve {artefact.remote.short_id} --edit"
        raise FormatError(f"{where}: {error.message}", line=error.line, hint=hint) from error


def _read_merged(artefact: Artefact) -> Notebook:
    text, suffix, record = artefact.texts["merged"], artefact.suffix, artefact.remote
    marks = _marks(artefact)
    if marks:
        raise FormatError("Conflict markers are left in the text.", line=marks[0][0])
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.isascii() and any("\ud800" <= character <= "\udfff" for character in line):
            raise FormatError("The text is not UTF-8.", line=number)
    found = formats.short_id_in(text, suffix)
    if found != record.short_id:
        said = f"The short_id is {found}" if found else "The short_id is gone"
        raise FormatError(f"{said}; this is notebook {record.short_id}.")
    notebook = formats.parse(text, suffix, like=record.notebook)
    if not _has_form_of(notebook, record.notebook):
        raise FormatError(_other_form(record.notebook))
    return notebook


def _marks(artefact: Artefact) -> list[tuple[int, str]]:
    known = [artefact.texts[name] for name in _ORIGINS if name in artefact.texts]
    return marks_left(artefact.texts["merged"], known=known)


def _regions_left(artefact: Artefact) -> int:
    marks = _marks(artefact)
    opening = sum(mark.startswith("<") for _, mark in marks)
    return opening or min(1, len(marks))


def _other_form(there: Notebook) -> str:
    form = "Markdown" if is_markdown(there) else "rich text"
    return (
        f"this notebook is {form} in PostHog now, and what is here is not: nbsync never turns "
        "one into the other."
    )


def _has_form_of(here: Notebook, there: Notebook) -> bool:
    """Whether a page can be sent as what its notebook now is."""
    if is_markdown(here) is not is_markdown(there):
        return False
    text = formats.markdown_of(here.content)
    known = formats.markdown_of(there.content) or ""
    return text is None or not formats.has_page_tags(text, like=known)
