"""What people call notebooks by: a short_id, a path, or a part of a title."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from shlex import quote

from nbsync import formats
from nbsync.cli.candidates import AmbiguousError, Candidate
from nbsync.cli.columns import fitted
from nbsync.cli.mirror import Opened
from nbsync.cli.options import Settings
from nbsync.config import FILE
from nbsync.errors import ConfigError, FormatError
from nbsync.files import check_id, read, reason
from nbsync.local.ignoring import ignored
from nbsync.model import Page

_NAME_IT = "name one by its short_id, or choose one"
_NEAR = 3
_BRIEF = 40
_ALIKE = 0.75


@dataclass(frozen=True, slots=True)
class _Known:
    """What names can mean.

    Attributes:
        ids: Every notebook that something is known of.
        paths: short_id by path.
        titles: Titles by short_id.
    """

    ids: Collection[str]
    paths: Mapping[str, str]
    titles: Mapping[str, str]

    def titled(self, name: str) -> list[str]:
        """The notebooks that have it for a title, or else in it; letter case does not matter.

        A folder such as "." or "../" is no part of a title: nobody means "Release 1.4" by it.
        """
        wanted = name.casefold() if name.strip("./") else None
        found = [key for key, title in self.titles.items() if wanted and wanted in title.casefold()]
        return [key for key in found if self.titles[key].casefold() == wanted] or found

    def candidates(self, short_ids: Iterable[str]) -> list[Candidate]:
        """What is known of notebooks, in the order of their titles."""
        places = {short_id: path for path, short_id in sorted(self.paths.items(), reverse=True)}
        found = [Candidate(each, self.titles.get(each, ""), places.get(each)) for each in short_ids]
        return sorted(found, key=lambda each: (each.title.casefold(), each.short_id))

    def near(self, name: str) -> list[Candidate]:
        """The notebooks whose id, path or title, or some words of it, is nearly that."""
        from difflib import get_close_matches

        words = len(name.split())
        known = {each.casefold(): each for each in self.ids}
        known |= {path.casefold(): short_id for path, short_id in self.paths.items()}
        for short_id, title in self.titles.items():
            parts = title.casefold().split()
            known |= {" ".join(parts[at : at + words]): short_id for at in range(len(parts))}
        found = get_close_matches(name.casefold(), known, n=_NEAR, cutoff=_ALIKE)
        return self.candidates(dict.fromkeys(known[each] for each in found))


def find(
    names: Iterable[str], opened: Opened, settings: Settings, *, strangers: bool = False
) -> list[str]:
    """The ids of notebooks that were named by short_id, path, or part of a title.

    Args:
        names: What was typed.
        opened: The mirror.
        settings: Where the command was started.
        strangers: Take an id that nothing is known of; the server may know it.

    Raises:
        ConfigError: A name means no notebook, or several and nobody can be asked.
    """
    known = _known(opened)
    return [_find(name, opened, known, settings, strangers=strangers) for name in names]


def _known(opened: Opened) -> _Known:
    store = opened.mirror.store
    bases, rows = store.bases(), store.rows()
    scanned = opened.mirror.local.scan(bases.keys(), store.seen())
    listed = rows.rows if rows else {}
    titles = {short_id: token.partition(" =")[2] for short_id, token in listed.items()}
    titles |= {short_id: info.title or "" for short_id, info in bases.items()}
    titles |= _own_titles(
        opened, {id_: path for id_, path in scanned.paths.items() if id_ not in titles}
    )
    intents = {entry.path: entry.short_id for entry in store.journal() if entry.kind == "create"}
    places = intents | {path: short_id for short_id, path in scanned.paths.items()}
    places |= {bad.path: bad.short_id for bad in scanned.unreadable if bad.path and bad.short_id}
    ids = titles.keys() | scanned.tokens.keys() | store.conflicts().keys() | set(places.values())
    return _Known(ids, places, titles)


def _own_titles(opened: Opened, paths: Mapping[str, str]) -> dict[str, str]:
    """The titles of pages that no notebook is known of, as they say them."""
    titles = {}
    for short_id, path in paths.items():
        page = opened.mirror.local.read(short_id, path)
        if isinstance(page, Page):
            with suppress(FormatError):
                titles[short_id] = (
                    formats.parse(page.text, Path(path).suffix, like=None).title or ""
                )
    return titles


def known_ids(opened: Opened) -> Collection[str]:
    """The ids of all notebooks that something is known of, here or from PostHog's list."""
    return _known(opened).ids


def _find(name: str, opened: Opened, known: _Known, settings: Settings, *, strangers: bool) -> str:
    if name in known.ids:
        return name
    if short_id := known.paths.get(relative(name, opened.root, settings)):
        return short_id
    found = known.titled(name)
    if len(found) == 1:
        return found[0]
    if found:
        return _asked(name, known.candidates(found), settings)
    if strangers and may_be_id(name):
        return name
    raise unknown(name, opened)


def _asked(name: str, candidates: Sequence[Candidate], settings: Settings) -> str:
    """The notebook that is meant, where somebody is there to say so.

    Raises:
        ConfigError: Nobody says so; where nobody can be asked, the error lists them.
    """
    if settings.may_ask:
        from nbsync.cli.asking import ask_which

        if chosen := ask_which(name, candidates):
            return chosen.short_id
        raise ConfigError(f"{name!r} could be {len(candidates)} notebooks.", hint=_NAME_IT)
    raise AmbiguousError(name, candidates)


def unknown(name: str, opened: Opened | None = None) -> ConfigError:
    """The error for a name that means nothing.

    Args:
        name: What was typed.
        opened: Where something may have nearly that name.
    """
    near = _known(opened).near(name) if opened else ()
    meant = " or ".join(
        f"{each.short_id} ({fitted(each.title or 'untitled', _BRIEF)})" for each in near
    )
    return ConfigError(
        f"No notebook is called {name!r}: no short_id, path or title says so."
        f"{f' Did you mean {meant}?' if meant else ''}",
        hint="nbsync list",
    )


def may_be_id(name: str) -> bool:
    """Whether a name could be a short_id."""
    try:
        check_id(name)
    except FormatError:
        return False
    return True


def relative(name: str, root: Path, settings: Settings) -> str:
    """A path as it was typed, relative to the mirror's root, with `/` between folders.

    Returns:
        "" for a path that leads elsewhere.
    """
    path = Path(os.path.normpath(settings.start / name))
    for start in (path, Path(os.path.realpath(path.parent)) / path.name):
        if start.is_relative_to(root) and start != root:
            return start.relative_to(root).as_posix()
    return ""


def read_file(name: str, opened: Opened, settings: Settings) -> tuple[str, str]:
    """The path and the text of a file in the mirror.

    Raises:
        ConfigError: It lies elsewhere, is ignored, or cannot be read.
    """
    path = relative(name, opened.root, settings)
    if not path:
        raise ConfigError(
            f"{name} is not inside the mirror {opened.root}.",
            hint=f"cp {quote(name)} {quote(str(opened.root))}/",
        )
    if ignored(path, opened.config.ignore):
        raise ConfigError(
            f"{name} is left out by `ignore` in nbsync.toml.",
            hint=f"change `ignore` in {opened.root / FILE}, or move the file",
        )
    try:
        return path, read(opened.root / path)[0].decode("utf-8")
    except OSError as error:
        why, hint = reason(error), "give the path of a file that can be read"
    except UnicodeDecodeError:
        why, hint = "it is not UTF-8", f"save it as UTF-8, then: nbsync add {quote(name)}"
    raise ConfigError(f"{name} cannot be read: {why}.", hint=hint)
