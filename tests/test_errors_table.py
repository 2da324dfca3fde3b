"""Whatever goes wrong says what, where, and what to type next, and that can be typed.

All that is said stands in `cli/table_of_errors.txt`, which `make transcripts` writes.
"""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from commands import Person, person
from errors_scenes import SECRET, Scene, mirror_of_two
from errors_table import ROWS, Row, write_down, written_down
from in_between import nothing_in_between
from nbsync.cli import COMMANDS, cli
from nbsync.sandbox import Sandbox
from powerless import open_folder
from transcripts import WRITES, Player

SOURCES = Path(__file__).parents[1] / "src" / "nbsync"
# Commands as they stand in texts: on their own, after "then:", after "&&".
_TYPED = re.compile(r"(?:^|then: |&& |: )(nbsync (?:-C \S+ )?[a-z]+\b[^#;`…&<]*)")


@pytest.fixture
def ana(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Person]:
    """Somebody with a mirror of two pages, in a folder that nobody is kept from."""
    with open_folder() as here:
        who = person(here, sandbox, monkeypatch)
        nothing_in_between(monkeypatch)
        mirror_of_two(who)
        yield who


def parses(line: str) -> None:
    """Let click read a command line, and not run it.

    Raises:
        click.ClickException: It cannot be read.
    """
    words = shlex.split(line, comments=True)[1:]
    name, *rest = words[2:] if words[0] == "-C" else words
    with cli.make_context("nbsync", [name]) as ctx:
        command = cli.get_command(ctx, name)
        assert command is not None, line
        command.make_context(name, rest, parent=ctx).close()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_what_goes_wrong_is_told_with_what_where_and_what_is_next(
    row: Row, ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    player = Player(ana.folder.parent, ana.sandbox, monkeypatch)
    with ExitStack() as leave:
        scene = Scene(ana, monkeypatch, leave)
        row.make(scene)
        before = (scene.who.folder / "note0001.md").read_bytes()
        answer = scene.who.types(*row.words)
    screen = answer.screen.replace(str(scene.who.folder), "HERE/notes")
    met = "\n".join(player.met(f"$ nbsync {' '.join(row.words)}", screen, answer.code))
    if WRITES:
        write_down(row, met)
    else:
        assert met == written_down()[row.name]
    filled = {"host": ana.sandbox.url, "place": scene.place, "folder": str(scene.who.folder)}
    assert answer.code == row.code, answer.screen
    for words in row.says:
        assert words.format(**filled) in answer.err
    hints = [line.partition("next: ")[2] for line in answer.err.splitlines() if "  next: " in line]
    wanted = row.next.format(**filled)
    hint = next((each for each in hints if each.startswith(wanted)), None)
    assert hint is not None, answer.err
    assert row.hint in hint
    for typed in _TYPED.findall(hint):
        parses(typed)
    assert "Traceback" not in answer.screen
    assert SECRET not in answer.screen and "phx_" not in answer.screen.replace("phx_…", "")
    if row.name != "a full disk" and scene.who is ana:
        assert (ana.folder / "note0001.md").read_bytes() == before


def test_the_table_is_written_down_whole_and_in_order() -> None:
    assert list(written_down()) == [row.name for row in ROWS]


# --- every hint that there is ----------------------------------------------------------


def texts(node: ast.AST) -> Iterator[str]:
    """Every text in the code, with 1 for what is filled in; not what explains the code."""
    if isinstance(node, ast.JoinedStr):
        parts = (part.value if isinstance(part, ast.Constant) else "1" for part in node.values)
        yield "".join(map(str, parts))
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Constant):
        for child in ast.iter_child_nodes(node):
            yield from texts(child)


def typed() -> Iterator[str]:
    """Every command that a text of nbsync's tells to type."""
    for path in SOURCES.rglob("*.py"):
        for text in texts(ast.parse(path.read_text("utf-8"))):
            for found in _TYPED.findall(text):
                line = found.strip().rstrip(".")
                if line.split()[1] in {*COMMANDS, "-C"}:
                    yield line.replace("{which}", "1")


# It speaks of nbsync.
PROSE = {"nbsync log has only what was seen here"}


@pytest.mark.parametrize("line", sorted(set(typed()) - PROSE))
def test_every_command_that_is_told_to_be_typed_can_be(line: str) -> None:
    parses(line)
