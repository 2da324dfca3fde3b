"""The engine: what a look at both sides finds, and what a run then does."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from nbsync.model import Plan
from nbsync.sync.survey import Survey, look
from nbsync.sync.work import Mirror

__all__ = ["Mirror", "Survey", "run", "status"]

if TYPE_CHECKING:
    from nbsync.sync.running import run
else:

    def __getattr__(name: str) -> object:
        """Load what carries out, once it is asked for: to look, it is not needed.

        Raises:
            AttributeError: Nothing of that name is offered here.
        """
        if name != "run":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        globals()[name] = found = import_module(f"{__name__}.running").run
        return found


def status(mirror: Mirror, *, offline: bool = False) -> tuple[Survey, Plan]:
    """What a sync would do, from one look at both sides; nothing is fetched, nothing written.

    Args:
        mirror: The two sides and the store.
        offline: Ask the server nothing: it is taken to be as it was left.

    Raises:
        NbsyncError: A side could not be looked at.
    """
    survey = look(mirror, ask_list=not offline, ask_each=False)
    return survey, survey.plan()
