"""The user's own merge tool: which one it is, and running it on the files of a conflict."""

from __future__ import annotations

import difflib
import os
import re
import shlex
import shutil
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from nbsync.cli.editor import find_editor, run_editor, run_program
from nbsync.errors import ConfigError
from nbsync.files import reason

VARIABLE = "NBSYNC_MERGETOOL"
FILES = ("BASE", "LOCAL", "REMOTE", "MERGED")
"""What a tool's words may name in braces, and what its environment has."""

_PLACE = re.compile(r"\{([A-Z]+)\}")
_EXAMPLE = 'tool = ["meld", "{LOCAL}", "{MERGED}", "{REMOTE}"]'


@dataclass(frozen=True, slots=True)
class Tool:
    """What somebody merges with.

    Attributes:
        words: The program, and what it is given; `{BASE}` and its like stand for the files.
        is_editor: Whether it is $VISUAL, $EDITOR or a usual editor: it is given MERGED alone.
    """

    words: tuple[str, ...]
    is_editor: bool = False

    def run(self, files: Mapping[str, Path], *, again: str, quiet: bool) -> None:
        """Let the user merge, for as long as it takes.

        Args:
            files: The path for each of `FILES`.
            again: The command that is under way, for the hint.
            quiet: Standard output is not the tool's: what it prints goes to standard error.

        Raises:
            NbsyncError: The tool could not be started, or failed.
        """
        if self.is_editor:
            run_editor(list(self.words), files["MERGED"], again=again, quiet=quiet)
            return
        paths = {name: str(path) for name, path in files.items()}
        run_program(
            [_PLACE.sub(lambda found: paths[found[1]], word) for word in self.words],
            what=f"The merge tool {self.words[0]}",
            other=_other(again),
            again=again,
            quiet=quiet,
            variables=paths,
        )


def find_tool(again: str) -> Tool:
    """The user's merge tool, or else editor; never the mirror's: nbsync.toml travels with clones.

    Args:
        again: The command that is under way, for the hint.

    Raises:
        ConfigError: There is none, or none that can be started; or the user's configuration
            cannot be understood.
    """
    said = os.environ.get(VARIABLE, "").strip()
    if said:
        return _tool(_words(said, f"${VARIABLE}", _other(again)), f"${VARIABLE}", again)
    place = user_config()
    found = _configured(place)
    if found is not None:
        return _tool(found, f"`tool` in {place}", again)
    return Tool(tuple(find_editor(again)), is_editor=True)


def user_config() -> Path:
    """The user's own configuration, on this machine and for all mirrors."""
    from nbsync.credentials import user_folder

    return user_folder() / "config.toml"


def _other(again: str) -> str:
    return f"{VARIABLE}=nano {again}"


def _tool(words: list[str], where: str, again: str) -> Tool:
    """Check that a tool can be started and will be given what it is to write."""
    if shutil.which(words[0]) is None:
        raise ConfigError(
            f"{where} is {shlex.join(words)}, which cannot be started.", hint=_other(again)
        )
    named = {name for word in words[1:] for name in _PLACE.findall(word)}
    if not named:
        words = [*words, "{MERGED}"]
    elif not named <= set(FILES) or "MERGED" not in named:
        wrong = "does not name {MERGED}, the file to write"
        unknown = sorted(named - set(FILES))
        if unknown:
            wrong = f"names {{{unknown[0]}}}, which is none of {{BASE}}, {{LOCAL}}, {{REMOTE}}"
            wrong += " and {MERGED}"
        raise ConfigError(f"{where} {wrong}.", hint=f"write it as in {_EXAMPLE}")
    return Tool(tuple(words))


def _words(said: str, where: str, hint: str) -> list[str]:
    """Split a command as a shell does, without being one."""
    try:
        words = shlex.split(said)
    except ValueError as error:
        raise ConfigError(f"{where} cannot be understood: {said!r}.", hint=hint) from error
    if not words or not words[0]:
        raise ConfigError(f"{where} is empty.", hint=hint)
    return words


def _configured(place: Path) -> list[str] | None:
    """The tool that the user's configuration names, as words; None where it names none."""
    hint = f"edit {shlex.quote(str(place))}"
    try:
        table = tomllib.loads(place.read_bytes().decode("utf-8-sig"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ConfigError(f"{place} cannot be read: {reason(error)}.", hint=hint) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{place} is not UTF-8.", hint=hint) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{place} is no TOML: {error}.", hint=hint) from error
    _check_keys(table, ["merge"], place)
    merge = table.get("merge", {})
    if not isinstance(merge, dict):
        raise ConfigError(f"{place}: `merge` is no table.", hint=f"[merge] and below it {_EXAMPLE}")
    _check_keys(merge, ["tool"], place)
    tool = merge.get("tool")
    if tool is None or isinstance(tool, str):
        return tool if tool is None else _words(tool, f"`tool` in {place}", hint)
    if isinstance(tool, list) and tool and all(isinstance(word, str) and word for word in tool):
        return tool
    raise ConfigError(f"{place}: `tool` is {tool!r}.", hint=f"write it as in {_EXAMPLE}")


def _check_keys(table: Iterable[str], known: list[str], place: Path) -> None:
    for key in table:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean `{near[0]}`?" if near else f"the only key is `{known[0]}`"
            raise ConfigError(f"{place}: `{key}` is no key of nbsync's.", hint=hint)
