"""What the documents say is so: commands exist, examples run, the reference is the help itself."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import click
import pytest

from commands import person
from nbsync.cli import COMMANDS, cli
from nbsync.sandbox import Sandbox
from powerless import open_folder
from transcripts import Player

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
TUTORIALS = sorted((ROOT / "docs" / "tutorial").glob("*.md"))
_CONSOLE = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
_CODE_SPAN = re.compile(r"`(nbsync [^`]+)`")
_CODE_LINE = re.compile(r"^(?:    |\$ )(?:.*?&& )?(nbsync .*)$", re.MULTILINE)
# Written in pieces, so that this file names none either.
_REGISTRIES = "|".join(["py" + "pi", "npm" + "js", "index" + "-url", "artifact" + "ory"])
_ANYWHERE = re.compile(rf"{_REGISTRIES}|/(?:work|root|home|Users)/\w", re.IGNORECASE)


NBSYNC = click.Context(cli, info_name="nbsync", **cli.context_settings)


def command(name: str) -> click.Command:
    found = cli.get_command(NBSYNC, name)
    assert found is not None
    return found


def mentions() -> Iterator[tuple[str, str]]:
    """Every command line in code, with the page it stands in."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        if page.name == "commands.md":
            continue
        for found in (*_CODE_SPAN.finditer(text), *_CODE_LINE.finditer(text)):
            for line in re.split(r"\s*(?:;|&&|\|)\s*", found[1].partition("  #")[0]):
                if line.startswith("nbsync "):
                    yield page.relative_to(ROOT).as_posix(), line


@pytest.mark.parametrize(("page", "line"), sorted(set(mentions())))
def test_what_the_documents_tell_to_type_is_understood(page: str, line: str) -> None:
    """Whole, but for arguments: the name of a command may stand alone."""
    words = shlex.split(re.sub(r"\s[<>]\S+", "", line), comments=True)[1:]
    words = [{"SHELL": "bash"}.get(word, word.replace("…", "1")) for word in words if word != "…"]
    if words and not words[0].startswith("-"):
        assert words[0] in COMMANDS, f"{page}: {line}"
        with suppress(click.MissingParameter, click.exceptions.Exit):
            command(words[0]).make_context(words[0], words[1:], parent=NBSYNC).close()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(name: str) -> None:
    shown = command(name).get_help(click.Context(command(name), info_name=name, parent=NBSYNC))
    assert re.search(rf"^ +Examples:\n +nbsync {name}", shown, re.MULTILINE)
    assert command(name).get_short_help_str(limit=66).endswith(".")
    for option in command(name).params:
        assert not isinstance(option, click.Option) or option.help


def test_the_reference_of_commands_is_their_own_help() -> None:
    spec = spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None and spec.loader is not None
    generate = module_from_spec(spec)
    spec.loader.exec_module(generate)
    text = generate.TARGET.read_text(encoding="utf-8")
    assert text == generate.reference(), "run: make docs"
    assert all(f"\n## nbsync {name}\n" in text for name in COMMANDS)


@pytest.mark.parametrize("page", TUTORIALS, ids=lambda page: page.stem)
def test_every_command_of_a_tutorial_succeeds(
    page: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = "".join(_CONSOLE.findall(page.read_text(encoding="utf-8"))).splitlines()
    assert lines
    with open_folder() as here:
        person(here, sandbox, monkeypatch)
        player = Player(here, sandbox, monkeypatch)
        for line in lines:
            typed, _, code = line.partition("; test $? = ")
            if typed.startswith("$ nbsync"):  # no shell sees it
                typed = os.path.expandvars(typed)
            played = player.play(typed.replace("http://127.0.0.1:8765", sandbox.url))
            assert re.findall(r"^    \[exit (\d+)\]$", played, re.MULTILINE) == [code][: bool(code)]


def test_the_readme_is_short_and_names_the_two_commands_to_start_with() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) < 120
    assert "make demo" in text and "make test" in text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_between_documents_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_every_document_is_found_from_the_readme() -> None:
    found, left = set[Path](), [ROOT / "README.md"]
    while left:
        page = left.pop()
        if page not in found and page.exists():
            found.add(page)
            links = re.findall(r"\]\(([^)#:]+\.md)", page.read_text(encoding="utf-8"))
            left += [(page.parent / link).resolve() for link in links]
    assert [page for page in PAGES if page not in found] == []


def test_no_file_names_a_package_registry_or_a_place_on_somebodys_machine() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in listed.stdout.splitlines():
        path = ROOT / name
        if path.is_file():
            found = _ANYWHERE.search(path.read_bytes().decode("utf-8", errors="replace"))
            assert found is None, f"{name}: {found}"
