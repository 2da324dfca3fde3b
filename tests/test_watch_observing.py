"""Real files that stir, and those that do not, by the system's events and by polling."""

from __future__ import annotations

import gc
import logging
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from fnmatch import fnmatchcase
from pathlib import Path
from queue import SimpleQueue
from typing import Protocol

import pytest
from hypothesis import given
from hypothesis import strategies as st
from watchdog.utils import BaseThread

from nbsync.watch import Backend, Inbox, News, Observer, observed
from nbsync.watch.concern import Concern
from nbsync.watch.native import Native
from nbsync.watch.polling import Polling
from powerless import no_more_handles

# What comes at once is waited for so long before it is taken not to come.
SOON = 10.0


class Source(Protocol):
    """What tells the inbox."""

    def check(self) -> None: ...

    def close(self) -> None: ...


class Folder:
    """A mirror that is watched, and a way to know that nothing more stirs without waiting for it.

    Whoever watches asks of each page whether it is ignored. Of a page that is, nothing stirs; but
    once it has been asked for, everything before it has been seen.
    """

    def __init__(self, root: Path, *, ignore: str = "drafts") -> None:
        self.root = root
        self.inbox = Inbox()
        self.observer: Observer
        self.source: Source
        self._ignore = ignore
        self._asked: SimpleQueue[str] = SimpleQueue()
        self._number = 0

    def ignored(self, path: str) -> bool:
        name = path.rpartition("/")[2]
        if name.startswith("sentinel"):
            self._asked.put(name)
            return True
        return any(fnmatchcase(each, self._ignore) for each in path.split("/"))

    def stirs(self, what: str = "") -> None:
        """Wait until something stirs, and look as a tick does: there is nothing more to find."""
        assert self.inbox.get(SOON) is News.STIRRED, what
        self.looked()

    def looked(self) -> None:
        """Do what a tick does first, and forget all that stirred."""
        self.source.check()
        self.settles()
        while self.inbox.get(0):
            pass

    def stays_calm(self) -> None:
        self.settles()
        assert self.inbox.get(0) is None

    def settles(self) -> None:
        """Wait until all that happened has been seen."""
        for place in self._watched():
            self._number += 1
            sentinel = place / f"sentinel{self._number}.md"
            sentinel.touch()
            self._wait_for(sentinel.name)
            if isinstance(self.source, Polling):  # it may have passed other folders before
                self._wait_for(sentinel.name)
                self._wait_for(sentinel.name)
            sentinel.unlink()

    def _watched(self) -> list[Path]:
        if isinstance(self.source, Native):
            return [Path(place) for place in self.source._watches]
        return [self.root] if self.root.exists() else []

    def _wait_for(self, name: str) -> None:
        while self._asked.get(timeout=SOON) != name:
            pass


@contextmanager
def watched(root: Path, *, backend: Backend = "native", ignore: str = "drafts") -> Iterator[Folder]:
    folder = Folder(root, ignore=ignore)
    with observed(root, folder.inbox, backend=backend, ignore=folder.ignored) as observer:
        folder.observer, folder.source = observer, observer._source
        yield folder


@contextmanager
def polled(root: Path) -> Iterator[Folder]:
    """Polled as ever, but without a pause."""
    folder = Folder(root)
    concern = Concern(root, folder.ignored)
    folder.source = Polling(root, concern, folder.inbox.stirred, pause=0.005)
    try:
        folder.stirs("the first walk")
        yield folder
    finally:
        folder.source.close()


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    """A mirror with pages, and all that lies beside them."""
    root = tmp_path / "notes"
    for name in ("a/b", "drafts", ".git/objects/ab", ".nbsync/history/aB3dE5fG"):
        (root / name).mkdir(parents=True)
    for name in ("top.md", "data.json", "a/inner.md", "a/b/deep.md", "drafts/mine.md", "x.txt"):
        (root / name).write_text("one", encoding="utf-8")
    (root / ".nbsync" / "lock").touch()
    return root


@pytest.fixture
def native(mirror: Path) -> Iterator[Folder]:
    with watched(mirror) as folder:
        assert (folder.observer.backend, folder.observer.trouble) == ("native", "")
        yield folder


