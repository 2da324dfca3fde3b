"""What one run carries along: the mirror, what it has read, what it has done so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from nbsync import formats
from nbsync.errors import FormatError, NbsyncError, PreconditionFailed
from nbsync.model import (
    EVERYTHING,
    BaseInfo,
    Done,
    LocalReplica,
    Notebook,
    OpenConflict,
    Page,
    Problem,
    Record,
    RemoteReplica,
    Selection,
    Side,
    Step,
    Store,
    Unreadable,
)

_EACH_MISSING = 50


@dataclass(frozen=True, slots=True)
class Mirror:
    """A directory and a project, and what is remembered of both.

    Attributes:
        local: The directory.
        remote: The server.
        store: What is remembered between runs.
        form: What new pages are written as, "markdown" or "json".
        new_notebooks: What new notebooks hold, "markdown" or "richtext".
        selection: Which notebooks it is for.
    """

    local: LocalReplica
    remote: RemoteReplica
    store: Store
    form: str = "markdown"
    new_notebooks: str = "markdown"
    selection: Selection = EVERYTHING

    @property
    def blank(self) -> Notebook | None:
        """What a page is read relative to that stands on nothing yet; None for Markdown."""
        return formats.NEW_DOCUMENT if self.new_notebooks == "richtext" else None


def unseen(done: int, total: int) -> None:
    """Progress that nobody sees."""


class Paths(dict[str, str]):
    """Where pages lie, by short_id.

    Attributes:
        taken: The paths; one and the same list for as long as it only grows, so that whoever has
            followed it so far need not look at all of it again.
    """

    def __init__(self, paths: Mapping[str, str] | None = None) -> None:
        super().__init__(paths or {})
        self.taken = list(self.values())

    def __setitem__(self, short_id: str, path: str) -> None:
        """Lay a page somewhere."""
        before = self.get(short_id)
        super().__setitem__(short_id, path)
        if before is None:
            self.taken.append(path)
        elif before != path:
            self.taken = list(self.values())

    def lift(self, short_id: str) -> str:
        """Take a page away, and tell where it lay."""
        path = self.pop(short_id)
        self.taken = list(self.values())
        return path


@dataclass(slots=True)
class Work:
    """One run: where the pages lie, and what has been done.

    Attributes:
        mirror: The two sides and the store.
        paths: short_id to path, of the pages that are there.
        stale: short_id to token, of pages that are an earlier text and no edit.
        pushed: What was sent earlier, and is not known to have arrived.
        looked: Ids whose title the server's list has been asked about in this run.
        barred: Pages that are there and cannot be read: they are not missing.
        held: Ids that turned out only now to be held: their page is missing.
        missing: How many pages have been looked for once more because they were missing.
        dry_run: Nothing is written, on either side or into the store.
        progress: Called with (notebooks done, notebooks in all) while the server is asked.
    """

    mirror: Mirror
    paths: Paths = field(default_factory=Paths)
    stale: Mapping[str, str] = field(default_factory=dict)
    pushed: dict[str, Notebook] = field(default_factory=dict)
    looked: set[str] = field(default_factory=set)
    barred: Mapping[str, Unreadable] = field(default_factory=dict)
    dry_run: bool = False
    progress: Callable[[int, int], None] = unseen
    changes: list[Done] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)
    conflicts: dict[str, OpenConflict] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)
    missing: int = 0
    _me: str | None = None

    @property
    def me(self) -> str:
        """The uuid of the person whose key is used, as the list told; "" where nobody asked."""
        if self._me is None:
            memory = self.mirror.store.rows()
            self._me = memory.me if memory else ""
        return self._me

    def page(self, short_id: str) -> Page | None:
        """The page as it is now; None where the scan found none.

        Raises:
            FormatError: It cannot be read.
            PreconditionFailed: It was there when the run began. Whether it was renamed, or is
                just being saved, only another scan can tell: it is not missing.
        """
        path = self.paths.get(short_id)
        found = self.mirror.local.read(short_id, path) if path is not None else None
        page = self.barred.get(short_id, found)
        if isinstance(page, Unreadable):
            raise FormatError(page.error, hint=page.hint)
        if page is None and path is not None:
            raise PreconditionFailed(
                f"{path} was moved or removed while nbsync was at work; nothing was done for it.",
                hint="nbsync sync",
            )
        return page

    def tell(
        self,
        side: Side,
        action: str,
        short_id: str,
        notebook: Notebook,
        *,
        version: int | None = None,
        note: str = "",
    ) -> None:
        """Note one change that was carried out."""
        self.changes.append(
            Done(
                path=self.paths.get(short_id, ""),
                short_id=short_id,
                side=side,
                action=action,
                title=notebook.title or "",
                version=version,
                note=note,
            )
        )

    def fail(self, short_id: str, error: NbsyncError) -> None:
        """Note what went wrong with one notebook."""
        self.problems.append(
            Problem(
                short_id=short_id,
                path=self.paths.get(short_id),
                error=error.message,
                hint=error.hint,
                exit_code=error.exit_code,
            )
        )


def check_missing(work: Work, short_id: str) -> None:
    """See to it that a page that was missing is not back, before something is done for that.

    An editor may have taken it away for a moment only, and put it anywhere. Where many pages are
    missing, most of them for good, not every one of them is worth a look at all pages.

    Raises:
        PreconditionFailed: It is, or may be.
    """
    work.missing += 1
    if work.missing > _EACH_MISSING and work.missing % _EACH_MISSING:
        return
    store = work.mirror.store
    found = work.mirror.local.scan(store.bases().keys(), store.seen())
    if short_id in found.paths or found.unreadable:
        where = found.paths.get(short_id, f"The page of notebook {short_id}")
        raise PreconditionFailed(
            f"{where} appeared while nbsync was at work; nothing was done for it.",
            hint="nbsync sync",
        )


def is_moving(work: Work, page: Page) -> bool:
    """Whether a page has changed since it was read.

    A checkout writes bases and pages one after the other: where one of them was read before it and
    the other after it, what looks like an edit is the difference between two commits.

    To be asked when git was just seen not to be at work (`check_quiet`).
    """
    again = work.page(page.short_id)
    return again is None or again.token != page.token


def suffix_of(path: str) -> str:
    """The ending of a path that says how its text is to be read."""
    return "." + path.rpartition(".")[2]


def read(page: Page, like: Notebook | None) -> Notebook:
    """The notebook that a page says, relative to the one it stands on.

    Raises:
        FormatError: The page cannot be read; the message names the file and the line.
    """
    try:
        return formats.parse(page.text, suffix_of(page.path), like=like)
    except FormatError as error:
        where = page.path if error.line is None else f"{page.path}:{error.line}"
        raise FormatError(f"{where}: {error.message}", line=error.line, hint=error.hint) from error


def remember(
    mirror: Mirror, record: Record, page: Page | None, *, in_step: bool = False
) -> BaseInfo:
    """Let base follow: the record is what the page now stands on, in step with it or edited.

    Args:
        mirror: The two sides and the store.
        record: What the server returned.
        page: The page; None where there is none.
        in_step: It is known to say just what the record does; without it, that is found out.
    """
    if page is not None and not in_step:
        in_step = is_in_step(page, record)
    info = mirror.store.put_base(record)
    follow(mirror, record, page if in_step else None, info)
    return info


def is_in_step(page: Page, record: Record) -> bool:
    """Whether a page says just what the server has."""
    try:
        return read(page, record.notebook) == record.notebook
    except FormatError:
        return False


def follow(mirror: Mirror, record: Record, page: Page | None, info: BaseInfo) -> None:
    """Note that a base was written, and close what was open about it.

    Args:
        mirror: The two sides and the store.
        record: What base holds now.
        page: The page, where it is in step with it.
        info: What `put_base` told.
    """
    note_step(mirror, record, page, info)
    mirror.store.close_conflict(record.short_id)
    mirror.store.strike(record.short_id)


def note_step(mirror: Mirror, record: Record, page: Page | None, info: BaseInfo) -> None:
    """Note that a base was written; the arguments are those of `follow`."""
    step = Step(page="" if page is None else page.token, base=info.digest)
    mirror.store.put_step(record.short_id, step)
    mirror.store.put_row(record.short_id, record.token)


def forget(mirror: Mirror, short_id: str) -> None:
    """Let base go: the notebook is on neither side any more."""
    mirror.store.drop_base(short_id)
    mirror.store.put_step(short_id, None)
    mirror.store.put_row(short_id, None)
    mirror.store.close_conflict(short_id)
    mirror.store.strike(short_id)


def conflict_of(work: Work, short_id: str, record: Record, regions: int) -> OpenConflict:
    """A conflict as it is told: where, how much, and who saved the other side when."""
    who = record.fields.get("last_modified_by")
    person = who if isinstance(who, dict) else {}
    return OpenConflict(
        short_id=short_id,
        path=work.paths.get(short_id, ""),
        title=record.notebook.title or "",
        regions=regions,
        remote_version=record.version,
        remote_by=str(person.get("name") or person.get("email") or "somebody"),
        remote_at=record.modified_at,
    )
