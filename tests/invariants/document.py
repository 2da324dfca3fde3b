"""docs/explanation/invariants.md, made of the tables of breaks and of footguns.

To write it anew: PYTHONPATH=tests python -m invariants.document
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from invariants.breaks import BREAKS
from invariants.footguns import FOOTGUNS, KINDS, Footgun
from invariants.promises import INVARIANTS, WITH_WATCH, Break

TARGET = Path(__file__).parents[2] / "docs" / "explanation" / "invariants.md"

_INTRODUCTION = """\
# What is promised, and how that is proved

nbsync promises 28 things; each has a test that fails when the promise is broken. This page names
the test, how nbsync was broken to see it fail, and what failed. It is made of the tables that the
tests themselves use, so that it cannot go stale: in `make test`, every text to be broken must
still be there, and this page must say what the tables say; in `make soak`, each break is applied
to a copy of the sources in turn, and its test must fail and say what is written here.

To repeat all of them, or one of them:

    pytest -m soak tests/test_invariants.py
    pytest -m soak tests/test_invariants.py -k I21

A new break is an entry in `tests/invariants/breaks_of_*.py`; this page is then written anew by

    PYTHONPATH=tests python -m invariants.document

Beside these stand the searches that know no story: random histories of two mirrors and a browser
in `test_laws.py` and `test_laws_creating.py`, a kill at every effect in `test_failpoints.py`, a
lost answer at every request in `test_lost_answers.py`. They hold I1 to I3, I10, I11, I14, I20 and
I21 all at once.
"""

_FOOTGUNS = """\
## What went wrong elsewhere

What users of tools of this kind complain of most, each as a test that tells the same story of
nbsync.
"""


def document() -> str:
    """All of the page."""
    return "\n".join([_INTRODUCTION, *_invariants(), _FOOTGUNS, *_footguns()]).rstrip("\n") + "\n"


def _invariants() -> Iterator[str]:
    for number, says in INVARIANTS.items():
        yield f"## {number}. {says}\n"
        breaks = [each for each in BREAKS if each.invariant == number]
        for test in dict.fromkeys(each.test for each in breaks):
            yield _named(test) + "\n"
            yield "| How it was broken | Where | What failed |\n| --- | --- | --- |"
            yield from (_row(each) for each in breaks if each.test == test)
            yield ""
        if number in WITH_WATCH:
            yield f"To come with `watch`: {WITH_WATCH[number]}.\n"


def _row(each: Break) -> str:
    places = ", ".join(dict.fromkeys(f"`{file}`" for file, _, _ in each.edits))
    return f"| {each.how} | {places} | `{each.shows}` |"


def _footguns() -> Iterator[str]:
    for letter, complaint in KINDS.items():
        yield f"### {letter}. {complaint}\n"
        yield "| | What went wrong | The test |\n| --- | --- | --- |"
        yield from (_told(each) for each in FOOTGUNS if each.number.startswith(letter))
        yield ""


def _told(each: Footgun) -> str:
    tests = "; ".join(map(_named, each.tests))
    why = f"{tests}; {each.why}" if tests and each.why else tests or each.why
    return f"| {each.number} | {each.story} | {why} |"


def _named(test: str) -> str:
    file, _, name = test.partition("::")
    return f"`{name}` in {file}"


if __name__ == "__main__":
    TARGET.write_text(document(), encoding="utf-8")
