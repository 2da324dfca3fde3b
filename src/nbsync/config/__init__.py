"""nbsync.toml, the file that says what a directory mirrors and how."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import Literal

from nbsync import files
from nbsync.api.hosts import normalise
from nbsync.config.filtering import KEYS as FILTER_KEYS
from nbsync.config.filtering import selection, written
from nbsync.config.values import one_of, switch, text, texts
from nbsync.errors import ConfigError
from nbsync.model import EVERYTHING, Selection

FILE = "nbsync.toml"
"""The file's name; the folder it lies in is the mirror."""

Form = Literal["markdown", "json"]
Kind = Literal["markdown", "richtext"]
Backend = Literal["native", "polling"]

KEYS = (
    "host",
    "project",
    "format",
    "filename",
    "ignore",
    "new_notebooks",
    "watch.backend",
    "git.commit",
    *FILTER_KEYS,
)
"""All that the file may say; `watch.backend` is `backend` in the table `[watch]`."""

_SECRET = re.compile(r"(^|[._-])(key|token|secret|password)s?$|api_?key", re.IGNORECASE)
# Bytes. The file comes with clones, and TOML of a size that nobody writes takes long to read.
_LARGEST = 16 * 1024
_PROJECT = re.compile(r"[A-Za-z0-9-]+")
_PLACEHOLDER = re.compile(r"\{(short_id|title)\}")
_TABLES = {
    "watch": 'watch.backend = "polling"',
    "git": "git.commit = true",
    "filter": 'filter.created_by = "me"',
}
_CLI_KEYS = ("POSTHOG_CLI_API_KEY", "POSTHOG_CLI_TOKEN")


@dataclass(frozen=True, slots=True)
class Config:
    """What a directory mirrors, and how.

    Attributes:
        host: The normalised host, such as "https://us.posthog.com".
        project: The project's id.
        form: What working files are: "markdown" or "json"; `format` in the file.
        filename: The pattern for new files, without what the name ends in.
        ignore: Glob patterns of files that are nobody's business.
        new_notebooks: What new notebooks are, "markdown" or "richtext": servers before 2026 know
            no Markdown notebooks.
        watch_backend: How `nbsync watch` learns of edits, "native" or "polling"; `backend` in
            `[watch]` in the file.
        git_commit: Whether a pull or sync commits what came; `commit` in `[git]` in the file.
        selection: Which notebooks the directory mirrors; `[filter]` in the file.
    """

    host: str
    project: str
    form: Form = "markdown"
    filename: str = "{short_id}"
    ignore: tuple[str, ...] = ()
    new_notebooks: Kind = "markdown"
    watch_backend: Backend = "native"
    git_commit: bool = False
    selection: Selection = EVERYTHING


def find_root(start: Path) -> Path:
    """Find the mirror that a folder lies in: the nearest one upwards with an nbsync.toml.

    Raises:
        ConfigError: There is none.
    """
    here = start.resolve()
    for folder in (here, *here.parents):
        if (folder / FILE).is_file():
            return folder
    raise ConfigError(f"There is no {FILE} in {here} or above it.", hint="nbsync init")


def load(root: Path) -> Config:
    """Read a mirror's nbsync.toml.

    Args:
        root: The folder that it lies in.

    Raises:
        ConfigError: It cannot be read, or says something that cannot be meant.
    """
    path = root / FILE
    try:
        table = tomllib.loads(files.read(path, most=_LARGEST)[0].decode("utf-8-sig"))
    except FileNotFoundError:
        raise ConfigError(f"There is no {path}.", hint="nbsync init") from None
    except OSError as error:
        why = f"{path} cannot be read: {error.strerror}."
        raise ConfigError(why, hint=f"ls -ld {quote(str(path))}") from error
    except UnicodeDecodeError as error:
        why = f"{path} is not UTF-8: {error.reason}."
        raise ConfigError(why, hint=f"save it as UTF-8: edit {path}") from error
    except (ValueError, RecursionError) as error:  # numbers without an end, and depth, are no TOML
        raise ConfigError(f"{path} is no TOML: {error}.", hint=f"edit {path}") from error
    try:
        return parse(table)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error.message}", hint=error.hint) from error


def parse(table: Mapping[str, object]) -> Config:
    """Check what nbsync.toml says, or what is to be written there.

    Args:
        table: Its keys and values.

    Raises:
        ConfigError: A key is unknown or missing, or a value cannot be meant.
    """
    table = _flat(table)
    for key in table:
        _check_known(key)
    return Config(
        host=normalise(text(table, "host")),
        project=check_project(table.get("project")),
        form=one_of(table, "format", "markdown", "json"),
        filename=check_filename(text(table, "filename", "{short_id}")),
        ignore=texts(table, "ignore"),
        new_notebooks=one_of(table, "new_notebooks", "markdown", "richtext"),
        watch_backend=one_of(table, "watch.backend", "native", "polling"),
        git_commit=switch(table, "git.commit"),
        selection=selection(table),
    )