@pytest.fixture(params=["native", "polling"])
def folder(mirror: Path, request: pytest.FixtureRequest) -> Iterator[Folder]:
    with watched(mirror) if request.param == "native" else polled(mirror) as folder:
        yield folder


PAGES = ["top.md", "data.json", "a/inner.md", "a/b/deep.md"]


# --- ways to save --------------------------------------------------------------------------


def write_in_place(page: Path) -> None:
    page.write_text("two, which is longer", encoding="utf-8")


def append(page: Path) -> None:
    with page.open("a", encoding="utf-8") as file:
        file.write("more")


def replace_by_renaming(page: Path) -> None:
    beside = page.with_name(f".{page.name}.tmp")
    beside.write_text("two", encoding="utf-8")
    beside.replace(page)


def save_as_vim(page: Path) -> None:
    swap, probe = page.with_name(f".{page.name}.swp"), page.with_name("4913")
    swap.write_text("b0VIM", encoding="utf-8")
    probe.touch()
    probe.unlink()
    backup = page.with_name(f"{page.name}~")
    page.replace(backup)
    page.write_text("two", encoding="utf-8")
    backup.unlink()
    swap.unlink()


def remove_and_write_anew(page: Path) -> None:
    page.unlink()
    page.write_text("two", encoding="utf-8")


SAVES = [write_in_place, append, replace_by_renaming, save_as_vim, remove_and_write_anew]


@pytest.mark.parametrize("save", SAVES, ids=lambda save: str(save.__name__))
@pytest.mark.parametrize("page", ["top.md", "a/b/deep.md"])
def test_every_way_to_save_a_page_stirs(
    folder: Folder, page: str, save: Callable[[Path], None]
) -> None:
    save(folder.root / page)
    folder.stirs()
    folder.stays_calm()
    append(folder.root / page)
    folder.stirs("once more")


@pytest.mark.parametrize("page", PAGES)
def test_a_page_that_goes_or_comes_stirs(folder: Folder, page: str) -> None:
    path = folder.root / page
    path.unlink()
    folder.stirs("gone")
    path.write_text("two", encoding="utf-8")
    folder.stirs("back")
    path.rename(path.with_name(f"other-{path.name}"))
    folder.stirs("renamed")
    os.link(path.with_name(f"other-{path.name}"), path)
    folder.stirs("linked")


def test_a_page_that_comes_from_elsewhere_or_goes_there_stirs(
    folder: Folder, tmp_path: Path
) -> None:
    (tmp_path / "new.md").write_text("new", encoding="utf-8")
    (tmp_path / "new.md").rename(folder.root / "a" / "new.md")
    folder.stirs("came")
    (folder.root / "a" / "new.md").rename(tmp_path / "new.md")
    folder.stirs("went")


# --- what is nobody's business ------------------------------------------------------------------


def test_reading_stirs_nothing(folder: Folder) -> None:
    for page in PAGES:
        (folder.root / page).read_bytes()
        (folder.root / page).stat()
    for path in folder.root.rglob("*"):
        path.exists()
    folder.stays_calm()


@pytest.mark.parametrize(
    "path",
    [
        ".nbsync/index.sqlite3",
        ".nbsync/base/aB3dE5fG.json",
        ".nbsync/history/aB3dE5fG/1.md",
        ".git/index.lock",
        ".git/objects/ab/cd.md",
        ".nbsync-tmp-0123",
        ".top.md.swp",
        ".hidden.md",
        "a/.hidden.md",
        "a/.obsidian/workspace.json",
        "4913",
        "a/top.md~",
        "a/#top.md#",
        "picture.png",
        "drafts/mine.md",
        "a/drafts/mine.md",
    ],
)
def test_what_cannot_be_a_page_stirs_nothing(folder: Folder, path: str) -> None:
    target = folder.root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    folder.looked()
    target.write_text("something", encoding="utf-8")
    target.chmod(0o600)
    beside = target.with_name(".nbsync-tmp-4567")
    beside.write_text("something else", encoding="utf-8")
    beside.replace(target)
    target.unlink()
    folder.stays_calm()


