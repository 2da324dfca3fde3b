"""Which notebooks a mirror is for, where it is not for all of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import translate
from functools import lru_cache

from nbsync.model.values import Json, canonical

ME = "me"
"""Stands for the person whose key is used."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What a notebook must be for a mirror to be for it; all of it must hold.

    Attributes:
        created_by: uuids of people, and `ME`: one of them made it. Anybody, where it is empty.
        titles: Globs, held against the title as PostHog has it. `*` stands for any characters,
            `?` for one, `[…]` for one of several; case does not matter. A `!` before a glob takes
            out again what it means; the last glob that means a title decides. What no glob means
            is in only where all of them have a `!`.
        search: What PostHog's search must find in it (contract section 1).
        contains: What it must contain, as `contains` of PostHog's list has it.
    """

    created_by: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    search: str = ""
    contains: str = ""

    @property
    def token(self) -> str:
        """Tells this selection from others; "" for the one of everything."""
        lists: list[Json] = [[*self.created_by], [*self.titles]]
        parts: list[Json] = [*lists, self.search, self.contains]
        return canonical(parts) if any(parts) else ""

    @property
    def query(self) -> Mapping[str, str]:
        """What only the server can tell, as parameters of its list."""
        asked = {"search": self.search, "contains": self.contains}
        return {name: value for name, value in asked.items() if value}

    def takes(self, title: str | None, creator: str, *, me: str) -> bool:
        """Whether a notebook is in, as far as its title and its maker tell.

        Args:
            title: Its title.
            creator: The uuid of whoever made it; "" where nobody is known to have.
            me: The uuid of the person whose key is used; "" where that is not known.
        """
        people = {me if one == ME else one for one in self.created_by} - {""}
        if self.created_by and creator not in people:
            return False
        taken = all(glob.startswith("!") for glob in self.titles)
        for glob in self.titles:
            if _pattern(glob.removeprefix("!")).match(title or ""):
                taken = not glob.startswith("!")
        return taken


EVERYTHING = Selection()
"""All notebooks of a project."""


@lru_cache(maxsize=1000)
def _pattern(glob: str) -> re.Pattern[str]:
    # A title may begin with the mark itself.
    return re.compile(translate(glob.removeprefix("\\")), re.IGNORECASE)
