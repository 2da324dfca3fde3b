"""An older text: where it is found, and how a page says it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from nbsync import formats
from nbsync.errors import FormatError
from nbsync.model import Activity, Kept, Notebook, Page, Record
from nbsync.sync.work import Mirror, Work, read, suffix_of

_REJECTED = "save_rejected"
"""What the action of a save begins with that never became a version (contract section 6)."""


@dataclass(frozen=True, slots=True)
class Older:
    """An older text that can be brought back.

    Attributes:
        name: What it is called in a sentence.
        notebook: What it says.
        version: The server's version that said so, if one did.
        page: All of the page that said so, if one did.
        suffix: What that page's name ended in.
    """

    name: str
    notebook: Notebook
    version: int | None = None
    page: str = field(default="", repr=False)
    suffix: str = ""


def records_here(mirror: Mirror, short_id: str) -> Iterator[tuple[str, Record]]:
    """The records that are here, the newest of a version first, and what each of them is."""
    store = mirror.store
    base, conflict = store.base(short_id), store.conflicts().get(short_id)
    if base is not None:
        yield "current", base.record
    if conflict is not None:
        yield "in conflict", conflict.remote
    for kept in store.kept(short_id):
        if kept.record is not None:
            yield "saved", kept.record


def versions_here(mirror: Mirror, short_id: str) -> tuple[int, ...]:
    """The versions that can be brought back without the server, the lowest first."""
    return tuple(sorted({record.version for _, record in records_here(mirror, short_id)}))


def find_here(mirror: Mirror, short_id: str, name: str) -> Older | None:
    """Find an older text without the server.

    Args:
        mirror: The mirror.
        short_id: The notebook.
        name: A version's number, or `@` and the key of what was kept.

    Returns:
        It; of several of one version the newest; None where it is not here.

    Raises:
        FormatError: It is here, and cannot be read as a page.
    """
    if name.startswith("@"):
        kept = (one for one in mirror.store.kept(short_id) if f"@{one.key}" == name)
        return next((older_of(mirror, short_id, one) for one in kept), None)
    records = (record for _, record in records_here(mirror, short_id))
    return next((_version(one) for one in records if one.version == int(name)), None)


def find_there(mirror: Mirror, short_id: str, version: int) -> Older | None:
    """Find the content that a version had in the server's log, read no further than is needed.

    The content before a change is that of the version before it, so the first update tells the
    notebook's first content, too. A change of the version alone left the content as it was.

    Args:
        mirror: The mirror.
        short_id: The notebook.
        version: The version's number.

    Returns:
        It, with the last title that it had; None where the log does not have it.

    Raises:
        APIError: The log cannot be read.
    """
    known: dict[int, Notebook] = {}
    wanted = {version}
    for activity in mirror.remote.activity(short_id):
        numbers = numbers_of(activity)
        if numbers is None:
            continue
        before, after = numbers
        for number, notebook in _contents(activity, before, after):
            known.setdefault(number, notebook)
        if "content" not in activity.changes:
            if after in known:
                known.setdefault(before, known[after])
            if after in wanted:
                wanted.add(before)
        for number in wanted & known.keys():
            return Older(f"Version {version}", known[number], version)
        if before < after < min(wanted):  # all that follows is older still
            return None
    return None


def older_of(mirror: Mirror, short_id: str, kept: Kept) -> Older:
    """What was kept as a text that can be brought back.

    Raises:
        FormatError: It cannot be read as a page.
    """
    if kept.record is not None:
        return _version(kept.record)
    name, base = f"Text @{kept.key}", mirror.store.base(short_id)
    page = Page(short_id, f"{name}{kept.suffix}", kept.text)
    try:
        notebook = read(page, base.record.notebook if base else mirror.blank)
    except FormatError as error:
        where = f".nbsync/history/{short_id}/page-{kept.key}*{kept.suffix}"
        raise FormatError(
            f"{name} cannot be read as a page: {error.message}",
            hint=f"take out by hand what you need: {where}",
        ) from error
    return Older(name, notebook, page=kept.text, suffix=kept.suffix)


def _version(record: Record) -> Older:
    return Older(f"Version {record.version}", record.notebook, record.version)


def numbers_of(activity: Activity) -> tuple[int, int] | None:
    """The versions before and after a change; None where it moved none."""
    pair = activity.changes.get("version")
    if pair is None or activity.action.startswith(_REJECTED):
        return None
    before, after = pair
    return (before, after) if isinstance(before, int) and isinstance(after, int) else None


def _contents(activity: Activity, before: int, after: int) -> Iterator[tuple[int, Notebook]]:
    """What the versions after and before a change said, as far as it tells."""
    if "content" in activity.changes:
        title = activity.title or None  # "" for none: transcripts/2026/68
        was, now = activity.changes.get("title", (title, title))
        old, new = activity.changes["content"]
        yield after, Notebook(now if isinstance(now, str) else None, new)
        yield before, Notebook(was if isinstance(was, str) else None, old)


def page_of(
    work: Work, short_id: str, older: Older, page: Page | None, stands_on: Notebook | None
) -> Page:
    """The page that says an older text; the user's own front matter stays.

    A missing page comes back as it was, where all of it was kept.

    Args:
        work: The run.
        short_id: The notebook.
        older: The text.
        page: The page as it is now; None where it is missing.
        stands_on: What the page is read relative to.

    Raises:
        FormatError: No page of this kind could say it.
    """
    notebook, title = older.notebook, older.notebook.title
    if page is not None:
        suffix, path, like = suffix_of(page.path), page.path, page.text
    else:
        suffix = older.suffix or formats.suffix_for(notebook, work.mirror.form)
        path = work.mirror.local.place(short_id, title, suffix, work.paths.taken)
        like = older.page
        if older.page and formats.short_id_in(older.page, suffix) == short_id:
            return Page(short_id, path, older.page)
    text = formats.render(notebook, short_id, suffix, like=like or None)
    end = "\r\n" if text.endswith("\r\n") else "\n"
    # a final newline is the text's own or not, as it is in what the page stands on
    pages = [Page(short_id, path, each) for each in (text, text.removesuffix(end), text + end)]
    try:
        return next((each for each in pages if says(read(each, stands_on), notebook)), pages[0])
    except FormatError as error:
        raise FormatError(
            f"{older.name} of notebook {short_id} cannot be its page: {error.message}",
            hint=f"nbsync log {short_id}   # to choose another one",
        ) from error


def says(here: Notebook, older: Notebook) -> bool:
    """Whether two notebooks say the same; attributes of the document are no words."""
    if here == older:
        return True
    text = formats.body_of(here.content)
    same = text is not None and text == formats.body_of(older.content)
    return same and here.title == older.title