@pytest.mark.parametrize(
    ("path", "place_and_page"),
    [
        ("/data/notes", (True, False)),
        ("/data/notes/a", (True, False)),
        ("/data/notes/a/page.md", (True, True)),
        (b"/data/notes/a/data.json", (True, True)),
        ("/data/notes/.git/page.md", (False, False)),
        ("/data/notes/drafts/page.md", (False, False)),
        # The disk knows no case, and tells its own.
        ("/Data/Notes/page.md", (True, True)),
    ],
)
def test_what_is_worth_a_look_is_told_by_its_path(
    path: str | bytes, place_and_page: tuple[bool, bool]
) -> None:
    concern = Concern(Path("/data/notes"), lambda path: path.startswith("drafts/"))
    assert (concern.place(path), concern.page(path)) == place_and_page


# --- folders ------------------------------------------------------------------------------------


def test_a_new_folder_stirs_and_so_does_what_comes_into_it_at_once_or_later(
    native: Folder,
) -> None:
    inner = native.root / "new" / "inner"
    inner.mkdir(parents=True)
    (inner / "first.md").write_text("one", encoding="utf-8")
    native.stirs("the folder and its page")
    (inner / "first.md").write_text("two", encoding="utf-8")
    native.stirs("its page")
    (inner / "deeper").mkdir()
    (inner / "deeper" / "second.md").write_text("one", encoding="utf-8")
    native.stirs("a folder in it")
    (inner / "deeper" / "second.md").write_text("two", encoding="utf-8")
    native.stirs("a page in that")


def test_a_folder_that_is_moved_here_is_watched(native: Folder, tmp_path: Path) -> None:
    (tmp_path / "elsewhere" / "inner").mkdir(parents=True)
    page = tmp_path / "elsewhere" / "inner" / "page.md"
    page.write_text("one", encoding="utf-8")
    (tmp_path / "elsewhere").rename(native.root / "here")
    native.stirs("the folder")
    (native.root / "here" / "inner" / "page.md").write_text("two", encoding="utf-8")
    native.stirs("its page")


def test_a_folder_that_is_renamed_is_watched_under_its_new_name(native: Folder) -> None:
    (native.root / "a").rename(native.root / "z")
    native.stirs("the folder")
    (native.root / "z" / "b" / "deep.md").write_text("two", encoding="utf-8")
    native.stirs("a page in it")


def test_a_folder_that_takes_the_place_of_another_is_watched(native: Folder) -> None:
    (native.root / "a").rename(native.root / ".old")
    (native.root / "a").mkdir()
    native.stirs("the folders")
    (native.root / "a" / "page.md").write_text("one", encoding="utf-8")
    native.stirs("a page in it")
    (native.root / ".old" / "inner.md").write_text("two", encoding="utf-8")
    native.stays_calm()


def test_a_folder_that_is_removed_and_made_again_is_watched(native: Folder) -> None:
    for number in range(5):  # its inode may be the same again
        shutil.rmtree(native.root / "a")
        assert native.inbox.get(SOON) is News.STIRRED
        (native.root / "a").mkdir()
        native.stirs("gone and back") if number % 2 else native.looked()
        (native.root / "a" / f"{number}.md").write_text("one", encoding="utf-8")
        native.stirs("a page in it")


def test_a_folder_that_goes_stirs(native: Folder, tmp_path: Path) -> None:
    (native.root / "a").rename(tmp_path / "away")
    native.stirs("moved away")
    (tmp_path / "away" / "inner.md").write_text("two", encoding="utf-8")
    native.stays_calm()


def test_ignored_and_hidden_folders_may_come_and_go(native: Folder) -> None:
    shutil.rmtree(native.root / "drafts")
    (native.root / "drafts").mkdir()
    (native.root / ".venv").mkdir()
    (native.root / ".venv" / "readme.md").write_text("x", encoding="utf-8")
    native.source.check()
    native.stays_calm()


