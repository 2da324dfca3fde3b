"""Files are put in their place whole or not at all, and known again by their stat."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbsync import files
from nbsync.errors import FormatError, NbsyncError, PreconditionFailed
from powerless import as_nobody, names, no_space, open_folder


def test_a_file_is_replaced_whole_and_keeps_its_permissions(tmp_path: Path) -> None:
    page = tmp_path / "a.md"
    page.write_bytes(b"old")
    page.chmod(0o640)
    files.replace(page, b"new")
    assert page.read_bytes() == b"new"
    assert page.stat().st_mode & 0o777 == 0o640
    assert names(tmp_path) == ["a.md"]


def test_a_check_that_fails_leaves_the_file_and_nothing_beside_it(tmp_path: Path) -> None:
    page = tmp_path / "a.md"
    page.write_bytes(b"old")

    def refuse() -> None:
        raise PreconditionFailed("it changed")

    with pytest.raises(PreconditionFailed):
        files.replace(page, b"new", check=refuse)
    assert page.read_bytes() == b"old"
    assert names(tmp_path) == ["a.md"]


def test_a_full_disk_leaves_the_file_and_nothing_beside_it(tmp_path: Path) -> None:
    page = tmp_path / "a.md"
    page.write_bytes(b"old")
    with no_space(), pytest.raises(OSError, match="File too large"):
        files.replace(page, b"new")
    assert page.read_bytes() == b"old"
    assert names(tmp_path) == ["a.md"]


def test_a_file_is_created_only_where_nothing_is(tmp_path: Path) -> None:
    page, link = tmp_path / "a.md", tmp_path / "b.md"
    files.create(page, b"one")
    link.symlink_to("nowhere")
    for taken in (page, link):
        with pytest.raises(FileExistsError):
            files.create(taken, b"two")
    assert page.read_bytes() == b"one"
    assert names(tmp_path) == ["a.md", "b.md"]


def no_check() -> None:
    """Let it happen."""


def test_many_files_are_created_each_only_where_nothing_is(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    places = [tmp_path / name for name in ("a.md", "b.md", "nowhere/c.md", "folder/d.md", "e.md")]
    places[1].write_bytes(b"mine")
    failures = files.create_each([(path, path.name.encode()) for path in places], check=no_check)
    kinds = [None, FileExistsError, FileNotFoundError, None, None]
    assert [failure if failure is None else type(failure) for failure in failures] == kinds
    assert names(tmp_path) == ["a.md", "b.md", "e.md", "folder"]
    assert names(tmp_path / "folder") == ["d.md"]
    assert [places[at].read_bytes() for at in (0, 1, 3, 4)] == [b"a.md", b"mine", b"d.md", b"e.md"]
    assert files.create_each([], check=no_check) == []


def test_a_check_that_fails_keeps_many_files_from_being_there(tmp_path: Path) -> None:
    def refuse() -> None:
        raise PreconditionFailed("git is at work")

    wanted = [(tmp_path / name, b"new") for name in ("a.md", "b.md")]
    with pytest.raises(PreconditionFailed):
        files.create_each(wanted, check=refuse)
    assert names(tmp_path) == []


def test_many_files_are_replaced_and_one_that_cannot_be_holds_up_no_other(tmp_path: Path) -> None:
    old, folder, new = (tmp_path / name for name in ("a.json", "b.json", "c.json"))
    old.write_bytes(b"old")
    old.chmod(0o640)
    folder.mkdir()
    failures = files.replace_each([(old, b"1"), (folder, b"2"), (new, b"3")])
    assert [failure is None for failure in failures] == [True, False, True]
    assert (old.read_bytes(), new.read_bytes(), folder.is_dir()) == (b"1", b"3", True)
    assert old.stat().st_mode & 0o777 == 0o640
    assert names(tmp_path) == ["a.json", "b.json", "c.json"]


def test_many_files_for_which_there_is_no_room_leave_nothing_beside(tmp_path: Path) -> None:
    wanted = [(tmp_path / "a.json", b"more than fits"), (tmp_path / "b.json", b"")]
    with no_space():
        failures = files.replace_each(wanted)
    assert failures[0] is not None and failures[0].errno == errno.EFBIG
    assert failures[1] is None
    assert names(tmp_path) == ["b.json"]


def test_a_name_that_the_system_cannot_hold_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="File name too long"):
        files.create(tmp_path / ("x" * 300), b"one")
    assert names(tmp_path) == []


def test_reading_gives_the_bytes_and_the_signature(tmp_path: Path) -> None:
    page = tmp_path / "a.md"
    page.write_bytes(b"a\r\nb\xff")
    data, signature = files.read(page)
    assert data == b"a\r\nb\xff"
    assert signature == files.signature(page.stat())


def test_nothing_is_read_through_a_link_or_out_of_a_pipe(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"a")
    (tmp_path / "link").symlink_to("a.md")
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "pipe"):
        with pytest.raises(OSError, match="it is"):
            files.read(tmp_path / name)
    with pytest.raises(FileNotFoundError):
        files.read(tmp_path / "nothing")


def test_a_signature_vouches_unless_it_was_racily_clean() -> None:
    second = 1_000_000_000
    known = (10 * second, 5, 7, 10 * second)
    assert files.vouches(known, 12 * second)
    assert not files.vouches(known, 12 * second - 1)
    late_ctime = (10 * second, 5, 7, 19 * second)
    assert not files.vouches(late_ctime, 20 * second)


def test_a_listed_file_has_its_signature_until_it_moves_and_links_are_not_followed(
    tmp_path: Path,
) -> None:
    (tmp_path / "a").write_bytes(b"a")
    (tmp_path / "link").symlink_to("a")
    known = files.read(tmp_path / "a")[1]
    entries = {entry.name: entry for entry in os.scandir(tmp_path)}
    assert files.has(entries["a"], known)
    assert not files.has(entries["link"], known)
    (tmp_path / "a").write_bytes(b"more")
    fresh = {entry.name: entry for entry in os.scandir(tmp_path)}
    assert not files.has(fresh["a"], known)
    gone = {entry.name: entry for entry in os.scandir(tmp_path)}
    (tmp_path / "a").unlink()
    assert not files.has(gone["a"], known)


def test_sweeping_removes_what_was_left_half_written_and_nothing_else(tmp_path: Path) -> None:
    for name in (f"{files.TEMPORARY}1-2", "a.md", ".hidden"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / f"{files.TEMPORARY}folder").mkdir()
    files.sweep(tmp_path)
    assert names(tmp_path) == [".hidden", f"{files.TEMPORARY}folder", "a.md"]
    files.sweep(tmp_path / "nowhere")


def test_removing_what_is_gone_is_done(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"")
    files.remove(tmp_path / "a")
    files.remove(tmp_path / "a")
    assert names(tmp_path) == []
    (tmp_path / "folder").mkdir()
    with pytest.raises(NbsyncError, match="folder cannot be removed"):
        files.remove(tmp_path / "folder")


def test_folders_are_made_with_those_above_them(tmp_path: Path) -> None:
    files.make_folder(tmp_path / "a" / "b")
    files.make_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()


def test_flushing_a_folder_that_is_not_there_is_no_failure(tmp_path: Path) -> None:
    files.flush_folder(tmp_path / "nowhere")


def test_a_failure_of_the_system_says_what_and_why_and_what_to_do() -> None:
    with (
        pytest.raises(NbsyncError, match=r"a\.md cannot be written: No space left") as caught,
        files.explained("a.md", "written"),
    ):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert "free some space" in caught.value.hint
    with (
        pytest.raises(NbsyncError, match=r"a\.md cannot be written: out of order") as caught,
        files.explained("a.md", "written"),
    ):
        raise OSError("out of order")
    assert caught.value.hint


def test_a_file_that_may_not_be_written_says_so() -> None:
    with open_folder() as folder:
        closed = folder / "closed"
        closed.mkdir(mode=0o555)
        with as_nobody(), pytest.raises(PermissionError):
            files.create(closed / "a.md", b"a")
        assert names(closed) == []


def test_only_plain_letters_and_digits_are_an_id() -> None:
    assert files.check_id("aB3dE5fG") == "aB3dE5fG"
    for wrong in ("", "../x", "a/b", "été", "a b", "a\n", "x" * 33):
        with pytest.raises(FormatError, match="no short_id"):
            files.check_id(wrong)


@given(st.text())
def test_an_id_that_is_let_through_is_one_name_on_every_system(text: str) -> None:
    try:
        files.check_id(text)
    except FormatError:
        return
    assert text.isascii()
    assert text.isalnum()
