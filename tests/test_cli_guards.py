"""Much at once: what is asked, what confirms it, what is said, and what is never asked about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from commands import Person, edit_there, person, seed, terminal
from mirrors import asked, edit, markdown_on, pages
from nbsync.cli import run
from nbsync.sandbox import Sandbox

IDS = [f"note000{number}" for number in range(1, 9)]
MANY = IDS[:6]


@pytest.fixture
def ana(tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Person:
    """Somebody with a mirror of eight notebooks, in whose folder she stands."""
    for number, short_id in enumerate(IDS, start=1):
        seed(sandbox, short_id, f"# Note {number}\n\nA line.\n\nAnother.")
    who = person(tmp_path, sandbox, monkeypatch)
    monkeypatch.chdir(who.folder)
    who.begins()
    return who


def deleted_there(who: Person) -> None:
    for short_id in MANY:
        who.sandbox.write(short_id, deleted=True)


def all_lost_there(who: Person) -> None:
    for short_id in IDS:
        who.sandbox.purge(short_id)


def edited_here(who: Person) -> None:
    for short_id in MANY:
        edit(who.folder / f"{short_id}.md", "A line.", "My line.")


def missing_here(who: Person) -> None:
    for short_id in MANY:
        (who.folder / f"{short_id}.md").unlink()


def some_of_each(who: Person) -> None:
    """Two deleted there, two edited here, two missing here."""
    for short_id in MANY[:2]:
        who.sandbox.write(short_id, deleted=True)
    for short_id in MANY[2:4]:
        edit(who.folder / f"{short_id}.md", "A line.", "My line.")
    for short_id in MANY[4:6]:
        (who.folder / f"{short_id}.md").unlink()


def nothing(who: Person) -> None:
    del who


@dataclass(frozen=True)
class Case:
    """A command that does much at once.

    Attributes:
        setup: What happened before.
        words: The command.
        count: How many notebooks it deletes or overwrites.
        said: What it says that it would do.
    """

    setup: Callable[[Person], None]
    words: tuple[str, ...]
    count: int
    said: str


FIRST = "(note0001.md, note0002.md, note0003.md and 3 more)"
CASES = {
    "pull": Case(deleted_there, ("pull",), 6, f"delete 6 here {FIRST}"),
    "pull, all lost": Case(
        all_lost_there, ("pull",), 8, "delete 8 here (note0001.md, note0002.md, note0003.md and 5"
    ),
    "push": Case(edited_here, ("push",), 6, f"overwrite 6 in PostHog {FIRST}"),
    "sync": Case(edited_here, ("sync",), 6, f"overwrite 6 in PostHog {FIRST}"),
    "sync, deleted": Case(deleted_there, ("sync",), 6, f"delete 6 here {FIRST}"),
    "push of names": Case(edited_here, ("push", *MANY), 6, f"overwrite 6 in PostHog {FIRST}"),
    "push --delete": Case(
        missing_here,
        ("push", "--delete"),
        6,
        "delete 6 in PostHog (note0001 'Note 1', note0002 'Note 2', note0003 'Note 3' and 3 more)",
    ),
    "rm": Case(nothing, ("rm", *MANY), 6, f"delete 6 in PostHog {FIRST}"),
    "rm of gone ones": Case(deleted_there, ("rm", *MANY), 6, f"delete 6 here {FIRST}"),
}


def state(who: Person) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """The pages, and the writes since this was last asked."""
    writes = [request for request in asked(who.sandbox) if request[0] != "GET"]
    return pages(who.folder), writes


@pytest.mark.parametrize("name", CASES)
def test_much_at_once_is_not_done_until_the_number_is_confirmed(ana: Person, name: str) -> None:
    case = CASES[name]
    case.setup(ana)
    before, _ = state(ana)
    command = f"nbsync {' '.join(case.words)}"
    enough, too_few = f"--allow-changes={case.count}", f"--allow-changes={case.count - 1}"
    for more in ((), ("--no-input",), (too_few,)):
        answer = ana.types(*case.words, *more)
        assert (answer.code, answer.out) == (6, ""), answer.screen
        assert f"error: This would {case.said}" in answer.err
        assert "of 8 notebooks. Nothing was done.\n" in answer.err
        assert f"  next: {command} -n   # shows them all; if that" in answer.err
        assert answer.err.endswith(f"is what you want: {command} {enough}\n")
    said = ana.types(*case.words, "--json").document
    assert (said["type"], said["exit_code"]) == ("nbsync.error", 6)
    assert case.said in said["error"] and said["hint"].endswith(enough)
    assert ana.types(*case.words, "-n").code == 0
    assert state(ana) == (before, [])
    assert ana.types(*case.words, enough).code == 0
    assert state(ana) != (before, [])


@pytest.mark.parametrize("name", ["pull", "push", "sync", "push --delete", "rm"])
def test_on_a_terminal_it_asks_and_nothing_is_done_without_a_yes(
    ana: Person, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = CASES[name]
    case.setup(ana)
    before, _ = state(ana)
    for typed in ("n\n", "\n"):
        with terminal(monkeypatch, answers=typed) as drawn:
            assert run(["-C", str(ana.folder), *case.words]) == 6
        text = " ".join("".join(drawn).split())
        assert f"This would {case.said}" in text
        assert "Do it to all 6? [y/N]" in text
    assert state(ana) == (before, [])
    with terminal(monkeypatch, answers="y\n") as drawn:
        assert run(["-C", str(ana.folder), *case.words]) == 0
    assert "error" not in "".join(drawn)
    assert state(ana) != (before, [])


@pytest.mark.parametrize("option", ["--no-input", "--json"])
def test_on_a_terminal_it_does_not_ask_who_said_not_to(
    ana: Person, option: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    deleted_there(ana)
    with terminal(monkeypatch, answers="y\n") as drawn:
        assert run(["-C", str(ana.folder), "pull", option]) == 6
    assert "Do it" not in "".join(drawn)
    assert len(pages(ana.folder)) == 8


def test_deletions_and_overwrites_on_both_sides_are_counted_together(ana: Person) -> None:
    some_of_each(ana)
    assert ana.types("push", "-n", "--delete").code == 0
    assert ana.types("sync").code == 0  # four
    assert len(pages(ana.folder)) == 4


def test_what_is_said_names_each_kind_with_its_first_ones(ana: Person) -> None:
    for short_id in IDS[:3]:
        ana.sandbox.write(short_id, deleted=True)
    for short_id in IDS[3:6]:
        edit(ana.folder / f"{short_id}.md", "A line.", "My line.")
    answer = ana.types("sync")
    assert answer.code == 6
    assert (
        "error: This would delete 3 here (note0001.md, note0002.md, note0003.md) and overwrite 3 in"
        " PostHog (note0004.md, note0005.md, note0006.md), of 8 notebooks. Nothing was done.\n"
    ) in answer.err


def test_a_long_title_is_cut_and_what_would_play_with_the_terminal_is_not_shown(
    ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana.sandbox.write("note0001", title="A \x1b[31m" + "long " * 40)
    ana.sandbox.write("note0002", title=None)
    assert ana.types("pull").code == 0
    missing_here(ana)
    with terminal(monkeypatch, answers="n\n") as drawn:
        assert run(["-C", str(ana.folder), "push", "--delete"]) == 6
    text = "".join(drawn)
    assert "\x1b[31mlong" not in text
    assert "long long" in text and "long " * 9 not in text
    assert "…', note0002, note0003 'Note 3' and 3 more" in text


def test_bringing_clean_pages_up_to_date_is_never_guarded(ana: Person) -> None:
    for short_id in IDS:
        edit_there(ana.sandbox, short_id, "A line.", "Their line.")
    assert ana.types("pull").code == 0
    assert all("Their line." in text for text in pages(ana.folder).values())


def test_a_mirror_that_slept_while_all_was_changed_and_a_few_were_deleted_just_runs(
    ana: Person,
) -> None:
    for short_id in IDS[:5]:
        ana.sandbox.write(short_id, deleted=True)
    for short_id in IDS[5:]:
        edit_there(ana.sandbox, short_id, "A line.", "Their line.")
    for number in range(30):
        seed(ana.sandbox, f"fresh{number:03}", f"# Fresh {number}")
    assert ana.types("sync", "--no-input").code == 0
    assert len(pages(ana.folder)) == 33


def test_a_server_whose_list_is_empty_for_a_moment_deletes_nothing(ana: Person) -> None:
    before = pages(ana.folder)
    empty: dict[str, Any] = {"count": 0, "next": None, "previous": None, "results": []}
    ana.sandbox.fault(method="GET", path="limit=", status=200, body=empty, times=None)
    ana.types("pull")
    assert pages(ana.folder) == before
    ana.sandbox.clear()
    assert ana.types("sync").code == 0
    assert pages(ana.folder) == before


def test_creating_and_merging_and_settling_and_restoring_are_no_overwrites(ana: Person) -> None:
    for number in range(7):
        assert ana.types("new", f"Draft {number}").code == 0
    assert ana.types("push", "--no-input").code == 0
    for short_id in MANY:  # both sides' edits are in what is sent
        edit_there(ana.sandbox, short_id, "Another.", "Theirs.")
        edit(ana.folder / f"{short_id}.md", "A line.", "My line.")
    assert ana.types("sync", "--no-input").code == 0
    for short_id in MANY:
        edit_there(ana.sandbox, short_id, "My line.", "Their line.")
        edit(ana.folder / f"{short_id}.md", "My line.", "Our line.")
    assert ana.types("sync", "--no-input").code == 5
    assert ana.types("resolve", "--all", "--theirs", "--no-input").code == 0
    names = [f"{short_id}.md" for short_id in MANY]
    for name in names:
        (ana.folder / name).unlink()
    assert ana.types("restore", *MANY, "--no-input").code == 0
    assert all("Their line." in (ana.folder / name).read_text() for name in names)
    ana.types("rm", *MANY, "--allow-changes=6")
    assert ana.types("restore", *MANY, "--no-input").code == 0
    assert not any(ana.sandbox.record(short_id)["deleted"] for short_id in MANY)


def test_our_side_of_many_conflicts_is_an_overwrite_when_it_is_sent(ana: Person) -> None:
    for short_id in MANY:
        edit_there(ana.sandbox, short_id, "A line.", "Their line.")
        edit(ana.folder / f"{short_id}.md", "A line.", "Our line.")
    assert ana.types("sync").code == 5
    assert ana.types("resolve", "--all", "--ours").code == 0
    answer = ana.types("push")
    assert answer.code == 6
    assert f"overwrite 6 in PostHog {FIRST}" in answer.err
    assert ana.types("push", "--allow-changes=6").code == 0
    assert "Our line." in markdown_on(ana.sandbox, "note0001")
