"""Writing pages into a real folder: what stands when the disk or another program interferes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nbsync.errors import NbsyncError, PreconditionFailed
from nbsync.local import Directory
from nbsync.model import Page
from powerless import as_nobody, names, no_space, open_folder


def page(body: str, path: str = "a.md") -> Page:
    return Page("aB3", path, f'---\nshort_id: "aB3"\n---\n\n{body}\n')


def written(root: Path, body: str, path: str = "a.md") -> Page:
    one = page(body, path)
    (root / path).write_bytes(one.text.encode())
    return one


def test_the_same_text_is_not_written_again(tmp_path: Path) -> None:
    old = written(tmp_path, "Words.")
    before = (tmp_path / "a.md").stat()
    Directory(tmp_path).write(old, old=old)
    after = (tmp_path / "a.md").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_full_disk_leaves_the_page_as_it_was_and_says_so(tmp_path: Path) -> None:
    old = written(tmp_path, "Old.")
    directory = Directory(tmp_path)
    with no_space(), pytest.raises(NbsyncError, match=r"a\.md cannot be written: File too large"):
        directory.write(page("New."), old=old)
    with no_space(), pytest.raises(NbsyncError, match=r"b\.md cannot be written"):
        directory.write(page("New.", "b.md"), old=None)
    assert (tmp_path / "a.md").read_bytes() == old.text.encode()
    assert names(tmp_path) == ["a.md"]


def test_a_folder_that_may_not_be_written_to_says_so() -> None:
    with open_folder() as root:
        old = written(root, "Old.")
        (root / "a.md").chmod(0o644)
        root.chmod(0o555)
        with as_nobody():
            directory = Directory(root)
            with pytest.raises(NbsyncError, match=r"a\.md cannot be written: Permission denied"):
                directory.write(page("New."), old=old)
            with pytest.raises(NbsyncError, match=r"b/c\.md cannot be written"):
                directory.write(page("New.", "b/c.md"), old=None)
            with pytest.raises(NbsyncError, match=r"a\.md cannot be removed"):
                directory.remove(old)
        assert names(root) == ["a.md"]
        root.chmod(0o777)


def test_a_page_that_cannot_leave_its_old_place_does_not_come_to_the_new_one() -> None:
    with open_folder() as root:
        (root / "closed").mkdir()
        old = written(root, "Old.", "closed/a.md")
        (root / "closed").chmod(0o555)
        with as_nobody(), pytest.raises(NbsyncError, match=r"closed/a\.md cannot be removed"):
            Directory(root).write(page("New.", "b.md"), old=old)
        assert names(root) == ["closed"]
        assert names(root / "closed") == ["a.md"]


@pytest.mark.parametrize("what", ["link", "folder", "nothing"])
def test_what_is_no_file_any_more_is_not_replaced(tmp_path: Path, what: str) -> None:
    old = written(tmp_path, "Old.")
    (tmp_path / "a.md").rename(tmp_path / "kept")
    if what == "link":
        (tmp_path / "a.md").symlink_to("kept")
    elif what == "folder":
        (tmp_path / "a.md").mkdir()
    directory = Directory(tmp_path)
    with pytest.raises(PreconditionFailed, match="nothing was overwritten"):
        directory.write(page("New."), old=old)
    with pytest.raises(PreconditionFailed, match="nothing was overwritten"):
        directory.remove(old)
    assert (tmp_path / "kept").read_bytes() == old.text.encode()
    assert os.path.lexists(tmp_path / "a.md") == (what != "nothing")


def test_line_ends_and_marks_come_through_as_they_are(tmp_path: Path) -> None:
    text = '\ufeff---\r\nshort_id: "aB3"\r\n---\r\n\r\nA\rB\x0b\u2028C\x00'
    directory = Directory(tmp_path)
    directory.write(Page("aB3", "a.md", text), old=None)
    assert (tmp_path / "a.md").read_bytes() == text.encode()
    assert directory.read("aB3", "a.md") == Page("aB3", "a.md", text)


def test_a_file_where_a_folder_should_be_says_so(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("a file")
    with pytest.raises(NbsyncError, match=r"notes/a\.md cannot be written"):
        Directory(tmp_path).write(page("New.", "notes/a.md"), old=None)
