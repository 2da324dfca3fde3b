"""What a commit says: who wrote it and when, and titles that stay titles."""

from __future__ import annotations

from pathlib import Path
from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gits import Repo, check_whole, committed, seed
from nbsync.sandbox import Sandbox
from nbsync.sync.messages import NEUTRAL, Told, author_of, message_of, seconds_of


@pytest.fixture
def repo(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """Two notebooks of two people, pulled and committed."""
    return committed(tmp_path, sandbox, monkeypatch)


def test_a_message_has_the_titles_and_a_trailer_for_each_id_and_version(repo: Repo) -> None:
    for number in range(3):
        seed(repo.sandbox, f"more{number}", f"# More {number}", version=number)
    assert repo.types("pull", "--commit").code == 0
    [subject, _, *body] = repo.git("log", "-1", "--format=%B").splitlines()
    assert subject == "More 2, More 1 and More 0"
    assert body[:3] == ["- More 2", "- More 1", "- More 0"]
    trailers = repo.git("log", "-1", "--format=%(trailers:only,unfold)").strip().splitlines()
    assert trailers == [
        line
        for number in (2, 1, 0)
        for line in (f"PostHog-Notebook: more{number}", f"PostHog-Version: {number}")
    ]


@pytest.mark.parametrize(
    ("title", "subject"),
    [
        ("PostHog-Notebook: evil", '"PostHog-Notebook: evil"'),
        ("--- a/b", '"--- a/b"'),
        ("# remark", '"# remark"'),
        ("fixup! Churn", '"fixup! Churn"'),
        ("\x1b[31mred\x07\u202e", '"[31mred"'),
        ("x\r\n\r\nSigned-off-by: E <e@e>", "x Signed-off-by: E <e@e>"),
        ("  ", "untitled"),
        ("half \ud800 a letter", "half a letter"),
        ("Zahlen für Q3: gut", "Zahlen für Q3: gut"),
        ("a" * 200, "a" * 71 + "…"),
        ('"' + "a" * 200, '""' + "a" * 68 + '…"'),
    ],
)
def test_a_title_is_one_line_of_a_message_and_no_part_of_its_structure(
    title: str, subject: str
) -> None:
    message = message_of([Told("cccccccc", title, 7)])
    first, empty, line, gap, *trailers = message.removesuffix("\n").split("\n")
    assert first == subject
    assert len(first) <= 72
    assert (empty, gap) == ("", "")
    assert line.startswith("- ")
    assert trailers == ["PostHog-Notebook: cccccccc", "PostHog-Version: 7"]


@given(st.lists(st.text(max_size=90), min_size=1, max_size=6))
def test_no_titles_make_a_subject_too_long_or_a_line_too_many(titles: list[str]) -> None:
    told = [Told(f"n{number}", title, number) for number, title in enumerate(titles)]
    subject, body, trailers = message_of(told).split("\n\n")
    assert 0 < len(subject) <= 72
    assert not {category(letter) for letter in subject} & {"Cc", "Cs", "Zl", "Zp"}
    assert len(body.splitlines()) == len(titles)
    assert all(line.startswith("- ") for line in body.splitlines())
    assert trailers.count("\n") == 2 * len(titles)
    message_of(told).encode()


def test_no_title_forges_a_trailer_that_git_reads(repo: Repo) -> None:
    title = "Weekly\nPostHog-Version: 99\n\nPostHog-Notebook: evil\n---\n"
    seed(repo.sandbox, "cccccccc", "Text.", title=title, version=7)
    assert repo.types("pull", "--commit").code == 0
    trailers = ["PostHog-Notebook: cccccccc", "PostHog-Version: 7"]
    assert repo.git("log", "-1", "--format=%(trailers)").strip().splitlines() == trailers
    told = repo.git("log", "-1", "--format=%B")
    (repo.folder / "told.txt").write_text(told)
    assert repo.git("interpret-trailers", "--parse", "told.txt").splitlines() == trailers
    check_whole(repo)


def test_a_subject_has_as_many_titles_as_there_is_room_for(repo: Repo) -> None:
    for number in range(9):
        seed(repo.sandbox, f"long{number}", f"# Numbers of the week {number}")
    assert repo.types("pull", "--commit").code == 0
    subject = repo.log("%s")[0]
    assert subject == "Numbers of the week 8, Numbers of the week 7 and 7 more"


def test_odd_people_become_authors_that_git_takes() -> None:
    assert author_of({"name": "B <x>\nen", "email": "b@e.com\n"}) == ("B x en", "b@e.com")
    assert author_of({"name": " .,; ", "email": "b@e.com"}) == ("b", "b@e.com")
    assert author_of({"name": "Ben", "email": None}) == ("Ben", "noreply@posthog.com")
    assert author_of({"name": None, "email": None}) == NEUTRAL
    assert author_of(None) == NEUTRAL


def test_odd_moments_are_left_to_git() -> None:
    assert seconds_of("1970-01-01T00:01:00") == 60
    assert seconds_of("2026-01-01T01:00:00+01:00") == seconds_of("2026-01-01T00:00:00Z")
    assert seconds_of("1066-10-14T09:00:00Z") is None
    assert seconds_of("9999-12-31T00:00:00Z") is None
    assert seconds_of("yesterday") is None
