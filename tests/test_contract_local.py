"""What the engine may rely on of a directory, held by the real one and by the one in memory."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory import MemoryDirectory
from nbsync.errors import Busy, FormatError, PreconditionFailed
from nbsync.local import Directory
from nbsync.model import LocalReplica, Page, Unreadable, digest


class DiskWorld:
    """A real folder, a real directory of pages on it, and a user with an editor."""

    def __init__(self, root: Path, **options: Any) -> None:
        self.root = root
        (root / ".git").mkdir()
        self.move_head("one")
        self.directory: LocalReplica = Directory(root, **options)

    def put(self, path: str, data: str | bytes) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_bytes(data.encode() if isinstance(data, str) else data)

    def delete(self, path: str) -> None:
        (self.root / path).unlink()

    def pages(self) -> dict[str, bytes]:
        return {
            path.relative_to(self.root).as_posix(): path.read_bytes()
            for path in self.root.rglob("*")
            if path.is_file() and ".git" not in path.parts
        }

    def start_merge(self) -> None:
        (self.root / ".git" / "MERGE_HEAD").write_bytes(b"")

    def end_merge(self) -> None:
        (self.root / ".git" / "MERGE_HEAD").unlink()

    def move_head(self, branch: str) -> None:
        (self.root / ".git" / "HEAD").write_text(f"ref: refs/heads/{branch}\n")


class MemoryWorld:
    """The same in memory."""

    def __init__(self, **options: Any) -> None:
        self.memory = MemoryDirectory(**options)
        self.directory: LocalReplica = self.memory

    def put(self, path: str, data: str | bytes) -> None:
        self.memory.files[path] = data

    def delete(self, path: str) -> None:
        del self.memory.files[path]

    def pages(self) -> dict[str, bytes]:
        return {
            path: data.encode() if isinstance(data, str) else data
            for path, data in self.memory.files.items()
        }

    def start_merge(self) -> None:
        self.memory.git = "a merge"

    def end_merge(self) -> None:
        self.memory.git = ""

    def move_head(self, branch: str) -> None:
        self.memory.head = branch


World = DiskWorld | MemoryWorld
Make = Callable[..., World]


@pytest.fixture(params=["disk", "memory"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    def make_world(**options: Any) -> World:
        return DiskWorld(tmp_path, **options) if request.param == "disk" else MemoryWorld(**options)

    return make_world


@pytest.fixture
def world(make: Make) -> World:
    return make()


def text_of(short_id: str, body: str = "Words.") -> str:
    return f'---\nshort_id: "{short_id}"\n---\n\n{body}\n'


def page_of(short_id: str, path: str, body: str = "Words.") -> Page:
    return Page(short_id, path, text_of(short_id, body))


def test_pages_are_found_wherever_they_lie_by_the_id_in_them(world: World) -> None:
    world.put("one.md", text_of("aB3"))
    world.put("deep/er/two.md", text_of("Ab3", "Other words."))
    found = world.directory.scan((), {})
    assert found.paths == {"aB3": "one.md", "Ab3": "deep/er/two.md"}
    assert found.tokens["aB3"] == digest(text_of("aB3"))
    assert found.tokens["Ab3"] == digest(text_of("Ab3", "Other words."))
    assert found.unreadable == ()
    assert found.untracked == ()


def test_an_empty_directory_holds_nothing(world: World) -> None:
    found = world.directory.scan((), {})
    assert (found.tokens, found.unreadable, found.untracked) == ({}, (), ())


def test_other_markdown_files_are_counted_and_other_json_files_are_not(world: World) -> None:
    world.put("README.md", "# Read me\n")
    world.put("notes/private.md", "---\ntags: [x]\n---\n")
    world.put("package.json", '{"name": "x"}')
    world.put("broken.json", "{")
    world.put("latin.json", b'{"name": "\xe9"}')
    world.put("image.png", b"\xff")
    found = world.directory.scan({"aB3"}, {})
    assert found.untracked == ("README.md", "notes/private.md")
    assert found.unreadable == ()
    assert found.tokens == {}


def test_what_a_scan_saw_holds_every_page_and_every_stranger(world: World) -> None:
    world.put("README.md", "# Read me\n")
    world.put("a.md", text_of("aB3"))
    seen = world.directory.scan((), {}).seen
    assert {path: was.short_id for path, was in seen.items()} == {"README.md": None, "a.md": "aB3"}
    assert seen["a.md"].token == digest(text_of("aB3"))


def test_a_second_scan_tells_the_same(world: World) -> None:
    world.put("README.md", "# Read me\n")
    world.put("a.md", text_of("aB3"))
    world.put("lost.md", b"\xff")
    first = world.directory.scan({"aB3", "lost"}, {})
    second = world.directory.scan({"aB3", "lost"}, first.seen)
    assert (second.tokens, second.paths) == (first.tokens, first.paths)
    assert (second.unreadable, second.untracked) == (first.unreadable, first.untracked)


def test_two_files_with_one_id_are_both_unreadable_and_neither_is_the_page(world: World) -> None:
    world.put("a.md", text_of("aB3"))
    world.put("copy.md", text_of("aB3", "Edited."))
    found = world.directory.scan({"aB3"}, {})
    assert found.tokens == {}
    assert found.paths == {}
    assert [(one.short_id, one.path) for one in found.unreadable] == [
        ("aB3", "a.md"),
        ("aB3", "copy.md"),
    ]
    assert all("a.md and copy.md" in one.error for one in found.unreadable)


def test_a_file_that_is_no_utf8_is_unreadable_with_its_line_and_its_names_id(world: World) -> None:
    world.put("notes/aB3.md", text_of("aB3").encode() + b"caf\xe9\n")
    (one,) = world.directory.scan({"aB3"}, {}).unreadable
    assert (one.short_id, one.path) == ("aB3", "notes/aB3.md")
    assert one.error.startswith("notes/aB3.md:6:")
    assert "UTF-8" in one.error + one.hint


def test_a_page_with_a_broken_id_is_unreadable_with_its_line(world: World) -> None:
    world.put("a.md", '---\nshort_id: "../x"\n---\n\nWords.\n')
    found = world.directory.scan((), {})
    (one,) = found.unreadable
    assert (one.short_id, one.path) == (None, "a.md")
    assert one.error.startswith("a.md:2:")
    assert found.untracked == ()


def test_a_page_renamed_and_broken_is_known_by_what_was_seen(world: World) -> None:
    world.put("renamed.md", text_of("aB3"))
    seen = world.directory.scan({"aB3"}, {}).seen
    world.put("renamed.md", b"\xff")
    for _ in range(2):
        found = world.directory.scan({"aB3"}, seen)
        assert [one.short_id for one in found.unreadable] == ["aB3"]
        seen = found.seen


@pytest.mark.parametrize("name", ["aB3.md", "renamed.md"])
def test_a_page_that_lost_its_front_matter_is_unreadable_and_stays_so(
    world: World, name: str
) -> None:
    world.put(name, text_of("aB3"))
    seen = world.directory.scan({"aB3"}, {}).seen
    world.put(name, "Words.\n")
    for _ in range(3):
        found = world.directory.scan({"aB3"}, seen)
        assert [(one.short_id, one.path) for one in found.unreadable] == [("aB3", name)]
        assert found.untracked == ()
        seen = found.seen
    world.put(name, text_of("aB3"))
    assert world.directory.scan({"aB3"}, seen).paths == {"aB3": name}


def test_a_stranger_where_a_page_lay_that_has_moved_is_a_stranger(world: World) -> None:
    world.put("a.md", text_of("aB3"))
    seen = world.directory.scan({"aB3"}, {}).seen
    world.delete("a.md")
    world.put("a.md", "My own notes.\n")
    world.put("b.md", text_of("aB3"))
    found = world.directory.scan({"aB3"}, seen)
    assert found.paths == {"aB3": "b.md"}
    assert found.untracked == ("a.md",)
    assert found.unreadable == ()


def test_a_page_that_lost_its_id_in_a_json_file_is_unreadable(world: World) -> None:
    world.put("aB3.json", '{"title": "x"}')
    (one,) = world.directory.scan({"aB3"}, {}).unreadable
    assert (one.short_id, one.path) == ("aB3", "aB3.json")


def test_ignored_files_and_hidden_ones_are_not_looked_at(make: Make) -> None:
    world = make(ignore=["drafts/", "*.bak.md", "/top.md", "a/b/*.md"])
    for path in ("drafts/x.md", "deep/drafts/x.md", "x.bak.md", "top.md", "a/b/c.md"):
        world.put(path, text_of("aB3"))
    for path in (".obsidian/x.md", ".x.md", "deep/.trash/x.md"):
        world.put(path, text_of("aB3"))
    world.put("a/c.md", text_of("aB3"))
    found = world.directory.scan((), {})
    assert found.paths == {"aB3": "a/c.md"}
    assert found.unreadable == ()


def test_reading_gives_the_text_as_it_is(world: World) -> None:
    text = "\ufeff" + text_of("aB3").replace("\n", "\r\n")
    world.put("a.md", text)
    assert world.directory.read("aB3", "a.md") == Page("aB3", "a.md", text)


def test_reading_where_nothing_is_gives_none(world: World) -> None:
    world.put("file.md", "")
    assert world.directory.read("aB3", "a.md") is None
    assert world.directory.read("aB3", "no/folder/a.md") is None
    assert world.directory.read("aB3", "file.md/a.md") is None


def test_a_file_that_is_nobodys_can_be_read_to_be_taken_in(world: World) -> None:
    world.put("a.md", "Words.\n")
    assert world.directory.read("aB3", "a.md") == Page("aB3", "a.md", "Words.\n")


@pytest.mark.parametrize(
    "data",
    [text_of("another"), b"\xff", '---\nshort_id: "../x"\n---\n'],
    ids=["another's", "no UTF-8", "a broken id"],
)
def test_reading_what_cannot_be_the_page_is_unreadable(world: World, data: str | bytes) -> None:
    world.put("a.md", data)
    one = world.directory.read("aB3", "a.md")
    assert isinstance(one, Unreadable)
    assert (one.short_id, one.path) == ("aB3", "a.md")
    assert one.error.startswith("a.md:")


@pytest.mark.parametrize(
    "path", ["../a.md", "/a.md", "a/../b.md", ".git/a.md", "a//b.md", "", "./a.md", "a/"]
)
def test_no_path_leads_out_of_the_directory_or_into_a_hidden_place(world: World, path: str) -> None:
    assert isinstance(world.directory.read("aB3", path), Unreadable)
    page = page_of("aB3", path)
    with pytest.raises(FormatError):
        world.directory.write(page, old=None)
    with pytest.raises(FormatError):
        world.directory.write(page, old=page)
    with pytest.raises(FormatError):
        world.directory.remove(page)
    assert world.pages() == {}


def test_a_new_page_is_written_with_its_folders(world: World) -> None:
    page = page_of("aB3", "deep/er/a.md")
    world.directory.write(page, old=None)
    assert world.pages() == {"deep/er/a.md": page.text.encode()}


def test_a_new_page_never_takes_the_place_of_a_file(world: World) -> None:
    world.put("a.md", "Mine.\n")
    with pytest.raises(PreconditionFailed):
        world.directory.write(page_of("aB3", "a.md"), old=None)
    assert world.pages() == {"a.md": b"Mine.\n"}


def test_many_new_pages_are_written_and_one_that_cannot_be_holds_up_no_other(
    world: World,
) -> None:
    world.put("b.md", "Mine.\n")
    one, other = page_of("aB3", "deep/er/a.md"), page_of("Ab3", "c.md")
    outcomes = world.directory.write_new(
        [one, page_of("x", "b.md"), page_of("y", "../d.md"), other]
    )
    kinds = [None, PreconditionFailed, FormatError, None]
    assert [None if outcome is None else type(outcome) for outcome in outcomes] == kinds
    assert world.pages() == {
        "b.md": b"Mine.\n",
        "c.md": other.text.encode(),
        "deep/er/a.md": one.text.encode(),
    }
    assert list(world.directory.write_new([])) == []


def test_of_many_pages_one_whose_folder_cannot_be_made_holds_up_no_other(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("a file")
    pages = [page_of("aB3", "notes/a.md"), page_of("Ab3", "b.md"), Page("x", "c.md", "\ud800")]
    refused, written, odd = Directory(tmp_path).write_new(pages)
    assert refused is not None and "notes/a.md cannot be written" in refused.message
    assert written is None
    assert isinstance(odd, FormatError)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.md", "notes"]


def test_while_git_is_at_work_none_of_many_pages_is_written(world: World) -> None:
    world.directory.check_quiet()
    world.start_merge()
    with pytest.raises(Busy, match="merge"):
        world.directory.write_new([page_of("aB3", "a.md"), page_of("Ab3", "b.md")])
    assert world.pages() == {}


def test_a_page_is_replaced_when_it_is_what_it_was(world: World) -> None:
    old, new = page_of("aB3", "a.md", "Old."), page_of("aB3", "a.md", "New.")
    world.put("a.md", old.text)
    world.directory.write(new, old=old)
    assert world.pages() == {"a.md": new.text.encode()}


@pytest.mark.parametrize("now", ["Edited.\n", None, b"\xff"])
def test_a_page_that_changed_is_neither_replaced_nor_moved_nor_removed(
    world: World, now: str | bytes | None
) -> None:
    old = page_of("aB3", "a.md", "Old.")
    if now is not None:
        world.put("a.md", now)
    before = world.pages()
    with pytest.raises(PreconditionFailed) as caught:
        world.directory.write(page_of("aB3", "a.md", "New."), old=old)
    assert caught.value.hint == "nbsync sync"
    with pytest.raises(PreconditionFailed):
        world.directory.write(old, old=old)
    with pytest.raises(PreconditionFailed):
        world.directory.write(page_of("aB3", "b.md", "New."), old=old)
    with pytest.raises(PreconditionFailed):
        world.directory.remove(old)
    assert world.pages() == before


def test_a_page_can_move_to_where_nothing_is(world: World) -> None:
    old, new = page_of("aB3", "a.md"), page_of("aB3", "b/c.json")
    world.put("a.md", old.text)
    world.directory.write(new, old=old)
    assert world.pages() == {"b/c.json": new.text.encode()}
    world.put("d.md", "Mine.\n")
    with pytest.raises(PreconditionFailed):
        world.directory.write(page_of("aB3", "d.md"), old=new)
    assert world.pages().keys() == {"b/c.json", "d.md"}


def test_a_page_is_removed_when_it_is_what_it_was(world: World) -> None:
    old = page_of("aB3", "a.md")
    world.put("a.md", old.text)
    world.directory.remove(old)
    assert world.pages() == {}


def test_a_text_that_is_no_unicode_is_refused(tmp_path: Path) -> None:
    directory = Directory(tmp_path)
    with pytest.raises(FormatError, match="half a character"):
        directory.write(Page("aB3", "a.md", "\ud800"), old=None)
    assert list(tmp_path.iterdir()) == []


def test_a_page_is_called_after_its_id(world: World) -> None:
    assert world.directory.place("aB3", "Any title", ".md", ()) == "aB3.md"
    assert world.directory.place("aB3", None, ".json", ()) == "aB3.json"


def test_a_place_is_never_one_that_is_taken_in_whatever_case(world: World) -> None:
    taken = {"AB3.md", "unrelated.md"}
    assert world.directory.place("aB3", "", ".md", taken) == "aB3~2.md"
    assert world.directory.place("aB3", "", ".md", [*taken, "aB3~2.md"]) == "aB3~3.md"
    assert world.directory.place("aB3", "", ".md", ()) == "aB3.md"


def test_a_place_is_never_one_where_something_lies(world: World) -> None:
    world.put("aB3.md", "Mine.\n")
    assert world.directory.place("aB3", "", ".md", ()) == "aB3~2.md"


def test_titles_and_folders_are_as_the_pattern_says(make: Make) -> None:
    world = make(filename="notes/{title}")
    place = world.directory.place
    assert place("aB3", "Q3: plans/ideas", ".md", ()) == "notes/Q3- plans-ideas.md"
    assert place("aB3", "Plan", ".md", {"notes/PLAN.md"}) == "notes/Plan-aB3.md"
    taken = {"notes/Plan.md", "notes/Plan-aB3.md"}
    assert place("aB3", "Plan", ".md", taken) == "notes/Plan-aB3~2.md"
    assert place("aB3", None, ".md", ()) == "notes/untitled.md"
    assert place("aB3", "{short_id}", ".md", ()) == "notes/{short_id}.md"


def test_where_a_file_lies_in_place_of_the_folder_the_root_serves(make: Make) -> None:
    world = make(filename="notes/{short_id}")
    world.put("notes", "a file\n")
    assert world.directory.place("aB3", "", ".md", ()) == "aB3.md"


def test_a_place_is_never_an_ignored_one(make: Make) -> None:
    world = make(filename="{title}", ignore=["README.md"])
    assert world.directory.place("aB3", "README", ".md", ()) == "README-aB3.md"


def test_an_id_that_is_none_has_no_place(world: World) -> None:
    for wrong in ("", "../x", "été"):
        with pytest.raises(FormatError):
            world.directory.place(wrong, "", ".md", ())


def test_git_in_the_middle_of_something_is_busy_until_it_ends(world: World) -> None:
    world.directory.check_quiet()
    world.start_merge()
    with pytest.raises(Busy, match="merge") as caught:
        world.directory.check_quiet()
    assert caught.value.hint == "git status"
    world.end_merge()
    world.directory.check_quiet()


def test_a_head_that_moved_is_busy_until_it_is_back(world: World) -> None:
    world.directory.check_quiet()
    world.move_head("other")
    for _ in range(2):
        with pytest.raises(Busy, match=r"one|main") as caught:
            world.directory.check_quiet()
        assert caught.value.hint == "nbsync sync"


@given(st.lists(st.tuples(st.sampled_from("abc"), st.text(max_size=9)), max_size=12))
def test_both_directories_end_up_with_the_same_files(edits: list[tuple[str, str]]) -> None:
    with tempfile.TemporaryDirectory() as root:
        disk, memory = DiskWorld(Path(root)), MemoryWorld()
        for number, (name, text) in enumerate(edits):
            for world in (disk, memory):
                old = world.directory.read(name, f"{name}.md")
                page = Page(name, f"{name}.md", text_of(name, text + str(number)))
                if isinstance(old, Page) and len(text) % 3 == 0:
                    world.directory.remove(old)
                else:
                    world.directory.write(page, old=old if isinstance(old, Page) else None)
        assert disk.pages() == memory.pages()
        ours, theirs = disk.directory.scan((), {}), memory.directory.scan((), {})
        assert (ours.tokens, ours.paths) == (theirs.tokens, theirs.paths)
