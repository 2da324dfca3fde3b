"""Whether a notebook that somebody names may be deleted, and why it may not."""

from __future__ import annotations

from nbsync.errors import ConfigError, NbsyncError
from nbsync.model import Record
from nbsync.sync.survey import Survey, moved_meanwhile
from nbsync.sync.work import Mirror, Work


def why_not(work: Work, survey: Survey, short_id: str, *, force: bool) -> NbsyncError | None:
    """Why a notebook is not to be deleted; None if it may be.

    Args:
        work: The run.
        survey: What a look at both sides found.
        short_id: The notebook; it can be read on both sides.
        force: Edits that were never sent are no reason.
    """
    name = work.paths.get(short_id, f"Notebook {short_id}")
    if is_intent(survey, short_id):
        return _sent(survey, short_id, name)
    if short_id in survey.conflicts:
        hint = f"nbsync resolve {short_id} --edit   # or --ours, --theirs"
        return NbsyncError(f"{name} is in conflict, which has to be settled first.", hint=hint)
    if short_id not in survey.base:
        return _without_base(work, survey, short_id)
    if _moved_there(work.mirror, survey, short_id):
        return NbsyncError(
            f"{name} was changed in PostHog since it was last pulled, and that beats the deletion.",
            hint=f"nbsync pull {short_id}",
        )
    if is_edited(survey, short_id) and not force:
        return NbsyncError(
            f"{name} has edits that were never sent.",
            hint=f"nbsync push {short_id}   # or, to do without them: nbsync rm --force {short_id}",
        )
    return None


def _sent(survey: Survey, short_id: str, name: str) -> NbsyncError | None:
    """Why a page that may have become a notebook is not to be deleted; None if it has not."""
    if survey.intents[short_id].sent is None:
        return None
    if short_id in survey.local:
        what = f"{name} was sent, and may be a notebook in PostHog by now: no answer came"
        return NbsyncError(f"{what}.", hint=f"nbsync push {short_id}")
    if survey.remote.get(short_id) is not None:
        what = f"{name} has become a notebook in PostHog, and its page is missing"
        again = f"nbsync pull {short_id}   # and then: nbsync rm {short_id}"
        return NbsyncError(f"{what}.", hint=again)
    return None


def _without_base(work: Work, survey: Survey, short_id: str) -> NbsyncError:
    """Why a notebook that nothing is remembered of cannot be deleted."""
    path, there = work.paths.get(short_id), survey.remote.get(short_id) is not None
    if path is None:
        if there:
            what = f"Notebook {short_id} is not in this directory yet"
            return NbsyncError(f"{what}.", hint=f"nbsync pull {short_id}")
        return ConfigError(
            f"There is no notebook {short_id}, here or in PostHog.", hint="nbsync list"
        )
    if there:
        what = f"{path} and its notebook in PostHog have not been compared yet"
        return NbsyncError(f"{what}.", hint=f"nbsync pull {short_id}")
    return NbsyncError(
        f"{path}: PostHog has no notebook {short_id}; there is nothing but this file.",
        hint="delete the file itself",
    )


def is_intent(survey: Survey, short_id: str) -> bool:
    """Whether a page is to become a notebook, and is none yet."""
    return short_id in survey.intents and short_id not in survey.base


def is_edited(survey: Survey, short_id: str) -> bool:
    """Whether a page says what the server never had; an earlier text that was in step is none."""
    here = survey.local.get(short_id)
    return here not in (None, survey.base.get(short_id)) and short_id not in survey.stale


def _moved_there(mirror: Mirror, survey: Survey, short_id: str) -> bool:
    """Whether the server has another notebook than base; one that is gone has not moved."""
    there, record = survey.remote.get(short_id), survey.records.get(short_id)
    if there is None:
        return False
    if record is None:
        return there != survey.base.get(short_id)
    held = held_record(mirror, short_id)
    return (record.stamp, record.notebook) != (held.stamp, held.notebook)


def held_record(mirror: Mirror, short_id: str) -> Record:
    """The record that a notebook's page stands on, of one that the survey found a base of.

    Raises:
        Busy: It is gone, as it goes where git is at work.
    """
    base = mirror.store.base(short_id)
    if base is None:
        raise moved_meanwhile(short_id)
    return base.record
