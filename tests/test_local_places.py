"""Names for pages: safe on every system, inside the directory, and never ignored or taken."""

from __future__ import annotations

import tempfile
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbsync.errors import ConfigError
from nbsync.local import Directory
from nbsync.local.places import fold, safe_name
from nbsync.model import Page

ANY = st.text(st.characters(exclude_categories=[])) | st.sampled_from(
    ["..", ".git", "con", "a/../b", "C:\\x", "\ud800", ".", " ", "-rf", "x" * 300]
)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Weekly review", "Weekly review"),
        ('a/b\\c:d*e?f"g<h>i|j', "a-b-c-d-e-f-g-h-i-j"),
        ("line\nbreak\ttab\x00", "line-break-tab-"),
        ("..hidden. ", "hidden"),
        ("", "untitled"),
        (" . .. ", "untitled"),
        ("con", "con_"),
        ("CON.notes", "CON_.notes"),
        ("aux .x", "aux _.x"),
        ("com¹", "com¹_"),
        ("console", "console"),
        ("e\u0301te\u0301", "\u00e9t\u00e9"),
        ("\u202egpj.exe", "-gpj.exe"),
        ("half \ud800 character", "half - character"),
    ],
)
def test_a_title_becomes_a_name_that_every_system_takes(title: str, name: str) -> None:
    assert safe_name(title) == name


def test_a_long_title_is_cut_at_a_character() -> None:
    assert safe_name("é" * 80) == "é" * 50
    assert safe_name("x" + "é" * 80) == "x" + "é" * 49
    assert safe_name("x" * 99 + ". y") == "x" * 99


def test_a_title_of_256_characters_makes_the_trip() -> None:
    with tempfile.TemporaryDirectory() as root:
        directory = Directory(Path(root), filename="{title}")
        path = directory.place("aB3", "😀" * 256, ".md", ())
        directory.write(Page("aB3", path, "x"), old=None)
        assert directory.read("aB3", path) == Page("aB3", path, "x")


@given(ANY)
def test_a_safe_name_is_one_visible_name(title: str) -> None:
    name = safe_name(title)
    assert name
    assert len(name.encode()) <= 101
    assert not name.startswith((".", " "))
    assert not name.endswith((".", " "))
    assert not set(name) & set('/\\:*?"<>|\x00\n')
    assert not {unicodedata.category(char) for char in name} & {"Cc", "Cs", "Zl", "Zp"}
    assert safe_name(name) == name


@given(ANY, ANY, ANY)
def test_no_pattern_and_no_title_leads_out_of_the_directory(
    before: str, title: str, after: str
) -> None:
    with tempfile.TemporaryDirectory() as root:
        directory = Directory(Path(root), filename=f"{before}{{title}}{after}")
        path = directory.place("aB3", title, ".md", ())
        assert not any(name.startswith(".") or name in {"", ".."} for name in path.split("/"))
        assert Path(root, path).resolve().is_relative_to(Path(root).resolve())
        assert path.endswith(".md")


@given(st.lists(st.sampled_from(["Plan", "PLAN", "plan", "Café", "CAFE\u0301"]), max_size=8))
def test_no_two_notebooks_get_one_place_on_any_system(titles: list[str]) -> None:
    with tempfile.TemporaryDirectory() as root:
        directory, taken = Directory(Path(root), filename="{title}"), list[str]()
        for number, title in enumerate(titles):
            taken.append(directory.place(f"id{number}", title, ".md", taken))
        assert len({fold(path) for path in taken}) == len(titles)


def test_a_place_that_is_given_up_can_be_had_again(tmp_path: Path) -> None:
    directory = Directory(tmp_path)
    assert directory.place("aB3", "", ".md", {"ab3.md", "AB3.md"}) == "aB3~2.md"
    assert directory.place("aB3", "", ".md", {"AB3.md"}) == "aB3~2.md"
    assert directory.place("aB3", "", ".md", set()) == "aB3.md"


def test_folders_of_a_pattern_are_kept_and_its_odd_parts_left_out(tmp_path: Path) -> None:
    for pattern, path in (
        ("a/b/{short_id}", "a/b/aB3.md"),
        ("/a//./../{short_id}/", "a/aB3.md"),
        (".git/{short_id}", "git/aB3.md"),
        ("", "aB3.md"),
        ("{short_id}/{title}", "aB3/Plan.md"),
        ("{title} ({short_id})", "Plan (aB3).md"),
    ):
        assert Directory(tmp_path, filename=pattern).place("aB3", "Plan", ".md", ()) == path


def test_a_link_in_place_of_the_folder_is_not_written_through(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "real").mkdir(parents=True)
    (root / "notes").symlink_to(tmp_path)
    assert Directory(root, filename="notes/{short_id}").place("aB3", "", ".md", ()) == "aB3.md"
    assert Directory(root, filename="real/{title}").place("aB3", "x", ".md", ()) == "real/x.md"


def test_a_pattern_without_a_place_that_is_not_ignored_is_a_mistake(tmp_path: Path) -> None:
    directory = Directory(tmp_path, filename="drafts/{short_id}", ignore=["drafts/"])
    with pytest.raises(ConfigError, match="has no place") as caught:
        directory.place("aB3", "", ".md", ())
    assert "nbsync.toml" in caught.value.hint


@given(st.text())
def test_a_folded_path_is_what_unicode_says(path: str) -> None:
    once = unicodedata.normalize("NFC", path).casefold()
    assert fold(path) == unicodedata.normalize("NFC", once)
