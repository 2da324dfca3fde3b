"""A scan of a real folder: what is read, what is not followed, what cannot be looked at."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nbsync import files
from nbsync.errors import NbsyncError
from nbsync.local import Directory
from nbsync.model import Page, Seen, Unreadable, digest
from powerless import as_nobody, open_folder

LATE = 2**62  # ns, long after every file's mtime


def page(short_id: str, body: str = "Words.") -> str:
    return f'---\nshort_id: "{short_id}"\n---\n\n{body}\n'


def late() -> int:
    return LATE


def test_a_file_whose_signature_is_vouched_for_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(page("aB3"))
    signature = files.signature((tmp_path / "a.md").stat())
    seen = {"a.md": Seen(signature, LATE, "what was read then", "aB3")}
    assert Directory(tmp_path).scan((), seen).tokens == {"aB3": "what was read then"}


def test_a_racily_clean_file_is_read_again(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(page("aB3"))
    status = (tmp_path / "a.md").stat()
    checked = max(status.st_mtime_ns, status.st_ctime_ns) + 1_999_999_999
    seen = {"a.md": Seen(files.signature(status), checked, "an old token", "aB3")}
    assert Directory(tmp_path).scan((), seen).tokens == {"aB3": digest(page("aB3"))}


@pytest.mark.parametrize(
    ("known", "short_id"),
    [
        (Seen.written(digest(page("aB3")), "as remembered"), "as remembered"),
        (Seen.written(digest(page("another")), "as remembered"), "aB3"),
        (Seen((0, 0, 0, 0), 0, digest(page("aB3")), "whose place it was"), "aB3"),
    ],
)
def test_a_text_that_was_understood_before_is_not_understood_anew(
    tmp_path: Path, known: Seen, short_id: str
) -> None:
    (tmp_path / "a.md").write_text(page("aB3"))
    assert Directory(tmp_path).scan((), {"a.md": known}).paths == {short_id: "a.md"}


def test_a_file_that_was_touched_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text(page("aB3", "One."))
    directory = Directory(tmp_path, clock_ns=late)
    seen = directory.scan((), {}).seen
    status = path.stat()
    path.write_text(page("aB3", "Two."))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert directory.scan((), seen).tokens == {"aB3": digest(page("aB3", "Two."))}


def test_strangers_are_read_once(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# Read me\n")
    (tmp_path / "package.json").write_text("{}")
    seen = Directory(tmp_path, clock_ns=late).scan((), {}).seen
    assert {path: was.checked_ns for path, was in seen.items()} == {
        "README.md": LATE,
        "package.json": LATE,
    }
    assert Directory(tmp_path).scan((), seen).untracked == ("README.md",)


def test_what_could_not_be_understood_is_read_again_every_time(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"\xff")
    seen = Directory(tmp_path, clock_ns=late).scan((), {}).seen
    assert seen["a.md"].checked_ns == 0
    assert seen["a.md"].token == ""


def test_what_a_killed_run_left_half_written_is_removed(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    left = [tmp_path / f"{files.TEMPORARY}1-2", tmp_path / "deep" / f"{files.TEMPORARY}3-4"]
    for path in left:
        path.write_text(page("aB3"))
    found = Directory(tmp_path, read_only=True).scan((), {})
    assert all(path.exists() for path in left)
    assert found.tokens == {}
    Directory(tmp_path).scan((), {})
    assert not any(path.exists() for path in left)


def test_links_are_not_followed(tmp_path: Path) -> None:
    root, elsewhere = tmp_path / "root", tmp_path / "elsewhere"
    root.mkdir()
    elsewhere.mkdir()
    (elsewhere / "a.md").write_text(page("aB3"))
    (root / "folder").symlink_to(elsewhere)
    (root / "link.md").symlink_to(elsewhere / "a.md")
    directory = Directory(root)
    found = directory.scan((), {})
    assert (found.tokens, found.unreadable, found.untracked) == ({}, (), ())
    for path in ("folder/a.md", "link.md"):
        one = directory.read("aB3", path)
        assert isinstance(one, Unreadable)
        assert "symbolic link" in one.error
    with pytest.raises(NbsyncError, match="symbolic link"):
        directory.write(Page("aB3", "folder/b.md", page("aB3")), old=None)
    assert [path.name for path in elsewhere.iterdir()] == ["a.md"]


def test_a_link_in_place_of_a_page_is_unreadable_and_not_a_missing_page(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(page("aB3"))
    directory = Directory(tmp_path)
    seen = directory.scan({"aB3"}, {}).seen
    (tmp_path / "a.md").rename(tmp_path / "kept.txt")
    (tmp_path / "a.md").symlink_to("kept.txt")
    for _ in range(2):
        found = directory.scan({"aB3"}, seen)
        assert [(one.short_id, one.path) for one in found.unreadable] == [("aB3", "a.md")]
        seen = found.seen


def test_a_link_at_the_old_place_of_a_page_that_moved_is_nothing(tmp_path: Path) -> None:
    (tmp_path / "aB3.md").symlink_to("deep/page.md")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "page.md").write_text(page("aB3"))
    found = Directory(tmp_path).scan({"aB3"}, {})
    assert found.paths == {"aB3": "deep/page.md"}
    assert found.unreadable == ()


def test_a_pipe_that_is_called_like_a_page_does_not_stop_the_scan(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.md")
    assert Directory(tmp_path).scan((), {}).unreadable == ()


def test_a_mirror_inside_the_mirror_is_left_to_itself(tmp_path: Path) -> None:
    (tmp_path / "nbsync.toml").write_text("")
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "nbsync.toml").write_text("")
    for folder in (tmp_path, tmp_path / "inner"):
        (folder / "a.md").write_text(page("aB3"))
    assert Directory(tmp_path).scan((), {}).paths == {"aB3": "a.md"}


def test_a_directory_that_is_not_there_cannot_be_scanned(tmp_path: Path) -> None:
    with pytest.raises(NbsyncError, match="nowhere cannot be read"):
        Directory(tmp_path / "nowhere").scan((), {})


def test_a_file_that_may_not_be_read_is_unreadable_and_not_missing() -> None:
    with open_folder() as root:
        (root / "aB3.md").write_text(page("aB3"))
        (root / "aB3.md").chmod(0)
        with as_nobody():
            directory = Directory(root)
            (one,) = directory.scan({"aB3"}, {}).unreadable
            again = directory.read("aB3", "aB3.md")
            with pytest.raises(NbsyncError, match=r"aB3\.md cannot be read"):
                directory.remove(Page("aB3", "aB3.md", page("aB3")))
        assert one.short_id == "aB3"
        assert one.error == "aB3.md: cannot be read: Permission denied"
        assert isinstance(again, Unreadable)
        assert again.error == one.error


def test_the_pages_in_a_folder_that_may_not_be_looked_into_are_not_missing() -> None:
    with open_folder() as root:
        for folder, name in (("closed", "aB3"), ("open", "cD4")):
            (root / folder).mkdir()
            (root / folder / f"{name}.md").write_text(page(name))
        (root / "closed" / "README.md").write_text("# Read me\n")
        seen = Directory(root).scan({"aB3", "cD4"}, {}).seen
        (root / "closed").chmod(0)
        for _ in range(2):
            with as_nobody():
                found = Directory(root).scan({"aB3", "cD4"}, seen)
            assert [(one.short_id, one.path) for one in found.unreadable] == [
                (None, "closed/"),
                ("aB3", "closed/aB3.md"),
            ]
            assert found.paths == {"cD4": "open/cD4.md"}
            seen = found.seen
        (root / "closed").chmod(0o755)
        assert Directory(root).scan({"aB3", "cD4"}, seen).unreadable == ()


def test_a_file_name_that_is_no_utf8_is_said_and_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(page("aB3"))
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.md")).write_text("x")
    found = Directory(tmp_path).scan((), {})
    assert found.paths == {"aB3": "a.md"}
    (one,) = found.unreadable
    assert one.error == "caf\\udce9.md: its name is no UTF-8"
    assert found.seen.keys() == {"a.md"}


def test_a_page_that_was_composed_otherwise_is_at_its_place_still(tmp_path: Path) -> None:
    (tmp_path / "cafe\u0301.md").write_text("Words.\n")
    seen = {"CAF\u00c9.md": Seen((0, 0, 0, 0), 0, "", "aB3")}
    (one,) = Directory(tmp_path).scan({"aB3"}, seen).unreadable
    assert one.short_id == "aB3"
