"""One notebook from the server to the directory: written, merged, or left as a conflict."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from enum import StrEnum

from nbsync import formats
from nbsync.errors import FormatError
from nbsync.model import (
    Artefact,
    Base,
    Change,
    Notebook,
    Page,
    Record,
    Side,
    canonical,
)
from nbsync.reconcile import reconcile
from nbsync.sync.ours import is_ours
from nbsync.sync.work import (
    Work,
    check_missing,
    conflict_of,
    forget,
    is_moving,
    read,
    remember,
    suffix_of,
)
from nbsync.sync.writing import bring, put_page, remove_page, text_like


class Outcome(StrEnum):
    """How a notebook stands after the server's state was received."""

    IN_STEP = "in step"
    EDITED = "edited"
    """The page holds an edit of what the server has: to be sent."""
    GONE = "gone"
    """The page holds an edit of what the server no longer has: to be sent and restored."""
    CONFLICT = "conflict"
    HELD = "held"


def receive(
    work: Work, short_id: str, record: Record | None, *, sent: Notebook | None = None
) -> Outcome:
    """Bring a page up to what the server has, without losing a word of either.

    Args:
        work: The run.
        short_id: The notebook.
        record: What the server returned; None where it answered 404.
        sent: What was sent, where this is the answer to that: it is what the page stands on.

    Raises:
        FormatError: The page cannot be read.
        PreconditionFailed: The page changed in this very moment; nothing was overwritten.
    """
    page = work.page(short_id)
    base = work.mirror.store.base(short_id)
    stands_on = _stands_on(work, base, record, sent)
    there = record.notebook if record else None
    here = _said(page, stands_on, there) if page else None
    stale = page is not None and work.stale.get(short_id) == page.token and sent is None
    plan = reconcile(
        {short_id: stands_on},
        {short_id: here},
        {short_id: there},
        stale={short_id} if stale else (),
    )
    was_sent = work.pushed.pop(short_id, None)
    if page and here and record and plan.conflicts:
        return _merge(work, page, here, record, stands_on)
    if plan.local:
        return _bring(work, plan.local[0], page, record, base)
    if plan.remote and record is None:
        return Outcome.GONE
    if not work.dry_run:
        work.mirror.local.check_quiet()
        if page is not None and is_moving(work, page):
            work.pushed |= {} if was_sent is None else {short_id: was_sent}
            return receive(work, short_id, record, sent=sent)
        if record is not None:
            remember(work.mirror, record, page)
        elif page is None:
            forget(work.mirror, short_id)
    if plan.held or plan.orphans:
        work.held.update(plan.held)
        return Outcome.HELD
    return Outcome.EDITED if plan.remote else Outcome.IN_STEP


def _said(page: Page, stands_on: Notebook | None, there: Notebook | None) -> Notebook:
    """What a page says: the server's notebook, if it is written just so; else relative to base.

    A final newline, or CRs, may belong to the one and not to the other.
    """
    if there is not None:
        suffix = suffix_of(page.path)
        with suppress(FormatError):
            if formats.render(there, page.short_id, suffix, like=page.text) == page.text:
                return there
    return read(page, stands_on or there)


def _stands_on(
    work: Work, base: Base | None, record: Record | None, sent: Notebook | None
) -> Notebook | None:
    """The notebook that local and remote are both to be compared with."""
    if sent is not None:
        return sent
    was_sent = work.pushed.get(record.short_id) if record else None
    if record is not None and was_sent is not None and is_ours(record, was_sent):
        return was_sent  # the answer to a write was lost, the write was not
    if base is None:
        return None
    held = base.record
    if record is None:
        return held.notebook
    same_version = record.version == held.version
    if same_version and canonical(record.notebook.content) != canonical(held.notebook.content):
        return None  # one version, two contents: base is not this server's
    return held.notebook


def _bring(
    work: Work, change: Change, page: Page | None, record: Record | None, base: Base | None
) -> Outcome:
    """Write the server's notebook into its page, or remove the page of one that is gone."""
    short_id = change.short_id
    note = _backwards(base, record)
    if record is None:
        if page and isinstance(change.old, Notebook):
            remove_page(work, page)
            work.tell(Side.LOCAL, "delete", short_id, change.old)
            work.paths.lift(short_id)
        return Outcome.IN_STEP
    if page is None and base is not None:
        check_missing(work, short_id)
    bring(work, page, record)
    work.tell(
        Side.LOCAL,
        change.action,
        short_id,
        record.notebook,
        version=record.version,
        note=change.note or note,
    )
    return Outcome.IN_STEP


def _backwards(base: Base | None, record: Record | None) -> str:
    """A word about a counter that went back: somebody restored the server, or wrote to it."""
    if base and record and record.version < base.record.version:
        return f"the server's version went back from {base.record.version} to {record.version}"
    return ""


def _merge(
    work: Work, page: Page, here: Notebook, record: Record, stands_on: Notebook | None
) -> Outcome:
    """Put both sides' edits into the page, or leave the page and lay out the conflict."""
    suffix = suffix_of(page.path)
    from nbsync.merge import merge  # noqa: PLC0415 - few runs need it

    merged = merge(stands_on, here, record.notebook)
    if merged.notebook is not None:
        text = formats.render(merged.notebook, page.short_id, suffix, like=page.text)
        new = Page(page.short_id, page.path, text)
        if reads_back(new, merged.notebook, record.notebook):
            note = _backwards(work.mirror.store.base(record.short_id), record)
            put_page(work, page, new, record)
            if new.text != page.text:
                version, short_id = record.version, page.short_id
                notebook = merged.notebook
                work.tell(Side.LOCAL, "merge", short_id, notebook, version=version, note=note)
            in_step = merged.notebook == record.notebook
            return Outcome.IN_STEP if in_step else Outcome.EDITED
    work.conflicts[page.short_id] = conflict_of(work, page.short_id, record, merged.regions)
    if not work.dry_run:
        base = work.mirror.store.base(page.short_id)
        artefact = replace(
            _artefact(page, here, record, stands_on),
            regions=max(1, merged.regions),
            base=base.record.stamp if base else "",
            seen=record.token,
        )
        work.mirror.store.keep_text(page)
        work.mirror.store.put_row(record.short_id, record.token)
        work.mirror.store.open_conflict(page.short_id, artefact)
    return Outcome.CONFLICT


def reads_back(page: Page, notebook: Notebook, like: Notebook) -> bool:
    """Whether a page says just this, relative to what it would stand on."""
    try:
        return read(page, like) == notebook
    except FormatError:
        return False


def _artefact(page: Page, here: Notebook, record: Record, stands_on: Notebook | None) -> Artefact:
    """The files that a human settles a conflict with; the same for the same inputs."""
    from nbsync.merge import draft  # noqa: PLC0415 - as above

    short_id, suffix = page.short_id, suffix_of(page.path)
    if formats.why_json(record.notebook):
        suffix = formats.JSON
    texts = {
        "local": page.text,
        "remote": formats.render(record.notebook, short_id, suffix, like=text_like(page, suffix)),
        "merged": draft(
            stands_on,
            here,
            record.notebook,
            short_id=short_id,
            suffix=suffix,
            like=page.text,
            labels=("local: this page", f"remote: version {record.version} in PostHog"),
        ),
    }
    if stands_on is not None:
        texts["base"] = formats.render(stands_on, short_id, suffix, like=text_like(page, suffix))
    return Artefact(remote=record, texts=texts, suffix=suffix, regions=1)