def test_a_mirror_of_very_many_folders_takes_one_thread_for_all(mirror: Path) -> None:
    for number in range(100):
        (mirror / f"f{number}").mkdir()
    before = threading.active_count()
    with watched(mirror) as folder:
        assert threading.active_count() - before < 10
        (mirror / "f77" / "page.md").write_text("one", encoding="utf-8")
        folder.stirs()
        (mirror / ".nbsync" / "history" / "aB3dE5fG" / "x.md").write_text("x", encoding="utf-8")
        (mirror / ".git" / "objects" / "ab" / "x.md").write_text("x", encoding="utf-8")
        folder.stays_calm()
        for number in range(50):
            (mirror / f"f{number}").rmdir()
        folder.stirs()
        (mirror / "f77" / "page.md").write_text("two", encoding="utf-8")
        folder.stirs("with few folders again")


def test_one_watch_of_everything_does_too_where_the_system_has_such(mirror: Path) -> None:
    folder = Folder(mirror)
    folder.source = Native(
        mirror, Concern(mirror, folder.ignored), folder.inbox.stirred, apart=False
    )
    try:
        (mirror / ".git" / "x.md").write_text("x", encoding="utf-8")
        folder.stays_calm()
        (mirror / "a" / "b" / "deep.md").write_text("two", encoding="utf-8")
        folder.stirs()
        (mirror / "new" / "inner").mkdir(parents=True)
        folder.stirs()
        (mirror / "new" / "inner" / "page.md").write_text("one", encoding="utf-8")
        folder.stirs()
    finally:
        folder.source.close()


FOLDERS = st.sampled_from(["a", "b", "a/a", "a/b", "b/a", "a/a/a", "b/a/b", ".x", ".x/a"])