def dump(config: Config) -> str:
    """Write a configuration as TOML; `load` reads the same from it."""
    import tomli_w  # noqa: PLC0415 - only init writes

    table: dict[str, object] = {"host": config.host, "project": config.project}
    table |= {"format": config.form, "filename": config.filename}
    if config.ignore:
        table["ignore"] = list(config.ignore)
    if config.new_notebooks != "markdown":
        table["new_notebooks"] = config.new_notebooks
    if config.watch_backend != "native":
        table["watch"] = {"backend": config.watch_backend}
    if config.git_commit:
        table["git"] = {"commit": True}
    if config.selection.token:
        table["filter"] = written(config.selection)
    return tomli_w.dumps(table)


def check_project(value: object) -> str:
    """Check a project id: digits, or what a server takes for an id.

    Raises:
        ConfigError: It is none, or one that means another project every day.
    """
    if value == "@current":
        # It is whatever the user last looked at in PostHog (contract section 1).
        raise ConfigError(
            "`project` is @current, which is another project whenever you choose one in PostHog.",
            hint="use the number in PostHog's address bar, after /project/",
        )
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not _PROJECT.fullmatch(text):
        said = "is missing" if value is None else f"is {value!r}, which is no project id"
        raise ConfigError(
            f"`project` {said}.", hint="use the number in PostHog's address bar, after /project/"
        )
    return text


def check_filename(pattern: str) -> str:
    """Check a pattern for file names.

    Raises:
        ConfigError: It leads out of the mirror, hides files, or does not tell notebooks apart.
    """
    hint = 'use something like "{short_id}" or "notes/{title}"'
    rest = _PLACEHOLDER.sub("x", pattern)
    wrong = ""
    if rest == pattern:
        wrong = "has neither {short_id} nor {title} in it"
    elif "{" in rest or "}" in rest:
        wrong = "has other braces than {short_id} and {title}"
    elif "\\" in rest or ":" in rest or not rest.isprintable():
        wrong = "has a character that cannot be in file names everywhere"
    elif any(not part.strip() or part.startswith(".") for part in rest.split("/")):
        wrong = "has an empty part, or one that starts with a dot"
    elif rest.lower().endswith((".md", ".json")):
        wrong = "has an ending, which is added by itself"
    if wrong:
        raise ConfigError(f"`filename` is {pattern!r}, which {wrong}.", hint=hint)
    return pattern


def check_environment(config: Config, env: Mapping[str, str]) -> None:
    """See to it that the environment does not mean another host or project than the mirror.

    posthog-cli's variables count only where its key is the one that would be used.

    Args:
        config: The mirror's configuration.
        env: The environment.

    Raises:
        ConfigError: It does; the message has both values.
    """
    prefixes = ["POSTHOG"]
    if not env.get("POSTHOG_PERSONAL_API_KEY", "").strip() and any(map(env.get, _CLI_KEYS)):
        prefixes.append("POSTHOG_CLI")
    for prefix in prefixes:
        _check_same(f"{prefix}_HOST", env, "host", config.host)
        _check_same(f"{prefix}_PROJECT_ID", env, "project", config.project)


def _check_same(variable: str, env: Mapping[str, str], key: str, mine: str) -> None:
    text = env.get(variable, "").strip()
    if not text:
        return
    try:
        meant = normalise(text) if key == "host" else text
    except ConfigError as error:
        raise ConfigError(f"{variable}: {error.message}", hint=error.hint) from error
    if meant != mine:
        raise ConfigError(
            f"{variable} is {meant}, but {FILE} says {key} = {mine!r}.",
            hint=f"unset {variable}, or work in the mirror of {key} {meant}",
        )


def _flat(table: Mapping[str, object]) -> dict[str, object]:
    flat = dict(table)
    for name, example in _TABLES.items():
        inner = flat.pop(name, {})
        if not isinstance(inner, dict):
            raise ConfigError(f"`{name}` is {inner!r}, but must be a table.", hint=example)
        flat |= {f"{name}.{key}": value for key, value in inner.items()}
    return flat


def _check_known(key: str) -> None:
    if key in KEYS:
        return
    if _SECRET.search(key):
        raise ConfigError(
            f"`{key}` looks like a secret, and this file goes into git.",
            hint=f"remove `{key}`, make a new key in PostHog if it was shared, and"
            " export POSTHOG_PERSONAL_API_KEY=phx_…",
        )
    from difflib import get_close_matches  # noqa: PLC0415 - only mistakes need it

    near = get_close_matches(key, (*KEYS, *_TABLES), n=1)
    known = ", ".join(KEYS)
    raise ConfigError(
        f"`{key}` is no key of {FILE}.",
        hint=f"did you mean `{near[0]}`?" if near else f"the keys are {known}",
    )