@pytest.mark.laws
@given(
    steps=st.lists(st.tuples(st.sampled_from(["make", "move", "remove", "look"]), FOLDERS, FOLDERS))
)
def test_whatever_became_of_the_folders_a_save_in_any_of_them_stirs(
    steps: list[tuple[str, str, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("notes")
    with watched(root) as folder:
        for step, one, other in steps:
            with suppress(OSError):
                match step:
                    case "make":
                        (root / one).mkdir(parents=True)
                        (root / one / "page.md").write_text("one", encoding="utf-8")
                    case "move":
                        (root / one).rename(root / other)
                    case "remove":
                        shutil.rmtree(root / one)
                    case _:
                        folder.looked()
        folder.looked()
        visible = [root, *(place for place in root.rglob("*") if place.is_dir())]
        for place in visible:
            (place / "page.md").write_text("two", encoding="utf-8")
            if "/." not in place.relative_to(root.parent).as_posix():
                folder.stirs(str(place))
            elif any(step == "move" for step, _, _ in steps):
                folder.looked()  # a folder that was moved out of sight may go on stirring
            else:
                folder.stays_calm()
    shutil.rmtree(root)


# --- the root -------------------------------------------------------------------------------


def test_a_root_that_vanishes_and_comes_back_is_watched_again(mirror: Path) -> None:
    with watched(mirror) as folder:
        for name in ("first", "second"):
            shutil.rmtree(mirror)
            folder.stirs("gone")
            (mirror / "a").mkdir(parents=True)
            folder.source.check()
            folder.stirs("back")
            (mirror / f"{name}.md").write_text("one", encoding="utf-8")
            folder.stirs("a page in it")
            (mirror / "a" / "page.md").write_text("one", encoding="utf-8")
            folder.stirs("a page in a folder in it")
        assert folder.observer.backend == "native"


def test_a_root_that_vanishes_with_all_above_it_is_watched_again(tmp_path: Path) -> None:
    root = tmp_path / "drive" / "mine" / "notes"
    root.mkdir(parents=True)
    with watched(root) as folder:
        shutil.rmtree(tmp_path / "drive")
        folder.stirs("gone")
        root.mkdir(parents=True)
        folder.source.check()
        folder.stirs("back")
        assert folder.observer.backend == "native"
        (root / "page.md").write_text("one", encoding="utf-8")
        folder.stirs("a page in it")


def test_a_root_that_vanishes_and_comes_back_is_polled_on(mirror: Path) -> None:
    with polled(mirror) as folder:
        shutil.rmtree(mirror)
        folder.stirs("gone")
        (mirror / "a").mkdir(parents=True)
        (mirror / "a" / "page.md").write_text("one", encoding="utf-8")
        folder.stirs("back")


def test_another_folder_in_the_place_of_the_root_is_watched(native: Folder, tmp_path: Path) -> None:
    native.root.rename(tmp_path / "unmounted")
    native.root.mkdir()
    native.source.check()
    native.stirs("it is another")
    (native.root / "page.md").write_text("one", encoding="utf-8")
    native.stirs("the new one")
    (tmp_path / "unmounted" / "top.md").write_text("two", encoding="utf-8")
    native.stays_calm()
    shutil.rmtree(native.root)
    (tmp_path / "unmounted").rename(native.root)
    native.source.check()
    native.stirs("it is the old one")
    (native.root / "a" / "inner.md").write_text("two", encoding="utf-8")
    native.stirs("the old one again")


def test_a_root_that_is_not_there_yet_is_watched_once_it_is(tmp_path: Path) -> None:
    with watched(tmp_path / "notes") as folder:
        folder.source.check()
        assert folder.inbox.get(0) is None
        folder.root.mkdir()
        folder.source.check()
        folder.stirs("it is there")
        (folder.root / "page.md").write_text("one", encoding="utf-8")
        folder.stirs()


def test_a_root_behind_a_symbolic_link_is_watched(mirror: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(mirror, target_is_directory=True)
    with watched(tmp_path / "link") as folder:
        (mirror / "a" / "inner.md").write_text("two", encoding="utf-8")
        folder.stirs()
        (mirror / ".git" / "x.md").write_text("two", encoding="utf-8")
        folder.stays_calm()


def test_a_folder_behind_a_symbolic_link_is_not(folder: Folder, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (folder.root / "link").symlink_to(tmp_path / "outside", target_is_directory=True)
    folder.looked()
    (tmp_path / "outside" / "page.md").write_text("one", encoding="utf-8")
    folder.stays_calm()


# --- where events cannot be had ---------------------------------------------------------------


def handles() -> set[str]:
    with os.scandir("/proc/self/fd") as entries:
        return {entry.name for entry in entries}


LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="of inotify and /proc")


@LINUX
def test_where_events_cannot_be_had_it_polls_and_says_why(mirror: Path) -> None:
    with watched(mirror):  # what is loaded once and for all
        pass
    folder = Folder(mirror)
    with no_more_handles():
        observer = Observer(mirror, folder.inbox, backend="native", ignore=folder.ignored)
    try:
        assert (observer.backend, observer.trouble) == ("polling", "inotify instance limit reached")
        assert isinstance(observer._source, Polling)
        assert folder.inbox.get(SOON) is News.STIRRED, "the first walk"
        (mirror / "top.md").write_text("two, which is longer", encoding="utf-8")
        assert folder.inbox.get(SOON) is News.STIRRED
    finally:
        observer.close()


@LINUX
def test_a_folder_that_cannot_be_listed_now_stays_watched(native: Folder) -> None:
    with no_more_handles():
        native.source.check()
    (native.root / "a" / "inner.md").write_text("two", encoding="utf-8")
    native.stirs()
    assert native.observer.backend == "native"


WATCHES = Path("/proc/sys/user/max_inotify_watches")
IN_A_MIRROR_OF_ITS_OWN = """
import sys
from pathlib import Path
from nbsync.watch import Inbox, observed
root, new, inner = Path(sys.argv[1]), *sys.argv[2:]
(root / ".staged" / inner).mkdir(parents=True)
inbox = Inbox()
with observed(root, inbox) as observer:
    print(observer.backend, observer.trouble)
    (root / ".staged").rename(root / new)
    inbox.get(10)
    observer.check()
    print(observer.backend, observer.trouble)
"""


@LINUX
@pytest.mark.parametrize(
    ("limit", "folders", "new", "told"),
    [
        (8, "a", "b .", "native |native |"),
        (3, "a b c d", "e .", "polling inotify watch limit reached|" * 2),
        (3, "a/b/c/d/e", "f .", "polling inotify watch limit reached|" * 2),
        (4, "a", "b c/d/e", "native |polling inotify watch limit reached|"),
        (4, "a", "a/b c/d/e", "native |polling inotify watch limit reached|"),
    ],
)
def test_where_there_are_no_more_watches_it_polls_and_says_why(
    tmp_path: Path, limit: int, folders: str, new: str, told: str
) -> None:
    # A user namespace has limits of its own.
    unshare = ["unshare", "--user", "--map-root-user", "sh", "-ec"]
    script = f'echo {limit} > {WATCHES}; exec "$@"'
    try:
        subprocess.run(
            [*unshare, script, "sh", "true"], check=True, capture_output=True, timeout=60
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this system has no user namespaces")
    for folder in folders.split():
        (tmp_path / folder).mkdir(parents=True)
    command = [sys.executable, "-c", IN_A_MIRROR_OF_ITS_OWN, str(tmp_path), *new.split()]
    done = subprocess.run(
        [*unshare, script, "sh", *command],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stdout.replace("\n", "|") == told
    assert done.stderr == ""


@LINUX
def test_where_the_thread_that_reads_events_fails_it_polls_and_says_so(native: Folder) -> None:
    (reader,) = [each for each in threading.enumerate() if type(each).__name__ == "InotifyFD"]
    assert isinstance(reader, BaseThread)
    reader.stop()
    reader.join(SOON)
    native.observer.check()
    assert native.observer.backend == "polling"
    assert native.observer.trouble == "the thread that reads them has failed"


@LINUX
def test_events_that_the_system_dropped_stir(
    native: Folder, capfd: pytest.CaptureFixture[str]
) -> None:
    # The same as watchdog does when the kernel's queue overflows, which takes very many files.
    logging.getLogger("watchdog.observers.inotify_c").warning("events were lost")
    native.stirs()
    assert capfd.readouterr().err == ""


# --- nothing is left, nothing grows --------------------------------------------------------------


@LINUX
@pytest.mark.parametrize("backend", ["native", "polling"])
def test_no_thread_and_no_handle_is_left_when_it_ends(mirror: Path, backend: Backend) -> None:
    with watched(mirror, backend=backend):  # what is opened once and for all
        pass
    gc.collect()
    open_before, running_before = handles(), set(threading.enumerate())
    for _ in range(3):
        with watched(mirror, backend=backend) as folder:
            assert set(threading.enumerate()) > running_before
            (mirror / "a" / "inner.md").write_text("two, which is longer", encoding="utf-8")
            shutil.rmtree(mirror / "a" / "b", ignore_errors=True)
            assert folder.inbox.get(SOON) is News.STIRRED
            folder.observer.check()
    assert set(threading.enumerate()) == running_before
    assert handles() == open_before
    assert logging.getLogger("watchdog").handlers == []


@LINUX
def test_no_thread_and_no_handle_is_left_when_it_cannot_begin(mirror: Path) -> None:
    with watched(mirror):
        pass
    gc.collect()
    open_before, running_before = handles(), set(threading.enumerate())
    with no_more_handles():
        Observer(mirror, Inbox(), backend="native", ignore="x".__eq__).close()
    assert set(threading.enumerate()) == running_before
    assert handles() == open_before


@LINUX
def test_folders_that_come_and_go_leave_no_thread_and_no_handle(native: Folder) -> None:
    (native.root / "x").mkdir()
    native.stirs()
    open_before, running_before = handles(), threading.active_count()
    for number in range(30):
        (native.root / "x").rename(native.root / f"x{number}")
        native.observer.check()
        shutil.rmtree(native.root / f"x{number}")
        native.observer.check()
        (native.root / "x" / "y" / "z").mkdir(parents=True)
        native.observer.check()
    native.looked()
    assert handles() == open_before
    assert threading.active_count() == running_before


def test_who_does_not_watch_loads_no_watchdog() -> None:
    words = (
        "import sys, pathlib, nbsync.watch as watch\n"
        "with watch.observed(pathlib.Path('.'), watch.Inbox(), backend='polling'): pass\n"
        "print([name for name in sys.modules if name.startswith(('watchdog', 'asyncio'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", words], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"
